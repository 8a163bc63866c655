//! What a run reads beside the files that are of a language by their names, and what it knows of folders.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rayon::prelude::*;
use stockade_model::CompactString;
use stockade_source::FileId;
use stockade_terraform::{Module, ModuleFile, NamedFiles, called_folders, named_files};

use crate::classify::{file_name, is_configuration};
use crate::manifest::{calls, folder_and_name, module_file};
use crate::{Input, Role};

/// How many folders a module is looked for that call it, through others too.
const MAX_CALLERS: usize = 256;

/// What a run reads beside the files that are of a language by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What the functions of Terraform name.
    pub terraform: NamedFiles,
    /// The folders of Helm charts, of which every file is wanted; not those that lie in another one.
    pub charts: BTreeSet<String>,
}

/// What the files among `inputs` name. The modules that they call should be among them.
pub fn wanted_files(inputs: &[Input]) -> Wanted {
    let own = || inputs.iter().filter(|input| matches!(input.role, Role::Judged | Role::Context));
    let charts =
        own().filter(|input| file_name(&input.path) == "Chart.yaml").map(|input| folder_and_name(&input.path).0);
    let charts: BTreeSet<&str> = charts.collect();
    let outer = charts.iter().filter(|folder| !ancestors(folder).skip(1).any(|above| charts.contains(above)));
    let charts = outer.map(|folder| (*folder).to_owned()).collect();
    Wanted { terraform: named(own()), charts }
}

fn named<'i>(inputs: impl Iterator<Item = &'i Input>) -> NamedFiles {
    let configurations: Vec<&Input> = inputs.filter(|input| is_configuration(&input.path)).collect();
    let naming: BTreeSet<&str> = configurations
        .par_iter()
        .filter(|input| has_file_call(&input.text))
        .map(|input| folder_and_name(&input.path).0)
        .collect();
    if naming.is_empty() {
        return NamedFiles::default();
    }
    // Of other modules it only matters what they call and what they hand on.
    let read =
        |input: &&&Input| calls(input) || naming.contains(folder_and_name(&input.path).0) && may_name(&input.text);
    let parsed: Vec<(&str, ModuleFile)> = configurations
        .par_iter()
        .filter(read)
        .map(|input| (folder_and_name(&input.path).0, module_file(input)))
        .collect();
    let mut modules: BTreeMap<&str, Module> = BTreeMap::new();
    for (folder, file) in parsed {
        let module = modules.entry(folder).or_insert_with(|| Module { folder: folder.into(), files: vec![] });
        module.files.push(file);
    }
    let mut callers: BTreeMap<CompactString, Vec<&str>> = BTreeMap::new();
    for (folder, module) in &modules {
        for called in called_folders(module).into_iter().filter(|called| called != folder) {
            callers.entry(called).or_default().push(folder);
        }
    }
    let parts: Vec<NamedFiles> = modules
        .values()
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|module| named_files(module, &roots(&module.folder, &callers)))
        .collect();
    parts.into_iter().fold(NamedFiles::default(), |mut all, one| {
        all.extend(one);
        all
    })
}

/// The root modules that a module may be part of: itself where nothing calls it.
fn roots(folder: &str, callers: &BTreeMap<CompactString, Vec<&str>>) -> Vec<CompactString> {
    let mut seen = BTreeSet::from([folder]);
    let mut queue = vec![folder];
    let mut roots = vec![];
    while let Some(folder) = queue.pop() {
        match callers.get(folder) {
            Some(above) => {
                let new = above.iter().filter(|one| seen.len() < MAX_CALLERS && seen.insert(one));
                queue.extend(new.copied().collect::<Vec<_>>());
            }
            None => roots.push(CompactString::from(folder)),
        }
    }
    if roots.is_empty() {
        roots.push(folder.into());
    }
    roots.sort_unstable();
    roots
}

/// Whether a text may call one of the functions that read files: `file` within a name before a parenthesis.
fn has_file_call(text: &str) -> bool {
    text.match_indices("file").any(|(at, word)| {
        let rest = text[at + word.len()..].trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        rest.trim_start_matches([' ', '\t']).starts_with('(')
    })
}

