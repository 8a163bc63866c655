use stockade_model::{Kind, Reason, Value, Via};
use stockade_source::FileId;

use super::{root, shown};
use crate::{Schema, duplicate_keys, parse, to_value};

fn lower(text: &str, schema: Schema) -> Value {
    let (value, errors) = to_value(&root(text), schema);
    assert!(errors.is_empty(), "{errors:?}");
    value
}

fn errors(text: &str, schema: Schema) -> Vec<String> {
    shown(&to_value(&root(text), schema).1)
}

/// The texts of the known texts of a list.
fn items(value: &Value) -> Vec<&str> {
    value.items().iter().filter_map(Value::as_text).collect()
}

#[test]
fn kinds_and_spans() {
    let text = "a: 1\nb: [true, x]\nc:\n  d: '1'\n  e:\n";
    let value = lower(text, Schema::Core);
    assert_eq!(value.span.text(text), text.trim_end());
    let map = value.as_map().expect("a mapping");
    assert_eq!(map.head.text(text), "a");
    let field = map.field("a").expect("a");
    assert_eq!((field.key.text(text), field.entry.text(text), field.value.span.text(text)), ("a", "a: 1", "1"));
    assert_eq!(value.get("b").map(|b| b.items()[0].as_bool()), Some(Some(true)));
    let inner = value.get("c").and_then(Value::as_map).expect("c");
    assert_eq!(inner.head.text(text), "c");
    assert_eq!(inner.get("d").and_then(Value::as_text), Some("1"));
    assert!(inner.field("e").is_some_and(|e| e.value.is_null()));
    assert_eq!(inner.field("d").map(|d| d.entry.text(text)), Some("d: '1'"));
}

#[test]
fn the_head_of_a_list_item_is_its_first_key() {
    let text = "- a: 1\n  b: 2\n- {}\n";
    let value = lower(text, Schema::Core);
    let heads: Vec<&str> = value.items().iter().filter_map(Value::as_map).map(|map| map.head.text(text)).collect();
    assert_eq!(heads, ["a", "{}"]);
}

#[test]
fn schemas_differ() {
    let text = "a: yes\nb: 0644\nc: y\n";
    let of = |schema, key| lower(text, schema).get(key).map(|value| format!("{:?}", value.kind));
    let number = |n: i64| Some(format!("{:?}", Kind::Number(n.into())));
    assert_eq!(of(Schema::Core, "a"), Some(format!("{:?}", Kind::Text("yes".into()))));
    assert_eq!(of(Schema::Yaml11, "a"), Some("Bool(true)".to_owned()));
    assert_eq!(of(Schema::Kubernetes, "c"), Some("Bool(true)".to_owned()));
    assert_eq!(of(Schema::Core, "b"), number(644));
    assert_eq!(of(Schema::Yaml11, "b"), number(420));
}

#[test]
fn quoted_and_block_scalars_are_text() {
    let value = lower("- '1'\n- \"true\"\n- |\n  1\n- >-\n  ~\n- 2001-01-01\n", Schema::Yaml11);
    assert_eq!(items(&value), ["1", "true", "1\n", "~", "2001-01-01"]);
}

#[test]
fn tags_are_obeyed() {
    let text =
        "a: !!str 1\nb: !!int '1'\nc: !!bool 'true'\nd: !!float 1\ne: !!null x\nf: !unsafe 1\ng: !Ref 1\nh: ! 1\n";
    let value = lower(text, Schema::Core);
    assert_eq!(value.get("a").and_then(Value::as_text), Some("1"));
    assert_eq!(value.get("b").and_then(Value::as_number), Some(1.into()));
    assert_eq!(value.get("c").and_then(Value::as_bool), Some(true));
    assert_eq!(value.get("d").and_then(Value::as_number), Some(1.into()));
    assert!(value.get("e").is_none());
    assert_eq!(value.get("f").and_then(Value::as_text), Some("1"));
    assert_eq!(value.get("g").and_then(Value::as_number), Some(1.into()));
    assert_eq!(value.get("h").and_then(Value::as_text), Some("1"));
    assert_eq!(errors("a: !!int x\n", Schema::Core), ["9 not a value of `!!int`"]);
}

#[test]
fn vaults_are_unknown_and_sensitive() {
    let value = lower("password: !vault |\n  $ANSIBLE_VAULT;1.1\n", Schema::Yaml11);
    let password = value.get("password").expect("a value");
    assert!(password.sensitive);
    assert_eq!(
        password.why().map(|why| (why.reason, why.subject.to_string())),
        Some((Reason::Encrypted, "password".into()))
    );
}

#[test]
fn keys_are_text() {
    let text = "1: a\ntrue: b\n~: c\n[x]: d\n";
    let (value, errors) = to_value(&root(text), Schema::Yaml11);
    let map = value.as_map().expect("a mapping");
    let keys: Vec<&str> = map.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["1", "true", "~"]);
    assert!(map.open.is_some());
    assert_eq!(shown(&errors), ["18 a collection cannot be a key"]);
}

#[test]
fn keys_in_kubernetes_are_what_they_resolve_to() {
    let value = lower("y: a\n0644: b\n'n': c\n1.50: d\n", Schema::Kubernetes);
    let keys: Vec<&str> = value.as_map().expect("a mapping").iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["true", "420", "n", "1.50"]);
}

