//! Reading times by Go's layouts, with its errors.

use compact_str::CompactString;

use super::layout::{self, Element, Pad};
use super::time::{MONTHS, Time, WEEKDAYS, days, days_in, is_leap};
use crate::print;

/// `time.ParseInLocation` with UTC as the zone of the machine.
pub(super) fn parse(layout: &str, text: &str) -> Result<Time, String> {
    let mut fields = Fields { hour: 0, month: None, day: None, ..Fields::default() };
    let (mut layout_rest, mut rest) = (layout, text);
    let quoted = |text: &str| print::quoted(text, false);
    let mismatch = |rest: &str, element: &str| {
        format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quoted(text),
            quoted(layout),
            quoted(rest),
            quoted(element)
        )
    };
    let outside = |what: &str| format!("parsing time {}: {what} out of range", quoted(text));
    loop {
        let Some((before, written, element, after)) = layout::next(layout_rest) else {
            let after = skip(rest, layout_rest).ok_or_else(|| mismatch(rest, layout_rest))?;
            if !after.is_empty() {
                return Err(format!("parsing time {}: extra text: {}", quoted(text), quoted(after)));
            }
            break;
        };
        rest = skip(rest, before).ok_or_else(|| mismatch(rest, before))?;
        let held = rest;
        rest = fields.read(element, rest, after).ok_or_else(|| mismatch(held, written))?;
        if let Some(what) = fields.outside(element) {
            return Err(outside(what));
        }
        layout_rest = after;
    }
    fields.time().ok_or_else(|| outside("day"))
}

#[derive(Default)]
struct Fields {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: u32,
    afternoon: Option<bool>,
    utc: bool,
    offset: Option<i64>,
    zone: Option<CompactString>,
}

/// What follows `prefix`; spaces match any number of spaces.
fn skip<'t>(mut text: &'t str, mut prefix: &str) -> Option<&'t str> {
    while let Some(c) = prefix.chars().next() {
        if c == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return None;
            }
            prefix = prefix.trim_start_matches(' ');
            text = text.trim_start_matches(' ');
            continue;
        }
        text = text.strip_prefix(c)?;
        prefix = &prefix[c.len_utf8()..];
    }
    Some(text)
}

/// The number in the first `least` to `most` digits, as many as there are.
fn number(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if count < least {
        return None;
    }
    Some((text[..count].parse().ok()?, &text[count..]))
}

/// The index of the name that a text begins with, whatever its case.
fn named<'t>(text: &'t str, names: &[&str], length: Option<usize>) -> Option<(i64, &'t str)> {
    names.iter().zip(0..).find_map(|(name, index)| {
        let name = &name[..length.unwrap_or(name.len())];
        let start = text.get(..name.len())?;
        start.eq_ignore_ascii_case(name).then(|| (index, &text[name.len()..]))
    })
}

/// Digits of a fraction as nanoseconds.
fn nanoseconds(digits: &str) -> Option<u32> {
    let shown = format!("{digits:0<9}");
    shown[..9].parse().ok()
}

