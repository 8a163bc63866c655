//! Generators: config maps and secrets from literals, files and lists of variables.

use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Field, Kind, Map, Reason, Value, Why};
use stockade_source::Span;
use stockade_yaml::ScalarMap;

use crate::accumulate::{Builder, Scope};
use crate::hash::base64;
use crate::object::{Behavior, Object};
use crate::shape::{named, texts};
use crate::tree::name_of;
use crate::value::{child_map, field_text};

/// The kinds that are generated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generated {
    ConfigMap,
    Secret,
}

/// What one generator makes; `options` are those of all generators of the kustomization.
pub(crate) fn generate(
    builder: &mut Builder<'_, '_>,
    scope: &Scope<'_>,
    arguments: &Map,
    kind: Generated,
    options: Option<&Map>,
) -> Option<Object> {
    let place = arguments.head;
    let Some(name) = named(arguments, "name") else {
        builder.fault(place, "the generator has no name");
        return None;
    };
    let mut body = Map::new(place);
    let text = |text: &str| Value::text(text, place);
    body.set("apiVersion", text("v1"));
    body.set("kind", text(if kind == Generated::ConfigMap { "ConfigMap" } else { "Secret" }));
    let metadata = child_map(&mut body, "metadata", place)?;
    metadata.set("name", name.clone());
    if let Some(namespace) = named(arguments, "namespace") {
        metadata.set("namespace", namespace.clone());
    }
    if kind == Generated::Secret {
        body.set("type", named(arguments, "type").cloned().unwrap_or_else(|| text("Opaque")));
    }
    let data = data(builder, scope, arguments, kind);
    if !data.is_empty() || kind == Generated::Secret {
        body.set("data", Value::map(data, place));
    }
    let own = arguments.get("options").and_then(Value::as_map);
    let mut is = [false, false];
    for options in [options, own].into_iter().flatten() {
        for key in ["labels", "annotations"] {
            let Some(pairs) = options.get(key).and_then(Value::as_map).filter(|pairs| !pairs.is_empty()) else {
                continue;
            };
            if let Some(map) = child_map(&mut body, "metadata", place).and_then(|map| child_map(map, key, pairs.head)) {
                pairs.iter().for_each(|(key, field)| drop(map.insert(key.clone(), field.clone())));
            }
        }
        for (is, key) in is.iter_mut().zip(["disableNameSuffixHash", "immutable"]) {
            *is |= options.get(key).and_then(Value::as_bool) == Some(true);
        }
    }
    if is[1] {
        let line = [own, options].into_iter().flatten().find_map(|options| options.get("immutable")).cloned();
        body.set("immutable", Value::bool(true, line.map_or(place, |value| value.span)));
    }
    let mut object = Object::new(body, place);
    object.hashed = !is[0];
    object.behavior = match field_text(arguments, "behavior").as_str() {
        "" | "create" | "unspecified" => Behavior::Create,
        "replace" => Behavior::Replace,
        "merge" => Behavior::Merge,
        other => {
            builder.fault(place, format!("a generator cannot `{other}`; it can create, replace or merge"));
            Behavior::Create
        }
    };
    Some(object)
}

/// What stands under a key, and where.
struct Pair {
    key: CompactString,
    value: Value,
    entry: Span,
}

fn data(builder: &mut Builder<'_, '_>, scope: &Scope<'_>, arguments: &Map, kind: Generated) -> Map {
    let mut pairs = Vec::new();
    for list in texts(arguments, "envs") {
        variables(builder, scope, list, &mut pairs);
    }
    for file in texts(arguments, "files") {
        pairs.extend(of_file(builder, scope, file));
    }
    for literal in texts(arguments, "literals") {
        pairs.extend(of_literal(builder, scope, literal));
    }
    let mut data = Map::new(arguments.head);
    for Pair { key, mut value, entry } in pairs {
        if kind == Generated::Secret
            && let Kind::Text(text) = &value.kind
        {
            if !builder.afford(text.len() / 16, entry) {
                continue;
            }
            value.kind = Kind::Text(base64(text.as_bytes()).into());
        }
        if data.field(&key).is_some() {
            builder.fault(entry, format!("the key `{key}` is there already"));
            continue;
        }
        data.insert(key, Field { key: entry, entry, value });
    }
    data
}

/// `key=value`, the value perhaps in quotes.
fn of_literal(builder: &mut Builder<'_, '_>, scope: &Scope<'_>, literal: &Value) -> Option<Pair> {
    let text = literal.as_text()?;
    let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
        builder.fault(literal.span, "a literal has to be `key=value`");
        return None;
    };
    let bare = unquoted(value);
    let start = bare.as_ptr() as usize - text.as_ptr() as usize;
    let map = scope.map(literal.span);
    let span = map.map_or(literal.span, |map: ScalarMap| map.span(start, start + bare.len()));
    let span = if span.is_empty() { literal.span } else { span };
    Some(Pair { key: key.into(), value: Value::text(bare, span), entry: literal.span })
}

