//! TOML as `BurntSushi/toml` writes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use compact_str::CompactString;

use super::arguments::Arguments;
use super::json::error_map;
use super::time::{self, as_time};
use super::writing::{DEPTH, Writer, marshalled};
use crate::call::Call;
use crate::print;
use crate::value::{Kind, Value};

type Result = std::result::Result<Value, String>;

const NIL_ELEMENT: &str = "toml: cannot encode array with nil element";
const NO_KEY: &str = "toml: top-level values must be Go maps or structs";

/// What a value is written as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Nothing,
    Plain,
    Table,
    Tables,
}

struct Emitter<'c, 'a, 't> {
    writer: Writer<'c, 'a, 't>,
    written: bool,
}

impl Emitter<'_, '_, '_> {
    fn put(&mut self, text: &str) {
        self.writer.put(text);
        self.written = true;
    }

    /// An empty line, unless nothing was written yet.
    fn line(&mut self) {
        if self.written {
            self.put("\n");
        }
    }

    fn indent(&mut self, path: &[CompactString]) {
        let indent = "  ".repeat(path.len().saturating_sub(1));
        self.put(&indent);
    }

    fn encode(&mut self, path: &[CompactString], value: &Value) -> std::result::Result<(), String> {
        self.writer.pay()?;
        if path.len() > DEPTH {
            return Err("toml: the value is nested too deeply".to_owned());
        }
        match form(value)? {
            Form::Nothing => {}
            Form::Plain => self.pair(path, value)?,
            Form::Table => {
                if path.len() == 1 {
                    self.line();
                }
                if !path.is_empty() {
                    self.indent(path);
                    let name = dotted(path);
                    self.put(&format!("[{name}]\n"));
                }
                self.table(path, value)?;
            }
            Form::Tables => {
                if path.is_empty() {
                    return Err(NO_KEY.to_owned());
                }
                let name = dotted(path);
                for item in value.as_list().unwrap_or_default() {
                    self.line();
                    self.indent(path);
                    self.put(&format!("[[{name}]]\n"));
                    self.table(path, item)?;
                }
            }
        }
        Ok(())
    }

    /// The entries of a map: first those that are no tables.
    fn table(&mut self, path: &[CompactString], value: &Value) -> std::result::Result<(), String> {
        let plain = marshalled(value);
        let Kind::Map(map) = &plain.kind else { return Ok(()) };
        let entries: Vec<_> = map.borrow().iter().map(|(key, item)| (key.clone(), item.clone())).collect();
        let (mut direct, mut tables) = (Vec::new(), Vec::new());
        for (key, item) in entries {
            match form(&item)? {
                Form::Nothing => {}
                Form::Plain => direct.push((key, item)),
                Form::Table | Form::Tables => tables.push((key, item)),
            }
        }
        for (key, item) in direct.into_iter().chain(tables) {
            let mut path = path.to_vec();
            path.push(key);
            self.encode(&path, &item)?;
        }
        Ok(())
    }

    fn pair(&mut self, path: &[CompactString], value: &Value) -> std::result::Result<(), String> {
        if let Some(key) = path.last() {
            self.writer.at(value);
            self.indent(path);
            let key = quoted_key(key);
            self.put(&format!("{key} = "));
        }
        self.element(value, 0)?;
        if !path.is_empty() {
            self.put("\n");
        }
        self.writer.at(&Value::NIL);
        Ok(())
    }

    fn element(&mut self, value: &Value, depth: usize) -> std::result::Result<(), String> {
        self.writer.pay()?;
        if depth > DEPTH {
            return Err("toml: the value is nested too deeply".to_owned());
        }
        if let Some(time) = as_time(value) {
            let text = time.format("2006-01-02T15:04:05.999999999Z07:00");
            self.put(&text);
            return Ok(());
        }
        let plain = marshalled(value);
        match &plain.kind {
            Kind::Nil | Kind::Object(_) => return Err(NIL_ELEMENT.to_owned()),
            Kind::Bool(value) => self.put(if *value { "true" } else { "false" }),
            Kind::Int(value) => self.put(&value.to_string()),
            Kind::Float(value) => self.put(&float(*value)),
            Kind::Text(text) => self.put(&quoted(text.as_str())),
            Kind::List(list) => {
                self.put("[");
                for (index, item) in list.iter().enumerate() {
                    if index > 0 {
                        self.put(", ");
                    }
                    self.element(item, depth + 1)?;
                }
                self.put("]");
            }
            Kind::Map(map) => {
                self.put("{");
                let mut entries: Vec<_> = map.borrow().iter().map(|(key, item)| (key.clone(), item.clone())).collect();
                entries.retain(|(_, item)| !item.is_nil());
                entries.sort_by_key(|(_, item)| matches!(form(item), Ok(Form::Table | Form::Tables)));
                for (index, (key, item)) in entries.iter().enumerate() {
                    if index > 0 {
                        self.put(", ");
                    }
                    self.put(&quoted_key(key));
                    self.put(" = ");
                    self.element(item, depth + 1)?;
                }
                self.put("}");
            }
        }
        Ok(())
    }
}