impl Fields {
    /// Reads an element; gives what follows. `layout` is the rest of the layout.
    fn read<'t>(&mut self, element: Element, text: &'t str, layout: &str) -> Option<&'t str> {
        let least = |padded: bool| if padded { 2 } else { 1 };
        let rest;
        match element {
            Element::Year => {
                let (year, after) = number(text, 2, 2)?;
                self.year = year + if year >= 69 { 1900 } else { 2000 };
                rest = after;
            }
            Element::LongYear => (self.year, rest) = number(text, 4, 4)?,
            Element::ShortMonth | Element::LongMonth => {
                let length = (element == Element::ShortMonth).then_some(3);
                let (index, after) = named(text, &MONTHS, length)?;
                self.month = Some(index + 1);
                rest = after;
            }
            Element::Month { padded } => {
                let (month, after) = number(text, least(padded), 2)?;
                self.month = Some(month);
                rest = after;
            }
            Element::ShortWeekday => rest = named(text, &WEEKDAYS, Some(3))?.1,
            Element::LongWeekday => rest = named(text, &WEEKDAYS, None)?.1,
            Element::Day(pad) => {
                let text = if pad == Pad::Space { text.strip_prefix(' ').unwrap_or(text) } else { text };
                let (day, after) = number(text, least(pad == Pad::Zero), 2)?;
                self.day = Some(day);
                rest = after;
            }
            Element::YearDay(pad) => {
                let spaces =
                    if pad == Pad::Space { text.bytes().take(2).take_while(|b| *b == b' ').count() } else { 0 };
                let (day, after) = number(&text[spaces..], 3 - spaces, 3 - spaces)?;
                self.year_day = Some(day);
                rest = after;
            }
            Element::Hour => (self.hour, rest) = number(text, 1, 2)?,
            Element::Hour12 { padded } => (self.hour, rest) = number(text, least(padded), 2)?,
            Element::Minute { padded } => (self.minute, rest) = number(text, least(padded), 2)?,
            Element::Second { padded } => {
                let (second, after) = number(text, least(padded), 2)?;
                self.second = second;
                rest = self.unasked_fraction(after, layout)?;
            }
            Element::Half { upper } => {
                let (am, pm) = if upper { ("AM", "PM") } else { ("am", "pm") };
                self.afternoon = Some(text.starts_with(pm));
                rest = text.strip_prefix(pm).or_else(|| text.strip_prefix(am))?;
            }
            Element::ZoneName => {
                if let Some(after) = text.strip_prefix("UTC") {
                    self.utc = true;
                    rest = after;
                } else {
                    let length = zone_length(text)?;
                    self.zone = Some(text[..length].into());
                    rest = &text[length..];
                }
            }
            Element::Offset { zulu: true, .. } if text.starts_with('Z') => {
                self.utc = true;
                rest = &text[1..];
            }
            Element::Offset { colon, seconds, minutes, .. } => rest = self.offset(text, colon, seconds, minutes)?,
            Element::Fraction { digits, trimmed: false, .. } => {
                let fraction = text.strip_prefix(['.', ','])?;
                number(fraction, digits, digits)?;
                self.nanosecond = nanoseconds(&fraction[..digits])?;
                rest = &fraction[digits..];
            }
            Element::Fraction { .. } => rest = self.fraction(text)?,
        }
        Some(rest)
    }

    /// A fraction that may be there or not.
    fn fraction<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let Some(fraction) = text.strip_prefix(['.', ',']) else { return Some(text) };
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return Some(text);
        }
        self.nanosecond = nanoseconds(&fraction[..digits])?;
        Some(&fraction[digits..])
    }

    /// A fraction after the seconds, where the layout has none.
    fn unasked_fraction<'t>(&mut self, text: &'t str, layout: &str) -> Option<&'t str> {
        if let Some((before, _, Element::Fraction { .. }, _)) = layout::next(layout)
            && before.is_empty()
        {
            return Some(text);
        }
        self.fraction(text)
    }

    fn offset<'t>(&mut self, text: &'t str, colon: bool, seconds: bool, minutes: bool) -> Option<&'t str> {
        let negative = text.starts_with('-');
        let (hours, mut rest) = number(text.strip_prefix(['+', '-'])?, 2, 2)?;
        let mut total = hours * 3600;
        for (there, unit) in [(minutes, 60), (seconds, 1)] {
            if there {
                let text = if colon { rest.strip_prefix(':')? } else { rest };
                let (value, after) = number(text, 2, 2)?;
                total += value * unit;
                rest = after;
            }
        }
        self.offset = Some(if negative { -total } else { total });
        Some(rest)
    }

    /// What of an element just read is out of its range.
    fn outside(&self, element: Element) -> Option<&'static str> {
        match element {
            Element::Month { .. } if !(1..=12).contains(&self.month.unwrap_or(1)) => Some("month"),
            Element::Hour if self.hour > 23 => Some("hour"),
            Element::Hour12 { .. } if self.hour > 12 => Some("hour"),
            Element::Minute { .. } if self.minute > 59 => Some("minute"),
            Element::Second { .. } if self.second > 59 => Some("second"),
            Element::Offset { .. } if self.offset.is_some_and(|offset| offset.abs() > 24 * 3600 + 60 * 60) => {
                Some("time zone offset hour")
            }
            _ => None,
        }
    }

    /// The time; `None` where there is no such day.
    fn time(self) -> Option<Time> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let day_number = match self.year_day {
            Some(day) => {
                if !(1..=365 + i64::from(is_leap(self.year))).contains(&day) {
                    return None;
                }
                days(self.year, 1, 1) + day - 1
            }
            None => {
                let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
                if !(1..=days_in(month, self.year)).contains(&day) {
                    return None;
                }
                days(self.year, month, day)
            }
        };
        let seconds = day_number * 86_400 + hour * 3600 + self.minute * 60 + self.second;
        let mut time = Time::utc(seconds, self.nanosecond);
        if self.utc {
            return Some(time);
        }
        if let Some(offset) = self.offset {
            time.seconds -= offset;
            if offset != 0 {
                time.offset = offset;
                time.zone = self.zone.unwrap_or_default();
            }
        } else if let Some(zone) = self.zone {
            // A name says nothing about the offset.
            let hours = zone.strip_prefix("GMT").and_then(|hours| hours.parse::<i64>().ok());
            time.offset = hours.unwrap_or(0) * 3600;
            time.seconds -= time.offset;
            time.zone = zone;
        }
        Some(time)
    }
}

/// How long the name of a zone is at the start of a text.
fn zone_length(text: &str) -> Option<usize> {
    if text.starts_with("ChST") || text.starts_with("MeST") {
        return Some(4);
    }
    if let Some(after) = text.strip_prefix("GMT") {
        let Some(digits) = after.strip_prefix(['+', '-']) else { return Some(3) };
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        let valid = digits[..count].parse::<i64>().is_ok_and(|hours| hours <= 23);
        return Some(if valid { 4 + count } else { 3 });
    }
    if let Some(digits) = text.strip_prefix(['+', '-']) {
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        return digits[..count].parse::<i64>().is_ok_and(|hours| hours <= 23).then_some(1 + count);
    }
    let letters = text.bytes().take(6).take_while(u8::is_ascii_uppercase).count();
    match letters {
        5 if text.as_bytes().get(4) == Some(&b'T') => Some(5),
        4 if text.as_bytes().get(3) == Some(&b'T') || text.starts_with("WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}
