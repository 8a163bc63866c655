//! Replacements: values copied from one object into others.

use std::borrow::Cow;

use compact_str::CompactString;
use regex::Regex;
use stockade_model::{Kind, List, Map, Number, Value};
use stockade_source::{Span, SyntaxError};

use crate::MAX_DEPTH;
use crate::object::{Id, Object, effective};
use crate::select::{Requirement, compile, meets, requirements};
use crate::shape::{maps, texts};
use crate::value::{empty_map, field_text, is_scalar, items_mut, map_mut, nothing, overlaid, plain, size, spend, text};

/// Where a value is looked for where nothing is said.
const NAME: &str = "metadata.name";

/// Does one replacement; `work` is what copying has left to cost.
pub(crate) fn replace(objects: &mut [Object], replacement: &Map, work: &mut usize) -> Result<(), SyntaxError> {
    let place = replacement.head;
    let (Some(source), Some(targets)) = (replacement.get("source").and_then(Value::as_map), replacement.get("targets"))
    else {
        return Err(SyntaxError::new(place, "a replacement needs a source and targets"));
    };
    let value = source_value(objects, source, work)?;
    for target in targets.items().iter().filter_map(Value::as_map) {
        let Some(select) = target.get("select").and_then(Value::as_map) else {
            return Err(SyntaxError::new(target.head, "a target needs `select`"));
        };
        let select = Selection::read(select)?;
        let reject: Vec<Selection> = maps(target, "reject").map(Selection::read).collect::<Result<_, _>>()?;
        let options = Options::read(target.get("options").and_then(Value::as_map));
        let default = Value::text(NAME, target.head);
        let mut paths: Vec<&Value> = texts(target, "fieldPaths").collect();
        if paths.is_empty() {
            paths.push(&default);
        }
        for object in objects.iter_mut() {
            let ids = object.ids();
            let rejected = |reject: &Selection| {
                (reject.names_something() && ids.iter().any(|id| reject.means(id)))
                    || (reject.has_conditions() && reject.meets(object))
            };
            if !ids.iter().any(|id| select.means(id)) || !select.meets(object) || reject.iter().any(rejected) {
                continue;
            }
            for path in &paths {
                write(object, path, &value, &options, work)?;
            }
        }
    }
    Ok(())
}

/// Selects objects by what they are called exactly, and by labels and annotations.
struct Selection {
    group: CompactString,
    version: CompactString,
    kind: CompactString,
    name: CompactString,
    namespace: CompactString,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

impl Selection {
    fn read(map: &Map) -> Result<Selection, SyntaxError> {
        let conditions = |key: &str| {
            let wrong =
                || SyntaxError::new(map.get(key).map_or(map.head, |value| value.span), "not a selector of labels");
            requirements(&field_text(map, key)).ok_or_else(wrong)
        };
        Ok(Selection {
            group: field_text(map, "group"),
            version: field_text(map, "version"),
            kind: field_text(map, "kind"),
            name: field_text(map, "name"),
            namespace: field_text(map, "namespace"),
            labels: conditions("labelSelector")?,
            annotations: conditions("annotationSelector")?,
        })
    }

    fn names_something(&self) -> bool {
        [&self.group, &self.version, &self.kind, &self.name, &self.namespace].iter().any(|part| !part.is_empty())
    }

    fn has_conditions(&self) -> bool {
        !self.labels.is_empty() || !self.annotations.is_empty()
    }

    fn means(&self, id: &Id) -> bool {
        let is = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
        is(&self.group, &id.gvk.group)
            && is(&self.version, &id.gvk.version)
            && is(&self.kind, &id.gvk.kind)
            && is(&self.name, &id.name)
            && (self.namespace.is_empty() || effective(&id.gvk, &self.namespace) == id.namespace)
    }

