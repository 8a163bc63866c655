//! Terraform: files to modules, modules to roots.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use stockade_hcl::Body;
use stockade_model::{CompactString, Lowered, Technology};
use stockade_source::{FileId, Sources, SyntaxError};
use stockade_terraform::{Assignment, FileRead, Given, Inputs, Module, ModuleFile, VariablesFile, Workspace};

use crate::Part;
use crate::classify::{file_name, is_installed};
use crate::environments::Assigned;
use crate::manifest::{self, folder_and_name, root_of};
use crate::wanted::Files;

/// Parses every file, finds the root modules and lowers each of them.
pub(crate) fn read(
    sources: &Sources,
    files: &[FileId],
    installed: &[FileId],
    known: &Files<'_>,
    variables: &Assigned,
) -> Part {
    let parsed: Vec<Parsed> = files.par_iter().map(|id| parse(sources, *id)).collect();
    let mut tree = Tree::new(sources, known, &parsed);
    for source in installed.iter().filter_map(|id| sources.get(*id)) {
        tree.installed.insert(root_of(source.path()).to_owned(), manifest::installed(source));
    }
    let assignment = |name: &CompactString, id: FileId| {
        let text = sources.get(id).map_or_else(|| Arc::from(""), stockade_source::Source::shared_text);
        Assignment { name: name.clone(), id, text }
    };
    let mut errors = vec![];
    let given = variables.given.iter().map(|(name, id)| match name {
        Some(name) => Given::Value(assignment(name, *id)),
        None => {
            let file = parse(sources, *id);
            errors.extend(file.errors.iter().cloned());
            Given::File(file.variables())
        }
    });
    let asked = Inputs {
        environment: variables.environment.iter().map(|(name, id)| assignment(name, *id)).collect(),
        tfvars: vec![],
        given: given.collect(),
        workspace: variables.workspace.clone(),
    };
    let roots: Vec<&Module> = tree.roots();
    let lowered: Vec<Lowered> = roots
        .par_iter()
        .map(|root| {
            let tfvars = tree.tfvars.get(root.folder.as_str()).cloned().unwrap_or_default();
            let mut lowered = stockade_terraform::lower(root, &Inputs { tfvars, ..asked.clone() }, &tree);
            stockade_kubernetes::extend(&mut lowered);
            lowered
        })
        .collect();
    Part {
        lowered,
        files: vec![(Technology::Terraform, files.len())],
        errors: parsed.iter().flat_map(|file| file.errors.iter().cloned()).chain(errors).collect(),
        ..Part::default()
    }
}

struct Parsed {
    id: FileId,
    path: Arc<str>,
    text: Arc<str>,
    body: Arc<Body>,
    errors: Vec<SyntaxError>,
}

fn parse(sources: &Sources, id: FileId) -> Parsed {
    let path = sources.path(id);
    let text = sources.get(id).map_or_else(|| Arc::from(""), stockade_source::Source::shared_text);
    let (body, errors) = if path.ends_with(".json") {
        stockade_terraform::body_from_json(id, &text, path.ends_with(".tfvars.json"))
    } else {
        stockade_hcl::parse(id, &text)
    };
    Parsed { id, path: path.into(), text, body: Arc::new(body), errors }
}

impl Parsed {
    fn folder(&self) -> &str {
        folder_and_name(&self.path).0
    }

    fn variables(&self) -> VariablesFile {
        VariablesFile { id: self.id, path: Arc::clone(&self.path), body: Arc::clone(&self.body) }
    }
}

/// The modules of a run, by folder.
struct Tree<'s> {
    sources: &'s Sources,
    known: &'s Files<'s>,
    modules: BTreeMap<String, Module>,
    /// The variables files that Terraform reads by itself, by folder, in its order.
    tfvars: BTreeMap<String, Vec<VariablesFile>>,
    /// What `terraform init` installed for a root module: folders by the names of the calls joined by dots.
    installed: BTreeMap<String, BTreeMap<String, String>>,
}

