//! `stockade plan`: plans and states, with and without their source.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::command::{Ran, project, root, stockade, stockade_with};

const SECRET: &str = "hunter2-in-clear";

fn fixtures() -> std::path::PathBuf {
    root().join("tests/fixtures/plans")
}

fn fixture(name: &str) -> String {
    fs::read_to_string(fixtures().join(name)).unwrap()
}

/// `rule file:line resource`, sorted as the report is.
fn lines(ran: &Ran) -> Vec<String> {
    let report = ran.json();
    let line = |finding: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (rule, file) = (text(&finding["rule"]), text(&finding["file"]));
        format!("{rule} {file}:{} {}", finding["range"]["start"]["line"], text(&finding["resource"]["address"]))
    };
    report["findings"].as_array().unwrap().iter().map(line).collect()
}

fn instances(ran: &Ran, rule: &str) -> Vec<String> {
    let report = ran.json();
    let finding =
        report["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == rule).unwrap().clone();
    finding["instances"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// A plan of one bucket.
fn small(version: &str, values: &Value, change: &Value) -> String {
    let name = json!({"address": "aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket", "name": "b"});
    let (mut planned, mut changed) = (name.clone(), name);
    planned["values"] = values.clone();
    changed["change"] = change.clone();
    json!({
        "format_version": version,
        "planned_values": {"root_module": {"resources": [planned]}},
        "resource_changes": [changed],
    })
    .to_string()
}

#[test]
fn findings_stand_in_the_plan_where_there_is_no_source() {
    let folder = project(&[("plan.json", &fixture("plan.json"))]);
    let ran = stockade(folder.path(), &["plan", "plan.json", "--format", "json"]);
    assert_eq!(ran.code, 1);
    let text = fixture("plan.json");
    let at = |rule: &str| {
        let found = lines(&ran).into_iter().find(|line| line.starts_with(rule)).unwrap();
        let line: usize = found.split([':', ' ']).nth(2).unwrap().parse().unwrap();
        text.lines().nth(line - 1).unwrap().trim().to_owned()
    };
    assert_eq!(at("aws-rds-instance-public"), "\"publicly_accessible\": true,");
    assert_eq!(at("aws-vpc-sg-ingress-ssh-open"), "\"0.0.0.0/0\"");
    // Each instance stands at a place of its own in a plan.
    assert_eq!(at("aws-s3-bucket-versioning"), r#""address": "module.store[\"logs\"].aws_s3_bucket.this","#);
    // The access block in the same module instance shields the public bucket: they meet through `configuration`.
    assert!(!ran.rules().contains(&"aws-s3-bucket-public-acl".to_owned()), "{:?}", ran.rules());
    // Encryption hangs on a key that is known only after apply.
    assert!(!ran.rules().contains(&"aws-rds-instance-encryption".to_owned()), "{:?}", ran.rules());
    assert_eq!(ran.json()["undetermined"].as_array().unwrap().len(), 1);
    assert!(ran.json()["findings"].as_array().unwrap().iter().all(|finding| finding["fix"].is_null()));
}

#[test]
fn findings_stand_in_the_source_where_it_is_at_hand() {
    let plan = stockade(&fixtures(), &["plan", "plan.json", "--source", "source", "--format", "json"]);
    assert_eq!(
        lines(&plan),
        [
            "aws-vpc-sg-ingress-ssh-open source/main.tf:31 aws_security_group.web/ingress",
            "aws-rds-instance-encryption source/main.tf:36 aws_db_instance.db",
            "aws-rds-instance-public source/main.tf:40 aws_db_instance.db",
            "aws-s3-bucket-versioning source/modules/store/main.tf:9 module.store.aws_s3_bucket.this",
        ]
    );
    assert_eq!(plan.json()["disagreements"], json!([]));
    let check = stockade(&fixtures(), &["check", "source", "--format", "json"]);
    assert_eq!(lines(&check), lines(&plan), "the source says the same by itself");
    let both = [r#"module.store["logs"].aws_s3_bucket.this"#, r#"module.store["media"].aws_s3_bucket.this"#];
    assert_eq!(instances(&plan, "aws-s3-bucket-versioning"), both);
}

#[test]
fn the_source_is_found_beside_the_plan_and_in_the_working_directory() {
    let main = fs::read_to_string(fixtures().join("source/main.tf")).unwrap();
    let store = fs::read_to_string(fixtures().join("source/modules/store/main.tf")).unwrap();
    let files = [
        ("env/main.tf", main.as_str()),
        ("env/modules/store/main.tf", store.as_str()),
        ("env/plan.json", &fixture("plan.json")),
        ("out/plan.json", &fixture("plan.json")),
        ("other/main.tf", "resource \"aws_vpc\" \"v\" {}\n"),
    ];
    let tree = project(&files);
    let beside = stockade(tree.path(), &["plan", "env/plan.json", "--format", "json"]);
    assert!(lines(&beside)[0].contains("env/main.tf:31"), "{:?}", lines(&beside));
    let here = stockade(&tree.path().join("env"), &["plan", "../out/plan.json", "--format", "json"]);
    assert!(lines(&here)[0].contains(" main.tf:31"), "{:?}", lines(&here));
    let elsewhere = stockade(&tree.path().join("other"), &["plan", "../out/plan.json", "--format", "json"]);
    assert!(lines(&elsewhere).iter().all(|line| line.contains("out/plan.json:")), "{:?}", lines(&elsewhere));
    let wrong = stockade(tree.path(), &["plan", "out/plan.json", "--source", "other", "--format", "json"]);
    assert!(wrong.stderr.contains("declares none"), "{}", wrong.stderr);
    assert_eq!(stockade(tree.path(), &["plan", "out/plan.json", "--source", "nowhere"]).code, 2);
}

#[test]
fn a_saved_plan_holds_its_source() {
    let folder = project(&[("plan.json", &fixture("plan.json")), ("junk.bin", "PK\u{3}\u{4} no archive")]);
    let manifest = r#"[{"Key":"","Dir":"."},{"Key":"store","Source":"./modules/store","Dir":"modules/store"},
        {"Key":"evil","Source":"x","Dir":"../../../etc"}]"#;
    let main = fs::read_to_string(fixtures().join("source/main.tf")).unwrap();
    let store = fs::read_to_string(fixtures().join("source/modules/store/main.tf")).unwrap();
    saved(
        &folder.path().join("p.bin"),
        &[
            ("tfplan", "\u{0}"),
            ("tfconfig/modules.json", manifest),
            ("tfconfig/m-/main.tf", &main),
            ("tfconfig/m-store/main.tf", &store),
            ("tfconfig/m-store/../../evil.tf", "resource \"aws_s3_bucket\" \"evil\" {}\n"),
            ("../escape.tf", "nothing"),
        ],
    );
    let before = fs::read_dir(folder.path()).unwrap().count();
    let ran = stockade(folder.path(), &["plan", "plan.json", "--plan-file", "p.bin", "--format", "json"]);
    assert_eq!(
        lines(&ran),
        [
            "aws-vpc-sg-ingress-ssh-open main.tf:31 aws_security_group.web/ingress",
            "aws-rds-instance-encryption main.tf:36 aws_db_instance.db",
            "aws-rds-instance-public main.tf:40 aws_db_instance.db",
            "aws-s3-bucket-versioning modules/store/main.tf:9 module.store.aws_s3_bucket.this",
        ]
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before, "nothing is unpacked");
    let junk = stockade(folder.path(), &["plan", "plan.json", "--plan-file", "junk.bin"]);
    assert_eq!(junk.code, 2);
    assert!(junk.stderr.contains("not a saved plan"), "{}", junk.stderr);
}

fn saved(path: &Path, files: &[(&str, &str)]) {
    let mut archive = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, text) in files {
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        archive.start_file(*name, options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn only_what_changes_when_that_is_asked_for() {
    let ran = stockade(&fixtures(), &["plan", "plan.json", "--source", "source", "--changed-only", "--format", "json"]);
    // `logs` stays as it is; the group is replaced, the rest is created.
    assert_eq!(instances(&ran, "aws-s3-bucket-versioning"), [r#"module.store["media"].aws_s3_bucket.this"#]);
    assert!(ran.rules().contains(&"aws-vpc-sg-ingress-ssh-open".to_owned()));
    let folder = project(&[("plan.json", &fixture("plan.json").replace("\"create\"", "\"no-op\""))]);
    let none = stockade(folder.path(), &["plan", "plan.json", "--changed-only", "--format", "json"]);
    assert_eq!(lines(&none), [""; 0], "nothing changes");
    assert_eq!(none.code, 0);
}

#[test]
fn secrets_are_never_printed() {
    let folder = project(&[
        ("plan.json", &fixture("plan.json")),
        // As Terraform prints it: one line.
        ("line.json", &serde_json::from_str::<Value>(&fixture("plan.json")).unwrap().to_string()),
        ("state.json", &fixture("state.json")),
    ]);
    assert!(fixture("plan.json").contains(SECRET) && fixture("state.json").contains(SECRET));
    let source = fixtures().join("source");
    let source = ["--source", source.to_str().unwrap(), "--disagreements"];
    for file in ["plan.json", "line.json", "state.json"] {
        for format in ["full", "concise", "json"] {
            let args = ["plan", file, "--format", format];
            for args in [args.to_vec(), [&args[..], &source[..]].concat(), ["check", file, "--format", format].to_vec()]
            {
                let ran = stockade(folder.path(), &args);
                assert_eq!(ran.code, 1, "{args:?}: {}", ran.stderr);
                assert!(!ran.stdout.contains("hunter2") && !ran.stderr.contains("hunter2"), "{args:?}: {}", ran.stdout);
            }
        }
    }
    let graph = stockade(folder.path(), &["graph", "plan.json", "--views"]);
    assert!(graph.stdout.contains("$sensitive") && !graph.stdout.contains("hunter2"), "{}", graph.stdout);
}

#[test]
fn deletions_are_not_judged() {
    let change = json!({"actions": ["delete"], "before": {"acl": "public-read"}, "after": null});
    let mut plan: Value = serde_json::from_str(&small("1.2", &json!({}), &change)).unwrap();
    plan["planned_values"] = json!({"root_module": {}});
    let ran = stockade_with(project(&[]).path(), &["plan", "-", "--format", "json"], &plan.to_string(), &[]);
    assert_eq!((ran.code, lines(&ran).len()), (0, 0));
    plan["resource_changes"][0]["change"] =
        json!({"actions": ["delete", "create"], "before": null, "after": {"acl": "public-read"}});
    let ran = stockade_with(project(&[]).path(), &["plan", "-", "--format", "json"], &plan.to_string(), &[]);
    assert!(ran.rules().contains(&"aws-s3-bucket-public-acl".to_owned()), "a replacement stays: {:?}", ran.rules());
}

#[test]
fn what_is_unknown_is_not_absent() {
    let created = |unknown: Value| {
        let change = json!({"actions": ["create"], "after": {}, "after_unknown": unknown});
        let args = ["plan", "-", "--format", "json", "--select", "aws-s3-bucket-versioning"];
        stockade_with(project(&[]).path(), &args, &small("1.2", &json!({"versioning": []}), &change), &[])
    };
    let absent = created(json!({"id": true}));
    assert_eq!((absent.code, lines(&absent).len()), (1, 1));
    let unknown = created(json!({"id": true, "versioning": true}));
    assert_eq!((unknown.code, lines(&unknown).len()), (0, 0));
    let open = &unknown.json()["undetermined"][0];
    assert_eq!(open["because"]["text"], "`aws_s3_bucket.b.versioning` is known after apply");
    let inner = created(json!({"id": true, "versioning": [{"enabled": true}]}));
    assert_eq!((inner.code, lines(&inner).len()), (0, 0));
}

#[test]
fn check_recognises_plans_by_what_they_say() {
    let folder = project(&[
        ("deep/tf.json", ""),
        ("a/out.json", &fixture("plan.json")),
        ("b/state.json", &fixture("state.json")),
    ]);
    let ran = stockade(folder.path(), &["check", ".", "--format", "json"]);
    let files: Vec<String> = lines(&ran);
    assert!(files.iter().any(|line| line.contains("a/out.json:")), "{files:?}");
    assert!(files.iter().any(|line| line.contains("aws-s3-bucket-public-acl b/state.json:")), "{files:?}");
    let stdin = stockade_with(folder.path(), &["check", "-", "--format", "json"], &fixture("state.json"), &[]);
    assert!(lines(&stdin).iter().any(|line| line.contains("aws-rds-instance-public -:")), "{:?}", lines(&stdin));
}

#[test]
fn versions_that_nobody_knows_are_refused() {
    let values = json!({"acl": "public-read"});
    let change = json!({"actions": ["create"], "after": {}});
    for version in ["0.1", "0.2", "1.0", "1.2", "1.99"] {
        let ran = stockade_with(
            project(&[]).path(),
            &["plan", "-", "--format", "json"],
            &small(version, &values, &change),
            &[],
        );
        assert_eq!((ran.code, ran.json()["scanned"]["resources"].as_u64()), (1, Some(1)), "{version}");
    }
    for version in ["0.3", "2.0", "3", "x", "", "1.x"] {
        for command in ["plan", "check"] {
            let ran = stockade_with(
                project(&[]).path(),
                &[command, "-", "--format", "json"],
                &small(version, &values, &change),
                &[],
            );
            assert_eq!((ran.code, lines(&ran).len()), (3, 0), "{version}");
            let reason = ran.json()["scanned"]["incomplete"][0]["reason"].as_str().unwrap().to_owned();
            assert!(reason.contains("format version"), "{reason}");
        }
    }
}

#[test]
fn broken_and_hostile_plans_end_well() {
    let whole = fixture("plan.json");
    let deep = format!("{{\"format_version\":\"1.2\",\"planned_values\":{}", "{\"root_module\":".repeat(200_000));
    let modules = {
        let mut module = json!({"resources": []});
        for _ in 0..100 {
            module = json!({"child_modules": [module]});
        }
        json!({"format_version": "1.2", "planned_values": {"root_module": module}}).to_string()
    };
    let nested = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    let nested =
        small("1.2", &json!({}), &json!({})).replace("\"values\":{}", &format!("\"values\":{{\"a\":{nested}}}"));
    let wrong = json!({
        "format_version": "1.2", "planned_values": {"root_module": {"resources": [1, "x", null, {}, {"address": 1}, {
            "address": "a.b", "type": "a", "name": "b", "values": [1], "sensitive_values": "yes"}], "child_modules": {"a": 1}}},
        "resource_changes": {"x": 1}, "configuration": [1], "variables": "x", "prior_state": 7, "errored": true,
    });
    let cases = [
        whole[..whole.len() / 2].to_owned(),
        deep,
        modules,
        nested,
        wrong.to_string(),
        "{\"format_version\":\"1.2\",\"planned_values\":{\"root_module\":{\"resources\":[{]}}}".to_owned(),
        "[]".to_owned(),
        String::new(),
    ];
    for case in &cases {
        let args = ["plan", "-", "--format", "json", "--select", "aws-efs-encryption"];
        let ran = stockade_with(project(&[]).path(), &args, case, &[]);
        assert_eq!(ran.code, 3, "{}: {} {}", &case[..case.len().min(80)], ran.stdout, ran.stderr);
        assert!(!ran.json()["scanned"]["incomplete"].as_array().unwrap().is_empty());
    }
    assert_eq!(stockade(project(&[]).path(), &["plan", "no-such.json"]).code, 2);
}

#[test]
fn disagreements_are_listed() {
    let mut plan: Value = serde_json::from_str(&fixture("plan.json")).unwrap();
    let resources = &mut plan["planned_values"]["root_module"]["resources"];
    resources[0]["values"]["engine"] = json!("mysql");
    resources[0]["values"]["publicly_accessible"] = json!("true");
    resources[1]["values"]["ingress"].as_array_mut().unwrap().pop();
    let extra =
        json!({"address": "aws_vpc.extra", "mode": "managed", "type": "aws_vpc", "name": "extra", "values": {}});
    resources.as_array_mut().unwrap().push(extra);
    let main = fs::read_to_string(fixtures().join("source/main.tf")).unwrap();
    let store = fs::read_to_string(fixtures().join("source/modules/store/main.tf")).unwrap();
    let tree = project(&[
        ("plan.json", &plan.to_string()),
        ("main.tf", &(main + "resource \"aws_vpc\" \"v\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n")),
        ("modules/store/main.tf", &store),
    ]);
    let report = stockade(tree.path(), &["plan", "plan.json", "--format", "json"]).json();
    let said: Vec<String> = report["disagreements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            let (address, attribute) = (text("address"), text("attribute"));
            format!(
                "{address} {attribute} {} {} {}:{}",
                text("source"),
                text("plan"),
                text("file"),
                one["range"]["start"]["line"]
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "aws_db_instance.db engine \"postgres\" \"mysql\" main.tf:37",
            "aws_security_group.web ingress 2 elements 1 element main.tf:25",
            "aws_vpc.extra  (absent) planned plan.json:1",
            "aws_vpc.v  declared (absent) main.tf:43",
        ]
    );
    let text = stockade(tree.path(), &["plan", "plan.json", "--disagreements", "--format", "concise"]).stdout;
    assert!(
        text.contains("aws_db_instance.db.engine: the source says \"postgres\", the plan says \"mysql\""),
        "{text}"
    );
    let count = stockade(tree.path(), &["plan", "plan.json", "--format", "concise"]).stdout;
    assert!(count.contains("disagree in 4 places") && !count.contains("mysql"), "{count}");
}
