//! The *views* that the engine computes: what the providers of a language say each in its own way, said in one.
//!
//! An item of a view is a resource that refers to its owner. Its values keep the spans and origins of the texts that
//! they come from, and what is unknown there is unknown here.

mod network_rule;
mod policy_statement;

use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_model::{Edge, Field, Graph, Kind, List, Map, Resource, ResourceId, Value, Why};
use stockade_source::Span;

/// Adds every view to the graph.
pub(crate) fn add(graph: &mut Graph) {
    let mut items = Vec::new();
    for (id, resource) in graph.resources() {
        network_rule::collect(id, resource, &mut items);
    }
    for item in items {
        item.add(graph);
    }
    policy_statement::add(graph);
}

/// An item that is to be added.
struct Item {
    owner: ResourceId,
    kind: &'static str,
    label: &'static str,
    /// What the address has after the owner's: `ingress[0]`.
    suffix: CompactString,
    body: Map,
    span: Span,
}

impl Item {
    fn add(self, graph: &mut Graph) -> ResourceId {
        let owner = graph.resource(self.owner);
        let mut resource = Resource::new(owner.technology, self.kind, self.body, self.span);
        resource.name = owner.name.clone();
        resource.address = format_compact!("{}/{}", owner.address, self.suffix);
        resource.instance = owner.instance.clone();
        resource.project = owner.project;
        resource.view = true;
        resource.via = owner.via;
        let span = resource.head();
        let id = graph.add(resource);
        graph.link(Edge { from: id, to: self.owner, label: self.label.into(), span });
        id
    }
}

/// The body of an item of which nothing is known: that there is one is all that can be said.
fn unknown_body(head: Span, why: &Arc<Why>) -> Map {
    let mut body = Map::new(head);
    body.open = Some(Arc::clone(why));
    body
}

/// The blocks of an attribute, each with its mapping, and what may be there besides.
fn blocks(value: Option<&Value>) -> (Vec<(&Map, &Value)>, Option<&Arc<Why>>) {
    let Some(value) = value else { return (Vec::new(), None) };
    let single = std::slice::from_ref(value);
    let (items, open) = match &value.kind {
        Kind::List(list) => (list.items.as_slice(), list.open.as_ref()),
        _ => (single, None),
    };
    let unknown = items.iter().find_map(|item| if let Kind::Unknown(why) = &item.kind { Some(why) } else { None });
    (items.iter().filter_map(|item| Some((item.as_map()?, item))).collect(), open.or(unknown))
}

/// Takes a field over under a name, with its text.
fn copy(body: &mut Map, name: &str, from: &Map, key: &str) {
    if let Some(field) = from.field(key).filter(|field| !field.value.is_null()) {
        body.insert(name, field.clone());
    }
}

/// Takes a field over under a name, with another value.
fn put(body: &mut Map, name: &str, from: &Map, key: &str, value: Value) {
    match from.field(key) {
        Some(field) => body.insert(name, Field { key: field.key, entry: field.entry, value }),
        None => body.set(name, value),
    };
}

/// The same value with another text; where it stands and comes from stays.
fn retext(value: &Value, text: &str) -> Value {
    let mut value = value.clone();
    value.kind = Kind::Text(text.into());
    value
}

/// One list of everything that the values hold; `None` where there is none of them.
fn gather(values: &[Option<&Value>], convert: impl Fn(&Value) -> Option<Value>) -> Option<Value> {
    let mut list = List::default();
    let mut span: Option<Span> = None;
    let mut origin = None;
    for value in values.iter().copied().flatten() {
        span = Some(span.map_or(value.span, |span| span.to(value.span)));
        origin = origin.or_else(|| value.origin.clone());
        match &value.kind {
            Kind::List(inner) => {
                list.items.extend(inner.items.iter().filter_map(&convert));
                list.open = list.open.or_else(|| inner.open.clone());
            }
            Kind::Unknown(why) => list.open = list.open.or_else(|| Some(Arc::clone(why))),
            Kind::Null => {}
            _ => list.items.extend(convert(value)),
        }
    }
    let mut out = Value::new(Kind::List(Box::new(list)), span?);
    out.origin = origin;
    Some(out)
}

/// A list of the value, where it is not one already.
fn listed(value: &Value) -> Value {
    match &value.kind {
        Kind::List(_) | Kind::Unknown(_) => value.clone(),
        _ => Value::list(vec![value.clone()], value.span),
    }
}
