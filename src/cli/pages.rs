//! `stockade test`: the examples of check pages.

use std::fs;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use rayon::prelude::*;
use stockade_engine::Page;

use crate::{CLEAN, FOUND, INCOMPLETE, output};

/// Runs the examples of the pages at `paths`, or of the built-in ones.
///
/// # Errors
/// When a path cannot be read.
pub(crate) fn test(paths: &[PathBuf]) -> Result<u8, String> {
    let pages = if paths.is_empty() { stockade_checks::pages() } else { read(paths)? };
    if pages.is_empty() {
        eprintln!("nothing to test: no check page was found");
        return Ok(INCOMPLETE);
    }
    let results: Vec<(String, Vec<String>)> =
        pages.par_iter().map(|page| (page.path.to_string(), stockade_analysis::test_page(page))).collect();
    let mut out = String::new();
    let mut failed = 0;
    for (path, failures) in &results {
        failed += usize::from(!failures.is_empty());
        for failure in failures {
            out.push_str(&format!("{path}: {failure}\n"));
        }
    }
    out.push_str(&format!("{} pages passed, {failed} failed\n", results.len() - failed));
    output::print(&out)?;
    Ok(if failed == 0 { CLEAN } else { FOUND })
}

fn read(paths: &[PathBuf]) -> Result<Vec<Page>, String> {
    let mut files = vec![];
    for path in paths {
        fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
        for entry in WalkBuilder::new(path).sort_by_file_name(Ord::cmp).build() {
            let entry = entry.map_err(|error| error.to_string())?;
            if entry.file_type().is_some_and(|t| t.is_file()) && entry.path().extension().is_some_and(|e| e == "md") {
                files.push(entry.into_path());
            }
        }
    }
    files.iter().map(|path| page(path)).collect()
}

fn page(path: &Path) -> Result<Page, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Page::new(path.to_string_lossy().into_owned(), text))
}
