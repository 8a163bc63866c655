//! Which rules run.

use globset::{Glob, GlobMatcher};
use stockade_engine::{Check, Registry, Selection};

use crate::args::ReportArgs;

/// The rules that the arguments leave.
///
/// # Errors
/// When a pattern is malformed or names no rule.
pub(crate) fn selection(registry: &Registry, args: &ReportArgs) -> Result<Selection, String> {
    let (select, ignore) = (ids(registry, &args.select)?, ids(registry, &args.ignore)?);
    Ok(Selection { select, ignore, min_severity: Some(args.min_severity) })
}

/// The ids of the rules that patterns name: by id, or by another tool's id for it (`checkov:CKV_AWS_*`).
fn ids(registry: &Registry, patterns: &[String]) -> Result<Vec<String>, String> {
    let mut out = vec![];
    for pattern in patterns {
        let matcher = Glob::new(pattern).map_err(|error| error.to_string())?.compile_matcher();
        let before = out.len();
        if pattern.contains(':') {
            let named = registry.checks().filter(|check| has_alias(check, &matcher));
            out.extend(named.map(|check| check.id.to_string()));
        } else {
            let named = registry.pages().iter().filter(|page| matcher.is_match(page.id.as_str()));
            out.extend(named.map(|page| page.id.to_string()));
        }
        if out.len() == before {
            return Err(unknown(registry, pattern));
        }
    }
    Ok(out)
}

fn has_alias(check: &Check, matcher: &GlobMatcher) -> bool {
    check.aliases.iter().any(|(tool, ids)| ids.iter().any(|id| matcher.is_match(format!("{tool}:{id}"))))
}

/// The rule of an id, or of another tool's id for it.
///
/// # Errors
/// When there is none; the message suggests one.
pub(crate) fn find<'r>(registry: &'r Registry, name: &str) -> Result<&'r Check, String> {
    if let Some(Ok(check)) = registry.check(name) {
        return Ok(check);
    }
    let (tool, id) = name.split_once(':').map_or((None, name), |(tool, id)| (Some(tool), id));
    let named = |check: &&Check| {
        check.aliases.iter().any(|(t, ids)| {
            tool.is_none_or(|tool| tool == t.as_str()) && ids.iter().any(|alias| alias.eq_ignore_ascii_case(id))
        })
    };
    registry.checks().find(named).ok_or_else(|| unknown(registry, name))
}

fn unknown(registry: &Registry, name: &str) -> String {
    let ids = registry.pages().iter().map(|page| page.id.as_str());
    let near = ids
        .map(|id| (strsim::jaro_winkler(id, name), id))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((_, id)) => format!("no rule is named `{name}`; did you mean `{id}`?"),
        None => format!("no rule is named `{name}`; `stockade rules` lists them"),
    }
}
