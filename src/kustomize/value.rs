//! Values: reading, writing and copying them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use compact_str::{CompactString, ToCompactString};
use stockade_model::{Field, Kind, Map, Origin, Step, Value, Via};
use stockade_source::{FileId, Span};
use stockade_yaml::{Node, NodeKind, ScalarMap, Schema, Style, to_value};

/// The text of a scalar, as kustomize compares and pastes it; empty for `null`.
pub(crate) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match &value.kind {
        Kind::Text(text) => Some(Cow::Borrowed(text)),
        Kind::Number(number) => Some(Cow::Owned(number.to_string())),
        Kind::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Kind::Null => Some(Cow::Borrowed("")),
        _ => None,
    }
}

/// The text of a field of a mapping; empty where it is absent.
pub(crate) fn field_text(map: &Map, key: &str) -> CompactString {
    map.get(key).and_then(text).map_or_else(CompactString::default, CompactString::from)
}

/// Whether a value is neither a mapping nor a list.
pub(crate) fn is_scalar(value: &Value) -> bool {
    !matches!(value.kind, Kind::Map(_) | Kind::List(_))
}

/// The mapping, to change.
pub(crate) fn map_mut(value: &mut Value) -> Option<&mut Map> {
    if let Kind::Map(map) = &mut value.kind { Some(map) } else { None }
}

/// The elements of a list, to change.
pub(crate) fn items_mut(value: &mut Value) -> Option<&mut Vec<Value>> {
    if let Kind::List(list) = &mut value.kind { Some(&mut list.items) } else { None }
}

/// `null` without a place, to take a value out of where it stands.
pub(crate) fn nothing() -> Value {
    Value::new(Kind::Null, Span::NONE)
}

/// An empty mapping.
pub(crate) fn empty_map(span: Span) -> Value {
    Value::map(Map::new(span), span)
}

/// The mapping under a key, made where there is none; `None` where something else stands there.
pub(crate) fn child_map<'m>(map: &'m mut Map, key: &str, span: Span) -> Option<&'m mut Map> {
    if map.get(key).is_none() {
        let value = empty_map(span);
        match map.field_mut(key) {
            Some(field) => field.value = value,
            None => drop(map.set(key, value)),
        }
    }
    map_mut(&mut map.field_mut(key)?.value)
}

/// What a transformer wrote: `new` stands in the kustomization, and what stood in the base is a step behind it.
pub(crate) fn overlaid(mut new: Value, old: &Value, by: &str) -> Value {
    if !old.span.is_none() && old.span != new.span {
        let mut origin = new.origin.take().map_or_else(Origin::default, Arc::unwrap_or_clone);
        origin.steps.push(Step { span: old.span, via: Via::Overlaid(by.into()) });
        new.origin = Some(Arc::new(origin));
    }
    new
}

/// Notes in a mapping that a patch took a field out of it.
pub(crate) fn removed(from: &mut Value, name: &str, span: Span) {
    if from.as_map().is_some() && !span.is_none() {
        let mut origin = from.origin.take().map_or_else(Origin::default, Arc::unwrap_or_clone);
        origin.steps.push(Step { span, via: Via::Removed(name.into()) });
        from.origin = Some(Arc::new(origin));
    }
}

/// A text of the base that a transformer changed in part: it stays where it stands, and the transformer is a step.
pub(crate) fn adapted(old: &Value, text: impl AsRef<str>, span: Span, by: &str) -> Value {
    let mut origin = old.origin.as_deref().cloned().unwrap_or_default();
    origin.structure = None;
    if !span.is_none() {
        origin.steps.insert(0, Step { span, via: Via::Overlaid(by.into()) });
    }
    let place = if old.span.is_none() { span } else { old.span };
    Value { sensitive: old.sensitive, ..Value::text(text, place).with_origin(origin) }
}

