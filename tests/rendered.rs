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
    files.push(("chart/templates/broken.yaml", "a: 1\nb: {{ fail \"say b\" }}\n"));
    let tree = project(&files);
    let report = stockade(tree.path(), &["check", "--format", "json", "--select", PRIVILEGED]).json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    let incomplete = &report["scanned"]["incomplete"][0];
    assert_eq!(incomplete["file"], "chart/templates/broken.yaml");
    assert_eq!(incomplete["range"]["start"]["line"], 2);
    assert!(incomplete["reason"].as_str().unwrap().contains("say b"), "{incomplete}");
}

#[test]
fn a_value_that_is_required_and_not_given_is_unknown_and_told() {
    let mut files = chart().to_vec();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: { name: b }\nspec:\n  containers:\n    - name: b\n      image: \
               {{ required \"say which\" .Values.b }}\n      securityContext: { privileged: true }\n";
    files.push(("chart/templates/b.yaml", pod));
    let tree = project(&files);
    let report = stockade(tree.path(), &["check", "--format", "json", "--select", PRIVILEGED]).json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 2);
    let incomplete = &report["scanned"]["incomplete"][0];
    assert_eq!(incomplete["file"], "chart/templates/b.yaml");
    assert_eq!(incomplete["range"]["start"]["line"], 7);
    assert!(incomplete["reason"].as_str().unwrap().ends_with("say which"), "{incomplete}");
}

#[test]
fn a_chart_beside_is_a_dependency_that_is_there() {
    let mut files = chart().to_vec();
    let parent = "apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies:\n  - { name: web, version: 1.0.0, \
                  repository: \"file://../chart\" }\n";
    files.extend([("parent/Chart.yaml", parent), ("parent/values.yaml", "web: { privileged: false, debug: true }\n")]);
    let lines: Vec<u64> = found(&files, PRIVILEGED, &[]).iter().map(|(_, line, ..)| *line).collect();
    assert_eq!(lines, [10, 14], "by its own values, and by those of the parent");
}

#[test]
fn what_values_leave_out_leads_to_the_values() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: { name: b }\nspec:\n  containers:\n    - name: b\n      image: x:1\n      \
               resources: {{- toYaml .Values.resources | nindent 8 }}\n";
    for (resources, line) in [("resources:\n  limits: { memory: 1Gi }\n", 9), ("resources: {}\n", 8)] {
        let mut files = chart().to_vec();
        files.push(("chart/templates/b.yaml", pod));
        let values = format!("{VALUES}{resources}");
        files[1].1 = &values;
        let tree = project(&files);
        let rule = "k8s-container-cpu-limits";
        let report = stockade(tree.path(), &["check", "--format", "json", "--select", rule]).json();
        let findings = report["findings"].as_array().unwrap();
        let one = findings.iter().find(|one| one["file"] == "chart/templates/b.yaml").unwrap();
        assert_eq!(one["range"]["start"]["line"], 8);
        let label = &one["labels"][0];
        let place = (label["file"].as_str(), label["range"]["start"]["line"].as_u64());
        assert_eq!(place, (Some("chart/values.yaml"), Some(line)), "{resources}");
    }
}

#[test]
fn what_a_patch_takes_out_leads_to_the_patch() {
    let files = [
        BASE,
        ("base/deployment.yaml", &DEPLOYMENT.replace("privileged: true", "readOnlyRootFilesystem: true")),
        (
            "prod/kustomization.yaml",
            "resources: [../base]\npatches:\n  - target: { kind: Deployment }\n    patch: |-\n      - op: remove\n        \
             path: /spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem\n",
        ),
    ];
    let tree = project(&files);
    let rule = "k8s-container-read-only-root-filesystem";
    let report = stockade(tree.path(), &["check", "--format", "json", "--select", rule]).json();
    let one = &report["findings"][0];
    assert_eq!(one["file"], "base/deployment.yaml");
    let label = &one["labels"][0];
    assert_eq!(
        (label["file"].as_str(), label["range"]["start"]["line"].as_u64()),
        (Some("prod/kustomization.yaml"), Some(6))
    );
}

#[test]
fn a_packed_dependency_is_rendered() {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(vec![], flate2::Compression::default()));
    for (path, text) in chart() {
        let path = path.replace("chart/", "web/");
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let packed = archive.into_inner().unwrap().finish().unwrap();
    let parent = "apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies:\n  - { name: web, version: 1.0.0, \
                  repository: \"https://charts.example.com\" }\n";
    let tree = project(&[("parent/Chart.yaml", parent), ("parent/charts/.keep", "")]);
    std::fs::write(tree.path().join("parent/charts/web-1.0.0.tgz"), packed).unwrap();
    let report = stockade(tree.path(), &["check", "--format", "json", "--select", PRIVILEGED]).json();
    assert_eq!(report["scanned"]["incomplete"], Value::Array(vec![]));
    let one = &report["findings"][0];
    assert_eq!(one["file"], "parent/charts/web-1.0.0.tgz/web/templates/pod.yaml");
    assert_eq!(one["range"]["start"]["line"], 10);
}
