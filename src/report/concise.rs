//! One line a finding, as compilers and `grep -n` write them.

use std::fmt::Write;

use crate::Report;
use crate::place::place;

/// `path:line:column: severity: message [rule]`; the environments in which it holds stand before the rule.
pub fn concise(report: &Report<'_>) -> String {
    let mut out = String::new();
    for finding in report.findings {
        let at = place(report.sources, finding.primary);
        let only = match finding.environments.as_slice() {
            [] => String::new(),
            some => format!(" (only in {})", some.join(", ")),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{at}: {}: {}{only} [{}]", finding.severity, finding.message, finding.rule);
    }
    out
}
