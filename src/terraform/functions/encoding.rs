//! Encodings.

use std::borrow::Cow;

use compact_str::CompactString;
use stockade_source::{FileId, Span};
use stockade_yaml::{Node, NodeKind, Style};

use super::{Fault, Outcome, first, text_arg};
use crate::encode;
use crate::number::Number;
use crate::types::Ty;
use crate::value::{Entry, Fields, K, MapKind, Val};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn jsonencode(args: &[Val], span: Span) -> Outcome {
    encoded(first(args)?, span, |val| Some(encode::json(val)))
}

pub(super) fn yamlencode(args: &[Val], span: Span) -> Outcome {
    encoded(first(args)?, span, encode::yaml)
}

/// The text of a value; paths go through it to the value, even where the text is not known.
fn encoded(val: &Val, span: Span, encode: fn(&Val) -> Option<String>) -> Outcome {
    let kind = match val.why() {
        Some(why) => K::Unknown(why, Ty::Text),
        None if has_infinity(val) => return Err(Fault::Invalid),
        None => match encode(val) {
            Some(text) => K::text(text),
            None => Val::unknown(stockade_model::Reason::Function, "yamlencode()", span).kind,
        },
    };
    let mut out = kind.at(span).through_all([val]).encoding(val.clone());
    out.sensitive = val.is_marked();
    Ok(out)
}

/// Neither JSON nor YAML has it.
fn has_infinity(val: &Val) -> bool {
    match &val.kind {
        K::Number(n) => n.is_infinite(),
        K::Seq(seq) => seq.items.iter().any(has_infinity),
        K::Map(map) => map.fields.values().any(|e| has_infinity(&e.value)),
        _ => false,
    }
}

pub(super) fn jsondecode(args: &[Val], span: Span) -> Outcome {
    let val = first(args)?;
    if let Some(structure) = val.prov.as_deref().and_then(|prov| prov.structure.as_deref()) {
        return Ok(decoded(structure).through([val]));
    }
    let text = text_arg(args, 0)?;
    if text.starts_with('\u{FEFF}') {
        return Err(Fault::Invalid);
    }
    let (document, errors) = stockade_yaml::parse_json(FileId(0), &without_halves(&text));
    let root = document.root.filter(|_| errors.is_empty()).ok_or(Fault::Invalid)?;
    Ok(node(&root, span)?.through_all(args))
}

/// JSON in which every half of a surrogate pair that stands alone is the replacement character, as Go reads it.
fn without_halves(text: &str) -> Cow<'_, str> {
    if !text.contains("\\ud") && !text.contains("\\uD") {
        return Cow::Borrowed(text);
    }
    // The code unit that an escape at the start of a text stands for.
    let unit = |text: &str| u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match unit(rest) {
            Some(0xD800..=0xDBFF) if matches!(unit(&rest[6..]), Some(0xDC00..=0xDFFF)) => 12,
            Some(0xD800..=0xDFFF) => {
                out.push('\u{FFFD}');
                rest = &rest[6..];
                continue;
            }
            // An escape, so that an escaped backslash escapes nothing.
            _ => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// JSON knows tuples and objects only.
fn decoded(val: &Val) -> Val {
    let kind = match &val.kind {
        K::Seq(seq) => {
            K::seq(crate::value::SeqKind::Tuple, seq.items.iter().map(decoded).collect(), seq.open.clone(), Ty::Any)
        }
        K::Map(map) => {
            let fields = map.fields.iter().map(|(name, e)| (name.clone(), Entry { value: decoded(&e.value), ..*e }));
            K::map(MapKind::Object, fields.collect(), map.head, map.open.clone(), Ty::Any)
        }
        kind => kind.clone(),
    };
    Val { kind, ..val.clone() }
}

/// A node of JSON.
fn node(node: &Node, span: Span) -> Outcome {
    let kind = match &node.kind {
        NodeKind::Scalar(text) if text.style == Style::Plain => json_scalar(&text.text)?,
        NodeKind::Scalar(text) => K::text(&text.text),
        NodeKind::Sequence(nodes) => {
            K::tuple(nodes.iter().map(|item| self::node(item, span)).collect::<Result<_, _>>()?)
        }
        NodeKind::Mapping(entries) => {
            let mut fields = Fields::default();
            for entry in entries {
                let key = K::text(entry.key.as_str().ok_or(Fault::Invalid)?);
                let name = crate::eval::key_text(&key.at(span)).map_err(|_| Fault::Invalid)?;
                fields.insert(name, Entry { key: span, entry: span, value: self::node(&entry.value, span)? });
            }
            K::object(fields)
        }
        NodeKind::Alias(..) => return Err(Fault::Invalid),
    };
    Ok(kind.at(span))
}

fn json_scalar(text: &str) -> Result<K, Fault> {
    match text {
        "true" => Ok(K::Bool(true)),
        "false" => Ok(K::Bool(false)),
        "null" => Ok(K::Null(Ty::Any)),
        _ => Number::parse(text).map(K::Number).ok_or(Fault::Invalid),
    }
}

pub(super) fn base64encode(args: &[Val], span: Span) -> Outcome {
    Ok(K::text(base64(text_arg(args, 0)?.as_bytes())).at(span))
}

/// Standard base 64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = group >> (18 - 6 * at) & 63;
            out.push(if at > chunk.len() { '=' } else { char::from(ALPHABET[digit as usize]) });
        }
    }
    out
}

