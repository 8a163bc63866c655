//! Arithmetic.

use super::arguments::{Arguments, number, plain};
use super::decimal::Decimal;
use crate::call::Call;
use crate::text::Text;
use crate::value::{Kind, Value};

type Result = std::result::Result<Value, String>;

/// `cast.ToInt64`: zero for what is no number.
pub(super) fn to_int(value: &Value) -> i64 {
    match &plain(value).kind {
        Kind::Int(value) => *value,
        Kind::Float(value) => truncated(*value),
        Kind::Bool(value) => i64::from(*value),
        Kind::Text(text) => go_integer(without_zero_fraction(text.as_str())).unwrap_or(0),
        Kind::Nil | Kind::List(_) | Kind::Map(_) | Kind::Object(_) => 0,
    }
}

/// A float as an integer; what does not fit is the smallest one, as the processor has it.
pub(super) fn truncated(value: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value) { value as i64 } else { i64::MIN }
}

#[expect(clippy::cast_precision_loss, reason = "as Go converts")]
fn as_float(value: i64) -> f64 {
    value as f64
}

/// `cast.ToFloat64`: zero for what is no number.
pub(super) fn to_float(value: &Value) -> f64 {
    match &plain(value).kind {
        Kind::Int(value) => as_float(*value),
        Kind::Float(value) => *value,
        Kind::Bool(value) => f64::from(u8::from(*value)),
        Kind::Text(text) => go_float(text.as_str()).unwrap_or(0.0),
        Kind::Nil | Kind::List(_) | Kind::Map(_) | Kind::Object(_) => 0.0,
    }
}

/// `12.00` as `12`.
fn without_zero_fraction(text: &str) -> &str {
    match text.rfind('.') {
        Some(point) if text.len() > point + 1 && text[point + 1..].bytes().all(|byte| byte == b'0') => &text[..point],
        _ => text,
    }
}

/// `strconv.ParseInt(text, 0, 64)`.
pub(super) fn go_integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let (radix, digits, prefixed) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..], true),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..], true),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..], true),
        [b'0', _, ..] => (8, &digits[1..], true),
        _ => (10, digits, false),
    };
    let digits = without_underscores(digits, prefixed)?;
    if digits.is_empty() || digits.starts_with(['-', '+']) {
        return None;
    }
    let magnitude = i128::from_str_radix(&digits, radix).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// Digits without the `_` that may stand between two of them.
fn without_underscores(digits: &str, prefixed: bool) -> Option<String> {
    if !digits.contains('_') {
        return Some(digits.to_owned());
    }
    let misplaced = digits.ends_with('_') || digits.contains("__") || digits.starts_with('_') && !prefixed;
    (!misplaced).then(|| digits.replace('_', ""))
}

/// `strconv.ParseFloat`; `None` where it gives an error, as for what no double can hold.
pub(super) fn go_float(text: &str) -> Option<f64> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let sign = if negative { -1.0 } else { 1.0 };
    let lower = digits.to_ascii_lowercase();
    match lower.as_str() {
        "inf" | "infinity" => return Some(sign * f64::INFINITY),
        "nan" if digits.len() == text.len() => return Some(f64::NAN),
        _ => {}
    }
    if let Some(hex) = lower.strip_prefix("0x") {
        return hex_float(&without_underscores(hex, true)?).map(|value| sign * value);
    }
    let digits = without_underscores(digits, false)?;
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    digits.parse::<f64>().ok().filter(|value| value.is_finite()).map(|value| sign * value)
}

/// `1.8p3`, the exponent needed.
fn hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "rounds as a float does")]
    let value = u128::from_str_radix(&digits, 16).ok()? as f64;
    let shift = exponent.checked_sub(4 * i32::try_from(fraction.len()).ok()?)?;
    Some(value * 2f64.powi(shift)).filter(|value| value.is_finite())
}

pub(super) fn int(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    number(args, to_int(Arguments(args).value(0)))
}

pub(super) fn float64(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    number(args, to_float(Arguments(args).value(0)))
}

pub(super) fn atoi(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let text = Arguments(args).str(0)?;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let limit = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    number(args, if valid { text.parse().unwrap_or(limit) } else { 0 })
}

pub(super) fn to_decimal(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let text = Arguments(args).value(0).printed()?;
    let digits = text.as_str().strip_prefix(['-', '+']).unwrap_or(text.as_str());
    let valid = digits.bytes().all(|byte| byte.is_ascii_digit());
    number(args, if valid { i64::from_str_radix(text.as_str(), 8).unwrap_or(0) } else { 0 })
}

/// All the arguments as integers.
fn folded(args: &[Value], first: i64, mut step: impl FnMut(i64, i64) -> i64) -> Result {
    number(args, args.iter().map(to_int).fold(first, &mut step))
}

/// The arguments after the first as integers, starting with the first.
fn folded_from_first(args: &[Value], mut step: impl FnMut(i64, i64) -> i64) -> Result {
    let rest = Arguments(args);
    number(args, rest.rest(1).iter().map(to_int).fold(to_int(rest.value(0)), &mut step))
}

pub(super) fn add(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    folded(args, 0, i64::wrapping_add)
}

