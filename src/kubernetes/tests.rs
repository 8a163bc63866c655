use stockade_model::{Graph, Kind, Lowered, Map, Resource, Technology, Value, Via};
use stockade_source::{FileId, Span};
use stockade_yaml::{Schema, parse, to_value};

use super::*;

fn lowered(text: &str) -> Lowered {
    let (documents, errors) = parse(FileId(0), text);
    assert_eq!(errors, []);
    lower(".", documents.iter().filter_map(|document| document.root.as_ref()))
}

fn find<'a>(lowered: &'a Lowered, address: &str) -> &'a Resource {
    let addresses: Vec<_> = lowered.resources.iter().map(|r| r.address.as_str()).collect();
    lowered
        .resources
        .iter()
        .find(|r| r.address == address)
        .unwrap_or_else(|| panic!("{address} is none of {addresses:?}"))
}

fn edges(lowered: &Lowered, label: &str) -> Vec<String> {
    let address = |at: stockade_model::Local| &lowered.resources[at.0 as usize].address;
    let links = lowered.links.iter().filter(|link| link.label == label);
    links.map(|link| format!("{} -> {}", address(link.from), address(link.to))).collect()
}

fn at<'a>(resource: &'a Resource, path: &[&str]) -> Option<&'a Value> {
    resource.body.get(path[0]).and_then(|value| value.at(&path[1..]))
}

fn starts(text: &str, part: &str) -> u32 {
    u32::try_from(text.find(part).unwrap()).unwrap()
}

fn span_of(text: &str, part: &str) -> Span {
    let start = text.find(part).unwrap();
    Span::new(FileId(0), u32::try_from(start).unwrap(), u32::try_from(start + part.len()).unwrap())
}

/// A Terraform resource whose body is written as YAML, blocks as lists.
fn terraform(kind: &str, body: &str) -> Resource {
    let (documents, errors) = parse(FileId(0), body);
    assert_eq!(errors, []);
    let (value, _) = to_value(documents[0].root.as_ref().unwrap(), Schema::Core);
    let Kind::Map(body) = value.kind else { panic!("no mapping") };
    let mut resource = Resource::new(Technology::Terraform, kind, *body, value.span);
    resource.name = "this".into();
    resource.address = format!("{kind}.this").into();
    resource
}

#[test]
fn manifests_are_told_from_other_yaml() {
    let is = |text: &str| parse(FileId(0), text).0[0].root.as_ref().is_some_and(is_manifest);
    assert!(is("apiVersion: v1\nkind: Pod\n") && is("{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": []}"));
    assert!(
        !is("kind: Pod\n")
            && !is("apiVersion: v1\nkind: [Pod]\n")
            && !is("- apiVersion: v1\n")
            && !is("apiVersion: v1\nkind: ''\n")
    );
}

#[test]
fn objects_have_kinds_addresses_and_heads() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n---\nfoo: bar\n---\napiVersion: v1\nkind: Secret\nmetadata: {generateName: x-}\n";
    let lowered = lowered(text);
    let addresses: Vec<_> = lowered.resources.iter().map(|r| r.address.as_str()).collect();
    assert_eq!(addresses, ["ConfigMap/b/a", "ConfigMap/b/a #2", "Secret/default/x-"]);
    assert_eq!(lowered.resources[0].head(), span_of(text, "ConfigMap"));
    assert_eq!(lowered.resources[0].technology, Technology::Kubernetes);
}

#[test]
fn lists_are_opened() {
    let lowered = lowered(
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: s}}\n- apiVersion: v1\n  kind: PodList\n  items:\n  - {metadata: {name: p}, spec: {containers: []}}\n- 3\n",
    );
    let addresses: Vec<_> = lowered.resources.iter().map(|r| r.address.as_str()).collect();
    assert_eq!(addresses, ["Service/default/s", "Pod/default/p", "Pod/default/p/pod"]);
}

