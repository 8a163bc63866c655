//! The shell commands that a task runs.

use std::ops::Range;

use stockade_model::{Map, Resource, Technology, Value};
use stockade_shell::{OffsetMap, Scope, Unread, commands_around};
use stockade_source::{Span, SyntaxError};

use crate::jinja;
use crate::scalar::Scalar;

/// The shells whose language is read.
const SHELLS: &[&str] = &["sh", "bash", "dash", "ash", "ksh", "zsh"];

/// The commands that a task of `module` with the arguments `body` runs; templates in `body` are not marked yet.
///
/// `file` is the text of the file that the arguments stand in.
pub(crate) fn commands(module: &str, body: &Map, file: &str) -> (Vec<Resource>, Option<SyntaxError>) {
    let Some(line) = Line::of(module, body, file) else { return Default::default() };
    let commands = match commands_around(&line.text, &line.holes) {
        Ok(commands) => commands,
        Err(unread) => {
            let message = match unread {
                Unread::TooLong => "the command is too long to be read",
                Unread::TooDeep => "the command is nested too deep to be read",
            };
            return (Vec::new(), Some(SyntaxError::new(line.span, message)));
        }
    };
    let place = |range: Range<usize>| line.place(range);
    let scope =
        Scope { technology: Technology::Ansible, within: "task", place: &place, variables: &|_: &str| None::<Value> };
    (stockade_shell::lower(&commands, &scope), None)
}

/// A shell text and where its parts stand.
struct Line<'a> {
    text: String,
    holes: Vec<Range<usize>>,
    /// From the text to the file.
    offsets: OffsetMap,
    /// The value that the text was made of; no place is outside of it.
    span: Span,
    /// The scalar, where the text is its own.
    whole: Option<Scalar<'a>>,
}

impl<'a> Line<'a> {
    fn of(module: &str, body: &'a Map, file: &'a str) -> Option<Line<'a>> {
        let shell = match module {
            "ansible.builtin.shell" | "ansible.builtin.raw" => true,
            "ansible.builtin.command" | "ansible.builtin.script" => false,
            _ => return None,
        };
        if let Some(program) = body.get("executable") {
            let name = program.as_text()?.rsplit('/').next()?;
            if !SHELLS.contains(&name) {
                return None;
            }
        }
        let mut line = Line {
            text: String::new(),
            holes: Vec::new(),
            offsets: OffsetMap::default(),
            span: Span::NONE,
            whole: None,
        };
        if let Some(cmd) = body.get("cmd") {
            let scalar = Scalar::new(cmd.as_text()?, cmd.span, file);
            line.span = cmd.span;
            if shell {
                line.holes = jinja::holes(scalar.text);
                line.text.push_str(scalar.text);
                line.whole = Some(scalar);
            } else {
                words(scalar.text).iter().for_each(|word| line.quote(&scalar, word));
            }
        } else {
            let argv = body.get("argv").filter(|_| module == "ansible.builtin.command")?;
            line.span = argv.span;
            for word in argv.items() {
                // Numbers and booleans are rare, and text in every way that counts here.
                let text = word.as_text().unwrap_or_else(|| word.span.text(file));
                let scalar = Scalar::new(text, word.span, file);
                line.quote(&scalar, &[Piece { range: 0..text.len(), quoted: true }]);
            }
        }
        Some(line)
    }

    /// Adds a range of a scalar as it is.
    fn push(&mut self, scalar: &Scalar<'_>, range: Range<usize>) {
        let text = &scalar.text[range.clone()];
        for (at, _) in text.char_indices() {
            let start = range.start + at;
            self.offsets.push(self.text.len() + at, scalar.inner(start..start).start as usize);
        }
        self.text.push_str(text);
    }

    /// Adds one word so that the shell's reader takes it as it is.
    fn quote(&mut self, scalar: &Scalar<'_>, word: &[Piece]) {
        let plain =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | ':' | ',' | '+' | '@' | '%');
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        for piece in word {
            let text = &scalar.text[piece.range.clone()];
            let mut at = 0;
            for hole in jinja::holes(text).into_iter().chain(std::iter::once(text.len()..text.len())) {
                let known = &text[at..hole.start];
                if known.chars().all(plain) && !(piece.quoted && text.is_empty()) {
                    self.push(scalar, piece.range.start + at..piece.range.start + hole.start);
                } else {
                    self.text.push('\'');
                    for (index, c) in known.char_indices() {
                        let start = piece.range.start + at + index;
                        match c {
                            '\'' => self.text.push_str("'\\''"),
                            _ => self.push(scalar, start..start + c.len_utf8()),
                        }
                    }
                    self.text.push('\'');
                }
                at = hole.end;
                if hole.is_empty() {
                    break;
                }
                // What a template gives is one word only where it is quoted.
                let quote = if piece.quoted { "'" } else { "" };
                self.text.push_str(quote);
                let start = self.text.len();
                self.push(scalar, piece.range.start + hole.start..piece.range.start + hole.end);
                self.holes.push(start..self.text.len());
                self.text.push_str(quote);
            }
        }
    }

    fn place(&self, range: Range<usize>) -> Span {
        if let Some(scalar) = &self.whole {
            return scalar.inner(range);
        }
        let found = self.offsets.range(range);
        let inside = |at: usize| u32::try_from(at).unwrap_or(u32::MAX).clamp(self.span.start, self.span.end);
        let (start, end) = (inside(found.start), inside(found.end));
        Span::new(self.span.file, start, end.max(start))
    }
}

