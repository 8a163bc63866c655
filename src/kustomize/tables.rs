//! Which fields transformers write to, as kustomize 5.5 has them built in.

use std::sync::{Arc, LazyLock};

use compact_str::CompactString;

use crate::field::{FieldSpec, merge};
use crate::object::Gvk;

/// The kinds with pods, and where the spec of the pod stands; `@` stands for it in the tables.
const PODS: [(&str, &str); 9] = [
    ("Pod", "spec"),
    ("PodTemplate", "template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("ReplicationController", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
];

/// Labels of the objects themselves and of the templates in them; `+` marks what is made where it is absent.
const TEMPLATE_LABELS: &str = r"
*: +metadata/labels
/v1/ReplicationController Deployment ReplicaSet DaemonSet apps/StatefulSet batch/Job: +spec/template/metadata/labels
apps/StatefulSet: +spec/volumeClaimTemplates[]/metadata/labels
batch/CronJob: +spec/jobTemplate/metadata/labels +spec/jobTemplate/spec/template/metadata/labels
";

/// Selectors by labels.
const SELECTORS: &str = r"
/v1/Service /v1/ReplicationController: +spec/selector
Deployment ReplicaSet DaemonSet apps/StatefulSet: +spec/selector/matchLabels
apps/Deployment apps/StatefulSet: \
  @/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels \
  @/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels \
  @/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels \
  @/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels \
  @/topologySpreadConstraints/labelSelector/matchLabels
batch/Job: spec/selector/matchLabels
batch/CronJob: spec/jobTemplate/spec/selector/matchLabels
policy/PodDisruptionBudget: spec/selector/matchLabels
networking.k8s.io/NetworkPolicy: spec/podSelector/matchLabels spec/ingress/from/podSelector/matchLabels \
  spec/egress/to/podSelector/matchLabels
";

const ANNOTATIONS: &str = r"
*: +metadata/annotations
/v1/ReplicationController Deployment ReplicaSet DaemonSet StatefulSet batch/Job: +spec/template/metadata/annotations
batch/CronJob: +spec/jobTemplate/metadata/annotations +spec/jobTemplate/spec/template/metadata/annotations
";

const NAMESPACE: &str = r"
Namespace: +metadata/name
apiregistration.k8s.io/APIService: +spec/service/namespace
apiextensions.k8s.io/CustomResourceDefinition: spec/conversion/webhook/clientConfig/service/namespace
";

const NAME: &str = r"
*: metadata/name
";

const IMAGES: &str = r"
*: spec/containers[]/image spec/initContainers[]/image spec/template/spec/containers[]/image \
  spec/template/spec/initContainers[]/image
";

const REPLICAS: &str = r"
Deployment ReplicationController ReplicaSet StatefulSet: +spec/replicas
";

/// Where `$(NAME)` is expanded.
const VARIABLES: &str = r"
CronJob: spec/jobTemplate/spec/template/volumes/nfs/server
Pod Deployment ReplicaSet DaemonSet Job: @/volumes/nfs/server
StatefulSet: spec/volumeClaimTemplates/spec/nfs/server
Pod Deployment ReplicaSet DaemonSet StatefulSet Job CronJob: @/containers/args @/containers/command \
  @/containers/env/value @/containers/volumeMounts/mountPath @/initContainers/args @/initContainers/command \
  @/initContainers/env/value @/initContainers/volumeMounts/mountPath
Deployment: spec/template/metadata/annotations
Ingress: spec/rules/host spec/tls/hosts spec/tls/secretName
Service: spec/ports/port spec/ports/targetPort
PersistentVolume: spec/nfs/server
*: metadata/labels metadata/annotations
";

/// Where objects are referred to by name: what is referred to, `=`, then where.
const REFERENCES: &str = r"
=Deployment
HorizontalPodAutoscaler: spec/scaleTargetRef/name
=ReplicationController
HorizontalPodAutoscaler: spec/scaleTargetRef/name
=ReplicaSet
HorizontalPodAutoscaler: spec/scaleTargetRef/name
=StatefulSet
HorizontalPodAutoscaler: spec/scaleTargetRef/name
=/v1/ConfigMap
Pod PodTemplate Deployment ReplicaSet DaemonSet StatefulSet Job CronJob: @/volumes/configMap/name \
  @/containers/env/valueFrom/configMapKeyRef/name @/initContainers/env/valueFrom/configMapKeyRef/name \
  @/containers/envFrom/configMapRef/name @/initContainers/envFrom/configMapRef/name \
  @/volumes/projected/sources/configMap/name
Node: spec/configSource/configMap
Role ClusterRole: rules/resourceNames
Ingress: metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap
=/v1/Secret
Pod PodTemplate Deployment ReplicaSet DaemonSet StatefulSet Job CronJob: @/volumes/secret/secretName \
  @/containers/env/valueFrom/secretKeyRef/name @/initContainers/env/valueFrom/secretKeyRef/name \
  @/containers/envFrom/secretRef/name @/initContainers/envFrom/secretRef/name @/imagePullSecrets/name \
  @/volumes/projected/sources/secret/name
Ingress: spec/tls/secretName metadata/annotations/ingress.kubernetes.io\/auth-secret \
  metadata/annotations/nginx.ingress.kubernetes.io\/auth-secret \
  metadata/annotations/nginx.ingress.kubernetes.io\/auth-tls-secret
ServiceAccount: imagePullSecrets/name
StorageClass: parameters/secretName parameters/adminSecretName parameters/userSecretName parameters/secretRef
Role ClusterRole: rules/resourceNames
serving.knative.dev/v1/Service: spec/template/spec/containers/env/valueFrom/secretKeyRef/name
PersistentVolume: spec/azureFile/secretName
=/v1/Service
apps/StatefulSet: spec/serviceName
Ingress: spec/rules/http/paths/backend/serviceName spec/backend/serviceName \
  spec/rules/http/paths/backend/service/name spec/defaultBackend/service/name
apiregistration.k8s.io/APIService: spec/service/name
admissionregistration.k8s.io/ValidatingWebhookConfiguration: webhooks/clientConfig/service
admissionregistration.k8s.io/MutatingWebhookConfiguration: webhooks/clientConfig/service
=rbac.authorization.k8s.io/Role
rbac.authorization.k8s.io/RoleBinding: roleRef/name
=rbac.authorization.k8s.io/ClusterRole
rbac.authorization.k8s.io/RoleBinding rbac.authorization.k8s.io/ClusterRoleBinding: roleRef/name
=/v1/ServiceAccount
rbac.authorization.k8s.io/RoleBinding rbac.authorization.k8s.io/ClusterRoleBinding: subjects
Pod StatefulSet Deployment ReplicationController CronJob Job DaemonSet: @/serviceAccountName
=/v1/PersistentVolumeClaim
Pod StatefulSet Deployment ReplicationController CronJob Job DaemonSet: @/volumes/persistentVolumeClaim/claimName
=/v1/PersistentVolume
PersistentVolumeClaim: spec/volumeName
ClusterRole: rules/resourceNames
=storage.k8s.io/v1/StorageClass
PersistentVolume PersistentVolumeClaim: spec/storageClassName
StatefulSet: spec/volumeClaimTemplates/spec/storageClassName
=scheduling.k8s.io/v1/PriorityClass
Pod StatefulSet Deployment ReplicationController CronJob Job DaemonSet: @/priorityClassName
=admissionregistration.k8s.io/ValidatingAdmissionPolicy
admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding: spec/policyName
";

/// Where one kind of object is referred to by name.
#[derive(Clone, Debug)]
pub(crate) struct Referral {
    /// What is referred to.
    pub(crate) target: Gvk,
    /// Where.
    pub(crate) fields: Vec<FieldSpec>,
}

/// The fields that each transformer writes to; the `configurations` of kustomizations add to them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    pub(crate) name_prefix: Vec<FieldSpec>,
    pub(crate) name_suffix: Vec<FieldSpec>,
    pub(crate) namespace: Vec<FieldSpec>,
    pub(crate) labels: Vec<FieldSpec>,
    pub(crate) template_labels: Vec<FieldSpec>,
    pub(crate) common_labels: Vec<FieldSpec>,
    pub(crate) annotations: Vec<FieldSpec>,
    pub(crate) images: Vec<FieldSpec>,
    pub(crate) replicas: Vec<FieldSpec>,
    pub(crate) variables: Vec<FieldSpec>,
    pub(crate) referrals: Vec<Referral>,
}

