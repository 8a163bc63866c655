//! What plain scalars mean.

use stockade_model::{Kind, Number};

/// What plain scalars mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// YAML 1.1 as PyYAML reads it: `yes` is a boolean, `0644` is octal. Ansible.
    Yaml11,
    /// YAML as `sigs.k8s.io/yaml` (go-yaml 2) reads it. Kubernetes.
    Kubernetes,
    /// The core schema of YAML 1.2: only `true` and `false` are booleans. Our own files.
    Core,
}

impl Schema {
    /// The meaning of a plain scalar; `None` where it is text, as dates are.
    pub(crate) fn resolve(self, text: &str) -> Option<Kind> {
        let Some(first) = text.bytes().next() else { return Some(Kind::Null) };
        match first {
            b'~' | b'a'..=b'z' | b'A'..=b'Z' if text.len() <= 5 => self.word(text),
            b'+' | b'-' | b'.' | b'0'..=b'9' => special_float(text).or_else(|| self.number(text)).map(Kind::Number),
            _ => None,
        }
    }

    fn word(self, text: &str) -> Option<Kind> {
        match text {
            "~" | "null" | "Null" | "NULL" => Some(Kind::Null),
            "true" | "True" | "TRUE" => Some(Kind::Bool(true)),
            "false" | "False" | "FALSE" => Some(Kind::Bool(false)),
            "yes" | "Yes" | "YES" | "on" | "On" | "ON" if self != Schema::Core => Some(Kind::Bool(true)),
            "no" | "No" | "NO" | "off" | "Off" | "OFF" if self != Schema::Core => Some(Kind::Bool(false)),
            "y" | "Y" if self == Schema::Kubernetes => Some(Kind::Bool(true)),
            "n" | "N" if self == Schema::Kubernetes => Some(Kind::Bool(false)),
            _ => None,
        }
    }

