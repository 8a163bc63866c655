//! Where values come from, and what they name.

use stockade_model::Reason;

use super::{lowered, main, why};

#[test]
fn a_literal_has_no_origin() {
    let result = main("resource \"aws_x\" \"a\" {\n  acl = \"public\"\n}\n");
    let acl = result.at("aws_x.a", &["acl"]);
    assert_eq!(result.text(acl.span), "\"public\"");
    assert!(acl.origin.is_none());
}

#[test]
fn the_way_leads_from_the_use_to_the_literal() {
    let result = lowered(&[
        (
            "main.tf",
            r#"
            variable "acl" { default = "private" }
            locals { acl = var.acl }
            resource "aws_x" "a" { acl = local.acl }
            resource "aws_y" "b" { acl = lower(aws_x.a.acl) }
            "#,
        ),
        ("terraform.tfvars", "acl = \"public\"\n"),
    ]);
    let acl = result.at("aws_x.a", &["acl"]);
    assert_eq!(result.text(acl.span), "local.acl");
    assert_eq!(
        result.steps(acl),
        [("`local.acl` is this".to_owned(), "var.acl"), ("`var.acl` is set here".to_owned(), "\"public\"")]
    );
    let copied = result.at("aws_y.b", &["acl"]);
    assert_eq!((copied.as_text(), result.text(copied.span)), (Some("public"), "lower(aws_x.a.acl)"));
    assert_eq!(result.steps(copied)[0], ("`aws_x.a.acl` is this".to_owned(), "local.acl"));
    assert_eq!(result.targets(copied), [("aws_x.a", "acl")]);
}

#[test]
fn parts_of_a_variable_lead_to_their_own_literal() {
    let result = main(
        r#"
        variable "tags" { default = { team = "x", open = ["0.0.0.0/0"] } }
        resource "aws_x" "a" {
          one  = var.tags.team
          all  = var.tags
          list = concat(var.tags.open, ["10.0.0.0/8"])
        }
        "#,
    );
    let one = result.at("aws_x.a", &["one"]);
    assert_eq!(result.text(one.span), "var.tags.team");
    assert_eq!(result.steps(one), [("`var.tags` defaults to this".to_owned(), "\"x\"")]);
    let inner = result.at("aws_x.a", &["all", "team"]);
    assert_eq!(result.text(inner.span), "var.tags");
    assert_eq!(result.steps(inner), [("`var.tags` defaults to this".to_owned(), "\"x\"")]);
    let item = result.at("aws_x.a", &["list", "0"]);
    assert_eq!(result.text(item.span), "var.tags.open");
    assert_eq!(result.steps(item), [("`var.tags` defaults to this".to_owned(), "\"0.0.0.0/0\"")]);
    assert!(result.at("aws_x.a", &["list", "1"]).origin.is_none());
}

#[test]
fn what_chose_a_value_is_not_where_its_parts_stand() {
    let result = main(
        r#"
        variable "on" { default = true }
        variable "conf" { default = { mode = "open" } }
        locals { pick = { yes = var.conf, no = {} } }
        resource "aws_x" "a" {
          one = local.pick[var.on ? "yes" : "no"].mode
          two = (var.on ? { mode = "shut" } : {}).mode
        }
        "#,
    );
    let one = result.at("aws_x.a", &["one"]);
    assert_eq!(
        result.steps(one),
        [
            ("`local.pick` is this".to_owned(), "var.conf"),
            ("`var.conf` defaults to this".to_owned(), "\"open\""),
            ("`var.on` defaults to this".to_owned(), "true"),
        ]
    );
    let two = result.at("aws_x.a", &["two"]);
    assert_eq!(result.steps(two), [("`var.on` defaults to this".to_owned(), "true")]);
}

#[test]
fn what_a_resource_does_not_set_is_computed() {
    let result = main(
        r#"
        data "aws_ami" "d" { owner = "me" }
        resource "aws_x" "a" {
          name = "n"
          disk { size = 3 }
        }
        resource "aws_y" "b" {
          id    = aws_x.a.id
          name  = "x-${aws_x.a.name}"
          size  = aws_x.a.disk[0].size
          volume = aws_x.a.disk[0].id
          ami   = data.aws_ami.d.id
          owner = data.aws_ami.d.owner
          whole = aws_x.a
          config { subnets = [aws_x.a.id, aws_x.a.name] }
          gone  = aws_x.nowhere.id
        }
        "#,
    );
    let at = |name: &str| result.at("aws_y.b", &[name]);
    assert_eq!(why(at("id")), (Reason::Computed, "aws_x.a.id".into()));
    assert_eq!(result.targets(at("id")), [("aws_x.a", "id")]);
    assert_eq!((at("name").as_text(), result.targets(at("name"))), (Some("x-n"), vec![("aws_x.a", "name")]));
    assert_eq!(result.targets(at("size")), [("aws_x.a", "disk.0.size")]);
    assert_eq!(at("size").as_number().map(|n| n.to_string()).as_deref(), Some("3"));
    assert_eq!((why(at("volume")).0, result.targets(at("volume"))), (Reason::Computed, vec![("aws_x.a", "disk.0.id")]));
    assert_eq!(why(at("ami")), (Reason::Runtime, "data.aws_ami.d.id".into()));
    assert_eq!(at("owner").as_text(), Some("me"));
    assert_eq!((why(at("whole")).0, result.targets(at("whole"))), (Reason::Computed, vec![("aws_x.a", "")]));
    assert_eq!(why(at("gone")).0, Reason::Invalid);
    assert!(result.links().contains(&("aws_y.b", "config.subnets", "aws_x.a")));
    assert_eq!(result.links().iter().filter(|(_, label, _)| *label == "config.subnets").count(), 1);
}

#[test]
fn circles_end() {
    let result = main("locals {\n  a = local.b\n  b = local.a\n}\nresource \"aws_x\" \"a\" {\n  n = aws_x.a.n\n}\n");
    assert_eq!(why(result.at("local.a", &["value"])).0, Reason::Invalid);
    assert_eq!(why(result.at("aws_x.a", &["n"])).0, Reason::Invalid);
}
