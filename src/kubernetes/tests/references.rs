//! What objects, pods and containers name.

use super::*;

#[test]
fn fields_name_objects() {
    let lowered = lowered(
        "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i, namespace: a}
spec: {ingressClassName: nginx, tls: [{secretName: cert}], rules: [{http: {paths: [{backend: {service: {name: web}}}]}}]}
---
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: old, namespace: a}
spec: {backend: {serviceName: web}, rules: [{http: {paths: [{backend: {serviceName: web}}]}}]}
---
{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: nginx}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: a}}
---
{apiVersion: v1, kind: Secret, metadata: {name: cert, namespace: a}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, namespace: b}
spec:
  parentRefs: [{name: g, namespace: a}]
  rules: [{backendRefs: [{name: web, namespace: a}, {name: web}, {kind: Bucket, group: x.io, name: web, namespace: a}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: g, namespace: a}
spec: {gatewayClassName: c, listeners: [{tls: {certificateRefs: [{name: cert}]}}]}
---
{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: g, namespace: a}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: c}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: w}
webhooks: [{clientConfig: {service: {name: web, namespace: a}}}, {clientConfig: {url: 'https://x.example'}}]
---
apiVersion: route.openshift.io/v1
kind: Route
metadata: {name: o, namespace: a}
spec: {to: {kind: Service, name: web}}
",
    );
    assert_eq!(
        edges(&lowered, "backend"),
        [
            "Ingress/a/i -> Service/a/web",
            "Ingress/a/old -> Service/a/web",
            "Ingress/a/old -> Service/a/web",
            "HTTPRoute/b/r -> Service/a/web",
            "Route/a/o -> Service/a/web",
        ]
    );
    assert_eq!(edges(&lowered, "ingressClassName"), ["Ingress/a/i -> IngressClass/default/nginx"]);
    assert_eq!(edges(&lowered, "tls"), ["Ingress/a/i -> Secret/a/cert", "Gateway/a/g -> Secret/a/cert"]);
    assert_eq!(edges(&lowered, "parentRefs"), ["HTTPRoute/b/r -> Gateway/a/g"]);
    assert_eq!(edges(&lowered, "gatewayClassName"), ["Gateway/a/g -> GatewayClass/default/c"]);
    assert_eq!(edges(&lowered, "clientConfig"), ["ValidatingWebhookConfiguration/default/w -> Service/a/web"]);
}

#[test]
fn pods_name_what_they_use() {
    let lowered = lowered(
        "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: a}
spec:
  serviceName: db
  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: fast}}]
  template:
    spec:
      priorityClassName: high
      runtimeClassName: gvisor
      imagePullSecrets: [{name: pull}]
      volumes:
      - {name: a, persistentVolumeClaim: {claimName: claim}}
      - {name: b, csi: {driver: x, nodePublishSecretRef: {name: pull}}}
      - {name: c, projected: {sources: [{secret: {name: pull}}, {configMap: {name: settings}}]}}
      containers:
      - {name: c, image: i, env: [{name: X, valueFrom: {configMapKeyRef: {name: settings, key: k}}}], envFrom: [{secretRef: {name: pull}}]}
---
{apiVersion: v1, kind: Service, metadata: {name: db, namespace: a}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: claim, namespace: a}, spec: {storageClassName: fast, volumeName: disk}}
---
{apiVersion: v1, kind: PersistentVolume, metadata: {name: disk}, spec: {claimRef: {name: claim, namespace: a}}}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}}
---
{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}}
---
{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: gvisor}}
---
{apiVersion: v1, kind: Secret, metadata: {name: pull, namespace: a}}
---
{apiVersion: v1, kind: Secret, metadata: {name: pull, namespace: other}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: a}}
",
    );
    let pod = "StatefulSet/a/db/pod";
    assert_eq!(edges(&lowered, "serviceName"), ["StatefulSet/a/db -> Service/a/db"]);
    assert_eq!(
        edges(&lowered, "storageClassName"),
        ["StatefulSet/a/db -> StorageClass/default/fast", "PersistentVolumeClaim/a/claim -> StorageClass/default/fast",]
    );
    assert_eq!(edges(&lowered, "volumeName"), ["PersistentVolumeClaim/a/claim -> PersistentVolume/default/disk"]);
    assert_eq!(edges(&lowered, "claimRef"), ["PersistentVolume/default/disk -> PersistentVolumeClaim/a/claim"]);
    assert_eq!(edges(&lowered, "priorityClassName"), [format!("{pod} -> PriorityClass/default/high")]);
    assert_eq!(edges(&lowered, "runtimeClassName"), [format!("{pod} -> RuntimeClass/default/gvisor")]);
    assert_eq!(edges(&lowered, "imagePullSecrets"), [format!("{pod} -> Secret/a/pull")]);
    assert_eq!(
        edges(&lowered, "volumes"),
        [
            format!("{pod} -> PersistentVolumeClaim/a/claim"),
            format!("{pod} -> Secret/a/pull"),
            format!("{pod} -> ConfigMap/a/settings"),
            format!("{pod} -> Secret/a/pull"),
        ]
    );
    assert_eq!(edges(&lowered, "env"), ["StatefulSet/a/db/container/c -> ConfigMap/a/settings"]);
    assert_eq!(edges(&lowered, "envFrom"), ["StatefulSet/a/db/container/c -> Secret/a/pull"]);
    // A path goes on in what a name leads to.
    let cond = "- some volumes:\n    persistentVolumeClaim.claimName.spec.volumeName is disk";
    assert_eq!(asked(lowered, "pod", cond)[0], [pod]);
}

#[test]
fn kinds_of_the_same_name_are_not_mistaken() {
    let scaled = |version: &str| {
        let lowered = lowered(&format!(
            "\
{{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {{name: h}}, spec: {{scaleTargetRef: {{apiVersion: {version}, kind: Cluster, name: c}}}}}}
---
{{apiVersion: a.io/v1, kind: Cluster, metadata: {{name: c}}}}
"
        ));
        edges(&lowered, "scaleTargetRef").len()
    };
    assert_eq!((scaled("a.io/v1beta1"), scaled("b.io/v1")), (1, 0));
    let budget = lowered(
        "\
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b}, spec: {selector: {matchLabels: {app: web}}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: web}}, spec: {containers: []}}
---
{apiVersion: v1, kind: LimitRange, metadata: {name: l}, spec: {limits: []}}
---
{apiVersion: v1, kind: LimitRange, metadata: {name: other, namespace: other}, spec: {limits: []}}
",
    );
    assert_eq!(edges(&budget, "selects"), ["PodDisruptionBudget/default/b -> Pod/default/p/pod"]);
    assert_eq!(edges(&budget, "applies_to"), ["LimitRange/default/l -> Pod/default/p/pod"]);
}

#[test]
fn pods_know_the_labels_of_their_namespace() {
    let text = "\
{apiVersion: v1, kind: Namespace, metadata: {name: a, labels: {pod-security.kubernetes.io/enforce: privileged}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: a}, spec: {containers: [{name: c, image: i}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: q, namespace: b}, spec: {containers: [{name: c, image: i}]}}
";
    let cond = "- namespace.metadata.labels.\"pod-security.kubernetes.io/enforce\" is privileged";
    assert_eq!(asked(lowered(text), "pod", cond)[0], ["Pod/a/p/pod"]);
    let cond = "- pod.namespace.metadata.labels.\"pod-security.kubernetes.io/enforce\" is privileged";
    assert_eq!(asked(lowered(text), "container", cond)[0], ["Pod/a/p/container/c"]);
}
