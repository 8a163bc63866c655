//! Fixes: from what a page says should stand there to edits of the text.
//!
//! An edit touches only what it must: comments, order and layout stay. A fix is offered only where the value stands
//! literally at its place of use; what comes from a variable, an anchor or a template is for a person to change.

mod layout;
mod render;

use std::fmt::Write;

use stockade_model::{Field, Kind, Map, Resource, Technology, Value};
use stockade_source::{Edit, Source, Sources, Span};

use crate::{Action, Constant, Evidence, Fix, FixSpec, Path};
use layout::Layout;

/// The change that `spec` describes, where the text allows it.
pub(crate) fn fix(spec: &FixSpec, resource: &Resource, evidence: &[Evidence], sources: &Sources) -> Option<Fix> {
    let (edits, title) = match &spec.action {
        Action::Replace(constant) => {
            // A task that declares a Terraform resource has words of its own for the same values.
            if resource.technology == Technology::Ansible && is_terraform(&resource.kind) {
                return None;
            }
            let value = evidence.first()?.value.as_ref()?;
            let layout = layout_of(value.span, sources)?;
            let edit = Edit::new(literal(value, resource, sources)?, layout.scalar(constant)?);
            (vec![edit], format!("replace with `{constant}`"))
        }
        Action::Set(path, constant) => {
            (set(path, constant, resource, sources)?, format!("set `{path}` to `{constant}`"))
        }
        Action::Remove(path) => (vec![remove(path, resource, sources)?], format!("remove `{path}`")),
        Action::Append(text) => (vec![append(text, resource, sources)?], format!("append `{text}`")),
    };
    Some(Fix { title, safety: spec.safety, edits })
}

/// Whether a kind is a resource type of Terraform, and no module, view or play of Ansible.
fn is_terraform(kind: &str) -> bool {
    ["aws_", "azurerm_", "google_"].iter().any(|provider| kind.starts_with(provider)) && !kind.contains('.')
}

fn layout_of(span: Span, sources: &Sources) -> Option<Layout> {
    Layout::of(sources.get(span.file)?.path())
}

/// The span of a scalar that stands literally at its place.
fn literal(value: &Value, resource: &Resource, sources: &Sources) -> Option<Span> {
    let scalar = matches!(value.kind, Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_));
    let own = value.origin.as_ref().is_none_or(|origin| origin.steps.is_empty() && origin.targets.is_empty());
    let text = sources.text(value.span);
    // A block scalar or heredoc would leave its header's line without its body's.
    let single = !text.is_empty() && !text.contains('\n');
    (scalar && own && single && !value.span.is_none() && !resource.span.is_none()).then_some(value.span)
}

/// A field that stands in the resource's own text: what a view takes over from elsewhere does not.
fn own_field<'m>(map: &'m Map, name: &str, resource: &Resource) -> Option<&'m Field> {
    map.field(name).filter(|field| resource.span.contains(field.entry))
}

fn set(path: &Path, constant: &Constant, resource: &Resource, sources: &Sources) -> Option<Vec<Edit>> {
    let source = sources.get(resource.span.file)?;
    let layout = Layout::of(source.path())?;
    let (last, parents) = path.steps.split_last()?;
    let mut map = &resource.body;
    let mut extent = resource.span;
    for (at, step) in parents.iter().enumerate() {
        let Some(field) = own_field(map, &step.name, resource) else {
            let names: Vec<&str> = path.steps[at..].iter().map(|step| step.name.as_str()).collect();
            return insert(layout, map, extent, &names, constant, resource, source);
        };
        let mut value = &field.value;
        if let [only] = value.items() {
            value = only;
        }
        if value.origin.as_ref().is_some_and(|origin| !origin.steps.is_empty()) && layout != Layout::Yaml {
            return None;
        }
        if value.is_null() && layout == Layout::Yaml && field.value.span.is_empty() {
            let names: Vec<&str> = path.steps[at + 1..].iter().map(|step| step.name.as_str()).collect();
            return layout::fill_empty(source, field, &names, constant).map(|edit| vec![edit]);
        }
        map = value.as_map()?;
        extent = value.span;
    }
    match own_field(map, &last.name, resource) {
        Some(field) if field.value.is_null() && field.value.span.is_empty() => {
            Some(vec![Edit::new(field.value.span, format!(" {}", layout.scalar(constant)?))])
        }
        Some(field) => Some(vec![Edit::new(literal(&field.value, resource, sources)?, layout.scalar(constant)?)]),
        None => insert(layout, map, extent, &[last.name.as_str()], constant, resource, source),
    }
}

/// Puts `names[0] … names[n] = constant` into a mapping that lacks the first of them.
fn insert(
    layout: Layout,
    map: &Map,
    extent: Span,
    names: &[&str],
    constant: &Constant,
    resource: &Resource,
    source: &Source,
) -> Option<Vec<Edit>> {
    match layout {
        Layout::Hcl => layout::insert_hcl(source, extent, names, constant),
        Layout::Yaml => {
            let own: Vec<&Field> =
                map.iter().map(|(_, field)| field).filter(|field| resource.span.contains(field.entry)).collect();
            layout::insert_yaml(source, &own, names, constant).map(|edit| vec![edit])
        }
        Layout::Dockerfile => None,
    }
}

fn remove(path: &Path, resource: &Resource, sources: &Sources) -> Option<Edit> {
    let (last, parents) = path.steps.split_last()?;
    let source = sources.get(resource.span.file)?;
    let layout = Layout::of(source.path())?;
    let mut map = &resource.body;
    for step in parents {
        let mut value = &own_field(map, &step.name, resource)?.value;
        if let [only] = value.items() {
            value = only;
        }
        map = value.as_map()?;
    }
    let field = own_field(map, &last.name, resource)?;
    if layout == Layout::Dockerfile || (layout == Layout::Yaml && map.len() < 2 && !parents.is_empty()) {
        return None;
    }
    if field.value.items().len() > 1 && layout == Layout::Hcl && field.value.span != field.entry {
        // Several blocks of one name have one field; its entry is the first alone.
        let is_block = field.value.items().iter().all(|item| item.as_map().is_some_and(|m| m.head != item.span));
        if is_block && !sources.text(field.entry).contains('=') {
            return None;
        }
    }
    let next = map.iter().map(|(_, other)| other.entry.start).filter(|start| *start >= field.entry.end).min();
    layout::cut(source, field.entry, next)
}

fn append(text: &str, resource: &Resource, sources: &Sources) -> Option<Edit> {
    let source = sources.get(resource.span.file)?;
    let newline = layout::newline(source.text());
    let body = source.text().get(..resource.span.end as usize)?;
    let end = body.trim_end().len();
    let mut lines = String::new();
    for line in text.lines() {
        let _ = write!(lines, "{newline}{line}");
    }
    let end = u32::try_from(end).ok().filter(|end| *end >= resource.span.start)?;
    (resource.technology == Technology::Dockerfile || !lines.is_empty())
        .then(|| Edit::new(Span::new(resource.span.file, end, end), lines))
}
