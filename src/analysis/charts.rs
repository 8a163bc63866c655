//! Helm charts: rendered, and lowered as the manifests that they become.

use std::sync::Arc;

use rayon::prelude::*;
use stockade_helm::{File, Inputs};
use stockade_model::Technology;
use stockade_source::{FileId, Sources};
use stockade_yaml::Node;

use crate::Part;
use crate::classify::resolve;

/// Renders every chart among the files.
pub(crate) fn read(sources: &Sources, files: &[FileId], inputs: &Inputs) -> Part {
    let named: Vec<(String, FileId, Arc<str>)> = files
        .iter()
        .filter_map(|id| sources.get(*id).map(|source| (unpacked(source.path()), *id, source.shared_text())))
        .collect();
    let folders = stockade_helm::folders(named.iter().map(|(path, ..)| path.as_str()));
    let parts: Vec<Part> = folders
        .par_iter()
        .map(|folder| {
            let within = |path: &'_ str| match *folder {
                "" => Some(0),
                folder => path.strip_prefix(folder)?.starts_with('/').then_some(folder.len() + 1),
            };
            let own =
                named.iter().filter_map(|(path, id, text)| Some((path.get(within(path)?..)?.to_owned(), *id, text)));
            let mut whole: Vec<(String, FileId, &Arc<str>)> = own.collect();
            for (name, source) in beside(folder, &whole) {
                whole.extend(named.iter().filter_map(|(path, id, text)| {
                    let inner = path.strip_prefix(&source)?.strip_prefix('/')?;
                    Some((format!("charts/{name}/{inner}"), *id, text))
                }));
            }
            let files: Vec<File<'_>> = whole.iter().map(|(path, id, text)| File { path, id: *id, text }).collect();
            chart(folder, &files, inputs)
        })
        .collect();
    parts.into_iter().fold(Part::default(), Part::append)
}

/// The dependencies that a chart takes from folders beside it (`repository: file://../library`) and that nobody has put into
/// its folder `charts` yet: their names, and their folders.
fn beside(folder: &str, files: &[(String, FileId, &Arc<str>)]) -> Vec<(String, String)> {
    let lists = files.iter().filter(|(path, ..)| matches!(path.as_str(), "Chart.yaml" | "requirements.yaml"));
    let documents = lists.flat_map(|(_, id, text)| stockade_yaml::parse(*id, text).0);
    let mut out = vec![];
    for root in documents.filter_map(|document| document.root) {
        for dependency in root.get("dependencies").map_or(&[][..], Node::elements) {
            let text = |key| dependency.get(key).and_then(Node::as_str);
            let (Some(name), Some(repository)) = (text("name"), text("repository")) else { continue };
            let Some(path) = repository.strip_prefix("file://").filter(|path| !path.starts_with('/')) else { continue };
            let there = format!("charts/{name}/");
            if !files.iter().any(|(path, ..)| path.starts_with(&there)) {
                out.push((name.to_owned(), resolve(folder, path)));
            }
        }
    }
    out
}

/// The path that a file would have were its archive unpacked: `charts/x-1.0.tgz/x/a` is `charts/x/a`.
fn unpacked(path: &str) -> String {
    let is_archive = |part: &&str| part.ends_with(".tgz") || part.ends_with(".tar.gz");
    path.split('/').filter(|part| !is_archive(part)).collect::<Vec<_>>().join("/")
}

fn chart(folder: &str, files: &[File<'_>], inputs: &Inputs) -> Part {
    let rendered = stockade_helm::render(files, inputs);
    let project = if folder.is_empty() { "." } else { folder };
    let mut lowered = stockade_kubernetes::lower_values(project, rendered.values.into_iter().chain(rendered.crds));
    for resource in &mut lowered.resources {
        resource.via = Some("helm");
    }
    Part {
        lowered: vec![lowered],
        files: vec![(Technology::Kubernetes, rendered.templates.len())],
        errors: rendered.incomplete,
        ..Part::default()
    }
}
