//! Numbers.

use std::cmp::Ordering;

use num_bigint::BigInt;
use stockade_source::Span;

use super::{Fault, Outcome, int_arg, number_arg, seq_arg, text_arg};
use crate::number::{Number, Undefined};
use crate::value::{K, Val};

/// How many digits `parseint` reads.
const MAX_DIGITS: usize = 10_000;

impl From<Undefined> for Fault {
    fn from(undefined: Undefined) -> Fault {
        match undefined {
            Undefined::Invalid => Fault::Invalid,
            Undefined::Limit => Fault::Limit,
        }
    }
}

pub(super) fn abs(args: &[Val], span: Span) -> Outcome {
    Ok(K::Number(number_arg(args, 0)?.abs()).at(span))
}

pub(super) fn ceil(args: &[Val], span: Span) -> Outcome {
    Ok(K::Number(number_arg(args, 0)?.ceil()).at(span))
}

pub(super) fn floor(args: &[Val], span: Span) -> Outcome {
    Ok(K::Number(number_arg(args, 0)?.floor()).at(span))
}

/// A quotient of two logarithms, with the error that has: `log(1000, 10)` is below 3.
pub(super) fn log(args: &[Val], span: Span) -> Outcome {
    let (n, base) = (double(args, 0)?, double(args, 1)?);
    Ok(K::Number(Number::double(ln(n) / ln(base))?).at(span))
}

/// A double that is finite or as infinite as the number.
fn double(args: &[Val], at: usize) -> Result<f64, Fault> {
    let number = number_arg(args, at)?;
    let n = number.as_f64();
    if n.is_infinite() && !number.is_infinite() { Err(Fault::Invalid) } else { Ok(n) }
}

/// A number as fraction, of a half or more, and exponent.
fn split(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (x, below) = if x.abs() < f64::MIN_POSITIVE { (x * 4_503_599_627_370_496.0, -52) } else { (x, 0) };
    let bits = x.to_bits();
    let power = i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0) - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), power + below)
}

/// The natural logarithm, by the method of FreeBSD that Go has, whose last digit differs from other libraries'.
#[expect(clippy::excessive_precision, reason = "as they are published")]
fn ln(x: f64) -> f64 {
    const HIGH: f64 = 6.931_471_803_691_238_164_90e-01;
    const LOW: f64 = 1.908_214_929_270_587_700_02e-10;
    const L: [f64; 7] = [
        6.666_666_666_666_735_13e-01,
        3.999_999_999_940_941_908e-01,
        2.857_142_874_366_239_149e-01,
        2.222_219_843_214_978_396e-01,
        1.818_357_216_161_805_012e-01,
        1.531_383_769_920_937_332e-01,
        1.479_819_860_511_658_591e-01,
    ];
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    let (mut fraction, mut power) = split(x);
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        fraction *= 2.0;
        power -= 1;
    }
    let f = fraction - 1.0;
    let k = f64::from(power);
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2 * (L[0] + s4 * (L[2] + s4 * (L[4] + s4 * L[6])));
    let even = s4 * (L[1] + s4 * (L[3] + s4 * L[5]));
    let half = 0.5 * f * f;
    k * HIGH - ((half - (s * (half + (odd + even)) + k * LOW)) - f)
}

pub(super) fn max(args: &[Val], span: Span) -> Outcome {
    extreme(args, span, Ordering::Greater)
}

pub(super) fn min(args: &[Val], span: Span) -> Outcome {
    extreme(args, span, Ordering::Less)
}

fn extreme(args: &[Val], span: Span, wanted: Ordering) -> Outcome {
    let mut best = number_arg(args, 0)?;
    for at in 1..args.len() {
        let n = number_arg(args, at)?;
        if n.cmp(&best) == wanted {
            best = n;
        }
    }
    Ok(K::Number(best).at(span))
}

