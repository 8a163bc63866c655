//! Small overlays, each with what `kubectl kustomize` made of it.
//!
//! A case is a file of `fixtures/`: parts that start with `-- path --`, the first being the kustomization that is
//! built, and at the end the answer of the judge (`-- answer --`) or `-- refused --`. `UPDATE=1` asks the judge and
//! writes the answers; without it, the judge is asked again where it is there, and the answers must be the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::judge::{self, Verdict, compare, tree};
use crate::build;

struct Case {
    name: String,
    path: PathBuf,
    files: BTreeMap<String, String>,
    folder: String,
    /// What the judge said when it was recorded.
    answer: Option<Result<String, String>>,
    /// The text up to the answer.
    text: String,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).expect("fixtures").flatten().map(|e| e.path()).collect();
    paths.sort();
    paths.into_iter().map(|path| read(&path)).collect()
}

fn read(path: &Path) -> Case {
    let text = std::fs::read_to_string(path).expect("a case");
    let mut files = BTreeMap::new();
    let mut folder = None;
    let mut answer = None;
    let mut kept = String::new();
    let mut part: Option<(String, String)> = None;
    let mut finish = |part: Option<(String, String)>| {
        let Some((name, content)) = part else { return };
        match name.as_str() {
            "answer" => answer = Some(Ok(content)),
            "refused" => answer = Some(Err(content)),
            _ => drop(files.insert(name, content)),
        }
    };
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("-- ").and_then(|line| line.strip_suffix(" --"));
        if let Some(name) = name {
            finish(part.take());
            part = Some((name.to_owned(), String::new()));
            if folder.is_none() {
                folder = Some(name.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned()));
            }
        } else if let Some((_, content)) = &mut part {
            content.push_str(line);
        }
        if !part.as_ref().is_some_and(|(name, _)| matches!(name.as_str(), "answer" | "refused")) {
            kept.push_str(line);
        }
    }
    finish(part.take());
    let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
    let folder = folder.expect("a kustomization");
    Case { name, path: path.to_owned(), files, folder, answer, text: kept }
}

/// Asks the judge, with the files on the disk.
pub(super) fn ask(folder: &str, files: &BTreeMap<String, String>) -> Result<String, String> {
    let root = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = root.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }
    judge::judged(&root.path().join(folder))
}

#[test]
fn overlays_build_as_recorded() {
    let update = std::env::var_os("UPDATE").is_some();
    let there = judge::is_there();
    let cases = cases();
    assert!(cases.len() >= 30, "{} cases", cases.len());
    let mut wrong = String::new();
    for case in cases {
        let answer = if update && there {
            let answer = ask(&case.folder, &case.files);
            let (kind, text) = match &answer {
                Ok(text) => ("answer", text.as_str()),
                // What the judge says holds paths of the machine; that it refuses is what counts.
                Err(_) => ("refused", ""),
            };
            std::fs::write(&case.path, format!("{}-- {kind} --\n{text}", case.text)).expect("the case is written");
            answer
        } else {
            let recorded = case.answer.clone().unwrap_or_else(|| panic!("{} has no answer: UPDATE=1", case.name));
            if there {
                let now = ask(&case.folder, &case.files);
                assert_eq!(now.as_ref().ok(), recorded.as_ref().ok(), "{}: the judge says another thing", case.name);
            }
            recorded
        };
        match compare(&answer, &build(&case.folder, &tree(&case.files))) {
            Verdict::Same => {}
            Verdict::Order => drop(writeln!(wrong, "{}: another order", case.name)),
            Verdict::Doubted(faults) => drop(writeln!(wrong, "{}: called incomplete: {faults}", case.name)),
            Verdict::Different(what) => drop(writeln!(wrong, "{}: {what}", case.name)),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The cases, for mutation.
pub(super) fn sources() -> Vec<(String, BTreeMap<String, String>)> {
    cases().into_iter().map(|case| (case.folder, case.files)).collect()
}