fn unquoted(value: &str) -> &str {
    let quoted =
        |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).filter(|_| value.len() > 1);
    quoted('"').or_else(|| quoted('\'')).unwrap_or(value)
}

/// `path` or `key=path`.
fn of_file(builder: &mut Builder<'_, '_>, scope: &Scope<'_>, named: &Value) -> Option<Pair> {
    let text = named.as_text()?;
    let (key, path) = match text.split_once('=') {
        Some((key, path)) if !key.is_empty() && !path.is_empty() && !path.contains('=') => (key, path),
        Some(_) => {
            builder.fault(named.span, "a file has to be `path` or `key=path`");
            return None;
        }
        None => (name_of(text), text),
    };
    let (file, content) = builder.file(scope.folder, path, named.span)?;
    let span = Span::new(file, 0, u32::try_from(content.len()).unwrap_or(u32::MAX));
    Some(Pair { key: key.into(), value: Value::text(content, span), entry: named.span })
}

/// The lines `KEY=value` of a file; a key alone takes its value from the environment.
fn variables(builder: &mut Builder<'_, '_>, scope: &Scope<'_>, named: &Value, pairs: &mut Vec<Pair>) {
    let Some(path) = named.as_text() else { return };
    let Some((file, content)) = builder.file(scope.folder, path, named.span) else { return };
    for line in content.strip_prefix('\u{feff}').unwrap_or(content).lines() {
        let text = line.trim_start();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let start = text.as_ptr() as usize - content.as_ptr() as usize;
        let span = |from: usize, to: usize| {
            let at = |at: usize| u32::try_from(start + at).unwrap_or(u32::MAX);
            Span::new(file, at(from), at(to))
        };
        let entry = span(0, text.len());
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Value::text(value, span(key.len() + 1, text.len()))),
            None => {
                let why = Why { reason: Reason::Runtime, subject: text.into(), span: entry };
                (text, Value::new(Kind::Unknown(Arc::new(why)), entry))
            }
        };
        pairs.push(Pair { key: key.into(), value, entry });
    }
}

/// Puts a generated object among the others: as a new one, or over the one of its name.
pub(crate) fn absorb(builder: &mut Builder<'_, '_>, objects: &mut Vec<Object>, mut made: Object) {
    let id = made.id();
    let place = made.span;
    let matching: Vec<usize> =
        objects.iter().enumerate().filter(|(_, object)| object.ids().contains(&id)).map(|(at, _)| at).collect();
    match (&matching[..], made.behavior) {
        ([], Behavior::Create) => objects.push(made),
        ([], _) => {
            if !builder.is_open() {
                builder.fault(place, format!("there is no {id} to merge with or to replace"));
            }
            objects.push(made);
        }
        ([_], Behavior::Create) => {
            builder.fault(place, format!("there is a {id} already; the behaviour has to be merge or replace"));
        }
        ([at], behavior) => {
            let old = &mut objects[*at];
            for key in ["labels", "annotations"] {
                let Some(pairs) =
                    old.body.get("metadata").and_then(|metadata| metadata.get(key)).and_then(Value::as_map)
                else {
                    continue;
                };
                let metadata = child_map(&mut made.body, "metadata", place);
                if let Some(own) = metadata.and_then(|metadata| child_map(metadata, key, pairs.head)) {
                    fill(own, pairs);
                }
            }
            for key in ["name", "namespace"] {
                let field = old.metadata_field(key).cloned();
                if let Some(metadata) = child_map(&mut made.body, "metadata", place) {
                    Object::restore(metadata, key, field);
                }
            }
            if behavior == Behavior::Merge {
                for key in ["data", "binaryData"] {
                    let Some(pairs) = old.body.get(key).and_then(Value::as_map).filter(|pairs| !pairs.is_empty())
                    else {
                        continue;
                    };
                    if let Some(own) = child_map(&mut made.body, key, place) {
                        fill(own, pairs);
                    }
                }
            }
            made.inherit(old);
            made.behavior = Behavior::Create;
            *old = made;
        }
        _ => builder.fault(place, format!("several objects are {id}")),
    }
}

/// Puts in the pairs whose keys are not there.
fn fill(map: &mut Map, pairs: &Map) {
    for (key, field) in pairs.iter() {
        if map.field(key).is_none() {
            map.insert(key.clone(), field.clone());
        }
    }
}
