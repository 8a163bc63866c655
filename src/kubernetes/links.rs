//! Edges between objects, and from pods and containers to objects.

use compact_str::format_compact;
use stockade_model::{Link, Local, Lowered, Map, Reason, Resource, Value, Why};
use stockade_source::{Span, SyntaxError};

use crate::api::identity;
use crate::names::{Aim, Found, Names, Way, each};
use crate::object::{Addresses, NAME, Object, clipped, token};
use crate::pod::Pod;
use crate::references::{Home, OF_CONTAINERS, OF_OBJECTS, OF_PODS, ROUTES, Reference};
use crate::{rbac, selection};

/// What a pod says about the token of its service account, or else the account says.
const AUTOMOUNT: &str = "automountServiceAccountToken";

/// Adds every edge of a project whose views are there, and the view of what roles allow.
pub(crate) fn connect(lowered: &mut Lowered, objects: &[Object], pods: &[Pod], addresses: &mut Addresses) {
    let names = Names::new(objects);
    let mut edges = Edges {
        resources: &lowered.resources,
        names: &names,
        links: Vec::new(),
        aims: Vec::new(),
        unsettled: Vec::new(),
    };
    for object in objects {
        edges.of_object(object);
    }
    for pod in pods {
        edges.of_pod(pod);
    }
    let Edges { links, aims, unsettled, .. } = edges;
    let mut incomplete: Vec<SyntaxError> = Vec::new();
    let selected = selection::select(&lowered.resources, objects, pods, &mut incomplete);
    let statements = rbac::statements(&lowered.resources, objects, pods, &names, &mut incomplete);
    for aim in aims {
        aim.apply(lowered);
    }
    for (at, why) in unsettled {
        let span = why.span;
        lowered.resources[at.0 as usize].body.set(AUTOMOUNT, Value::unknown(why, span));
    }
    lowered.links.extend(links);
    lowered.links.extend(selected.links);
    lowered.possible.extend(selected.possible);
    for statement in statements {
        statement.add(lowered, addresses);
    }
    lowered.incomplete.extend(incomplete);
}

/// What names something: its resource, its namespace, and where its unknowns mean the same.
#[derive(Clone, Copy)]
struct From<'a> {
    at: Local,
    namespace: &'a str,
    scope: &'a str,
}

