//! Documents that are made from the program are what the program makes.

use std::fs;

use crate::command::{root, stockade};

/// Compares a document with what it should be; `UPDATE=1` writes it.
fn is_current(path: &str, wanted: &str) {
    let file = root().join(path);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, wanted).unwrap();
    }
    let got = fs::read_to_string(&file).unwrap_or_default();
    assert!(got == wanted, "{path} is out of date: run the tests with UPDATE=1");
}

#[test]
fn the_schema_of_the_report() {
    is_current("docs/report.schema.json", &stockade_report::json_schema());
}

#[test]
fn the_list_of_rules() {
    let list = stockade(&root(), &["rules"]).stdout;
    let mut page = String::from(
        "# Rules\n\nMade from the check pages by a test; `stockade explain RULE` shows a page.\n\n| severity | rule | what it finds |\n| --- | --- | --- |\n",
    );
    for line in list.lines() {
        let mut words = line.split("  ").map(str::trim).filter(|word| !word.is_empty());
        let (severity, id, title) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        page.push_str(&format!("| {severity} | `{id}` | {title} |\n"));
    }
    is_current("docs/rules.md", &page);
}

#[test]
fn a_rule_is_found_by_its_id_and_by_other_tools_ids() {
    let own = stockade(&root(), &["explain", "dockerfile-user-root"]);
    assert_eq!(own.code, 0);
    assert!(own.stdout.contains("# Image starts as root"), "{}", own.stdout);
    assert_eq!(stockade(&root(), &["explain", "checkov:CKV_DOCKER_8"]).stdout, own.stdout);
    let near = stockade(&root(), &["explain", "dockerfile-user-rot"]);
    assert_eq!(near.code, 2);
    assert!(near.stderr.contains("did you mean `dockerfile-user-root`"), "{}", near.stderr);
}

#[test]
fn the_readme_names_commands_that_exist() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains("cargo run --release -- check tests/fixtures/shop"));
    for command in ["check", "rules", "explain", "graph", "test", "completions"] {
        assert!(readme.contains(&format!("stockade {command}")), "{command}");
        assert_eq!(stockade(&root(), &[command, "--help"]).code, 0, "{command}");
    }
}
