//! What lowering is handed.

use std::sync::Arc;

use compact_str::CompactString;
use stockade_hcl::{Body, Expr, ExprKind, Item, TemplatePart};
use stockade_source::FileId;

/// The configuration files of one folder.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// The folder, with forward slashes; `.` for the working directory.
    pub folder: CompactString,
    /// Its `.tf`, `.tofu` and `.tf.json` files, the overriding ones included, sorted by path.
    pub files: Vec<ModuleFile>,
}

/// One configuration file.
#[derive(Clone, Debug)]
pub struct ModuleFile {
    /// Its id.
    pub id: FileId,
    /// Its path, with forward slashes.
    pub path: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
    /// What it says; of a `.tf.json` file as [`crate::body_from_json`] reads it.
    pub body: Arc<Body>,
}

impl ModuleFile {
    /// Whether what it declares is laid over what the other files declare.
    pub fn overrides(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        let stem = [".tf.json", ".tofu.json", ".tf", ".tofu"].iter().find_map(|end| name.strip_suffix(end));
        stem.is_some_and(|stem| stem == "override" || stem.ends_with("_override"))
    }
}

/// One file that gives variables of the root module.
#[derive(Clone, Debug)]
pub struct VariablesFile {
    /// Its id.
    pub id: FileId,
    /// Its path, with forward slashes.
    pub path: Arc<str>,
    /// `name = value`; of a `.tfvars.json` file as [`crate::body_from_json`] reads it.
    pub body: Arc<Body>,
}

/// One variable of the root module, given as text: `--var`, `TF_VAR_*`.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The variable.
    pub name: CompactString,
    /// The id of the text.
    pub id: FileId,
    /// Taken as it stands where the variable's type is a primitive one or not declared, else an expression.
    pub text: Arc<str>,
}

/// What a run was asked to give to variables.
#[derive(Clone, Debug)]
pub enum Given {
    /// `--var-file`
    File(VariablesFile),
    /// `--var`
    Value(Assignment),
}

/// What a run gives beside the configuration.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Variables of the environment, which everything else goes before.
    pub environment: Vec<Assignment>,
    /// The variables files that Terraform reads by itself, the last one counts: `terraform.tfvars`,
    /// `terraform.tfvars.json`, `*.auto.tfvars` and `*.auto.tfvars.json` by name.
    pub tfvars: Vec<VariablesFile>,
    /// What was asked for, in order; it goes before everything else, and the last one counts.
    pub given: Vec<Given>,
    /// The workspace selected, where it is known.
    pub workspace: Option<CompactString>,
}

/// What is known of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileRead<'w> {
    /// Its text.
    Text(FileId, &'w str),
    /// It is there and is no UTF-8.
    Binary,
    /// There is no such file.
    Absent,
    /// It was not looked for, or may not be read.
    Unknown,
}

/// The other folders and files within the roots that are scanned.
pub trait Workspace {
    /// The module in a folder.
    fn module(&self, folder: &str) -> Option<&Module>;

    /// A file, for `file()`, `templatefile()` and those like them.
    fn read_file(&self, path: &str) -> FileRead<'_>;

    /// The paths of the files below a folder, relative to it and sorted, for `fileset()`. A path with a slash at its
    /// end is something below which there may be more. `None` where nothing is known of the folder.
    fn list(&self, folder: &str) -> Option<Vec<CompactString>> {
        let _ = folder;
        None
    }

    /// The folder where `terraform init` put a module that is not local: of the root module in `root`, the
    /// call with the names `calls` joined by dots.
    fn installed(&self, root: &str, calls: &str) -> Option<CompactString> {
        let _ = (root, calls);
        None
    }
}

/// The folders of the local modules that a module calls, in the order of the text and without repeats.
pub fn called_folders(module: &Module) -> Vec<CompactString> {
    let mut out = Vec::new();
    for item in module.files.iter().flat_map(|file| &file.body.items) {
        let Item::Block(block) = item else { continue };
        if block.kind.text != "module" {
            continue;
        }
        let source = block.body.items.iter().find_map(|item| match item {
            Item::Attribute(attribute) if attribute.key.text == "source" => literal(&attribute.value),
            _ => None,
        });
        if let Some(folder) = source.filter(|source| is_local(source)).map(|source| join(&module.folder, source))
            && !out.contains(&folder)
        {
            out.push(folder);
        }
    }
    out
}

/// Whether a module's source names a folder beside the caller.
pub(crate) fn is_local(source: &str) -> bool {
    source == "." || source == ".." || source.starts_with("./") || source.starts_with("../")
}

/// The text of an expression that is plain text.
pub(crate) fn literal(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Template(template) => match template.parts.as_slice() {
            [] => Some(""),
            [TemplatePart::Literal(text, _)] => Some(text),
            _ => None,
        },
        ExprKind::Paren(inner) => literal(inner),
        _ => None,
    }
}

/// A path relative to a folder, without `.` and, as far as it goes, without `..`.
pub(crate) fn join(folder: &str, path: &str) -> CompactString {
    let absolute = folder.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}").into(),
        (false, true) => ".".into(),
        (false, false) => joined.into(),
    }
}

/// The way from one folder to another, as `path.module` has it.
pub(crate) fn relative(from: &str, to: &str) -> CompactString {
    let parts =
        |path: &str| -> Vec<String> { join(path, "").split('/').filter(|p| *p != ".").map(str::to_owned).collect() };
    let (from, to) = (parts(from), parts(to));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - shared);
    let path: Vec<&str> = up.chain(to[shared..].iter().map(String::as_str)).collect();
    if path.is_empty() { ".".into() } else { path.join("/").into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_without_dots() {
        assert_eq!(join(".", "./modules/x"), "modules/x");
        assert_eq!(join("envs/prod", "../../modules/x"), "modules/x");
        assert_eq!(join("envs", "../../x"), "../x");
        assert_eq!(join("/srv/a", "../b"), "/srv/b");
        assert_eq!(join("a", ".."), ".");
    }

    #[test]
    fn relative_paths_lead_back() {
        assert_eq!(relative(".", "modules/x"), "modules/x");
        assert_eq!(relative("envs/prod", "modules/x"), "../../modules/x");
        assert_eq!(relative("a", "a"), ".");
    }
}
