//! Text made to overflow the stack, to take quadratic time, or to fill the memory.

use std::thread;

use stockade_hcl::{Body, ExprKind, Item, SyntaxError, TemplatePart, parse, parse_template};

use crate::{FILE, render};

/// Reads and drops on the stack of a small thread.
fn read(text: String) -> (Vec<SyntaxError>, Vec<String>) {
    let reader = move || {
        let (body, errors) = parse(FILE, &text);
        crate::spans::check(&body, &text);
        let tops = tops(&body);
        drop(body.clone());
        (errors, tops)
    };
    thread::Builder::new().stack_size(2 << 20).spawn(reader).expect("a thread").join().expect("no overflow")
}

/// The top-level attributes with their values, if short, and the blocks.
fn tops(body: &Body) -> Vec<String> {
    body.items
        .iter()
        .map(|item| match item {
            Item::Attribute(attribute)
                if attribute.value.span.len() < 9 || matches!(attribute.value.kind, ExprKind::Error) =>
            {
                format!("{} = {}", attribute.key.text, render::expr(&attribute.value))
            }
            Item::Attribute(attribute) => attribute.key.text.to_string(),
            Item::Block(block) => block.kind.text.to_string(),
        })
        .collect()
}

#[test]
fn deep_nesting_costs_the_attribute() {
    for (open, inside, close) in [
        ("[", "", "]"),
        ("(", "1", ")"),
        ("{x=", "1", "}"),
        ("{(x)=", "1", "}"),
        ("f(", "", ")"),
        ("!", "a", ""),
        ("-", "1", ""),
        ("\"${", "1", "}\""),
        ("a[", "0", "]"),
        ("a[*][", "0", "]"),
        ("[for x in ", "1", ": 1]"),
        ("{for x in y : x => ", "1", "}"),
        ("a || a && a == a < a + a * (", "1", ")"),
        ("a ? ", "1", " : 2"),
        ("a ? 1 : ", "1", ""),
        ("\"%{if ", "1", "}%{endif}\""),
        ("\"${f([{x=-(", "1", ")}])}\""),
        ("[*]", "", ""),
    ] {
        let deep = open.repeat(100_000) + inside + &close.repeat(100_000);
        let deep = if open == "[*]" { format!("a{deep}") } else { deep };
        let (errors, tops) = read(format!("a = {deep}\nb = 1\nc {{\n}}\n"));
        assert_eq!(errors.len(), 1, "{open}: {:?}", errors.first());
        assert!(errors[0].message.contains("levels deep"), "{open}: {errors:?}");
        assert_eq!(tops, ["a = ERROR", "b = 1", "c"], "{open}");
        // And the half that is never closed.
        let (errors, tops) = read(format!("a = {}\nb = 1\n", open.repeat(100_000)));
        assert!(!errors.is_empty() && tops[0] == "a = ERROR", "{open}: {tops:?}");
    }
}

#[test]
fn long_chains_cost_the_attribute() {
    for (first, link) in
        [("a", " + a"), ("a", " || a"), ("a", ".b"), ("a", "[0]"), ("a", ".0.b"), ("a", ".*.b[0]"), ("a", ".*")]
    {
        let (errors, tops) = read(format!("a = {first}{}\nb = 1\n", link.repeat(100_000)));
        let told: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
        let wanted = if link == ".*" {
            "expected a name after `.`, found `*`"
        } else {
            "nested or chained more than 256 levels deep"
        };
        assert_eq!(told, [wanted], "{link}");
        assert_eq!(tops, ["a = ERROR", "b = 1"], "{link}");
    }
}

#[test]
fn what_people_write_is_not_too_deep() {
    for text in [
        format!("a = x{}", " + x".repeat(200)),
        format!("a = {}1{}", "[".repeat(60), "]".repeat(60)),
        format!("a = {}1{}", "{ x = [".repeat(30), "] }".repeat(30)),
        format!("a = {}2", "a ? 1 : ".repeat(90)),
        format!("a = x{}", ".y".repeat(100)),
        "b {\n".repeat(90) + &"}\n".repeat(90),
    ] {
        assert_eq!(read(text).0, []);
    }
}

