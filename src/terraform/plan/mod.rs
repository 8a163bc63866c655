//! *Plans*: what `terraform show -json` says of a saved plan or of a state, lowered as the source is.
//!
//! A plan is only ever read in parts: its arrays are split first, and each resource is parsed by itself.
//! Values that the plan marks as secrets are marked so in the model, and [`PlanLowered::text`] is the text
//! of the plan without them, which is all that reports may show.

mod configuration;
mod redact;
mod slice;
mod source;
mod value;

#[cfg(test)]
mod tests;

pub use source::Disagreement;

use std::collections::{HashMap, HashSet};

use compact_str::{CompactString, format_compact};
use rayon::prelude::*;
use stockade_model::{Link, Local, Lowered, Map, Resource, Technology};
use stockade_source::{FileId, Span, SyntaxError};
use stockade_yaml::Node;

use configuration::{Configuration, Index, Resolver};
use slice::{Fault, Slice};
use source::{Overlay, SourceIndex, is_resource, retarget};
use value::{Marks, Reader};

/// How deep modules are followed.
const MAX_MODULES: u32 = 64;
/// The minor version of major 0 that plans had last.
const LAST_BETA: u32 = 2;

/// A plan or a state that was opened.
pub struct Plan<'t> {
    file: FileId,
    text: &'t str,
    resources: Vec<Planned<'t>>,
    changes: HashMap<CompactString, Change<'t>>,
    modules: Vec<CompactString>,
    configuration: Option<Node>,
    variables: Option<Slice<'t>>,
    incomplete: Vec<SyntaxError>,
}

/// What a plan comes to.
#[derive(Debug, Default)]
pub struct PlanLowered {
    /// The resources, links, and what was not read.
    pub lowered: Lowered,
    /// The text of the plan as reports may show it, with every offset, line and column where it was.
    pub text: String,
    /// The addresses that the plan creates or changes.
    pub changed: HashSet<CompactString>,
    /// What plan and source do not agree about.
    pub disagreements: Vec<Disagreement>,
}

/// A resource that will be there.
struct Planned<'t> {
    address: CompactString,
    module: CompactString,
    kind: CompactString,
    name: CompactString,
    instance: Option<CompactString>,
    whole: Slice<'t>,
    head: Slice<'t>,
    values: Option<Slice<'t>>,
    sensitive: Option<Slice<'t>>,
}

impl Planned<'_> {
    /// The address within the module, without a key.
    fn declaration(&self) -> CompactString {
        format_compact!("{}.{}", self.kind, self.name)
    }
}

#[derive(Clone, Copy, Default)]
struct Change<'t> {
    changed: bool,
    deleted: bool,
    whole: Option<Slice<'t>>,
    after: Option<Slice<'t>>,
    unknown: Option<Slice<'t>>,
    sensitive: Option<Slice<'t>>,
}

/// What one resource of a plan becomes.
struct Made {
    resource: Resource,
    links: Vec<Link>,
    hidden: Vec<redact::Range>,
    errors: Vec<SyntaxError>,
    disagreements: Vec<Disagreement>,
}

/// Whether a text is a plan or a state as `terraform show -json` prints it, of whatever version.
pub fn is_plan(text: &str) -> bool {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if !start.starts_with('{') || !text.contains("\"format_version\"") {
        return false;
    }
    let Ok(entries) = Slice::root(text).and_then(Slice::entries) else {
        // A plan that breaks off is still one; others who say `format_version` do not have these.
        return text.contains("\"planned_values\"") || text.contains("\"resource_changes\"");
    };
    let has = |name: &str| entries.iter().any(|(key, _)| *key == name);
    has("format_version")
        && (has("planned_values") || has("resource_changes") || has("values") || has("terraform_version"))
}

impl<'t> Plan<'t> {
    /// Opens a plan that will be the file `file`.
    ///
    /// # Errors
    /// Where the text is not JSON, no plan, or one of a version that nobody knows.
    pub fn open(file: FileId, text: &'t str) -> Result<Self, SyntaxError> {
        let mut plan = Plan {
            file,
            text,
            resources: Vec::new(),
            changes: HashMap::new(),
            modules: Vec::new(),
            configuration: None,
            variables: None,
            incomplete: Vec::new(),
        };
        plan.read().map_err(|(at, message)| SyntaxError::new(plan.at(at), message))?;
        Ok(plan)
    }

