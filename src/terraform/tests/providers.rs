//! What `provider` blocks give their resources; what `moved` blocks keep.

use stockade_model::{Former, Reason};

use super::{lowered, main, why};

const PROVIDERS: &str = r#"
variable "extra" { type = map(string) }
variable "owner" { type = string }
locals { team = "platform" }
provider "aws" {
  default_tags {
    tags = { Team = local.team, Stage = "prod" }
  }
}
provider "aws" {
  alias = "unsure"
  default_tags { tags = var.extra }
}
provider "aws" { alias = "bare" }
provider "google" { default_labels = { team = "platform" } }
"#;

#[test]
fn default_tags_reach_every_resource_of_the_provider() {
    let result = main(&format!(
        r#"{PROVIDERS}
        resource "aws_instance" "none" {{}}
        resource "aws_instance" "own" {{ tags = {{ Stage = "test", Name = "n", Team = null }} }}
        resource "aws_instance" "bare" {{
          provider = aws.bare
          tags     = {{ Name = "n" }}
        }}
        resource "aws_instance" "asks" {{ user_data = aws_instance.none.tags_all["Team"] }}
        resource "google_storage_bucket" "g" {{ labels = {{ own = "1" }} }}
        resource "aws_autoscaling_group" "group" {{}}
        data "aws_instance" "read" {{}}
        "#
    ));
    let text = |address: &str, key: &str| result.find(address, &["tags_all", key]).and_then(|v| v.as_text());
    assert_eq!(text("aws_instance.none", "Stage"), Some("prod"));
    let team = result.at("aws_instance.none", &["tags_all", "Team"]);
    assert_eq!(
        (team.as_text(), result.text(team.span)),
        (Some("platform"), r#"resource "aws_instance" "none""#),
        "it stands at the resource"
    );
    assert_eq!(
        result.steps(team),
        [
            ("inherited from `default_tags` of `provider.aws`".to_owned(), "local.team"),
            ("`local.team` is this".to_owned(), "\"platform\""),
        ]
    );
    let own = ["Stage", "Name", "Team"].map(|key| text("aws_instance.own", key));
    assert_eq!(own, [Some("test"), Some("n"), Some("platform")], "own tags win, a null one counts for nothing");
    assert_eq!(text("aws_instance.bare", "Name"), Some("n"));
    assert_eq!(text("aws_instance.bare", "Team"), None);
    assert_eq!(result.at("aws_instance.asks", &["user_data"]).as_text(), Some("platform"));
    for field in ["terraform_labels", "effective_labels"] {
        let labels = ["own", "team"].map(|key| result.at("google_storage_bucket.g", &[field, key]).as_text());
        assert_eq!(labels, [Some("1"), Some("platform")]);
    }
    assert!(result.find("aws_autoscaling_group.group", &["tags_all"]).is_none(), "its tags are blocks of its own");
    assert!(result.find("data.aws_instance.read", &["tags_all"]).is_none());
}

#[test]
fn default_tags_that_are_not_known_leave_the_tags_open() {
    let result = main(&format!(
        r#"{PROVIDERS}
        resource "aws_instance" "defaults" {{
          provider = aws.unsure
          tags     = {{ Name = "n" }}
        }}
        resource "aws_instance" "own" {{ tags = var.extra }}
        resource "aws_instance" "some" {{ tags = merge(var.extra, {{ Name = "n" }}) }}
        resource "aws_instance" "value" {{ tags = {{ Stage = var.owner }} }}
        "#
    ));
    let defaults = result.at("aws_instance.defaults", &["tags_all"]);
    assert_eq!(defaults.get("Name").and_then(|name| name.as_text()), Some("n"));
    let stockade_model::Kind::Map(map) = &defaults.kind else { panic!("{defaults:?}") };
    assert_eq!(map.open.as_deref().map(|why| why.reason), Some(Reason::Variable));
    assert_eq!(why(result.at("aws_instance.own", &["tags_all"])), (Reason::Variable, "var.extra".into()));
    let some = result.at("aws_instance.some", &["tags_all"]);
    assert_eq!(some.get("Name").and_then(|name| name.as_text()), Some("n"));
    assert_eq!(why(some.get("Team").unwrap()).0, Reason::Variable, "an own tag may replace it");
    assert_eq!(why(result.at("aws_instance.value", &["tags_all", "Stage"])).1, "var.owner");
    assert_eq!(result.at("aws_instance.value", &["tags_all", "Team"]).as_text(), Some("platform"));
}

#[test]
fn default_tags_follow_the_providers_that_a_module_is_given() {
    let inner = r#"
        terraform {
          required_providers {
            aws = { source = "hashicorp/aws", configuration_aliases = [aws.main] }
          }
        }
        provider "aws" { alias = "proxy" }
        resource "aws_instance" "own" {}
        resource "aws_instance" "main" { provider = aws.main }
        resource "aws_instance" "proxy" { provider = aws.proxy }
    "#;
    let root = r#"
        provider "aws" {
          default_tags { tags = { From = "default" } }
        }
        provider "aws" {
          alias = "west"
          default_tags { tags = { From = "west" } }
        }
        module "kept" { source = "./m" }
        module "given" {
          source    = "./m"
          providers = { aws = aws.west, aws.main = aws, aws.proxy = aws.west }
        }
    "#;
    let result = lowered(&[("main.tf", root), ("m/main.tf", inner)]);
    let from = |address: &str| result.find(address, &["tags_all", "From"]).and_then(|value| value.as_text());
    assert_eq!(from("module.kept.aws_instance.own"), Some("default"));
    assert_eq!(from("module.given.aws_instance.own"), Some("west"));
    assert_eq!(from("module.given.aws_instance.main"), Some("default"));
    assert_eq!(from("module.given.aws_instance.proxy"), Some("west"), "what is passed goes before the empty block");
    assert_eq!(from("module.kept.aws_instance.proxy"), None);
    let json = r#"{
      "provider": { "aws": { "default_tags": { "tags": { "From": "json" } } } },
      "resource": { "aws_instance": { "j": {} } }
    }"#;
    let result = lowered(&[("main.tf.json", json)]);
    assert_eq!(result.at("aws_instance.j", &["tags_all", "From"]).as_text(), Some("json"));
}

