//! Mutated kustomizations: building ends, soon and without a panic, and gives values that are not too deep.
//!
//! `FUZZ_SECONDS=600` runs that long instead of a moment. `JUDGE_SECONDS=600` asks `kubectl` what it makes of gently
//! mutated ones and prints where we differ.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::judge::{self, canonical, tree};
use super::overlays;
use crate::{build, roots};

/// How long one build may take.
const SOON: Duration = Duration::from_secs(20);

/// A generator of numbers that needs no package: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % below.max(1)
    }
}

const PIECES: [&str; 48] = [
    "- ",
    "  ",
    ": ",
    "\n",
    "{",
    "}",
    "[",
    "]",
    "*",
    "&a ",
    "*a",
    "<<: *a",
    "null",
    "~",
    "''",
    "\"",
    "|-\n",
    "-1",
    "1e400",
    "999999999999",
    "..",
    "../over",
    ".",
    "/",
    "https://x.y/z",
    "$patch: delete",
    "$patch: replace",
    "$(A)$(A)$(A)",
    "spec.template",
    "[name=web]",
    "[=",
    ".*",
    "(((",
    "a{1000}{1000}",
    "/spec",
    "/-",
    "~1",
    "metadata",
    "name",
    "kind",
    "Component",
    "op: copy",
    "create: true",
    "delimiter: \"\"",
    "delimiter: a",
    "é",
    "\u{feff}",
    "---\n",
];

fn mutate(text: &str, other: &str, numbers: &mut Numbers) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let others: Vec<&str> = other.lines().collect();
    for _ in 0..=numbers.next(4) {
        let at = numbers.next(lines.len() + 1).min(lines.len().saturating_sub(1));
        match numbers.next(8) {
            0 if !lines.is_empty() => drop(lines.remove(at)),
            1 if !lines.is_empty() => lines.insert(at, lines[at].clone()),
            2 => lines
                .insert(at, others.get(numbers.next(others.len())).map_or(String::new(), |line| (*line).to_owned())),
            3 if !lines.is_empty() => {
                let other = numbers.next(lines.len());
                lines.swap(at, other);
            }
            4 if !lines.is_empty() => lines[at] = format!("  {}", lines[at]),
            5 if !lines.is_empty() => lines[at] = lines[at].trim_start().to_owned(),
            _ if !lines.is_empty() => {
                let line = &mut lines[at];
                let mut place = numbers.next(line.len() + 1);
                while !line.is_char_boundary(place) {
                    place -= 1;
                }
                let end = if numbers.next(2) == 0 { place } else { line.len() };
                line.replace_range(place..end, PIECES[numbers.next(PIECES.len())]);
            }
            _ => {}
        }
    }
    lines.join("\n") + "\n"
}

fn run(seed: u64, length: Duration) -> usize {
    let sources = overlays::sources();
    let mut numbers = Numbers(seed);
    let start = Instant::now();
    let mut builds = 0;
    while start.elapsed() < length {
        let (folder, files) = &sources[numbers.next(sources.len())];
        let mut files: BTreeMap<String, String> = files.clone();
        let paths: Vec<String> = files.keys().cloned().collect();
        for _ in 0..=numbers.next(3) {
            let path = &paths[numbers.next(paths.len())];
            let other = &sources[numbers.next(sources.len())].1;
            let other = other.values().nth(numbers.next(other.len())).map_or("", String::as_str);
            let text = mutate(&files[path], other, &mut numbers);
            files.insert(path.clone(), text);
        }
        let tree = tree(&files);
        let began = Instant::now();
        let built = build(folder, &tree);
        let found = roots(&tree);
        let took = began.elapsed();
        assert!(took < SOON, "{took:?} for {files:#?}");
        assert!(found.folders.iter().all(|folder| found.files.contains_key(folder)));
        for value in &built.values {
            assert!(crate::value::size(value).1 <= crate::MAX_DEPTH + 2);
            canonical(value, 0, &mut String::new());
        }
        builds += 1;
    }
    builds
}

