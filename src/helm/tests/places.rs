//! The places that rendered values point to.

use std::path::Path;

use stockade_model::{Kind, Part, Value};
use stockade_source::{FileId, Span};

use super::Folder;
use crate::{Inputs, Rendered};

fn web() -> Folder {
    Folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts/web/chart"))
}

/// The text at a span: `path:line text`.
fn show(folder: &Folder, inputs: &Inputs, span: Span) -> String {
    if span.is_none() {
        return "nowhere".to_owned();
    }
    let given = inputs.values.iter().chain(&inputs.set).find(|(id, _)| *id == span.file);
    let (path, text) = match given {
        Some((_, text)) => ("given", text),
        None => {
            let (path, text) = &folder.files[span.file.0 as usize];
            (path.as_str(), text)
        }
    };
    let line = text[..span.start as usize].matches('\n').count() + 1;
    format!("{path}:{line} {}", span.text(text))
}

/// Where a value stands, with the steps of its origin.
fn way(folder: &Folder, inputs: &Inputs, value: &Value) -> Vec<String> {
    let steps = value.origin.iter().flat_map(|origin| &origin.steps);
    let steps = steps.map(|step| format!("{}: {}", step.via, show(folder, inputs, step.span)));
    std::iter::once(show(folder, inputs, value.span)).chain(steps).collect()
}

fn find<'r>(rendered: &'r Rendered, kind: &str, path: &str) -> &'r Value {
    let of_kind = |value: &&Value| value.get("kind").and_then(Value::as_text) == Some(kind);
    let start = rendered.values.iter().find(of_kind).expect("a manifest of this kind");
    path.split('/').fold(start, |value, step| match step.parse::<usize>() {
        Ok(at) => &value.items()[at],
        Err(_) => value.get(step).unwrap_or_else(|| panic!("no {step} in {value:?}")),
    })
}

#[test]
fn a_value_stands_beside_its_key_and_comes_from_its_line_in_the_values_file() {
    let (folder, inputs) = (web(), Inputs::default());
    let rendered = folder.render(&inputs);
    let way = |path: &str| way(&folder, &inputs, find(&rendered, "Deployment", path));
    assert_eq!(way("kind"), ["templates/deployment.yaml:2 Deployment"]);
    assert_eq!(
        way("spec/replicas"),
        ["templates/deployment.yaml:8 {{ .Values.replicas }}", "`replicas` defaults to this: values.yaml:2 2",]
    );
    let container = "spec/template/spec/containers/0";
    assert_eq!(
        way(&format!("{container}/image")),
        [
            "templates/deployment.yaml:21 \"{{ .Values.image.repository }}:\
             {{ .Values.image.tag | default .Chart.AppVersion }}\"",
            "`image.repository` defaults to this: values.yaml:4 registry.example/site",
            "`appVersion` is set here: Chart.yaml:5 \"2.10\"",
        ]
    );
    assert_eq!(
        way(&format!("{container}/ports/0/containerPort")),
        [
            "templates/deployment.yaml:29 {{ .Values.service.port }}",
            "`service.port` defaults to this: values.yaml:7 8080",
        ]
    );
}

#[test]
fn what_to_yaml_gives_comes_from_the_very_line() {
    let (folder, inputs) = (web(), Inputs::default());
    let rendered = folder.render(&inputs);
    let way = |path: &str| way(&folder, &inputs, find(&rendered, "Deployment", path));
    let container = "spec/template/spec/containers/0";
    assert_eq!(
        way(&format!("{container}/securityContext/runAsUser")),
        [
            "templates/deployment.yaml:31 {{ toYaml .Values.securityContext | nindent 12 }}",
            "`securityContext.runAsUser` defaults to this: values.yaml:21 1000",
        ]
    );
    assert_eq!(
        way(&format!("{container}/resources/requests/cpu")),
        [
            "templates/deployment.yaml:34 {{- toYaml .Values.resources | nindent 12 }}",
            "`resources.requests.cpu` defaults to this: values.yaml:12 50m",
        ]
    );
    assert_eq!(
        way(&format!("{container}/env/1/value")),
        [
            "templates/deployment.yaml:24 {{ toYaml .Values.env | indent 12 }}",
            "`env.1.value` defaults to this: values.yaml:18 debug",
        ]
    );
}

