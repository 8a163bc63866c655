//! The files that the caller hands over.

use std::collections::BTreeMap;

use stockade_source::FileId;

/// The files of a tree by path: forward slashes, relative to one folder. Folders are known from the paths.
#[derive(Clone, Debug, Default)]
pub struct Tree<'t> {
    files: BTreeMap<String, (FileId, &'t str)>,
}

impl<'t> Tree<'t> {
    /// A tree of files: path, name and text of each.
    pub fn new<'p>(files: impl IntoIterator<Item = (&'p str, FileId, &'t str)>) -> Self {
        let files = files.into_iter().map(|(path, file, text)| (clean(path), (file, text)));
        Tree { files: files.collect() }
    }

    /// The file at a path.
    pub fn file(&self, path: &str) -> Option<(FileId, &'t str)> {
        self.files.get(path).copied()
    }

    /// The paths of all files, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether a file lies in a folder, at any depth; the empty path is the folder of everything.
    pub fn is_folder(&self, path: &str) -> bool {
        if path.is_empty() {
            return !self.files.is_empty();
        }
        let start = format!("{path}/");
        self.files.range(start.clone()..).next().is_some_and(|(file, _)| file.starts_with(&start))
    }
}

/// A path without `.` and without `..` behind a name.
fn clean(path: &str) -> String {
    join("", path)
}

/// A path as seen from a folder; `..` that leads out of the tree stays.
pub(crate) fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = if path.starts_with('/') { vec![""] } else { Vec::new() };
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, ".." | "")) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The folder of a file.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The name of a file in its folder.
pub(crate) fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Whether a path lies in a folder, or is it.
pub(crate) fn is_within(folder: &str, path: &str) -> bool {
    if folder.is_empty() {
        return path != ".." && !path.starts_with("../");
    }
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path names something that would have to be fetched.
pub(crate) fn is_remote(path: &str) -> bool {
    let host = path.split('/').next().unwrap_or_default();
    path.contains("://")
        || path.starts_with("git@")
        || path.starts_with("git::")
        || path.starts_with("gh:")
        || (host.contains(':') && path.contains('/'))
        || ["github.com", "gitlab.com", "bitbucket.org"].contains(&host)
        || path.contains("?ref=")
        || path.contains("?version=")
        || (path.contains(".git") && path.contains('/') && host.contains('.') && !host.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined() {
        assert_eq!(join("a/b", "../c/./d/"), "a/c/d");
        assert_eq!(join("", "./a"), "a");
        assert_eq!(join("a", "../../b"), "../b");
        assert_eq!(join("../x", "../../b"), "../../b");
        assert_eq!(join("a", "."), "a");
    }

    #[test]
    fn folders_are_known_from_paths() {
        let tree = Tree::new([("a/b/c.yaml", FileId(0), ""), ("./a-b/x", FileId(1), "")]);
        assert!(tree.is_folder("a") && tree.is_folder("a/b") && tree.is_folder("a-b") && tree.is_folder(""));
        assert!(!tree.is_folder("a/b/c.yaml") && !tree.is_folder("b"));
    }

    #[test]
    fn remote_and_local() {
        let remote =
            ["https://x.io/y.yaml", "github.com/a/b", "git@github.com:a/b", "ssh://git@x/y?ref=1", "x.io/a/b.git//c"];
        assert!(remote.into_iter().all(is_remote));
        assert!(!["../base", "a.git.yaml", "./x", "base/github.com", "../.github/x"].into_iter().any(is_remote));
    }
}
