//! Times, as Go has them.

use std::fmt::Write as _;

use compact_str::CompactString;

use super::arguments::Arguments;
use super::duration;
use super::layout::{self, Element, Pad};
pub(super) use super::time_read::parse;
use crate::text::Text;
use crate::value::{Kind, Object, Value};

pub(super) const MONTHS: [&str; 12] = [
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
pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const DAY: i64 = 86_400;

/// The seconds of the year 1, Go's zero time.
const ZERO: i64 = -62_135_596_800;

/// A moment, and how far the clocks of its zone are ahead.
#[derive(Clone, Debug)]
pub(super) struct Time {
    /// Since 1970.
    pub(super) seconds: i64,
    pub(super) nanoseconds: u32,
    /// In seconds.
    pub(super) offset: i64,
    /// The zone's name; empty where it has none.
    pub(super) zone: CompactString,
    /// The function that gave it, where nobody can know the time.
    pub(super) unknown: Option<CompactString>,
}

/// A day and a time of day.
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) second_of_day: i64,
    pub(super) weekday: i64,
    pub(super) year_day: i64,
}

/// The days since 1970 of a date, whose day may lie outside of the month.
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March have their leap day at the end.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Time {
    /// A time in UTC, which is the zone of the machine here.
    pub(super) fn utc(seconds: i64, nanoseconds: u32) -> Time {
        Time { seconds, nanoseconds, offset: 0, zone: "UTC".into(), unknown: None }
    }

    pub(super) fn zero() -> Time {
        Time::utc(ZERO, 0)
    }

    /// The time at which templates are rendered, which nobody knows.
    pub(super) fn now() -> Time {
        Time { unknown: Some("now".into()), ..Time::utc(1_767_225_600, 0) }
    }

    pub(super) fn civil(&self) -> Civil {
        let local = self.seconds.saturating_add(self.offset);
        let day_number = local.div_euclid(DAY);
        let shifted = day_number + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Civil {
            year,
            month,
            day: of_year - (153 * shifted_month + 2) / 5 + 1,
            second_of_day: local.rem_euclid(DAY),
            weekday: (day_number + 4).rem_euclid(7),
            year_day: day_number - days(year, 1, 1) + 1,
        }
    }

    /// The time so many nanoseconds later.
    pub(super) fn plus(&self, nanoseconds: i64) -> Time {
        let sum = i64::from(self.nanoseconds) + nanoseconds.rem_euclid(1_000_000_000);
        let seconds = nanoseconds.div_euclid(1_000_000_000) + sum / 1_000_000_000;
        Time {
            seconds: self.seconds.saturating_add(seconds),
            nanoseconds: u32::try_from(sum % 1_000_000_000).unwrap_or(0),
            ..self.clone()
        }
    }

    /// The nanoseconds from another time to this one.
    pub(super) fn since(&self, other: &Time) -> i64 {
        let nanoseconds = (i128::from(self.seconds) - i128::from(other.seconds)) * 1_000_000_000
            + i128::from(self.nanoseconds)
            - i128::from(other.nanoseconds);
        i64::try_from(nanoseconds).unwrap_or(if nanoseconds < 0 { i64::MIN } else { i64::MAX })
    }

    /// A text about this time, marked where nobody can know it.
    pub(super) fn told(&self, text: impl Into<CompactString>) -> Text {
        match &self.unknown {
            Some(function) => Text::unknown(text, function),
            None => Text::new(text),
        }
    }

    /// A number about this time, marked where nobody can know it.
    fn counted(&self, number: i64) -> Value {
        if self.unknown.is_some() { self.told(number.to_string()).into() } else { number.into() }
    }

    /// The value that JSON and YAML show.
    pub(super) fn marshalled(&self) -> Value {
        self.told(self.format("2006-01-02T15:04:05.999999999Z07:00")).into()
    }

    fn shown(&self) -> String {
        self.format("2006-01-02 15:04:05.999999999 -0700 MST")
    }

    pub(super) fn format(&self, layout: &str) -> String {
        let civil = self.civil();
        let mut out = String::with_capacity(layout.len() + 8);
        let mut rest = layout;
        while let Some((before, _, element, after)) = layout::next(rest) {
            out.push_str(before);
            self.write(&mut out, &civil, element);
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn write(&self, out: &mut String, civil: &Civil, element: Element) {
        let name = |names: &'static [&'static str], index: i64| {
            usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
        };
        let hour = civil.second_of_day / 3600;
        let half = if hour % 12 == 0 { 12 } else { hour % 12 };
        let mut number = |value: i64, padded: bool| {
            let _ = if padded { write!(out, "{value:02}") } else { write!(out, "{value}") };
        };
        match element {
            Element::Month { padded } => number(civil.month, padded),
            Element::Hour => number(hour, true),
            Element::Hour12 { padded } => number(half, padded),
            Element::Minute { padded } => number(civil.second_of_day / 60 % 60, padded),
            Element::Second { padded } => number(civil.second_of_day % 60, padded),
            Element::Year => number(civil.year.abs() % 100, true),
            Element::Day(pad) => {
                let _ = match pad {
                    Pad::None => write!(out, "{}", civil.day),
                    Pad::Space => write!(out, "{:2}", civil.day),
                    Pad::Zero => write!(out, "{:02}", civil.day),
                };
            }
            Element::YearDay(pad) => {
                let day = civil.year_day;
                let _ = if pad == Pad::Space { write!(out, "{day:3}") } else { write!(out, "{day:03}") };
            }
            Element::LongMonth => out.push_str(name(&MONTHS, civil.month - 1)),
            Element::ShortMonth => out.push_str(&name(&MONTHS, civil.month - 1)[..3]),
            Element::LongWeekday => out.push_str(name(&WEEKDAYS, civil.weekday)),
            Element::ShortWeekday => out.push_str(&name(&WEEKDAYS, civil.weekday)[..3]),
            Element::LongYear => {
                let sign = if civil.year < 0 { "-" } else { "" };
                let _ = write!(out, "{sign}{:04}", civil.year.abs());
            }
            Element::Half { upper } => out.push_str(match (hour >= 12, upper) {
                (true, true) => "PM",
                (false, true) => "AM",
                (true, false) => "pm",
                (false, false) => "am",
            }),
            Element::ZoneName if self.zone.is_empty() => {
                let minutes = self.offset.abs() / 60;
                let sign = if self.offset < 0 { '-' } else { '+' };
                let _ = write!(out, "{sign}{:02}{:02}", minutes / 60, minutes % 60);
            }
            Element::ZoneName => out.push_str(&self.zone),
            Element::Offset { zulu: true, .. } if self.offset == 0 => out.push('Z'),
            Element::Offset { colon, seconds, minutes, .. } => {
                let size = self.offset.abs();
                let mark = if colon { ":" } else { "" };
                let _ = write!(out, "{}{:02}", if self.offset < 0 { '-' } else { '+' }, size / 3600);
                if minutes {
                    let _ = write!(out, "{mark}{:02}", size / 60 % 60);
                }
                if seconds {
                    let _ = write!(out, "{mark}{:02}", size % 60);
                }
            }
            Element::Fraction { digits, trimmed, mark } => {
                let all = format!("{:09}", self.nanoseconds);
                let shown = format!("{all:0<digits$}");
                let mut shown = &shown[..digits];
                if trimmed {
                    shown = shown.trim_end_matches('0');
                    if shown.is_empty() {
                        return;
                    }
                }
                out.push(mark);
                out.push_str(shown);
            }
        }
    }
}

/// The time that a value is.
pub(super) fn as_time(value: &Value) -> Option<&Time> {
    match &value.kind {
        Kind::Object(object) => (&**object as &dyn std::any::Any).downcast_ref::<Time>(),
        _ => None,
    }
}

impl Object for Time {
    fn type_name(&self) -> &str {
        "time.Time"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let given = Arguments(args);
        let civil = self.civil();
        let text = |text: String| Ok(Value::from(self.told(text)));
        let number = |number: i64| Ok(self.counted(number));
        let other = || as_time(given.value(0)).ok_or_else(|| "wrong type for value; expected time.Time".to_owned());
        let same = |other: &Time| (self.seconds, self.nanoseconds).cmp(&(other.seconds, other.nanoseconds));
        let names = |names: &[&str], index: i64| {
            let index = usize::try_from(index).unwrap_or(0);
            text(names.get(index).copied().unwrap_or_default().to_owned())
        };
        Some(match name {
            "Year" => number(civil.year),
            "Month" => names(&MONTHS, civil.month - 1),
            "Day" => number(civil.day),
            "Weekday" => names(&WEEKDAYS, civil.weekday),
            "YearDay" => number(civil.year_day),
            "Hour" => number(civil.second_of_day / 3600),
            "Minute" => number(civil.second_of_day / 60 % 60),
            "Second" => number(civil.second_of_day % 60),
            "Nanosecond" => number(i64::from(self.nanoseconds)),
            "Unix" => number(self.seconds),
            "UnixMilli" => {
                number(self.seconds.wrapping_mul(1000).wrapping_add(i64::from(self.nanoseconds / 1_000_000)))
            }
            "UnixNano" => number(self.seconds.wrapping_mul(1_000_000_000).wrapping_add(i64::from(self.nanoseconds))),
            "Format" => given.str(0).map(|layout| Value::from(self.told(self.format(layout)))),
            "String" => text(self.shown()),
            "IsZero" => Ok((self.seconds == ZERO && self.nanoseconds == 0).into()),
            "UTC" | "Local" => Ok(Value::object(Time { offset: 0, zone: "UTC".into(), ..self.clone() })),
            "Before" => other().map(|other| same(other).is_lt().into()),
            "After" => other().map(|other| same(other).is_gt().into()),
            "Equal" => other().map(|other| same(other).is_eq().into()),
            "Sub" => other().map(|other| self.told(duration::show(self.since(other))).into()),
            "AddDate" => self.add_date(given),
            _ => return None,
        })
    }

    fn value(&self) -> Value {
        self.told(self.shown()).into()
    }
}

impl Time {
    fn add_date(&self, given: Arguments<'_>) -> Result<Value, String> {
        let civil = self.civil();
        let limited = |index: usize| given.int(index).map(|value| value.clamp(-1_000_000, 1_000_000));
        let month = civil.month - 1 + limited(1)?;
        let year = civil.year + limited(0)? + month.div_euclid(12);
        let days = days(year, month.rem_euclid(12) + 1, civil.day + limited(2)?);
        Ok(Value::object(Time { seconds: days * DAY + civil.second_of_day - self.offset, ..self.clone() }))
    }
}
