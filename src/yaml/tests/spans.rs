use stockade_source::{FileId, Span};

use super::{documents, root, shown};
use crate::{Node, NodeKind, Style, parse};

/// Every node in the order of the text, as the text of its span.
fn texts<'t>(text: &'t str, node: &Node) -> Vec<&'t str> {
    let mut found = vec![node.span.text(text)];
    match &node.kind {
        NodeKind::Sequence(items) => items.iter().for_each(|item| found.extend(texts(text, item))),
        NodeKind::Mapping(entries) => entries.iter().for_each(|entry| {
            found.extend(texts(text, &entry.key));
            found.extend(texts(text, &entry.value));
        }),
        NodeKind::Scalar(_) | NodeKind::Alias(..) => {}
    }
    found
}

fn root_texts(text: &str) -> Vec<&str> {
    texts(text, &root(text))
}

#[test]
fn block_mappings_end_with_their_last_value() {
    assert_eq!(
        root_texts("# c\na: b # d\nc:\n  d: e  \n\n  # f\n# g\n"),
        ["a: b # d\nc:\n  d: e", "a", "b", "c", "d: e", "d", "e"]
    );
}

#[test]
fn block_sequences_start_at_the_dash() {
    assert_eq!(
        root_texts("- a\n- - b\n  - c\n- d: e\n  f: g\n"),
        ["- a\n- - b\n  - c\n- d: e\n  f: g", "a", "- b\n  - c", "b", "c", "d: e\n  f: g", "d", "e", "f", "g",]
    );
    // Not indented against the key.
    assert_eq!(root_texts("a: # c\n- b\n- c\nd: e\n")[..4], ["a: # c\n- b\n- c\nd: e", "a", "- b\n- c", "b"]);
    assert_eq!(root_texts("\"a\":\n- - b\n")[2..], ["- - b", "- b", "b"]);
    assert_eq!(root_texts("a: !t &x\n- b\n")[2..], ["- b", "b"]);
}

#[test]
fn explicit_keys() {
    assert_eq!(root_texts("? - a\n  - b\n: - c\n"), ["? - a\n  - b\n: - c", "- a\n  - b", "a", "b", "- c", "c"]);
    let text = "? a\n? b\n# c\n: d\n";
    let root = root(text);
    assert_eq!(texts(text, &root), ["? a\n? b\n# c\n: d", "a", "", "b", "d"]);
    assert_eq!(root.entries()[0].value.span, Span::new(FileId(0), 3, 3));
}

#[test]
fn flow_collections_have_their_brackets() {
    assert_eq!(
        root_texts("a: [b, {c: d, e}, f: g ]\n")[2..],
        ["[b, {c: d, e}, f: g ]", "b", "{c: d, e}", "c", "d", "e", "", "f: g", "f", "g",]
    );
}

#[test]
fn quotes_belong_to_the_scalar() {
    let text = "'a': \"b\\n\"\n";
    assert_eq!(root_texts(text)[1..], ["'a'", "\"b\\n\""]);
    assert_eq!(root(text).entries()[0].value.as_str(), Some("b\n"));
}

#[test]
fn offsets_count_bytes_of_the_file() {
    assert_eq!(root_texts("\u{feff}é: 'ü'\r\n\"ñ\": 𝄞 ö\r\n"), ["é: 'ü'\r\n\"ñ\": 𝄞 ö", "é", "'ü'", "\"ñ\"", "𝄞 ö"]);
    assert_eq!(root("\u{feff}a").span, Span::new(FileId(0), 3, 4));
}

#[test]
fn block_scalars_start_at_their_header() {
    let text = "a: !t &x |-  # | c\n\n  b\n  c \n\n\nd: >2\n   e\n  f\n";
    let found = root(text);
    assert_eq!(root_texts(text)[1..], ["a", "|-  # | c\n\n  b\n  c ", "d", ">2\n   e\n  f"]);
    assert_eq!(found.get("a").and_then(Node::as_str), Some("\nb\nc "));
    assert_eq!(found.get("d").and_then(Node::as_str), Some(" e\nf\n"));
    assert_eq!(root_texts("- |\n  | a\n- >\n  # b\n")[1..], ["|\n  | a", ">\n  # b"]);
    assert_eq!(root_texts("--- |\n  a\n"), ["|\n  a"]);
    assert_eq!(root_texts("# b\n&x !t |2\n   a"), ["|2\n   a"]);
    let text = "\u{feff}a\n...\n# c\n>\n  b\n";
    assert_eq!(documents(text)[1].span.text(text), ">\n  b\n");
    assert_eq!(root_texts("'a | b': |\r\n  c\r\n")[2], "|\r\n  c");
    assert_eq!(root_texts("? |\n  a\n: |\n  b\n")[1..], ["|\n  a", "|\n  b"]);
    // No content: the header alone.
    assert_eq!(root_texts("a: |+ # c\n\n\nb: >\n")[1..], ["a", "|+", "b", ">"]);
}

