//! Two lists of manifests held against each other.

use stockade_model::{Kind, Part, Value};
use stockade_source::FileId;
use stockade_yaml::Schema;

/// The manifests in what `helm template` prints.
pub(crate) fn manifests(text: &str) -> Vec<Value> {
    let (documents, errors) = stockade_yaml::parse(FileId(0), text);
    assert!(errors.is_empty(), "Helm printed what is no YAML: {errors:?}");
    let roots = documents.iter().filter_map(|document| document.root.as_ref());
    roots.map(|root| stockade_yaml::to_value(root, Schema::Kubernetes).0).filter(|value| !value.is_null()).collect()
}

/// The differences between what was expected and what came, whatever the order.
pub(crate) fn differences(expected: &[Value], actual: &[Value]) -> Vec<String> {
    let mut left: Vec<&Value> = actual.iter().collect();
    let mut unmatched = Vec::new();
    for wanted in expected {
        match left.iter().position(|one| difference(wanted, one, String::new()).is_none()) {
            Some(at) => drop(left.remove(at)),
            None => unmatched.push(wanted),
        }
    }
    let mut out = Vec::new();
    for wanted in unmatched {
        let name = name(wanted);
        match left.iter().position(|one| self::name(one) == name) {
            Some(at) => out.extend(difference(wanted, left.remove(at), name)),
            None => out.push(format!("{name} is missing")),
        }
    }
    out.extend(left.iter().map(|one| format!("{} is too much", name(one))));
    out
}

fn name(value: &Value) -> String {
    let text = |path: &[&str]| value.at(path).and_then(Value::as_text).unwrap_or("-").to_owned();
    format!("{} {} {}", text(&["kind"]), text(&["metadata", "namespace"]), text(&["metadata", "name"]))
}

/// The first difference; what we say is unknown may be anything.
fn difference(expected: &Value, actual: &Value, path: String) -> Option<String> {
    match (&expected.kind, &actual.kind) {
        (_, Kind::Unknown(_)) => None,
        (Kind::Text(text), Kind::Template(parts)) if fits(text, parts) => None,
        (Kind::Map(expected), Kind::Map(actual)) => {
            for (key, field) in expected.iter() {
                match actual.field(key) {
                    Some(other) => {
                        if let Some(found) = difference(&field.value, &other.value, format!("{path}.{key}")) {
                            return Some(found);
                        }
                    }
                    None if actual.open.is_some() => {}
                    None => return Some(format!("{path}.{key} is missing")),
                }
            }
            let extra = actual.iter().find(|(key, _)| expected.field(key).is_none());
            extra.map(|(key, _)| format!("{path}.{key} is too much"))
        }
        (Kind::List(expected), Kind::List(actual)) => {
            if expected.items.len() != actual.items.len() {
                return Some(format!("{path}: {} items, not {}", actual.items.len(), expected.items.len()));
            }
            let pairs = expected.items.iter().zip(&actual.items).enumerate();
            pairs.into_iter().find_map(|(at, (expected, actual))| difference(expected, actual, format!("{path}.{at}")))
        }
        (one, other) if one == other => None,
        (one, other) => Some(format!("{path}: {other:?}, not {one:?}")),
    }
}

/// Whether a text has the known parts in their order.
fn fits(text: &str, parts: &[Part]) -> bool {
    let mut rest = text;
    parts.iter().all(|part| match part {
        Part::Unknown(_) => true,
        Part::Known(known) => match rest.find(known.as_str()) {
            Some(at) => {
                rest = &rest[at + known.len()..];
                true
            }
            None => false,
        },
    })
}
