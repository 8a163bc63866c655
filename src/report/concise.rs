//! One line a finding, as compilers and `grep -n` write them.

use std::fmt::Write;

use crate::Report;
use crate::place::place;

/// `path:line:column: severity: message [rule]`
pub fn concise(report: &Report<'_>) -> String {
    let mut out = String::new();
    for finding in report.findings {
        let at = place(report.sources, finding.primary);
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{at}: {}: {} [{}]", finding.severity, finding.message, finding.rule);
    }
    out
}
