//! `stockade graph`: what the analysis sees.

use serde_json::{Value, json};

use crate::command::{project, root, stockade};

/// The resource at an address.
fn at<'g>(graph: &'g Value, address: &str) -> &'g Value {
    let resources = graph["resources"].as_array().unwrap();
    resources.iter().find(|resource| resource["address"] == address).unwrap_or_else(|| panic!("no `{address}`"))
}

#[test]
fn bodies_are_plain_where_they_are_known() {
    let tree = project(&[(
        "main.tf",
        r#"
variable "name" {}
variable "secret" {
  default   = "hunter2"
  sensitive = true
}
locals {
  tags = { team = "shop" }
}
resource "aws_s3_bucket" "b" {
  bucket = var.name
  tags   = local.tags
}
resource "aws_s3_bucket_acl" "b" {
  bucket = aws_s3_bucket.b.id
  acl    = "private"
}
resource "aws_db_instance" "d" {
  password = var.secret
}
"#,
    )]);
    let ran = stockade(tree.path(), &["graph"]);
    let graph = ran.json();
    assert_eq!(at(&graph, "aws_s3_bucket.b")["body"]["tags"], json!({ "team": "shop" }));
    assert_eq!(at(&graph, "aws_s3_bucket.b")["body"]["bucket"], json!({ "$unknown": "`var.name` has no value" }));
    assert_eq!(at(&graph, "aws_s3_bucket_acl.b")["body"]["bucket"], json!({ "$ref": "aws_s3_bucket.b" }));
    assert_eq!(at(&graph, "aws_db_instance.d")["body"]["password"], json!({ "$sensitive": true }));
    assert_eq!(at(&graph, "local.tags")["body"]["value"], json!({ "team": "shop" }));
    assert!(!ran.stdout.contains("hunter2"), "a sensitive value is never printed");
    let edge = json!({ "from": "aws_s3_bucket_acl.b", "to": "aws_s3_bucket.b", "label": "bucket" });
    assert!(graph["edges"].as_array().unwrap().contains(&edge));
}

#[test]
fn views_are_listed_on_demand() {
    let kinds = |args: &[&str]| -> Vec<String> {
        let graph = stockade(&root(), args).json();
        let mut kinds: Vec<String> =
            graph["resources"].as_array().unwrap().iter().map(|r| r["kind"].as_str().unwrap().to_owned()).collect();
        kinds.sort();
        kinds.dedup();
        kinds
    };
    let plain = kinds(&["graph", "tests/fixtures/shop"]);
    for kind in ["Deployment", "NetworkPolicy", "ansible.builtin.get_url", "aws_security_group", "instruction", "stage"]
    {
        assert!(plain.iter().any(|k| k == kind), "{kind}: {plain:?}");
    }
    assert!(!plain.iter().any(|k| k == "container" || k == "network_rule"));
    let views = kinds(&["graph", "tests/fixtures/shop", "--views"]);
    for kind in ["command", "container", "image", "network_rule", "pod", "task"] {
        assert!(views.iter().any(|k| k == kind), "{kind}: {views:?}");
    }
}

#[test]
fn filters_and_graphviz() {
    let only = stockade(&root(), &["graph", "tests/fixtures/shop", "--kind", "aws_vpc"]).json();
    assert_eq!(only["resources"].as_array().unwrap().len(), 1);
    assert_eq!(only["resources"][0]["project"], "tests/fixtures/shop/terraform");
    let dot = stockade(&root(), &["graph", "tests/fixtures/shop", "--format", "dot"]).stdout;
    assert!(dot.starts_with("digraph stockade {") && dot.trim_end().ends_with('}'));
    assert!(dot.contains("label=\"bucket\""), "{dot}");
}
