//! The rules themselves, listed and explained.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;
use stockade_engine::{Check, Registry, Safety, Status};

/// One rule of `stockade rules --format json`.
#[derive(Serialize)]
struct JsonRule<'a> {
    id: &'a str,
    severity: &'static str,
    title: &'a str,
    on: Vec<&'a str>,
    formats: Vec<&'static str>,
    aliases: Vec<String>,
    maps: BTreeMap<&'a str, Vec<&'a str>>,
    fix: Option<&'static str>,
    status: String,
}

/// Other tools' names of the same check: `tool:id`.
pub(crate) fn aliases(check: &Check) -> Vec<String> {
    check.aliases.iter().flat_map(|(tool, ids)| ids.iter().map(move |id| format!("{tool}:{id}"))).collect()
}

/// The controls that ask for the check, by framework.
pub(crate) fn maps(check: &Check) -> BTreeMap<&str, Vec<&str>> {
    check.maps.iter().map(|(name, ids)| (name.as_str(), ids.iter().map(AsRef::as_ref).collect())).collect()
}

/// Every rule that loads, as one JSON list, with a line break at its end.
pub fn rules_json(registry: &Registry) -> String {
    let rules: Vec<JsonRule<'_>> = registry
        .checks()
        .map(|check| JsonRule {
            id: &check.id,
            severity: check.severity.name(),
            title: &check.title,
            on: check.on.iter().map(AsRef::as_ref).collect(),
            formats: check.formats().into_iter().map(|technology| technology.name()).collect(),
            aliases: aliases(check),
            maps: maps(check),
            fix: check.fix.as_ref().map(|fix| match fix.safety {
                Safety::Safe => "safe",
                Safety::Unsafe => "unsafe",
            }),
            status: status(&check.status),
        })
        .collect();
    let mut out = serde_json::to_string_pretty(&rules).expect("a list of rules is valid JSON");
    out.push('\n');
    out
}

/// Every rule that loads, a line each: severity, id, title.
pub fn rules_table(registry: &Registry) -> String {
    let widest = registry.checks().map(|check| check.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for check in registry.checks() {
        let _ = writeln!(out, "{:8}  {:widest$}  {}", check.severity.name(), check.id, check.title);
    }
    out
}

/// The page of a rule: what it is in a few lines, then the page's own text.
pub fn rule_page(check: &Check) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{} ({}, {})\n", check.id, check.severity, status(&check.status));
    let formats: Vec<&str> = check.formats().into_iter().map(|technology| technology.name()).collect();
    let _ = writeln!(out, "looks at: {} ({})", check.on.join(", "), formats.join(", "));
    for (framework, controls) in &check.maps {
        let _ = writeln!(out, "{framework}: {}", controls.join(", "));
    }
    let aliases = aliases(check);
    if !aliases.is_empty() {
        let _ = writeln!(out, "same as: {}", aliases.join(", "));
    }
    let _ = write!(out, "\n{}", check.body.trim_start());
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

fn status(status: &Status) -> String {
    match status {
        Status::Stable => "stable".into(),
        Status::Preview => "preview".into(),
        Status::Deprecated(successor) => format!("deprecated: {successor}"),
    }
}
