//! Times.

use std::cmp::Ordering;

use stockade_source::Span;

use super::{Fault, Outcome, text_arg};
use crate::value::{K, Val};

const DAY: i64 = 86_400;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A time with the place that it is told for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    /// Since 1970, in that place.
    pub(super) seconds: i64,
    pub(super) nanos: i64,
    /// How far the place is ahead of UTC, in seconds.
    pub(super) offset: i64,
    pub(super) utc: bool,
}

/// A time as calendars have it.
struct Civil {
    year: i64,
    month: usize,
    day: i64,
    weekday: usize,
    hour: i64,
    minute: i64,
    second: i64,
}

pub(super) fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970 to a day.
pub(super) fn days_to(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl Time {
    /// Reads RFC 3339.
    fn parse(text: &str) -> Option<Time> {
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| -> Option<i64> {
            let digits = text.get(from..to)?;
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        if marks.iter().any(|(at, mark)| bytes.get(*at) != Some(mark)) {
            return None;
        }
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        let mut rest = text.get(19..)?;
        let mut nanos = 0;
        if let Some(fraction) = rest.strip_prefix('.') {
            let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if length == 0 {
                return None;
            }
            nanos = format!("{:0<9}", &fraction[..length.min(9)]).parse().ok()?;
            rest = &fraction[length..];
        }
        let (offset, utc) = match rest.as_bytes() {
            b"Z" => (0, true),
            [sign @ (b'+' | b'-'), a, b, b':', c, d] if [a, b, c, d].iter().all(|b| b.is_ascii_digit()) => {
                let two = |a: &u8, b: &u8| i64::from(a - b'0') * 10 + i64::from(b - b'0');
                let (hours, minutes) = (two(a, b), two(c, d));
                if hours > 23 || minutes > 59 {
                    return None;
                }
                let offset = hours * 3600 + minutes * 60;
                (if *sign == b'-' { -offset } else { offset }, false)
            }
            _ => return None,
        };
        let valid = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        if !valid || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = days_to(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
        Some(Time { seconds, nanos, offset, utc })
    }

    fn arg(args: &[Val], at: usize) -> Result<Time, Fault> {
        Time::parse(&text_arg(args, at)?).ok_or(Fault::Invalid)
    }

    fn civil(self) -> Civil {
        let (days, rest) = (self.seconds.div_euclid(DAY), self.seconds.rem_euclid(DAY));
        let shifted = days + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let of_year_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * of_year_era + of_year_era / 4 - of_year_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = of_year_era + era * 400 + i64::from(month <= 2);
        Civil {
            year,
            month: usize::try_from(month - 1).unwrap_or(0),
            day,
            weekday: usize::try_from((days + 4).rem_euclid(7)).unwrap_or(0),
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }

    fn zone(self, colon: &str) -> String {
        let size = self.offset.abs();
        let sign = if self.offset < 0 { '-' } else { '+' };
        format!("{sign}{:02}{colon}{:02}", size / 3600, size / 60 % 60)
    }

    /// RFC 3339, without a fraction of a second.
    pub(super) fn text(self) -> String {
        let civil = self.civil();
        let zone = if self.offset == 0 { "Z".into() } else { self.zone(":") };
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{zone}",
            civil.year,
            civil.month + 1,
            civil.day,
            civil.hour,
            civil.minute,
            civil.second
        )
    }

    fn instant(self) -> (i64, i64) {
        (self.seconds - self.offset, self.nanos)
    }
}

pub(super) fn timecmp(args: &[Val], span: Span) -> Outcome {
    let order = Time::arg(args, 0)?.instant().cmp(&Time::arg(args, 1)?.instant());
    Ok(K::int(match order {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    })
    .at(span))
}

pub(super) fn timeadd(args: &[Val], span: Span) -> Outcome {
    let time = Time::arg(args, 0)?;
    let added = i128::from(time.nanos) + i128::from(duration(&text_arg(args, 1)?).ok_or(Fault::Invalid)?);
    let seconds = i64::try_from(added.div_euclid(1_000_000_000)).map_err(|_| Fault::Invalid)?;
    let later = Time { seconds: time.seconds + seconds, nanos: 0, ..time };
    if !(0..=9999).contains(&later.civil().year) {
        return Err(Fault::Unsupported);
    }
    Ok(K::text(later.text()).at(span))
}

/// Nanoseconds of `1h30m`, as Go reads them.
fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0i128;
    while !rest.is_empty() {
        let whole = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, after) = rest.split_at(whole);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(after.bytes().take_while(u8::is_ascii_digit).count()),
            None => ("", after),
        };
        if digits.is_empty() && fraction.is_empty() || digits.len() > 18 {
            return None;
        }
        let length = after.bytes().take_while(|b| *b != b'.' && !b.is_ascii_digit()).count();
        let (unit, after) = after.split_at(length);
        let scale: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        total += digits.parse::<i128>().unwrap_or(0) * scale;
        let fraction = &fraction[..fraction.len().min(18)];
        if !fraction.is_empty() {
            let power = 10i128.pow(u32::try_from(fraction.len()).ok()?);
            total += fraction.parse::<i128>().ok()? * scale / power;
        }
        if total > i128::from(i64::MAX) + i128::from(negative) {
            return None;
        }
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

pub(super) fn formatdate(args: &[Val], span: Span) -> Outcome {
    let (format, time) = (text_arg(args, 0)?, Time::arg(args, 1)?);
    let civil = time.civil();
    let mut out = String::new();
    let mut rest = &*format;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("''") {
            out.push('\'');
            rest = after;
            continue;
        }
        if c == '\'' {
            rest = literal(&rest[1..], &mut out).ok_or(Fault::Invalid)?;
            continue;
        }
        if !c.is_ascii_alphabetic() {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let length = rest.chars().take_while(|other| *other == c).count();
        rest = &rest[length..];
        let (month, weekday) = (MONTHS[civil.month], DAYS[civil.weekday]);
        let half = civil.hour.rem_euclid(12);
        let half = if half == 0 { 12 } else { half };
        let part = match (c, length) {
            ('Y', 2) => format!("{:02}", civil.year % 100),
            ('Y', 4) => format!("{:04}", civil.year),
            ('M', 1) => (civil.month + 1).to_string(),
            ('M', 2) => format!("{:02}", civil.month + 1),
            ('M', 3) => month[..3].into(),
            ('M', 4) => month.into(),
            ('D', 1) => civil.day.to_string(),
            ('D', 2) => format!("{:02}", civil.day),
            ('E', 3) => weekday[..3].into(),
            ('E', 4) => weekday.into(),
            ('h', 1) => civil.hour.to_string(),
            ('h', 2) => format!("{:02}", civil.hour),
            ('H', 1) => half.to_string(),
            ('H', 2) => format!("{half:02}"),
            ('a', 2) => if civil.hour < 12 { "am" } else { "pm" }.into(),
            ('A', 2) => if civil.hour < 12 { "AM" } else { "PM" }.into(),
            ('m', 1) => civil.minute.to_string(),
            ('m', 2) => format!("{:02}", civil.minute),
            ('s', 1) => civil.second.to_string(),
            ('s', 2) => format!("{:02}", civil.second),
            ('Z', 1) if time.offset == 0 => "Z".into(),
            ('Z', 1 | 5) => time.zone(":"),
            ('Z', 3) if time.offset == 0 => "UTC".into(),
            ('Z', 3 | 4) => time.zone(""),
            _ => return Err(Fault::Invalid),
        };
        out.push_str(&part);
    }
    Ok(K::text(out).at(span))
}

/// What stands in quotes, and what follows it.
fn literal<'f>(text: &'f str, out: &mut String) -> Option<&'f str> {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' if chars.next_if(|(_, next)| *next == '\'').is_some() => out.push('\''),
            '\'' => return Some(&text[at + 1..]),
            c => out.push(c),
        }
    }
    None
}