pub(super) fn parseint(args: &[Val], span: Span) -> Outcome {
    let text = match &args[0].kind {
        K::Text(_) => text_arg(args, 0)?,
        _ => return Err(Fault::Invalid),
    };
    let base = int_arg(args, 1)?;
    let radix = u32::try_from(base).ok().filter(|base| (2..=62).contains(base)).ok_or(Fault::Invalid)?;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
    if digits.is_empty() {
        return Err(Fault::Invalid);
    }
    if digits.len() > MAX_DIGITS {
        return Err(Fault::Limit);
    }
    let mut n = BigInt::ZERO;
    for c in digits.chars() {
        let digit = match c {
            '0'..='9' => u32::from(c) - u32::from('0'),
            'a'..='z' => u32::from(c) - u32::from('a') + 10,
            'A'..='Z' if base <= 36 => u32::from(c) - u32::from('A') + 10,
            'A'..='Z' => u32::from(c) - u32::from('A') + 36,
            _ => return Err(Fault::Invalid),
        };
        if digit >= radix {
            return Err(Fault::Invalid);
        }
        n = n * radix + digit;
    }
    Ok(K::Number(Number::whole(&if text.starts_with('-') { -n } else { n })).at(span))
}

pub(super) fn pow(args: &[Val], span: Span) -> Outcome {
    let n = power(double(args, 0)?, double(args, 1)?);
    Ok(K::Number(Number::double(n)?).at(span))
}

/// The exponential of a number near zero, as Go has it on x86: its last digit differs from other libraries', and from
/// Go's own on other processors. A series for a sixteenth of the number, squared four times.
fn exp(x: f64) -> f64 {
    const HIGH: f64 = 0.693_147_180_559_662_956_511_601_805_686_950_683_593_75;
    const LOW: f64 = 0.282_352_905_630_315_771_225_884_481_750_134_360_255_254_120_68e-12;
    let whole = (x * std::f64::consts::LOG2_E).round_ties_even();
    let rest = (-whole).mul_add(LOW, (-whole).mul_add(HIGH, x)) * 0.0625;
    let series = [5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0];
    let series = series.iter().fold(1.0 / 40320.0, |sum: f64, factorial| sum.mul_add(rest, 1.0 / factorial));
    let mut minus_one = series * rest;
    for _ in 0..3 {
        minus_one *= minus_one + 2.0;
    }
    minus_one.mul_add(minus_one + 2.0, 1.0) * whole.exp2()
}

/// A power, by repeated squares as Go has it.
fn power(x: f64, y: f64) -> f64 {
    if y == 0.0 || x == 1.0 {
        return 1.0;
    }
    if x == 0.0 || !x.is_finite() || !y.is_finite() || y.abs() >= 9.2e18 {
        return x.powf(y);
    }
    if y == 1.0 {
        return x;
    }
    if y == 0.5 {
        return x.sqrt();
    }
    if y == -0.5 {
        return 1.0 / x.sqrt();
    }
    let (mut whole, mut fraction) = (y.abs().trunc(), y.abs().fract());
    if fraction != 0.0 && x < 0.0 {
        return f64::NAN;
    }
    let (mut result, mut exponent) = (1.0, 0i64);
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        result = exp(fraction * ln(x));
    }
    let (mut square, mut square_exponent) = split(x);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 9.2e18 and whole")]
    let mut times = whole as u64;
    while times != 0 {
        if !(-4096..=4096).contains(&square_exponent) {
            exponent += i64::from(square_exponent);
            break;
        }
        if times & 1 == 1 {
            result *= square;
            exponent += i64::from(square_exponent);
        }
        square *= square;
        square_exponent *= 2;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        times >>= 1;
    }
    if y < 0.0 {
        result = 1.0 / result;
        exponent = -exponent;
    }
    // In two steps, so that what is below the smallest normal number is rounded once.
    let clamped = i32::try_from(exponent.clamp(-2200, 2200)).unwrap_or(0);
    let half = clamped / 2;
    result * 2f64.powi(half) * 2f64.powi(clamped - half)
}

pub(super) fn signum(args: &[Val], span: Span) -> Outcome {
    Ok(K::int(int_arg(args, 0)?.signum()).at(span))
}

pub(super) fn sum(args: &[Val], span: Span) -> Outcome {
    let items = &seq_arg(args, 0)?.items;
    if items.is_empty() {
        return Err(Fault::Invalid);
    }
    let mut total = number_arg(items, 0)?;
    for at in 1..items.len() {
        total = total.add(&number_arg(items, at)?)?;
    }
    Ok(K::Number(total).at(span).through_all(args))
}
