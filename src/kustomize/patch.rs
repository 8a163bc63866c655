//! Patches: read from files or from the kustomization, and laid over the objects that they mean.

use stockade_model::{Kind, Map, Value};
use stockade_source::{FileId, Span, SyntaxError};

use crate::accumulate::{Builder, Scope};
use crate::api::Schema;
use crate::json_patch;
use crate::manifest::documents;
use crate::merge::merge;
use crate::object::{Id, Object};
use crate::select::Selector;
use crate::shape::{named, texts};
use crate::value::{child_map, field_text, relocate, size};

/// The file that the text of a scalar is read as before its places are those of the kustomization.
const INLINE: FileId = FileId(u32::MAX - 1);

/// What a patch may change besides the rest.
#[derive(Clone, Copy, Default)]
pub(crate) struct Allowed {
    name: bool,
    kind: bool,
}

/// Lays one entry of `patches` or `patchesJson6902` over the objects; `text_key` is where its text stands.
pub(crate) fn apply(
    builder: &mut Builder<'_, '_>,
    scope: &Scope<'_>,
    objects: &mut Vec<Object>,
    entry: &Map,
    text_key: &str,
) {
    let values = match (named(entry, "path"), named(entry, text_key)) {
        (Some(path), None) => of_file(builder, scope, path),
        (None, Some(text)) => Some(of_text(builder, scope, text)),
        (Some(_), Some(_)) => {
            builder.fault(entry.head, "a patch has either a path or a text, not both");
            None
        }
        (None, None) => {
            builder.fault(entry.head, "a patch needs a path or a text");
            None
        }
    };
    let Some(values) = values else { return };
    let target = match entry.get("target").and_then(Value::as_map).map(Selector::read).transpose() {
        Ok(target) => target,
        Err(fault) => return builder.faults([fault]),
    };
    let Some(first) = values.first() else {
        builder.fault(entry.head, "the patch is empty");
        return;
    };
    if first.as_list().is_some() {
        let Some(target) = target else {
            builder.fault(entry.head, "a patch of operations needs a target");
            return;
        };
        if !json_patch::is_patch(first) {
            builder.fault(first.span, "neither a patch of operations nor one to be merged");
            return;
        }
        return operations(builder, objects, first, &target);
    }
    let option =
        |key: &str| entry.get("options").and_then(|options| options.get(key)).and_then(Value::as_bool).unwrap_or(false);
    let allowed = Allowed { name: option("allowNameChange"), kind: option("allowKindChange") };
    match target {
        Some(target) => {
            if values.len() > 1 {
                builder.fault(entry.head, "a patch of several documents cannot have a target");
            }
            let found: Vec<Id> = objects.iter().filter(|object| target.matches(object)).map(Object::id).collect();
            check(builder, first);
            lay_over(builder, objects, first, &found, allowed);
        }
        None => values.iter().for_each(|patch| merge_by_name(builder, objects, patch, allowed)),
    }
}

/// Lays the patches of `patchesStrategicMerge` over the objects.
pub(crate) fn apply_merges(
    builder: &mut Builder<'_, '_>,
    scope: &Scope<'_>,
    objects: &mut Vec<Object>,
    list: &Map,
    key: &str,
) {
    for entry in texts(list, key) {
        let text = entry.as_text().unwrap_or_default();
        let inline = !builder.has_file(scope.folder, text) && (text.contains('\n') || text.contains(": "));
        let values = if inline { Some(of_text(builder, scope, entry)) } else { of_file(builder, scope, entry) };
        for patch in values.into_iter().flatten() {
            merge_by_name(builder, objects, &patch, Allowed::default());
        }
    }
}

/// The documents of a patch file.
pub(crate) fn of_file(builder: &mut Builder<'_, '_>, scope: &Scope<'_>, path: &Value) -> Option<Vec<Value>> {
    let (file, text) = builder.file(scope.folder, path.as_text()?, path.span)?;
    let (values, errors) = documents(file, text);
    builder.faults(errors);
    Some(values)
}

/// The documents of a text in the kustomization, at their places in it.
pub(crate) fn of_text(builder: &mut Builder<'_, '_>, scope: &Scope<'_>, text: &Value) -> Vec<Value> {
    let (mut values, errors) = documents(INLINE, text.as_text().unwrap_or_default());
    let map = scope.map(text.span);
    let place = |span: Span| map.as_ref().map_or(text.span, |map| map.span(span.start as usize, span.end as usize));
    builder.faults(errors.into_iter().map(|error| SyntaxError::new(place(error.span), error.message)));
    values.iter_mut().for_each(|value| relocate(value, INLINE, map.as_ref(), text.span));
    values
}

