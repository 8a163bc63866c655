//! Numbers as Terraform has them: binary floats of up to 512 bits, with infinities and a negative zero.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use num_bigint::{BigInt, BigUint, Sign};

/// The bits of a number that is written.
const WRITTEN: u32 = 512;
/// The bits of a number that a function counted.
const COUNTED: u32 = 64;
/// The bits of a double.
const DOUBLE: u32 = 53;
/// How far the exponent of a number may go, of two and of ten.
const MAX_EXPONENT: i64 = 1 << 18;
const MAX_DECIMAL: i64 = 60_000;

/// A number.
#[derive(Clone, Debug)]
pub(crate) struct Number(Repr);

#[derive(Clone, Debug)]
enum Repr {
    /// A whole number of 64 or more bits of precision.
    Small(i64, u32),
    Float(Arc<Float>),
}

/// `mantissa × 2^exponent`, the mantissa odd or zero.
#[derive(Clone, Debug)]
struct Float {
    negative: bool,
    infinite: bool,
    mantissa: BigUint,
    exponent: i64,
    precision: u32,
}

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undefined {
    /// Terraform refuses it: `0 / 0`.
    Invalid,
    /// It is beyond the bounds.
    Limit,
}

type Computed = Result<Number, Undefined>;

impl Float {
    /// Rounds to nearest, ties to even.
    fn round(negative: bool, mut mantissa: BigUint, mut exponent: i64, precision: u32) -> Float {
        let bits = mantissa.bits();
        if bits > u64::from(precision) {
            let cut = bits - u64::from(precision);
            let half = mantissa.bit(cut - 1);
            let rest = mantissa.trailing_zeros().is_some_and(|zeros| zeros < cut - 1);
            mantissa >>= cut;
            if half && (rest || mantissa.bit(0)) {
                mantissa += 1u32;
            }
            exponent = exponent.saturating_add_unsigned(cut);
        }
        match mantissa.trailing_zeros() {
            Some(zeros) => {
                mantissa >>= zeros;
                exponent = exponent.saturating_add_unsigned(zeros);
            }
            None => exponent = 0,
        }
        Float { negative, infinite: false, mantissa, exponent, precision }
    }

    fn is_zero(&self) -> bool {
        !self.infinite && self.mantissa.bits() == 0
    }

    fn magnitude(&self) -> i64 {
        self.exponent.saturating_add_unsigned(self.mantissa.bits())
    }

    fn compare(&self, other: &Float) -> Ordering {
        let sign = |n: &Float| if n.is_zero() { 0 } else { 1 - 2 * i32::from(n.negative) };
        let order = sign(self).cmp(&sign(other));
        if order != Ordering::Equal || sign(self) == 0 {
            return order;
        }
        let order = self.infinite.cmp(&other.infinite).then_with(|| {
            if self.infinite {
                return Ordering::Equal;
            }
            self.magnitude().cmp(&other.magnitude()).then_with(|| {
                let least = self.exponent.min(other.exponent);
                let shifted = |n: &Float| &n.mantissa << n.exponent.abs_diff(least);
                shifted(self).cmp(&shifted(other))
            })
        });
        if self.negative { order.reverse() } else { order }
    }

    /// Towards zero.
    fn truncated(&self) -> BigUint {
        if self.exponent >= 0 {
            &self.mantissa << self.exponent.unsigned_abs()
        } else {
            &self.mantissa >> self.exponent.unsigned_abs()
        }
    }
}

