//! From a text that was made of another back to that other.

use std::ops::Range;

/// Where each byte of a derived text stands in the text that it was derived from: after joining lines, removing
/// quotes, undoing escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetMap {
    /// `(derived, source)` where a run begins in which both count up together; derived offsets rise.
    runs: Vec<(u32, u32)>,
    /// `(derived, source end)` of the last byte of each character that is written longer than it is: an escape.
    wide: Vec<(u32, u32)>,
}

impl OffsetMap {
    /// A map where the derived text is the source from `start` on.
    pub fn from_start(start: usize) -> Self {
        OffsetMap { runs: vec![(0, clamp(start))], wide: Vec::new() }
    }

    /// States that from `derived` on the text is the source from `source` on. Calls come in the order of the text.
    pub fn push(&mut self, derived: usize, source: usize) {
        let (derived, source) = (clamp(derived), clamp(source));
        if let Some(&(d, s)) = self.runs.last() {
            if derived.wrapping_sub(d) == source.wrapping_sub(s) {
                return;
            }
            if d == derived {
                self.runs.pop();
            }
        }
        self.runs.push((derived, source));
    }

    /// As [`OffsetMap::push`], for a character of `len` bytes that the source writes as `source`.
    pub fn push_escape(&mut self, derived: usize, len: usize, source: Range<usize>) {
        self.push(derived, source.start);
        self.wide.push((clamp(derived + len.saturating_sub(1)), clamp(source.end)));
    }

    /// The map of a part of the derived text.
    #[must_use]
    pub fn slice(&self, derived: Range<usize>) -> OffsetMap {
        let mut out = OffsetMap::from_start(self.start(derived.start));
        let (start, end) = (clamp(derived.start), clamp(derived.end));
        let from = self.runs.partition_point(|&(d, _)| d <= start);
        let inside = self.runs.get(from..).unwrap_or_default().iter().take_while(|&&(d, _)| d < end);
        out.runs.extend(inside.map(|&(d, s)| (d - start, s)));
        let from = self.wide.partition_point(|&(d, _)| d < start);
        let inside = self.wide.get(from..).unwrap_or_default().iter().take_while(|&&(d, _)| d < end);
        out.wide.extend(inside.map(|&(d, s)| (d - start, s)));
        out
    }

    /// The source offset of a derived one.
    pub fn start(&self, derived: usize) -> usize {
        let derived = clamp(derived);
        let index = self.runs.partition_point(|&(d, _)| d <= derived);
        match index.checked_sub(1).and_then(|i| self.runs.get(i)) {
            Some(&(d, s)) => s.saturating_add(derived - d) as usize,
            None => derived as usize,
        }
    }

    /// The source offset of the end of what ends at a derived offset: one past its last byte.
    pub fn end(&self, derived: usize) -> usize {
        let Some(last) = derived.checked_sub(1) else { return self.start(0) };
        match self.wide.binary_search_by_key(&clamp(last), |&(d, _)| d) {
            Ok(index) => self.wide.get(index).map_or(0, |&(_, end)| end as usize),
            Err(_) => self.start(last) + 1,
        }
    }

    /// The source range of a derived one.
    pub fn range(&self, derived: Range<usize>) -> Range<usize> {
        let start = self.start(derived.start);
        if derived.is_empty() {
            return start..start;
        }
        start..self.end(derived.end).max(start)
    }
}

/// Texts are bounded far below 4 GB; an offset past that is a fault of the caller and stays in range.
fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_end_where_they_are_written_to_end() {
        // `a\nb` decoded to "a⏎b", twice.
        let mut map = OffsetMap::default();
        map.push(0, 10);
        map.push_escape(1, 1, 11..13);
        map.push(2, 13);
        assert_eq!((map.range(0..2), map.range(1..2), map.range(2..3)), (10..13, 11..13, 13..14));
        assert_eq!(map.slice(1..3).range(0..1), 11..13);
    }

    #[test]
    fn runs_map_back() {
        // "ab\⏎cd" joined to "abcd".
        let mut map = OffsetMap::default();
        map.push(0, 0);
        map.push(2, 4);
        map.push(3, 5);
        assert_eq!(map.runs.len(), 2);
        assert_eq!(map.range(0..2), 0..2, "the end is that of the last byte, not the start of the next run");
        assert_eq!(map.range(1..3), 1..5);
        assert_eq!(map.range(2..2), 4..4);
        assert_eq!(map.slice(1..4).range(0..3), 1..6);
        assert_eq!(map.slice(2..4).range(0..1), 4..5);
    }
}
