use stockade_model::{Graph, Kind, Lowered, Map, Resource, Technology, Value, Via};
use stockade_source::{FileId, Span};
use stockade_yaml::{Schema, parse, to_value};

mod access;
mod declared;
mod policies;
mod references;
mod workloads;

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
    let templated = super::lower_values(
        ".",
        [to_value(
            parse(FileId(0), "{apiVersion: v1, kind: Pod, metadata: {name: 'a-{{ b }}', namespace: '{{ c }}'}}").0[0]
                .root
                .as_ref()
                .unwrap(),
            Schema::Kubernetes,
        )
        .0],
    );
    assert_eq!(templated.resources[0].address, "Pod/{{ c }}/a-{{ b }}");
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
  selector: {matchLabels: {app: web}}
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
    for at in 0..650 {
        text.push_str(&format!(
            "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p{at}}}, spec: {{containers: []}}}}\n"
        ));
        text.push_str(&format!(
            "---\n{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: n{at}}}, spec: {{podSelector: {{}}}}}}\n"
        ));
    }
    let lowered = lowered(&text);
    assert!(edges(&lowered, "selects").len() <= 400_000 && !lowered.incomplete.is_empty());
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

/// The addresses of what a page with this condition flags and of what it cannot decide.
fn asked(lowered: Lowered, kind: &str, cond: &str) -> [Vec<String>; 2] {
    use stockade_engine::{Links, Page, Registry, Selection};
    let cond: String = cond.trim().lines().map(|line| format!("\n  {line}")).collect();
    let page = format!("---\nid: test\nseverity: high\non: {kind}\nsay: bad\nflag:{cond}\n---\n# Title\n");
    let registry = Registry::new(vec![Page::new("test.md", page)], &[], Links::default());
    let mut graph = Graph::new([lowered]);
    stockade_engine::prepare(&mut graph, registry.links());
    let mut sources = stockade_source::Sources::default();
    sources.add(stockade_source::Source::new("test.yaml", " ".repeat(1 << 16)));
    let outcome = stockade_engine::run(&graph, &sources, &registry, &Selection::default());
    assert_eq!(outcome.page_errors, []);
    let open = outcome.undetermined.iter().map(|open| open.resource.address.to_string());
    [outcome.findings.iter().map(|finding| finding.resource.address.to_string()).collect(), open.collect()]
}

const OTHERS: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: rules, namespace: a}
spec:
  podSelector: {matchLabels: {a: b}, matchExpressions: [{key: k, operator: In, values: [a, b]}]}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}], ports: [{port: 80, endPort: 90, protocol: TCP}]}]
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: r}
spec:
  podTemplate: {securityContext: {runAsNonRoot: true}}
  taskSpec: {stepTemplate: {env: [{name: A, value: b}]}, steps: [{name: s, image: i, args: ['--a=$(A)'], computeResources: {}}], sidecars: [{name: t}]}
---
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p}
spec: {tasks: [{name: one, taskSpec: {steps: [{name: s, image: i}]}}], finally: []}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: whole}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to-whole: 'true'}}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r}
spec: {parentRefs: [{name: g, namespace: a}], rules: [{backendRefs: [{name: web, namespace: a, kind: Service, group: ''}]}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: h}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
";

/// The value at a place, counted from the root downwards, replaced; `false` where there are not so many.
fn replace(value: &mut Value, at: &mut usize, kind: &Kind) -> bool {
    if *at == 0 {
        value.kind = kind.clone();
        return true;
    }
    *at -= 1;
    match &mut value.kind {
        Kind::List(list) => list.items.iter_mut().any(|item| replace(item, at, kind)),
        Kind::Map(map) => map.iter_mut().any(|(_, field)| replace(&mut field.value, at, kind)),
        _ => false,
    }
}

/// Every value of every kind of object, replaced by every odd one, next to the others.
#[test]
fn odd_values_do_no_harm() {
    let text = format!("{}\n---\n{}\n---\n{}\n---\n{OTHERS}", workloads::WORKFLOW, access::ROLES, access::ELSEWHERE);
    let (documents, _) = parse(FileId(0), &text);
    let roots = documents.iter().filter_map(|document| document.root.as_ref());
    let values: Vec<Value> = roots.map(|root| to_value(root, Schema::Kubernetes).0).collect();
    let why = std::sync::Arc::new(stockade_model::Why {
        reason: stockade_model::Reason::Variable,
        subject: "x".into(),
        span: Span::NONE,
    });
    let list = |items| Kind::List(Box::new(stockade_model::List { items, open: Some(why.clone()) }));
    let mut open = Map::new(Span::NONE);
    open.open = Some(why.clone());
    let odd = [
        Kind::Null,
        Kind::Bool(true),
        Kind::Number(7.into()),
        Kind::Text("\u{0}".into()),
        Kind::Unknown(why.clone()),
        Kind::Template([stockade_model::Part::Known("a".into()), stockade_model::Part::Unknown(why.clone())].into()),
        list(Vec::new()),
        list(vec![Value::new(Kind::Unknown(why.clone()), Span::NONE), Value::list(Vec::new(), Span::NONE)]),
        Kind::Map(Box::new(open)),
    ];
    let mut count = 0;
    for kind in &odd {
        for document in 0..values.len() {
            for place in 0.. {
                let mut values = values.clone();
                if !replace(&mut values[document], &mut { place }, kind) {
                    break;
                }
                Graph::new([lower_values(".", values)]);
                count += 1;
            }
        }
    }
    assert!(count > 1000, "{count}");
}
