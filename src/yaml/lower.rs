//! Nodes to values.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_model::{Field, Kind, List, Map, Origin, Reason, Step, Value, Via, Why};
use stockade_source::{Span, SyntaxError};

use crate::{Entry, MAX_ERRORS, MAX_EXPANDED_DEPTH, Node, NodeKind, Scalar, Schema, Style};

/// How much aliases and merge keys may expand to in one call, in nodes.
const MAX_EXPANDED: usize = 1_000_000;

/// So many bytes of text weigh as much as a node.
const BYTES_PER_NODE: usize = 64;

/// Turns a node into a value: aliases and merge keys are followed, the last of duplicate keys counts.
///
/// - What an alias gives has the alias's span and the anchor in its origin. A field that a merge key
///   brings has the span of the alias too, and the key and the entry of the mapping it comes from.
/// - `!vault` is unknown and sensitive, `!unsafe` and `!!str` are text, other tags of YAML's own are
///   obeyed, and tags of anyone else are not looked at. Dates are text.
/// - Keys are text, whatever they are: as they are written, but in [`Schema::Kubernetes`] booleans and
///   integers as they are resolved. A collection as a key is an error and leaves the mapping open.
/// - Where [`Schema::Kubernetes`] merges, a later `<<` overrides the keys before it, as in go-yaml 2;
///   elsewhere the keys of the mapping itself win.
/// - Duplicate keys are errors in [`Schema::Core`] only; see [`duplicate_keys`].
///
/// Errors of the text itself, such as an alias without an anchor, are those of [`crate::parse`].
pub fn to_value(node: &Node, schema: Schema) -> (Value, Vec<SyntaxError>) {
    let mut lowering = Lowering { schema, errors: Vec::new(), depth: 0, aliases: 0, expanded: 0, over: false };
    let value = lowering.value(node, Context { head: None, name: "" });
    (value, lowering.errors)
}

/// The keys that a mapping at or below `node` has twice: the first and the later one, in the order of
/// the text. Aliases are not followed; merge keys may be repeated.
pub fn duplicate_keys(node: &Node) -> Vec<(Span, Span)> {
    /// A small mapping is searched faster than it is hashed.
    const SMALL: usize = 8;
    let mut found = Vec::new();
    let mut stack = vec![node];
    let mut seen: HashMap<&str, Span> = HashMap::new();
    while let Some(node) = stack.pop() {
        match &node.kind {
            NodeKind::Sequence(items) => stack.extend(items),
            NodeKind::Mapping(entries) => {
                seen.clear();
                for (index, entry) in entries.iter().enumerate() {
                    stack.extend([&entry.key, &entry.value]);
                    let Some(key) = entry.key.as_str().filter(|_| !is_merge(&entry.key)) else { continue };
                    let before = if entries.len() <= SMALL {
                        let same = |before: &&Entry| before.key.as_str() == Some(key) && !is_merge(&before.key);
                        entries[..index].iter().find(same).map(|before| before.key.span)
                    } else {
                        let first = *seen.entry(key).or_insert(entry.key.span);
                        (first != entry.key.span).then_some(first)
                    };
                    found.extend(before.map(|first| (first, entry.key.span)));
                }
            }
            NodeKind::Scalar(_) | NodeKind::Alias(..) => {}
        }
    }
    found.sort_by_key(|(_, second)| second.start);
    found
}

/// Where a node stands.
#[derive(Clone, Copy)]
struct Context<'n> {
    /// What an absent field of it points at, when that is not its first key.
    head: Option<Span>,
    /// The key that it is the value of.
    name: &'n str,
}

struct Lowering {
    schema: Schema,
    errors: Vec<SyntaxError>,
    depth: usize,
    /// How many aliases are being followed.
    aliases: usize,
    /// What aliases have expanded to.
    expanded: usize,
    /// Whether that was reported to be too much.
    over: bool,
}

impl Lowering {
    fn value(&mut self, node: &Node, context: Context<'_>) -> Value {
        if let Some(limited) = self.limit(node) {
            return limited;
        }
        self.depth += 1;
        let tag = Meaning::of(node);
        let value = match &node.kind {
            _ if tag == Meaning::Encrypted => encrypted(node, context.name),
            NodeKind::Scalar(scalar) => self.scalar(node, scalar, tag),
            NodeKind::Sequence(items) => self.sequence(items, node.span),
            NodeKind::Mapping(entries) => self.mapping(entries, node.span, context.head),
            NodeKind::Alias(name, target) => self.alias(name, target.as_deref(), node.span, context),
        };
        self.depth -= 1;
        value
    }