#[test]
fn empty_nodes_stand_behind_their_indicator() {
    let text = "a:   # c\nb: \nc:\n- \n-\n- - x\n  -  # d\n";
    let root = root(text);
    let at = |node: &Node| (node.span.start, node.span.end, node.as_str().map(str::to_owned));
    let empty = |at: u32| (at, at, Some(String::new()));
    assert_eq!(at(&root.entries()[0].value), empty(2));
    assert_eq!(at(&root.entries()[1].value), empty(11));
    let items = root.entries()[2].value.elements();
    assert_eq!(at(&items[0]), empty(17));
    assert_eq!(at(&items[1]), empty(20));
    assert_eq!(at(&items[2].elements()[1]), empty(30));
}

#[test]
fn empty_keys_and_values_of_nested_mappings() {
    // The second `:` belongs to the outer mapping: the inner one has neither key nor value.
    let root = root(": - ? # c\n: d\n");
    let entries = root.entries();
    assert_eq!(entries[0].key.span, Span::new(FileId(0), 0, 0));
    let inner = &entries[0].value.elements()[0].entries()[0];
    assert_eq!((inner.key.span, inner.value.span), (Span::new(FileId(0), 5, 5), Span::new(FileId(0), 5, 5)));
    assert_eq!((entries[1].key.span, entries[1].value.as_str()), (Span::new(FileId(0), 10, 10), Some("d")));
}

#[test]
fn empty_nodes_with_properties() {
    let text = "a: !t\nb: &x\nc: !!null\nd: *x\n";
    let root = root(text);
    assert_eq!(root.entries()[0].value.span, Span::new(FileId(0), 5, 5));
    assert_eq!(root.entries()[1].value.span, Span::new(FileId(0), 11, 11));
    assert_eq!(root.entries()[3].value.as_str(), Some(""));
}

#[test]
fn tags_and_anchors() {
    let text = "a: !vault &x |\n  b\n&k c: !<tag:yaml.org,2002:str> [1]\nd: &m\n  e: &s f\n";
    let root = root(text);
    let entries = root.entries();
    let tag = |node: &Node| node.tag.as_ref().map(|tag| (tag.text.to_string(), tag.span.text(text).to_owned()));
    assert_eq!(tag(&entries[0].value), Some(("!vault".to_owned(), "!vault".to_owned())));
    assert_eq!(entries[0].value.anchor.as_deref(), Some("x"));
    assert_eq!(entries[1].key.anchor.as_deref(), Some("k"));
    assert_eq!(tag(&entries[1].value).map(|tag| tag.0), Some("!<tag:yaml.org,2002:str>".to_owned()));
    assert_eq!(entries[2].value.anchor.as_deref(), Some("m"));
    assert_eq!(entries[2].value.span.text(text), "e: &s f");
    assert_eq!(entries[2].value.entries()[0].value.anchor.as_deref(), Some("s"));
    assert_eq!(root.span.text(text), text.trim_end());
}

#[test]
fn an_anchor_before_its_content_belongs_to_it() {
    let text = "&x\n- &y {}\n- &z a\n- [&w b]\n";
    let root = root(text);
    assert_eq!(root.anchor.as_deref(), Some("x"));
    let items = root.elements();
    assert_eq!(items[0].anchor.as_deref(), Some("y"));
    assert_eq!(items[1].anchor.as_deref(), Some("z"));
    assert_eq!(items[2].anchor, None);
    assert_eq!(items[2].elements()[0].anchor.as_deref(), Some("w"));
}

#[test]
fn aliases_stand_for_the_nearest_anchor_before() {
    let text = "a: &x 1\nb: *x\nc: &x [2]\nd: *x\n*x : e\n";
    let root = root(text);
    assert_eq!(root.get("b").and_then(Node::as_str), Some("1"));
    assert_eq!(root.get("d").map(|d| d.elements().len()), Some(1));
    let alias = &root.entries()[3].value;
    assert_eq!(alias.span.text(text), "*x");
    assert!(matches!(&alias.kind, NodeKind::Alias(name, Some(node)) if name == "x" && node.span.text(text) == "[2]"));
    assert_eq!(root.entries()[4].key.span.text(text), "*x");
}

