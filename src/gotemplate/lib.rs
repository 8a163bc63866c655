//! A *Go template* is a text of Go's `text/template` language, with the functions that Helm adds to it.
//!
//! [`Templates`] holds what was parsed, an [`Engine`] renders it. What comes out is a [`Text`], which knows for each
//! of its parts the template text that printed it and the values-file text that gave it, and which parts nobody can
//! know before the program runs (`randAlphaNum`, `now`).
//!
//! Nothing here reads a file, a clock or an environment, and every depth, size and loop is bounded by [`Limits`].

mod builtins;
mod call;
mod compare;
mod constant;
mod eval;
mod exec;
mod functions;
#[cfg(test)]
mod fuzz;
mod lex;
mod limits;
mod parse;
mod print;
mod templates;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod value;

pub use call::Host;
pub use exec::Engine;
pub use limits::Limits;
pub use templates::{Error, Templates};
pub use text::{Mark, Place, Text};
pub use value::{Kind, List, Map, Object, Value};
