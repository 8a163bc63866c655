//! Where and how an entry is put into, or taken out of, the text of a language.

use std::fmt::Write;

use stockade_model::Field;
use stockade_source::{Edit, Source, Span};

use super::render;
use crate::Constant;

/// The syntaxes that fixes write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Hcl,
    Yaml,
    Dockerfile,
}

impl Layout {
    /// By the file's name; `None` for one that is not edited.
    pub(super) fn of(path: &str) -> Option<Layout> {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "tf" | "tofu" | "tfvars" => Some(Layout::Hcl),
            "yaml" | "yml" => Some(Layout::Yaml),
            "json" => None,
            _ => Some(Layout::Dockerfile),
        }
    }

    /// A constant as this syntax writes it in the place of a scalar.
    pub(super) fn scalar(self, constant: &Constant) -> Option<String> {
        match self {
            Layout::Hcl => render::hcl(constant),
            Layout::Yaml => render::yaml(constant),
            Layout::Dockerfile => constant.as_text().map(Into::into),
        }
    }
}

/// The line break that a text uses.
pub(super) fn newline(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// The start of the line of `at`.
fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |before| before + 1)
}

/// The end of the line of `at`, before its line break.
fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |n| at + n);
    if text[..end].ends_with('\r') && end > at { end - 1 } else { end }
}

fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

fn span(source: Span, start: usize, end: usize) -> Option<Span> {
    Some(Span::new(source.file, u32::try_from(start).ok()?, u32::try_from(end).ok()?))
}

/// Takes an entry out: with its line where it has that to itself, else up to the next entry.
pub(super) fn cut(source: &Source, entry: Span, next: Option<u32>) -> Option<Edit> {
    let text = source.text();
    let (start, end) = (entry.start as usize, entry.end as usize);
    let (from, to) = (line_start(text, start), line_end(text, end));
    let tail = text[end..to].trim_start();
    let alone_before = text[from..start].trim().is_empty();
    let alone_after = tail.is_empty() || tail.starts_with('#') || tail.starts_with("//");
    let (from, to) = if alone_before && alone_after {
        (from, text[to..].find('\n').map_or(text.len(), |n| to + n + 1))
    } else {
        (start, next? as usize)
    };
    Some(Edit::new(span(entry, from, to)?, ""))
}

/// Puts an attribute, in new blocks where it needs them, at the end of the block or object at `extent`.
pub(super) fn insert_hcl(source: &Source, extent: Span, names: &[&str], constant: &Constant) -> Option<Vec<Edit>> {
    let text = source.text();
    let nl = newline(text);
    let close = (extent.end as usize).checked_sub(1).filter(|at| text.as_bytes().get(*at) == Some(&b'}'))?;
    let open = extent.start as usize + text.get(extent.start as usize..close)?.find('{')?;
    let (name, blocks) = names.split_last()?;
    let line = line_start(text, open);
    let outer = indentation(&text[line..]).to_owned();
    let one_line = !text[open..close].contains('\n');
    let inner = if one_line { format!("{outer}  ") } else { body_indentation(text, open, close, &outer) };
    let unit = inner.strip_prefix(outer.as_str()).filter(|unit| !unit.is_empty()).unwrap_or("  ").to_owned();
    let mut lines = String::new();
    let mut indent = inner.clone();
    for block in blocks {
        let _ = write!(lines, "{indent}{block} {{{nl}");
        indent.push_str(&unit);
    }
    let value = render::hcl(constant)?;
    let mut edits = vec![];
    let width =
        if blocks.is_empty() && !one_line { align(source, extent, close, name, &inner, &mut edits)? } else { 0 };
    let _ = write!(lines, "{indent}{name:width$} = {value}{nl}");
    for _ in blocks {
        indent.truncate(indent.len() - unit.len());
        let _ = write!(lines, "{indent}}}{nl}");
    }
    let at = line_start(text, close);
    // A block stands apart from what is before it.
    let above = text[..at].trim_end_matches(['\n', '\r']);
    let apart =
        !blocks.is_empty() && !one_line && above.len() > open + 1 && text[above.len()..at].matches('\n').count() < 2;
    if apart {
        lines.insert_str(0, nl);
    }
    if one_line {
        let content = text[open + 1..close].trim();
        let gap = if blocks.is_empty() { "" } else { nl };
        let kept = if content.is_empty() { String::new() } else { format!("{inner}{content}{nl}{gap}") };
        edits.push(Edit::new(span(extent, open + 1, close)?, format!("{nl}{kept}{lines}{outer}")));
    } else {
        // `b = 1 }`: the brace has no line of its own.
        if !text[at..close].trim().is_empty() {
            return None;
        }
        edits.push(Edit::new(span(extent, at, at)?, lines));
    }
    Some(edits)
}