#[test]
fn aliases_of_nothing_and_of_themselves() {
    let text = "a: &a [*a, *b]\nc: *a\n--- *a\n";
    let (documents, errors) = parse(FileId(0), text);
    assert_eq!(
        shown(&errors),
        [
            "7 the anchor `a` holds this alias of itself",
            "11 there is no anchor `b` before this",
            "25 there is no anchor `a` before this",
        ]
    );
    let root = documents[0].root.as_ref().expect("a root");
    assert_eq!(root.get("c").map(|c| c.elements().len()), Some(2));
    assert!(matches!(root.get("a").map(|a| &a.elements()[0].kind), Some(NodeKind::Alias(_, None))));
    // An inner anchor of the same name is complete.
    assert_eq!(super::root("&a [&a b, *a]").elements()[1].as_str(), Some("b"));
}

#[test]
fn streams() {
    let text = "# c\na: 1\n---\n---  # d\n!t b\n...\n%YAML 1.2\n--- |\n  e\n";
    let documents = documents(text);
    let spans: Vec<&str> = documents.iter().map(|document| document.span.text(text)).collect();
    assert_eq!(spans, ["a: 1\n", "\n", "!t b\n...\n%YAML 1.2\n", "|\n  e\n"]);
    assert!(documents[1].root.is_none());
    assert_eq!(documents[2].root.as_ref().and_then(Node::as_str), Some("b"));
}

#[test]
fn nothing_at_all() {
    for text in ["", "\u{feff}", "# c\n", "\n\n", " "] {
        assert!(documents(text).is_empty(), "{text:?}");
    }
    assert!(documents("---").iter().all(|document| document.root.is_none()));
}

#[test]
fn an_error_costs_the_rest_of_its_document() {
    let text = "a: 1\nb:\n  c: d\n  e\n---\nf: [g, {h: i\n---\nj: k\n";
    let (documents, errors) = parse(FileId(0), text);
    assert_eq!(errors.len(), 2);
    assert_eq!(errors[0].span.start, 17);
    assert_eq!(documents.len(), 3);
    let first = documents[0].root.as_ref().expect("a root");
    assert_eq!(first.get("b").and_then(|b| b.get("c")).and_then(Node::as_str), Some("d"));
    assert_eq!(first.span.text(text), "a: 1\nb:\n  c: d");
    let second = documents[1].root.as_ref().expect("a root");
    assert_eq!(second.get("f").map(|f| f.elements()[0].as_str() == Some("g")), Some(true));
    assert_eq!(errors[1].span.text(text), "{");
    assert_eq!(documents[2].root.as_ref().and_then(|root| root.get("j")).and_then(Node::as_str), Some("k"));
    assert_eq!(documents[0].span.end, documents[1].span.start - 4);
}

#[test]
fn a_key_without_its_value_is_kept() {
    let text = "a:\n  b: 'c\n";
    let (documents, errors) = parse(FileId(0), text);
    assert_eq!(errors.len(), 1);
    let b = documents[0].root.as_ref().and_then(|root| root.get("a")).map(|a| a.entries()[0].clone()).expect("b");
    assert_eq!((b.key.span.text(text), b.value.span), ("b", Span::new(FileId(0), 7, 7)));
}

#[test]
fn duplicate_keys_are_kept() {
    let root = root("a: 1\nb: 2\na: 3\n");
    assert_eq!(root.entries().len(), 3);
    assert_eq!(root.get("a").and_then(Node::as_str), Some("3"));
}

#[test]
fn styles() {
    let root = root("- a\n- 'a'\n- \"a\"\n- |\n  a\n- >\n  a\n");
    let styles: Vec<Style> = root
        .elements()
        .iter()
        .filter_map(|node| if let NodeKind::Scalar(scalar) = &node.kind { Some(scalar.style) } else { None })
        .collect();
    assert_eq!(styles, [Style::Plain, Style::Single, Style::Double, Style::Literal, Style::Folded]);
}

#[test]
fn what_libyaml_lets_pass() {
    for text in ["a:\tb\n", "a: b\n\t\nc: d\n", "a: [\nb,\nc\n]\n", "a: \"b\nc\"\n", "a: b\t# c\n", "{a: b,}"] {
        documents(text);
    }
}
