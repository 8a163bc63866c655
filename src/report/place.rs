//! Spans as people and scripts write them.

use schemars::JsonSchema;
use serde::Serialize;
use stockade_source::{Sources, Span};

/// A place in a file.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub(crate) struct Point {
    /// The line, from 1.
    line: u32,
    /// The column in characters, from 1.
    column: u32,
    /// The byte, from 0.
    offset: u32,
}

/// A range of text; the end is exclusive.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub(crate) struct Range {
    start: Point,
    end: Point,
}

impl Range {
    /// The range of `span`; `None` where the span has no text.
    pub(crate) fn of(sources: &Sources, span: Span) -> Option<Range> {
        let source = sources.get(span.file)?;
        let point = |offset: u32| {
            let position = source.lines().position(source.text(), offset);
            Point { line: position.line, column: position.column, offset }
        };
        Some(Range { start: point(span.start), end: point(span.end) })
    }
}

/// `path:line:column`, or the path alone.
pub(crate) fn place(sources: &Sources, span: Span) -> String {
    match Range::of(sources, span) {
        Some(Range { start, .. }) => format!("{}:{}:{}", sources.path(span.file), start.line, start.column),
        None => String::new(),
    }
}
