//! What holds for the spans of every tree, damaged or not.

use stockade_hcl::{Body, Expr, ExprKind, Ident, Item, ObjectKey, TemplatePart, Traversal, parse};
use stockade_source::Span;

use crate::FILE;

/// Checks that all spans lie in the text on characters' bounds, that children lie in their parents and in
/// the order of the text, and that names and numbers are the text of their spans.
pub(crate) fn check(body: &Body, text: &str) {
    assert_eq!((body.span.start, body.span.end as usize), (0, text.len()));
    Checker { text }.body(body, body.span);
}

/// The same of an expression that stands somewhere in `within`.
pub(crate) fn check_expr(expr: &Expr, text: &str, within: Span) {
    Checker { text }.expr(expr, within);
}

/// The same of the parts of a template, which cover it without a gap.
pub(crate) fn check_parts(parts: &[TemplatePart], text: &str, within: Span) {
    Checker { text }.parts(parts, within);
}

struct Checker<'t> {
    text: &'t str,
}

impl Checker<'_> {
    fn within(&self, span: Span, parent: Span) {
        assert_eq!(span.file, FILE);
        assert!(parent.contains(span), "{span:?} is not in {parent:?} of {:?}", self.text);
        assert!(self.text.get(span.start as usize..span.end as usize).is_some(), "{span:?} of {:?}", self.text);
    }

    fn name(&self, name: &Ident, parent: Span) {
        self.within(name.span, parent);
        let raw = name.span.text(self.text);
        if !raw.starts_with('"') && !name.text.contains("::") {
            assert_eq!(raw, name.text);
        }
    }

    fn body(&self, body: &Body, parent: Span) {
        self.within(body.span, parent);
        let mut last = body.span.start;
        for item in &body.items {
            let span = match item {
                Item::Attribute(attribute) => {
                    self.name(&attribute.key, attribute.span);
                    self.expr(&attribute.value, attribute.span);
                    assert!(attribute.key.span.end <= attribute.value.span.start);
                    attribute.span
                }
                Item::Block(block) => {
                    self.within(block.head, block.span);
                    self.name(&block.kind, block.head);
                    block.labels.iter().for_each(|label| self.name(label, block.head));
                    assert!(block.head.end <= block.body.span.start);
                    self.body(&block.body, block.span);
                    block.span
                }
            };
            self.within(span, body.span);
            assert!(last <= span.start, "items out of order in {:?}", self.text);
            last = span.end;
        }
    }

    fn exprs<'e>(&self, exprs: impl IntoIterator<Item = &'e Expr>, parent: Span) {
        let mut last = parent.start;
        for expr in exprs {
            self.expr(expr, parent);
            assert!(last <= expr.span.start, "expressions out of order in {:?}", self.text);
            last = expr.span.end;
        }
    }

    fn expr(&self, expr: &Expr, parent: Span) {
        let span = expr.span;
        self.within(span, parent);
        let raw = span.text(self.text);
        match &expr.kind {
            ExprKind::Null => assert_eq!(raw, "null"),
            ExprKind::Bool(value) => assert_eq!(raw, value.to_string()),
            ExprKind::Number(text) | ExprKind::Variable(text) => assert_eq!(raw, text),
            ExprKind::Error => {}
            ExprKind::Template(template) => {
                let quoted = raw.len() >= 2 && raw.starts_with('"') && raw.ends_with('"');
                assert!(if template.heredoc { raw.starts_with("<<") } else { quoted }, "{raw}");
                self.parts(&template.parts, span);
            }
            ExprKind::Tuple(items) => {
                assert!(raw.starts_with('[') && raw.ends_with(']'), "{raw}");
                self.exprs(items, span);
            }
            ExprKind::Object(items) => {
                assert!(raw.starts_with('{') && raw.ends_with('}'), "{raw}");
                for item in items {
                    self.within(item.span, span);
                    match &item.key {
                        ObjectKey::Name(name) => self.name(name, item.span),
                        ObjectKey::Expr(key) => self.expr(key, item.span),
                    }
                    self.expr(&item.value, item.span);
                }
            }
            ExprKind::Attribute(base, name) => {
                self.expr(base, span);
                self.name(name, span);
            }
            ExprKind::Index(base, key) => self.exprs([&**base, &**key], span),
            ExprKind::Splat(splat) => {
                self.expr(&splat.base, span);
                self.tail(&splat.tail, span);
            }
            ExprKind::Call(call) => {
                assert!(raw.ends_with(')'), "{raw}");
                self.name(&call.name, span);
                self.exprs(&call.args, span);
            }
            ExprKind::Unary(_, operand) => self.expr(operand, span),
            ExprKind::Binary(left, _, right) => self.exprs([&**left, &**right], span),
            ExprKind::Conditional(parts) => self.exprs(parts.iter(), span),
            ExprKind::For(inner) => {
                inner.key_var.iter().chain([&inner.value_var]).for_each(|name| self.name(name, span));
                let rest = inner.key.iter().chain([&inner.value]).chain(&inner.condition);
                self.exprs([&inner.collection].into_iter().chain(rest), span);
            }
            ExprKind::Paren(inner) => {
                assert!(raw.starts_with('(') && raw.ends_with(')'), "{raw}");
                self.expr(inner, span);
            }
        }
    }

    fn tail(&self, tail: &[Traversal], parent: Span) {
        for step in tail {
            match step {
                Traversal::Attribute(name) => self.name(name, parent),
                Traversal::Index(key) => self.expr(key, parent),
                Traversal::Splat { tail, span, .. } => {
                    self.within(*span, parent);
                    self.tail(tail, *span);
                }
            }
        }
    }

    fn parts(&self, parts: &[TemplatePart], parent: Span) {
        let mut last = None;
        for part in parts {
            let span = match part {
                TemplatePart::Literal(_, span) => *span,
                TemplatePart::Interpolation(expr, span) => {
                    self.expr(expr, *span);
                    *span
                }
                TemplatePart::If(inner) => {
                    self.expr(&inner.condition, inner.span);
                    self.parts(&inner.then, inner.span);
                    self.parts(&inner.otherwise, inner.span);
                    inner.span
                }
                TemplatePart::For(inner) => {
                    inner.key_var.iter().chain([&inner.value_var]).for_each(|name| self.name(name, inner.span));
                    self.expr(&inner.collection, inner.span);
                    self.parts(&inner.body, inner.span);
                    inner.span
                }
            };
            self.within(span, parent);
            if let Some(last) = last {
                assert!(last <= span.start, "parts out of order in {:?}", self.text);
            }
            last = Some(span.end);
        }
    }
}

