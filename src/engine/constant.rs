//! The constants of pages.

use std::fmt;

use compact_str::CompactString;
use stockade_model::{Kind, Number, Value};

/// A constant of a page: the right side of a line, an entry of `let`, the new value of a fix.
///
/// Durations and versions stay texts; the ordering operators read them as what they are.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// `true`, `false`
    Bool(bool),
    /// `22`, `-1`, `0.5`. Digits after a leading zero (`0644`) are text.
    Number(Number),
    /// A bare word, or a text in single quotes.
    Text(CompactString),
    /// `absent`: there is no such value.
    Absent,
    /// `empty`: a text, list or mapping with nothing in it.
    Empty,
    /// `[a, b]`
    List(Vec<Constant>),
}

impl Constant {
    /// What a bare word means.
    pub fn word(word: &str) -> Constant {
        match word {
            "true" => Constant::Bool(true),
            "false" => Constant::Bool(false),
            "absent" => Constant::Absent,
            "empty" => Constant::Empty,
            _ => plain_number(word).map_or_else(|| Constant::Text(word.into()), Constant::Number),
        }
    }

    /// The constants of a list; the constant itself where it is none.
    pub fn entries(&self) -> &[Constant] {
        match self {
            Constant::List(entries) => entries,
            single => std::slice::from_ref(single),
        }
    }

    /// A known value as a constant; `None` for a mapping and for what is not wholly known.
    pub(crate) fn of(value: &Value) -> Option<Constant> {
        match &value.kind {
            Kind::Null => Some(Constant::Absent),
            Kind::Bool(value) => Some(Constant::Bool(*value)),
            Kind::Number(value) => Some(Constant::Number(*value)),
            Kind::Text(text) => Some(Constant::Text(text.clone())),
            Kind::List(list) if list.open.is_none() => scalars(&list.items).map(Constant::List),
            Kind::List(_) | Kind::Template(_) | Kind::Map(_) | Kind::Unknown(_) => None,
        }
    }

    /// The constant as a text of the code; `None` for what is no scalar.
    pub(crate) fn as_text(&self) -> Option<CompactString> {
        match self {
            Constant::Bool(value) => Some(CompactString::const_new(if *value { "true" } else { "false" })),
            Constant::Number(number) => Some(stockade_model::format_compact!("{number}")),
            Constant::Text(text) => Some(text.clone()),
            Constant::Absent | Constant::Empty | Constant::List(_) => None,
        }
    }
}

impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Constant::Bool(value) => value.fmt(f),
            Constant::Number(number) => number.fmt(f),
            Constant::Text(text) => text.fmt(f),
            Constant::Absent => f.write_str("absent"),
            Constant::Empty => f.write_str("empty"),
            Constant::List(entries) => {
                f.write_str("[")?;
                for (at, entry) in entries.iter().enumerate() {
                    write!(f, "{}{entry}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
        }
    }
}

/// Lists within the list are of no use to an operator, so that the list is not wholly scalar then.
fn scalars(items: &[Value]) -> Option<Vec<Constant>> {
    items.iter().map(|item| if item.as_list().is_some() { None } else { Constant::of(item) }).collect()
}

fn plain_number(word: &str) -> Option<Number> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !fraction.is_none_or(all_digits) || (whole.len() > 1 && whole.starts_with('0')) {
        return None;
    }
    Number::parse(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!(Constant::word("true"), Constant::Bool(true));
        assert_eq!(Constant::word("-1"), Constant::Number(Number::from(-1)));
        assert_eq!(Constant::word("0.5"), Constant::Number(Number::from(0.5)));
        for text in ["0644", "1.2.3", "30d", "-", "1.", "TLS1.2", "True", "1e3"] {
            assert_eq!(Constant::word(text), Constant::Text(text.into()));
        }
        let list = Constant::List(vec![Constant::Absent, Constant::Bool(false)]);
        assert_eq!(list.to_string(), "[absent, false]");
    }
}
