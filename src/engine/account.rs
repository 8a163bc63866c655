//! The account of a run: what was read, what was not, and why.

use std::collections::BTreeMap;

use stockade_model::Technology;
use stockade_source::Span;

/// What a run looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// How many files of each language were read.
    pub files: BTreeMap<Technology, usize>,
    /// How many files were read and are of none of the languages.
    pub other: usize,
    /// How many folders were passed over, by their name (`node_modules`), because they hold other people's code.
    pub skipped: BTreeMap<String, usize>,
    /// How many resources they declare; items of views do not count.
    pub resources: usize,
    /// What could not be read, parsed or resolved, sorted.
    pub incomplete: Vec<Incomplete>,
}

impl Account {
    /// Whether there was nothing to scan at all.
    pub fn is_empty(&self) -> bool {
        self.files.values().all(|count| *count == 0)
    }
}

/// Something that could not be read, parsed or resolved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Incomplete {
    /// The path; the same as that of the span's file where there is a span.
    pub path: String,
    /// Where in the file, when it is known.
    pub span: Option<Span>,
    /// Why, for a person: lower case, no full stop.
    pub reason: String,
    /// Text of a template language (Helm, Jinja) rather than a fault.
    pub templated: bool,
}
