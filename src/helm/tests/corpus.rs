//! Every chart of the corpus against the real Helm: set `STOCKADE_DATA` to the folder that holds `corpus/`, and `HELM`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stockade_model::{Kind, Value, Via};
use stockade_source::FileId;

use super::Folder;
use super::compare::{differences, manifests};
use crate::Inputs;

/// How many sets of other values are tried for one chart.
const VALUES_EACH: usize = 3;

#[derive(Default)]
struct Tally {
    helm_fails: usize,
    /// Why, by how often.
    reasons: BTreeMap<String, usize>,
    /// What we say of them, by how often.
    said: BTreeMap<String, usize>,
    /// Charts that Helm refuses and of which we say nothing.
    silent: Vec<String>,
    same: usize,
    different: Vec<String>,
    incomplete: BTreeMap<String, usize>,
    time: Duration,
}

impl Tally {
    fn add(&mut self, helm: &Path, chart: &Path, arguments: &[String], inputs: &Inputs) {
        let title = format!("{} {}", chart.display(), arguments.join(" "));
        let folder = Folder::read(chart);
        let start = Instant::now();
        let rendered = folder.render(inputs);
        self.time += start.elapsed();
        let done =
            Command::new(helm).args(["template", "release-name", "."]).args(arguments).current_dir(chart).output();
        let done = done.expect("helm runs");
        if !done.status.success() {
            self.helm_fails += 1;
            let reason = String::from_utf8_lossy(&done.stderr);
            let reason = reason.lines().find(|line| line.starts_with("Error")).unwrap_or_default().to_owned();
            for error in &rendered.incomplete {
                *self.said.entry(error.message.clone()).or_default() += 1;
            }
            *self.reasons.entry(reason.chars().take(70).collect()).or_default() += 1;
            if rendered.incomplete.is_empty() && !rendered.library {
                self.silent.push(format!("{title}: {reason}"));
            }
            return;
        }
        let mut found = differences(&manifests(&String::from_utf8_lossy(&done.stdout)), &rendered.values);
        for error in &rendered.incomplete {
            let path = folder.files.get(error.span.file.0 as usize).map_or("-", |(path, _)| path);
            found.push(format!("{path}: {}", error.message));
            *self.incomplete.entry(error.message.clone()).or_default() += 1;
        }
        if found.is_empty() {
            self.same += 1;
        } else {
            found.truncate(4);
            self.different.push(format!("{title}: {found:#?}"));
        }
    }

    fn report(&self, what: &str) {
        let all = self.same + self.different.len();
        println!("{what}: {} of {all} charts agree; Helm refuses {} more", self.same, self.helm_fails);
        println!("{what}: {:?} in all", self.time);
        for (reason, count) in &self.reasons {
            println!("Helm refuses {count}: {reason}");
        }
        for one in &self.different {
            println!("differs: {one}");
        }
        for one in &self.silent {
            println!("Helm alone refuses: {one}");
        }
        for (title, reasons) in [("incomplete", &self.incomplete), ("incomplete as for Helm", &self.said)] {
            let mut reasons: Vec<_> = reasons.iter().collect();
            reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            for (reason, count) in reasons.into_iter().take(40) {
                println!("{title}, {count} times: {reason}");
            }
        }
    }
}

/// The corpus and Helm, where both are at hand.
fn corpus() -> Option<(PathBuf, PathBuf)> {
    let (Some(data), Some(helm)) = (std::env::var_os("STOCKADE_DATA"), std::env::var_os("HELM")) else {
        println!("skipped: STOCKADE_DATA and HELM are not both set");
        return None;
    };
    Some((PathBuf::from(data).join("corpus"), PathBuf::from(helm)))
}

/// The folders that hold a `Chart.yaml`, at most the one that `CHART` names a part of.
fn charts(root: &Path) -> Vec<PathBuf> {
    let only = std::env::var("CHART").unwrap_or_default();
    let mut out = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                folders.push(entry.path());
            } else if entry.file_name() == "Chart.yaml" && folder.to_string_lossy().contains(&only) {
                out.push(folder.clone());
            }
        }
    }
    out.sort();
    out
}

#[test]
fn charts_of_the_corpus_render_as_helm_renders_them() {
    let Some((root, helm)) = corpus() else { return };
    let mut tally = Tally::default();
    for chart in charts(&root) {
        tally.add(&helm, &chart, &[], &Inputs::default());
    }
    tally.report("default values");
}

#[test]
fn charts_of_the_corpus_render_with_other_values() {
    let Some((root, helm)) = corpus() else { return };
    let mut tally = Tally::default();
    for chart in charts(&root) {
        let mut sets: Vec<(Vec<String>, Inputs)> = Vec::new();
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(chart.join("ci")).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files.into_iter().filter(|path| path.to_string_lossy().ends_with("values.yaml")).take(VALUES_EACH) {
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            let inputs = Inputs { values: vec![(FileId(100_000), text.into())], ..Inputs::default() };
            sets.push((vec!["-f".to_owned(), file.to_string_lossy().into_owned()], inputs));
        }
        let text = std::fs::read_to_string(chart.join("values.yaml")).unwrap_or_default();
        let flips = flipped(&text);
        if !flips.is_empty() {
            let set: Arc<str> = flips.into();
            let inputs = Inputs { set: vec![(FileId(100_000), Arc::clone(&set))], ..Inputs::default() };
            sets.push((vec!["--set".to_owned(), set.to_string()], inputs));
        }
        for (arguments, inputs) in sets {
            tally.add(&helm, &chart, &arguments, &inputs);
        }
    }
    tally.report("other values");
}