/// Whether a file of a module that names files has something to do with it.
fn may_name(text: &str) -> bool {
    text.contains("locals") || has_file_call(text)
}

/// A folder, and those that it lies in.
fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| match folder.rsplit_once('/') {
        Some(("", "")) => None,
        Some(("", _)) => Some("/"),
        Some((above, _)) => Some(above),
        None => (!matches!(*folder, "." | "..")).then_some("."),
    })
}

/// What is known of files beside their texts.
#[derive(Debug, Default)]
pub(crate) struct Files<'i> {
    /// What was found in folders: [`Role::Folder`].
    folders: BTreeMap<&'i str, BTreeSet<&'i str>>,
    /// Those that are no UTF-8.
    binary: HashSet<FileId>,
}

impl<'i> Files<'i> {
    pub(crate) fn of(inputs: &'i [Input]) -> Self {
        let folders = inputs.iter().filter(|input| input.role == Role::Folder);
        let folders = folders.map(|input| (input.path.as_str(), input.text.lines().collect())).collect();
        Files { folders, binary: HashSet::new() }
    }

    /// Notes a file under its id.
    pub(crate) fn add(&mut self, id: FileId, input: &Input) {
        if input.invalid.is_some() {
            self.binary.insert(id);
        }
    }

    pub(crate) fn is_binary(&self, id: FileId) -> bool {
        self.binary.contains(&id)
    }

    /// The paths below a folder, relative to it and sorted; one with a slash at its end is something below which there
    /// may be more. `None` where the folder was not gone through.
    pub(crate) fn list(&self, folder: &str) -> Option<Vec<&'i str>> {
        let mut found = ancestors(folder).filter_map(|above| Some((self.folders.get(above)?, below(above, folder)?)));
        found.find_map(|(entries, inner)| {
            if inner.is_empty() {
                return Some(entries.iter().copied().collect());
            }
            (!is_closed(entries, inner)).then(|| {
                let inside = entries.iter().filter_map(|path| path.strip_prefix(inner)?.strip_prefix('/'));
                inside.collect()
            })
        })
    }

    /// Whether there is no file at a path.
    pub(crate) fn is_absent(&self, path: &str) -> bool {
        ancestors(path).any(|above| match (self.folders.get(above), below(above, path)) {
            (Some(entries), Some("")) => entries.is_empty(),
            (Some(entries), Some(inner)) => !entries.contains(inner) && !is_closed(entries, inner),
            _ => false,
        })
    }
}

/// Whether a path lies where there may be more than was seen.
fn is_closed(entries: &BTreeSet<&str>, path: &str) -> bool {
    entries.contains("/") || ancestors(path).any(|above| entries.contains(format!("{above}/").as_str()))
}

