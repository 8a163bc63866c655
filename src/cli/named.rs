//! Reading what files name: the templates and data of Terraform's functions, and the files of Helm charts.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use stockade_analysis::{Input, NamedFolder, Role, wanted_files};
use stockade_engine::Incomplete;

use crate::archive;
use crate::discover::{Found, MAX_BYTES, VENDORED, incomplete};

/// How many files are read that the files of languages name, and how many bytes.
const MAX_FILES: usize = 4_000;
const MAX_NAMED: u64 = 64 * 1024 * 1024;
/// The same for charts.
const MAX_CHART_FILES: usize = 50_000;
const MAX_CHARTS: u64 = 128 * 1024 * 1024;
/// A file of a chart that is bigger is none that a template shows.
const MAX_CHART_FILE: u64 = 1024 * 1024;
/// How many entries of folders a run looks at, for functions and for charts.
const MAX_ENTRIES: usize = 100_000;

impl Found {
    /// Adds what the files that were read name: single files, the lists of folders, and what is to be read of those.
    /// `within` tells which paths may be looked at.
    pub(crate) fn add_named(&mut self, within: &dyn Fn(&Path) -> bool) {
        let wanted = wanted_files(&self.inputs);
        let known = self.inputs.iter().map(|input| input.path.clone()).collect();
        let mut gathering = Gathering {
            within,
            known,
            files: BTreeMap::new(),
            folders: vec![],
            incomplete: vec![],
            left: Left { files: MAX_FILES, bytes: MAX_NAMED, entries: MAX_ENTRIES },
        };
        for path in &wanted.terraform.files {
            gathering.file(path);
        }
        for (path, folder) in &wanted.terraform.folders {
            gathering.folder(path, folder);
        }
        gathering.left = Left { files: MAX_CHART_FILES, bytes: MAX_CHARTS, entries: MAX_ENTRIES };
        let mut archives = vec![];
        for path in &wanted.charts {
            archives.extend(gathering.chart(path));
        }
        let mut bytes = gathering.left.bytes;
        for path in archives {
            match archive::open(Path::new(&path), &path, &mut bytes) {
                Ok(inputs) => self.inputs.extend(inputs),
                Err(reason) => gathering.incomplete.push(incomplete(Path::new(&path), reason)),
            }
        }
        let Gathering { files, folders, incomplete, .. } = gathering;
        self.inputs.extend(folders);
        self.incomplete.extend(incomplete);
        let from = self.inputs.len();
        self.read(files);
        for input in self.inputs.iter_mut().skip(from).filter(|input| input.invalid.is_some()) {
            input.text = "".into();
        }
    }
}

/// What may still be read.
struct Left {
    files: usize,
    bytes: u64,
    entries: usize,
}

struct Gathering<'g> {
    within: &'g dyn Fn(&Path) -> bool,
    known: BTreeSet<String>,
    files: BTreeMap<PathBuf, Role>,
    folders: Vec<Input>,
    incomplete: Vec<Incomplete>,
    left: Left,
}

/// What lies in a folder, by paths relative to it.
#[derive(Default)]
struct Listed {
    files: Vec<(String, u64)>,
    /// What was not looked into, each with a slash at its end.
    closed: Vec<String>,
    /// Whether that is because there was too much of it.
    cut: bool,
}

