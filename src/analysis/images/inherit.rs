//! What a stage takes over from an image that another Dockerfile of the tree builds.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use stockade_model::{Edge, Field, Graph, Kind, Map, Origin, ResourceId, Step, Value, Via, format_compact};
use stockade_source::Span;

/// What an image hands to what is built on it, as [Docker's documentation](https://docs.docker.com/reference/dockerfile/) has it.
const HANDED_ON: [&str; 6] = ["cmd", "entrypoint", "healthcheck", "shell", "user", "workdir"];

/// How many values a mapping or list may hold that is handed on.
const MAX_VALUES: usize = 256;

/// Hands on from every base to the stage that is built on it, the bases' own bases first; the first id is the stage's.
pub(super) fn inherit(graph: &mut Graph, bases: HashMap<ResourceId, ResourceId>) {
    let mut done = HashSet::new();
    let mut stages: Vec<ResourceId> = bases.keys().copied().collect();
    stages.sort_unstable();
    for stage in stages {
        // Down to the stage that is built on nothing here; a circle ends where it closes.
        let mut chain = vec![];
        let mut at = stage;
        while let Some(base) = bases.get(&at).filter(|_| done.insert(at)) {
            chain.push((at, *base));
            at = *base;
        }
        for (stage, base) in chain.into_iter().rev() {
            hand_on(graph, stage, base);
        }
    }
}

fn hand_on(graph: &mut Graph, stage: ResourceId, base: ResourceId) {
    let from = graph.resource(base);
    let path = graph.project(from.project).path.clone();
    let step = Step { span: from.head(), via: Via::Inherited(format_compact!("the image that `{path}` builds")) };
    let given: Vec<(&str, Value)> =
        HANDED_ON.iter().filter_map(|key| Some((*key, handed_on(from.body.get(key)?, &step)))).collect();
    let ports: Vec<Value> = from
        .body
        .get("ports")
        .map_or(&[][..], Value::items)
        .iter()
        .take(MAX_VALUES)
        .map(|port| handed_on(port, &step))
        .collect();
    let maps = ["env", "labels"].map(|key| (key, from.body.get(key).and_then(Value::as_map).cloned()));
    let span = graph.resource(stage).body.get("from").map_or(Span::NONE, |value| value.span);
    graph.link(Edge { from: stage, to: base, label: "from".into(), span });
    // What is built on this stage, in its own file, took over from it before anybody knew.
    let mut below = vec![stage];
    let mut seen = HashSet::new();
    while let Some(at) = below.pop() {
        if !seen.insert(at) {
            continue;
        }
        below.extend(graph.incoming(at).filter(|edge| edge.label == "from").map(|edge| edge.from));
        let body = &mut graph.resource_mut(at).body;
        for (key, value) in &given {
            if body.get(key).is_none() {
                body.insert(*key, Field { key: Span::NONE, entry: Span::NONE, value: value.clone() });
            }
        }
        if !ports.is_empty()
            && let Kind::List(list) = &mut entry(body, "ports", Kind::List(Box::default())).kind
        {
            list.items.extend(ports.iter().cloned());
        }
        for (key, map) in &maps {
            let empty = Kind::Map(Box::new(Map::new(body.head)));
            if let Some(map) = map
                && let Kind::Map(own) = &mut entry(body, key, empty).kind
            {
                fill(own, map, &step);
            }
        }
    }
}

/// The value of a field, which is put in where it is absent.
fn entry<'m>(body: &'m mut Map, key: &str, empty: Kind) -> &'m mut Value {
    if body.field(key).is_none() {
        body.set(key, Value::new(empty, Span::NONE));
    }
    &mut body.field_mut(key).expect("it was put in").value
}

fn fill(own: &mut Map, from: &Map, step: &Step) {
    for (key, field) in from.iter().take(MAX_VALUES) {
        if own.field(key).is_none() {
            own.insert(key.clone(), Field { key: Span::NONE, entry: Span::NONE, value: handed_on(&field.value, step) });
        }
    }
}

fn handed_on(value: &Value, step: &Step) -> Value {
    let mut value = value.clone();
    let mut origin: Origin = value.origin.as_deref().cloned().unwrap_or_default();
    origin.steps.push(step.clone());
    value.origin = Some(Arc::new(origin));
    value
}
