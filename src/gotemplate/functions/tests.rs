//! What the real helm printed for each template of `tests/*.txt`.

use std::fmt::Write as _;

use stockade_source::FileId;

use crate::tests::{data, folder};
use crate::{Engine, Error, Limits, Templates, Text};

/// Cases that are known to differ, by how they begin, and why.
const KNOWN: &[(&str, &str)] = &[
    // One integer stands for all of Go's.
    ("{{ typeOf 1 }}", "int64 is int; .Values is a plain map in this test"),
    ("{{ kindOf 1 }}", "int64 is int"),
    ("{{ int64 \"42\" }}", "int64 is int"),
    ("{{ max 1 2 3 }}", "int64 is int"),
    ("{{ (semver \"1.2.3\").Compare", "uint64 is int"),
    ("{{ (fromToml \"a = 1\").a", "int64 is int"),
    ("{{ duration 95 }}", "helm reads int64 only"),
    ("{{ durationRound 5000000000 }}", "helm reads int64 only"),
    ("{{ deepEqual 1 (int64 1) }}", "int64 is int"),
    // One list and one map stand for all of Go's.
    ("{{ typeOf (splitList", "[]string is []interface {}"),
    ("{{ rest (splitList \",\" \"a,b\") | typeOf", "[]string is []interface {}"),
    ("{{ first (until 3) | typeOf }}|", "[]int is []interface {}"),
    ("{{ keys (split", "map[string]string is map[string]interface {}"),
    ("{{ $s := splitList", "helm sorts a []string in place"),
    ("{{ deepEqual (list \"a\") (splitList", "[]string is []interface {}"),
    ("{{ deepEqual (until 2)", "[]int is []interface {}"),
    ("{{ concat | toJson", "a nil slice is an empty list"),
    ("{{ regexFindAll \"x\"", "a nil slice is an empty list"),
    ("{{ regexSplit \"a\" \"banana\" 0", "a nil slice is an empty list"),
    ("{{ rest (list) | toJson", "a nil slice is an empty list"),
    ("{{ initial (list) | toJson", "a nil slice is an empty list"),
    ("{{ concat (list) | toJson", "a nil slice is an empty list"),
    // Constants in the template are values.
    ("{{ trunc 2.0", "a constant without fraction is an integer to helm"),
    ("{{ until 2.0", "a constant without fraction is an integer to helm"),
    ("{{ merge (dict \"a\" 1) nil", "the constant nil is a map to helm"),
    ("{{ merge nil", "the constant nil is a map to helm"),
    ("{{ get nil", "the constant nil is a map to helm"),
    ("{{ set nil", "the constant nil is a map to helm"),
    ("{{ hasKey nil", "the constant nil is a map to helm"),
    ("{{ keys nil", "the constant nil is a map to helm"),
    ("{{ values nil", "the constant nil is a map to helm"),
    ("{{ pick nil", "the constant nil is a map to helm"),
    ("{{ omit nil", "the constant nil is a map to helm"),
    ("{{ unset nil", "the constant nil is a map to helm"),
    ("{{ pluck \"a\" nil", "the constant nil is a map to helm"),
    ("{{ dig \"nested\" \"one\" \"none\" .Values", ".Values is a plain map in this test"),
    // Other words for what is wrong.
    ("{{ fromYaml \"a: [\"", "the words of another parser"),
    ("{{ fromYaml \"a: *x\"", "the words of another parser"),
    ("{{ fromYaml \"[1]: a\"", "the words of another parser"),
    ("{{ fromYaml \"a: \\\"x\"", "the words of another parser"),
    ("{{ fromYaml \"\\ta: 1\"", "the parser takes a tab before the first key"),
    ("{{ fromYaml \"a:\\n\\tb: 1\"", "the words of another parser"),
    ("{{ fromYaml \"a: @x\"", "the words of another parser"),
    ("{{ fromYaml \"a: `x\"", "the words of another parser"),
    ("{{ fromYaml \"a: %x\"", "the words of another parser"),
    ("{{ fromToml \"a\"", "the words of another parser"),
    ("{{ fromToml \"a = \"", "the words of another parser"),
    ("{{ fromToml \"a = 1\\na = 2\"", "the words of another parser"),
    ("{{ fromToml \"[t\\n\"", "the words of another parser"),
    ("{{ fromToml \"a = 01\"", "the words of another parser"),
    ("{{ fromToml \"a = \\\"\\\\x\\\"\"", "the words of another parser"),
    ("{{ fromToml \"a = 99999999999999999999\"", "the words of another parser"),
    ("{{ fromJson \"{\\\"a\\\":1e400}\"", "helm keeps what it read before the error"),
    ("{{ tpl \"{{ nosuch }}\"", "the words of the engine"),
    ("{{ tpl \"{{ if }}\"", "the words of the engine"),
    ("{{ tpl \"{{ \"", "the words of the engine"),
    ("{{ tpl \"{{ include", "the template is not named so here"),
    // Characters that YAML does not keep in the JSON that helm makes first.
    ("{{ toYaml \"\\u0085\"", "a next-line character"),
    ("{{ toYaml \"a\\u0085b\"", "a next-line character"),
    // Time zones other than UTC are unknown.
    ("{{ dateInZone \"2006-01-02T15:04:05Z07:00 MST\" 0 \"Europe/Berlin\"", "an unknown"),
    ("{{ eq (toDate", "times are objects to the engine"),
];

