//! Pages: what is read from them, and the place of every fault.

use compact_str::CompactString;
use stockade_model::Technology;
use stockade_source::FileId;

use crate::{Action, Check, Cond, Constant, Safety, Severity, Status, Test, parse_page, scan};

const PAGE: &str = r#"---
id: aws-s3-bucket-public-acl
severity: high
on: aws_s3_bucket # kinds
let:
  public: [public-read, 'true', 7]
flag:
  - any:
      - acl in $public
      - some aws_s3_bucket_acl:
          any:
            - acl in $public
            - some access_control_policy.grant:
                grantee.uri matches /groups/global/(AllUsers|AuthenticatedUsers)$
  - no aws_s3_bucket_public_access_block:
      any: [block_public_acls is true, ignore_public_acls is true]
say: bucket `{name}` is open to everyone through its ACL
suggest: replace with private
aliases:
  kics: [38c5ee0d, a1ef9d2e]
  checkov: CKV_AWS_20
maps:
  cis-aws-1.4: "2.1.5"
  cwe: 732
---

# S3 bucket ACL grants public access

Why it matters.
"#;

fn errors(page: &str) -> Vec<(String, String)> {
    let errors = parse_page(FileId(0), "x.md", page).expect_err("faults");
    errors.into_iter().map(|error| (error.span.text(page).to_owned(), error.message)).collect()
}

/// The faults of a page that is [`PAGE`] with something replaced.
fn faults(from: &str, to: &str) -> Vec<(String, String)> {
    assert!(PAGE.contains(from), "{from}");
    errors(&PAGE.replacen(from, to, 1))
}

fn fault(from: &str, to: &str) -> (String, String) {
    let faults = faults(from, to);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.into_iter().next().expect("one")
}

fn said(place: &str, message: &str) -> (String, String) {
    (place.to_owned(), message.to_owned())
}

#[test]
fn a_page() {
    let check: Check = parse_page(FileId(0), "aws/s3.md", PAGE).expect("a page");
    assert_eq!(check.id, "aws-s3-bucket-public-acl");
    assert_eq!((check.severity, check.title.as_str()), (Severity::High, "S3 bucket ACL grants public access"));
    assert_eq!(check.on, ["aws_s3_bucket"]);
    let public = vec![Constant::Text("public-read".into()), Constant::Text("true".into()), Constant::Number(7.into())];
    assert_eq!(check.lets["public"], Constant::List(public));
    assert!(matches!(&check.condition, Test::Flag(Cond::All(parts)) if parts.len() == 2));
    let fix = check.fix.as_ref().expect("a fix");
    assert_eq!((fix.safety, &fix.action), (Safety::Unsafe, &Action::Replace(Constant::Text("private".into()))));
    assert_eq!(check.aliases["kics"], ["38c5ee0d", "a1ef9d2e"]);
    assert_eq!(check.maps["cwe"], ["732"]);
    assert_eq!(check.maps["cis-aws-1.4"], ["2.1.5"]);
    assert_eq!(check.status, Status::Stable);
    assert_eq!(check.formats(), [Technology::Terraform]);
    assert!(check.body.starts_with("\n# S3 bucket"));
}

#[test]
fn the_front_is_scanned_without_reading_it() {
    let kinds = |text: &str| scan(text).1;
    assert_eq!(scan(PAGE), ("aws-s3-bucket-public-acl".into(), vec![CompactString::from("aws_s3_bucket")]));
    assert_eq!(kinds("---\non: [a, \"b.c\"] # x\n---\n"), ["a", "b.c"]);
    assert_eq!(kinds("---\non: [a,\n  b]\n---\n"), ["a", "b"]);
    assert_eq!(kinds("---\r\non:\r\n  - a\r\n  - 'b'\r\nsay: x\r\n---\r\n"), ["a", "b"]);
    assert_eq!(kinds("no front matter\non: a\n"), [""; 0]);
}

