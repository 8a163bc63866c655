//! Quoted strings, heredocs and template files. What is expected of trimming is what Terraform 1.11 gave
//! for the same text.

use stockade_hcl::{ExprKind, Template, TemplatePart, parse_template};

use crate::{FILE, body, expr, render, shown, spans, told};

/// A template's text with `X` for every interpolation and the bodies of directives once.
fn filled(parts: &[TemplatePart]) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            TemplatePart::Literal(text, _) => out.push_str(text),
            TemplatePart::Interpolation(..) => out.push('X'),
            TemplatePart::If(inner) => out.push_str(&filled(&inner.then)),
            TemplatePart::For(inner) => out.push_str(&filled(&inner.body)),
        }
    }
    out
}

fn template(text: &str) -> Template {
    match expr(text).kind {
        ExprKind::Template(template) => *template,
        other => panic!("no template: {other:?}"),
    }
}

/// The text of a heredoc whose lines are `lines`, closed by a marker with some indentation.
fn flushed(lines: &str) -> String {
    filled(&template(&format!("<<-EOT\n{lines}    EOT\n")).parts)
}

#[test]
fn escapes() {
    assert_eq!(shown(r#""a\n\r\t\"\\b""#), r#""a\n\r\t\"\\b""#);
    assert_eq!(shown(r#""\u00e9\U0001F600""#), "\"é😀\"");
    assert_eq!(shown(r#""""#), r#""""#);
    assert_eq!(shown(r#""$${a} %%{b} $$$${c} $ % $$ 5%""#), r#""${a} %{b} $$${c} $ % $$ 5%""#);
    assert_eq!(shown(r#""$%{if a}x%{endif}""#), r#"(t "$" (if a (then "x") (else)))"#);
    assert_eq!(shown("\"é𝄞\""), "\"é𝄞\"");
}

#[test]
fn what_is_no_escape_is_kept_and_told() {
    for (text, place, kept) in [
        (r#"a = "x\dy""#, r"\d", "xdy"),
        (r#"a = "x\u12zy""#, r"\u", "x12zy"),
        (r#"a = "\ud800""#, r"\u", "d800"),
        (r#"a = "\é""#, r"\é", "é"),
    ] {
        let (tree, errors) = stockade_hcl::parse(FILE, text);
        let errors = told(text, errors);
        assert_eq!((errors.len(), errors[0].0), (1, place), "{errors:?}");
        assert_eq!(render::body(&tree), format!("a = {kept:?}"));
    }
}

#[test]
fn interpolations() {
    assert_eq!(shown(r#""${a}""#), "(t ${a})");
    assert_eq!(shown(r#""a${b}c${ d.e }""#), r#"(t "a" ${b} "c" ${(. d e)})"#);
    assert_eq!(shown(r#""${f("x${g("y")}")}""#), r#"(t ${f((t "x" ${g("y")}))})"#);
    assert_eq!(shown(r#""${ { a = "}" }.a }""#), r#"(t ${(. {a "}"} a)})"#);
    assert_eq!(shown("\"${\n a\n}\""), "(t ${a})");
    assert_eq!(shown("\"${ { a = 1\n b = 2 } }\""), "(t ${{a 1, b 2}})");
    assert_eq!(shown("\"${a /* } */}\""), "(t ${a})");
    assert_eq!(shown(r#""a}b{c""#), r#""a}b{c""#);
}

#[test]
fn directives() {
    assert_eq!(shown(r#""%{if a}b%{else}c%{endif}""#), r#"(t (if a (then "b") (else "c")))"#);
    assert_eq!(shown(r#""%{ for k, v in a }${k}%{ endfor }x""#), r#"(t (for k v in a: ${k}) "x")"#);
    assert_eq!(
        shown(r#""%{if a}%{for v in b}%{if v}x%{endif}%{endfor}%{endif}""#),
        r#"(t (if a (then (for v in b: (if v (then "x") (else)))) (else)))"#
    );
}

#[test]
fn directives_that_do_not_match_are_told() {
    for (text, place, message) in [
        ("a%{else}b", "%{else}", "`%{else}` without `%{if}`"),
        ("a%{if x}b", "%{", "`%{if}` without `%{endif}`"),
        ("%{for x in y}%{endif}%{endfor}", "%{endif}", "`%{endif}` without `%{if}`"),
        ("%{if x}%{else}%{else}%{endif}", "%{else}", "`%{else}` without `%{if}`"),
        ("%{endfor}", "%{endfor}", "`%{endfor}` without `%{for}`"),
        ("a%{for x in y}b", "%{", "`%{for}` without `%{endfor}`"),
        ("%{fi x}b", "fi", "expected `if`, `else`, `endif`, `for` or `endfor`, found `fi`"),
        ("%{for x of y}b", "of", "expected `in` after the variables of `for`, found `of`"),
    ] {
        let (tree, errors) = parse_template(FILE, text, 0);
        assert_eq!(told(text, errors), [(place, message.to_string())], "{}", render::template(&tree));
    }
}

#[test]
fn trimming_in_quotes() {
    assert_eq!(shown(r#""a \n\n ${~ x ~} \n b""#), r#"(t "a" ${x} "b")"#);
    assert_eq!(shown(r#""a ${x ~}""#), r#"(t "a " ${x})"#);
    assert_eq!(shown(r#""a %{~ if x ~} b %{~ endif ~} c""#), r#"(t "a" (if x (then "b") (else)) "c")"#);
    // It is text, for there is a literal beside the interpolation, though an empty one.
    assert_eq!(shown(r#"" ${~ x }""#), r#"(t "" ${x})"#);
}

#[test]
fn heredocs() {
    assert_eq!(shown("<<EOT\n  a\n    b\n  EOT\n"), r#"<<"  a\n    b\n""#);
    assert_eq!(shown("<<EOT\nEOT\n"), r#"<<"""#);
    assert_eq!(shown("<<EOT\n EOTX\nX EOT\nEOT  \n"), r#"<<" EOTX\nX EOT\n""#);
    assert_eq!(shown("<<EOT\r\na\r\nEOT\r\n"), r#"<<"a\r\n""#);
    assert_eq!(shown("<<EOT\na\\n\"$${x} %%{y} $$$${z} $ % $$ 5%\nEOT\n"), r#"<<"a\\n\"${x} %{y} $$${z} $ % $$ 5%\n""#);
    assert_eq!(shown("<<EOT\na ${b} c\nEOT\n"), r#"<<(t "a " ${b} " c\n")"#);
    assert_eq!(shown("[<<A\nx\nA\n, <<B\ny\nB\n]"), r#"[<<"x\n" <<"y\n"]"#);
    assert_eq!(shown("{ a = <<A\nx\nA\n b = 1 }"), r#"{a <<"x\n", b 1}"#);
    assert_eq!(render::body(&body("a = <<A\nx\nA\nb = 1\n")), r#"a = <<"x\n"; b = 1"#);
    assert_eq!(shown("f(<<A\n${a}EOT\nA\n)"), r#"f(<<(t ${a} "EOT\n"))"#);
}

#[test]
fn flushing_takes_the_smallest_indentation() {
    assert_eq!(flushed("    a\n      b\n\n    c\n"), "a\n  b\n\nc\n");
    assert_eq!(flushed("\t\ta\n\t b\n"), "a\nb\n");
    assert_eq!(flushed("    a\n \n      \n    b\n"), "a\n \n      \nb\n");
    assert_eq!(flushed("    a\n${x}\n"), "    a\nX\n");
    assert_eq!(flushed("    a\n      ${x} b\n"), "a\n  X b\n");
    assert_eq!(flushed("    a ${x}\n  b\n"), "  a X\nb\n");
    assert_eq!(flushed("\u{a0}\u{a0}a\n\u{a0}b\n"), "\u{a0}a\nb\n");
    assert_eq!(flushed("    a\r\n      b\r\n"), "a\r\n  b\r\n");
    assert_eq!(flushed("    ${<<-B\n      x\n        y\n    B\n    }z\n"), "Xz\n");
    assert_eq!(flushed(""), "");
}

#[test]
fn flushing_after_trimming() {
    // The line after a trimmed line break keeps its indentation and does not count.
    assert_eq!(flushed("    a\n    ${x ~}\n      b\n    c\n"), "a\nX      b\nc\n");
    assert_eq!(flushed("    a\n    %{ if x ~}\n      b\n    %{ endif ~}\n    c\n"), "a\n      b\n    c\n");
    // Trimming to the left takes the indentation away, so that the line has none.
    assert_eq!(flushed("    a\n    ${~ x}\n    b\n"), "    a\nX\n    b\n");
    assert_eq!(flushed("    a\n    %{~ if x }\n      b\n    %{~ endif }\n    c\n"), "    a\n\n      b\n\n    c\n");
    assert_eq!(flushed("    %{ if x }b%{ else }a%{ endif }\n      c\n"), "b\n  c\n");
}

#[test]
fn trimming_goes_no_further_than_the_line() {
    let text = "<<EOT\na\n\n\n   ${~ x ~}\n\n\nb\nEOT\n";
    assert_eq!(filled(&template(text).parts), "a\n\n\nX\n\nb\n");
    let text = "<<EOT\n%{ for i in a ~}\n  n ${i}\n%{ endfor ~}\nend\nEOT\n";
    assert_eq!(filled(&template(text).parts), "  n X\nend\n");
    assert_eq!(shown("<<EOT\n${x ~}\nEOT\n"), r#"<<(t ${x} "")"#);
}

#[test]
fn literals_stand_for_their_raw_text() {
    let text = "a = \"x\\n${b}$${c}\"\nd = <<-E\n  x\n   y ${z}\n  E\n";
    let tree = body(text);
    let raw: Vec<&str> = crate::attributes(&tree)
        .flat_map(|attribute| match &attribute.value.kind {
            ExprKind::Template(template) => template.parts.iter(),
            other => panic!("no template: {other:?}"),
        })
        .map(|part| match part {
            TemplatePart::Literal(_, span) | TemplatePart::Interpolation(_, span) => span.text(text),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(raw, ["x\\n", "${b}", "$${c}", "  x\n   y ", "${z}", "\n"]);
}

#[test]
fn template_files() {
    let whole = "#!/bin/sh\necho \"${name}\" $HOME\n%{ for p in ports ~}\nopen ${p}\n%{ endfor ~}\n";
    let text = format!("12345{whole}");
    let (tree, errors) = parse_template(FILE, whole, 5);
    assert_eq!(errors, []);
    let all = stockade_source::Span::new(FILE, 5, u32::try_from(text.len()).expect("short"));
    spans::check_parts(&tree.parts, &text, all);
    assert_eq!(
        render::template(&tree),
        r##"(t "#!/bin/sh\necho \"" ${name} "\" $HOME\n" (for p in ports: "open " ${p} "\n") "")"##
    );
    let (tree, errors) = parse_template(FILE, "", 0);
    assert_eq!((tree.parts.len(), errors.len()), (0, 0));
    let (tree, _) = parse_template(FILE, "\u{feff}${a}", 0);
    assert_eq!(render::template(&tree), "(t ${a})");
}

#[test]
fn a_damaged_sequence_costs_itself() {
    let text = "a ${b.} c ${d}\ne ${f( g\nh ${i}\n";
    let (tree, errors) = parse_template(FILE, text, 0);
    assert_eq!(render::template(&tree), r#"(t "a " ${ERROR} " c " ${d} "\ne " ${ERROR} "\nh " ${i} "\n")"#);
    assert_eq!(
        told(text, errors),
        [
            ("}", "expected a name after `.`, found `}`".to_string()),
            ("h", "expected `,` or `)`, found `h`".to_string()),
        ]
    );
}
