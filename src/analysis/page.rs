//! The tests that every check page carries: its examples, marked lines, fixes, hidden values and mutants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stockade_engine::{Check, Finding, Page, Registry, Selection, Test};
use stockade_model::{Kind, Map, Origin, Reason, Value, Why};
use stockade_source::{FileId, Span};

use crate::{Analysis, Input, Options, Role, Variables, analyse, fix, judge, read};

/// Runs the tests of one page; every failure is a line for its author, empty when all pass.
pub fn test_page(page: &Page) -> Vec<String> {
    let check = match stockade_engine::parse_page(FileId(0), &page.path, &page.text) {
        Ok(check) => check,
        Err(errors) => {
            let index = stockade_source::LineIndex::new(&page.text);
            return errors
                .iter()
                .map(|error| {
                    let at = index.position(&page.text, error.span.start);
                    format!("{}:{}: {}", at.line, at.column, error.message)
                })
                .collect();
        }
    };
    let mut failures = vec![];
    if !fits_path(&check.id, &page.path) {
        failures.push(format!("1: the id `{}` does not fit the path", check.id));
    }
    let examples = examples(&page.text, &mut failures);
    if !examples.iter().any(Example::is_bad) {
        failures.push("1: no example is marked with `# flag`".into());
    }
    if examples.iter().all(Example::is_bad) {
        failures.push("1: no example shows code that is fine".into());
    }
    let registry = stockade_checks::with_pages(vec![page.clone()]);
    let options = Options { registry: &registry, selection: Selection::default(), variables: Variables::default() };
    let mut runs = vec![];
    for example in &examples {
        let analysis = analyse(&example.inputs, &options);
        for one in &analysis.account.incomplete {
            failures.push(format!("{}: the example is not read whole: {}", example.line, one.reason));
        }
        example.compare(&analysis, &mut failures);
        hidden(example, &analysis, &options, &mut failures);
        fixes(example, &analysis, &options, &check, &mut failures);
        runs.push(analysis);
    }
    mutants(&check, &examples, &runs, &mut failures);
    failures
}

/// The examples of a page, each a project of its own, without their marks.
pub fn page_examples(page: &Page) -> Vec<Vec<Input>> {
    examples(&page.text, &mut vec![]).into_iter().map(|example| example.inputs).collect()
}

/// Whether an id is made of the last parts of a path.
fn fits_path(id: &str, path: &str) -> bool {
    let stem = path.strip_suffix(".md").unwrap_or(path);
    let parts: Vec<&str> = stem.split('/').collect();
    (0..parts.len()).any(|from| {
        let joined = parts[from..].join("-");
        joined == id || joined.replace("kubernetes-", "k8s-") == id
    })
}

/// One project of a page.
struct Example {
    /// The line of the page that its first block starts at.
    line: u32,
    inputs: Vec<Input>,
    /// The marked lines of each file, from 1.
    expected: BTreeSet<(String, u32)>,
    /// By file, the line of the page that each of its lines came from.
    origins: BTreeMap<String, Vec<u32>>,
    /// What fixing gives.
    fixed: Option<String>,
}

impl Example {
    fn is_bad(&self) -> bool {
        !self.expected.is_empty()
    }

    fn page_line(&self, (path, line): &(String, u32)) -> u32 {
        let origin = self.origins.get(path).and_then(|lines| lines.get(*line as usize - 1));
        origin.copied().unwrap_or(self.line)
    }

    fn compare(&self, analysis: &Analysis, failures: &mut Vec<String>) {
        let found = primary_lines(analysis, &analysis.findings);
        for missed in self.expected.difference(&found) {
            failures.push(format!("{}: marked, but not flagged", self.page_line(missed)));
        }
        for extra in found.difference(&self.expected) {
            failures.push(format!("{}: flagged, but not marked", self.page_line(extra)));
        }
    }
}

fn primary_lines(analysis: &Analysis, findings: &[Finding]) -> BTreeSet<(String, u32)> {
    let line = |finding: &Finding| {
        let source = analysis.sources.get(finding.primary.file)?;
        Some((source.path().to_owned(), source.lines().line(finding.primary.start) + 1))
    };
    findings.iter().filter_map(line).collect()
}

/// The fenced blocks of a page, as projects.
fn examples(page: &str, failures: &mut Vec<String>) -> Vec<Example> {
    let mut out: Vec<Example> = vec![];
    // The example that blocks with a path under the current heading belong to.
    let mut shared: Option<usize> = None;
    let mut lines = (1u32..).zip(page.lines());
    while let Some((number, line)) = lines.next() {
        if line.starts_with('#') {
            shared = None;
        }
        let Some(info) = line.strip_prefix("```") else { continue };
        let mut text = String::new();
        for (_, line) in lines.by_ref().take_while(|(_, line)| !line.starts_with("```")) {
            text.push_str(line);
            text.push('\n');
        }
        let mut words = info.split_whitespace();
        let language = words.next().unwrap_or("");
        let second = words.next();
        if second == Some("fixed") {
            match out.last_mut() {
                Some(example) if example.fixed.is_none() => example.fixed = Some(text),
                _ => failures.push(format!("{number}: `fixed` stands behind no example")),
            }
            continue;
        }
        let Some(path) = second.map(str::to_owned).or_else(|| default_path(language, &text)) else { continue };
        let at = match (second, shared) {
            (Some(_), Some(at)) => at,
            _ => {
                out.push(Example {
                    line: number,
                    inputs: vec![],
                    expected: BTreeSet::new(),
                    origins: BTreeMap::new(),
                    fixed: None,
                });
                out.len() - 1
            }
        };
        shared = second.map(|_| at);
        let Unmarked { text, marked, origins } = unmark(&text, number + 1);
        let example = &mut out[at];
        example.expected.extend(marked.into_iter().map(|line| (path.clone(), line)));
        example.origins.insert(path.clone(), origins);
        example.inputs.push(Input { path, text: text.into(), invalid: None, role: Role::Judged });
    }
    out
}

