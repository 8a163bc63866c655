//! The tree of a configuration, with a span on every node.

use compact_str::CompactString;
use stockade_source::Span;

/// A file, or what stands between the braces of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// Attributes and blocks in the order of the text.
    pub items: Vec<Item>,
    /// From the first byte to the last; of a block's body, without the braces.
    pub span: Span,
}

/// An attribute or a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `key = value`
    Attribute(Attribute),
    /// `kind "label" { … }`
    Block(Block),
}

/// `key = value`
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name.
    pub key: Ident,
    /// The expression.
    pub value: Expr,
    /// From the key to the end of the expression.
    pub span: Span,
}

/// `kind "label" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// `resource`, `ingress`.
    pub kind: Ident,
    /// The labels, quoted or bare, decoded.
    pub labels: Vec<Ident>,
    /// What stands between the braces.
    pub body: Body,
    /// From the kind to the last label, without the brace.
    pub head: Span,
    /// From the kind to the closing brace.
    pub span: Span,
}

/// A name and where it stands; of a quoted label the span has the quotes and the text has not.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    /// The name, decoded.
    pub text: CompactString,
    /// Where it stands.
    pub span: Span,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its whole text; of a parenthesised one with the parentheses, of a heredoc from `<<` to the end
    /// of the closing marker.
    pub span: Span,
}

/// The expressions of the HCL native syntax specification.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as written: `0`, `1.5`, `1e9`.
    Number(CompactString),
    /// `"…"`, `<<EOT`, `<<-EOT`.
    Template(Box<Template>),
    /// `[a, b]`
    Tuple(Vec<Expr>),
    /// `{ a = b }`; duplicate keys are kept, the last one counts.
    Object(Vec<ObjectItem>),
    /// A name: `var`, `local`, `each`, `aws_s3_bucket`, the variable of a `for`.
    Variable(CompactString),
    /// `base.name`
    Attribute(Box<Expr>, Ident),
    /// `base[key]`; `base.0` is this too.
    Index(Box<Expr>, Box<Expr>),
    /// `base[*].tail` and `base.*.tail`.
    Splat(Box<Splat>),
    /// `name(args)`, `provider::p::name(args…)`.
    Call(Box<Call>),
    /// `-a`, `!a`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`
    Binary(Box<Expr>, BinaryOp, Box<Expr>),
    /// `condition ? then : else`
    Conditional(Box<[Expr; 3]>),
    /// `[for …]`, `{for …}`
    For(Box<For>),
    /// `(inner)`
    Paren(Box<Expr>),
    /// What could not be read; an error stands beside the tree.
    Error,
}

/// `key = value` in an object.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectItem {
    /// A bare name is [`ObjectKey::Name`]; everything else is an expression.
    pub key: ObjectKey,
    /// The value.
    pub value: Expr,
    /// From the key to the end of the value.
    pub span: Span,
}

/// The key of an object item.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectKey {
    /// `name = …`: the name itself, not the variable of that name.
    Name(Ident),
    /// `"name" = …`, `(var.name) = …`
    Expr(Expr),
}

impl ObjectKey {
    /// Where the key stands.
    pub fn span(&self) -> Span {
        match self {
            ObjectKey::Name(ident) => ident.span,
            ObjectKey::Expr(expr) => expr.span,
        }
    }
}

/// `base[*].tail`, `base.*.tail`.
#[derive(Clone, Debug, PartialEq)]
pub struct Splat {
    /// What is splatted.
    pub base: Expr,
    /// `[*]` takes indexes into its tail, `.*` does not.
    pub full: bool,
    /// What is done to every element.
    pub tail: Vec<Traversal>,
}

/// A step of a splat's tail.
#[derive(Clone, Debug, PartialEq)]
pub enum Traversal {
    /// `.name`
    Attribute(Ident),
    /// `[key]`, `.0`
    Index(Expr),
    /// A splat of what the steps before it give: `[*].b` in `a[*].x[*].b`.
    Splat {
        /// `[*]` takes every later step into its tail, `.*` names and numbers only.
        full: bool,
        /// What is done to every element.
        tail: Vec<Traversal>,
        /// From before the `[` or `.` to the end of the tail.
        span: Span,
    },
}

/// A function call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The name with its namespaces, joined by `::`.
    pub name: Ident,
    /// The arguments.
    pub args: Vec<Expr>,
    /// Whether the last argument is followed by `...`.
    pub expand: bool,
}

/// `[for k, v in collection : value if condition]`, `{for k, v in collection : key => value... if condition}`
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// The first of two variables.
    pub key_var: Option<Ident>,
    /// The only or second variable.
    pub value_var: Ident,
    /// What is gone through.
    pub collection: Expr,
    /// The key, of the object form.
    pub key: Option<Expr>,
    /// The value.
    pub value: Expr,
    /// Whether `...` groups the values by key.
    pub group: bool,
    /// The filter.
    pub condition: Option<Expr>,
}

/// A template: text with `${…}` and `%{…}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The parts, with the whitespace that `~` trims and the indentation that `<<-` takes off already gone.
    /// A template without any part is the empty text. A literal that was trimmed to nothing is kept, for a
    /// template of one interpolation and nothing else has that interpolation's type.
    pub parts: Vec<TemplatePart>,
    /// Whether it is a heredoc.
    pub heredoc: bool,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePart {
    /// Text, decoded, and the raw text that it stands for, with what was trimmed.
    Literal(CompactString, Span),
    /// `${expr}`; the span has the braces.
    Interpolation(Expr, Span),
    /// `%{if c}…%{else}…%{endif}`
    If(Box<TemplateIf>),
    /// `%{for k, v in c}…%{endfor}`
    For(Box<TemplateFor>),
}

/// `%{if c}…%{else}…%{endif}`
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateIf {
    /// The condition.
    pub condition: Expr,
    /// The parts when it holds.
    pub then: Vec<TemplatePart>,
    /// The parts when it does not.
    pub otherwise: Vec<TemplatePart>,
    /// From the first `%{` to the last `}`.
    pub span: Span,
}

/// `%{for k, v in c}…%{endfor}`
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateFor {
    /// The first of two variables.
    pub key_var: Option<Ident>,
    /// The only or second variable.
    pub value_var: Ident,
    /// What is gone through.
    pub collection: Expr,
    /// The parts repeated.
    pub body: Vec<TemplatePart>,
    /// From the first `%{` to the last `}`.
    pub span: Span,
}

/// `-`, `!`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-a`
    Neg,
    /// `!a`
    Not,
}

/// The binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is its own name")]
pub enum BinaryOp {
    Or,
    And,
    Eq,
    NotEq,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}