#[test]
fn keys() {
    assert_eq!(
        fault("severity:", "serverity: x\nseverity:"),
        said("serverity", "unknown key `serverity`; did you mean `severity`?")
    );
    assert_eq!(fault("severity: high\n", ""), said("id", "`severity` is missing"));
    assert_eq!(
        fault("severity: high", "severity: bad"),
        said("bad", "`bad` is no severity: critical, high, medium, low or info")
    );
    assert_eq!(
        fault("id: aws-s3", "id: AWS-s3"),
        said("AWS-s3-bucket-public-acl", "an id is lower-case words joined by `-`")
    );
    assert_eq!(fault("checkov:", "chekov:"), said("chekov", "unknown tool `chekov`; did you mean `checkov`?"));
    assert_eq!(fault("# S3", "S3").1, "the page has no title: `# …` is missing");
    assert_eq!(
        fault("suggest: replace with", "suggest: replce with").1,
        "`replce` is no fix: replace with, set … to, remove, append; did you mean `replace`?"
    );
    assert_eq!(fault("suggest: replace with private", "fix: set a.b to").1, "a value is missing here");
    assert_eq!(
        fault("suggest:", "fix: remove acl\nsuggest:"),
        said("replace with private", "a check has `fix` or `suggest`, not both")
    );
    assert_eq!(
        fault("maps:", "status: beta\nmaps:"),
        said("beta", "unknown status `beta`: `preview`, or `deprecated: ID`")
    );
}

#[test]
fn conditions() {
    assert_eq!(
        fault("grantee.uri matches", "grantee.uri matchs"),
        said("matchs", "unknown operator `matchs`; did you mean `matches`?")
    );
    assert_eq!(
        fault("any: [block_public_acls is true", "any: [block_public_acls is true, x in $publik"),
        said("$publik", "`$publik` is not named in `let`; did you mean `public`?")
    );
    assert_eq!(
        fault("  - no aws", "  - evry aws"),
        said(
            "evry aws_s3_bucket_public_access_block",
            "`evry` is none of any, not, some, every, no; did you mean `every`?"
        )
    );
    assert_eq!(fault("  - any:\n", "  - all:\n"), said("all", "a list by itself means all of it"));
    assert_eq!(fault("let:\n", "let:\n  spare: 1\n"), said("spare", "`$spare` is never used"));
    assert_eq!(fault("say: bucket `{name}`", "say: bucket `{na me}`"), said("na", "only a path may stand in braces"));
}

#[test]
fn several_faults_are_told_at_once() {
    let page =
        PAGE.replacen("acl in $public", "acl isnt $public", 1).replacen("block_public_acls is", "block_public_acls", 1);
    let got: Vec<String> = errors(&page).into_iter().map(|(place, _)| place).collect();
    assert_eq!(got, ["isnt", "true"]);
}

#[test]
fn paths_that_fan_out_need_a_quantifier() {
    let check = |kind: &str, cond: &str| match parse_page(FileId(0), "x.md", &super::page(kind, cond)) {
        Ok(_) => String::new(),
        Err(errors) => errors[0].message.clone(),
    };
    assert_eq!(
        check("aws_s3_bucket", "aws_s3_bucket_acl.acl is private"),
        "there may be several `aws_s3_bucket_acl`: say `some`, `every` or `no`"
    );
    assert_eq!(
        check("stage", "instruction.name is RUN"),
        "there may be several `instruction`: say `some`, `every` or `no`"
    );
    assert_eq!(check("command", "instruction.name is RUN"), "");
    assert_eq!(check("network_rule", "ports.from is 22"), "`ports` is a list: say `some`, `every` or `no`");
    assert_eq!(check("network_rule", "cidrs is 0.0.0.0/0"), "`cidrs` is a list: say `some cidrs: it …`, or `contains`");
    assert_eq!(check("network_rule", "- cidrs covers 0.0.0.0/0\n- ports in [absent, empty]"), "");
    assert_eq!(check("aws_x", "it is 1"), "`it` has a meaning only under `some`, `every` and `no`");
    assert_eq!(check("aws_x", "some l:\n  image is x"), "", "a field of an element");
    assert_eq!(check("aws_x", "some p.Statement:\n  Effect is Allow"), "", "a capital alone makes no kind");
    assert_eq!(
        check("Deployment", "Service.spec is absent"),
        "there may be several `Service`: say `some`, `every` or `no`"
    );
    assert_eq!(check("ConfigMap", "data.\"a.b.c\" is absent"), "", "a key with dots");
    assert_eq!(check("aws_x", "a is @aws_y"), "`@aws_y` must name one value");
}

