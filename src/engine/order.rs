//! What `<` and its kin compare: numbers, durations, versions.

use std::cmp::Ordering;

use stockade_model::{Kind, Number, Value};

use crate::Constant;

/// The right side of an ordering operator.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// `22`. Against a text that is a version (`TLS1.2`, `1.2.3`), the number is one too.
    Number(Number),
    /// `30d`, `12h`, `1h30m`, `P30D`; in milliseconds.
    Duration(u64),
    /// `1.2.3`, `v1.10`, `TLS1.2`.
    Version(Vec<u64>),
}

impl Bound {
    /// The bound that a constant states.
    pub fn of(constant: &Constant) -> Option<Bound> {
        match constant {
            Constant::Number(number) => Some(Bound::Number(*number)),
            Constant::Text(text) => Number::parse(text)
                .map(Bound::Number)
                .or_else(|| duration(text).map(Bound::Duration))
                .or_else(|| version(text).map(Bound::Version)),
            _ => None,
        }
    }

    /// How a known value compares; `None` where the two have no order.
    pub(crate) fn compare(&self, value: &Value) -> Option<Ordering> {
        match (self, &value.kind) {
            (Bound::Number(bound), Kind::Number(number)) => number.partial_cmp(bound),
            (Bound::Number(bound), Kind::Text(text)) => match Number::parse(text.trim()) {
                Some(number) => number.partial_cmp(bound),
                None => Some(compare_versions(&version(text)?, &version(&bound.to_string())?)),
            },
            (Bound::Duration(bound), Kind::Text(text)) => Some(duration(text)?.cmp(bound)),
            (Bound::Version(bound), Kind::Text(text)) => Some(compare_versions(&version(text)?, bound)),
            (Bound::Version(bound), Kind::Number(number)) => {
                Some(compare_versions(&version(&number.to_string())?, bound))
            }
            _ => None,
        }
    }
}

const SECOND: u64 = 1000;
const DAY: u64 = 86_400 * SECOND;

/// `1h30m`, `720h0m0s`, `30d`, `2w`, and ISO 8601's `P30D`, `PT5M`; in milliseconds.
fn duration(text: &str) -> Option<u64> {
    let text = text.trim();
    let (iso, mut rest) = text.strip_prefix('P').map_or((false, text), |rest| (true, rest));
    let mut clock = !iso;
    let mut total = 0u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T').filter(|_| iso && !clock) {
            (clock, rest) = (true, after);
            continue;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let amount: u64 = rest[..digits].parse().ok()?;
        let unit_end = digits + rest[digits..].bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit_end = if iso { (digits + 1).min(unit_end) } else { unit_end };
        let scale = match (&rest[digits..unit_end], iso, clock) {
            ("ms", false, _) => 1,
            ("s", false, _) | ("S", true, true) => SECOND,
            ("m", false, _) | ("M", true, true) => 60 * SECOND,
            ("h", false, _) | ("H", true, true) => 3600 * SECOND,
            ("d", false, _) | ("D", true, false) => DAY,
            ("w", false, _) | ("W", true, false) => 7 * DAY,
            ("M", true, false) => 30 * DAY,
            ("y", false, _) | ("Y", true, false) => 365 * DAY,
            _ => return None,
        };
        total = total.checked_add(amount.checked_mul(scale)?)?;
        rest = &rest[unit_end..];
    }
    Some(total)
}

/// The numbers of a version. SSL counts as older than every TLS.
fn version(text: &str) -> Option<Vec<u64>> {
    let text = text.trim();
    let letters = text.bytes().take_while(|b| b.is_ascii_alphabetic()).count();
    let mut parts = match text[..letters].to_ascii_lowercase().as_str() {
        "" | "v" | "tls" | "tlsv" => Vec::new(),
        "ssl" | "sslv" => vec![0],
        _ => return None,
    };
    let mut rest = text[letters..].trim_start_matches(['_', '-']);
    loop {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        parts.push(rest[..digits].parse().ok()?);
        rest = &rest[digits..];
        let follows =
            |separator: &char| rest[1..].starts_with(|c: char| c.is_ascii_digit()) && matches!(separator, '.' | '_');
        match rest.chars().next() {
            Some(separator) if separator.is_ascii() && follows(&separator) => rest = &rest[1..],
            Some('-' | '+') | None => return Some(parts),
            Some(c) if c == '_' || c.is_ascii_alphabetic() => return (letters > 0 || parts.len() > 1).then_some(parts),
            Some(_) => return None,
        }
    }
}

/// Missing numbers count as zero.
fn compare_versions(a: &[u64], b: &[u64]) -> Ordering {
    let at = |version: &[u64], at: usize| version.get(at).copied().unwrap_or(0);
    (0..a.len().max(b.len())).map(|i| at(a, i).cmp(&at(b, i))).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use stockade_source::Span;

    use super::*;

    fn compare(left: &str, right: &str) -> Option<Ordering> {
        Bound::of(&Constant::word(right)).expect(right).compare(&Value::text(left, Span::NONE))
    }

    #[test]
    fn durations() {
        assert_eq!(duration("1h30m"), Some(5_400_000));
        assert_eq!(duration("P1DT2H"), Some(DAY + 7_200_000));
        assert_eq!(duration("PT5M"), Some(300_000));
        assert_eq!(duration("P2M"), Some(60 * DAY));
        for bad in ["", "P", "5", "h", "5x", "-5h", "99999999999999999999h", "18446744073709551615y"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
        assert_eq!(compare("720h0m0s", "30d"), Some(Ordering::Equal));
        assert_eq!(compare("soon", "30d"), None);
    }

    #[test]
    fn versions() {
        assert_eq!(compare("TLS1_0", "TLS1.2"), Some(Ordering::Less));
        assert_eq!(compare("TLSv1.2_2021", "1.2"), Some(Ordering::Greater));
        assert_eq!(compare("1.9", "v1.10"), Some(Ordering::Less));
        assert_eq!(compare("1.27.3-alpine", "1.27.3"), Some(Ordering::Equal));
        assert_eq!(compare("SSLv3", "TLS1.0"), Some(Ordering::Less));
        assert_eq!(compare("latest", "1.2.3"), None);
    }

    #[test]
    fn numbers_may_be_texts() {
        assert_eq!(compare("8", "14"), Some(Ordering::Less));
        assert_eq!(compare("8 days", "14"), None);
        assert_eq!(compare("8x", "14"), None);
    }
}