    fn number(self, text: &str) -> Option<Number> {
        let (negative, digits) = match text.as_bytes()[0] {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        match self {
            Schema::Yaml11 => yaml11_int(negative, digits).or_else(|| yaml11_float(text, negative, digits)),
            Schema::Kubernetes => go_number(text, negative, digits),
            Schema::Core => core_number(text, negative, digits),
        }
    }
}

/// `.inf`, which may have a sign, and `.nan`, which may not; the same in all three.
fn special_float(text: &str) -> Option<Number> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(Number::from(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(Number::from(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => Some(Number::from(f64::NEG_INFINITY)),
        _ => None,
    }
}

/// The integers of PyYAML's resolver, their digits without a sign.
fn yaml11_int(negative: bool, digits: &str) -> Option<Number> {
    if let Some(binary) = digits.strip_prefix("0b") {
        return integer(negative, binary, 2);
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        return integer(negative, hex, 16);
    }
    if digits == "0" {
        return Some(Number::from(0));
    }
    if let Some(octal) = digits.strip_prefix('0') {
        // `0_` is zero: the first digit counts.
        return if octal.bytes().all(|byte| byte == b'_') {
            Some(Number::from(0))
        } else {
            integer(negative, octal, 8)
        };
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if digits.contains(':') { sexagesimal(negative, digits, "") } else { integer(negative, digits, 10) }
}

/// The floats of PyYAML's resolver: a point is needed, an exponent needs a sign.
fn yaml11_float(text: &str, negative: bool, digits: &str) -> Option<Number> {
    let (whole, rest) = digits.split_once('.')?;
    if whole.is_empty() {
        // `+.5` is text.
        if digits.len() != text.len() || !rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
    } else if whole.contains(':') {
        return sexagesimal(negative, whole, rest);
    } else if !whole.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (fraction, exponent) = match rest.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (rest, None),
    };
    let in_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let exponent_ok = exponent.is_none_or(|exponent| {
        let power = exponent.strip_prefix(['-', '+']);
        power.is_some_and(|power| !power.is_empty() && power.bytes().all(|byte| byte.is_ascii_digit()))
    });
    if !in_digits(whole) || !in_digits(fraction) || !exponent_ok {
        return None;
    }
    float(text)
}

/// `1:30` is 90, `1:30.5` is 90.5; `fraction` is what stands after the point.
#[expect(clippy::cast_precision_loss, reason = "as PyYAML does")]
fn sexagesimal(negative: bool, whole: &str, fraction: &str) -> Option<Number> {
    let mut parts = whole.split(':');
    let first = parts.next()?;
    let mut sum = integer(false, first, 10)?.as_f64();
    let mut exact = integer(false, first, 10)?.as_i64();
    for part in parts {
        let value: i64 = part.parse().ok().filter(|value| {
            (part.len() == 1 || part.len() == 2) && part.bytes().all(|b| b.is_ascii_digit()) && *value < 60
        })?;
        sum = sum * 60.0 + value as f64;
        exact = exact.and_then(|sum| sum.checked_mul(60)?.checked_add(value));
    }
    if !fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return None;
    }
    let fraction: String = fraction.chars().filter(|c| *c != '_').collect();
    let number = match exact {
        Some(exact) if fraction.is_empty() => Number::from(if negative { -exact } else { exact }),
        _ => {
            let sum = sum + format!("0.{fraction}").parse::<f64>().unwrap_or(0.0);
            Number::from(if negative { -sum } else { sum })
        }
    };
    Some(number)
}

/// `resolve` of go-yaml 2: `strconv.ParseInt(…, 0, 64)` without the `_`s, then YAML's floats.
fn go_number(text: &str, negative: bool, digits: &str) -> Option<Number> {
    // `strconv.ParseFloat` refuses what no double can hold.
    let decimal_float = |text, digits| decimal_float(text, digits).filter(|number| number.as_f64().is_finite());
    if text.starts_with('.') {
        return decimal_float(text, digits);
    }
    let without: String;
    let (text, digits) = if text.contains('_') {
        without = text.chars().filter(|c| *c != '_').collect();
        (without.as_str(), without.trim_start_matches(['+', '-']))
    } else {
        (text, digits)
    };
    let lower = |prefix: &str| digits.get(..2).filter(|start| start.eq_ignore_ascii_case(prefix)).map(|_| &digits[2..]);
    if let Some(hex) = lower("0x") {
        return integer(negative, hex, 16);
    }
    if let Some(octal) = lower("0o") {
        return integer(negative, octal, 8);
    }
    if let Some(binary) = lower("0b") {
        return integer(negative, binary, 2);
    }
    let octal = if digits.len() > 1 && digits.starts_with('0') { integer(negative, digits, 8) } else { None };
    octal.or_else(|| decimal_int(negative, digits)).or_else(|| decimal_float(text, digits))
}

/// The numbers of the core schema of YAML 1.2.
fn core_number(text: &str, negative: bool, digits: &str) -> Option<Number> {
    if digits.len() == text.len() {
        if let Some(octal) = digits.strip_prefix("0o") {
            return integer(false, octal, 8).filter(|_| !octal.contains('_'));
        }
        if let Some(hex) = digits.strip_prefix("0x") {
            return integer(false, hex, 16).filter(|_| !hex.contains('_'));
        }
    }
    decimal_int(negative, digits).or_else(|| decimal_float(text, digits))
}

/// Nothing but digits.
fn decimal_int(negative: bool, digits: &str) -> Option<Number> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { integer(negative, digits, 10) } else { None }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn decimal_float(text: &str, digits: &str) -> Option<Number> {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_ok = match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty())
        }
        None => !mantissa.is_empty() && all_digits(mantissa),
    };
    let exponent_ok = exponent.is_none_or(|exponent| {
        let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !power.is_empty() && all_digits(power)
    });
    if mantissa_ok && exponent_ok { float(text) } else { None }
}

fn float(text: &str) -> Option<Number> {
    if text.contains('_') {
        let text: String = text.chars().filter(|c| *c != '_').collect();
        return text.parse::<f64>().ok().map(Number::from);
    }
    text.parse::<f64>().ok().map(Number::from)
}

