//! Terraform itself is asked what expressions give.

use std::io::Write;
use std::process::{Command, Stdio};

use stockade_model::Kind;

use super::eval;

/// What is evaluated but for the digits beyond a double, and what is left unknown on purpose, is not here.
const EXPRESSIONS: &str = include_str!("expressions.txt");

#[test]
fn expressions_give_what_terraform_gives() {
    let expressions: Vec<&str> =
        EXPRESSIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let folder = std::env::temp_dir().join(format!("stockade-oracle-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let locals: String = expressions
        .iter()
        .enumerate()
        .map(|(at, e)| format!("  e{at} = try(jsonencode({e}), \"refused\")\n"))
        .collect();
    std::fs::write(folder.join("main.tf"), format!("locals {{\n{locals}}}\n")).unwrap();
    let all: Vec<String> = (0..expressions.len()).map(|at| format!("local.e{at}")).collect();
    let console = Command::new("terraform")
        .arg("console")
        .current_dir(&folder)
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut console) = console else {
        println!("skipped: there is no terraform");
        return;
    };
    let question = format!("base64encode(jsonencode([{}]))\n", all.join(", "));
    console.stdin.take().unwrap().write_all(question.as_bytes()).unwrap();
    let output = console.wait_with_output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    let answer = answer.trim().trim_matches('"');
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !answer.is_empty(), "{answer}{complaint}");
    let decoded = eval(&format!("base64decode(\"{answer}\")"));
    let expected: Vec<String> = serde_json::from_str(decoded.as_text().unwrap()).unwrap();
    let mut wrong = Vec::new();
    for (expr, expected) in expressions.iter().zip(&expected) {
        let got = eval(&format!("try(jsonencode({expr}), \"refused\")"));
        let got = match &got.kind {
            Kind::Text(text) => text.to_string(),
            _ => format!("{:?}", got.why()),
        };
        if got != *expected {
            wrong.push(format!("{expr}\n  terraform {expected}\n  stockade  {got}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), expressions.len(), wrong.join("\n"));
}
