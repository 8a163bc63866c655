//! What valid text means; Terraform 1.11 was the judge where the specification leaves doubt.

use stockade_hcl::{ExprKind, parse_expr};

use crate::{FILE, attributes, blocks, body, expr, render, shown, told};

/// The message of the only error of an expression.
fn refused(text: &str) -> String {
    let (_, mut errors) = parse_expr(FILE, text, 0);
    assert_eq!(errors.len(), 1, "{text}: {errors:?}");
    errors.remove(0).message
}

#[test]
fn bodies() {
    let shown = |text: &str| render::body(&body(text));
    assert_eq!(shown(""), "");
    assert_eq!(shown("\n\n # c\n // d\n/* e\n f */\n"), "");
    assert_eq!(shown("a = 1\nb=2"), "a = 1; b = 2");
    assert_eq!(
        shown("a {}\nb {\n}\nc \"x\" y \"z\" {\n  d = 1\n  e {\n }\n}"),
        "a {}; b {}; c \"x\" \"y\" \"z\" {d = 1; e {}}"
    );
    assert_eq!(shown("a { b = 1 }\n"), "a {b = 1}");
    assert_eq!(shown("a \"x\" /* c */ { # d\n b = 1 # e\n} // f"), "a \"x\" {b = 1}");
    assert_eq!(shown("/* x */ a = /* y */ 1 /* z */\n"), "a = 1");
    assert_eq!(shown("a = 1\r\nb {\r\n\tc = 2\r\n}\r\n"), "a = 1; b {c = 2}");
    assert_eq!(shown("a = 1 # c\r\nb = 2\r\n"), "a = 1; b = 2");
    assert_eq!(shown("a = 1\na = 2\n"), "a = 1; a = 2");
    assert_eq!(shown("größe = 1\nx-y_z9 = 2\nif = 3\n"), "größe = 1; x-y_z9 = 2; if = 3");
    assert_eq!(shown("a \"q\\\"\\n$${x}\" {}\n"), "a \"q\\\"\\n${x}\" {}");
    assert_eq!(shown("a {\nb {\nc = 1\n}\n}\n"), "a {b {c = 1}}");
}

#[test]
fn a_byte_order_mark_counts_in_spans() {
    let text = "\u{feff}a = 1";
    let tree = body(text);
    let attribute = attributes(&tree).next().expect("an attribute");
    assert_eq!((attribute.key.span.start, attribute.value.span.start), (3, 7));
}

#[test]
fn literals() {
    for text in ["null", "true", "false", "0", "15", "1.5", "1e9", "1.5E-3", "1e+3", "007"] {
        assert_eq!(shown(text), text);
    }
    assert_eq!(shown("nullx"), "nullx");
    assert!(matches!(expr("nullx").kind, ExprKind::Variable(_)));
    assert_eq!(refused("1.2.3"), "not a number");
    assert_eq!(refused("1e2.5"), "not a number");
    assert_eq!(refused(""), "expected an expression, found the end of the file");
}

#[test]
fn operators_bind_as_in_terraform() {
    assert_eq!(shown("1 + 2 * 3"), "(+ 1 (* 2 3))");
    assert_eq!(shown("1 * 2 + 3"), "(+ (* 1 2) 3)");
    assert_eq!(shown("1 - 2 - 3"), "(- (- 1 2) 3)");
    assert_eq!(shown("8 / 4 % 3 * 2"), "(* (% (/ 8 4) 3) 2)");
    assert_eq!(shown("a || b && c == d < e + f * g"), "(|| a (&& b (== c (< d (+ e (* f g))))))");
    assert_eq!(shown("a * b + c < d == e && f || g"), "(|| (&& (== (< (+ (* a b) c) d) e) f) g)");
    assert_eq!(shown("a != b <= c >= d > e"), "(!= a (> (>= (<= b c) d) e))");
    assert_eq!(shown("!a == b"), "(== (! a) b)");
    assert_eq!(shown("-a.b + !c[0]"), "(+ (- (. a b)) (! (at c 0)))");
    assert_eq!(shown("--1"), "(- (- 1))");
    assert_eq!(shown("a -b"), "(- a b)");
    assert_eq!(shown("a-b"), "a-b");
    assert_eq!(shown("a - -b"), "(- a (- b))");
    assert_eq!(shown("(1 + 2) * 3"), "(* (paren (+ 1 2)) 3)");
}

