//! End-to-end tests of the binary, by theme.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may fail where it stands")]

mod architecture;
mod check;
mod command;
mod documents;
mod fixes;
mod graph;
mod hostile;
mod lsp;
mod named;
mod pages;
mod plan;
mod rendered;
mod terraform;
mod terraform_plan;