/// The digits of a positive number: `0.digits × 10^point`, without zeros at the end.
pub(crate) struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    fn new(mantissa: &BigUint, exponent: i64) -> Decimal {
        let (whole, scale) = if exponent >= 0 {
            (mantissa << exponent.unsigned_abs(), 0)
        } else {
            let by = u32::try_from(exponent.unsigned_abs()).unwrap_or(u32::MAX);
            (mantissa * BigUint::from(5u32).pow(by), exponent)
        };
        let mut digits = whole.to_string().into_bytes();
        let point = i64::try_from(digits.len()).unwrap_or(i64::MAX).saturating_add(scale);
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        Decimal { point: if digits.is_empty() { 0 } else { point }, digits }
    }

    fn at(&self, at: usize) -> u8 {
        self.digits.get(at).copied().unwrap_or(b'0')
    }

    fn round(&mut self, length: i64) {
        let Ok(length) = usize::try_from(length) else {
            if length < 0 {
                self.digits.clear();
                self.point = 0;
            }
            return;
        };
        if length >= self.digits.len() {
            return;
        }
        let up = if self.digits[length] == b'5' && length + 1 == self.digits.len() {
            length > 0 && (self.digits[length - 1] - b'0') & 1 != 0
        } else {
            self.digits[length] >= b'5'
        };
        if up { self.up(length) } else { self.down(length) }
    }

    fn up(&mut self, mut length: usize) {
        while length > 0 && self.digits[length - 1] >= b'9' {
            length -= 1;
        }
        if length == 0 {
            self.digits = vec![b'1'];
            self.point += 1;
        } else {
            self.digits[length - 1] += 1;
            self.digits.truncate(length);
        }
    }

    fn down(&mut self, length: usize) {
        self.digits.truncate(length);
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.point = 0;
        }
    }

    /// The fewest digits that are read as the same number of the same precision.
    fn shorten(&mut self, number: &Float) {
        if self.digits.is_empty() {
            return;
        }
        let bits = u64::from(number.precision) + 1;
        let shift = bits.saturating_sub(number.mantissa.bits());
        let mantissa = &number.mantissa << shift;
        let exponent = number.exponent.saturating_sub_unsigned(shift);
        let lower = Decimal::new(&(&mantissa - 1u32), exponent);
        let upper = Decimal::new(&(&mantissa + 1u32), exponent);
        let inclusive = !mantissa.bit(1);
        for at in 0..self.digits.len() {
            let (digit, low, high) = (self.digits[at], lower.at(at), upper.at(at));
            let down = low != digit || inclusive && at + 1 == lower.digits.len();
            let up = digit != high && (inclusive || digit + 1 < high || at + 1 < upper.digits.len());
            match (down, up) {
                (true, true) => return self.round(i64::try_from(at + 1).unwrap_or(i64::MAX)),
                (true, false) => return self.down(at + 1),
                (false, true) => return self.up(at + 1),
                (false, false) => {}
            }
        }
    }

    fn plain(&self, precision: usize) -> String {
        let mut out = String::new();
        if self.point > 0 {
            let whole = usize::try_from(self.point).unwrap_or(0);
            out.extend((0..whole).map(|at| char::from(self.at(at))));
        } else {
            out.push('0');
        }
        if precision > 0 {
            out.push('.');
            for place in 0..precision {
                let at = self.point.saturating_add_unsigned(place as u64);
                out.push(usize::try_from(at).map_or('0', |at| char::from(self.at(at))));
            }
        }
        out
    }

    fn scientific(&self, precision: usize, letter: char) -> String {
        let mut out = String::from(char::from(self.at(0)));
        if precision > 0 {
            out.push('.');
            out.extend((1..=precision).map(|at| char::from(self.at(at))));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        out.push(letter);
        out.push(if exponent < 0 { '-' } else { '+' });
        out.push_str(&format!("{:02}", exponent.unsigned_abs()));
        out
    }
}

impl Number {
    /// A double.
    pub(crate) fn double(n: f64) -> Computed {
        if n.is_nan() {
            return Err(Undefined::Invalid);
        }
        if n.is_infinite() {
            return Ok(Number::infinite(n < 0.0, DOUBLE));
        }
        let bits = n.to_bits();
        let (fraction, power) = (bits & ((1 << 52) - 1), (bits >> 52) & 0x7ff);
        let (mantissa, exponent) =
            if power == 0 { (fraction, -1074) } else { (fraction | 1 << 52, power.cast_signed() - 1075) };
        Ok(Number::float(Float::round(n.is_sign_negative(), mantissa.into(), exponent, DOUBLE)))
    }

    fn infinite(negative: bool, precision: u32) -> Number {
        let float = Float { negative, infinite: true, mantissa: BigUint::ZERO, exponent: 0, precision };
        Number(Repr::Float(Arc::new(float)))
    }

