//! Every operator against known, unknown and absent values, templates and open lists.

use super::Fixture;
use crate::Truth::{self, False, True, Unknown};

fn ask(value: &str, cond: &str) -> Truth {
    fixture(value, "terraform").ask(0, cond)
}

fn fixture(value: &str, technology: &str) -> Fixture {
    Fixture::new(&format!("- {{kind: aws_x, technology: {technology}, body: {{v: {value}, w: 1}}}}\n"))
}

/// Each line: the value, the condition, the answer; its negation must give the opposite.
fn check(table: &[(&str, &str, Truth)]) {
    for (value, line, want) in table {
        assert_eq!(ask(value, line), *want, "{value}: {line}");
        let negated = format!("not: {line}");
        assert_eq!(ask(value, &negated), !*want, "{value}: {negated}");
        let written = [
            (" is ", " is not "),
            (" in ", " not in "),
            (" contains ", " not contains "),
            (" matches ", " not matches "),
        ];
        if let Some((plain, not)) = written.into_iter().find(|(plain, _)| line.contains(plain)) {
            let negated = line.replacen(plain, not, 1);
            assert_eq!(ask(value, &negated), !*want, "{value}: {negated}");
        }
    }
}

#[test]
fn is() {
    check(&[
        ("a", "v is a", True),
        ("A", "v is a", False),
        ("~unknown", "v is a", Unknown),
        ("null", "v is a", False),
        ("null", "v is absent", True),
        ("null", "v is empty", False),
        ("a", "v is absent", False),
        ("~unknown", "v is absent", Unknown),
        ("''", "v is empty", True),
        ("[]", "v is empty", True),
        ("{}", "v is empty", True),
        ("[a]", "v is empty", False),
        ("[~open]", "v is empty", Unknown),
        ("[a, ~open]", "v is empty", False),
        ("{~open: 1}", "v is empty", Unknown),
        ("{a: null}", "v is empty", True),
        ("{a: ~unknown}", "v is empty", Unknown),
        ("{a: ~unknown, b: 1}", "v is empty", False),
        ("0", "v is empty", False),
        ("x~~", "v is empty", False),
        ("~~", "v is empty", Unknown),
        ("~~", "v is absent", False),
        ("[a, b]", "v is [a, b]", True),
        ("[b, a]", "v is [a, b]", False),
        ("[a, ~unknown]", "v is [a, b]", Unknown),
        ("[a, ~open]", "v is [a, b]", Unknown),
        ("[a, b, c, ~open]", "v is [a, b]", False),
        ("[a]", "v is a", False),
        ("~secret", "v is '~secret'", True),
    ]);
}

#[test]
fn is_converts_as_terraform_does() {
    check(&[
        ("true", "v is true", True),
        ("'true'", "v is true", True),
        ("true", "v is 'true'", True),
        ("false", "v is true", False),
        ("'yes'", "v is true", False),
        ("1", "v is true", False),
        ("22", "v is 22", True),
        ("'22'", "v is 22", True),
        ("22", "v is '22'", True),
        ("22.0", "v is 22", True),
        ("'x22'", "v is 22", False),
        ("true", "v is 1", False),
    ]);
}

#[test]
fn is_of_a_template_is_decided_where_no_filling_fits() {
    check(&[
        ("pre~~post", "v is preXpost", Unknown),
        ("pre~~post", "v is prepost", Unknown),
        ("pre~~post", "v is other", False),
        ("pre~~post", "v is pre", False),
        ("a~~a", "v is a", False),
        ("~~mid~~", "v is xmidy", Unknown),
        ("~~mid~~", "v is xmd", False),
        ("x~~", "v is true", False),
        ("~~e", "v is true", Unknown),
        ("2~~", "v is 22", Unknown),
        ("v2~~", "v is 22", False),
    ]);
}

#[test]
fn words_are_booleans_in_ansible_alone() {
    for (value, want) in
        [("'yes'", True), ("'On'", True), ("'1'", True), ("1", True), ("'no'", False), ("'maybe'", False)]
    {
        assert_eq!(fixture(value, "ansible").ask(0, "v is true"), want, "{value}");
    }
    assert_eq!(fixture("'no'", "ansible").ask(0, "v is false"), True);
    assert_eq!(fixture("0", "ansible").ask(0, "v in [absent, false]"), True);
    assert_eq!(fixture("'~~ and more'", "ansible").ask(0, "v is true"), False);
    assert_eq!(fixture("~~", "ansible").ask(0, "v is true"), Unknown);
    assert_eq!(fixture("'no'", "kubernetes").ask(0, "v is false"), False);
}

#[test]
fn is_in() {
    check(&[
        ("a", "v in [a, b]", True),
        ("c", "v in [a, b]", False),
        ("null", "v in [absent, false]", True),
        ("null", "v in [a, b]", False),
        ("false", "v in [absent, false]", True),
        ("~unknown", "v in [a, b]", Unknown),
        ("x~~", "v in [a, b]", False),
        ("x~~", "v in [a, xb]", Unknown),
        ("''", "v in [absent, empty]", True),
    ]);
}

