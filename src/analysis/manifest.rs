//! What a module calls outside itself: local folders, and modules that `terraform init` installed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use stockade_source::{FileId, Source};
use stockade_terraform::{Module, ModuleFile};

use crate::Input;
use crate::classify::{is_configuration, resolve};

/// Where `terraform init` says what it installed, below the folder of a root module.
pub const MANIFEST: &str = ".terraform/modules/modules.json";

/// The folders that Terraform's files among `inputs` call, sorted: local modules, and those that the manifests of
/// `terraform init` name.
pub fn wanted_folders(inputs: &[Input]) -> BTreeSet<String> {
    let called = inputs.par_iter().filter(|input| calls(input)).flat_map_iter(|input| {
        let (folder, _) = folder_and_name(&input.path);
        stockade_terraform::called_folders(&Module { folder: folder.into(), files: vec![module_file(input)] })
    });
    let mut folders: BTreeSet<String> = called.map(|folder| folder.to_string()).collect();
    for input in inputs.iter().filter(|input| input.path.ends_with(MANIFEST)) {
        folders.extend(installed(&Source::new(input.path.as_str(), Arc::clone(&input.text))).into_values());
    }
    folders
}

/// A configuration file, parsed apart from the others.
pub(crate) fn module_file(input: &Input) -> ModuleFile {
    let (body, _) = if input.path.ends_with(".json") {
        stockade_terraform::body_from_json(FileId(0), &input.text, false)
    } else {
        stockade_hcl::parse(FileId(0), &input.text)
    };
    ModuleFile {
        id: FileId(0),
        path: Arc::from(input.path.as_str()),
        text: Arc::clone(&input.text),
        body: Arc::new(body),
    }
}

/// Whether a file may call a local module; a look at the text saves most of the reading.
pub(crate) fn calls(input: &Input) -> bool {
    is_configuration(&input.path)
        && input.text.contains("module")
        && ["\"./", "\"../", "\"..\"", "\".\""].iter().any(|source| input.text.contains(source))
}

/// The folders of a manifest by the names of the calls joined by dots.
pub(crate) fn installed(source: &Source) -> BTreeMap<String, String> {
    let (document, _) = stockade_yaml::parse_json(FileId(0), source.text());
    let modules = document.root.as_ref().and_then(|root| root.get("Modules"));
    let folder = root_of(source.path());
    let entries = modules.into_iter().flat_map(|list| list.elements()).filter_map(|entry| {
        let text = |key: &str| entry.get(key).and_then(stockade_yaml::Node::as_str);
        let (key, dir) = (text("Key")?, text("Dir")?);
        (!key.is_empty()).then(|| (key.to_owned(), normal(resolve(folder, &dir.replace('\\', "/")))))
    });
    entries.collect()
}

/// The folder of the root module that a manifest belongs to.
pub(crate) fn root_of(path: &str) -> &str {
    match path.strip_suffix(MANIFEST).unwrap_or(path) {
        "" => ".",
        folder => folder.strip_suffix('/').filter(|folder| !folder.is_empty()).unwrap_or(folder),
    }
}

fn normal(folder: String) -> String {
    if folder.is_empty() { ".".into() } else { folder }
}

/// The folder of a path as modules have it, and the name of the file.
pub(crate) fn folder_and_name(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((folder, name)) => (folder, name),
        None => (".", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    fn input(path: &str, text: &str) -> Input {
        Input { path: path.into(), text: text.into(), invalid: None, role: Role::Judged }
    }

    #[test]
    fn local_and_installed_modules_are_wanted() {
        let manifest = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},
            {"Key":"vpc","Source":"registry.example.com/a/vpc","Version":"1.0.0","Dir":".terraform/modules/vpc"},
            {"Key":"vpc.inner","Source":"./inner","Dir":".terraform/modules/vpc/inner"}]}"#;
        let inputs = [
            input("envs/prod/main.tf", "module \"a\" {\n  source = \"../../modules/a\"\n}\n"),
            input("envs/prod/other.tf", "module \"b\" {\n  source = \"registry.example.com/b\"\n}\n"),
            input("envs/prod/.terraform/modules/modules.json", manifest),
        ];
        let wanted: Vec<String> = wanted_folders(&inputs).into_iter().collect();
        assert_eq!(wanted, ["envs/prod/.terraform/modules/vpc", "envs/prod/.terraform/modules/vpc/inner", "modules/a"]);
    }

    #[test]
    fn a_manifest_belongs_to_the_folder_above() {
        assert_eq!(root_of(".terraform/modules/modules.json"), ".");
        assert_eq!(root_of("a/b/.terraform/modules/modules.json"), "a/b");
    }
}
