//! Text of an instruction, with the place of every byte.

use std::ops::Range;

use compact_str::CompactString;
use stockade_shell::{OffsetMap, Word};
use stockade_source::{FileId, Span};

/// A piece of an instruction after joining its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text, quotes and all.
    pub text: CompactString,
    /// Where it stands.
    pub span: Span,
    offsets: OffsetMap,
}

impl Text {
    /// A text whose bytes stand where `offsets` says; its span is from the first to the last.
    pub(crate) fn new(file: FileId, text: impl Into<CompactString>, offsets: OffsetMap) -> Self {
        let text = text.into();
        let span = place(file, offsets.range(0..text.len()));
        Text { text, span, offsets }
    }

    /// The same text at a wider place: that of its quotes.
    #[must_use]
    pub(crate) fn at(mut self, span: Span) -> Self {
        self.span = span;
        self
    }

    /// A part of the text.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Text {
        let text = self.text.get(range.clone()).unwrap_or("");
        Text::new(self.span.file, text, self.offsets.slice(range))
    }

    /// Where a range of the text stands.
    pub fn range(&self, range: Range<usize>) -> Span {
        place(self.span.file, self.offsets.range(range))
    }

    /// Where the bytes of the text stand in the file.
    pub fn offsets(&self) -> &OffsetMap {
        &self.offsets
    }

    /// The text without blanks at its ends.
    #[must_use]
    pub(crate) fn trim(&self) -> Text {
        let start = self.text.len() - self.text.trim_start().len();
        let end = self.text.trim_end().len();
        self.slice(start..end.max(start))
    }

    /// The words between blanks.
    pub(crate) fn split_blanks(&self) -> Vec<Text> {
        let mut out = Vec::new();
        let mut start = None;
        for (at, c) in self.text.char_indices() {
            match (c.is_whitespace(), start) {
                (true, Some(from)) => {
                    out.push(self.slice(from..at));
                    start = None;
                }
                (false, None) => start = Some(at),
                _ => {}
            }
        }
        if let Some(from) = start {
            out.push(self.slice(from..self.text.len()));
        }
        out
    }

    /// The words between blanks that stand in no quotes and after no escape.
    pub(crate) fn split_words(&self, escape: char) -> Vec<Text> {
        let mut out = Vec::new();
        let mut start = None;
        let mut quote = None;
        let mut escaped = false;
        for (at, c) in self.text.char_indices() {
            if escaped {
                escaped = false;
            } else if let Some(open) = quote {
                if c == open {
                    quote = None;
                } else if c == escape && open == '"' {
                    escaped = true;
                }
            } else if c.is_whitespace() {
                if let Some(from) = start.take() {
                    out.push(self.slice(from..at));
                }
            } else {
                start.get_or_insert(at);
                if c == escape {
                    escaped = true;
                } else if matches!(c, '"' | '\'') {
                    quote = Some(c);
                }
            }
        }
        if let Some(from) = start {
            out.push(self.slice(from..self.text.len()));
        }
        out
    }

    /// The text as a word of an argument list.
    pub(crate) fn word(&self) -> Word {
        Word::new(self.text.clone(), self.span.start as usize..self.span.end as usize, self.offsets.clone())
    }
}

/// The span of a range of bytes of a file. Files are below 4 GB.
pub(crate) fn place(file: FileId, range: Range<usize>) -> Span {
    let clamp = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(file, clamp(range.start), clamp(range.end.max(range.start)))
}
