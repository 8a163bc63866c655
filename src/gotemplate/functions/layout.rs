//! Go's layouts of times: `2006-01-02T15:04:05Z07:00`.

/// One element of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// `January`
    LongMonth,
    /// `Jan`
    ShortMonth,
    /// `1`, or `01` where padded.
    Month { padded: bool },
    /// `Monday`
    LongWeekday,
    /// `Mon`
    ShortWeekday,
    /// `2`, `_2` or `02`
    Day(Pad),
    /// `__2` or `002`
    YearDay(Pad),
    /// `15`
    Hour,
    /// `3` or `03`
    Hour12 { padded: bool },
    /// `4` or `04`
    Minute { padded: bool },
    /// `5` or `05`
    Second { padded: bool },
    /// `2006`
    LongYear,
    /// `06`
    Year,
    /// `PM` or `pm`
    Half { upper: bool },
    /// `MST`
    ZoneName,
    /// `-0700` and the like; `Z` for zero where the layout begins with it.
    Offset { zulu: bool, colon: bool, seconds: bool, minutes: bool },
    /// `.000`, or `.999` where trailing zeros go.
    Fraction { digits: usize, trimmed: bool, mark: char },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pad {
    None,
    Space,
    Zero,
}

/// The text before the first element, the element as written and as read, and what follows.
pub(super) fn next(layout: &str) -> Option<(&str, &str, Element, &str)> {
    layout.char_indices().find_map(|(at, _)| {
        let rest = &layout[at..];
        let (len, element) = element(rest)?;
        // `_2006` is an underscore and a year.
        let skip = usize::from(element == Element::LongYear && rest.starts_with('_'));
        Some((&layout[..at + skip], &rest[skip..len], element, &rest[len..]))
    })
}

/// The element at the start of a text, and its length.
fn element(text: &str) -> Option<(usize, Element)> {
    let small_after = |len: usize| text[len..].starts_with(|c: char| c.is_ascii_lowercase());
    let named = |word: &str| text.starts_with(word);
    Some(match text.as_bytes().first()? {
        b'J' if named("January") => (7, Element::LongMonth),
        b'J' if named("Jan") && !small_after(3) => (3, Element::ShortMonth),
        b'M' if named("Monday") => (6, Element::LongWeekday),
        b'M' if named("Mon") && !small_after(3) => (3, Element::ShortWeekday),
        b'M' if named("MST") => (3, Element::ZoneName),
        b'0' if named("01") => (2, Element::Month { padded: true }),
        b'0' if named("002") => (3, Element::YearDay(Pad::Zero)),
        b'0' if named("02") => (2, Element::Day(Pad::Zero)),
        b'0' if named("03") => (2, Element::Hour12 { padded: true }),
        b'0' if named("04") => (2, Element::Minute { padded: true }),
        b'0' if named("05") => (2, Element::Second { padded: true }),
        b'0' if named("06") => (2, Element::Year),
        b'1' if named("15") => (2, Element::Hour),
        b'1' => (1, Element::Month { padded: false }),
        b'2' if named("2006") => (4, Element::LongYear),
        b'2' => (1, Element::Day(Pad::None)),
        b'_' if named("_2006") => (5, Element::LongYear),
        b'_' if named("_2") => (2, Element::Day(Pad::Space)),
        b'_' if named("__2") => (3, Element::YearDay(Pad::Space)),
        b'3' => (1, Element::Hour12 { padded: false }),
        b'4' => (1, Element::Minute { padded: false }),
        b'5' => (1, Element::Second { padded: false }),
        b'P' if named("PM") => (2, Element::Half { upper: true }),
        b'p' if named("pm") => (2, Element::Half { upper: false }),
        first @ (b'-' | b'Z') => {
            let zulu = *first == b'Z';
            let offsets = [("070000", false, true, true), ("07:00:00", true, true, true), ("0700", false, false, true)]
                .into_iter()
                .chain([("07:00", true, false, true), ("07", false, false, false)]);
            let (digits, colon, seconds, minutes) =
                offsets.into_iter().find(|(digits, ..)| text[1..].starts_with(digits))?;
            (1 + digits.len(), Element::Offset { zulu, colon, seconds, minutes })
        }
        mark @ (b'.' | b',') => {
            let digit = *text.as_bytes().get(1).filter(|digit| matches!(digit, b'0' | b'9'))?;
            let digits = text[1..].bytes().take_while(|byte| *byte == digit).count();
            if text[1 + digits..].starts_with(|c: char| c.is_ascii_digit()) {
                return None;
            }
            (1 + digits, Element::Fraction { digits, trimmed: digit == b'9', mark: char::from(*mark) })
        }
        _ => return None,
    })
}