#[test]
fn shapes() {
    let check = |cond: &str| match parse_page(FileId(0), "x.md", &super::page("aws_x", cond)) {
        Ok(_) => String::new(),
        Err(errors) => errors[0].message.clone(),
    };
    assert_eq!(check("any: a is b"), "`any` needs a list of conditions");
    assert_eq!(check("any: []"), "the list is empty");
    assert_eq!(check("{not: a is b, some x: c is d}"), "one key is allowed here; several conditions are a list");
    assert_eq!(check("every x:"), "`every` needs a condition");
    assert_eq!(check("every x"), "`every` needs a condition");
    assert_eq!(check("no x"), "");
    let nested = (0..40).map(|at| format!("{}not:", "  ".repeat(at))).collect::<Vec<_>>().join("\n");
    assert_eq!(check(&format!("{nested}\n{}a is b", "  ".repeat(40))), "the condition is too large");
}

#[test]
fn pages_that_are_none() {
    assert_eq!(errors("# Title\n")[0].1, "a page starts with front matter between two lines of `---`");
    assert_eq!(errors("")[0].1, "a page starts with front matter between two lines of `---`");
    assert_eq!(errors("---\n---\n# T\n")[0].1, "the front matter is empty");
    assert_eq!(errors("---\n- a\n---\n# T\n")[0].1, "the front matter must be a mapping");
    assert!(!errors("---\nid: [\n---\n# T\n").is_empty());
}

#[test]
fn a_byte_order_mark_and_windows_lines_are_read() {
    let page = format!("\u{feff}{}", PAGE.replace('\n', "\r\n"));
    assert!(parse_page(FileId(0), "x.md", &page).is_ok());
    let wrong = page.replacen("acl in $public", "acl isnt $public", 1);
    assert_eq!(errors(&wrong)[0].0, "isnt");
}

#[test]
fn mutants_differ_in_one_place() {
    let cond = super::condition("aws_x", "- a in [x, y]\n- no b:\n    c is 1");
    // Two parts to drop; the line turned round and each entry dropped; the quantifier and its line turned round.
    assert_eq!(cond.mutants().len(), 2 + 3 + 2);
    assert!(cond.mutants().iter().all(|mutant| *mutant != cond));
    let check = parse_page(FileId(0), "x.md", PAGE).expect("a page");
    let mutants: Vec<String> = check
        .mutants()
        .iter()
        .map(|mutant| match &mutant.condition {
            Test::Flag(cond) => cond.to_string(),
            Test::Native(name, _) => name.to_string(),
        })
        .collect();
    let shorter = mutants.iter().filter(|mutant| mutant.matches("acl in [public-read, true]").count() == 2);
    assert_eq!(shorter.count(), 1, "an entry of a named list is taken out wherever the name stands");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        let _ = parse_page(FileId(0), "x.md", &text);
        let _ = parse_page(FileId(0), "x.md", &super::page("aws_x", &text));
        let _ = parse_page(FileId(0), "x.md", &super::page("aws_x", &format!("'{}'", text.replace('\'', "''"))));
        let _ = scan(&format!("---\non: {text}\n---\n"));
    }

    #[test]
    fn no_line_panics(path in "[a-z.\"$@' ]{0,12}", op in "(is|in|covers|<|matches|contains|starts with)", value in "[-a-z0-9.$@\\[\\],'/: T_]{0,16}") {
        let _ = parse_page(FileId(0), "x.md", &super::page("aws_x", &format!("'{}'", format!("{path} {op} {value}").replace('\'', "''"))));
    }
}
