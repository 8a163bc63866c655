//! The JSON form.

use stockade_hcl::expr_from_json;
use stockade_source::Span;
use stockade_yaml::{Entry, Node, NodeKind, Scalar, Style};

use crate::{FILE, render, spans, told};

/// A scalar that stands where `raw` first does in `text`.
fn scalar(text: &str, raw: &str, decoded: &str, style: Style) -> Node {
    let start = u32::try_from(text.find(raw).expect("in the text")).expect("short");
    let span = Span::new(FILE, start, start + u32::try_from(raw.len()).expect("short"));
    Node { kind: NodeKind::Scalar(Scalar { text: decoded.into(), style }), span, tag: None, anchor: None }
}

fn string(text: &str, raw: &str, decoded: &str) -> Node {
    scalar(text, raw, decoded, Style::Double)
}

fn node(kind: NodeKind, text: &str) -> Node {
    Node { kind, span: Span::new(FILE, 0, u32::try_from(text.len()).expect("short")), tag: None, anchor: None }
}

#[test]
fn strings_are_templates() {
    let text = r#"  "a ${var.b} c"  "#;
    let (tree, errors) = expr_from_json(&string(text, r#""a ${var.b} c""#, "a ${var.b} c"), text);
    assert_eq!(errors, []);
    assert_eq!(render::expr(&tree), r#"(t "a " ${(. var b)} " c")"#);
    assert_eq!(tree.span.text(text), r#""a ${var.b} c""#);
    spans::check_expr(&tree, text, tree.span);
}

#[test]
fn escapes_make_spans_coarse() {
    let text = r#" "\"${var.b}" "#;
    let (tree, errors) = expr_from_json(&string(text, r#""\"${var.b}""#, "\"${var.b}"), text);
    assert_eq!(errors, []);
    assert_eq!(render::expr(&tree), r#"(t "\"" ${(. var b)})"#);
    let stockade_hcl::ExprKind::Template(template) = &tree.kind else { panic!("no template") };
    let stockade_hcl::TemplatePart::Interpolation(inner, place) = &template.parts[1] else { panic!("other parts") };
    assert_eq!((inner.span, *place), (tree.span, tree.span));
}

#[test]
fn errors_stand_in_the_string() {
    let text = r#" "x ${a +}" "#;
    let (tree, errors) = expr_from_json(&string(text, r#""x ${a +}""#, "x ${a +}"), text);
    assert_eq!(render::expr(&tree), r#"(t "x " ${ERROR})"#);
    assert_eq!(told(text, errors), [("}", "expected an expression, found `}`".to_string())]);
}

#[test]
fn everything_else() {
    let text = r#"{"k": [1, -2.5, true, null], "x${y}": "", "$${z}": "v"}"#;
    let plain = |raw: &str| scalar(text, raw, raw, Style::Plain);
    let numbers = vec![plain("1"), plain("-2.5"), plain("true"), plain("null")];
    let entries = vec![
        Entry { key: string(text, r#""k""#, "k"), value: node(NodeKind::Sequence(numbers), text) },
        Entry { key: string(text, r#""x${y}""#, "x${y}"), value: string(text, r#""""#, "") },
        Entry { key: string(text, r#""$${z}""#, "$${z}"), value: string(text, r#""v""#, "v") },
    ];
    let (tree, errors) = expr_from_json(&node(NodeKind::Mapping(entries), text), text);
    assert_eq!(errors, []);
    assert_eq!(render::expr(&tree), r#"{k [1 (- 2.5) true null], <(t "x" ${y})> "", ${z} "v"}"#);
}

#[test]
fn depth_is_bounded() {
    let text = "[";
    let mut tree = node(NodeKind::Sequence(Vec::new()), text);
    for _ in 0..1000 {
        tree = node(NodeKind::Sequence(vec![tree]), text);
    }
    let (_, errors) = expr_from_json(&tree, text);
    assert_eq!(errors.len(), 1);
}