    fn at(&self, at: usize) -> Span {
        let at = offset(at.min(self.text.len()));
        Span::new(self.file, at, at)
    }

    fn span(&self, slice: Slice<'_>) -> Span {
        Span::new(self.file, offset(slice.start()), offset(slice.end()))
    }

    fn read(&mut self) -> Result<(), Fault> {
        if u32::try_from(self.text.len()).is_err() {
            return Err((0, "a plan of more than 4 GiB"));
        }
        let root = Slice::root(self.text)?;
        let sections: HashMap<&str, Slice<'t>> = root.entries()?.into_iter().collect();
        let version = sections.get("format_version").copied();
        if !version.and_then(Slice::as_str).is_some_and(|version| is_supported(&version)) {
            let at = version.map_or(root.start(), Slice::start);
            return Err((at, "not a plan of format version 0.1, 0.2 or 1.x, as `terraform show -json` prints them"));
        }
        for change in sections.get("resource_changes").map_or(Ok(Vec::new()), |s| s.elements())? {
            self.change(change)?;
        }
        for name in ["planned_values", "values"] {
            if let Some(values) = sections.get(name) {
                self.values(*values, false)?;
            }
        }
        let known: HashSet<CompactString> = self.resources.iter().map(|planned| planned.address.clone()).collect();
        // Redacted and hand-made plans have the changes alone.
        let mut left: Vec<Slice<'t>> = self
            .changes
            .iter()
            .filter(|(address, change)| !change.deleted && change.after.is_some() && !known.contains(*address))
            .filter_map(|(_, change)| change.whole)
            .collect();
        left.sort_by_key(|slice| slice.start());
        for whole in left {
            self.resource(whole, None)?;
        }
        if let Some(Some(values)) = sections.get("prior_state").map(|prior| prior.get("values")).transpose()? {
            // Data sources that were read while planning.
            let known: HashSet<CompactString> = self.resources.iter().map(|planned| planned.address.clone()).collect();
            let before = self.resources.len();
            self.values(values, true)?;
            let mut at = 0;
            self.resources.retain(|planned| {
                at += 1;
                at <= before || (planned.kind.starts_with("data.") && !known.contains(&planned.address))
            });
        }
        if let Some(configuration) = sections.get("configuration") {
            let (document, errors) = stockade_yaml::parse_json(self.file, configuration.text());
            self.note(errors, configuration.start());
            self.configuration = document.root;
        }
        self.variables = sections.get("variables").copied();
        if let Some(errored) = sections.get("errored").filter(|errored| errored.text() == "true") {
            let span = self.span(*errored);
            self.incomplete.push(SyntaxError::new(span, "planning failed, so that the plan is only a part"));
        }
        Ok(())
    }

    fn note(&mut self, errors: Vec<SyntaxError>, base: usize) {
        let base = offset(base);
        self.incomplete.extend(errors.into_iter().map(|error| moved(error, base)));
    }

    fn values(&mut self, values: Slice<'t>, prior: bool) -> Result<(), Fault> {
        if let Some(root) = values.get("root_module")? {
            self.module(root, prior, 0)?;
        }
        Ok(())
    }

    fn module(&mut self, module: Slice<'t>, prior: bool, depth: u32) -> Result<(), Fault> {
        if depth > MAX_MODULES {
            self.incomplete.push(SyntaxError::new(self.at(module.start()), "modules nest deeper than 64 levels"));
            return Ok(());
        }
        let entries: HashMap<&str, Slice<'t>> = module.entries()?.into_iter().collect();
        let address: CompactString =
            entries.get("address").and_then(|s| s.as_str()).map(CompactString::from).unwrap_or_default();
        if !prior && !address.is_empty() {
            self.modules.push(address.clone());
        }
        for resource in entries.get("resources").map_or(Ok(Vec::new()), |s| s.elements())? {
            self.resource(resource, Some(&address))?;
        }
        for child in entries.get("child_modules").map_or(Ok(Vec::new()), |s| s.elements())? {
            self.module(child, prior, depth + 1)?;
        }
        Ok(())
    }