pub(super) fn base64decode(args: &[Val], span: Span) -> Outcome {
    let bytes = from_base64(&text_arg(args, 0)?).ok_or(Fault::Invalid)?;
    Ok(K::text(String::from_utf8(bytes).map_err(|_| Fault::Invalid)?).at(span))
}

/// Reads standard base 64 with padding; line breaks do not count.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let groups = text.len() / 4;
    for (number, group) in text.chunks(4).enumerate() {
        let padding = group.iter().rev().take_while(|b| **b == b'=').count();
        if padding > 2 || padding > 0 && number + 1 < groups {
            return None;
        }
        let mut n = 0u32;
        for b in &group[..4 - padding] {
            let digit = ALPHABET.iter().position(|a| a == b).and_then(|at| u32::try_from(at).ok())?;
            n = n << 6 | digit;
        }
        n <<= 6 * padding;
        out.extend_from_slice(&n.to_be_bytes()[1..4 - padding]);
    }
    Some(out)
}

/// A secret is not worked out; what holds none is refused.
pub(super) fn rsadecrypt(args: &[Val], _: Span) -> Outcome {
    let (secret, key) = (text_arg(args, 0)?, text_arg(args, 1)?);
    let encrypted = from_base64(&secret).is_some_and(|bytes| !bytes.is_empty());
    if encrypted && key.contains("-----BEGIN ") { Err(Fault::Unsupported) } else { Err(Fault::Invalid) }
}

pub(super) fn urlencode(args: &[Val], span: Span) -> Outcome {
    let mut out = String::new();
    for b in text_arg(args, 0)?.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(b)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    Ok(K::text(out).at(span))
}

pub(super) fn csvdecode(args: &[Val], span: Span) -> Outcome {
    let text = text_arg(args, 0)?;
    let mut rows = csv(&text).ok_or(Fault::Invalid)?.into_iter();
    let names = rows.next().ok_or(Fault::Invalid)?;
    let mut items = Vec::new();
    for row in rows {
        if row.len() != names.len() {
            return Err(Fault::Invalid);
        }
        let mut fields = Fields::default();
        for (name, cell) in names.iter().zip(row) {
            let entry = Entry { key: span, entry: span, value: K::text(cell).at(span) };
            if fields.insert(CompactString::from(name), entry).is_some() {
                return Err(Fault::Invalid);
            }
        }
        items.push(K::object(fields).at(span));
    }
    let elem = items.first().map_or(Ty::Any, Ty::of);
    Ok(K::list(items, elem).at(span))
}

/// The rows of a CSV text; empty lines are none.
fn csv(text: &str) -> Option<Vec<Vec<String>>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let (mut quoted, mut started) = (false, false);
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => {
                quoted = false;
                if !matches!(chars.peek(), None | Some(',' | '\n' | '\r')) {
                    return None;
                }
            }
            c if quoted => cell.push(c),
            '"' if cell.is_empty() => {
                quoted = true;
                started = true;
            }
            '"' => return None,
            ',' => {
                row.push(std::mem::take(&mut cell));
                started = true;
            }
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                if started || !cell.is_empty() {
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                started = false;
            }
            c => cell.push(c),
        }
    }
    if quoted {
        return None;
    }
    if started || !cell.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    Some(rows)
}
