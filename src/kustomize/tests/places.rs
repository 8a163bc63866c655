//! Where values stand: the line of the base, the patch or the kustomization that gave them.

use std::collections::BTreeMap;

use stockade_model::{Value, Via};

use super::judge::tree;
use crate::{Roots, build, roots};

const FILES: [(&str, &str); 5] = [
    ("base/kustomization.yaml", "resources: [web.yaml]\n"),
    (
        "base/web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  template:\n    spec:\n      \
         containers:\n      - name: web\n        image: web:latest\n        envFrom: [{configMapRef: {name: conf}}]\n",
    ),
    (
        "over/kustomization.yaml",
        "resources: [../base]\nnamePrefix: p-\nnamespace: shop\nimages:\n- name: web\n  newTag: '2'\nreplicas:\n- {name: web, \
         count: 3}\nconfigMapGenerator:\n- name: conf\n  literals: [KEY=value]\n  envs: [vars.env]\npatches:\n- path: \
         patch.yaml\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec:\n      \
         paused: true\n",
    ),
    (
        "over/patch.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      hostNetwork: \
         true\n      containers:\n      - name: web\n        securityContext: {privileged: true}\n",
    ),
    ("over/vars.env", "# x\nLEVEL=high\nHOME\n"),
];

fn files() -> BTreeMap<String, String> {
    FILES.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

/// The path and the text of a place.
fn place<'f>(files: &'f BTreeMap<String, String>, value: &Value) -> (&'f str, &'f str) {
    let (path, text) = files.iter().nth(value.span.file.0 as usize).expect("a file");
    (path, value.span.text(text))
}

/// What stood there before, and what wrote over it.
fn before(files: &BTreeMap<String, String>, value: &Value) -> Option<(String, String)> {
    let step = value.origin.as_ref()?.steps.first()?;
    let Via::Overlaid(by) = &step.via else { return None };
    let text = files.values().nth(step.span.file.0 as usize)?;
    Some((by.to_string(), step.span.text(text).to_owned()))
}

#[test]
fn every_value_stands_where_it_was_given() {
    let files = files();
    let built = build("over", &tree(&files));
    assert_eq!(built.incomplete, []);
    assert_eq!(built.used, FILES.map(|(path, _)| path));
    let [config, web] = &built.values[..] else { panic!("{} objects", built.values.len()) };
    let at = |path: &[&str]| web.at(path).expect("a value");
    let pod = at(&["spec", "template", "spec"]);
    let container = &pod.get("containers").expect("containers").items()[0];

    assert_eq!(place(&files, at(&["kind"])), ("base/web.yaml", "Deployment"));
    assert_eq!(place(&files, at(&["spec", "paused"])), ("over/kustomization.yaml", "true"));
    assert_eq!(place(&files, pod.get("hostNetwork").expect("a field")), ("over/patch.yaml", "true"));
    let privileged = container.at(&["securityContext", "privileged"]).expect("a field");
    assert_eq!((place(&files, privileged), &privileged.origin), (("over/patch.yaml", "true"), &None));

    let image = container.get("image").expect("an image");
    assert_eq!((image.as_text(), place(&files, image)), (Some("web:2"), ("over/kustomization.yaml", "'2'")));
    assert_eq!(before(&files, image), Some(("images".into(), "web:latest".into())));
    let replicas = at(&["spec", "replicas"]);
    assert_eq!(place(&files, replicas), ("over/kustomization.yaml", "3"));
    assert_eq!(before(&files, replicas), Some(("replicas".into(), "1".into())));
    assert_eq!(place(&files, at(&["metadata", "namespace"])), ("over/kustomization.yaml", "shop"));

    // A text of the base that is changed in part stays at its place.
    let name = at(&["metadata", "name"]);
    assert_eq!((name.as_text(), place(&files, name)), (Some("p-web"), ("base/web.yaml", "web")));
    assert_eq!(before(&files, name), Some(("namePrefix".into(), "p-".into())));
    let referred = container.get("envFrom").expect("a list").items()[0].at(&["configMapRef", "name"]).expect("a name");
    assert_eq!(referred.as_text(), config.at(&["metadata", "name"]).and_then(Value::as_text));
    assert_eq!(place(&files, referred), ("base/web.yaml", "conf"));

    assert_eq!(place(&files, config.at(&["data", "KEY"]).expect("a value")), ("over/kustomization.yaml", "value"));
    assert_eq!(place(&files, config.at(&["data", "LEVEL"]).expect("a value")), ("over/vars.env", "high"));
    let home = config.at(&["data", "HOME"]).expect("a value");
    assert!(home.why().is_some(), "a variable of the environment is not known");
    assert_eq!(web.as_map().expect("a mapping").head.file.0, 1, "the head stays that of the base");
}