impl Gathering<'_> {
    fn file(&mut self, path: &str) {
        if self.known.contains(path) {
            return;
        }
        let at = Path::new(path);
        match fs::metadata(at) {
            Err(error) if is_missing(&error) => self.absent(path),
            Err(error) => self.incomplete.push(incomplete(at, error.to_string())),
            Ok(found) if !found.is_file() || !(self.within)(at) => {}
            Ok(found) if found.len() > MAX_BYTES => {
                let reason = format!("{} bytes are over the limit of {MAX_BYTES}", found.len());
                self.incomplete.push(incomplete(at, reason));
            }
            Ok(found) => {
                if !self.take(path, found.len()) {
                    self.incomplete.push(incomplete(at, too_much("named")));
                }
            }
        }
    }

    /// Notes that nothing is at a path, where that may be known.
    fn absent(&mut self, path: &str) {
        let at = Path::new(path);
        // A link that leads nowhere is something.
        let above = at.ancestors().skip(1).find(|above| above.as_os_str().is_empty() || above.exists());
        let above = above.map(|above| if above.as_os_str().is_empty() { Path::new(".") } else { above });
        if fs::symlink_metadata(at).is_err() && above.is_some_and(|above| (self.within)(above)) {
            self.known_below(path, vec![]);
        }
    }

    fn known_below(&mut self, path: &str, mut paths: Vec<String>) {
        paths.sort_unstable();
        let text = paths.join("\n").into();
        self.folders.push(Input { path: path.to_owned(), text, invalid: None, role: Role::Folder });
    }

    /// Has a file read; `false` where that is over a limit.
    fn take(&mut self, path: &str, size: u64) -> bool {
        if self.left.files == 0 || self.left.bytes < size {
            return false;
        }
        self.left.files -= 1;
        self.left.bytes -= size;
        self.known.insert(path.to_owned());
        self.files.insert(PathBuf::from(path), Role::Named);
        true
    }

    fn folder(&mut self, path: &str, wanted: &NamedFolder) {
        let at = Path::new(path);
        match fs::metadata(at) {
            Err(error) if is_missing(&error) => return self.absent(path),
            Err(error) => return self.incomplete.push(incomplete(at, error.to_string())),
            Ok(found) if !found.is_dir() || !(self.within)(at) => return,
            Ok(_) => {}
        }
        let listed = self.list(path, wanted.depth);
        let mut cut = listed.cut;
        for (inner, size) in &listed.files {
            let file = below(path, inner);
            if *size <= MAX_BYTES
                && !self.known.contains(&file)
                && wanted.read.iter().any(|pattern| pattern.matches(inner))
            {
                cut |= !self.take(&file, *size);
            }
        }
        if cut {
            self.incomplete.push(incomplete(at, too_much("named")));
        }
        self.known_below(path, listed.paths());
    }

    /// Has the files of a chart read; gives the archives among them.
    fn chart(&mut self, path: &str) -> Vec<String> {
        let at = Path::new(path);
        if !(self.within)(at) {
            return vec![];
        }
        let listed = self.list(path, usize::MAX);
        let mut cut = listed.cut;
        let mut archives = vec![];
        for (inner, size) in &listed.files {
            let file = below(path, inner);
            if archive::is_one(inner) {
                archives.push(file);
            } else if *size <= MAX_CHART_FILE && !self.known.contains(&file) && !is_bytes(inner) {
                cut |= !self.take(&file, *size);
            }
        }
        if cut {
            self.incomplete.push(incomplete(at, too_much("in charts")));
        }
        self.known_below(path, listed.paths());
        archives
    }

    /// Goes through a folder, what lies near before what lies deep.
    fn list(&mut self, path: &str, depth: usize) -> Listed {
        let mut listed = Listed::default();
        let mut queue = VecDeque::from([(String::new(), 0)]);
        while let Some((inner, level)) = queue.pop_front() {
            let close = |listed: &mut Listed, inner: &str| listed.closed.push(format!("{inner}/"));
            let Ok(entries) = fs::read_dir(below(path, &inner)) else {
                close(&mut listed, &inner);
                continue;
            };
            let mut entries: Vec<fs::DirEntry> = entries.flatten().take(self.left.entries + 1).collect();
            if entries.len() > self.left.entries {
                listed.cut = true;
                close(&mut listed, &inner);
                continue;
            }
            self.left.entries -= entries.len();
            entries.sort_by_key(fs::DirEntry::file_name);
            for entry in entries {
                let name = entry.file_name();
                let Some(name) = name.to_str().filter(|name| !name.contains(char::is_control)) else {
                    close(&mut listed, &inner);
                    continue;
                };
                // No pattern means the history.
                if name == ".git" {
                    continue;
                }
                let inner = if inner.is_empty() { name.to_owned() } else { format!("{inner}/{name}") };
                let at = entry.path();
                let Ok(kind) = entry.file_type() else {
                    close(&mut listed, &inner);
                    continue;
                };
                if kind.is_dir() {
                    if level >= depth || VENDORED.contains(&name) {
                        close(&mut listed, &inner);
                    } else {
                        queue.push_back((inner, level + 1));
                    }
                    continue;
                }
                // A link counts as what it leads to where that is a file that may be read.
                match fs::metadata(&at).ok().filter(|_| !kind.is_symlink() || (self.within)(&at)) {
                    Some(found) if found.is_file() => listed.files.push((inner, found.len())),
                    _ if kind.is_symlink() => close(&mut listed, &inner),
                    _ => {}
                }
            }
        }
        listed
    }
}

impl Listed {
    fn paths(self) -> Vec<String> {
        self.files.into_iter().map(|(path, _)| path).chain(self.closed).collect()
    }
}

