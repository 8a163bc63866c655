//! Objects that Terraform and Ansible declare.

use super::*;

fn task(body: &str) -> Lowered {
    let mut task = terraform("kubernetes.core.k8s", body);
    task.technology = Technology::Ansible;
    let mut lowered = Lowered::new(".");
    lowered.add(task);
    extend(&mut lowered);
    lowered
}

#[test]
fn definitions_are_texts_too_and_tasks_complete_them() {
    let text = "\
namespace: shop
definition: |
  apiVersion: v1
  kind: ServiceAccount
  metadata: {name: a}
  ---
  apiVersion: v1
  kind: ServiceAccount
  metadata: {name: b, namespace: other}
";
    let lowered = task(text);
    let found: Vec<_> = lowered.resources[1..]
        .iter()
        .map(|object| (object.name.as_str(), at(object, &["metadata", "namespace"]).and_then(Value::as_text).unwrap()))
        .collect();
    assert_eq!(found, [("a", "shop"), ("b", "other")]);
    let short =
        task("api_version: v1\nkind: Namespace\nname: shop\nresource_definition: {metadata: {labels: {a: b}}}\n");
    assert_eq!((short.resources[1].kind.as_str(), short.resources[1].name.as_str()), ("Namespace", "shop"));
    for none in ["src: x.yaml\n", "template: x.yaml.j2\n", "state: absent\ndefinition: {apiVersion: v1, kind: Pod}\n"] {
        assert_eq!(task(none).resources.len(), 1, "{none}");
    }
}

#[test]
fn further_resources_add_to_objects() {
    let mut lowered = Lowered::new(".");
    lowered.add(terraform("kubernetes_namespace", "metadata: [{name: shop}]\n"));
    lowered.add(terraform("kubernetes_deployment", "metadata: [{name: web, namespace: shop}]\nspec: [{template: [{spec: [{container: [{name: app, image: i}]}]}]}]\n"));
    lowered.add(terraform("kubernetes_labels", "api_version: v1\nkind: Namespace\nmetadata: [{name: shop}]\nlabels: {pod-security.kubernetes.io/enforce: baseline}\n"));
    lowered.add(terraform("kubernetes_env", "api_version: apps/v1\nkind: Deployment\nmetadata: [{name: web, namespace: shop}]\ncontainer: app\nenv: [{name: A, value_from: [{secret_key_ref: [{name: s, key: k}]}]}]\n"));
    lowered.add(terraform(
        "kubernetes_labels",
        "api_version: v1\nkind: Namespace\nmetadata: [{name: elsewhere}]\nlabels: {a: b}\n",
    ));
    extend(&mut lowered);
    let namespace = lowered.resources.iter().find(|resource| resource.kind == "Namespace").unwrap();
    let label = at(namespace, &["metadata", "labels", "pod-security.kubernetes.io/enforce"]);
    assert_eq!(label.and_then(Value::as_text), Some("baseline"));
    let container = lowered.resources.iter().find(|resource| resource.kind == "container").unwrap();
    let variable = &container.body.get("env").unwrap().items()[0];
    assert_eq!(variable.at(&["valueFrom", "secretKeyRef", "name"]).and_then(Value::as_text), Some("s"));
}

#[test]
fn types_of_the_provider_are_kinds() {
    for (kind, body, path, wanted) in [
        ("kubernetes_ingress", "spec: [{backend: [{service_name: s}]}]\n", &["apiVersion"][..], "extensions/v1beta1"),
        ("kubernetes_ingress_v1", "spec: [{}]\n", &["apiVersion"], "networking.k8s.io/v1"),
        ("kubernetes_cron_job_v1", "spec: [{}]\n", &["apiVersion"], "batch/v1"),
        ("kubernetes_horizontal_pod_autoscaler_v2beta2", "spec: [{}]\n", &["apiVersion"], "autoscaling/v2beta2"),
        (
            "kubernetes_daemonset",
            "spec: [{strategy: [{type: OnDelete}]}]\n",
            &["spec", "updateStrategy", "type"],
            "OnDelete",
        ),
        ("kubernetes_default_service_account", "metadata: [{namespace: a}]\n", &["metadata", "name"], "default"),
        ("kubernetes_secret", "binary_data: {a: YQ==}\ndata: {b: c}\n", &["data", "a"], "YQ=="),
        ("kubernetes_secret_v1", "data_wo: {b: c}\n", &["stringData", "b"], "c"),
        (
            "kubernetes_api_service",
            "spec: [{insecure_skip_tls_verify: 'yes'}]\n",
            &["spec", "insecureSkipTLSVerify"],
            "yes",
        ),
        (
            "kubernetes_pod",
            "spec: [{volume: [{rbd: [{rbd_image: x}]}]}]\n",
            &["spec", "volumes", "0", "rbd", "image"],
            "x",
        ),
        ("kubernetes_token_request_v1", "spec: [{}]\n", &["kind"], "TokenRequest"),
    ] {
        let object = from_terraform(&terraform(kind, body)).unwrap();
        let value = path.iter().skip(1).fold(object.body.get(path[0]), |value, key| match key.parse::<usize>() {
            Ok(at) => value.and_then(|value| value.items().get(at)),
            Err(_) => value.and_then(|value| value.get(key)),
        });
        assert_eq!(value.and_then(Value::as_text), Some(wanted), "{kind}");
    }
}