/// What a value is written as; a list is one of tables where all its elements are.
fn form(value: &Value) -> std::result::Result<Form, String> {
    let plain = marshalled(value);
    Ok(match &plain.kind {
        Kind::Nil => Form::Nothing,
        Kind::Map(_) => Form::Table,
        Kind::List(list) => {
            if list.iter().any(Value::is_nil) {
                return Err(NIL_ELEMENT.to_owned());
            }
            let table = |item: &Value| matches!(marshalled(item).kind, Kind::Map(_));
            if !list.is_empty() && list.iter().all(table) { Form::Tables } else { Form::Plain }
        }
        _ => Form::Plain,
    })
}

fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let text = print::float(value, 'g', None);
    if text.contains(['.', 'e']) { text } else { format!("{text}.0") }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\x1f' | '\x7f' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn quoted_key(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { quoted(key) }
}

fn dotted(path: &[CompactString]) -> String {
    path.iter().map(|key| quoted_key(key)).collect::<Vec<_>>().join(".")
}

pub(super) fn to_toml(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let value = Arguments(args).value(0);
    if value.is_nil() {
        return Err("reflect: call of reflect.Value.Type on zero Value".to_owned());
    }
    let mut emitter = Emitter { writer: Writer::new(call), written: false };
    match emitter.encode(&[], value) {
        Ok(()) => Ok(emitter.writer.finish()?.into()),
        Err(error) if error.starts_with("toml: ") => Ok(error.into()),
        Err(error) => Err(error),
    }
}

pub(super) fn from_toml(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let text = Arguments(args).text(0)?;
    call.charge(text.len() / 2)?;
    match text.as_str().parse::<toml::Table>() {
        Ok(table) => read(call, toml::Value::Table(table), 0),
        Err(error) => Ok(error_map(format!("toml: {}", error.message()))),
    }
}

fn read(call: &mut Call<'_, '_>, value: toml::Value, depth: usize) -> Result {
    call.charge(1)?;
    if depth > DEPTH {
        return Err("the document is nested too deeply".to_owned());
    }
    Ok(match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(value) => value.into(),
        toml::Value::Float(value) => value.into(),
        toml::Value::Boolean(value) => value.into(),
        toml::Value::Datetime(time) => {
            let date = time.date.map_or("0000-01-01".to_owned(), |date| date.to_string());
            let clock = time.time.map_or("00:00:00".to_owned(), |clock| clock.to_string());
            let offset = time.offset.map_or("Z".to_owned(), |offset| offset.to_string());
            Value::object(time::parse("2006-01-02T15:04:05Z07:00", &format!("{date}T{clock}{offset}"))?)
        }
        toml::Value::Array(items) => {
            let items: std::result::Result<Vec<Value>, String> =
                items.into_iter().map(|item| read(call, item, depth + 1)).collect();
            Value::list(items?)
        }
        toml::Value::Table(table) => {
            let mut entries = BTreeMap::new();
            for (key, item) in table {
                entries.insert(CompactString::from(key), read(call, item, depth + 1)?);
            }
            Value::map(entries)
        }
    })
}
