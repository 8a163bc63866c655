//! Kustomizations: built, and lowered as the manifests that they become.

use std::collections::BTreeSet;

use rayon::prelude::*;
use stockade_kustomize::{Tree, build, is_kustomization, missing, roots};
use stockade_model::Technology;
use stockade_source::{FileId, Sources};

use crate::{Input, Part, Role};

/// What the kustomizations among `inputs` name that is not among them: files, or folders with a kustomization.
pub fn wanted_overlays(inputs: &[Input]) -> BTreeSet<String> {
    if !inputs.iter().any(|input| is_kustomization(&input.path)) {
        return BTreeSet::new();
    }
    let files = inputs.iter().filter(|input| input.role != Role::Folder);
    missing(&Tree::new(files.map(|input| (input.path.as_str(), FileId(0), &*input.text))))
}

/// Builds every kustomization that no other one uses; the paths of the files that went into them stand for nothing by
/// themselves any more. Where nothing comes of a build, its files are left to be read as they stand.
pub(crate) fn read(sources: &Sources, files: &[FileId]) -> (Part, BTreeSet<String>) {
    let files = files.iter().filter_map(|id| sources.get(*id).map(|source| (source.path(), *id, source.text())));
    let files: Vec<(&str, FileId, &str)> = files.collect();
    if !files.iter().any(|(path, ..)| is_kustomization(path)) {
        return (Part::default(), BTreeSet::new());
    }
    let tree = Tree::new(files);
    let roots = roots(&tree);
    let built: Vec<(Part, Vec<String>)> = roots
        .folders
        .par_iter()
        .map(|folder| {
            let built = build(folder, &tree);
            let project = if folder.is_empty() { "." } else { folder };
            let used = if built.values.is_empty() && !built.incomplete.is_empty() { vec![] } else { built.used };
            let mut lowered = stockade_kubernetes::lower_values(project, built.values);
            for resource in &mut lowered.resources {
                resource.via = Some("kustomize");
            }
            (Part { lowered: vec![lowered], errors: built.incomplete, ..Part::default() }, used)
        })
        .collect();
    let mut part = Part::default();
    let mut used: BTreeSet<String> = BTreeSet::new();
    for (one, files) in built {
        part = part.append(one);
        used.extend(files);
    }
    part.files = vec![(Technology::Kubernetes, used.len())];
    (part, used)
}
