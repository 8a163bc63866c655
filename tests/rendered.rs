//! Manifests that Kustomize and Helm render.

use serde_json::Value;

use crate::command::{project, stockade};

const PRIVILEGED: &str = "k8s-container-privileged";

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: app
          image: org/app:1.0
          securityContext:
            privileged: true
";

const BASE: (&str, &str) = ("base/kustomization.yaml", "resources: [deployment.yaml]\n");

const PATCH: &str = "apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    spec:
      containers:
        - name: app
          securityContext:
            privileged: false
";

/// The findings of a rule when `arguments` are checked: place, instances and address of each.
fn found(files: &[(&str, &str)], rule: &str, arguments: &[&str]) -> Vec<(String, u64, Vec<String>, String)> {
    let tree = project(files);
    let mut all = vec!["check", "--format", "json", "--select", rule];
    all.extend(arguments);
    let report = stockade(tree.path(), &all).json();
    assert_eq!(report["scanned"]["incomplete"], Value::Array(vec![]));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|one| {
            let instances = one["instances"].as_array().unwrap().iter().map(text).collect();
            let line = one["range"]["start"]["line"].as_u64().unwrap();
            (text(&one["file"]), line, instances, text(&one["resource"]["address"]))
        })
        .collect()
}

#[test]
fn a_base_is_judged_once_through_its_overlays() {
    let overlay = "resources: [../../base]\nnamePrefix: ";
    let files = [
        BASE,
        ("base/deployment.yaml", DEPLOYMENT),
        ("overlays/dev/kustomization.yaml", &format!("{overlay}dev-\n")),
        ("overlays/qa/kustomization.yaml", &format!("{overlay}qa-\n")),
        ("overlays/prod/kustomization.yaml", &format!("{overlay}prod-\npatches: [{{ path: patch.yaml }}]\n")),
        ("overlays/prod/patch.yaml", PATCH),
    ];
    let all = found(&files, PRIVILEGED, &[]);
    let [(file, line, instances, _)] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((file.as_str(), *line), ("base/deployment.yaml", 14));
    assert_eq!(
        instances.as_slice(),
        [
            "overlays/dev: Deployment/default/dev-web/container/app",
            "overlays/qa: Deployment/default/qa-web/container/app"
        ]
    );
}

#[test]
fn an_overlay_alone_is_judged_with_its_base() {
    let files = [
        BASE,
        ("base/deployment.yaml", DEPLOYMENT),
        ("overlays/dev/kustomization.yaml", "resources: [../../base]\n"),
        ("overlays/prod/kustomization.yaml", "resources: [../../base]\npatches: [{ path: patch.yaml }]\n"),
        ("overlays/prod/patch.yaml", PATCH),
    ];
    assert_eq!(found(&files, PRIVILEGED, &["overlays/prod"]), []);
    let dev = found(&files, PRIVILEGED, &["overlays/dev"]);
    assert_eq!((dev.len(), dev[0].0.as_str()), (1, "base/deployment.yaml"));
}

#[test]
fn what_a_patch_sets_is_found_in_the_patch() {
    let files = [
        BASE,
        ("base/deployment.yaml", &DEPLOYMENT.replace("privileged: true", "privileged: false")),
        ("prod/kustomization.yaml", "resources: [../base]\npatches: [{ path: patch.yaml }]\n"),
        ("prod/patch.yaml", &PATCH.replace("false", "true")),
    ];
    let all = found(&files, PRIVILEGED, &[]);
    assert_eq!((all[0].0.as_str(), all[0].1), ("prod/patch.yaml", 10));
}

#[test]
fn generators_read_files_of_any_name() {
    let files = [
        ("kustomization.yaml", "configMapGenerator:\n  - name: a\n    envs: [settings.env]\n    files: [app.conf]\n"),
        ("settings.env", "A=1\n"),
        ("app.conf", "x\n"),
    ];
    let tree = project(&files);
    let ran = stockade(tree.path(), &["graph", "--kind", "ConfigMap"]);
    let graph = ran.json();
    assert_eq!(graph["resources"][0]["body"]["data"], serde_json::json!({"A": "1", "app.conf": "x\n"}));
    assert_eq!(graph["resources"][0]["via"], "kustomize");
}

const CHART: (&str, &str) = ("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");

const TEMPLATE: &str = r#"apiVersion: v1
kind: Pod
metadata:
  name: {{ include "web.name" . }}
spec:
  containers:
    - name: app
      image: "{{ .Values.image }}:{{ .Values.tag }}"
      securityContext:
        privileged: {{ .Values.privileged }}
{{- if .Values.debug }}
    - name: debug
      image: busybox
      securityContext: {{- toYaml .Values.debugContext | nindent 8 }}
{{- end }}
"#;

const HELPERS: &str = "{{ define \"web.name\" }}{{ .Release.Name }}-web{{ end }}";

const VALUES: &str =
    "image: org/app\ntag: \"1.0\"\nprivileged: true\ndebug: false\ndebugContext:\n  runAsUser: 0\n  privileged: true\n";

fn chart() -> [(&'static str, &'static str); 4] {
    [
        CHART,
        ("chart/values.yaml", VALUES),
        ("chart/templates/pod.yaml", TEMPLATE),
        ("chart/templates/_helpers.tpl", HELPERS),
    ]
}

#[test]
fn a_chart_is_judged_with_its_values() {
    let all = found(&chart(), PRIVILEGED, &[]);
    let [(file, line, _, address)] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((file.as_str(), *line), ("chart/templates/pod.yaml", 10));
    assert_eq!(address, "Pod/default/release-name-web/container/app");

    let tree = project(&chart());
    let report = stockade(tree.path(), &["check", "--format", "json", "--select", PRIVILEGED]).json();
    let label = &report["findings"][0]["labels"][0];
    assert_eq!(
        (label["file"].as_str(), label["range"]["start"]["line"].as_u64()),
        (Some("chart/values.yaml"), Some(3))
    );
    assert_eq!(report["findings"][0]["fix"], Value::Null, "a template is no place for a mechanical change");
}

#[test]
fn values_that_are_given_count() {
    assert_eq!(found(&chart(), PRIVILEGED, &["--helm-set", "privileged=false"]), []);
    let mut files = chart().to_vec();
    files.push(("prod.yaml", "privileged: false\ndebug: true\n"));
    let all = found(&files, PRIVILEGED, &["chart", "--helm-values", "prod.yaml"]);
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].0.as_str(), all[0].1), ("chart/templates/pod.yaml", 14));
}

#[test]
fn a_template_alone_is_judged_with_its_chart() {
    let all = found(&chart(), PRIVILEGED, &["chart/templates/pod.yaml"]);
    assert_eq!((all.len(), all[0].1), (1, 10));
    assert_eq!(found(&chart(), PRIVILEGED, &["chart/values.yaml"]), []);
}

#[test]
fn a_template_that_fails_is_incomplete_and_the_others_are_judged() {
    let mut files = chart().to_vec();
    files.push(("chart/templates/broken.yaml", "a: 1\nb: {{ required \"say b\" .Values.b }}\n"));
    let tree = project(&files);
    let report = stockade(tree.path(), &["check", "--format", "json", "--select", PRIVILEGED]).json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    let incomplete = &report["scanned"]["incomplete"][0];
    assert_eq!(incomplete["file"], "chart/templates/broken.yaml");
    assert_eq!(incomplete["range"]["start"]["line"], 2);
    assert!(incomplete["reason"].as_str().unwrap().contains("say b"), "{incomplete}");
}
