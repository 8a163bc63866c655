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

/// The pictures of the shop, and what the page tells its script.
#[test]
fn pictures_of_the_shop() {
    let draw = |format: &str, more: &[&str]| {
        let args = [&["graph", "tests/fixtures/shop", "--format", format], more].concat();
        let ran = stockade(&root(), &args);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout
    };
    let svg = draw("svg", &[]);
    assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"));
    let json = stockade(&root(), &["graph", "tests/fixtures/shop"]).json();
    assert_eq!(svg.matches("<g class=\"card ").count(), json["resources"].as_array().unwrap().len());
    assert!(svg.contains("aws_s3_bucket_acl.assets → aws_s3_bucket.assets (bucket)"));
    assert!(svg.contains(">namespace shop<") && svg.contains(">stage build<") && svg.contains(">role web<"));
    assert!(svg.contains("Deployment/shop/api → stage.1 (likely_built_by)"), "edges between languages");
    assert_eq!(svg, draw("svg", &[]), "the same byte for byte");

    let page = |more: &[&str]| -> Value {
        let html = draw("html", more);
        let (_, rest) = html.split_once("id=\"data\">").unwrap();
        serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
    };
    let cards = |data: &Value| data["cards"].as_array().unwrap().clone();
    let all = page(&[]);
    let acl = cards(&all).into_iter().find(|card| card["address"] == "aws_s3_bucket_acl.assets").unwrap();
    assert_eq!(acl["fields"], at(&json, "aws_s3_bucket_acl.assets")["body"], "the same fields as in JSON");
    assert!(acl["place"].as_str().unwrap().starts_with("tests/fixtures/shop/terraform/main.tf:"));
    assert!(cards(&page(&["--views"])).iter().any(|card| card["kind"] == "container"));
    let vpc = page(&["--kind", "aws_vpc"]);
    assert_eq!((cards(&vpc).len(), vpc["wires"].as_array().unwrap().len()), (1, 0));
    let ansible = page(&["--project", "tests/fixtures/shop/ansible"]);
    assert!(!cards(&ansible).is_empty() && cards(&ansible).iter().all(|card| card["technology"] == "ansible"));
}

#[test]
fn graphviz_has_the_groups_of_the_picture() {
    let dot = stockade(&root(), &["graph", "tests/fixtures/shop", "--format", "dot"]).stdout;
    assert!(dot.contains("label=\"tests/fixtures/shop/k8s\";") && dot.contains("label=\"namespace shop\";"), "{dot}");
    assert_eq!(dot.matches('{').count(), dot.matches('}').count());
}

#[test]
fn a_picture_has_no_secret() {
    let tree = project(&[(
        "main.tf",
        "variable \"secret\" {\n  default = \"hunter2\"\n  sensitive = true\n}\nresource \"aws_db_instance\" \"d\" {\n  password = var.secret\n}\n",
    )]);
    for format in ["svg", "html", "dot"] {
        let ran = stockade(tree.path(), &["graph", "--format", format]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains("aws_db_instance.d") && !ran.stdout.contains("hunter2"), "{format}");
    }
}
