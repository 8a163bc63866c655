//! A *task* is one call of a module on a host; playbooks and roles are lists of them.
//!
//! [`classify`] tells an Ansible file from other YAML, [`lower`] turns the files of one project into resources: one per
//! task under its module's full name, with its arguments in their canonical form, and beside it the keywords that are
//! in force there, the shell commands that it runs and, for cloud modules, the Terraform resource that it declares.
//! Jinja is not evaluated: what a template decides is unknown.

mod arguments;
mod classify;
mod cloud;
mod command;
mod freeform;
mod jinja;
mod keywords;
mod lower;
mod modules;
mod packages;
mod scalar;
mod scope;
mod security_group;
mod task;
#[cfg(test)]
mod tests;

pub use classify::{FileKind, classify, project};
pub use lower::lower;

use stockade_source::FileId;
use stockade_yaml::Document;

/// One file of a project.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// The file that spans name.
    pub id: FileId,
    /// Its path, as in reports.
    pub path: &'a str,
    /// Its whole text.
    pub text: &'a str,
    /// What [`classify`] said of it.
    pub kind: FileKind,
    /// Its documents.
    pub documents: &'a [Document],
}
