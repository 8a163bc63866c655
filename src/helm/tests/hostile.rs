//! Charts that nobody would write: all of them end, soon, and say why.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stockade_source::FileId;

use super::Folder;
use crate::{Inputs, Rendered};

const CHART: &str = "apiVersion: v2\nname: c\nversion: 1.0.0\n";

/// Renders; nothing may take long, in a build without optimisation on a busy machine.
fn render(files: &[(&str, &str)]) -> Rendered {
    let start = Instant::now();
    let rendered = Folder::of(files).render(&Inputs::default());
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    rendered
}

fn with_template(template: &str) -> Rendered {
    render(&[("Chart.yaml", CHART), ("templates/a.yaml", template), ("values.yaml", "a: {b: 1}\n")])
}

#[test]
fn what_is_no_chart_renders_nothing() {
    for chart in ["", "- a\n", "name: [", "version: 1.0.0\n", "name: ''\n", "name: {a: 1}\n", "\u{0}", "&a [*a]"] {
        let rendered = render(&[("Chart.yaml", chart), ("templates/a.yaml", "kind: A\n")]);
        assert!(rendered.values.is_empty(), "{chart:?}");
    }
    assert!(render(&[]).values.is_empty());
    assert!(render(&[("values.yaml", "a: 1\n")]).values.is_empty());
}

#[test]
fn values_of_any_shape_are_read() {
    for values in ["- a\n", "text", "a: [", "a: 1\n---\n- b\n", "1: {2: 3}\n", "global: 1\nsub: 2\n", "a: *b\n", "~"] {
        let sub = "name: sub\nversion: 1.0.0\n";
        let rendered = render(&[
            ("Chart.yaml", CHART),
            ("charts/sub/Chart.yaml", sub),
            ("charts/sub/templates/b.yaml", "kind: B\nv: {{ .Values | toJson }}\n"),
            ("templates/a.yaml", "kind: A\nv: {{ .Values | toJson }}\n"),
            ("values.yaml", values),
        ]);
        assert!(!rendered.values.is_empty(), "{values:?}: {:?}", rendered.incomplete);
    }
}

#[test]
fn charts_in_charts_are_counted() {
    let mut files = vec![("Chart.yaml".to_owned(), CHART.to_owned())];
    let mut path = String::new();
    for _ in 0..200 {
        path += "charts/c/";
        files.push((format!("{path}Chart.yaml"), CHART.to_owned()));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert!(!render(&files).incomplete.is_empty());
}

#[test]
fn aliases_do_not_multiply_without_end() {
    let mut dependencies = String::from("dependencies:\n");
    for at in 0..100 {
        let _ = writeln!(dependencies, "  - {{name: d, version: '*', repository: '', alias: a{at}}}");
    }
    let outer = format!("{CHART}{dependencies}");
    let inner = format!("name: d\nversion: 1.0.0\napiVersion: v2\n{dependencies}");
    let rendered = render(&[
        ("Chart.yaml", &outer),
        ("charts/d/Chart.yaml", &inner),
        ("charts/d/charts/d/Chart.yaml", &inner),
        ("charts/d/charts/d/charts/d/Chart.yaml", &inner),
        ("charts/d/charts/d/charts/d/templates/a.yaml", "kind: A\n"),
        ("charts/d/charts/d/charts/d/values.yaml", "a: {b: 1}\n"),
    ]);
    assert!(rendered.incomplete.iter().any(|error| error.message.contains("limit")), "{:?}", rendered.incomplete);
}

#[test]
fn bombs_of_anchors_are_defused() {
    let mut bomb = String::from("a0: &a0 [x, x]\n");
    for at in 1..40 {
        let _ = writeln!(bomb, "a{at}: &a{at} [*a{}, *a{}]", at - 1, at - 1);
    }
    let rendered = render(&[
        ("Chart.yaml", CHART),
        ("values.yaml", &bomb),
        ("templates/a.yaml", "kind: A\nv: {{ .Values.a0 | toJson }}\n"),
    ]);
    assert!(!rendered.incomplete.is_empty());
}

#[test]
fn templates_that_never_end_are_stopped() {
    for template in [
        "{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}",
        "{{ define \"y\" }}{{ template \"y\" . }}{{ end }}{{ template \"y\" . }}",
        "{{ include (print .Template.BasePath \"/a.yaml\") . }}",
        "{{ $_ := set . \"t\" \"{{ tpl .t . }}\" }}{{ tpl .t . }}",
        "{{ range until 1000000000 }}a{{ end }}",
        "{{ repeat 999999999 \"x\" }}",
        "{{ range until 20000 }}{{ range until 20000 }}{{ end }}{{ end }}",
        "{{ $_ := set .Values \"self\" .Values }}{{ toYaml .Values }}",
        "{{ $_ := set .Values \"self\" . }}{{ .Values | toJson }}",
        "{{ $_ := set .Values.a \"b\" .Values }}{{ deepCopy .Values | toYaml }}",
        "{{ if }}",
        "{{ .Files.Glob \"[\" }}{{ .Files.Lines \"none\" }}",
        "{{ .Files.Glob (repeat 100000 \"{a,\") }}",
    ] {
        let rendered = with_template(template);
        assert!(!rendered.incomplete.is_empty() || rendered.values.is_empty(), "{template}: {:?}", rendered.values);
    }
}

#[test]
fn what_a_template_does_to_values_cannot_hang_the_next() {
    let rendered = render(&[
        ("Chart.yaml", CHART),
        (
            "templates/z.yaml",
            "{{ $_ := set .Values \"self\" . }}{{ $_ := unset . \"Chart\" }}{{ $_ := set . \"Values\" 1 }}",
        ),
        ("templates/a.yaml", "kind: A\nname: {{ .Chart }}\n"),
    ]);
    assert!(rendered.values.len() <= 1);
}

#[test]
fn odd_texts_for_set_are_read_or_refused() {
    let folder = Folder::of(&[("Chart.yaml", CHART), ("templates/a.yaml", "kind: A\nv: {{ .Values | toJson }}\n")]);
    for text in
        ["", ",", "=", "=1", "[0]=1", ".a=1", "a.=1", "a[", "a={", "a={}", "{", "\\", "a=\\", "a[65536]=1", "ä.ö[0]=ü"]
    {
        let inputs = Inputs { set: vec![(FileId(9), Arc::from(text))], ..Inputs::default() };
        assert_eq!(folder.render(&inputs).values.len(), 1, "{text}");
    }
}
