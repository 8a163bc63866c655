//! *YAML*, and JSON, which is a part of it: text to a tree with a span on every node, and from there to
//! the values of the model.
//!
//! Parsing never fails: errors stand beside the documents, and a damaged document costs that document.
//!
//! Trees are never deeper than [`MAX_DEPTH`] levels, and never deeper than [`MAX_EXPANDED_DEPTH`] when
//! aliases are followed, so that walkers may recurse; how *many* nodes a walk through aliases meets is
//! unbounded and is the walker's to limit.

mod json;
mod link;
mod lower;
mod map;
mod schema;
mod stream;
#[cfg(test)]
mod tests;
mod tree;

pub use lower::{duplicate_keys, to_value};
pub use map::ScalarMap;
pub use schema::Schema;
pub use stockade_source::SyntaxError;
pub use tree::*;

use stockade_source::{FileId, Span};

/// How deep a tree may be without following aliases; what is deeper is a syntax error.
pub const MAX_DEPTH: usize = 256;

/// How deep a tree may be when every alias is followed; an alias beyond it stands for nothing.
pub const MAX_EXPANDED_DEPTH: usize = 512;

/// How many errors are reported for one text; the rest would tell nothing new.
const MAX_ERRORS: usize = 100;

/// Reads every document of a stream.
///
/// An error ends its document, of which what stood before it is kept, and reading goes on at the next
/// `---`. A text of nothing but comments has no document.
pub fn parse(file: FileId, text: &str) -> (Vec<Document>, Vec<SyntaxError>) {
    match too_long(file, text) {
        Some(error) => (Vec::new(), vec![error]),
        None => stream::parse(file, text),
    }
}

/// Reads a JSON text; the document is empty where the text is.
///
/// Comments and trailing or missing commas are errors, but reading goes on after them. Strings come
/// with [`Style::Double`], everything else with [`Style::Plain`]; [`Schema::Core`] gives their values.
pub fn parse_json(file: FileId, text: &str) -> (Document, Vec<SyntaxError>) {
    match too_long(file, text) {
        Some(error) => (Document { root: None, span: error.span }, vec![error]),
        None => json::parse(file, text),
    }
}

/// The error for a text that spans cannot address.
fn too_long(file: FileId, text: &str) -> Option<SyntaxError> {
    let fits = u32::try_from(text.len()).is_ok_and(|len| len < u32::MAX);
    (!fits).then(|| SyntaxError::new(Span::new(file, 0, 0), "the file is longer than 4 GiB"))
}

/// The span of bytes `start..end` of a text that [`too_long`] let pass.
fn span(file: FileId, start: usize, end: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(file, offset(start), offset(end.max(start)))
}