/// The indentation of the first line of a body.
fn body_indentation(text: &str, open: usize, close: usize, outer: &str) -> String {
    let first = text[open..close].lines().skip(1).find(|line| !line.trim().is_empty());
    first
        .map(indentation)
        .filter(|indent| indent.len() > outer.len())
        .map_or_else(|| format!("{outer}  "), str::to_owned)
}

/// The width that a new last attribute's name must be padded to so that `=` stands in one column with the attributes
/// right above, and the edits that move theirs where the new name is the longest.
fn align(
    source: &Source,
    extent: Span,
    close: usize,
    name: &str,
    indent: &str,
    edits: &mut Vec<Edit>,
) -> Option<usize> {
    let text = source.text();
    let mut group: Vec<(usize, &str)> = vec![];
    let mut end = line_start(text, close);
    while end > extent.start as usize {
        let start = line_start(text, end - 1);
        let line = text[start..end].trim_end();
        let Some(key) = attribute_name(line, indent) else { break };
        group.push((start + indent.len(), key));
        end = start;
    }
    let widest = group.iter().map(|(_, key)| key.len()).max().unwrap_or(0);
    let width = widest.max(name.len());
    if width > widest {
        for (at, key) in group {
            let after = at + key.len();
            let equals = after + text[after..].find('=')?;
            edits.push(Edit::new(span(extent, after, equals)?, " ".repeat(width - key.len() + 1)));
        }
    }
    Some(width)
}

/// The name of an attribute that stands whole on `line` at this indentation.
fn attribute_name<'t>(line: &'t str, indent: &str) -> Option<&'t str> {
    let rest = line.strip_prefix(indent).filter(|rest| !rest.starts_with([' ', '\t']))?;
    let (key, value) = rest.split_once('=')?;
    let key = key.trim_end();
    let named = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let opens = value.trim_end().ends_with(['{', '[', '(']) || value.contains("<<");
    (named && !value.starts_with('=') && !opens).then_some(key)
}

/// Puts `names[0]: … names[n]: constant` behind the last of the entries of a mapping, which must have one.
pub(super) fn insert_yaml(source: &Source, own: &[&Field], names: &[&str], constant: &Constant) -> Option<Edit> {
    let text = source.text();
    let first = own.iter().min_by_key(|field| field.entry.start)?;
    let last = own.iter().max_by_key(|field| field.entry.end)?;
    let start = first.entry.start as usize;
    let flow = own.iter().any(|field| {
        // In a flow mapping something other than indentation, a dash or a line break stands before an entry.
        text[line_start(text, field.entry.start as usize)..field.entry.start as usize].contains(['{', ','])
    });
    let end = last.entry.end as usize;
    if flow {
        let mut entry = String::new();
        for (at, name) in names.iter().enumerate() {
            entry.push_str(if at > 0 { ": { " } else { "" });
            entry.push_str(name);
        }
        let closing = " }".repeat(names.len() - 1);
        return Some(Edit::new(
            span(last.entry, end, end)?,
            format!(", {entry}: {}{closing}", render::yaml(constant)?),
        ));
    }
    let column = start - line_start(text, start);
    // A column is reached by spaces whatever stands before the first key: `- name: x`.
    let indent = " ".repeat(text[start - column..start].chars().count());
    let at = line_end(text, end.min(text.len()));
    let at = text[..at].trim_end_matches(['\n', '\r']).len().max(end.min(at));
    let lines = yaml_lines(newline(text), &indent, names, constant)?;
    Some(Edit::new(span(last.entry, at, at)?, lines))
}