#[test]
fn every_node_has_its_text() {
    let text = "\u{feff}# é\nresource \"aws_x\" b {\n  a = f(\"é${ x.y [0] }\", -1.5)\n}\n";
    let (tree, errors) = parse(FILE, text);
    assert_eq!(errors, []);
    check(&tree, text);
    let Item::Block(block) = &tree.items[0] else { panic!("no block") };
    assert_eq!(block.span.text(text), "resource \"aws_x\" b {\n  a = f(\"é${ x.y [0] }\", -1.5)\n}");
    assert_eq!(block.head.text(text), "resource \"aws_x\" b");
    assert_eq!(block.labels[0].span.text(text), "\"aws_x\"");
    assert_eq!(block.labels[0].text, "aws_x");
    assert_eq!(block.body.span.text(text), "\n  a = f(\"é${ x.y [0] }\", -1.5)\n");
    let Item::Attribute(attribute) = &block.body.items[0] else { panic!("no attribute") };
    assert_eq!(attribute.span.text(text), "a = f(\"é${ x.y [0] }\", -1.5)");
    let ExprKind::Call(call) = &attribute.value.kind else { panic!("no call") };
    assert_eq!(call.name.span.text(text), "f");
    assert_eq!(call.args[1].span.text(text), "-1.5");
    let ExprKind::Template(template) = &call.args[0].kind else { panic!("no template") };
    let [TemplatePart::Literal(_, literal), TemplatePart::Interpolation(index, sequence)] = &template.parts[..] else {
        panic!("other parts")
    };
    assert_eq!((literal.text(text), sequence.text(text)), ("é", "${ x.y [0] }"));
    let ExprKind::Index(base, key) = &index.kind else { panic!("no index") };
    assert_eq!((index.span.text(text), base.span.text(text), key.span.text(text)), ("x.y [0]", "x.y", "0"));
}

#[test]
fn a_span_ends_with_the_last_token() {
    let text = "a = x  # comment\nb = (1) \nc = y ? 1 : 2 \nd = <<-E\n  t\n  E \n";
    let (tree, errors) = parse(FILE, text);
    assert_eq!(errors, []);
    let values: Vec<&str> = crate::attributes(&tree).map(|attribute| attribute.value.span.text(text)).collect();
    assert_eq!(values, ["x", "(1)", "y ? 1 : 2", "<<-E\n  t\n  E"]);
}
