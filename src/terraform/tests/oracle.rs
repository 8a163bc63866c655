//! Expressions and what Terraform 1.11 gives for them: recorded, and asked again where it is installed.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use stockade_model::{Kind, Reason};

use super::lowered;

/// An expression, on one or more lines, then `⇒` and its JSON, `error` or `unknown`.
const RECORDED: [(&str, &str); 18] = [
    ("basics", include_str!("expressions/basics.txt")),
    ("collections", include_str!("expressions/collections.txt")),
    ("conditionals", include_str!("expressions/conditionals.txt")),
    ("conversions", include_str!("expressions/conversions.txt")),
    ("dates", include_str!("expressions/dates.txt")),
    ("encoding", include_str!("expressions/encoding.txt")),
    ("files", include_str!("expressions/files.txt")),
    ("for", include_str!("expressions/for.txt")),
    ("format", include_str!("expressions/format.txt")),
    ("hashes", include_str!("expressions/hashes.txt")),
    ("indexes", include_str!("expressions/indexes.txt")),
    ("network", include_str!("expressions/network.txt")),
    ("numeric", include_str!("expressions/numeric.txt")),
    ("operators", include_str!("expressions/operators.txt")),
    ("splats", include_str!("expressions/splats.txt")),
    ("templates", include_str!("expressions/templates.txt")),
    ("text", include_str!("expressions/text.txt")),
    ("unknowns", include_str!("expressions/unknowns.txt")),
];

/// What the expressions read.
const FILES: [(&str, &str); 10] = [
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
const DIFFER: [&str; 21] = [
    // There is no table for these.
    r#"textencodebase64("é", "CP437")"#,
    r#"textencodebase64("é", "IBM850")"#,
    // Compressors differ; it decompresses to the same.
    r#"base64gzip("")"#,
    // Half a surrogate pair is refused.
    r#"jsondecode("\"\\ud83d\"")"#,
    // What is not at hand may be elsewhere.
    r#"file("missing.txt")"#,
    r#"fileexists("missing.txt")"#,
    r#"filemd5("missing.txt")"#,
    r#"templatefile("missing.tftpl", {})"#,
    // A folder is not left.
    r#"fileset("sub", "../*.txt")"#,
    // Not worked out.
    r#"rsadecrypt("x", "y")"#,
    r#"rsadecrypt("", "")"#,
    // The last bit of Go's exponential.
    r#"tostring(pow(1.5, 2.5))"#,
    // Conjuncts are one character since Unicode 15.1, which Terraform does not have yet.
    r#"strrev("०१ नमस्ते")"#,
    r#"length("०१ नमस्ते")"#,
    // The type of an attribute that a provider computes is not known here.
    r#"flatten([[1], [2, terraform_data.u.id]])[0]"#,
    r#"[] == [terraform_data.u.id]"#,
    r#"[1, 2] == [terraform_data.u.id]"#,
    r#"true ? 1 : terraform_data.u.id"#,
    r#"false ? terraform_data.u.id : [1]"#,
    // It stays unknown.
    r#"plantimestamp() == plantimestamp()"#,
    r#"index(["a", terraform_data.u.id], "a")"#,
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

fn ours(expr: &str) -> String {
    let main = format!("{UNKNOWN}locals {{\n  x = {}\n}}\n", question(expr));
    let mut files = vec![("main.tf", main.as_str())];
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
    let folder = std::env::temp_dir().join(format!("stockade-oracle-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("sub/deep")).unwrap();
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
    for (path, text) in FILES {
        std::fs::write(folder.join(path), text).unwrap();
    }
    let cases = cases();
    let mut main = String::from(UNKNOWN);
    for (at, (_, expr, _)) in cases.iter().enumerate() {
        writeln!(main, "output \"e{at}\" {{\n  value = {}\n}}", question(expr)).unwrap();
    }
    std::fs::write(folder.join("main.tf"), main).unwrap();
    terraform(&folder, &["init", "-input=false"]);
    terraform(&folder, &["plan", "-input=false", "-out", "plan"]);
    let plan = terraform(&folder, &["show", "-json", "plan"]).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
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
