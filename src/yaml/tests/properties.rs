use proptest::prelude::*;
use stockade_source::{FileId, Span};

use crate::{Document, Node, NodeKind, ScalarMap, Schema, Style, duplicate_keys, parse, parse_json, to_value};

/// Asserts what every tree keeps to: spans lie in the text, on characters, children in their parents,
/// one after the other.
fn check(text: &str, node: &Node, valid: bool) {
    let inside = |span: Span| span.start <= span.end && text.get(span.start as usize..span.end as usize).is_some();
    assert!(inside(node.span), "{:?} of {text:?}", node.span);
    if let Some(tag) = &node.tag {
        assert_eq!(tag.span.text(text), tag.text);
    }
    let children: Vec<&Node> = match &node.kind {
        NodeKind::Sequence(items) => items.iter().collect(),
        NodeKind::Mapping(entries) => entries.iter().flat_map(|entry| [&entry.key, &entry.value]).collect(),
        NodeKind::Scalar(scalar) => {
            check_map(text, node, scalar.style, valid);
            vec![]
        }
        NodeKind::Alias(name, _) => {
            assert_eq!(node.span.text(text), format!("*{name}"));
            vec![]
        }
    };
    let mut before = node.span.start;
    for child in children {
        assert!(node.span.contains(child.span), "{:?} in {:?} of {text:?}", child.span, node.span);
        assert!(before <= child.span.start, "{:?} after {before} of {text:?}", child.span);
        before = child.span.end;
        check(text, child, valid);
    }
}

fn check_map(text: &str, node: &Node, style: Style, valid: bool) {
    let decoded = node.as_str().expect("a scalar");
    let map = ScalarMap::new(text, node);
    for (start, c) in decoded.char_indices() {
        let span = map.span(start, start + c.len_utf8());
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} of {text:?}");
        assert!(node.span.start <= span.start && span.end <= node.span.end, "{span:?} of {text:?}");
        let found = span.text(text);
        // A fold stands for a line break, an escape for what it decodes to, and the blank lines that end a
        // block scalar are not in its span.
        let unit = matches!(c, ' ' | '\n' | '\t') || (style == Style::Double && found.starts_with('\\'));
        // The events let a comment behind a tab pass inside a plain scalar.
        let odd = style == Style::Plain && node.span.text(text).contains("\t#");
        assert!(!valid || odd || unit || found.starts_with(c), "{c:?} at {span:?} of {text:?}");
    }
}

fn check_all(text: &str) {
    let (documents, errors) = parse(FileId(0), text);
    let (json, json_errors) = parse_json(FileId(0), text);
    for error in errors.iter().chain(&json_errors) {
        assert!(error.span.end as usize <= text.len() && !error.message.is_empty());
        assert!(text.is_char_boundary(error.span.start as usize) && text.is_char_boundary(error.span.end as usize));
    }
    let mut before = 0;
    for Document { root, span } in documents.iter().chain([&json]) {
        let is_json = std::ptr::eq(root, &json.root);
        if is_json {
            before = 0;
        }
        assert!(before <= span.start && span.end as usize <= text.len(), "{span:?} of {text:?}");
        before = span.end;
        let Some(root) = root else { continue };
        assert!(span.contains(root.span), "{:?} in {span:?} of {text:?}", root.span);
        let valid = if is_json { json_errors.is_empty() } else { errors.is_empty() };
        check(text, root, valid);
        duplicate_keys(root);
        for schema in [Schema::Core, Schema::Kubernetes, Schema::Yaml11] {
            to_value(root, schema);
        }
    }
}

/// Texts of what YAML is made of, which random characters seldom are.
fn yamlish() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "b: ",
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        "? ",
        ": ",
        ":",
        "|",
        ">-",
        "|2\n",
        "'",
        "''",
        "\"",
        "\\n",
        "\\u00e9",
        "\\\n",
        "&x ",
        "*x",
        "*y ",
        "!t ",
        "!!str ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "---\n",
        "...\n",
        "# c\n",
        " ",
        "\t",
        "\r\n",
        "é",
        "𝄞",
        "\u{feff}",
        "<<: ",
        "%TAG ! x\n",
        "~",
        "0644",
        "1:30",
        "key: |\n  text\n",
        "\u{85}",
        "\u{a0}",
        "\u{2028}",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

fn jsonish() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"",
        "\\u00e9",
        "\\ud83d\\ude00",
        "\\ud800",
        "1",
        "-2.5e-3",
        "01",
        "true",
        "nul",
        " ",
        "\n",
        "//",
        "/*",
        "*/",
        "é",
        "'",
        "\u{1}",
        "\\",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

/// Any JSON value.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Whether a node says what `value` says.
fn says(node: &Node, value: &serde_json::Value) -> bool {
    match (&node.kind, value) {
        (NodeKind::Scalar(scalar), serde_json::Value::String(text)) => {
            scalar.style == Style::Double && scalar.text == text.as_str()
        }
        (NodeKind::Scalar(scalar), serde_json::Value::Number(number)) => {
            scalar.style == Style::Plain && scalar.text.parse::<f64>().ok() == number.as_f64()
        }
        (NodeKind::Scalar(scalar), value) => scalar.style == Style::Plain && scalar.text == value.to_string(),
        (NodeKind::Sequence(items), serde_json::Value::Array(values)) => {
            items.len() == values.len() && items.iter().zip(values).all(|(item, value)| says(item, value))
        }
        (NodeKind::Mapping(entries), serde_json::Value::Object(fields)) => {
            entries.len() == fields.len()
                && entries
                    .iter()
                    .zip(fields)
                    .all(|(entry, (key, value))| entry.key.as_str() == Some(key) && says(&entry.value, value))
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        check_all(&text);
    }

    #[test]
    fn any_yaml_like_text_is_read(text in yamlish()) {
        check_all(&text);
    }

    #[test]
    fn any_json_like_text_is_read(text in jsonish()) {
        check_all(&text);
        let (_, errors) = parse_json(FileId(0), &text);
        if !text.trim().is_empty() {
            let valid = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            prop_assert_eq!(errors.is_empty(), valid, "{:?}: {:?}", text, errors);
        }
    }

    #[test]
    fn json_is_read_as_serde_reads_it(value in json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.expect("a value can be written");
        check_all(&text);
        let (document, errors) = parse_json(FileId(0), &text);
        prop_assert!(errors.is_empty(), "{:?}: {:?}", text, errors);
        prop_assert!(document.root.is_some_and(|root| says(&root, &value)), "{:?}", text);
    }
}

/// Every YAML and JSON file below `$STOCKADE_DATA/corpus`.
#[test]
fn the_corpus_is_read() {
    let Ok(data) = std::env::var("STOCKADE_DATA") else {
        println!("skipped: STOCKADE_DATA is not set");
        return;
    };
    let mut folders = vec![std::path::Path::new(&data).join("corpus")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json")
                && let Ok(text) = std::fs::read_to_string(&path)
                && text.len() < 1_000_000
            {
                count += 1;
                check_all(&text);
            }
        }
    }
    assert!(count > 0, "nothing below {data}");
}
