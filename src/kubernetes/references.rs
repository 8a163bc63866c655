//! Which fields of objects, pods and containers name which other objects.

/// Where the object that is named lives.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Home {
    /// In the namespace of what names it.
    Same,
    /// In no namespace.
    Cluster,
    /// In the namespace that stands beside the name, or else the same.
    Beside,
}

/// A field that names objects.
pub(crate) struct Reference {
    /// The kinds that have the field.
    pub(crate) of: &'static [&'static str],
    /// The field, through lists.
    pub(crate) path: &'static [&'static str],
    /// The identity of the kind that it names.
    pub(crate) to: &'static str,
    pub(crate) home: Home,
    /// What the edge is called.
    pub(crate) label: &'static str,
}

const fn same(
    of: &'static [&'static str],
    path: &'static [&'static str],
    to: &'static str,
    label: &'static str,
) -> Reference {
    Reference { of, path, to, home: Home::Same, label }
}

const fn cluster(
    of: &'static [&'static str],
    path: &'static [&'static str],
    to: &'static str,
    label: &'static str,
) -> Reference {
    Reference { of, path, to, home: Home::Cluster, label }
}

const fn beside(
    of: &'static [&'static str],
    path: &'static [&'static str],
    to: &'static str,
    label: &'static str,
) -> Reference {
    Reference { of, path, to, home: Home::Beside, label }
}

const WEBHOOKS: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// What objects name.
pub(crate) const OF_OBJECTS: &[Reference] = &[
    beside(&["APIService"], &["spec", "service", "name"], "Service", "service"),
    beside(
        &["CustomResourceDefinition"],
        &["spec", "conversion", "webhook", "clientConfig", "service", "name"],
        "Service",
        "clientConfig",
    ),
    beside(
        &["CustomResourceDefinition"],
        &["spec", "conversion", "webhookClientConfig", "service", "name"],
        "Service",
        "clientConfig",
    ),
    beside(WEBHOOKS, &["webhooks", "clientConfig", "service", "name"], "Service", "clientConfig"),
    cluster(
        &["ValidatingAdmissionPolicyBinding"],
        &["spec", "policyName"],
        "ValidatingAdmissionPolicy.admissionregistration.k8s.io",
        "policyName",
    ),
    cluster(&["Ingress"], &["spec", "ingressClassName"], "IngressClass", "ingressClassName"),
    cluster(
        &["Ingress"],
        &["metadata", "annotations", "kubernetes.io/ingress.class"],
        "IngressClass",
        "ingressClassName",
    ),
    same(&["Ingress"], &["spec", "rules", "http", "paths", "backend", "service", "name"], "Service", "backend"),
    same(&["Ingress"], &["spec", "rules", "http", "paths", "backend", "serviceName"], "Service", "backend"),
    same(&["Ingress"], &["spec", "defaultBackend", "service", "name"], "Service", "backend"),
    same(&["Ingress"], &["spec", "backend", "serviceName"], "Service", "backend"),
    same(&["Ingress"], &["spec", "tls", "secretName"], "Secret", "tls"),
    cluster(&["Gateway"], &["spec", "gatewayClassName"], "GatewayClass", "gatewayClassName"),
    same(&["Route"], &["spec", "to", "name"], "Service", "backend"),
    same(&["Route"], &["spec", "alternateBackends", "name"], "Service", "backend"),
    same(&["StatefulSet"], &["spec", "serviceName"], "Service", "serviceName"),
    cluster(
        &["StatefulSet"],
        &["spec", "volumeClaimTemplates", "spec", "storageClassName"],
        "StorageClass",
        "storageClassName",
    ),
    cluster(
        &["PersistentVolume", "PersistentVolumeClaim"],
        &["spec", "storageClassName"],
        "StorageClass",
        "storageClassName",
    ),
    cluster(
        &["PersistentVolume", "PersistentVolumeClaim"],
        &["metadata", "annotations", "volume.beta.kubernetes.io/storage-class"],
        "StorageClass",
        "storageClassName",
    ),
    cluster(&["PersistentVolumeClaim"], &["spec", "volumeName"], "PersistentVolume", "volumeName"),
    beside(&["PersistentVolume"], &["spec", "claimRef", "name"], "PersistentVolumeClaim", "claimRef"),
    same(&["ServiceAccount"], &["secrets", "name"], "Secret", "secrets"),
    same(&["ServiceAccount"], &["imagePullSecrets", "name"], "Secret", "imagePullSecrets"),
    same(
        &["Secret"],
        &["metadata", "annotations", "kubernetes.io/service-account.name"],
        "ServiceAccount",
        "serviceAccount",
    ),
    same(&["Rollout"], &["spec", "strategy", "blueGreen", "activeService"], "Service", "strategy"),
    same(&["Rollout"], &["spec", "strategy", "blueGreen", "previewService"], "Service", "strategy"),
    same(&["Rollout"], &["spec", "strategy", "canary", "canaryService"], "Service", "strategy"),
    same(&["Rollout"], &["spec", "strategy", "canary", "stableService"], "Service", "strategy"),
];

