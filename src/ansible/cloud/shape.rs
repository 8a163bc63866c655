//! Values of arguments in the form that Terraform has for them, as the table says.

use std::sync::Arc;

use stockade_model::{Field, Kind, List, Map, Reason, Value};
use stockade_source::Span;

use super::table::{Fields, Native, Shape};
use crate::{jinja, security_group};

/// A scalar as a word of the tables; `None` for what is none or not known.
pub(crate) fn word(value: &Value) -> Option<String> {
    match &value.kind {
        Kind::Bool(value) => Some(value.to_string()),
        Kind::Number(number) => number.as_i64().map(|number| number.to_string()),
        Kind::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

/// A value after all that does not need to know the attribute; `None` where it is left out.
pub(crate) fn shaped(value: &Value, shape: &Shape) -> Option<Value> {
    if shape.unknown {
        return Some(not_told(value, "what the module names"));
    }
    let mut value = value.clone();
    if let Some(when) = &shape.when {
        match value.get(when) {
            Some(field) if field.why().is_some() => {
                return field.why().map(|why| Value { kind: Kind::Unknown(Arc::clone(why)), ..value.clone() });
            }
            Some(field)
                if word(field).is_some_and(|word| matches!(&*word, "false" | "no" | "None" | "none" | "Disabled")) =>
            {
                return None;
            }
            _ => {}
        }
    }
    filter(&mut value, shape)?;
    match shape.native {
        Some(Native::Rules) => return Some(security_group::rules(&value)),
        Some(Native::Acl) => return Some(security_group::entries(&value)),
        None => {}
    }
    if shape.first && value.as_list().is_some() {
        let open = value.why().cloned();
        value = match (value.items().first().cloned(), open) {
            (Some(first), _) => first,
            (None, Some(why)) => Value { kind: Kind::Unknown(why), ..value },
            (None, None) => return None,
        };
    }
    if !shape.pick.is_empty() {
        value = pick(value, &shape.pick)?;
    }
    if let Some(name) = &shape.wrap {
        value = wrap(value, name);
    }
    if let Some(names) = &shape.pairs {
        value = pairs(value, names, &shape.fields);
    }
    translate(value, shape)
}

/// Leaves out the elements that are not meant; `None` where nothing is left of what was there.
fn filter(value: &mut Value, shape: &Shape) -> Option<()> {
    // Whether an element is meant; `None` where that is not known.
    let meant = |item: &Value| {
        let mut known = true;
        for (name, words) in &shape.r#where {
            let word = item.get(name).filter(|field| !field.is_null()).map_or(Some(String::new()), word);
            match word {
                Some(word) if !words.contains(&word) => return Some(false),
                Some(_) => {}
                None => known = false,
            }
        }
        known.then(|| shape.without.iter().all(|name| item.get(name).is_none_or(Value::is_null)))
    };
    if shape.r#where.is_empty() && shape.without.is_empty() {
        return Some(());
    }
    match &mut value.kind {
        Kind::List(list) => {
            let before = list.items.len();
            let mut open = None;
            list.items.retain(|item| match meant(item) {
                Some(meant) => meant,
                None => {
                    let unknown = shape.r#where.keys().find_map(|name| item.get(name)?.why().cloned());
                    open = open.take().or(unknown);
                    false
                }
            });
            list.open = list.open.take().or(open);
            (before == 0 || !list.items.is_empty() || list.open.is_some()).then_some(())
        }
        Kind::Map(_) => match meant(value) {
            Some(meant) => meant.then_some(()),
            None => {
                *value = not_told(value, "what it is");
                Some(())
            }
        },
        _ => Some(()),
    }
}