/// The file that a block without a path is; `None` for a language that is not read.
fn default_path(language: &str, text: &str) -> Option<String> {
    let path = match language {
        "hcl" | "terraform" | "tf" => "main.tf",
        "dockerfile" => "Dockerfile",
        "json" => "main.json",
        "yaml" if text.starts_with('-') && text.contains("hosts:") => "playbook.yml",
        "yaml" if text.starts_with('-') && !text.starts_with("---") => "tasks/main.yml",
        "yaml" => "main.yaml",
        _ => return None,
    };
    Some(path.to_owned())
}

/// A block without its marks.
struct Unmarked {
    text: String,
    /// The marked lines, from 1.
    marked: Vec<u32>,
    /// The line of the page that each line came from.
    origins: Vec<u32>,
}

/// Takes the marks out of a block whose first line is line `first` of its page.
fn unmark(block: &str, first: u32) -> Unmarked {
    let mut out = Unmarked { text: String::new(), marked: vec![], origins: vec![] };
    let mut next = 1;
    for (origin, line) in (first..).zip(block.lines()) {
        if line.trim() == "# flag" {
            out.marked.push(next);
            continue;
        }
        match line.strip_suffix("# flag") {
            Some(code) => {
                out.marked.push(next);
                out.text.push_str(code.trim_end());
            }
            None => out.text.push_str(line),
        }
        out.text.push('\n');
        out.origins.push(origin);
        next += 1;
    }
    out
}

/// Hides the value that each finding rests on: the finding must go.
fn hidden(example: &Example, analysis: &Analysis, options: &Options<'_>, failures: &mut Vec<String>) {
    for finding in analysis.findings.iter().filter(|finding| finding.rests_on_value) {
        let mut project = read(&example.inputs, &Variables::default(), None);
        let mut seen = false;
        for resource in project.lowered.iter_mut().flat_map(|lowered| &mut lowered.resources) {
            seen |= hide_map(&mut resource.body, finding.primary);
        }
        if !seen {
            continue;
        }
        let graph = project.graph(options.registry);
        let after = judge(&example.inputs, project, graph, options);
        if after.findings.iter().any(|other| other.primary == finding.primary) {
            let lines = primary_lines(analysis, std::slice::from_ref(finding));
            let line = lines.iter().next().map_or(example.line, |line| example.page_line(line));
            failures.push(format!("{line}: flagged even when the value there is not known"));
        }
    }
}

fn hide_map(map: &mut Map, span: Span) -> bool {
    map.iter_mut().fold(false, |seen, (_, field)| seen | hide(&mut field.value, span))
}

/// Makes every scalar that stands at `span` unknown; whether there was one.
fn hide(value: &mut Value, span: Span) -> bool {
    let mut seen = false;
    if let Some(structure) = value.structure() {
        let mut structure = structure.clone();
        if hide(&mut structure, span) {
            seen = true;
            let origin = value.origin.as_deref().cloned().unwrap_or_default();
            value.origin = Some(Arc::new(Origin { structure: Some(Arc::new(structure)), ..origin }));
        }
    }
    match &mut value.kind {
        Kind::Map(map) => seen | hide_map(map, span),
        Kind::List(list) => list.items.iter_mut().fold(seen, |seen, item| seen | hide(item, span)),
        Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Template(_) if seen || value.span == span => {
            let why = Why { reason: Reason::Variable, subject: "hidden".into(), span };
            value.kind = Kind::Unknown(Arc::new(why));
            true
        }
        _ => seen,
    }
}

/// Applies the fixes of an example: they must mend it, and give what the page says.
fn fixes(example: &Example, analysis: &Analysis, options: &Options<'_>, check: &Check, failures: &mut Vec<String>) {
    if !analysis.findings.iter().any(|finding| finding.fix.is_some()) {
        if example.fixed.is_some() {
            failures.push(format!("{}: the page shows a fix, but none is offered", example.line));
        }
        return;
    }
    let fixed = fix(&example.inputs, analysis, options, true);
    for refused in &fixed.refused {
        failures.push(format!("{}: the fix of `{}` is not applicable: {}", example.line, check.id, refused.reason));
    }
    if let Some(wanted) = &example.fixed {
        let before = example.inputs.first().map_or("", |input| &input.text);
        let got = example.inputs.first().and_then(|input| fixed.texts.get(&input.path)).map_or(before, String::as_str);
        if got.trim_end() != wanted.trim_end() {
            failures.push(format!("{}: the fix gives\n{got}", example.line));
        }
    }
}

/// Changes the condition in every small way: some example must notice each.
fn mutants(check: &Check, examples: &[Example], runs: &[Analysis], failures: &mut Vec<String>) {
    for mutant in check.mutants() {
        let Test::Flag(condition) = &mutant.condition else { continue };
        let condition = condition.to_string();
        let registry = Registry::of_check(mutant, &[], stockade_checks::links());
        let noticed = examples.iter().zip(runs).any(|(_, run)| {
            let outcome = stockade_engine::run(&run.graph, &run.sources, &registry, &Selection::default());
            primary_lines(run, &outcome.findings) != primary_lines(run, &run.findings)
        });
        if !noticed {
            failures.push(format!("1: no example notices that the condition becomes {condition}"));
        }
    }
}
