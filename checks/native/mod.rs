//! Checks that the language of conditions cannot state: each is a function that a page names with `native:`.

mod container;

use stockade_engine::Native;

/// Every native function by the name that pages use, sorted.
pub(crate) static TABLE: &[(&str, Native)] = &[("duplicate_env_var", container::duplicate_env_var)];