#[test]
fn conditionals_lean_right() {
    assert_eq!(shown("a ? b : c"), "(? a b c)");
    assert_eq!(shown("a ? b : c ? d : e"), "(? a b (? c d e))");
    assert_eq!(shown("a ? b ? c : d : e"), "(? a (? b c d) e)");
    assert_eq!(shown("a == 1 ? -b : c + 1"), "(? (== a 1) (- b) (+ c 1))");
    assert_eq!(refused("a ? b"), "expected `:` and the other value of `?`, found the end of the file");
}

#[test]
fn steps() {
    assert_eq!(shown("a.b.c"), "(. (. a b) c)");
    assert_eq!(shown("a . b\n.c"), "(. (. a b) c)");
    assert_eq!(shown("a[0][\"k\"].b"), "(. (at (at a 0) \"k\") b)");
    assert_eq!(shown("a[\n0\n]"), "(at a 0)");
    assert_eq!(shown("a.0.b"), "(. (at a 0) b)");
    assert_eq!(shown("f(x).a[g()]"), "(at (. f(x) a) g())");
    assert_eq!(shown("[1, 2][0]"), "(at [1 2] 0)");
    assert_eq!(shown("{ a = 1 }.a"), "(. {a 1} a)");
    assert_eq!(shown("(a).b"), "(. (paren a) b)");
    assert_eq!(shown("\"a\".b"), "(. \"a\" b)");
    assert_eq!(refused("a."), "expected a name after `.`, found the end of the file");
    assert_eq!(refused("a[1"), "unclosed `[`");
}

#[test]
fn chained_dotted_indexes_are_read_and_refused() {
    let text = "a.0.1.b";
    let (tree, errors) = parse_expr(FILE, text, 0);
    assert_eq!(render::expr(&tree), "(. (at (at a 0) 1) b)");
    assert_eq!(told(text, errors), [("0.1", "two indexes cannot be written with dots, write `[0][1]`".to_string())]);
}

#[test]
fn splats() {
    assert_eq!(shown("a[*]"), "([*] a)");
    assert_eq!(shown("a[*].b[0].c"), "([*] a .b [0] .c)");
    assert_eq!(shown("a.*.b.c"), "(.* a .b .c)");
    assert_eq!(shown("a.*.b.0"), "(.* a .b [0])");
    // A full splat takes the index into its tail, the other one does not.
    assert_eq!(shown("a[*].b[0]"), "([*] a .b [0])");
    assert_eq!(shown("a.*.b[0]"), "(at (.* a .b) 0)");
    assert_eq!(shown("a[*].b[*].c"), "([*] a .b ([*] .c))");
    assert_eq!(shown("a[*].b.*.c[0].d"), "([*] a .b (.* .c) [0] .d)");
    assert_eq!(refused("a.*.b.*"), "expected a name after `.`, found `*`");
}

#[test]
fn tuples_and_objects() {
    assert_eq!(shown("[]"), "[]");
    assert_eq!(shown("[1, 2,]"), "[1 2]");
    assert_eq!(shown("[\n # c\n 1\n ,\n 2\n]"), "[1 2]");
    assert_eq!(shown("{}"), "{}");
    assert_eq!(shown("{ a = 1, b : 2 }"), "{a 1, b 2}");
    assert_eq!(shown("{\n a = 1\n b = 2,\n\n c = 3 # x\n}"), "{a 1, b 2, c 3}");
    assert_eq!(shown("{ a = 1, a = 2 }"), "{a 1, a 2}");
    assert_eq!(
        shown("{ \"a\" = 1, (b) = 2, \"x${c}\" = 3, 4 = 5 }"),
        "{<\"a\"> 1, <(paren b)> 2, <(t \"x\" ${c})> 3, <4> 5}"
    );
    assert_eq!(shown("{ a.b = 1 }"), "{<(. a b)> 1}");
    assert_eq!(shown("{ true = 1, null : 2 }"), "{true 1, null 2}");
    assert_eq!(shown("{ a = [\n1,\n2\n]\n b = (\n3\n) }"), "{a [1 2], b (paren 3)}");
    assert_eq!(shown("{\r\n a = {\r\n b = 1\r\n }\r\n}"), "{a {b 1}}");
    assert_eq!(shown("[{\n a = 1 }, {\n b = 2\n}]"), "[{a 1} {b 2}]");
}

