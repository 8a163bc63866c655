//! Numbers.

use std::cmp::Ordering;
use std::fmt;

/// A number of any of the languages: exact where it is a 64-bit integer, else a double.
#[derive(Clone, Copy, Debug)]
pub struct Number(Repr);

#[derive(Clone, Copy, Debug)]
enum Repr {
    Int(i64),
    Float(f64),
}

impl Number {
    /// The number as a double.
    #[expect(clippy::cast_precision_loss, reason = "asked for by name")]
    pub fn as_f64(self) -> f64 {
        match self.0 {
            Repr::Int(n) => n as f64,
            Repr::Float(n) => n,
        }
    }

    /// The number where it is a whole one that fits 64 bits.
    pub fn as_i64(self) -> Option<i64> {
        match self.0 {
            Repr::Int(n) => Some(n),
            Repr::Float(_) => None,
        }
    }

    /// Reads a decimal number: an integer, a fraction, an exponent.
    pub fn parse(text: &str) -> Option<Number> {
        if let Ok(n) = text.parse::<i64>() {
            return Some(Number::from(n));
        }
        if !text.bytes().any(|b| b.is_ascii_digit())
            || text.bytes().any(|b| b.is_ascii_alphabetic() && !matches!(b, b'e' | b'E'))
        {
            return None;
        }
        text.parse::<f64>().ok().map(Number::from)
    }
}

impl From<i64> for Number {
    fn from(n: i64) -> Self {
        Number(Repr::Int(n))
    }
}

impl From<f64> for Number {
    #[expect(clippy::cast_possible_truncation, reason = "the range is tested")]
    fn from(n: f64) -> Self {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if n.fract() == 0.0 && n.abs() <= EXACT { Number(Repr::Int(n as i64)) } else { Number(Repr::Float(n)) }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.0, other.0) {
            (Repr::Int(a), Repr::Int(b)) => Some(a.cmp(&b)),
            _ => self.as_f64().partial_cmp(&other.as_f64()),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Repr::Int(n) => n.fmt(f),
            Repr::Float(n) => n.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_exact() {
        assert_eq!(Number::parse("9223372036854775807").and_then(Number::as_i64), Some(i64::MAX));
        assert_eq!(Number::parse("1e3"), Some(Number::from(1000)));
        assert_eq!(Number::parse("2.0").map(|n| n.to_string()).as_deref(), Some("2"));
        assert_eq!(Number::parse("0.5").map(|n| n.to_string()).as_deref(), Some("0.5"));
        assert_eq!(Number::parse("inf"), None);
        assert_eq!(Number::parse("-"), None);
    }
}