    /// Counts the node; gives what stands for it where a limit is reached.
    fn limit(&mut self, node: &Node) -> Option<Value> {
        if self.aliases > 0 {
            self.expanded += 1;
            if let NodeKind::Scalar(scalar) = &node.kind {
                self.expanded += scalar.text.len() / BYTES_PER_NODE;
            }
        }
        let what = if self.expanded > MAX_EXPANDED {
            "what the aliases of this document stand for"
        } else if self.depth > MAX_EXPANDED_DEPTH {
            "the nesting of this document"
        } else {
            return None;
        };
        if !mem::replace(&mut self.over, true) {
            self.error(node.span, format!("{what} is over a limit"));
        }
        Some(unknown(Reason::Limit, what, node.span))
    }

    fn scalar(&mut self, node: &Node, scalar: &Scalar, tag: Meaning) -> Value {
        let text = || Kind::Text(scalar.text.clone());
        let kind = match tag {
            Meaning::None if scalar.style != Style::Plain => text(),
            Meaning::None => self.schema.resolve(&scalar.text).unwrap_or_else(text),
            Meaning::Text => text(),
            Meaning::Null => Kind::Null,
            Meaning::Bool | Meaning::Int | Meaning::Float => match (tag, self.schema.resolve(&scalar.text)) {
                (Meaning::Bool, Some(kind @ Kind::Bool(_))) => kind,
                (Meaning::Int, Some(Kind::Number(number))) if number.as_f64().fract() == 0.0 => Kind::Number(number),
                (Meaning::Float, Some(kind @ Kind::Number(_))) => kind,
                _ => {
                    let tag = node.tag.as_ref().map_or("", |tag| &tag.text);
                    self.error(node.span, format!("not a value of `{tag}`"));
                    return unknown(Reason::Invalid, &scalar.text, node.span);
                }
            },
            Meaning::Encrypted => return encrypted(node, ""),
        };
        Value::new(kind, node.span)
    }

    fn sequence(&mut self, items: &[Node], span: Span) -> Value {
        let items = items.iter().map(|item| self.value(item, Context { head: None, name: "" })).collect();
        Value::new(Kind::List(Box::new(List { items, open: None })), span)
    }

    fn mapping(&mut self, entries: &[Entry], span: Span, head: Option<Span>) -> Value {
        let first = entries.first().map_or(span, |entry| entry.key.span);
        let mut map = Map::new(head.unwrap_or(first));
        for entry in entries {
            if is_merge(&entry.key) {
                if self.schema == Schema::Kubernetes {
                    self.merge(&mut map, &entry.value, Merge::Override);
                }
                continue;
            }
            let Some(key) = self.key(&entry.key) else {
                self.error(entry.key.span, "a collection cannot be a key");
                map.open.get_or_insert_with(|| Arc::new(why(Reason::Invalid, "key", entry.key.span)));
                continue;
            };
            let value = self.value(&entry.value, Context { head: Some(entry.key.span), name: &key });
            let field = Field { key: entry.key.span, entry: entry.span(), value };
            if self.schema == Schema::Core && map.field(&key).is_some() {
                self.error(entry.key.span, format!("the key `{key}` stands in this mapping twice"));
            }
            map.insert(key, field);
        }
        if self.schema != Schema::Kubernetes {
            // Of several merge keys the last wins.
            for entry in entries.iter().rev().filter(|entry| is_merge(&entry.key)) {
                self.merge(&mut map, &entry.value, Merge::Fill);
            }
        }
        Value::map(map, span)
    }

    /// The name that a key gives its field; `sigs.k8s.io/yaml` makes `true` of `y` and `420` of `0644`.
    fn key(&self, key: &Node) -> Option<CompactString> {
        let text = key.as_str()?;
        let plain = matches!(&key.kind, NodeKind::Scalar(Scalar { style: Style::Plain, .. })) && key.tag.is_none();
        if self.schema == Schema::Kubernetes && plain {
            match self.schema.resolve(text) {
                Some(Kind::Bool(value)) => return Some(if value { "true".into() } else { "false".into() }),
                Some(Kind::Number(number)) if number.as_i64().is_some() => return Some(format_compact!("{number}")),
                _ => {}
            }
        }
        Some(text.into())
    }

    /// Merges the value of a merge key: a mapping, an alias of one, or a sequence of such, where the
    /// earlier wins.
    fn merge(&mut self, map: &mut Map, source: &Node, order: Merge) {
        let (items, aliased) = match &source.kind {
            NodeKind::Sequence(items) => (items, 0),
            NodeKind::Alias(_, Some(target)) => match &target.kind {
                NodeKind::Sequence(items) => (items, 1),
                _ => return self.merge_one(map, source, order),
            },
            _ => return self.merge_one(map, source, order),
        };
        self.aliases += aliased;
        match order {
            Merge::Fill => items.iter().for_each(|item| self.merge_one(map, item, order)),
            Merge::Override => items.iter().rev().for_each(|item| self.merge_one(map, item, order)),
        }
        self.aliases -= aliased;
    }

