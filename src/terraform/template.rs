//! Templates.

use stockade_hcl::{Template, TemplateFor, TemplateIf, TemplatePart};
use stockade_model::Part;
use stockade_source::Span;

use crate::convert::convert;
use crate::eval::{Eval, pairs};
use crate::scope::Scope;
use crate::structure::Piece;
use crate::types::Ty;
use crate::value::{K, Val, limit};

/// How long a text may become.
pub(crate) const MAX_TEXT: usize = 4 << 20;

/// A template while it is rendered.
#[derive(Default)]
struct Rendering {
    parts: Vec<Part>,
    /// What was interpolated, and the conditions and collections.
    used: Vec<Val>,
    length: usize,
    /// Set when Terraform would refuse it.
    refused: Option<Span>,
}

impl Eval<'_> {
    pub(crate) fn template(&mut self, scope: &mut Scope, template: &Template, span: Span) -> Val {
        if let ([TemplatePart::Interpolation(expr, _)], false) = (template.parts.as_slice(), template.heredoc) {
            return self.eval(scope, expr);
        }
        if let [TemplatePart::Literal(text, _)] = template.parts.as_slice() {
            let val = K::text(text).at(span);
            return self.with_structure(val, template, &[]);
        }
        let mut out = Rendering::default();
        self.render(scope, &template.parts, &mut out);
        if out.length > MAX_TEXT {
            return K::Unknown(limit("a text", span), Ty::Text).at(span).through(&out.used);
        }
        if let Some(refused) = out.refused {
            return Val::invalid("a template", refused).through(&out.used);
        }
        let val = K::parts(out.parts).at(span).through(&out.used);
        self.with_structure(val, template, &out.used)
    }

    fn with_structure(&mut self, val: Val, template: &Template, used: &[Val]) -> Val {
        let starts = match &val.kind {
            K::Text(text) => crate::structure::looks_encoded(text),
            K::Template(parts) => {
                matches!(parts.first(), Some(Part::Known(text)) if crate::structure::looks_encoded(text))
            }
            _ => false,
        };
        if !starts {
            return val;
        }
        let mut used = used.iter();
        let mut pieces = Vec::new();
        for part in &template.parts {
            pieces.push(match part {
                TemplatePart::Literal(text, span) => Piece::Text(text, *span),
                TemplatePart::Interpolation(_, span) => match used.next() {
                    Some(val) => Piece::Value(val, *span),
                    None => return val,
                },
                TemplatePart::If(_) | TemplatePart::For(_) => {
                    let Some(text) = val.as_text() else { return val };
                    pieces = vec![Piece::Rendered(text, val.span)];
                    break;
                }
            });
        }
        self.charge(val.nodes() as usize * 64);
        match crate::structure::json(&pieces, val.span, &self.texts) {
            Some(structure) => val.encoding(structure),
            None => val,
        }
    }

    fn render(&mut self, scope: &mut Scope, parts: &[TemplatePart], out: &mut Rendering) {
        for part in parts {
            if out.length > MAX_TEXT || out.refused.is_some() {
                return;
            }
            match part {
                TemplatePart::Literal(text, _) => {
                    out.length += text.len();
                    self.charge(text.len() / 8);
                    out.parts.push(Part::Known(text.clone()));
                }
                TemplatePart::Interpolation(expr, span) => {
                    let val = self.eval(scope, expr);
                    match text_parts(&val) {
                        Some(parts) => {
                            out.length += parts.iter().map(part_len).sum::<usize>();
                            out.parts.extend(parts);
                        }
                        None => out.refused = Some(*span),
                    }
                    out.used.push(val);
                }
                TemplatePart::If(directive) => self.render_if(scope, directive, out),
                TemplatePart::For(directive) => self.render_for(scope, directive, out),
            }
        }
    }

    fn render_if(&mut self, scope: &mut Scope, directive: &TemplateIf, out: &mut Rendering) {
        let condition = self.eval(scope, &directive.condition);
        match convert(&condition, &Ty::Bool).map(|val| val.kind) {
            Ok(K::Bool(truth)) => {
                self.render(scope, if truth { &directive.then } else { &directive.otherwise }, out);
            }
            Ok(K::Unknown(why, _) | K::Many(_, why)) => out.parts.push(Part::Unknown(why)),
            _ => out.refused = Some(directive.condition.span),
        }
        out.used.push(condition);
    }

    fn render_for(&mut self, scope: &mut Scope, directive: &TemplateFor, out: &mut Rendering) {
        let collection = self.eval(scope, &directive.collection);
        match pairs(&collection) {
            Ok((pairs, open)) => {
                for (key, value) in pairs {
                    if self.exhausted() || out.length > MAX_TEXT {
                        out.parts.push(Part::Unknown(limit("a template", directive.span)));
                        break;
                    }
                    self.charge(8);
                    let height = scope.vars.len();
                    if let Some(name) = &directive.key_var {
                        scope.vars.push((name.text.clone(), key));
                    }
                    scope.vars.push((directive.value_var.text.clone(), value));
                    self.render(scope, &directive.body, out);
                    scope.vars.truncate(height);
                }
                out.parts.extend(open.map(Part::Unknown));
            }
            Err(Some(why)) => out.parts.push(Part::Unknown(why)),
            Err(None) => out.refused = Some(directive.collection.span),
        }
        out.used.push(collection);
    }
}

fn part_len(part: &Part) -> usize {
    match part {
        Part::Known(text) => text.len(),
        Part::Unknown(_) => 16,
    }
}

/// What a value is within a text; `None` where it cannot be in one.
pub(crate) fn text_parts(val: &Val) -> Option<Vec<Part>> {
    match convert(val, &Ty::Text).ok()?.kind {
        K::Text(text) => Some(vec![Part::Known((*text).into())]),
        K::Template(parts) => Some(parts.to_vec()),
        K::Unknown(why, _) | K::Many(_, why) => Some(vec![Part::Unknown(why)]),
        _ => None,
    }
}
