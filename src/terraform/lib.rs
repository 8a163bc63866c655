//! *Terraform* configurations, lowered: a root module with everything it calls becomes resources whose
//! attributes are evaluated as far as the text decides them.
//!
//! Lowering is a pure function of what it is handed: it reads no file and runs nothing. What the text does
//! not decide is unknown, with the reason; nothing is guessed. Every loop, size and depth is bounded, and
//! what lies beyond a bound is unknown too. Recursion needs at most 8 MiB of stack.

mod access;
mod body;
mod call;
mod config;
mod convert;
mod declare;
mod emit;
mod encode;
mod eval;
mod expand;
mod functions;
mod input;
mod moved;
mod named;
mod number;
mod operators;
pub mod plan;
mod provider;
mod reference;
mod scope;
mod structure;
mod template;
mod types;
mod value;

pub use config::body_from_json;
pub use input::{Assignment, FileRead, Given, Inputs, Module, ModuleFile, VariablesFile, Workspace, called_folders};
pub use named::{NamedFiles, NamedFolder, PathPattern, named_files};

use stockade_model::Lowered;

/// Lowers a root module with the modules that it calls.
pub fn lower(root: &Module, inputs: &Inputs, workspace: &dyn Workspace) -> Lowered {
    emit::lower(root, inputs, workspace)
}

#[cfg(test)]
mod tests;