#[test]
fn charts_of_the_corpus_render_with_dependencies_from_the_same_repository() {
    let Some((root, helm)) = corpus() else { return };
    let all = charts(&root);
    let scratch = std::env::temp_dir().join(format!("stockade-helm-{}", std::process::id()));
    let mut tally = Tally::default();
    for chart in &all {
        let names = dependencies(chart);
        let missing: Vec<&String> = names.iter().filter(|name| !chart.join("charts").join(name).exists()).collect();
        if missing.is_empty() {
            continue;
        }
        let copy = scratch.join(chart.strip_prefix(&root).expect("below the root"));
        copy_folder(chart, &copy);
        for name in missing {
            let near = chart.parent().expect("a parent").join(name);
            let found = all.iter().find(|other| **other == near).or_else(|| {
                let repository = chart.strip_prefix(&root).ok()?.components().next()?;
                all.iter().find(|other| other.starts_with(root.join(repository)) && other.ends_with(name))
            });
            if let Some(found) = found {
                copy_folder(found, &copy.join("charts").join(name));
            }
        }
        tally.add(&helm, &copy, &[], &Inputs::default());
    }
    tally.report("with dependencies");
    let _ = std::fs::remove_dir_all(scratch);
}

/// Every value of every chart stands in a file, and what is called literal is the text there.
#[test]
fn values_of_the_corpus_have_places() {
    let Some(data) = std::env::var_os("STOCKADE_DATA") else {
        println!("skipped: STOCKADE_DATA is not set");
        return;
    };
    let (mut all, mut literal, mut traced, mut same) = (0, 0, 0, 0);
    let mut faults = Vec::new();
    for chart in charts(&PathBuf::from(data).join("corpus")) {
        let folder = Folder::read(&chart);
        let rendered = folder.render(&Inputs::default());
        let text = |span: stockade_source::Span| {
            folder.files.get(span.file.0 as usize).map_or("", |(_, text)| span.text(text)).trim_matches(['"', '\''])
        };
        let mut stack: Vec<&Value> = rendered.values.iter().collect();
        while let Some(value) = stack.pop() {
            all += 1;
            if value.span.is_none() {
                faults.push(format!("{}: nowhere: {value:?}", chart.display()));
            }
            match &value.kind {
                Kind::Map(map) => {
                    for (key, field) in map.iter() {
                        stack.push(&field.value);
                        if field.key.is_none() || field.entry.is_none() || map.head.is_none() {
                            faults.push(format!("{}: nowhere: {key}", chart.display()));
                        }
                    }
                }
                Kind::List(list) => stack.extend(&list.items),
                Kind::Text(shown) if !shown.contains(['\n', '\\']) => match &value.origin {
                    None => {
                        literal += 1;
                        let written = text(value.span);
                        let same = written.replace("''", "'").trim_matches('\'') == shown.trim_matches('\'');
                        if !(same || written.contains(['\n', '\\', '|', '>'])) {
                            faults.push(format!("{}: {written:?} is not {shown:?}", chart.display()));
                        }
                    }
                    Some(origin) => {
                        let data = origin.steps.iter().find(|step| matches!(step.via, Via::Default(_)));
                        if let Some(data) = data {
                            traced += 1;
                            same += usize::from(text(data.span) == shown);
                        }
                    }
                },
                _ => {}
            }
        }
    }
    println!("{all} values, {literal} literal texts, {traced} from values files, of which {same} as they stand there");
    faults.truncate(40);
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The names of the dependencies of the chart in a folder.
fn dependencies(chart: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for file in ["Chart.yaml", "requirements.yaml"] {
        let Ok(text) = std::fs::read_to_string(chart.join(file)) else { continue };
        for document in stockade_yaml::parse(FileId(0), &text).0 {
            let entries = document.root.as_ref().and_then(|root| root.get("dependencies"));
            let entries = entries.map_or(&[][..], |entries| entries.elements());
            names.extend(entries.iter().filter_map(|entry| entry.get("name")?.as_str().map(str::to_owned)));
        }
    }
    names
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).into_iter().flatten().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            let _ = std::fs::copy(entry.path(), target);
        }
    }
}

/// A text for `--set` that turns every boolean of a values file round, down to the second level.
fn flipped(text: &str) -> String {
    let mut out = Vec::new();
    for document in stockade_yaml::parse(FileId(0), text).0 {
        let Some(root) = document.root else { continue };
        for entry in root.entries() {
            let Some(key) = entry.key.as_str() else { continue };
            let below = entry.value.entries().iter().map(|entry| (Some(key), entry));
            for (above, entry) in std::iter::once((None, entry)).chain(below) {
                let Some(key) = entry.key.as_str() else { continue };
                let name = above.map_or(key.to_owned(), |above| format!("{above}.{key}"));
                match entry.value.as_str() {
                    Some("true") => out.push(format!("{name}=false")),
                    Some("false") => out.push(format!("{name}=true")),
                    _ => {}
                }
            }
        }
    }
    out.join(",")
}
