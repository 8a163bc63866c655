//! A chart to manifests.

use std::borrow::Cow;
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use compact_str::{CompactString, format_compact};
use stockade_gotemplate::{self as template, Engine, Host, Limits, Map, Templates, Text};
use stockade_model::Kind;
use stockade_source::{FileId, Span, SyntaxError};
use stockade_yaml::Schema;

use crate::chart::{Chart, Content, Read};
use crate::context::{Files, capabilities, release};
use crate::dependency::{Resolved, resolve};
use crate::metadata::record;
use crate::place::{Mapper, RENDERED};
use crate::sources::Sources;
use crate::values::{self, ValuesFile};
use crate::{File, Inputs, Rendered, manifest, set};

/// See [`crate::render`].
pub(crate) fn render(files: &[File<'_>], inputs: &Inputs) -> Rendered {
    let mut read = Read::default();
    let chart = read.chart(files);
    let mut rendered = Rendered { incomplete: read.errors, templates: read.templates, ..Rendered::default() };
    let Some(mut chart) = chart else { return rendered };
    let (given, files_given) = given(inputs, &mut rendered.incomplete);
    rendered.crds = chart.resource_definitions(&mut rendered.incomplete);
    if chart.metadata.library {
        rendered.library = true;
        return rendered;
    }
    let Resolved { errors, missing } = resolve(&mut chart, &given);
    let missing = missing.map(|at| rendered.incomplete.len() + at);
    rendered.incomplete.extend(errors);
    if let Err(message) = values::coalesce(&chart, &given, false) {
        rendered.incomplete.push(SyntaxError::new(chart.metadata.span, message));
    }
    let sources = Sources::new(files, inputs, read.values, files_given);

    let mut jobs = BTreeMap::new();
    let top = Above { values: Some(given), release: release(inputs), capabilities: capabilities(inputs) };
    contexts(&chart, &chart.metadata.name, &top, true, &mut jobs);
    let rendering = Rendering { missing, sources: &sources };
    rendering.all(jobs, &mut rendered);
    rendered
}

/// The values that the user gave, and the files that they stand in.
fn given(inputs: &Inputs, errors: &mut Vec<SyntaxError>) -> (Map, Vec<(FileId, ValuesFile)>) {
    let values = Map::default();
    let mut files = Vec::new();
    for (id, text) in &inputs.values {
        let read = ValuesFile::read(*id, text, errors);
        values::override_with(&values, &values::copy_map(&read.map));
        files.push((*id, read));
    }
    for (id, text) in &inputs.set {
        if let Err(error) = set::set(&values, *id, text) {
            errors.push(error);
        }
    }
    (values, files)
}

/// A template, and what it is rendered with.
struct Job {
    file: Content,
    context: Map,
    /// The folder of its chart's templates.
    base: CompactString,
    /// Whether it is rendered for itself, and not only for what it defines.
    rendered: bool,
}

/// What a chart takes over from the one above it.
struct Above {
    values: Option<Map>,
    release: template::Value,
    capabilities: template::Value,
}

/// Collects the templates of a chart and its dependencies by their names; gives what they see as `.`.
fn contexts(chart: &Chart, path: &str, above: &Above, root: bool, jobs: &mut BTreeMap<CompactString, Job>) -> Map {
    let own = above.values.clone().unwrap_or_default();
    let subcharts = Map::default();
    let context = record([
        ("Chart", chart.metadata.value(root)),
        ("Files", template::Value::object(Files(std::rc::Rc::clone(&chart.files)))),
        ("Release", above.release.clone()),
        ("Capabilities", above.capabilities.clone()),
        ("Values", template::Value::computed(template::Kind::Map(own.clone()))),
        ("Subcharts", template::Value::computed(template::Kind::Map(subcharts.clone()))),
    ]);
    let template::Kind::Map(context) = context.kind else { return Map::default() };
    for dependency in &chart.dependencies {
        let name = &dependency.metadata.name;
        let below = Above {
            values: values::table(&own, name),
            release: above.release.clone(),
            capabilities: above.capabilities.clone(),
        };
        let inner = contexts(dependency, &format!("{path}/charts/{name}"), &below, false, jobs);
        subcharts.insert(name.clone(), template::Value::computed(template::Kind::Map(inner)));
    }
    for file in chart.templates.iter() {
        let partial = file.path.rsplit('/').next().is_some_and(|name| name.starts_with('_'));
        if chart.metadata.library && !partial {
            continue;
        }
        let job = Job {
            file: file.clone(),
            context: context.clone(),
            base: format_compact!("{path}/templates"),
            rendered: !partial,
        };
        jobs.insert(format_compact!("{path}/{}", file.path), job);
    }
    context
}

/// Goes on where a value is required that nobody gave, and keeps what was asked for.
#[derive(Default)]
struct Lenient {
    missing: RefCell<Vec<SyntaxError>>,
}

impl Host for Lenient {
    fn is_lenient(&self, message: &str, action: Span) -> bool {
        let error = SyntaxError::new(action, format!("a value is required, and unknown here: {message}"));
        let mut missing = self.missing.borrow_mut();
        if missing.len() < MAX_MISSING && !missing.contains(&error) {
            missing.push(error);
        }
        true
    }
}

/// How many values are named that are required and not given.
const MAX_MISSING: usize = 100;

struct Rendering<'s> {
    /// The error that names the first dependency that is missing.
    missing: Option<usize>,
    sources: &'s Sources,
}

