//! Variables: `$(NAME)` in the fields that may hold one.

use std::collections::HashMap;

use compact_str::CompactString;
use stockade_model::{Kind, Map, Value};
use stockade_source::{Span, SyntaxError};

use crate::accumulate::Builder;
use crate::field::Made;
use crate::object::{Gvk, Id, Object, effective};
use crate::replacement::parts;
use crate::shape::named;
use crate::tables::Tables;
use crate::value::{adapted, field_text, spend, text};

/// A variable as a kustomization declares it.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    name: CompactString,
    object: Id,
    path: CompactString,
    place: Span,
}

impl Variable {
    pub(crate) fn read(map: &Map) -> Option<Variable> {
        let object = map.get("objref")?.as_map()?;
        let gvk = match field_text(object, "apiVersion") {
            version if version.is_empty() => Gvk {
                group: field_text(object, "group"),
                version: field_text(object, "version"),
                kind: field_text(object, "kind"),
            },
            version => Gvk::new(&version, &field_text(object, "kind")),
        };
        let field = map.get("fieldref").and_then(Value::as_map);
        let path = field.and_then(|field| named(field, "fieldPath").or_else(|| named(field, "fieldpath")));
        Some(Variable {
            name: field_text(map, "name"),
            object: Id { namespace: field_text(object, "namespace"), name: field_text(object, "name"), gvk },
            path: path.and_then(Value::as_text).unwrap_or("metadata.name").into(),
            place: map.head,
        })
    }

    fn means(&self, id: &Id) -> bool {
        let wanted = &self.object;
        id.name == wanted.name
            && id.gvk.is_selected(&wanted.gvk)
            && (wanted.namespace.is_empty() || effective(&id.gvk, &wanted.namespace) == id.namespace)
    }
}

/// Adds variables to those that are known; one name stands for one thing.
pub(crate) fn add(builder: &mut Builder<'_, '_>, known: &mut Vec<Variable>, more: Vec<Variable>) {
    for variable in more {
        match known.iter().find(|other| other.name == variable.name) {
            Some(other) if other.object == variable.object && other.path == variable.path => {}
            Some(_) => builder.fault(variable.place, format!("the variable `{}` is there already", variable.name)),
            None => known.push(variable),
        }
    }
}

/// Expands variables wherever the tables say that they may stand.
pub(crate) fn expand(builder: &mut Builder<'_, '_>, objects: &mut [Object], variables: &[Variable], tables: &Tables) {
    if variables.is_empty() {
        return;
    }
    let mut values: HashMap<&str, Value> = HashMap::new();
    for variable in variables {
        let mut found = objects.iter().filter(|object| object.ids().iter().any(|id| variable.means(id)));
        let Some(object) = found.next() else {
            if !builder.is_open() {
                builder.fault(variable.place, format!("the variable `{}` stands for no object", variable.name));
            }
            continue;
        };
        // `ports[0]` is the first of the ports.
        let path = variable.path.replace("[", ".").replace("]", "");
        let mut parts = parts(&path).into_iter();
        let first = parts.next().and_then(|part| object.body.get(&part));
        let value = parts.fold(first, |value, part| match &value?.kind {
            Kind::Map(map) => map.get(&part),
            Kind::List(list) => list.items.get(part.parse::<usize>().ok()?),
            _ => None,
        });
        match value {
            Some(value) => drop(values.insert(&variable.name, value.clone())),
            None => builder.fault(variable.place, format!("there is no `{}` for `{}`", variable.path, variable.name)),
        }
    }
    let mut left = builder.work;
    let mut faults = Vec::new();
    for object in objects {
        for spec in &tables.variables {
            let head = object.body.head;
            let result =
                spec.apply(&mut object.body, Made::Nothing, head, &mut |value| replace(value, &values, &mut left));
            faults.extend(result.err().map(|error| SyntaxError::new(head, error)));
        }
    }
    builder.work = left;
    builder.faults(faults);
}

fn replace(value: &mut Value, values: &HashMap<&str, Value>, work: &mut usize) -> Result<(), String> {
    match &mut value.kind {
        Kind::Text(text) => {
            if let Some(new) = expanded(text, values, work)? {
                *value = match new {
                    Expanded::Whole(new) => {
                        let kept = adapted(value, "", new.span, "vars");
                        Value { kind: new.kind.clone(), ..kept }
                    }
                    Expanded::Text(new, span) => adapted(value, new, span, "vars"),
                };
            }
        }
        Kind::List(list) => {
            for item in list.items.iter_mut().filter(|item| item.as_text().is_some()) {
                replace(item, values, work)?;
            }
        }
        Kind::Map(map) => {
            for (_, field) in map.iter_mut().filter(|(_, field)| field.value.as_text().is_some()) {
                replace(&mut field.value, values, work)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// What becomes of a text with variables.
enum Expanded<'v> {
    /// It is one variable and nothing else, which keeps its type.
    Whole(&'v Value),
    /// The text, and where one of its variables comes from.
    Text(String, Span),
}

fn expanded<'v>(
    whole: &str,
    values: &'v HashMap<&str, Value>,
    work: &mut usize,
) -> Result<Option<Expanded<'v>>, String> {
    if !whole.contains("$(") {
        return Ok(None);
    }
    if let Some(name) = whole.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'))
        && let Some(value) = values.get(name)
    {
        return match &value.kind {
            Kind::Map(_) | Kind::List(_) => Err(format!("the variable `{name}` is no scalar")),
            _ => Ok(Some(Expanded::Whole(value))),
        };
    }
    let mut out = String::new();
    let mut from = None;
    let mut rest = whole;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(more) = after.strip_prefix('$') {
            // `$$` is a dollar; what follows it is no variable.
            out.push('$');
            rest = more;
            continue;
        }
        let name = after.strip_prefix('(').and_then(|after| after.split_once(')'));
        match name.and_then(|(name, more)| Some((values.get(name)?, more))) {
            Some((value, more)) => {
                let text = text(value).ok_or("a variable in a text is no scalar")?;
                if !spend(work, text.len() / 64 + 1) {
                    return Err("what variables expand to is over a limit".to_owned());
                }
                out.push_str(&text);
                from.get_or_insert(value.span);
                rest = more;
            }
            None => {
                out.push('$');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Ok((out != whole).then(|| Expanded::Text(out, from.unwrap_or(Span::NONE))))
}
