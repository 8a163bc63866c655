//! What is built in of the Kubernetes API: which kinds lie in no namespace, which lists merge by which keys.
//!
//! The facts are those of version 1.21.2, which kustomize 5.5 carries; a kind that this version does not have is
//! taken for a custom one, whose lists are replaced and which lies in a namespace.

use std::collections::HashMap;
use std::sync::LazyLock;

use compact_str::{CompactString, format_compact};
use stockade_model::{Map, Value};

use crate::value::field_text;

/// API versions and their kinds; `*` marks kinds that lie in no namespace.
const KINDS: &str = "
v1: Binding ComponentStatus* ConfigMap Endpoints Event LimitRange Namespace* Node* PersistentVolume* \
    PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount
admissionregistration.k8s.io/v1: MutatingWebhookConfiguration* ValidatingWebhookConfiguration*
admissionregistration.k8s.io/v1beta1: MutatingWebhookConfiguration* ValidatingWebhookConfiguration*
apiextensions.k8s.io/v1: CustomResourceDefinition*
apiextensions.k8s.io/v1beta1: CustomResourceDefinition*
apiregistration.k8s.io/v1: APIService*
apiregistration.k8s.io/v1beta1: APIService*
apps/v1: ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet
authentication.k8s.io/v1: TokenReview*
authentication.k8s.io/v1beta1: TokenReview*
authorization.k8s.io/v1: LocalSubjectAccessReview SelfSubjectAccessReview* SelfSubjectRulesReview* SubjectAccessReview*
authorization.k8s.io/v1beta1: LocalSubjectAccessReview SelfSubjectAccessReview* SelfSubjectRulesReview* \
    SubjectAccessReview*
autoscaling/v1: HorizontalPodAutoscaler Scale
autoscaling/v2beta1: HorizontalPodAutoscaler
autoscaling/v2beta2: HorizontalPodAutoscaler
batch/v1: CronJob Job
batch/v1beta1: CronJob
certificates.k8s.io/v1: CertificateSigningRequest*
certificates.k8s.io/v1beta1: CertificateSigningRequest*
coordination.k8s.io/v1: Lease
coordination.k8s.io/v1beta1: Lease
discovery.k8s.io/v1: EndpointSlice
discovery.k8s.io/v1beta1: EndpointSlice
events.k8s.io/v1: Event
events.k8s.io/v1beta1: Event
extensions/v1beta1: Ingress
flowcontrol.apiserver.k8s.io/v1beta1: FlowSchema* PriorityLevelConfiguration*
networking.k8s.io/v1: Ingress IngressClass* NetworkPolicy
networking.k8s.io/v1beta1: Ingress IngressClass*
node.k8s.io/v1: RuntimeClass*
node.k8s.io/v1beta1: RuntimeClass*
policy/v1: PodDisruptionBudget
policy/v1beta1: PodDisruptionBudget PodSecurityPolicy*
rbac.authorization.k8s.io/v1: ClusterRole* ClusterRoleBinding* Role RoleBinding
rbac.authorization.k8s.io/v1beta1: ClusterRole* ClusterRoleBinding* Role RoleBinding
scheduling.k8s.io/v1: PriorityClass*
scheduling.k8s.io/v1beta1: PriorityClass*
storage.k8s.io/v1: CSIDriver* CSINode* StorageClass* VolumeAttachment*
storage.k8s.io/v1beta1: CSIDriver* CSINode* CSIStorageCapacity StorageClass* VolumeAttachment*
";

/// The types of which a part merges: field, the type of the value where that matters, and in `[]` the merge keys of
/// a list, none where it is one of scalars.
const TYPES: &str = "
Meta: finalizers[] ownerReferences[uid]
Container: env[name] ports[containerPort,protocol] volumeMounts[mountPath] volumeDevices[devicePath]
EphemeralContainer: env[name] volumeMounts[mountPath] volumeDevices[devicePath]
PodSpec: containers=Container[name] initContainers=Container[name] ephemeralContainers=EphemeralContainer[name] \
    hostAliases[ip] imagePullSecrets[name] topologySpreadConstraints[topologyKey,whenUnsatisfiable] volumes=Volume[name]
Volume: ephemeral=EphemeralVolume
EphemeralVolume: volumeClaimTemplate=ClaimTemplate
ClaimTemplate: metadata=Meta
Template: metadata=Meta spec=PodSpec
Workload: template=Template
JobTemplate: metadata=Meta spec=Workload
CronJob: jobTemplate=JobTemplate
Conditions: conditions[type]
Service: ports[port,protocol]
PodStatus: conditions[type] podIPs[ip]
Node: podCIDRs[]
NodeStatus: conditions[type] addresses[type]
CSINode: drivers[name]
";

