//! JSON 6902: patches that are lists of operations.

use std::borrow::Cow;

use compact_str::CompactString;
use stockade_model::{Field, Kind, Map, Value};
use stockade_source::{Span, SyntaxError};

use crate::MAX_DEPTH;
use crate::value::{field_text, removed, size, spend, take, text};

/// Applies the operations to an object; an error leaves those before it done.
///
/// `work` is what copying has left to cost.
pub(crate) fn apply(body: Map, patch: &[Value], work: &mut usize) -> (Map, Result<(), SyntaxError>) {
    let head = body.head;
    let mut root = Value::map(body, head);
    let mut result = Ok(());
    for operation in patch {
        result = match operation.as_map() {
            Some(map) => operate(&mut root, map, operation.span, work),
            None => Err(SyntaxError::new(operation.span, "an operation has to be a mapping")),
        };
        if result.is_err() {
            break;
        }
    }
    match root.kind {
        Kind::Map(map) => (*map, result),
        _ => (Map::new(head), Err(SyntaxError::new(head, "the patch leaves no object"))),
    }
}

fn operate(root: &mut Value, map: &Map, span: Span, work: &mut usize) -> Result<(), SyntaxError> {
    let fault = |what: &str| SyntaxError::new(span, what.to_owned());
    let Some(path) = map.get("path").and_then(Value::as_text) else { return Err(fault("the operation has no path")) };
    let place = map.field("value").map_or(span, |field| field.entry);
    let absent = || Value::new(Kind::Null, map.field("path").map_or(span, |field| field.value.span));
    let value = || map.field("value").map_or_else(absent, |field| field.value.clone());
    let field = |value: Value| Field { key: map.field("value").map_or(span, |field| field.key), entry: place, value };
    let pointer = Pointer::new(path);
    let mut checked = |value: &Value| {
        let (count, depth) = size(value);
        if depth + pointer.parts.len() > MAX_DEPTH || !spend(work, count) {
            return Err(SyntaxError::new(span, "what the patch copies is over a limit"));
        }
        Ok(())
    };
    match field_text(map, "op").as_str() {
        "add" => {
            let value = value();
            checked(&value)?;
            pointer.add(root, field(value)).map_err(|error| fault(&error))
        }
        "replace" => {
            let value = value();
            checked(&value)?;
            pointer.replace(root, field(value)).map_err(|error| fault(&error))
        }
        "remove" => {
            pointer.remove(root).map_err(|error| fault(&error))?;
            // Whoever asks why it is not there finds the patch.
            if let Ok((parent, name)) = pointer.parent(root) {
                removed(parent, name, map.field("path").map_or(span, |field| field.value.span));
            }
            Ok(())
        }
        "test" => {
            let found = pointer.find(root).filter(|value| !value.is_null());
            let wanted = map.get("value");
            let same = match (found, wanted) {
                (None, None) => true,
                (Some(found), Some(wanted)) => equal(found, wanted),
                _ => false,
            };
            if same { Ok(()) } else { Err(fault("the test of the patch fails")) }
        }
        operation @ ("copy" | "move") => {
            let from = Pointer::new(map.get("from").and_then(Value::as_text).unwrap_or_default());
            let moved = if operation == "move" {
                let moved = from.remove(root).map_err(|error| fault(&error))?;
                checked(&moved)?;
                moved
            } else {
                let copied = from.find(root);
                copied.map_or(Ok(()), &mut checked)?;
                copied.cloned().unwrap_or_else(absent)
            };
            let entry = moved.span;
            pointer.add(root, Field { key: entry, entry, value: moved }).map_err(|error| fault(&error))
        }
        other => Err(fault(&format!("unknown operation `{other}`"))),
    }
}

/// Whether two values are the same, whatever their places.
fn equal(one: &Value, other: &Value) -> bool {
    match (&one.kind, &other.kind) {
        (Kind::Map(one), Kind::Map(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, field)| other.field(key).is_some_and(|other| equal(&field.value, &other.value)))
        }
        (Kind::List(one), Kind::List(other)) => {
            one.items.len() == other.items.len()
                && one.items.iter().zip(&other.items).all(|(one, other)| equal(one, other))
        }
        (one, other) => one == other,
    }
}

/// A JSON pointer; what stands before its first slash does not count.
struct Pointer<'p> {
    parts: Vec<Cow<'p, str>>,
}

