//! `policy_statement`: the statements of AWS policies, written as JSON or as a policy document.

use std::collections::HashMap;
use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_model::{Edge, Field, Graph, Kind, Map, Resource, ResourceId, Value, Why};
use stockade_source::Span;
use stockade_yaml::Schema;

use super::{Item, blocks, copy, listed, put, unknown_body};

/// The attributes of AWS resources that hold a policy.
const ATTRIBUTES: [&str; 10] = [
    "policy",
    "assume_role_policy",
    "inline_policy",
    "access_policies",
    "access_policy",
    "resource_policy",
    "policy_document",
    "policy_json",
    "key_policy",
    "bucket_policy",
];
/// The attributes of a policy document that name other documents.
const PARENTS: [&str; 4] = ["source_policy_documents", "override_policy_documents", "source_json", "override_json"];
const DOCUMENT: &str = "data.aws_iam_policy_document";
const MAX_NESTING: usize = 512;

/// Adds the statements of every policy.
pub(super) fn add(graph: &mut Graph) {
    let mut found = Found::default();
    for (id, resource) in graph.resources().filter(|(_, resource)| !resource.view) {
        if resource.kind == DOCUMENT {
            found.document(graph, id, resource);
        } else if resource.kind.starts_with("aws_") {
            found.attributes(graph, id, resource);
        }
    }
    let mut statements: HashMap<ResourceId, Vec<ResourceId>> = HashMap::new();
    for item in found.items {
        let owner = item.owner;
        let id = item.add(graph);
        statements.entry(owner).or_default().push(id);
    }
    let parents: HashMap<ResourceId, Vec<ResourceId>> =
        found.borrowed.iter().fold(HashMap::new(), |mut map, borrowed| {
            map.entry(borrowed.owner).or_insert_with(Vec::new).push(borrowed.document);
            map
        });
    for borrowed in &found.borrowed {
        for document in reachable(borrowed.document, &parents) {
            for statement in statements.get(&document).into_iter().flatten() {
                let (from, to) = (*statement, borrowed.owner);
                graph.link(Edge { from, to, label: "statement_of".into(), span: borrowed.span });
            }
        }
    }
}

/// A document and every document it is made from, each once.
fn reachable(start: ResourceId, parents: &HashMap<ResourceId, Vec<ResourceId>>) -> Vec<ResourceId> {
    let mut out = vec![start];
    let mut at = 0;
    while let Some(next) = out.get(at).copied() {
        at += 1;
        for parent in parents.get(&next).into_iter().flatten() {
            if !out.contains(parent) {
                out.push(*parent);
            }
        }
    }
    out
}

/// A policy that is another resource's.
struct Borrowed {
    owner: ResourceId,
    document: ResourceId,
    span: Span,
}

#[derive(Default)]
struct Found {
    items: Vec<Item>,
    borrowed: Vec<Borrowed>,
}

impl Found {
    fn push(&mut self, owner: ResourceId, suffix: CompactString, mut body: Map, span: Span) {
        body.set("provider", Value::text("aws", Span::NONE));
        self.items.push(Item { owner, kind: "policy_statement", label: "statement_of", suffix, body, span });
    }

    /// The blocks of a policy document; they have the view's shape already.
    fn document(&mut self, graph: &Graph, id: ResourceId, resource: &Resource) {
        let value = resource.body.get("statement");
        let (blocks, open) = blocks(value);
        for (at, (block, value)) in blocks.into_iter().enumerate() {
            let mut body = Map::new(block.head);
            body.open.clone_from(&block.open);
            if block.get("effect").is_none() && block.open.is_none() {
                body.set("effect", Value::text("Allow", Span::NONE));
            }
            for key in [
                "sid",
                "effect",
                "actions",
                "not_actions",
                "resources",
                "not_resources",
                "principals",
                "not_principals",
            ] {
                copy(&mut body, key, block, key);
            }
            copy(&mut body, "conditions", block, "condition");
            self.push(id, format_compact!("statement[{at}]"), body, value.span);
        }
        if let (Some(why), Some(value)) = (open, value) {
            self.push(id, "statement[*]".into(), unknown_body(resource.head(), why), value.span);
        }
        for key in PARENTS {
            if let Some(value) = resource.body.get(key) {
                let single = std::slice::from_ref(value);
                let values = value.as_list().map_or(single, |list| &list.items);
                for value in values {
                    self.policy(graph, id, key, value);
                }
            }
        }
    }

    fn attributes(&mut self, graph: &Graph, id: ResourceId, resource: &Resource) {
        for key in ATTRIBUTES {
            let Some(value) = resource.body.get(key) else { continue };
            if value.as_list().is_none() {
                self.policy(graph, id, key, value);
                continue;
            }
            // `inline_policy { policy = … }`
            let (blocks, open) = blocks(Some(value));
            for (at, (block, _)) in blocks.into_iter().enumerate() {
                if let Some(policy) = block.get("policy") {
                    self.policy(graph, id, &format_compact!("{key}[{at}].policy"), policy);
                }
            }
            if let Some(why) = open {
                self.push(id, format_compact!("{key}[*]"), unknown_body(resource.head(), why), value.span);
            }
        }
    }

