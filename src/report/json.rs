//! The JSON report; its shape is a contract, written down in `docs/report.schema.json`.

use std::collections::BTreeMap;

use schemars::{JsonSchema, schema_for};
use serde::{Serialize, Serializer};
use stockade_engine::{Finding, Label, Safety, Severity, Subject, Undetermined};
use stockade_source::{Edit, Span};

use crate::place::Range;
use crate::rules::{aliases, maps};
use crate::{Disagreement, Report};

/// The result of `stockade check --format json`.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Stockade report")]
struct Document<'a> {
    /// The version of this format.
    version: u32,
    tool: Tool,
    /// Sorted by file, offset, rule.
    #[schemars(with = "Vec<JsonFinding<'a>>")]
    findings: Each<'a, Finding>,
    /// Checks that could be said neither to hold nor not to hold.
    #[schemars(with = "Vec<JsonUndetermined<'a>>")]
    undetermined: Each<'a, Undetermined>,
    scanned: Scanned<'a>,
    /// The number of findings of each severity.
    summary: BTreeMap<&'static str, usize>,
    /// What the plan and its source do not agree about; of `stockade plan` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    disagreements: Option<Vec<JsonDisagreement<'a>>>,
}

/// A list whose entries are made one at a time, as they are written: a run may have a million findings.
struct Each<'a, T> {
    report: &'a Report<'a>,
    items: &'a [T],
}

impl Serialize for Each<'_, Finding> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.items.iter().map(|finding| self.report.finding(finding)))
    }
}

impl Serialize for Each<'_, Undetermined> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.items.iter().map(|one| self.report.undetermined_one(one)))
    }
}

/// What made the report.
#[derive(Serialize, JsonSchema)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// One finding.
#[derive(Serialize, JsonSchema)]
struct JsonFinding<'a> {
    /// The id of the check.
    rule: &'a str,
    severity: &'static str,
    /// The title of the check's page.
    title: &'a str,
    /// What is wrong here.
    message: &'a str,
    /// Relative to the working directory, forward slashes.
    file: &'a str,
    range: Option<Range>,
    resource: JsonResource<'a>,
    /// The other places that made it so, the provenance chain among them.
    labels: Vec<JsonLabel<'a>>,
    /// The addresses of the instances that share the place.
    instances: Vec<&'a str>,
    /// The environments in which it holds; empty where there is one, or where it holds in all of them.
    environments: Vec<&'a str>,
    /// The same check in other tools, `tool:id`.
    aliases: Vec<String>,
    /// Controls by framework.
    maps: BTreeMap<&'a str, Vec<&'a str>>,
    fix: Option<JsonFix<'a>>,
    /// The same for the same problem of the same resource, wherever its lines move.
    fingerprint: &'a str,
    /// Always null: suppressions are not implemented yet.
    suppressed: Option<()>,
}

/// What something was found in.
#[derive(Serialize, JsonSchema)]
struct JsonResource<'a> {
    kind: &'a str,
    address: &'a str,
    file: &'a str,
    range: Option<Range>,
}

/// A place with something to say.
#[derive(Serialize, JsonSchema)]
struct JsonLabel<'a> {
    file: &'a str,
    range: Option<Range>,
    text: &'a str,
}

/// A change that would mend a finding.
#[derive(Serialize, JsonSchema)]
struct JsonFix<'a> {
    title: &'a str,
    /// `safe` or `unsafe`.
    safety: &'static str,
    /// All together or none.
    edits: Vec<JsonEdit<'a>>,
}

/// One replacement of text.
#[derive(Serialize, JsonSchema)]
struct JsonEdit<'a> {
    file: &'a str,
    range: Option<Range>,
    text: &'a str,
}

/// A check without an answer.
#[derive(Serialize, JsonSchema)]
struct JsonUndetermined<'a> {
    rule: &'a str,
    resource: JsonResource<'a>,
    because: JsonLabel<'a>,
}

/// What was looked at.
#[derive(Serialize, JsonSchema)]
struct Scanned<'a> {
    /// How many files of each language.
    files: BTreeMap<&'static str, usize>,
    /// How many files of no known language.
    other: usize,
    /// Folders of other people's code that were passed over, by name.
    skipped: &'a BTreeMap<String, usize>,
    resources: usize,
    incomplete: Vec<JsonIncomplete<'a>>,
}

/// Something that could not be read, parsed or resolved.
#[derive(Serialize, JsonSchema)]
struct JsonIncomplete<'a> {
    file: &'a str,
    reason: &'a str,
    range: Option<Range>,
    /// Text of a template language rather than a fault.
    templated: bool,
}

