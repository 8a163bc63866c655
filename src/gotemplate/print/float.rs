//! `strconv.FormatFloat`.

/// A double has no digit beyond this place that is not zero.
const MAX_PLACES: usize = 1100;

/// `value` in the form `e`, `f` or `g`, with a number of digits, or as few as tell it from every other.
pub(crate) fn float(value: f64, form: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() };
    }
    match form {
        'f' => fixed(value, precision),
        'e' => {
            let (digits, exponent) = scientific(value, precision);
            exponential(value, &padded(digits, precision.map_or(0, |places| places + 1)), exponent)
        }
        _ => general(value, precision),
    }
}

fn fixed(value: f64, precision: Option<usize>) -> String {
    let Some(places) = precision else { return format!("{value}") };
    let mut text = format!("{value:.*}", places.min(MAX_PLACES));
    text.extend(std::iter::repeat_n('0', places.saturating_sub(MAX_PLACES)));
    text
}

fn general(value: f64, precision: Option<usize>) -> String {
    let (digits, exponent) = scientific(value, precision.map(|count| count.max(1) - 1));
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    // Where the precision is open, Go decides between the forms as if it were 6.
    let mut largest = precision.map_or(6, |count| i32::try_from(count.max(1)).unwrap_or(i32::MAX));
    if precision.is_some() && largest > count && count > exponent {
        largest = count;
    }
    if exponent < -4 || exponent >= largest {
        return exponential(value, digits, exponent);
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let Ok(whole) = usize::try_from(exponent + 1) else {
        let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or(0));
        return format!("{sign}0.{zeros}{digits}");
    };
    if whole == 0 {
        return format!("{sign}0.{digits}");
    }
    let all = padded(digits.to_owned(), whole);
    let (before, after) = all.split_at(whole);
    if after.is_empty() { format!("{sign}{before}") } else { format!("{sign}{before}.{after}") }
}

/// The digits of the number, of which one stands before the point, and its exponent.
fn scientific(value: f64, places: Option<usize>) -> (String, i32) {
    let text = match places {
        Some(places) => format!("{:.*e}", places.min(MAX_PLACES), value.abs()),
        None => format!("{:e}", value.abs()),
    };
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (digits.replace('.', ""), exponent.parse().unwrap_or(0))
}

fn exponential(value: f64, digits: &str, exponent: i32) -> String {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let (first, rest) = digits.split_at(1.min(digits.len()));
    let point = if rest.is_empty() { "" } else { "." };
    let direction = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{point}{rest}e{direction}{:02}", exponent.unsigned_abs())
}

fn padded(mut digits: String, count: usize) -> String {
    digits.extend(std::iter::repeat_n('0', count.saturating_sub(digits.len())));
    digits
}
