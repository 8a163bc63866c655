//! Manifests: the objects that a file holds.

use stockade_model::{Kind, Map, Value};
use stockade_source::{FileId, Span, SyntaxError};
use stockade_yaml::{Schema, duplicate_keys, to_value};

use crate::object::Object;
use crate::value::{field_text, plain};

/// How deep lists of lists are opened.
const NESTED_LISTS: usize = 8;

/// The documents of a text as values, and what could not be read.
///
/// Mappings are read as kustomize reads them, which has `yes` and its like for texts; lists, which are operations of
/// JSON 6902, as the rest of Kubernetes does.
pub(crate) fn documents(file: FileId, text: &str) -> (Vec<Value>, Vec<SyntaxError>) {
    let (documents, mut errors) = stockade_yaml::parse(file, text);
    let mut values = Vec::new();
    for root in documents.into_iter().filter_map(|document| document.root) {
        let (mut value, more) = to_value(&root, Schema::Kubernetes);
        errors.extend(more);
        // Kustomize writes no such object, and of a patch it takes the first.
        let twice = |(_, key)| SyntaxError::new(key, "the key stands in this mapping twice");
        errors.extend(duplicate_keys(&root).into_iter().map(twice));
        if value.as_map().is_some() {
            settle(&mut value, text, &mut errors);
        }
        if !value.is_null() {
            values.push(value);
        }
    }
    (values, errors)
}

/// Makes texts of the words that only YAML 1.1 takes for booleans, and tells of keys that are no texts.
fn settle(value: &mut Value, text: &str, errors: &mut Vec<SyntaxError>) {
    match &mut value.kind {
        Kind::Bool(_) => {
            let written =
                value.origin.as_ref().and_then(|origin| origin.steps.last()).map_or(value.span, |step| step.span);
            let word = written.text(text);
            if is_old_boolean(word) {
                value.kind = Kind::Text(word.into());
            }
        }
        Kind::List(list) => list.items.iter_mut().for_each(|item| settle(item, text, errors)),
        Kind::Map(map) => {
            if map
                .iter()
                .any(|(key, field)| matches!(key.as_str(), "true" | "false") && is_old_boolean(field.key.text(text)))
            {
                let mut renamed = Map::new(map.head);
                renamed.open.clone_from(&map.open);
                for (key, field) in map.iter() {
                    let word = field.key.text(text);
                    let key = if is_old_boolean(word) { word.into() } else { key.clone() };
                    renamed.insert(key, field.clone());
                }
                **map = renamed;
            }
            for (_, field) in map.iter_mut() {
                let key = field.key.text(text);
                let first = key.bytes().next().unwrap_or(b'a');
                if (first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.' | b't' | b'f' | b'T' | b'F'))
                    && plain(key, &field.value).as_text().is_none()
                {
                    errors.push(SyntaxError::new(field.key, "kustomize takes no key that is a number or a boolean"));
                }
                settle(&mut field.value, text, errors);
            }
        }
        _ => {}
    }
}

/// Whether a word is a boolean of YAML 1.1 and a text of YAML 1.2.
fn is_old_boolean(word: &str) -> bool {
    matches!(word.len(), 1..=3) && ["y", "n", "yes", "no", "on", "off"].iter().any(|old| old.eq_ignore_ascii_case(word))
}

/// The objects that documents declare; lists are opened.
pub(crate) fn objects(values: Vec<Value>) -> (Vec<Object>, Vec<SyntaxError>) {
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    for value in values {
        open(value, NESTED_LISTS, &mut out, &mut errors);
    }
    (out, errors)
}

fn open(value: Value, depth: usize, out: &mut Vec<Object>, errors: &mut Vec<SyntaxError>) {
    let span = value.span;
    let Kind::Map(mut body) = value.kind else {
        errors.push(SyntaxError::new(first_line(span), "not an object: a mapping is expected"));
        return;
    };
    if body.is_empty() {
        return;
    }
    let kind = field_text(&body, "kind");
    if kind.is_empty() {
        errors.push(SyntaxError::new(body.head, "the object has no kind"));
        return;
    }
    let items = body.field("items").is_some_and(|items| items.value.is_null() || items.value.as_list().is_some());
    if kind.ends_with("List") && items {
        let Some(Kind::List(items)) = body.remove("items").map(|field| field.value.kind) else { return };
        if depth == 0 {
            errors.push(SyntaxError::new(body.head, "the nesting of lists is over a limit"));
            return;
        }
        for item in items.items {
            open(item, depth - 1, out, errors);
        }
        return;
    }
    if kind == "List" {
        return;
    }
    if name(&body).is_empty() {
        errors.push(SyntaxError::new(body.head, "the object has no metadata.name"));
        return;
    }
    out.push(Object::new(*body, span));
}

fn name(body: &Map) -> compact_str::CompactString {
    body.get("metadata").and_then(Value::as_map).map_or_else(Default::default, |metadata| field_text(metadata, "name"))
}

/// The start of a place, so that a message does not show a whole document.
fn first_line(span: Span) -> Span {
    if span.is_none() { span } else { Span::new(span.file, span.start, span.start.saturating_add(1).min(span.end)) }
}
