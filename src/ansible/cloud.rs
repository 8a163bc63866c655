//! Cloud modules as the Terraform resources that they declare.
//!
//! Which module declares what is data: a table for each provider ([`table`] says how to read it), held against what the
//! collections say of their arguments and the providers of their attributes ([`schema`]). An argument becomes the
//! attribute that the table names, else the one of the same name if there is one of its kind, else nothing. What a
//! module documents as the default of an argument counts as given, without a place in the text.
//! Values keep their places, so that a finding points at the task.

mod convert;
mod schema;
mod shape;
mod table;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use stockade_model::{Field, Kind, Map, Resource, Technology, Value};
use stockade_source::Span;

use convert::Body;
use schema::Node;
use shape::word;
use table::Spec;

/// A Terraform resource, and what it belongs to: the edge's label, and the index of the other one.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) resource: Resource,
    pub(crate) of: Option<(&'static str, usize)>,
}

/// The Terraform resources that a task of `module` at `span` with the marked arguments `body` declares; addresses are
/// the caller's.
pub(crate) fn resources(module: &str, body: &Map, span: Span) -> Vec<Declared> {
    let mut out: Vec<Declared> = Vec::new();
    let Some((provider, specs)) = table::module(module) else { return out };
    if !creates(body) {
        return out;
    }
    let arguments = schema::arguments(module);
    for spec in specs {
        if !applies(spec, body, arguments) {
            continue;
        }
        let of = spec.of.as_ref().and_then(|kind| {
            let index = out.iter().position(|declared| declared.resource.kind == kind.as_str())?;
            Some((spec.edge.as_str(), index))
        });
        let attributes = schema::attributes(&spec.r#type);
        let mut declare = |source: &Map, arguments: &'static [Node], span: Span| {
            let mut made = Body::new(attributes, source.head);
            made.arguments(source, arguments, spec, &provider.common);
            for (name, to) in &spec.with {
                if let Some(field) = body.field(name) {
                    made.argument(field, to);
                }
            }
            made.defaults(source, arguments, spec, &provider.common);
            made.given(&spec.given);
            out.push(Declared {
                resource: Resource::new(Technology::Ansible, spec.r#type.as_str(), made.finish(), span),
                of,
            });
        };
        let Some(each) = &spec.each else {
            declare(body, arguments, span);
            continue;
        };
        let inside = schema::find(arguments, each).map_or(&[][..], |node| &node.inside);
        for item in body.get(each).map(Value::items).unwrap_or_default() {
            if let Some(source) = element(item) {
                declare(&source, inside, source.head);
            }
        }
    }
    out
}

/// An element of a list as arguments; `None` for what is none.
fn element(item: &Value) -> Option<Cow<'_, Map>> {
    match &item.kind {
        Kind::Map(map) => Some(Cow::Borrowed(map)),
        Kind::Null | Kind::List(_) => None,
        _ => {
            let mut map = Map::new(item.span);
            map.insert("item", Field { key: item.span, entry: Span::NONE, value: item.clone() });
            Some(Cow::Owned(map))
        }
    }
}

/// Whether the task makes something, or keeps it as it says: not so where it takes it away or only asks.
///
/// What it starts or stops may be there already; the `needs` of the table tell.
fn creates(body: &Map) -> bool {
    const WORDS: &[&str] =
        &["present", "running", "started", "stopped", "restarted", "rebooted", "enabled", "create", "created"];
    body.get("state").and_then(Value::as_text).is_none_or(|state| WORDS.contains(&state))
}

/// Whether a task with these arguments declares the resource.
fn applies(spec: &Spec, body: &Map, arguments: &'static [Node]) -> bool {
    let given = |name: &String| body.get(name).is_some_and(|value| !value.is_null());
    let among = |words: &BTreeMap<String, Vec<String>>, name: &str| {
        let word = match body.get(name) {
            Some(value) => word(value),
            None if body.open.is_some() => None,
            None => schema::find(arguments, name).and_then(|node| node.default).map(Into::into),
        };
        word.is_some_and(|word| words[name].contains(&word))
    };
    (spec.needs.is_empty() || spec.needs.iter().any(given))
        && !spec.lacks.iter().any(given)
        && spec.only.keys().all(|name| among(&spec.only, name))
        && !spec.unless.keys().any(|name| among(&spec.unless, name))
}
