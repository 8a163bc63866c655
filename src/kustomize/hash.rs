//! The hash that the names of generated objects end in.

use std::fmt::Write as _;

use compact_str::CompactString;
use sha2::{Digest, Sha256};
use stockade_model::{Kind, Map, Value};

use crate::value::field_text;

/// How many characters of the hash a name gets.
const LENGTH: usize = 10;

/// The hash of an object's content; the name of a config map or a secret does not count.
pub(crate) fn hash(body: &Map) -> CompactString {
    let mut json = String::new();
    match field_text(body, "kind").as_str() {
        "ConfigMap" => {
            json.push('{');
            if let Some(data) = body.get("binaryData").filter(|data| data.as_map().is_some()) {
                entry(&mut json, "binaryData", Some(data));
                json.push(',');
            }
            entry(&mut json, "data", body.get("data"));
            json.push_str(",\"kind\":\"ConfigMap\",\"name\":\"\"}");
        }
        "Secret" => {
            json.push('{');
            entry(&mut json, "data", body.get("data"));
            json.push_str(",\"kind\":\"Secret\",\"name\":\"\"");
            if let Some(data) = body.get("stringData").filter(|data| data.as_map().is_some()) {
                json.push(',');
                entry(&mut json, "stringData", Some(data));
            }
            json.push(',');
            entry(&mut json, "type", body.get("type"));
            json.push('}');
        }
        _ => mapping(&mut json, body),
    }
    encode(&Sha256::digest(json.as_bytes()))
}

fn entry(json: &mut String, key: &str, value: Option<&Value>) {
    quote(json, key);
    json.push(':');
    match value {
        Some(value) => write(json, value),
        None => json.push_str("\"\""),
    }
}

/// The first characters of the digits, those that could spell something replaced.
fn encode(digest: &[u8]) -> CompactString {
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.take(LENGTH).map(|digit| match digit {
        0 => 'g',
        1 => 'h',
        3 => 'k',
        10 => 'm',
        14 => 't',
        digit => char::from_digit(u32::from(digit), 16).unwrap_or('0'),
    });
    digits.collect()
}

/// The value as Go writes it: keys sorted, `<`, `>` and `&` escaped.
fn write(json: &mut String, value: &Value) {
    match &value.kind {
        Kind::Null => json.push_str("null"),
        // A variable of the environment, which is not set where nothing is known of it.
        Kind::Unknown(_) | Kind::Template(_) => json.push_str("\"\""),
        Kind::Bool(value) => json.push_str(if *value { "true" } else { "false" }),
        Kind::Number(number) => drop(write!(json, "{number}")),
        Kind::Text(text) => quote(json, text),
        Kind::List(list) => {
            json.push('[');
            for (at, item) in list.items.iter().enumerate() {
                if at > 0 {
                    json.push(',');
                }
                write(json, item);
            }
            json.push(']');
        }
        Kind::Map(map) => mapping(json, map),
    }
}

fn mapping(json: &mut String, map: &Map) {
    let mut fields: Vec<_> = map.iter().collect();
    fields.sort_by_key(|(key, _)| *key);
    json.push('{');
    for (at, (key, field)) in fields.into_iter().enumerate() {
        if at > 0 {
            json.push(',');
        }
        quote(json, key);
        json.push(':');
        write(json, &field.value);
    }
    json.push('}');
}

fn quote(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => drop(write!(json, "\\u{:04x}", u32::from(c))),
            c if u32::from(c) < 0x20 => drop(write!(json, "\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    json.push('"');
}

/// The Base64 of a text, as kustomize puts it into secrets: lines of 70 characters where one does not do.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const LINE: usize = 70;
    let mut out = String::with_capacity(bytes.len() / 3 * 4 + 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    if out.len() <= LINE {
        return out;
    }
    let mut lines = String::with_capacity(out.len() + out.len() / LINE + 1);
    let mut rest = out.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(LINE.min(rest.len()));
        lines.push_str(line);
        lines.push('\n');
        rest = more;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_has_lines() {
        assert_eq!(base64(b"a"), "YQ==");
        assert_eq!(base64(b"abc"), "YWJj");
        assert_eq!(base64(b""), "");
        let long = base64(&[b'x'; 100]);
        assert_eq!(long.lines().map(str::len).collect::<Vec<_>>(), [70, 66]);
        assert!(long.ends_with('\n'));
    }
}
