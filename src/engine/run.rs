//! A run: every check of every resource of its kinds, and findings made of the answers.

use std::collections::{HashMap, HashSet};

use compact_str::{CompactString, format_compact};
use rayon::prelude::*;
use stockade_model::{Graph, ProjectId, Resource, ResourceId, Technology};
use stockade_source::{Sources, Span, SyntaxError};

use crate::context::Context;
use crate::evaluation::Evaluation;
use crate::message::{Part, cut, print};
use crate::walk::What;
use crate::{
    Answer, Check, Evidence, Finding, Label, Links, Registry, Severity, Status, Subject, Test, Truth, Undetermined,
};

/// Which checks run.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Ids, beginnings of ids (`aws-s3-*`) or other tools' ids (`checkov:CKV_AWS_20`); everything where it is empty.
    pub select: Vec<String>,
    /// The same for checks that do not run.
    pub ignore: Vec<String>,
    /// The least severity that runs.
    pub min_severity: Option<Severity>,
}

impl Selection {
    /// Whether a check runs. A deprecated one does only when it is named.
    pub fn includes(&self, check: &Check) -> bool {
        let named = |patterns: &[String]| patterns.iter().any(|pattern| names(pattern, check));
        let selected =
            if self.select.is_empty() { !matches!(check.status, Status::Deprecated(_)) } else { named(&self.select) };
        selected && !named(&self.ignore) && self.min_severity.is_none_or(|least| check.severity >= least)
    }
}

fn names(pattern: &str, check: &Check) -> bool {
    if let Some(beginning) = pattern.strip_suffix('*') {
        return check.id.starts_with(beginning);
    }
    match pattern.split_once(':') {
        Some((tool, id)) => check.aliases.get(tool).is_some_and(|ids| ids.iter().any(|known| known == id)),
        None => check.id == pattern,
    }
}

/// What a run found.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The findings, by path, offset and rule.
    pub findings: Vec<Finding>,
    /// What could not be decided, in the same order.
    pub undetermined: Vec<Undetermined>,
    /// The pages that could not be read.
    pub page_errors: Vec<PageErrors>,
}

/// What is wrong with one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageErrors {
    /// The index of the page in its registry, which the spans name as their file.
    pub page: usize,
    /// The path of the page.
    pub path: CompactString,
    /// The faults.
    pub errors: Vec<SyntaxError>,
}

/// Adds to the graph what no text spells out: edges told by equal known values, and the views of several languages.
pub fn prepare(graph: &mut Graph, links: &Links) {
    crate::links::connect(graph, links);
    crate::views::add(graph);
}

/// Asks every selected check of every resource of its kinds.
pub fn run(graph: &Graph, sources: &Sources, registry: &Registry, selection: &Selection) -> Outcome {
    let context = Context::new(graph, registry.links());
    let mut asked: Vec<(&[usize], &[ResourceId])> = Vec::new();
    let mut pages: Vec<usize> = Vec::new();
    for (kind, ids) in graph.kinds() {
        let of_kind = registry.of_kind(kind);
        pages.extend(of_kind);
        asked.extend(of_kind.chunks(CHUNK).flat_map(|pages| ids.chunks(CHUNK).map(move |ids| (pages, ids))));
    }
    pages.sort_unstable();
    pages.dedup();
    let page_errors = pages.par_iter().filter_map(|page| match registry.at(*page)? {
        Ok(_) => None,
        Err(errors) => {
            let path = registry.pages().get(*page)?.path.as_ref().into();
            Some(PageErrors { page: *page, path, errors: errors.to_vec() })
        }
    });
    let page_errors = page_errors.collect();
    let desk = Desk { context: &context, sources, calls: calls(graph) };
    let answers: Vec<Hit> = asked
        .par_iter()
        .flat_map_iter(|(pages, ids)| {
            let checks = pages.iter().filter_map(|page| registry.at(*page)?.ok());
            let selected = checks.filter(|check| selection.includes(check));
            selected.flat_map(|check| ids.iter().filter_map(|id| desk.ask(check, registry, *id)))
        })
        .collect();
    let (mut findings, mut undetermined) = (Vec::new(), Vec::new());
    for hit in answers {
        match hit {
            Hit::Finding(finding) => findings.push(*finding),
            Hit::Undetermined(open) => undetermined.push(*open),
        }
    }
    Outcome { findings: merge(findings, sources), undetermined: settle(undetermined, sources), page_errors }
}

/// How many resources, and how many checks, one worker takes at a time: few enough to stay in its cache.
const CHUNK: usize = 64;
/// How many related places a finding has.
const MAX_RELATED: usize = 20;