/// The tree must not be high even where every level alone is within its bound.
#[test]
fn bounds_hold_together() {
    let chain = " + a".repeat(250);
    let mut text = String::from("a");
    for _ in 0..100 {
        text = format!("({text}{chain})");
    }
    let (errors, tops) = read(format!("a = {text}\nb = 1\n"));
    assert_eq!((errors.len(), tops), (1, vec!["a = ERROR".to_string(), "b = 1".to_string()]));
}

#[test]
fn deep_blocks() {
    let (errors, tops) = read("a {\n".repeat(100_000) + &"}\n".repeat(100_000) + "b = 1\n");
    assert_eq!((errors.len(), tops.len()), (1, 2));
    assert_eq!(errors[0].message, "nested more than 100 levels deep");
    let (errors, _) = read("a {\n".repeat(100_000));
    assert!(!errors.is_empty());
    let (errors, _) = read("}\n".repeat(100_000));
    assert_eq!(errors.len(), 100);
}

#[test]
fn deep_templates() {
    for text in [
        "%{if a}".repeat(30_000) + &"%{endif}".repeat(30_000),
        "%{for a in b}".repeat(30_000),
        "${\"".repeat(30_000),
        "${".repeat(30_000),
        "%{if a}\n".repeat(30_000),
        "${[\n".repeat(30_000),
        "%{endif}".repeat(30_000),
        "${<<A\n".repeat(30_000),
    ] {
        let reader = move || {
            let (template, errors) = parse_template(FILE, &text, 0);
            assert!(!errors.is_empty() && errors.len() <= 100);
            drop(template);
        };
        thread::Builder::new().stack_size(2 << 20).spawn(reader).expect("a thread").join().expect("no overflow");
    }
    let (template, errors) = parse_template(FILE, &"${a} ".repeat(100_000), 0);
    assert_eq!((template.parts.len(), errors.len()), (200_000, 0));
    assert!(matches!(template.parts[0], TemplatePart::Interpolation(..)));
}

#[test]
fn large_texts() {
    let object: String = (0..40_000).map(|n| format!("  \"key{n}\" = {n}\n")).collect();
    let array: String = (0..100_000).map(|n| format!("{n}, ")).collect();
    let heredoc = "some text ${x}\n".repeat(70_000);
    let attributes: String = (0..100_000).map(|n| format!("a{n} = {n}\n")).collect();
    let comment = "# a comment\n".repeat(800_000);
    let string = "x".repeat(1 << 20);
    let escaped = "\\n".repeat(1 << 19);
    let text = format!(
        "{comment}\no = {{\n{object}}}\na = [{array}]\nh = <<-E\n{heredoc}E\ns = \"{string}\"\ne = \"{escaped}\"\n{attributes}"
    );
    let (body, errors) = parse(FILE, &text);
    assert_eq!(errors, []);
    assert_eq!(body.items.len(), 5 + 100_000);
    let sizes: Vec<usize> = crate::attributes(&body)
        .take(5)
        .map(|attribute| match &attribute.value.kind {
            ExprKind::Object(items) => items.len(),
            ExprKind::Tuple(items) => items.len(),
            ExprKind::Template(template) => match &template.parts[..] {
                [TemplatePart::Literal(text, _)] => text.len(),
                parts => parts.len(),
            },
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sizes, [40_000, 100_000, 140_001, 1 << 20, 1 << 19]);
}

/// Damage that is found only at the end of a long text, many times over, must not be searched for each time.
#[test]
fn damage_far_away() {
    for line in [
        "a = [\n",
        "a = (\n",
        "a = {\n",
        "a = f(x,\n",
        "a = <<E\n",
        "a = \"${\n",
        "/* a\n",
        "a = \"\n",
        "a \"b\" {\n",
        "a = [[\n",
        "a \"b\" {\n x = <<E\n",
        "a {\n x = [\n}\n",
        "a = \"${<<E\n",
        "a = [<<E\n",
        "a = {b = <<E\n",
    ] {
        let (errors, _) = read(line.repeat(40_000));
        assert!(!errors.is_empty() && errors.len() <= 100, "{line:?}");
    }
    let markers: String = (0..40_000).map(|n| format!("a{n} = <<E{n}\n")).collect();
    assert!(read(markers).0.len() <= 100);
    let swallowed = format!("a = [\n{}", "1,\n".repeat(60_000)).repeat(3);
    assert!(!read(swallowed).0.is_empty());
}
