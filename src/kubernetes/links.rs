//! Edges between objects, and from pods and containers to objects.

use std::collections::HashMap;
use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_model::{Kind, Link, Local, Lowered, Map, Reason, Resource, Target, Value, Why};
use stockade_source::{Span, SyntaxError};

use crate::api::resource_kind;
use crate::object::{NAME, Object, clipped, token};
use crate::pod::Pod;
use crate::selector::{Labels, Selector};

/// How many edges from selectors one project may have.
const SELECTED: usize = 20_000;

/// How many pods are held against selectors in one project.
const COMPARED: usize = 2_000_000;

/// What a pod says about the token of its service account, or else the account says.
const AUTOMOUNT: &str = "automountServiceAccountToken";

/// The namespace that stands for all of them.
const EVERYWHERE: &str = "";

/// Adds every edge of a project whose views are there.
pub(crate) fn connect(lowered: &mut Lowered, objects: &[Object], pods: &[Pod]) {
    let mut edges = Edges {
        resources: &lowered.resources,
        names: Names::new(&lowered.resources, objects),
        links: Vec::new(),
        aims: Vec::new(),
        unsettled: Vec::new(),
        incomplete: Vec::new(),
    };
    let candidates = Candidates::new(&lowered.resources, pods);
    let mut budget = Budget { selected: SELECTED, compared: COMPARED };
    for object in objects {
        edges.of_object(object);
        edges.selects(object, &candidates, &mut budget);
    }
    for pod in pods {
        edges.of_pod(pod);
    }
    let Edges { links, aims, unsettled, incomplete, .. } = edges;
    for aim in aims {
        aim.apply(lowered);
    }
    for (at, why) in unsettled {
        let span = why.span;
        lowered.resources[at.0 as usize].body.set(AUTOMOUNT, Value::unknown(why, span));
    }
    lowered.links.extend(links);
    lowered.incomplete.extend(incomplete);
}

/// Objects by kind, namespace and name; the first of several counts.
struct Names {
    by_name: HashMap<(CompactString, CompactString, CompactString), Local>,
    declared: HashMap<Local, Local>,
}

impl Names {
    fn new(resources: &[Resource], objects: &[Object]) -> Self {
        let mut names = Names { by_name: HashMap::new(), declared: HashMap::new() };
        for object in objects {
            let kind = resources[object.at.0 as usize].kind.clone();
            if let Some(name) = &object.name {
                names.by_name.entry((kind, object.namespace.clone(), name.clone())).or_insert(object.at);
            }
            if let Some(by) = object.declared_by {
                names.declared.entry(by).or_insert(object.at);
            }
        }
        names
    }
}

/// Pods by namespace and label; everything is under [`EVERYWHERE`] as well.
struct Candidates {
    pods: Vec<(Local, Labels)>,
    by_namespace: HashMap<CompactString, Vec<usize>>,
    by_label: HashMap<(CompactString, CompactString, CompactString), Vec<usize>>,
}

impl Candidates {
    fn new(resources: &[Resource], pods: &[Pod]) -> Self {
        let mut candidates = Candidates { pods: Vec::new(), by_namespace: HashMap::new(), by_label: HashMap::new() };
        for (at, pod) in pods.iter().enumerate() {
            let labels = Labels::of(resources[pod.at.0 as usize].body.get("metadata"));
            for namespace in [pod.namespace.clone(), EVERYWHERE.into()] {
                for (key, value) in labels.iter() {
                    let key = (namespace.clone(), key.clone(), value.clone());
                    candidates.by_label.entry(key).or_default().push(at);
                }
                candidates.by_namespace.entry(namespace).or_default().push(at);
            }
            candidates.pods.push((pod.at, labels));
        }
        candidates
    }

    fn of(&self, namespace: &CompactString, selector: &Selector) -> &[usize] {
        let none: &[usize] = &[];
        match selector.equal.first() {
            Some((key, value)) => self.by_label.get(&(namespace.clone(), key.clone(), value.clone())),
            None => self.by_namespace.get(namespace),
        }
        .map_or(none, Vec::as_slice)
    }
}