#[test]
fn a_key_in_a_helper_is_the_place_and_the_call_a_step() {
    let (folder, inputs) = (web(), Inputs::default());
    let rendered = folder.render(&inputs);
    let labels = find(&rendered, "Deployment", "metadata/labels");
    let way_of = |value: &Value| way(&folder, &inputs, value);
    assert_eq!(
        way_of(labels.get("version").expect("a label"))[..2],
        [
            "templates/_helpers.tpl:9 {{ .Chart.AppVersion | quote }}".to_owned(),
            "`appVersion` is set here: Chart.yaml:5 \"2.10\"".to_owned(),
        ]
    );
    let release = labels.get("release").expect("a label");
    assert_eq!(
        way_of(release),
        [
            "templates/_helpers.tpl:8 {{ .Release.Name | quote }}",
            "rendered from templates/deployment.yaml: \
             templates/deployment.yaml:6 {{- include \"web.labels\" . | nindent 4 }}",
        ]
    );
    let field = labels.as_map().and_then(|map| map.field("release")).expect("a label");
    assert_eq!(show(&folder, &inputs, field.key), "templates/_helpers.tpl:8 release");
    // The mapping itself stands where its key does.
    assert_eq!(
        show(&folder, &inputs, labels.span),
        "templates/deployment.yaml:6 {{- include \"web.labels\" . | nindent 4 }}"
    );
}

#[test]
fn a_value_from_a_helper_stands_where_its_key_does() {
    let (folder, inputs) = (web(), Inputs::default());
    let rendered = folder.render(&inputs);
    let name = find(&rendered, "Deployment", "metadata/name");
    assert_eq!(
        way(&folder, &inputs, name)[..2],
        [
            "templates/deployment.yaml:4 {{ include \"web.name\" . }}".to_owned(),
            "rendered from templates/_helpers.tpl: \
             templates/_helpers.tpl:3 {{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix \"-\" -}}"
                .to_owned(),
        ]
    );
}

#[test]
fn values_that_the_user_gives_are_told_from_defaults() {
    let folder = web();
    let inputs = Inputs {
        values: vec![(FileId(90), "replicas: 5\ningress: {enabled: true}\n".into())],
        set: vec![(FileId(91), "x=1,ingress.hosts={c.example,d.example},image.tag=v2".into())],
        ..Inputs::default()
    };
    let rendered = folder.render(&inputs);
    let replicas = find(&rendered, "Deployment", "spec/replicas");
    assert_eq!(way(&folder, &inputs, replicas)[1], "`replicas` is set here: given:1 5");
    let host = find(&rendered, "Ingress", "spec/rules/1/host");
    assert_eq!(
        way(&folder, &inputs, host),
        ["templates/ingress.yaml:9 {{ . }}", "`ingress.hosts` is set here: given:1 d.example",]
    );
}

#[test]
fn what_is_absent_points_at_its_mapping() {
    let (folder, inputs) = (web(), Inputs::default());
    let rendered = folder.render(&inputs);
    let head = |path: &str| {
        let map = find(&rendered, "Deployment", path).as_map().expect("a mapping");
        show(&folder, &inputs, map.head)
    };
    assert_eq!(head("spec/template/spec"), "templates/deployment.yaml:18 spec");
    assert_eq!(head("spec/template/spec/containers/0"), "templates/deployment.yaml:20 name");
    assert_eq!(head("spec/template/spec/containers/0/resources"), "templates/deployment.yaml:33 resources");
}

#[test]
fn what_is_written_in_the_template_is_literal() {
    let (folder, inputs) = (web(), Inputs::default());
    let rendered = folder.render(&inputs);
    let mut stack: Vec<&Value> = rendered.values.iter().collect();
    let mut literals = 0;
    while let Some(value) = stack.pop() {
        match &value.kind {
            Kind::Map(map) => stack.extend(map.iter().map(|(_, field)| &field.value)),
            Kind::List(list) => stack.extend(&list.items),
            Kind::Text(text) if value.origin.is_none() && !text.contains('\n') => {
                literals += 1;
                let shown = show(&folder, &inputs, value.span);
                assert!(shown.trim_matches(['"', '\'']).ends_with(text.as_str()), "{shown}: {text}");
            }
            _ => {}
        }
    }
    assert!(literals > 15, "{literals}");
}

#[test]
fn what_nobody_can_know_is_unknown() {
    let folder = Folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts/unknowns/chart"));
    let rendered = folder.render(&Inputs::default());
    let data = find(&rendered, "Secret", "data");
    let kind = |key: &str| &data.get(key).expect("a field").kind;
    assert!(matches!(kind("password"), Kind::Unknown(why) if why.subject == "randAlphaNum"));
    assert!(matches!(kind("number"), Kind::Unknown(_)));
    assert_eq!(kind("plain"), &Kind::Text("known".into()));
    let Kind::Template(parts) = kind("prefixed") else { panic!("{:?}", kind("prefixed")) };
    assert!(matches!(&**parts, [Part::Known(before), Part::Unknown(_), Part::Known(after)]
        if before == "user:" && after == ":x"));
    let map = data.as_map().expect("a mapping");
    assert!(map.open.is_some() && map.len() == 4, "{map:?}");
    let annotations = find(&rendered, "Secret", "metadata/annotations");
    assert!(["stamp", "sum"].iter().all(|key| annotations.get(key).is_some_and(|value| value.why().is_some())));
}
