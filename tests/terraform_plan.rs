//! Modules of our own, judged by what Terraform plans for them (`tests/fixtures/modules/record.py` records it): no value
//! that we know differs, and of the values that a plan knows, nearly all are known to us.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::command::{Ran, root, stockade};

/// What comparing came to.
#[derive(Default)]
struct Tally {
    equal: usize,
    /// Known to the plan and not to us, as `module address path`.
    unknown: Vec<String>,
    /// Known to the plan because it read a data source.
    read: usize,
    /// Known to both and not the same.
    differing: Vec<String>,
}

impl Tally {
    /// Compares what is planned with what we say; `place` is for messages.
    fn compare(&mut self, planned: &Value, unknown: &Value, ours: Option<&Value>, place: &str) {
        if *unknown == Value::Bool(true) || planned.is_null() {
            return;
        }
        let Some(ours) = ours else { return self.absent(planned, place) };
        if let Some(reason) = ours.get("$unknown").or(ours.get("$ref")) {
            // What a plan-only provider makes up for a data source.
            if reason.as_str().is_some_and(|reason| reason.contains("data.")) {
                self.read += 1;
                return;
            }
            return self.unknown(planned, place);
        }
        if ours.get("$sensitive").is_some() {
            return;
        }
        match (planned, ours) {
            // A nested block is a list here, also where the provider's schema has only one.
            (Value::Object(_), Value::Array(blocks)) if blocks.len() == 1 => {
                self.compare(planned, unknown, blocks.first(), place);
            }
            (Value::Object(fields), Value::Object(own)) => {
                for (name, value) in fields {
                    let unknown = unknown.get(name).unwrap_or(&Value::Null);
                    self.compare(value, unknown, own.get(name), &format!("{place}.{name}"));
                }
            }
            (Value::Array(items), Value::Array(own)) if items.len() == own.len() => {
                // Sets have no order: an element is compared with the one that is most like it.
                let mut left: Vec<&Value> = own.iter().collect();
                for (at, item) in items.iter().enumerate() {
                    let unknown = unknown.get(at).unwrap_or(&Value::Null);
                    let place = format!("{place}[{at}]");
                    let best = (0..left.len()).min_by_key(|candidate| {
                        let mut trial = Tally::default();
                        trial.compare(item, unknown, Some(left[*candidate]), &place);
                        (trial.differing.len(), trial.unknown.len(), *candidate)
                    });
                    self.compare(item, unknown, best.map(|best| left.remove(best)), &place);
                }
            }
            _ if text(planned) == text(ours) => self.equal += 1,
            _ => self.differing.push(format!("{place}: planned {planned}, ours {ours}")),
        }
    }

    /// No value differs, and nearly all that plans know is known.
    fn judge(&self, modules: usize) {
        let total = self.equal + self.unknown.len();
        let (equal, read) = (self.equal, self.read);
        eprintln!(
            "{modules} modules: {equal} of {total} values known, {read} read from data sources; not: {:#?}",
            self.unknown
        );
        assert!(self.differing.is_empty(), "{:#?}", self.differing);
        assert!(self.equal * 100 >= total * 97, "{} of {total}", self.equal);
    }

    /// Nothing is set where the plan has something; of a provider's empty collections that is right.
    fn absent(&mut self, planned: &Value, place: &str) {
        let empty = planned.as_array().is_some_and(Vec::is_empty) || planned.as_object().is_some_and(|o| o.is_empty());
        if !empty {
            self.unknown(planned, place);
        }
    }

    /// Counts every primitive that the plan knows and we do not.
    fn unknown(&mut self, planned: &Value, place: &str) {
        match planned {
            Value::Null => {}
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| self.unknown(value, &format!("{place}.{name}")));
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(at, item)| self.unknown(item, &format!("{place}[{at}]")));
            }
            _ => self.unknown.push(place.to_owned()),
        }
    }
}