/// Puts entries under a key that has no value.
pub(super) fn fill_empty(source: &Source, field: &Field, names: &[&str], constant: &Constant) -> Option<Edit> {
    let text = source.text();
    let start = field.entry.start as usize;
    let column = text[line_start(text, start)..start].chars().count();
    let at = line_end(text, field.key.end as usize);
    let lines = yaml_lines(newline(text), &" ".repeat(column + 2), names, constant)?;
    Some(Edit::new(span(field.entry, at, at)?, lines))
}

/// Each name on a line of its own, deeper each time; every line starts with a line break.
fn yaml_lines(nl: &str, indent: &str, names: &[&str], constant: &Constant) -> Option<String> {
    let (last, parents) = names.split_last()?;
    let mut out = String::new();
    let mut indent = indent.to_owned();
    for name in parents {
        let _ = write!(out, "{nl}{indent}{name}:");
        indent.push_str("  ");
    }
    let _ = write!(out, "{nl}{indent}{last}: {}", render::yaml(constant)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use stockade_source::{FileId, apply_edits};

    use super::*;

    fn hcl(text: &str, names: &[&str]) -> String {
        let source = Source::new("a.tf", text);
        let extent = Span::new(FileId(0), 0, u32::try_from(text.trim_end().len()).unwrap());
        let edits = insert_hcl(&source, extent, names, &Constant::Bool(true)).unwrap();
        apply_edits(text, &edits).unwrap()
    }

    #[test]
    fn attributes_are_aligned_as_terraform_fmt_does() {
        assert_eq!(hcl("a {\n  bb = 1 # x\n}\n", &["c"]), "a {\n  bb = 1 # x\n  c  = true\n}\n");
        assert_eq!(hcl("a {\n  b = 1\n  c = 2\n}\n", &["ddd"]), "a {\n  b   = 1\n  c   = 2\n  ddd = true\n}\n");
        assert_eq!(hcl("a {\n  b {\n  }\n}\n", &["ddd"]), "a {\n  b {\n  }\n  ddd = true\n}\n");
    }

    #[test]
    fn blocks_are_opened() {
        assert_eq!(hcl("a {}\n", &["c"]), "a {\n  c = true\n}\n");
        assert_eq!(hcl("a { b = 1 }\n", &["x", "c"]), "a {\n  b = 1\n\n  x {\n    c = true\n  }\n}\n");
        assert_eq!(hcl("a {\n}\n", &["x", "c"]), "a {\n  x {\n    c = true\n  }\n}\n");
        assert_eq!(hcl("a {\n  b = 1\n\n}\n", &["x", "c"]), "a {\n  b = 1\n\n  x {\n    c = true\n  }\n}\n");
        assert_eq!(
            hcl("a {\r\n  b = 1\r\n}\r\n", &["x", "c"]),
            "a {\r\n  b = 1\r\n\r\n  x {\r\n    c = true\r\n  }\r\n}\r\n"
        );
    }

    #[test]
    fn an_entry_goes_with_its_line() {
        let text = "a:\n  b: 1 # x\n  c: 2\n";
        let source = Source::new("a.yaml", text);
        let edit = cut(&source, Span::new(FileId(0), 5, 9), Some(16)).unwrap();
        assert_eq!(apply_edits(text, &[edit]).unwrap(), "a:\n  c: 2\n");
        let text = "- b: 1\n  c: 2\n";
        let source = Source::new("a.yaml", text);
        let edit = cut(&source, Span::new(FileId(0), 2, 6), Some(9)).unwrap();
        assert_eq!(apply_edits(text, &[edit]).unwrap(), "- c: 2\n");
    }
}
