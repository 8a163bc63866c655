//! What names mean at a place.

use std::rc::Rc;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::Why;

use crate::value::Val;

/// The names that an expression may use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    /// The module instance.
    pub(crate) module: u32,
    /// The resource, for `self`.
    pub(crate) node: Option<u32>,
    pub(crate) each: Option<Rc<Each>>,
    /// The variables of `for` and the iterators of `dynamic`, the innermost last.
    pub(crate) vars: Vec<(CompactString, Val)>,
    /// Whether there is nothing but `vars`: a variables file, a template file.
    pub(crate) sealed: bool,
    /// Whether every argument names things: the `terraform` block.
    pub(crate) naming: bool,
}

/// What `count` and `for_each` give one instance.
#[derive(Clone, Debug)]
pub(crate) struct Each {
    /// `each.key`, or `count.index`.
    pub(crate) key: Val,
    pub(crate) value: Val,
    pub(crate) counted: bool,
}

/// The key of an instance.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    None,
    Index(i64),
    Text(CompactString),
}

/// The instances of a declaration, by their nodes.
#[derive(Clone, Debug)]
pub(crate) enum Expansion {
    One(u32),
    Count(Vec<u32>),
    Each(Vec<(CompactString, u32)>),
    /// How many there are is unknown; one stands for them all.
    Unknown(u32, Arc<Why>),
}

impl Expansion {
    pub(crate) fn nodes(&self) -> Vec<u32> {
        match self {
            Expansion::One(node) | Expansion::Unknown(node, _) => vec![*node],
            Expansion::Count(nodes) => nodes.clone(),
            Expansion::Each(nodes) => nodes.iter().map(|(_, node)| *node).collect(),
        }
    }
}

/// Something that is worked out at most once.
#[derive(Clone, Debug, Default)]
pub(crate) enum Slot<T> {
    #[default]
    Empty,
    /// Being worked out: whoever asks now asks in a circle.
    Busy,
    Done(T),
}

impl Key {
    /// As it stands in an address, without brackets.
    pub(crate) fn text(&self) -> Option<CompactString> {
        match self {
            Key::None => None,
            Key::Index(n) => Some(n.to_string().into()),
            Key::Text(text) => {
                let mut out = CompactString::from("\"");
                let mut chars = text.chars().peekable();
                while let Some(c) = chars.next() {
                    match c {
                        '"' | '\\' => out.extend(['\\', c]),
                        '\n' => out.push_str("\\n"),
                        '\r' => out.push_str("\\r"),
                        '\t' => out.push_str("\\t"),
                        '$' | '%' if chars.peek() == Some(&'{') => out.extend([c, c]),
                        c => out.push(c),
                    }
                }
                out.push('"');
                Some(out)
            }
        }
    }
}
