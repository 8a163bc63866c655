//! Terraform's resources that add to objects of others: `kubernetes_labels`, `kubernetes_annotations`, `kubernetes_env`.

use std::sync::Arc;

use stockade_model::{Field, Kind, List, Local, Lowered, Map, Resource, Value};

use crate::api::identity;
use crate::names::Names;
use crate::object::{Object, token};
use crate::terraform::block;
use crate::workload::pod_spec_mut;

/// Adds to the objects of the same configuration what such resources say; others are somebody else's.
pub(crate) fn apply(lowered: &mut Lowered, objects: &[Object]) {
    let names = Names::new(objects);
    let adding = |resource: &&Resource| {
        matches!(resource.kind.as_str(), "kubernetes_labels" | "kubernetes_annotations" | "kubernetes_env")
    };
    let found: Vec<(Local, Resource)> = lowered
        .resources
        .iter()
        .filter(adding)
        .filter_map(|resource| Some((target(&names, resource)?, resource.clone())))
        .collect();
    for (at, addition) in found {
        let object = &mut lowered.resources[at.0 as usize];
        match addition.kind.as_str() {
            "kubernetes_labels" => add_to_metadata(object, "labels", addition.body.field("labels")),
            "kubernetes_annotations" => add_to_metadata(object, "annotations", addition.body.field("annotations")),
            _ => add_variables(object, &addition),
        }
    }
}

fn target(names: &Names<'_>, addition: &Resource) -> Option<Local> {
    let scope = crate::object::scope(addition);
    let text = |key| addition.body.get(key).and_then(Value::as_text);
    let identity = identity(text("api_version")?, text("kind")?);
    let metadata = addition.body.get("metadata")?.items().first()?;
    let home = metadata.get("namespace").filter(|home| !home.is_null());
    let home = home.map_or_else(|| Some("default".into()), |home| token(home, &scope))?;
    let name = metadata.get("name")?;
    names.resolve(&identity, "", name, &scope).or_else(|| names.resolve(&identity, &home, name, &scope))
}

fn add_to_metadata(object: &mut Resource, key: &str, added: Option<&Field>) {
    let Some(added) = added.filter(|field| !field.value.is_null()) else { return };
    let Some(Kind::Map(metadata)) = object.body.field_mut("metadata").map(|field| &mut field.value.kind) else {
        return;
    };
    let written = metadata.field_mut(key).filter(|field| !field.value.is_null());
    let Some(Field { value: Value { kind: Kind::Map(own), .. }, .. }) = written else {
        metadata.insert(key, added.clone());
        return;
    };
    match &added.value.kind {
        Kind::Map(map) => {
            own.open = own.open.take().or_else(|| map.open.clone());
            for (name, field) in map.iter() {
                own.insert(name.clone(), field.clone());
            }
        }
        _ => own.open = own.open.take().or_else(|| added.value.why().map(Arc::clone)),
    }
}

/// Adds variables to the environment of one container.
fn add_variables(object: &mut Resource, addition: &Resource) {
    let Some(added) = addition.body.field("env") else { return };
    let text = |key| addition.body.get(key).and_then(Value::as_text);
    let (list, name) = match (text("container"), text("init_container")) {
        (Some(name), _) => ("containers", name),
        (None, Some(name)) => ("initContainers", name),
        (None, None) => return,
    };
    let Some(pod) = pod_spec_mut(&object.kind, &mut object.body) else { return };
    let Some(Kind::List(containers)) = pod.field_mut(list).map(|field| &mut field.value.kind) else { return };
    let container = containers.items.iter_mut().find(|item| item.get("name").and_then(Value::as_text) == Some(name));
    let Some(Value { kind: Kind::Map(container), .. }) = container else { return };
    let variables = added.value.items().iter().filter_map(|item| {
        let map: &Map = item.as_map()?;
        Some(Value { kind: Kind::Map(Box::new(block(map, "env"))), ..item.clone() })
    });
    match container.field_mut("env").map(|field| &mut field.value.kind) {
        Some(Kind::List(own)) => own.items.extend(variables),
        _ => {
            let list = List { items: variables.collect(), open: None };
            let value = Value::new(Kind::List(Box::new(list)), added.value.span);
            container.insert("env", Field { key: added.key, entry: added.entry, value });
        }
    }
}