fn render(template: &str) -> Result<Text, Error> {
    let values = std::fs::read_to_string(folder().join("values.yaml")).unwrap();
    let mut templates = Templates::new();
    templates.add("t", FileId(0), template)?;
    Engine::new(&templates, Limits::default(), &()).render("t", &data(&values))
}

/// Whether an error says what helm says. Go checks the types of arguments that stand in the template as constants in
/// other words than those of values.
fn same_error(found: &str, expected: &str) -> bool {
    let types = ["expected ", "wrong type for value", "can't handle ", "cannot assign nil"];
    let bare = expected.split_once("error calling ").and_then(|(_, rest)| rest.split_once(": ")).map(|(_, rest)| rest);
    found.trim_end().ends_with(bare.unwrap_or(expected))
        || [found, expected].iter().all(|error| types.iter().any(|word| error.starts_with(word)))
}

fn replay(name: &str) {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    let mut lines = text.lines().filter(|line| !line.starts_with("# "));
    let (mut cases, mut wrong, mut report) = (0, 0, String::new());
    while let (Some(template), Some(answer)) = (lines.next(), lines.next()) {
        let (kind, answer) = answer.split_at(2);
        let expected: String = serde_json::from_str(answer).unwrap();
        let found = render(template);
        let same = match &found {
            Ok(text) => kind == "= " && text.as_str() == expected.replace("<no value>", ""),
            Err(error) => kind == "! " && same_error(&error.message, &expected),
        };
        cases += 1;
        let known = KNOWN.iter().find(|(start, _)| template.starts_with(start));
        if same == known.is_some() {
            wrong += 1;
            let found =
                found.map_or_else(|error| format!("! {:?}", error.message), |text| format!("= {:?}", text.as_str()));
            let _ = write!(report, "{template}\n  helm:  {kind}{expected:?}\n  found: {found} {known:?}\n");
        }
    }
    assert!(wrong == 0, "{wrong} of {cases} differ:\n{report}");
}

macro_rules! replays {
    ($($name:ident),*) => {$(
        #[test]
        fn $name() {
            replay(concat!(stringify!($name), ".txt"));
        }
    )*};
}

replays!(dates, defaults, dicts, encoding, json, lists, numbers, regex, semver, strings, toml, yaml);

/// The function that a text came from which nobody can know.
fn unknown(template: &str) -> Option<String> {
    render(template).unwrap().unknown_function().map(ToString::to_string)
}

