//! Which kinds there are, which API groups they belong to, and which live in no namespace.

use compact_str::{CompactString, format_compact};

/// The dotted API groups of built-in kinds, and of kinds that several projects have, whose names alone mean the first
/// one's. A kind of these names in another dotted group is someone else's.
const BUILT_IN: &[(&str, &[&str])] = &[
    ("APIService", &["apiregistration.k8s.io"]),
    ("Binding", &[]),
    ("CertificateSigningRequest", &["certificates.k8s.io"]),
    ("ClusterRole", &["rbac.authorization.k8s.io"]),
    ("ClusterRoleBinding", &["rbac.authorization.k8s.io"]),
    ("ConfigMap", &[]),
    ("ControllerRevision", &[]),
    ("CronJob", &[]),
    ("CSIDriver", &["storage.k8s.io"]),
    ("CSINode", &["storage.k8s.io"]),
    ("CustomResourceDefinition", &["apiextensions.k8s.io"]),
    ("DaemonSet", &[]),
    ("Deployment", &[]),
    ("DeploymentConfig", &["apps.openshift.io"]),
    ("Endpoints", &[]),
    ("EndpointSlice", &["discovery.k8s.io"]),
    ("Event", &["events.k8s.io"]),
    ("Gateway", &["gateway.networking.k8s.io"]),
    ("GatewayClass", &["gateway.networking.k8s.io"]),
    ("GRPCRoute", &["gateway.networking.k8s.io"]),
    ("HorizontalPodAutoscaler", &[]),
    ("HTTPRoute", &["gateway.networking.k8s.io"]),
    ("Ingress", &["networking.k8s.io"]),
    ("IngressClass", &["networking.k8s.io"]),
    ("Job", &[]),
    ("Lease", &["coordination.k8s.io"]),
    ("LimitRange", &[]),
    ("MutatingWebhookConfiguration", &["admissionregistration.k8s.io"]),
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
    ("Route", &["route.openshift.io"]),
    ("RuntimeClass", &["node.k8s.io"]),
    ("Secret", &[]),
    ("Service", &[]),
    ("ServiceAccount", &[]),
    ("StatefulSet", &[]),
    ("StorageClass", &["storage.k8s.io"]),
    ("TCPRoute", &["gateway.networking.k8s.io"]),
    ("TLSRoute", &["gateway.networking.k8s.io"]),
    ("UDPRoute", &["gateway.networking.k8s.io"]),
    ("ValidatingWebhookConfiguration", &["admissionregistration.k8s.io"]),
    ("VolumeAttachment", &["storage.k8s.io"]),
    ("VolumeSnapshot", &["snapshot.storage.k8s.io"]),
];

/// The kinds that live in no namespace and that other objects refer to or that appear without one.
const CLUSTER_SCOPED: &[&str] = &[
    "AdminNetworkPolicy",
    "APIService",
    "BaselineAdminNetworkPolicy",
    "CertificateSigningRequest",
    "CiliumClusterwideNetworkPolicy",
    "ClusterIssuer",
    "ClusterPolicy",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterTask",
    "ClusterWorkflowTemplate",
    "ComponentStatus",
    "CSIDriver",
    "CSINode",
    "CustomResourceDefinition",
    "FlowSchema",
    "GatewayClass",
    "GlobalNetworkPolicy",
    "IngressClass",
    "IPAddress",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PodSecurityPolicy",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "SecurityContextConstraints",
    "SelfSubjectAccessReview",
    "ServiceCIDR",
    "StorageClass",
    "SubjectAccessReview",
    "TokenReview",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
    "VolumeSnapshotClass",
    "VolumeSnapshotContent",
];

/// The kind of the resource that a manifest of this `apiVersion` and `kind` becomes.
pub(crate) fn resource_kind(api_version: &str, kind: &str) -> CompactString {
    let group = group(api_version);
    let foreign =
        group.contains('.') && BUILT_IN.iter().any(|(name, groups)| *name == kind && !groups.contains(&group));
    if foreign { format_compact!("{kind}.{group}") } else { kind.into() }
}

/// The group of an `apiVersion`; empty for the first API.
pub(crate) fn group(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

/// What tells a kind from every other, whatever its version: [`resource_kind`], and the group of a kind that is not
/// built in.
pub(crate) fn identity(api_version: &str, kind: &str) -> CompactString {
    let group = group(api_version);
    if group.contains('.') && !BUILT_IN.iter().any(|(name, _)| *name == kind) {
        return format_compact!("{kind}.{group}");
    }
    resource_kind(api_version, kind)
}

/// Whether objects of this kind live in no namespace.
pub(crate) fn is_cluster_scoped(kind: &str) -> bool {
    CLUSTER_SCOPED.contains(&kind)
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
        assert_eq!(resource_kind("networking.istio.io/v1", "Gateway"), "Gateway.networking.istio.io");
        assert_eq!(resource_kind("gateway.networking.k8s.io/v1", "Gateway"), "Gateway");
    }

    #[test]
    fn kinds_of_one_name_are_told_apart_by_their_groups() {
        assert_eq!(identity("a.io/v1", "Cluster"), identity("a.io/v2", "Cluster"));
        assert_ne!(identity("a.io/v1", "Cluster"), identity("b.io/v1", "Cluster"));
        assert_eq!(identity("apps/v1", "Deployment"), identity("extensions/v1beta1", "Deployment"));
    }
}