impl Rendering<'_> {
    fn all(&self, jobs: BTreeMap<CompactString, Job>, rendered: &mut Rendered) {
        let mut templates = Templates::new();
        // Deep templates come first, so that the definitions of charts further up win; the order counts for
        // rendering as well, since templates may change values.
        let mut order: Vec<(&CompactString, &Job)> = jobs.iter().collect();
        order.sort_by_key(|(name, _)| Reverse((name.matches('/').count(), *name)));
        let mut broken = Vec::new();
        let mut partial_broken = false;
        for (name, job) in &order {
            if let Err(error) = templates.add(name, job.file.id, &job.file.text) {
                broken.push(*name);
                partial_broken |= !job.rendered;
                rendered.incomplete.push(failure(&error, job));
            }
        }
        let lenient = Lenient::default();
        let mut engine = Engine::new(&templates, Limits::default(), &lenient);
        let mut texts = BTreeMap::new();
        let mut lost = 0_usize;
        for (name, job) in order.into_iter().filter(|(_, job)| job.rendered) {
            if broken.contains(&name) {
                continue;
            }
            let template = record([
                ("Name", template::Value::from(name.as_str())),
                ("BasePath", template::Value::from(job.base.as_str())),
            ]);
            job.context.insert("Template", template);
            let data = template::Value::computed(template::Kind::Map(job.context.clone()));
            match engine.render(name, &data) {
                Ok(text) => {
                    texts.insert(name, (job, text));
                }
                // Of what a missing dependency or a broken file would have defined, that fault says enough.
                Err(error) if (self.missing.is_some() || partial_broken) && names_no_template(&error) => lost += 1,
                Err(error) => rendered.incomplete.push(failure(&error, job)),
            }
        }
        if let Some(error) = self.missing.and_then(|at| rendered.incomplete.get_mut(at)).filter(|_| lost > 0) {
            error.message += &format!("; {lost} templates cannot be rendered");
        }
        rendered.incomplete.extend(lenient.missing.take());
        for (name, (job, text)) in texts {
            if !name.ends_with("NOTES.txt") && !text.as_str().trim().is_empty() {
                self.manifests(&text, job, rendered);
            }
        }
    }

    /// The manifests of one rendered file.
    fn manifests(&self, text: &Text, job: &Job, rendered: &mut Rendered) {
        for range in manifest::split(text.as_str()) {
            let mut mapper = Mapper::new(text, self.sources, range.start);
            let manifest = match &text.as_str()[range] {
                whole if whole.ends_with('\n') => Cow::Borrowed(whole),
                // Helm ends every manifest with a line break, which counts for block scalars.
                cut => Cow::Owned(format!("{cut}\n")),
            };
            let (documents, errors) = stockade_yaml::parse(RENDERED, &manifest);
            if let Some(error) = errors.first() {
                let message = format!("what this renders to is no YAML: {}", error.message);
                rendered.incomplete.push(SyntaxError::new(or_start(mapper.span(error.span), job), message));
                continue;
            }
            let Some(root) = documents.iter().find_map(|document| document.root.as_ref()) else { continue };
            let (mut value, errors) = stockade_yaml::to_value(root, Schema::Kubernetes);
            if !errors.is_empty() {
                rendered.incomplete.extend(
                    errors
                        .into_iter()
                        .map(|error| SyntaxError::new(or_start(mapper.span(error.span), job), error.message)),
                );
                continue;
            }
            match value.kind {
                Kind::Map(_) if manifest::is_installed(&value) => {}
                Kind::Map(_) | Kind::Null => continue,
                _ => {
                    let span = or_start(mapper.span(value.span), job);
                    rendered.incomplete.push(SyntaxError::new(span, "what this renders to is no manifest"));
                    continue;
                }
            }
            mapper.manifest(&mut value);
            rendered.values.push(value);
        }
    }
}

/// A span in a file, at least its start.
fn or_start(span: Span, job: &Job) -> Span {
    if span.is_none() { Span::new(job.file.id, 0, 0) } else { span }
}

/// The template that cannot be rendered, at the action in it where that shows.
fn failure(error: &template::Error, job: &Job) -> SyntaxError {
    let outer = error.calls.last().map_or(error.span, |(_, span)| *span);
    let span = if outer.file == job.file.id { outer } else { error.span };
    let span = if span.file == job.file.id { span } else { or_start(Span::NONE, job) };
    SyntaxError::new(span, format!("the template cannot be rendered: {}", error.message))
}

/// Whether a template failed for want of another.
fn names_no_template(error: &template::Error) -> bool {
    error.message.contains("no template ") || error.message.contains("not defined")
}
