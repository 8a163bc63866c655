//! Values files, and how those of a chart, its parents and the user become one.

use std::collections::BTreeMap;

use compact_str::CompactString;
use stockade_gotemplate::{Kind, Map, Text, Value};
use stockade_model as model;
use stockade_source::{FileId, SyntaxError};
use stockade_yaml::{NodeKind, Schema};

use crate::chart::Chart;

/// How many values one file may give, aliases followed: charts copy their values often.
const MAX_VALUES: usize = 200_000;

/// The key of what every chart of a tree sees.
const GLOBAL: &str = "global";

/// A values file as it was read.
#[derive(Debug)]
pub(crate) struct ValuesFile {
    pub(crate) map: Map,
    /// Its documents, from which the names of values are found again.
    pub(crate) documents: Vec<model::Value>,
}

impl ValuesFile {
    /// Reads a values file; of several documents the later override the earlier.
    pub(crate) fn read(file: FileId, text: &str, errors: &mut Vec<SyntaxError>) -> ValuesFile {
        let (parsed, faults) = stockade_yaml::parse(file, text);
        errors.extend(faults);
        let mut values = ValuesFile { map: Map::default(), documents: Vec::new() };
        let mut budget = MAX_VALUES;
        for root in parsed.iter().filter_map(|document| document.root.as_ref()) {
            let (document, faults) = stockade_yaml::to_value(root, Schema::Kubernetes);
            errors.extend(faults);
            match import(&document, &mut budget).kind {
                Kind::Map(map) => override_with(&values.map, &map),
                Kind::Nil => continue,
                _ => {
                    if !matches!(root.kind, NodeKind::Alias(..)) {
                        errors.push(SyntaxError::new(root.span, "values are a mapping"));
                    }
                    continue;
                }
            }
            values.documents.push(document);
        }
        if budget == 0 {
            values = ValuesFile { map: Map::default(), documents: Vec::new() };
            let start = stockade_source::Span::new(file, 0, 0);
            errors.push(SyntaxError::new(start, "the file holds more values than the limit"));
        }
        values
    }
}

/// The value as templates see it: Helm reads values by way of JSON, so that every number is a double.
fn import(value: &model::Value, budget: &mut usize) -> Value {
    *budget = budget.saturating_sub(1);
    if *budget == 0 {
        return Value::NIL;
    }
    let kind = match &value.kind {
        model::Kind::Null => Kind::Nil,
        model::Kind::Bool(value) => Kind::Bool(*value),
        model::Kind::Number(number) => Kind::Float(number.as_f64()),
        model::Kind::Text(text) => Kind::Text(Text::new(text.clone())),
        model::Kind::List(list) => {
            Kind::List(list.items.iter().map(|item| import(item, budget)).collect::<Vec<_>>().into())
        }
        model::Kind::Map(map) => {
            let entries = map.iter().map(|(key, field)| (key.clone(), import(&field.value, budget)));
            Kind::Map(Map::new(entries.collect()))
        }
        model::Kind::Unknown(why) => Kind::Text(Text::unknown("unknown", &why.subject)),
        model::Kind::Template(_) => Kind::Text(Text::unknown("unknown", "template")),
    };
    Value::new(kind, value.span)
}

/// A copy that shares no map and no list with the original, so that neither sees a change of the other.
pub(crate) fn copy(value: &Value) -> Value {
    let kind = match &value.kind {
        Kind::Map(map) => Kind::Map(copy_map(map)),
        Kind::List(list) => Kind::List(list.iter().map(copy).collect::<Vec<_>>().into()),
        other => other.clone(),
    };
    Value::new(kind, value.span)
}

/// See [`copy`].
pub(crate) fn copy_map(map: &Map) -> Map {
    Map::new(map.borrow().iter().map(|(key, value)| (key.clone(), copy(value))).collect())
}

/// Puts the values of a later file over those of an earlier one: mappings join, all else is replaced.
pub(crate) fn override_with(base: &Map, over: &Map) {
    for (key, value) in entries(over) {
        let before = base.get(&key);
        match (before.as_ref().and_then(Value::as_map), value.as_map()) {
            (Some(before), Some(value)) => override_with(before, value),
            _ => base.insert(key, value),
        }
    }
}