/// Applies operations to every object that is meant.
fn operations(builder: &mut Builder<'_, '_>, objects: &mut [Object], patch: &Value, target: &Selector) {
    for object in objects.iter_mut() {
        if !target.matches(object) {
            continue;
        }
        if !builder.afford(1, patch.span) {
            return;
        }
        object.remember();
        let body = std::mem::replace(&mut object.body, Map::new(patch.span));
        let (body, result) = json_patch::apply(body, patch.items(), &mut builder.work);
        object.body = body;
        builder.faults(result.err());
    }
}

/// Merges a patch into the object that has its kind and its name.
pub(crate) fn merge_by_name(builder: &mut Builder<'_, '_>, objects: &mut Vec<Object>, patch: &Value, allowed: Allowed) {
    if !check(builder, patch) {
        return;
    }
    let Some(map) = patch.as_map() else { return };
    let id = Object::new(map.clone(), patch.span).id();
    let found: Vec<Id> = objects.iter().filter(|object| object.ids().contains(&id)).map(Object::id).collect();
    match found.len() {
        1 => lay_over(builder, objects, patch, &found, allowed),
        0 if builder.is_open() => {}
        0 => builder.fault(map.head, format!("the patch is for {id}, which is not there")),
        _ => builder.fault(map.head, format!("the patch is for {id}, which several objects are or were")),
    }
}

/// Whether a patch says what it is for.
fn check(builder: &mut Builder<'_, '_>, patch: &Value) -> bool {
    let Some(map) = patch.as_map() else {
        builder.fault(patch.span, "a patch has to be a mapping or a list of operations");
        return false;
    };
    let name = map.get("metadata").and_then(Value::as_map).map(|metadata| field_text(metadata, "name"));
    let fault = if field_text(map, "kind").is_empty() {
        "the patch has no kind"
    } else if name.is_none_or(|name| name.is_empty()) {
        "the patch has no metadata.name"
    } else {
        return true;
    };
    builder.fault(map.head, fault);
    false
}

fn lay_over(builder: &mut Builder<'_, '_>, objects: &mut Vec<Object>, patch: &Value, ids: &[Id], allowed: Allowed) {
    let Kind::Map(patch) = &patch.kind else { return };
    let nodes: usize = patch.iter().map(|(_, field)| size(&field.value).0).sum();
    let schema = builder.schema();
    let mut kept = Vec::with_capacity(objects.len());
    for mut object in std::mem::take(objects) {
        if !ids.contains(&object.id()) {
            kept.push(object);
            continue;
        }
        if !builder.afford(nodes, patch.head) {
            kept.push(object);
            continue;
        }
        if allowed.name || allowed.kind {
            object.remember();
        }
        let mut faults = Vec::new();
        let result = merged(&object, patch, &schema, allowed, &mut faults);
        builder.faults(faults);
        match result {
            Ok(Some(body)) => {
                object.body = body;
                kept.push(object);
            }
            Ok(None) => {}
            Err(fault) => {
                builder.faults([fault]);
                kept.push(object);
            }
        }
    }
    *objects = kept;
}

/// The body with the patch in it; kind, name and namespace stay unless they may change.
fn merged(
    object: &Object,
    patch: &Map,
    schema: &Schema,
    allowed: Allowed,
    faults: &mut Vec<SyntaxError>,
) -> Result<Option<Map>, SyntaxError> {
    let (version, kind) = (object.body.field("apiVersion").cloned(), object.body.field("kind").cloned());
    let mut patch = patch.clone();
    Object::restore(&mut patch, "apiVersion", version.clone());
    let Some(mut body) = merge(object.body.clone(), &patch, schema, faults)? else { return Ok(None) };
    if body.is_empty() {
        return Ok(None);
    }
    Object::restore(&mut body, "apiVersion", version);
    if !allowed.kind || field_text(&body, "kind") == object.gvk().kind {
        Object::restore(&mut body, "kind", kind);
    }
    let place = body.head;
    if let Some(metadata) = child_map(&mut body, "metadata", place) {
        if !allowed.name || field_text(metadata, "name") == object.name() {
            Object::restore(metadata, "name", object.metadata_field("name").cloned());
        }
        Object::restore(metadata, "namespace", object.metadata_field("namespace").cloned());
    }
    Ok(Some(body))
}
