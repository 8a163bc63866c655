//! What the operators mean: a value against a constant.
//!
//! Comparisons convert as Terraform does: the boolean `true` is the text `true`, the number 22 the text `22`. What is
//! not wholly known may still decide: a known beginning contradicts, a known element proves.

use std::borrow::Cow;
use std::cmp::Ordering;

use stockade_model::{Kind, Number, Part, Value};

use crate::extent::covers;
use crate::{Bound, Constant, Extent, Operand, Operator, Truth};

/// Whether the operator, taken without its `not`, holds of a value that is there.
///
/// `words` is whether texts such as `yes` are booleans.
pub(crate) fn test(operator: Operator, operand: &Operand, value: &Value, words: bool) -> Truth {
    match operand {
        Operand::Constant(constant) => against(operator, constant, value, words),
        Operand::Patterns(patterns) => Truth::any(patterns.iter().map(|pattern| match &value.kind {
            Kind::Template(parts) => pattern.matches_parts(parts),
            Kind::Unknown(_) => Truth::Unknown,
            _ => text_of(value).is_some_and(|text| pattern.is_match(&text)).into(),
        })),
        Operand::Bound(bound) => order(operator, bound, value),
        Operand::Extents(extents) => Truth::any(extents.iter().map(|extent| covers(value, *extent))),
        Operand::Path(_) => Truth::Unknown,
    }
}

/// Whether the operator, taken without its `not`, holds of an absent value.
pub(crate) fn test_absent(operator: Operator, operand: &Operand) -> Truth {
    match (operator, operand) {
        (Operator::Is, Operand::Constant(constant)) => (*constant == Constant::Absent).into(),
        (Operator::In, Operand::Constant(constant)) => constant.entries().contains(&Constant::Absent).into(),
        _ => Truth::False,
    }
}

/// Whether the operator, taken without its `not`, holds of a value and a constant that was found by a path.
pub(crate) fn against(operator: Operator, constant: &Constant, value: &Value, words: bool) -> Truth {
    match operator {
        Operator::Is => equals(value, constant, words),
        Operator::In => Truth::any(constant.entries().iter().map(|entry| equals(value, entry, words))),
        Operator::Contains => Truth::any(constant.entries().iter().map(|entry| contains(value, entry, words))),
        Operator::StartsWith => affix(value, constant, |text, affix| text.starts_with(affix), first),
        Operator::EndsWith => affix(value, constant, |text, affix| text.ends_with(affix), last),
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            Bound::of(constant).map_or(Truth::False, |bound| order(operator, &bound, value))
        }
        Operator::Covers => Truth::any(
            constant
                .entries()
                .iter()
                .map(|entry| Extent::of(entry).map_or(Truth::False, |extent| covers(value, extent))),
        ),
        Operator::Matches => Truth::False,
    }
}

/// The elements of a list that make `contains` or `covers` hold.
pub(crate) fn deciding<'v>(operator: Operator, operand: &Operand, value: &'v Value, words: bool) -> Vec<&'v Value> {
    let list = value.as_list().or_else(|| value.structure().and_then(Value::as_list));
    let holds = |item: &Value| match (operator, operand) {
        (Operator::Contains, Operand::Constant(constant)) => {
            constant.entries().iter().any(|entry| equals(item, entry, words) == Truth::True)
        }
        (Operator::Covers, operand) => test(operator, operand, item, words) == Truth::True,
        _ => false,
    };
    list.map(|list| list.items.iter().filter(|item| holds(item)).collect()).unwrap_or_default()
}

fn order(operator: Operator, bound: &Bound, value: &Value) -> Truth {
    if matches!(value.kind, Kind::Template(_) | Kind::Unknown(_)) {
        return Truth::Unknown;
    }
    let holds = |order: Ordering| match operator {
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        _ => false,
    };
    bound.compare(value).is_some_and(holds).into()
}

/// `is`
fn equals(value: &Value, constant: &Constant, words: bool) -> Truth {
    if let Kind::Unknown(_) = value.kind {
        return Truth::Unknown;
    }
    match constant {
        Constant::Absent => value.is_null().into(),
        Constant::Empty => is_empty(value),
        Constant::Bool(wanted) => equals_bool(value, *wanted, words),
        Constant::Number(wanted) => equals_number(value, *wanted),
        Constant::Text(wanted) => match &value.kind {
            Kind::Template(parts) => could_be(parts, wanted),
            _ => text_of(value).is_some_and(|text| text == wanted.as_str()).into(),
        },
        Constant::List(wanted) => match &value.kind {
            Kind::List(list) if list.items.len() > wanted.len() => Truth::False,
            Kind::List(list) if list.open.is_some() => Truth::Unknown,
            Kind::List(list) if list.items.len() == wanted.len() => {
                // Entries of a constant list are no lists, so that this goes one level down at most.
                Truth::all(list.items.iter().zip(wanted).map(|(item, wanted)| equals(item, wanted, words)))
            }
            _ => Truth::False,
        },
    }
}

fn is_empty(value: &Value) -> Truth {
    match &value.kind {
        Kind::Text(text) => text.is_empty().into(),
        Kind::Template(parts) => {
            let some = |part: &Part| matches!(part, Part::Known(text) if !text.is_empty());
            if parts.iter().any(some) { Truth::False } else { Truth::Unknown }
        }
        Kind::List(list) if !list.items.is_empty() => Truth::False,
        Kind::List(list) => {
            if list.open.is_some() {
                Truth::Unknown
            } else {
                Truth::True
            }
        }
        // A field of unknown value may be `null`, which is to be absent.
        Kind::Map(map) => {
            let fields = map.iter().map(|(_, field)| match field.value.kind {
                Kind::Null => Truth::True,
                Kind::Unknown(_) => Truth::Unknown,
                _ => Truth::False,
            });
            Truth::all(fields.chain(map.open.iter().map(|_| Truth::Unknown)))
        }
        Kind::Unknown(_) => Truth::Unknown,
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => Truth::False,
    }
}