/// Fills what `values` leaves open with the chart's own values and, below their names, with those of its
/// dependencies. Where `merge` is set a `null` stays as it is, else it takes away what it stands over.
pub(crate) fn coalesce(chart: &Chart, values: &Map, merge: bool) -> Result<(), String> {
    coalesce_own(chart, values, merge);
    for dependency in &chart.dependencies {
        let name = &dependency.metadata.name;
        let below = match values.get(name) {
            None => Map::default(),
            Some(value) => value.as_map().cloned().ok_or_else(|| format!("the values for `{name}` are no mapping"))?,
        };
        spread_globals(values, &below);
        let span = values.get(name).map_or(stockade_source::Span::NONE, |value| value.span);
        values.insert(name.clone(), Value::new(Kind::Map(below.clone()), span));
        coalesce(dependency, &below, merge)?;
    }
    Ok(())
}

/// Fills `values` with the chart's own.
fn coalesce_own(chart: &Chart, values: &Map, merge: bool) {
    for (key, own) in entries(&copy_map(&chart.values)) {
        let is_dependency = || chart.dependencies.iter().any(|dependency| dependency.metadata.name == key);
        match (values.get(&key).map(|given| given.kind), &own.kind) {
            (None, _) => values.insert(key, own),
            (Some(Kind::Nil), _) if !merge => {
                values.remove(&key);
            }
            (Some(Kind::Map(given)), Kind::Map(own)) => coalesce_tables(&given, own, merge || is_dependency()),
            _ => {}
        }
    }
}

/// Fills `values` with `defaults`, mapping by mapping.
pub(crate) fn coalesce_tables(values: &Map, defaults: &Map, merge: bool) {
    for (key, default) in entries(defaults) {
        match values.get(&key).map(|value| value.kind) {
            None => values.insert(key, default),
            Some(Kind::Nil) if !merge && !default.is_nil() => {
                values.remove(&key);
            }
            Some(Kind::Map(value)) => {
                if let Kind::Map(default) = &default.kind {
                    coalesce_tables(&value, default, merge);
                }
            }
            Some(_) => {}
        }
    }
}

/// Gives the `global` values of a chart to a dependency; they win over the dependency's own.
fn spread_globals(from: &Map, to: &Map) {
    let table = |map: &Map| match map.get(GLOBAL) {
        None => Some(Map::default()),
        Some(value) => value.as_map().cloned(),
    };
    let (Some(theirs), Some(ours)) = (table(to), table(from)) else { return };
    for (key, value) in entries(&ours) {
        match (&value.kind, theirs.get(&key).map(|value| value.kind)) {
            (Kind::Map(map), before) => {
                let map = shallow(map);
                match before {
                    None => {}
                    Some(Kind::Map(before)) => coalesce_tables(&map, &before, true),
                    Some(_) => continue,
                }
                theirs.insert(key, Value::new(Kind::Map(map), value.span));
            }
            (_, Some(Kind::Map(_))) => {}
            _ => theirs.insert(key, value),
        }
    }
    to.insert(GLOBAL, Value::computed(Kind::Map(theirs)));
}

/// The value at a path, `a.b`, where every step is a mapping.
pub(crate) fn at_path(map: &Map, path: &str) -> Option<Value> {
    let mut steps = path.split('.');
    let first = map.get(steps.next()?)?;
    steps.try_fold(first, |value, step| value.as_map()?.get(step))
}

/// The mapping at a path.
pub(crate) fn table(map: &Map, path: &str) -> Option<Map> {
    at_path(map, path)?.as_map().cloned()
}

/// The entries, taken out so that the map may change meanwhile.
fn entries(map: &Map) -> Vec<(CompactString, Value)> {
    map.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn shallow(map: &Map) -> Map {
    let entries: BTreeMap<CompactString, Value> = map.borrow().clone();
    Map::new(entries)
}
