//! Helm charts: rendered, and lowered as the manifests that they become.

use std::sync::Arc;

use rayon::prelude::*;
use stockade_helm::{File, Inputs};
use stockade_model::Technology;
use stockade_source::{FileId, Sources};

use crate::Part;

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
            let files = named
                .iter()
                .filter_map(|(path, id, text)| Some(File { path: path.get(within(path)?..)?, id: *id, text }));
            chart(folder, &files.collect::<Vec<_>>(), inputs)
        })
        .collect();
    parts.into_iter().fold(Part::default(), Part::append)
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