#[test]
fn what_cannot_be_built_is_told_with_its_line() {
    let text = "resources:\n- base\n- https://example.invalid/x.yaml\nhelmCharts:\n- name: chart\npatches:\n- path: gone.yaml\n\
                nameprefix: x-\nunknown: 1\n";
    let mut files = BTreeMap::from([("kustomization.yaml".to_owned(), text.to_owned())]);
    files.insert("base/kustomization.yaml".to_owned(), "resources: [a.yaml]\n".to_owned());
    files.insert("base/a.yaml".to_owned(), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n".to_owned());
    let built = build("", &tree(&files));
    let text_of = |at: usize| {
        let error = &built.incomplete[at];
        (error.span.text(files.values().nth(error.span.file.0 as usize).expect("a file")), error.message.as_str())
    };
    assert_eq!(text_of(0), ("unknown", "unknown field `unknown`"));
    let remote = "https://example.invalid/x.yaml";
    assert_eq!(text_of(1), (remote, "the remote base `https://example.invalid/x.yaml` is not fetched"));
    assert_eq!(text_of(2), ("helmCharts", "the chart `chart` is not rendered"));
    assert_eq!(text_of(3), ("gone.yaml", "there is no file `gone.yaml`"));
    assert_eq!(built.incomplete.len(), 4);
    assert_eq!(built.values[0].at(&["metadata", "name"]).and_then(Value::as_text), Some("x-a"), "the rest is built");
}

#[test]
fn roots_are_what_nothing_else_uses() {
    let files: BTreeMap<String, String> = [
        ("a/kustomization.yaml", "resources: [../base, own.yaml]\ncomponents: [../part]\npatches: [{path: p.yaml}]\n"),
        ("a/own.yaml", ""),
        ("a/p.yaml", ""),
        ("base/kustomization.yml", "configMapGenerator: [{name: c, files: [k=f.ini, gone], envs: [e.env]}]\n"),
        ("base/f.ini", ""),
        ("base/e.env", ""),
        ("part/kustomization.yaml", "kind: Component\nresources: [r.yaml]\n"),
        ("part/r.yaml", ""),
        ("loose/Kustomization", "kind: Component\nresources: [r.yaml]\npatchesStrategicMerge: [q.yaml]\n"),
        ("loose/r.yaml", ""),
        ("loose/q.yaml", ""),
        ("x/kustomization.yaml", "resources: [../y]\n"),
        ("y/kustomization.yaml", "resources: [../x]\n"),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .collect();
    let Roots { folders, files: taken } = roots(&tree(&files));
    assert_eq!(folders, ["a", "x"]);
    let taken: Vec<String> = taken.into_values().map(|files| files.join(" ")).collect();
    assert_eq!(
        taken,
        [
            "a/kustomization.yaml a/own.yaml a/p.yaml",
            "base/e.env base/f.ini base/kustomization.yml",
            "loose/Kustomization loose/q.yaml",
            "part/kustomization.yaml part/r.yaml",
            "x/kustomization.yaml",
            "y/kustomization.yaml",
        ]
    );
}
