//! Files that no walk looks for, but that Terraform's functions name.

use std::fs;

use serde_json::Value;

use crate::command::{project, stockade};

const ACL: &str = "aws-s3-bucket-public-acl";

fn findings(files: &[(&str, &str)], rule: &str) -> Vec<Value> {
    let tree = project(files);
    let ran = stockade(tree.path(), &["check", "--format", "json", "--select", rule]);
    ran.json()["findings"].as_array().unwrap().clone()
}

fn instances(finding: &Value) -> Vec<&str> {
    finding["instances"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

/// A bucket with the ACL of an expression.
fn bucket(acl: &str) -> String {
    format!("resource \"aws_s3_bucket\" \"b\" {{\n  acl = {acl}\n}}\n")
}

const POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Principal": "${who}",
    "Action": ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
  }]
}
"#;

#[test]
fn a_policy_in_a_template_is_judged_at_its_place() {
    let main = r#"
locals {
  policies = "${path.module}/policies"
}
resource "aws_ecr_repository_policy" "open" {
  repository = "x"
  policy     = templatefile("${local.policies}/ecr.json.tpl", { who = "*" })
}
resource "aws_ecr_repository_policy" "closed" {
  repository = "y"
  policy     = templatefile("${local.policies}/ecr.json.tpl", { who = "arn:aws:iam::111122223333:root" })
}
"#;
    let tree = project(&[("main.tf", main), ("policies/ecr.json.tpl", POLICY), ("policies/other.tpl", "${")]);
    let ran = stockade(tree.path(), &["check", "--format", "json", "--select", "aws-ecr-repository-public"]);
    let report = ran.json();
    let found = report["findings"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["resource"]["address"], "aws_ecr_repository_policy.open");
    assert_eq!(found[0]["file"], "policies/ecr.json.tpl");
    assert_eq!(found[0]["range"]["start"]["line"], 5);
    assert_eq!(report["scanned"]["files"]["terraform"], 1, "{}", report["scanned"]);
    assert_eq!(report["scanned"]["other"], 0, "{}", report["scanned"]);
}

#[test]
fn a_selected_file_brings_its_templates() {
    let main =
        "resource \"aws_ecr_repository_policy\" \"p\" {\n  policy = templatefile(\"p.tpl\", { who = \"*\" })\n}\n";
    let tree = project(&[("main.tf", main), ("other.tf", ""), ("p.tpl", POLICY)]);
    for (file, count) in [("main.tf", 1), ("other.tf", 0)] {
        let args = ["check", "--format", "json", "--select", "aws-ecr-repository-public", file];
        assert_eq!(stockade(tree.path(), &args).rules().len(), count, "{file}");
    }
}

#[test]
fn instances_of_the_files_of_a_folder() {
    let main = r#"
resource "aws_s3_bucket" "b" {
  for_each = fileset("${path.module}/acl", "*.{txt,md}")
  acl      = trimspace(file("${path.module}/acl/${each.value}"))
}
"#;
    let files = [
        ("main.tf", main),
        ("acl/a.txt", "public-read\n"),
        ("acl/b.txt", "private\n"),
        ("acl/c.md", "public-read\n"),
        ("acl/d/e.txt", "public-read\n"),
        (".gitignore", "*.md\n"),
    ];
    let found = findings(&files, ACL);
    assert_eq!(found.len(), 1);
    assert_eq!(instances(&found[0]), ["aws_s3_bucket.b[\"a.txt\"]", "aws_s3_bucket.b[\"c.md\"]"]);
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    for acl in [
        "try(file(\"none.txt\"), \"public-read\")",
        "fileexists(\"./none.txt\") ? \"private\" : \"public-read\"",
        "can(templatefile(\"${path.module}/none/x.tpl\", {})) ? \"private\" : \"public-read\"",
        "length(fileset(path.module, \"*.none\")) == 0 ? \"public-read\" : \"private\"",
        "fileexists(\"${path.cwd}/acl.txt\") ? file(\"${path.root}/acl.txt\") : \"private\"",
    ] {
        let found = findings(&[("main.tf", &bucket(acl)), ("acl.txt", "public-read")], ACL);
        assert_eq!(found.len(), 1, "{acl}");
    }
}

#[test]
fn nothing_outside_is_read() {
    let tree = project(&[("outside/acl.txt", "public-read"), ("in/.git/HEAD", ""), ("in/x/y.txt", "")]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(tree.path().join("outside/acl.txt"), tree.path().join("in/link.txt")).unwrap();
        std::os::unix::fs::symlink(tree.path().join("outside"), tree.path().join("in/x/links")).unwrap();
    }
    for acl in [
        "file(\"../outside/acl.txt\")",
        "try(file(\"../outside/none.txt\"), \"public-read\")",
        "fileexists(\"../outside/none.txt\") ? \"private\" : \"public-read\"",
        "file(\"link.txt\")",
        "try(file(\"link.txt\"), \"public-read\")",
        "file(\"x/links/acl.txt\")",
        "try(file(\"x/links/acl.txt\"), \"public-read\")",
        "length(fileset(\"x\", \"**/*.txt\")) == 1 ? \"public-read\" : \"private\"",
        "try(file(\"~/none.txt\"), \"public-read\")",
    ] {
        fs::write(tree.path().join("in/main.tf"), bucket(acl)).unwrap();
        let ran = stockade(&tree.path().join("in"), &["check", "--format", "json", "--select", ACL]);
        let report = ran.json();
        assert_eq!(report["findings"].as_array().unwrap().len(), 0, "{acl}");
        assert!(!ran.stdout.contains("public-read\\n"), "{acl}");
    }
}