    fn meets(&self, object: &Object) -> bool {
        meets(&self.labels, object, "labels") && meets(&self.annotations, object, "annotations")
    }
}

#[derive(Default)]
struct Options {
    delimiter: CompactString,
    index: i64,
    create: bool,
}

impl Options {
    fn read(map: Option<&Map>) -> Options {
        let Some(map) = map else { return Options::default() };
        Options {
            delimiter: field_text(map, "delimiter"),
            index: map.get("index").and_then(Value::as_number).and_then(Number::as_i64).unwrap_or(0),
            create: map.get("create").and_then(Value::as_bool).unwrap_or(false),
        }
    }
}

/// The value that is copied.
fn source_value(objects: &[Object], source: &Map, work: &mut usize) -> Result<Value, SyntaxError> {
    let fault = |what: String| SyntaxError::new(source.head, what);
    let selection = Selection::read(source)?;
    let mut found = objects.iter().filter(|object| object.ids().iter().any(|id| selection.means(id)));
    let object = found.next().ok_or_else(|| fault("the source of the replacement is no object".to_owned()))?;
    if found.next().is_some() {
        return Err(fault("the source of the replacement is several objects".to_owned()));
    }
    let path = field_text(source, "fieldPath");
    let path = if path.is_empty() { NAME } else { &path };
    let missing = || fault(format!("the source of the replacement has no `{path}`"));
    let mut value = None::<&Value>;
    for part in parts(path) {
        value = Some(match value {
            None => object.body.get(&part).ok_or_else(missing)?,
            Some(value) => look_up(value, &part).ok_or_else(missing)?,
        });
    }
    let value = value.filter(|value| !is_empty(value)).ok_or_else(missing)?;
    if !spend(work, size(value).0) {
        return Err(fault("what replacements copy is over a limit".to_owned()));
    }
    let options = Options::read(source.get("options").and_then(Value::as_map));
    if options.delimiter.is_empty() {
        return Ok(value.clone());
    }
    let whole = text(value).ok_or_else(|| fault("only a text can be split".to_owned()))?;
    let piece = usize::try_from(options.index).ok().and_then(|at| whole.split(options.delimiter.as_str()).nth(at));
    let piece = piece.ok_or_else(|| fault(format!("the source of the replacement has no piece {}", options.index)))?;
    let like = if value.as_text().is_some() { Value::text(piece, value.span) } else { plain(piece, value) };
    Ok(overlaid(like, value, "replacements"))
}

fn is_empty(value: &Value) -> bool {
    match &value.kind {
        Kind::Null => true,
        Kind::Map(map) => map.is_empty(),
        Kind::List(list) => list.items.is_empty(),
        _ => false,
    }
}

/// One step down in the source: a field, the number of an element, `[key=value]`.
fn look_up<'v>(value: &'v Value, part: &str) -> Option<&'v Value> {
    match &value.kind {
        Kind::Map(map) => map.get(part),
        Kind::List(list) => match condition(part) {
            Some((key, wanted)) => list.items.iter().find(|item| {
                let own = if key.is_empty() { text(item) } else { item.get(key).and_then(text) };
                own.is_some_and(|own| own == wanted)
            }),
            None if part == "-" => list.items.last(),
            None => list.items.get(part.parse::<usize>().ok()?),
        },
        _ => None,
    }
}

/// Writes the value to every place in an object that a path means.
fn write(
    object: &mut Object,
    path: &Value,
    value: &Value,
    options: &Options,
    work: &mut usize,
) -> Result<(), SyntaxError> {
    let place = path.span;
    let name = path.as_text().unwrap_or_default();
    let parts = parts(name);
    let (count, depth) = size(value);
    let mut writing = Writing { value, options, place, count, work, written: 0 };
    if parts.len() + depth > MAX_DEPTH {
        return Err(SyntaxError::new(place, "the replacement goes deeper than a limit"));
    }
    let mut root = Value::map(std::mem::replace(&mut object.body, Map::new(place)), place);
    let result = writing.walk(&mut root, &parts);
    if let Kind::Map(body) = root.kind {
        object.body = *body;
    }
    let written = writing.written;
    match result {
        Err(error) => Err(SyntaxError::new(place, error)),
        Ok(()) if written == 0 => Err(SyntaxError::new(place, format!("there is no `{name}` to replace"))),
        Ok(()) => Ok(()),
    }
}

struct Writing<'w> {
    value: &'w Value,
    options: &'w Options,
    place: Span,
    /// How many nodes the value has.
    count: usize,
    work: &'w mut usize,
    written: usize,
}

