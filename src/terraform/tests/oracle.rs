//! Expressions and what Terraform 1.11 gives for them: recorded, and asked again where it is installed.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use stockade_model::{Kind, Reason};

use super::lowered;

/// An expression, on one or more lines, then `⇒` and its JSON, `error` or `unknown`.
const RECORDED: [(&str, &str); 26] = [
    ("arguments", include_str!("expressions/arguments.txt")),
    ("basics", include_str!("expressions/basics.txt")),
    ("charsets", include_str!("expressions/charsets.txt")),
    ("collections", include_str!("expressions/collections.txt")),
    ("conditionals", include_str!("expressions/conditionals.txt")),
    ("conversions", include_str!("expressions/conversions.txt")),
    ("dates", include_str!("expressions/dates.txt")),
    ("encoding", include_str!("expressions/encoding.txt")),
    ("figures", include_str!("expressions/figures.txt")),
    ("files", include_str!("expressions/files.txt")),
    ("for", include_str!("expressions/for.txt")),
    ("format", include_str!("expressions/format.txt")),
    ("hashes", include_str!("expressions/hashes.txt")),
    ("indexes", include_str!("expressions/indexes.txt")),
    ("marks", include_str!("expressions/marks.txt")),
    ("modules", include_str!("expressions/modules.txt")),
    ("network", include_str!("expressions/network.txt")),
    ("numeric", include_str!("expressions/numeric.txt")),
    ("operators", include_str!("expressions/operators.txt")),
    ("splats", include_str!("expressions/splats.txt")),
    ("syntax", include_str!("expressions/syntax.txt")),
    ("templates", include_str!("expressions/templates.txt")),
    ("text", include_str!("expressions/text.txt")),
    ("unification", include_str!("expressions/unification.txt")),
    ("unknowns", include_str!("expressions/unknowns.txt")),
    ("values", include_str!("expressions/values.txt")),
];

/// What the expressions read.
const FILES: [(&str, &str); 11] = [
    ("bytes.json", include_str!("expressions/files/bytes.json")),
    ("call.tftpl", include_str!("expressions/files/call.tftpl")),
    ("data.csv", include_str!("expressions/files/data.csv")),
    ("data.json", include_str!("expressions/files/data.json")),
    ("data.yaml", include_str!("expressions/files/data.yaml")),
    ("greet.tftpl", include_str!("expressions/files/greet.tftpl")),
    ("hello.txt", include_str!("expressions/files/hello.txt")),
    ("lone.tftpl", include_str!("expressions/files/lone.tftpl")),
    ("sub/b.txt", include_str!("expressions/files/sub/b.txt")),
    ("sub/c.txt", include_str!("expressions/files/sub/c.txt")),
    ("sub/deep/d.txt", include_str!("expressions/files/sub/deep/d.txt")),
];

/// What is left to differ, on purpose.
const DIFFER: [&str; 37] = [
    // Compressors differ; it decompresses to the same.
    r#"base64gzip("")"#,
    // A folder is not left.
    r#"fileset("sub", "../*.txt")"#,
    // It stays unknown: the time of a plan is not known before it.
    r#"plantimestamp() == plantimestamp()"#,
    // Go has characters in its tables that the Web has not, and one encoding that has no table here: not worked out.
    r#"textencodebase64("aé", "EUC-JP")"#,
    r#"textencodebase64("aé", "Big5")"#,
    r#"textencodebase64("ｱ", "ISO-2022-JP")"#,
    r#"textencodebase64("日本", "HZ-GB-2312")"#,
    // Terraform says that it is empty before it knows.
    r#"matchkeys(["x", "y"], ["a", "b"], [terraform_data.u.id])"#,
    // Its own resource promises an id that is not null, and so does a variable; what is unknown may be null here.
    r#"null == terraform_data.u.id"#,
    r#"[null] == [terraform_data.u.id]"#,
    r#"{ a = null } == { a = terraform_data.u.id }"#,
    r#"module.unknown.all.strict == null"#,
    // Of an empty list or a null, whose elements have no type, among collections of collections Terraform refuses most;
    // here it takes the type of the others, since what is unknown has often no type either.
    r#"[{ b = [1] }, { a = null }] == tolist([{ b = [1] }, { a = null }])"#,
    r#"[{ b = [1] }, tomap({})] == tolist([{ b = [1] }, tomap({})])"#,
    r#"[[{ a = 1 }], [null]] == tolist([[{ a = 1 }], [null]])"#,
    r#"[[{ a = 1 }], tolist([])] == tolist([[{ a = 1 }], tolist([])])"#,
    r#"[[{ a = 1 }, { b = 2 }], [null]] == tolist([[{ a = 1 }, { b = 2 }], [null]])"#,
    r#"true ? [{ a = 1 }, { b = 2 }] : tolist([])"#,
    r#"[[{ a = 1 }, { b = 2 }], tolist([])] == tolist([[{ a = 1 }, { b = 2 }], tolist([])])"#,
    r#"[tolist([{ a = 1 }]), [null]] == tolist([tolist([{ a = 1 }]), [null]])"#,
    r#"[tolist([{ a = 1 }]), tolist([])] == tolist([tolist([{ a = 1 }]), tolist([])])"#,
    r#"[{ a = { b = 1 } }, { a = null }] == tolist([{ a = { b = 1 } }, { a = null }])"#,
    r#"[{ a = { b = 1 } }, tomap({})] == tolist([{ a = { b = 1 } }, tomap({})])"#,
    r#"[[null], [[1], []]] == tolist([[null], [[1], []]])"#,
    r#"true ? [[1], []] : tolist([])"#,
    r#"[[[1], []], tolist([])] == tolist([[[1], []], tolist([])])"#,
    r#"tomap({ b = [1], a = null, c = ["x"] })"#,
    r#"tolist([{ a = null }, { a = [1] }])"#,
    r#"tolist([{ a = null }, { b = [1] }])"#,
    r#"tolist([tolist([]), tolist([[1]])])"#,
    r#"tolist([tolist([]), [[1]]])"#,
    r#"tolist([[null], [[1]]])"#,
    r#"tolist([[null], [{ a = 1 }]])"#,
    r#"true ? [[1], [2, 3]] : tolist([])"#,
    r#"true ? [[1], ["a"]] : tolist([])"#,
    r#"true ? [null, [1]] : []"#,
    r#"true ? { a = { b = 1 }, c = { d = 2 } } : tomap({})"#,
];

