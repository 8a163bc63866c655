//! Evidence: the places that made an answer what it is. Collected only for the answers that are reported.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_model::{Kind, Origin, ResourceId, Value, Why};
use stockade_source::Span;

use crate::context::describe;
use crate::evaluation::{Evaluation, is_empty_list};
use crate::message::cut;
use crate::operator::deciding;
use crate::walk::{At, What};
use crate::{Cond, Label, Line, Operand, Path, Quantified, Quantifier, Truth};

/// One place that decided an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The resource that it is in: the one that is checked, or a companion.
    pub resource: ResourceId,
    /// The attribute, from the resource that is checked, without indices.
    pub path: CompactString,
    /// The value, or the smallest thing that exists where there is none.
    pub span: Span,
    /// What is there: `` `acl` is `public-read` ``.
    pub text: String,
    /// The value; `None` where its absence decided.
    pub value: Option<Value>,
    /// Where the mapping came from that has no such field; `None` where there is a value, which knows itself.
    pub origin: Option<Arc<Origin>>,
    /// Whether it shows what is not there, or does not do what would help: of use only as the primary place.
    pub negative: bool,
}

/// How many places one answer collects.
const MAX_EVIDENCE: usize = 64;
/// How deep a value is searched for what is unknown in it.
const MAX_NESTING: u8 = 16;

/// How the way to an element is called: in fingerprints, and in texts about the element itself.
#[derive(Clone, Copy)]
struct Trail<'t> {
    path: &'t str,
    element: &'t str,
    /// Whether it is an element that `some` found.
    found: bool,
}

impl<'g> Evaluation<'_, 'g> {
    /// The places that made the answer True, in the order of the condition.
    pub(crate) fn evidence(&self, cond: &Cond) -> Vec<Evidence> {
        let mut out = Vec::new();
        self.collect(cond, self.root(), Trail { path: "", element: "", found: false }, &mut out);
        out
    }

    /// What made the answer Unknown.
    pub(crate) fn because(&self, cond: &Cond) -> Option<Label> {
        self.obstacle(cond, self.root())
    }

    fn collect(&self, cond: &Cond, at: At<'g>, trail: Trail<'_>, out: &mut Vec<Evidence>) {
        if out.len() >= MAX_EVIDENCE {
            return;
        }
        match cond {
            Cond::Line(line) => self.collect_line(line, at, trail, out),
            Cond::All(parts) | Cond::Any(parts) => {
                let whole = self.truth(cond, at);
                for part in parts.iter().filter(|part| self.truth(part, at) == whole) {
                    self.collect(part, at, trail, out);
                }
            }
            Cond::Not(inner) => self.collect(inner, at, trail, out),
            Cond::Quantified(quantified) => self.collect_quantified(cond, quantified, at, trail, out),
        }
    }

    fn collect_quantified(
        &self,
        cond: &Cond,
        quantified: &Quantified,
        at: At<'g>,
        trail: Trail<'_>,
        out: &mut Vec<Evidence>,
    ) {
        let whole = self.truth(cond, at);
        let wanted = if quantified.quantifier == Quantifier::No { !whole } else { whole };
        let fan = self.context.fan(at, &quantified.path);
        let path = join(trail.path, &quantified.path);
        if fan.elements.is_empty() {
            let nearest = self.context.nearest(at, &quantified.path);
            let label = name(&quantified.path, trail);
            let (text, value) = match nearest.what {
                What::Value(value) if is_empty_list(&nearest) => (describe(&label, value), Some(value)),
                _ if quantified.path.ends_on_kind() => (format!("no `{label}` refers to this"), None),
                _ => (format!("`{label}` is not set"), None),
            };
            let span = value.map(|value| value.span).filter(|span| !span.is_none()).unwrap_or(nearest.head);
            let negative = value.is_none() && !quantified.path.ends_on_kind();
            let value = value.cloned();
            out.push(Evidence { resource: nearest.resource, path, span, text, value, origin: None, negative });
            return;
        }
        let found = quantified.quantifier == Quantifier::Some;
        let inner = Trail { path: &path, element: &name(&quantified.path, trail), found };
        for element in &fan.elements {
            if self.element(quantified, *element) != wanted {
                continue;
            }
            let before = out.len();
            self.collect(&quantified.cond, *element, inner, out);
            // Nothing was asked of the element: that it is there decides.
            if out.len() == before && matches!(&quantified.cond, Cond::All(parts) if parts.is_empty()) {
                self.push(*element, inner.element, path.clone(), out);
            }
            // A companion that does not help is worth showing; list entries that are something else are not.
            if quantified.quantifier == Quantifier::No && !quantified.path.ends_on_kind() {
                out.iter_mut().skip(before).for_each(|evidence| evidence.negative = true);
            }
        }
    }

    fn collect_line(&self, line: &Line, at: At<'g>, trail: Trail<'_>, out: &mut Vec<Evidence>) {
        let reached = self.context.single(at, &line.path);
        let label = name(&line.path, trail);
        let path = join(trail.path, &line.path);
        let holds = self.line(line, reached) == Truth::True;
        let parts = match reached.what {
            What::Value(value) if holds && !line.negated => {
                deciding(line.operator, &line.operand, value, self.words(reached))
            }
            _ => Vec::new(),
        };
        let before = out.len();
        for part in parts {
            let text = describe(&label, part).replacen("` is `", "` holds `", 1);
            push_value(reached.resource, path.clone(), part, text, out);
        }
        if out.len() == before {
            self.push(reached, &label, path, out);
            if let (What::Absent, Some(evidence)) = (reached.what, out.last_mut()) {
                evidence.origin = self.context.around(at, &line.path).and_then(|value| value.origin.clone());
                // What a companion lacks is part of the story; what this one lacks, its primary place tells.
                evidence.negative = !trail.found || at.resource == self.root().resource;
            }
        }
        if let Operand::Path(right) = &line.operand {
            let right_at = self.context.single(self.root(), right);
            self.push(right_at, &right.text, right.text.clone(), out);
        }
    }

    /// What is at a place.
    fn push(&self, at: At<'g>, label: &str, path: CompactString, out: &mut Vec<Evidence>) {
        let head = || if at.head.is_none() { self.context.resource(at.resource).head() } else { at.head };
        let text = match at.what {
            What::Value(value) => {
                return push_value(at.resource, path, value, describe(label, value), out);
            }
            What::Absent => format!("`{label}` is not set"),
            What::Resource => {
                let resource = self.context.resource(at.resource);
                let text = format!("`{}` is declared here", cut(&resource.address));
                return out.push(Evidence {
                    resource: at.resource,
                    path,
                    span: resource.head(),
                    text,
                    value: None,
                    origin: None,
                    negative: false,
                });
            }
            What::Unknown(Some(why)) => why.to_string(),
            What::Unknown(None) => format!("`{label}` is over a limit"),
            What::Many => format!("there are several `{label}`"),
        };
        let negative = matches!(at.what, What::Absent);
        out.push(Evidence { resource: at.resource, path, span: head(), text, value: None, origin: None, negative });
    }

    fn obstacle(&self, cond: &Cond, at: At<'g>) -> Option<Label> {
        match cond {
            Cond::Line(line) => Some(self.line_obstacle(line, at)),
            Cond::All(parts) | Cond::Any(parts) => {
                let unknown = parts.iter().find(|part| self.truth(part, at) == Truth::Unknown)?;
                self.obstacle(unknown, at)
            }
            Cond::Not(inner) => self.obstacle(inner, at),
            Cond::Quantified(quantified) => {
                let fan = self.context.fan(at, &quantified.path);
                for element in &fan.elements {
                    if self.element(quantified, *element) != Truth::Unknown {
                        continue;
                    }
                    if let Some(why) = element.possible {
                        return Some(label_of(why, self.context.resource(element.resource).head()));
                    }
                    return self.obstacle(&quantified.cond, *element);
                }
                let nearest = self.context.nearest(at, &quantified.path);
                let span = place(&nearest);
                Some(match fan.open.flatten() {
                    Some(why) => label_of(why, span),
                    None => Label { span, text: format!("`{}` is over a limit", quantified.path) },
                })
            }
        }
    }

    fn line_obstacle(&self, line: &Line, at: At<'g>) -> Label {
        let left = self.context.single(at, &line.path);
        let right = match &line.operand {
            Operand::Path(path) => Some((self.context.single(self.root(), path), path)),
            _ => None,
        };
        let sides = std::iter::once((left, &line.path)).chain(right);
        for (side, path) in sides {
            let span = place(&side);
            match side.what {
                _ if let Some(why) = side.possible => return label_of(why, span),
                What::Unknown(Some(why)) => return label_of(why, span),
                What::Unknown(None) => return Label { span, text: format!("`{path}` is over a limit") },
                What::Many => {
                    return Label { span, text: format!("there are several `{path}`: it needs a quantifier") };
                }
                What::Value(value) => {
                    if let Some(why) = find_why(value, 0) {
                        return label_of(why, span);
                    }
                }
                What::Resource | What::Absent => {}
            }
        }
        Label { span: place(&left), text: format!("`{}` cannot be compared", line.path) }
    }
}

