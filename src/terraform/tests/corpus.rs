//! Real repositories: lowering ends, and what Terraform accepts is not called invalid without need.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use stockade_model::{Kind, Reason, Value};
use stockade_source::{Source, Sources};

use super::Tree;
use crate::{Inputs, Module, ModuleFile, called_folders, lower};

fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !entry.file_name().to_string_lossy().starts_with('.') => walk(&path, out),
            Ok(kind) if kind.is_file() => out.push(path),
            _ => {}
        }
    }
}

/// Counts what is unknown, by reason, and the rest.
fn count(value: &Value, sources: &Sources, out: &mut BTreeMap<String, usize>, invalid: &mut HashMap<String, usize>) {
    if let Some(why) = value.why() {
        *out.entry(format!("{:?}", why.reason)).or_default() += 1;
        if matches!(why.reason, Reason::Invalid | Reason::Function) {
            let text = sources.text(why.span).chars().take(100).collect::<String>();
            *invalid.entry(format!("{:?} {} {text:?}", why.reason, why.subject)).or_default() += 1;
        }
    } else if !matches!(value.kind, Kind::List(_) | Kind::Map(_)) {
        *out.entry("known".into()).or_default() += 1;
    }
    value.items().iter().for_each(|item| count(item, sources, out, invalid));
    value
        .as_map()
        .into_iter()
        .flat_map(|map| map.iter())
        .for_each(|(_, field)| count(&field.value, sources, out, invalid));
}

#[test]
fn repositories_are_lowered() {
    let Some(data) = std::env::var_os("STOCKADE_DATA") else {
        println!("skipped: STOCKADE_DATA is not set");
        return;
    };
    let run = move || {
        let (mut values, mut invalid) = (BTreeMap::new(), HashMap::new());
        let (mut roots, mut resources, mut spent, mut slowest) =
            (0, 0, Duration::ZERO, (Duration::ZERO, String::new()));
        let mut missing = 0;
        for repository in std::fs::read_dir(Path::new(&data).join("corpus")).unwrap().flatten() {
            let mut paths = Vec::new();
            walk(&repository.path(), &mut paths);
            paths.sort();
            let mut tree = Tree {
                modules: HashMap::new(),
                files: HashMap::new(),
                sources: Sources::default(),
                inputs: Inputs::default(),
            };
            for path in paths {
                let name = path.strip_prefix(repository.path()).unwrap().to_string_lossy().into_owned();
                let Ok(text) = std::fs::read_to_string(&path) else { continue };
                if text.len() > 1 << 20 {
                    continue;
                }
                let text: Arc<str> = text.into();
                let id = tree.sources.add(Source::new(name.as_str(), text.clone()));
                tree.files.insert(name.clone(), id);
                let body = match () {
                    () if name.ends_with(".tf") => Arc::new(stockade_hcl::parse(id, &text).0),
                    () if name.ends_with(".tf.json") => Arc::new(crate::body_from_json(id, &text, false).0),
                    () => continue,
                };
                let folder = name.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
                let module = tree.modules.entry(folder.clone()).or_default();
                module.folder = folder.into();
                module.files.push(ModuleFile { id, path: name.as_str().into(), text, body });
            }
            let called: Vec<_> = tree.modules.values().flat_map(called_folders).collect();
            let mut folders: Vec<&Module> = tree.modules.values().filter(|m| !called.contains(&m.folder)).collect();
            folders.sort_by_key(|module| &module.folder);
            for root in folders {
                let start = Instant::now();
                let lowered = lower(root, &tree.inputs, &tree);
                let took = start.elapsed();
                spent += took;
                if took > slowest.0 {
                    slowest = (took, format!("{}/{}", repository.file_name().display(), root.folder));
                }
                roots += 1;
                resources += lowered.resources.len();
                missing += lowered.incomplete.len();
                for (_, field) in lowered.resources.iter().flat_map(|resource| resource.body.iter()) {
                    count(&field.value, &tree.sources, &mut values, &mut invalid);
                }
            }
        }
        println!("{roots} roots, {resources} resources, {missing} incomplete in {spent:?}; slowest {slowest:?}");
        println!("{values:?}");
        let mut invalid: Vec<_> = invalid.into_iter().collect();
        invalid.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        for (subject, n) in invalid.iter().take(60) {
            println!("{n:6} {subject}");
        }
    };
    std::thread::Builder::new().stack_size(8 << 20).spawn(run).unwrap().join().unwrap();
}