#[test]
fn every_workload_has_a_pod() {
    let spec = "spec: {containers: [{name: c, image: i}]}";
    let template = format!("spec: {{template: {{{spec}}}}}");
    for (version, kind, body) in [
        ("v1", "Pod", spec.to_owned()),
        ("serving.knative.dev/v1", "Revision", spec.to_owned()),
        ("serving.knative.dev/v1", "Service", template.clone()),
        ("serving.knative.dev/v1", "Configuration", template.clone()),
        ("apps/v1", "Deployment", template.clone()),
        ("apps/v1", "DaemonSet", template.clone()),
        ("apps/v1", "StatefulSet", template.clone()),
        ("apps/v1", "ReplicaSet", template.clone()),
        ("v1", "ReplicationController", template.clone()),
        ("batch/v1", "Job", template.clone()),
        ("apps.openshift.io/v1", "DeploymentConfig", template.clone()),
        ("argoproj.io/v1alpha1", "Rollout", template.clone()),
        ("v1", "PodTemplate", format!("template: {{{spec}}}")),
        ("batch/v1", "CronJob", format!("spec: {{jobTemplate: {{{template}}}}}")),
    ] {
        let lowered = lowered(&format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: w}}\n{body}\n"));
        let kinds: Vec<_> = lowered.resources[1..].iter().map(|r| r.kind.as_str()).collect();
        assert_eq!(kinds, ["pod", "container", "image"], "{kind}");
        assert!(lowered.resources[1..].iter().all(|r| r.view) && !lowered.resources[0].view);
    }
    assert_eq!(
        lowered("apiVersion: v1\nkind: Service\nmetadata: {name: w}\nspec: {template: {spec: {}}}\n").resources.len(),
        1
    );
    assert_eq!(lowered("apiVersion: x.io/v1\nkind: Deployment\nspec: {template: {spec: {}}}\n").resources.len(), 1);
}

const WORKLOAD: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata:
      labels: {app: web}
    spec:
      serviceAccountName: runner
      securityContext:
        runAsUser: 1000
        fsGroup: 5
        seccompProfile: {type: RuntimeDefault}
      initContainers:
      - name: first
        image: busybox:1.36
      containers:
      - name: app
        image: reg.example:5000/shop/web
        command: [/bin/serve, --port=80]
        args: [\"--debug\"]
        securityContext:
          runAsUser: 0
      - image: x
";

#[test]
fn views_have_heads_edges_and_facts() {
    let lowered = lowered(WORKLOAD);
    let pod = find(&lowered, "Deployment/shop/web/pod");
    assert_eq!(pod.head().start, starts(WORKLOAD, "spec:\n      serviceAccountName"));
    assert_eq!(at(pod, &["metadata", "labels", "app"]).and_then(Value::as_text), Some("web"));
    let app = find(&lowered, "Deployment/shop/web/container/app");
    assert_eq!(app.name, "app");
    assert_eq!(app.head(), Span::new(FileId(0), starts(WORKLOAD, "app\n"), starts(WORKLOAD, "app\n") + 3));
    assert_eq!(at(app, &["type"]).and_then(Value::as_text), Some("main"));
    assert_eq!(at(app, &["program"]).and_then(Value::as_text), Some("serve"));
    assert_eq!(at(app, &["flags", "debug"]).and_then(Value::as_bool), Some(true));
    assert_eq!(at(app, &["flags", "port"]).unwrap().span.start, starts(WORKLOAD, "80]"));
    assert_eq!(at(app, &["flags", "port"]).and_then(Value::as_number).and_then(|n| n.as_i64()), Some(80));
    let first = find(&lowered, "Deployment/shop/web/container/first");
    assert_eq!(at(first, &["type"]).and_then(Value::as_text), Some("init"));
    let image = find(&lowered, "Deployment/shop/web/container/app/image");
    assert_eq!(at(image, &["registry"]).and_then(Value::as_text), Some("reg.example:5000"));
    assert!(at(image, &["tag"]).is_none());
    assert_eq!(image.head(), span_of(WORKLOAD, "reg.example:5000/shop/web"));
    assert_eq!(find(&lowered, "Deployment/shop/web/container/unnamed").head().start, starts(WORKLOAD, "image: x"));

    assert_eq!(edges(&lowered, "workload").len(), 4);
    assert!(
        edges(&lowered, "pod").contains(&"Deployment/shop/web/container/app -> Deployment/shop/web/pod".to_owned())
    );
    assert!(
        edges(&lowered, "container")
            .contains(&"Deployment/shop/web/container/app/image -> Deployment/shop/web/container/app".to_owned())
    );
}

#[test]
fn containers_inherit_from_the_pod() {
    let lowered = lowered(WORKLOAD);
    let app = find(&lowered, "Deployment/shop/web/container/app");
    let user = at(app, &["securityContext", "runAsUser"]).unwrap();
    assert_eq!((user.as_number().unwrap().as_i64(), user.origin.is_none()), (Some(0), true));
    let kind = at(app, &["securityContext", "seccompProfile", "type"]).unwrap();
    let step = &kind.origin.as_ref().unwrap().steps[0];
    assert_eq!((step.span, &step.via), (kind.span, &Via::Inherited("the pod's security context".into())));
    assert_eq!(kind.span, span_of(WORKLOAD, "RuntimeDefault"));
    assert!(at(app, &["securityContext", "fsGroup"]).is_none());

    let first = find(&lowered, "Deployment/shop/web/container/first");
    let context = first.body.field("securityContext").unwrap();
    assert!(context.key.is_none() && context.entry.is_none() && context.value.span.is_none());
    assert_eq!(context.value.as_map().unwrap().head, first.head());
    assert_eq!(at(first, &["securityContext", "runAsUser"]).unwrap().span, span_of(WORKLOAD, "1000"));
}

#[test]
fn names_and_selectors_make_edges() {
    let rest = "\
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: runner, namespace: shop}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {selector: {app: web}}}
---
{apiVersion: v1, kind: Service, metadata: {name: outside, namespace: shop}, spec: {selector: {}}}
---
{apiVersion: v1, kind: Service, metadata: {name: elsewhere}, spec: {selector: {app: web}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: all, namespace: shop}, spec: {podSelector: {}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: some, namespace: shop}
spec: {selector: {matchExpressions: [{key: app, operator: NotIn, values: [db]}]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: runner}, {kind: User, name: runner}]
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: view}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: h, namespace: shop}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i, namespace: shop}
spec: {rules: [{http: {paths: [{backend: {service: {name: web}}}]}}], defaultBackend: {service: {name: outside}}}
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - {name: c, image: i, env: [{name: X, valueFrom: {secretKeyRef: {name: s}}}], envFrom: [{configMapRef: {name: m}}]}
  volumes: [{name: v, secret: {secretName: s}}, {name: w, projected: {sources: [{configMap: {name: m}}]}}]