    fn merge_one(&mut self, map: &mut Map, source: &Node, order: Merge) {
        match resolved(source).map(|target| &target.kind) {
            Some(NodeKind::Mapping(_)) => {}
            None => {
                map.open.get_or_insert_with(|| Arc::new(why(Reason::Invalid, "<<", source.span)));
                return;
            }
            Some(_) => {
                self.error(source.span, "`<<` needs a mapping or a sequence of mappings");
                map.open.get_or_insert_with(|| Arc::new(why(Reason::Invalid, "<<", source.span)));
                return;
            }
        }
        let mut merged = self.value(source, Context { head: None, name: "<<" });
        let alias = if let NodeKind::Alias(name, _) = &source.kind { Some(name) } else { None };
        let Kind::Map(from) = &mut merged.kind else {
            map.open = merged.why().cloned().or(map.open.take());
            return;
        };
        if let Some(open) = from.open.take() {
            map.open.get_or_insert(open);
        }
        for (key, field) in from.iter_mut() {
            if order == Merge::Fill && map.field(key).is_some() {
                continue;
            }
            let (key_span, entry) = (field.key, field.entry);
            let mut value = mem::replace(&mut field.value, Value::new(Kind::Null, key_span));
            if let Some(name) = alias {
                value = used(value, source.span, name);
            }
            map.insert(key.clone(), Field { key: key_span, entry, value });
        }
    }

    fn alias(&mut self, name: &CompactString, target: Option<&Node>, span: Span, context: Context<'_>) -> Value {
        let Some(target) = target else {
            return unknown(Reason::Invalid, &format_compact!("*{name}"), span);
        };
        self.aliases += 1;
        let value = self.value(target, context);
        self.aliases -= 1;
        used(value, span, name)
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(SyntaxError::new(span, message));
        }
    }
}

/// Which of two fields of one name stays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Merge {
    /// The one that is there.
    Fill,
    /// The merged one.
    Override,
}

/// What a tag says of a scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    None,
    Text,
    Null,
    Bool,
    Int,
    Float,
    Encrypted,
}

impl Meaning {
    fn of(node: &Node) -> Meaning {
        let Some(tag) = &node.tag else { return Meaning::None };
        let text = tag.text.as_str();
        let own = text
            .strip_prefix("!!")
            .or_else(|| text.strip_prefix("!<tag:yaml.org,2002:").and_then(|rest| rest.strip_suffix('>')));
        match (own, text) {
            (Some("str" | "binary" | "timestamp"), _) | (None, "!" | "!unsafe") => Meaning::Text,
            (Some("null"), _) => Meaning::Null,
            (Some("bool"), _) => Meaning::Bool,
            (Some("int"), _) => Meaning::Int,
            (Some("float"), _) => Meaning::Float,
            (None, "!vault" | "!vault-encrypted") => Meaning::Encrypted,
            _ => Meaning::None,
        }
    }
}

/// A plain `<<`.
fn is_merge(key: &Node) -> bool {
    match &key.kind {
        NodeKind::Scalar(Scalar { text, style: Style::Plain }) => {
            text == "<<" && key.tag.as_ref().is_none_or(|tag| tag.text == "!!merge")
        }
        _ => false,
    }
}

/// The node that an alias stands for; any other node itself.
fn resolved(node: &Node) -> Option<&Node> {
    match &node.kind {
        NodeKind::Alias(_, target) => target.as_deref(),
        _ => Some(node),
    }
}

/// The value of an alias at `span`: it stands there, but its text does not.
fn used(mut value: Value, span: Span, anchor: &CompactString) -> Value {
    let step = Step { span: value.span, via: Via::Anchor(anchor.clone()) };
    let mut origin = value.origin.take().map_or_else(Origin::default, Arc::unwrap_or_clone);
    origin.steps.insert(0, step);
    value.span = span;
    value.with_origin(origin)
}

fn encrypted(node: &Node, name: &str) -> Value {
    let name = if name.is_empty() { "value" } else { name };
    Value { sensitive: true, ..unknown(Reason::Encrypted, name, node.span) }
}

fn unknown(reason: Reason, subject: &str, span: Span) -> Value {
    Value::unknown(why(reason, subject, span), span)
}

fn why(reason: Reason, subject: &str, span: Span) -> Why {
    Why { reason, subject: subject.into(), span }
}