#[test]
fn circles_through_default_tags_end() {
    let result = main(
        r#"
        provider "aws" {
          default_tags { tags = { Of = aws_instance.a.tags_all["Of"] } }
        }
        resource "aws_instance" "a" {}
        "#,
    );
    assert!(result.at("aws_instance.a", &["tags_all", "Of"]).why().is_some());
}

fn moved(from: &str, to: &str) -> String {
    format!("moved {{\n  from = {from}\n  to   = {to}\n}}\n")
}

/// The address of a declaration, and what it was called.
fn former(files: &[(&str, &str)]) -> Vec<(String, Option<String>, String)> {
    let found = lowered(files).lowered.former;
    let of = |(now, Former { folder, declaration }): (_, Former)| {
        (String::from(now), folder.map(String::from), String::from(declaration))
    };
    found.into_iter().map(|(now, former): (compact_str::CompactString, Former)| of((now, former))).collect()
}

#[test]
fn the_oldest_name_counts() {
    let chain = moved("aws_x.a", "aws_x.b") + &moved("aws_x.b", "aws_x.c") + "resource \"aws_x\" \"c\" {}\n";
    assert_eq!(former(&[("main.tf", &chain)]), [("aws_x.c".into(), None, "aws_x.a".into())]);
    let keys = moved("aws_x.a", "aws_x.a[0]")
        + &moved("aws_x.old[0]", "aws_x.new[\"k\"]")
        + "resource \"aws_x\" \"a\" {\n  count = 1\n}\nresource \"aws_x\" \"new\" {\n  for_each = toset([\"k\"])\n}\n";
    assert_eq!(former(&[("main.tf", &keys)]), [("aws_x.new".into(), None, "aws_x.old".into())]);
    let json = r#"{"moved": [{"from": "aws_x.a", "to": "aws_x.b"}], "resource": {"aws_x": {"b": {}}}}"#;
    assert_eq!(former(&[("main.tf.json", json)]), [("aws_x.b".into(), None, "aws_x.a".into())]);
}

#[test]
fn moves_that_mean_nothing_are_passed_over() {
    let circle = moved("aws_x.a", "aws_x.b") + &moved("aws_x.b", "aws_x.a") + "resource \"aws_x\" \"c\" {}\n";
    assert_eq!(former(&[("main.tf", &circle)]), []);
    let circle = moved("aws_x.a[0]", "aws_x.b") + &moved("aws_x.b[0]", "aws_x.a") + "resource \"aws_x\" \"a\" {}\n";
    assert_eq!(former(&[("main.tf", &circle)]), []);
    let there = moved("aws_x.a", "aws_x.b") + "resource \"aws_x\" \"a\" {}\nresource \"aws_x\" \"b\" {}\n";
    assert_eq!(former(&[("main.tf", &there)]), [], "Terraform refuses to move what is still declared");
    let odd = "moved {\n  from = aws_x.a\n}\nmoved {\n  from = \"${aws_x.a}\"\n  to = aws_x.b.c.d\n}\nmoved {\n  \
               from = module.m\n  to = aws_x.b\n}\nresource \"aws_x\" \"b\" {}\n";
    assert_eq!(former(&[("main.tf", odd)]), []);
    let long: String = (0..200).map(|n| moved(&format!("aws_x.a{n}"), &format!("aws_x.a{}", n + 1))).collect();
    assert_eq!(former(&[("main.tf", &(long + "resource \"aws_x\" \"a200\" {}\n"))]), []);
}

#[test]
fn moves_cross_modules() {
    let inner = "resource \"aws_x\" \"new\" {}\n";
    let renamed = moved("aws_x.old", "aws_x.new") + inner;
    let root = "module \"m\" {\n  source = \"./m\"\n}\n";
    // Within a module; the name of a call is no part of what counts.
    let files = [("main.tf", &*(moved("module.gone", "module.m") + root)), ("m/main.tf", &*renamed)];
    assert_eq!(former(&files), [("module.m.aws_x.new".into(), None, "aws_x.old".into())]);
    let files = [("main.tf", &*(moved("module.gone", "module.m") + root)), ("m/main.tf", inner)];
    assert_eq!(former(&files), []);
    // Into a module, and through a module's own earlier name.
    let into = moved("aws_x.old", "module.m.aws_x.new") + root;
    let files = [("main.tf", &*into), ("m/main.tf", inner)];
    assert_eq!(former(&files), [("module.m.aws_x.new".into(), Some(".".into()), "aws_x.old".into())]);
    let through = moved("module.gone", "module.m") + &moved("aws_x.old", "module.gone.aws_x.new") + root;
    let files = [("main.tf", &*through), ("m/main.tf", inner)];
    assert_eq!(former(&files), [("module.m.aws_x.new".into(), Some(".".into()), "aws_x.old".into())]);
    // Out of a module that is gone: nobody knows what its folder was.
    let out = moved("module.gone.aws_x.old", "aws_x.new") + inner;
    assert_eq!(former(&[("main.tf", &*out)]), []);
}
