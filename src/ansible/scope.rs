//! Keywords that hold for every task of a play or block.

use std::sync::Arc;

use stockade_model::{CompactString, Field, Kind, List, Local, Map, Origin, Reason, Step, Value, Via};
use stockade_source::Span;

use crate::{arguments, jinja, keywords};

/// How much all inherited keywords together may weigh, in bytes: they are copied to every task.
const MAX_WEIGHT: usize = 8 * 1024;

/// What is in force for a list of tasks.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// The inherited keywords.
    keywords: Map,
    /// Whether the tasks are handlers.
    pub(crate) handler: bool,
    /// The play.
    pub(crate) play: Option<Local>,
    /// The collections that short names are looked up in.
    pub(crate) collections: Vec<CompactString>,
}

impl Scope {
    /// The scope of tasks with nothing around them.
    pub(crate) fn new(handler: bool) -> Self {
        Scope { keywords: Map::new(Span::NONE), handler, play: None, collections: Vec::new() }
    }

    /// The scope inside of something with the keys `map`: `the play`, `the block`.
    pub(crate) fn enter(&self, map: &Map, around: &str) -> Scope {
        let mut inner = self.clone();
        for (key, field) in map.iter().filter(|(key, _)| keywords::is_inherited(key)) {
            let mut field = keyword(key, field);
            inherit(&mut field.value, around);
            put(&mut inner.keywords, key, field);
        }
        let mut left = MAX_WEIGHT;
        for (key, field) in inner.keywords.iter_mut() {
            match left.checked_sub(weight(&field.value)) {
                Some(rest) => left = rest,
                None => field.value = Value::unknown(jinja::why(Reason::Limit, key, field.key), field.value.span),
            }
        }
        if let Some(list) = map.get("collections").and_then(Value::as_list) {
            inner.collections = list.items.iter().filter_map(Value::as_text).map(CompactString::from).collect();
        }
        inner
    }

    /// The keywords in force for a task, its own and those around it; `head` is what absent ones point at.
    pub(crate) fn in_force(&self, task: &Map, head: Span) -> Map {
        let mut out = Map::new(head);
        for (key, field) in self.keywords.iter() {
            out.insert(key.clone(), field.clone());
        }
        for (key, field) in task.iter().filter(|(key, _)| keywords::is_task(key)) {
            if let Some(lookup) = key.strip_prefix("with_") {
                if !lookup.is_empty() {
                    out.insert("loop", keyword(key, field));
                }
            } else if !matches!(key.as_str(), "action" | "local_action" | "args" | "block" | "rescue" | "always") {
                put(&mut out, key, keyword(key, field));
            }
        }
        out.open.clone_from(&task.open);
        out.remove("module_defaults");
        if self.play.is_none() && out.field("become").is_none() {
            // A file of tasks runs as the play says that takes it in.
            let unknown = Value::unknown(jinja::why(Reason::Missing, "the play", head), head);
            out.insert("become", Field { key: head, entry: Span::NONE, value: unknown });
        }
        // Without `become` it does nothing, and the place to say so is where it is written.
        if matches!(out.get("become").map(|value| &value.kind), None | Some(Kind::Bool(false))) {
            for key in ["become_user", "become_method", "become_flags", "become_exe"] {
                if task.field(key).is_none() {
                    out.remove(key);
                }
            }
        }
        out
    }

    /// What `module_defaults` around a task, or its own, give its module, which was called `written`.
    pub(crate) fn defaults(&self, task: &Map, module: &str, written: &str) -> Option<Map> {
        let mut all = self.keywords.field("module_defaults").map(|field| field.value.clone());
        if let Some(field) = task.field("module_defaults") {
            all = Some(layered(all.as_ref(), &keyword("module_defaults", field).value));
        }
        let all = all?;
        let Some(map) = all.as_map() else {
            let mut unknown = Map::new(Span::NONE);
            unknown.open = all.why().cloned();
            return unknown.open.is_some().then_some(unknown);
        };
        let short = module.strip_prefix("ansible.builtin.").unwrap_or(module);
        let own = [module, written, short].into_iter().find_map(|name| map.get(name));
        let mut found = own.and_then(Value::as_map).cloned().unwrap_or_else(|| Map::new(Span::NONE));
        if found.open.is_none() {
            found.open = own.and_then(Value::why).cloned();
        }
        // Which modules are of a group is not in the tree.
        let group = map.iter().find(|(key, _)| key.starts_with("group/"));
        if let Some((group, field)) = group.filter(|_| !module.starts_with("ansible.builtin.")) {
            found.open.get_or_insert_with(|| Arc::new(jinja::why(Reason::Missing, group, field.key)));
        }
        (!found.is_empty() || found.open.is_some()).then_some(found)
    }
}

