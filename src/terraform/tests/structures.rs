//! Texts that encode structures.

use stockade_model::Kind;

use super::{lowered, main, why};

#[test]
fn jsonencode_keeps_the_structure() {
    let result = main(
        r#"
        resource "aws_b" "b" {}
        resource "aws_p" "known" { policy = jsonencode({ Statement = [{ Action = "*" }] }) }
        resource "aws_p" "part" { policy = jsonencode({ Action = "*", Resource = aws_b.b.arn }) }
        "#,
    );
    let policy = result.at("aws_p.known", &["policy"]);
    assert_eq!(policy.as_text(), Some(r#"{"Statement":[{"Action":"*"}]}"#));
    let action = policy.structure().unwrap().get("Statement").unwrap().items()[0].get("Action").unwrap();
    assert_eq!((action.as_text(), result.text(action.span)), (Some("*"), "\"*\""));
    let part = result.at("aws_p.part", &["policy"]);
    assert_eq!(why(part).1, "aws_b.b.arn");
    assert_eq!(result.targets(part), [("aws_b.b", "arn")]);
    let structure = part.structure().unwrap();
    assert_eq!(structure.get("Action").unwrap().as_text(), Some("*"));
    assert_eq!(result.targets(structure.get("Resource").unwrap()), [("aws_b.b", "arn")]);
}

#[test]
fn a_heredoc_of_json_has_the_spans_of_its_lines() {
    let result = main(
        r#"
        variable "effect" { default = "Allow" }
        resource "aws_b" "b" {}
        resource "aws_p" "p" {
          policy = <<-EOT
            {
              "Effect": "${var.effect}",
              "Action": ["s3:*"],
              "Resource": "${aws_b.b.arn}/*"
            }
          EOT
        }
        "#,
    );
    let policy = result.at("aws_p.p", &["policy"]);
    assert!(matches!(policy.kind, Kind::Template(_)));
    let structure = policy.structure().unwrap();
    let action = &structure.get("Action").unwrap().items()[0];
    assert_eq!((action.as_text(), result.text(action.span)), (Some("s3:*"), "\"s3:*\""));
    let effect = structure.get("Effect").unwrap();
    assert_eq!((effect.as_text(), result.text(effect.span)), (Some("Allow"), "\"${var.effect}\""));
    assert_eq!(result.steps(effect), [("`var.effect` defaults to this".to_owned(), "\"Allow\"")]);
    let resource = structure.get("Resource").unwrap();
    assert_eq!(result.targets(resource), [("aws_b.b", "arn")]);
    assert!(matches!(&resource.kind, Kind::Template(parts) if parts.len() == 2));
    let field = structure.as_map().unwrap().field("Action").unwrap();
    assert_eq!((result.text(field.key), result.text(field.entry)), ("\"Action\"", "\"Action\": [\"s3:*\"]"));
}

#[test]
fn files_within_the_root_are_read() {
    let result = lowered(&[
        (
            "main.tf",
            r#"
            resource "aws_p" "p" {
              a = file("${path.module}/policy.json")
              b = templatefile("t.tpl", { name = "x" })
              c = file("/etc/passwd")
              d = jsondecode(file("policy.json")).Effect
            }
            "#,
        ),
        ("policy.json", "{\"Effect\": \"Allow\"}"),
        ("t.tpl", "hello ${name}"),
    ]);
    let a = result.at("aws_p.p", &["a"]);
    assert_eq!(a.as_text(), Some("{\"Effect\": \"Allow\"}"));
    let effect = a.structure().unwrap().get("Effect").unwrap();
    assert_eq!(result.text(effect.span), "\"Allow\"");
    assert_eq!(result.at("aws_p.p", &["b"]).as_text(), Some("hello x"));
    assert_eq!(why(result.at("aws_p.p", &["c"])), (stockade_model::Reason::Missing, "/etc/passwd".into()));
    assert_eq!(result.at("aws_p.p", &["d"]).as_text(), Some("Allow"));
}
