//! The tree of a YAML stream or a JSON text, with a span on every node.

use std::sync::Arc;

use compact_str::CompactString;
use stockade_source::Span;

/// One document of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The root; `None` for an empty document.
    pub root: Option<Node>,
    /// From its first content to the start of the next document.
    pub span: Span,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its text, without tag and anchor. Quoted scalars with their quotes; block scalars from the `|` or
    /// `>` to the end of their content; an empty node has an empty span where it would stand.
    pub span: Span,
    /// The tag as written (`!vault`, `!!str`), where there is one.
    pub tag: Option<Box<Tag>>,
    /// The anchor's name, where there is one.
    pub anchor: Option<CompactString>,
}

/// A tag and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// As written, with its `!`.
    pub text: CompactString,
    /// Where it stands.
    pub span: Span,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A scalar; what its text means depends on the schema.
    Scalar(Scalar),
    /// `- a`, `[a]`
    Sequence(Vec<Node>),
    /// `a: b`, `{a: b}`; duplicate and merge keys are kept.
    Mapping(Vec<Entry>),
    /// `*name`. The node that it stands for is shared, never copied, so that walking a tree of aliases
    /// must be bounded by the walker; `None` where there is no such anchor, or it holds this alias.
    Alias(CompactString, Option<Arc<Node>>),
}

/// A scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text, decoded.
    pub text: CompactString,
    /// How it is written.
    pub style: Style,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Bare; may be a boolean, a number, null.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`; JSON's strings too.
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// One `key: value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Node,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// From the key to the end of the value.
    pub fn span(&self) -> Span {
        self.key.span.to(self.value.span)
    }
}

impl Node {
    /// The text of a scalar, whatever its style; an alias is followed.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar(scalar) => Some(&scalar.text),
            NodeKind::Alias(_, Some(node)) => node.as_str(),
            _ => None,
        }
    }

    /// The entries of a mapping; an alias is followed.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            NodeKind::Mapping(entries) => entries,
            NodeKind::Alias(_, Some(node)) => node.entries(),
            _ => &[],
        }
    }

    /// The elements of a sequence; an alias is followed.
    pub fn elements(&self) -> &[Node] {
        match &self.kind {
            NodeKind::Sequence(nodes) => nodes,
            NodeKind::Alias(_, Some(node)) => node.elements(),
            _ => &[],
        }
    }

    /// The value of a key of a mapping, the last of several; merge keys are not looked through.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().rev().find(|entry| entry.key.as_str() == Some(key)).map(|entry| &entry.value)
    }
}
