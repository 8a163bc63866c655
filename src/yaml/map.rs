//! From the text of a scalar to the place in its file.

use stockade_source::Span;

use crate::{Node, NodeKind, Scalar, Style};

/// Where each byte of a scalar's decoded text stands in the file: a command inside a block scalar, an
/// expression inside quotes.
#[derive(Clone, Debug)]
pub struct ScalarMap {
    node: Span,
    pieces: Vec<Piece>,
}

/// A stretch of the decoded text and of the file. Where both are equally long, byte stands for byte;
/// else the stretch is one unit: an escape, a fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    decoded: usize,
    decoded_len: usize,
    file: usize,
    file_len: usize,
}

impl ScalarMap {
    /// The map of `node`, a scalar or an alias of one, in `text`, the whole text of its file.
    pub fn new(text: &str, node: &Node) -> ScalarMap {
        match &node.kind {
            NodeKind::Scalar(scalar) => {
                let mut pieces = Pieces::default();
                let (start, end) = (node.span.start as usize, node.span.end as usize);
                let raw = text.get(start..end).unwrap_or_default();
                let whole = match scalar.style {
                    Style::Plain => pieces.flow(raw, start, None),
                    Style::Single => pieces.quoted(raw, start, '\''),
                    Style::Double => pieces.quoted(raw, start, '"'),
                    Style::Literal | Style::Folded => pieces.block(raw, start, scalar),
                };
                if !whole || pieces.decoded != scalar.text.len() {
                    // The text is not the one that the node was read from, or has a corner that is not
                    // known here: any part of it stands somewhere in the node.
                    pieces = Pieces::default();
                    pieces.push(scalar.text.len(), start, end - start);
                }
                ScalarMap { node: node.span, pieces: pieces.pieces }
            }
            NodeKind::Alias(_, Some(target)) => ScalarMap::new(text, target),
            _ => ScalarMap { node: node.span, pieces: Vec::new() },
        }
    }

    /// Where bytes `start..end` of the decoded text stand; an empty range stands before its byte.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let Some(last) = self.pieces.last() else { return self.node };
        let from = self.piece(start).map_or(last.file + last.file_len, |piece| {
            if piece.decoded_len == piece.file_len { piece.file + (start - piece.decoded) } else { piece.file }
        });
        let to = if end <= start {
            from
        } else {
            self.piece(end - 1).map_or(last.file + last.file_len, |piece| {
                let len = if piece.decoded_len == piece.file_len { end - piece.decoded } else { piece.file_len };
                piece.file + len
            })
        };
        crate::span(self.node.file, from, to.max(from))
    }

    /// The piece that holds a byte of the decoded text.
    fn piece(&self, at: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.decoded + piece.decoded_len <= at);
        self.pieces.get(after)
    }
}

#[derive(Default)]
struct Pieces {
    pieces: Vec<Piece>,
    decoded: usize,
}

impl Pieces {
    /// Adds the next stretch of the decoded text.
    fn push(&mut self, decoded_len: usize, file: usize, file_len: usize) {
        if decoded_len == 0 {
            return;
        }
        let decoded = self.decoded;
        self.decoded += decoded_len;
        if let Some(last) = self.pieces.last_mut()
            && decoded_len == file_len
            && last.decoded_len == last.file_len
            && last.file + last.file_len == file
        {
            last.decoded_len += decoded_len;
            last.file_len += file_len;
            return;
        }
        self.pieces.push(Piece { decoded, decoded_len, file, file_len });
    }

    fn quoted(&mut self, raw: &str, start: usize, quote: char) -> bool {
        let content = raw.strip_prefix(quote).and_then(|raw| raw.strip_suffix(quote));
        content.is_some_and(|content| self.flow(content, start + 1, Some(quote)))
    }

