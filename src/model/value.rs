//! Values.

use std::sync::Arc;

use compact_str::{CompactString, ToCompactString};
use indexmap::IndexMap;
use stockade_source::Span;

use crate::{Number, Origin, Target, Why};

/// A value, with the place where it stands and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// The text at the place of use: the right-hand side of the attribute, the scalar of the YAML entry.
    /// [`Span::NONE`] for a fact that was computed and has no text; such a value is no evidence.
    pub span: Span,
    /// Where it came from when the text at `span` is not itself the literal.
    pub origin: Option<Arc<Origin>>,
    /// Marked sensitive by its language; never printed.
    pub sensitive: bool,
}

/// What a value is. "Absent" is not a kind: an absent value has no [`Field`].
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `null`, `~`. Terraform and Kubernetes treat it as absent, and so do conditions.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text, all of it known.
    Text(CompactString),
    /// Text of which some parts are unknown; there is at least one [`Part::Unknown`].
    Template(Arc<[Part]>),
    /// A sequence. Terraform's sets and repeated blocks are sequences too, in the order of the text.
    List(Box<List>),
    /// A mapping.
    Map(Box<Map>),
    /// Not known, and why.
    Unknown(Arc<Why>),
}

/// One part of a text that is not wholly known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text that is there for sure.
    Known(CompactString),
    /// Something that may be any text, the empty one included.
    Unknown(Arc<Why>),
}

/// A sequence of values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// The elements that are there for sure.
    pub items: Vec<Value>,
    /// Set when there may be further elements.
    pub open: Option<Arc<Why>>,
}

/// A mapping from names to values, in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    fields: IndexMap<CompactString, Field, foldhash::fast::RandomState>,
    /// What an absent field points at: a block's header, the key of the mapping, the first key of a list item.
    pub head: Span,
    /// Set when fields may come from something unknown, so that absence is unknown too.
    pub open: Option<Arc<Why>>,
}

/// One entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The key alone; for a Terraform block its header (`ingress`, with labels).
    pub key: Span,
    /// The whole entry, `key = value` or the block with its braces: what a fix cuts out.
    pub entry: Span,
    /// The value.
    pub value: Value,
}

impl Value {
    /// A value that stands literally at `span`.
    pub fn new(kind: Kind, span: Span) -> Self {
        Value { kind, span, origin: None, sensitive: false }
    }

    /// A text that stands literally at `span`.
    pub fn text(text: impl AsRef<str>, span: Span) -> Self {
        Value::new(Kind::Text(text.as_ref().to_compact_string()), span)
    }

    /// A boolean that stands literally at `span`.
    pub fn bool(value: bool, span: Span) -> Self {
        Value::new(Kind::Bool(value), span)
    }

    /// A number that stands literally at `span`.
    pub fn number(value: impl Into<Number>, span: Span) -> Self {
        Value::new(Kind::Number(value.into()), span)
    }

    /// A list that stands literally at `span`.
    pub fn list(items: Vec<Value>, span: Span) -> Self {
        Value::new(Kind::List(Box::new(List { items, open: None })), span)
    }

    /// A mapping that stands literally at `span`.
    pub fn map(map: Map, span: Span) -> Self {
        Value::new(Kind::Map(Box::new(map)), span)
    }

    /// A value that is not known, for the reason `why`.
    pub fn unknown(why: Why, span: Span) -> Self {
        Value::new(Kind::Unknown(Arc::new(why)), span)
    }

    /// The same value with the places it came from.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = Some(Arc::new(origin));
        self
    }

    /// The text, where it is wholly known text.
    pub fn as_text(&self) -> Option<&str> {
        if let Kind::Text(text) = &self.kind { Some(text) } else { None }
    }

    /// The boolean, where it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Kind::Bool(value) = self.kind { Some(value) } else { None }
    }

    /// The number, where it is one.
    pub fn as_number(&self) -> Option<Number> {
        if let Kind::Number(value) = self.kind { Some(value) } else { None }
    }

    /// The list, where it is one.
    pub fn as_list(&self) -> Option<&List> {
        if let Kind::List(list) = &self.kind { Some(list) } else { None }
    }

    /// The elements known of a list; none for anything else.
    pub fn items(&self) -> &[Value] {
        self.as_list().map_or(&[], |list| &list.items)
    }

    /// The mapping, where it is one.
    pub fn as_map(&self) -> Option<&Map> {
        if let Kind::Map(map) = &self.kind { Some(map) } else { None }
    }

    /// The value of a field of a mapping; `None` where it is absent, `null`, or this is no mapping.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map().and_then(|map| map.get(key))
    }

    /// The value at a path of fields; see [`Value::get`].
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// Why the value is unknown, where it is.
    pub fn why(&self) -> Option<&Arc<Why>> {
        match &self.kind {
            Kind::Unknown(why) => Some(why),
            Kind::Template(parts) => parts.iter().find_map(|part| match part {
                Part::Unknown(why) => Some(why),
                Part::Known(_) => None,
            }),
            _ => None,
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// What the text encodes, where it encodes a structure; see [`Origin::structure`].
    pub fn structure(&self) -> Option<&Value> {
        self.origin.as_ref().and_then(|origin| origin.structure.as_deref())
    }

    /// The resources that the value's expression names.
    pub fn targets(&self) -> &[Target] {
        self.origin.as_ref().map_or(&[], |origin| &origin.targets)
    }
}

impl Map {
    /// An empty mapping whose absent fields point at `head`.
    pub fn new(head: Span) -> Self {
        Map { fields: IndexMap::default(), head, open: None }
    }

    /// The value of a field; `None` where it is absent or `null`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.field(key).map(|field| &field.value).filter(|value| !value.is_null())
    }

    /// The field itself, a `null` one included.
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.get(key)
    }

    /// The field itself, to change.
    pub fn field_mut(&mut self, key: &str) -> Option<&mut Field> {
        self.fields.get_mut(key)
    }

    /// Puts a field in; a field of the same name is replaced in its place and returned.
    pub fn insert(&mut self, key: impl Into<CompactString>, field: Field) -> Option<Field> {
        self.fields.insert(key.into(), field)
    }

    /// Puts in a field that has no text of its own apart from its value's.
    pub fn set(&mut self, key: impl Into<CompactString>, value: Value) -> Option<Field> {
        self.insert(key, Field { key: value.span, entry: value.span, value })
    }

    /// Takes a field out.
    pub fn remove(&mut self, key: &str) -> Option<Field> {
        self.fields.shift_remove(key)
    }

    /// The fields in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&CompactString, &Field)> {
        self.fields.iter()
    }

    /// The fields in order, to change.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&CompactString, &mut Field)> {
        self.fields.iter_mut()
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_small() {
        assert!(size_of::<Value>() <= 56, "{}", size_of::<Value>());
    }

    #[test]
    fn null_reads_as_absent() {
        let mut map = Map::new(Span::NONE);
        map.set("a", Value::new(Kind::Null, Span::NONE));
        map.set("b", Value::bool(true, Span::NONE));
        assert!(map.get("a").is_none() && map.field("a").is_some());
        assert_eq!(Value::map(map, Span::NONE).at(&["b"]).and_then(Value::as_bool), Some(true));
    }
}