    fn float(float: Float) -> Number {
        if float.precision >= COUNTED && !float.infinite && (0..63).contains(&float.exponent) && float.magnitude() <= 62
        {
            let n = i64::try_from(float.truncated()).unwrap_or(0);
            if n != 0 || !float.negative {
                return Number(Repr::Small(if float.negative { -n } else { n }, float.precision));
            }
        }
        Number(Repr::Float(Arc::new(float)))
    }

    fn bounded(float: Float) -> Computed {
        if float.exponent.abs() > MAX_EXPONENT { Err(Undefined::Limit) } else { Ok(Number::float(float)) }
    }

    /// A whole number that a function worked out.
    pub(crate) fn big(n: &BigInt, precision: u32) -> Number {
        Number::float(Float::round(n.sign() == Sign::Minus, n.magnitude().clone(), 0, precision))
    }

    /// A whole number with as many bits as it needs.
    pub(crate) fn whole(n: &BigInt) -> Number {
        let bits = u32::try_from(n.bits()).unwrap_or(u32::MAX);
        Number::big(n, bits.max(COUNTED))
    }

    fn wide(&self) -> Arc<Float> {
        match &self.0 {
            Repr::Small(n, precision) => Arc::new(Float::round(*n < 0, BigUint::from(n.unsigned_abs()), 0, *precision)),
            Repr::Float(float) => float.clone(),
        }
    }

