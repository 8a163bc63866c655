//! The objects that Ansible's tasks declare.

use stockade_model::{Field, Kind, Map, Resource, Value};
use stockade_source::Span;

use crate::embedded::from_text;
use crate::{fragment, object};

/// The modules that make objects of a definition; the others are names of the first.
const MODULES: [&str; 4] =
    ["kubernetes.core.k8s", "community.kubernetes.k8s", "community.okd.k8s", "redhat.openshift.k8s"];

/// The objects that a task hands to `kubernetes.core.k8s` as its definition.
pub(crate) fn objects(task: &Resource) -> Vec<Resource> {
    let text = |key| task.body.get(key).and_then(Value::as_text);
    if !MODULES.contains(&task.kind.as_str()) || text("state") == Some("absent") {
        return Vec::new();
    }
    let Some(definition) = ["resource_definition", "definition"].iter().find_map(|key| task.body.get(key)) else {
        return Vec::new();
    };
    let items = match &definition.kind {
        Kind::List(list) => list.items.as_slice(),
        _ => std::slice::from_ref(definition),
    };
    let documents = items.iter().flat_map(|item| match (item.structure(), &item.kind) {
        (Some(structure), _) => vec![structure.clone()],
        (None, Kind::Text(_) | Kind::Template(_)) => from_text(item),
        _ => vec![item.clone()],
    });
    let objects = documents.map(|document| completed(document, task)).flat_map(object::open).map(|mut object| {
        if text("state") == Some("patched") {
            fragment::open(&object.kind, &mut object.body, fragment::BASE);
        }
        object::declared(object, task)
    });
    objects.collect()
}

/// The document, with what the task says beside it and it does not say itself.
fn completed(mut document: Value, task: &Resource) -> Value {
    let Kind::Map(body) = &mut document.kind else { return document };
    for (key, argument) in [("apiVersion", "api_version"), ("kind", "kind")] {
        add(body, key, task.body.field(argument));
    }
    let given: Vec<_> = ["name", "namespace"].iter().filter_map(|key| Some((*key, task.body.field(key)?))).collect();
    if !given.is_empty() {
        if body.get("metadata").is_none_or(Value::is_null) {
            body.set("metadata", Value::map(Map::new(body.head), Span::NONE));
        }
        if let Some(Kind::Map(metadata)) = body.field_mut("metadata").map(|field| &mut field.value.kind) {
            given.into_iter().for_each(|(key, field)| add(metadata, key, Some(field)));
        }
    }
    document
}

fn add(map: &mut Map, key: &str, field: Option<&Field>) {
    if let Some(field) = field.filter(|field| !field.value.is_null())
        && map.get(key).is_none_or(Value::is_null)
    {
        map.insert(key, field.clone());
    }
}
