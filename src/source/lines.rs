//! Lines and columns, for people and protocols.

use crate::decode::bom_len;

/// A place as a person counts: both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters (Unicode scalar values), from 1; a byte order mark does not count.
    pub column: u32,
}

/// Where the lines of a text start. `\n` ends a line; so a `\r` before it is the last column.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    bom: u32,
    /// How many characters start before every multiple of [`BLOCK`]; empty for a text of ASCII alone. A column far along
    /// a line of megabytes, as in a plan file, is found without counting from the line's start.
    chars: Vec<u32>,
}

/// The bytes between two entries of [`LineIndex::chars`].
const BLOCK: usize = 1024;

/// How many characters start in `bytes`.
fn chars(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()).unwrap_or(u32::MAX)
}

impl LineIndex {
    /// Indexes `text`, which is shorter than 4 GiB.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().zip(1u32..).filter(|(byte, _)| *byte == b'\n').map(|(_, next)| next));
        let counts = if text.is_ascii() {
            vec![]
        } else {
            let blocks = text.as_bytes().chunks(BLOCK).scan(0, |before, block| {
                let here = *before;
                *before += chars(block);
                Some(here)
            });
            blocks.collect()
        };
        LineIndex { starts, bom: u32::try_from(bom_len(text)).unwrap_or(0), chars: counts }
    }

    /// How many lines there are; a text that ends in a line break has an empty last line.
    pub fn count(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// The line of byte `offset`, from 0.
    pub fn line(&self, offset: u32) -> u32 {
        let after = self.starts.partition_point(|start| *start <= offset);
        u32::try_from(after.saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// The byte at which line `line` (from 0) starts; `None` past the last line.
    pub fn start(&self, line: u32) -> Option<u32> {
        self.starts.get(line as usize).copied()
    }

    /// The position of byte `offset` of `text`, the text that was indexed.
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let line = self.line(offset);
        let (start, end) = self.prefix(text, line, offset);
        Position { line: line + 1, column: self.chars_before(text, end) - self.chars_before(text, start) + 1 }
    }

    /// The position of byte `offset` as the Language Server Protocol counts by default: both from 0,
    /// the column in UTF-16 code units.
    pub fn utf16(&self, text: &str, offset: u32) -> (u32, u32) {
        let line = self.line(offset);
        let (start, end) = self.prefix(text, line, offset);
        if self.chars.is_empty() {
            return (line, u32::try_from(end - start).unwrap_or(u32::MAX));
        }
        let prefix = text.get(start..end).unwrap_or("");
        (line, u32::try_from(prefix.encode_utf16().count()).unwrap_or(u32::MAX))
    }

    /// How many characters start before byte `at`, which is the start of one.
    fn chars_before(&self, text: &str, at: usize) -> u32 {
        match self.chars.get(at / BLOCK) {
            Some(before) => before + chars(text.as_bytes().get(at / BLOCK * BLOCK..at).unwrap_or(&[])),
            // ASCII, or the end of a text whose length is a multiple of the block.
            None if self.chars.is_empty() => u32::try_from(at).unwrap_or(u32::MAX),
            None => self.chars_before(text, at - 1) + chars(text.as_bytes().get(at - 1..at).unwrap_or(&[])),
        }
    }

    /// The bytes of line `line` before byte `offset`, which is moved back to a character's start.
    fn prefix(&self, text: &str, line: u32, offset: u32) -> (usize, usize) {
        let start = self.starts.get(line as usize).copied().unwrap_or(0);
        let start = if line == 0 { start.max(self.bom) } else { start } as usize;
        let end = text.floor_char_boundary((offset as usize).min(text.len()));
        (start.min(end), end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "a\né𝄞x\r\n";
        let index = LineIndex::new(text);
        assert_eq!(index.position(text, 0), Position { line: 1, column: 1 });
        assert_eq!(index.position(text, 8), Position { line: 2, column: 3 });
        assert_eq!(index.utf16(text, 8), (1, 3));
        assert_eq!(index.position(text, 11), Position { line: 3, column: 1 });
        assert_eq!(index.count(), 3);
    }

    #[test]
    fn columns_far_along_a_line_are_counted_from_near_by() {
        for (unit, width) in [("é", 2), ("a", 1), ("aé𝄞", 7)] {
            let text = unit.repeat(5000);
            let index = LineIndex::new(&text);
            for offset in [0, 1, 1023, 1024, 2047, 2048, 3000, 5000 * width] {
                let offset = text.floor_char_boundary(offset);
                let column = u32::try_from(text[..offset].chars().count()).unwrap() + 1;
                let at = u32::try_from(offset).unwrap();
                assert_eq!(index.position(&text, at), Position { line: 1, column }, "{unit} {offset}");
            }
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        let text = "\u{feff}ab";
        let index = LineIndex::new(text);
        assert_eq!(index.position(text, 4), Position { line: 1, column: 2 });
        assert_eq!(index.position(text, 0), Position { line: 1, column: 1 });
    }
}