    /// Reads a decimal number as it is written in Terraform: a sign, digits, a fraction, an exponent.
    pub(crate) fn parse(text: &str) -> Option<Number> {
        if text.len() < 19
            && let Ok(n) = text.parse::<i64>()
            && (n != 0 || !text.starts_with('-'))
        {
            return Some(Number(Repr::Small(n, WRITTEN)));
        }
        let negative = text.starts_with('-');
        let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
        if matches!(rest, "Inf" | "inf") {
            return Some(Number::infinite(negative, WRITTEN));
        }
        // `1p3` is 1 · 2³.
        let (mantissa, exponent, binary) = match rest.split_once(['p', 'P']) {
            Some((mantissa, binary)) => (mantissa, "0", binary),
            None => rest.split_once(['e', 'E']).map_or((rest, "0", "0"), |(m, e)| (m, e, "0")),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let plain_exponent = |text: &str| plain(text.strip_prefix(['+', '-']).unwrap_or(text));
        if !plain(&digits) || !plain_exponent(exponent) || !plain_exponent(binary) {
            return None;
        }
        let binary = binary.parse::<i64>().ok().filter(|binary| binary.abs() <= MAX_DECIMAL)?;
        let exponent = exponent.parse::<i64>().ok()? - i64::try_from(fraction.len()).ok()?;
        let length = i64::try_from(digits.len()).ok()?;
        if length > MAX_DECIMAL || exponent.abs() > MAX_DECIMAL {
            return None;
        }
        let digits = BigUint::parse_bytes(digits.as_bytes(), 10)?;
        let scale = BigUint::from(5u32).pow(u32::try_from(exponent.unsigned_abs()).ok()?);
        let float = if exponent >= 0 {
            Float::round(negative, digits * scale, exponent + binary, WRITTEN)
        } else {
            quotient(negative, &digits, exponent + binary, &scale, 0, WRITTEN)
        };
        Some(Number::float(float))
    }

    /// The number where it is a whole one that fits 64 bits.
    pub(crate) fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(n, _) => Some(*n),
            Repr::Float(float) if float.infinite || float.exponent < 0 || float.magnitude() > 63 => None,
            Repr::Float(float) => {
                let n = i64::try_from(float.truncated()).ok()?;
                Some(if float.negative { -n } else { n })
            }
        }
    }

    /// The nearest double.
    pub(crate) fn as_f64(&self) -> f64 {
        let float = self.wide();
        if float.infinite {
            return if float.negative { f64::NEG_INFINITY } else { f64::INFINITY };
        }
        self.text_scientific().parse().unwrap_or(0.0)
    }

    fn text_scientific(&self) -> String {
        let float = self.wide();
        let decimal = Decimal::new(&float.mantissa, float.exponent);
        let sign = if float.negative { "-" } else { "" };
        format!("{sign}{}", decimal.scientific(decimal.digits.len().saturating_sub(1), 'e'))
    }

    /// As the model has it.
    pub(crate) fn outside(&self) -> stockade_model::Number {
        self.as_i64().map_or_else(|| self.as_f64().into(), Into::into)
    }

    pub(crate) fn is_infinite(&self) -> bool {
        matches!(&self.0, Repr::Float(float) if float.infinite)
    }

    pub(crate) fn is_zero(&self) -> bool {
        match &self.0 {
            Repr::Small(n, _) => *n == 0,
            Repr::Float(float) => float.is_zero(),
        }
    }

    pub(crate) fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(n, _) => *n < 0,
            Repr::Float(float) => float.negative,
        }
    }

    pub(crate) fn precision(&self) -> u32 {
        match &self.0 {
            Repr::Small(_, precision) => *precision,
            Repr::Float(float) => float.precision,
        }
    }

    /// Whether it has no fraction.
    pub(crate) fn is_whole(&self) -> bool {
        match &self.0 {
            Repr::Small(..) => true,
            Repr::Float(float) => !float.infinite && float.exponent >= 0,
        }
    }

    /// Without its fraction; nothing of what is infinite.
    pub(crate) fn truncated(&self) -> Option<BigInt> {
        let float = self.wide();
        let sign = if float.negative { Sign::Minus } else { Sign::Plus };
        (!float.infinite).then(|| BigInt::from_biguint(sign, float.truncated()))
    }

    pub(crate) fn floor(&self) -> Number {
        self.stepped(true)
    }

    pub(crate) fn ceil(&self) -> Number {
        self.stepped(false)
    }

    fn stepped(&self, down: bool) -> Number {
        match self.truncated() {
            Some(_) if self.is_zero() => Number(Repr::Small(0, self.precision().max(COUNTED))),
            Some(n) if !self.is_whole() => {
                let n = match (self.is_negative(), down) {
                    (true, true) => n - 1,
                    (false, false) => n + 1,
                    _ => n,
                };
                Number::big(&n, self.precision())
            }
            _ => self.clone(),
        }
    }

    pub(crate) fn abs(&self) -> Number {
        if self.is_negative() { self.negated() } else { self.clone() }
    }

    pub(crate) fn negated(&self) -> Number {
        match &self.0 {
            Repr::Small(n, precision) if *n != 0 && *n != i64::MIN => Number(Repr::Small(-n, *precision)),
            _ => {
                let float = (*self.wide()).clone();
                Number::float(Float { negative: !float.negative, ..float })
            }
        }
    }

    pub(crate) fn add(&self, other: &Number) -> Computed {
        let precision = self.precision().max(other.precision());
        if let (Repr::Small(a, _), Repr::Small(b, _)) = (&self.0, &other.0)
            && let Some(n) = a.checked_add(*b)
        {
            return Ok(Number(Repr::Small(n, precision)));
        }
        let (a, b) = (self.wide(), other.wide());
        match (a.infinite, b.infinite) {
            (true, true) if a.negative != b.negative => return Err(Undefined::Invalid),
            (true, _) => return Ok(self.clone()),
            (_, true) => return Ok(other.clone()),
            _ => {}
        }
        if a.is_zero() && b.is_zero() {
            return Ok(Number::float(Float { negative: a.negative && b.negative, precision, ..(*a).clone() }));
        }
        let least = a.exponent.min(b.exponent);
        let signed = |n: &Float| {
            let sign = if n.negative { Sign::Minus } else { Sign::Plus };
            BigInt::from_biguint(sign, &n.mantissa << n.exponent.abs_diff(least))
        };
        // Zero has no exponent of its own.
        let sum = match (a.is_zero(), b.is_zero()) {
            (true, _) => return Number::bounded(Float::round(b.negative, b.mantissa.clone(), b.exponent, precision)),
            (_, true) => return Number::bounded(Float::round(a.negative, a.mantissa.clone(), a.exponent, precision)),
            _ => signed(&a) + signed(&b),
        };
        Number::bounded(Float::round(sum.sign() == Sign::Minus, sum.magnitude().clone(), least, precision))
    }

    pub(crate) fn subtract(&self, other: &Number) -> Computed {
        if let (Repr::Small(a, p), Repr::Small(b, q)) = (&self.0, &other.0)
            && let Some(n) = a.checked_sub(*b)
        {
            return Ok(Number(Repr::Small(n, *p.max(q))));
        }
        if self.is_zero() && other.is_zero() {
            let float = (*self.wide()).clone();
            let negative = float.negative && !other.is_negative();
            return Ok(Number::float(Float { negative, ..float }));
        }
        self.add(&other.negated())
    }

    /// With the precision of the operands, or what the product needs.
    pub(crate) fn multiply(&self, other: &Number) -> Computed {
        self.product(other, |exact| exact.max(self.precision()).max(other.precision()).min(WRITTEN))
    }

    fn product(&self, other: &Number, precision: impl Fn(u32) -> u32) -> Computed {
        let (a, b) = (self.wide(), other.wide());
        let negative = a.negative != b.negative;
        if a.infinite || b.infinite {
            let zero = a.is_zero() || b.is_zero();
            return if zero { Err(Undefined::Invalid) } else { Ok(Number::infinite(negative, WRITTEN)) };
        }
        let mantissa = &a.mantissa * &b.mantissa;
        let bits = u32::try_from(mantissa.bits()).unwrap_or(u32::MAX);
        Number::bounded(Float::round(negative, mantissa, a.exponent.saturating_add(b.exponent), precision(bits)))
    }

    pub(crate) fn divide(&self, other: &Number) -> Computed {
        let (a, b) = (self.wide(), other.wide());
        let negative = a.negative != b.negative;
        let precision = a.precision.max(b.precision);
        match (a.infinite, b.infinite) {
            (true, true) => return Err(Undefined::Invalid),
            (true, false) => return Ok(Number::infinite(negative, precision)),
            (false, true) => return Ok(Number::float(Float::round(negative, BigUint::ZERO, 0, precision))),
            _ => {}
        }
        match (a.is_zero(), b.is_zero()) {
            (true, true) => return Err(Undefined::Invalid),
            (false, true) => return Ok(Number::infinite(negative, precision)),
            _ => {}
        }
        Number::bounded(quotient(negative, &a.mantissa, a.exponent, &b.mantissa, b.exponent, precision))
    }

    /// What is left of a division towards zero; of a division by zero, the number itself.
    pub(crate) fn remainder(&self, other: &Number) -> Computed {
        if other.is_zero() {
            return Ok(self.clone());
        }
        if self.is_infinite() || other.is_infinite() {
            return Err(Undefined::Invalid);
        }
        let times = self.divide(other)?.truncated().ok_or(Undefined::Limit)?;
        let precision = self.precision();
        let away = other.product(&Number::big(&times, precision), |_| precision)?;
        let (a, b) = (self.wide(), away.wide());
        let exact = Number(Repr::Float(a)).subtract(&Number(Repr::Float(b)))?;
        let rest = exact.wide();
        Number::bounded(Float::round(rest.negative, rest.mantissa.clone(), rest.exponent, precision))
    }

    fn parts(&self) -> Result<(bool, Decimal, Arc<Float>), String> {
        let float = self.wide();
        if float.infinite {
            return Err(if float.negative { "-Inf" } else { "+Inf" }.into());
        }
        Ok((float.negative, Decimal::new(&float.mantissa, float.exponent), float))
    }

    /// Without an exponent, with so many digits after the point or as few as tell it apart.
    pub(crate) fn plain(&self, precision: Option<usize>) -> String {
        let (negative, mut decimal, float) = match self.parts() {
            Ok(parts) => parts,
            Err(text) => return text,
        };
        let precision = match precision {
            Some(precision) => {
                decimal.round(decimal.point.saturating_add_unsigned(precision as u64));
                precision
            }
            None => {
                decimal.shorten(&float);
                let length = i64::try_from(decimal.digits.len()).unwrap_or(i64::MAX);
                usize::try_from(length.saturating_sub(decimal.point)).unwrap_or(0)
            }
        };
        format!("{}{}", if negative { "-" } else { "" }, decimal.plain(precision))
    }

    /// With an exponent.
    pub(crate) fn scientific(&self, precision: usize, letter: char) -> String {
        let (negative, mut decimal, _) = match self.parts() {
            Ok(parts) => parts,
            Err(text) => return text,
        };
        decimal.round(i64::try_from(precision).unwrap_or(i64::MAX).saturating_add(1));
        format!("{}{}", if negative { "-" } else { "" }, decimal.scientific(precision, letter))
    }

    /// With an exponent where that is large.
    pub(crate) fn general(&self, precision: Option<usize>, letter: char) -> String {
        let (negative, mut decimal, float) = match self.parts() {
            Ok(parts) => parts,
            Err(text) => return text,
        };
        let sign = if negative { "-" } else { "" };
        let wanted = match precision {
            Some(precision) => {
                decimal.round(i64::try_from(precision.max(1)).unwrap_or(i64::MAX));
                precision.max(1)
            }
            None => {
                decimal.shorten(&float);
                decimal.digits.len()
            }
        };
        let digits = decimal.digits.len();
        let length = i64::try_from(digits).unwrap_or(i64::MAX);
        let mut least = i64::try_from(wanted).unwrap_or(i64::MAX);
        if least > length && length >= decimal.point {
            least = length;
        }
        if precision.is_none() {
            least = 6;
        }
        let exponent = decimal.point - 1;
        if exponent < -4 || exponent >= least {
            let precision = wanted.min(digits).saturating_sub(1);
            return format!("{sign}{}", decimal.scientific(precision, letter));
        }
        let precision = usize::try_from(length.saturating_sub(decimal.point)).unwrap_or(0);
        format!("{sign}{}", decimal.plain(precision))
    }
}

