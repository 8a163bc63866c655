//! Reading the arguments of a call, as Go checks them against the types of a function.

use std::borrow::Cow;

use compact_str::CompactString;

use crate::text::Text;
use crate::value::{Kind, Map, Value};

/// The arguments of one call.
#[derive(Clone, Copy)]
pub(super) struct Arguments<'a>(pub(super) &'a [Value]);

impl<'a> Arguments<'a> {
    pub(super) fn value(self, index: usize) -> &'a Value {
        self.0.get(index).unwrap_or(&Value::NIL)
    }

    /// The arguments from `index` on.
    pub(super) fn rest(self, index: usize) -> &'a [Value] {
        self.0.get(index..).unwrap_or_default()
    }

    /// A string, with its places.
    pub(super) fn text(self, index: usize) -> Result<Text, String> {
        let value = self.value(index);
        value.text().ok_or_else(|| wrong_type(value, "string"))
    }

    /// A string's characters.
    pub(super) fn str(self, index: usize) -> Result<&'a str, String> {
        let value = self.value(index);
        value.as_str().ok_or_else(|| wrong_type(value, "string"))
    }

    /// An integer, which may be a float without fraction where it stands in the template.
    pub(super) fn int(self, index: usize) -> Result<i64, String> {
        let value = self.value(index);
        match &value.kind {
            Kind::Int(value) => Ok(*value),
            // The number of a function whose result nobody can know is a text with that mark.
            Kind::Text(text) if text.unknown_function().is_some() => {
                text.as_str().parse().map_err(|_| wrong_type(value, "int"))
            }
            _ => Err(wrong_type(value, "int")),
        }
    }

    pub(super) fn float(self, index: usize) -> Result<f64, String> {
        let value = self.value(index);
        match &value.kind {
            #[expect(clippy::cast_precision_loss, reason = "as Go reads a constant")]
            Kind::Int(value) => Ok(*value as f64),
            Kind::Float(value) => Ok(*value),
            _ => Err(wrong_type(value, "float64")),
        }
    }

    pub(super) fn bool(self, index: usize) -> Result<bool, String> {
        let value = self.value(index);
        match value.kind {
            Kind::Bool(value) => Ok(value),
            _ => Err(wrong_type(value, "bool")),
        }
    }

    pub(super) fn map(self, index: usize) -> Result<Map, String> {
        as_map(self.value(index))
    }

    /// The function whose unknown result an argument carries.
    pub(super) fn unknown(self) -> Option<&'a CompactString> {
        self.0.iter().find_map(unknown_function)
    }
}

/// The map that a value is.
pub(super) fn as_map(value: &Value) -> Result<Map, String> {
    match plain(value).kind {
        Kind::Map(ref map) if !map.is_struct() => Ok(map.clone()),
        _ => Err(wrong_type(value, "map[string]interface {}")),
    }
}

/// The function whose unknown result a text carries.
pub(super) fn unknown_function(value: &Value) -> Option<&CompactString> {
    match &value.kind {
        Kind::Text(text) => text.unknown_function(),
        _ => None,
    }
}

/// A value that is not an object.
pub(super) fn plain(value: &Value) -> Cow<'_, Value> {
    match &value.kind {
        Kind::Object(object) => Cow::Owned(object.value()),
        _ => Cow::Borrowed(value),
    }
}

/// `result`, a number, marked where an argument is one that nobody can know.
pub(super) fn number(arguments: &[Value], result: impl Into<Value>) -> Result<Value, String> {
    let result = result.into();
    match Arguments(arguments).unknown() {
        Some(function) => Ok(Value::from(Text::unknown(result.printed()?.as_str(), function))),
        None => Ok(result),
    }
}

fn wrong_type(value: &Value, expected: &str) -> String {
    let found = if value.is_nil() { "interface {}" } else { value.type_name() };
    format!("wrong type for value; expected {expected}; got {found}")
}

/// Text of bytes that were cut out of a text, perhaps within a character.
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