/// What the objects of a kind have besides their metadata.
const OBJECTS: &str = "
v1 ComponentStatus: conditions[type]
v1 Namespace: status=Conditions
v1 Node: spec=Node status=NodeStatus
v1 PersistentVolumeClaim: status=Conditions
v1 Pod: spec=PodSpec status=PodStatus
v1 PodTemplate: template=Template
v1 ReplicationController: spec=Workload status=Conditions
v1 Service: spec=Service status=Conditions
v1 ServiceAccount: secrets[name]
admissionregistration.k8s.io/v1 MutatingWebhookConfiguration: webhooks[name]
admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration: webhooks[name]
admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration: webhooks[name]
admissionregistration.k8s.io/v1beta1 ValidatingWebhookConfiguration: webhooks[name]
apiregistration.k8s.io/v1 APIService: status=Conditions
apiregistration.k8s.io/v1beta1 APIService: status=Conditions
apps/v1 DaemonSet: spec=Workload status=Conditions
apps/v1 Deployment: spec=Workload status=Conditions
apps/v1 ReplicaSet: spec=Workload status=Conditions
apps/v1 StatefulSet: spec=Workload status=Conditions
batch/v1 CronJob: spec=CronJob
batch/v1 Job: spec=Workload status=Conditions
batch/v1beta1 CronJob: spec=CronJob
policy/v1 PodDisruptionBudget: status=Conditions
policy/v1beta1 PodDisruptionBudget: status=Conditions
storage.k8s.io/v1 CSINode: spec=CSINode
storage.k8s.io/v1beta1 CSINode: spec=CSINode
";

/// What is known of a type: of each field that matters, its type and how a list there merges.
#[derive(Debug, Default)]
struct Type {
    fields: HashMap<CompactString, Shape>,
}

/// What is known of a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shape {
    /// The type of the value, of a list's elements where it is one.
    of: Option<usize>,
    /// The merge keys, where the value is a list that merges; none where its elements are scalars.
    pub(crate) keys: Option<Vec<CompactString>>,
}

/// Which lists merge, for every kind that is known.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    types: Vec<Type>,
    objects: HashMap<(CompactString, CompactString), usize>,
}

impl Schema {
    /// What is known of the objects of a kind.
    pub(crate) fn object(&self, map: &Map) -> Option<Shape> {
        let kind = (field_text(map, "apiVersion"), field_text(map, "kind"));
        self.objects.get(&kind).map(|at| Shape { of: Some(*at), keys: None })
    }

    /// What is known of a field of a mapping of which `shape` is known.
    pub(crate) fn field(&self, shape: Option<&Shape>, key: &str) -> Option<Shape> {
        self.types.get(shape?.of?)?.fields.get(key).cloned()
    }

    /// What is known of the elements of a list.
    pub(crate) fn element(shape: Option<&Shape>) -> Option<Shape> {
        shape.map(|shape| Shape { of: shape.of, keys: None })
    }

    /// The schema of the OpenAPI document that a kustomization names; it stands for all that is built in.
    pub(crate) fn of_document(document: &Value) -> Option<Schema> {
        let definitions = document.get("definitions")?.as_map()?;
        let index: Definitions<'_> =
            definitions.iter().enumerate().map(|(at, (name, _))| (name.as_str(), at)).collect();
        let mut schema = Schema::default();
        schema.types.resize_with(definitions.len(), Type::default);
        for (at, (_, definition)) in definitions.iter().enumerate() {
            schema.types[at] = schema.properties(&definition.value, &index);
            let kinds = definition.value.get("x-kubernetes-group-version-kind").map_or(&[][..], Value::items);
            for kind in kinds.iter().filter_map(Value::as_map) {
                let (group, version) = (field_text(kind, "group"), field_text(kind, "version"));
                let api_version = if group.is_empty() { version } else { format_compact!("{group}/{version}") };
                schema.objects.insert((api_version, field_text(kind, "kind")), at);
            }
        }
        Some(schema)
    }

    fn properties(&mut self, definition: &Value, index: &Definitions<'_>) -> Type {
        let mut of = Type::default();
        let Some(properties) = definition.get("properties").and_then(Value::as_map) else { return of };
        for (name, property) in properties.iter() {
            let property = &property.value;
            let strategy = property.get("x-kubernetes-patch-strategy").and_then(Value::as_text).unwrap_or_default();
            let keys = strategy.split(',').any(|part| part == "merge").then(|| {
                let several = property.get("x-kubernetes-list-map-keys").map_or(&[][..], Value::items);
                if several.is_empty() {
                    let one = property.get("x-kubernetes-patch-merge-key").and_then(Value::as_text);
                    one.map(CompactString::from).into_iter().collect()
                } else {
                    several.iter().filter_map(Value::as_text).map(CompactString::from).collect()
                }
            });
            let inner = property.get("items").unwrap_or(property);
            let target = match inner.get("$ref").and_then(Value::as_text) {
                Some(reference) => reference.strip_prefix("#/definitions/").and_then(|name| index.get(name).copied()),
                None if inner.get("properties").is_some() => {
                    let inner = self.properties(inner, index);
                    self.types.push(inner);
                    Some(self.types.len() - 1)
                }
                None => None,
            };
            if keys.is_some() || target.is_some() {
                of.fields.insert(name.clone(), Shape { of: target, keys });
            }
        }
        of
    }
}

