//! Input sets: what is given to Terraform's variables, and one run for several of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use stockade_engine::{Finding, Undetermined};
use stockade_model::CompactString;
use stockade_source::{FileId, Source, Sources, Span};

use crate::classify::file_name;
use crate::{Analysis, Input, Options, analyse_one};

/// What is given to Terraform's variables and Helm's values, beside the files that these read by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    /// Variables of the process by the name after `TF_VAR_`, with their text: the least that counts.
    pub environment: Vec<(String, String)>,
    /// Files and single values, the last one winning.
    pub given: Vec<Given>,
    /// The workspace that is selected.
    pub workspace: Option<String>,
    /// Whether every file among `given` makes an environment of its own.
    pub matrix: bool,
    /// What is given to every chart.
    pub helm: Values,
}

/// What is given to a chart over its own values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// Values files, the last one winning: their paths as in reports, and their texts.
    pub files: Vec<(String, Arc<str>)>,
    /// As `helm --set` takes them, over all files.
    pub set: Vec<String>,
}

/// One thing that is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A variables file.
    File {
        /// The path as in reports.
        path: String,
        /// The whole text.
        text: Arc<str>,
    },
    /// The text of one variable.
    Value {
        /// The variable.
        name: String,
        /// As Terraform's `-var name=text` has it.
        text: String,
    },
}

/// The sources of a set of variables.
pub(crate) struct Assigned {
    pub(crate) environment: Vec<(CompactString, FileId)>,
    pub(crate) given: Vec<(Option<CompactString>, FileId)>,
    pub(crate) workspace: Option<CompactString>,
    pub(crate) helm: stockade_helm::Inputs,
}

/// One set of variables: its name, and which of the files is its own.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) name: CompactString,
    pub(crate) file: usize,
}

impl Variables {
    /// One set for each file of a matrix.
    pub(crate) fn environments(&self) -> Vec<Environment> {
        if !self.matrix {
            return vec![];
        }
        let files = self.given.iter().enumerate().filter_map(|(at, given)| match given {
            Given::File { path, .. } => Some((at, path.as_str())),
            Given::Value { .. } => None,
        });
        let files: Vec<(usize, &str)> = files.collect();
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, path) in &files {
            *names.entry(stem(path)).or_default() += 1;
        }
        let name = |path: &'_ str| {
            let name = Some(stem(path)).filter(|name| names.get(name) == Some(&1));
            CompactString::from(name.unwrap_or(path))
        };
        files.iter().map(|(file, path)| Environment { name: name(path), file: *file }).collect()
    }

    /// Adds the texts to `sources`: all of them, so that a file has the same id in every environment. Of the files, only
    /// the environment's own is in force.
    pub(crate) fn add_to(&self, sources: &mut Sources, environment: Option<&Environment>) -> Assigned {
        let in_force = |at: usize| environment.is_none_or(|environment| environment.file == at);
        let process = self.environment.iter().map(|(name, text)| {
            (name.as_str().into(), sources.add(Source::new(format!("TF_VAR_{name}"), text.as_str())))
        });
        let process = process.collect();
        let mut out = vec![];
        for (at, given) in self.given.iter().enumerate() {
            match given {
                Given::File { path, text } => {
                    let id = sources.add(Source::new(path.as_str(), Arc::clone(text)));
                    out.extend(in_force(at).then_some((None, id)));
                }
                Given::Value { name, text } => {
                    let id = sources.add(Source::new(format!("--var {name}"), text.as_str()));
                    out.push((Some(name.as_str().into()), id));
                }
            }
        }
        let mut source = |path: &str, text: Arc<str>| (sources.add(Source::new(path, Arc::clone(&text))), text);
        let helm = stockade_helm::Inputs {
            values: self.helm.files.iter().map(|(path, text)| source(path, Arc::clone(text))).collect(),
            set: self.helm.set.iter().map(|text| source("--helm-set", text.as_str().into())).collect(),
            ..stockade_helm::Inputs::default()
        };
        let workspace = self.workspace.as_deref().map(CompactString::from);
        Assigned { environment: process, given: out, workspace, helm }
    }
}

/// `prod` of `envs/prod.tfvars`, and of `envs/prod/terraform.tfvars`.
fn stem(path: &str) -> &str {
    let name = file_name(path);
    let name = name.strip_suffix(".json").unwrap_or(name);
    let name = name.strip_suffix(".tfvars").unwrap_or(name);
    let name = name.strip_suffix(".auto").unwrap_or(name);
    let folder = path.rsplit_once('/').map(|(folder, _)| file_name(folder));
    match folder {
        Some(folder) if matches!(name, "terraform" | "variables" | "vars") && !matches!(folder, "" | "." | "..") => {
            folder
        }
        _ => name,
    }
}

