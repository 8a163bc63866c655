//! Durations: `1h2m3.5s`.

use std::fmt::Write as _;

use crate::print;

const UNITS: [(&str, i64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The nanoseconds of a duration, or Go's error.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", print::quoted(text, false));
    let (negative, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let whole = digits(rest);
        let mut number = rest[..whole].to_owned();
        rest = &rest[whole..];
        let mut places = 0;
        if let Some(fraction) = rest.strip_prefix('.') {
            places = digits(fraction);
            // Beyond what a nanosecond could need, digits change nothing.
            let kept = places.min(18);
            number.push_str(&fraction[..kept]);
            rest = &fraction[places..];
            places = kept;
        } else if whole == 0 {
            return Err(invalid());
        }
        if number.is_empty() {
            return Err(invalid());
        }
        let end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
        if end == 0 {
            return Err(format!("time: missing unit in duration {}", print::quoted(text, false)));
        }
        let unit = &rest[..end];
        let Some((_, size)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(format!(
                "time: unknown unit {} in duration {}",
                print::quoted(unit, false),
                print::quoted(text, false)
            ));
        };
        rest = &rest[end..];
        let number: i128 = number.parse().ok().filter(|number| *number < 1 << 80).ok_or_else(invalid)?;
        let scale = 10i128.pow(u32::try_from(places).unwrap_or(0));
        total += number * i128::from(*size) / scale;
        if total > i128::from(i64::MAX) + i128::from(negative) {
            return Err(invalid());
        }
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| invalid())
}

/// `Duration.String`.
pub(super) fn show(nanoseconds: i64) -> String {
    let size = nanoseconds.unsigned_abs();
    let mut out = String::new();
    if nanoseconds < 0 {
        out.push('-');
    }
    let fraction = |out: &mut String, value: u64, unit: u64, name: &str| {
        let _ = write!(out, "{}", value / unit);
        let width = unit.ilog10() as usize;
        let digits = format!("{:0width$}", value % unit);
        let digits = digits.trim_end_matches('0');
        if !digits.is_empty() {
            let _ = write!(out, ".{digits}");
        }
        out.push_str(name);
    };
    match size {
        0 => return "0s".to_owned(),
        1..1_000 => fraction(&mut out, size, 1, "ns"),
        1_000..1_000_000 => fraction(&mut out, size, 1_000, "µs"),
        1_000_000..1_000_000_000 => fraction(&mut out, size, 1_000_000, "ms"),
        _ => {
            let minutes = size / 60_000_000_000;
            if minutes >= 60 {
                let _ = write!(out, "{}h", minutes / 60);
            }
            if minutes > 0 {
                let _ = write!(out, "{}m", minutes % 60);
            }
            fraction(&mut out, size % 60_000_000_000, 1_000_000_000, "s");
        }
    }
    out
}

/// The largest unit that fits, alone.
pub(super) fn rounded(nanoseconds: i64) -> String {
    const HOUR: u64 = 3_600_000_000_000;
    let size = nanoseconds.unsigned_abs();
    let units = [
        (HOUR * 24 * 365, "y"),
        (HOUR * 24 * 30, "mo"),
        (HOUR * 24, "d"),
        (HOUR, "h"),
        (HOUR / 60, "m"),
        (HOUR / 3600, "s"),
    ];
    match units.into_iter().find(|(unit, _)| size > *unit) {
        Some((unit, name)) => format!("{}{name}", size / unit),
        None => "0s".to_owned(),
    }
}
