//! A *kustomization* names manifests and what to lay over them; built, it gives manifests.
//!
//! Built as `kubectl kustomize` builds it (version 5.5), without a process or the disk: the caller hands over the
//! files. Every value of what is built has the place that gave it: the base, the patch, or the line of the
//! kustomization whose transformer wrote it.

mod accumulate;
mod api;
mod field;
mod generate;
mod hash;
mod image;
mod json_patch;
mod kustomization;
mod label;
mod manifest;
mod merge;
mod metadata;
mod object;
mod order;
mod patch;
mod plugin;
mod reference;
mod replacement;
mod roots;
mod select;
mod shape;
mod tables;
#[cfg(test)]
mod tests;
mod tree;
mod value;
mod variable;

pub use accumulate::{Built, build};
pub use kustomization::is_kustomization;
pub use roots::{Roots, missing, roots};
pub use tree::Tree;

/// How deep a value may become, in levels.
const MAX_DEPTH: usize = 512;

/// How many kustomizations one build may visit; the same one through several overlays counts each time.
const MAX_VISITS: usize = 1_000;

/// How much text one build may read, in bytes.
const MAX_READ: usize = 32 << 20;

/// How much one build may copy and write, in nodes; so many bytes of text count as one.
const MAX_WORK: usize = 1_000_000;

/// How many faults are told of one build; the rest would tell nothing new.
const MAX_FAULTS: usize = 100;
