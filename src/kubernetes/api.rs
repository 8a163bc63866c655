//! Which kinds there are, which API groups they belong to, and where each keeps its pod.

use compact_str::{CompactString, format_compact};
use stockade_model::{Kind, Map, Value};
use stockade_source::Span;

/// The dotted API groups of built-in kinds. A kind of these names in another dotted group is someone else's.
const BUILT_IN: &[(&str, &[&str])] = &[
    ("Binding", &[]),
    ("ConfigMap", &[]),
    ("CronJob", &[]),
    ("DaemonSet", &[]),
    ("Deployment", &[]),
    ("Endpoints", &[]),
    ("Event", &["events.k8s.io"]),
    ("HorizontalPodAutoscaler", &[]),
    ("Ingress", &["networking.k8s.io"]),
    ("IngressClass", &["networking.k8s.io"]),
    ("Job", &[]),
    ("Lease", &["coordination.k8s.io"]),
    ("LimitRange", &[]),
    ("Namespace", &[]),
    ("NetworkPolicy", &["networking.k8s.io"]),
    ("Node", &[]),
    ("PersistentVolume", &[]),
    ("PersistentVolumeClaim", &[]),
    ("Pod", &[]),
    ("PodDisruptionBudget", &[]),
    ("PodSecurityPolicy", &[]),
    ("PodTemplate", &[]),
    ("PriorityClass", &["scheduling.k8s.io"]),
    ("ReplicaSet", &[]),
    ("ReplicationController", &[]),
    ("ResourceQuota", &[]),
    ("Role", &["rbac.authorization.k8s.io"]),
    ("RoleBinding", &["rbac.authorization.k8s.io"]),
    ("ClusterRole", &["rbac.authorization.k8s.io"]),
    ("ClusterRoleBinding", &["rbac.authorization.k8s.io"]),
    ("RuntimeClass", &["node.k8s.io"]),
    ("Secret", &[]),
    ("Service", &[]),
    ("ServiceAccount", &[]),
    ("StatefulSet", &[]),
    ("StorageClass", &["storage.k8s.io"]),
    ("VolumeSnapshot", &["snapshot.storage.k8s.io"]),
];

/// The kinds that live in no namespace and that other objects refer to or that appear without one.
const CLUSTER_SCOPED: &[&str] = &[
    "APIService",
    "CSIDriver",
    "CiliumClusterwideNetworkPolicy",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "GlobalNetworkPolicy",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PodSecurityPolicy",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
];

/// The kind of the resource that a manifest of this `apiVersion` and `kind` becomes.
pub(crate) fn resource_kind(api_version: &str, kind: &str) -> CompactString {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let foreign =
        group.contains('.') && BUILT_IN.iter().any(|(name, groups)| *name == kind && !groups.contains(&group));
    if foreign { format_compact!("{kind}.{group}") } else { kind.into() }
}

/// Whether objects of this kind live in no namespace.
pub(crate) fn is_cluster_scoped(kind: &str) -> bool {
    CLUSTER_SCOPED.contains(&kind)
}

/// A pod as an object holds it.
pub(crate) struct PodSpec<'a> {
    /// The fields.
    pub(crate) spec: &'a Map,
    /// All of the fields.
    pub(crate) span: Span,
    /// The key of the fields.
    pub(crate) key: Span,
    /// What holds `spec` and `metadata`: the template, or the object itself.
    pub(crate) template: &'a Map,
}

/// The pod that an object of this kind runs.
pub(crate) fn pod_spec<'a>(kind: &str, body: &'a Map) -> Option<PodSpec<'a>> {
    let template = template(kind)?.iter().try_fold(body, |map, key| map.get(key).and_then(Value::as_map))?;
    let field = template.field("spec")?;
    Some(PodSpec { spec: field.value.as_map()?, span: field.value.span, key: field.key, template })
}

/// The fields of the pod that an object of this kind runs.
pub(crate) fn pod_spec_mut<'a>(kind: &str, body: &'a mut Map) -> Option<&'a mut Map> {
    template(kind)?.iter().chain(&["spec"]).try_fold(body, |map, key| match &mut map.field_mut(key)?.value.kind {
        Kind::Map(map) => Some(&mut **map),
        _ => None,
    })
}

/// Where an object of this kind has its pod's template; nowhere is the object itself.
fn template(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "Pod" | "Revision" => &[],
        "PodTemplate" => &["template"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template"],
        "Configuration"
        | "DaemonSet"
        | "Deployment"
        | "DeploymentConfig"
        | "Job"
        | "ReplicaSet"
        | "ReplicationController"
        | "Rollout"
        | "Service.serving.knative.dev"
        | "StatefulSet" => &["spec", "template"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_its_group_only_where_it_is_not_the_built_in_one() {
        assert_eq!(resource_kind("v1", "Service"), "Service");
        assert_eq!(resource_kind("serving.knative.dev/v1", "Service"), "Service.serving.knative.dev");
        assert_eq!(resource_kind("extensions/v1beta1", "Ingress"), "Ingress");
        assert_eq!(resource_kind("networking.k8s.io/v1", "Ingress"), "Ingress");
        assert_eq!(resource_kind("crd.projectcalico.org/v1", "NetworkPolicy"), "NetworkPolicy.crd.projectcalico.org");
        assert_eq!(resource_kind("argoproj.io/v1alpha1", "Rollout"), "Rollout");
        assert_eq!(resource_kind("", "Deployment"), "Deployment");
    }
}
