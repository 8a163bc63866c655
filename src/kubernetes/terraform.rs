//! Terraform's `kubernetes_*` resources as the objects that they declare.

use compact_str::CompactString;
use stockade_model::{Field, Kind, Map, Number, Resource, Technology, Value};
use stockade_source::Span;

use crate::embedded::from_text;
use crate::object;
use crate::terraform_fields::{FREE, IRREGULAR, NOT_OF_THE_OBJECT, NUMBERS, OLDER, REPEATED, TYPES};

/// How deep blocks are followed; the provider's own nest to about fifteen.
const NESTED: usize = 64;

/// The Kubernetes object that a Terraform resource declares: an item of a view, under the resource's own address.
pub fn from_terraform(resource: &Resource) -> Option<Resource> {
    if resource.technology != Technology::Terraform {
        return None;
    }
    let object = match resource.kind.as_str() {
        "kubernetes_manifest" => {
            let manifest = resource.body.get("manifest")?;
            object::open(manifest.structure().unwrap_or(manifest).clone()).into_iter().next()?
        }
        "kubectl_manifest" => {
            let text = resource.body.get("yaml_body")?;
            object::open(text.structure().cloned().or_else(|| from_text(text).into_iter().next())?)
                .into_iter()
                .next()?
        }
        kind => {
            let kind = kind.strip_prefix("kubernetes_")?;
            let older = OLDER.iter().find(|(name, _)| *name == kind).map(|(_, version)| *version);
            let (name, api_version, kind) = TYPES.iter().find(|(name, ..)| *name == unversioned(kind))?;
            let api_version = older.unwrap_or(api_version);
            let mut object =
                Resource::new(Technology::Terraform, *kind, body(resource, name, api_version, kind), resource.span);
            object.name = object_name(&object.body).unwrap_or_else(|| resource.name.clone());
            object
        }
    };
    Some(object::declared(object, resource))
}

