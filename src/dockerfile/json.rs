//! The exec form: a JSON array of strings.

use stockade_shell::OffsetMap;

use crate::text::Text;

/// What a text that begins with a bracket is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Array {
    /// An array of strings.
    Strings(Vec<Text>),
    /// An array of something else, which BuildKit refuses.
    Other,
    /// No JSON, and so a shell text.
    No,
}

/// Reads a JSON array of strings; each keeps the place of its characters, and its span is with the quotes.
pub(crate) fn array(text: &Text) -> Array {
    let source = &*text.text;
    let bytes = source.as_bytes();
    let mut at = blanks(bytes, 0);
    if bytes.get(at) != Some(&b'[') {
        return Array::No;
    }
    at = blanks(bytes, at + 1);
    let mut items = Vec::new();
    let mut other = false;
    if bytes.get(at) == Some(&b']') {
        at += 1;
    } else {
        loop {
            if bytes.get(at) == Some(&b'"') {
                let Some((item, end)) = string(text, at) else { return Array::No };
                items.push(item);
                at = end;
            } else {
                let len = source.get(at..).and_then(|rest| scalar(rest).or_else(|| nested(rest)));
                let Some(len) = len else { return Array::No };
                other = true;
                at += len;
            }
            at = blanks(bytes, at);
            match bytes.get(at) {
                Some(b',') => at = blanks(bytes, at + 1),
                Some(b']') => {
                    at += 1;
                    break;
                }
                _ => return Array::No,
            }
        }
    }
    if blanks(bytes, at) != bytes.len() {
        return Array::No;
    }
    if other { Array::Other } else { Array::Strings(items) }
}

fn blanks(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count()
}

/// The length of a number, `true`, `false` or `null`.
fn scalar(rest: &str) -> Option<usize> {
    let len = rest.find(|c: char| matches!(c, ',' | ']') || c.is_whitespace()).unwrap_or(rest.len());
    let word = rest.get(..len)?;
    (matches!(word, "true" | "false" | "null") || word.parse::<f64>().is_ok()).then_some(len)
}

/// The length of an array or object, as far as its tokens tell.
fn nested(rest: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut quoted = false;
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => drop(chars.next()),
            _ if quoted => {}
            '[' | '{' => depth += 1,
            ']' | '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            ',' | ':' => {}
            c if c.is_whitespace() => {}
            c if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '+') => {
                let before = rest.get(..at).is_some_and(|before| {
                    before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '+'))
                });
                let tail = rest.get(at..).unwrap_or("");
                let len =
                    tail.find(|c: char| matches!(c, ',' | ']' | '}' | ':') || c.is_whitespace()).unwrap_or(tail.len());
                if !before && scalar(tail.get(..len)?).is_none() {
                    return None;
                }
            }
            _ => return None,
        }
    }
    None
}

/// The string whose opening quote is at `open`, and where it ends.
fn string(text: &Text, open: usize) -> Option<(Text, usize)> {
    let source = &*text.text;
    let mut out = String::new();
    let mut offsets = OffsetMap::default();
    let mut chars = source.get(open + 1..)?.char_indices();
    let mut surrogate: Option<u32> = None;
    while let Some((at, c)) = chars.next() {
        let at = open + 1 + at;
        let decoded = match c {
            '"' => {
                let end = at + 1;
                if out.is_empty() {
                    offsets = OffsetMap::from_start(text.offsets().start(open + 1));
                }
                let item = Text::new(text.span.file, out, offsets);
                return Some((item.at(text.range(open..end)), end));
            }
            '\\' => match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                plain @ ('"' | '\\' | '/') => plain,
                'u' => {
                    let mut code = 0;
                    for _ in 0..4 {
                        code = code * 16 + chars.next()?.1.to_digit(16)?;
                    }
                    match (surrogate.take(), code) {
                        (Some(high), 0xDC00..=0xDFFF) => {
                            char::from_u32(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)).unwrap_or('\u{fffd}')
                        }
                        (_, 0xD800..=0xDBFF) => {
                            surrogate = Some(code);
                            continue;
                        }
                        _ => char::from_u32(code).unwrap_or('\u{fffd}'),
                    }
                }
                _ => return None,
            },
            c if c < ' ' => return None,
            c => c,
        };
        if c == '\\' {
            let end = chars.clone().next().map_or(source.len(), |(end, _)| open + 1 + end);
            offsets.push_escape(out.len(), decoded.len_utf8(), text.offsets().range(at..end));
        } else {
            offsets.push(out.len(), text.offsets().start(at));
        }
        out.push(decoded);
    }
    None
}