    /// Plain and quoted scalars: line breaks fold, quotes and escapes decode. `raw` has no quotes.
    fn flow(&mut self, raw: &str, start: usize, quote: Option<char>) -> bool {
        let bytes = raw.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let len = bytes[at..]
                .iter()
                .position(|byte| match byte {
                    b' ' | b'\t' | b'\r' | b'\n' => true,
                    b'\'' => quote == Some('\''),
                    b'\\' => quote == Some('"'),
                    _ => false,
                })
                .unwrap_or(bytes.len() - at);
            self.push(len, start + at, len);
            at += len;
            match bytes.get(at) {
                None => {}
                Some(b'\'') => {
                    self.push(1, start + at, 2);
                    at += 2;
                }
                Some(b'\\') => {
                    let Some((decoded, len)) = escape(&raw[at..]) else { return false };
                    self.push(decoded, start + at, len);
                    at += len;
                    if decoded == 0 {
                        // After an escaped line break, empty lines still count.
                        let (breaks, len) = blanks(&bytes[at..]);
                        self.push(breaks, start + at, len);
                        at += len;
                    }
                }
                Some(_) => {
                    let (breaks, len) = blanks(&bytes[at..]);
                    let decoded = match breaks {
                        0 => len,
                        1 => 1,
                        _ => breaks - 1,
                    };
                    self.push(decoded, start + at, len);
                    at += len;
                }
            }
        }
        true
    }

    /// Block scalars; `raw` starts at the header.
    fn block(&mut self, raw: &str, start: usize, scalar: &Scalar) -> bool {
        let text = scalar.text.as_str();
        let header = raw.find(['\n', '\r']).unwrap_or(raw.len());
        let mut lines = Lines { raw, at: header };
        lines.next_break();
        let mut before = lines.at;
        let Some(indent) = indent(&raw[before..], text) else {
            self.push(text.len(), start + raw.len(), 0);
            return true;
        };
        loop {
            let (line, end) = lines.line();
            let content = line.get(indent..).unwrap_or_default();
            if !content.is_empty() {
                let rest = text.get(self.decoded..).unwrap_or_default();
                let breaks = rest.bytes().take_while(|byte| *byte == b'\n').count();
                let folded = breaks == 0 && self.decoded > 0 && scalar.style == Style::Folded;
                let separators = if folded { 1 } else { breaks };
                if !rest.get(separators..).is_some_and(|rest| rest.starts_with(content)) {
                    return false;
                }
                // The indentation after the last line break is no part of what the breaks decode to.
                let at = end - content.len();
                let breaks_len = raw[before..at].rfind(['\n', '\r']).map_or(0, |last| last + 1);
                self.push(separators, start + before, breaks_len);
                self.push(content.len(), start + at, content.len());
                before = end;
            }
            lines.at = end;
            if !lines.next_break() {
                break;
            }
        }
        // The line breaks after the last line are not in the node's span.
        self.push(text.len().saturating_sub(self.decoded), start + raw.len(), 0);
        true
    }
}

/// The lines of a block scalar; a line ends at `\n`, `\r\n` or `\r`.
struct Lines<'r> {
    raw: &'r str,
    at: usize,
}

impl<'r> Lines<'r> {
    /// The line here without its break, and where it ends.
    fn line(&self) -> (&'r str, usize) {
        let rest = self.raw.get(self.at..).unwrap_or_default();
        let len = rest.find(['\n', '\r']).unwrap_or(rest.len());
        (&rest[..len], self.at + len)
    }

    /// Steps over a line break.
    fn next_break(&mut self) -> bool {
        let rest = self.raw.get(self.at..).unwrap_or_default();
        let len = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with(['\n', '\r'])) };
        self.at += len;
        len > 0
    }
}

/// By how much the content of a block scalar is indented: its first line of text shows it.
fn indent(lines: &str, text: &str) -> Option<usize> {
    let first = |text: &str| {
        let line = text.split(['\n', '\r']).find(|line| !line.trim_matches([' ', '\t']).is_empty())?;
        Some(line.bytes().take_while(|byte| *byte == b' ').count())
    };
    first(lines)?.checked_sub(first(text)?)
}

/// How many line breaks a run of blanks holds, and how long it is.
fn blanks(bytes: &[u8]) -> (usize, usize) {
    let len = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
    let run = &bytes[..len];
    let breaks = (0..len).filter(|at| run[*at] == b'\n' || (run[*at] == b'\r' && run.get(at + 1) != Some(&b'\n')));
    (breaks.count(), len)
}

