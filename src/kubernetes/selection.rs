//! Which pods are selected: by services, policies, budgets.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Link, PossibleLink, Resource, Value, Why};
use stockade_source::{Span, SyntaxError};

use crate::object::{Object, is_unknown};
use crate::pod::Pod;
use crate::selector::{Labels, Match, Selector, unknown};

/// How many edges from selectors one project may have.
const SELECTED: usize = 400_000;

/// How many labels of pods are held against selectors in one project.
const COMPARED: usize = 20_000_000;

/// The edges from what selects pods.
#[derive(Default)]
pub(crate) struct Selected {
    /// To pods that are selected for sure.
    pub(crate) links: Vec<Link>,
    /// To pods that may be selected.
    pub(crate) possible: Vec<PossibleLink>,
}

/// Holds every selector against every pod that it may select.
pub(crate) fn select(
    resources: &[Resource],
    objects: &[Object],
    pods: &[Pod],
    incomplete: &mut Vec<SyntaxError>,
) -> Selected {
    let mut selected = Selected::default();
    let picks: Vec<Pick<'_>> = objects.iter().filter_map(|object| pick(resources, object)).collect();
    if picks.is_empty() || pods.is_empty() {
        return selected;
    }
    let candidates = Candidates::new(resources, pods, &picks);
    let mut left = COMPARED;
    for pick in &picks {
        let cost = 1 + pick.selector.as_ref().map_or(0, Selector::size);
        for at in candidates.of(pick) {
            let Some(rest) = left.checked_sub(cost) else { return limited(selected, pick, incomplete) };
            left = rest;
            if selected.links.len() + selected.possible.len() >= SELECTED {
                return limited(selected, pick, incomplete);
            }
            selected.hold(pick, &candidates.pods[at]);
        }
    }
    selected
}

fn limited(selected: Selected, pick: &Pick<'_>, incomplete: &mut Vec<SyntaxError>) -> Selected {
    incomplete.push(SyntaxError::new(pick.span, "selectors select more pods than are followed"));
    selected
}

impl Selected {
    fn hold(&mut self, pick: &Pick<'_>, pod: &Candidate<'_>) {
        let home = match pick.namespace {
            "" => Match::Yes,
            name if name == pod.pod.namespace => Match::Yes,
            name if is_unknown(name) || is_unknown(&pod.pod.namespace) => Match::Maybe,
            _ => return,
        };
        let labels = pick.selector.as_ref().map_or(Match::Maybe, |selector| selector.selects(&pod.labels));
        let link = Link { from: pick.object.at, to: pod.pod.at, label: pick.label.into(), span: pick.span };
        match home.min(labels) {
            Match::Yes => self.links.push(link),
            Match::Maybe => {
                let labelled = pick.why.as_ref().or(pod.why.as_ref());
                let housed = pick.home.as_ref().or(pod.home.as_ref());
                let why = if labels == Match::Maybe { labelled.or(housed) } else { housed.or(labelled) };
                if let Some(why) = why {
                    self.possible.push(PossibleLink { link, why: Arc::clone(why) });
                }
            }
            Match::No => {}
        }
    }
}

/// What selects pods.
struct Pick<'a> {
    object: &'a Object,
    /// The namespace of the pods; empty for all of them.
    namespace: &'a str,
    /// `None` where it is not known.
    selector: Option<Selector>,
    label: &'static str,
    span: Span,
    /// Why the selector is not wholly known.
    why: Option<Arc<Why>>,
    /// Why the namespace is not known.
    home: Option<Arc<Why>>,
}

fn pick<'a>(resources: &'a [Resource], object: &'a Object) -> Option<Pick<'a>> {
    let resource = &resources[object.at.0 as usize];
    let spec = resource.body.get("spec")?;
    let scope = object.scope.as_str();
    let map = |value: &Value| value.as_map().is_none_or(|map| !map.is_empty() || map.open.is_some());
    let (value, empty_selects) = match resource.kind.as_str() {
        // A service without a selector has its endpoints from elsewhere.
        "Service" => (Some(spec.get("selector").filter(|value| map(value))?), true),
        "NetworkPolicy" => (spec.get("podSelector"), true),
        "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy" => (Some(spec.get("endpointSelector")?), true),
        "PodDisruptionBudget" => {
            let old = resource.body.get("apiVersion").and_then(Value::as_text) == Some("policy/v1beta1");
            (Some(spec.get("selector").filter(|value| !old || map(value))?), true)
        }
        // Calico's own language of selectors; only the one that selects everything is read.
        "GlobalNetworkPolicy" | "NetworkPolicy.projectcalico.org" | "NetworkPolicy.crd.projectcalico.org" => {
            (spec.get("selector"), false)
        }
        "LimitRange" => (None, true),
        _ => return None,
    };
    let value = value.filter(|value| !value.is_null());
    let selector = match value {
        None => Some(Selector::default()),
        Some(value) if !empty_selects => {
            value.as_text().is_some_and(|text| matches!(text.trim(), "" | "all()")).then(Selector::default)
        }
        Some(value) if resource.kind == "Service" => value.as_map().and_then(|map| Selector::plain(map, scope)),
        Some(value) => Selector::read(value, scope),
    };
    let why = value.and_then(unknown);
    if selector.is_none() && why.is_none() {
        return None;
    }
    let metadata = resource.body.get("metadata");
    Some(Pick {
        object,
        namespace: &object.namespace,
        selector,
        label: if resource.kind == "LimitRange" { "applies_to" } else { "selects" },
        span: value.map_or_else(|| resource.head(), |value| value.span),
        why,
        home: metadata.and_then(home),
    })
}

