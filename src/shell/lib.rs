//! A *command* is one simple command of a shell text: its words, what feeds it, and when it runs.
//!
//! [`commands`] reads POSIX sh and bash and lists every command, also those inside substitutions, subshells,
//! functions and control structures, and those that another command runs (`sudo x`, `sh -c 'x'`). Reading is
//! tolerant: what is wrong costs as little as can be, and never the rest of the text. [`lower`] turns commands into
//! items of the `command` view.
//!
//! The reader is our own because tree-sitter-bash reads `apt-get install 2>/dev/null curl` as having two targets and no
//! package, takes the second of two here-documents for commands, and needs seconds for 64 kB of `a | ` or `>`. It serves
//! as an oracle in the tests of `stockade-dockerfile`.

mod compound;
mod expand;
mod lower;
mod offsets;
mod open;
mod options;
mod packages;
mod parse;
mod redirect;
mod word;

#[cfg(test)]
mod tests;

pub use lower::{Scope, lower};
pub use offsets::OffsetMap;
pub use word::{Part, Word};

use std::ops::Range;

use compact_str::CompactString;

/// The longest text that is read, in bytes.
pub const MAX_LEN: usize = 256 * 1024;

/// Why a text was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is longer than [`MAX_LEN`].
    TooLong,
    /// Its constructs are nested deeper than anybody writes.
    TooDeep,
}

/// A simple command.
///
/// Ranges are bytes of the text given to [`commands`]; indices are positions in the list it returned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments; empty for `X=1` and `> file` alone.
    pub words: Vec<Word>,
    /// The assignments before the program.
    pub env: Vec<Assignment>,
    /// The redirections, here-documents included.
    pub redirections: Vec<Redirection>,
    /// From the first assignment, word or redirection to the last.
    pub span: Range<usize>,
    /// What joins it to the command before; `None` for the first of the text or of a substitution.
    pub operator: Option<Operator>,
    /// The command before.
    pub previous: Option<usize>,
    /// The command whose output it reads through a pipe.
    pub reads: Option<usize>,
    /// The command that reads its output through a pipe.
    pub writes: Option<usize>,
    /// The command that runs this one: `sudo`, `env`, `sh -c`.
    pub wrapper: Option<usize>,
    /// Whether it runs under `sudo` or `doas`.
    pub sudo: bool,
    /// Whether it may not run although all before it went well: in a branch, a loop on a condition, after `||`, after a test.
    pub conditional: bool,
    /// Whether it stands in the body of a function.
    pub function: bool,
    /// Whether it stands in `( … )`.
    pub subshell: bool,
    /// Whether it stands in `$( … )`, backquotes or `<( … )`.
    pub substitution: bool,
    /// Whether it stands in the script of `sh -c`.
    pub script: bool,
}

impl Command {
    /// The base name of the program, where it is known.
    pub fn program(&self) -> Option<&str> {
        let text = self.words.first()?.known()?;
        Some(text.rsplit('/').next().unwrap_or(text))
    }
}

/// `NAME=value` before a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The name, an index (`a[1]`) included.
    pub name: CompactString,
    /// Where the name stands.
    pub span: Range<usize>,
    /// The value; an array as it is written.
    pub value: Word,
}

/// `2>/dev/null`, `<<EOF`, `<<<word`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirection {
    /// The number before the operator.
    pub descriptor: Option<u32>,
    /// `>`, `>>`, `<`, `<<`, `<<-`, `<<<`, `>&`, `<&`, `&>`, `&>>`, `>|` or `<>`.
    pub operator: &'static str,
    /// The file, descriptor, word or delimiter.
    pub target: Word,
    /// The lines of a here-document, without the delimiter.
    pub body: Option<Range<usize>>,
}

/// What joins two commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `;` or the end of a line.
    Then,
    /// `&`
    Background,
    /// `|` or `|&`
    Pipe,
}

impl Operator {
    /// As it is written; `;` for the end of a line.
    pub fn text(self) -> &'static str {
        match self {
            Operator::And => "&&",
            Operator::Or => "||",
            Operator::Then => ";",
            Operator::Background => "&",
            Operator::Pipe => "|",
        }
    }
}

/// Every command of a shell text, in the order of their first words.
///
/// # Errors
/// When the text is over a limit.
pub fn commands(text: &str) -> Result<Vec<Command>, Unread> {
    commands_around(text, &[])
}

/// As [`commands`], for a text in which the ranges `holes` are filled in by a template language before the shell sees it.
///
/// A hole becomes an unknown part of the word that it stands in. Holes are in order and do not overlap.
///
/// # Errors
/// When the text is over a limit.
pub fn commands_around(text: &str, holes: &[Range<usize>]) -> Result<Vec<Command>, Unread> {
    parse::parse(text, holes).map(|commands| open::open(commands, 0))
}

/// The command of an argument list (`CMD ["sh", "-c", "…"]`), and those that it runs.
pub fn argv(words: Vec<Word>) -> Vec<Command> {
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return Vec::new();
    };
    let span = first.span.start..last.span.end.max(first.span.start);
    open::open(vec![Command { words, span, ..Command::default() }], 0)
}
