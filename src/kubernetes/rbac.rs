//! The view `policy_statement` of roles: what each rule allows, and to whom.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_model::{Field, Kind, List, Local, Lowered, Map, Reason, Resource, Value, Why};
use stockade_source::{Span, SyntaxError};

use crate::links::account;
use crate::names::Names;
use crate::object::{Addresses, NAME, Object, clipped, token};
use crate::pod::Pod;
use crate::selector::{Labels, Match, Selector};

/// How many edges from statements one project may have, and how many times their principals may be repeated.
const GRANTED: usize = 400_000;

/// How many of those that a role is bound to a statement names.
const PRINCIPALS: usize = 256;

/// How many roles are held against selectors of aggregated ones, and how many accounts are looked at for bindings.
const COMPARED: usize = 4_000_000;

/// The role that may do everything; every cluster has it.
const ADMINISTRATOR: &str = "cluster-admin";

/// How much of a role's address the addresses of its statements repeat.
const ADDRESS: usize = 1024;

/// A statement that is to be added.
pub(crate) struct Statement {
    resource: Resource,
    links: Vec<(Local, &'static str, Span)>,
}

impl Statement {
    pub(crate) fn add(mut self, lowered: &mut Lowered, addresses: &mut Addresses) {
        self.resource.address = addresses.unique(self.resource.address);
        let at = lowered.add(self.resource);
        for (to, label, span) in self.links {
            lowered.link(at, to, label, span);
        }
    }
}

/// The namespace and the name of the service account that a user of this name is.
pub(crate) fn account_of_user(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix("system:serviceaccount:")?.split_once(':')
}

/// The statements of every role, and of bindings to roles that are not declared.
pub(crate) fn statements(
    resources: &[Resource],
    objects: &[Object],
    pods: &[Pod],
    names: &Names<'_>,
    incomplete: &mut Vec<SyntaxError>,
) -> Vec<Statement> {
    let roles: Vec<&Object> = of_kinds(resources, objects, &["Role", "ClusterRole"]);
    let bindings: Vec<&Object> = of_kinds(resources, objects, &["RoleBinding", "ClusterRoleBinding"]);
    let accounts = if bindings.is_empty() { Accounts::default() } else { Accounts::new(resources, objects, pods) };
    let mut maker = Maker { resources, accounts, left: GRANTED, compared: COMPARED, out: Vec::new() };
    let mut bound: HashMap<Local, Vec<Binding<'_>>> = HashMap::new();
    for object in bindings {
        let binding = Binding::new(resources, object);
        match binding.role(names) {
            Role::Declared(at) => bound.entry(at).or_default().push(binding),
            Role::Administrator(name) => maker.administrator(&binding, name),
            Role::Elsewhere(span, subject) => maker.elsewhere(&binding, span, subject),
            Role::None => {}
        }
    }
    let aggregated = aggregated(resources, &roles);
    for role in &roles {
        let owners = reachable(role.at, &aggregated);
        let bindings: Vec<&Binding<'_>> = owners.iter().filter_map(|at| bound.get(at)).flatten().collect();
        maker.role(role.at, &owners, &bindings);
    }
    if maker.left == 0 || maker.compared == 0 {
        let span = roles.first().map_or(Span::NONE, |role| resources[role.at.0 as usize].head());
        incomplete.push(SyntaxError::new(span, "roles are bound to more accounts than are followed"));
    }
    maker.out
}

fn of_kinds<'a>(resources: &[Resource], objects: &'a [Object], kinds: &[&str]) -> Vec<&'a Object> {
    objects.iter().filter(|object| kinds.contains(&resources[object.at.0 as usize].kind.as_str())).collect()
}

