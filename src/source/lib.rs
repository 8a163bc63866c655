//! A *source* is one text that was read: files, byte spans in them, lines and columns, and edits.
//!
//! Everything else in Stockade speaks of places as [`Span`]s. Lines and columns exist only where a
//! person or a protocol asks for them, through a [`LineIndex`].

mod decode;
mod edit;
mod lines;

pub use decode::{Decoded, decode};
pub use edit::{Edit, EditError, apply_edits};
pub use lines::{LineIndex, Position};

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// Names one file of a [`Sources`] table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A half-open range of bytes, `start..end`, in one file.
///
/// Offsets count from the first byte on disk, so a byte order mark is bytes 0 to 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file that the range lies in.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of what has no text: a fact that was computed, such as "this stage is the last".
    pub const NONE: Span = Span { file: FileId(u32::MAX), start: 0, end: 0 };

    /// A range of bytes in `file`.
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        debug_assert!(start <= end, "a span ends before it starts: {start}..{end}");
        Span { file, start, end }
    }

    /// Whether this is [`Span::NONE`].
    pub fn is_none(self) -> bool {
        self.file == Span::NONE.file
    }

    /// The smallest span that holds both; `self` where the files differ.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.is_none() {
            return other;
        }
        if other.is_none() || self.file != other.file {
            return self;
        }
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether `other` lies wholly inside this span.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// Whether the range is empty.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The length in bytes.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// The text of the span in `text`, the whole text of its file; empty where it does not fit.
    pub fn text(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

/// One file: its path as the user named it, and its text.
#[derive(Clone, Debug)]
pub struct Source {
    path: Arc<str>,
    text: Arc<str>,
    lines: Arc<OnceLock<LineIndex>>,
}

impl Source {
    /// A file at `path` (forward slashes, relative to the working directory where it can be) with `text`.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Source { path: path.into(), text: text.into(), lines: Arc::default() }
    }

    /// The path, with forward slashes.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text, a byte order mark included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole text, shared.
    pub fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Where the lines start; made at the first call.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }
}

/// The files of one analysis, by [`FileId`].
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
    by_path: HashMap<Arc<str>, FileId>,
}

impl Sources {
    /// Adds a file and names it.
    ///
    /// # Panics
    /// When more than 2³² − 1 files are added.
    pub fn add(&mut self, source: Source) -> FileId {
        let id = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        assert!(id != u32::MAX, "more files than a FileId can name");
        self.by_path.insert(Arc::clone(&source.path), FileId(id));
        self.files.push(source);
        FileId(id)
    }

    /// The file at `path`, the last one added where there are several.
    pub fn find(&self, path: &str) -> Option<(FileId, &Source)> {
        let id = *self.by_path.get(path)?;
        self.get(id).map(|source| (id, source))
    }

    /// The file named by `id`; `None` for an id of another table.
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// The path of a file; empty for an id of another table.
    pub fn path(&self, id: FileId) -> &str {
        self.get(id).map_or("", Source::path)
    }

    /// The text of `span`; empty where there is none.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).map_or("", |s| span.text(s.text()))
    }

    /// Every file with its id, in the order of adding.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        (0u32..).map(FileId).zip(&self.files)
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// Something that could not be read as it stands, where, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SyntaxError {
    /// The smallest place that shows the fault.
    pub span: Span,
    /// What is wrong, for a person: lower case, no full stop.
    pub message: String,
}

impl SyntaxError {
    /// An error at `span`.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        SyntaxError { span, message: message.into() }
    }
}