/// Of a mapping the first of the fields that is there, of a list that of each element.
fn pick(value: Value, names: &[String]) -> Option<Value> {
    let one = |value: &Value| match &value.kind {
        Kind::Map(map) => names.iter().find_map(|name| map.get(name)).filter(|value| !value.is_null()).cloned(),
        Kind::List(_) | Kind::Null => None,
        _ => Some(value.clone()),
    };
    let Kind::List(list) = &value.kind else {
        return Some(one(&value).unwrap_or_else(|| not_told(&value, &names.join(" or "))));
    };
    let mut out = List { items: Vec::with_capacity(list.items.len()), open: list.open.clone() };
    for item in &list.items {
        match one(item) {
            Some(picked) => out.items.push(picked),
            None => out.open = out.open.take().or_else(|| not_told(item, &names.join(" or ")).why().cloned()),
        }
    }
    Some(Value { kind: Kind::List(Box::new(out)), ..value })
}

/// Elements that are no mappings as mappings with one field.
fn wrap(value: Value, name: &str) -> Value {
    let one = |value: Value| match value.kind {
        Kind::Map(_) | Kind::Null | Kind::List(_) => value,
        _ => {
            let mut map = Map::new(value.span);
            let span = value.span;
            map.insert(name, Field { key: span, entry: Span::NONE, value });
            Value::map(map, span)
        }
    };
    match value.kind {
        Kind::List(mut list) => {
            list.items = list.items.into_iter().map(one).collect();
            Value { kind: Kind::List(list), ..value }
        }
        Kind::Text(_) | Kind::Number(_) => {
            let span = value.span;
            Value::list(vec![one(value)], span)
        }
        _ => value,
    }
}

/// The entries of mappings as blocks of a key and a value; entries that `fields` names stand beside these.
fn pairs(value: Value, [key, to]: &[String; 2], fields: &Fields) -> Value {
    let mut out = List::default();
    let mut add = |map: &Map| {
        out.open = out.open.take().or_else(|| map.open.clone());
        for (name, field) in map.iter().filter(|(name, _)| !fields.contains_key(name.as_str())) {
            let mut block = Map::new(field.key);
            block
                .insert(key.as_str(), Field { key: field.key, entry: Span::NONE, value: Value::text(name, field.key) });
            block.insert(to.as_str(), Field { key: field.key, entry: Span::NONE, value: field.value.clone() });
            for (name, field) in map.iter().filter(|(name, _)| fields.contains_key(name.as_str())) {
                block.insert(name.clone(), field.clone());
            }
            out.items.push(Value::map(block, field.value.span));
        }
    };
    match &value.kind {
        Kind::Map(map) => add(map),
        Kind::List(list) => {
            list.items.iter().filter_map(Value::as_map).for_each(&mut add);
            out.open = out.open.take().or_else(|| list.open.clone());
        }
        _ => return value,
    }
    Value { kind: Kind::List(Box::new(out)), ..value }
}

/// Words and numbers in Terraform's terms, also those of a list; `None` where the table leaves the word out.
fn translate(mut value: Value, shape: &Shape) -> Option<Value> {
    if let Kind::List(mut list) = value.kind {
        let scalars = |item: Value| if item.as_list().is_some() { Some(item) } else { translate(item, shape) };
        list.items = list.items.into_iter().filter_map(scalars).collect();
        return Some(Value { kind: Kind::List(list), ..value });
    }
    if let Some(translation) = word(&value).and_then(|word| shape.values.get(&word)) {
        value.kind = match translation.as_deref()? {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            word => Kind::Text(word.into()),
        };
    }
    if let (Some(times), Some(number)) = (shape.times, word(&value).and_then(|word| word.trim().parse::<i64>().ok())) {
        value.kind = Kind::Number(number.saturating_mul(times).into());
    }
    match &value.kind {
        Kind::Text(text) if shape.upper => value.kind = Kind::Text(text.to_uppercase()),
        Kind::Text(text) if shape.split => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            let items = parts.map(|part| Value { kind: Kind::Text(part.into()), ..value.clone() }).collect();
            value.kind = Value::list(items, value.span).kind;
        }
        _ => {}
    }
    Some(value)
}

/// A value that is there, and is not what Terraform has in its place.
pub(crate) fn not_told(value: &Value, what: &str) -> Value {
    let why = match value.why() {
        Some(why) => Arc::clone(why),
        None => Arc::new(jinja::why(Reason::Computed, what, value.span)),
    };
    Value { kind: Kind::Unknown(why), ..value.clone() }
}