#[test]
fn aliases_are_copies_with_an_origin() {
    let text = "a: &x {k: 1}\nb: *x\nc: [*x]\n";
    let value = lower(text, Schema::Yaml11);
    let b = value.get("b").expect("b");
    assert_eq!(b.span.text(text), "*x");
    let step = &b.origin.as_ref().expect("an origin").steps[0];
    assert_eq!((step.span.text(text), &step.via), ("{k: 1}", &Via::Anchor("x".into())));
    let map = b.as_map().expect("a mapping");
    assert_eq!(map.head.text(text), "b");
    assert_eq!(map.get("k").and_then(Value::as_number), Some(1.into()));
    assert_eq!(value.get("c").map(|c| c.items().len()), Some(1));
}

#[test]
fn an_alias_of_nothing_is_unknown() {
    let (documents, _) = parse(FileId(0), "a: *x\nb:\n  <<: *y\n");
    let root = documents[0].root.as_ref().expect("a root");
    let (value, errors) = to_value(root, Schema::Yaml11);
    assert!(errors.is_empty(), "reported by the parser");
    assert_eq!(value.get("a").and_then(Value::why).map(|why| why.reason), Some(Reason::Invalid));
    assert!(value.get("b").and_then(Value::as_map).is_some_and(|b| b.open.is_some()));
}

const MERGES: &str = "x: &x {a: x, b: x}\nw: &w {b: w, c: w}\nz:\n  a: z\n  <<: [*x, *w]\n  d: z\n";

#[test]
fn merge_keys_fill_what_is_absent() {
    for schema in [Schema::Yaml11, Schema::Core] {
        let value = lower(MERGES, schema);
        let get = |key| value.at(&["z", key]).and_then(Value::as_text);
        assert_eq!((get("a"), get("b"), get("c"), get("d")), (Some("z"), Some("x"), Some("w"), Some("z")));
    }
    let value = lower(MERGES, Schema::Yaml11);
    let field = value.get("z").and_then(Value::as_map).and_then(|z| z.field("c")).expect("c");
    assert_eq!((field.key.text(MERGES), field.entry.text(MERGES)), ("c", "c: w"));
    assert_eq!(field.value.span.text(MERGES), "*w");
    let step = &field.value.origin.as_ref().expect("an origin").steps[0];
    assert_eq!((step.span.text(MERGES), &step.via), ("w", &Via::Anchor("w".into())));
}

/// `mapping` of go-yaml 2's decode.go merges at once, into what it has.
#[test]
fn in_kubernetes_a_merge_key_overrides_what_stands_before_it() {
    let value = lower(MERGES, Schema::Kubernetes);
    let get = |key| value.at(&["z", key]).and_then(Value::as_text);
    assert_eq!((get("a"), get("b"), get("c"), get("d")), (Some("x"), Some("x"), Some("w"), Some("z")));
}

#[test]
fn merges_of_merges_and_of_mappings_in_place() {
    let text = "x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nz: {<<: *y, c: 3}\nw: {<<: {d: 4}}\nv: {'<<': 5}\n";
    let value = lower(text, Schema::Yaml11);
    assert_eq!(value.at(&["z", "a"]).and_then(Value::as_number), Some(1.into()));
    assert_eq!(value.at(&["z", "a"]).map(|a| a.origin.as_ref().map_or(0, |origin| origin.steps.len())), Some(2));
    assert_eq!(value.at(&["w", "d"]).map(|d| (d.span.text(text), d.origin.is_none())), Some(("4", true)));
    assert_eq!(value.at(&["v", "<<"]).and_then(Value::as_number), Some(5.into()));
}

#[test]
fn merges_of_what_is_no_mapping() {
    let message = "`<<` needs a mapping or a sequence of mappings";
    assert_eq!(errors("<<: 1\n", Schema::Yaml11), [format!("4 {message}")]);
    assert_eq!(errors("<<: [{}, a]\n", Schema::Kubernetes), [format!("9 {message}")]);
    assert_eq!(errors("<<:\n", Schema::Core), [format!("3 {message}")]);
}

#[test]
fn the_last_of_duplicate_keys_counts() {
    let text = "a: 1\nb: {c: 1, c: 2}\na: 3\n";
    for schema in [Schema::Yaml11, Schema::Kubernetes] {
        assert_eq!(lower(text, schema).get("a").and_then(Value::as_number), Some(3.into()));
    }
    assert_eq!(
        errors(text, Schema::Core),
        ["15 the key `c` stands in this mapping twice", "21 the key `a` stands in this mapping twice",]
    );
    let pairs: Vec<(u32, u32)> = duplicate_keys(&root(text)).iter().map(|(a, b)| (a.start, b.start)).collect();
    assert_eq!(pairs, [(9, 15), (0, 21)]);
    let many: String = (0..20).map(|n| format!("k{}: 1\n", n % 19)).collect();
    assert_eq!(duplicate_keys(&root(&many)).len(), 1);
    assert!(duplicate_keys(&root("<<: {}\n<<: {}\n")).is_empty());
}

#[test]
fn json_is_read_with_the_core_schema() {
    let text = "{\"a\": [1e3, true, null, \"1\"]}";
    let (document, _) = crate::parse_json(FileId(0), text);
    let (value, errors) = to_value(document.root.as_ref().expect("a root"), Schema::Core);
    assert!(errors.is_empty());
    let kinds: Vec<&Kind> = value.get("a").expect("a").items().iter().map(|item| &item.kind).collect();
    assert_eq!(kinds, [&Kind::Number(1000.into()), &Kind::Bool(true), &Kind::Null, &Kind::Text("1".into())]);
}
