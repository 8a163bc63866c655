//! YAML as `sigs.k8s.io/yaml` reads it.

use std::collections::BTreeMap;

use compact_str::CompactString;
use stockade_source::Span;
use stockade_yaml::{Entry, Node, NodeKind, Style};

use super::arguments::{Arguments, lossy};
use super::encoding::base64;
use super::json::error_map;
use super::json_read::Mismatch;
use super::yaml_scalar::{Scalar, resolve};
use crate::call::Call;
use crate::print;
use crate::text::Text;
use crate::value::{Kind, Value};

type Result = std::result::Result<Value, String>;

const CONVERTING: &str = "error converting YAML to JSON";

struct Reader<'c, 'a, 't> {
    call: &'c mut Call<'a, 't>,
    text: Text,
}

impl Reader<'_, '_, '_> {
    fn value(&mut self, node: &Node) -> Result {
        self.call.charge(1)?;
        match &node.kind {
            NodeKind::Scalar(scalar) => self.scalar(node, &scalar.text, scalar.style),
            NodeKind::Sequence(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    out.push(self.value(item)?);
                }
                Ok(Value::list(out))
            }
            NodeKind::Mapping(entries) => {
                let mut out = BTreeMap::new();
                for entry in entries {
                    self.entry(entry, &mut out)?;
                }
                Ok(Value::map(out))
            }
            NodeKind::Alias(_, Some(target)) => self.value(target),
            NodeKind::Alias(name, None) => Err(format!("{CONVERTING}: yaml: unknown anchor '{name}' referenced")),
        }
    }

    fn scalar(&mut self, node: &Node, text: &str, style: Style) -> Result {
        let tag = node.tag.as_ref().map(|tag| tag.text.as_str());
        let string = |reader: &Self| Value::from(reader.source(node, text));
        match tag {
            Some("!!binary") => {
                let bytes = base64(text)
                    .map_err(|_| format!("{CONVERTING}: yaml: !!binary value contains invalid base64 data"))?;
                return Ok(Value::from(lossy(&bytes).into_owned()));
            }
            Some("!!int" | "!!float" | "!!bool" | "!!null") => {}
            Some(_) => return Ok(string(self)),
            None if style != Style::Plain => return Ok(string(self)),
            None => {}
        }
        let number = |value: f64| {
            if value.is_finite() {
                Ok(Value::from(value))
            } else {
                let shown = print::float(value, 'g', None);
                Err(format!("{CONVERTING}: json: unsupported value: {shown}"))
            }
        };
        match resolve(text) {
            Scalar::Null => Ok(Value::NIL),
            Scalar::Bool(value) => Ok(value.into()),
            #[expect(clippy::cast_precision_loss, reason = "numbers of JSON are floats")]
            Scalar::Int(value) => number(value as f64),
            #[expect(clippy::cast_precision_loss, reason = "numbers of JSON are floats")]
            Scalar::Large(value) => number(value as f64),
            Scalar::Float(value) => number(value),
            Scalar::Time | Scalar::Merge | Scalar::Text => Ok(string(self)),
        }
    }

    /// A string with the places of the text it was read from.
    fn source(&self, node: &Node, text: &str) -> Text {
        let range = node.span.start as usize..node.span.end as usize;
        let source = match self.text.as_str().get(range.clone()) {
            Some(_) => self.text.slice(range),
            None => Text::default(),
        };
        if source.as_str() == text { source } else { source.derived(text) }
    }

    fn entry(&mut self, entry: &Entry, out: &mut BTreeMap<CompactString, Value>) -> std::result::Result<(), String> {
        let plain = |node: &Node| matches!(&node.kind, NodeKind::Scalar(scalar) if scalar.style == Style::Plain);
        if plain(&entry.key) && entry.key.tag.is_none() && entry.key.as_str() == Some("<<") {
            return self.merge(&entry.value, out);
        }
        let value = self.value(&entry.value)?;
        let key = match (entry.key.as_str(), self.key(&entry.key)?) {
            (_, Some(key)) => key,
            (Some(_), None) => {
                let mut shown = value.printed()?.as_str().to_owned();
                if value.as_str().is_some() {
                    shown = print::quoted(&shown, false);
                }
                return Err(format!(
                    "{CONVERTING}: unsupported map key of type: %!s(<nil>), key: <nil>, value: {shown}"
                ));
            }
            (None, None) => return Err(format!("{CONVERTING}: yaml: invalid map key")),
        };
        self.call.list_fits(out.len() + 1)?;
        out.insert(key, value);
        Ok(())
    }

    /// A key as JSON's text; `None` for nil and for what is no scalar.
    fn key(&mut self, node: &Node) -> std::result::Result<Option<CompactString>, String> {
        let Some(text) = node.as_str() else { return Ok(None) };
        let quoted = match &node.kind {
            NodeKind::Scalar(scalar) => scalar.style != Style::Plain || node.tag.is_some(),
            _ => false,
        };
        if quoted {
            return Ok(Some(text.into()));
        }
        Ok(match resolve(text) {
            Scalar::Null => None,
            Scalar::Bool(true) => Some("true".into()),
            Scalar::Bool(false) => Some("false".into()),
            Scalar::Int(value) => Some(CompactString::from(value.to_string())),
            Scalar::Large(value) => Some(CompactString::from(value.to_string())),
            Scalar::Float(value) => Some(match value {
                f64::INFINITY => ".inf".into(),
                f64::NEG_INFINITY => "-.inf".into(),
                value if value.is_nan() => ".nan".into(),
                value => print::float(value, 'g', None).into(),
            }),
            Scalar::Time | Scalar::Merge | Scalar::Text => Some(text.into()),
        })
    }

    fn merge(&mut self, source: &Node, out: &mut BTreeMap<CompactString, Value>) -> std::result::Result<(), String> {
        let wrong = || Err(format!("{CONVERTING}: yaml: map merge requires map or sequence of maps as the value"));
        self.call.charge(1)?;
        match &source.kind {
            NodeKind::Mapping(entries) => {
                for entry in entries {
                    self.entry(entry, out)?;
                }
                Ok(())
            }
            NodeKind::Alias(_, Some(target)) if matches!(target.kind, NodeKind::Mapping(_)) => self.merge(target, out),
            NodeKind::Sequence(items) => {
                // Earlier ones win.
                for item in items.iter().rev() {
                    let map = match &item.kind {
                        NodeKind::Mapping(_) => item,
                        NodeKind::Alias(_, Some(target)) if matches!(target.kind, NodeKind::Mapping(_)) => target,
                        _ => return wrong(),
                    };
                    self.merge(map, out)?;
                }
                Ok(())
            }
            _ => wrong(),
        }
    }
}