/// A keyword's field as it is meant: booleans are booleans, templates are marked.
pub(crate) fn keyword(key: &str, field: &Field) -> Field {
    let mut field = field.clone();
    if keywords::is_boolean(key) {
        arguments::to_boolean(&mut field.value);
    }
    if !keywords::is_expression(key) {
        jinja::mark(&mut field.value);
    }
    field
}

/// Says that a value, and what is in it where that is what counts, came from around the task.
pub(crate) fn inherit(value: &mut Value, around: &str) {
    let mut origin = value.origin.as_deref().cloned().unwrap_or_default();
    origin.steps.insert(0, Step { span: value.span, via: Via::Inherited(around.into()) });
    value.origin = Some(Arc::new(origin));
    if let Kind::Map(map) = &mut value.kind {
        for (_, field) in map.iter_mut() {
            let step = Step { span: field.value.span, via: Via::Inherited(around.into()) };
            field.value.origin = Some(Arc::new(Origin { steps: vec![step], ..Origin::default() }));
        }
    }
}

/// Puts in a keyword over one of the same name from further out.
fn put(keywords: &mut Map, key: &str, field: Field) {
    let outer = keywords.field(key).map(|outer| outer.value.clone());
    let value = match key {
        "environment" | "module_defaults" => layered(outer.as_ref(), &field.value),
        "when" | "tags" => joined(outer, field.value),
        _ => field.value,
    };
    keywords.insert(key, Field { value, ..field });
}

/// Conditions and tags add up.
fn joined(outer: Option<Value>, inner: Value) -> Value {
    let Some(outer) = outer else { return inner };
    let (span, origin) = (inner.span, inner.origin.clone());
    let mut list = List::default();
    for value in [outer, inner] {
        match value.kind {
            Kind::List(part) => {
                list.items.extend(part.items);
                list.open = list.open.or(part.open);
            }
            Kind::Null => {}
            _ => list.items.push(value),
        }
    }
    Value { origin, ..Value::new(Kind::List(Box::new(list)), span) }
}

/// Mappings, or lists of them, where the later and the inner override the earlier and the outer.
fn layered(outer: Option<&Value>, inner: &Value) -> Value {
    if outer.is_none() && inner.as_map().is_some() {
        return inner.clone();
    }
    let mut out = Map::new(inner.as_map().map_or(inner.span, |map| map.head));
    for value in outer.into_iter().chain([inner]) {
        let layers = if value.as_list().is_some() { value.items() } else { std::slice::from_ref(value) };
        for layer in layers {
            let Some(map) = layer.as_map() else {
                out.open = out.open.take().or_else(|| layer.why().cloned());
                continue;
            };
            for (key, field) in map.iter() {
                let below = out.field(key).map(|field| &field.value).filter(|value| value.as_map().is_some());
                let value = match below {
                    Some(below) if field.value.as_map().is_some() => over(below, &field.value),
                    _ => field.value.clone(),
                };
                out.insert(key.clone(), Field { value, ..*field });
            }
            out.open = out.open.take().or_else(|| map.open.clone());
        }
    }
    Value { origin: inner.origin.clone(), ..Value::map(out, inner.span) }
}

/// One mapping over another.
fn over(below: &Value, above: &Value) -> Value {
    let (Some(low), Some(high)) = (below.as_map(), above.as_map()) else { return above.clone() };
    let mut out = low.clone();
    for (key, field) in high.iter() {
        out.insert(key.clone(), field.clone());
    }
    out.open = out.open.take().or_else(|| high.open.clone());
    Value { origin: above.origin.clone(), ..Value::map(out, above.span) }
}

/// Roughly how much memory a copy of a value takes.
fn weight(value: &Value) -> usize {
    const NODE: usize = 64;
    NODE + match &value.kind {
        Kind::Text(text) => text.len(),
        Kind::List(list) => list.items.iter().map(weight).sum(),
        Kind::Map(map) => map.iter().map(|(key, field)| NODE + key.len() + weight(&field.value)).sum(),
        _ => 0,
    }
}