/// A quotient, rounded.
fn quotient(negative: bool, a: &BigUint, x: i64, b: &BigUint, y: i64, precision: u32) -> Float {
    let shift = (u64::from(precision) + 2 + b.bits()).saturating_sub(a.bits());
    let shifted = a << shift;
    let whole = &shifted / b;
    let exact = &whole * b == shifted;
    // A last bit stands for whatever is left.
    let mantissa = (whole << 1u32) + u32::from(!exact);
    Float::round(negative, mantissa, x.saturating_sub(y).saturating_sub_unsigned(shift).saturating_sub(1), precision)
}

impl From<i64> for Number {
    fn from(n: i64) -> Self {
        Number(Repr::Small(n, COUNTED))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small(a, _), Repr::Small(b, _)) => a.cmp(b),
            _ => self.wide().compare(&other.wide()),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(n, _) => n.fmt(f),
            Repr::Float(_) => f.write_str(&self.plain(None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn decimals_add_up() {
        assert_eq!(n("0.1").add(&n("0.2")).unwrap(), n("0.3"));
        assert_eq!(n("0.1").add(&n("0.2")).unwrap().to_string(), "0.3");
        assert_eq!(n("1e20").multiply(&n("1e20")).unwrap().to_string(), format!("1{}", "0".repeat(40)));
        let third = n("1").divide(&n("3")).unwrap().to_string();
        assert!(third.len() > 150 && third[2..150].bytes().all(|b| b == b'3'), "{third}");
        assert_eq!(Number::from(1).divide(&Number::from(3)).unwrap().to_string(), "0.33333333333333333334");
    }

    #[test]
    fn the_edges_are_those_of_floats() {
        assert!(n("1").divide(&n("0")).unwrap().is_infinite());
        assert_eq!(n("0").divide(&n("0")), Err(Undefined::Invalid));
        assert_eq!(n("5").remainder(&n("0")).unwrap(), n("5"));
        assert_eq!(n("-7").remainder(&n("3")).unwrap(), n("-1"));
        assert_eq!(n("0").multiply(&n("-1")).unwrap().to_string(), "-0");
        assert_eq!(n("9223372036854775807").add(&n("1")).unwrap().to_string(), "9223372036854775808");
        assert_eq!(n("2.5").floor(), n("2"));
        assert_eq!(n("-2.5").floor(), n("-3"));
    }

    #[test]
    fn doubles_are_what_they_are() {
        assert_eq!(Number::double(0.1).unwrap().to_string(), "0.1");
        assert_ne!(Number::double(0.1).unwrap(), n("0.1"));
        assert_eq!(n("0.1").as_f64(), 0.1);
        assert_eq!(n("99.95").plain(Some(1)), "99.9");
        assert_eq!(n("123456789012345678901234567890").general(None, 'e'), "1.2345678901234567890123456789e+29");
    }
}
