//! *HCL* is the native syntax of Terraform: text to a tree with a span on every node.
//!
//! Parsing never fails: errors stand beside the tree, and a damaged attribute costs that attribute. Every
//! tree is at most a few hundred nodes high, so that walking it by recursion is safe, and parsing takes
//! time in proportion to the text.

mod body;
mod expression;
mod json;
mod parser;
mod recovery;
mod string;
mod template;
mod tree;

pub use json::expr_from_json;
pub use stockade_source::SyntaxError;
pub use tree::*;

use parser::{Parser, Place};
use stockade_source::FileId;

/// Reads a configuration file.
pub fn parse(file: FileId, text: &str) -> (Body, Vec<SyntaxError>) {
    let mut parser = Parser::new(text, Place::At { file, base: 0 });
    let body = parser.file();
    (body, parser.finish())
}

/// Reads a template, as `templatefile()` does; `text` stands at byte `base` of `file`.
pub fn parse_template(file: FileId, text: &str, base: u32) -> (Template, Vec<SyntaxError>) {
    let mut parser = Parser::new(text, Place::At { file, base });
    let template = parser.bare_template();
    (template, parser.finish())
}

/// Reads one expression, which may run over several lines; `text` stands at byte `base` of `file`.
pub fn parse_expr(file: FileId, text: &str, base: u32) -> (Expr, Vec<SyntaxError>) {
    let mut parser = Parser::new(text, Place::At { file, base });
    let expr = parser.lone_expr();
    (expr, parser.finish())
}