    /// A resource of a module, or, without one, of the changes.
    fn resource(&mut self, whole: Slice<'t>, module: Option<&str>) -> Result<(), Fault> {
        let entries: HashMap<&str, Slice<'t>> = whole.entries()?.into_iter().collect();
        let text = |key: &str| entries.get(key).and_then(|slice| slice.as_str()).map(CompactString::from);
        let (Some(head), Some(address), Some(kind), Some(name)) =
            (entries.get("address").copied(), text("address"), text("type"), text("name"))
        else {
            self.incomplete
                .push(SyntaxError::new(self.at(whole.start()), "a resource without `address`, `type` and `name`"));
            return Ok(());
        };
        let data = text("mode").is_some_and(|mode| mode == "data") || address.starts_with("data.");
        let change = if module.is_none() { self.changes.get(&address).copied() } else { None };
        let module = module.map(CompactString::from).or_else(|| text("module_address")).unwrap_or_default();
        let local = address.strip_prefix(&*module).unwrap_or(&address).trim_start_matches('.');
        let local = local.strip_prefix("data.").unwrap_or(local);
        let key = local.strip_prefix(&*kind).and_then(|rest| rest.strip_prefix('.')?.strip_prefix(&*name));
        let instance = key.and_then(|rest| rest.strip_prefix('[')?.strip_suffix(']')).map(CompactString::from);
        self.resources.push(Planned {
            module,
            kind: if data { format_compact!("data.{kind}") } else { kind },
            instance,
            address,
            name,
            whole,
            head,
            values: change.map_or_else(|| entries.get("values").copied(), |change| change.after),
            sensitive: entries.get("sensitive_values").copied(),
        });
        Ok(())
    }

    fn change(&mut self, whole: Slice<'t>) -> Result<(), Fault> {
        let entries: HashMap<&str, Slice<'t>> = whole.entries()?.into_iter().collect();
        let address = entries.get("address").and_then(|slice| slice.as_str());
        let (Some(address), Some(change), None) = (address, entries.get("change"), entries.get("deposed")) else {
            return Ok(());
        };
        let mut out = Change { whole: Some(whole), ..Change::default() };
        for (key, value) in change.entries()? {
            match key {
                "actions" => {
                    let actions = value.elements()?;
                    let has = |action: &str| actions.iter().any(|slice| slice.as_str().as_deref() == Some(action));
                    out.changed = has("create") || has("update");
                    out.deleted = !out.changed && (has("delete") || has("forget"));
                }
                "after" if value.is_object() => out.after = Some(value),
                "after_unknown" => out.unknown = Some(value),
                "after_sensitive" => out.sensitive = Some(value),
                _ => {}
            }
        }
        self.changes.insert(address.as_ref().into(), out);
        Ok(())
    }

    /// What the plan's resources are declared as: their addresses without instance keys.
    pub fn declarations(&self) -> HashSet<CompactString> {
        self.resources.iter().map(|planned| without_keys(&planned.address)).collect()
    }

