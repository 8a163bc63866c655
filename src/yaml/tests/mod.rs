//! Tests of the whole way from text to value.

mod hostile;
mod properties;
mod spans;
mod values;

use stockade_source::{FileId, SyntaxError};

use crate::{Document, Node, parse};

/// The documents of a text that must have no error.
fn documents(text: &str) -> Vec<Document> {
    let (documents, errors) = parse(FileId(0), text);
    assert!(errors.is_empty(), "{text:?}: {errors:?}");
    documents
}

/// The root of the only document of a text that must have no error.
fn root(text: &str) -> Node {
    let mut documents = documents(text);
    assert_eq!(documents.len(), 1, "{text:?}");
    documents.remove(0).root.expect("a root")
}

/// Errors as `offset message`.
fn shown(errors: &[SyntaxError]) -> Vec<String> {
    errors.iter().map(|error| format!("{} {}", error.span.start, error.message)).collect()
}