/// Which cluster roles a cluster role is a part of.
fn aggregated(resources: &[Resource], roles: &[&Object]) -> HashMap<Local, Vec<Local>> {
    let mut out: HashMap<Local, Vec<Local>> = HashMap::new();
    let mut labels: Option<Vec<(Local, Labels)>> = None;
    let mut left = COMPARED;
    for object in roles {
        let role = &resources[object.at.0 as usize];
        let selectors = role.body.get("aggregationRule").and_then(|rule| rule.get("clusterRoleSelectors"));
        let selectors = selectors.map_or(&[][..], Value::items).iter();
        let selectors: Vec<Selector> = selectors.filter_map(|value| Selector::read(value, &object.scope)).collect();
        if selectors.is_empty() {
            continue;
        }
        let labels = labels.get_or_insert_with(|| {
            let cluster = roles.iter().filter(|role| resources[role.at.0 as usize].kind == "ClusterRole");
            let of = |at: Local| resources[at.0 as usize].body.get("metadata");
            cluster.map(|role| (role.at, Labels::of(of(role.at), &role.scope))).collect()
        });
        for (at, labels) in labels.iter().filter(|(at, _)| *at != object.at) {
            let cost = selectors.iter().map(|selector| 1 + selector.size()).sum();
            let Some(rest) = left.checked_sub(cost) else { return out };
            left = rest;
            if selectors.iter().any(|selector| selector.selects(labels) == Match::Yes) {
                out.entry(*at).or_default().push(object.at);
            }
        }
    }
    out
}

/// How many roles one role may be a part of.
const PARTS: usize = 64;

/// A role and every role that it is a part of, each once.
fn reachable(start: Local, into: &HashMap<Local, Vec<Local>>) -> Vec<Local> {
    let mut out = vec![start];
    let mut at = 0;
    while let Some(next) = out.get(at).copied() {
        at += 1;
        for role in into.get(&next).into_iter().flatten() {
            if out.len() >= PARTS {
                return out;
            }
            if !out.contains(role) {
                out.push(*role);
            }
        }
    }
    out
}

/// Service accounts, and pods that run as them, whether they are declared or not.
#[derive(Default)]
struct Accounts {
    by_name: HashMap<(CompactString, CompactString), Vec<Local>>,
    by_namespace: HashMap<CompactString, Vec<Local>>,
    all: Vec<Local>,
}

impl Accounts {
    fn new(resources: &[Resource], objects: &[Object], pods: &[Pod]) -> Self {
        let mut accounts = Accounts::default();
        for object in objects.iter().filter(|object| resources[object.at.0 as usize].kind == "ServiceAccount") {
            accounts.add(&object.namespace, object.name.clone(), object.at);
        }
        for pod in pods {
            let body = &resources[pod.at.0 as usize].body;
            let name = match account(body) {
                Some((_, name)) => {
                    token(name, &pod.scope).map(|name| if name.is_empty() { "default".into() } else { name })
                }
                None => body.open.is_none().then(|| "default".into()),
            };
            accounts.add(&pod.namespace, name, pod.at);
        }
        accounts
    }

    fn add(&mut self, namespace: &CompactString, name: Option<CompactString>, at: Local) {
        if let Some(name) = name {
            self.by_name.entry((namespace.clone(), name)).or_default().push(at);
        }
        self.by_namespace.entry(namespace.clone()).or_default().push(at);
        self.all.push(at);
    }

    /// Those that a subject of a binding is.
    fn of(&self, subject: &Value, binding: &Binding<'_>) -> &[Local] {
        let Some(name) = subject.get("name").and_then(|name| token(name, binding.scope)) else { return &[] };
        let named = |namespace: &str, name: &str| {
            self.by_name.get(&(namespace.into(), name.into())).map_or(&[][..], Vec::as_slice)
        };
        match subject.get("kind").and_then(Value::as_text) {
            Some("ServiceAccount") => {
                let home = subject.get("namespace").and_then(|namespace| token(namespace, binding.scope));
                named(home.as_deref().unwrap_or(binding.namespace), &name)
            }
            Some("User") => account_of_user(&name).map_or(&[], |(namespace, name)| named(namespace, name)),
            Some("Group") => match name.strip_prefix("system:serviceaccounts:") {
                Some(namespace) => self.by_namespace.get(namespace).map_or(&[], Vec::as_slice),
                None if matches!(name.as_str(), "system:serviceaccounts" | "system:authenticated") => &self.all,
                None => &[],
            },
            _ => &[],
        }
    }
}

struct Binding<'a> {
    at: Local,
    resource: &'a Resource,
    namespace: &'a str,
    scope: &'a str,
}

/// The role that a binding grants.
enum Role<'a> {
    Declared(Local),
    Administrator(&'a Value),
    /// Where it is named, and how.
    Elsewhere(Span, CompactString),
    None,
}

impl<'a> Binding<'a> {
    fn new(resources: &'a [Resource], object: &'a Object) -> Self {
        let resource = &resources[object.at.0 as usize];
        Binding { at: object.at, resource, namespace: &object.namespace, scope: &object.scope }
    }