#[test]
fn mutated_kustomizations_end() {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(2);
    let seed = std::env::var("FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x9e37_79b9_7f4a_7c15);
    let builds = run(seed, Duration::from_secs(seconds));
    println!("{builds} builds in {seconds} s");
    assert!(builds > 10);
}

/// Moves whole lines, so that most of what comes out is still a kustomization.
fn shuffle(text: &str, other: &str, numbers: &mut Numbers) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let others: Vec<&str> = other.lines().collect();
    if lines.is_empty() || others.is_empty() {
        return text.to_owned();
    }
    let at = numbers.next(lines.len());
    let more = others[numbers.next(others.len())];
    match numbers.next(4) {
        0 => drop(lines.remove(at)),
        1 => lines[at] = more,
        2 => lines.insert(at, more),
        _ => {
            let other = numbers.next(lines.len());
            lines.swap(at, other);
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn mutated_kustomizations_build_as_kubectl_builds_them() {
    let Some(seconds) = std::env::var("JUDGE_SECONDS").ok().and_then(|seconds| seconds.parse().ok()) else {
        println!("skipped: JUDGE_SECONDS is not set");
        return;
    };
    let seed = std::env::var("FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x9e37_79b9_7f4a_7c15);
    let sources = overlays::sources();
    let mut numbers = Numbers(seed);
    let start = Instant::now();
    let (mut all, mut refused, mut doubted, mut different) = (0, 0, 0, 0);
    while start.elapsed() < Duration::from_secs(seconds) {
        let (folder, files) = &sources[numbers.next(sources.len())];
        let mut files: BTreeMap<String, String> = files.clone();
        let path = files.keys().nth(numbers.next(files.len())).cloned().unwrap_or_default();
        let other = &sources[numbers.next(sources.len())].1;
        let other = if numbers.next(2) == 0 { other.values().nth(numbers.next(other.len())) } else { files.get(&path) };
        let text = shuffle(&files[&path], &other.cloned().unwrap_or_default(), &mut numbers);
        files.insert(path.clone(), text);
        let answer = overlays::ask(folder, &files);
        all += 1;
        match judge::compare(&answer, &build(folder, &tree(&files))) {
            judge::Verdict::Same => refused += usize::from(answer.is_err()),
            judge::Verdict::Doubted(faults) => {
                doubted += 1;
                println!("DOUBTED {path}: {faults}\n{}", files[&path]);
            }
            judge::Verdict::Order => {
                different += 1;
                println!("ORDER {path}\n{}", files[&path]);
            }
            judge::Verdict::Different(what) => {
                different += 1;
                println!("DIFFERENT {path}: {what}\n{}", files[&path]);
            }
        }
    }
    println!("{all} mutated: {refused} refused by both, {doubted} doubted, {different} different");
}

fn faults(files: &[(String, String)], folder: &str) -> Vec<String> {
    let files: BTreeMap<String, String> = files.iter().cloned().collect();
    let began = Instant::now();
    let built = build(folder, &tree(&files));
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    built.incomplete.into_iter().map(|error| error.message).collect()
}

const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: {y: z}}\n";

/// Each level takes the one below it twice.
#[test]
fn kustomizations_that_double_are_bounded() {
    let mut files = vec![
        ("l0/kustomization.yaml".to_owned(), "resources: [a.yaml]\n".to_owned()),
        ("l0/a.yaml".to_owned(), OBJECT.to_owned()),
    ];
    for level in 1..30 {
        let below = level - 1;
        for side in ["a", "b"] {
            let text = format!("resources: [../l{below}]\nnamePrefix: {side}{level}-\n");
            files.push((format!("{side}{level}/kustomization.yaml"), text));
        }
        files.push((format!("l{level}/kustomization.yaml"), format!("resources: [../a{level}, ../b{level}]\n")));
    }
    assert!(faults(&files, "l29").iter().any(|fault| fault.contains("over a limit")));
}

#[test]
fn values_that_double_are_bounded() {
    let mut operations = String::from("- {op: add, path: /data/c, value: {}}\n");
    let mut replacements = String::from("resources: [a.yaml]\nreplacements:\n");
    for at in 0..200 {
        operations += &format!("- {{op: copy, from: /data, path: /data/c/k{at}}}\n");
        replacements += &format!(
            "- {{source: {{kind: ConfigMap, fieldPath: data}}, targets: [{{select: {{kind: ConfigMap}}, \
             fieldPaths: [data.k{at}], options: {{create: true}}}}]}}\n"
        );
    }
    let object = ("a.yaml".to_owned(), OBJECT.to_owned());
    let patched = "resources: [a.yaml]\npatches: [{path: p.yaml, target: {kind: ConfigMap}}]\n".to_owned();
    let files = [object.clone(), ("kustomization.yaml".to_owned(), patched), ("p.yaml".to_owned(), operations)];
    assert!(faults(&files, "").iter().any(|fault| fault.contains("over a limit")));
    let files = [object, ("kustomization.yaml".to_owned(), replacements)];
    assert!(faults(&files, "").iter().any(|fault| fault.contains("limit")));
}

#[test]
fn texts_that_grow_are_bounded() {
    let mut text = String::from("resources: [a.yaml]\nvars:\n");
    text += "- {name: A, objref: {apiVersion: v1, kind: Pod, name: a}, fieldref: {fieldPath: metadata.labels.big}}\n";
    let big = "x".repeat(1 << 20);
    let uses = "$(A)".repeat(100_000);
    let object = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: {{big: {big}}}\n  annotations: {{use: \"{uses}\"}}\n"
    );
    let files = [("a.yaml".to_owned(), object), ("kustomization.yaml".to_owned(), text)];
    assert!(faults(&files, "").iter().any(|fault| fault.contains("over a limit")));
}

#[test]
fn aliases_that_double_are_bounded() {
    let mut object = String::from("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\na0: &a0 [x]\n");
    for at in 1..40 {
        object += &format!("a{at}: &a{at} [*a{0}, *a{0}]\n", at - 1);
    }
    let text = "resources: [a.yaml]\nnamePrefix: x-\ncommonLabels: {a: b}\n".to_owned();
    let files = [("a.yaml".to_owned(), object), ("kustomization.yaml".to_owned(), text)];
    assert!(faults(&files, "").iter().any(|fault| fault.contains("limit")));
}

#[test]
fn long_lists_merge_in_time() {
    let list = |from: usize| (from..from + 20_000).map(|at| format!("{{name: v{at}}}")).collect::<Vec<_>>().join(", ");
    let pod = |list: String| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{volumes: [{list}]}}\n");
    let files = [
        ("a.yaml".to_owned(), pod(list(0))),
        ("p.yaml".to_owned(), pod(list(10_000))),
        ("kustomization.yaml".to_owned(), "resources: [a.yaml]\npatches: [{path: p.yaml}]\n".to_owned()),
    ];
    assert!(faults(&files, "").iter().any(|fault| fault.contains("over a limit")));
}
