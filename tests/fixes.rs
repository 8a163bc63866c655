//! `--fix` and `--diff`.

use std::fs;

use crate::command::{project, stockade};

const PLAYBOOK: &str = "- hosts: all\n  tasks:\n    # The mirror moved.\n    - name: Fetch\n      get_url:\n        url: https://example.com/tool.tgz\n        validate_certs: no # for now\n        dest: /opt/tool.tgz\n        mode: '0644'\n";

#[test]
fn a_safe_fix_is_applied_and_the_rest_is_kept() {
    let tree = project(&[("site.yml", PLAYBOOK)]);
    let ran = stockade(tree.path(), &["--fix", "--select", "ansible-get-url-validate-certs"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let after = fs::read_to_string(tree.path().join("site.yml")).unwrap();
    assert_eq!(after, PLAYBOOK.replace("        validate_certs: no # for now\n", ""));
}

#[test]
fn an_unsafe_fix_waits_to_be_asked_for() {
    let text = "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\" # old\n}\n";
    let tree = project(&[("main.tf", text)]);
    let select = ["--select", "aws-s3-bucket-public-acl"];
    assert_eq!(stockade(tree.path(), &[&["--fix"], &select[..]].concat()).code, 1);
    assert_eq!(fs::read_to_string(tree.path().join("main.tf")).unwrap(), text);
    assert_eq!(stockade(tree.path(), &[&["--fix", "--unsafe"], &select[..]].concat()).code, 0);
    let after = fs::read_to_string(tree.path().join("main.tf")).unwrap();
    assert_eq!(after, text.replace("public-read", "private"));
}

#[test]
fn a_diff_changes_nothing() {
    let tree = project(&[("site.yml", PLAYBOOK)]);
    let ran = stockade(tree.path(), &["--diff", "--select", "ansible-get-url-validate-certs"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("--- a/site.yml\n+++ b/site.yml\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("-        validate_certs: no # for now\n"), "{}", ran.stdout);
    assert_eq!(fs::read_to_string(tree.path().join("site.yml")).unwrap(), PLAYBOOK);
}

#[test]
fn a_value_from_elsewhere_is_left_to_a_person() {
    let tree = project(&[(
        "main.tf",
        "variable \"acl\" {\n  default = \"public-read\"\n}\nresource \"aws_s3_bucket\" \"b\" {\n  acl = var.acl\n}\n",
    )]);
    let ran = stockade(tree.path(), &["--format", "json", "--select", "aws-s3-bucket-public-acl"]);
    assert!(ran.json()["findings"][0]["fix"].is_null());
}

/// Two declarations of one address have findings with one fingerprint; no fix of theirs can be told to have worked.
#[test]
fn twins_whose_fixes_do_no_good_are_refused() {
    // Half-typed: the quote without a partner damages the first `job`, so that its fix changes nothing.
    let text = r#"resource "aws_instance" "web" {
    name = "web"
    count = 3
}

resource "aws_instance" "job" {
    label = "${aws_instance.web.*.name[count.index]}"
  aws_instance" "web" {
    name = "web ${count.index}"
    count = 3
}

resource "aws_instance" "job" {
    label = "${aws_instance.web.*.name[count.index]}"
    count = 3
}
"#;
    let tree = project(&[("main.tf", text)]);
    let ran = stockade(tree.path(), &["--fix", "--unsafe", "--select", "aws-ec2-imdsv1"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("fixed 2 in 1 file(s)\nnot applicable: aws-ec2-imdsv1: "), "{}", ran.stderr);
}

/// Fixes on texts that people could have laid out in any way: they apply, and take nothing else with them.
mod layouts {
    use proptest::prelude::*;
    use stockade_analysis::{Input, Options, Role, Variables, analyse, fix};
    use stockade_engine::Selection;

    /// The text after every fix of one rule.
    fn fixed(path: &str, text: &str, rule: &str) -> Result<String, TestCaseError> {
        let registry = stockade_checks::registry();
        let selection = Selection { select: vec![rule.to_owned()], ..Selection::default() };
        let options = Options { registry: &registry, selection, variables: Variables::default() };
        let inputs = [Input { path: path.into(), text: text.into(), invalid: None, role: Role::Judged }];
        let before = analyse(&inputs, &options);
        prop_assert_eq!(before.findings.len(), 1, "{}", text);
        let result = fix(&inputs, &before, &options, true);
        prop_assert_eq!(&result.refused, &vec![], "{}", text);
        prop_assert!(result.analysis.account.incomplete.is_empty());
        Ok(result.texts.get(path).cloned().unwrap_or_default())
    }

    /// The words of a text, without the layout; commas and braces are words of their own.
    fn words(text: &str) -> Vec<String> {
        let apart = text.replace('{', " { ").replace('}', " } ").replace(',', " , ");
        apart.split_whitespace().map(str::to_owned).collect()
    }

    /// What is left of `after` when the words of `before` are taken out in their order; `None` where one is missing.
    fn added(before: &str, after: &str) -> Option<Vec<String>> {
        let mut left = words(after).into_iter();
        let mut out = vec![];
        for word in words(before) {
            loop {
                let next = left.next()?;
                if next == word {
                    break;
                }
                out.push(next);
            }
        }
        out.extend(left);
        Some(out)
    }

    fn hcl_line() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z]{1,12}_x = \"[a-z ]{0,8}\"",
            "[a-z]{1,12}_y = \"v\" # [a-z ]{0,10}",
            Just(String::new()),
            "# [a-z ]{0,12}",
            Just("lifecycle_policy {\n    transition_to_ia = \"AFTER_30_DAYS\"\n  }".to_owned()),
            Just("tags = {\n    Name = \"x\"\n  }".to_owned()),
            Just("note = <<-EOT\n    } # not the end\n  EOT".to_owned()),
        ]
    }

    fn yaml_line() -> impl Strategy<Value = String> {
        prop_oneof![
            "command: \\[\"[a-z]{1,8}\"\\]",
            "workingDir: /[a-z]{1,8} # [a-z ]{0,8}",
            "# [a-z ]{0,12}",
            Just("ports:\n  - containerPort: 80\n".to_owned()),
            Just("args:\n- |\n  echo a\n\n  echo b".to_owned()),
            Just("securityContext:\n    readOnlyRootFilesystem: true".to_owned()),
            Just("securityContext: { readOnlyRootFilesystem: true }".to_owned()),
            Just("securityContext:".to_owned()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_attribute_is_added_to_any_block(
            mut lines in prop::collection::vec(hcl_line(), 0..6),
            windows in any::<bool>(),
            first in any::<bool>(),
        ) {
            // An attribute may be given once.
            let mut seen = std::collections::HashSet::new();
            lines.retain(|line| line.is_empty() || line.starts_with('#') || seen.insert(line.split(' ').next().unwrap_or("").to_owned()));
            let body: String = lines.iter().map(|line| format!("  {line}\n")).collect();
            let body = if lines.is_empty() && first { String::new() } else { format!("\n{body}") };
            let mut text = format!("# before\nresource \"aws_efs_file_system\" \"home\" {{{body}}}\n# after\n");
            if windows {
                text = text.replace('\n', "\r\n");
            }
            let after = fixed("main.tf", &text, "aws-efs-encryption")?;
            prop_assert_eq!(added(&text, &after), Some(["encrypted", "=", "true"].map(str::to_owned).to_vec()), "{}", after);
            prop_assert_eq!(after.contains('\r'), windows);
        }

        #[test]
        fn a_key_is_added_to_any_container(
            lines in prop::collection::vec(yaml_line(), 0..5),
            deep in 0usize..4,
            dash in any::<bool>(),
        ) {
            let mut seen = std::collections::HashSet::new();
            let lines = lines.iter().filter(|line| line.starts_with('#') || seen.insert(line.split(':').next().unwrap_or("").to_owned()));
            let indent = " ".repeat(2 + if dash { deep } else { 0 });
            let rest: String = lines.flat_map(|line| line.lines()).map(|line| format!("{indent}  {line}\n")).collect();
            let text = format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{ name: web }}\nspec:\n  containers:\n{indent}- name: app\n{indent}  image: nginx:1.27\n{rest}  restartPolicy: Never # keep\n"
            );
            let after = fixed("pod.yaml", &text, "k8s-container-privilege-escalation")?;
            let added = added(&text, &after).ok_or_else(|| TestCaseError::fail(after.clone()))?;
            let key = added.iter().filter(|word| !["securityContext:", ","].contains(&word.as_str()));
            prop_assert_eq!(key.collect::<Vec<_>>(), ["allowPrivilegeEscalation:", "false"], "{}", after);
        }
    }
}
