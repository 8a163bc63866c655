//! The constants of templates: Go's numbers, characters and strings.

use compact_str::CompactString;

use crate::tree::TermKind;

/// An integer or floating-point constant.
pub(crate) fn number(text: &str) -> Result<TermKind, String> {
    if text.ends_with('i') && !text.starts_with("0x") {
        return Err(format!("complex numbers are not supported: {text:?}"));
    }
    match integer(text) {
        Some(Ok(number)) => return Ok(TermKind::Int(number)),
        Some(Err(())) => return Err(format!("{text} overflows int")),
        None => {}
    }
    let hexadecimal = text.trim_start_matches(['+', '-']).to_ascii_lowercase().starts_with("0x");
    if hexadecimal || !separators_fit(text) {
        return Err(format!("illegal number syntax: {text:?}"));
    }
    match text.replace('_', "").parse::<f64>() {
        Ok(_) if !text.contains(['.', 'e', 'E']) => Err(format!("integer overflow: {text:?}")),
        Ok(number) if number.is_finite() => Ok(TermKind::Float(number)),
        _ => Err(format!("illegal number syntax: {text:?}")),
    }
}

/// `strconv.ParseInt(text, 0, 64)`: `Err` where it has too many digits.
fn integer(text: &str) -> Option<Result<i64, ()>> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, lower.get(1..)?)
    } else {
        (10, lower.as_str())
    };
    let plain = digits.replace('_', "");
    if plain.is_empty() || !plain.bytes().all(|byte| char::from(byte).is_digit(radix)) || !separators_fit(text) {
        return None;
    }
    let number = i128::from_str_radix(&plain, radix).map_err(|_| ());
    Some(number.and_then(|number| i64::try_from(if negative { -number } else { number }).map_err(|_| ())))
}

/// Whether each `_` stands between two digits, or a base and a digit.
fn separators_fit(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'_')
        .all(|(at, _)| digit(at.checked_sub(1)) && digit(at.checked_add(1)))
}

/// The code of a `'c'`.
pub(crate) fn character(text: &str) -> Option<i64> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let decoded = unescape(inner, '\'')?;
    let [code] = decoded.as_slice() else { return None };
    Some(match code {
        Unit::Char(c) => i64::from(u32::from(*c)),
        Unit::Byte(byte) => i64::from(*byte),
    })
}

/// The characters of a `"…"` or `` `…` ``. Bytes that are no UTF-8 become U+FFFD.
pub(crate) fn string(text: &str) -> Option<CompactString> {
    if let Some(raw) = text.strip_prefix('`') {
        return Some(raw.strip_suffix('`')?.replace('\r', "").into());
    }
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(inner.into());
    }
    let mut bytes = Vec::with_capacity(inner.len());
    for unit in unescape(inner, '"')? {
        match unit {
            Unit::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Unit::Byte(byte) => bytes.push(byte),
        }
    }
    Some(String::from_utf8_lossy(&bytes).into())
}

/// What an escape stands for.
enum Unit {
    Char(char),
    Byte(u8),
}

fn unescape(text: &str, quote: char) -> Option<Vec<Unit>> {
    let mut units = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            units.push(Unit::Char(c));
            continue;
        }
        let escape = chars.next()?;
        let mut code = |digits: usize, radix: u32, first: Option<char>| {
            let digits = first.into_iter().chain(chars.by_ref().take(digits));
            digits.map(|c| c.to_digit(radix)).try_fold((0u32, 0), |(code, count), digit| {
                Some((code.checked_mul(radix)?.checked_add(digit?)?, count + 1))
            })
        };
        units.push(match escape {
            'a' => Unit::Char('\u{7}'),
            'b' => Unit::Char('\u{8}'),
            'f' => Unit::Char('\u{c}'),
            'n' => Unit::Char('\n'),
            'r' => Unit::Char('\r'),
            't' => Unit::Char('\t'),
            'v' => Unit::Char('\u{b}'),
            '\\' => Unit::Char('\\'),
            _ if escape == quote => Unit::Char(quote),
            'x' => Unit::Byte(code(2, 16, None).filter(|(_, count)| *count == 2)?.0.try_into().ok()?),
            'u' => Unit::Char(char::from_u32(code(4, 16, None).filter(|(_, count)| *count == 4)?.0)?),
            'U' => Unit::Char(char::from_u32(code(8, 16, None).filter(|(_, count)| *count == 8)?.0)?),
            '0'..='7' => Unit::Byte(code(2, 8, Some(escape)).filter(|(_, count)| *count == 3)?.0.try_into().ok()?),
            _ => return None,
        });
    }
    Some(units)
}