/// What pods name, besides their service account.
pub(crate) const OF_PODS: &[Reference] = &[
    cluster(&[], &["priorityClassName"], "PriorityClass", "priorityClassName"),
    cluster(&[], &["runtimeClassName"], "RuntimeClass", "runtimeClassName"),
    same(&[], &["imagePullSecrets", "name"], "Secret", "imagePullSecrets"),
    same(&[], &["volumes", "secret", "secretName"], "Secret", "volumes"),
    same(&[], &["volumes", "configMap", "name"], "ConfigMap", "volumes"),
    same(&[], &["volumes", "persistentVolumeClaim", "claimName"], "PersistentVolumeClaim", "volumes"),
    same(&[], &["volumes", "projected", "sources", "secret", "name"], "Secret", "volumes"),
    same(&[], &["volumes", "projected", "sources", "configMap", "name"], "ConfigMap", "volumes"),
    same(&[], &["volumes", "azureFile", "secretName"], "Secret", "volumes"),
    same(&[], &["volumes", "cephfs", "secretRef", "name"], "Secret", "volumes"),
    same(&[], &["volumes", "cinder", "secretRef", "name"], "Secret", "volumes"),
    same(&[], &["volumes", "csi", "nodePublishSecretRef", "name"], "Secret", "volumes"),
    same(&[], &["volumes", "flexVolume", "secretRef", "name"], "Secret", "volumes"),
    same(&[], &["volumes", "iscsi", "secretRef", "name"], "Secret", "volumes"),
    same(&[], &["volumes", "rbd", "secretRef", "name"], "Secret", "volumes"),
    same(&[], &["volumes", "scaleIO", "secretRef", "name"], "Secret", "volumes"),
    same(&[], &["volumes", "storageos", "secretRef", "name"], "Secret", "volumes"),
    cluster(
        &[],
        &["volumes", "ephemeral", "volumeClaimTemplate", "spec", "storageClassName"],
        "StorageClass",
        "storageClassName",
    ),
];

/// What containers name.
pub(crate) const OF_CONTAINERS: &[Reference] = &[
    same(&[], &["env", "valueFrom", "secretKeyRef", "name"], "Secret", "env"),
    same(&[], &["env", "valueFrom", "configMapKeyRef", "name"], "ConfigMap", "env"),
    same(&[], &["envFrom", "secretRef", "name"], "Secret", "envFrom"),
    same(&[], &["envFrom", "configMapRef", "name"], "ConfigMap", "envFrom"),
];

/// The routes of the Gateway API; their references say which kind they name.
pub(crate) const ROUTES: [&str; 5] = ["GRPCRoute", "HTTPRoute", "TCPRoute", "TLSRoute", "UDPRoute"];
