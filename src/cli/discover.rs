//! Walking the disk: which files a run reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::*;
use stockade_analysis::{Input, MANIFEST, Role, is_candidate, is_configuration, wanted_overlays};
use stockade_engine::{Account, Incomplete};
use stockade_source::decode;

/// Folders of other people's code, and of tools' own state.
pub(crate) const VENDORED: &[&str] = &[
    ".git",
    ".terraform",
    ".terragrunt-cache",
    ".tox",
    ".venv",
    "__pycache__",
    "bower_components",
    "node_modules",
    "site-packages",
    "venv",
];

/// How many calls deep modules are looked for that lie outside what was asked for.
const MAX_ROUNDS: usize = 32;

/// Files over this size are not read: nobody writes them by hand.
pub(crate) const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// What a walk found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The files that were read, sorted by path.
    pub(crate) inputs: Vec<Input>,
    /// What could not be read.
    pub(crate) incomplete: Vec<Incomplete>,
    /// Folders passed over, by name.
    pub(crate) skipped: BTreeMap<String, usize>,
}

impl Found {
    /// Adds what only the walk knows to an account.
    pub(crate) fn add_to(&self, account: &mut Account) {
        account.skipped.clone_from(&self.skipped);
        account.incomplete.extend(self.incomplete.iter().cloned());
        account.incomplete.sort();
        account.incomplete.dedup();
    }
}

/// Reads everything that `paths` name: folders whole, files with the rest of their folder as context, the modules that
/// they call, and the files that all of these name.
///
/// # Errors
/// When a path does not exist or cannot be looked at; the message names it.
pub(crate) fn discover(paths: &[PathBuf]) -> Result<Found, String> {
    let mut found = Found::default();
    let mut files: BTreeMap<PathBuf, Role> = BTreeMap::new();
    let mut roots = vec![];
    let here = [PathBuf::from(".")];
    for path in if paths.is_empty() { &here[..] } else { paths } {
        if path.as_os_str() == "-" {
            found.inputs.push(stdin()?);
            continue;
        }
        let kind = fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
        roots.extend(repository(path));
        let root = fs::canonicalize(path).ok();
        roots.extend(if kind.is_dir() { root } else { root.and_then(|file| file.parent().map(Path::to_path_buf)) });
        if kind.is_dir() {
            for file in walk(path, &mut found) {
                files.insert(file, Role::Judged);
            }
        } else {
            files.insert(clean(path), Role::Judged);
            // A Terraform file means nothing without its module, a manifest little without its neighbours.
            let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let beside = entry.path();
                if entry.file_type().is_ok_and(|t| t.is_file()) && is_candidate(&slashes(&beside)) {
                    files.entry(clean(&beside)).or_insert(Role::Context);
                }
            }
            // A template means nothing without its chart.
            if let Some(chart) = chart_around(path) {
                for file in walk(&chart, &mut found) {
                    files.entry(file).or_insert(Role::Context);
                }
            }
        }
    }
    found.read(files);
    let within = |path: &Path| fs::canonicalize(path).is_ok_and(|path| roots.iter().any(|root| path.starts_with(root)));
    found.add_modules(&within);
    // Whoever asks for an overlay asks for what it makes of its base; whoever asks for a file, for that file.
    let whole = paths.iter().all(|path| path.is_dir());
    found.add_overlays(&within, if whole { Role::Judged } else { Role::Context });
    found.add_named(&within);
    Ok(found)
}

/// The chart that a file is part of: the outermost, where one lies in the folder `charts` of another.
fn chart_around(path: &Path) -> Option<PathBuf> {
    let folders =
        path.ancestors().skip(1).map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    folders.filter(|folder| folder.join("Chart.yaml").is_file()).last().map(Path::to_path_buf)
}

/// The repository around a path, resolved: the nearest folder above with a `.git`, else the working directory.
fn repository(path: &Path) -> Option<PathBuf> {
    let path = fs::canonicalize(path).ok()?;
    let around = path.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_path_buf);
    around.or_else(|| fs::canonicalize(".").ok())
}

impl Found {
    pub(crate) fn read(&mut self, files: BTreeMap<PathBuf, Role>) {
        let read: Vec<Result<Input, Incomplete>> =
            files.into_par_iter().map(|(path, role)| read(&path, role)).collect();
        for one in read {
            match one {
                Ok(input) => self.inputs.push(input),
                Err(incomplete) => self.incomplete.push(incomplete),
            }
        }
    }