/// The lengths of an escape, decoded and as written; an escaped line break decodes to nothing.
fn escape(raw: &str) -> Option<(usize, usize)> {
    let code = |from: usize, len: usize| u32::from_str_radix(raw.get(from..from + len)?, 16).ok();
    let digits = match raw.as_bytes().get(1)? {
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        b'N' | b'_' => return Some((2, 2)),
        b'L' | b'P' => return Some((3, 2)),
        b'\r' | b'\n' => {
            let end = if raw[1..].starts_with("\r\n") { 3 } else { 2 };
            let indent = raw[end..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            return Some((0, end + indent));
        }
        _ => {
            // Of YAML's own escapes, the rest are of ASCII for ASCII; the backslash of a wrong one in JSON
            // stands for nothing.
            let len = raw[1..].chars().next()?.len_utf8();
            return Some((len, 1 + len));
        }
    };
    let unit = code(2, digits)?;
    if (0xD800..0xDC00).contains(&unit) && raw.get(6..8) == Some("\\u") && code(8, 4).is_some_and(|low| low >= 0xDC00) {
        return Some((4, 12));
    }
    Some((char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER).len_utf8(), 2 + digits))
}

#[cfg(test)]
mod tests {
    use stockade_source::FileId;

    use super::*;

    /// The text in the file of the first `part` of the decoded text of the value of the first key.
    fn at<'t>(text: &'t str, part: &str) -> &'t str {
        let (documents, errors) = crate::parse(FileId(0), text);
        assert!(errors.is_empty(), "{errors:?}");
        let node = &documents[0].root.as_ref().expect("a root").entries()[0].value;
        let start = node.as_str().expect("a scalar").find(part).expect("the part");
        let span = ScalarMap::new(text, node).span(start, start + part.len());
        assert!(span.start >= node.span.start);
        span.text(text)
    }

    #[test]
    fn plain_and_quoted() {
        assert_eq!(at("a: echo é hi # c\n", "hi"), "hi");
        assert_eq!(at("a: b c\n  d  \n\n  e\n", "d\ne"), "d  \n\n  e");
        assert_eq!(at("a: 'it''s  é x'\n", "x"), "x");
        assert_eq!(at("a: 'it''s'\n", "'"), "''");
        assert_eq!(at("a: \"\\tx\\u00e9y\"\n", "y"), "y");
        assert_eq!(at("a: \"\\tx\\u00e9y\"\n", "é"), "\\u00e9");
        assert_eq!(at("a: \"b \\\n   c\n  d\"\n", "c d"), "c\n  d");
    }

    #[test]
    fn block_scalars() {
        let text = "a: | # c\n  set -e\n\n    rm -rf /é\n  x\nb: c\n";
        assert_eq!(at(text, "rm -rf /é"), "rm -rf /é");
        assert_eq!(at(text, "x"), "x");
        assert_eq!(at(text, "e\n\n  rm"), "e\n\n    rm");
        assert_eq!(at("a: >-\r\n\r\n  b c\r\n  d\r\n\r\n  e\r\n", "c d"), "c\r\n  d");
        assert_eq!(at("a: >-\r\n\r\n  b c\r\n  d\r\n\r\n  e\r\n", "e"), "e");
        assert_eq!(at("a: |2\n    b\n  c\n", "c"), "c");
        assert_eq!(at("a: |+\n  b\n\n\n", "b"), "b");
    }

    #[test]
    fn what_has_no_text_of_its_own() {
        let text = "a: &x b\nc: *x\nd: [e]\n";
        let (documents, _) = crate::parse(FileId(0), text);
        let root = documents[0].root.as_ref().expect("a root");
        assert_eq!(ScalarMap::new(text, &root.entries()[1].value).span(0, 1).text(text), "b");
        assert_eq!(ScalarMap::new(text, &root.entries()[2].value).span(0, 1).text(text), "[e]");
        assert_eq!(ScalarMap::new("", &root.entries()[0].value).span(0, 1).start, 6);
    }
}
