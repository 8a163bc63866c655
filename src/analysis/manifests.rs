//! YAML and JSON: documents told apart by what they say, and handed to Kubernetes, Ansible or Compose.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use stockade_ansible::FileKind;
use stockade_model::{Kind, Lowered, Map, Part as TextPart, Reason, Technology, Value, Why};
use stockade_source::{FileId, Sources};
use stockade_yaml::{Document, Node, NodeKind};

use crate::Part;

/// Parses every file and lowers what is Kubernetes, Ansible or Compose, project by project.
pub(crate) fn read(sources: &Sources, files: &[FileId]) -> Part {
    let mut projects: BTreeMap<&str, Vec<FileId>> = BTreeMap::new();
    for id in files {
        projects.entry(stockade_ansible::project(sources.path(*id))).or_default().push(*id);
    }
    let projects: Vec<(&str, Vec<FileId>)> = projects.into_iter().collect();
    projects
        .par_iter()
        .map(|(folder, files)| read_project(sources, folder, files))
        .collect::<Vec<Part>>()
        .into_iter()
        .fold(Part::default(), Part::append)
}

struct Parsed {
    id: FileId,
    documents: Vec<Document>,
    kind: Contents,
}

enum Contents {
    Kubernetes,
    Ansible(FileKind),
    Compose,
    Other,
}

fn read_project(sources: &Sources, folder: &str, files: &[FileId]) -> Part {
    let mut part = Part::default();
    let mut parsed = vec![];
    for id in files {
        let Some(source) = sources.get(*id) else { continue };
        let json = source.path().ends_with(".json");
        let (documents, errors) = if json {
            let (document, errors) = stockade_yaml::parse_json(*id, source.text());
            (vec![document], errors)
        } else {
            stockade_yaml::parse(*id, source.text())
        };
        let kind = contents(source.path(), &documents);
        // A text with template marks that is broken, or in which a bare `{{ x }}` was read as a mapping in a mapping's
        // key, is a template, whatever the parser took it for.
        let marked = source.text().contains("{{") || source.text().contains("{%");
        let roots = || documents.iter().filter_map(|document| document.root.as_ref());
        if marked && (!errors.is_empty() || roots().any(has_bare_mark)) {
            part.templated.push(*id);
            continue;
        }
        if !(errors.is_empty() || json && matches!(kind, Contents::Other)) {
            part.errors.extend(errors);
        }
        parsed.push(Parsed { id: *id, documents, kind });
    }
    let manifests: Vec<&Parsed> = parsed.iter().filter(|file| matches!(file.kind, Contents::Kubernetes)).collect();
    if !manifests.is_empty() {
        part.files.push((Technology::Kubernetes, manifests.len()));
        let mut by_folder: BTreeMap<&str, Vec<&Parsed>> = BTreeMap::new();
        for file in manifests {
            let folder = sources.path(file.id).rsplit_once('/').map_or(".", |(folder, _)| folder);
            by_folder.entry(folder).or_default().push(file);
        }
        part.lowered.extend(by_folder.into_iter().map(|(folder, files)| kubernetes(sources, folder, &files)));
    }
    let tasks: Vec<stockade_ansible::File<'_>> = parsed
        .iter()
        .filter_map(|file| match file.kind {
            Contents::Ansible(kind) => {
                let source = sources.get(file.id)?;
                Some(stockade_ansible::File {
                    id: file.id,
                    path: source.path(),
                    text: source.text(),
                    kind,
                    documents: &file.documents,
                })
            }
            _ => None,
        })
        .collect();
    if !tasks.is_empty() {
        part.files.push((Technology::Ansible, tasks.len()));
        let mut lowered = stockade_ansible::lower(folder, &tasks);
        stockade_kubernetes::extend(&mut lowered);
        part.lowered.push(lowered);
    }
    let services: Vec<&Parsed> = parsed.iter().filter(|file| matches!(file.kind, Contents::Compose)).collect();
    if !services.is_empty() {
        part.files.push((Technology::Compose, services.len()));
        for file in services {
            for root in file.documents.iter().filter_map(|document| document.root.as_ref()) {
                let mut lowered = stockade_compose::lower(sources.path(file.id), root);
                stockade_kubernetes::extend(&mut lowered);
                part.lowered.push(lowered);
            }
        }
    }
    part.other += parsed.iter().filter(|file| matches!(file.kind, Contents::Other)).count();
    part
}

/// Whether a mapping or sequence is a key somewhere. The parser bounds the depth; aliases are not followed.
fn has_bare_mark(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Mapping(entries) => entries.iter().any(|entry| {
            matches!(entry.key.kind, NodeKind::Mapping(_) | NodeKind::Sequence(_)) || has_bare_mark(&entry.value)
        }),
        NodeKind::Sequence(nodes) => nodes.iter().any(has_bare_mark),
        NodeKind::Scalar(_) | NodeKind::Alias(..) => false,
    }
}

fn contents(path: &str, documents: &[Document]) -> Contents {
    let mut roots = documents.iter().filter_map(|document| document.root.as_ref());
    if roots.clone().any(stockade_kubernetes::is_manifest) {
        return Contents::Kubernetes;
    }
    if roots.clone().any(stockade_compose::is_compose) {
        return Contents::Compose;
    }
    roots.find_map(|root| stockade_ansible::classify(path, root)).map_or(Contents::Other, Contents::Ansible)
}

fn kubernetes(sources: &Sources, folder: &str, files: &[&Parsed]) -> Lowered {
    let documents = files.iter().flat_map(|file| &file.documents);
    let roots: Vec<&Node> = documents.filter_map(|document| document.root.as_ref()).collect();
    let mut lowered = stockade_kubernetes::lower(folder, roots);
    if files.iter().any(|file| sources.get(file.id).is_some_and(|source| source.text().contains("{{"))) {
        for resource in &mut lowered.resources {
            hide_templates(&mut resource.body);
        }
    }
    lowered
}

/// Makes texts with template marks unknown: something will fill them in before the cluster sees them.
fn hide_templates(map: &mut Map) {
    for (_, field) in map.iter_mut() {
        hide(&mut field.value);
    }
}

fn hide(value: &mut Value) {
    match &mut value.kind {
        Kind::Text(text) if text.contains("{{") => {
            let why =
                |subject: &str| Arc::new(Why { reason: Reason::Template, subject: subject.into(), span: value.span });
            let mut parts = vec![];
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once("{{") {
                if !before.is_empty() {
                    parts.push(TextPart::Known(before.into()));
                }
                let (inner, tail) = after.split_once("}}").unwrap_or((after, ""));
                parts.push(TextPart::Unknown(why(inner.trim())));
                rest = tail;
            }
            if !rest.is_empty() {
                parts.push(TextPart::Known(rest.into()));
            }
            value.kind = match parts.as_slice() {
                [TextPart::Unknown(why)] => Kind::Unknown(Arc::clone(why)),
                _ => Kind::Template(parts.into()),
            };
        }
        Kind::List(list) => list.items.iter_mut().for_each(hide),
        Kind::Map(map) => hide_templates(map),
        _ => {}
    }
}
