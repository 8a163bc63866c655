//! The judge: `kubectl kustomize`, and the comparison of what it gives with what we build.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use stockade_model::{Kind, Value};
use stockade_source::FileId;
use stockade_yaml::{Schema, to_value};

use crate::{Built, Tree, is_kustomization};

/// The files of a folder on the disk by their paths in it.
pub(crate) fn files(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && entry.file_name() != ".git" {
                folders.push(path);
            } else if kind.is_file()
                && let Ok(text) = std::fs::read_to_string(&path)
                && let Ok(name) = path.strip_prefix(root)
            {
                files.insert(name.to_string_lossy().replace('\\', "/"), text);
            }
        }
    }
    files
}

/// The tree of some files.
pub(crate) fn tree(files: &BTreeMap<String, String>) -> Tree<'_> {
    Tree::new((0..).zip(files).map(|(id, (path, text))| (path.as_str(), FileId(id), text.as_str())))
}

/// Whether the judge is there.
pub(crate) fn is_there() -> bool {
    let there =
        Command::new("kubectl").args(["version", "--client"]).output().is_ok_and(|output| output.status.success());
    if !there {
        println!("skipped: there is no kubectl");
    }
    there
}

/// What the judge builds of a folder, or what it says against it.
pub(crate) fn judged(folder: &Path) -> Result<String, String> {
    let output = Command::new("kubectl").arg("kustomize").arg(folder).output().expect("kubectl runs");
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// The objects of an answer of the judge.
pub(crate) fn objects(answer: &str) -> Vec<Value> {
    let (documents, errors) = stockade_yaml::parse(FileId(0), answer);
    assert!(errors.is_empty(), "the judge writes YAML: {errors:?}");
    let roots = documents.iter().filter_map(|document| document.root.as_ref());
    roots.map(|root| to_value(root, Schema::Kubernetes).0).collect()
}

/// A value as text: keys sorted, absent fields left out.
pub(crate) fn canonical(value: &Value, indent: usize, out: &mut String) {
    let pad = "  ".repeat(indent);
    match &value.kind {
        Kind::Map(map) => {
            let sorted: BTreeMap<_, _> = map.iter().filter(|(_, field)| !field.value.is_null()).collect();
            for (key, field) in sorted {
                *out += &format!("{pad}{key}:\n");
                canonical(&field.value, indent + 1, out);
            }
        }
        Kind::List(list) => {
            for item in &list.items {
                *out += &format!("{pad}-\n");
                canonical(item, indent + 1, out);
            }
        }
        Kind::Text(text) => *out += &format!("{pad}{text:?}\n"),
        Kind::Number(number) => *out += &format!("{pad}{number}\n"),
        Kind::Bool(value) => *out += &format!("{pad}{value}\n"),
        Kind::Null => *out += &format!("{pad}null\n"),
        // A variable of the environment, which is not set here.
        Kind::Unknown(_) => *out += &format!("{pad}\"\"\n"),
        Kind::Template(_) => *out += &format!("{pad}template\n"),
    }
}

fn text(value: &Value) -> String {
    let mut out = String::new();
    canonical(value, 0, &mut out);
    out
}

/// How an answer of the judge and what we build agree.
pub(crate) enum Verdict {
    /// The same objects in the same order, or both refuse.
    Same,
    /// The same objects in another order.
    Order,
    /// The judge builds what we call incomplete, though the objects are the same.
    Doubted(String),
    /// Anything else, and what it is.
    Different(String),
}

/// Compares what we build of a folder with an answer of the judge.
pub(crate) fn compare(answer: &Result<String, String>, built: &Built) -> Verdict {
    let faults: Vec<&str> = built.incomplete.iter().map(|error| error.message.as_str()).collect();
    let answer = match answer {
        Err(_) if !faults.is_empty() => return Verdict::Same,
        Err(error) => return Verdict::Different(format!("only the judge refuses: {error}")),
        Ok(answer) => answer,
    };
    let theirs: Vec<String> = objects(answer).iter().map(text).collect();
    let ours: Vec<String> = built.values.iter().map(text).collect();
    if theirs == ours {
        return if faults.is_empty() { Verdict::Same } else { Verdict::Doubted(format!("{faults:?}")) };
    }
    let (mut sorted, mut other) = (theirs.clone(), ours.clone());
    sorted.sort();
    other.sort();
    if sorted == other {
        return Verdict::Order;
    }
    let theirs: Vec<&String> = sorted.iter().filter(|object| !other.contains(object)).collect();
    let ours: Vec<&String> = other.iter().filter(|object| !sorted.contains(object)).collect();
    let mut out = format!("{} objects only theirs, {} only ours; faults {faults:?}\n", theirs.len(), ours.len());
    for at in 0..theirs.len().max(ours.len()).min(3) {
        let lines = |objects: &[&String]| -> Vec<String> {
            objects.get(at).map_or_else(Vec::new, |object| object.lines().map(str::to_owned).collect())
        };
        let (theirs, ours) = (lines(&theirs), lines(&ours));
        let differs = theirs.iter().zip(&ours).position(|(theirs, ours)| theirs != ours);
        let differs = differs.unwrap_or(theirs.len().min(ours.len()));
        let around = |lines: &[String]| {
            lines[differs.saturating_sub(6).min(lines.len())..(differs + 4).min(lines.len())].join("\n")
        };
        out += &format!("theirs:\n{}\nours:\n{}\n", around(&theirs), around(&ours));
    }
    Verdict::Different(out)
}

/// Every folder with a kustomization below a folder, as a path in it.
pub(crate) fn folders(files: &BTreeMap<String, String>) -> Vec<String> {
    let folders = files.keys().filter(|path| is_kustomization(path));
    folders.map(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned()).collect()
}
