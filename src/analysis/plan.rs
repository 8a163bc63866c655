//! Plans and states: judged as the resources that they list, placed in the source where it is at hand.

use std::collections::HashSet;
use std::sync::Arc;

use stockade_engine::{Account, Finding, Incomplete};
use stockade_model::{CompactString, Graph, Lowered, Resource, Technology};
use stockade_source::{FileId, Source, Sources};
use stockade_terraform::plan::{Disagreement, Plan, PlanLowered, is_plan};

use crate::classify::is_configuration;
use crate::wanted::Files;
use crate::{Analysis, Given, Input, MANIFEST, Options, Read, Role, Variables, incomplete, judge, modules};

/// What judging a plan came to.
#[derive(Debug)]
pub struct PlanAnalysis {
    /// The findings and what they rest on.
    pub analysis: Analysis,
    /// What the plan and its source do not agree about; empty without a source.
    pub disagreements: Vec<Disagreement>,
    /// The folder of the root module that the plan was placed in.
    pub source: Option<CompactString>,
}

/// Judges a plan. `source` are the files that it may have been made from: where a root module among them declares its
/// resources, findings stand in its text. With `changed_only` findings are left out that rest on nothing that the plan
/// creates or changes.
pub fn analyse_plan(plan: &Input, source: &[Input], options: &Options<'_>, changed_only: bool) -> PlanAnalysis {
    let mut sources = Sources::default();
    let mut account = Account::default();
    let id = FileId(u32::try_from(source.len()).unwrap_or(u32::MAX).saturating_add(2));
    let opened = Plan::open(id, &plan.text);
    let roots = match &opened {
        Ok(opened) if !source.is_empty() => roots(opened, plan, source, &mut sources),
        _ => vec![],
    };
    let best = |opened: &Plan<'_>| {
        let wanted = if roots.is_empty() { HashSet::new() } else { opened.declarations() };
        let declared = |root: &Lowered| {
            let declared: HashSet<CompactString> = root.resources.iter().map(Resource::declaration).collect();
            declared.intersection(&wanted).count()
        };
        let roots = roots.iter().map(|root| (declared(root), root)).filter(|(count, _)| *count > 0);
        // Of equals the first.
        roots.rev().max_by_key(|(count, _)| *count).map(|(_, root)| root)
    };
    let root = opened.as_ref().ok().and_then(best);
    while sources.len() < id.0 as usize {
        sources.add(Source::new("", ""));
    }
    let lowered = match &opened {
        Ok(opened) => opened.lower(root.map_or(plan.path.as_str(), |root| root.project.as_str()), root),
        Err(error) => PlanLowered {
            text: hidden(&plan.text),
            lowered: Lowered { incomplete: vec![error.clone()], ..Lowered::new(plan.path.as_str()) },
            ..PlanLowered::default()
        },
    };
    let PlanLowered { mut lowered, text, changed, disagreements } = lowered;
    sources.add(Source::new(plan.path.as_str(), text));
    account.files.insert(Technology::Terraform, 1);
    let left = std::mem::take(&mut lowered.incomplete);
    account.incomplete.extend(left.iter().map(|error| incomplete(&sources, error)));
    if let Some(first) = plan.invalid {
        let reason = format!("byte {first} is not UTF-8");
        account.incomplete.push(Incomplete { path: plan.path.clone(), span: None, reason, templated: false });
    }
    stockade_kubernetes::extend(&mut lowered);
    let mut graph = Graph::new([lowered]);
    stockade_engine::prepare(&mut graph, options.registry.links());
    let read = Read { sources, lowered: vec![], account, plans: HashSet::from([id]) };
    let mut analysis = judge(&[], read, graph, options);
    if changed_only {
        analysis.findings.retain_mut(|finding| is_changed(finding, &changed));
    }
    PlanAnalysis { analysis, disagreements, source: root.map(|root| root.project.clone()) }
}

/// Lowers the root modules of `source` with the plan's own variables, and adds its files to `sources`.
fn roots(opened: &Plan<'_>, plan: &Input, source: &[Input], sources: &mut Sources) -> Vec<Lowered> {
    let mut known = Files::of(source);
    let mut sorted: Vec<&Input> = source.iter().filter(|input| input.role != Role::Folder).collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    let (mut files, mut installed) = (vec![], vec![]);
    for input in sorted {
        let id = sources.add(Source::new(input.path.as_str(), Arc::clone(&input.text)));
        known.add(id, input);
        if input.role == Role::Named {
            continue;
        }
        if input.path.ends_with(MANIFEST) {
            installed.push(id);
        } else if is_configuration(&input.path)
            || input.path.ends_with(".tfvars")
            || input.path.ends_with(".tfvars.json")
        {
            files.push(id);
        }
    }
    let Some((clear, shown)) = opened.variables() else {
        let assigned = Variables::default().add_to(sources, None);
        return modules::read(sources, &files, &installed, &known, &assigned).lowered;
    };
    // The values are read from a text that holds the secrets among them; reports get the one that does not.
    let mut whole = sources.clone();
    let given = Given::File { path: format!("{}.tfvars.json", plan.path), text: clear.into() };
    let assigned = Variables { given: vec![given], ..Variables::default() }.add_to(&mut whole, None);
    sources.add(Source::new(plan.path.as_str(), shown));
    modules::read(&whole, &files, &installed, &known, &assigned).lowered
}

/// Whether a finding is of something that is in `changed`; its other instances are dropped.
fn is_changed(finding: &mut Finding, changed: &HashSet<CompactString>) -> bool {
    if finding.instances.is_empty() {
        let address = finding.resource.address.as_str();
        // Items of views stand below the resource that they are of.
        return changed.contains(address.split('/').next().unwrap_or(address));
    }
    finding.instances.retain(|address| changed.contains(address));
    !finding.instances.is_empty()
}

/// Lowers a plan that was met among other files; its source text is one that reports may show.
pub(crate) fn read(id: FileId, input: &Input) -> (Lowered, String) {
    match Plan::open(id, &input.text) {
        Ok(opened) => {
            let PlanLowered { mut lowered, text, .. } = opened.lower(&input.path, None);
            stockade_kubernetes::extend(&mut lowered);
            (lowered, text)
        }
        Err(error) => {
            let lowered = Lowered { incomplete: vec![error], ..Lowered::new(input.path.as_str()) };
            (lowered, hidden(&input.text))
        }
    }
}

/// Whether a file is a plan or a state, by what it says.
pub(crate) fn is_one(input: &Input) -> bool {
    (input.path == "-" || (input.path.ends_with(".json") && !input.path.ends_with(".tf.json"))) && is_plan(&input.text)
}

/// A text of which nothing may be shown.
fn hidden(text: &str) -> String {
    let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
    text.bytes().map(|byte| blank(char::from(byte))).collect()
}