    /// Adds the modules that are called and were not walked over: local ones within the repositories, as context, and
    /// those that `terraform init` installed.
    fn add_modules(&mut self, within: &dyn Fn(&Path) -> bool) {
        let mut known: BTreeSet<String> = BTreeSet::new();
        let configurations = self.inputs.iter().filter(|input| is_configuration(&input.path));
        known.extend(configurations.map(|input| folder(&input.path).to_owned()));
        let manifests = known.iter().map(|folder| clean(&Path::new(folder).join(MANIFEST)));
        let manifests = manifests.filter(|path| path.is_file() && within(path)).map(|path| (path, Role::Context));
        self.read(manifests.collect());
        // Each round knows more folders; the bound is for calls that go on and on through a file system.
        for _ in 0..MAX_ROUNDS {
            let wanted: Vec<String> = stockade_analysis::wanted_folders(&self.inputs)
                .into_iter()
                .filter(|one| !known.contains(one))
                .collect();
            if wanted.is_empty() {
                break;
            }
            let mut files = BTreeMap::new();
            for folder in wanted {
                let path = Path::new(&folder);
                if within(path) {
                    let installed = path.components().any(|part| part.as_os_str() == ".terraform");
                    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
                        let file = entry.path();
                        let name = slashes(&file);
                        if entry.file_type().is_ok_and(|t| t.is_file()) && is_candidate(&name) {
                            let role = if installed && is_configuration(&name) { Role::Judged } else { Role::Context };
                            files.insert(clean(&file), role);
                        }
                    }
                }
                known.insert(folder);
            }
            self.read(files);
        }
    }
}

impl Found {
    /// Adds what kustomizations name that was not walked over, and what that names in turn.
    fn add_overlays(&mut self, within: &dyn Fn(&Path) -> bool, role: Role) {
        const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
        let mut known = BTreeSet::new();
        for _ in 0..MAX_ROUNDS {
            let mut files = BTreeMap::new();
            for path in wanted_overlays(&self.inputs).into_iter().filter(|path| known.insert(path.clone())) {
                let path = Path::new(&path);
                if !within(path) {
                    continue;
                }
                if path.is_file() {
                    let role = if is_candidate(&slashes(path)) { role } else { Role::Named };
                    files.insert(clean(path), role);
                } else if let Some(file) = NAMES.iter().map(|name| path.join(name)).find(|file| file.is_file()) {
                    files.insert(clean(&file), role);
                }
            }
            if files.is_empty() {
                break;
            }
            self.read(files);
        }
    }
}

fn folder(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => ".",
    }
}

/// What one thread of a walk met.
enum Met {
    File(PathBuf),
    Vendored(String),
    Error(ignore::Error),
}

/// The candidate files under `root`, without vendored folders, without what `.gitignore` names, links not followed.
fn walk(root: &Path, found: &mut Found) -> Vec<PathBuf> {
    let (send, receive) = channel();
    let mut builder = WalkBuilder::new(root);
    builder.hidden(false).follow_links(false).require_git(false).ignore(false);
    builder.build_parallel().run(|| {
        let send = send.clone();
        Box::new(move |entry| {
            let (met, state) = meet(entry);
            // The receiver outlives the walk.
            let _ = met.map(|met| send.send(met));
            state
        })
    });
    drop(send);
    let mut files = vec![];
    for met in receive {
        match met {
            Met::File(path) => files.push(path),
            Met::Vendored(name) => *found.skipped.entry(name).or_insert(0) += 1,
            Met::Error(error) => found.incomplete.push(incomplete(root, error.to_string())),
        }
    }
    files
}

fn meet(entry: Result<DirEntry, ignore::Error>) -> (Option<Met>, WalkState) {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => return (Some(Met::Error(error)), WalkState::Continue),
    };
    let name = entry.file_name().to_string_lossy();
    let kind = entry.file_type();
    if kind.is_some_and(|kind| kind.is_dir()) && entry.depth() > 0 && VENDORED.contains(&name.as_ref()) {
        return ((name != ".git").then(|| Met::Vendored(name.into_owned())), WalkState::Skip);
    }
    let wanted = kind.is_some_and(|kind| kind.is_file()) && is_candidate(&name);
    (wanted.then(|| Met::File(clean(entry.path()))), WalkState::Continue)
}

fn read(path: &Path, role: Role) -> Result<Input, Incomplete> {
    let fail = |error: io::Error| incomplete(path, error.to_string());
    let size = fs::metadata(path).map_err(fail)?.len();
    if size > MAX_BYTES {
        return Err(incomplete(path, format!("{size} bytes are over the limit of {MAX_BYTES}")));
    }
    let decoded = decode(fs::read(path).map_err(fail)?);
    Ok(Input { path: slashes(path), text: decoded.text.into(), invalid: decoded.invalid, role })
}

fn stdin() -> Result<Input, String> {
    let mut bytes = vec![];
    io::stdin().take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| format!("standard input: {error}"))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("standard input is over the limit of {MAX_BYTES} bytes"));
    }
    let decoded = decode(bytes);
    Ok(Input { path: "-".into(), text: decoded.text.into(), invalid: decoded.invalid, role: Role::Judged })
}

pub(crate) fn incomplete(path: &Path, reason: String) -> Incomplete {
    Incomplete { path: slashes(path), span: None, reason, templated: false }
}

/// The path as reports write it: relative to the working directory where it lies under it, without `./`.
fn clean(path: &Path) -> PathBuf {
    let relative = if path.is_absolute() {
        std::env::current_dir().ok().and_then(|here| path.strip_prefix(here).ok().map(Path::to_path_buf))
    } else {
        None
    };
    let path = relative.as_deref().unwrap_or(path);
    path.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect()
}

pub(crate) fn slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace('\\', "/") }
}