/// The definitions of an OpenAPI document by name.
type Definitions<'d> = HashMap<&'d str, usize>;

/// The schema that is built in.
pub(crate) static BUILT_IN: LazyLock<Schema> = LazyLock::new(|| {
    let mut schema = Schema::default();
    let mut names: HashMap<&str, usize> = HashMap::new();
    for (at, (name, _)) in rows(TYPES).enumerate() {
        names.insert(name, at);
    }
    let of = |fields: &str| {
        let mut of = Type::default();
        for field in fields.split_whitespace() {
            let (field, keys) = match field.strip_suffix(']').and_then(|field| field.split_once('[')) {
                Some((field, keys)) => {
                    (field, Some(keys.split(',').filter(|key| !key.is_empty()).map(CompactString::from).collect()))
                }
                None => (field, None),
            };
            let (field, kind) = field.split_once('=').map_or((field, None), |(field, kind)| (field, names.get(kind)));
            of.fields.insert(field.into(), Shape { of: kind.copied(), keys });
        }
        of
    };
    schema.types.extend(rows(TYPES).map(|(_, fields)| of(fields)));
    let objects: HashMap<&str, &str> = rows(OBJECTS).collect();
    for (api_version, kinds) in rows(KINDS) {
        for kind in kinds.split_whitespace().map(|kind| kind.trim_end_matches('*')) {
            let fields = objects.get(format!("{api_version} {kind}").as_str()).copied().unwrap_or_default();
            let mut object = of(fields);
            object.fields.insert("metadata".into(), Shape { of: names.get("Meta").copied(), keys: None });
            schema.objects.insert((api_version.into(), kind.into()), schema.types.len());
            schema.types.push(object);
        }
    }
    schema
});

/// The kinds that lie in no namespace, by API version.
static CLUSTER_SCOPED: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let kinds = rows(KINDS).map(|(version, kinds)| {
        (version, kinds.split_whitespace().filter_map(|kind| kind.strip_suffix('*')).collect())
    });
    kinds.collect()
});

/// Whether objects of a kind lie in no namespace.
pub(crate) fn is_cluster_scoped(group: &str, version: &str, kind: &str) -> bool {
    let found = if group.is_empty() {
        CLUSTER_SCOPED.get(version)
    } else {
        CLUSTER_SCOPED.get(format_compact!("{group}/{version}").as_str())
    };
    found.is_some_and(|kinds| kinds.contains(&kind))
}

/// The rows `name: fields` of a table.
pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.lines().filter_map(|line| line.split_once(": ")).map(|(name, fields)| (name.trim(), fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(path: &[&str], api_version: &str, kind: &str) -> Option<Vec<CompactString>> {
        let mut map = Map::new(stockade_source::Span::NONE);
        map.set("apiVersion", Value::text(api_version, stockade_source::Span::NONE));
        map.set("kind", Value::text(kind, stockade_source::Span::NONE));
        let shape = path.iter().fold(BUILT_IN.object(&map), |shape, key| BUILT_IN.field(shape.as_ref(), key));
        shape.and_then(|shape| shape.keys)
    }

    #[test]
    fn merge_keys() {
        let containers = ["spec", "jobTemplate", "spec", "template", "spec", "containers"];
        assert_eq!(keys(&containers, "batch/v1", "CronJob"), Some(vec!["name".into()]));
        assert_eq!(keys(&["spec", "containers", "ports"], "v1", "Pod").map(|keys| keys.len()), Some(2));
        assert_eq!(keys(&["spec", "tolerations"], "v1", "Pod"), None);
        assert_eq!(keys(&["metadata", "finalizers"], "v1", "ConfigMap"), Some(vec![]));
        assert_eq!(keys(&["spec", "template", "spec", "containers"], "apps/v1beta1", "Deployment"), None);
    }

    #[test]
    fn cluster_scope() {
        assert!(
            is_cluster_scoped("", "v1", "Namespace")
                && is_cluster_scoped("rbac.authorization.k8s.io", "v1", "ClusterRole")
        );
        assert!(!is_cluster_scoped("", "v1", "Pod") && !is_cluster_scoped("x.io", "v1", "Namespace"));
    }
}