---
{apiVersion: v1, kind: Secret, metadata: {name: s}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: m}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}}
";
    let lowered = lowered(&format!("{WORKLOAD}{rest}"));
    assert_eq!(
        edges(&lowered, "selects"),
        [
            "Service/shop/web -> Deployment/shop/web/pod",
            "NetworkPolicy/shop/all -> Deployment/shop/web/pod",
            "PodDisruptionBudget/shop/some -> Deployment/shop/web/pod",
        ]
    );
    assert_eq!(
        edges(&lowered, "serviceAccountName"),
        [
            "Deployment/shop/web/pod -> ServiceAccount/shop/runner",
            "Deployment/shop/web -> ServiceAccount/shop/runner",
            "Pod/default/p/pod -> ServiceAccount/default/default",
        ]
    );
    let named = |address: &str, path: &[&str]| {
        let targets = at(find(&lowered, address), path).unwrap().targets();
        targets.iter().map(|target| lowered.resources[target.resource.0 as usize].address.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(named("Deployment/shop/web/pod", &["serviceAccountName"]), ["ServiceAccount/shop/runner"]);
    assert_eq!(named("RoleBinding/shop/b", &["roleRef"]), ["ClusterRole/default/view"]);
    assert_eq!(named("HorizontalPodAutoscaler/shop/h", &["spec", "scaleTargetRef"]), ["Deployment/shop/web"]);
    let subjects = at(find(&lowered, "RoleBinding/shop/b"), &["subjects"]).unwrap().items();
    assert_eq!(subjects.iter().map(|subject| subject.targets().len()).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(edges(&lowered, "roleRef"), ["RoleBinding/shop/b -> ClusterRole/default/view"]);
    assert_eq!(edges(&lowered, "subjects"), ["RoleBinding/shop/b -> ServiceAccount/shop/runner"]);
    assert_eq!(edges(&lowered, "scaleTargetRef"), ["HorizontalPodAutoscaler/shop/h -> Deployment/shop/web"]);
    assert_eq!(
        edges(&lowered, "backend"),
        ["Ingress/shop/i -> Service/shop/web", "Ingress/shop/i -> Service/shop/outside"]
    );
    assert_eq!(
        edges(&lowered, "volumes"),
        ["Pod/default/p/pod -> Secret/default/s", "Pod/default/p/pod -> ConfigMap/default/m"]
    );
    assert_eq!(edges(&lowered, "env"), ["Pod/default/p/container/c -> Secret/default/s"]);
    assert_eq!(edges(&lowered, "envFrom"), ["Pod/default/p/container/c -> ConfigMap/default/m"]);
    assert!(edges(&lowered, "namespace").contains(&"Deployment/shop/web/pod -> Namespace/default/shop".to_owned()));
    assert!(!edges(&lowered, "namespace").iter().any(|edge| edge.starts_with("Namespace")));
    Graph::new([lowered]);
}

#[test]
fn terraform_declares_objects() {
    let resource = terraform(
        "kubernetes_deployment_v1",
        "\
metadata: [{name: web, labels: {app_name: web}}]
wait_for_rollout: false
spec:
- replicas: \"2\"
  selector: [{match_labels: {app_name: web}}]
  template:
  - metadata: [{labels: {app_name: web}}]
    spec:
    - host_ipc: true
      automount_service_account_token: false
      node_selector: {disk_type: ssd}
      security_context: [{run_as_user: \"0\", seccomp_profile: [{type: Unconfined}]}]
      container:
      - name: app
        image: nginx:1.27
        port: [{container_port: 80, host_ip: 127.0.0.1}]
        security_context: [{allow_privilege_escalation: true, capabilities: [{add: [SYS_ADMIN]}]}]
        env: [{name: X, value_from: [{secret_key_ref: [{name: s, key: k}]}]}]
        volume_mount: [{name: v, mount_path: /v}]
        resources: [{limits: {memory: 1Gi}}]
        liveness_probe: [{http_get: [{path: /up, port: 80}]}]
      volume: [{name: v, host_path: [{path: /etc}]}]
",
    );
    let object = from_terraform(&resource).unwrap();
    assert_eq!(
        (object.kind.as_str(), object.name.as_str(), object.technology),
        ("Deployment", "web", Technology::Terraform)
    );
    assert_eq!(object.address, resource.address);
    assert!(object.body.get("waitForRollout").is_none());
    assert_eq!(at(&object, &["spec", "replicas"]).and_then(Value::as_number).and_then(|n| n.as_i64()), Some(2));
    assert_eq!(at(&object, &["spec", "selector", "matchLabels", "app_name"]).and_then(Value::as_text), Some("web"));
    let pod = at(&object, &["spec", "template", "spec"]).unwrap();
    assert_eq!(pod.get("hostIPC").and_then(Value::as_bool), Some(true));
    assert!(pod.at(&["nodeSelector", "disk_type"]).is_some());
    assert_eq!(pod.get("volumes").unwrap().items()[0].at(&["hostPath", "path"]).and_then(Value::as_text), Some("/etc"));
    let container = &pod.get("containers").unwrap().items()[0];
    assert_eq!(container.get("ports").unwrap().items()[0].get("hostIP").and_then(Value::as_text), Some("127.0.0.1"));
    assert_eq!(
        container.at(&["securityContext", "capabilities", "add"]).unwrap().items()[0].as_text(),
        Some("SYS_ADMIN")
    );
    assert!(container.get("env").unwrap().items()[0].at(&["valueFrom", "secretKeyRef", "key"]).is_some());
    assert!(container.at(&["resources", "limits", "memory"]).is_some() && container.get("volumeMounts").is_some());
    assert!(container.at(&["livenessProbe", "httpGet", "port"]).unwrap().as_number().is_some());

    let mut lowered = Lowered::new(".");
    lowered.add(resource);
    lowered.add(terraform(
        "kubernetes_service",
        "metadata: [{name: s}]\nspec: [{selector: {app_name: web}, port: [{port: 80}]}]\n",
    ));
    lowered.add(terraform("aws_vpc", "cidr_block: 10.0.0.0/8\n"));
    extend(&mut lowered);
    let container = find(&lowered, "kubernetes_deployment_v1.this/container/app");
    assert_eq!(
        at(container, &["securityContext", "runAsUser"]).and_then(Value::as_number).and_then(|n| n.as_i64()),
        Some(0)
    );
    assert_eq!(edges(&lowered, "selects"), ["kubernetes_service.this -> kubernetes_deployment_v1.this/pod"]);
    assert_eq!(edges(&lowered, "declared_by").len(), 2);
    assert!(lowered.resources[3..].iter().all(|r| r.view && r.technology == Technology::Terraform));
}

#[test]
fn terraform_oddities() {
    let rbac = from_terraform(&terraform(
        "kubernetes_cluster_role",
        "metadata: [{name: r}]\nrule: [{api_groups: [''], resources: [secrets], verbs: ['*']}]\n",
    ));
    let rbac = rbac.unwrap();
    assert_eq!(rbac.body.get("rules").unwrap().items()[0].get("apiGroups").unwrap().items().len(), 1);
    let secret =
        from_terraform(&terraform("kubernetes_secret_v1", "metadata: [{name: s}]\ndata: {my_key: x}\n")).unwrap();
    assert_eq!(at(&secret, &["stringData", "my_key"]).and_then(Value::as_text), Some("x"));
    let volume = "spec: [{persistent_volume_source: [{host_path: [{path: /x}]}]}]\n";
    let volume = from_terraform(&terraform("kubernetes_persistent_volume", volume)).unwrap();
    assert_eq!(at(&volume, &["spec", "hostPath", "path"]).and_then(Value::as_text), Some("/x"));
    let policy =
        "spec: [{pod_selector: [{}], ingress: [{from: [{ip_block: [{cidr: 0.0.0.0/0}]}]}], policy_types: [Ingress]}]\n";
    let policy = from_terraform(&terraform("kubernetes_network_policy", policy)).unwrap();
    assert!(at(&policy, &["spec", "podSelector"]).unwrap().as_map().is_some());
    assert!(
        at(&policy, &["spec", "ingress"]).unwrap().items()[0].get("from").unwrap().items()[0]
            .at(&["ipBlock", "cidr"])
            .is_some()
    );
    let manifest = "manifest: {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c}]}}\n";
    assert_eq!(from_terraform(&terraform("kubernetes_manifest", manifest)).unwrap().kind, "Pod");
    let text = "yaml_body: |\n  apiVersion: v1\n  kind: Pod\n  metadata: {name: p}\n";
    let resource = terraform("kubectl_manifest", text);
    let object = from_terraform(&resource).unwrap();
    assert_eq!((object.name.as_str(), object.head()), ("p", resource.body.get("yaml_body").unwrap().span));
    for kind in
        ["kubernetes_env", "kubernetes_labels", "kubernetes_", "kubernetes_manifest", "kubectl_manifest", "aws_vpc"]
    {
        assert!(from_terraform(&terraform(kind, "a: b\n")).is_none(), "{kind}");
    }
}

#[test]
fn a_task_declares_objects() {
    let mut task = terraform(
        "kubernetes.core.k8s",
        "state: present\ndefinition: {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {hostPID: true}}\n",
    );
    task.technology = Technology::Ansible;
    let mut lowered = Lowered::new(".");
    lowered.add(task);
    extend(&mut lowered);
    assert_eq!(at(find(&lowered, "kubernetes.core.k8s.this/pod"), &["hostPID"]).and_then(Value::as_bool), Some(true));
}

/// Everything that stands anywhere in the workload, replaced by every odd thing.
#[test]
fn odd_shapes_do_no_harm() {
    let odd = ["3", "x", "[]", "{}", "[[]]", "[3, {a: b}]", "{a: [b]}", "true", "~", "''"];
    let lines: Vec<&str> = WORKLOAD.lines().collect();
    for (at, line) in lines.iter().enumerate().skip(2) {
        let Some((key, _)) = line.split_once(':') else { continue };
        let indent = line.len() - line.trim_start().len();
        let after = lines[at + 1..].iter().take_while(|l| l.len() - l.trim_start().len() > indent).count();
        for thing in odd {
            let rest = if line.ends_with(':') { &lines[at + 1 + after..] } else { &lines[at + 1..] };
            let text = format!("{}\n{key}: {thing}\n{}\n", lines[..at].join("\n"), rest.join("\n"));
            let (documents, _) = parse(FileId(0), &text);
            let lowered = lower(".", documents.iter().filter_map(|document| document.root.as_ref()));
            assert!(!lowered.resources.is_empty(), "{text}");
            let Some(Kind::Map(body)) =
                documents[0].root.as_ref().map(|root| to_value(root, Schema::Kubernetes).0.kind)
            else {
                continue;
            };
            let mut terraform = Lowered::new(".");
            terraform.add(Resource::new(Technology::Terraform, "kubernetes_deployment", *body, Span::NONE));
            extend(&mut terraform);
        }
    }
    for kind in [
        "Role",
        "RoleBinding",
        "Service",
        "NetworkPolicy",
        "Ingress",
        "PodDisruptionBudget",
        "HorizontalPodAutoscaler",
        "List",
        "CronJob",
    ] {
        for key in ["spec", "metadata", "items", "roleRef", "subjects"] {
            for thing in odd {
                lowered(&format!("apiVersion: v1\nkind: {kind}\n{key}: {thing}\n"));
            }
        }
    }
}

#[test]
fn many_containers_stay_small() {
    let mut text = String::from("apiVersion: v1\nkind: Pod\nmetadata: {name: ");
    text.push_str(&"n".repeat(100_000));
    text.push_str("}\nspec:\n  securityContext:\n    seLinuxOptions: {");
    for at in 0..1000 {
        text.push_str(&format!("k{at}: v, "));
    }
    text.push_str("}\n  containers:\n");
    for at in 0..3000 {
        text.push_str(&format!("  - {{name: c{}, image: nginx}}\n", at % 300));
    }
    let lowered = lowered(&text);
    assert_eq!(lowered.resources.len(), 2 + 6000);
    assert!(lowered.resources.iter().skip(2).all(|r| r.address.len() < 2500));
    assert!(at(&lowered.resources[2], &["securityContext", "seLinuxOptions"]).unwrap().why().is_some());
}

#[test]
fn edges_of_selectors_are_bounded() {
    let mut text = String::new();
    for at in 0..300 {
        text.push_str(&format!(
            "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p{at}}}, spec: {{containers: []}}}}\n"
        ));
        text.push_str(&format!(
            "---\n{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: n{at}}}, spec: {{podSelector: {{}}}}}}\n"
        ));
    }
    let lowered = lowered(&text);
    assert!(edges(&lowered, "selects").len() <= 20_000 && !lowered.incomplete.is_empty());
}

#[test]
fn an_unknown_pod_context_leaves_nothing_known() {
    let mut map = Map::new(Span::NONE);
    let why =
        stockade_model::Why { reason: stockade_model::Reason::Variable, subject: "var.x".into(), span: Span::NONE };
    map.open = Some(std::sync::Arc::new(why));
    let mut resource = terraform("kubernetes_pod", "spec: [{container: [{name: c}], security_context: [{}]}]\n");
    let Some(Kind::List(list)) = resource.body.field_mut("spec").map(|field| &mut field.value.kind) else { panic!() };
    let Kind::Map(spec) = &mut list.items[0].kind else { panic!() };
    spec.set("security_context", Value::list(vec![Value::map(map, Span::NONE)], Span::NONE));
    let mut lowered = Lowered::new(".");
    lowered.add(resource);
    extend(&mut lowered);
    let container = lowered.resources.iter().find(|r| r.kind == "container").unwrap();
    assert!(at(container, &["securityContext", "runAsNonRoot"]).unwrap().why().is_some());
}

/// Real manifests: nothing panics, addresses are unique, every edge leads somewhere.
#[test]
fn real_repositories() {
    let Some(data) = std::env::var_os("STOCKADE_DATA") else {
        println!("skipped: STOCKADE_DATA is not set");
        return;
    };
    let mut folders = vec![std::path::PathBuf::from(data).join("corpus")];
    let (mut objects, mut views, mut links) = (0, 0, 0);
    while let Some(folder) = folders.pop() {
        let mut documents = Vec::new();
        let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
        entries.sort_by_key(std::fs::DirEntry::path);
        for entry in entries {
            let path = entry.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
                && let Ok(text) = std::fs::read_to_string(&path)
                && text.len() < 4 << 20
            {
                documents.extend(parse(FileId(0), &text).0.into_iter().filter_map(|document| document.root));
            }
        }
        let lowered = lower(".", &documents);
        let mut addresses: Vec<_> = lowered.resources.iter().map(|resource| &resource.address).collect();
        addresses.sort();
        assert!(addresses.windows(2).all(|pair| pair[0] != pair[1]));
        let count = lowered.resources.len();
        assert!(lowered.links.iter().all(|link| (link.from.0 as usize) < count && (link.to.0 as usize) < count));
        views += lowered.resources.iter().filter(|resource| resource.view).count();
        objects += lowered.resources.iter().filter(|resource| !resource.view).count();
        links += lowered.links.len();
    }
    println!("{objects} objects, {views} views, {links} edges");
    assert!(objects > 1000);
}

#[test]
fn what_a_fragment_does_not_say_is_unknown() {
    let lowered = lowered(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n      - name: app\n        securityContext: {privileged: true}\n",
    );
    let pod = find(&lowered, "Deployment/default/web/pod");
    let why = pod.body.open.as_ref().map(ToString::to_string);
    assert_eq!(why.as_deref(), Some("`the object that this is laid over` is not at hand"));
    assert!(pod.body.get("containers").unwrap().as_list().unwrap().open.is_some());
    assert!(pod.body.get("os").unwrap().as_map().unwrap().open.is_none());
    let container = find(&lowered, "Deployment/default/web/container/app");
    assert!(container.body.open.is_some());
    let context = container.body.get("securityContext").unwrap().as_map().unwrap();
    assert!(context.open.is_some() && context.get("privileged").unwrap().as_bool() == Some(true));
}

#[test]
fn a_fragment_is_told_by_what_every_pod_must_have() {
    let is_open = |spec: &str| {
        let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {spec}\n");
        find(&lowered(&text), "Pod/default/p/pod").body.open.is_some()
    };
    assert!(is_open("{hostNetwork: true}"));
    assert!(is_open("{initContainers: [{name: i, image: a}]}"));
    assert!(is_open("{containers: [{name: a, image: a}, {name: b}]}"));
    assert!(is_open("{containers: [{name: a, image: a}], initContainers: [{name: b}]}"));
    assert!(!is_open("{containers: [{name: a, image: a}], initContainers: [{name: b, image: b}]}"));
    // A debugger is added to a pod that runs.
    assert!(!is_open("{containers: [{name: a, image: a}], ephemeralContainers: [{name: b}]}"));
}

#[test]
fn a_patch_of_ansible_is_a_fragment() {
    let task = |state: &str| {
        let body = format!(
            "{{state: {state}, definition: {{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {{containers: [{{name: a, image: a}}]}}}}}}"
        );
        let (documents, _) = parse(FileId(0), &body);
        let (value, _) = to_value(documents[0].root.as_ref().unwrap(), Schema::Core);
        let Kind::Map(body) = value.kind else { panic!("no mapping") };
        let mut resource = Resource::new(Technology::Ansible, "kubernetes.core.k8s", *body, value.span);
        resource.address = "site.yml#0/0".into();
        let mut lowered = Lowered::new(".");
        lowered.add(resource);
        extend(&mut lowered);
        let pod = lowered.resources.iter().find(|resource| resource.kind == "pod").unwrap();
        pod.body.open.is_some()
    };
    assert!(task("patched") && !task("present"));
}

#[test]
fn a_service_account_from_elsewhere_may_keep_its_token_to_itself() {
    let automount = |spec: &str, account: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{{spec}containers: [{{name: a, image: a}}]}}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {account}}}\n"
        );
        let lowered = lowered(&text);
        let value = find(&lowered, "Pod/default/p/pod").body.get("automountServiceAccountToken");
        value.map(|value| value.why().map_or_else(|| format!("{:?}", value.as_bool()), |why| why.to_string()))
    };
    let unknown = Some("`the service account runner` is not at hand".to_owned());
    assert_eq!(automount("serviceAccountName: runner, ", "other"), unknown);
    assert_eq!(automount("serviceAccount: runner, ", "other"), unknown);
    assert_eq!(automount("serviceAccountName: runner, ", "runner"), None);
    assert_eq!(automount("serviceAccountName: default, ", "other"), None);
    assert_eq!(automount("", "other"), None);
    let said = "serviceAccountName: runner, automountServiceAccountToken: true, ";
    assert_eq!(automount(said, "other"), Some("Some(true)".to_owned()));
}