#[test]
fn contains() {
    check(&[
        ("[a, b]", "v contains a", True),
        ("[ab]", "v contains a", False),
        ("['22']", "v contains 22", True),
        ("[b, ~open]", "v contains a", Unknown),
        ("[a, ~open]", "v contains a", True),
        ("[b, ~unknown]", "v contains a", Unknown),
        ("[a, ~unknown]", "v contains a", True),
        ("[b, x~~]", "v contains a", False),
        ("xay", "v contains a", True),
        ("xy", "v contains a", False),
        ("x~~a", "v contains a", True),
        ("x~~", "v contains a", Unknown),
        ("{a: 1}", "v contains a", True),
        ("{a: null}", "v contains a", False),
        ("{a: ~unknown}", "v contains a", Unknown),
        ("{b: 1, ~open: 1}", "v contains a", Unknown),
        ("null", "v contains a", False),
        ("~unknown", "v contains a", Unknown),
        ("[b]", "v contains [a, b]", True),
        ("'{json}[\"a\"]'", "v contains a", True),
    ]);
}

#[test]
fn matches() {
    check(&[
        ("public-read", "v matches ^public", True),
        ("a-public", "v matches ^public", False),
        ("22", "v matches ^2+$", True),
        ("true", "v matches ^true$", True),
        ("null", "v matches .*", False),
        ("~unknown", "v matches .*", Unknown),
        ("http://~~", "v matches ^http://", True),
        ("https~~", "v matches ^http://", Unknown),
        ("[a]", "v matches a", False),
    ]);
}

#[test]
fn affixes() {
    check(&[
        ("abc", "v starts with ab", True),
        ("abc", "v ends with bc", True),
        ("abc", "v starts with bc", False),
        ("abc~~", "v starts with ab", True),
        ("a~~", "v starts with ab", Unknown),
        ("b~~", "v starts with ab", False),
        ("~~b", "v starts with ab", Unknown),
        ("~~xbc", "v ends with bc", True),
        ("~~c", "v ends with bc", Unknown),
        ("~~b", "v ends with bc", False),
        ("null", "v starts with a", False),
        ("~unknown", "v ends with a", Unknown),
        ("b", "v starts with [a, b]", True),
    ]);
}

#[test]
fn order() {
    check(&[
        ("21", "v < 22", True),
        ("22", "v < 22", False),
        ("22", "v <= 22", True),
        ("'23'", "v > 22", True),
        ("22", "v >= 22", True),
        ("many", "v > 22", False),
        ("null", "v < 22", False),
        ("~unknown", "v < 22", Unknown),
        ("2~~", "v < 22", Unknown),
        ("'7d'", "v < 30d", True),
        ("'1440h'", "v >= 30d", True),
        ("TLS1_0", "v < TLS1.2", True),
        ("'1.2'", "v < 1.2", False),
        ("'1.9.3'", "v < v1.10", True),
    ]);
}

#[test]
fn covers() {
    check(&[
        ("22", "v covers 22", True),
        ("'20-25'", "v covers 22", True),
        ("'20-25'", "v covers 22-26", False),
        ("{from: 0, to: 65535}", "v covers 22", True),
        ("{from: '20', to: 21}", "v covers 22", False),
        ("{from: ~unknown, to: 21}", "v covers 22", False),
        ("{from: ~unknown, to: 25}", "v covers 22", Unknown),
        ("{from: 22}", "v covers 22", True),
        ("[80, '20-25']", "v covers 22", True),
        ("[80, ~unknown]", "v covers 22", Unknown),
        ("[22, ~unknown]", "v covers 22", True),
        ("[80, ~open]", "v covers 22", Unknown),
        ("[80]", "v covers [22, 80]", True),
        ("0.0.0.0/0", "v covers 10.0.0.0/8", True),
        ("[10.0.0.0/8, '::/0']", "v covers '::/0'", True),
        ("[10.0.0.0/8]", "v covers 0.0.0.0/0", False),
        ("~~/32", "v covers 0.0.0.0/0", False),
        ("~~/32", "v covers 10.0.0.1", Unknown),
        ("null", "v covers 22", False),
        ("sg-1", "v covers 0.0.0.0/0", False),
    ]);
}

#[test]
fn the_right_side_may_be_looked_up() {
    let of = |text: &str, cond: &str| Fixture::new(text).ask(0, cond);
    assert_eq!(of("- {kind: aws_x, body: {a: x, b: x}}", "a is @b"), True);
    assert_eq!(of("- {kind: aws_x, body: {a: x, b: y}}", "a is not @b"), True);
    assert_eq!(of("- {kind: aws_x, body: {a: x}}", "a is @b"), False);
    assert_eq!(of("- {kind: aws_x, body: {c: x}}", "a is @b"), True, "both absent");
    assert_eq!(of("- {kind: aws_x, body: {a: x, b: ~unknown}}", "a is @b"), Unknown);
    assert_eq!(of("- {kind: aws_x, body: {a: x, b: [y, x]}}", "a in @b"), True);
    assert_eq!(of("- {kind: aws_x, body: {a: 5, b: 7}}", "a < @b"), True);
    assert_eq!(
        of("- {kind: aws_x, body: {l: [{k: x}, {k: y}], b: y}}", "some l:\n  k is @b"),
        True,
        "from the resource"
    );
}
