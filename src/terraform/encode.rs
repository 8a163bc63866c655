//! Values to JSON and YAML, as `jsonencode` and `yamlencode` write them.

use std::fmt::Write;

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
        K::Number(n) => out.push_str(&n.to_string()),
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
            '\u{8}' => out.push_str("\\b"),
            '\u{C}' => out.push_str("\\f"),
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

/// How wide YAML gets before a text is folded.
const WIDTH: usize = 80;
/// How long a key may be that stands before its value.
const MAX_KEY: usize = 120;

/// The text that Terraform hashes for a value, by which it sorts sets of what has no order.
pub(crate) fn hashed(val: &Val) -> String {
    let mut out = String::new();
    write_hashed(val, &mut out);
    out
}

fn write_hashed(val: &Val, out: &mut String) {
    match &val.kind {
        K::Bool(b) => out.push(if *b { 'T' } else { 'F' }),
        K::Number(n) => out.push_str(&n.general(Some(10), 'e')),
        K::Text(text) => write_json_text(text, out),
        K::Seq(seq) => {
            let (open, close) = if seq.kind == SeqKind::Tuple { ('<', '>') } else { ('[', ']') };
            out.push(open);
            for item in &seq.items {
                write_hashed(item, out);
                out.push(';');
            }
            out.push(close);
        }
        K::Map(map) => {
            let keyed = map.kind == crate::value::MapKind::Map;
            out.push(if keyed { '{' } else { '<' });
            for (name, entry) in map.sorted() {
                if keyed {
                    write_json_text(name, out);
                    out.push(':');
                }
                write_hashed(&entry.value, out);
                out.push(';');
            }
            out.push(if keyed { '}' } else { '>' });
        }
        _ => out.push('~'),
    }
}

/// YAML as Terraform writes it; `None` for what it writes in ways that are not worked out.
pub(crate) fn yaml(val: &Val) -> Option<String> {
    let mut out = String::new();
    write_yaml(val, 0, false, &mut out)?;
    if !out.ends_with('\n') {
        out.push('\n');
    }
    // A document that is one bare word needs an end.
    if matches!(val.kind, K::Null(_) | K::Bool(_) | K::Number(_)) {
        out.push_str("...\n");
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
                match &item.kind {
                    K::Text(text) => write_yaml_text(text, indent + 2, out)?,
                    _ => write_yaml(item, indent + 2, true, out)?,
                }
            }
        }
        K::Map(map) if !map.fields.is_empty() => {
            for (at, (name, entry)) in map.sorted().into_iter().enumerate() {
                pad(out, at == 0);
                if name.len() > MAX_KEY || name.contains('\n') {
                    return None;
                }
                write_quoted(name, None, out);
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
                    K::Text(text) => {
                        out.push(' ');
                        write_yaml_text(text, indent + 2, out)?;
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
        K::Text(text) => write_yaml_text(text, indent + 2, out)?,
        _ => {
            write_json(val, out);
            out.push('\n');
        }
    }
    Some(())
}

/// Text: quoted, or a block where it has lines.
fn write_yaml_text(text: &str, indent: usize, out: &mut String) -> Option<()> {
    let body = text.trim_end_matches('\n');
    if !text.contains('\n') || !is_block(text, body)? {
        write_quoted(text, Some(indent), out);
        out.push('\n');
        return Some(());
    }
    out.push_str(match text.len() - body.len() {
        0 => "|-\n",
        1 => "|\n",
        _ => "|+\n",
    });
    for line in body.split('\n') {
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(line);
        }
        out.push('\n');
    }
    out.extend(std::iter::repeat_n('\n', (text.len() - body.len()).saturating_sub(1)));
    Some(())
}

/// Whether a text of several lines is written as a block; `None` where that is not worked out.
fn is_block(text: &str, body: &str) -> Option<bool> {
    if text.contains(|c: char| c == '\t' || c != '\n' && escape(c).is_some_and(|_| c != '"' && c != '\\')) {
        return Some(false);
    }
    if body.is_empty() || body.starts_with(['\n', ' ']) || body.contains(" \n") || body.ends_with(' ') {
        return if body.contains(" \n") || body.ends_with(' ') { Some(false) } else { None };
    }
    Some(true)
}

/// How a character is escaped between quotes, where it is.
fn escape(c: char) -> Option<String> {
    Some(match c {
        '"' => "\\\"".into(),
        '\\' => "\\\\".into(),
        '\0' => "\\0".into(),
        '\u{7}' => "\\a".into(),
        '\u{8}' => "\\b".into(),
        '\t' => "\\t".into(),
        '\n' => "\\n".into(),
        '\u{b}' => "\\v".into(),
        '\u{c}' => "\\f".into(),
        '\r' => "\\r".into(),
        '\u{1b}' => "\\e".into(),
        '\u{85}' => "\\N".into(),
        '\u{2028}' => "\\L".into(),
        '\u{2029}' => "\\P".into(),
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => format!("\\x{:02X}", u32::from(c)),
        '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}' => format!("\\u{:04X}", u32::from(c)),
        '\u{10000}'.. => format!("\\U{:08X}", u32::from(c)),
        _ => return None,
    })
}

/// Between quotes, folded at spaces beyond the width where there is an indent to go on with.
fn write_quoted(text: &str, indent: Option<usize>, out: &mut String) {
    let start = out.rfind('\n').map_or(0, |at| at + 1);
    let mut column = out[start..].chars().count() + 1;
    out.push('"');
    let mut spaces = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        match (c, indent, next) {
            (' ', Some(indent), Some(next)) if !spaces && column > WIDTH && at > 0 => {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent));
                column = indent;
                if next == ' ' {
                    out.push('\\');
                    column += 1;
                }
                spaces = true;
                continue;
            }
            _ => {}
        }
        match escape(c) {
            Some(escaped) => {
                column += escaped.len();
                out.push_str(&escaped);
            }
            None => {
                column += 1;
                out.push(c);
            }
        }
        spaces = c == ' ';
    }
    out.push('"');
}