enum Hit {
    Finding(Box<Finding>),
    Undetermined(Box<Undetermined>),
}

/// Makes answers into findings.
struct Desk<'c, 'g> {
    context: &'c Context<'g>,
    sources: &'c Sources,
    calls: Calls<'g>,
}

/// The headers of the calls of modules, by project and address without instance keys.
type Calls<'g> = HashMap<(ProjectId, CompactString), &'g Resource>;

fn calls(graph: &Graph) -> Calls<'_> {
    let calls = graph.of_kind("module").iter().map(|id| graph.resource(*id));
    calls.map(|call| ((call.project, call.declaration()), call)).collect()
}

impl Desk<'_, '_> {
    fn ask(&self, check: &Check, registry: &Registry, id: ResourceId) -> Option<Hit> {
        match &check.condition {
            Test::Flag(cond) => {
                let evaluation = Evaluation::new(self.context, id);
                match evaluation.decide(cond) {
                    Truth::False => None,
                    Truth::Unknown => Some(self.undetermined(check, id, evaluation.because(cond))),
                    Truth::True => Some(self.finding(check, id, evaluation.evidence(cond))),
                }
            }
            Test::Native(name, _) => {
                let Answer { truth, evidence, because } = registry.native(name)?(self.context, id);
                match truth {
                    Truth::False => None,
                    Truth::Unknown => Some(self.undetermined(check, id, because)),
                    Truth::True => Some(self.finding(check, id, evidence)),
                }
            }
        }
    }

    fn undetermined(&self, check: &Check, id: ResourceId, because: Option<Label>) -> Hit {
        let resource = self.context.resource(id);
        let because = because.filter(|label| !label.span.is_none()).unwrap_or_else(|| Label {
            span: resource.head(),
            text: "not everything that it asks for is known".to_owned(),
        });
        Hit::Undetermined(Box::new(Undetermined { rule: check.id.clone(), resource: self.subject(resource), because }))
    }

    fn finding(&self, check: &Check, id: ResourceId, mut evidence: Vec<Evidence>) -> Hit {
        let resource = self.context.resource(id);
        evidence.retain(|evidence| !evidence.span.is_none());
        let primary = evidence.first().map_or(resource.head(), |first| first.span);
        let attribute = evidence.first().map_or("", |first| first.path.as_str());
        let subject = self.subject(resource);
        // What a template says is right for one set of values only.
        let fixable = check.fix.as_ref().filter(|_| resource.via != Some(HELM));
        let fix = fixable.and_then(|spec| crate::fix::fix(spec, resource, &evidence, self.sources));
        Hit::Finding(Box::new(Finding {
            rule: check.id.clone(),
            severity: check.severity,
            title: check.title.clone(),
            message: self.message(check, id, evidence.first()),
            primary,
            shows: evidence.first().map_or_else(String::new, |first| first.text.clone()),
            rests_on_value: evidence.first().is_some_and(|first| first.value.is_some()),
            related: self.related(resource, primary, &evidence),
            instances: instance(resource).into_iter().collect(),
            environments: Vec::new(),
            fix,
            fingerprint: self.fingerprint(check, id, attribute),
            resource: subject,
        }))
    }

    /// The same wherever lines move, whoever calls the module, and whatever a `moved` block or an overlay renamed.
    fn fingerprint(&self, check: &Check, id: ResourceId, attribute: &str) -> String {
        let resource = self.context.resource(id);
        if resource.via == Some(KUSTOMIZE) {
            let own_name = matches!(resource.kind.as_str(), "container" | "image");
            let name = if own_name { resource.name.as_str() } else { "" };
            let declared = self.declared_name(id);
            return fingerprint(&[&check.id, self.folder(resource), &resource.kind, declared, name, attribute]);
        }
        if matches!(resource.technology, Technology::Dockerfile | Technology::Compose) {
            let file = self.sources.path(resource.span.file);
            return fingerprint(&[&check.id, file, &resource.address, attribute]);
        }
        let declaration = match resource.technology {
            Technology::Terraform => resource.declaration(),
            _ => resource.address.clone(),
        };
        // Items of views stand below the resource that they are of.
        let (owner, item) = declaration.split_at(declaration.find('/').unwrap_or(declaration.len()));
        match self.context.graph().project(resource.project).former.get(owner) {
            Some(former) => {
                let folder = former.folder.as_deref().map(|folder| if folder == "." { "" } else { folder });
                let folder = folder.unwrap_or_else(|| self.folder(resource));
                fingerprint(&[&check.id, folder, &format_compact!("{}{item}", former.declaration), attribute])
            }
            None => fingerprint(&[&check.id, self.folder(resource), within_module(&declaration), attribute]),
        }
    }

