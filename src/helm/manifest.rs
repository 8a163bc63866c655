//! The manifests in what a template renders to.

use std::ops::Range;

use stockade_model::Value;

/// The kinds of hook; a manifest that names any other is never installed.
const HOOKS: [&str; 10] = [
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "test",
    "test-success",
];

/// Where the manifests of a rendered text stand. Helm splits at every `---` that begins a line, whatever follows it.
pub(crate) fn split(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = skip_space(text, if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 });
    let mut search = start;
    if text[start..].starts_with("---") {
        start = skip_ascii_space(text, start + 3);
        search = start;
    }
    while let Some(found) = text[search..].find("\n---").map(|at| search + at) {
        push(&mut out, text, start, found);
        start = skip_ascii_space(text, found + 4);
        search = start;
    }
    push(&mut out, text, start, text.len());
    out
}

/// Blank lines around a manifest are no part of it; the line break after its last line is.
fn push(out: &mut Vec<Range<usize>>, text: &str, start: usize, end: usize) {
    let end = start + text[start..end].trim_ascii_end().len();
    let start = skip_space(&text[..end], start);
    if start < end {
        let end = if text[end..].starts_with('\n') { end + 1 } else { end };
        out.push(start..end);
    }
}

fn skip_space(text: &str, from: usize) -> usize {
    text.len() - text[from..].trim_start().len()
}

fn skip_ascii_space(text: &str, from: usize) -> usize {
    text.len() - text[from..].trim_ascii_start().len()
}

/// Whether Helm installs the manifest: it does not where its hook is of no known kind, such as Helm 2's `crd-install`.
pub(crate) fn is_installed(manifest: &Value) -> bool {
    let hooks = manifest.at(&["metadata", "annotations", "helm.sh/hook"]).and_then(Value::as_text);
    hooks.is_none_or(|hooks| {
        hooks.split(',').all(|hook| HOOKS.iter().any(|known| hook.trim().eq_ignore_ascii_case(known)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn manifests_are_split_where_a_line_begins_with_dashes() {
        assert_eq!(parts("a: 1\n---\nb: 2\n"), ["a: 1\n", "b: 2\n"]);
        assert_eq!(parts("\n---\n# c\na: 1\n\n\n---b: 2\n--- \n\n---\n"), ["# c\na: 1\n", "b: 2\n", "---\n"]);
        assert_eq!(parts("a: |\n  ---\n  b\n"), ["a: |\n  ---\n  b\n"]);
        assert_eq!(parts(" \n \n"), Vec::<&str>::new());
        assert_eq!(parts("---"), Vec::<&str>::new());
    }
}