pub(super) fn add1(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    folded(args, 1, i64::wrapping_add)
}

pub(super) fn sub(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    folded_from_first(args, i64::wrapping_sub)
}

pub(super) fn mul(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    folded_from_first(args, i64::wrapping_mul)
}

pub(super) fn max(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    folded_from_first(args, i64::max)
}

pub(super) fn min(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    folded_from_first(args, i64::min)
}

fn divided(args: &[Value], divide: impl Fn(i64, i64) -> i64) -> Result {
    let divisor = to_int(Arguments(args).value(1));
    if divisor == 0 {
        return Err("runtime error: integer divide by zero".to_owned());
    }
    number(args, divide(to_int(Arguments(args).value(0)), divisor))
}

pub(super) fn div(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    divided(args, i64::wrapping_div)
}

pub(super) fn modulo(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    divided(args, i64::wrapping_rem)
}

/// `math.Max` and `math.Min`, which give NaN for NaN.
fn extreme(args: &[Value], choose: impl Fn(f64, f64) -> f64) -> Result {
    let rest = Arguments(args);
    let choose = |a: f64, b: f64| if a.is_nan() || b.is_nan() { f64::NAN } else { choose(a, b) };
    number(args, rest.rest(1).iter().map(to_float).fold(to_float(rest.value(0)), choose))
}

pub(super) fn maxf(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    extreme(args, f64::max)
}

pub(super) fn minf(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    extreme(args, f64::min)
}

pub(super) fn floor(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    number(args, to_float(Arguments(args).value(0)).floor())
}

pub(super) fn ceil(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    number(args, to_float(Arguments(args).value(0)).ceil())
}

pub(super) fn round(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let given = Arguments(args);
    let places = given.int(1)?;
    let round_on = if args.len() > 2 { given.float(2)? } else { 0.5 };
    let power = 10f64.powf(as_float(places));
    let digits = power * to_float(given.value(0));
    let rounded = if digits.fract() >= round_on { digits.ceil() } else { digits.floor() };
    number(args, rounded / power)
}

/// The arguments as decimals, one after the other.
fn decimals(
    args: &[Value],
    first: f64,
    rest: &[Value],
    step: impl Fn(Decimal, Decimal) -> std::result::Result<Decimal, String>,
) -> Result {
    let mut sum = Decimal::new(first)?;
    for value in rest {
        sum = step(sum, Decimal::new(to_float(value))?)?;
    }
    number(args, sum.to_float())
}

pub(super) fn add1f(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let one = [Value::from(1)];
    decimals(args, to_float(Arguments(args).value(0)), &one, Decimal::add)
}

pub(super) fn addf(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    decimals(args, 0.0, args, Decimal::add)
}

pub(super) fn subf(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let given = Arguments(args);
    decimals(args, to_float(given.value(0)), given.rest(1), Decimal::sub)
}

pub(super) fn mulf(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let given = Arguments(args);
    decimals(args, to_float(given.value(0)), given.rest(1), Decimal::mul)
}

pub(super) fn divf(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let given = Arguments(args);
    decimals(args, to_float(given.value(0)), given.rest(1), Decimal::div)
}

/// `start`, `start + step` and so on, up to but without `stop`.
fn counted(call: &mut Call<'_, '_>, start: i64, stop: i64, step: i64) -> std::result::Result<Vec<i64>, String> {
    let distance = i128::from(stop) - i128::from(start);
    let step = i128::from(step);
    if step == 0 || (distance < 0) != (step < 0) {
        return Ok(Vec::new());
    }
    let count = (distance.abs() + step.abs() - 1) / step.abs();
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    call.list_fits(count)?;
    call.charge(count)?;
    let count = i128::try_from(count).unwrap_or(0);
    Ok((0..count).filter_map(|index| i64::try_from(i128::from(start) + index * step).ok()).collect())
}

fn integers(values: Vec<i64>) -> Value {
    Value::list(values.into_iter().map(Value::from).collect())
}

pub(super) fn until(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let count = Arguments(args).int(0)?;
    Ok(integers(counted(call, 0, count, if count < 0 { -1 } else { 1 })?))
}

pub(super) fn until_step(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(integers(counted(call, args.int(0)?, args.int(1)?, args.int(2)?)?))
}

pub(super) fn seq(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let given = Arguments(args);
    let (start, step, end) = match args.len() {
        1 => (1, if given.int(0)? < 1 { -1 } else { 1 }, given.int(0)?),
        2 => (given.int(0)?, if given.int(1)? < given.int(0)? { -1 } else { 1 }, given.int(1)?),
        3 => (given.int(0)?, given.int(1)?, given.int(2)?),
        _ => return Ok("".into()),
    };
    let down = end < start;
    if args.len() == 3 && down && step > 0 {
        return Ok("".into());
    }
    let values = counted(call, start, end.saturating_add(if down { -1 } else { 1 }), step)?;
    let texts: Vec<String> = values.iter().map(i64::to_string).collect();
    let joined = texts.join(" ");
    Ok(match given.unknown() {
        Some(function) => Text::unknown(joined, function).into(),
        None => joined.into(),
    })
}
