//! `count`, `for_each`, `dynamic`.

use stockade_model::Reason;

use super::{main, why};

#[test]
fn count_and_for_each_make_instances() {
    let result = main(
        r#"
        resource "aws_x" "none" { count = 0 }
        resource "aws_x" "off" { for_each = {} }
        resource "aws_x" "two" {
          count = 2
          n     = "x-${count.index}"
        }
        resource "aws_x" "each" {
          for_each = { b = { size = 2 }, a = { size = 1 } }
          n        = "${each.key}${each.value.size}"
        }
        resource "aws_x" "set" {
          for_each = toset(["q\"uote"])
          n        = each.value
        }
        "#,
    );
    assert_eq!(
        result.addresses(),
        ["aws_x.two[0]", "aws_x.two[1]", r#"aws_x.each["a"]"#, r#"aws_x.each["b"]"#, r#"aws_x.set["q\"uote"]"#]
    );
    assert_eq!(result.at("aws_x.two[1]", &["n"]).as_text(), Some("x-1"));
    assert_eq!(result.at(r#"aws_x.each["b"]"#, &["n"]).as_text(), Some("b2"));
    assert_eq!(result.resource("aws_x.two[1]").instance.as_deref(), Some("1"));
    assert_eq!(result.resource(r#"aws_x.each["a"]"#).declaration(), "aws_x.each");
    assert!(result.find("aws_x.two[0]", &["count"]).is_none());
}

#[test]
fn an_unknown_number_of_instances_is_one() {
    let result = main(
        r#"
        variable "n" {}
        resource "aws_x" "c" {
          count = var.n
          n     = count.index
          fixed = "a"
        }
        resource "aws_x" "e" {
          for_each = var.n
          n        = each.value.size
        }
        resource "aws_y" "r" {
          c = aws_x.c[0].fixed
          e = aws_x.e["k"].id
          s = aws_x.c[*].id
        }
        "#,
    );
    assert_eq!(why(result.at("aws_x.c", &["n"])), (Reason::Loop, "count.index".into()));
    assert_eq!(why(result.at("aws_x.e", &["n"])), (Reason::Loop, "each.value.size".into()));
    assert_eq!(result.at("aws_y.r", &["c"]).as_text(), Some("a"));
    assert_eq!(result.targets(result.at("aws_y.r", &["e"])), [("aws_x.e", "id")]);
    let all = result.at("aws_y.r", &["s"]);
    assert!(all.items().is_empty() && all.as_list().unwrap().open.is_some());
    assert_eq!(result.links(), [("aws_y.r", "c", "aws_x.c"), ("aws_y.r", "e", "aws_x.e"), ("aws_y.r", "s", "aws_x.c")]);
}

#[test]
fn dynamic_blocks() {
    let result = main(
        r#"
        variable "u" {}
        resource "aws_x" "a" {
          ingress { port = 1 }
          dynamic "ingress" {
            for_each = [2, 3]
            iterator = it
            content {
              port = it.value
              key  = it.key
            }
          }
          dynamic "egress" {
            for_each = var.u
            content { port = egress.value }
          }
          dynamic "off" {
            for_each = []
            content {}
          }
        }
        "#,
    );
    let ingress = result.at("aws_x.a", &["ingress"]);
    let ports: Vec<_> =
        ingress.items().iter().map(|b| b.get("port").unwrap().as_number().unwrap().to_string()).collect();
    assert_eq!(ports, ["1", "2", "3"]);
    let block = ingress.items()[2].as_map().unwrap();
    assert_eq!(result.text(block.head), "dynamic \"ingress\"");
    assert_eq!(block.get("key").unwrap().as_number().unwrap().to_string(), "1");
    assert_eq!(result.steps(block.get("port").unwrap()), [("`it.value` is this".to_owned(), "3")]);
    let egress = result.at("aws_x.a", &["egress"]).as_list().unwrap();
    assert!(egress.items.is_empty());
    assert_eq!(egress.open.as_ref().unwrap().subject, "var.u");
    assert!(result.find("aws_x.a", &["off"]).is_none());
}

#[test]
fn blocks_keep_their_places() {
    let result = main("resource \"aws_x\" \"a\" {\n  rule {\n    port = 1\n  }\n  rule {}\n}\n");
    let field = result.resource("aws_x.a").body.field("rule").unwrap();
    assert_eq!(result.text(field.key), "rule");
    assert_eq!(result.text(field.entry), "rule {\n    port = 1\n  }");
    let items = field.value.items();
    assert_eq!(result.text(items[1].span), "rule {}");
    assert_eq!(result.text(items[1].as_map().unwrap().head), "rule");
    let port = items[0].as_map().unwrap().field("port").unwrap();
    assert_eq!(
        (result.text(port.key), result.text(port.entry), result.text(port.value.span)),
        ("port", "port = 1", "1")
    );
    assert_eq!(result.text(result.resource("aws_x.a").head()), "resource \"aws_x\" \"a\"");
}

#[test]
fn meta_arguments_name_things() {
    let result = main(
        r#"
        provider "aws" {
          alias  = "west"
          region = "us-west-2"
        }
        resource "aws_x" "a" {}
        resource "aws_x" "b" {
          provider   = aws.west
          depends_on = [aws_x.a]
          lifecycle {
            prevent_destroy = true
            ignore_changes  = [tags["x"]]
          }
        }
        "#,
    );
    assert_eq!(result.at("aws_x.b", &["provider"]).as_text(), Some("aws.west"));
    assert_eq!(result.at("aws_x.b", &["depends_on", "0"]).as_text(), Some("aws_x.a"));
    assert_eq!(result.at("aws_x.b", &["lifecycle", "0", "ignore_changes", "0"]).as_text(), Some("tags[\"x\"]"));
    // What it depends on gives no edge; the provider does, and what has none of its own block has none.
    assert_eq!(result.links(), [("aws_x.b", "provider", "provider.aws.west")]);
    assert_eq!(result.resource("provider.aws.west").kind, "provider.aws");
}