/// A primitive as a provider's schema would convert it; JSON texts without their layout.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => inner.to_string(),
            _ => text.clone(),
        },
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |n| n.to_string()),
        other => other.to_string(),
    }
}

/// What `record.py` recorded of a module.
fn recorded(module: &str) -> Value {
    let path = root().join(format!("tests/fixtures/modules/plans/{module}.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// What a plan knows of each resource, and what it does not.
fn planned(plan: &Value) -> BTreeMap<String, Value> {
    let changes = plan["resource_changes"].as_array().into_iter().flatten();
    changes
        .filter(|change| change["mode"] == "managed" && !change["change"]["after"].is_null())
        .map(|change| {
            let known = json!({"values": change["change"]["after"], "unknown": change["change"]["after_unknown"]});
            (change["address"].as_str().unwrap().to_owned(), known)
        })
        .collect()
}

/// Compares a plan with what we say of the root module `project` below `folder`.
fn compare_values(tally: &mut Tally, name: &str, folder: &Path, project: &str, plan: &Value) {
    let graph = stockade(folder, &["graph", "--workspace", "default", "--project", project]).json();
    let resources = graph["resources"].as_array().unwrap();
    let resources: BTreeMap<&str, &Value> =
        resources.iter().map(|resource| (resource["address"].as_str().unwrap(), &resource["body"])).collect();
    let planned = planned(plan);
    for (address, change) in &planned {
        let place = format!("{name} {address} ");
        // Where the number of instances is unknown, one without keys stands for them all.
        match resources.get(address.as_str()) {
            Some(ours) => tally.compare(&change["values"], &change["unknown"], Some(ours), &place),
            None if stand_ins(address).any(|one| resources.contains_key(one.as_str())) => {
                tally.unknown(&change["values"], &place);
            }
            None => tally.differing.push(format!("{place}: we do not have it")),
        }
    }
    let all: BTreeSet<String> = planned.keys().flat_map(|address| stand_ins(address)).collect();
    for address in resources.keys().filter(|address| is_managed(address) && !planned.contains_key(**address)) {
        // Views stand beside the resource that they are made of.
        if !address.contains('/') && !all.contains(*address) {
            tally.differing.push(format!("{name} {address}: planned is nothing of the kind"));
        }
    }
}

/// The address with some of its instance keys left out, from the first one on.
fn stand_ins(address: &str) -> impl Iterator<Item = String> {
    let keys: Vec<(usize, usize)> = {
        let mut keys = vec![];
        let (mut quoted, mut start) = (false, 0);
        for (at, byte) in address.bytes().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                b'[' if !quoted => start = at,
                b']' if !quoted => keys.push((start, at + 1)),
                _ => {}
            }
        }
        keys
    };
    let address = address.to_owned();
    (1u32..1 << keys.len().min(8)).map(move |mask| {
        let mut out = address.clone();
        for (at, (start, end)) in keys.iter().enumerate().rev() {
            if mask & (1 << at) != 0 {
                out.replace_range(*start..*end, "");
            }
        }
        out
    })
}

fn is_managed(address: &str) -> bool {
    let mut rest = address;
    while let Some(inner) = rest.strip_prefix("module.") {
        match inner.find(['.', '[']) {
            Some(at) if inner[at..].starts_with('[') => match inner.find("].") {
                Some(end) => rest = &inner[end + 2..],
                None => return false,
            },
            Some(at) => rest = &inner[at + 1..],
            None => return false,
        }
    }
    rest.split('.').next().is_some_and(|kind| kind.contains('_'))
}

/// Rule, resource and place of every finding in Terraform's files, sorted.
fn found(ran: &Ran) -> Vec<String> {
    let report = ran.json();
    let line = |finding: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (file, start) = (text(&finding["file"]), &finding["range"]["start"]);
        format!(
            "{} {} {file}:{}:{}",
            text(&finding["rule"]),
            text(&finding["resource"]["address"]),
            start["line"],
            start["column"]
        )
    };
    let mut lines: Vec<String> = report["findings"].as_array().unwrap().iter().map(line).collect();
    // A plan knows nothing of what lies beside its configuration.
    lines.retain(|line| line.contains(".tf:") || line.contains(".tf.json:"));
    lines.sort();
    lines
}