/// The value of the first document, nil where there is none.
fn read(call: &mut Call<'_, '_>, text: &Text) -> Result {
    call.charge(text.len() / 4)?;
    let (documents, errors) = stockade_yaml::parse(Span::NONE.file, text.as_str());
    let end = documents.get(1).map_or(u32::MAX, |next| next.span.start);
    if let Some(error) = errors.iter().find(|error| error.span.start < end) {
        let lines = text.as_str().get(..error.span.start as usize).map_or(0, |before| before.matches('\n').count());
        let line = if lines == 0 { String::new() } else { format!("line {}: ", lines + 1) };
        return Err(format!("{CONVERTING}: yaml: {line}{}", error.message));
    }
    match documents.first().and_then(|document| document.root.as_ref()) {
        Some(root) => Reader { call, text: text.clone() }.value(root),
        None => Ok(Value::NIL),
    }
}

/// Limits are errors of the template; what is wrong with the text is part of the result.
fn lenient(result: Result) -> std::result::Result<std::result::Result<Value, String>, String> {
    match result {
        Err(error) if !error.starts_with(CONVERTING) => Err(error),
        other => Ok(other),
    }
}

pub(super) fn from_yaml(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let text = Arguments(args).text(0)?;
    Ok(match lenient(read(call, &text))? {
        Err(error) => error_map(error),
        Ok(value) => match value.kind {
            Kind::Map(_) => value,
            Kind::Nil => Value::map(BTreeMap::new()),
            _ => error_map(decoding(&value, "map[string]interface {}")),
        },
    })
}

pub(super) fn from_yaml_array(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let text = Arguments(args).text(0)?;
    Ok(match lenient(read(call, &text))? {
        Err(error) => Value::list(vec![error.into()]),
        Ok(value) => match value.kind {
            Kind::List(_) => value,
            Kind::Nil => Value::list(Vec::new()),
            _ => Value::list(vec![decoding(&value, "[]interface {}").into()]),
        },
    })
}

fn decoding(value: &Value, wanted: &'static str) -> String {
    format!("error unmarshaling JSON: while decoding JSON: {}", Mismatch::new(value, wanted))
}
