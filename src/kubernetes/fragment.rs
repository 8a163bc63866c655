//! A *fragment* is a document that has the kind of an object but is only a part of one: something lays it over the rest.
//!
//! Kustomize and kubeadm patches, `kubectl patch` files and values that an operator merges look like objects. What such
//! a document says holds; what it does not say is unknown.

use std::sync::Arc;

use stockade_model::{Kind, Map, Reason, Value, Why};
use stockade_source::Span;

use crate::workload::{pod_spec, pod_spec_mut};

/// How deep a directive of a patch is looked for.
const NESTED: usize = 32;

/// Whether the object is a patch by its own words, or one that the API server would refuse for want of something that
/// it must have: a selector, a container, an image for each.
pub(crate) fn is_fragment(kind: &str, body: &Map) -> bool {
    if body.iter().any(|(key, field)| is_directive(key) || has_directive(&field.value, NESTED)) {
        return true;
    }
    let Some(pod) = pod_spec(kind, body) else { return false };
    if matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        && body.get("apiVersion").and_then(Value::as_text) == Some("apps/v1")
        && body
            .get("spec")
            .and_then(Value::as_map)
            .is_some_and(|spec| spec.open.is_none() && spec.get("selector").is_none())
    {
        return true;
    }
    if pod.spec.open.is_some() {
        return false;
    }
    let lacks_image = |container: &Value| {
        container.as_map().is_some_and(|map| map.open.is_none() && map.get("image").is_none_or(Value::is_null))
    };
    let list = |key| pod.spec.get(key).map_or(&[][..], Value::items);
    pod.spec.get("containers").is_none_or(Value::is_null)
        || list("containers").iter().chain(list("initContainers")).any(lacks_image)
}

/// `$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…` of strategic merge patches.
fn is_directive(key: &str) -> bool {
    key.strip_prefix('$').is_some_and(|name| {
        matches!(name, "patch" | "retainKeys")
            || ["setElementOrder/", "deleteFromPrimitiveList/"].iter().any(|start| name.starts_with(start))
    })
}

fn has_directive(value: &Value, depth: usize) -> bool {
    depth > 0
        && match &value.kind {
            Kind::Map(map) => {
                map.iter().any(|(key, field)| is_directive(key) || has_directive(&field.value, depth - 1))
            }
            Kind::List(list) => list.items.iter().any(|item| has_directive(item, depth - 1)),
            _ => false,
        }
}

/// What lies below a patch.
pub(crate) const BASE: &str = "the object that this is laid over";

/// Makes everything that a fragment does not say unknown, `subject` being what would say it, but for the operating system of its pod: where the answer
/// would change anything the fragment sets a field that only Linux has, which the API server refuses for another system.
pub(crate) fn open(kind: &str, body: &mut Map, subject: &str) {
    let why = Arc::new(Why { reason: Reason::Missing, subject: subject.into(), span: Span::NONE });
    open_map(body, &why);
    if let Some(spec) = pod_spec_mut(kind, body)
        && spec.get("os").is_none()
    {
        let os = Map::new(spec.head);
        spec.set("os", Value::map(os, Span::NONE));
    }
}

fn open_map(map: &mut Map, why: &Arc<Why>) {
    map.open.get_or_insert_with(|| Arc::clone(why));
    for (_, field) in map.iter_mut() {
        open_value(&mut field.value, why);
    }
}

fn open_value(value: &mut Value, why: &Arc<Why>) {
    match &mut value.kind {
        Kind::Map(map) => open_map(map, why),
        Kind::List(list) => {
            list.open.get_or_insert_with(|| Arc::clone(why));
            list.items.iter_mut().for_each(|item| open_value(item, why));
        }
        _ => {}
    }
}
