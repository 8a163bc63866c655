//! Terraform end to end: the shapes that linters are said to get wrong, inputs, modules and joins.
//!
//! Tests named after a complaint stand for one that users of other linters make again and again.

use serde_json::Value;

use crate::command::{Ran, project, stockade, stockade_with};

const ACL: &str = "aws-s3-bucket-public-acl";
const DATABASE: &str = "aws-rds-instance-public";
const SSH: &str = "aws-vpc-sg-ingress-ssh-open";
const ENCRYPTION: &str = "aws-rds-instance-encryption";

/// A module with one bucket and a variable for its ACL.
const BUCKET: &str = r#"
variable "acl" {
  default = "private"
}
resource "aws_s3_bucket" "this" {
  acl = var.acl
}
output "id" {
  value = aws_s3_bucket.this.id
}
"#;

fn check(files: &[(&str, &str)], rules: &str, args: &[&str]) -> Ran {
    let tree = project(files);
    stockade(tree.path(), &[&["check", "--format", "json", "--select", rules], args].concat())
}

fn findings(files: &[(&str, &str)], rules: &str, args: &[&str]) -> Vec<Value> {
    check(files, rules, args).json()["findings"].as_array().unwrap().clone()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// File and line of every label.
fn labels(finding: &Value) -> Vec<(String, u64)> {
    let labels = finding["labels"].as_array().unwrap().iter();
    labels
        .map(|label| (label["file"].as_str().unwrap().into(), label["range"]["start"]["line"].as_u64().unwrap()))
        .collect()
}

#[test]
fn shape_count_with_a_ternary() {
    let main = r#"
variable "public" {
  default = true
}
resource "aws_db_instance" "open" {
  count               = var.public ? 1 : 0
  publicly_accessible = true
}
resource "aws_db_instance" "none" {
  count               = var.public ? 0 : 1
  publicly_accessible = true
}
"#;
    let found = findings(&[("main.tf", main)], DATABASE, &[]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["resource"]["address"], "aws_db_instance.open");
    assert_eq!(texts(&found[0]["instances"]), ["aws_db_instance.open[0]"]);
    let turned = findings(&[("main.tf", main)], DATABASE, &["--var", "public=false"]);
    assert_eq!(turned.len(), 1);
    assert_eq!(turned[0]["resource"]["address"], "aws_db_instance.none");
}

#[test]
fn shape_for_each_over_a_map_of_objects() {
    let main = r#"
locals {
  databases = {
    orders  = { public = true, size = 10 }
    reports = { public = false, size = 20 }
    users   = { public = true, size = 30 }
  }
}
resource "aws_db_instance" "all" {
  for_each            = local.databases
  publicly_accessible = each.value.public
}
"#;
    let found = findings(&[("main.tf", main)], DATABASE, &[]);
    assert_eq!(found.len(), 1, "one place, one finding");
    assert_eq!(texts(&found[0]["instances"]), ["aws_db_instance.all[\"orders\"]", "aws_db_instance.all[\"users\"]"]);
}

#[test]
fn shape_locals_through_merge() {
    let main = r#"
locals {
  defaults = { publicly_accessible = true, storage_encrypted = true }
  safe     = { publicly_accessible = false }
  open     = merge(local.safe, local.defaults)
  closed   = merge(local.defaults, local.safe)
}
resource "aws_db_instance" "open" {
  publicly_accessible = local.open.publicly_accessible
}
resource "aws_db_instance" "closed" {
  publicly_accessible = local.closed["publicly_accessible"]
}
"#;
    let found = findings(&[("main.tf", main)], DATABASE, &[]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["resource"]["address"], "aws_db_instance.open");
    assert!(
        labels(&found[0]).contains(&("main.tf".into(), 3)),
        "the chain leads to the value: {:?}",
        labels(&found[0])
    );
}

#[test]
fn shape_a_module_with_overridden_defaults() {
    let main = r#"
module "kept" {
  source = "./bucket"
}
module "opened" {
  source = "./bucket"
  acl    = "public-read"
}
"#;
    let found = findings(&[("main.tf", main), ("bucket/main.tf", BUCKET)], ACL, &[]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["file"], "bucket/main.tf");
    assert_eq!(texts(&found[0]["instances"]), ["module.opened.aws_s3_bucket.this"]);
    assert!(labels(&found[0]).contains(&("main.tf".into(), 7)), "{:?}", labels(&found[0]));
}

#[test]
fn shape_nested_modules_with_outputs() {
    let files = [
        (
            "main.tf",
            "module \"config\" {\n  source = \"./config\"\n}\nmodule \"store\" {\n  source = \"./store\"\n  acl = module.config.acl\n}\n",
        ),
        (
            "config/main.tf",
            "module \"inner\" {\n  source = \"./inner\"\n}\noutput \"acl\" {\n  value = module.inner.acl\n}\n",
        ),
        ("config/inner/main.tf", "output \"acl\" {\n  value = \"public-read\"\n}\n"),
        ("store/main.tf", BUCKET),
    ];
    let found = findings(&files, ACL, &[]);
    assert_eq!(found.len(), 1);
    let labels = labels(&found[0]);
    for place in [("main.tf", 6), ("config/main.tf", 5), ("config/inner/main.tf", 2)] {
        assert!(labels.contains(&(place.0.into(), place.1)), "{place:?} in {labels:?}");
    }
}

#[test]
fn complaint_1_what_is_known_after_apply_is_not_missing() {
    let main = r#"
resource "aws_kms_key" "k" {}
resource "aws_db_instance" "d" {
  kms_key_id = aws_kms_key.k.arn
}
"#;
    let report = check(&[("main.tf", main)], ENCRYPTION, &[]).json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
}

#[test]
fn complaint_2_an_unknown_is_neither_null_nor_silence() {
    let main = r#"
variable "acl" {}
resource "aws_s3_bucket" "b" {
  acl = var.acl
}
"#;
    let report = check(&[("main.tf", main)], ACL, &[]).json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    let open = report["undetermined"].as_array().unwrap();
    assert_eq!(open.len(), 1, "it is said that nothing could be said");
    assert!(open[0]["because"]["text"].as_str().unwrap().contains("var.acl"), "{open:?}");
    assert_eq!(findings(&[("main.tf", main)], ACL, &["--var", "acl=public-read"]).len(), 1);
}

#[test]
fn complaint_3_dynamic_blocks_are_expanded() {
    let main = r#"
variable "more" {}
locals {
  rules = [{ port = 443, cidr = "0.0.0.0/0" }, { port = 22, cidr = "0.0.0.0/0" }]
}
resource "aws_security_group" "known" {
  dynamic "ingress" {
    for_each = local.rules
    iterator = rule
    content {
      from_port   = rule.value.port
      to_port     = rule.value.port
      protocol    = "tcp"
      cidr_blocks = [rule.value.cidr]
    }
  }
}
resource "aws_security_group" "none" {
  dynamic "ingress" {
    for_each = []
    content {
      from_port   = 22
      to_port     = 22
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}
resource "aws_security_group" "unknown" {
  dynamic "ingress" {
    for_each = var.more
    content {
      from_port   = 22
      to_port     = 22
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}
"#;
    let found = findings(&[("main.tf", main)], SSH, &[]);
    let addresses: Vec<&Value> = found.iter().map(|finding| &finding["resource"]["address"]).collect();
    assert_eq!(addresses.len(), 1, "{addresses:?}");
    assert!(addresses[0].as_str().unwrap().starts_with("aws_security_group.known"), "{addresses:?}");
}

#[test]
fn complaint_4_what_is_counted_away_is_not_flagged() {
    let main = r#"
module "off" {
  count  = 0
  source = "./bucket"
  acl    = "public-read"
}
module "each" {
  for_each = toset([])
  source   = "./bucket"
  acl      = "public-read"
}
resource "aws_db_instance" "none" {
  for_each            = {}
  publicly_accessible = true
}
resource "aws_s3_bucket" "b" {
  count = 1
  acl   = "public-read"
}
resource "aws_s3_bucket_public_access_block" "b" {
  count             = 1
  bucket            = aws_s3_bucket.b[count.index].id
  block_public_acls = true
}
"#;
    let rules = format!("{ACL},{DATABASE}");
    let found = findings(&[("main.tf", main), ("bucket/main.tf", BUCKET)], &rules, &[]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn complaint_5_a_called_module_is_not_judged_by_its_defaults() {
    let risky = BUCKET.replace("\"private\"", "\"public-read\"");
    let called = [
        ("live/main.tf", "module \"b\" {\n  source = \"../bucket\"\n  acl = \"private\"\n}\n"),
        ("bucket/main.tf", &risky),
    ];
    assert!(findings(&called, ACL, &[]).is_empty());
    assert_eq!(findings(&[("bucket/main.tf", &risky)], ACL, &[]).len(), 1, "nobody calls it: its defaults count");
}

#[test]
fn complaint_6_split_resources_meet_across_modules() {
    let block = r#"
variable "bucket" {}
resource "aws_s3_bucket_public_access_block" "b" {
  bucket             = var.bucket
  block_public_acls  = true
  ignore_public_acls = true
}
"#;
    let calls = |block: bool| {
        let mut text = String::from("module \"b\" {\n  source = \"./bucket\"\n  acl = \"public-read\"\n}\n");
        if block {
            text.push_str("module \"p\" {\n  source = \"./block\"\n  bucket = module.b.id\n}\n");
        }
        text
    };
    let files =
        |main: &str| findings(&[("main.tf", main), ("bucket/main.tf", BUCKET), ("block/main.tf", block)], ACL, &[]);
    assert_eq!(files(&calls(false)).len(), 1);
    assert!(files(&calls(true)).is_empty());
    // The same through a module that only passes it on, one for each of several.
    let main = r#"
module "b" {
  for_each = toset(["x", "y"])
  source   = "./bucket"
  acl      = "public-read"
}
module "p" {
  for_each = toset(["x"])
  source   = "./block"
  bucket   = module.b[each.key].id
}
"#;
    let found = files(main);
    assert_eq!(found.len(), 1);
    assert_eq!(texts(&found[0]["instances"]), ["module.b[\"y\"].aws_s3_bucket.this"]);
}

#[test]
fn complaint_7_one_file_is_judged_with_its_module_and_what_it_calls() {
    let tree = project(&[
        (".git/HEAD", "ref: refs/heads/main\n"),
        (
            "live/prod/main.tf",
            "module \"b\" {\n  source = \"../../modules/bucket\"\n}\nresource \"aws_s3_bucket\" \"own\" {\n  acl = module.b.acl\n}\n",
        ),
        ("live/prod/other.tf", "resource \"aws_s3_bucket\" \"other\" {\n  acl = \"public-read\"\n}\n"),
        (
            "modules/bucket/main.tf",
            "output \"acl\" {\n  value = \"public-read\"\n}\nresource \"aws_s3_bucket\" \"inner\" {\n  acl = \"public-read\"\n}\n",
        ),
    ]);
    for (folder, path) in [("", "live/prod/main.tf"), ("live/prod", "main.tf"), ("live", "prod/main.tf")] {
        let ran = stockade(&tree.path().join(folder), &["check", path, "--format", "json", "--select", ACL]);
        let report = ran.json();
        let found = report["findings"].as_array().unwrap();
        assert_eq!(found.len(), 1, "{path}: {report}");
        assert_eq!(found[0]["resource"]["address"], "aws_s3_bucket.own");
        assert_eq!(report["scanned"]["incomplete"].as_array().unwrap().len(), 0, "{path}: {report}");
    }
}

#[test]
fn a_module_outside_the_repository_is_not_read() {
    let tree = project(&[
        ("repo/.git/HEAD", "ref: refs/heads/main\n"),
        (
            "repo/main.tf",
            "module \"b\" {\n  source = \"../secret\"\n}\nresource \"aws_s3_bucket\" \"own\" {\n  acl = module.b.acl\n}\n",
        ),
        ("secret/main.tf", "output \"acl\" {\n  value = \"public-read\"\n}\n"),
    ]);
    let report = stockade(&tree.path().join("repo"), &["--format", "json", "--select", ACL]).json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    let incomplete = report["scanned"]["incomplete"].as_array().unwrap();
    assert!(incomplete[0]["reason"].as_str().unwrap().contains("`../secret`"), "{incomplete:?}");
}

#[test]
fn complaint_8_one_place_is_one_finding() {
    let inner = "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n";
    let files = [
        ("east/main.tf", "module \"top\" {\n  count = 2\n  source = \"../top\"\n}\n"),
        ("west/main.tf", "module \"top\" {\n  source = \"../top\"\n}\n"),
        ("top/main.tf", "module \"middle\" {\n  for_each = toset([\"a\", \"b\"])\n  source = \"../middle\"\n}\n"),
        ("middle/main.tf", "module \"leaf\" {\n  source = \"../leaf\"\n}\n"),
        ("leaf/main.tf", inner),
    ];
    let found = findings(&files, ACL, &[]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["file"], "leaf/main.tf");
    assert_eq!(
        texts(&found[0]["instances"]),
        [
            "east: module.top[0].module.middle[\"a\"].module.leaf.aws_s3_bucket.b",
            "east: module.top[0].module.middle[\"b\"].module.leaf.aws_s3_bucket.b",
            "east: module.top[1].module.middle[\"a\"].module.leaf.aws_s3_bucket.b",
            "east: module.top[1].module.middle[\"b\"].module.leaf.aws_s3_bucket.b",
            "west: module.top.module.middle[\"a\"].module.leaf.aws_s3_bucket.b",
            "west: module.top.module.middle[\"b\"].module.leaf.aws_s3_bucket.b",
        ]
    );
    let labels = labels(&found[0]);
    let chain: Vec<&str> = labels.iter().map(|(file, _)| file.as_str()).collect();
    assert_eq!(chain, ["leaf/main.tf", "middle/main.tf", "top/main.tf", "east/main.tf", "west/main.tf"]);
}

/// A variable that only an input decides.
const ASKED: &str = r#"
variable "acl" {
  type = string
}
variable "names" {
  type    = list(string)
  default = []
}
resource "aws_s3_bucket" "b" {
  for_each = toset(var.names)
  acl      = var.acl
}
resource "aws_s3_bucket" "w" {
  acl = terraform.workspace == "prod" ? "private" : "public-read"
}
"#;

#[test]
fn inputs_go_before_one_another_as_in_terraform() {
    let tree = project(&[
        ("main.tf", ASKED),
        ("terraform.tfvars", "acl = \"private\"\nnames = [\"auto\"]\n"),
        ("one.tfvars", "acl = \"public-read\"\n"),
    ]);
    let acl = |args: &[&str], env: &[(&str, &str)]| {
        let args = [&["graph", "--kind", "aws_s3_bucket"], args].concat();
        let graph: Value = stockade_with(tree.path(), &args, "", env).json();
        graph.to_string()
    };
    assert!(acl(&[], &[]).contains("private"));
    assert!(acl(&["--var-file", "one.tfvars"], &[]).contains("public-read"));
    let both = acl(&["--var", "acl=log-delivery-write", "--var-file", "one.tfvars"], &[]);
    assert!(both.contains("public-read") && !both.contains("log-delivery-write"), "the last one counts: {both}");
    let both = acl(&["--var-file", "one.tfvars", "--var", "acl=log-delivery-write"], &[]);
    assert!(both.contains("log-delivery-write"), "the last one counts: {both}");
    let names = acl(&["--var", "names=[\"x\", \"y\"]"], &[]);
    assert!(names.contains("aws_s3_bucket.b[\\\"y\\\"]") && !names.contains("auto"), "an expression: {names}");
    let env = [("TF_VAR_acl", "aws-exec-read"), ("TF_VAR_names", "[\"env\"]")];
    assert!(!acl(&["--env"], &env).contains("aws-exec-read"), "files go before the environment");
    let tree = project(&[("main.tf", ASKED)]);
    let graph = |args: &[&str]| stockade_with(tree.path(), &[&["graph"], args].concat(), "", &env).stdout;
    assert!(graph(&["--env"]).contains("aws-exec-read"));
    assert!(!graph(&[]).contains("aws-exec-read"), "only when it is asked for");
}

#[test]
fn the_workspace_decides_where_it_is_given() {
    let found = |args: &[&str]| findings(&[("main.tf", ASKED)], ACL, args).len();
    assert_eq!((found(&[]), found(&["--workspace", "dev"]), found(&["--workspace", "prod"])), (0, 1, 0));
}

#[test]
fn sensitive_values_of_inputs_are_not_printed() {
    let main = r#"
variable "acl" {
  sensitive = true
}
resource "aws_s3_bucket" "b" {
  acl = var.acl
}
"#;
    let tree = project(&[("main.tf", main), ("s.tfvars", "acl = \"public-read-write\"\n")]);
    for format in ["full", "concise", "json"] {
        for input in [["--var", "acl=public-read-write"], ["--var-file", "s.tfvars"]] {
            let ran = stockade(tree.path(), &["check", "--format", format, "--select", ACL, input[0], input[1]]);
            assert_eq!(ran.code, 1);
            assert!(!ran.stdout.contains("public-read-write"), "{}", ran.stdout);
        }
    }
}

#[test]
fn a_matrix_says_in_which_environments_a_finding_holds() {
    let main = r#"
variable "acl" {}
variable "public" { default = true }
resource "aws_s3_bucket" "b" {
  acl = var.acl
}
resource "aws_db_instance" "d" {
  publicly_accessible = var.public
}
"#;
    let files = [
        ("main.tf", main),
        ("env/dev.tfvars", "acl = \"private\"\n"),
        ("env/prod.tfvars", "acl = \"public-read\"\n"),
        ("env/test.tfvars", "acl = \"public-read-write\"\n"),
    ];
    let matrix =
        ["--matrix", "--var-file", "env/dev.tfvars", "--var-file", "env/prod.tfvars", "--var-file", "env/test.tfvars"];
    let rules = format!("{ACL},{DATABASE}");
    let found = findings(&files, &rules, &matrix);
    assert_eq!(found.len(), 2);
    assert_eq!(texts(&found[0]["environments"]), ["prod", "test"]);
    assert!(texts(&found[1]["environments"]).is_empty(), "it holds in all of them");
    let tree = project(&files);
    let concise = stockade(tree.path(), &[&["check", "--format", "concise", "--select", ACL][..], &matrix].concat());
    assert!(concise.stdout.contains("(only in prod, test)"), "{}", concise.stdout);
    let full = stockade(tree.path(), &[&["check", "--select", ACL][..], &matrix].concat());
    assert!(full.stdout.contains("only in prod, test"), "{}", full.stdout);
    assert_eq!(stockade(tree.path(), &["check", "--matrix"]).code, 2);
}

#[test]
fn installed_modules_are_judged_where_they_are_called() {
    let manifest = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},
        {"Key":"store","Source":"registry.example.com/acme/store/aws","Version":"1.2.3","Dir":".terraform/modules/store"},
        {"Key":"store.part","Source":"./part","Dir":".terraform/modules/store/part"},
        {"Key":"missing.x","Source":"git::https://example.com/x.git","Dir":".terraform/modules/gone"}]}"#;
    let main = r#"
module "store" {
  source  = "registry.example.com/acme/store/aws"
  version = "1.2.3"
  acl     = "public-read"
}
module "other" {
  source = "git::https://example.com/other.git"
}
resource "aws_db_instance" "d" {
  publicly_accessible = module.other.public
}
"#;
    let files = [
        ("app/main.tf", main),
        (".gitignore", ".terraform/\n"),
        ("app/.terraform/modules/modules.json", manifest),
        (
            "app/.terraform/modules/store/main.tf",
            "variable \"acl\" {}\nmodule \"part\" {\n  source = \"./part\"\n  acl = var.acl\n}\n",
        ),
        ("app/.terraform/modules/store/part/main.tf", BUCKET),
        (
            "app/.terraform/modules/store/examples/bad/main.tf",
            "resource \"aws_s3_bucket\" \"x\" {\n  acl = \"public-read\"\n}\n",
        ),
        ("app/.terraform/modules/unused/main.tf", "resource \"aws_s3_bucket\" \"y\" {\n  acl = \"public-read\"\n}\n"),
    ];
    let rules = format!("{ACL},{DATABASE}");
    let report = check(&files, &rules, &[]).json();
    let found = report["findings"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{report}");
    assert_eq!(found[0]["file"], "app/.terraform/modules/store/part/main.tf");
    assert_eq!(texts(&found[0]["instances"]), ["module.store.module.part.aws_s3_bucket.this"]);
    let incomplete = report["scanned"]["incomplete"].as_array().unwrap();
    assert_eq!(incomplete.len(), 1, "{incomplete:?}");
    assert!(incomplete[0]["reason"].as_str().unwrap().contains("other.git"));
    // The fix would be in somebody else's code.
    let tree = project(&files);
    let fixed = stockade(tree.path(), &["check", "--diff", "--unsafe", "--select", &rules]);
    assert!(!fixed.stdout.contains(".terraform"), "{}", fixed.stdout);
}

#[test]
fn overriding_files_change_arguments_and_blocks() {
    let main = r#"
resource "aws_s3_bucket" "b" {
  acl = "private"
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags]
  }
}
module "m" {
  source = "./bucket"
}
"#;
    let over = r#"
resource "aws_s3_bucket" "b" {
  acl = "public-read"
  lifecycle {
    prevent_destroy = false
  }
}
module "m" {
  acl = "public-read"
}
"#;
    let files = [("main.tf", main), ("x_override.tf", over), ("bucket/main.tf", BUCKET)];
    let found = findings(&files, ACL, &[]);
    assert_eq!(found.len(), 2);
    assert_eq!((&found[0]["file"], &found[1]["file"]), (&"bucket/main.tf".into(), &"x_override.tf".into()));
    let tree = project(&files);
    let graph = stockade(tree.path(), &["graph", "--kind", "aws_s3_bucket", "--project", "."]).json().to_string();
    assert!(graph.contains("ignore_changes"), "what is not overridden stays: {graph}");
}

#[test]
fn a_tofu_file_goes_before_a_terraform_file_of_its_name() {
    let files = [
        ("main.tf", "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n"),
        ("main.tofu", "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"private\"\n}\n"),
        ("own.tofu", "resource \"aws_s3_bucket\" \"c\" {\n  acl = \"public-read\"\n}\n"),
    ];
    let found = findings(&files, ACL, &[]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["file"], "own.tofu");
}

#[test]
fn json_configuration_has_the_shape_of_the_native_one() {
    let json = r#"{
  "resource": {
    "aws_security_group": {
      "one": { "ingress": { "from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"] } },
      "many": { "tags": { "a": "b" }, "ingress": [
        { "from_port": 443, "to_port": 443, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"] },
        { "from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["${local.any}"] }
      ] },
      "each": { "dynamic": { "ingress": { "for_each": [22], "content": {
        "from_port": "${ingress.value}", "to_port": "${ingress.value}", "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]
      } } } }
    }
  },
  "locals": { "any": "0.0.0.0/0" }
}"#;
    let found = findings(&[("main.tf.json", json)], SSH, &[]);
    assert_eq!(found.len(), 3, "{found:?}");
    let tree = project(&[("main.tf.json", json)]);
    let graph = stockade(tree.path(), &["graph", "--kind", "aws_security_group"]).stdout;
    assert!(graph.contains("\"a\": \"b\"") || graph.contains("\"a\""), "{graph}");
}

#[test]
fn moved_removed_and_import_blocks_declare_nothing() {
    let main = r#"
moved {
  from = aws_s3_bucket.old
  to   = aws_s3_bucket.new
}
removed {
  from = aws_s3_bucket.gone
  lifecycle {
    destroy = false
  }
}
import {
  to = aws_s3_bucket.new
  id = "bucket"
}
check "health" {
  assert {
    condition     = true
    error_message = "no"
  }
}
resource "aws_s3_bucket" "new" {
  acl = "public-read"
}
"#;
    let report = check(&[("main.tf", main)], ACL, &[]).json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(report["scanned"]["resources"], 1);
    assert_eq!(report["scanned"]["incomplete"].as_array().unwrap().len(), 0);
}

#[test]
fn resources_know_their_provider_through_modules() {
    let main = r#"
provider "aws" {
  region = "us-east-1"
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
resource "aws_s3_bucket" "own" {}
module "kept" {
  source = "./inner"
}
module "given" {
  source    = "./inner"
  providers = { aws = aws.west }
}
"#;
    let tree = project(&[("main.tf", main), ("inner/main.tf", "resource \"aws_s3_bucket\" \"b\" {}\n")]);
    let graph = stockade(tree.path(), &["graph"]).json();
    let edges: Vec<String> = graph["edges"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|edge| edge["label"] == "provider")
        .map(|edge| {
            format!("{} {}", edge["from"].as_str().unwrap_or_default(), edge["to"].as_str().unwrap_or_default())
        })
        .collect();
    assert_eq!(edges.len(), 3, "{}", graph["edges"]);
    assert!(
        edges.iter().any(|edge| edge.contains("module.given.aws_s3_bucket.b") && edge.contains("aws.west")),
        "{edges:?}"
    );
    assert!(
        edges.iter().any(|edge| edge.contains("module.kept.aws_s3_bucket.b") && edge.ends_with("provider.aws")),
        "{edges:?}"
    );
}

/// The fingerprints of the findings, sorted.
fn fingerprints(files: &[(&str, &str)], rules: &str) -> Vec<String> {
    let found = findings(files, rules, &[]);
    let mut out: Vec<String> = found.iter().map(|one| one["fingerprint"].as_str().unwrap().to_owned()).collect();
    out.sort();
    out
}

#[test]
fn a_finding_keeps_its_fingerprint_when_its_resource_moves() {
    let rules = "aws-s3-bucket-public-acl,aws-vpc-sg-ingress-ssh-open";
    let bodies = |bucket: &str, group: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"{bucket}\" {{\n  acl = \"public-read\"\n}}\nresource \"aws_security_group\" \
             \"{group}\" {{\n  ingress {{\n    from_port = 22\n    to_port = 22\n    protocol = \"tcp\"\n    \
             cidr_blocks = [\"0.0.0.0/0\"]\n  }}\n}}\n"
        )
    };
    let moved = |from: &str, to: &str| format!("moved {{\n  from = {from}\n  to   = {to}\n}}\n");
    let before = fingerprints(&[("main.tf", &bodies("a", "g"))], rules);
    assert_eq!(before.len(), 2);
    let renamed = bodies("c", "h");
    assert_ne!(fingerprints(&[("main.tf", &renamed)], rules), before, "without a word it is another resource");
    let moves = [("aws_s3_bucket.a", "aws_s3_bucket.b"), ("aws_s3_bucket.b", "aws_s3_bucket.c")];
    let moves = [moves[0], moves[1], ("aws_security_group.g", "aws_security_group.h")];
    let told: String = moves.iter().map(|(from, to)| moved(from, to)).collect();
    assert_eq!(fingerprints(&[("main.tf", &(told.clone() + &renamed))], rules), before);
    let into = moved("aws_s3_bucket.a", "module.m.aws_s3_bucket.c")
        + &moved("aws_security_group.g", "module.m.aws_security_group.h")
        + "module \"m\" {\n  source = \"./m\"\n}\n";
    let files = [("main.tf", &*into), ("m/main.tf", &*renamed)];
    assert_eq!(fingerprints(&files, rules), before, "into a module");
    // What is removed or imported makes no difference.
    let more = "removed {\n  from = aws_s3_bucket.z\n  lifecycle {\n    destroy = false\n  }\n}\nimport {\n  to = \
                aws_s3_bucket.c\n  id = \"x\"\n}\n";
    assert_eq!(fingerprints(&[("main.tf", &(told + &renamed + more))], rules), before);
}
