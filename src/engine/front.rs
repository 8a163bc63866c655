//! The front matter of a page: where it ends, and what a glance at it tells.

use std::ops::Range;

use compact_str::CompactString;

/// The id and the kinds of a page, without reading the rest; empty where the page does not say them plainly.
pub fn scan(text: &str) -> (CompactString, Vec<CompactString>) {
    let mut id = CompactString::default();
    let mut kinds = Vec::new();
    let Some(front) = front_matter(text) else { return (id, kinds) };
    let mut lines = text[front.clone()].lines().skip(1);
    while let Some(line) = lines.next() {
        let plain = |text: &str| CompactString::from(text.trim().trim_matches(['"', '\'']));
        let value = |line: &str| line.split(" #").next().unwrap_or_default().trim().to_owned();
        if let Some(rest) = line.strip_prefix("id:") {
            id = plain(&value(rest));
        } else if let Some(rest) = line.strip_prefix("on:") {
            let mut all = value(rest);
            let mut rest = lines.clone();
            if all.starts_with('[') {
                while !all.ends_with(']') {
                    let Some(next) = rest.next() else { break };
                    all.push_str(&value(next));
                }
            } else if all.is_empty() {
                let entries = rest.map(value).take_while(|line| line.starts_with('-') || line.is_empty());
                all = entries.map(|line| line.trim_start_matches('-').trim().to_owned()).collect::<Vec<_>>().join(",");
            }
            let all = all.trim_start_matches('[').trim_end_matches(']');
            kinds = all.split(',').map(plain).filter(|kind| !kind.is_empty()).collect();
        }
    }
    (id, kinds)
}

/// From the opening `---` to the closing one, without it.
pub(crate) fn front_matter(text: &str) -> Option<Range<usize>> {
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut at = start;
    for (index, line) in text[start..].split_inclusive('\n').enumerate() {
        let fence = line.trim_end() == "---";
        match (index, fence) {
            (0, false) => return None,
            (0, true) | (_, false) => at += line.len(),
            (_, true) => return Some(start..at),
        }
    }
    None
}
