//! Cloud modules as the Terraform resources that they declare.
//!
//! Which module declares what is data, `cloud.yaml`. Values keep their places, so that a finding points at the task.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use stockade_model::{CompactString, Field, Kind, Map, Resource, Technology, Value};
use stockade_source::Span;

use crate::security_group;

/// A Terraform resource, and what it belongs to: the edge's label, and the index of the other one.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) resource: Resource,
    pub(crate) of: Option<(&'static str, usize)>,
}

/// The Terraform resources that a task of `module` at `span` with the marked arguments `body` declares; addresses are
/// the caller's.
pub(crate) fn resources(module: &str, body: &Map, span: Span) -> Vec<Declared> {
    let mut out: Vec<Declared> = Vec::new();
    let Some(specs) = MODULES.get(module) else { return out };
    if !creates(body) {
        return out;
    }
    for spec in specs {
        let of = match &spec.of {
            None => None,
            Some(kind) => match out.iter().position(|declared| declared.resource.kind == *kind) {
                Some(index) => Some((spec.edge.as_str(), index)),
                None => continue,
            },
        };
        if !spec.applies(body) {
            continue;
        }
        let sources: Vec<&Map> = match &spec.each {
            Some(list) => {
                body.get(list).map(Value::items).unwrap_or_default().iter().filter_map(Value::as_map).collect()
            }
            None => vec![body],
        };
        for source in sources {
            let span = if spec.each.is_some() { source.head } else { span };
            out.push(Declared { resource: spec.resource(source, span), of });
        }
    }
    out
}

/// Whether the task makes something, or keeps it as it says: not so where it takes it away, starts it or stops it.
fn creates(body: &Map) -> bool {
    match body.get("state") {
        None => true,
        Some(state) => {
            state.as_text().is_none_or(|state| matches!(state, "present" | "running" | "started" | "enabled"))
        }
    }
}

/// What a module declares.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    r#type: String,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    only: BTreeMap<String, Vec<String>>,
    fields: Fields,
    #[serde(default)]
    given: BTreeMap<String, Constant>,
    #[serde(default)]
    only_fields: bool,
    each: Option<String>,
    of: Option<String>,
    #[serde(default)]
    edge: String,
}

type Fields = BTreeMap<String, Option<Target>>;

/// What becomes of an argument.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Target {
    /// It is this attribute.
    Name(String),
    /// More than that.
    Shape(Shape),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Shape {
    to: Option<String>,
    values: BTreeMap<String, Option<String>>,
    fields: Fields,
    given: BTreeMap<String, Constant>,
    without: Vec<String>,
    inline: bool,
    ranges: bool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Constant {
    Bool(bool),
    Text(String),
}

static MODULES: LazyLock<HashMap<String, Vec<Spec>>> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("cloud.yaml")).expect("cloud.yaml fits its type"));

static NO_SHAPE: LazyLock<Shape> = LazyLock::new(Shape::default);

/// Arguments of every cloud module that say how to reach the cloud or what to do, and nothing of what is declared.
const ABOUT_THE_CALL: &[&str] =
    &["state", "mode", "command", "region", "profile", "validate_certs", "wait", "wait_timeout"];

/// Attributes that are mappings and no blocks.
const MAPPINGS: &[&str] =
    &["policy", "redrive_policy", "tags", "labels", "user_labels", "resource_labels", "metadata", "environment"];

impl Spec {
    fn applies(&self, body: &Map) -> bool {
        let given = |name: &String| body.get(name).is_some();
        let is = |(name, words): (&String, &Vec<String>)| {
            body.get(name).and_then(Value::as_text).is_some_and(|text| words.iter().any(|word| word == text))
        };
        (self.needs.is_empty() || self.needs.iter().any(given)) && self.only.iter().all(is)
    }

