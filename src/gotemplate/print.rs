//! Go's `fmt`: how values look as text.

use crate::text::Text;
use crate::value::{Kind, Value};

mod float;
mod format;
mod quote;

pub(crate) use float::float;
pub(crate) use format::sprintf;
pub(crate) use quote::{quoted, quoted_char};

/// How long a printed text may be.
const MAX_LENGTH: usize = 4 << 20;

/// How deeply a printed value may nest; one that holds itself is deeper.
const MAX_DEPTH: usize = 100;

/// `fmt.Sprint` of one value, without places.
pub(crate) fn plain(value: &Value) -> Result<Text, String> {
    match &value.kind {
        Kind::Text(text) => Ok(text.clone()),
        Kind::Nil => Ok(Text::new("<nil>")),
        Kind::Bool(value) => Ok(Text::new(if *value { "true" } else { "false" })),
        Kind::Int(value) => Ok(Text::new(compact_str::format_compact!("{value}"))),
        Kind::Float(value) => Ok(Text::new(float(*value, 'g', None))),
        _ => {
            let mut out = String::new();
            format::Style::default().write(&mut out, value, 'v', 0)?;
            Ok(Text::new(out))
        }
    }
}

/// `fmt.Sprint`: a space between two values of which neither is a string.
pub(crate) fn sprint(values: &[Value]) -> Result<Text, String> {
    let mut out = Text::default();
    let mut spaced = false;
    for value in values {
        let string = matches!(value.kind, Kind::Text(_));
        if spaced && !string {
            out.push_str(" ");
        }
        out.push(&value.printed()?);
        fits(out.len())?;
        spaced = !string;
    }
    Ok(out)
}

/// `fmt.Sprintln`: a space between all values, a line break after the last.
pub(crate) fn sprintln(values: &[Value]) -> Result<Text, String> {
    let mut out = Text::default();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push_str(" ");
        }
        out.push(&value.printed()?);
        fits(out.len())?;
    }
    out.push_str("\n");
    Ok(out)
}

fn fits(length: usize) -> Result<(), String> {
    if length > MAX_LENGTH { Err(format!("the text would be longer than {MAX_LENGTH} bytes")) } else { Ok(()) }
}