#[test]
fn newlines_end_values_outside_of_brackets() {
    assert_eq!(refused("{ a =\n 1 }"), "expected an expression, found the end of the line");
    assert_eq!(refused("{ a = 1 b = 2 }"), "expected `,`, `}` or a new line, found `b`");
    assert_eq!(refused("{ a = b\n ? 1 : 2 }"), "expected an expression, found `?`");
    assert_eq!(shown("{ a = (b\n ? 1 : 2) }"), "{a (paren (? b 1 2))}");
    assert_eq!(render::body(&body("a = (1\n+ 2)\n")), "a = (paren (+ 1 2))");
    assert_eq!(render::body(&body("a = b[\n0\n]\n")), "a = (at b 0)");
}

#[test]
fn calls() {
    assert_eq!(shown("f()"), "f()");
    assert_eq!(shown("f(1, g(2,),\n)"), "f(1 g(2))");
    assert_eq!(shown("f (a...)"), "f(a...)");
    assert_eq!(shown("f(1, a.*...)"), "f(1 (.* a)...)");
    assert_eq!(shown("provider::x::f(1)"), "provider::x::f(1)");
    assert_eq!(shown("a :: b(1)"), "a::b(1)");
    assert_eq!(refused("f(a... , b)"), "expected `)` after `...`, found `,`");
    assert_eq!(refused("f(1 2)"), "expected `,` or `)`, found `2`");
    assert_eq!(refused("f(1"), "unclosed `(`");
    assert_eq!(refused("a::1"), "expected a function name after `::`, found `1`");
}

#[test]
fn for_expressions() {
    assert_eq!(shown("[for v in a : v.x]"), "(for v in a : (. v x))");
    assert_eq!(shown("[for k, v in a : k if v]"), "(for k v in a : k if v)");
    assert_eq!(shown("{ for k, v in a : k => v }"), "(for k v in a : k => v)");
    assert_eq!(shown("{ for v in a : v => 1... if v != 2 }"), "(for v in a : v => 1 ... if (!= v 2))");
    assert_eq!(
        shown("{\n for\r\n k,\n v\n in\n a\n :\n k\n =>\n v ?\n 1 :\n 2\n if\n v\n && k\n}"),
        "(for k v in a : k => (? v 1 2) if (&& v k))"
    );
    assert_eq!(
        shown("[\n\tfor v in [for w in b : w] : { x = v\n y = 1 }\n]"),
        "(for v in (for w in b : w) : {x v, y 1})"
    );
    assert_eq!(shown("[format(1)]"), "[format(1)]");
    assert_eq!(refused("[for in a : b]"), "expected `in` after the variables of `for`, found `a`");
    assert_eq!(refused("[for v a : b]"), "expected `in` after the variables of `for`, found `a`");
    assert_eq!(refused("[for v in a b]"), "expected `:` after what `for` goes through, found `b`");
    assert_eq!(refused("[for v in a : v => 1]"), "`=>` stands only in `{for …}`, not in `[for …]`");
    assert_eq!(refused("{for v in a : v}"), "`{for …}` needs `key => value`");
    assert_eq!(refused("[for v in a : v...]"), "`...` groups only in `{for …}`, not in `[for …]`");
}

#[test]
fn blocks_on_one_line_hold_one_attribute() {
    for text in ["a { b = 1, c = 2 }", "a { b = 1\n}", "a { b {} }", "a {\n b = 1 }", "a {} b {}"] {
        let (_, errors) = stockade_hcl::parse(FILE, text);
        assert_eq!(errors.len(), 1, "{text}: {errors:?}");
    }
    let (tree, _) = stockade_hcl::parse(FILE, "a { b = 1, c = 2 }\nd {}");
    assert_eq!(render::body(&tree), "a {b = 1; c = 2}; d {}");
    assert_eq!(blocks(&tree).count(), 2);
}

#[test]
fn an_expression_can_stand_anywhere_in_a_file() {
    let text = "???? a.b";
    let (tree, errors) = parse_expr(FILE, &text[5..], 5);
    assert_eq!(errors, []);
    assert_eq!(tree.span.text(text), "a.b");
    let (tree, errors) = parse_expr(FILE, "a b", 5);
    assert!(matches!(tree.kind, ExprKind::Error));
    assert_eq!(
        (errors[0].span.start, errors[0].message.as_str()),
        (7, "expected the end of the expression, found `b`")
    );
}
