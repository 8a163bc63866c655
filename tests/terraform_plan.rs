//! Modules of our own, judged by what Terraform plans for them (`tests/fixtures/modules/record.py` records it): no value
//! that we know differs, and of the values that a plan knows, nearly all are known to us.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::command::{root, stockade};

/// What comparing came to.
#[derive(Default)]
struct Tally {
    equal: usize,
    /// Known to the plan and not to us, as `module address path`.
    unknown: Vec<String>,
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
        if ours.get("$unknown").is_some() || ours.get("$ref").is_some() {
            return self.unknown(planned, place);
        }
        if ours.get("$sensitive").is_some() {
            return;
        }
        match (planned, ours) {
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

#[test]
fn values_are_those_of_terraform_plans() {
    let folder = root().join("tests/fixtures/modules");
    let mut modules: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    modules.retain(|path| path.join("planned.json").is_file());
    modules.sort();
    assert!(modules.len() >= 40, "only {} modules have a recorded plan", modules.len());
    let mut tally = Tally::default();
    for module in &modules {
        let name = module.file_name().unwrap().to_string_lossy();
        let graph = stockade(module, &["graph", "--workspace", "default"]).json();
        let resources: BTreeMap<&str, &Value> = graph["resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|resource| (resource["address"].as_str().unwrap(), &resource["body"]))
            .collect();
        let planned = fs::read_to_string(module.join("planned.json")).unwrap();
        let planned: BTreeMap<String, Value> = serde_json::from_str(&planned).unwrap();
        for (address, change) in &planned {
            let place = format!("{name} {address} ");
            let Some(ours) = resources.get(address.as_str()) else {
                tally.differing.push(format!("{place}: we do not have it"));
                continue;
            };
            tally.compare(&change["values"], &change["unknown"], Some(ours), &place);
        }
        let managed = |address: &&&str| {
            let last = address.split(".module.").last().unwrap_or(address);
            let last =
                last.strip_prefix("module.").and_then(|rest| rest.split_once('.')).map_or(last, |(_, rest)| rest);
            last.starts_with("terraform_data.") || last.starts_with("aws_")
        };
        for address in resources.keys().filter(managed).filter(|address| !planned.contains_key(**address)) {
            // Views stand beside the resource that they are made of.
            if !address.contains('/') {
                tally.differing.push(format!("{name} {address}: planned is nothing of the kind"));
            }
        }
    }
    let total = tally.equal + tally.unknown.len();
    eprintln!("{} modules: {} of {total} values known; not: {:#?}", modules.len(), tally.equal, tally.unknown);
    assert!(tally.differing.is_empty(), "{:#?}", tally.differing);
    assert!(tally.equal * 100 >= total * 97, "{} of {total}", tally.equal);
}
