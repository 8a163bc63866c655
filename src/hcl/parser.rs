//! The state of a parse, and what every part of the grammar reads: space, comments, names, punctuation.

use std::cell::Cell;

use compact_str::CompactString;
use stockade_source::{FileId, Span, SyntaxError};

use crate::tree::Ident;

/// How deep expressions, templates and blocks may nest: what the stack of a small thread bears.
pub(crate) const MAX_DEPTH: u32 = 100;

/// How high an expression's tree may be. Chains (`a + a + …`, `a.b.c…`) are read in a loop but make a
/// high tree, which is dropped and walked by recursion.
pub(crate) const MAX_HEIGHT: u32 = 256;

/// How many errors are kept; a configuration is not read on after them.
const MAX_ERRORS: usize = 100;

/// What is being read is given up. The error is recorded already; whoever catches this puts
/// [`Parser::depth`] and [`Parser::newlines`] back and finds a place to go on.
pub(crate) struct Failed;

/// The result of a part of the grammar.
pub(crate) type Parsed<T> = Result<T, Failed>;

/// Where the text stands.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// Its first byte is byte `base` of `file`.
    At { file: FileId, base: u32 },
    /// It was decoded from this place, so that offsets into it mean nothing.
    Within(Span),
}

/// A parse of one text.
pub(crate) struct Parser<'t> {
    pub(crate) text: &'t str,
    pub(crate) bytes: &'t [u8],
    pub(crate) pos: usize,
    pub(crate) errors: Vec<SyntaxError>,
    /// How many levels are open.
    pub(crate) depth: u32,
    /// The height of the expression or template that was read last.
    pub(crate) height: u32,
    /// Whether a line break ends an expression here; inside of brackets other than `{}` it is space.
    pub(crate) newlines: bool,
    /// Whether indentation ends blocks: set once one was found unclosed.
    pub(crate) columns: bool,
    /// Whether there were too many errors to go on.
    pub(crate) stopped: bool,
    /// How many bytes may yet be looked at a second time after damage.
    pub(crate) rereads: usize,
    /// Where a comment without an end starts, once one was seen.
    endless: Cell<usize>,
    place: Place,
}

impl<'t> Parser<'t> {
    pub(crate) fn new(text: &'t str, place: Place) -> Self {
        let base = match place {
            Place::At { base, .. } => base as usize,
            Place::Within(_) => 0,
        };
        // Spans cannot name what lies past 4 GiB.
        let fits = u32::try_from(base.saturating_add(text.len())).is_ok();
        let text = if fits { text } else { "" };
        let mut parser = Parser {
            text,
            bytes: text.as_bytes(),
            pos: if text.starts_with('\u{feff}') { 3 } else { 0 },
            errors: Vec::new(),
            depth: 0,
            height: 0,
            newlines: true,
            columns: false,
            stopped: false,
            rereads: text.len().saturating_mul(16).saturating_add(1 << 20),
            endless: Cell::new(usize::MAX),
            place,
        };
        if !fits {
            parser.error(0, 0, "the text is longer than 4 GiB");
        }
        parser
    }

    /// The errors, in the order of the text.
    pub(crate) fn finish(mut self) -> Vec<SyntaxError> {
        self.errors.sort();
        self.errors.dedup();
        self.errors
    }