    fn role(&self, names: &Names<'_>) -> Role<'a> {
        let Some(value) = self.resource.body.get("roleRef").filter(|value| !value.is_null()) else { return Role::None };
        let kind = value.get("kind").and_then(Value::as_text);
        let Some(name) = value.get("name") else { return Role::None };
        let home = if kind == Some("ClusterRole") { "" } else { self.namespace };
        if let Some(at) = kind.and_then(|kind| names.resolve(kind, home, name, self.scope)) {
            return Role::Declared(at);
        }
        if kind == Some("ClusterRole") && name.as_text() == Some(ADMINISTRATOR) {
            return Role::Administrator(name);
        }
        let named = name.as_text().map(|name| format_compact!("the role {}", clipped(name, NAME)));
        Role::Elsewhere(name.span, named.unwrap_or_else(|| "the role".into()))
    }

    fn subjects(&self) -> (&'a [Value], Option<&'a Arc<Why>>) {
        let Some(subjects) = self.resource.body.get("subjects") else {
            return (&[], self.resource.body.open.as_ref());
        };
        match &subjects.kind {
            Kind::List(list) => (&list.items, list.open.as_ref()),
            _ => (&[], subjects.why()),
        }
    }
}

struct Maker<'a> {
    resources: &'a [Resource],
    accounts: Accounts,
    /// How many edges and repeated principals there may still be.
    left: usize,
    /// How many accounts may still be looked at.
    compared: usize,
    out: Vec<Statement>,
}

