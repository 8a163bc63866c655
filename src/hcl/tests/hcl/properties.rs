//! What holds for every text.

use proptest::prelude::*;
use stockade_hcl::{parse, parse_expr, parse_template};
use stockade_source::Span;

use crate::{FILE, blocks, oracle::SAMPLE, spans};

/// Text made of what the grammar is made of, so that it comes far.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b",
        "for",
        "in",
        "if",
        "else",
        "endif",
        "endfor",
        "null",
        "1",
        "0.5",
        ".",
        "..",
        "...",
        ",",
        ":",
        "::",
        "=",
        "==",
        "=>",
        "!",
        "!=",
        "?",
        "<",
        "<=",
        "<<E\n",
        "<<-E\n",
        "E\n",
        "  E\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "\"x\"",
        "\\",
        "\\n",
        "\\u00e9",
        "$",
        "$$",
        "%",
        "${",
        "$${",
        "%{",
        "~",
        "~}",
        "#",
        "//",
        "/*",
        "*/",
        "*",
        "+",
        "-",
        "/",
        "&&",
        "||",
        "é",
        "\u{301}",
        "😀",
        "\u{feff}",
        "\0",
        "a = ",
        "a {\n",
        "a \"b\" {\n",
        "}\n",
        "f(",
        "@",
        "a.0.1",
        "[*]",
        ".*",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn check(text: &str) {
    let (body, errors) = parse(FILE, text);
    spans::check(&body, text);
    let whole = Span::new(FILE, 0, u32::try_from(text.len()).expect("short"));
    let (template, more) = parse_template(FILE, text, 0);
    spans::check_parts(&template.parts, text, whole);
    let (expr, most) = parse_expr(FILE, text, 0);
    spans::check_expr(&expr, text, whole);
    for error in errors.iter().chain(&more).chain(&most) {
        assert!(whole.contains(error.span), "{error:?}");
        assert!(text.is_char_boundary(error.span.start as usize), "{error:?}");
        assert!(text.is_char_boundary(error.span.end as usize), "{error:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in "\\PC*") {
        check(&text);
    }

    #[test]
    fn any_row_of_tokens_is_read(text in pieces()) {
        check(&text);
    }

    #[test]
    fn deletions_are_survived(cuts in prop::collection::vec((0..SAMPLE.len(), 1..12usize), 1..4)) {
        let mut text = SAMPLE.to_string();
        for (start, len) in cuts {
            let start = text.floor_char_boundary(start.min(text.len()));
            let end = text.floor_char_boundary((start + len).min(text.len()));
            text.replace_range(start..end, "");
        }
        check(&text);
    }

    /// One deletion costs no more than the top-level blocks that it touches.
    #[test]
    fn one_deletion_costs_little(start in 0..SAMPLE.len(), len in 1..12usize) {
        let start = SAMPLE.floor_char_boundary(start);
        let end = SAMPLE.floor_char_boundary((start + len).min(SAMPLE.len()));
        let text = format!("{}{}", &SAMPLE[..start], &SAMPLE[end..]);
        let (whole, _) = parse(FILE, SAMPLE);
        let (damaged, _) = parse(FILE, &text);
        let kept: Vec<_> = blocks(&damaged).map(|block| (&block.kind.text, block.labels.iter().map(|l| &l.text).collect::<Vec<_>>())).collect();
        for block in blocks(&whole) {
            if block.span.start as usize <= end && start <= block.span.end as usize {
                continue;
            }
            let head = (&block.kind.text, block.labels.iter().map(|l| &l.text).collect::<Vec<_>>());
            prop_assert!(kept.contains(&head), "{head:?} is lost without {:?}", &SAMPLE[start..end]);
        }
    }
}
