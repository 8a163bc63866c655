//! `--fix` and `--diff`.

use std::path::Path;

use similar::TextDiff;
use stockade_analysis::{Fixed, Input};

use crate::output;

/// Writes the changed files.
///
/// # Errors
/// When one cannot be written; files before it are changed, each of them whole.
pub(crate) fn write(fixed: &Fixed) -> Result<(), String> {
    fixed.texts.iter().try_for_each(|(path, text)| output::write(Path::new(path), text))
}

/// Says what was fixed and what could not be.
pub(crate) fn announce(fixed: &Fixed) {
    eprintln!("fixed {} in {} file(s)", fixed.applied, fixed.texts.len());
    for refused in &fixed.refused {
        eprintln!("not applicable: {}: {}", refused.rule, refused.reason);
    }
}

/// What `--fix` would change, as a unified diff.
pub(crate) fn diff(inputs: &[Input], fixed: &Fixed) -> String {
    let mut out = String::new();
    for (path, text) in &fixed.texts {
        let before = inputs.iter().find(|input| input.path == *path).map_or("", |input| &input.text);
        let diff = TextDiff::from_lines(before, text.as_str());
        out.push_str(
            &diff.unified_diff().context_radius(3).header(&format!("a/{path}"), &format!("b/{path}")).to_string(),
        );
    }
    out
}