struct Edges<'a> {
    resources: &'a [Resource],
    names: &'a Names<'a>,
    links: Vec<Link>,
    aims: Vec<Aim>,
    /// Pods that leave it to a service account from elsewhere whether they get its token.
    unsettled: Vec<(Local, Why)>,
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

    /// Adds an edge to the object of a kind that a value names, where there is one; a path through the value at `path`
    /// goes on there.
    fn refer(&mut self, from: From<'_>, label: &'static str, identity: &str, home: &str, name: &Value, path: &[Way]) {
        if let Some(to) = self.names.resolve(identity, home, name, from.scope) {
            self.link(from.at, to, label, name.span);
            self.aims.push(Aim { at: from.at, path: path.into(), to });
        }
    }

    fn follow(&mut self, from: From<'_>, reference: &Reference) {
        let mut found = Vec::new();
        each(self.body(from.at), reference.path, &mut |value| found.push(value));
        for Found { value, around, path } in found {
            let beside = (reference.home == Home::Beside).then(|| around.get("namespace")).flatten();
            let beside = beside.and_then(|namespace| token(namespace, from.scope));
            let home = match reference.home {
                Home::Cluster => "",
                Home::Same | Home::Beside => beside.as_deref().unwrap_or(from.namespace),
            };
            self.refer(from, reference.label, reference.to, home, value, &path);
        }
    }

    fn namespace(&mut self, from: From<'_>, metadata: Option<&Value>) {
        let value = metadata.and_then(|metadata| metadata.get("namespace")).filter(|value| !value.is_null());
        let found = match value {
            Some(value) => self.names.resolve("Namespace", "", value, from.scope),
            None if from.namespace.is_empty() => None,
            None => self.names.named("Namespace", "", from.namespace),
        };
        if let Some(to) = found {
            let span = value.map_or_else(|| self.head(from.at), |value| value.span);
            self.link(from.at, to, "namespace", span);
        }
    }

    fn of_object(&mut self, object: &Object) {
        let from = From { at: object.at, namespace: &object.namespace, scope: &object.scope };
        let body = self.body(object.at);
        self.namespace(from, body.get("metadata"));
        let kind = self.resources[object.at.0 as usize].kind.as_str();
        for reference in OF_OBJECTS.iter().filter(|reference| reference.of.contains(&kind)) {
            self.follow(from, reference);
        }
        match kind {
            "RoleBinding" | "ClusterRoleBinding" => self.of_binding(from, body),
            "HorizontalPodAutoscaler" | "ScaledObject" => self.scales(from, "scaleTargetRef"),
            "VerticalPodAutoscaler" => self.scales(from, "targetRef"),
            "Rollout" => self.scales(from, "workloadRef"),
            "Gateway" => {
                let secret = |map: &Map| map.get("kind").is_none_or(|kind| kind.as_text() == Some("Secret"));
                self.of_gateway(from, &["spec", "listeners", "tls", "certificateRefs", "name"], "tls", secret);
            }
            kind if ROUTES.contains(&kind) => {
                let service = |map: &Map| {
                    map.get("kind").is_none_or(|kind| kind.as_text() == Some("Service"))
                        && map.get("group").is_none_or(|group| matches!(group.as_text(), Some("" | "core")))
                };
                for path in [
                    &["spec", "rules", "backendRefs", "name"][..],
                    &["spec", "rules", "filters", "requestMirror", "backendRef", "name"],
                ] {
                    self.of_gateway(from, path, "backend", service);
                }
                let gateway = |map: &Map| map.get("kind").is_none_or(|kind| kind.as_text() == Some("Gateway"));
                self.of_gateway(from, &["spec", "parentRefs", "name"], "parentRefs", gateway);
            }
            _ => {}
        }
    }

    /// A reference of the Gateway API, where it is to the one kind that is looked for.
    fn of_gateway(
        &mut self,
        from: From<'_>,
        path: &'static [&'static str],
        label: &'static str,
        is: impl Fn(&Map) -> bool,
    ) {
        let to = match label {
            "tls" => "Secret",
            "parentRefs" => "Gateway",
            _ => "Service",
        };
        let mut found = Vec::new();
        each(self.body(from.at), path, &mut |value| found.push(value));
        for Found { value, around, path } in found.into_iter().filter(|found| is(found.around)) {
            let beside = around.get("namespace").and_then(|namespace| token(namespace, from.scope));
            self.refer(from, label, to, beside.as_deref().unwrap_or(from.namespace), value, &path);
        }
    }

    fn of_binding(&mut self, from: From<'_>, body: &Map) {
        if let Some(role) = body.get("roleRef")
            && let (Some(kind), Some(name)) = (role.get("kind").and_then(Value::as_text), role.get("name"))
        {
            let home = if kind == "ClusterRole" { "" } else { from.namespace };
            self.refer(from, "roleRef", kind, home, name, &[Way::Field("roleRef")]);
        }
        for (index, subject) in body.get("subjects").map_or(&[][..], Value::items).iter().enumerate() {
            let path = [Way::Field("subjects"), Way::Element(index)];
            let Some(name) = subject.get("name") else { continue };
            match subject.get("kind").and_then(Value::as_text) {
                Some("ServiceAccount") => {
                    let home = subject.get("namespace").and_then(|namespace| token(namespace, from.scope));
                    let home = home.as_deref().unwrap_or(from.namespace);
                    self.refer(from, "subjects", "ServiceAccount", home, name, &path);
                }
                Some("User") => {
                    let Some((home, account)) = name.as_text().and_then(rbac::account_of_user) else { continue };
                    if let Some(to) = self.names.named("ServiceAccount", home, account) {
                        self.link(from.at, to, "subjects", name.span);
                        self.aims.push(Aim { at: from.at, path: path.into(), to });
                    }
                }
                _ => {}
            }
        }
    }

    /// What an object names by kind and version.
    fn scales(&mut self, from: From<'_>, field: &'static str) {
        let Some(target) = self.body(from.at).get("spec").and_then(|spec| spec.get(field)) else { return };
        let text = |key| target.get(key).and_then(Value::as_text);
        let identity = identity(text("apiVersion").unwrap_or_default(), text("kind").unwrap_or("Deployment"));
        if let Some(name) = target.get("name") {
            let path = [Way::Field("spec"), Way::Field(field)];
            self.refer(from, field, &identity, from.namespace, name, &path);
        }
    }

    fn of_pod(&mut self, pod: &Pod) {
        let from = From { at: pod.at, namespace: &pod.namespace, scope: &pod.scope };
        let body = self.body(pod.at);
        self.namespace(from, self.body(pod.workload).get("metadata"));
        match account(body) {
            Some((key, name)) => {
                let to = self.names.resolve("ServiceAccount", from.namespace, name, from.scope);
                if let Some(to) = to {
                    self.link(pod.at, to, "serviceAccountName", name.span);
                    self.link(pod.workload, to, "serviceAccountName", name.span);
                    self.aims.push(Aim { at: pod.at, path: [Way::Field(key)].into(), to });
                }
                // Every namespace has a `default` account, and it says nothing unless somebody makes it.
                let is_elsewhere = to.is_none() && !matches!(name.as_text(), Some("" | "default"));
                if is_elsewhere && body.get(AUTOMOUNT).is_none_or(Value::is_null) {
                    let subject = name.as_text().map_or_else(
                        || "the service account".into(),
                        |name| format_compact!("the service account {}", clipped(name, NAME)),
                    );
                    self.unsettled.push((pod.at, Why { reason: Reason::Missing, subject, span: name.span }));
                }
            }
            None if body.open.is_none() => {
                if let Some(to) = self.names.named("ServiceAccount", from.namespace, "default") {
                    self.link(pod.at, to, "serviceAccountName", self.head(pod.at));
                }
            }
            None => {}
        }
        for reference in OF_PODS {
            self.follow(from, reference);
        }
        for container in &pod.containers {
            for reference in OF_CONTAINERS {
                self.follow(From { at: *container, ..from }, reference);
            }
        }
    }
}

/// The service account that a pod names, and the field that does.
pub(crate) fn account(pod: &Map) -> Option<(&'static str, &Value)> {
    ["serviceAccountName", "serviceAccount"]
        .into_iter()
        .find_map(|key| Some((key, pod.get(key).filter(|name| !name.is_null())?)))
}
