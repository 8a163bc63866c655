//! Findings: plain data, complete without the graph they came from.

use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;
use stockade_model::Technology;
use stockade_source::{Edit, Span};

/// How bad it is. Ordered: `Info` is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Makes another weakness worse, or costs defence in depth.
    Low,
    /// A weakness that needs another one to be used.
    Medium,
    /// A weakness that can be used.
    High,
    /// Open to anyone.
    Critical,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Severity; 5] =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];

    /// The name in pages, options and reports.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Severity::ALL
            .into_iter()
            .find(|severity| severity.name() == text)
            .ok_or_else(|| format!("`{text}` is no severity: critical, high, medium, low or info"))
    }
}

/// A check that holds of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The id of the check.
    pub rule: CompactString,
    /// The severity in force.
    pub severity: Severity,
    /// The title of the check's page.
    pub title: CompactString,
    /// What is wrong, with the values.
    pub message: String,
    /// What it was found in.
    pub resource: Subject,
    /// The smallest text that shows it.
    pub primary: Span,
    /// What the primary text shows, short: `` `acl` is `public-read` ``.
    pub shows: String,
    /// Whether the primary text is that of a value, rather than of what lacks one.
    pub rests_on_value: bool,
    /// The other places that made it so: further evidence and the provenance of the values, in order.
    pub related: Vec<Label>,
    /// The addresses that share this place, sorted: instances of `count` and `for_each`, calls of the module. Empty for
    /// a declaration that stands for one resource.
    pub instances: Vec<CompactString>,
    /// The environments in which it holds, where there are several and it does not hold in all of them.
    pub environments: Vec<CompactString>,
    /// A change that would mend it.
    pub fix: Option<Fix>,
    /// The same for the same problem of the same resource, wherever its lines move.
    pub fingerprint: String,
}

/// The resource of a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// Its kind or view.
    pub kind: CompactString,
    /// Its address, without instance keys.
    pub address: CompactString,
    /// The path of its project.
    pub project: CompactString,
    /// Its language.
    pub technology: Technology,
    /// Its header.
    pub head: Span,
}

/// A place that has something to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What: short, lower case, no full stop.
    pub text: String,
}

/// A change of the source that would mend a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does: `set acl to private`.
    pub title: String,
    /// Whether it may be applied unasked.
    pub safety: Safety,
    /// The change; all edits together or none.
    pub edits: Vec<Edit>,
}

/// Whether a fix may be applied unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// It keeps what the code is for.
    Safe,
    /// It may break what the code is for, so a person must look.
    Unsafe,
}

/// A check that can neither be said to hold nor not to hold of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Undetermined {
    /// The id of the check.
    pub rule: CompactString,
    /// What it was asked of.
    pub resource: Subject,
    /// What stood in the way.
    pub because: Label,
}
