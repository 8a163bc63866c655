//! The order in which objects come out.

use compact_str::CompactString;
use stockade_model::Value;

use crate::kustomization::Kustomization;
use crate::object::Object;
use crate::shape::texts;
use crate::value::field_text;

/// What has to be there before the rest.
const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// What would stop the rest from being made.
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Sorts the objects as the kustomization that is built says; a wrong word is told.
pub(crate) fn sort(objects: &mut [Object], kustomization: &Kustomization<'_>) -> Option<String> {
    let options = kustomization.fields.get("sortOptions").and_then(Value::as_map);
    let order = options.map_or_else(CompactString::default, |options| field_text(options, "order"));
    let lists = options.and_then(|options| options.get("legacySortOptions")).and_then(Value::as_map);
    match order.as_str() {
        "fifo" => return lists.map(|_| "`legacySortOptions` cannot stand beside the order `fifo`".to_owned()),
        "legacy" => {}
        _ if options.is_some() => return Some("the order has to be `fifo` or `legacy`".to_owned()),
        _ => {}
    }
    let list = |key: &str, built_in: &[&'static str]| -> Vec<CompactString> {
        match lists {
            Some(lists) => texts(lists, key).filter_map(Value::as_text).map(CompactString::from).collect(),
            None => built_in.iter().copied().map(CompactString::from).collect(),
        }
    };
    let (first, last) = (list("orderFirst", &FIRST), list("orderLast", &LAST));
    objects.sort_by_cached_key(|object| {
        let gvk = object.gvk();
        let early = first.iter().position(|kind| *kind == gvk.kind).map(|at| (0, at));
        let late = || last.iter().position(|kind| *kind == gvk.kind).map(|at| (2, at));
        let rank = early.or_else(late).unwrap_or((1, 0));
        // What is empty comes last, as `~` does.
        let or = |text: CompactString, empty: &str| if text.is_empty() { CompactString::from(empty) } else { text };
        let kind = format!("{}_{}_{}", or(gvk.group, "~G"), or(gvk.version, "~V"), or(gvk.kind, "~K"));
        (rank, kind, or(object.namespace(), "~X"), object.name())
    });
    None
}
