//! An *analysis* is the project in memory: files in, findings out.
//!
//! It does no input or output and knows no protocol: the command line and the language server hand it texts.

mod charts;
mod classify;
mod environments;
mod fix;
mod images;
mod manifest;
mod manifests;
mod modules;
mod overlays;
mod page;
mod plan;
mod wanted;

pub use classify::{is_candidate, is_configuration};
pub use environments::{Given, Values, Variables};
pub use fix::{Fixed, Refused, fix};
pub use manifest::{MANIFEST, wanted_folders};
pub use overlays::wanted_overlays;
pub use page::{page_examples, test_page};
pub use plan::{PlanAnalysis, analyse_plan};
pub use stockade_terraform::plan::Disagreement;
pub use stockade_terraform::{NamedFiles, NamedFolder, PathPattern};
pub use wanted::{Wanted, wanted_files};

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;
use stockade_engine::{Account, Finding, Incomplete, PageErrors, Registry, Selection, Undetermined};
use stockade_model::{Graph, Lowered, Technology};
use stockade_source::{FileId, Source, Sources, Span, SyntaxError};

use classify::{Language, Surroundings};
use environments::Environment;
use wanted::Files;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The path as in reports, forward slashes; `-` for standard input.
    pub path: String,
    /// The whole text.
    pub text: Arc<str>,
    /// The offset of the first byte that is not UTF-8; such a file is read as far as it goes and never edited.
    pub invalid: Option<u32>,
    /// What it is there for.
    pub role: Role,
}

/// What an input is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is read, and findings in it are wanted.
    Judged,
    /// It is read for what it says about the judged ones.
    Context,
    /// It is a text that others name: what `templatefile` fills in, a part of a chart. It is no file of a language by
    /// itself and does not count; what is made of it may be found fault with, at its place in the text. A file that is
    /// not UTF-8 has no text.
    Named,
    /// It is no file but what is known of the path: its text has the paths of the files below, relative to it, one a
    /// line. A path with a slash at its end is something below which there may be more. Nothing is at a path that has
    /// none.
    Folder,
}

/// How to analyse.
#[derive(Clone)]
pub struct Options<'a> {
    /// The checks.
    pub registry: &'a Registry,
    /// Which of them run.
    pub selection: Selection,
    /// What is given to Terraform's variables.
    pub variables: Variables,
}

/// What came of it.
#[derive(Debug)]
pub struct Analysis {
    /// The files, for rendering spans.
    pub sources: Sources,
    /// Every resource.
    pub graph: Graph,
    /// Sorted by file, offset, rule.
    pub findings: Vec<Finding>,
    /// Sorted likewise.
    pub undetermined: Vec<Undetermined>,
    /// What was looked at.
    pub account: Account,
    /// Check pages that do not load.
    pub page_errors: Vec<PageErrors>,
}

/// Reads, lowers, joins and judges `inputs`: once, or once for each environment.
pub fn analyse(inputs: &[Input], options: &Options<'_>) -> Analysis {
    match options.variables.environments().as_slice() {
        [] => analyse_one(inputs, options, None),
        environments => environments::analyse(inputs, options, environments),
    }
}

/// Judges `inputs` in one environment, or with everything that is given.
pub(crate) fn analyse_one(inputs: &[Input], options: &Options<'_>, environment: Option<&Environment>) -> Analysis {
    let mut project = read(inputs, &options.variables, environment);
    let graph = project.graph(options.registry);
    judge(inputs, project, graph, options)
}

/// Everything that was read, before it is joined.
pub(crate) struct Read {
    pub(crate) sources: Sources,
    pub(crate) lowered: Vec<Lowered>,
    pub(crate) account: Account,
    /// Plans and states, whose text is no source that a fix may change.
    pub(crate) plans: HashSet<FileId>,
}

impl Read {
    /// Joins what was lowered, which is gone afterwards.
    pub(crate) fn graph(&mut self, registry: &Registry) -> Graph {
        let mut graph = Graph::new(std::mem::take(&mut self.lowered));
        images::join(&mut graph, &self.sources, images::described(&self.sources));
        stockade_engine::prepare(&mut graph, registry.links());
        graph
    }
}