impl<'p> Pointer<'p> {
    fn new(path: &'p str) -> Self {
        let decoded = |part: &'p str| {
            if part.contains('~') {
                Cow::Owned(part.replace("~1", "/").replace("~0", "~"))
            } else {
                Cow::Borrowed(part)
            }
        };
        let path = path.strip_prefix('/').unwrap_or(path);
        Pointer { parts: path.split('/').map(decoded).collect() }
    }

    fn is_root(&self) -> bool {
        matches!(&self.parts[..], [only] if only.is_empty())
    }

    /// The container that holds the last part, and that part.
    fn parent<'v>(&self, root: &'v mut Value) -> Result<(&'v mut Value, &str), String> {
        let (last, parts) = self.parts.split_last().ok_or("the path is empty")?;
        let mut at = root;
        for part in parts {
            at = child_mut(at, part).ok_or_else(|| format!("there is no `{}`", self.text()))?;
        }
        if matches!(at.kind, Kind::Map(_) | Kind::List(_)) {
            Ok((at, last))
        } else {
            Err(format!("there is no `{}`", self.text()))
        }
    }

    fn find<'v>(&self, root: &'v mut Value) -> Option<&'v Value> {
        if self.is_root() {
            return Some(root);
        }
        let mut at = root;
        for part in &self.parts {
            at = child_mut(at, part)?;
        }
        Some(at)
    }

    fn add(&self, root: &mut Value, field: Field) -> Result<(), String> {
        if self.is_root() {
            return Err("there is nothing to add to".to_owned());
        }
        let (parent, last) = self.parent(root)?;
        match &mut parent.kind {
            Kind::Map(map) => drop(map.insert(CompactString::from(last), field)),
            Kind::List(list) => {
                let at = index(last, list.items.len() + 1, list.items.len())
                    .ok_or_else(|| format!("`{last}` is no place in a list of {}", list.items.len()))?;
                list.items.insert(at, field.value);
            }
            _ => {}
        }
        Ok(())
    }

    fn replace(&self, root: &mut Value, field: Field) -> Result<(), String> {
        if self.is_root() {
            *root = field.value;
            return Ok(());
        }
        let (parent, last) = self.parent(root)?;
        match &mut parent.kind {
            Kind::Map(map) => drop(map.insert(CompactString::from(last), field)),
            Kind::List(list) => {
                let count = list.items.len();
                let at = index(last, count, count).filter(|at| *at < count && last != "-");
                let at = at.ok_or_else(|| format!("there is no `{}`", self.text()))?;
                list.items[at] = field.value;
            }
            _ => {}
        }
        Ok(())
    }

    fn remove(&self, root: &mut Value) -> Result<Value, String> {
        if self.is_root() {
            return Err("there is nothing to remove from".to_owned());
        }
        let (parent, last) = self.parent(root)?;
        let missing = || format!("there is no `{}`", self.text());
        match &mut parent.kind {
            Kind::Map(map) => map.remove(last).map(|field| field.value).ok_or_else(missing),
            Kind::List(list) => {
                let count = list.items.len();
                let at = index(last, count, count).filter(|at| *at < count && last != "-").ok_or_else(missing)?;
                Ok(list.items.remove(at))
            }
            _ => Ok(take(parent)),
        }
    }

    fn text(&self) -> String {
        format!("/{}", self.parts.join("/"))
    }
}

fn child_mut<'v>(value: &'v mut Value, part: &str) -> Option<&'v mut Value> {
    match &mut value.kind {
        Kind::Map(map) => map.field_mut(part).map(|field| &mut field.value),
        Kind::List(list) => {
            let count = list.items.len();
            let at = index(part, count, count).filter(|_| part != "-")?;
            list.items.get_mut(at)
        }
        _ => None,
    }
}

/// The place that a part of a pointer names in a list of `count` places; negative ones count from `end`.
fn index(part: &str, count: usize, end: usize) -> Option<usize> {
    if part == "-" {
        return Some(end);
    }
    let at: i64 = part.parse().ok()?;
    let count_of = i64::try_from(count).ok()?;
    let at = if at < 0 { at + count_of } else { at };
    usize::try_from(at).ok().filter(|at| *at < count || *at == end)
}

/// Whether a text or its value is a list of operations.
pub(crate) fn is_patch(value: &Value) -> bool {
    value.as_list().is_some_and(|list| {
        list.items.iter().all(|item| item.as_map().is_some_and(|map| map.get("op").and_then(text).is_some()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_lists() {
        // Adding to a list of two has three places.
        let add = |part| index(part, 3, 2);
        assert_eq!([add("0"), add("2"), add("3"), add("-")], [Some(0), Some(2), None, Some(2)]);
        assert_eq!([add("-1"), add("-3"), add("-4"), add("01"), add("x")], [Some(2), Some(0), None, Some(1), None]);
    }

    #[test]
    fn pointers_are_decoded() {
        assert_eq!(Pointer::new("/a~1b/~01").parts, ["a/b", "~1"]);
        assert!(Pointer::new("").is_root() && !Pointer::new("/a/").is_root());
    }
}
