//! What damage costs, and what is said about it.

use crate::{FILE, errors, render};

fn shown(text: &str) -> String {
    render::body(&stockade_hcl::parse(FILE, text).0)
}

#[test]
fn a_bad_attribute_costs_the_attribute() {
    let text = "a {\n  x = 1 2\n  y = 3\n}\nb = 4\n";
    assert_eq!(shown(text), "a {x = ERROR; y = 3}; b = 4");
    assert_eq!(errors(text), [("2", "expected a new line, found `2`".to_string())]);

    let text = "a {\n  x = {\n    k = foo.\n    l = 2\n  }\n  y = 3\n}\n";
    assert_eq!(shown(text), "a {x = ERROR; y = 3}");
    assert_eq!(errors(text), [("", "expected a name after `.`, found the end of the line".to_string())]);
}

#[test]
fn half_typed_lines() {
    let text = "a {\n  acl\n  y = 3\n}\n";
    assert_eq!(shown(text), "a {y = 3}");
    assert_eq!(errors(text), [("acl", "expected `=` or `{` after `acl`".to_string())]);

    let text = "a {\n  acl =\n  y = 3\n}\n";
    assert_eq!(shown(text), "a {acl = ERROR; y = 3}");
    assert_eq!(errors(text), [("", "expected an expression, found the end of the line".to_string())]);

    let text = "a {\n  acl = \"priv\n  y = 3\n}\n";
    assert_eq!(shown(text), "a {acl = ERROR; y = 3}");
    assert_eq!(errors(text), [("\"", "unclosed string".to_string())]);

    let text = "a {\n  acl = \"x${var.\n  y = 3\n}\nb {}\n";
    assert_eq!(shown(text), "a {acl = ERROR; y = 3}; b {}");

    let text = "resource \"x\"\nb {}\n";
    assert_eq!(shown(text), "b {}");
    assert_eq!(errors(text), [("", "expected `{` or a label, found the end of the line".to_string())]);

    let text = "res\nb {}\n";
    assert_eq!(shown(text), "b {}");
}

#[test]
fn an_unclosed_bracket_ends_where_the_next_item_starts() {
    for bracket in ["[", "(", "f(", "[1, ["] {
        let text = format!("a {{\n  x = {bracket}\n    \"p\"\n  y = 2\n  z = 3\n}}\nb {{}}\n");
        assert_eq!(shown(&text), "a {x = ERROR; y = 2; z = 3}; b {}", "{text}");
        let open = &bracket[bracket.len() - 1..];
        assert_eq!(errors(&text), [(open, format!("unclosed `{open}`"))]);
    }
    let text = "a {\n  x = {\n    k = 1\n  l {\n    m = 2\n  }\n}\nb \"c\" {}\n";
    assert_eq!(shown(text), "a {x = ERROR; l {m = 2}}; b \"c\" {}");
}

#[test]
fn an_unclosed_block_ends_where_the_next_one_starts() {
    let text = "a \"1\" {\n  x = 1\n\nb \"2\" {\n  y = 2\n}\n\nc {\n  z = 3\n}\n";
    assert_eq!(shown(text), "a \"1\" {x = 1}; b \"2\" {y = 2}; c {z = 3}");
    assert_eq!(errors(text), [("{", "unclosed `{`".to_string())]);

    let text = "a {\n  l {\n    x = 1\n}\nb {\n  y = 2\n}\n";
    assert_eq!(shown(text), "a {l {x = 1}}; b {y = 2}");

    let text = "a {\n  l {\n    x = 1\n  m {\n    y = 2\n  }\n  z = 3\n}\nb {\n}\n";
    assert_eq!(shown(text), "a {l {x = 1}; m {y = 2}; z = 3}; b {}");
    assert_eq!(errors(text), [("{", "unclosed `{`".to_string())]);

    let text = "a {\n  x = 1\n";
    assert_eq!(shown(text), "a {x = 1}");
    assert_eq!(errors(text), [("{", "unclosed `{`".to_string())]);
}

#[test]
fn blocks_in_column_0_may_be_nested() {
    let text = "a {\nb {\nx = 1\n}\n}\nc {}\n";
    assert_eq!(shown(text), "a {b {x = 1}}; c {}");
    assert_eq!(errors(text), []);
}