    /// The span of `start..end`.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        match self.place {
            Place::At { file, base } => Span::new(file, base + offset(start), base + offset(end)),
            Place::Within(span) => span,
        }
    }

    /// Records an error at `start..end`.
    pub(crate) fn error(&mut self, start: usize, end: usize, message: impl Into<String>) {
        if self.stopped {
            return;
        }
        let span = self.span(start, end);
        self.stopped = self.errors.len() + 1 >= MAX_ERRORS;
        let message = if self.stopped { "too many errors, the rest is not read".into() } else { message.into() };
        self.errors.push(SyntaxError::new(span, message));
    }

    /// Records an error at `start..end` and gives up.
    pub(crate) fn fail<T>(&mut self, start: usize, end: usize, message: impl Into<String>) -> Parsed<T> {
        self.error(start, end, message);
        Err(Failed)
    }

    /// Gives up because `what` does not stand here.
    pub(crate) fn expected<T>(&mut self, what: &str) -> Parsed<T> {
        let (end, found) = self.found();
        self.fail(self.pos, end, format!("expected {what}, found {found}"))
    }

    /// The end of what stands here, and its name for a person.
    pub(crate) fn found(&self) -> (usize, String) {
        let rest = self.text.get(self.pos..).unwrap_or("");
        match rest.chars().next() {
            None => (self.pos, "the end of the file".into()),
            Some('\n' | '\r') => (self.pos, "the end of the line".into()),
            Some('"') => (self.pos + 1, "a quote".into()),
            Some(first) => {
                let end = match self.ident_end(self.pos) {
                    end if end > self.pos => end,
                    _ => self.pos + first.len_utf8(),
                };
                match self.text.get(self.pos..end) {
                    Some(word) if word.len() <= 40 && !first.is_control() => (end, format!("`{word}`")),
                    _ => (end, "something else".into()),
                }
            }
        }
    }

    /// Opens a level of nesting.
    pub(crate) fn enter(&mut self) -> Parsed<()> {
        if self.depth >= MAX_DEPTH {
            return self.fail(self.pos, self.pos, format!("nested more than {MAX_DEPTH} levels deep"));
        }
        self.depth += 1;
        Ok(())
    }

    /// Takes note that what was read has `height`.
    pub(crate) fn grow(&mut self, start: usize, height: u32) -> Parsed<()> {
        if height > MAX_HEIGHT {
            return self.fail(start, start, format!("nested or chained more than {MAX_HEIGHT} levels deep"));
        }
        self.height = height;
        Ok(())
    }

    /// The byte here.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    /// The byte `ahead` of here.
    pub(crate) fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.pos + ahead).copied()
    }

    /// Takes `byte` if it stands here.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        if here {
            self.pos += 1;
        }
        here
    }

    /// Takes `word` if it stands here.
    pub(crate) fn eat_str(&mut self, word: &str) -> bool {
        let here = self.looking_at(word);
        if here {
            self.pos += word.len();
        }
        here
    }

    /// Whether `word` stands here.
    pub(crate) fn looking_at(&self, word: &str) -> bool {
        self.bytes.get(self.pos..).is_some_and(|rest| rest.starts_with(word.as_bytes()))
    }

    /// The length of the line break at `at`; 0 where there is none.
    pub(crate) fn newline_len(&self, at: usize) -> usize {
        match (self.bytes.get(at), self.bytes.get(at + 1)) {
            (Some(b'\n'), _) => 1,
            (Some(b'\r'), Some(b'\n')) => 2,
            _ => 0,
        }
    }

    /// The offset of the line feed that ends the line of `at`, or of the end of the text.
    pub(crate) fn line_end(&self, at: usize) -> usize {
        self.text.get(at..).and_then(|rest| rest.find('\n')).map_or(self.bytes.len(), |len| at + len)
    }

    /// Skips space and comments, and line breaks where they are space.
    pub(crate) fn space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' => self.pos += 1,
                b'\n' | b'\r' if !self.newlines => match self.newline_len(self.pos) {
                    0 => return,
                    len => self.pos += len,
                },
                b'#' | b'/' => match self.comment_end(self.pos) {
                    Some(end) => {
                        let closed = end - self.pos >= 4 && self.bytes[..end].ends_with(b"*/");
                        if !closed && self.looking_at("/*") {
                            self.error(self.pos, self.pos + 2, "unclosed comment");
                        }
                        self.pos = end;
                    }
                    None => return,
                },
                _ => return,
            }
        }
    }

    /// The end of the comment that starts at `at`, where one does; without the line break. An endless
    /// comment costs its line.
    pub(crate) fn comment_end(&self, at: usize) -> Option<usize> {
        match (self.bytes.get(at)?, self.bytes.get(at + 1)) {
            (b'#', _) | (b'/', Some(b'/')) => {
                let end = self.line_end(at);
                let carriage = end > at && end < self.bytes.len() && self.bytes.get(end - 1) == Some(&b'\r');
                Some(end - usize::from(carriage))
            }
            (b'/', Some(b'*')) => {
                // Where no end follows one place, none follows a later one, and it is not looked for again.
                let search = at < self.endless.get();
                match self.text.get(at + 2..).filter(|_| search).and_then(|rest| rest.find("*/")) {
                    Some(len) => Some(at + 2 + len + 2),
                    None => {
                        self.endless.set(self.endless.get().min(at));
                        Some(self.line_end(at))
                    }
                }
            }
            _ => None,
        }
    }

    /// The end of the name that starts at `at`; `at` itself where none does.
    pub(crate) fn ident_end(&self, at: usize) -> usize {
        let mut end = at;
        while let Some(byte) = self.bytes.get(end) {
            let (taken, len) = if byte.is_ascii() {
                let start = byte.is_ascii_alphabetic() || *byte == b'_';
                (start || (end > at && (byte.is_ascii_digit() || *byte == b'-')), 1)
            } else {
                match self.text.get(end..).and_then(|rest| rest.chars().next()) {
                    Some(char) => {
                        let start = char.is_alphabetic();
                        (start || (end > at && (char.is_alphanumeric() || is_mark(char))), char.len_utf8())
                    }
                    None => (false, 1),
                }
            };
            if !taken {
                break;
            }
            end += len;
        }
        end
    }

    /// Takes the name that stands here.
    pub(crate) fn ident(&mut self) -> Option<Ident> {
        let (start, end) = (self.pos, self.ident_end(self.pos));
        if end == start {
            return None;
        }
        self.pos = end;
        Some(Ident { text: CompactString::new(&self.text[start..end]), span: self.span(start, end) })
    }

    /// Whether the name `word` stands here.
    pub(crate) fn at_word(&self, word: &str) -> bool {
        self.looking_at(word) && self.ident_end(self.pos) == self.pos + word.len()
    }
}

/// A byte offset as spans count; [`Parser::new`] refuses texts in which it would not fit.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The combining marks and connectors that names are written with.
fn is_mark(char: char) -> bool {
    matches!(char, '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}' | '\u{fe20}'..='\u{fe2f}')
}
