//! The closing lines of the reports that people read.

use std::collections::BTreeMap;
use std::fmt::Write;

use stockade_engine::Severity;

use crate::Report;
use crate::place::place;

/// How many incomplete places are listed before the rest is only counted.
const LISTED: usize = 20;

/// What was found, looked at, left undecided and not read.
pub fn summary(report: &Report<'_>) -> String {
    let mut out = String::new();
    let account = report.account;
    let (templated, faults): (Vec<_>, Vec<_>) = account.incomplete.iter().partition(|one| one.templated);
    for one in faults.iter().take(LISTED) {
        let at = one.span.map(|span| place(report.sources, span)).filter(|at| !at.is_empty());
        let _ = writeln!(out, "incomplete: {}: {}", at.as_deref().unwrap_or(&one.path), one.reason);
    }
    if faults.len() > LISTED {
        let _ = writeln!(out, "incomplete: {} more; `--format json` lists all", faults.len() - LISTED);
    }
    if !templated.is_empty() {
        let _ = writeln!(out, "incomplete: {} that must be rendered first", count(templated.len(), "template"));
    }
    let found = match report.findings.len() {
        0 => "no findings".to_owned(),
        n => format!("{} ({})", count(n, "finding"), by_severity(report)),
    };
    let files: usize = account.files.values().sum();
    let languages: Vec<String> = account.files.iter().map(|(technology, n)| format!("{n} {technology}")).collect();
    let _ = write!(out, "{found} in {} and {}", count(files, "file"), count(account.resources, "resource"));
    if !languages.is_empty() {
        let _ = write!(out, " ({})", languages.join(", "));
    }
    out.push('\n');
    if !report.undetermined.is_empty() {
        let checks = report.undetermined.iter().fold(BTreeMap::<&str, usize>::new(), |mut all, one| {
            *all.entry(one.rule.as_str()).or_default() += 1;
            all
        });
        let _ = writeln!(
            out,
            "{} undetermined in {}: the code does not say",
            count(report.undetermined.len(), "answer"),
            count(checks.len(), "check"),
        );
    }
    if !account.skipped.is_empty() {
        let names: Vec<String> = account.skipped.iter().map(|(name, n)| format!("{n} {name}")).collect();
        let _ = writeln!(out, "skipped folders: {}", names.join(", "));
    }
    out
}

fn by_severity(report: &Report<'_>) -> String {
    let parts = Severity::ALL.into_iter().filter_map(|severity| {
        let n = report.findings.iter().filter(|finding| finding.severity == severity).count();
        (n > 0).then(|| format!("{n} {severity}"))
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
