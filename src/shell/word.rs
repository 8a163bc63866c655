//! Words: text after quote removal, with the expansions in it marked.

use std::ops::Range;

use compact_str::CompactString;

use crate::OffsetMap;

/// A word as the command would get it, but for expansions, which stand as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The text without quotes; expansions verbatim.
    pub text: CompactString,
    /// Where the word stands, quotes included.
    pub span: Range<usize>,
    /// Whether any of it is quoted.
    pub quoted: bool,
    /// Where expansions are in `text`.
    unknown: Vec<Range<usize>>,
    offsets: OffsetMap,
}

/// One part of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// Text that is there for sure.
    Known(&'a str),
    /// An expansion as it is written: `$X`, `${X:-y}`, `$(date)`, a hole.
    Unknown(&'a str),
}

impl Word {
    /// A word that is wholly known.
    pub fn new(text: impl Into<CompactString>, span: Range<usize>, offsets: OffsetMap) -> Self {
        Word { text: text.into(), span, quoted: false, unknown: Vec::new(), offsets }
    }

    /// The text, where it is wholly known.
    pub fn known(&self) -> Option<&str> {
        self.unknown.is_empty().then_some(&*self.text)
    }

    /// Whether the word is a single expansion and nothing else.
    pub fn is_expansion(&self) -> bool {
        matches!(&*self.unknown, [only] if only.start == 0 && only.end == self.text.len())
    }

    /// The parts in order.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let mut at = 0;
        let mut unknown = self.unknown.iter();
        let mut next = unknown.next();
        std::iter::from_fn(move || match next {
            Some(range) if range.start == at => {
                at = range.end;
                next = unknown.next();
                Some(Part::Unknown(self.text.get(range.clone()).unwrap_or("")))
            }
            _ => {
                let end = next.map_or(self.text.len(), |range| range.start);
                let part = self.text.get(at..end).filter(|part| !part.is_empty()).map(Part::Known);
                at = end;
                part
            }
        })
    }

    /// Where expansions are in the text.
    pub(crate) fn expansions(&self) -> &[Range<usize>] {
        &self.unknown
    }

    /// Where the bytes of the text stand.
    pub(crate) fn offsets(&self) -> &OffsetMap {
        &self.offsets
    }

    /// Whether the byte at `offset` of the text is there for sure.
    pub fn is_known_at(&self, offset: usize) -> bool {
        !self.unknown.iter().any(|range| range.contains(&offset))
    }

    /// A part of the word; the range is of `text`, and does not cut an expansion.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Word {
        let unknown = self.unknown.iter().filter(|u| range.start <= u.start && u.end <= range.end);
        let unknown = unknown.map(|u| u.start - range.start..u.end - range.start).collect();
        let whole = range.start == 0 && range.end == self.text.len();
        let span = if whole { self.span.clone() } else { self.offsets.range(range.clone()) };
        let offsets = self.offsets.slice(range.clone());
        let text = self.text.get(range).unwrap_or("").into();
        Word { text, span, quoted: self.quoted, unknown, offsets }
    }

    /// Where a range of `text` stands.
    pub fn range(&self, range: Range<usize>) -> Range<usize> {
        self.offsets.range(range)
    }

    /// Moves every range of the word from a derived text to its source.
    pub(crate) fn relocate(&mut self, map: &OffsetMap) {
        let mut offsets = OffsetMap::default();
        for at in 0..self.text.len() {
            let inner = self.offsets.range(at..at + 1);
            let outer = map.range(inner);
            if outer.len() == 1 {
                offsets.push(at, outer.start);
            } else {
                offsets.push_escape(at, 1, outer);
            }
        }
        self.offsets = offsets;
        self.span = map.range(self.span.clone());
    }
}

/// Collects a word while it is read.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    text: CompactString,
    unknown: Vec<Range<usize>>,
    offsets: OffsetMap,
    /// Whether a quote was met.
    pub(crate) quoted: bool,
}

impl Builder {
    /// Adds text that stands at `at`.
    pub(crate) fn known(&mut self, text: &str, at: usize) {
        if !text.is_empty() {
            self.offsets.push(self.text.len(), at);
            self.text.push_str(text);
        }
    }

    /// Adds an expansion that stands at `at`.
    pub(crate) fn unknown(&mut self, text: &str, at: usize) {
        let start = self.text.len();
        self.known(text, at);
        self.unknown.push(start..self.text.len());
    }

    /// The last byte so far.
    pub(crate) fn last(&self) -> Option<u8> {
        self.text.as_bytes().last().copied()
    }

    /// Ends the word that stands at `span`.
    pub(crate) fn finish(mut self, span: Range<usize>) -> Word {
        if self.text.is_empty() {
            self.offsets = OffsetMap::from_start(span.start);
        }
        Word { text: self.text, span, quoted: self.quoted, unknown: self.unknown, offsets: self.offsets }
    }
}