#[test]
fn what_nobody_knows_stays_unknown() {
    for (template, function) in [
        ("{{ randAlphaNum 8 }}", "randAlphaNum"),
        ("{{ randAlphaNum 8 | b64enc | quote }}", "randAlphaNum"),
        ("{{ randAlpha 8 | sha256sum | trunc 8 | upper }}", "randAlpha"),
        ("{{ printf \"%s\" uuidv4 | replace \"-\" \"\" }}", "uuidv4"),
        ("{{ now | date \"2006\" }}", "now"),
        ("{{ now | unixEpoch }}", "now"),
        ("{{ now.Year }}", "now"),
        ("{{ add 1 (now | unixEpoch) }}", "now"),
        ("{{ now | dateModify \"1h\" | date \"2006\" }}", "now"),
        ("{{ (genCA \"x\" 1).Cert | b64enc }}", "genCA"),
        ("{{ dict \"a\" (randAlphaNum 3) | toYaml | indent 2 }}", "randAlphaNum"),
        ("{{ dict \"a\" (randAlphaNum 3) | toJson | sha256sum }}", "randAlphaNum"),
        ("{{ list (randAlphaNum 3) \"b\" | join \",\" }}", "randAlphaNum"),
        ("{{ (fromYaml (printf \"a: %s\" (randAlphaNum 3))).a }}", "randAlphaNum"),
        ("{{ (fromJson (printf \"[%q]\" (randAlphaNum 3))).Error }}", ""),
        ("{{ regexReplaceAll \"x\" (randAlphaNum 3) \"y\" }}", "randAlphaNum"),
        ("{{ htpasswd \"a\" \"b\" }}", "htpasswd"),
        ("{{ bcrypt \"a\" | trunc 3 }}", "bcrypt"),
        ("{{ shuffle \"abc\" }}", "shuffle"),
        ("{{ randInt 1 9 | add 1 }}", "randInt"),
        ("{{ dateInZone \"15:04\" 0 \"Europe/Berlin\" }}", "dateInZone"),
        ("{{ encryptAES \"a\" \"b\" }}", "encryptAES"),
        ("{{ randAlphaNum 8 | len }}", ""),
    ] {
        assert_eq!(unknown(template).unwrap_or_default(), function, "{template}");
    }
}

#[test]
fn yaml_points_at_the_values_of_its_lines() {
    let values = std::fs::read_to_string(folder().join("values.yaml")).unwrap();
    let text = render("{{ toYaml .Values.map }}").unwrap();
    let at = text.as_str().find('2').unwrap();
    assert_eq!(text.mark_at(at).unwrap().place.data.text(&values), "2");
    let text = render("{{ .Values.text | upper | quote | nindent 2 }}").unwrap();
    assert_eq!(text.mark_at(5).unwrap().place.data.text(&values), "hello world");
}

