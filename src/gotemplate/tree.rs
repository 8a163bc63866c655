//! A parsed template.

use std::rc::Rc;

use compact_str::CompactString;
use stockade_source::FileId;

use crate::functions::Entry;
use crate::text::Text;

/// One named template.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) name: CompactString,
    /// The file that it stands in; that of [`stockade_source::Span::NONE`] for a text that `tpl` was given.
    pub(crate) file: FileId,
    /// The whole text of the file.
    pub(crate) source: Rc<str>,
    pub(crate) body: Vec<Node>,
    /// How many variables there are, `$` included.
    pub(crate) slots: usize,
}

impl Template {
    /// Whether it prints nothing but white space; Go lets such a definition replace no other.
    pub(crate) fn is_empty(&self) -> bool {
        self.body.iter().all(|node| matches!(node, Node::Literal(place) if place.text(&self.source).trim().is_empty()))
    }
}

/// Bytes of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Range {
    pub(crate) fn new(start: usize, end: usize) -> Range {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Range { start: offset(start), end: offset(end.max(start)) }
    }

    pub(crate) fn text(self, source: &str) -> &str {
        source.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

/// The slot of a variable that is never set.
pub(crate) const UNSET: usize = usize::MAX;

/// A part of a template.
#[derive(Debug)]
pub(crate) enum Node {
    Literal(Range),
    /// `{{ pipe }}`
    Action {
        range: Range,
        pipe: Pipe,
    },
    If(Box<Branch>),
    With(Box<Branch>),
    Range(Box<Branch>),
    /// `{{ template "name" pipe }}`, `{{ block "name" pipe }}`
    Template(Box<Invocation>),
    Break,
    Continue,
}

/// `{{ if pipe }} body {{ else }} otherwise {{ end }}`, and what has the same shape.
#[derive(Debug)]
pub(crate) struct Branch {
    /// The action that opens it.
    pub(crate) range: Range,
    pub(crate) pipe: Pipe,
    pub(crate) body: Vec<Node>,
    pub(crate) otherwise: Vec<Node>,
}

#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) range: Range,
    pub(crate) name: CompactString,
    pub(crate) pipe: Option<Pipe>,
}

/// `$a, $b := command | command`
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) range: Range,
    /// The slots of the variables that are set.
    pub(crate) variables: Vec<usize>,
    /// Never empty.
    pub(crate) commands: Vec<Command>,
}

/// `first rest…`
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) range: Range,
    pub(crate) first: Term,
    pub(crate) rest: Vec<Term>,
}

/// An operand.
#[derive(Debug)]
pub(crate) struct Term {
    pub(crate) range: Range,
    pub(crate) kind: TermKind,
}

#[derive(Debug)]
pub(crate) enum TermKind {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Text),
    Nil,
    Dot,
    /// `.a.b`
    Field(Fields),
    /// `$x.a.b`, by its slot.
    Variable(usize, Fields),
    Function(Callee),
    Pipe(Box<Pipe>),
    /// `(pipe).a.b`, `function.a.b`
    Chain(Box<Term>, Fields),
}

/// The names of a chain of fields.
pub(crate) type Fields = Vec<CompactString>;

/// What is called.
#[derive(Clone, Copy)]
pub(crate) enum Callee {
    /// `and`, which stops at the first false argument.
    And,
    /// `or`, which stops at the first true one.
    Or,
    Function(&'static Entry),
}

impl Callee {
    /// The function named `name`.
    pub(crate) fn named(name: &str) -> Option<Callee> {
        match name {
            "and" => Some(Callee::And),
            "or" => Some(Callee::Or),
            _ => crate::builtins::find(name).or_else(|| crate::functions::find(name)).map(Callee::Function),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Callee::And => "and",
            Callee::Or => "or",
            Callee::Function(entry) => entry.name,
        }
    }
}

impl std::fmt::Debug for Callee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