impl<'s> Tree<'s> {
    fn new(sources: &'s Sources, known: &'s Files<'s>, parsed: &[Parsed]) -> Self {
        let mut modules: BTreeMap<String, Module> = BTreeMap::new();
        let mut tfvars: BTreeMap<String, Vec<(u8, VariablesFile)>> = BTreeMap::new();
        for file in parsed {
            let (folder, name) = (file.folder(), file_name(&file.path));
            if name.ends_with(".tfvars") || name.ends_with(".tfvars.json") {
                if let Some(rank) = precedence(name) {
                    tfvars.entry(folder.to_owned()).or_default().push((rank, file.variables()));
                }
                continue;
            }
            let module = modules
                .entry(folder.to_owned())
                .or_insert_with(|| Module { folder: CompactString::from(folder), ..Module::default() });
            module.files.push(ModuleFile {
                id: file.id,
                path: Arc::clone(&file.path),
                text: Arc::clone(&file.text),
                body: Arc::clone(&file.body),
            });
        }
        let tfvars = tfvars
            .into_iter()
            .map(|(folder, mut files)| {
                files.sort_by(|(a, x), (b, y)| (a, file_name(&x.path)).cmp(&(b, file_name(&y.path))));
                (folder, files.into_iter().map(|(_, file)| file).collect())
            })
            .collect();
        // OpenTofu passes over a file of Terraform's where it has one of the same name itself.
        for module in modules.values_mut() {
            let own: Vec<Arc<str>> = module.files.iter().map(|file| Arc::clone(&file.path)).collect();
            module.files.retain(|file| {
                let tofu = match (file.path.strip_suffix(".tf"), file.path.strip_suffix(".tf.json")) {
                    (Some(stem), _) => format!("{stem}.tofu"),
                    (None, Some(stem)) => format!("{stem}.tofu.json"),
                    (None, None) => return true,
                };
                !own.iter().any(|path| **path == *tofu)
            });
        }
        Tree { sources, known, modules, tfvars, installed: BTreeMap::new() }
    }

    /// The modules that no other module calls, without installed ones, which are somebody else's; of modules that only call one another in a circle, the first.
    fn roots(&self) -> Vec<&Module> {
        let calls: BTreeMap<&str, Vec<CompactString>> = self
            .modules
            .iter()
            .map(|(folder, module)| (folder.as_str(), stockade_terraform::called_folders(module)))
            .collect();
        let called: BTreeSet<&str> = calls
            .iter()
            .filter(|(caller, _)| !is_installed(caller))
            .flat_map(|(caller, folders)| folders.iter().map(|f| f.as_str()).filter(move |f| f != caller))
            .collect();
        let own = || self.modules.keys().map(String::as_str).filter(|folder| !is_installed(folder));
        let mut roots: Vec<&str> = own().filter(|folder| !called.contains(folder)).collect();
        let mut reached = BTreeSet::new();
        let mut queue = roots.clone();
        let mut rest = own();
        loop {
            while let Some(folder) = queue.pop() {
                if let Some((folder, _)) = self.modules.get_key_value(folder)
                    && reached.insert(folder.as_str())
                {
                    queue.extend(calls.get(folder.as_str()).into_iter().flatten().map(CompactString::as_str));
                }
            }
            let Some(left) = rest.find(|folder| !reached.contains(folder)) else { break };
            roots.push(left);
            queue.push(left);
        }
        roots.sort_unstable();
        roots.iter().filter_map(|folder| self.modules.get(*folder)).collect()
    }
}

/// The place of a variables file in Terraform's order; `None` for one that is read only when it is named.
fn precedence(name: &str) -> Option<u8> {
    match name {
        "terraform.tfvars" => Some(0),
        "terraform.tfvars.json" => Some(1),
        _ if name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json") => Some(2),
        _ => None,
    }
}

impl Workspace for Tree<'_> {
    fn module(&self, folder: &str) -> Option<&Module> {
        self.modules.get(folder)
    }

    fn read_file(&self, path: &str) -> FileRead<'_> {
        match self.sources.find(path) {
            Some((id, _)) if self.known.is_binary(id) => FileRead::Binary,
            Some((id, source)) => FileRead::Text(id, source.text()),
            None if self.known.is_absent(path) => FileRead::Absent,
            None => FileRead::Unknown,
        }
    }

    fn list(&self, folder: &str) -> Option<Vec<CompactString>> {
        Some(self.known.list(folder)?.into_iter().map(CompactString::from).collect())
    }

    fn installed(&self, root: &str, calls: &str) -> Option<CompactString> {
        self.installed.get(root)?.get(calls).map(CompactString::from)
    }
}
