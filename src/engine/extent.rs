//! What `covers` compares: ranges of numbers and of addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use stockade_model::{Kind, Map, Part, Value};

use crate::{Constant, Truth};

/// A closed range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extent {
    /// Numbers: ports.
    Numbers(f64, f64),
    /// IPv4 addresses.
    V4(u32, u32),
    /// IPv6 addresses.
    V6(u128, u128),
}

impl Extent {
    /// Reads `22`, `22-80`, `10.0.0.0/8`, `::/0`, an address.
    pub fn parse(text: &str) -> Option<Extent> {
        let text = text.trim();
        if let Some(number) = number(text) {
            return Some(Extent::Numbers(number, number));
        }
        if let Some((from, to)) = text.split_once('-')
            && let (Some(from), Some(to)) = (number(from.trim()), number(to.trim()))
        {
            return Some(Extent::Numbers(from, to));
        }
        network(text)
    }

    /// The extent of a constant.
    pub fn of(constant: &Constant) -> Option<Extent> {
        match constant {
            Constant::Number(n) => Some(Extent::Numbers(n.as_f64(), n.as_f64())),
            Constant::Text(text) => Extent::parse(text),
            _ => None,
        }
    }

    /// Whether `other` lies wholly in this range.
    pub fn covers(self, other: Extent) -> bool {
        match (self, other) {
            (Extent::Numbers(a, b), Extent::Numbers(c, d)) => a <= c && d <= b,
            (Extent::V4(a, b), Extent::V4(c, d)) => a <= c && d <= b,
            (Extent::V6(a, b), Extent::V6(c, d)) => a <= c && d <= b,
            _ => false,
        }
    }

    /// Whether the range holds more addresses than a network with a prefix of this length.
    fn exceeds(self, prefix: u32) -> bool {
        match self {
            Extent::Numbers(..) => true,
            Extent::V4(from, to) => prefix > 0 && prefix <= 32 && u64::from(to - from) >= 1u64 << (32 - prefix),
            Extent::V6(from, to) => prefix > 0 && prefix <= 128 && to - from > u128::MAX >> prefix,
        }
    }
}

/// Whether `value` contains all of `extent`.
pub(crate) fn covers(value: &Value, extent: Extent) -> Truth {
    match &value.kind {
        Kind::Number(n) => Extent::Numbers(n.as_f64(), n.as_f64()).covers(extent).into(),
        Kind::Text(text) if text == "*" => matches!(extent, Extent::Numbers(..)).into(),
        Kind::Text(text) => Extent::parse(text).is_some_and(|left| left.covers(extent)).into(),
        Kind::Template(parts) => match parts.last() {
            Some(Part::Known(end)) if prefix_length(end).is_some_and(|prefix| extent.exceeds(prefix)) => Truth::False,
            _ => Truth::Unknown,
        },
        Kind::Map(map) => range_covers(map, extent),
        Kind::List(list) => {
            let known = Truth::any(list.items.iter().map(|item| {
                // Lists do not nest here, and bounding it keeps the depth of the input out of our stack.
                if item.as_list().is_some() { Truth::False } else { covers(item, extent) }
            }));
            if list.open.is_some() { known.max(Truth::Unknown) } else { known }
        }
        Kind::Unknown(_) => Truth::Unknown,
        Kind::Null | Kind::Bool(_) => Truth::False,
    }
}

/// `{ from, to }`; a missing end is the other one.
fn range_covers(map: &Map, extent: Extent) -> Truth {
    let Extent::Numbers(from, to) = extent else { return Truth::False };
    let (low, high) = (map.get("from").or(map.get("to")), map.get("to").or(map.get("from")));
    let (Some(low), Some(high)) = (low, high) else {
        return if map.open.is_some() { Truth::Unknown } else { Truth::False };
    };
    let holds = |end: &Value, test: &dyn Fn(f64) -> bool| match &end.kind {
        Kind::Number(n) => test(n.as_f64()).into(),
        Kind::Text(text) => number(text).is_some_and(test).into(),
        Kind::Template(_) | Kind::Unknown(_) => Truth::Unknown,
        _ => Truth::False,
    };
    holds(low, &|low| low <= from).min(holds(high, &|high| to <= high))
}

fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.len() <= 15 && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if plain { text.parse().ok() } else { None }
}

fn network(text: &str) -> Option<Extent> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
        None => (text, None),
    };
    match address.parse().ok()? {
        IpAddr::V4(address) => {
            let host = u32::MAX.checked_shr(prefix.unwrap_or(32)).unwrap_or(0);
            let from = Ipv4Addr::to_bits(address) & !host;
            (prefix.unwrap_or(32) <= 32).then_some(Extent::V4(from, from | host))
        }
        IpAddr::V6(address) => {
            let host = u128::MAX.checked_shr(prefix.unwrap_or(128)).unwrap_or(0);
            let from = Ipv6Addr::to_bits(address) & !host;
            (prefix.unwrap_or(128) <= 128).then_some(Extent::V6(from, from | host))
        }
    }
}

/// The length of the prefix with which a text ends: 32 of `…/32`.
fn prefix_length(end: &str) -> Option<u32> {
    let (_, digits) = end.rsplit_once('/')?;
    if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        None
    } else {
        digits.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(left: &str, right: &str) -> bool {
        Extent::parse(left).expect(left).covers(Extent::parse(right).expect(right))
    }

    #[test]
    fn ranges() {
        assert!(covers("22-80", "22") && covers("22-80", "22-80") && covers("22", "22"));
        assert!(!covers("22-80", "22-81") && !covers("23-80", "22"));
    }

    #[test]
    fn networks() {
        assert!(covers("0.0.0.0/0", "10.0.0.0/8") && covers("0.0.0.0/0", "0.0.0.0/0") && covers("::/0", "fe80::1"));
        assert!(covers("10.1.2.3/8", "10.255.0.0/16"), "host bits do not count");
        assert!(
            !covers("10.0.0.0/8", "0.0.0.0/0") && !covers("::/0", "10.0.0.0/8") && !covers("0.0.0.0/1", "128.0.0.0/1")
        );
        assert_eq!(Extent::parse("10.0.0.0/33"), None);
        assert_eq!(Extent::parse("ssh"), None);
    }

    #[test]
    fn a_long_prefix_cannot_cover_everything() {
        let all = Extent::parse("0.0.0.0/0").expect("a network");
        assert!(all.exceeds(32) && all.exceeds(1) && !all.exceeds(0));
        assert!(!Extent::parse("10.0.0.1").expect("an address").exceeds(32));
        assert!(Extent::parse("::/0").expect("a network").exceeds(1));
    }
}
