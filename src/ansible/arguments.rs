//! The arguments of a module call in their canonical form.

use std::sync::Arc;

use stockade_model::{CompactString, Field, Kind, Map, Reason, Value};
use stockade_source::Span;

use crate::freeform;
use crate::jinja;
use crate::modules::{self, Arguments};
use crate::scalar::Scalar;

/// Puts what stands as the value of a module's key into `body`; templates are left as they are written.
///
/// `file` is the text of the file that the value stands in.
pub(crate) fn add(body: &mut Map, module: &str, value: &Value, file: &str) {
    match &value.kind {
        Kind::Map(map) => {
            for (key, field) in map.iter() {
                body.insert(key.clone(), field.clone());
            }
            body.open = body.open.take().or_else(|| map.open.clone());
        }
        Kind::Text(text) => add_text(body, module, &Scalar::new(text, value.span, file)),
        Kind::Unknown(why) => body.open = Some(Arc::clone(why)),
        Kind::Template(_) => body.open = value.why().cloned(),
        Kind::Bool(_) | Kind::Number(_) => {
            if let Some(name) = modules::free_form(module) {
                body.insert(name, Field { key: value.span, entry: Span::NONE, value: value.clone() });
            }
        }
        Kind::Null | Kind::List(_) => {}
    }
}

/// Puts in the arguments of a free-form text. They are no entries of a mapping, so that no fix takes them for such.
pub(crate) fn add_text(body: &mut Map, module: &str, scalar: &Scalar<'_>) {
    let command_line = modules::is_command_line(module);
    let form = freeform::parse(scalar.text, command_line);
    if is_template(scalar.text) && modules::free_form(module).is_none() {
        body.open = Some(Arc::new(jinja::why(Reason::Template, scalar.text, scalar.span)));
        return;
    }
    for pair in &form.pairs {
        let key = scalar.text[pair.key.clone()].replace("\\=", "=");
        let text = &scalar.text[freeform::unquoted(scalar.text, pair.value.clone())];
        let value = Value::text(text, scalar.place(pair.value.clone()));
        body.insert(key, Field { key: scalar.place(pair.key.clone()), entry: Span::NONE, value });
    }
    let (Some(name), Some(first), Some(last)) = (modules::free_form(module), form.words.first(), form.words.last())
    else {
        return;
    };
    let range = first.start..last.end;
    let mut text = scalar.text[range.clone()].to_owned();
    for pair in form.pairs.iter().rev().filter(|pair| pair.whole.start > range.start && pair.whole.end < range.end) {
        // Spaces of the same length keep every other word in its place.
        let (start, end) = (pair.whole.start - range.start, pair.whole.end - range.start);
        text.replace_range(start..end, &" ".repeat(end - start));
    }
    let whole = form.pairs.is_empty();
    let span = if whole { scalar.span } else { scalar.place(range) };
    body.insert(name, Field { key: span, entry: Span::NONE, value: Value::text(text, span) });
}

/// Gives arguments their canonical names and types. Of two names for one argument the canonical one counts.
pub(crate) fn canonicalise(body: Map, module: &str, file: &str) -> Map {
    let table = modules::arguments(module);
    let mut out = Map::new(body.head);
    out.open = body.open.clone();
    for (key, field) in body.iter() {
        let name = match table {
            Some(table) => table.canonical(key),
            None => key.as_str(),
        };
        let name =
            if matches!(name, "_raw_params" | "free_form") { modules::free_form(module).unwrap_or(name) } else { name };
        if name != key.as_str() && body.field(name).is_some() {
            continue;
        }
        let mut field = field.clone();
        if let Some(table) = table {
            typed(&mut field.value, name, table, file);
        }
        field.value.sensitive |= is_secret(name);
        out.insert(CompactString::from(name), field);
    }
    out
}

/// A boolean as Ansible takes it from a text.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "y" | "yes" | "on" | "1" | "true" | "t" => Some(true),
        "n" | "no" | "off" | "0" | "false" | "f" => Some(false),
        _ => None,
    }
}

/// Makes a value what it means for an argument or keyword that is a boolean.
pub(crate) fn to_boolean(value: &mut Value) {
    let meant = match &value.kind {
        Kind::Text(text) => boolean(text),
        Kind::Number(number) if number.as_i64() == Some(0) => Some(false),
        Kind::Number(number) if number.as_i64() == Some(1) => Some(true),
        _ => None,
    };
    if let Some(meant) = meant {
        value.kind = Kind::Bool(meant);
    }
}

fn typed(value: &mut Value, name: &str, table: &Arguments, file: &str) {
    if table.is_bool(name) {
        to_boolean(value);
    } else if table.is_list(name) {
        match &value.kind {
            Kind::Text(text) if jinja::holes(text).is_empty() => *value = listed(text, value, file),
            Kind::Number(_) | Kind::Bool(_) => *value = Value::list(vec![value.clone()], value.span),
            _ => {}
        }
    }
}

/// `a, b` as a list of two.
fn listed(text: &str, value: &Value, file: &str) -> Value {
    let scalar = Scalar::new(text, value.span, file);
    let several = text.contains(',');
    let mut items = Vec::new();
    let mut at = 0;
    for part in text.split(',') {
        let start = at + (part.len() - part.trim_start().len());
        let part_text = part.trim();
        let span = if several { scalar.place(start..start + part_text.len()) } else { value.span };
        if !part_text.is_empty() {
            items.push(Value { kind: Kind::Text(part_text.into()), span, ..value.clone() });
        }
        at += part.len() + 1;
    }
    Value { kind: Value::list(items, value.span).kind, ..value.clone() }
}

/// Whether the text is one template and nothing else.
fn is_template(text: &str) -> bool {
    let text = text.trim();
    matches!(&*jinja::holes(text), [only] if only.start == 0 && only.end == text.len())
}

/// Whether an argument carries a secret by its name.
pub(crate) fn is_secret(name: &str) -> bool {
    const ENDINGS: &[&str] = &["password", "passwd", "passphrase", "secret", "token", "secret_key", "api_key"];
    let option = ["update_", "generate_", "force_"].iter().any(|start| name.starts_with(start));
    !option && ENDINGS.iter().any(|ending| name.ends_with(ending))
}
