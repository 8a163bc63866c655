//! Paths: fields, lists, structures, references, companions.

use super::Fixture;
use crate::Truth::{False, True, Unknown};

#[test]
fn fields_of_fields() {
    let fixture =
        Fixture::new("- {kind: aws_x, body: {a: {b: {c: 1}}, d: text, n: null, 'odd.name': {e: 2}, o: {~open: 1}}}");
    assert_eq!(fixture.ask(0, "a.b.c is 1"), True);
    assert_eq!(fixture.ask(0, "a.x.c is absent"), True);
    assert_eq!(fixture.ask(0, "d.x is absent"), True, "a scalar has no fields");
    assert_eq!(fixture.ask(0, "n.x is absent"), True);
    assert_eq!(fixture.ask(0, "'\"odd.name\".e is 2'"), True);
    assert_eq!(fixture.ask(0, "o.x is absent"), Unknown);
    assert_eq!(fixture.ask(0, "o.x.y is 1"), Unknown);
}

#[test]
fn a_list_is_stepped_into_where_it_has_one_element() {
    let of = |list: &str, cond: &str| Fixture::new(&format!("- {{kind: aws_x, body: {{l: {list}}}}}")).ask(0, cond);
    assert_eq!(of("[{a: 1}]", "l.a is 1"), True);
    assert_eq!(of("[]", "l.a is absent"), True);
    assert_eq!(of("[{a: 1}, {a: 1}]", "l.a is 1"), Unknown);
    assert_eq!(of("[{a: 1}, ~open]", "l.a is 1"), Unknown);
    assert_eq!(of("[~unknown]", "l.a is 1"), Unknown);
    assert_eq!(of("~unknown", "l.a is 1"), Unknown);
}

#[test]
fn quantifiers_over_lists() {
    let of = |list: &str, cond: &str| Fixture::new(&format!("- {{kind: aws_x, body: {{l: {list}}}}}")).ask(0, cond);
    for (list, some, every, no) in [
        ("[{a: 1}, {a: 2}]", True, False, False),
        ("[{a: 1}, {a: 1}]", True, True, False),
        ("[{a: 2}]", False, False, True),
        ("[]", False, True, True),
        ("null", False, True, True),
        ("~unknown", Unknown, Unknown, Unknown),
        ("[{a: 1}, ~open]", True, Unknown, False),
        ("[{a: 2}, ~open]", Unknown, False, Unknown),
        ("[{a: ~unknown}, {a: 1}]", True, Unknown, False),
        ("[{a: ~unknown}, {a: 2}]", Unknown, False, Unknown),
        ("[[{a: 1}], [{a: 2}]]", True, False, False),
        ("{a: 1}", True, True, False),
        ("'{json}[{\"a\": 1}]'", True, True, False),
    ] {
        assert_eq!(of(list, "some l:\n  a is 1"), some, "some {list}");
        assert_eq!(of(list, "every l:\n  a is 1"), every, "every {list}");
        assert_eq!(of(list, "no l:\n  a is 1"), no, "no {list}");
    }
}

#[test]
fn quantified_paths_go_through_every_list_on_the_way() {
    let fixture = Fixture::new("- {kind: aws_x, body: {l: [{m: [{a: [1, 2]}]}, {m: [{a: [3]}, {a: []}]}, {}]}}");
    assert_eq!(fixture.ask(0, "some l.m.a:\n  it is 3"), True);
    assert_eq!(fixture.ask(0, "every l.m.a:\n  it < 3"), False);
    assert_eq!(fixture.ask(0, "no l.m.a:\n  it is 4"), True);
    assert_eq!(fixture.ask(0, "some l:\n  no m"), True, "the third has none");
    assert_eq!(fixture.ask(0, "some l:\n  some m:\n    a is empty"), True);
}

#[test]
fn a_text_is_stepped_into_as_what_it_encodes() {
    let text = r#"- {kind: aws_x, body: {p: '{json}{"Statement": [{"Effect": "Allow", "Action": "*"}]}'}}"#;
    let fixture = Fixture::new(text);
    assert_eq!(fixture.ask(0, "p.Statement.Action is '*'"), True);
    assert_eq!(fixture.ask(0, "some p.Statement:\n  - Effect is Allow\n  - Action is '*'"), True);
}