    /// The values of the root module's variables, as a `.tfvars.json` file would give them, at the offsets that
    /// they have in the plan; and the same as reports may show it.
    pub fn variables(&self) -> Option<(String, String)> {
        let variables = self.variables?;
        let (mut parts, mut hidden) = (vec![(variables.start(), variables.start() + 1)], Vec::new());
        let declared = self.configuration.as_ref()?.get("root_module")?.get("variables")?;
        for (name, value) in variables.entries().ok()? {
            let Some(value) = value.get("value").ok().flatten() else { continue };
            // Before the value stand `"name": {"value":`; the name is found by going back to it.
            let start = (name.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
            let colon = start + name.len() + 1 + self.text.get(start + name.len() + 1..)?.find(':')?;
            parts.extend([(start - 1, colon + 1), (value.start(), value.end())]);
            let comma = self.text.get(value.end()..variables.end())?.find(',').map(|at| value.end() + at);
            parts.extend(comma.map(|comma| (comma, comma + 1)));
            let sensitive = declared.get(name).and_then(|variable| variable.get("sensitive"));
            if sensitive.is_some_and(value::is_true) {
                hidden.push((value.start(), value.end()));
            }
        }
        parts.push((variables.end() - 1, variables.end()));
        parts.dedup_by(|next, last| next.0 < last.1);
        let before = self.text.get(..variables.end())?;
        Some((redact::redact(before, &parts, &[]), redact::redact(before, &parts, &hidden)))
    }

    /// Lowers the plan as the project `project`; with the source at hand, values stand where it has them.
    pub fn lower(&self, project: &str, source: Option<&Lowered>) -> PlanLowered {
        let empty = Configuration::default();
        let read = self.configuration.as_ref().map(Configuration::new);
        let configuration = read.as_ref().unwrap_or(&empty);
        let mut index = Index::default();
        for module in &self.modules {
            index.add_module(module);
        }
        let mut by_address: HashMap<&str, Local> = HashMap::new();
        let mut by_declaration: HashMap<CompactString, Vec<Local>> = HashMap::new();
        for (at, planned) in (0u32..).zip(&self.resources) {
            index.add(&planned.module, planned.declaration(), planned.instance.clone(), Local(at));
            by_address.insert(&planned.address, Local(at));
            if source.is_some() {
                by_declaration.entry(without_keys(&planned.address)).or_default().push(Local(at));
            }
        }
        let resolver = Resolver { configuration, index: &index };
        let source = source.map(SourceIndex::new);
        let sources: HashMap<u32, Vec<Local>> = source.as_ref().map_or_else(HashMap::new, |source| {
            let of = |resource: &Resource| match by_address.get(resource.address.as_str()) {
                Some(id) => vec![*id],
                None => by_declaration.get(&resource.declaration()).cloned().unwrap_or_default(),
            };
            source.resources().map(|(at, resource)| (at, of(resource))).collect()
        });
        let made: Vec<Made> = self
            .resources
            .par_iter()
            .zip(0u32..u32::MAX)
            .map(|(planned, at)| self.make(planned, Local(at), &resolver, source.as_ref(), &sources))
            .collect();
        let mut out = PlanLowered { lowered: Lowered::new(project), ..PlanLowered::default() };
        out.lowered.incomplete.clone_from(&self.incomplete);
        let (mut shown, mut hidden) = (Vec::new(), Vec::new());
        for (planned, made) in self.resources.iter().zip(made) {
            let parts = [Some(planned.head), planned.values];
            shown.extend(parts.into_iter().flatten().map(|slice| (slice.start(), slice.end())));
            hidden.extend(made.hidden);
            out.lowered.add(made.resource);
            out.lowered.links.extend(made.links);
            out.lowered.incomplete.extend(made.errors);
            out.disagreements.extend(made.disagreements);
        }
        if let Some(source) = &source {
            out.lowered.former.clone_from(source.former());
            self.complete(source, &sources, &mut out);
        }
        let mut seen = HashSet::new();
        out.lowered.links.retain(|link| link.from != link.to && seen.insert((link.from, link.to, link.label.clone())));
        shown.sort_unstable();
        shown.dedup_by(|next, last| next.0 < last.1);
        hidden.sort_unstable();
        out.text = redact::redact(self.text, &shown, &hidden);
        let changed = self.changes.iter().filter(|(_, change)| change.changed);
        out.changed = changed.map(|(address, _)| address.clone()).collect();
        out
    }

    fn make(
        &self,
        planned: &Planned<'_>,
        id: Local,
        resolver: &Resolver<'_, '_>,
        source: Option<&SourceIndex<'_>>,
        sources: &HashMap<u32, Vec<Local>>,
    ) -> Made {
        let mut errors = Vec::new();
        let mut parse = |slice: Option<Slice<'_>>| {
            let (document, found) = stockade_yaml::parse_json(self.file, slice?.text());
            let base = offset(slice?.start());
            errors.extend(found.into_iter().map(|error| moved(error, base)));
            document.root
        };
        let change = self.changes.get(&planned.address).copied().unwrap_or_default();
        let values = parse(planned.values);
        let unknown = parse(change.unknown);
        let sensitive = [parse(planned.sensitive), parse(change.sensitive)];
        let expressions = resolver.configuration.expressions(&planned.module, &planned.declaration());
        let instance = planned.instance.as_deref();
        let targets = |node: &Node| resolver.targets(&planned.module, node, instance);
        let head = self.span(planned.head);
        let mut reader = Reader {
            base: offset(planned.values.map_or(0, Slice::start)),
            head,
            address: &planned.address,
            targets: &targets,
            hidden: Vec::new(),
        };
        let [by_values, by_change] = &sensitive;
        let marks = Marks {
            unknown: unknown.as_ref(),
            sensitive: [by_values.as_ref(), by_change.as_ref()],
            expression: expressions,
        };
        let body = reader.body(values.as_ref(), marks);
        let hidden = std::mem::take(&mut reader.hidden);
        let mut resource = Resource::new(Technology::Terraform, planned.kind.clone(), body, self.span(planned.whole));
        resource.name = planned.name.clone();
        resource.address = planned.address.clone();
        resource.instance = planned.instance.clone();
        resource.via = Some("plan");
        let mut links = Vec::new();
        let mut named = Vec::new();
        if let Some(expressions) = expressions {
            configuration::expressions(expressions, "", 0, &mut named);
        }
        for (label, node) in named {
            for target in targets(node) {
                links.push(Link { from: id, to: target.resource, label: label.clone(), span: head });
            }
        }
        let mut made = Made { resource, links, hidden, errors, disagreements: Vec::new() };
        if let Some(source) = source {
            lay(&mut made, planned, id, source, sources);
        }
        made
    }

