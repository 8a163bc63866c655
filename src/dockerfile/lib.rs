//! A *Dockerfile* is a list of instructions in stages; this crate reads one as BuildKit does and lowers it.
//!
//! [`parse`] never fails: an instruction that is wrong costs itself, and an error stands beside the tree. [`lower`] gives
//! the stages, the instructions, the images they start from and the commands they run.

mod expand;
mod image;
mod instruction;
mod json;
mod lines;
mod lower;
mod shell;
mod stage;
mod text;

pub use instruction::{Arguments, Flag, Heredoc, Instruction, Keyword, Pair};
pub use lower::lower;
pub use stockade_source::SyntaxError;
pub use text::Text;

use stockade_source::{FileId, Span};

/// A Dockerfile as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dockerfile {
    /// The file.
    pub file: FileId,
    /// The parser directives at the top.
    pub directives: Vec<Directive>,
    /// The character that joins lines and takes away the meaning of the next one: `\` or `` ` ``.
    pub escape: char,
    /// The instructions in order.
    pub instructions: Vec<Instruction>,
}

/// `# syntax=docker/dockerfile:1`, `# escape=\`, `# check=skip=all`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// In lower case.
    pub name: String,
    /// Without surrounding blanks.
    pub value: String,
    /// From the sign to the end of the value.
    pub span: Span,
}

/// Reads a Dockerfile.
pub fn parse(file: FileId, text: &str) -> (Dockerfile, Vec<SyntaxError>) {
    instruction::parse(file, text)
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod corpus;

#[cfg(test)]
mod oracle;