/// Puts a value into a mapping, in place of what the key had.
pub(crate) fn put(map: &mut Map, key: &str, field: Field, by: &str) {
    let value = match map.field(key) {
        Some(before) => overlaid(field.value, &before.value, by),
        None => field.value,
    };
    map.insert(key, Field { key: field.key, entry: field.entry, value });
}

/// How many nodes a value has, texts counted by their length too, and how deep it is.
pub(crate) fn size(value: &Value) -> (usize, usize) {
    let children = |values: &mut dyn Iterator<Item = &Value>| {
        values.map(size).fold((1, 0), |(count, deep), (more, depth)| (count + more, deep.max(depth)))
    };
    let (count, deep) = match &value.kind {
        Kind::Map(map) => children(&mut map.iter().map(|(_, field)| &field.value)),
        Kind::List(list) => children(&mut list.items.iter()),
        Kind::Text(text) => (1 + text.len() / 64, 0),
        _ => (1, 0),
    };
    (count, deep + 1)
}

/// Takes from what a build may cost; `false` where too little is left, and then nothing is left.
pub(crate) fn spend(work: &mut usize, cost: usize) -> bool {
    let left = work.checked_sub(cost);
    *work = left.unwrap_or(0);
    left.is_some()
}

/// What a plain scalar of this text means.
pub(crate) fn plain(text: &str, like: &Value) -> Value {
    let scalar = stockade_yaml::Scalar { text: text.to_compact_string(), style: Style::Plain };
    let node = Node { kind: NodeKind::Scalar(scalar), span: like.span, tag: None, anchor: None };
    to_value(&node, Schema::Kubernetes).0
}

/// The scalars of a file by their place, for the text inside of them.
#[derive(Default)]
pub(crate) struct Scalars<'n> {
    by_span: HashMap<Span, &'n Node>,
}

impl<'n> Scalars<'n> {
    /// The scalars of `root` that may hold a text with lines.
    pub(crate) fn new(root: &'n Node) -> Self {
        let mut by_span = HashMap::new();
        let mut stack = vec![root];
        while let Some(node) = stack.pop() {
            match &node.kind {
                NodeKind::Sequence(items) => stack.extend(items),
                NodeKind::Mapping(entries) => stack.extend(entries.iter().map(|entry| &entry.value)),
                NodeKind::Scalar(_) => drop(by_span.insert(node.span, node)),
                NodeKind::Alias(..) => {}
            }
        }
        Scalars { by_span }
    }

    /// The map from the decoded text of the scalar at `span` to the file.
    pub(crate) fn map(&self, span: Span, text: &str) -> Option<ScalarMap> {
        self.by_span.get(&span).map(|node| ScalarMap::new(text, node))
    }
}

/// Moves the spans of a value that was read from the decoded text of a scalar to their places in the file.
///
/// Where the scalar is not at hand, everything stands at `whole`.
pub(crate) fn relocate(value: &mut Value, from: FileId, map: Option<&ScalarMap>, whole: Span) {
    let place = |span: Span| {
        if span.file != from {
            return span;
        }
        map.map_or(whole, |map| map.span(span.start as usize, span.end as usize))
    };
    value.span = place(value.span);
    if let Some(origin) = value.origin.as_mut() {
        for step in &mut Arc::make_mut(origin).steps {
            step.span = place(step.span);
        }
    }
    match &mut value.kind {
        Kind::Map(fields) => {
            fields.head = place(fields.head);
            for (_, field) in fields.iter_mut() {
                field.key = place(field.key);
                field.entry = place(field.entry);
                relocate(&mut field.value, from, map, whole);
            }
        }
        Kind::List(list) => list.items.iter_mut().for_each(|item| relocate(item, from, map, whole)),
        Kind::Unknown(why) => Arc::make_mut(why).span = place(why.span),
        _ => {}
    }
}

/// Takes a value out of its place.
pub(crate) fn take(value: &mut Value) -> Value {
    mem::replace(value, nothing())
}