#[test]
fn nothing_asks_for_too_much() {
    let doubled = "{{ $l := list 1 2 3 }}{{ range until 60 }}{{ $l = list $l $l }}{{ end }}";
    let cyclic = "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}";
    let deep = "{{ $l := list }}{{ range until 100000 }}{{ $l = list $l }}{{ end }}";
    for (before, action) in [
        ("", "until 1000000000"),
        ("", "untilStep 0 9223372036854775807 1"),
        ("", "seq 1 1000000000"),
        ("", "repeat 99999999999 \"x\""),
        ("", "repeat 9223372036854775807 \"\" | len"),
        ("", "indent 99999999999 \"x\""),
        ("", "randAlphaNum 99999999999"),
        ("", "randBytes 99999999999"),
        ("", "replace \"\" (repeat 4000 \"x\") (repeat 4000 \"y\")"),
        ("", "regexReplaceAll \"\" (repeat 4000 \"x\") (repeat 4000 \"y\")"),
        ("", "regexMatch \"((a{1000}){1000}){1000}\" \"a\""),
        ("", "mustRegexMatch (repeat 20000 \"(\") \"a\""),
        ("", "mustRegexMatch (printf \"%s%s\" (repeat 5000 \"(\") (repeat 5000 \")\")) \"a\""),
        ("", "fromJson (repeat 100000 \"[\")"),
        ("", "fromYaml (repeat 100000 \"[\")"),
        ("", "fromToml (printf \"a = %s\" (repeat 100000 \"[\"))"),
        ("", "fromYaml (repeat 100000 \"{a: \")"),
        ("", "mulf 1e308 1e308 1e308 1e308"),
        ("", "subf 1e308 1e-308"),
        ("", "divf 1e-300 1e300"),
        ("", "round 1.5 99999999999"),
        ("", "date (repeat 10000 \"January\") 9223372036854775807"),
        ("", "date \"2006\" -9223372036854775807"),
        ("", "(now.AddDate 9223372036854775807 1 1).Year"),
        ("", "dateModify \"9223372036s\" (toDate \"2006\" \"9999\")"),
        ("", "wrapWith 1 (repeat 4000 \"x\") (repeat 4000 \"y\")"),
        ("", "substr -1 -5 \"abc\""),
        ("", "abbrevboth 9223372036854775807 9223372036854775807 \"abc\""),
        ("", "abbrev 9223372036854775807 \"abc\""),
        ("", "trunc -9223372036854775808 \"abc\""),
        ("", "chunk 9223372036854775807 (list 1)"),
        ("", "slice (list 1) 9223372036854775807 1"),
        ("", "semverCompare (repeat 100000 \"1.\") \"1.2.3\""),
        ("", "semverCompare (repeat 20000 \">1 \") \"1.2.3\""),
        ("", "uniq (until 100000)"),
        (doubled, "toYaml $l"),
        (doubled, "toJson $l"),
        (doubled, "toToml (dict \"a\" $l)"),
        (doubled, "deepCopy $l | len"),
        (doubled, "deepEqual $l (deepCopy $l)"),
        (doubled, "join \",\" $l"),
        (cyclic, "toYaml $d"),
        (cyclic, "toYamlPretty $d"),
        (cyclic, "toPrettyJson $d"),
        (cyclic, "toToml $d"),
        (cyclic, "deepCopy $d"),
        (cyclic, "merge $d $d"),
        (cyclic, "merge (dict \"a\" (dict \"a\" (dict))) $d | len"),
        (cyclic, "toString $d"),
        (cyclic, "deepEqual $d (dict \"a\" $d)"),
        (deep, "toYaml $l"),
        (deep, "deepCopy $l"),
        (deep, "toString $l"),
        (deep, "has $l (list $l (list $l))"),
    ] {
        let started = std::time::Instant::now();
        let _ = render(&format!("{before}{{{{ {action} }}}}"));
        assert!(started.elapsed().as_secs() < 5, "{action} took {:?}", started.elapsed());
    }
}

/// Every function of the table stands in one of the records.
#[test]
fn every_function_is_recorded() {
    let records = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let records = records.filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
    let text: String = records.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let words: std::collections::BTreeSet<&str> =
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
    let missing: Vec<_> = super::TABLE.iter().map(|entry| entry.name).filter(|name| !words.contains(name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

/// Asks the helm that `HELM` names for every record again.
#[test]
fn records_are_what_helm_prints() {
    let Some(helm) = std::env::var_os("HELM") else {
        eprintln!("skipped: HELM names no helm");
        return;
    };
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    let script = copy.path().join("record.py");
    let ran = std::process::Command::new("python3").arg(script).env("HELM", helm).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    for file in std::fs::read_dir(copy.path()).unwrap() {
        let path = file.unwrap().path();
        let (before, after) = (folder().join(path.file_name().unwrap()), std::fs::read_to_string(&path).unwrap());
        let before = std::fs::read_to_string(before).unwrap();
        let differs = before.lines().zip(after.lines()).find(|(before, after)| before != after);
        assert_eq!(differs, None, "{}", path.display());
    }
}

#[test]
fn table_is_sorted() {
    assert!(super::TABLE.is_sorted_by(|a, b| a.name < b.name));
}