impl Tables {
    /// The same with the fields of all kinds behind those of one.
    pub(crate) fn by_kind(&self) -> Tables {
        let mut tables = self.clone();
        for list in tables.lists() {
            list.sort_by_key(|spec| spec.gvk.kind.is_empty());
        }
        tables
    }

    fn lists(&mut self) -> [&mut Vec<FieldSpec>; 10] {
        [
            &mut self.name_prefix,
            &mut self.name_suffix,
            &mut self.namespace,
            &mut self.labels,
            &mut self.template_labels,
            &mut self.common_labels,
            &mut self.annotations,
            &mut self.images,
            &mut self.replicas,
            &mut self.variables,
        ]
    }

    /// Adds the fields of other tables; tells the paths of those that disagree.
    pub(crate) fn merge(&mut self, more: &Tables) -> Vec<String> {
        let mut more = more.clone();
        let lists = self.lists().into_iter().zip(more.lists());
        let mut conflicts: Vec<String> = lists.flat_map(|(into, more)| merge(into, more)).collect();
        for referral in &more.referrals {
            match self.referrals.iter_mut().find(|own| own.target == referral.target) {
                Some(own) => conflicts.extend(merge(&mut own.fields, &referral.fields)),
                None => self.referrals.push(referral.clone()),
            }
        }
        conflicts
    }