/// A path relative to a folder that it lies in.
fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    match folder {
        _ if folder == path => Some(""),
        "." => Some(path),
        "/" => path.strip_prefix('/'),
        _ => path.strip_prefix(folder)?.strip_prefix('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(path: &str, text: &str, role: Role) -> Input {
        Input { path: path.into(), text: text.into(), invalid: None, role }
    }

    fn judged(path: &str, text: &str) -> Input {
        input(path, text, Role::Judged)
    }

    fn texts(paths: &BTreeSet<CompactString>) -> Vec<&str> {
        paths.iter().map(CompactString::as_str).collect()
    }

    #[test]
    fn functions_name_files() {
        let main = r#"
locals {
  dir   = "${path.module}/policies"
  files = { a = "${path.root}/x/a.bin" }
}
resource "x" "y" {
  a = jsondecode(file("${path.module}/a.json"))
  b = templatefile("${local.dir}/b.tpl", { c = file("../c.sh") })
  d = filebase64sha256("/opt/d.zip")
  e = file(var.path)
  f = file("~/.ssh/id_rsa.pub")
  g = "${path.module}/not-a-call"
}
module "m" {
  source = "./m"
  key    = "${path.module}/key.pub"
}
"#;
        let wanted = wanted_files(&[judged("envs/prod/main.tf", main)]).terraform;
        let files = [
            "/opt/d.zip",
            "envs/c.sh",
            "envs/prod/a.json",
            "envs/prod/key.pub",
            "envs/prod/policies",
            "envs/prod/policies/b.tpl",
            "envs/prod/x/a.bin",
        ];
        assert_eq!(texts(&wanted.files), files);
        assert!(wanted.folders.is_empty(), "{:?}", wanted.folders);
    }

    #[test]
    fn functions_name_folders() {
        let main = r#"
resource "x" "y" {
  for_each = fileset("${path.module}/policies", "json/*.json")
  policy   = file("${path.module}/policies/json/p-${each.value}.json")
}
locals {
  all = fileset(path.module, "**")
}
"#;
        let wanted = wanted_files(&[judged("main.tf", main)]).terraform;
        let folders: Vec<&str> = wanted.folders.keys().map(CompactString::as_str).collect();
        assert_eq!(folders, [".", "policies/json"]);
        let (all, policies) = (&wanted.folders["."], &wanted.folders["policies/json"]);
        assert_eq!((all.depth, all.read.len()), (usize::MAX, 0));
        let pattern = policies.read.first().unwrap();
        assert!(pattern.matches("p-a.json") && pattern.matches("p-x/b.json"));
        assert!(!pattern.matches("a.json") && !pattern.matches("p-a.yaml"));
    }

    #[test]
    fn relative_paths_lead_from_the_root_modules() {
        let call = "module \"m\" {\n  source = \"../../m\"\n}\n";
        let inputs = [
            judged("envs/a/main.tf", call),
            judged("envs/b/main.tf", call),
            judged("m/main.tf", "locals {\n  x = file(\"x.txt\")\n  y = file(\"${path.module}/y.txt\")\n}\n"),
        ];
        let wanted = wanted_files(&inputs).terraform;
        assert_eq!(texts(&wanted.files), ["envs/a/x.txt", "envs/b/x.txt", "m/y.txt"]);
    }

    #[test]
    fn locals_that_lead_to_themselves_name_nothing() {
        let main = "locals {\n  a = \"${local.b}${local.b}\"\n  b = \"${local.a}${local.a}\"\n  c = file(local.a)\n}\n";
        assert_eq!(wanted_files(&[judged("main.tf", main)]).terraform, NamedFiles::default());
    }

    #[test]
    fn charts_are_wanted_once() {
        let paths = ["a/Chart.yaml", "a/charts/b/Chart.yaml", "c/Chart.yaml"];
        let inputs = paths.map(|path| judged(path, ""));
        assert_eq!(wanted_files(&inputs).charts.into_iter().collect::<Vec<_>>(), ["a", "c"]);
        let inputs = [judged("Chart.yaml", ""), judged("a/Chart.yaml", ""), input("n/Chart.yaml", "", Role::Named)];
        assert_eq!(wanted_files(&inputs).charts.into_iter().collect::<Vec<_>>(), ["."]);
    }

    #[test]
    fn folders_tell_what_is_not_there() {
        let inputs = [
            input("a", "b.txt\nclosed/\nd/e.txt\n", Role::Folder),
            input("gone.txt", "", Role::Folder),
            input("cut", "/\nx\n", Role::Folder),
        ];
        let folders = Files::of(&inputs);
        assert_eq!(folders.list("a"), Some(vec!["b.txt", "closed/", "d/e.txt"]));
        assert_eq!(folders.list("a/d"), Some(vec!["e.txt"]));
        assert_eq!(folders.list("a/none"), Some(vec![]));
        assert_eq!((folders.list("a/closed/x"), folders.list("b"), folders.list("cut/x")), (None, None, None));
        for path in ["a/c.txt", "a/d/f.txt", "gone.txt"] {
            assert!(folders.is_absent(path), "{path}");
        }
        for path in ["a/b.txt", "a/closed", "a/closed/x", "a/d/e.txt", "a", "b", "cut/y", "../a/x"] {
            assert!(!folders.is_absent(path), "{path}");
        }
    }
}