fn push_value(resource: ResourceId, path: CompactString, value: &Value, text: String, out: &mut Vec<Evidence>) {
    let span = value_place(value);
    if !span.is_none() {
        out.push(Evidence { resource, path, span, text, value: Some(value.clone()), origin: None, negative: false });
    }
}

/// A mapping is shown by its head.
fn value_place(value: &Value) -> Span {
    match &value.kind {
        Kind::Map(map) if !map.head.is_none() => map.head,
        _ => value.span,
    }
}

fn place(at: &At<'_>) -> Span {
    match at.what {
        What::Value(value) if !value.span.is_none() => value_place(value),
        _ => at.head,
    }
}

fn label_of(why: &Arc<Why>, fallback: Span) -> Label {
    Label { span: if why.span.is_none() { fallback } else { why.span }, text: cut(&why.to_string()) }
}

/// The first unknown in a value.
fn find_why(value: &Value, nesting: u8) -> Option<&Arc<Why>> {
    if nesting > MAX_NESTING {
        return None;
    }
    match &value.kind {
        Kind::List(list) => list.items.iter().find_map(|item| find_why(item, nesting + 1)).or(list.open.as_ref()),
        Kind::Map(map) => map.iter().find_map(|(_, field)| find_why(&field.value, nesting + 1)).or(map.open.as_ref()),
        _ => value.why(),
    }
}

/// How a path is called in a text: `it` by the name of what is gone through.
fn name(path: &Path, trail: Trail<'_>) -> CompactString {
    let text = path.text.as_str();
    match text.strip_prefix("it").filter(|rest| rest.is_empty() || rest.starts_with('.')) {
        Some(rest) if !trail.element.is_empty() => format_compact!("{}{rest}", trail.element),
        _ => path.text.clone(),
    }
}

fn join(before: &str, path: &Path) -> CompactString {
    let mut out = CompactString::from(before);
    for step in &path.steps {
        if !out.is_empty() {
            out.push('.');
        }
        out.push_str(&step.name);
    }
    out
}