/// What source and plan say differently: findings of one of them alone (`-` the source's, `+` the plan's), and what is
/// listed as a disagreement (`!`).
fn differences(folder: &Path, plan: &Path) -> (usize, Vec<String>) {
    let check = stockade(folder, &["check", ".", "--workspace", "default", "--format", "json"]);
    let args = ["plan", plan.to_str().unwrap(), "--source", ".", "--format", "json"];
    let planned = stockade(folder, &args);
    let (mut source, mut other) = (found(&check), found(&planned));
    let count = other.len();
    let both: BTreeSet<String> = source.iter().filter(|line| other.contains(line)).cloned().collect();
    source.retain(|line| !both.contains(line));
    other.retain(|line| !both.contains(line));
    let disagreements = planned.json()["disagreements"].as_array().unwrap().clone();
    let said = disagreements.iter().map(|one| {
        let text = |key: &str| one[key].as_str().unwrap().to_owned();
        format!("! {} {}: {} | {}", text("address"), text("attribute"), text("source"), text("plan"))
    });
    let lines = source.into_iter().map(|line| format!("- {line}"));
    let lines = lines.chain(other.into_iter().map(|line| format!("+ {line}"))).chain(said);
    (count, lines.collect())
}

fn modules() -> Vec<PathBuf> {
    let folder = root().join("tests/fixtures/modules");
    let mut modules: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    modules.retain(|path| path.join("main.tf").is_file());
    modules.sort();
    assert!(modules.len() >= 40, "only {} modules", modules.len());
    modules
}

#[test]
fn values_are_those_of_terraform_plans() {
    let mut tally = Tally::default();
    let modules = modules();
    for module in &modules {
        let name = module.file_name().unwrap().to_string_lossy();
        compare_values(&mut tally, &name, module, ".", &recorded(&name));
    }
    tally.judge(modules.len());
}

#[test]
fn source_and_plan_have_the_same_findings() {
    let mut findings = 0;
    for module in modules() {
        let name = module.file_name().unwrap().to_string_lossy().into_owned();
        let plan = root().join(format!("tests/fixtures/modules/plans/{name}.json"));
        let (count, differences) = differences(&module, &plan);
        findings += count;
        assert_eq!(differences, [""; 0], "{name}");
    }
    assert!(findings >= 7, "only {findings} findings to compare");
}

/// `tests/plan_corpus.py OUT CORPUS` makes the folder that `STOCKADE_PLANS` names.
#[test]
fn corpus_plans() {
    let Some(folder) = std::env::var_os("STOCKADE_PLANS").map(PathBuf::from) else {
        eprintln!("skipped: STOCKADE_PLANS is not set");
        return;
    };
    let mut plans: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    plans.retain(|path| path.join("plan.json").is_file());
    plans.sort();
    let (mut tally, mut findings, mut told) = (Tally::default(), 0, vec![]);
    for one in &plans {
        let name = one.file_name().unwrap().to_string_lossy();
        let plan: Value = serde_json::from_str(&fs::read_to_string(one.join("plan.json")).unwrap()).unwrap();
        let project = fs::read_to_string(one.join("root")).unwrap();
        compare_values(&mut tally, &name, &one.join("source"), &project, &plan);
        let (count, differences) = differences(&one.join("source"), &one.join("plan.json"));
        findings += count;
        told.extend(differences.into_iter().map(|line| format!("{name} {line}")));
    }
    eprintln!("{findings} findings of plans");
    tally.judge(plans.len());
    assert_eq!(told, [""; 0]);
}