struct Budget {
    selected: usize,
    compared: usize,
}

/// A value that names a resource, so that a path through it goes on there.
struct Aim {
    at: Local,
    path: &'static [&'static str],
    /// Which element of the list at the path.
    index: Option<usize>,
    to: Local,
}

impl Aim {
    fn apply(self, lowered: &mut Lowered) {
        let Some((first, rest)) = self.path.split_first() else { return };
        let body = &mut lowered.resources[self.at.0 as usize].body;
        let mut value = body.field_mut(first).map(|field| &mut field.value);
        for key in rest {
            value = match value.map(|value| &mut value.kind) {
                Some(Kind::Map(map)) => map.field_mut(key).map(|field| &mut field.value),
                _ => return,
            };
        }
        if let Some(index) = self.index {
            value = match value.map(|value| &mut value.kind) {
                Some(Kind::List(list)) => list.items.get_mut(index),
                _ => return,
            };
        }
        if let Some(value) = value {
            let mut origin = value.origin.as_deref().cloned().unwrap_or_default();
            origin.targets = vec![Target { resource: self.to, attribute: CompactString::default() }];
            value.origin = Some(Arc::new(origin));
        }
    }
}

struct Edges<'a> {
    resources: &'a [Resource],
    names: Names,
    links: Vec<Link>,
    aims: Vec<Aim>,
    /// Pods that leave it to a service account from elsewhere whether they get its token.
    unsettled: Vec<(Local, Why)>,
    incomplete: Vec<SyntaxError>,
}

