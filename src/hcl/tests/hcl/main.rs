//! The parser from outside: what it reads, what it says, and that nothing breaks it.

mod hostile;
mod json;
mod oracle;
mod properties;
mod recovery;
mod render;
mod spans;
mod syntax;
mod template;

use stockade_hcl::{Attribute, Block, Body, Expr, Item, SyntaxError, parse, parse_expr};
use stockade_source::FileId;

const FILE: FileId = FileId(7);

/// Reads a file that has no errors.
fn body(text: &str) -> Body {
    let (body, errors) = parse(FILE, text);
    assert_eq!(errors, [], "{text}");
    spans::check(&body, text);
    body
}

/// Reads an expression that has no errors.
fn expr(text: &str) -> Expr {
    let (expr, errors) = parse_expr(FILE, text, 0);
    assert_eq!(errors, [], "{text}");
    expr
}

/// An expression as an S-expression.
fn shown(text: &str) -> String {
    render::expr(&expr(text))
}

/// Every error of a file, with the text that it points at.
fn errors(text: &str) -> Vec<(&str, String)> {
    let (body, errors) = parse(FILE, text);
    spans::check(&body, text);
    told(text, errors)
}

fn told(text: &str, errors: Vec<SyntaxError>) -> Vec<(&str, String)> {
    errors.into_iter().map(|error| (error.span.text(text), error.message)).collect()
}

fn blocks(body: &Body) -> impl Iterator<Item = &Block> {
    body.items.iter().filter_map(|item| match item {
        Item::Block(block) => Some(block),
        Item::Attribute(_) => None,
    })
}

fn attributes(body: &Body) -> impl Iterator<Item = &Attribute> {
    body.items.iter().filter_map(|item| match item {
        Item::Attribute(attribute) => Some(attribute),
        Item::Block(_) => None,
    })
}
