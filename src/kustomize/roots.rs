//! Which kustomizations are built, and which files they take.

use std::collections::{BTreeMap, BTreeSet};

use stockade_model::Value;

use crate::kustomization::{Kustomization, is_kustomization, paths_in};
use crate::shape::{maps, named, texts};
use crate::tree::{Tree, folder_of, is_remote, join};

/// The kustomizations of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots {
    /// The folders whose kustomizations are built: no other one uses them. Sorted.
    pub folders: Vec<String>,
    /// For each folder with a kustomization, whether it is built or not, the files that it names itself: resources,
    /// patches, what generators read, and the kustomization file. None of them stands for itself alone, but for the
    /// resources of a component that nothing uses, which are not among them.
    pub files: BTreeMap<String, Vec<String>>,
}

/// Finds the kustomizations of a tree.
pub fn roots(tree: &Tree<'_>) -> Roots {
    let folders: BTreeSet<String> =
        tree.paths().filter(|path| is_kustomization(path)).map(|path| folder_of(path).to_owned()).collect();
    let mut named: BTreeMap<String, Named> = BTreeMap::new();
    for folder in &folders {
        if let Some(kustomization) = Kustomization::read(folder, tree) {
            named.insert(folder.clone(), Named::of(&kustomization, tree));
        }
    }
    let used: BTreeSet<&String> = named.values().flat_map(|named| &named.folders).collect();
    let mut built: Vec<&String> = named
        .iter()
        .filter(|(folder, named)| !named.component && !used.contains(folder))
        .map(|(folder, _)| folder)
        .collect();
    // Of kustomizations that use one another in a circle, the first is built, so that the circle is told.
    let mut reached = reach(&built, &named);
    for (folder, one) in &named {
        if !one.component && !reached.contains(folder) {
            built.push(folder);
            reached.extend(reach(&[folder], &named));
        }
    }
    let mut roots = Roots { folders: built.iter().map(|folder| (*folder).clone()).collect(), files: BTreeMap::new() };
    roots.folders.sort();
    for (folder, one) in &named {
        let mut files = one.files.clone();
        if !one.component || reached.contains(folder) {
            files.extend(one.resources.iter().cloned());
        }
        roots.files.insert(folder.clone(), files.into_iter().collect());
    }
    roots
}

/// What the kustomizations of a tree name and the tree has not: files, or folders with a kustomization. Nothing that
/// would have to be fetched is among it.
pub fn missing(tree: &Tree<'_>) -> BTreeSet<String> {
    let paths = tree.paths().filter(|path| is_kustomization(path));
    let named = paths.filter_map(|path| Kustomization::read(folder_of(path), tree));
    let named = named.map(|kustomization| Named::of(&kustomization, tree));
    let all = named.flat_map(|named| named.folders.into_iter().chain(named.missing));
    let here = |path: &String| !paths_in(path, tree).is_empty();
    all.filter(|path| !is_remote(path) && !here(path)).collect()
}

/// What one kustomization names.
struct Named {
    component: bool,
    /// The folders of other kustomizations.
    folders: BTreeSet<String>,
    /// The files of objects.
    resources: BTreeSet<String>,
    /// All other files, its own among them.
    files: BTreeSet<String>,
    /// Files that are not in the tree.
    missing: BTreeSet<String>,
}

impl Named {
    fn of(kustomization: &Kustomization<'_>, tree: &Tree<'_>) -> Named {
        let fields = &kustomization.fields;
        let own = BTreeSet::from([kustomization.path.clone()]);
        let component = kustomization.is_component();
        let empty = BTreeSet::new;
        let mut all = Named { component, folders: empty(), resources: empty(), files: own, missing: empty() };
        let full = |path: &Value| path.as_text().map(|path| join(&kustomization.folder, path));
        for key in ["resources", "components", "generators", "transformers", "validators"] {
            for path in texts(fields, key).filter_map(full) {
                if tree.file(&path).is_none() {
                    all.folders.insert(path);
                } else if key == "resources" {
                    all.resources.insert(path);
                } else {
                    all.files.insert(path);
                }
            }
        }
        let mut files: Vec<String> = Vec::new();
        for key in ["patchesStrategicMerge", "crds", "configurations"] {
            files.extend(texts(fields, key).filter_map(full));
        }
        for key in ["patches", "patchesJson6902", "replacements"] {
            files.extend(maps(fields, key).filter_map(|entry| named(entry, "path")).filter_map(full));
        }
        for key in ["configMapGenerator", "secretGenerator"] {
            for arguments in maps(fields, key) {
                files.extend(texts(arguments, "envs").filter_map(full));
                let paths = texts(arguments, "files").filter_map(Value::as_text);
                files.extend(
                    paths
                        .map(|path| path.split_once('=').map_or(path, |(_, path)| path))
                        .map(|path| join(&kustomization.folder, path)),
                );
            }
        }
        let openapi = fields.get("openapi").and_then(Value::as_map).and_then(|openapi| named(openapi, "path"));
        files.extend(openapi.and_then(full));
        for path in files {
            if tree.file(&path).is_some() {
                all.files.insert(path);
            } else {
                all.missing.insert(path);
            }
        }
        all
    }
}

/// The folders that are used by others, directly or not, and those themselves.
fn reach(from: &[&String], named: &BTreeMap<String, Named>) -> BTreeSet<String> {
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut left: Vec<&String> = from.to_vec();
    while let Some(folder) = left.pop() {
        if reached.insert(folder.clone())
            && let Some(named) = named.get(folder)
        {
            left.extend(&named.folders);
        }
    }
    reached
}
