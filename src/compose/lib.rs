//! A *Compose file* declares services: containers with what they may do on the host that runs them.
//!
//! The model is that of the [Compose specification](https://compose-spec.io). Short forms (`8080:80`, `./a:/b:ro`, `build: .`) become
//! their long ones, variables are replaced as Compose does, those of the environment being unknown.

mod interpolation;
mod service;

use compact_str::format_compact;
use stockade_model::{CompactString, Kind, Lowered, Map, Resource, Technology, Value};
use stockade_yaml::{Node, NodeKind, Schema, to_value};

/// The sections that a Compose file may have, beside extensions (`x-…`).
const SECTIONS: &[&str] =
    &["version", "name", "services", "networks", "volumes", "configs", "secrets", "include", "models"];

/// Whether a document is a Compose file: it has services, and no section that Compose does not know.
pub fn is_compose(root: &Node) -> bool {
    let section = |key: &str| SECTIONS.contains(&key) || key.starts_with("x-");
    let Some(services) = root.get("services") else { return false };
    if !root.entries().iter().all(|entry| entry.key.as_str().is_some_and(|key| section(key) || key == "<<")) {
        return false;
    }
    let services = services.entries();
    services.iter().all(|entry| matches!(&entry.value.kind, NodeKind::Mapping(_) | NodeKind::Alias(..)))
        && services.iter().any(|entry| {
            let has = |key| entry.value.get(key).is_some();
            has("image") || has("build") || has("extends") || has("<<")
        })
}

/// Lowers one file; `path` is its own, as in reports.
pub fn lower(path: &str, root: &Node) -> Lowered {
    let mut lowered = Lowered::new(path);
    let (value, errors) = to_value(root, Schema::Core);
    lowered.incomplete = errors;
    let Kind::Map(mut file) = value.kind else { return lowered };
    let Some(Kind::Map(services)) = file.remove("services").map(|field| field.value.kind) else { return lowered };
    let mut links = vec![];
    for (name, field) in services.iter() {
        let Kind::Map(body) = &field.value.kind else { continue };
        let mut body: Map = (**body).clone();
        body.head = field.key;
        interpolation::replace(&mut body);
        service::normalise(&mut body);
        let mut resource = Resource::new(Technology::Compose, "service", body, field.entry);
        resource.name = name.clone();
        resource.address = format_compact!("service.{name}");
        let needs = needs(&resource.body);
        let at = lowered.add(resource);
        links.push((at, needs));
    }
    for (from, needs) in links {
        for (name, span) in needs {
            let named = |at: &usize| lowered.resources[*at].name == name;
            let to = (0..lowered.resources.len()).find(named).and_then(|at| u32::try_from(at).ok());
            if let Some(to) = to {
                lowered.link(from, stockade_model::Local(to), "depends_on", span);
            }
        }
    }
    lowered
}

/// The services that one names under `depends_on`, in either form.
fn needs(body: &Map) -> Vec<(CompactString, stockade_source::Span)> {
    match body.get("depends_on").map(|value| &value.kind) {
        Some(Kind::List(list)) => {
            list.items.iter().filter_map(|item| Some((item.as_text()?.into(), item.span))).collect()
        }
        Some(Kind::Map(map)) => map.iter().map(|(name, field)| (name.clone(), field.key)).collect(),
        _ => vec![],
    }
}

/// The text of a value that Compose takes for one: numbers and booleans as they are written.
pub(crate) fn text(value: &Value) -> Option<CompactString> {
    match &value.kind {
        Kind::Text(text) => Some(text.clone()),
        Kind::Number(number) => Some(format_compact!("{number}")),
        Kind::Bool(value) => Some(format_compact!("{value}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