fn cases() -> Vec<(&'static str, String, &'static str)> {
    let mut cases = Vec::new();
    for (topic, text) in RECORDED {
        let mut expr: Vec<&str> = Vec::new();
        for line in text.split_terminator('\n') {
            match line.strip_prefix("⇒ ") {
                Some(answer) => cases.push((topic, std::mem::take(&mut expr).join("\n"), answer)),
                None => expr.push(line),
            }
        }
        assert_eq!(expr, [""; 0], "{topic} ends without an answer");
    }
    cases
}

/// What is evaluated of an expression: its JSON, or that it is refused.
fn question(expr: &str) -> String {
    format!("try(nonsensitive(jsonencode(\n{expr}\n)), \"refused\")")
}

/// Something unknown that both know: `terraform_data.u.id`.
const UNKNOWN: &str = "resource \"terraform_data\" \"u\" {}\n";

/// A module with variables of many types, and calls of it.
const MODULE: (&str, &str) = ("../m/main.tf", include_str!("expressions/module.tf"));
const CALLS: &str = include_str!("expressions/calls.tf");

fn ours(expr: &str) -> String {
    let calls = if expr.contains("module.") { CALLS } else { "" };
    let main = format!("{UNKNOWN}{calls}locals {{\n  x = {}\n}}\n", question(expr));
    let mut files = vec![("main.tf", main.as_str()), MODULE];
    files.extend(FILES);
    let result = lowered(&files);
    let value = result.at("local.x", &["value"]);
    match &value.kind {
        Kind::Text(text) if text == "refused" => "error".into(),
        Kind::Text(text) => text.to_string(),
        _ => match value.why() {
            Some(why) if why.reason == Reason::Computed => "unknown".into(),
            Some(why) => format!("unknown: {:?} {}", why.reason, why.subject),
            None => format!("{value:?}"),
        },
    }
}

/// The recorded answer is there to tell that Terraform does not know it, not why we do not.
fn agrees(got: &str, answer: &str) -> bool {
    got == answer || answer == "unknown" && got.starts_with("unknown")
}

#[test]
fn expressions_give_what_terraform_gave() {
    let cases = cases();
    let mut wrong = Vec::new();
    for (topic, expr, answer) in &cases {
        let got = ours(expr);
        if agrees(&got, answer) == DIFFER.contains(&expr.as_str()) {
            wrong.push(format!("{topic}: {expr}\n  terraform {answer}\n  stockade  {got}"));
        }
    }
    println!("{} of {} expressions are equal", cases.len() - DIFFER.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn terraform(folder: &Path, args: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("terraform")
        .args(args)
        .current_dir(folder)
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .output()
        .ok()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "terraform {args:?}: {complaint}");
    Some(output.stdout)
}

#[test]
fn expressions_give_what_terraform_gives() {
    let top = std::env::temp_dir().join(format!("stockade-oracle-{}", std::process::id()));
    let folder = top.join("root");
    std::fs::create_dir_all(folder.join("sub/deep")).unwrap();
    std::fs::create_dir_all(top.join("m")).unwrap();
    let Some(version) = terraform(&folder, &["version", "-json"]) else {
        println!("skipped: there is no terraform");
        return;
    };
    let version: serde_json::Value = serde_json::from_slice(&version).unwrap();
    let version = version["terraform_version"].as_str().unwrap_or_default().to_owned();
    if !version.starts_with("1.11.") {
        println!("skipped: terraform is {version}, the answers are of 1.11");
        return;
    }
    for (path, text) in FILES.into_iter().chain([MODULE]) {
        std::fs::write(folder.join(path), text).unwrap();
    }
    let cases = cases();
    let mut main = format!("{UNKNOWN}{CALLS}");
    for (at, (_, expr, _)) in cases.iter().enumerate() {
        writeln!(main, "output \"e{at}\" {{\n  value = {}\n}}", question(expr)).unwrap();
    }
    std::fs::write(folder.join("main.tf"), main).unwrap();
    terraform(&folder, &["init", "-input=false"]);
    terraform(&folder, &["plan", "-input=false", "-out", "plan"]);
    let plan = terraform(&folder, &["show", "-json", "plan"]).unwrap();
    std::fs::remove_dir_all(&top).unwrap();
    let plan: serde_json::Value = serde_json::from_slice(&plan).unwrap();
    let outputs = &plan["planned_values"]["outputs"];
    let mut wrong = Vec::new();
    for (at, (topic, expr, answer)) in cases.iter().enumerate() {
        let given = match outputs[format!("e{at}")]["value"].as_str() {
            Some("refused") => "error",
            Some(text) => text,
            None => "unknown",
        };
        if given != *answer {
            wrong.push(format!("{topic}: {expr}\n  recorded  {answer}\n  terraform {given}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