/// Why the namespace is not known.
fn home(metadata: &Value) -> Option<Arc<Why>> {
    metadata.get("namespace").map_or_else(|| metadata.as_map()?.open.clone(), unknown)
}

/// A pod that selectors are held against.
struct Candidate<'a> {
    pod: &'a Pod,
    labels: Labels,
    why: Option<Arc<Why>>,
    home: Option<Arc<Why>>,
}

/// Pods by namespace and by the labels that selectors ask for.
struct Candidates<'a> {
    pods: Vec<Candidate<'a>>,
    by_namespace: HashMap<&'a str, Vec<usize>>,
    by_label: HashMap<(&'a str, Pair), Vec<usize>>,
    /// Pods of which not every label is known, which no index can rule out.
    open: HashMap<&'a str, Vec<usize>>,
    /// Pods of which the namespace is not known.
    astray: Vec<usize>,
}

/// A label: its key and its value.
type Pair = (CompactString, CompactString);

/// The namespace that stands for all of them.
const EVERYWHERE: &str = "";

impl<'a> Candidates<'a> {
    fn new(resources: &'a [Resource], pods: &'a [Pod], picks: &[Pick<'_>]) -> Self {
        let mut wanted: HashSet<Pair> = HashSet::new();
        for (key, values) in picks.iter().filter_map(|pick| pick.selector.as_ref()).flat_map(Selector::required) {
            wanted.extend(values.iter().map(|value| (key.clone(), value.clone())));
        }
        let everywhere = picks.iter().any(|pick| pick.namespace.is_empty() || is_unknown(pick.namespace));
        let mut candidates = Candidates {
            pods: Vec::with_capacity(pods.len()),
            by_namespace: HashMap::new(),
            by_label: HashMap::new(),
            open: HashMap::new(),
            astray: Vec::new(),
        };
        for (at, pod) in pods.iter().enumerate() {
            let body = &resources[pod.at.0 as usize].body;
            let metadata = body.get("metadata");
            let mut labels = Labels::of(metadata, &pod.scope);
            if metadata.is_none() && body.open.is_some() {
                labels = labels.opened();
            }
            let known = labels.are_known();
            for namespace in [Some(pod.namespace.as_str()), everywhere.then_some(EVERYWHERE)].into_iter().flatten() {
                for (key, value) in labels.iter() {
                    if let Some(pair) = wanted.get(&(key.clone(), value.clone())) {
                        candidates.by_label.entry((namespace, pair.clone())).or_default().push(at);
                    }
                }
                candidates.by_namespace.entry(namespace).or_default().push(at);
                if !known {
                    candidates.open.entry(namespace).or_default().push(at);
                }
            }
            if is_unknown(&pod.namespace) {
                candidates.astray.push(at);
            }
            let why = metadata.and_then(|metadata| metadata.get("labels").or(Some(metadata))).and_then(unknown);
            let home = resources[pod.workload.0 as usize].body.get("metadata").and_then(home);
            candidates.pods.push(Candidate { pod, labels, why: why.or_else(|| body.open.clone()), home });
        }
        candidates
    }

    /// The pods that a selector may select, each once.
    fn of(&self, pick: &Pick<'_>) -> Vec<usize> {
        let home = if is_unknown(pick.namespace) { EVERYWHERE } else { pick.namespace };
        let all = self.by_namespace.get(home).map_or(&[][..], Vec::as_slice);
        let known = pick.selector.as_ref().filter(|selector| selector.is_known());
        let list = |key: &CompactString, value: &CompactString| {
            self.by_label.get(&(home, (key.clone(), value.clone()))).map_or(&[][..], Vec::as_slice)
        };
        let best = known.into_iter().flat_map(Selector::required);
        let best =
            best.map(|(key, values)| (values.iter().map(|value| list(key, value).len()).sum::<usize>(), key, values));
        let mut found = match best.min_by_key(|(count, ..)| *count) {
            Some((_, key, values)) => {
                let labelled = values.iter().flat_map(|value| list(key, value));
                labelled.chain(self.open.get(home).into_iter().flatten()).copied().collect()
            }
            None => all.to_vec(),
        };
        if home != EVERYWHERE {
            found.extend(&self.astray);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
