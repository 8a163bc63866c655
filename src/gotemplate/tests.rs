//! What the real helm printed for each template of `tests/*.txt`, and what only this engine does: places and limits.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use compact_str::CompactString;
use stockade_source::FileId;
use stockade_yaml::{Node, NodeKind, Style};

use crate::{Engine, Error, Kind, Limits, Templates, Text, Value};

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// A node as Helm reads it: every number a float.
fn value(node: &Node) -> Value {
    let kind = match &node.kind {
        NodeKind::Scalar(scalar) => match scalar.text.as_str() {
            text if scalar.style != Style::Plain => Kind::Text(text.into()),
            "" | "~" | "null" => Kind::Nil,
            "true" | "y" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            text => match (text.strip_prefix('0').map(|octal| i64::from_str_radix(octal, 8)), text.parse::<f64>()) {
                (Some(Ok(octal)), _) => Kind::Float(octal as f64),
                (_, Ok(number)) => Kind::Float(number),
                _ => Kind::Text(text.into()),
            },
        },
        NodeKind::Sequence(nodes) => return Value::new(Value::list(nodes.iter().map(value).collect()).kind, node.span),
        NodeKind::Mapping(entries) => {
            let entries = entries.iter().map(|entry| (entry.key.as_str().unwrap().into(), value(&entry.value)));
            return Value::new(Value::map(entries.collect()).kind, node.span);
        }
        NodeKind::Alias(..) => panic!("no aliases here"),
    };
    Value::new(kind, node.span)
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect::<BTreeMap<CompactString, Value>>())
}

/// The data of the chart that `tests/record.py` makes, with the given values.
pub(crate) fn data(values: &str) -> Value {
    let (documents, errors) = stockade_yaml::parse(FileId(1), values);
    assert_eq!(errors, []);
    map([
        ("Values", value(documents[0].root.as_ref().unwrap())),
        ("Release", map([("Name", "rel".into()), ("Namespace", "ns".into())])),
        ("Chart", map([("Name", "c".into()), ("Version", "1.2.3".into())])),
    ])
}

fn render_with(limits: Limits, template: &str, data: &Value) -> Result<Text, Error> {
    let mut templates = Templates::new();
    templates.add("t", FileId(0), template)?;
    Engine::new(&templates, limits, &()).render("t", data)
}

fn render(template: &str, values: &str) -> Result<Text, Error> {
    render_with(Limits::default(), template, &data(values))
}

/// The cases of one file: template, whether it fails, output or message.
fn cases(name: &str) -> Vec<(String, bool, String)> {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    let mut lines = text.lines().filter(|line| !line.starts_with("# "));
    let mut cases = Vec::new();
    while let Some(template) = lines.next() {
        let (kind, answer) = lines.next().unwrap().split_at(2);
        cases.push((template.to_owned(), kind == "! ", serde_json::from_str(answer).unwrap()));
    }
    cases
}