impl Writing<'_> {
    fn walk(&mut self, at: &mut Value, parts: &[CompactString]) -> Result<(), String> {
        let Some((first, rest)) = parts.split_first() else { return self.set(at) };
        let create = self.options.create;
        if let Ok(index) = first.parse::<usize>() {
            if create && at.is_null() {
                *at = Value::list(Vec::new(), self.place);
            }
            let place = self.place;
            let Some(items) = items_mut(at) else {
                // The key of a mapping may look like a number.
                return self.field(at, first, rest);
            };
            if create && items.len() == index {
                items.push(Value::new(Kind::Null, place));
            }
            let count = items.len();
            let item =
                items.get_mut(index).ok_or_else(|| format!("there is no element {index} in a list of {count}"))?;
            return self.walk(item, rest);
        }
        if first == "*" {
            return match &mut at.kind {
                Kind::List(list) => list.items.iter_mut().try_for_each(|item| self.walk(item, rest)),
                Kind::Null => Ok(()),
                _ => Err("`*` needs a list".to_owned()),
            };
        }
        match condition(first) {
            Some((key, pattern)) => self.elements(at, key, pattern, rest),
            None => self.field(at, first, rest),
        }
    }

    fn field(&mut self, at: &mut Value, name: &str, rest: &[CompactString]) -> Result<(), String> {
        if self.options.create && at.is_null() {
            *at = empty_map(self.place);
        }
        let (create, place) = (self.options.create, self.place);
        if at.is_null() {
            return Ok(());
        }
        let Some(map) = map_mut(at) else { return Err(format!("there is no `{name}` in what is no mapping")) };
        if map.field(name).is_none() {
            if !create {
                return Ok(());
            }
            map.set(name, Value::new(Kind::Null, place));
        }
        map.field_mut(name).map_or(Ok(()), |field| self.walk(&mut field.value, rest))
    }

    fn elements(&mut self, at: &mut Value, key: &str, pattern: &str, rest: &[CompactString]) -> Result<(), String> {
        if self.options.create && at.is_null() {
            *at = Value::list(Vec::new(), self.place);
        }
        let regex = compile(pattern).ok_or("not a regular expression that can be used")?;
        let matches = |item: &Value, regex: &Regex| {
            let own: Option<Cow<'_, str>> = if key.is_empty() { text(item) } else { item.get(key).and_then(text) };
            own.is_some_and(|own| regex.is_match(&own))
        };
        let (create, place) = (self.options.create, self.place);
        let Kind::List(list) = &mut at.kind else {
            return if at.is_null() { Ok(()) } else { Err("a list is expected".to_owned()) };
        };
        if create && !list.items.iter().any(|item| matches(item, &regex)) {
            list.items.push(made(key, pattern, place));
        }
        let List { items, .. } = &mut **list;
        items.iter_mut().filter(|item| matches(item, &regex)).try_for_each(|item| self.walk(item, rest))
    }

    fn set(&mut self, at: &mut Value) -> Result<(), String> {
        let written = text(self.value).map_or(0, |text| text.len() / 64);
        let before = text(at).map_or(0, |text| text.len() / 64);
        if !spend(self.work, self.count + written + before) {
            return Err("what replacements copy is over a limit".to_owned());
        }
        self.written += 1;
        let value = if self.options.delimiter.is_empty() {
            self.value.clone()
        } else {
            let (Some(whole), Some(piece)) = (text(at), text(self.value)) else {
                return Err("only a text can be split".to_owned());
            };
            Value { kind: Kind::Text(spliced(&whole, &piece, self.options).into()), ..self.value.clone() }
        };
        let old = std::mem::replace(at, nothing());
        let by = "replacements";
        *at = match (&old.kind, text(&value)) {
            // A scalar that is there keeps its type.
            (Kind::Text(_), Some(text)) => overlaid(Value::text(text, value.span), &old, by),
            (Kind::Number(_) | Kind::Bool(_), Some(text)) => {
                let resolved = plain(&text, &value);
                if std::mem::discriminant(&resolved.kind) != std::mem::discriminant(&old.kind) {
                    let fault = format!("`{text}` is not of the type that stands there");
                    *at = old;
                    return Err(fault);
                }
                overlaid(resolved, &old, by)
            }
            (_, Some(_)) if !self.options.delimiter.is_empty() && is_scalar(&old) => overlaid(value, &old, by),
            _ => overlaid(value, &old, by),
        };
        Ok(())
    }
}

/// The whole with a piece of it replaced, or with one more piece at either end.
fn spliced(whole: &str, piece: &str, options: &Options) -> String {
    let mut pieces: Vec<&str> = whole.split(options.delimiter.as_str()).collect();
    match usize::try_from(options.index) {
        Err(_) => pieces.insert(0, piece),
        Ok(at) => match pieces.get_mut(at) {
            Some(place) => *place = piece,
            None => pieces.push(piece),
        },
    }
    pieces.join(&options.delimiter)
}

/// An element that is made so that a condition holds of it.
fn made(key: &str, value: &str, place: Span) -> Value {
    let value = plain(value, &Value::new(Kind::Null, place));
    if key.is_empty() {
        return value;
    }
    let mut map = Map::new(place);
    map.set(key, value);
    Value::map(map, place)
}

/// `[key=value]`, or `[=value]` for an element that is the value.
fn condition(part: &str) -> Option<(&str, &str)> {
    part.strip_prefix('[')?.strip_suffix(']')?.split_once('=')
}

/// The parts of a path with dots; dots in brackets and behind backslashes are none between parts.
pub(crate) fn parts(path: &str) -> Vec<CompactString> {
    let mut parts = vec![CompactString::default()];
    let mut open = false;
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        let last = parts.len() - 1;
        match c {
            '\\' if chars.peek() == Some(&'.') => {
                chars.next();
                parts[last].push('.');
            }
            '[' if parts[last].is_empty() => {
                open = true;
                parts[last].push(c);
            }
            ']' if open => {
                open = false;
                parts[last].push(c);
            }
            '.' if !open => parts.push(CompactString::default()),
            c => parts[last].push(c),
        }
    }
    // `a.[b.c/d].e`: brackets without a condition hold a key with dots.
    for part in &mut parts {
        if condition(part).is_none()
            && let Some(key) = part.strip_prefix('[').and_then(|part| part.strip_suffix(']'))
        {
            *part = key.into();
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split() {
        assert_eq!(parts("a.b\\.c/d.[x=1.2].*.0"), ["a", "b.c/d", "[x=1.2]", "*", "0"]);
        assert_eq!(parts("metadata.annotations.[a.b/c]"), ["metadata", "annotations", "a.b/c"]);
    }
}
