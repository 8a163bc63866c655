//! Input made to break a reader: an answer, an exit code, never a crash.

use crate::command::{project, stockade};

/// A run that ends by itself, with one of the four exit codes and a whole report.
fn survives(path: &str, text: &str) {
    let tree = project(&[(path, text)]);
    let ran = stockade(tree.path(), &["--format", "json"]);
    assert!((0..=3).contains(&ran.code), "{path}: exit {}: {}", ran.code, ran.stderr);
    assert_eq!(ran.json()["version"], 1, "{path}");
}

#[test]
fn deep_nesting() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    for (open, close) in [("[", "]"), ("(", ")"), ("{x=", "}"), ("f(", ")"), ("!", ""), ("\"${", "}\"")] {
        survives("main.tf", &format!("locals {{\n  x = {}\n}}\n", deep(open, close)));
    }
    survives("main.tf", &deep("a {\n", "}\n"));
    survives("main.tf.json", &deep("{\"a\":", "}"));
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
        survives("pod.yaml", &format!("apiVersion: v1\nkind: Pod\nspec:\n  {}\n", deep(open, close)));
    }
    survives("pod.json", &format!("{{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"spec\": {}}}", deep("[", "]")));
    survives("Dockerfile", &format!("FROM a\nRUN {}\n", deep("$(", ")")));
    survives("Dockerfile", &format!("FROM a\nRUN {}\n", "if true; then ".repeat(20_000)));
    survives("tasks/main.yml", &format!("- name: x\n  debug: {}\n", deep("[", "]")));
}

#[test]
fn bombs() {
    let mut aliases = String::from("apiVersion: v1\nkind: Pod\na0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..10 {
        let list = vec![format!("*a{}", n - 1); 9].join(", ");
        aliases.push_str(&format!("a{n}: &a{n} [{list}]\n"));
    }
    survives("pod.yaml", &aliases);

    let mut locals = String::from("locals {\n  a0 = [1, 2, 3, 4]\n");
    for n in 1..40 {
        locals.push_str(&format!("  a{n} = concat(local.a{0}, local.a{0})\n", n - 1));
    }
    survives("main.tf", &format!("{locals}}}\nresource \"aws_vpc\" \"v\" {{\n  cidr_block = local.a39\n}}\n"));
    survives("main.tf", "locals {\n  a = local.b\n  b = local.a\n  c = range(1000000000)\n}\n");
    survives("main.tf", "module \"m\" {\n  source = \"./.\"\n}\nmodule \"n\" {\n  source = \"../main\"\n}\n");
}

#[test]
fn odd_bytes() {
    for path in ["main.tf", "pod.yaml", "Dockerfile", "a.tf.json", "site.yml"] {
        survives(path, "");
        survives(path, "\u{feff}");
        survives(path, "\u{0}\u{0}");
        survives(path, "\r\r\n\t\t\r");
        survives(path, "- \u{feff}{{ %{ ${ <<EOF");
    }
}

#[test]
fn what_is_not_utf8_is_incomplete_and_read_as_far_as_it_goes() {
    let tree = project(&[]);
    std::fs::write(
        tree.path().join("main.tf"),
        b"# caf\xe9\nresource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n",
    )
    .unwrap();
    let ran = stockade(tree.path(), &["--format", "json", "--select", "aws-s3-bucket-public-acl"]);
    let report = ran.json();
    assert_eq!(ran.code, 1);
    assert_eq!(report["scanned"]["incomplete"][0]["range"]["start"]["column"], 6);
    assert_eq!(report["findings"][0]["range"]["start"]["line"], 3);
}
