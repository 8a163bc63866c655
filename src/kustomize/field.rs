//! Fields by path: which objects have them, and writing to them.

use compact_str::CompactString;
use stockade_model::{Map, Value};
use stockade_source::Span;

use crate::object::Gvk;
use crate::value::{child_map, empty_map, field_text, items_mut, map_mut, nothing};

/// How many parts a path may have.
const MAX_PATH: usize = 64;

/// A field of the objects of a kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldSpec {
    /// The kind, its empty parts being any.
    pub(crate) gvk: Gvk,
    /// The path; lists on the way stand for each of their elements.
    pub(crate) path: Vec<CompactString>,
    /// Whether the field is made where it is absent.
    pub(crate) create: bool,
}

/// What is made of an absent field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// `null`, to be written over.
    Scalar,
    /// An empty mapping.
    Map,
    /// Nothing, whatever the field says.
    Nothing,
}

impl FieldSpec {
    pub(crate) fn new(gvk: Gvk, path: &str, create: bool) -> Self {
        FieldSpec { gvk, path: split(path), create }
    }

    /// The field that an entry of a configuration names.
    pub(crate) fn read(entry: &Map) -> FieldSpec {
        let part = |key: &str| field_text(entry, key);
        let gvk = Gvk { group: part("group"), version: part("version"), kind: part("kind") };
        let create = entry.get("create").and_then(Value::as_bool).unwrap_or(false);
        FieldSpec::new(gvk, &part("path"), create)
    }

    /// Calls `write` on the field of an object, where the object is of the kind and has it or it is to be made.
    pub(crate) fn apply(
        &self,
        body: &mut Map,
        made: Made,
        place: Span,
        write: &mut dyn FnMut(&mut Value) -> Result<(), String>,
    ) -> Result<(), String> {
        if !Gvk::of(body).is_selected(&self.gvk) || self.path.is_empty() {
            return Ok(());
        }
        if self.path.len() > MAX_PATH {
            return Err("the path of a field is over a limit".to_owned());
        }
        let made = if self.create { made } else { Made::Nothing };
        field(body, &self.path, made, place, write)
            .map_err(|error| format!("{error} on the way to `{}`", self.path.join("/")))
    }
}

fn field(
    map: &mut Map,
    path: &[CompactString],
    made: Made,
    place: Span,
    write: &mut dyn FnMut(&mut Value) -> Result<(), String>,
) -> Result<(), String> {
    let Some((first, rest)) = path.split_first() else { return Ok(()) };
    let list = first.strip_suffix("[]");
    let name = list.unwrap_or(first);
    if name.is_empty() {
        return Ok(());
    }
    if map.get(name).is_none() {
        match if list.is_some() { Made::Nothing } else { made } {
            Made::Nothing => return Ok(()),
            Made::Map => drop(child_map(map, name, place)),
            Made::Scalar if !rest.is_empty() => drop(child_map(map, name, place)),
            Made::Scalar => {
                if map.field(name).is_none() {
                    map.set(name, nothing());
                }
            }
        }
    }
    let Some(field) = map.field_mut(name) else { return Ok(()) };
    let before = field.value.is_null();
    walk(&mut field.value, rest, made, place, write)?;
    if before && field.key.is_none() {
        (field.key, field.entry) = (field.value.span, field.value.span);
    }
    Ok(())
}

fn walk(
    value: &mut Value,
    path: &[CompactString],
    made: Made,
    place: Span,
    write: &mut dyn FnMut(&mut Value) -> Result<(), String>,
) -> Result<(), String> {
    if path.is_empty() {
        return write(value);
    }
    if value.is_null() {
        return Ok(());
    }
    if let Some(items) = items_mut(value) {
        return items.iter_mut().try_for_each(|item| walk(item, path, made, place, write));
    }
    match map_mut(value) {
        Some(map) => field(map, path, made, place, write),
        None => Err("a mapping or a list is expected".to_owned()),
    }
}

/// Adds fields to others; a field of the same path for the same kinds, or for fewer, stands for the new one. Tells
/// the paths of those that disagree on whether to make the field.
pub(crate) fn merge(into: &mut Vec<FieldSpec>, more: &[FieldSpec]) -> Vec<String> {
    let mut conflicts = Vec::new();
    for spec in more {
        match into.iter().find(|before| before.path == spec.path && before.gvk.is_selected(&spec.gvk)) {
            Some(before) if before.create != spec.create => conflicts.push(spec.path.join("/")),
            Some(_) => {}
            None => into.push(spec.clone()),
        }
    }
    conflicts
}

/// Sets an entry of the mapping that `value` is.
pub(crate) fn as_map(value: &mut Value, place: Span) -> Result<&mut Map, String> {
    if value.is_null() {
        *value = empty_map(place);
    }
    map_mut(value).ok_or_else(|| "a mapping is expected".to_owned())
}

/// The parts of a path with slashes; `\/` is a slash in a name.
fn split(path: &str) -> Vec<CompactString> {
    let mut parts: Vec<CompactString> = Vec::new();
    let mut open = false;
    for part in path.split('/') {
        let (part, more) = part.strip_suffix('\\').map_or((part, false), |part| (part, true));
        match parts.last_mut() {
            Some(last) if open => {
                last.push('/');
                last.push_str(part);
            }
            _ => parts.push(part.into()),
        }
        open = more;
    }
    parts
}
