//! A *report* is what a run has to say, rendered for a reader: a terminal, a script, a person with a graph.
//!
//! Nothing here decides anything, and nothing here writes anywhere: every renderer returns its text.

mod concise;
mod full;
mod graph;
mod json;
mod place;
mod rules;
mod summary;

pub use concise::concise;
pub use full::{Style, full};
pub use graph::{GraphFilter, dot, graph_json, html, svg};
pub use json::{json, json_schema};
pub use rules::{rule_page, rules_json, rules_table};
pub use summary::summary;

use stockade_engine::{Account, Finding, Registry, Undetermined};
use stockade_source::{Sources, Span};

/// A run, ready to be rendered.
#[derive(Clone, Copy)]
pub struct Report<'a> {
    /// The files that spans point into.
    pub sources: &'a Sources,
    /// The checks, for their aliases and maps.
    pub registry: &'a Registry,
    /// What was found, in the order of reports.
    pub findings: &'a [Finding],
    /// What could not be decided.
    pub undetermined: &'a [Undetermined],
    /// What was looked at.
    pub account: &'a Account,
    /// What a plan and its source do not agree about, where there is a plan.
    pub disagreements: Option<&'a [Disagreement<'a>]>,
}

/// Something that a plan and its source do not agree about.
#[derive(Clone, Copy, Debug)]
pub struct Disagreement<'a> {
    /// The address of the resource.
    pub address: &'a str,
    /// The path of the attribute; empty for the resource as a whole.
    pub attribute: &'a str,
    /// What the source says.
    pub source: &'a str,
    /// What the plan says.
    pub plan: &'a str,
    /// Where the source says it, else where the plan does.
    pub span: Span,
}