    /// What the source has beside the plan's resources: variables, outputs, providers, calls, and data sources that
    /// the plan does not list; and which resources only one of the two has.
    fn complete(&self, source: &SourceIndex<'_>, sources: &HashMap<u32, Vec<Local>>, out: &mut PlanLowered) {
        let mut ids: HashMap<u32, Local> = HashMap::new();
        let mut added = Vec::new();
        for (at, resource) in source.resources() {
            let planned = sources.get(&at).map_or(&[][..], Vec::as_slice);
            if let Some(id) = planned.first() {
                ids.insert(at, *id);
            } else if !is_resource(&resource.kind) || resource.kind.starts_with("data.") {
                let id = out.lowered.add(resource.clone());
                ids.insert(at, id);
                added.push((at, id));
            } else if !self.changes.contains_key(&resource.address) {
                // An instance that stands for an unknown number may stand for none.
                let sure = resource.body.iter().any(|(_, field)| !field.value.is_null() && field.value.why().is_none());
                if sure {
                    out.disagreements.push(Disagreement {
                        address: resource.address.clone(),
                        attribute: CompactString::default(),
                        source: "declared".into(),
                        plan: "(absent)".into(),
                        span: resource.head(),
                    });
                }
            }
        }
        let to = |local: Local| ids.get(&local.0).copied();
        for (at, id) in added {
            if let Some(resource) = out.lowered.resources.get_mut(id.0 as usize) {
                resource.via = Some("plan");
                retarget(&mut resource.body, &to);
            }
            for (other, label, span) in source.outgoing(at) {
                if let Some(other) = to(Local(other)) {
                    out.lowered.links.push(Link { from: id, to: other, label: label.clone(), span });
                }
            }
        }
    }
}

/// Lays the source's resource under one of the plan.
fn lay(
    made: &mut Made,
    planned: &Planned<'_>,
    id: Local,
    source: &SourceIndex<'_>,
    sources: &HashMap<u32, Vec<Local>>,
) {
    let Some(declared) = source.find(&planned.address, &without_keys(&planned.address)) else {
        if !planned.kind.starts_with("data.") {
            made.disagreements.push(Disagreement {
                address: planned.address.clone(),
                attribute: CompactString::default(),
                source: "(absent)".into(),
                plan: "planned".into(),
                span: made.resource.head(),
            });
        }
        return;
    };
    let map = |local: Local| sources.get(&local.0).and_then(|ids| ids.first()).copied();
    let compare = declared.exact && !planned.kind.starts_with("data.");
    let mut overlay = Overlay { map: &map, address: &planned.address, compare, disagreements: Vec::new() };
    overlay.body(&mut made.resource.body, &declared.resource.body, declared.resource.head());
    made.disagreements = overlay.disagreements;
    made.resource.span = declared.resource.span;
    for link in &mut made.links {
        link.span = declared.resource.head();
    }
    for (other, label, span) in source.outgoing(declared.at) {
        for to in sources.get(&other).into_iter().flatten() {
            made.links.push(Link { from: id, to: *to, label: label.clone(), span });
        }
    }
}

/// Major 1, and 0 up to 0.2.
fn is_supported(version: &str) -> bool {
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    match (major.parse::<u32>(), minor.parse::<u32>()) {
        (Ok(0), Ok(minor)) => minor <= LAST_BETA,
        (Ok(1), Ok(_)) => true,
        _ => false,
    }
}

/// The address without instance keys.
fn without_keys(address: &str) -> CompactString {
    if !address.contains('[') {
        return address.into();
    }
    let mut resource = Resource::new(Technology::Terraform, "", Map::new(Span::NONE), Span::NONE);
    resource.address = address.into();
    resource.declaration()
}

/// A position in a text of at most 4 GiB.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn moved(mut error: SyntaxError, base: u32) -> SyntaxError {
    error.span.start = error.span.start.saturating_add(base);
    error.span.end = error.span.end.saturating_add(base);
    error
}
