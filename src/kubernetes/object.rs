//! Objects: opening lists, naming, and the order in which views and edges are made.

use std::collections::{HashMap, HashSet};

use compact_str::{CompactString, format_compact};
use stockade_model::{Kind, Local, Lowered, Map, Part, Reason, Resource, Technology, Value, Why};

use crate::api::{identity, is_cluster_scoped, resource_kind};
use crate::{additions, fragment, links, network, pod, workload};

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
        fragment::open(&resource.kind, &mut resource.body, fragment::BASE);
    }
    resource.name = name(&resource.body);
    let (kind, name) = (clipped(&resource.kind, NAME), clipped(&resource.name, NAME));
    let namespace = namespace(&resource.body, "").map(|name| name.replace('\0', ""));
    let namespace = namespace.unwrap_or_else(|| "default".into());
    resource.address = format_compact!("{kind}/{namespace}/{name}");
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

/// What identifies a value that may not be wholly known: two of the same expression in one scope are the same. What is
/// different in each turn of a loop is the same as nothing.
pub(crate) fn token(value: &Value, scope: &str) -> Option<CompactString> {
    let subject = |out: &mut CompactString, why: &Why| {
        // Ansible's name for what is different in each turn.
        let item = why.subject.strip_prefix("item").is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        let same = !item && !matches!(why.reason, Reason::Loop | Reason::Invalid | Reason::Limit);
        same.then(|| {
            out.push('\0');
            out.push_str(scope);
            out.push('\0');
            out.push_str(&why.subject);
            out.push('\0');
        })
    };
    let mut out = CompactString::default();
    match &value.kind {
        // Something will fill this in before the cluster sees it.
        Kind::Text(text) if text.contains("{{") => return Some(format_compact!("\0{text}")),
        Kind::Text(text) => return Some(text.clone()),
        Kind::Unknown(why) => subject(&mut out, why)?,
        Kind::Template(parts) => {
            for part in parts.iter() {
                match part {
                    Part::Known(text) => out.push_str(text),
                    Part::Unknown(why) => subject(&mut out, why)?,
                }
            }
        }
        Kind::Number(number) => return Some(format_compact!("{number}")),
        Kind::Bool(value) => return Some(format_compact!("{value}")),
        Kind::Null | Kind::List(_) | Kind::Map(_) => return None,
    }
    Some(out)
}

/// Whether a token has parts that are not known.
pub(crate) fn is_unknown(token: &str) -> bool {
    token.contains('\0')
}

/// Where the unknowns of a declaration mean the same: its module, its file of plays.
pub(crate) fn scope(resource: &Resource) -> CompactString {
    match resource.technology {
        Technology::Terraform => {
            let end = resource.address.find("kubernetes_").or_else(|| resource.address.find("kubectl_"));
            clipped(&resource.address[..end.unwrap_or(0)], NAME).into()
        }
        Technology::Ansible => format_compact!("{}", resource.span.file.0),
        _ => CompactString::default(),
    }
}

/// The namespace of an object; `None` for one that cannot be held against others.
fn namespace(body: &Map, scope: &str) -> Option<CompactString> {
    let written = body.get("metadata").and_then(|metadata| metadata.get("namespace")).filter(|name| !name.is_null());
    let name = written.map_or_else(|| Some(CompactString::default()), |value| token(value, scope))?;
    Some(if name.is_empty() { "default".into() } else { clipped(&name, NAME).into() })
}

/// The start of a text, so that what repeats it many times stays small.
pub(crate) fn clipped(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}

fn name(body: &Map) -> CompactString {
    let known = |key| {
        let value = body.get("metadata")?.get(key)?;
        let name = value.as_text().map_or_else(|| token(value, ""), |text| Some(text.into()))?;
        (!name.is_empty() && !is_unknown(&name)).then_some(name)
    };
    known("name").or_else(|| known("generateName")).unwrap_or_else(|| "unnamed".into())
}

fn metadata(body: &Map, key: &str, scope: &str) -> Option<CompactString> {
    body.get("metadata").and_then(|metadata| metadata.get(key)).and_then(|value| token(value, scope))
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
    /// What tells its kind from every other.
    pub(crate) identity: CompactString,
    /// The token of its namespace; empty for what lives in none.
    pub(crate) namespace: CompactString,
    /// Where the unknowns of its names mean the same: those of two modules of Terraform are different ones.
    pub(crate) scope: CompactString,
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
        let scope = scope(&resource);
        let namespaced = !is_cluster_scoped(&resource.kind);
        let namespace = match namespaced {
            true => namespace(&resource.body, &scope),
            false => Some(CompactString::default()),
        };
        // One that a loop gives is like no other.
        let namespace = namespace.unwrap_or_else(|| format_compact!("\0{}", lowered.resources.len()));
        let name = metadata(&resource.body, "name", &scope);
        let version = resource.body.get("apiVersion").and_then(Value::as_text).unwrap_or_default();
        let identity =
            if resource.kind.contains('.') { resource.kind.clone() } else { identity(version, &resource.kind) };
        let at = lowered.add(resource);
        self.objects.push(Object { at, identity, namespace, scope, name, declared_by });
        at
    }

    /// Adds to the objects what further resources say of them.
    pub(crate) fn complete(&self, lowered: &mut Lowered) {
        additions::apply(lowered, &self.objects);
    }

    /// Adds the views of all objects, then the edges.
    pub(crate) fn connect(mut self, lowered: &mut Lowered) {
        let (mut pods, mut left) = (Vec::new(), workload::SHARED);
        for object in &self.objects {
            pod::views(lowered, object, &mut self.addresses, &mut left, &mut pods);
        }
        for object in &self.objects {
            network::views(lowered, object, &mut self.addresses);
        }
        links::connect(lowered, &self.objects, &pods, &mut self.addresses);
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
