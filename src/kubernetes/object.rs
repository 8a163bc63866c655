//! Objects: opening lists, naming, and the order in which views and edges are made.

use std::collections::{HashMap, HashSet};

use compact_str::{CompactString, format_compact};
use stockade_model::{Kind, Local, Lowered, Map, Part, Resource, Technology, Value};

use crate::api::{is_cluster_scoped, resource_kind};
use crate::{fragment, links, pod};

/// How deep lists of lists are opened.
const NESTED_LISTS: usize = 8;

/// How long a name may be in an address; Kubernetes allows 253 characters.
pub(crate) const NAME: usize = 253;

/// The objects that a manifest declares: itself, or the items of a list.
pub(crate) fn open(value: Value) -> Vec<Resource> {
    let mut out = Vec::new();
    collect(value, None, NESTED_LISTS, &mut out);
    out
}

/// `list` is the `apiVersion` and the kind that the items of a typed list have without saying so.
fn collect(value: Value, list: Option<(&str, &str)>, depth: usize, out: &mut Vec<Resource>) {
    let span = value.span;
    let Kind::Map(mut body) = value.kind else { return };
    let text = |key| body.get(key).and_then(Value::as_text).filter(|text| !text.trim().is_empty());
    let Some(kind) = text("kind").or(list.map(|(_, kind)| kind)).map(CompactString::from) else { return };
    let api_version =
        text("apiVersion").or(list.map(|(version, _)| version)).map_or_else(CompactString::default, Into::into);
    if let Some(item_kind) = kind.strip_suffix("List")
        && body.get("items").is_some_and(|items| items.as_list().is_some())
    {
        let Some(Kind::List(items)) = body.remove("items").map(|field| field.value.kind) else { return };
        let typed = (!item_kind.is_empty()).then_some((api_version.as_str(), item_kind));
        for item in items.items {
            if depth > 0 {
                collect(item, typed, depth - 1, out);
            }
        }
        return;
    }
    if let Some(kind) = body.get("kind").filter(|kind| !kind.span.is_none()) {
        body.head = kind.span;
    }
    let mut resource = Resource::new(Technology::Kubernetes, resource_kind(&api_version, &kind), *body, span);
    if fragment::is_fragment(&resource.kind, &resource.body) {
        fragment::open(&resource.kind, &mut resource.body);
    }
    resource.name = name(&resource.body);
    let (kind, name) = (clipped(&resource.kind, NAME), clipped(&resource.name, NAME));
    resource.address = format_compact!("{kind}/{}/{name}", namespace(&resource.body));
    out.push(resource);
}

/// The object as a view of the resource that declares it.
pub(crate) fn declared(mut object: Resource, by: &Resource) -> Resource {
    object.technology = by.technology;
    object.address = by.address.clone();
    object.instance = by.instance.clone();
    object.via = by.via;
    object.view = true;
    object
}

/// What identifies a value that may not be wholly known: two of the same expression are the same.
pub(crate) fn token(value: &Value) -> Option<CompactString> {
    Some(match &value.kind {
        Kind::Text(text) => text.clone(),
        Kind::Unknown(why) => format_compact!("\0{}", why.subject),
        Kind::Template(parts) => {
            let mut out = CompactString::default();
            for part in parts.iter() {
                match part {
                    Part::Known(text) => out.push_str(text),
                    Part::Unknown(why) => {
                        out.push('\0');
                        out.push_str(&why.subject);
                        out.push('\0');
                    }
                }
            }
            out
        }
        Kind::Number(number) => format_compact!("{number}"),
        Kind::Bool(value) => format_compact!("{value}"),
        Kind::Null | Kind::List(_) | Kind::Map(_) => return None,
    })
}

/// The namespace of an object.
pub(crate) fn namespace(body: &Map) -> CompactString {
    let written = metadata(body, "namespace").filter(|name| !name.is_empty());
    written.map_or_else(|| "default".into(), |name| clipped(&name, NAME).into())
}

/// The start of a text, so that what repeats it many times stays small.
pub(crate) fn clipped(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}

fn name(body: &Map) -> CompactString {
    let known = |key| metadata(body, key).filter(|name| !name.is_empty() && !name.contains('\0'));
    known("name").or_else(|| known("generateName")).unwrap_or_else(|| "unnamed".into())
}

fn metadata(body: &Map, key: &str) -> Option<CompactString> {
    body.get("metadata").and_then(|metadata| metadata.get(key)).and_then(token)
}

/// Makes addresses unique.
#[derive(Default)]
pub(crate) struct Addresses {
    taken: HashSet<CompactString>,
    repeats: HashMap<CompactString, usize>,
}

impl Addresses {
    /// The address, with ` #2` and so on where it would repeat.
    pub(crate) fn unique(&mut self, address: CompactString) -> CompactString {
        if self.taken.insert(address.clone()) {
            return address;
        }
        let count = self.repeats.entry(address.clone()).or_insert(1);
        loop {
            *count += 1;
            let next = format_compact!("{address} #{count}");
            if self.taken.insert(next.clone()) {
                return next;
            }
        }
    }
}

/// One object among the resources of a project.
pub(crate) struct Object {
    /// The resource.
    pub(crate) at: Local,
    /// Its namespace; empty for what lives in none.
    pub(crate) namespace: CompactString,
    /// The token of its name.
    pub(crate) name: Option<CompactString>,
    /// The resource that declares it, for an object that is a view.
    pub(crate) declared_by: Option<Local>,
}

/// The objects of one project.
#[derive(Default)]
pub(crate) struct Objects {
    objects: Vec<Object>,
    addresses: Addresses,
}

impl Objects {
    /// Adds an object that a manifest declares.
    pub(crate) fn add(&mut self, lowered: &mut Lowered, mut resource: Resource) {
        resource.address = self.addresses.unique(resource.address);
        self.push(lowered, resource, None);
    }

    /// Adds an object that the resource at an index declares.
    pub(crate) fn add_declared(&mut self, lowered: &mut Lowered, mut resource: Resource, by: usize) {
        resource.address = self.addresses.unique(resource.address);
        let by = u32::try_from(by).map(Local).ok();
        let span = resource.head();
        let at = self.push(lowered, resource, by);
        if let Some(by) = by {
            lowered.link(at, by, "declared_by", span);
        }
    }

    fn push(&mut self, lowered: &mut Lowered, resource: Resource, declared_by: Option<Local>) -> Local {
        let explicit = resource.body.get("metadata").and_then(|metadata| metadata.get("namespace")).is_some();
        let scoped = explicit || !is_cluster_scoped(&resource.kind);
        let namespace = if scoped { namespace(&resource.body) } else { CompactString::default() };
        let name = metadata(&resource.body, "name");
        let at = lowered.add(resource);
        self.objects.push(Object { at, namespace, name, declared_by });
        at
    }

    /// Adds the views of all objects, then the edges.
    pub(crate) fn connect(mut self, lowered: &mut Lowered) {
        let mut pods = Vec::new();
        for object in &self.objects {
            pods.extend(pod::views(lowered, object, &mut self.addresses));
        }
        links::connect(lowered, &self.objects, &pods);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_never_repeat() {
        let mut addresses = Addresses::default();
        let made: Vec<_> = ["a", "a #2", "a", "a", "b"].into_iter().map(|a| addresses.unique(a.into())).collect();
        assert_eq!(made, ["a", "a #2", "a #3", "a #4", "b"]);
    }
}
