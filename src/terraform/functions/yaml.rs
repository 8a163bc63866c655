//! YAML as Terraform reads it: booleans of YAML 1.1, numbers of 1.2, dates.

use std::collections::HashMap;

use compact_str::CompactString;
use stockade_source::{FileId, Span};
use stockade_yaml::{Node, NodeKind, Style};

use super::dates::{Time, days_in, days_to};
use super::{Fault, Outcome, text_arg};
use crate::number::Number;
use crate::types::Ty;
use crate::value::{Entry, Fields, K, Val};

pub(super) fn yamldecode(args: &[Val], span: Span) -> Outcome {
    let text = text_arg(args, 0)?;
    let (documents, errors) = stockade_yaml::parse(FileId(0), &text);
    let [document] = documents.as_slice() else { return Err(Fault::Invalid) };
    let version = text.lines().find_map(|line| line.strip_prefix("%YAML ")).is_some_and(|v| v.trim() != "1.1");
    let root = document.root.as_ref().filter(|_| errors.is_empty() && !version).ok_or(Fault::Invalid)?;
    let empty = matches!(&root.kind, NodeKind::Scalar(s) if s.style == Style::Plain && s.text.is_empty());
    if empty && root.tag.is_none() && root.anchor.is_none() {
        return Err(Fault::Invalid);
    }
    let mut reader = Reader { anchors: HashMap::new(), span };
    Ok(reader.node(root)?.through_all(args))
}

struct Reader {
    /// What each anchor stands for; a later one of the same name counts from there on.
    anchors: HashMap<CompactString, Val>,
    span: Span,
}

impl Reader {
    fn node(&mut self, node: &Node) -> Outcome {
        let kind = match &node.kind {
            NodeKind::Alias(name, Some(_)) => return self.anchors.get(name).cloned().ok_or(Fault::Invalid),
            NodeKind::Alias(_, None) => return Err(Fault::Invalid),
            NodeKind::Scalar(text) => {
                let plain = text.style == Style::Plain;
                match node.tag.as_deref().map(|tag| tag.text.as_str()) {
                    None if plain => scalar(&text.text)?,
                    None | Some("!!str" | "!!binary" | "!") => K::text(&text.text),
                    Some("!!int" | "!!float" | "!!bool" | "!!null" | "!!timestamp") if plain => scalar(&text.text)?,
                    Some("!!int" | "!!float" | "!!bool" | "!!null" | "!!timestamp") => K::text(&text.text),
                    Some(_) => return Err(Fault::Invalid),
                }
            }
            NodeKind::Sequence(_) | NodeKind::Mapping(_)
                if node.tag.as_deref().is_some_and(|tag| !matches!(tag.text.as_str(), "!!seq" | "!!map")) =>
            {
                return Err(Fault::Invalid);
            }
            NodeKind::Sequence(nodes) => K::tuple(nodes.iter().map(|item| self.node(item)).collect::<Result<_, _>>()?),
            NodeKind::Mapping(entries) => self.mapping(entries)?,
        };
        let val = kind.at(self.span);
        if let Some(anchor) = &node.anchor {
            self.anchors.insert(anchor.clone(), val.clone());
        }
        Ok(val)
    }

    fn mapping(&mut self, entries: &[stockade_yaml::Entry]) -> Result<K, Fault> {
        let (mut fields, mut merged) = (Fields::default(), Fields::default());
        for entry in entries {
            let merges = matches!(&entry.key.kind, NodeKind::Scalar(s) if s.style == Style::Plain && s.text == "<<");
            if merges {
                let val = self.node(&entry.value)?;
                let sources = match &val.kind {
                    K::Seq(seq) => seq.items.clone(),
                    _ => vec![val],
                };
                for source in &sources {
                    let K::Map(map) = &source.kind else { return Err(Fault::Invalid) };
                    for (name, entry) in &map.fields {
                        merged.entry(name.clone()).or_insert_with(|| entry.clone());
                    }
                }
                continue;
            }
            let key = self.node(&entry.key)?;
            let name = crate::eval::key_text(&key).map_err(|_| Fault::Invalid)?;
            let value = self.node(&entry.value)?;
            fields.insert(name, Entry { key: self.span, entry: self.span, value });
        }
        for (name, entry) in merged {
            fields.entry(name).or_insert(entry);
        }
        Ok(K::object(fields))
    }
}

fn scalar(text: &str) -> Result<K, Fault> {
    let sized = |digits: &str, radix: u32| {
        let valid = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        valid.then(|| i64::from_str_radix(digits, radix).ok()).flatten()
    };
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => K::Null(Ty::Any),
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => K::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => K::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Err(Fault::Invalid),
        _ if matches!(unsigned, ".inf" | ".Inf" | ".INF") => return Err(Fault::Invalid),
        _ if text.starts_with("0x") => sized(&text[2..], 16).map_or_else(|| K::text(text), K::int),
        _ if text.starts_with("0o") => sized(&text[2..], 8).map_or_else(|| K::text(text), K::int),
        _ => match date(text) {
            Some(date) => K::text(date),
            None if unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
                Number::parse(text).map_or_else(|| K::text(text), K::Number)
            }
            None => K::text(text),
        },
    })
}

/// A date, with or without a time, as RFC 3339.
fn date(text: &str) -> Option<String> {
    if !text.get(..4)?.bytes().all(|b| b.is_ascii_digit()) || text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let number = |text: &str, most: usize| -> Option<i64> {
        let valid = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        valid.then(|| text.parse().ok())?
    };
    let (day, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at..])),
        None => (text, None),
    };
    let mut parts = day.splitn(3, '-');
    let year = number(parts.next()?, 4)?;
    let (month, day) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let mut seconds = days_to(year, month, day) * 86_400;
    let mut offset = 0;
    if let Some(time) = time {
        let (clock, zone) = match time.strip_prefix(' ') {
            Some(clock) => (clock, None),
            None => {
                let at = time.find(['Z', '+', '-'])?;
                (&time[1..at], Some(&time[at..]))
            }
        };
        let mut parts = clock.splitn(3, ':');
        let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
        let (second, fraction) = parts.next().map(|s| s.split_once('.').unwrap_or((s, "0")))?;
        let second = number(second, 2)?;
        number(fraction, 18)?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        seconds += hour * 3600 + minute * 60 + second;
        if let Some(zone) = zone.filter(|zone| *zone != "Z") {
            let (hours, minutes) = zone[1..].split_once(':')?;
            let size = number(hours, 2)? * 3600 + number(minutes, 2)? * 60;
            offset = if zone.starts_with('-') { -size } else { size };
        }
    }
    Some(Time { seconds, nanos: 0, offset, utc: offset == 0 }.text())
}