impl Maker<'_> {
    /// A statement for every rule of a role.
    fn role(&mut self, at: Local, owners: &[Local], bindings: &[&Binding<'_>]) {
        let role = &self.resources[at.0 as usize];
        let Some(rules) = role.body.get("rules") else { return };
        let mut links: Vec<_> = owners.iter().map(|owner| (*owner, "statement_of", role.head())).collect();
        self.grants(bindings, &mut links);
        let mut items: Vec<(CompactString, Map, Span)> = Vec::new();
        for (at, rule) in rules.items().iter().enumerate() {
            match &rule.kind {
                Kind::Map(map) => items.push((format_compact!("rules[{at}]"), body(map), rule.span)),
                Kind::Unknown(why) => {
                    items.push((format_compact!("rules[{at}]"), unknown(role.head(), why), rule.span))
                }
                _ => {}
            }
        }
        let open = match &rules.kind {
            Kind::List(list) => list.open.as_ref(),
            _ => rules.why(),
        };
        items.extend(open.map(|why| ("rules[*]".into(), unknown(role.head(), why), rules.span)));
        let principals = self.principals(bindings);
        for (suffix, body, span) in items {
            self.push(at, &suffix, body, span, principals.as_ref(), &links);
        }
    }

    fn administrator(&mut self, binding: &Binding<'_>, name: &Value) {
        let all = || Value::list(vec![Value { kind: Kind::Text("*".into()), ..name.clone() }], name.span);
        let mut resources = Map::new(name.span);
        for key in ["actions", "api_groups", "resources"] {
            resources.set(key, all());
        }
        let mut urls = Map::new(name.span);
        for key in ["actions", "non_resource_urls"] {
            urls.set(key, all());
        }
        for body in [resources, urls] {
            self.of_binding(binding, body, name.span);
        }
    }

    fn elsewhere(&mut self, binding: &Binding<'_>, span: Span, subject: CompactString) {
        let why = Arc::new(Why { reason: Reason::Missing, subject, span });
        self.of_binding(binding, unknown(span, &why), span);
    }

    fn of_binding(&mut self, binding: &Binding<'_>, mut body: Map, span: Span) {
        body.set("effect", fact("Allow"));
        let mut links = vec![];
        self.grants(&[binding], &mut links);
        let principals = self.principals(&[binding]);
        self.push(binding.at, "roleRef", body, span, principals.as_ref(), &links);
    }

    fn push(
        &mut self,
        of: Local,
        suffix: &str,
        mut body: Map,
        span: Span,
        principals: Option<&Value>,
        links: &[(Local, &'static str, Span)],
    ) {
        let of = &self.resources[of.0 as usize];
        body.set("provider", fact("kubernetes"));
        if let Some(principals) = principals {
            let cost = principals.items().len();
            let value = match self.left.checked_sub(cost) {
                Some(left) => {
                    self.left = left;
                    principals.clone()
                }
                None => Value::unknown(limit(principals.span), principals.span),
            };
            body.set("principals", value);
        }
        let links = links[..links.len().min(self.left.max(1))].to_vec();
        self.left = self.left.saturating_sub(links.len());
        let mut resource = Resource::new(of.technology, "policy_statement", body, span);
        resource.name = of.name.clone();
        resource.address = format_compact!("{}/{suffix}", clipped(&of.address, ADDRESS));
        resource.instance = of.instance.clone();
        resource.via = of.via;
        resource.view = true;
        self.out.push(Statement { resource, links });
    }

    /// Edges to the bindings, and to whom they grant a role.
    fn grants(&mut self, bindings: &[&Binding<'_>], links: &mut Vec<(Local, &'static str, Span)>) {
        let mut seen: BTreeSet<Local> = BTreeSet::new();
        for binding in bindings {
            if seen.insert(binding.at) {
                links.push((binding.at, "statement_of", binding.resource.head()));
            }
            for subject in binding.subjects().0 {
                let span = subject.get("name").map_or(subject.span, |name| name.span);
                for at in self.accounts.of(subject, binding) {
                    if links.len() >= self.left || self.compared == 0 {
                        return;
                    }
                    self.compared -= 1;
                    if seen.insert(*at) {
                        links.push((*at, "granted_to", span));
                    }
                }
            }
        }
    }

    /// `[{ type, identifiers, namespace, scope }]`
    fn principals(&self, bindings: &[&Binding<'_>]) -> Option<Value> {
        let mut list = List::default();
        let mut span: Option<Span> = None;
        for binding in bindings {
            let scope = if binding.resource.kind == "ClusterRoleBinding" { "cluster" } else { "namespace" };
            let (subjects, open) = binding.subjects();
            list.open = list.open.or_else(|| open.cloned());
            for subject in subjects {
                if list.items.len() >= PRINCIPALS {
                    list.open = Some(Arc::new(limit(subject.span)));
                    break;
                }
                span = span.or(Some(subject.span));
                list.items.push(principal(subject, scope, binding));
            }
        }
        if list.items.is_empty() && list.open.is_none() {
            return None;
        }
        Some(Value::new(Kind::List(Box::new(list)), span.unwrap_or(Span::NONE)))
    }
}

fn principal(subject: &Value, scope: &str, binding: &Binding<'_>) -> Value {
    let Some(map) = subject.as_map() else { return subject.clone() };
    let mut out = Map::new(map.head);
    out.open.clone_from(&map.open);
    for (name, key) in [("type", "kind"), ("namespace", "namespace")] {
        if let Some(field) = map.field(key) {
            out.insert(name, field.clone());
        }
    }
    let account = map.get("kind").and_then(Value::as_text) == Some("ServiceAccount");
    if account && out.get("namespace").is_none() && !binding.namespace.is_empty() && map.open.is_none() {
        out.set("namespace", fact(binding.namespace));
    }
    if let Some(field) = map.field("name") {
        let value = Value::list(vec![field.value.clone()], field.value.span);
        out.insert("identifiers", Field { key: field.key, entry: field.entry, value });
    }
    out.set("scope", fact(scope));
    Value::map(out, subject.span)
}

/// A rule in the words of the view.
fn body(rule: &Map) -> Map {
    let mut body = Map::new(rule.head);
    body.open.clone_from(&rule.open);
    body.set("effect", fact("Allow"));
    for (name, key) in [
        ("actions", "verbs"),
        ("api_groups", "apiGroups"),
        ("resources", "resources"),
        ("resource_names", "resourceNames"),
        ("non_resource_urls", "nonResourceURLs"),
    ] {
        if let Some(field) = rule.field(key).filter(|field| !field.value.is_null()) {
            body.insert(name, field.clone());
        }
    }
    body
}

fn unknown(head: Span, why: &Arc<Why>) -> Map {
    let mut body = Map::new(head);
    body.open = Some(Arc::clone(why));
    body.set("effect", fact("Allow"));
    body
}

fn limit(span: Span) -> Why {
    Why { reason: Reason::Limit, subject: "the number of subjects".into(), span }
}

/// Something that no text says by itself.
fn fact(text: &str) -> Value {
    Value::text(text, Span::NONE)
}