/// Judges `inputs` once for each environment. What holds in all of them is said once and without their names.
pub(crate) fn analyse(inputs: &[Input], options: &Options<'_>, environments: &[Environment]) -> Analysis {
    let mut merged: Option<Analysis> = None;
    for environment in environments {
        let mut one = analyse_one(inputs, options, Some(environment));
        for finding in &mut one.findings {
            finding.environments.push(environment.name.clone());
        }
        merged = Some(match merged {
            None => one,
            Some(all) => merge(all, one),
        });
    }
    let mut merged = merged.unwrap_or_else(|| analyse_one(inputs, options, None));
    for finding in &mut merged.findings {
        if finding.environments.len() == environments.len() {
            finding.environments.clear();
        }
    }
    let (sources, findings) = (&merged.sources, &mut merged.findings);
    findings.sort_by(|a, b| {
        let place = |finding: &Finding| (sources.path(finding.primary.file).to_owned(), finding.primary.start);
        (place(a), &a.rule, a.primary.end, &a.message).cmp(&(place(b), &b.rule, b.primary.end, &b.message))
    });
    merged
}

/// What one finding shares with the one of another environment.
type Key = (CompactString, String, Span);

fn key(finding: &Finding) -> Key {
    (finding.rule.clone(), finding.fingerprint.clone(), finding.primary)
}

fn merge(mut all: Analysis, one: Analysis) -> Analysis {
    let mut slots: HashMap<Key, Vec<usize>> = HashMap::new();
    for (at, finding) in all.findings.iter().enumerate() {
        slots.entry(key(finding)).or_default().push(at);
    }
    // Twins share a key: the first meets the first.
    let mut met: HashMap<Key, usize> = HashMap::new();
    for mut finding in one.findings {
        let key = key(&finding);
        let turn = met.entry(key.clone()).or_default();
        let twin = slots.get(&key).and_then(|slots| slots.get(*turn)).and_then(|at| all.findings.get_mut(*at));
        *turn += 1;
        match twin {
            Some(twin) => {
                twin.environments.append(&mut finding.environments);
                twin.instances.append(&mut finding.instances);
                twin.instances.sort();
                twin.instances.dedup();
            }
            None => all.findings.push(finding),
        }
    }
    let known: HashSet<(CompactString, CompactString, Span)> = all.undetermined.iter().map(question).collect();
    all.undetermined.extend(one.undetermined.into_iter().filter(|open| !known.contains(&question(open))));
    all.account.resources = all.account.resources.max(one.account.resources);
    all.account.incomplete.extend(one.account.incomplete);
    all.account.incomplete.sort();
    all.account.incomplete.dedup();
    all
}

fn question(open: &Undetermined) -> (CompactString, CompactString, Span) {
    (open.rule.clone(), open.resource.address.clone(), open.because.span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_are_named_after_their_files() {
        let file = |path: &str| Given::File { path: path.into(), text: "".into() };
        let names = |paths: &[&str]| -> Vec<CompactString> {
            let given = paths.iter().map(|path| file(path)).collect();
            let variables = Variables { given, matrix: true, ..Variables::default() };
            variables.environments().into_iter().map(|one| one.name).collect()
        };
        assert_eq!(names(&["prod.tfvars", "env/dev.auto.tfvars.json"]), ["prod", "dev"]);
        assert_eq!(names(&["env/prod/terraform.tfvars", "env/dev/terraform.tfvars"]), ["prod", "dev"]);
        assert_eq!(names(&["a/x.tfvars", "b/x.tfvars"]), ["a/x.tfvars", "b/x.tfvars"]);
    }

    #[test]
    fn single_values_hold_in_every_environment() {
        let given = vec![
            Given::File { path: "a.tfvars".into(), text: "".into() },
            Given::Value { name: "x".into(), text: "1".into() },
            Given::File { path: "b.tfvars".into(), text: "".into() },
        ];
        let variables = Variables { given, matrix: true, ..Variables::default() };
        let environments = variables.environments();
        assert_eq!(environments.len(), 2);
        let mut sources = Sources::default();
        let second = variables.add_to(&mut sources, environments.last());
        assert_eq!(second.given, [(Some("x".into()), FileId(1)), (None, FileId(2))]);
        assert_eq!(sources.len(), 3);
    }
}
