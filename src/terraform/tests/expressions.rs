//! What expressions give.

use stockade_model::{Kind, Part, Reason, Value};

use super::{eval, lowered, main, why};

/// A value as JSON, `?` for what is unknown.
fn plain(value: &Value) -> String {
    match &value.kind {
        Kind::Null => "null".into(),
        Kind::Bool(b) => b.to_string(),
        Kind::Number(n) => n.to_string(),
        Kind::Text(text) => format!("{text:?}"),
        Kind::Template(parts) => {
            let part = |part: &Part| match part {
                Part::Known(text) => text.to_string(),
                Part::Unknown(_) => "?".into(),
            };
            format!("{:?}", parts.iter().map(part).collect::<String>())
        }
        Kind::List(list) => {
            let mut items: Vec<String> = list.items.iter().map(plain).collect();
            items.extend(list.open.as_ref().map(|_| "..".into()));
            format!("[{}]", items.join(","))
        }
        Kind::Map(map) => {
            let mut items: Vec<String> = map.iter().map(|(k, f)| format!("{k}={}", plain(&f.value))).collect();
            items.extend(map.open.as_ref().map(|_| "..".into()));
            format!("{{{}}}", items.join(","))
        }
        Kind::Unknown(_) => "?".into(),
    }
}

/// Every expression may name `u`, a variable without a value.
fn check(cases: &[(&str, &str)]) {
    for (expr, expected) in cases {
        let result = main(&format!("variable \"u\" {{}}\nlocals {{\n  x = {expr}\n}}\n"));
        assert_eq!(plain(result.at_raw("local.x")), *expected, "{expr}");
    }
}

impl super::Lower {
    fn at_raw(&self, address: &str) -> &Value {
        &self.resource(address).body.field("value").unwrap().value
    }
}

#[test]
fn operators() {
    check(&[
        ("1 + 2 * 3", "7"),
        ("7 / 2", "3.5"),
        ("5 % 0", "5"),
        ("-(3)", "-3"),
        ("0.1 + 0.2 == 0.3", "true"),
        ("\"5\" * 2", "10"),
        ("1 == \"1\"", "false"),
        ("null == null", "true"),
        ("[1] == [1]", "true"),
        ("tolist([\"a\"]) == [\"a\"]", "false"),
        ("!false && true", "true"),
        ("1 < 2 || false", "true"),
        ("9223372036854775807 + 1 > 0", "true"),
    ]);
}

#[test]
fn unknowns_are_never_guessed() {
    check(&[
        ("false && var.u", "?"),
        ("var.u == var.u", "?"),
        ("\"ami-${var.u}\" == \"igw-1\"", "false"),
        ("startswith(\"ami-${var.u}\", \"ami-\")", "true"),
        ("endswith(\"${var.u}.com\", \".org\")", "false"),
        ("can(var.u)", "?"),
        ("try(var.u, 1)", "?"),
        ("try({}.a, 1)", "1"),
        ("try(flatten([{}.a]), [1])", "[1]"),
        ("var.u ? 1 : 1", "1"),
        ("var.u ? 1 : 2", "?"),
        ("\"a-${var.u}-b\"", "\"a-?-b\""),
        ("merge({a = 1}, var.u, {b = 2})", "{a=?,b=2,..}"),
        ("concat([1], var.u)", "[1,..]"),
        ("concat(var.u, [1])[0]", "?"),
        ("flatten([[1], [var.u]])", "[1,..]"),
        ("[for x in var.u : x]", "?"),
        ("[for x in [1, 2] : x if x == var.u]", "[..]"),
        ("length([var.u, 1])", "2"),
        ("length(toset([var.u]))", "1"),
        ("length(toset([var.u, \"a\"]))", "?"),
        ("contains([\"a\", var.u], \"a\")", "true"),
        ("contains([\"a\", var.u], \"b\")", "?"),
        ("uuid()", "?"),
        ("nosuchfunction(1)", "?"),
        ("join(\"/\", [\"a\", var.u, \"c\"])", "\"a/?/c\""),
        ("format(\"arn:%s:x\", var.u)", "\"arn:?:x\""),
    ]);
    assert_eq!(why(&eval("uuid()")), (Reason::Function, "uuid()".into()));
    assert_eq!(why(&eval("nothing.at.all")), (Reason::Invalid, "nothing.at".into()));
}

#[test]
fn templates() {
    check(&[
        ("\"${1}\"", "1"),
        ("\"a${1}b${true}\"", "\"a1btrue\""),
        ("\"%{ if true }yes%{ else }no%{ endif }\"", "\"yes\""),
        ("\"%{ for x in [1, 2] }<${x}>%{ endfor }\"", "\"<1><2>\""),
        ("\"%{ if var.u }yes%{ endif }!\"", "\"?!\""),
        ("<<-EOT\n    a\n      b\n    EOT\n", "\"a\\n  b\\n\""),
    ]);
    assert_eq!(why(&eval("\"a${[]}\"")).0, Reason::Invalid);
}