    fn resource(&self, source: &Map, span: Span) -> Resource {
        let mut root = Map::new(source.head);
        root.open.clone_from(&source.open);
        let mut hoisted = Vec::new();
        for (name, field) in source.iter() {
            let listed = self.fields.get(name.as_str());
            if listed.is_none() && (self.only_fields || ABOUT_THE_CALL.contains(&name.as_str())) {
                continue;
            }
            place(&mut root, name, field, listed.map(Option::as_ref), &mut hoisted);
        }
        for (name, field) in hoisted {
            root.insert(name, field);
        }
        fill(&mut root, &self.given);
        for (_, field) in root.iter_mut() {
            // What stands in the text are entries of the module: no fix may write a Terraform attribute between them.
            field.entry = Span::NONE;
        }
        Resource::new(Technology::Ansible, self.r#type.as_str(), root, span)
    }
}

/// Puts an argument where its attribute belongs; `target` is `None` where the table does not name it.
fn place(
    block: &mut Map,
    name: &str,
    field: &Field,
    target: Option<Option<&Target>>,
    hoisted: &mut Vec<(CompactString, Field)>,
) {
    let (to, shape) = match target {
        Some(None) => return,
        None => (name, &*NO_SHAPE),
        Some(Some(Target::Name(to))) => (to.as_str(), &*NO_SHAPE),
        Some(Some(Target::Shape(shape))) => (shape.to.as_deref().unwrap_or(name), shape),
    };
    let mut value = field.value.clone();
    if let Some(text) = value.as_text()
        && let Some(word) = shape.values.get(text)
    {
        let Some(word) = word else { return };
        value.kind = match word.as_str() {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            word => Kind::Text(word.into()),
        };
    }
    if to == "acl" {
        // A list of which the first counts.
        value = value.items().first().cloned().unwrap_or(value);
    }
    let last = to.rsplit(['.', '/']).next().unwrap_or(to);
    if shape.ranges {
        value = security_group::rules(&value);
    } else if !MAPPINGS.contains(&last) {
        value = blocks(value, shape, hoisted);
        if shape.inline {
            for (name, field) in value.items().iter().filter_map(Value::as_map).flat_map(Map::iter) {
                block.insert(name.clone(), field.clone());
            }
            return;
        }
        if matches!(&value.kind, Kind::List(list) if list.items.is_empty() && list.open.is_none())
            && !shape.fields.is_empty()
        {
            return;
        }
    }
    let field = Field { value, ..*field };
    match to.strip_prefix('/') {
        Some(name) => hoisted.push((name.into(), field)),
        None => nest(block, to, field),
    }
}

/// Puts a field at a dotted path, in blocks that are made where they are not there.
fn nest(block: &mut Map, path: &str, field: Field) {
    let Some((name, rest)) = path.split_once('.') else {
        block.insert(path, field);
        return;
    };
    let mut inner = block.get(name).and_then(|value| value.items().first()).and_then(Value::as_map).cloned();
    let inner_map = inner.get_or_insert_with(|| Map::new(field.key));
    let (key, entry, span) = (field.key, field.entry, field.value.span);
    nest(inner_map, rest, field);
    let items = inner.into_iter().map(|map| Value::map(map, span)).collect();
    block.insert(name, Field { key, entry, value: Value::list(items, span) });
}

/// A mapping as one block, a list of mappings as several; what is unknown stays so.
fn blocks(value: Value, shape: &Shape, hoisted: &mut Vec<(CompactString, Field)>) -> Value {
    let span = value.span;
    match value.kind {
        Kind::Map(map) => {
            let block = convert(&map, shape, hoisted);
            let empty = block.is_empty() && block.open.is_none() && !map.is_empty();
            let items =
                if empty { Vec::new() } else { vec![Value { origin: value.origin, ..Value::map(block, span) }] };
            Value::list(items, span)
        }
        Kind::List(mut list) => {
            list.items.retain(|item| shape.without.iter().all(|name| item.get(name).is_none()));
            for item in &mut list.items {
                if let Kind::Map(map) = &item.kind {
                    item.kind = Kind::Map(Box::new(convert(map, shape, hoisted)));
                }
            }
            Value { kind: Kind::List(list), ..value }
        }
        // It may be several blocks, or none.
        Kind::Template(_) if !shape.fields.is_empty() || shape.to.is_some() && shape.values.is_empty() => {
            match value.why() {
                Some(why) => Value { kind: Kind::Unknown(Arc::clone(why)), ..value },
                None => value,
            }
        }
        _ => value,
    }
}

fn convert(map: &Map, shape: &Shape, hoisted: &mut Vec<(CompactString, Field)>) -> Map {
    let mut block = Map::new(map.head);
    block.open.clone_from(&map.open);
    for (name, field) in map.iter() {
        place(&mut block, name, field, shape.fields.get(name.as_str()).map(Option::as_ref), hoisted);
    }
    fill(&mut block, &shape.given);
    block
}

/// Puts in what the module takes where nothing is said; it has no text.
fn fill(block: &mut Map, given: &BTreeMap<String, Constant>) {
    if block.open.is_some() {
        return;
    }
    for (name, constant) in given {
        if block.get(name).is_none() {
            let value = match constant {
                Constant::Bool(value) => Value::bool(*value, Span::NONE),
                Constant::Text(text) => Value::text(text, Span::NONE),
            };
            block.set(name.as_str(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_names_canonical_modules() {
        for module in MODULES.keys() {
            assert_eq!(crate::modules::resolve(module, &[]).as_deref(), Some(module.as_str()));
        }
    }

    #[test]
    fn a_fix_finds_no_entry_to_write_beside() {
        let text = Span::new(stockade_source::FileId(0), 4, 9);
        let mut body = Map::new(text);
        body.insert("name", Field { key: text, entry: text, value: Value::text("a", text) });
        let declared = resources("amazon.aws.s3_bucket", &body, text);
        let bucket = declared[0].resource.body.field("bucket").expect("the name is the bucket");
        assert_eq!((bucket.key, bucket.value.span, bucket.entry), (text, text, Span::NONE));
    }

    #[test]
    fn what_takes_away_declares_nothing() {
        let state = |state: &str| {
            let mut body = Map::new(Span::NONE);
            body.set("name", Value::text("a", Span::NONE));
            body.set("state", Value::text(state, Span::NONE));
            resources("amazon.aws.s3_bucket", &body, Span::NONE).len()
        };
        assert_eq!((state("present"), state("absent")), (1, 0));
    }
}
