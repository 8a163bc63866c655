//! Values to JSON and YAML, as `jsonencode` and `yamlencode` write them.

use std::fmt::Write;

use crate::convert::number_text;
use crate::value::{K, SeqKind, Val};

/// JSON as Terraform writes it: keys sorted, no spaces, `<`, `>` and `&` escaped. The value is wholly known.
pub(crate) fn json(val: &Val) -> String {
    let mut out = String::new();
    write_json(val, &mut out);
    out
}

fn write_json(val: &Val, out: &mut String) {
    match &val.kind {
        K::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        K::Number(n) => out.push_str(&number_text(*n)),
        K::Text(text) => write_json_text(text, out),
        K::Seq(seq) => {
            out.push('[');
            for (at, item) in seq.items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        K::Map(map) => {
            out.push('{');
            for (at, (name, entry)) in map.sorted().into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_json_text(name, out);
                out.push(':');
                write_json(&entry.value, out);
            }
            out.push('}');
        }
        _ => out.push_str("null"),
    }
}

pub(crate) fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A text that is the same for equal values of one type only. The value is wholly known.
pub(crate) fn identity(val: &Val) -> String {
    let mut out = String::new();
    write_identity(val, &mut out);
    out
}

fn write_identity(val: &Val, out: &mut String) {
    match &val.kind {
        K::Seq(seq) => {
            out.push(match seq.kind {
                SeqKind::Tuple | SeqKind::Blocks => 't',
                SeqKind::List => 'l',
                SeqKind::Set => 's',
            });
            out.push('[');
            for item in &seq.items {
                write_identity(item, out);
                out.push(',');
            }
            out.push(']');
        }
        K::Map(map) => {
            out.push(if map.kind == crate::value::MapKind::Map { 'm' } else { 'o' });
            out.push('{');
            for (name, entry) in map.sorted() {
                write_json_text(name, out);
                out.push(':');
                write_identity(&entry.value, out);
                out.push(',');
            }
            out.push('}');
        }
        _ => write_json(val, out),
    }
}

/// YAML as Terraform writes it; `None` for what it folds or escapes in ways of its own.
pub(crate) fn yaml(val: &Val) -> Option<String> {
    let mut out = String::new();
    write_yaml(val, 0, false, &mut out)?;
    if !out.ends_with('\n') {
        out.push('\n');
    }
    Some(out)
}

fn write_yaml(val: &Val, indent: usize, inline: bool, out: &mut String) -> Option<()> {
    let pad = |out: &mut String, first: bool| {
        if !first || !inline {
            out.extend(std::iter::repeat_n(' ', indent));
        }
    };
    match &val.kind {
        K::Seq(seq) if !seq.items.is_empty() => {
            for (at, item) in seq.items.iter().enumerate() {
                pad(out, at == 0);
                out.push_str("- ");
                write_yaml(item, indent + 2, true, out)?;
            }
        }
        K::Map(map) if !map.fields.is_empty() => {
            for (at, (name, entry)) in map.sorted().into_iter().enumerate() {
                pad(out, at == 0);
                write_yaml_text(name, out)?;
                out.push(':');
                match &entry.value.kind {
                    K::Seq(seq) if !seq.items.is_empty() => {
                        out.push('\n');
                        write_yaml(&entry.value, indent, false, out)?;
                    }
                    K::Map(map) if !map.fields.is_empty() => {
                        out.push('\n');
                        write_yaml(&entry.value, indent + 2, false, out)?;
                    }
                    _ => {
                        out.push(' ');
                        write_yaml(&entry.value, indent, true, out)?;
                    }
                }
            }
        }
        K::Seq(_) => out.push_str("[]\n"),
        K::Map(_) => out.push_str("{}\n"),
        K::Text(text) => {
            write_yaml_text(text, out)?;
            out.push('\n');
        }
        _ if indent == 0 && !inline => return None,
        _ => {
            write_json(val, out);
            out.push('\n');
        }
    }
    Some(())
}

/// Short printable text of one line, which Terraform always quotes.
fn write_yaml_text(text: &str, out: &mut String) -> Option<()> {
    if text.len() > 60 || text.chars().any(|c| c.is_control() || !c.is_ascii()) {
        return None;
    }
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    Some(())
}
