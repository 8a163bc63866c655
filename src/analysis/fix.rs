//! Fixes, applied in memory and kept only where a second look says that they did good.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use stockade_engine::{Finding, Safety};
use stockade_source::{Edit, apply_edits};

use crate::classify::is_installed;
use crate::{Analysis, Input, Options, Role, analyse};

/// What fixing came to.
#[derive(Debug)]
pub struct Fixed {
    /// The changed files by path, with their whole new text.
    pub texts: BTreeMap<String, String>,
    /// How many findings were mended.
    pub applied: usize,
    /// Fixes that were tried and taken back, or could not be tried.
    pub refused: Vec<Refused>,
    /// The analysis of the changed files.
    pub analysis: Analysis,
}

/// A fix that was not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The id of the check.
    pub rule: String,
    /// The address of the resource.
    pub resource: String,
    /// Why.
    pub reason: String,
}

/// Applies the fixes of `analysis`, the result of analysing `inputs`: the safe ones, with `unsafe_too` all.
///
/// A fix is kept only if its finding is gone afterwards, no new finding came, and nothing that could be read
/// before cannot be read any more.
pub fn fix(inputs: &[Input], analysis: &Analysis, options: &Options<'_>, unsafe_too: bool) -> Fixed {
    let mut state = State {
        inputs: inputs.to_vec(),
        analysis: analyse(inputs, options),
        applied: 0,
        refused: vec![],
        tried: HashSet::new(),
    };
    debug_assert_eq!(state.analysis.findings, analysis.findings, "the analysis is of these inputs");
    // Each round mends or marks something; the bound is for fixes that would bring one another back.
    for _ in 0..analysis.findings.len() + 16 {
        let batch = state.candidates(unsafe_too);
        if batch.is_empty() {
            break;
        }
        let marks: Vec<_> = batch.iter().map(|finding| state.mark(finding)).collect();
        state.tried.extend(marks);
        state.attempt(&batch, options);
    }
    let texts = state
        .inputs
        .iter()
        .zip(inputs)
        .filter(|(after, before)| after.text != before.text)
        .map(|(after, _)| (after.path.clone(), after.text.to_string()))
        .collect();
    Fixed { texts, applied: state.applied, refused: state.refused, analysis: state.analysis }
}

type Key = (String, String);

fn key(finding: &Finding) -> Key {
    (finding.rule.to_string(), finding.fingerprint.clone())
}

/// Findings of twins have one key, so they are counted.
fn count(findings: &[Finding]) -> BTreeMap<Key, usize> {
    findings.iter().fold(BTreeMap::new(), |mut counts, finding| {
        *counts.entry(key(finding)).or_insert(0) += 1;
        counts
    })
}

struct State {
    inputs: Vec<Input>,
    analysis: Analysis,
    applied: usize,
    refused: Vec<Refused>,
    /// Tried, as (rule, fingerprint) with the text at the primary place: twins are told apart as far as that goes.
    tried: HashSet<(Key, String)>,
}

impl State {
    /// What stays of a finding while text around it moves.
    fn mark(&self, finding: &Finding) -> (Key, String) {
        (key(finding), format!("{} {}", finding.resource.address, self.analysis.sources.text(finding.primary)))
    }

    /// The findings whose fixes were not tried yet and do not touch one another.
    fn candidates(&self, unsafe_too: bool) -> Vec<Finding> {
        let mut taken: Vec<&Edit> = vec![];
        let mut out = vec![];
        for finding in &self.analysis.findings {
            let Some(fix) = &finding.fix else { continue };
            if (fix.safety == Safety::Unsafe && !unsafe_too) || self.tried.contains(&self.mark(finding)) {
                continue;
            }
            let touches = |edit: &Edit| {
                taken.iter().any(|t| {
                    t.span.file == edit.span.file && edit.span.start <= t.span.end && t.span.start <= edit.span.end
                })
            };
            if fix.edits.iter().any(touches) || !fix.edits.iter().all(|edit| self.may_change(edit)) {
                continue;
            }
            taken.extend(&fix.edits);
            out.push(finding.clone());
        }
        out
    }

    /// Files that are there for context, and installed modules, are not ours to change.
    fn may_change(&self, edit: &Edit) -> bool {
        let path = self.analysis.sources.path(edit.span.file);
        !is_installed(path) && self.inputs.iter().any(|input| input.role == Role::Judged && input.path == path)
    }

    /// Applies a batch; where it does no good as a whole, its halves, down to single fixes.
    fn attempt(&mut self, batch: &[Finding], options: &Options<'_>) {
        match self.apply(batch, options) {
            Ok((inputs, analysis)) => {
                self.inputs = inputs;
                self.analysis = analysis;
                self.applied += batch.len();
            }
            Err(reason) if batch.len() == 1 => self.refused.push(Refused {
                rule: batch[0].rule.to_string(),
                resource: batch[0].resource.address.to_string(),
                reason,
            }),
            Err(_) => {
                let (first, second) = batch.split_at(batch.len() / 2);
                self.attempt(first, options);
                // The first half may have moved the text: the second half's fixes are taken from the new findings.
                let keys: HashSet<Key> = second.iter().map(key).collect();
                let still = self.analysis.findings.iter().rev().filter(|finding| keys.contains(&key(finding)));
                // Twins have one key, so that more may be found than there were: a half must stay a half.
                let second: Vec<Finding> = still.take(second.len()).cloned().collect();
                if !second.is_empty() {
                    self.attempt(&second, options);
                }
            }
        }
    }

    fn apply(&self, batch: &[Finding], options: &Options<'_>) -> Result<(Vec<Input>, Analysis), String> {
        let mut edits: BTreeMap<&str, Vec<Edit>> = BTreeMap::new();
        for edit in batch.iter().filter_map(|finding| finding.fix.as_ref()).flat_map(|fix| &fix.edits) {
            edits.entry(self.analysis.sources.path(edit.span.file)).or_default().push(edit.clone());
        }
        let mut inputs = self.inputs.clone();
        for (path, edits) in edits {
            let input =
                inputs.iter_mut().find(|input| input.path == path).ok_or("the file is not one that was given")?;
            if input.role != Role::Judged || input.path == "-" {
                return Err("the file is not one that may be changed".into());
            }
            if input.invalid.is_some() {
                return Err("the file is not UTF-8".into());
            }
            input.text = Arc::from(apply_edits(&input.text, &edits).map_err(|error| error.to_string())?);
        }
        let after = analyse(&inputs, options);
        if after.account.incomplete.len() > self.analysis.account.incomplete.len() {
            return Err("the file would no longer be read whole".into());
        }
        let (before, mended, left) = (count(&self.analysis.findings), count(batch), count(&after.findings));
        let of = |counts: &BTreeMap<Key, usize>, key: &Key| counts.get(key).copied().unwrap_or(0);
        if let Some(((rule, _), _)) = mended.iter().find(|(key, n)| of(&left, key) + *n > of(&before, key)) {
            return Err(format!("`{rule}` would still hold"));
        }
        if let Some(((rule, _), _)) = left.iter().find(|(key, n)| **n > of(&before, key)) {
            return Err(format!("it would bring a new finding of `{rule}`"));
        }
        Ok((inputs, after))
    }
}