/// A type's name without `_v1`, `_v2beta2`, `_v1_data`.
fn unversioned(name: &str) -> &str {
    let name = name.strip_suffix("_data").unwrap_or(name);
    match name.rsplit_once("_v") {
        Some((base, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => base,
        _ => name,
    }
}

fn object_name(body: &Map) -> Option<CompactString> {
    body.get("metadata")?.get("name")?.as_text().filter(|name| !name.is_empty()).map(CompactString::from)
}

fn body(resource: &Resource, name: &str, api_version: &str, kind: &str) -> Map {
    let mut source = resource.body.clone();
    for key in NOT_OF_THE_OBJECT {
        source.remove(key);
    }
    let mut body = converted(source, name, NESTED);
    body.head = resource.head();
    body.set("apiVersion", Value::text(api_version, Span::NONE));
    body.set("kind", Value::text(kind, Span::NONE));
    match kind {
        // The provider encodes `data`; what is encoded already has another name there.
        "Secret" => {
            let (encoded, plain) = (["binaryData", "binaryDataWo"], ["data", "dataWo"]);
            let [plain, encoded] = [plain, encoded].map(|keys| keys.map(|key| body.remove(key)).into_iter().flatten());
            for (key, fields) in [("stringData", plain), ("data", encoded)] {
                for field in fields {
                    body.insert(key, field);
                }
            }
        }
        "DaemonSet" => {
            if let Some(Kind::Map(spec)) = body.field_mut("spec").map(|field| &mut field.value.kind)
                && let Some(strategy) = spec.remove("strategy")
            {
                spec.insert("updateStrategy", strategy);
            }
        }
        "ServiceAccount" if name == "default_service_account" => {
            if let Some(Kind::Map(metadata)) = body.field_mut("metadata").map(|field| &mut field.value.kind) {
                metadata.set("name", Value::text("default", Span::NONE));
            }
        }
        "PersistentVolume" => {
            if let Some(Kind::Map(spec)) = body.field_mut("spec").map(|field| &mut field.value.kind)
                && let Some(Kind::Map(source)) = spec.remove("persistentVolumeSource").map(|field| field.value.kind)
            {
                for (key, field) in source.iter() {
                    spec.insert(key.clone(), field.clone());
                }
            }
        }
        // The oldest providers had the pod directly in the template.
        "ReplicationController" => {
            if let Some(Kind::Map(spec)) = body.field_mut("spec").map(|field| &mut field.value.kind)
                && let Some(template) = spec.field("template").cloned()
                && template.value.get("containers").is_some()
                && let Some(Kind::Map(outer)) = spec.field_mut("template").map(|field| &mut field.value.kind)
            {
                outer.insert("spec", template);
            }
        }
        _ => {}
    }
    body
}

/// A block of the provider as a structure of the API.
pub(crate) fn block(source: &Map, name: &str) -> Map {
    converted(source.clone(), name, NESTED)
}

fn converted(source: Map, block: &str, depth: usize) -> Map {
    let mut out = Map::new(source.head);
    out.open.clone_from(&source.open);
    for (key, field) in source.iter() {
        let Field { key: key_span, entry, value } = field;
        let (name, mut value) = structure(key, block, value, depth);
        if NUMBERS.contains(&name.as_str())
            && let Some(number) = value.as_text().and_then(Number::parse)
        {
            value.kind = Kind::Number(number);
        }
        out.insert(name, Field { key: *key_span, entry: *entry, value });
    }
    out
}

/// The field for a block or an argument that is a list or a mapping.
fn structure(key: &str, block: &str, value: &Value, depth: usize) -> (CompactString, Value) {
    let inner = |item: &Value| match &item.kind {
        Kind::Map(map) if depth > 0 => {
            Value { kind: Kind::Map(Box::new(converted((**map).clone(), key, depth - 1))), ..item.clone() }
        }
        _ => item.clone(),
    };
    match &value.kind {
        Kind::List(list) => {
            let blocks = list.items.iter().any(|item| item.as_map().is_some());
            let repeated =
                REPEATED.iter().find(|(parent, name, _)| *name == key && (parent.is_empty() || *parent == block));
            match (repeated, list.items.first(), &list.open) {
                (Some((.., name)), ..) if blocks || list.items.is_empty() => {
                    let mut list = list.clone();
                    list.items = list.items.iter().map(inner).collect();
                    ((*name).into(), Value { kind: Kind::List(list), ..value.clone() })
                }
                (None, Some(first), _) if blocks => (field_name(key), inner(first)),
                // A single block that may or may not be there, or a list of which nothing is known.
                (_, None, Some(why)) => (field_name(key), Value { kind: Kind::Unknown(why.clone()), ..value.clone() }),
                _ => (field_name(key), value.clone()),
            }
        }
        Kind::Map(map) => {
            let labels =
                key == "selector" && (map.get("match_labels").or_else(|| map.get("match_expressions"))).is_some();
            let free = FREE.contains(&key) && !labels;
            (field_name(key), if free { value.clone() } else { inner(value) })
        }
        _ => (field_name(key), value.clone()),
    }
}

/// The API's name of an argument.
fn field_name(argument: &str) -> CompactString {
    if let Some((_, name)) = IRREGULAR.iter().find(|(from, _)| *from == argument) {
        return (*name).into();
    }
    let mut out = CompactString::default();
    for (at, word) in argument.split('_').enumerate() {
        let mut chars = word.chars();
        match chars.next() {
            Some(first) if at > 0 => out.extend(first.to_uppercase().chain(chars)),
            Some(_) => out.push_str(word),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_versions() {
        assert_eq!(unversioned("deployment_v1"), "deployment");
        assert_eq!(unversioned("horizontal_pod_autoscaler_v2beta2"), "horizontal_pod_autoscaler");
        assert_eq!(unversioned("config_map_v1_data"), "config_map");
        assert_eq!(unversioned("persistent_volume"), "persistent_volume");
    }

    #[test]
    fn arguments_become_fields() {
        assert_eq!(field_name("allow_privilege_escalation"), "allowPrivilegeEscalation");
        assert_eq!(field_name("host_ipc"), "hostIPC");
        assert_eq!(field_name("se_linux_options"), "seLinuxOptions");
        assert_eq!(field_name("spec"), "spec");
        assert_eq!(field_name("_a__b"), "AB");
    }
}