    /// The name that the text gives the object that a resource is, or is a view of, before anything renames it.
    fn declared_name(&self, id: ResourceId) -> &str {
        const UP: [&str; 4] = ["container", "workload", "rule_of", "statement_of"];
        let graph = self.context.graph();
        let mut at = id;
        for _ in 0..UP.len() {
            let up = graph.outgoing(at).find(|edge| UP.contains(&edge.label.as_str()));
            match up.filter(|_| graph.resource(at).view) {
                Some(edge) => at = edge.to,
                None => break,
            }
        }
        let body = &graph.resource(at).body;
        let name = body.get("metadata").and_then(|metadata| metadata.get("name"));
        name.and_then(|name| self.sources.get(name.span.file).map(|source| name.span.text(source.text()))).unwrap_or("")
    }

    /// The folder of the file that declares a resource: the same whoever calls its module.
    fn folder(&self, resource: &Resource) -> &str {
        let path = self.sources.path(resource.span.file);
        path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    fn subject(&self, resource: &Resource) -> Subject {
        // Brackets are instance keys in Terraform alone.
        let terraform = resource.technology == Technology::Terraform;
        Subject {
            kind: resource.kind.clone(),
            address: if terraform { resource.declaration() } else { resource.address.clone() },
            project: self.context.graph().project(resource.project).path.clone(),
            technology: resource.technology,
            head: resource.head(),
        }
    }

    /// The other places: what the evidence names, and the calls that lead to the resource, the nearest first.
    fn related(&self, resource: &Resource, primary: Span, evidence: &[Evidence]) -> Vec<Label> {
        let mut out = related(resource, primary, evidence);
        if resource.technology != Technology::Terraform || !resource.address.starts_with("module.") {
            return out;
        }
        let address = resource.declaration();
        let dots = address.match_indices('.').map(|(at, _)| &address[..at]);
        let mut callers: Vec<&str> = dots.filter(|before| before.contains('.')).collect();
        callers.reverse();
        for caller in callers {
            let Some(call) = self.calls.get(&(resource.project, caller.into())) else { continue };
            let span = call.head();
            let known = out.iter().any(|label| label.span == span);
            if !known && !span.is_none() && out.len() < MAX_RELATED {
                out.push(Label { span, text: format!("called here as `{}`", cut(caller)) });
            }
        }
        out
    }

    fn message(&self, check: &Check, id: ResourceId, primary: Option<&Evidence>) -> String {
        let mut out = String::new();
        for part in &check.say.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Path(path) if path.text == "it" => {
                    out.push_str(
                        &primary.and_then(|primary| primary.value.as_ref()).map_or("not set".to_owned(), print),
                    );
                }
                Part::Path(path) => out.push_str(&self.printed(id, path)),
            }
        }
        out
    }

    fn printed(&self, id: ResourceId, path: &crate::Path) -> String {
        let resource = self.context.resource(id);
        let single = self.context.single(self.context.root(id), path);
        let own_name = path.text == "name" && !resource.name.is_empty();
        match single.what {
            // A name that is only known later: the one that the code gives it says more.
            What::Value(value) if own_name && value.why().is_some() => return cut(&resource.name),
            What::Value(value) => return print(value),
            What::Resource => return cut(&self.context.resource(single.resource).address),
            What::Unknown(Some(why)) => return cut(&why.to_string()),
            What::Absent | What::Unknown(None) | What::Many => {}
        }
        if let (What::Absent, [step]) = (single.what, &*path.steps) {
            match step.name.as_str() {
                "name" if !resource.name.is_empty() => return cut(&resource.name),
                "name" | "address" => return cut(&resource.address),
                "kind" => return cut(&resource.kind),
                _ => return "not set".to_owned(),
            }
        }
        let fan = self.context.fan(self.context.root(id), path);
        let elements = fan.elements.iter().take(MAX_RELATED).map(|at| match at.what {
            What::Value(value) => print(value),
            _ => self.context.resource(at.resource).address.to_string(),
        });
        let list: Vec<String> = elements.collect();
        if list.is_empty() { "not set".to_owned() } else { cut(&list.join(", ")) }
    }
}

/// What renders one declaration several times, under names of its own.
const KUSTOMIZE: &str = "kustomize";
/// What renders templates.
const HELM: &str = "helm";