/// Something that a plan and its source do not agree about.
#[derive(Serialize, JsonSchema)]
struct JsonDisagreement<'a> {
    /// The address of the resource.
    address: &'a str,
    /// The path of the attribute; empty for the resource as a whole.
    attribute: &'a str,
    /// What the source says, as text for people.
    source: &'a str,
    /// What the plan says, as text for people.
    plan: &'a str,
    /// Where the source says it, else where the plan does.
    file: &'a str,
    range: Option<Range>,
}

/// The report as one JSON object, with a line break at its end.
pub fn json(report: &Report<'_>) -> String {
    let mut summary: BTreeMap<&'static str, usize> = Severity::ALL.map(|s| (s.name(), 0)).into();
    for finding in report.findings {
        *summary.entry(finding.severity.name()).or_default() += 1;
    }
    let account = report.account;
    let document = Document {
        version: 1,
        tool: Tool { name: "stockade", version: env!("CARGO_PKG_VERSION") },
        findings: Each { report, items: report.findings },
        undetermined: Each { report, items: report.undetermined },
        scanned: Scanned {
            files: account.files.iter().map(|(technology, count)| (technology.name(), *count)).collect(),
            other: account.other,
            skipped: &account.skipped,
            resources: account.resources,
            incomplete: account
                .incomplete
                .iter()
                .map(|one| JsonIncomplete {
                    file: &one.path,
                    reason: &one.reason,
                    range: one.span.and_then(|span| Range::of(report.sources, span)),
                    templated: one.templated,
                })
                .collect(),
        },
        summary,
        disagreements: report.disagreements.map(|all| all.iter().map(|one| report.disagreement(one)).collect()),
    };
    // The document holds only strings, numbers and maps with string keys, which JSON can say.
    let mut out = serde_json::to_string_pretty(&document).expect("a report is valid JSON");
    out.push('\n');
    out
}

/// The JSON Schema of [`json`], with a line break at its end.
pub fn json_schema() -> String {
    let mut out = serde_json::to_string_pretty(&schema_for!(Document<'static>)).expect("a schema is valid JSON");
    out.push('\n');
    out
}

impl<'a> Report<'a> {
    fn finding(&self, finding: &'a Finding) -> JsonFinding<'a> {
        let check = self.registry.check(&finding.rule).and_then(Result::ok);
        JsonFinding {
            rule: &finding.rule,
            severity: finding.severity.name(),
            title: &finding.title,
            message: &finding.message,
            file: self.sources.path(finding.primary.file),
            range: Range::of(self.sources, finding.primary),
            resource: self.subject(&finding.resource),
            labels: finding.related.iter().map(|label| self.label(label)).collect(),
            instances: finding.instances.iter().map(AsRef::as_ref).collect(),
            environments: finding.environments.iter().map(AsRef::as_ref).collect(),
            aliases: check.map(aliases).unwrap_or_default(),
            maps: check.map(maps).unwrap_or_default(),
            fix: finding.fix.as_ref().map(|fix| JsonFix {
                title: &fix.title,
                safety: match fix.safety {
                    Safety::Safe => "safe",
                    Safety::Unsafe => "unsafe",
                },
                edits: fix.edits.iter().map(|edit| self.edit(edit)).collect(),
            }),
            fingerprint: &finding.fingerprint,
            suppressed: None,
        }
    }

    fn undetermined_one(&self, one: &'a Undetermined) -> JsonUndetermined<'a> {
        JsonUndetermined { rule: &one.rule, resource: self.subject(&one.resource), because: self.label(&one.because) }
    }

    fn disagreement(&self, one: &Disagreement<'a>) -> JsonDisagreement<'a> {
        let (file, range) = self.at(one.span);
        JsonDisagreement {
            address: one.address,
            attribute: one.attribute,
            source: one.source,
            plan: one.plan,
            file,
            range,
        }
    }

    fn subject(&self, subject: &'a Subject) -> JsonResource<'a> {
        let (file, range) = self.at(subject.head);
        JsonResource { kind: &subject.kind, address: &subject.address, file, range }
    }

    fn label(&self, label: &'a Label) -> JsonLabel<'a> {
        let (file, range) = self.at(label.span);
        JsonLabel { file, range, text: &label.text }
    }

    fn edit(&self, edit: &'a Edit) -> JsonEdit<'a> {
        let (file, range) = self.at(edit.span);
        JsonEdit { file, range, text: &edit.text }
    }

    fn at(&self, span: Span) -> (&'a str, Option<Range>) {
        (self.sources.path(span.file), Range::of(self.sources, span))
    }
}