fn below(folder: &str, path: &str) -> String {
    match (folder, path) {
        (_, "") => folder.to_owned(),
        (".", _) => path.to_owned(),
        ("/", _) => format!("/{path}"),
        _ => format!("{folder}/{path}"),
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn too_much(what: &str) -> String {
    format!("more files are {what} than are read")
}

/// Whether a file is no text, by its name.
fn is_bytes(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        extension,
        "gif" | "gz" | "ico" | "jar" | "jpeg" | "jpg" | "pdf" | "png" | "tgz" | "woff" | "woff2" | "zip"
    )
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, write};

    use flate2::write::GzEncoder;

    use super::*;
    use crate::discover::{discover, slashes};

    /// What is read of a folder with these files: role and text by path relative to it.
    fn found(folder: &Path, files: &[(&str, &[u8])]) -> (BTreeMap<String, (Role, String)>, Vec<Incomplete>) {
        for (path, bytes) in files {
            let path = folder.join(path);
            create_dir_all(path.parent().unwrap()).unwrap();
            write(path, bytes).unwrap();
        }
        let found = discover(&[folder.to_path_buf()]).unwrap();
        let prefix = format!("{}/", slashes(folder));
        let inputs = found.inputs.into_iter().map(|input| {
            let path = input.path.strip_prefix(&prefix).unwrap_or(&input.path);
            (path.to_owned(), (input.role, input.text.to_string()))
        });
        (inputs.collect(), found.incomplete)
    }

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = tar::Builder::new(GzEncoder::new(vec![], flate2::Compression::default()));
        for (path, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            // Paths that lead elsewhere are refused by the builder, so they are written as they are.
            header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            archive.append(&header, *bytes).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    fn named(text: &str) -> (Role, String) {
        (Role::Named, text.to_owned())
    }

    #[test]
    fn charts_are_read_whole() {
        let inner = packed(&[("y/Chart.yaml", b"name: y\n"), ("y/icon.png", b"\xff\x00")]);
        let dependency =
            packed(&[("x/Chart.yaml", b"name: x\n"), ("x/templates/a.yaml", b"a: 1\n"), ("x/charts/y-2.tgz", &inner)]);
        let folder = tempfile::tempdir().unwrap();
        let (inputs, incomplete) = found(
            folder.path(),
            &[
                ("c/Chart.yaml", b"name: c\n"),
                ("c/.gitignore", b"secret.yaml\n"),
                ("c/secret.yaml", b"s: 1\n"),
                ("c/templates/_a.tpl", b"{{ define \"a\" }}"),
                ("c/files/logo.png", b"png"),
                ("c/files/big.txt", &vec![b'x'; 2 << 20]),
                ("c/charts/x-1.tgz", &dependency),
                ("elsewhere/a.tpl", b"no"),
            ],
        );
        assert_eq!(incomplete, []);
        assert_eq!(inputs["c/Chart.yaml"].0, Role::Judged);
        assert_eq!(inputs["c/secret.yaml"], named("s: 1\n"));
        assert_eq!(inputs["c/templates/_a.tpl"], named("{{ define \"a\" }}"));
        assert_eq!(inputs["c/charts/x-1.tgz/x/templates/a.yaml"], named("a: 1\n"));
        assert_eq!(inputs["c/charts/x-1.tgz/x/charts/y-2.tgz/y/Chart.yaml"], named("name: y\n"));
        assert_eq!(inputs["c/charts/x-1.tgz/x/charts/y-2.tgz/y/icon.png"], named(""));
        let list = "x/Chart.yaml\nx/charts/y-2.tgz\nx/templates/a.yaml";
        assert_eq!(inputs["c/charts/x-1.tgz"], (Role::Folder, list.into()));
        let (role, list) = &inputs["c"];
        assert_eq!(*role, Role::Folder);
        assert!(
            list.contains("files/big.txt")
                && list.contains("files/logo.png")
                && !inputs.contains_key("c/files/big.txt")
        );
        assert!(!inputs.contains_key("elsewhere/a.tpl"));
    }

    #[test]
    fn packed_charts_that_lead_elsewhere_or_hold_too_much_are_refused() {
        let bomb = vec![0; 8 << 20];
        let bomb: Vec<(&str, &[u8])> = ["x/a", "x/b", "x/c"].map(|path| (path, bomb.as_slice())).into();
        for (bytes, reason) in [
            (packed(&[("x/Chart.yaml", b""), ("../y", b"y")]), "leads elsewhere"),
            (packed(&[("/y", b"y")]), "leads elsewhere"),
            (packed(&bomb), "too much"),
            (b"not packed".to_vec(), "cannot be read"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let (inputs, incomplete) = found(folder.path(), &[("Chart.yaml", b""), ("charts/x-1.tgz", &bytes)]);
            let [one] = incomplete.as_slice() else { panic!("{reason}: {incomplete:?}") };
            assert!(one.reason.contains(reason) && one.path.ends_with("charts/x-1.tgz"), "{one:?}");
            assert!(!inputs.keys().any(|path| path.contains("tgz/")), "{reason}");
        }
    }

    #[test]
    fn what_is_not_there_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let main = b"locals {\n  a = file(\"a.txt\")\n  b = fileset(\"b\", \"*.txt\")\n  c = file(\"${path.module}/c/x-${local.a}.bin\")\n}\n";
        let (inputs, incomplete) = found(
            folder.path(),
            &[("main.tf", main), ("b/x.txt", b""), ("b/d/y.txt", b""), ("c/x-1.bin", b"\xff"), ("c/y-1.bin", b"y")],
        );
        assert_eq!(incomplete, []);
        assert_eq!(inputs["a.txt"], (Role::Folder, String::new()));
        assert_eq!(inputs["b"], (Role::Folder, "d/\nx.txt".into()));
        assert_eq!(inputs["c"], (Role::Folder, "x-1.bin\ny-1.bin".into()));
        assert_eq!(inputs["c/x-1.bin"], named(""));
        assert!(!inputs.contains_key("b/x.txt") && !inputs.contains_key("c/y-1.bin"));
    }
}
