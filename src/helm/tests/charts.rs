//! The charts in `charts`, as Helm rendered them; `record.py` wrote its answers.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use stockade_source::{FileId, SyntaxError};

use super::Folder;
use super::compare::{differences, manifests};
use crate::{Inputs, Rendered};

/// A line of `cases.txt`.
struct Case {
    folder: PathBuf,
    name: String,
    arguments: Vec<String>,
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts");
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(root).expect("charts").flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let mut cases = Vec::new();
    for folder in folders {
        for line in std::fs::read_to_string(folder.join("cases.txt")).expect("cases").lines() {
            let (name, arguments) = line.split_once(':').expect("a case and its arguments");
            let arguments = arguments.split_whitespace().map(str::to_owned).collect();
            cases.push(Case { folder: folder.clone(), name: name.to_owned(), arguments });
        }
    }
    cases
}

impl Case {
    fn inputs(&self) -> Inputs {
        let mut inputs = Inputs::default();
        let mut id = 1_000;
        let mut arguments = self.arguments.iter();
        while let (Some(option), Some(value)) = (arguments.next(), arguments.next()) {
            id += 1;
            match option.as_str() {
                "-f" => {
                    let text = std::fs::read_to_string(self.folder.join(value)).expect("a values file");
                    inputs.values.push((FileId(id), text.into()));
                }
                "--set" => inputs.set.push((FileId(id), Arc::from(value.as_str()))),
                "--namespace" => inputs.namespace = value.into(),
                "--name" => inputs.release = value.into(),
                "--kube-version" => inputs.kube_version = value.into(),
                "--api-versions" => inputs.api_versions.push(value.into()),
                other => panic!("unknown option {other}"),
            }
        }
        inputs
    }

    fn render(&self) -> Rendered {
        Folder::read(&self.folder.join("chart")).render(&self.inputs())
    }

    fn title(&self) -> String {
        format!("{} {}", self.folder.file_name().expect("a name").to_string_lossy(), self.name)
    }
}

#[test]
fn charts_render_as_helm_renders_them() {
    let mut failures = Vec::new();
    for case in cases() {
        let Ok(expected) = std::fs::read_to_string(case.folder.join(format!("{}.yaml", case.name))) else { continue };
        let rendered = case.render();
        let title = case.title();
        failures.extend(rendered.incomplete.iter().map(|error: &SyntaxError| format!("{title}: {error:?}")));
        let found = differences(&manifests(&expected), &rendered.values);
        failures.extend(found.into_iter().map(|found| format!("{title}: {found}")));
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn the_recorded_answers_are_those_of_helm() {
    let Some(helm) = std::env::var_os("HELM") else {
        println!("skipped: HELM does not name a helm");
        return;
    };
    for case in cases() {
        let mut arguments = case.arguments.clone();
        let name = arguments.iter().position(|argument| argument == "--name").map_or("release-name".to_owned(), |at| {
            let name = arguments.remove(at + 1);
            arguments.remove(at);
            name
        });
        let done = Command::new(&helm)
            .args(["template", &name, "chart"])
            .args(arguments)
            .current_dir(&case.folder)
            .output()
            .expect("helm runs");
        let recorded = std::fs::read_to_string(case.folder.join(format!("{}.yaml", case.name)));
        assert_eq!(done.status.success(), recorded.is_ok(), "{}", case.title());
        if let Ok(recorded) = recorded
            && !case.title().starts_with("unknowns ")
        {
            let answer = String::from_utf8_lossy(&done.stdout);
            let found = differences(&manifests(&recorded), &manifests(&answer));
            assert!(found.is_empty(), "{}: {found:#?}", case.title());
        }
    }
}

#[test]
fn what_helm_refuses_is_incomplete_and_the_rest_is_rendered() {
    let case = cases().into_iter().find(|case| case.title() == "broken default").expect("the case");
    let folder = Folder::read(&case.folder.join("chart"));
    let rendered = folder.render(&Inputs::default());
    let mut found: Vec<String> = rendered
        .incomplete
        .iter()
        .map(|error| {
            let (path, text) = &folder.files[error.span.file.0 as usize];
            let line = text[..error.span.start as usize].matches('\n').count() + 1;
            format!("{path}:{line}: {}", error.message)
        })
        .collect();
    found.sort();
    let expected = [
        ("templates/fail.yaml:2: ", "not like this"),
        ("templates/missing.yaml:2: ", "no template \"not.there\""),
        ("templates/required.yaml:2: ", "name is needed"),
        ("templates/syntax.yaml:2: ", "missing value for if"),
        ("templates/text.md:1: ", "no manifest"),
        ("templates/yaml.yaml:2: ", "no YAML"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, (place, reason)) in found.iter().zip(expected) {
        assert!(found.starts_with(place) && found.contains(reason), "{found}");
    }
    let kinds: Vec<&str> = rendered.values.iter().filter_map(|value| value.get("kind")?.as_text()).collect();
    // What is required is unknown, so that the rest of its manifest is judged.
    assert_eq!(kinds, ["Good", "Bad", "Fine"]);
}

#[test]
fn resource_definitions_of_a_chart_are_lowered_as_they_stand() {
    let case = cases().into_iter().find(|case| case.title() == "crds default").expect("the case");
    let kinds: Vec<String> = case
        .render()
        .crds
        .iter()
        .map(|value| value.get("kind").and_then(stockade_model::Value::as_text).expect("a kind").to_owned())
        .collect();
    assert_eq!(kinds, ["CustomResourceDefinition", "Other", "Inner"]);
}

#[test]
fn a_chart_in_charts_is_part_of_its_parent() {
    let paths = ["a/Chart.yaml", "a/charts/b/Chart.yaml", "charts/c/Chart.yaml", "a/charts/b/x.yaml", "d/MyChart.yaml"];
    assert_eq!(crate::folders(paths), ["a", "charts/c"]);
    assert_eq!(
        crate::folders(["Chart.yaml", "charts/a/Chart.yaml", "charts/a/charts/b/Chart.yaml", "ci/Chart.yaml"]),
        ["", "ci"]
    );
}

#[test]
fn a_missing_dependency_is_named_once() {
    let chart = "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n\
                 \x20 - {name: common, version: 2.x, repository: r}\n\
                 \x20 - {name: extra, version: 1.x, repository: r, condition: extra.enabled}\n";
    let rendered = Folder::of(&[
        ("Chart.yaml", chart),
        ("values.yaml", "extra: {enabled: false}\n"),
        ("templates/a.yaml", "kind: A\nname: {{ include \"common.name\" . }}\n"),
        ("templates/b.yaml", "kind: B\nname: {{ template \"common.name\" . }}\n"),
        ("templates/c.yaml", "kind: C\n"),
    ])
    .render(&Inputs::default());
    let messages: Vec<&str> = rendered.incomplete.iter().map(|error| error.message.as_str()).collect();
    assert_eq!(
        messages,
        ["the dependency `common` (from r) is not in the folder `charts`; 2 templates cannot be rendered"]
    );
    assert_eq!(rendered.incomplete[0].span.text(chart), "common");
    assert_eq!(rendered.values.len(), 1);
}