#[test]
fn collections() {
    check(&[
        ("[for i, x in [\"a\", \"b\"] : \"${i}${x}\"]", "[\"0a\",\"1b\"]"),
        ("{for k, v in {b = 1, a = 2} : k => v + 1}", "{a=3,b=2}"),
        ("{for x in [\"a\", \"b\", \"a\"] : x => 1...}", "{a=[1,1],b=[1]}"),
        ("[{a = 1}, {a = 2}][*].a", "[1,2]"),
        ("null[*]", "[]"),
        ("\"x\"[*]", "[\"x\"]"),
        ("{a = [{b = 1}]}.a[0].b", "1"),
        ("{a = 1}[\"a\"]", "1"),
        ("{(\"k\") = 1, k = 2}", "{k=2}"),
        ("tolist([1, \"a\"])", "[\"1\",\"a\"]"),
        ("tolist([1, true])", "?"),
        ("toset([\"b\", \"a\", \"b\"])", "[\"a\",\"b\"]"),
        ("true ? 1 : \"a\"", "\"1\""),
        ("element([1, 2, 3], 4)", "2"),
        ("setproduct([1, 2], [\"a\"])", "[[1,\"a\"],[2,\"a\"]]"),
    ]);
}

#[test]
fn variables_are_converted() {
    let result = main(
        r#"
        variable "n" {
          type    = number
          default = "3"
        }
        variable "o" {
          type = object({ a = string, b = optional(number, 7), c = optional(list(string)) })
          default = { a = 1, extra = true }
        }
        variable "s" {
          type      = string
          default   = "hush"
          sensitive = true
        }
        variable "bad" {
          type    = number
          default = "x"
        }
        variable "never_null" {
          default  = 1
          nullable = false
        }
        locals {
          secret = "x-${var.s}"
        }
        "#,
    );
    assert_eq!(plain(result.at_raw("var.n")), "3");
    assert_eq!(plain(result.at_raw("var.o")), "{a=\"1\",b=7,c=null}");
    assert!(result.at_raw("var.s").sensitive && result.at_raw("local.secret").sensitive);
    assert_eq!(why(result.at_raw("var.bad")), (Reason::Invalid, "var.bad".into()));
}

#[test]
fn variables_files_count_in_order() {
    let result = lowered(&[
        ("main.tf", "variable \"a\" { default = 1 }\nvariable \"b\" { default = 1 }\nvariable \"c\" { default = 1 }"),
        ("terraform.tfvars", "a = 2\nb = 2\n"),
        ("z.auto.tfvars.json", r#"{"b": "$${x}"}"#),
    ]);
    assert_eq!(plain(result.at_raw("var.a")), "2");
    assert_eq!(plain(result.at_raw("var.b")), "\"$${x}\"");
    assert_eq!(plain(result.at_raw("var.c")), "1");
}

#[test]
fn json_configuration() {
    let result = lowered(&[(
        "main.tf.json",
        r#"{"variable": {"v": {"default": "${x}"}}, "locals": {"l": "${1 + 1}-${var.v}"},
            "resource": {"aws_x": {"a": {"n": "${local.l}", "count": 1}, "b": [{"n": true}]}}}"#,
    )]);
    assert_eq!(plain(result.at("aws_x.a[0]", &["n"])), "\"2-${x}\"");
    assert_eq!(plain(result.at("aws_x.b", &["n"])), "true");
}

#[test]
fn overriding_files() {
    let result = lowered(&[
        (
            "main.tf",
            "resource \"aws_x\" \"a\" {\n  acl = \"public\"\n  n = 1\n  rule { p = 1 }\n  rule { p = 2 }\n}\nlocals { l = 1 }",
        ),
        ("a_override.tf", "resource \"aws_x\" \"a\" {\n  acl = \"private\"\n  rule { p = 3 }\n}\nlocals { l = 2 }"),
    ]);
    assert_eq!(plain(result.at("aws_x.a", &["acl"])), "\"private\"");
    assert_eq!(plain(result.at("aws_x.a", &["n"])), "1");
    assert_eq!(plain(result.at("aws_x.a", &["rule"])), "[{p=3}]");
    assert_eq!(plain(result.at_raw("local.l")), "2");
}

#[test]
fn branches_of_unknown_type_unify() {
    let result = main(
        r#"
        variable "on" {
          type    = bool
          default = true
        }
        variable "m" {
          type    = map(list(string))
          default = {}
        }
        variable "u" {}
        locals {
          a = var.on ? try(var.m[var.u.name], []) : []
          b = var.on ? try(var.m["x"], []) : []
          c = var.on ? try({ x = ["a"] }["x"], []) : []
          d = var.on ? var.m["x"] : []
          e = var.on ? try(var.given[var.u], []) : []
        }
        variable "given" { type = map(list(string)) }
        "#,
    );
    let values: Vec<_> = ["a", "b", "c", "d", "e"].map(|name| plain(result.at_raw(&format!("local.{name}")))).into();
    assert_eq!(values, ["?", "[]", "[\"a\"]", "?", "?"]);
    assert_eq!(why(result.at_raw("local.a")), (Reason::Variable, "var.u.name".into()));
    assert_eq!(why(result.at_raw("local.d")).0, Reason::Invalid);
    assert_eq!(why(result.at_raw("local.e")), (Reason::Variable, "var.given".into()));
}