    /// A policy, as JSON or as a reference to a document.
    fn policy(&mut self, graph: &Graph, owner: ResourceId, key: &str, value: &Value) {
        let documents = value.targets().iter().filter_map(|target| graph.target(owner, target));
        let documents: Vec<ResourceId> = documents.filter(|id| graph.resource(*id).kind == DOCUMENT).collect();
        if !documents.is_empty() {
            self.borrowed.extend(documents.into_iter().map(|document| Borrowed { owner, document, span: value.span }));
            return;
        }
        let parsed;
        let policy = match (value.structure(), &value.kind) {
            (Some(structure), _) => structure,
            (None, Kind::Text(text)) if text.trim_start().starts_with('{') => {
                let Some(policy) = parse(text, value) else { return };
                parsed = policy;
                &parsed
            }
            (None, Kind::Map(_)) => value,
            (None, _) => {
                if let Some(why) = value.why() {
                    self.unknown(owner, key, value, why);
                }
                return;
            }
        };
        let statements = match policy.as_map() {
            Some(map) => map.get("Statement").map_or_else(|| map.open.as_ref().map(Err), |value| Some(Ok(value))),
            None => policy.why().map(Err),
        };
        match statements {
            None => {}
            Some(Err(why)) => self.unknown(owner, key, value, why),
            Some(Ok(statements)) => {
                let (blocks, open) = blocks(Some(statements));
                for (at, (map, statement)) in blocks.into_iter().enumerate() {
                    let suffix = format_compact!("{key}.Statement[{at}]");
                    self.push(owner, suffix, statement_body(map), statement.span);
                }
                if let Some(why) = open {
                    self.unknown(owner, key, value, why);
                }
            }
        }
    }

    fn unknown(&mut self, owner: ResourceId, key: &str, value: &Value, why: &Arc<Why>) {
        self.push(owner, format_compact!("{key}[*]"), unknown_body(value.span, why), value.span);
    }
}

/// JSON in a text of which no one kept the places: everything in it stands where the text stands.
fn parse(text: &str, at: &Value) -> Option<Value> {
    let (document, errors) = stockade_yaml::parse_json(at.span.file, text);
    let root = document.root.filter(|_| errors.is_empty())?;
    let (mut policy, _) = stockade_yaml::to_value(&root, Schema::Core);
    settle(&mut policy, at, 0);
    Some(policy)
}

fn settle(value: &mut Value, at: &Value, nesting: usize) {
    value.span = at.span;
    value.origin.clone_from(&at.origin);
    value.sensitive = at.sensitive;
    if nesting > MAX_NESTING {
        value.kind = Kind::Null;
        return;
    }
    match &mut value.kind {
        Kind::List(list) => list.items.iter_mut().for_each(|item| settle(item, at, nesting + 1)),
        Kind::Map(map) => {
            map.head = at.span;
            for (_, field) in map.iter_mut() {
                (field.key, field.entry) = (at.span, at.span);
                settle(&mut field.value, at, nesting + 1);
            }
        }
        _ => {}
    }
}

fn statement_body(statement: &Map) -> Map {
    let mut body = Map::new(statement.head);
    body.open.clone_from(&statement.open);
    copy(&mut body, "sid", statement, "Sid");
    copy(&mut body, "effect", statement, "Effect");
    for (name, key) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        if let Some(value) = statement.get(key) {
            put(&mut body, name, statement, key, listed(value));
        }
    }
    for (name, key) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(value) = statement.get(key) {
            put(&mut body, name, statement, key, principals(value));
        }
    }
    if let Some(value) = statement.get("Condition") {
        put(&mut body, "conditions", statement, "Condition", conditions(value));
    }
    body
}

/// `"*"`, `{"AWS": "…"}` → `[{ type, identifiers }]`
fn principals(value: &Value) -> Value {
    let one = |head: Span, kind: Value, identifiers: Value| {
        let mut map = Map::new(head);
        map.set("type", kind);
        map.set("identifiers", identifiers);
        Value::map(map, head)
    };
    match &value.kind {
        Kind::Map(map) => with_open(value, map, |name, field| {
            vec![one(field.key, Value::text(name, field.key), listed(&field.value))]
        }),
        Kind::Text(_) => Value::list(vec![one(value.span, value.clone(), listed(value))], value.span),
        _ => value.clone(),
    }
}

/// `{"StringEquals": {"aws:x": "…"}}` → `[{ test, variable, values }]`
fn conditions(value: &Value) -> Value {
    let Kind::Map(tests) = &value.kind else { return value.clone() };
    with_open(value, tests, |test, field| {
        let variables = field.value.as_map();
        let each = variables.into_iter().flat_map(Map::iter).map(|(variable, inner)| {
            let mut map = Map::new(inner.key);
            map.set("test", Value::text(test, field.key));
            map.set("variable", Value::text(variable, inner.key));
            map.set("values", listed(&inner.value));
            Value::map(map, inner.entry)
        });
        let unknown = variables.is_none().then(|| field.value.clone()).filter(|value| value.why().is_some());
        each.chain(unknown).collect()
    })
}

/// A list made of the fields of a mapping, open where the mapping is.
fn with_open(value: &Value, map: &Map, each: impl Fn(&str, &Field) -> Vec<Value>) -> Value {
    let fields = map.iter().filter(|(_, field)| !field.value.is_null());
    let items: Vec<Value> = fields.flat_map(|(name, field)| each(name, field)).collect();
    let list = stockade_model::List { items, open: map.open.clone() };
    let mut out = Value::new(Kind::List(Box::new(list)), value.span);
    out.origin.clone_from(&value.origin);
    out
}