/// A part of a word.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    /// Where its text stands, without quotes and backslashes.
    range: Range<usize>,
    /// Whether it stood in quotes.
    quoted: bool,
}

/// The words of a command line that no shell reads: quotes and backslashes count, nothing else does.
fn words(text: &str) -> Vec<Vec<Piece>> {
    let holes = jinja::holes(text);
    let mut holes = holes.iter().peekable();
    let (mut out, mut word): (Vec<Vec<Piece>>, Vec<Piece>) = Default::default();
    let mut quote: Option<char> = None;
    let mut piece: Option<usize> = None;
    let mut skip = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if at < skip {
            continue;
        }
        while holes.next_if(|hole| hole.end <= at).is_some() {}
        if let Some(hole) = holes.next_if(|hole| hole.start == at) {
            piece.get_or_insert(at);
            skip = hole.end;
            continue;
        }
        let mut end = |word: &mut Vec<Piece>, quoted: bool| {
            if let Some(start) = piece.take() {
                word.push(Piece { range: start..at, quoted });
            }
        };
        match (quote, c) {
            (None, _) if c.is_whitespace() => {
                end(&mut word, false);
                if !word.is_empty() {
                    out.push(std::mem::take(&mut word));
                }
            }
            (None, '"' | '\'') => {
                end(&mut word, false);
                quote = Some(c);
                piece = Some(at + 1);
            }
            (Some(open), _) if open == c => {
                end(&mut word, true);
                quote = None;
            }
            (None, '\\') => {
                end(&mut word, false);
                if let Some((next, _)) = chars.next() {
                    piece = Some(next);
                }
            }
            (Some('"'), '\\') if matches!(chars.peek(), Some((_, '"' | '\\'))) => {
                end(&mut word, true);
                piece = chars.next().map(|(next, _)| next);
            }
            _ => {
                piece.get_or_insert(at);
            }
        }
    }
    if let Some(start) = piece {
        word.push(Piece { range: start..text.len(), quoted: quote.is_some() });
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        words(text).iter().map(|word| word.iter().map(|piece| &text[piece.range.clone()]).collect()).collect()
    }

    #[test]
    fn words_are_split_without_a_shell() {
        assert_eq!(split("tar -C /opt  xf 'a b'\"c\"d"), ["tar", "-C", "/opt", "xf", "a bcd"]);
        assert_eq!(split("echo a|b && c"), ["echo", "a|b", "&&", "c"]);
        assert_eq!(split(r#"a\ b "x \" y" "#), ["a b", "x \" y"]);
        assert_eq!(split("run {{ a b }}/c ''"), ["run", "{{ a b }}/c", ""]);
        assert_eq!(split("  "), Vec::<String>::new());
    }
}