    /// Whether no field is there.
    pub(crate) fn is_empty(&mut self) -> bool {
        self.lists().iter().all(|list| list.is_empty()) && self.referrals.is_empty()
    }
}

/// What is built in.
pub(crate) static BUILT_IN: LazyLock<Arc<Tables>> = LazyLock::new(|| {
    let mut common_labels = specs(SELECTORS);
    common_labels.extend(specs(TEMPLATE_LABELS));
    Arc::new(Tables {
        name_prefix: specs(NAME),
        name_suffix: specs(NAME),
        namespace: specs(NAMESPACE),
        labels: Vec::new(),
        template_labels: specs(TEMPLATE_LABELS),
        common_labels,
        annotations: specs(ANNOTATIONS),
        images: specs(IMAGES),
        replicas: specs(REPLICAS),
        variables: specs(VARIABLES),
        referrals: referrals(),
    })
});

fn referrals() -> Vec<Referral> {
    let mut referrals: Vec<Referral> = Vec::new();
    for row in joined(REFERENCES) {
        if let Some(target) = row.strip_prefix('=') {
            referrals.push(Referral { target: gvk(target), fields: Vec::new() });
        } else if let Some(referral) = referrals.last_mut() {
            referral.fields.extend(row_specs(&row));
        }
    }
    referrals
}

fn specs(table: &str) -> Vec<FieldSpec> {
    joined(table).iter().flat_map(|row| row_specs(row)).collect()
}

/// The rows of a table, continued ones joined.
fn joined(table: &str) -> Vec<String> {
    let rows = table.replace("\\\n", " ");
    rows.lines().filter(|row| !row.trim().is_empty()).map(str::to_owned).collect()
}

fn row_specs(row: &str) -> Vec<FieldSpec> {
    let Some((kinds, paths)) = row.split_once(": ") else { return Vec::new() };
    let mut specs = Vec::new();
    for kind in kinds.split_whitespace() {
        let gvk = gvk(kind);
        let pod = PODS.iter().find(|(kind, _)| gvk.kind == *kind).map_or("", |(_, pod)| pod);
        for path in paths.split_whitespace() {
            let (create, path) = path.strip_prefix('+').map_or((false, path), |path| (true, path));
            let path = path.strip_prefix('@').map_or_else(|| path.to_owned(), |rest| format!("{pod}{rest}"));
            specs.push(FieldSpec::new(gvk.clone(), &path, create));
        }
    }
    specs
}

/// `Kind`, `group/Kind`, `group/version/Kind` or `*`.
fn gvk(text: &str) -> Gvk {
    let parts: Vec<&str> = text.split('/').collect();
    let (group, version, kind) = match parts[..] {
        [group, version, kind] => (group, version, kind),
        [group, kind] => (group, "", kind),
        _ => ("", "", text.trim_matches('*')),
    };
    let [group, version, kind] = [group, version, kind].map(CompactString::from);
    Gvk { group, version, kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read() {
        let tables = &*BUILT_IN;
        let paths = |specs: &[FieldSpec], kind: &str| {
            let of = specs.iter().filter(|spec| spec.gvk.kind == kind);
            of.map(|spec| spec.path.join("/")).collect::<Vec<_>>()
        };
        assert_eq!(paths(&tables.common_labels, "CronJob").len(), 3);
        assert_eq!(paths(&tables.replicas, "StatefulSet"), ["spec/replicas"]);
        assert_eq!(paths(&tables.variables, "PersistentVolume"), ["spec/nfs/server"]);
        let secret = tables.referrals.iter().find(|referral| referral.target.kind == "Secret").expect("secrets");
        assert_eq!(paths(&secret.fields, "Ingress")[1], "metadata/annotations/ingress.kubernetes.io/auth-secret");
        assert!(paths(&secret.fields, "CronJob")[0].starts_with("spec/jobTemplate/spec/template/spec/volumes"));
        assert_eq!(tables.referrals.iter().map(|referral| referral.fields.len()).sum::<usize>(), 165);
    }
}