const KEY: &str = "
- {kind: aws_bucket, name: b, body: {key: '@1', known: '@1=arn:x', lost: '@9', keys: ['@1', '@2']}, links: {role: 1}}
- {kind: aws_key, name: k, body: {rotate: true, days: 5}}
- {kind: aws_key, name: l, body: {rotate: false}}
";

#[test]
fn references_lead_to_the_resource_they_name() {
    let fixture = Fixture::new(KEY);
    assert_eq!(fixture.ask(0, "key.rotate is true"), True);
    assert_eq!(fixture.ask(0, "known.rotate is true"), True);
    assert_eq!(fixture.ask(0, "key.other is absent"), True);
    assert_eq!(fixture.ask(0, "key is absent"), Unknown, "the value itself is not known");
    assert_eq!(fixture.ask(0, "known is 'arn:x'"), True);
    assert_eq!(fixture.ask(0, "lost.rotate is true"), Unknown);
    assert_eq!(fixture.ask(0, "some keys:\n  rotate is false"), True);
    assert_eq!(fixture.ask(0, "every keys:\n  rotate is true"), False);
    assert_eq!(fixture.ask(0, "role.days is 5"), True, "an edge by its label");
    assert_eq!(fixture.ask(0, "role is absent"), False);
}

const BUCKET: &str = "
- {kind: aws_bucket, name: b, body: {bucket: logs}}
- {kind: aws_block, name: linked, body: {bucket: '@0', on: true}, links: {bucket: 0}}
- {kind: aws_block, name: by_value, body: {bucket: logs, on: false}}
- {kind: aws_block, name: other, body: {bucket: elsewhere, on: false, second: true}}
- {kind: aws_bucket, name: alone, body: {bucket: pictures}}
";
const LINKS: &str = "aws_block.bucket: [aws_bucket.id, aws_bucket.bucket]";

#[test]
fn companions_are_the_resources_that_refer_here() {
    let fixture = Fixture::with_links(BUCKET, LINKS);
    assert_eq!(fixture.ask(0, "some aws_block:\n  on is true"), True);
    assert_eq!(fixture.ask(0, "some aws_block:\n  on is false"), True, "linked by an equal value");
    assert_eq!(fixture.ask(0, "no aws_block:\n  second is true"), True);
    assert_eq!(fixture.ask(4, "no aws_block"), True);
    assert_eq!(fixture.ask(4, "some aws_block"), False);
    assert_eq!(fixture.ask(4, "every aws_block:\n  on is true"), True, "there is none");
    assert_eq!(fixture.ask(1, "some bucket:\n  bucket is logs"), True, "and back");
    assert_eq!(fixture.ask(0, "no aws_unheard_of"), True);
}

#[test]
fn a_companion_that_may_belong_here_makes_it_unknown() {
    let text = format!("{BUCKET}- {{kind: aws_block, name: maybe, body: {{bucket: ~unknown, third: true}}}}\n");
    let fixture = Fixture::with_links(&text, LINKS);
    assert_eq!(fixture.ask(4, "no aws_block"), Unknown);
    assert_eq!(fixture.ask(4, "some aws_block:\n  third is true"), Unknown);
    assert_eq!(fixture.ask(4, "no aws_block:\n  third is true"), Unknown);
    assert_eq!(fixture.ask(4, "no aws_block:\n  third is false"), True, "whichever it belongs to");
    assert_eq!(fixture.ask(4, "every aws_block:\n  third is true"), True);
    assert_eq!(fixture.ask(4, "every aws_block:\n  third is false"), Unknown);
    assert_eq!(fixture.ask(0, "some aws_block:\n  on is true"), True, "another one decides");
}

#[test]
fn a_companion_of_another_resource_is_no_possible_one() {
    let text = format!("{BUCKET}- {{kind: aws_block, name: his, body: {{bucket: '@0'}}, links: {{bucket: 0}}}}\n");
    assert_eq!(Fixture::with_links(&text, LINKS).ask(4, "no aws_block"), True);
}

#[test]
fn an_open_body_hides_fields_but_no_companions() {
    let fixture = Fixture::new("- {kind: aws_x, body: {~open: 1, a: 1}}");
    assert_eq!(fixture.ask(0, "b is absent"), Unknown);
    assert_eq!(fixture.ask(0, "a is 1"), True);
    assert_eq!(fixture.ask(0, "no aws_y"), True);
    assert_eq!(fixture.ask(0, "no b"), Unknown);
}