/// Parses and lowers `inputs`.
pub(crate) fn read(inputs: &[Input], variables: &Variables, environment: Option<&Environment>) -> Read {
    let mut files = Files::of(inputs);
    let mut sorted: Vec<&Input> = inputs.iter().filter(|input| input.role != Role::Folder).collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    let mut sources = Sources::default();
    let mut buckets: BTreeMap<Language, Vec<FileId>> = BTreeMap::new();
    let mut account = Account::default();
    let (mut installed, mut charts) = (vec![], vec![]);
    let around = Surroundings::of(&sorted);
    let (mut plans, mut planned) = (HashSet::new(), vec![]);
    let mut texts: Vec<(FileId, &Input)> = vec![];
    for input in &sorted {
        if input.role != Role::Named && plan::is_one(input) {
            let id = FileId(u32::try_from(sources.len()).unwrap_or(u32::MAX));
            let (lowered, text) = plan::read(id, input);
            plans.insert(sources.add(Source::new(input.path.as_str(), text)));
            planned.push(lowered);
            *account.files.entry(Technology::Terraform).or_default() += 1;
            continue;
        }
        let id = sources.add(Source::new(input.path.as_str(), Arc::clone(&input.text)));
        files.add(id, input);
        charts.extend(around.in_chart(&input.path).then_some(id));
        texts.push((id, input));
    }
    let (overlays, taken) = overlays::read(&sources, &texts.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    for (id, input) in texts.into_iter().filter(|(_, input)| input.role != Role::Named) {
        if let Some(first) = input.invalid {
            let span = Span::new(id, first, first);
            account.incomplete.push(incomplete(&sources, &SyntaxError::new(span, "this is not UTF-8")));
        }
        if input.path.ends_with(MANIFEST) {
            installed.push(id);
            continue;
        }
        if taken.contains(&input.path) {
            continue;
        }
        match classify::language(input, &around) {
            // It counts as what the chart renders.
            Ok(Some(Language::Chart)) => {}
            Ok(Some(language)) => buckets.entry(language).or_default().push(id),
            Ok(None) => account.other += 1,
            Err(reason) => account.incomplete.push(Incomplete {
                path: input.path.clone(),
                span: None,
                reason: reason.into(),
                templated: true,
            }),
        }
    }
    let variables = variables.add_to(&mut sources, environment);
    let of = |language| buckets.get(&language).map_or(&[][..], Vec::as_slice);
    let (terraform, (docker, yaml)) = rayon::join(
        || modules::read(&sources, of(Language::Terraform), &installed, &files, &variables),
        || {
            rayon::join(
                || dockerfiles(&sources, of(Language::Dockerfile)),
                || {
                    let manifests = manifests::read(&sources, of(Language::Yaml));
                    manifests.append(charts::read(&sources, &charts, &variables.helm))
                },
            )
        },
    );
    let mut lowered = planned;
    for part in [terraform, docker, yaml, overlays] {
        for (technology, count) in part.files.into_iter().filter(|(_, count)| *count > 0) {
            *account.files.entry(technology).or_default() += count;
        }
        account.other += part.other;
        account.incomplete.extend(part.errors.iter().map(|error| incomplete(&sources, error)));
        account.incomplete.extend(part.templated.into_iter().map(|id| Incomplete {
            path: sources.path(id).to_owned(),
            span: None,
            reason: "a template that must be rendered first".into(),
            templated: true,
        }));
        lowered.extend(part.lowered);
    }
    for lowered in &mut lowered {
        account
            .incomplete
            .extend(std::mem::take(&mut lowered.incomplete).iter().map(|error| incomplete(&sources, error)));
    }
    Read { sources, lowered, account, plans }
}

/// What one language made of its files.
#[derive(Default)]
pub(crate) struct Part {
    pub(crate) lowered: Vec<Lowered>,
    pub(crate) files: Vec<(Technology, usize)>,
    pub(crate) other: usize,
    pub(crate) errors: Vec<SyntaxError>,
    pub(crate) templated: Vec<FileId>,
}

impl Part {
    pub(crate) fn append(mut self, other: Part) -> Part {
        self.lowered.extend(other.lowered);
        self.files.extend(other.files);
        self.other += other.other;
        self.errors.extend(other.errors);
        self.templated.extend(other.templated);
        self
    }
}

fn dockerfiles(sources: &Sources, files: &[FileId]) -> Part {
    let parts: Vec<(Lowered, Vec<SyntaxError>)> = files
        .par_iter()
        .filter_map(|id| sources.get(*id).map(|source| (*id, source)))
        .map(|(id, source)| {
            let (dockerfile, errors) = stockade_dockerfile::parse(id, source.text());
            (stockade_dockerfile::lower(source.path(), &dockerfile, source.text()), errors)
        })
        .collect();
    let mut out = Part { files: vec![(Technology::Dockerfile, files.len())], ..Part::default() };
    for (lowered, errors) in parts {
        out.lowered.push(lowered);
        out.errors.extend(errors);
    }
    out
}

/// Runs the checks over a graph that is ready.
pub(crate) fn judge(inputs: &[Input], project: Read, graph: Graph, options: &Options<'_>) -> Analysis {
    let Read { sources, mut account, plans, .. } = project;
    let outcome = stockade_engine::run(&graph, &sources, options.registry, &options.selection);
    account.resources = graph.resources().filter(|(_, resource)| !resource.view).count();
    account.incomplete.sort();
    account.incomplete.dedup();
    let (mut findings, mut undetermined) = (outcome.findings, outcome.undetermined);
    if !plans.is_empty() {
        for finding in &mut findings {
            finding.fix.take_if(|fix| fix.edits.iter().any(|edit| plans.contains(&edit.span.file)));
        }
    }
    let context = inputs.iter().filter(|input| input.role == Role::Context).map(|input| input.path.as_str());
    let context: HashSet<&str> = context.collect();
    if !context.is_empty() {
        let named = inputs.iter().filter(|input| input.role == Role::Named).map(|input| input.path.as_str());
        let named: HashSet<&str> = named.collect();
        let is_context = |span: Span| context.contains(sources.path(span.file));
        // What stands in a text that others name is a finding of the resource that it went into.
        findings.retain(|finding| match finding.primary {
            place if named.contains(sources.path(place.file)) => !is_context(finding.resource.head),
            place => !is_context(place),
        });
        undetermined.retain(|one| !is_context(one.resource.head));
        account.incomplete.retain(|one| !context.contains(one.path.as_str()));
    }
    Analysis { sources, graph, findings, undetermined, account, page_errors: outcome.page_errors }
}

fn incomplete(sources: &Sources, error: &SyntaxError) -> Incomplete {
    Incomplete {
        path: sources.path(error.span.file).to_owned(),
        span: Some(error.span),
        reason: error.message.clone(),
        templated: false,
    }
}
