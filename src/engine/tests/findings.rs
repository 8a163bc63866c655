//! Findings: evidence and its order, messages, instances, fingerprints, what stays undetermined.

use super::{Fixture, page};
use crate::Finding;

/// The primary text, then the related ones with what they say.
fn places<'f>(fixture: &'f Fixture, finding: &Finding) -> (&'f str, Vec<(&'f str, String)>) {
    let related = finding.related.iter().map(|label| (fixture.text(label.span), label.text.clone()));
    (fixture.text(finding.primary), related.collect())
}

fn only(findings: Vec<Finding>) -> Finding {
    assert_eq!(findings.len(), 1);
    findings.into_iter().next().expect("one")
}

#[test]
fn the_first_value_that_decided_is_primary() {
    let fixture = Fixture::new("- {kind: aws_x, name: n, body: {a: one, b: two, c: three}}");
    let cond = "- any:\n    - b is no\n    - b is two\n    - c is three\n- a is one\n- not:\n    c is four";
    let finding = only(fixture.findings("aws_x", cond));
    let want = vec![("three", "`c` is `three`".to_owned()), ("one", "`a` is `one`".to_owned())];
    assert_eq!(places(&fixture, &finding), ("two", want), "`c` is shown once");
}

#[test]
fn what_is_absent_is_shown_by_the_smallest_thing_that_exists() {
    let fixture = Fixture::new("- {kind: aws_x, name: n, body: {conf: {deep: {k: 1}}, list: []}}");
    let head = |cond: &str| fixture.text(only(fixture.findings("aws_x", cond)).primary).to_owned();
    assert_eq!(head("other is absent"), "aws_x");
    assert_eq!(head("other.more is absent"), "aws_x");
    let deep = only(fixture.findings("aws_x", "conf.deep.x.y is absent"));
    let inner =
        fixture.graph.resources().next().and_then(|(_, r)| r.body.get("conf")?.get("deep")?.as_map()).expect("there");
    assert_eq!(deep.primary, inner.head);
    assert_eq!(head("no list"), "[]");
    assert_eq!(head("no aws_y"), "aws_x");
}

#[test]
fn elements_that_decided_are_shown_and_others_are_not() {
    let fixture = Fixture::new(
        "- {kind: aws_x, name: n, body: {l: [{k: x, a: 1}, {k: y, a: 2}, {k: z, a: 1}], s: [p, q, r, q]}}",
    );
    let finding = only(fixture.findings("aws_x", "some l:\n  - a is 1\n  - k in [x, z]"));
    let texts: Vec<&str> = places(&fixture, &finding).1.into_iter().map(|(text, _)| text).collect();
    assert_eq!((fixture.text(finding.primary), texts), ("1", vec!["x", "1", "z"]));
    let finding = only(fixture.findings("aws_x", "s contains q"));
    assert_eq!(fixture.text(finding.primary), "q");
    assert_eq!(places(&fixture, &finding).1, [("q", "`s` holds `q`".to_owned())]);
    let finding = only(fixture.findings("aws_x", "some s:\n  it matches ^[pr]$"));
    assert_eq!(places(&fixture, &finding).1, [("r", "`s` is `r`".to_owned())]);
    let finding = only(fixture.findings("aws_x", "s not contains t"));
    assert_eq!(fixture.text(finding.primary), "[p, q, r, q]");
}

#[test]
fn a_companion_that_is_there_but_does_not_help_is_shown() {
    let text = "
- {kind: aws_bucket, name: b, body: {acl: public}}
- {kind: aws_block, name: half, body: {bucket: '@0', on: false}, links: {bucket: 0}}
";
    let fixture = Fixture::new(text);
    let finding =
        only(fixture.findings("aws_bucket", "- acl is public\n- no aws_block:\n    any: [on is true, off is false]"));
    // That `off` is not set decided too, but shows nothing that the text does not.
    assert_eq!(places(&fixture, &finding), ("public", vec![("false", "`on` is `false`".to_owned())]));
    let finding = only(fixture.findings("aws_bucket", "some aws_block:\n  on is false"));
    assert_eq!(places(&fixture, &finding).1, [("aws_bucket", "`aws_bucket.b` is declared here".to_owned())]);
    let finding = only(fixture.findings("aws_bucket", "some aws_block"));
    assert_eq!(fixture.text(finding.primary), "aws_block");
}

#[test]
fn a_written_null_is_where_the_value_is_missing() {
    let fixture = Fixture::new("- {kind: aws_x, name: b, body: {head: 1, a: ~, b: {c: null}}}");
    let missing = |cond: &str| fixture.text(only(fixture.findings("aws_x", cond)).primary).to_owned();
    assert_eq!(missing("a is absent"), "~");
    assert_eq!(missing("b.c is absent"), "null");
    assert_eq!(missing("no b.c"), "null");
}