/// Digits of any radix, `_` among them; exact where 64 bits suffice.
fn integer(negative: bool, digits: &str, radix: u32) -> Option<Number> {
    let mut exact = Some(0i64);
    let mut rough = 0f64;
    let mut any = false;
    for c in digits.chars().filter(|c| *c != '_') {
        let digit = c.to_digit(radix)?;
        any = true;
        rough = rough.mul_add(f64::from(radix), f64::from(digit));
        exact = exact.and_then(|sum| {
            let sum = sum.checked_mul(i64::from(radix))?;
            let digit = i64::from(digit);
            if negative { sum.checked_sub(digit) } else { sum.checked_add(digit) }
        });
    }
    if !any {
        return None;
    }
    if exact.is_none() && radix == 10 {
        // Rounded once, not with every digit.
        rough = digits.replace('_', "").parse().unwrap_or(rough);
    }
    Some(exact.map_or_else(|| Number::from(if negative { -rough } else { rough }), Number::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kind as a test writes it: `null`, `true`, a number, or `text`.
    fn kind(schema: Schema, text: &str) -> String {
        match schema.resolve(text) {
            None => "text".to_owned(),
            Some(Kind::Null) => "null".to_owned(),
            Some(Kind::Bool(value)) => value.to_string(),
            Some(Kind::Number(value)) => value.to_string(),
            Some(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn yaml_1_1_as_pyyaml() {
        let cases = [
            ("", "null"),
            ("~", "null"),
            ("NULL", "null"),
            ("nUll", "text"),
            ("yes", "true"),
            ("No", "false"),
            ("ON", "true"),
            ("off", "false"),
            ("oN", "text"),
            ("y", "text"),
            ("0", "0"),
            ("-12", "-12"),
            ("+7", "7"),
            ("1_000", "1000"),
            ("0644", "420"),
            ("-010", "-8"),
            ("08", "text"),
            ("0o17", "text"),
            ("0x1F", "31"),
            ("0b101", "5"),
            ("0b_", "text"),
            ("0_", "0"),
            ("1:30", "90"),
            ("1:30:00", "5400"),
            ("1:60", "text"),
            ("01:30", "text"),
            ("-1:30", "-90"),
            ("1:30.5", "90.5"),
            ("1.5", "1.5"),
            ("1.", "1"),
            (".5", "0.5"),
            ("+.5", "text"),
            ("1e3", "text"),
            ("1.5e3", "text"),
            ("1.5e+3", "1500"),
            ("1_0.5", "10.5"),
            (".inf", "inf"),
            ("-.INF", "-inf"),
            (".nan", "NaN"),
            ("2001-12-14", "text"),
            ("1.2.3", "text"),
            ("10.0.0.1", "text"),
            ("-", "text"),
            (".", "text"),
            ("...", "text"),
            ("9223372036854775808", "9223372036854776000"),
        ];
        for (text, expected) in cases {
            assert_eq!(kind(Schema::Yaml11, text), expected, "{text:?}");
        }
    }

    #[test]
    fn kubernetes_as_go_yaml_2() {
        let cases = [
            ("", "null"),
            ("~", "null"),
            ("y", "true"),
            ("N", "false"),
            ("yes", "true"),
            ("Off", "false"),
            ("true", "true"),
            ("tRue", "text"),
            ("0644", "420"),
            ("0o644", "420"),
            ("0O644", "420"),
            ("08", "8"),
            ("0x1F", "31"),
            ("-0x1F", "-31"),
            ("0b11", "3"),
            ("-0b11", "-3"),
            ("1_000", "1000"),
            ("1:30", "text"),
            ("1e400", "text"),
            ("1e3", "1000"),
            ("1.5e3", "1500"),
            ("+.5", "0.5"),
            (".5", "0.5"),
            ("1.", "1"),
            ("100m", "text"),
            ("1Gi", "text"),
            ("2001-12-14", "text"),
            ("+.inf", "inf"),
            ("1.2.3", "text"),
            ("+", "text"),
        ];
        for (text, expected) in cases {
            assert_eq!(kind(Schema::Kubernetes, text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_core_schema() {
        let cases = [
            ("", "null"),
            ("null", "null"),
            ("yes", "text"),
            ("on", "text"),
            ("True", "true"),
            ("FALSE", "false"),
            ("0644", "644"),
            ("0o644", "420"),
            ("-0o7", "text"),
            ("0xff", "255"),
            ("0b1", "text"),
            ("1_000", "text"),
            ("0x_f", "text"),
            ("1e3", "1000"),
            ("-1.5E-1", "-0.15"),
            (".5", "0.5"),
            ("1.", "1"),
            ("1:30", "text"),
            ("e3", "text"),
            ("1e", "text"),
        ];
        for (text, expected) in cases {
            assert_eq!(kind(Schema::Core, text), expected, "{text:?}");
        }
    }
}