fn equals_bool(value: &Value, wanted: bool, words: bool) -> Truth {
    let spelt: &[&str] = match (wanted, words) {
        (true, false) => &["true"],
        (false, false) => &["false"],
        (true, true) => &["true", "yes", "on", "1", "y", "t"],
        (false, true) => &["false", "no", "off", "0", "n", "f"],
    };
    match &value.kind {
        Kind::Bool(value) => (*value == wanted).into(),
        Kind::Text(text) if words => spelt.iter().any(|word| text.trim().eq_ignore_ascii_case(word)).into(),
        Kind::Text(text) => spelt.contains(&text.as_str()).into(),
        Kind::Number(number) if words => (*number == Number::from(i64::from(wanted))).into(),
        Kind::Template(parts) if words => {
            let long = parts.iter().any(|part| matches!(part, Part::Known(text) if text.trim().len() > "false".len()));
            if long { Truth::False } else { Truth::Unknown }
        }
        Kind::Template(parts) => Truth::any(spelt.iter().map(|word| could_be(parts, word))),
        Kind::Unknown(_) => Truth::Unknown,
        _ => Truth::False,
    }
}

fn equals_number(value: &Value, wanted: Number) -> Truth {
    match &value.kind {
        Kind::Number(number) => (*number == wanted).into(),
        Kind::Text(text) => Number::parse(text.trim()).is_some_and(|number| number == wanted).into(),
        Kind::Template(parts) => {
            let numeric = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E' | b' ');
            let digits = |part: &Part| match part {
                Part::Known(text) => text.bytes().all(numeric),
                Part::Unknown(_) => true,
            };
            if parts.iter().all(digits) { Truth::Unknown } else { Truth::False }
        }
        Kind::Unknown(_) => Truth::Unknown,
        _ => Truth::False,
    }
}

/// `contains`
fn contains(value: &Value, constant: &Constant, words: bool) -> Truth {
    let value = value.structure().filter(|structure| structure.as_list().is_some()).unwrap_or(value);
    match &value.kind {
        Kind::List(list) => {
            let known = Truth::any(list.items.iter().map(|item| equals(item, constant, words)));
            if list.open.is_some() { known.max(Truth::Unknown) } else { known }
        }
        Kind::Map(map) => match constant.as_text().and_then(|key| map.get(&key)) {
            Some(field) if matches!(field.kind, Kind::Unknown(_)) => Truth::Unknown,
            Some(_) => Truth::True,
            None if map.open.is_some() => Truth::Unknown,
            None => Truth::False,
        },
        Kind::Template(parts) => {
            let part = constant.as_text().unwrap_or_default();
            let has = parts.iter().any(|known| matches!(known, Part::Known(text) if text.contains(part.as_str())));
            if has { Truth::True } else { Truth::Unknown }
        }
        Kind::Unknown(_) => Truth::Unknown,
        _ => text_of(value).zip(constant.as_text()).is_some_and(|(text, part)| text.contains(part.as_str())).into(),
    }
}

/// `starts with`, `ends with`: of a template only the part at that end can tell.
fn affix(value: &Value, constant: &Constant, has: fn(&str, &str) -> bool, end: fn(&[Part]) -> Option<&str>) -> Truth {
    let one = |affix: &str| match &value.kind {
        Kind::Template(parts) => match end(parts) {
            Some(known) if has(known, affix) => Truth::True,
            Some(known) if !has(affix, known) => Truth::False,
            _ => Truth::Unknown,
        },
        Kind::Unknown(_) => Truth::Unknown,
        _ => text_of(value).is_some_and(|text| has(&text, affix)).into(),
    };
    Truth::any(constant.entries().iter().map(|entry| entry.as_text().map_or(Truth::False, |affix| one(&affix))))
}

fn first(parts: &[Part]) -> Option<&str> {
    known(parts.first()?)
}

fn last(parts: &[Part]) -> Option<&str> {
    known(parts.last()?)
}

fn known(part: &Part) -> Option<&str> {
    if let Part::Known(text) = part { Some(text) } else { None }
}

/// The text that a known scalar converts to.
fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match &value.kind {
        Kind::Text(text) => Some(Cow::Borrowed(text)),
        Kind::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Kind::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

/// Whether some filling of the unknown parts gives `text`: False where none does, else Unknown.
fn could_be(parts: &[Part], text: &str) -> Truth {
    let mut rest = text;
    let mut floating = false;
    for (at, part) in parts.iter().enumerate() {
        let Part::Known(known) = part else {
            floating = true;
            continue;
        };
        let is_last = at + 1 == parts.len();
        let found = match (floating, is_last) {
            (false, _) => rest.strip_prefix(known.as_str()),
            (true, true) => rest.strip_suffix(known.as_str()).map(|_| ""),
            (true, false) => rest.find(known.as_str()).map(|found| &rest[found + known.len()..]),
        };
        match found {
            Some(after) => (rest, floating) = (after, false),
            None => return Truth::False,
        }
    }
    if floating || rest.is_empty() { Truth::Unknown } else { Truth::False }
}
