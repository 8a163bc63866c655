//! Functions of times.

use super::arguments::{Arguments, unknown_function};
use super::time::{Time, as_time, parse};
use super::{duration, numbers};
use crate::call::Call;
use crate::text::Text;
use crate::value::{Kind, Value};

type Result = std::result::Result<Value, String>;

/// The time that a value is, or that so many seconds since 1970 are; now for everything else.
fn moment(value: &Value) -> Time {
    match &value.kind {
        Kind::Int(seconds) => Time::utc(*seconds, 0),
        _ => as_time(value).cloned().unwrap_or_else(Time::now),
    }
}

/// The time in a zone, and whether the zone is known here: only UTC is.
fn formatted(layout: &Text, value: &Value, zone: &str) -> Value {
    let time = moment(value);
    let time = Time { offset: 0, zone: "UTC".into(), ..time };
    let shown = time.format(layout.as_str());
    // The names of zones have a `/` or are short; what is no name at all means UTC.
    let foreign = !matches!(zone, "" | "UTC" | "Local" | "Etc/UTC" | "GMT") && shown != layout.as_str();
    match (&time.unknown, layout.unknown_function()) {
        (Some(function), _) | (None, Some(function)) => Text::unknown(shown, function).into(),
        _ if foreign => Text::unknown(shown, "dateInZone").into(),
        _ => layout.derived(shown).into(),
    }
}

pub(super) fn date(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(formatted(&args.text(0)?, args.value(1), "Local"))
}

pub(super) fn date_in_zone(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(formatted(&args.text(0)?, args.value(1), args.str(2)?))
}

pub(super) fn html_date(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok(formatted(&Text::new("2006-01-02"), Arguments(args).value(0), "Local"))
}

pub(super) fn html_date_in_zone(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(formatted(&Text::new("2006-01-02"), args.value(0), args.str(1)?))
}

pub(super) fn now(_: &mut Call<'_, '_>, _: &[Value]) -> Result {
    Ok(Value::object(Time::now()))
}

fn time(args: Arguments<'_>, index: usize) -> std::result::Result<Time, String> {
    let value = args.value(index);
    as_time(value).cloned().ok_or_else(|| {
        let found = if value.is_nil() { "interface {}" } else { value.type_name() };
        format!("wrong type for value; expected time.Time; got {found}")
    })
}

pub(super) fn must_date_modify(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (change, time) = (args.str(0)?, time(args, 1)?);
    Ok(Value::object(time.plus(duration::parse(change)?)))
}

pub(super) fn date_modify(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (change, time) = (args.str(0)?, time(args, 1)?);
    Ok(Value::object(duration::parse(change).map_or(time.clone(), |change| time.plus(change))))
}

/// A time that was read from a text is as unknown as the text.
fn read(args: Arguments<'_>, text: &str, layout: &str) -> Result {
    let time = parse(layout, text)?;
    Ok(Value::object(Time { unknown: args.unknown().cloned(), ..time }))
}

pub(super) fn to_date(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (layout, text) = (args.str(0)?, args.str(1)?);
    Ok(read(args, text, layout).unwrap_or_else(|_| Value::object(Time::zero())))
}

pub(super) fn must_to_date(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    read(args, args.str(1)?, args.str(0)?)
}

pub(super) fn unix_epoch(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let time = time(Arguments(args), 0)?;
    Ok(time.told(time.seconds.to_string()).into())
}

/// How long ago a time is depends on now.
pub(super) fn ago(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let time = moment(Arguments(args).value(0));
    let nanoseconds = Time::now().since(&time);
    let seconds = nanoseconds.saturating_add(500_000_000).div_euclid(1_000_000_000);
    Ok(Text::unknown(duration::show(seconds.saturating_mul(1_000_000_000)), "ago").into())
}

fn told(value: &Value, text: String) -> Value {
    match unknown_function(value) {
        Some(function) => Text::unknown(text, function).into(),
        None => text.into(),
    }
}

pub(super) fn duration(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let value = Arguments(args).value(0);
    let seconds = match &value.kind {
        Kind::Int(seconds) => *seconds,
        Kind::Text(text) => text.as_str().parse().ok().or_else(|| numbers::go_integer(text.as_str())).unwrap_or(0),
        _ => 0,
    };
    Ok(told(value, duration::show(seconds.wrapping_mul(1_000_000_000))))
}

pub(super) fn duration_round(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let value = Arguments(args).value(0);
    let nanoseconds = match &value.kind {
        Kind::Int(nanoseconds) => *nanoseconds,
        Kind::Text(text) => duration::parse(text.as_str()).unwrap_or(0),
        _ => match as_time(value) {
            Some(time) => {
                return Ok(Text::unknown(duration::rounded(Time::now().since(time)), "durationRound").into());
            }
            None => 0,
        },
    };
    Ok(told(value, duration::rounded(nanoseconds)))
}