fn replay(name: &str) {
    let values = std::fs::read_to_string(folder().join("values.yaml")).unwrap();
    let (mut wrong, cases) = (Vec::new(), cases(name));
    for (template, fails, expected) in &cases {
        // A string that is not closed must not go on in the text around the template.
        let end = if *fails { "\n" } else { "" };
        let template = format!("{{{{ define \"case\" }}}}{template}{end}{{{{ end }}}}{{{{ template \"case\" . }}}}");
        let (ok, found) = match render(&template, &values) {
            // The record is of a template inside a template; what is rendered has no more of these.
            Ok(text) => (!fails && text.as_str() == expected.replace("<no value>", ""), text.to_string()),
            Err(error) => (*fails && error.message.ends_with(expected), format!("! {}", error.message)),
        };
        if !ok {
            wrong.push(format!("{template}\n  helm:  {expected:?}\n  found: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn language_as_helm_runs_it() {
    replay("language.txt");
}

#[test]
fn printing_as_helm_does_it() {
    replay("print.txt");
}

/// The parts of a text: characters, the text of the template and of the values that they came from.
fn parts<'a>(text: &'a Text, template: &'a str, values: &'a str) -> Vec<(&'a str, &'a str, &'a str)> {
    let marks = text.marks();
    let ends = marks.iter().skip(1).map(|mark| mark.at).chain([text.len()]);
    marks
        .iter()
        .zip(ends)
        .map(|(mark, end)| {
            let part = &text.as_str()[mark.at..end];
            let source = mark.span(part.len());
            if mark.verbatim.is_some() {
                assert_eq!(source.text(template), part, "a verbatim part differs from its source");
            }
            (part, source.text(template), mark.place.data.text(values))
        })
        .collect()
}

#[test]
fn every_byte_knows_its_place() {
    let (template, values) =
        ("a: {{ .Values.x }}\nb: {{ print .Values.y \"-\" .Values.n }}{{ 1 }}", "x: X\ny: Y\nn: 5");
    let text = render(template, values).unwrap();
    assert_eq!(
        parts(&text, template, values),
        [
            ("a: ", "a: ", ""),
            ("X", "{{ .Values.x }}", "X"),
            ("\nb: ", "\nb: ", ""),
            ("Y", "{{ print .Values.y \"-\" .Values.n }}", "Y"),
            ("-", "-", ""),
            ("5", "{{ print .Values.y \"-\" .Values.n }}", "5"),
            ("1", "{{ 1 }}", ""),
        ]
    );
}

#[test]
fn what_a_template_prints_knows_who_called_it() {
    let template = "{{ define \"a\" }}<{{ .x }}>{{ end }}{{ define \"b\" }}{{ template \"a\" . }}{{ end }}\
                    {{ $t := 1 }}{{ template \"b\" .Values }}";
    let values = "x: X";
    let text = render(template, values).unwrap();
    assert_eq!(parts(&text, template, values), [("<", "<", ""), ("X", "{{ .x }}", "X"), (">", ">", "")]);
    for mark in text.marks() {
        let inner = mark.place.call.as_ref().unwrap();
        let outer = inner.call.as_ref().unwrap();
        assert_eq!(inner.span.text(template), "{{ template \"a\" . }}");
        assert_eq!(outer.span.text(template), "{{ template \"b\" .Values }}");
        assert_eq!(outer.call, None);
    }
}

#[test]
fn a_text_that_is_a_template_keeps_the_places_of_both() {
    let (template, values) = ("{{ tpl .Values.t . }}", "t: \"a{{ .Values.x }}b\"\nx: X");
    let text = render(template, values).unwrap();
    let whole = "\"a{{ .Values.x }}b\"";
    assert_eq!(parts(&text, template, values), [("a", template, whole), ("X", template, "X"), ("b", template, whole)]);
}

#[test]
fn an_error_shows_the_term_and_the_calls() {
    let template = "{{ define \"a\" }}x{{ .b.c }}{{ end }}y{{ template \"a\" .Values }}";
    let error = render(template, "x: 1").unwrap_err();
    assert_eq!(error.message, "nil pointer evaluating interface {}.c");
    assert_eq!(error.span.text(template), ".b.c");
    let calls: Vec<_> = error.calls.iter().map(|(name, span)| (name.as_str(), span.text(template))).collect();
    assert_eq!(calls, [("a", "{{ template \"a\" .Values }}")]);
}

#[test]
fn a_syntax_error_shows_the_token() {
    for (template, text, message) in [
        ("a{{ if }}b{{ end }}", "}}", "missing value for if"),
        ("a{{ .x | }}\n{{ foo }}", "foo", "function \"foo\" not defined"),
        ("a {{ if .x }}", "", "unexpected EOF"),
        ("a {{ .x  ", "{{ .x  ", "unclosed action"),
        (
            "{{ define \"a\" }}x{{ end }}{{ define \"a\" }}y{{ end }}",
            "define",
            "template: multiple definition of template \"a\"",
        ),
    ] {
        let error = Templates::new().add("t", FileId(0), template).unwrap_err();
        assert_eq!((error.message.as_str(), error.span.text(template)), (message, text));
    }
}

#[test]
fn a_later_definition_replaces_unless_it_is_empty() {
    let mut templates = Templates::new();
    for (name, text) in [
        ("one", "{{ define \"a\" }}1{{ end }}{{ define \"b\" }}1{{ end }}"),
        ("two", "{{ define \"a\" }}2{{ end }}{{ define \"b\" }} {{/* nothing */}} {{ end }}"),
        ("main", "{{ template \"a\" }}{{ template \"b\" }}"),
    ] {
        templates.add(name, FileId(0), text).unwrap();
    }
    assert_eq!(Engine::new(&templates, Limits::default(), &()).render("main", &Value::NIL).unwrap().as_str(), "21");
}

/// Templates that ask for too much, and what stops them.
#[test]
fn every_limit_holds() {
    let deep = |open: &str, inner: &str, close: &str| open.repeat(100_000) + inner + &close.repeat(100_000);
    for (template, message) in [
        (format!("{{{{ {} }}}}", deep("(", "1", ")")), "nested more than"),
        (deep("{{ if 1 }}", "x", "{{ end }}"), "nested more than"),
        (deep("{{ if 1 }}{{ else if 1 }}", "x", "{{ end }}"), "nested more than"),
        (deep("{{ block \"a\" 1 }}", "x", "{{ end }}"), "nested more than"),
        (
            "{{ define \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}".to_owned(),
            "exceeded maximum template depth",
        ),
        (
            "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}".to_owned(),
            "exceeded maximum template depth",
        ),
        ("{{ range 1000000000000 }}{{ end }}".to_owned(), "takes more than"),
        ("{{ range 1000 }}{{ range 1000 }}{{ range 1000 }}{{ end }}{{ end }}{{ end }}".to_owned(), "takes more than"),
        ("{{ $x := \"aaaaaaaaaa\" }}{{ range 100 }}{{ $x = print $x $x }}{{ end }}".to_owned(), "would be longer than"),
        ("{{ $x := \"aaaaaaaaaa\" }}{{ range 1000000 }}{{ printf \"%1000000d\" 1 }}{{ end }}".to_owned(), ""),
        ("{{ $x := list 1 }}{{ range 40 }}{{ $x = list $x $x }}{{ end }}{{ $x }}".to_owned(), "would be longer than"),
        ("{{ $x := list 1 }}{{ range 100000 }}{{ $x = list $x }}{{ end }}{{ $x }}".to_owned(), "levels deep"),
        ("{{ $x := dict }}{{ $_ := set $x \"x\" $x }}{{ $x }}".to_owned(), "holds itself"),
        (
            "{{ $x := \"{{ . }}\" }}{{ range 300 }}{{ $x = printf \"{{ tpl %q . }}\" $x }}{{ end }}{{ tpl $x 1 }}"
                .to_owned(),
            "",
        ),
    ] {
        let start = std::time::Instant::now();
        let limits = Limits { steps: 500_000, ..Limits::default() };
        let error = render_with(limits, &template, &data("a: 1")).map(|text| text.len()).unwrap_err();
        assert!(error.message.contains(message), "{}: {}", &template[..60.min(template.len())], error.message);
        assert!(start.elapsed().as_secs() < 20, "{}", &template[..60.min(template.len())]);
    }
}

#[test]
fn a_list_nested_beyond_any_stack_is_dropped() {
    let mut value = Value::from(1i64);
    for _ in 0..50_000 {
        value = map([("a", Value::list(vec![value]))]);
    }
    drop(value);
}