/// The address, where the declaration may stand for several resources. Of a view, its owner's.
fn instance(resource: &Resource) -> Option<CompactString> {
    if resource.via == Some(KUSTOMIZE) {
        return Some(resource.address.clone());
    }
    if resource.technology != Technology::Terraform {
        return resource.instance.as_ref().map(|_| resource.address.clone());
    }
    let whole = resource.address.as_str();
    let owner = if resource.view { whole.rsplit_once('/').map_or(whole, |(owner, _)| owner) } else { whole };
    (owner.contains('[') || owner.starts_with("module.")).then(|| owner.into())
}

/// The address within the module that declares the resource.
fn within_module(declaration: &str) -> &str {
    let mut rest = declaration;
    while let Some((_, inner)) = rest.strip_prefix("module.").and_then(|call| call.split_once('.')) {
        rest = inner;
    }
    rest
}

/// The other places: where the primary value came from, then the other evidence, each with where it came from.
fn related(resource: &Resource, primary: Span, evidence: &[Evidence]) -> Vec<Label> {
    let mut out: Vec<Label> = Vec::new();
    let mut add = |span: Span, text: String| {
        if !span.is_none() && span != primary && out.len() < MAX_RELATED && out.iter().all(|label| label.span != span) {
            out.push(Label { span, text });
        }
    };
    for (at, evidence) in evidence.iter().enumerate().filter(|(at, evidence)| *at == 0 || !evidence.negative) {
        if at > 0 {
            add(evidence.span, evidence.text.clone());
        }
        let origin = evidence.value.as_ref().map_or(evidence.origin.as_ref(), |value| value.origin.as_ref());
        for step in origin.iter().flat_map(|origin| &origin.steps) {
            add(step.span, step.via.to_string());
        }
    }
    if !resource.span.contains(primary) && !resource.head().contains(primary) {
        let declared = Label { span: resource.head(), text: format!("`{}` is declared here", cut(&resource.address)) };
        if !declared.span.is_none() && out.iter().all(|label| label.span != declared.span) {
            out.truncate(MAX_RELATED - 1);
            out.push(declared);
        }
    }
    out
}

/// FNV-1a of 128 bits, in hexadecimal digits: stable for ever, whatever the platform.
fn fingerprint(parts: &[&str]) -> String {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013B;
    let mut hash: u128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
        }
    }
    format!("{hash:032x}")
}

/// Findings of the same check at the same place of the same declaration are one.
fn merge(mut findings: Vec<Finding>, sources: &Sources) -> Vec<Finding> {
    let place = |finding: &Finding| (sources.path(finding.primary.file), finding.primary.start);
    findings.sort_by(|a, b| {
        (place(a), &a.rule, a.primary.end, &a.resource.project, &a.resource.address, &a.instances, &a.message).cmp(&(
            place(b),
            &b.rule,
            b.primary.end,
            &b.resource.project,
            &b.resource.address,
            &b.instances,
            &b.message,
        ))
    });
    let mut out: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut at: HashMap<(CompactString, Span, String), usize> = HashMap::new();
    let key = |finding: &Finding| (finding.rule.clone(), finding.primary, finding.fingerprint.clone());
    // An address means something within its project: where several share a place, each is named.
    let mut projects: HashMap<_, HashSet<CompactString>> = HashMap::new();
    for finding in findings.iter().filter(|finding| !finding.instances.is_empty()) {
        projects.entry(key(finding)).or_default().insert(finding.resource.project.clone());
    }
    for mut finding in findings {
        if finding.instances.is_empty() {
            out.push(finding);
            continue;
        }
        let key = key(&finding);
        if projects.get(&key).is_some_and(|projects| projects.len() > 1) {
            for instance in &mut finding.instances {
                *instance = format_compact!("{}: {instance}", finding.resource.project);
            }
        }
        match at.get(&key).and_then(|at| out.get_mut(*at)) {
            Some(first) => {
                first.instances.extend(finding.instances);
                for label in finding.related {
                    if first.related.len() >= MAX_RELATED {
                        break;
                    }
                    if first.primary != label.span && first.related.iter().all(|known| known.span != label.span) {
                        first.related.push(label);
                    }
                }
            }
            None => {
                at.insert(key, out.len());
                out.push(finding);
            }
        }
    }
    for finding in &mut out {
        finding.instances.sort();
        finding.instances.dedup();
    }
    out
}

fn settle(mut undetermined: Vec<Undetermined>, sources: &Sources) -> Vec<Undetermined> {
    let key = |open: &Undetermined| {
        (open.because.span.start, open.rule.clone(), open.resource.project.clone(), open.resource.address.clone())
    };
    undetermined.sort_by(|a, b| {
        let path = |open: &Undetermined| sources.path(open.because.span.file);
        path(a).cmp(path(b)).then_with(|| key(a).cmp(&key(b)))
    });
    undetermined.dedup();
    undetermined
}
