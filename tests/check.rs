//! `stockade check`: exit codes, selection, formats, and that a run says the same every time.

use crate::command::{project, root, stockade, stockade_with};

const OPEN_BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n";
const SELECT: [&str; 2] = ["--select", "aws-s3-bucket-public-acl"];

#[test]
fn exit_codes_follow_the_contract() {
    let open = project(&[("main.tf", OPEN_BUCKET)]);
    assert_eq!(stockade(open.path(), &SELECT).code, 1);
    assert_eq!(stockade(open.path(), &[&SELECT[..], &["--fail-on", "critical"]].concat()).code, 0);
    assert_eq!(stockade(open.path(), &["--select", "no-such-rule"]).code, 2);
    assert_eq!(stockade(open.path(), &["no-such-folder"]).code, 2);

    let closed = project(&[("main.tf", "resource \"aws_vpc\" \"v\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n")]);
    assert_eq!(stockade(closed.path(), &SELECT).code, 0);

    let empty = project(&[("notes.txt", "nothing")]);
    let ran = stockade(empty.path(), &[]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("nothing to scan"), "{}", ran.stderr);

    let broken = project(&[("main.tf", "resource \"aws_vpc\" {\n  cidr_block = = 1\n}\n")]);
    assert_eq!(stockade(broken.path(), &SELECT).code, 3);
    assert_eq!(stockade(broken.path(), &[&SELECT[..], &["--allow-incomplete"]].concat()).code, 0);
}

#[test]
fn findings_and_incomplete_both_are_said() {
    let both = project(&[("a.tf", OPEN_BUCKET), ("b.tf", "locals {\n  x = [1,\n}\n")]);
    let ran = stockade(both.path(), &SELECT);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("incomplete: b.tf:"), "{}", ran.stdout);
}

#[test]
fn a_file_is_judged_with_its_module_and_only_it_is_reported() {
    let module = project(&[
        ("main.tf", "resource \"aws_s3_bucket\" \"b\" {\n  acl = var.acl\n}\n"),
        ("variables.tf", "variable \"acl\" {\n  default = \"public-read\"\n}\n"),
        ("other.tf", "resource \"aws_s3_bucket\" \"o\" {\n  acl = \"public-read\"\n}\n"),
    ]);
    let ran = stockade(module.path(), &["check", "main.tf", "--format", "json", SELECT[0], SELECT[1]]);
    let report = ran.json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    let finding = &report["findings"][0];
    assert_eq!(finding["file"], "main.tf");
    assert_eq!(finding["range"]["start"]["line"], 2);
    let labels = finding["labels"].as_array().unwrap();
    assert!(
        labels.iter().any(|label| label["file"] == "variables.tf" && label["range"]["start"]["line"] == 2),
        "the chain leads to the default: {labels:?}"
    );
}

#[test]
fn standard_input_is_read() {
    let anywhere = project(&[]);
    let args = ["check", "-", "--format", "json"];
    let ran = stockade_with(anywhere.path(), &args, "FROM debian:12\nUSER root\n", &[]);
    assert!(ran.rules().contains(&"dockerfile-user-root".to_owned()), "{:?}", ran.rules());
}

#[test]
fn vendored_folders_and_ignored_files_are_passed_over() {
    let tree = project(&[
        ("main.tf", "locals {}\n"),
        ("node_modules/x/main.tf", OPEN_BUCKET),
        ("ignored/main.tf", OPEN_BUCKET),
        (".gitignore", "ignored/\n"),
    ]);
    let report = stockade(tree.path(), &["--format", "json"]).json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    assert_eq!(report["scanned"]["skipped"]["node_modules"], 1);
    assert_eq!(report["scanned"]["files"]["terraform"], 1);
}

#[test]
fn a_run_says_the_same_every_time_on_any_number_of_threads() {
    let args = ["check", "tests/fixtures/shop", "--format", "json"];
    let first = stockade(&root(), &args).stdout;
    for threads in ["1", "2", "7"] {
        for _ in 0..3 {
            assert_eq!(stockade_with(&root(), &args, "", &[("RAYON_NUM_THREADS", threads)]).stdout, first);
        }
    }
}

#[test]
fn the_sample_in_full() {
    let ran = stockade_with(&root(), &["check", "tests/fixtures/shop"], "", &[("NO_COLOR", "1"), ("TERM", "xterm")]);
    assert_eq!(ran.code, 1);
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("report-full", ran.stdout);
    });
}

#[test]
fn the_sample_in_short() {
    let ran = stockade(&root(), &["check", "tests/fixtures/shop", "--format", "concise"]);
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("report-concise", ran.stdout);
    });
}

#[test]
fn a_report_can_go_to_a_file() {
    let open = project(&[("main.tf", OPEN_BUCKET)]);
    let ran = stockade(open.path(), &["--format", "concise", "--output", "json=out.json", SELECT[0], SELECT[1]]);
    assert_eq!(ran.code, 1);
    let written = std::fs::read_to_string(open.path().join("out.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&written).unwrap();
    assert_eq!(report["summary"]["high"], 1);
    assert!(ran.stdout.starts_with("main.tf:2:9: high: "), "{}", ran.stdout);
}
