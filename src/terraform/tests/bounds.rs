//! Bounds: whatever is asked for, lowering ends, soon and with little memory.

use std::fmt::Write;

use stockade_model::{Kind, Reason, Value};

use super::{eval, main, why};

/// Whether a value is unknown for being over a limit, or something in it is.
fn limited(value: &Value) -> bool {
    let limit = |why: &stockade_model::Why| why.reason == Reason::Limit;
    match &value.kind {
        Kind::List(list) => list.open.as_deref().is_some_and(limit) || list.items.iter().any(limited),
        Kind::Map(map) => map.open.as_deref().is_some_and(limit) || map.iter().any(|(_, field)| limited(&field.value)),
        _ => value.why().is_some_and(|why| limit(why)),
    }
}

/// Runs on the stack that is promised to be enough.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(8 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn long_chains_of_locals() {
    on_a_small_stack(|| {
        for step in [
            "local.a{}",
            "\"${local.a{}}x\"",
            "[local.a{}]",
            "concat([1], [local.a{}])",
            "{ a = local.a{} }.a",
            "true ? local.a{} : 1",
        ] {
            let mut text = String::from("locals {\n  a0 = 1\n");
            for n in 1..1_000 {
                writeln!(text, "  a{n} = {}", step.replace("{}", &(n - 1).to_string())).unwrap();
            }
            // The last is asked for first.
            let text = format!("output \"o\" {{ value = local.a999 }}\n{text}}}\n");
            let result = main(&text);
            assert!(limited(result.at("output.o", &["value"])), "{step}");
        }
    });
}

#[test]
fn long_chains_of_resources() {
    on_a_small_stack(|| {
        for step in [
            "n = aws_x.a{}.n",
            "n = [for x in [aws_x.a{}.n] : { a = \"${x}\" }][0].a",
            "n = 1\n count = aws_x.a{}[0].n",
            "n = 1\n for_each = { for k, v in aws_x.a{} : k => v }",
            "n {\n dynamic \"b\" {\n for_each = aws_x.a{}.n\n content {\n c = b.value\n }\n }\n }",
        ] {
            let mut text = String::new();
            for n in (1..1_000).rev() {
                let body = step.replace("{}", &(n - 1).to_string());
                writeln!(text, "resource \"aws_x\" \"a{n}\" {{\n  {body}\n}}").unwrap();
            }
            let _ = main(&text);
        }
    });
}

#[test]
fn deep_expressions() {
    on_a_small_stack(|| {
        for (open, close) in
            [("(", ")"), ("[", "]"), ("{a=", "}"), ("lower(", ")"), ("!", ""), ("\"${", "}\""), ("true ? ", " : 1")]
        {
            let expr = format!("{}1{}", open.repeat(90), close.repeat(90));
            let _ = eval(&expr);
        }
        let _ = eval(&format!("1{}", " + 1".repeat(200)));
    });
}

#[test]
fn values_that_double() {
    for step in [
        "concat(local.a{}, local.a{})",
        "[local.a{}, local.a{}]",
        "\"${join(\"\", local.a0)}${local.t{}}${local.t{}}\"",
        "setproduct(local.a{}, local.a{})",
    ] {
        let mut text = String::from("locals {\n  a0 = [\"x\", \"y\"]\n  t0 = \"xxxxxxxxxxxxxxxxxx\"\n");
        for n in 1..200 {
            let name = if step.contains("local.t") { "t" } else { "a" };
            writeln!(text, "  {name}{n} = {}", step.replace("{}", &(n - 1).to_string())).unwrap();
        }
        text.push_str("}\n");
        let result = main(&text);
        let last = if step.contains("local.t") { "local.t199" } else { "local.a199" };
        assert!(limited(result.at(last, &["value"])), "{step}");
    }
}

#[test]
fn big_numbers_of_anything() {
    assert_eq!(why(&eval("range(1000000000)")).0, Reason::Invalid);
    assert_eq!(why(&eval("format(\"%999999999d\", 1)")).0, Reason::Limit);
    assert_eq!(why(&eval("indent(999999999, \"a\\nb\")")).0, Reason::Limit);
    assert_eq!(eval("indent(9223372036854775807, \"a\")").as_text(), Some("a"));
    let pattern = "replace(join(\"\", [for n in range(1000) : \"0123456789\"]), \"/.*/\", join(\"\", [for n in range(1000) : \"$0\"]))";
    assert_eq!(why(&eval(pattern)).0, Reason::Limit);
    let nested = "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]]";
    assert!(limited(&eval(nested)));
    let result = main("resource \"aws_x\" \"a\" {\n  count = 1000000\n}\n");
    assert_eq!(result.addresses(), ["aws_x.a"]);
}

#[test]
fn odd_declarations() {
    for text in [
        "resource \"a\" {}",
        "resource {}",
        "module \"m\" {}",
        "variable \"v\" { type = 1 }",
        "locals \"x\" { a = 1 }",
        "output \"o\" {}",
        "resource \"a\" \"b\" { count = -1 }",
        "resource \"a\" \"b\" {\n count = aws_x.c.id\n for_each = a.b\n}",
        "resource \"a\" \"b\" { for_each = a.b }",
        "resource \"a\" \"b\" {\n dynamic \"c\" {}\n}",
        "resource \"a\" \"b\" { x = self.x }",
        "resource \"a\" \"b\" { x = a.b[*].x }",
        "module \"m\" {\n source = \".\"\n}",
        "locals {\n a = [][0]\n b = {}.x\n c = \"\"[0]\n d = null.a\n e = 1 / 0\n f = 0 / 0\n}",
        "locals {\n a = cidrhost(\"0.0.0.0/0\", -1)\n b = cidrhost(\"::/0\", -1)\n c = cidrsubnet(\"::/0\", 128, 1)\n d = cidrsubnets(\"::/0\", 1, 1, 1)\n}",
        "locals {\n a = parseint(\"-9223372036854775808\", 10)\n b = abs(-9223372036854775807 - 1)\n c = substr(\"abc\", -9223372036854775807, 9223372036854775807)\n}",
        "locals {\n a = base64decode(\"====\")\n b = element([], 0)\n c = slice([], 1, 0)\n d = chunklist([1], -1)\n}",
    ] {
        let _ = main(text);
    }
}
