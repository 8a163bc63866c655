//! Logical lines: joined over escapes, without the comments and blank lines between.

use std::ops::Range;

use stockade_shell::OffsetMap;
use stockade_source::{FileId, SyntaxError};

use crate::text::{Text, place};
use crate::{Directive, Heredoc};

/// Goes through a file line by line.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
    pub(crate) escape: char,
}

/// What [`Lines::directives`] found.
pub(crate) type Directives = (Vec<Directive>, Vec<SyntaxError>);

impl<'a> Lines<'a> {
    pub(crate) fn new(file: FileId, text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Lines { file, text, at, escape: '\\' }
    }

    /// Where the next line starts.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Takes a line as it is written: its range without the end of the line.
    fn raw(&mut self) -> Option<Range<usize>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let len = rest.find('\n').unwrap_or(rest.len());
        self.at = start + rest.len().min(len + 1);
        let line = rest.get(..len).unwrap_or("");
        Some(start..start + line.trim_end_matches('\r').len())
    }

    fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or("")
    }

    /// Takes the parser directives, and puts one into force: `escape`.
    pub(crate) fn directives(&mut self) -> Directives {
        let (mut found, mut errors): Directives = Default::default();
        loop {
            let before = self.at;
            let Some(range) = self.raw() else { break };
            let Some((name, value)) = directive(self.slice(range.clone())) else {
                self.at = before;
                break;
            };
            let span = place(self.file, range);
            if !matches!(&*name, "syntax" | "escape" | "check") {
                continue;
            }
            if found.iter().any(|other: &Directive| other.name == name) {
                errors.push(SyntaxError::new(span, format!("the directive `{name}` stands here a second time")));
                continue;
            }
            match (&*name, value) {
                ("escape", "\\") => self.escape = '\\',
                ("escape", "`") => self.escape = '`',
                ("escape", _) => {
                    errors.push(SyntaxError::new(span, "the escape character must be `\\` or a backquote"))
                }
                _ => {}
            }
            found.push(Directive { name, value: value.to_owned(), span });
        }
        (found, errors)
    }

    /// Takes the next logical line.
    pub(crate) fn next(&mut self) -> Option<Text> {
        let mut joined = String::new();
        let mut offsets = OffsetMap::default();
        let mut going_on = false;
        while let Some(range) = self.raw() {
            let line = self.slice(range.clone());
            let trimmed = line.trim_start();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let (line, start) = if going_on { (line, range.start) } else { (trimmed, range.end - trimmed.len()) };
            let kept = self.continued(line);
            let text = line.get(..kept.unwrap_or(line.len())).unwrap_or("");
            if !text.is_empty() {
                offsets.push(joined.len(), start);
                joined.push_str(text);
            }
            going_on = kept.is_some();
            if !going_on && !joined.trim().is_empty() {
                break;
            }
        }
        (!joined.trim().is_empty()).then(|| Text::new(self.file, joined, offsets))
    }

    /// How much of a line stands before the escape that joins it to the next one.
    fn continued(&self, line: &str) -> Option<usize> {
        let before = line.trim_end_matches([' ', '\t']).strip_suffix(self.escape)?;
        (!before.ends_with(self.escape)).then_some(before.len())
    }

    /// Takes the lines of a here-document; false where it does not end.
    pub(crate) fn heredoc(&mut self, name: &Text, delimiter: &str, strip_tabs: bool, literal: bool) -> (Heredoc, bool) {
        let start = self.at;
        let mut end = self.text.len();
        let mut terminated = false;
        let mut last = self.at;
        while let Some(range) = self.raw() {
            let line = self.slice(range.clone());
            let line = if strip_tabs { line.trim_start_matches('\t') } else { line };
            if line == delimiter {
                (end, last, terminated) = (range.start, range.end, true);
                break;
            }
            last = range.end;
        }
        let heredoc = Heredoc {
            name: name.clone(),
            body: place(self.file, start.min(end)..end),
            span: place(self.file, start.min(last)..last),
            strip_tabs,
            literal,
        };
        (heredoc, terminated)
    }
}

/// The name, in lower case, and the value of `# name = value`.
fn directive(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.trim_start().strip_prefix('#')?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let valid = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
    (valid && !value.is_empty()).then(|| (name.to_ascii_lowercase(), value))
}
