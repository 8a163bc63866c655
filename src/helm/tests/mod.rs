//! The crate against the real Helm, and the places that its values point to.

mod charts;
mod compare;
mod corpus;
mod hostile;
mod places;

use std::path::Path;
use std::sync::Arc;

use stockade_source::FileId;

use crate::{File, Inputs, Rendered, render};

/// A chart's folder in memory.
pub(crate) struct Folder {
    pub(crate) files: Vec<(String, Arc<str>)>,
}

impl Folder {
    /// Reads every file of text in a folder, in the order of paths.
    pub(crate) fn read(path: &Path) -> Folder {
        let mut files = Vec::new();
        collect(path, "", &mut files);
        files.sort();
        Folder { files }
    }

    /// A folder of these files.
    pub(crate) fn of(files: &[(&str, &str)]) -> Folder {
        Folder { files: files.iter().map(|(path, text)| ((*path).to_owned(), Arc::from(*text))).collect() }
    }

    /// Renders the chart; file ids count from 0 in the order of the files.
    pub(crate) fn render(&self, inputs: &Inputs) -> Rendered {
        let files: Vec<File<'_>> =
            (0..).zip(&self.files).map(|(id, (path, text))| File { path, id: FileId(id), text }).collect();
        render(&files, inputs)
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Arc<str>)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            files.push((name, text.into()));
        }
    }
}