impl<'a> Edges<'a> {
    fn body(&self, at: Local) -> &'a Map {
        &self.resources[at.0 as usize].body
    }

    fn head(&self, at: Local) -> Span {
        self.resources[at.0 as usize].head()
    }

    fn link(&mut self, from: Local, to: Local, label: &'static str, span: Span) {
        if from != to {
            self.links.push(Link { from, to, label: label.into(), span });
        }
    }

    /// The object of a kind that a text names, or whose declaration the text's expression names.
    fn resolve(&self, kind: &str, namespace: &str, name: &Value) -> Option<Local> {
        let declared = name.targets().iter().filter_map(|target| self.names.declared.get(&target.resource));
        let of_kind = |at: &&Local| self.resources[at.0 as usize].kind == kind;
        declared.copied().find(|at| of_kind(&at)).or_else(|| self.named(kind, namespace, &token(name)?))
    }

    fn named(&self, kind: &str, namespace: &str, name: &str) -> Option<Local> {
        self.names.by_name.get(&(kind.into(), namespace.into(), name.into())).copied()
    }

    /// Adds an edge to the object of a kind that a text names, where there is such a text and such an object.
    fn refer(
        &mut self,
        from: Local,
        label: &'static str,
        kind: &str,
        namespace: &str,
        name: Option<&Value>,
    ) -> Option<Local> {
        let name = name?;
        let to = self.resolve(kind, namespace, name)?;
        self.link(from, to, label, name.span);
        Some(to)
    }

    /// Lets paths through a value of `at` go on in what an edge from there was found to lead to.
    fn aim(&mut self, at: Local, path: &'static [&'static str], index: Option<usize>, to: Option<Local>) {
        self.aims.extend(to.map(|to| Aim { at, path, index, to }));
    }

    fn namespace(&mut self, from: Local, namespace: &str, metadata: Option<&Value>) {
        let value = metadata.and_then(|metadata| metadata.get("namespace"));
        let found = match value {
            Some(value) => self.resolve("Namespace", "", value),
            None if namespace.is_empty() => None,
            None => self.named("Namespace", "", namespace),
        };
        if let Some(to) = found {
            let span = value.map_or_else(|| self.head(from), |value| value.span);
            self.link(from, to, "namespace", span);
        }
    }

    fn of_object(&mut self, object: &Object) {
        let (at, namespace) = (object.at, object.namespace.as_str());
        let body = self.body(at);
        let spec = body.get("spec");
        self.namespace(at, namespace, body.get("metadata"));
        match self.resources[at.0 as usize].kind.as_str() {
            "RoleBinding" | "ClusterRoleBinding" => {
                if let Some(role) = body.get("roleRef") {
                    let kind = role.get("kind").and_then(Value::as_text).unwrap_or_default();
                    let namespace = if kind == "ClusterRole" { "" } else { namespace };
                    let to = self.refer(at, "roleRef", kind, namespace, role.get("name"));
                    self.aim(at, &["roleRef"], None, to);
                }
                for (index, subject) in body.get("subjects").map_or(&[][..], Value::items).iter().enumerate() {
                    if subject.get("kind").and_then(Value::as_text) == Some("ServiceAccount") {
                        let other = subject.get("namespace").and_then(token);
                        let namespace = other.as_deref().unwrap_or(namespace);
                        let to = self.refer(at, "subjects", "ServiceAccount", namespace, subject.get("name"));
                        self.aim(at, &["subjects"], Some(index), to);
                    }
                }
            }
            "HorizontalPodAutoscaler" | "ScaledObject" => {
                let to = self.refer_scaled(at, "scaleTargetRef", namespace, spec);
                self.aim(at, &["spec", "scaleTargetRef"], None, to);
            }
            "VerticalPodAutoscaler" => {
                let to = self.refer_scaled(at, "targetRef", namespace, spec);
                self.aim(at, &["spec", "targetRef"], None, to);
            }
            "StatefulSet" => {
                self.refer(at, "serviceName", "Service", namespace, spec.and_then(|spec| spec.get("serviceName")));
            }
            "Ingress" => {
                let Some(spec) = spec else { return };
                let rules = spec.get("rules").map_or(&[][..], Value::items).iter();
                let paths = rules.filter_map(|rule| rule.at(&["http", "paths"])).flat_map(Value::items);
                let backends = paths.filter_map(|path| path.get("backend"));
                for backend in backends.chain(spec.get("defaultBackend")).chain(spec.get("backend")) {
                    let name = backend.at(&["service", "name"]).or_else(|| backend.get("serviceName"));
                    self.refer(at, "backend", "Service", namespace, name);
                }
            }
            _ => {}
        }
    }

    fn refer_scaled(&mut self, at: Local, label: &'static str, namespace: &str, spec: Option<&Value>) -> Option<Local> {
        let target = spec?.get(label)?;
        let text = |key| target.get(key).and_then(Value::as_text);
        let kind = resource_kind(text("apiVersion").unwrap_or_default(), text("kind").unwrap_or("Deployment"));
        self.refer(at, label, &kind, namespace, target.get("name"))
    }

    fn selects(&mut self, object: &Object, candidates: &Candidates, budget: &mut Budget) {
        let resource = &self.resources[object.at.0 as usize];
        let Some(spec) = resource.body.get("spec") else { return };
        let everything = Selector::default;
        let label_selector = |value: Option<&Value>| value.map_or_else(|| Some(everything()), Selector::read);
        let (selector, value) = match resource.kind.as_str() {
            "Service" => {
                // A service without a selector has its endpoints from elsewhere.
                let Some(value) = spec.get("selector") else { return };
                (value.as_map().filter(|map| !map.is_empty()).and_then(Selector::plain), Some(value))
            }
            "NetworkPolicy" => (label_selector(spec.get("podSelector")), spec.get("podSelector")),
            "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy" => {
                let value = spec.get("endpointSelector");
                (value.and_then(Selector::read), value)
            }
            "PodDisruptionBudget" => {
                let Some(value) = spec.get("selector") else { return };
                let empty = value.as_map().is_some_and(Map::is_empty);
                let old = resource.body.get("apiVersion").and_then(Value::as_text) == Some("policy/v1beta1");
                (if empty && old { None } else { Selector::read(value) }, Some(value))
            }
            // Calico's own language of selectors; only the one that selects everything is read.
            "GlobalNetworkPolicy" | "NetworkPolicy.projectcalico.org" | "NetworkPolicy.crd.projectcalico.org" => {
                let value = spec.get("selector");
                let all = value.is_none_or(|value| value.as_text().is_some_and(|text| text.trim() == "all()"));
                (all.then(everything), value)
            }
            _ => return,
        };
        let Some(selector) = selector else { return };
        let span = value.map_or_else(|| resource.head(), |value| value.span);
        for at in candidates.of(&object.namespace, &selector) {
            if budget.selected == 0 || budget.compared == 0 {
                self.incomplete.push(SyntaxError::new(span, "selectors select more pods than are followed"));
                return;
            }
            budget.compared -= 1;
            let (pod, labels) = &candidates.pods[*at];
            if selector.selects(labels) {
                budget.selected -= 1;
                self.link(object.at, *pod, "selects", span);
            }
        }
    }

    fn of_pod(&mut self, pod: &Pod) {
        let (at, namespace) = (pod.at, pod.namespace.as_str());
        let body = self.body(at);
        let metadata = self.body(pod.workload).get("metadata");
        self.namespace(at, namespace, metadata);
        let account = ["serviceAccountName", "serviceAccount"].iter().find_map(|key| body.get(key));
        match account {
            Some(name) => {
                let to = self.refer(at, "serviceAccountName", "ServiceAccount", namespace, Some(name));
                self.refer(pod.workload, "serviceAccountName", "ServiceAccount", namespace, Some(name));
                self.aim(at, &["serviceAccountName"], None, to);
                // Every namespace has a `default` account, and it says nothing unless somebody makes it.
                let is_elsewhere = to.is_none() && !matches!(name.as_text(), Some("" | "default")) && !name.is_null();
                if is_elsewhere && body.get(AUTOMOUNT).is_none_or(Value::is_null) {
                    let subject = name.as_text().map_or_else(
                        || "the service account".into(),
                        |name| format_compact!("the service account {}", clipped(name, NAME)),
                    );
                    self.unsettled.push((at, Why { reason: Reason::Missing, subject, span: name.span }));
                }
            }
            None if body.open.is_none() => {
                if let Some(to) = self.named("ServiceAccount", namespace, "default") {
                    self.link(at, to, "serviceAccountName", self.head(at));
                }
            }
            None => {}
        }
        for secret in body.get("imagePullSecrets").map_or(&[][..], Value::items) {
            self.refer(at, "imagePullSecrets", "Secret", namespace, secret.get("name"));
        }
        for volume in body.get("volumes").map_or(&[][..], Value::items) {
            self.of_volume(at, namespace, volume);
            for source in volume.at(&["projected", "sources"]).map_or(&[][..], Value::items) {
                self.refer(at, "volumes", "Secret", namespace, source.at(&["secret", "name"]));
                self.refer(at, "volumes", "ConfigMap", namespace, source.at(&["configMap", "name"]));
            }
        }
        for container in &pod.containers {
            self.of_container(*container, namespace);
        }
    }

    fn of_volume(&mut self, at: Local, namespace: &str, volume: &Value) {
        let sources = [
            ("Secret", ["secret", "secretName"]),
            ("ConfigMap", ["configMap", "name"]),
            ("PersistentVolumeClaim", ["persistentVolumeClaim", "claimName"]),
        ];
        for (kind, path) in sources {
            self.refer(at, "volumes", kind, namespace, volume.at(&path));
        }
    }

    fn of_container(&mut self, at: Local, namespace: &str) {
        let body = self.body(at);
        let sources = [
            ("env", ["valueFrom", "secretKeyRef", "name"].as_slice(), "Secret"),
            ("env", &["valueFrom", "configMapKeyRef", "name"], "ConfigMap"),
            ("envFrom", &["secretRef", "name"], "Secret"),
            ("envFrom", &["configMapRef", "name"], "ConfigMap"),
        ];
        for (label, path, kind) in sources {
            for item in body.get(label).map_or(&[][..], Value::items) {
                self.refer(at, label, kind, namespace, item.at(path));
            }
        }
    }
}
