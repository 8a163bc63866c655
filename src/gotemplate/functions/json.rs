//! JSON as Go's `encoding/json` writes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use compact_str::CompactString;

use super::arguments::Arguments;
use super::json_read::{self, Mismatch};
use super::writing::{DEPTH, Writer, marshalled};
use crate::call::Call;
use crate::text::Text;
use crate::value::{Kind, Value};

type Result = std::result::Result<Value, String>;

#[derive(Clone, Copy)]
struct Style {
    /// Whether `<`, `>` and `&` are written as `\u003c` and so on.
    html: bool,
    pretty: bool,
}

const COMPACT: Style = Style { html: true, pretty: false };
const PRETTY: Style = Style { html: true, pretty: true };
const RAW: Style = Style { html: false, pretty: false };

/// A number as JSON has it; `None` for what JSON has not.
pub(super) fn number(value: f64) -> Option<String> {
    let size = value.abs();
    if !value.is_finite() {
        return None;
    }
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return Some(if text.contains("e-") { text } else { text.replace('e', "e+") });
    }
    Some(value.to_string())
}

fn quote(writer: &mut Writer<'_, '_, '_>, text: &str, html: bool) {
    writer.put_char('"');
    for c in text.chars() {
        match c {
            '"' => writer.put("\\\""),
            '\\' => writer.put("\\\\"),
            '\n' => writer.put("\\n"),
            '\r' => writer.put("\\r"),
            '\t' => writer.put("\\t"),
            '\u{8}' => writer.put("\\b"),
            '\u{c}' => writer.put("\\f"),
            '<' | '>' | '&' if !html => writer.put_char(c),
            '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let mut escape = CompactString::default();
                let _ = write!(escape, "\\u{:04x}", u32::from(c));
                writer.put(&escape);
            }
            c => writer.put_char(c),
        }
    }
    writer.put_char('"');
}

fn line(writer: &mut Writer<'_, '_, '_>, depth: usize, style: Style) {
    if style.pretty {
        writer.put_char('\n');
        for _ in 0..depth {
            writer.put("  ");
        }
    }
}

fn write(
    writer: &mut Writer<'_, '_, '_>,
    value: &Value,
    depth: usize,
    style: Style,
) -> std::result::Result<(), String> {
    writer.pay()?;
    if depth > DEPTH {
        return Err("json: unsupported value: encountered a cycle via map[string]interface {}".to_owned());
    }
    let plain = marshalled(value);
    writer.at(&plain);
    match &plain.kind {
        Kind::Nil | Kind::Object(_) => writer.put("null"),
        Kind::Bool(value) => writer.put(if *value { "true" } else { "false" }),
        Kind::Int(value) => writer.put(&value.to_string()),
        Kind::Float(float) => match number(*float) {
            Some(text) => writer.put(&text),
            None => return Err(format!("json: unsupported value: {}", value.printed()?)),
        },
        Kind::Text(text) => quote(writer, text.as_str(), style.html),
        Kind::List(list) => {
            writer.put_char('[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    writer.put_char(',');
                }
                line(writer, depth + 1, style);
                write(writer, item, depth + 1, style)?;
            }
            if !list.is_empty() {
                line(writer, depth, style);
            }
            writer.put_char(']');
        }
        Kind::Map(map) => {
            writer.put_char('{');
            let entries = map.borrow();
            for (index, (key, item)) in entries.iter().enumerate() {
                if index > 0 {
                    writer.put_char(',');
                }
                line(writer, depth + 1, style);
                quote(writer, key, style.html);
                writer.put(if style.pretty { ": " } else { ":" });
                write(writer, item, depth + 1, style)?;
            }
            if !entries.is_empty() {
                line(writer, depth, style);
            }
            writer.put_char('}');
        }
    }
    writer.at(&Value::NIL);
    Ok(())
}

/// The JSON of a value.
fn marshal(call: &mut Call<'_, '_>, value: &Value, style: Style) -> std::result::Result<Text, String> {
    let mut writer = Writer::new(call);
    write(&mut writer, value, 0, style)?;
    writer.finish()
}

/// Errors in the value give no text; those of the limits are errors.
fn lenient(call: &mut Call<'_, '_>, args: &[Value], style: Style) -> Result {
    match marshal(call, Arguments(args).value(0), style) {
        Err(error) if error.starts_with("json: ") => Ok("".into()),
        other => other.map(Value::from),
    }
}

fn strict(call: &mut Call<'_, '_>, args: &[Value], style: Style) -> Result {
    marshal(call, Arguments(args).value(0), style).map(Value::from)
}

pub(super) fn to_json(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    lenient(call, args, COMPACT)
}

pub(super) fn to_pretty_json(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    lenient(call, args, PRETTY)
}

pub(super) fn must_to_json(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    strict(call, args, COMPACT)
}

pub(super) fn must_to_pretty_json(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    strict(call, args, PRETTY)
}

pub(super) fn to_raw_json(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    strict(call, args, RAW)
}

/// The map that stands for an error.
pub(super) fn error_map(error: String) -> Value {
    Value::map(BTreeMap::from([("Error".into(), error.into())]))
}

pub(super) fn from_json(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let text = Arguments(args).text(0)?;
    call.charge(text.len() / 4)?;
    Ok(match json_read::parse(&text) {
        Err(error) => error_map(error),
        Ok(value) => match value.kind {
            Kind::Map(_) | Kind::Nil => value,
            _ => error_map(Mismatch::new(&value, "map[string]interface {}").to_string()),
        },
    })
}

pub(super) fn from_json_array(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let text = Arguments(args).text(0)?;
    call.charge(text.len() / 4)?;
    Ok(match json_read::parse(&text) {
        Err(error) => Value::list(vec![error.into()]),
        Ok(value) => match value.kind {
            Kind::List(_) | Kind::Nil => value,
            _ => Value::list(vec![Mismatch::new(&value, "[]interface {}").to_string().into()]),
        },
    })
}

pub(super) fn must_from_json(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let text = Arguments(args).text(0)?;
    call.charge(text.len() / 4)?;
    json_read::parse(&text)
}
