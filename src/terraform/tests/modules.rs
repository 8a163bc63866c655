//! Modules.

use stockade_model::Reason;

use super::{lowered, why};
use crate::called_folders;

const CHILD: &str = r#"
variable "name" { type = string }
variable "acl" { default = "private" }
resource "aws_bucket" "this" {
  bucket = var.name
  acl    = var.acl
}
output "id" { value = aws_bucket.this.id }
output "name" { value = aws_bucket.this.bucket }
"#;

#[test]
fn a_local_module_is_judged_at_its_call() {
    let result = lowered(&[
        (
            "main.tf",
            r#"
            locals { acl = "public" }
            module "logs" {
              source = "./modules/bucket"
              name   = "logs"
              acl    = local.acl
            }
            resource "aws_policy" "p" {
              bucket = module.logs.id
              name   = module.logs.name
            }
            "#,
        ),
        ("modules/bucket/main.tf", CHILD),
    ]);
    assert_eq!(result.managed(), ["aws_policy.p", "module.logs.aws_bucket.this"]);
    let acl = result.at("module.logs.aws_bucket.this", &["acl"]);
    assert_eq!((acl.as_text(), result.text(acl.span)), (Some("public"), "var.acl"));
    assert_eq!(
        result.steps(acl),
        [
            ("`module.logs` is called with this".to_owned(), "local.acl"),
            ("`local.acl` is this".to_owned(), "\"public\"")
        ]
    );
    let id = result.at("aws_policy.p", &["bucket"]);
    assert_eq!(result.targets(id), [("module.logs.aws_bucket.this", "id")]);
    assert_eq!(result.steps(id), [("`module.logs.id` puts out this".to_owned(), "aws_bucket.this.id")]);
    let name = result.at("aws_policy.p", &["name"]);
    assert_eq!(name.as_text(), Some("logs"));
    assert_eq!(
        result.steps(name),
        [
            ("`module.logs.name` puts out this".to_owned(), "aws_bucket.this.bucket"),
            ("`module.logs.aws_bucket.this.bucket` is this".to_owned(), "var.name"),
            ("`module.logs` is called with this".to_owned(), "\"logs\""),
        ]
    );
    assert!(result.links().contains(&("aws_policy.p", "bucket", "module.logs.aws_bucket.this")));
    assert_eq!(result.at("module.logs", &["name"]).as_text(), Some("logs"));
    assert_eq!(result.lowered.incomplete, []);
}

#[test]
fn modules_have_instances() {
    let result = lowered(&[
        (
            "main.tf",
            r#"
            module "m" {
              source   = "./modules/bucket"
              for_each = toset(["a", "b"])
              name     = each.key
            }
            module "off" {
              source = "./modules/bucket"
              count  = 0
              name   = "x"
            }
            locals {
              names = [for m in module.m : m.name]
              ids   = values(module.m)[*].id
            }
            "#,
        ),
        ("modules/bucket/main.tf", CHILD),
    ]);
    assert_eq!(result.managed(), [r#"module.m["a"].aws_bucket.this"#, r#"module.m["b"].aws_bucket.this"#]);
    let names: Vec<_> = result.at("local.names", &["value"]).items().iter().map(|v| v.as_text().unwrap()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(result.targets(result.at("local.ids", &["value", "1"])), [(r#"module.m["b"].aws_bucket.this"#, "id")]);
}

#[test]
fn a_module_that_is_not_at_hand_is_noted() {
    let result = lowered(&[(
        "main.tf",
        r#"
        module "vpc" {
          source = "registry/vpc/aws"
          count  = 2
        }
        resource "aws_x" "a" { subnet = module.vpc[0].subnet_id }
        "#,
    )]);
    let subnet = result.at("aws_x.a", &["subnet"]);
    assert_eq!(why(subnet).0, Reason::Missing);
    assert_eq!(result.targets(subnet), [("module.vpc[0]", "subnet_id")]);
    let messages: Vec<_> = result.lowered.incomplete.iter().map(|e| e.message.as_str()).collect();
    assert_eq!(messages, ["module `vpc` (source `registry/vpc/aws`) is not at hand"]);
}

#[test]
fn modules_that_call_themselves_end() {
    let result = lowered(&[
        ("main.tf", "module \"a\" { source = \"./a\" }"),
        ("a/main.tf", "module \"b\" { source = \"../b\" }"),
        ("b/main.tf", "module \"a\" { source = \"../a\" }"),
    ]);
    assert_eq!(result.lowered.incomplete.len(), 1);
    assert_eq!(result.addresses(), ["module.a", "module.a.module.b", "module.a.module.b.module.a"]);
}

#[test]
fn whole_resources_pass_through_modules() {
    let result = lowered(&[
        (
            "main.tf",
            "resource \"aws_vpc\" \"v\" {\n  cidr = \"10.0.0.0/16\"\n}\nmodule \"m\" {\n  source = \"./m\"\n  vpc    = aws_vpc.v\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"vpc\" { type = object({ id = string, cidr = string }) }\nresource \"aws_subnet\" \"s\" {\n  vpc_id = var.vpc.id\n  cidr = cidrsubnet(var.vpc.cidr, 8, 1)\n}\n",
        ),
    ]);
    let id = result.at("module.m.aws_subnet.s", &["vpc_id"]);
    assert_eq!(result.targets(id), [("aws_vpc.v", "id")]);
    assert_eq!(result.at("module.m.aws_subnet.s", &["cidr"]).as_text(), Some("10.0.1.0/24"));
}

#[test]
fn called_folders_are_read_from_the_text() {
    let (body, _) = stockade_hcl::parse(
        stockade_source::FileId(0),
        "module \"a\" { source = \"../x\" }\nmodule \"b\" { source = \"../x/\" }\nmodule \"c\" { source = \"git::x\" }\n",
    );
    let file = crate::ModuleFile {
        id: stockade_source::FileId(0),
        path: "envs/main.tf".into(),
        text: "".into(),
        body: std::sync::Arc::new(body),
    };
    assert_eq!(called_folders(&crate::Module { folder: "envs".into(), files: vec![file] }), ["x"]);
}
