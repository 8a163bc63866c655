//! Numbers.

use std::cmp::Ordering;

use stockade_model::Number;
use stockade_source::Span;

use super::{Fault, Outcome, int_arg, number_arg, seq_arg, text_arg};
use crate::operators::float;
use crate::value::{K, Val};

pub(super) fn abs(args: &[Val], span: Span) -> Outcome {
    let n = number_arg(args, 0)?;
    Ok(match n.as_i64().and_then(i64::checked_abs) {
        Some(n) => K::Number(n.into()),
        None => float(n.as_f64().abs(), span),
    }
    .at(span))
}

pub(super) fn ceil(args: &[Val], span: Span) -> Outcome {
    let n = number_arg(args, 0)?;
    Ok(if n.as_i64().is_some() { K::Number(n) } else { float(n.as_f64().ceil(), span) }.at(span))
}

pub(super) fn floor(args: &[Val], span: Span) -> Outcome {
    let n = number_arg(args, 0)?;
    Ok(if n.as_i64().is_some() { K::Number(n) } else { float(n.as_f64().floor(), span) }.at(span))
}

/// A quotient of two logarithms, with the error that has: `log(1000, 10)` is below 3.
pub(super) fn log(args: &[Val], span: Span) -> Outcome {
    let n = number_arg(args, 0)?.as_f64().ln() / number_arg(args, 1)?.as_f64().ln();
    if n.is_finite() { Ok(K::Number(n.into()).at(span)) } else { Err(Fault::Unsupported) }
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
        if n.partial_cmp(&best) == Some(wanted) {
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
    if !(2..=62).contains(&base) {
        return Err(Fault::Invalid);
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
    if digits.is_empty() {
        return Err(Fault::Invalid);
    }
    let mut n: i64 = 0;
    for c in digits.chars() {
        let digit = match c {
            '0'..='9' => i64::from(u32::from(c) - u32::from('0')),
            'a'..='z' => i64::from(u32::from(c) - u32::from('a')) + 10,
            'A'..='Z' if base <= 36 => i64::from(u32::from(c) - u32::from('A')) + 10,
            'A'..='Z' => i64::from(u32::from(c) - u32::from('A')) + 36,
            _ => return Err(Fault::Invalid),
        };
        if digit >= base {
            return Err(Fault::Invalid);
        }
        n = n.checked_mul(base).and_then(|n| n.checked_add(digit)).ok_or(Fault::Unsupported)?;
    }
    Ok(K::Number(Number::from(if text.starts_with('-') { -n } else { n })).at(span))
}

pub(super) fn pow(args: &[Val], span: Span) -> Outcome {
    let (base, exponent) = (number_arg(args, 0)?, number_arg(args, 1)?);
    if let (Some(base), Some(exponent)) = (base.as_i64(), exponent.as_i64().and_then(|n| u32::try_from(n).ok()))
        && let Some(n) = base.checked_pow(exponent)
    {
        return Ok(K::Number(n.into()).at(span));
    }
    Ok(float(base.as_f64().powf(exponent.as_f64()), span).at(span))
}

pub(super) fn signum(args: &[Val], span: Span) -> Outcome {
    let order = number_arg(args, 0)?.partial_cmp(&Number::from(0)).ok_or(Fault::Invalid)?;
    Ok(K::int(order as i64).at(span))
}

pub(super) fn sum(args: &[Val], span: Span) -> Outcome {
    let items = &seq_arg(args, 0)?.items;
    if items.is_empty() {
        return Err(Fault::Invalid);
    }
    let mut whole = Some(0i64);
    let mut total = 0.0;
    for at in 0..items.len() {
        let n = number_arg(items, at)?;
        whole = whole.zip(n.as_i64()).and_then(|(a, b)| a.checked_add(b));
        total += n.as_f64();
    }
    Ok(match whole {
        Some(n) => K::Number(n.into()),
        None => float(total, span),
    }
    .at(span))
}