#[test]
fn origins_follow_their_value() {
    let fixture = Fixture::new("- {kind: aws_x, name: n, body: {a: ~from x, b: y}}");
    let finding = only(fixture.findings("aws_x", "- a is x\n- b is y"));
    let want = vec![("~from", "`var.x` defaults to this".to_owned()), ("y", "`b` is `y`".to_owned())];
    assert_eq!(places(&fixture, &finding), ("~from x", want));
}

#[test]
fn secrets_are_not_printed() {
    let fixture = Fixture::new("- {kind: aws_x, name: n, body: {a: 1, password: ~secret}}");
    let page = page("aws_x", "- a is 1\n- password is not absent").replace("say: bad", "say: it is `{password}`");
    let finding = only(fixture.run(&page).findings);
    assert_eq!(finding.message, "it is `(sensitive)`");
    assert_eq!(finding.related[0].text, "`password` is (sensitive)");
}

#[test]
fn messages_print_values() {
    let fixture = Fixture::new(
        "- {kind: aws_x, name: n, body: {l: [a, 2, true], u: ~unknown, m: [{k: 1}, {k: 2}], d: {name: inner}}}",
    );
    let say = |text: &str| {
        let page = page("aws_x", "l contains a").replace("say: bad", &format!("say: '{text}'"));
        only(fixture.run(&page).findings).message
    };
    assert_eq!(say("{l} / {it}"), "a, 2, true / a");
    assert_eq!(say("{u}; {m.k}"), "`var.x` has no value; 1, 2");
    assert_eq!(say("{name} {address} {kind} {d.name}"), "n aws_x.n aws_x inner");
    assert_eq!(say("{gone} {{x}}"), "not set {x}");
}

#[test]
fn instances_of_one_place_are_one_finding() {
    // The alias makes both bodies stand at the same place, as one declaration with `for_each` does.
    let text = "
- {kind: aws_x, name: n, address: 'aws_x.n[\"b\"]', instance: '\"b\"', body: &body {a: 1}}
- {kind: aws_x, name: n, address: 'aws_x.n[\"a\"]', instance: '\"a\"', body: *body}
- {kind: aws_x, name: other, body: *body}
";
    let findings = Fixture::new(text).findings("aws_x", "a is 1");
    let got: Vec<_> = findings.iter().map(|f| (f.resource.address.as_str(), f.instances.clone())).collect();
    let instances = vec!["aws_x.n[\"a\"]".into(), "aws_x.n[\"b\"]".into()];
    assert_eq!(got, [("aws_x.n", instances), ("aws_x.other", vec![])]);
}

#[test]
fn fingerprints_do_not_move_with_lines() {
    let of = |text: &str| only(Fixture::new(text).findings("aws_x", "a is 1")).fingerprint;
    let first = of("- {kind: aws_x, name: n, body: {a: 1}}");
    assert_eq!(first.len(), 32);
    assert_eq!(first, of("# a comment\n\n- {kind: aws_x, name: n, body: {b: 2, a: 1}}"));
    assert_eq!(first, of("- {kind: aws_x, name: n, address: 'aws_x.n[3]', body: {a: 1}}"));
    assert_ne!(first, of("- {kind: aws_x, name: m, body: {a: 1}}"));
}

#[test]
fn what_is_unknown_is_counted_with_its_reason() {
    let fixture = Fixture::new("- {kind: aws_x, name: n, body: {a: ~unknown, l: [{k: 1}, {k: 2}], o: [1, ~open]}}");
    let because = |cond: &str| {
        let outcome = fixture.run(&page("aws_x", cond));
        assert_eq!(outcome.findings, []);
        let open = outcome.undetermined.into_iter().next().expect("undetermined");
        (fixture.text(open.because.span).to_owned(), open.because.text)
    };
    assert_eq!(because("a is 1"), ("~unknown".to_owned(), "`var.x` has no value".to_owned()));
    assert_eq!(
        because("- l is not absent\n- any: [l is absent, a is 1]"),
        ("~unknown".to_owned(), "`var.x` has no value".to_owned())
    );
    assert_eq!(because("l.k is 1").1, "there are several `l.k`: it needs a quantifier");
    assert_eq!(because("some o:\n  it is 2"), ("[1, ~open]".to_owned(), "`var.x` has no value".to_owned()));
}

#[test]
fn a_possible_companion_is_named_as_the_reason() {
    let text = "
- {kind: aws_bucket, name: b, body: {}}
- {kind: aws_block, name: maybe, body: {bucket: ~unknown}}
";
    let fixture = Fixture::with_links(text, "aws_block.bucket: aws_bucket.id");
    let outcome = fixture.run(&page("aws_bucket", "no aws_block"));
    assert_eq!(outcome.findings, []);
    assert_eq!(fixture.text(outcome.undetermined[0].because.span), "~unknown");
}

#[test]
fn findings_are_sorted_by_place() {
    let fixture = Fixture::new("- {kind: aws_x, name: z, body: {a: 1}}\n- {kind: aws_x, name: a, body: {a: 1}}\n");
    let names: Vec<_> = fixture.findings("aws_x", "a is 1").into_iter().map(|f| f.resource.address).collect();
    assert_eq!(names, ["aws_x.z", "aws_x.a"]);
}