#[test]
fn unknown_names_of_two_modules_are_two_names() {
    let edge = |account: &str, pod: &str| {
        let mut lowered = Lowered::new(".");
        for (address, kind, body) in [
            (account, "kubernetes_service_account", "metadata: [{name: NAME}]\n"),
            (
                pod,
                "kubernetes_pod",
                "metadata: [{name: p}]\nspec: [{service_account_name: NAME, container: [{name: c, image: i}]}]\n",
            ),
        ] {
            let mut resource = terraform(kind, body);
            resource.address = address.into();
            let mut body = Value::map(resource.body, Span::NONE);
            unknown(&mut body);
            let Kind::Map(body) = body.kind else { panic!("no mapping") };
            resource.body = *body;
            lowered.add(resource);
        }
        extend(&mut lowered);
        edges(&lowered, "serviceAccountName").len()
    };
    assert_eq!(edge("kubernetes_service_account.a", "kubernetes_pod.p"), 2);
    assert_eq!(edge("module.x.kubernetes_service_account.a", "module.x.kubernetes_pod.p"), 2);
    assert_eq!(edge("module.x.kubernetes_service_account.a", "module.y.kubernetes_pod.p"), 0);
}

fn unknown(value: &mut Value) {
    match &mut value.kind {
        Kind::List(list) => list.items.iter_mut().for_each(unknown),
        Kind::Map(map) => map.iter_mut().for_each(|(_, field)| unknown(&mut field.value)),
        Kind::Text(text) if text == "NAME" => {
            let reason = stockade_model::Reason::Variable;
            let why = stockade_model::Why { reason, subject: "var.name".into(), span: value.span };
            value.kind = Kind::Unknown(std::sync::Arc::new(why));
        }
        _ => {}
    }
}

#[test]
fn a_text_that_is_not_wholly_known_holds_what_is() {
    use stockade_model::{Part, Reason, Why};
    let unknown = |subject: &str| {
        Part::Unknown(std::sync::Arc::new(Why { reason: Reason::Variable, subject: subject.into(), span: Span::NONE }))
    };
    let manifest = |parts: Vec<Part>| {
        let mut resource = terraform("kubectl_manifest", "yaml_body: x\n");
        resource.body.set("yaml_body", Value::new(Kind::Template(parts.into()), Span::NONE));
        from_terraform(&resource)
    };
    let object = manifest(vec![
        Part::Known("apiVersion: v1\nkind: Pod\nmetadata:\n  name: ".into()),
        unknown("var.name"),
        Part::Known("\n  labels: {".into()),
        unknown("var.key"),
        Part::Known(": x, app: web}\nspec:\n  hostPID: true\n  containers: [{name: c, image: 'nginx:".into()),
        unknown("var.tag"),
        Part::Known("'}]\n".into()),
    ]);
    let object = object.unwrap();
    assert_eq!(at(&object, &["spec", "hostPID"]).and_then(Value::as_bool), Some(true));
    assert!(at(&object, &["metadata", "name"]).unwrap().why().is_some());
    let labels = at(&object, &["metadata", "labels"]).and_then(Value::as_map).unwrap();
    assert!(labels.open.is_some() && labels.len() == 1);
    let image = &at(&object, &["spec", "containers"]).unwrap().items()[0];
    assert!(matches!(&image.get("image").unwrap().kind, Kind::Template(parts) if parts.len() == 2));
    // A whole block may hide behind an expression.
    let block = [
        Part::Known("apiVersion: v1\nkind: Pod\nspec:\n  a: b\n".into()),
        unknown("var.more"),
        Part::Known("\nx: y\n".into()),
    ];
    assert!(manifest(block.to_vec()).is_none());
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
