//! Tests by theme.

mod bounds;
mod corpus;
mod expressions;
mod instances;
mod modules;
mod oracle;
mod origins;
mod providers;
mod structures;

use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Link, Local, Lowered, Resource, Value};
use stockade_source::{FileId, Source, Sources, Span};

use crate::{FileRead, Inputs, Module, ModuleFile, VariablesFile, Workspace, body_from_json, lower};

/// A tree of files in memory.
struct Tree {
    modules: HashMap<String, Module>,
    files: HashMap<String, FileId>,
    sources: Sources,
    inputs: Inputs,
}

impl Workspace for Tree {
    fn module(&self, folder: &str) -> Option<&Module> {
        self.modules.get(folder)
    }

    fn read_file(&self, path: &str) -> FileRead<'_> {
        match self.files.get(path).and_then(|id| Some((*id, self.sources.get(*id)?))) {
            Some((id, source)) => FileRead::Text(id, source.text()),
            None if path.starts_with(['/', '.']) => FileRead::Unknown,
            None => FileRead::Absent,
        }
    }

    fn list(&self, folder: &str) -> Option<Vec<CompactString>> {
        let below = |path: &String| match folder {
            "." => Some(CompactString::from(path)),
            folder => path.strip_prefix(folder)?.strip_prefix('/').map(CompactString::from),
        };
        Some(self.files.keys().filter_map(below).collect())
    }
}

/// What was lowered, with what it was lowered from.
struct Lower {
    lowered: Lowered,
    sources: Sources,
}

/// Lowers the root module in `.` of a tree of files.
fn lowered(files: &[(&str, &str)]) -> Lower {
    let mut tree =
        Tree { modules: HashMap::new(), files: HashMap::new(), sources: Sources::default(), inputs: Inputs::default() };
    for (path, text) in files {
        let id = tree.sources.add(Source::new(*path, *text));
        tree.files.insert((*path).to_owned(), id);
        let (body, errors) = match *path {
            _ if path.ends_with(".json") => body_from_json(id, text, path.ends_with(".tfvars.json")),
            _ => stockade_hcl::parse(id, text),
        };
        let body = Arc::new(body);
        if path.ends_with(".tfvars") || path.ends_with(".tfvars.json") {
            tree.inputs.tfvars.push(VariablesFile { id, path: Arc::from(*path), body });
        } else if path.ends_with(".tf") || path.ends_with(".tf.json") {
            assert_eq!(errors, [], "{path}");
            let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
            let module = tree.modules.entry(folder.to_owned()).or_default();
            module.folder = folder.into();
            module.files.push(ModuleFile { id, path: Arc::from(*path), text: Arc::from(*text), body });
        }
    }
    let root = tree.modules["."].clone();
    let lowered = lower(&root, &tree.inputs, &tree);
    Lower { lowered, sources: tree.sources }
}

/// Lowers one file.
fn main(text: &str) -> Lower {
    lowered(&[("main.tf", text)])
}

/// The value of an expression with nothing around it.
fn eval(expr: &str) -> Value {
    let result = main(&format!("locals {{\n  x = {expr}\n}}\n"));
    result.at("local.x", &["value"]).clone()
}

impl Lower {
    fn resource(&self, address: &str) -> &Resource {
        let found = self.lowered.resources.iter().find(|resource| resource.address == address);
        found.unwrap_or_else(|| panic!("no {address} among {:?}", self.addresses()))
    }

    fn addresses(&self) -> Vec<&str> {
        self.lowered.resources.iter().map(|resource| resource.address.as_str()).collect()
    }

    /// The addresses of resources and data sources alone.
    fn managed(&self) -> Vec<&str> {
        let plain = ["variable", "local", "output", "module", "terraform"];
        self.lowered.resources.iter().filter(|r| !plain.contains(&&*r.kind)).map(|r| r.address.as_str()).collect()
    }

    /// A value by fields, and by positions in lists.
    fn at(&self, address: &str, path: &[&str]) -> &Value {
        self.find(address, path).unwrap_or_else(|| panic!("no {path:?} in {:#?}", self.resource(address).body))
    }

    fn find(&self, address: &str, path: &[&str]) -> Option<&Value> {
        let mut steps = path.iter();
        let mut value = self.resource(address).body.get(steps.next()?)?;
        for step in steps {
            value = match step.parse::<usize>() {
                Ok(at) => value.items().get(at)?,
                Err(_) => value.get(step)?,
            };
        }
        Some(value)
    }

    fn text(&self, span: Span) -> &str {
        self.sources.text(span)
    }

    /// Where a value came from: the way and the text of each step.
    fn steps(&self, value: &Value) -> Vec<(String, &str)> {
        let steps = value.origin.as_ref().map_or(&[][..], |origin| &origin.steps);
        steps.iter().map(|step| (step.via.to_string(), self.text(step.span))).collect()
    }

    fn targets<'a>(&'a self, value: &'a Value) -> Vec<(&'a str, &'a str)> {
        let address = |local: Local| self.lowered.resources[local.0 as usize].address.as_str();
        value.targets().iter().map(|t| (address(t.resource), t.attribute.as_str())).collect()
    }

    fn links(&self) -> Vec<(&str, &str, &str)> {
        let address = |local: Local| self.lowered.resources[local.0 as usize].address.as_str();
        self.lowered
            .links
            .iter()
            .map(|Link { from, to, label, .. }| (address(*from), label.as_str(), address(*to)))
            .collect()
    }
}

/// The reason and the subject of something unknown.
fn why(value: &Value) -> (stockade_model::Reason, CompactString) {
    let why = value.why().unwrap_or_else(|| panic!("known: {value:?}"));
    (why.reason, why.subject.clone())
}