#[test]
fn a_stray_brace_costs_nothing() {
    let text = "a {\n  x = 1\n}\n}\nb {}\n";
    assert_eq!(shown(text), "a {x = 1}; b {}");
    assert_eq!(errors(text), [("}", "unexpected `}`".to_string())]);
}

#[test]
fn an_endless_heredoc_ends_with_its_block() {
    let text = "a {\n  x = <<EOT\n    text\n}\nb \"c\" {\n  y = 1\n}\n";
    assert_eq!(shown(text), "a {x = ERROR}; b \"c\" {y = 1}");
    assert_eq!(errors(text), [("<<EOT", "unclosed heredoc, no line holds only `EOT`".to_string())]);
}

#[test]
fn an_endless_comment_is_told_once() {
    assert_eq!(errors("a = 1\n/* b\nc = 2"), [("/*", "unclosed comment".to_string())]);
    assert_eq!(shown("a = 1\n/* b\nc = 2"), "a = 1; c = 2");
    assert_eq!(errors("a = 1 /*/"), [("/*", "unclosed comment".to_string())]);
}

#[test]
fn brackets_in_strings_comments_and_heredocs_do_not_count() {
    let text = "a {\n  x = [\"]\", <<E\n]\nE\n  , # ]\n  1 2, \"${\"]\"}\"]\n  y = 1\n}\n";
    assert_eq!(shown(text), "a {x = ERROR; y = 1}");
}

#[test]
fn quoted_names_and_templates_in_labels() {
    assert_eq!(
        errors("\"a\" = 1\nb = 2\n"),
        [("\"", "the name of an attribute or block stands without quotes".into())]
    );
    let text = "a \"x${y}\" {}\nb {}\n";
    assert_eq!(errors(text), [("${", "a label cannot hold a template".to_string())]);
    assert_eq!(shown(text), "a \"x${y}\" {}; b {}");
}

#[test]
fn a_damaged_head_keeps_what_the_block_holds() {
    for head in ["a \"b c\" \"d {", "a \"b\" = {", "a \"b\" é.f {", "a \"b\""] {
        let text = format!("{head}\n  x = 1\n}}\ne {{}}\n");
        assert!(shown(&text).ends_with(" {x = 1}; e {}"), "{}", shown(&text));
        assert_eq!(errors(&text).len(), 1, "{text}");
    }
}

#[test]
fn damage_at_the_end_of_a_block_on_one_line() {
    let text = "a { x = }\nb { y = 1 2 }\nc {}\n";
    assert_eq!(shown(text), "a {x = ERROR}; b {y = ERROR}; c {}");
}

#[test]
fn errors_are_counted_out() {
    let text = "acl\n".repeat(1000) + "b {}\n";
    let (tree, errors) = stockade_hcl::parse(FILE, &text);
    assert_eq!((tree.items.len(), errors.len()), (0, 100));
    assert_eq!(errors[99].message, "too many errors, the rest is not read");
}

#[test]
fn every_block_but_the_damaged_one_is_kept() {
    let block = |name: &str, inside: &str| format!("resource \"x\" \"{name}\" {{\n{inside}  z = 9\n}}\n\n");
    for inside in [
        "  a = \n",
        "  a = [\n",
        "  a = {\n",
        "  a = (\n",
        "  a = \"\n",
        "  a = \"${\n",
        "  a = <<E\n",
        "  a {\n",
        "  a\n",
        "  a \"\n",
        "  = 1\n",
        "  )\n",
        "  ]\n",
        "  a = ]\n",
        "  a = }\n",
        "  \"\n",
        "  a = 1 +\n",
        "  a = b ?\n",
        "  a = b ? 1\n",
        "  a = [for\n",
        "  a = f(\n",
        "  a = b[\n",
        "  a = b.\n",
        "  a = @\n",
        "  é é é\n",
        "  a : 1\n",
    ] {
        let text = block("one", "") + &block("two", inside) + &block("three", "") + &block("four", "");
        let (tree, errors) = stockade_hcl::parse(FILE, &text);
        crate::spans::check(&tree, &text);
        assert!(!errors.is_empty(), "{inside:?}");
        let names: Vec<&str> = crate::blocks(&tree)
            .filter(|block| block.labels.len() == 2)
            .map(|block| block.labels[1].text.as_str())
            .collect();
        assert_eq!(names, ["one", "two", "three", "four"], "{inside:?}: {errors:?}");
    }
}
