//! A JSON text to a document.

use compact_str::CompactString;
use stockade_source::{FileId, Span, SyntaxError};

use crate::{Document, Entry, MAX_DEPTH, MAX_ERRORS, Node, NodeKind, Scalar, Style, span};

/// Reads `text`, which spans can address.
pub(crate) fn parse(file: FileId, text: &str) -> (Document, Vec<SyntaxError>) {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader =
        Reader { file, text, bytes: text.as_bytes(), at, nodes: Vec::new(), open: Vec::new(), errors: Vec::new() };
    reader.skip_blank();
    let start = reader.at;
    reader.document();
    let document = Document { root: reader.nodes.pop(), span: span(file, start, text.len()) };
    (document, reader.errors)
}

/// A collection that is being read.
struct Open {
    start: usize,
    /// Where its children start in [`Reader::nodes`]; an object's are keys and values in turn.
    first: usize,
    object: bool,
}

/// What may stand next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// The value after a `:`, or the root.
    Value,
    /// The first element of an array, or its end.
    First,
    /// An element after a comma.
    Item,
    /// The first key of an object, or its end.
    FirstKey,
    /// A key after a comma.
    Key,
    Colon,
    /// A comma, or the end of what is open.
    Next,
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Finished nodes of collections that are not finished.
    nodes: Vec<Node>,
    open: Vec<Open>,
    errors: Vec<SyntaxError>,
}

impl Reader<'_> {
    fn document(&mut self) {
        let mut expect = Expect::Value;
        loop {
            self.skip_blank();
            let Some(&byte) = self.bytes.get(self.at) else {
                if let Some(open) = self.open.last() {
                    let (start, bracket) = (open.start, if open.object { '{' } else { '[' });
                    self.error(start, start + 1, format!("this `{bracket}` is not closed"));
                }
                break;
            };
            expect = match expect {
                Expect::Next if self.open.is_empty() => {
                    self.error(self.at, self.char_end(), "more text after the end of the JSON value");
                    break;
                }
                Expect::Next => self.next(byte),
                Expect::Value | Expect::First | Expect::Item => match self.value(byte, expect) {
                    Some(expect) => expect,
                    None => break,
                },
                Expect::FirstKey | Expect::Key => self.key(byte, expect),
                Expect::Colon => self.colon(byte),
            };
        }
        while let Some(open) = self.open.last() {
            let (start, first) = (open.start, open.first);
            if self.in_object() && self.half_entry() {
                self.push_empty();
            }
            let end = self.nodes[first..].last().map_or(start + 1, |node| node.span.end as usize);
            self.close(end);
        }
    }

    /// After a complete value of a collection.
    fn next(&mut self, byte: u8) -> Expect {
        let object = self.in_object();
        match byte {
            b',' => {
                self.at += 1;
                if object { Expect::Key } else { Expect::Item }
            }
            b'}' | b']' => self.bracket(byte),
            b'"' | b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'[' | b'{' => {
                self.error(self.at, self.at, "a comma is missing before this");
                if object { Expect::Key } else { Expect::Item }
            }
            _ => {
                self.unexpected();
                Expect::Next
            }
        }
    }

    /// Where a value should stand; `None` where reading cannot go on.
    fn value(&mut self, byte: u8, expect: Expect) -> Option<Expect> {
        match byte {
            b'"' => self.string(),
            b'[' | b'{' => {
                if self.open.len() >= MAX_DEPTH {
                    self.error(self.at, self.at + 1, format!("nested deeper than {MAX_DEPTH} levels"));
                    return None;
                }
                let object = byte == b'{';
                self.open.push(Open { start: self.at, first: self.nodes.len(), object });
                self.at += 1;
                return Some(if object { Expect::FirstKey } else { Expect::First });
            }
            b']' if expect == Expect::First => return Some(self.bracket(byte)),
            b']' | b'}' if expect == Expect::Item => {
                self.error(self.at, self.at, "a trailing comma before this");
                return Some(self.bracket(byte));
            }
            b',' | b']' | b'}' => {
                self.error(self.at, self.at + 1, "a value is missing before this");
                if self.open.is_empty() {
                    self.at += 1;
                    return Some(expect);
                }
                if expect == Expect::Value {
                    self.push_empty();
                } else if byte == b',' {
                    self.at += 1;
                    return Some(Expect::Item);
                }
            }
            _ if is_word(byte) => self.word(),
            _ => {
                self.unexpected();
                return Some(expect);
            }
        }
        Some(Expect::Next)
    }

    /// Where a key should stand.
    fn key(&mut self, byte: u8, expect: Expect) -> Expect {
        match byte {
            b'"' => self.string(),
            b'}' if expect == Expect::FirstKey => return self.bracket(byte),
            b'}' | b']' => {
                let message = if expect == Expect::Key { "a trailing comma before this" } else { "expected `}`" };
                self.error(self.at, self.at, message);
                return self.bracket(byte);
            }
            b':' | b'[' | b'{' => {
                self.error(self.at, self.at + 1, "a key is missing before this");
                self.push_empty();
            }
            _ if is_word(byte) => {
                let end = self.word_end();
                self.error(self.at, end, "a key must be a string in double quotes");
                self.push(self.text.get(self.at..end).unwrap_or_default().into(), Style::Plain, self.at, end);
                self.at = end;
            }
            _ => {
                self.unexpected();
                return expect;
            }
        }
        Expect::Colon
    }

    fn colon(&mut self, byte: u8) -> Expect {
        match byte {
            b':' => {
                self.at += 1;
                Expect::Value
            }
            b',' | b'}' | b']' => {
                self.error(self.at, self.at + 1, "a `:` and a value are missing before this");
                self.push_empty();
                Expect::Next
            }
            _ => {
                self.error(self.at, self.at, "a `:` is missing before this");
                Expect::Value
            }
        }
    }

    /// A closing bracket; one that does not fit closes what is open up to one that it fits.
    fn bracket(&mut self, byte: u8) -> Expect {
        let object = byte == b'}';
        if self.in_object() != object {
            let expected = if object { ']' } else { '}' };
            self.error(self.at, self.at + 1, format!("expected `{expected}`"));
            if !self.open.iter().any(|open| open.object == object) {
                self.at += 1;
                return Expect::Next;
            }
            while self.in_object() != object {
                if self.in_object() && self.half_entry() {
                    self.push_empty();
                }
                self.close(self.at);
            }
        }
        self.at += 1;
        self.close(self.at);
        Expect::Next
    }

    fn in_object(&self) -> bool {
        self.open.last().is_some_and(|open| open.object)
    }

    /// Whether the innermost object has a key without a value.
    fn half_entry(&self) -> bool {
        self.open.last().is_some_and(|open| !(self.nodes.len() - open.first).is_multiple_of(2))
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        let mut children = self.nodes.drain(open.first..);
        let kind = if open.object {
            let mut entries = Vec::with_capacity(children.len() / 2);
            while let (Some(key), Some(value)) = (children.next(), children.next()) {
                entries.push(Entry { key, value });
            }
            NodeKind::Mapping(entries)
        } else {
            NodeKind::Sequence(children.by_ref().collect())
        };
        drop(children);
        self.nodes.push(Node { kind, span: span(self.file, open.start, end), tag: None, anchor: None });
    }

    fn push(&mut self, text: CompactString, style: Style, start: usize, end: usize) {
        let kind = NodeKind::Scalar(Scalar { text, style });
        self.nodes.push(Node { kind, span: span(self.file, start, end), tag: None, anchor: None });
    }

    fn push_empty(&mut self) {
        self.push(CompactString::default(), Style::Plain, self.at, self.at);
    }

    /// A number, `true`, `false`, `null`, or a word that is none of them.
    fn word(&mut self) {
        let (start, end) = (self.at, self.word_end());
        let word = self.text.get(start..end).unwrap_or_default();
        if !matches!(word, "true" | "false" | "null") && !is_number(word.as_bytes()) {
            self.error(start, end, "not a JSON value; a text needs double quotes");
        }
        self.push(word.into(), Style::Plain, start, end);
        self.at = end;
    }

    fn word_end(&self) -> usize {
        self.at + self.bytes[self.at..].iter().take_while(|byte| is_word(**byte)).count()
    }

    fn string(&mut self) {
        let open = self.at;
        let content = open + 1;
        let stop = content + run(&self.bytes[content..]);
        if self.bytes.get(stop) == Some(&b'"') {
            self.at = stop + 1;
            self.push(self.text.get(content..stop).unwrap_or_default().into(), Style::Double, open, self.at);
            return;
        }
        let mut decoded = String::with_capacity(stop - content + 16);
        self.at = content;
        loop {
            let stop = self.at + run(&self.bytes[self.at..]);
            decoded.push_str(self.text.get(self.at..stop).unwrap_or_default());
            self.at = stop;
            match self.bytes.get(stop) {
                Some(b'"') => {
                    self.at += 1;
                    break;
                }
                Some(b'\\') => self.escape(&mut decoded),
                Some(b'\n' | b'\r') | None => {
                    self.error(open, open + 1, "this string is not closed on its line");
                    break;
                }
                Some(control) => {
                    self.error(stop, stop + 1, "a control character in a string must be escaped");
                    decoded.push(char::from(*control));
                    self.at += 1;
                }
            }
        }
        self.push(decoded.into(), Style::Double, open, self.at);
    }

    fn escape(&mut self, decoded: &mut String) {
        let start = self.at;
        let simple = match self.bytes.get(start + 1) {
            Some(b'n') => Some('\n'),
            Some(b't') => Some('\t'),
            Some(b'r') => Some('\r'),
            Some(b'b') => Some('\u{8}'),
            Some(b'f') => Some('\u{c}'),
            Some(byte @ (b'"' | b'\\' | b'/')) => Some(char::from(*byte)),
            _ => None,
        };
        if let Some(c) = simple {
            decoded.push(c);
            self.at += 2;
            return;
        }
        if self.bytes.get(start + 1) == Some(&b'u')
            && let Some(unit) = self.unit(start + 2)
        {
            let low = match unit {
                0xD800..0xDC00 if self.bytes.get(start + 6..start + 8) == Some(b"\\u") => self.unit(start + 8),
                _ => None,
            };
            let pair = low.filter(|low| (0xDC00..0xE000).contains(low));
            let code = pair.map_or(unit, |low| 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
            self.at = start + if pair.is_some() { 12 } else { 6 };
            match char::from_u32(code) {
                Some(c) => decoded.push(c),
                None => {
                    self.error(start, self.at, "half of a surrogate pair is no character");
                    decoded.push(char::REPLACEMENT_CHARACTER);
                }
            }
            return;
        }
        self.at += 1;
        self.error(start, self.at, "not an escape of JSON");
    }

    /// Four hexadecimal digits.
    fn unit(&self, at: usize) -> Option<u32> {
        self.bytes.get(at..at + 4)?.iter().try_fold(0, |code, byte| Some(code * 16 + char::from(*byte).to_digit(16)?))
    }

    fn skip_blank(&mut self) {
        loop {
            while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
                self.at += 1;
            }
            let rest = &self.text[self.at..];
            let len = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |len| len + 2)
            } else {
                return;
            };
            self.error(self.at, self.at + 2, "JSON has no comments");
            self.at += len;
        }
    }

    /// Reports the character here and steps over it.
    fn unexpected(&mut self) {
        let end = self.char_end();
        self.error(self.at, end, "this cannot stand here in JSON");
        self.at = end;
    }

    fn char_end(&self) -> usize {
        self.at + self.text[self.at..].chars().next().map_or(0, char::len_utf8)
    }

    fn error(&mut self, start: usize, end: usize, message: impl Into<String>) {
        if self.errors.len() < MAX_ERRORS {
            let span: Span = span(self.file, start, end);
            self.errors.push(SyntaxError::new(span, message));
        }
    }
}

/// The length of the part of a string's content that stands for itself.
fn run(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(bytes.len())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_' | b'$')
}

fn is_number(bytes: &[u8]) -> bool {
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && bytes[at] == b'0') {
        return false;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let power = digits(at.min(bytes.len()));
        if power == 0 {
            return false;
        }
        at += power;
    }
    at == bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Node>, Vec<(String, String)>) {
        let (document, errors) = parse(FileId(0), text);
        let errors = errors.into_iter().map(|error| (error.span.text(text).to_owned(), error.message)).collect();
        (document.root, errors)
    }

    fn only_error(text: &str) -> String {
        let (_, errors) = read(text);
        assert_eq!(errors.len(), 1, "{text}: {errors:?}");
        errors[0].1.clone()
    }

    #[test]
    fn nodes_have_exact_spans() {
        let text = "\u{feff} {\"é\": [1, -2.5e3, true, null, {}], \"b\\n\\u00e9\\ud83d\\ude00\": \"\"} \n";
        let (root, errors) = read(text);
        assert!(errors.is_empty(), "{errors:?}");
        let root = root.expect("a root");
        assert_eq!((root.span.start, root.span.end as usize), (4, text.len() - 2));
        let entries = root.entries();
        assert_eq!(entries[0].key.span.text(text), "\"é\"");
        assert_eq!(entries[0].value.span.text(text), "[1, -2.5e3, true, null, {}]");
        let items: Vec<&str> = entries[0].value.elements().iter().map(|item| item.span.text(text)).collect();
        assert_eq!(items, ["1", "-2.5e3", "true", "null", "{}"]);
        assert_eq!(entries[1].key.as_str(), Some("b\né😀"));
        assert_eq!(entries[1].value.span.text(text), "\"\"");
    }

    #[test]
    fn an_empty_text_is_an_empty_document() {
        assert_eq!(read(""), (None, vec![]));
        assert_eq!(read("\u{feff} \n"), (None, vec![]));
    }

    #[test]
    fn reading_goes_on_after_small_faults() {
        let text = "{ // c\n \"a\": [1, 2,], /* d */ \"b\": 3 \"c\": 4,}";
        let (root, errors) = read(text);
        let root = root.expect("a root");
        assert_eq!(root.get("a").map(|a| a.elements().len()), Some(2));
        assert_eq!(root.get("b").and_then(Node::as_str), Some("3"));
        assert_eq!(root.get("c").and_then(Node::as_str), Some("4"));
        let messages: Vec<&str> = errors.iter().map(|(_, message)| message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "JSON has no comments",
                "a trailing comma before this",
                "JSON has no comments",
                "a comma is missing before this",
                "a trailing comma before this",
            ]
        );
    }

    #[test]
    fn faults_keep_what_was_read() {
        let (root, errors) = read("{\"a\": {\"b\": 1, \"c\"");
        assert_eq!(errors, [("{".to_owned(), "this `{` is not closed".to_owned())]);
        let inner = root.as_ref().and_then(|root| root.get("a")).expect("the inner object");
        assert_eq!(inner.entries().len(), 2);
        let (root, _) = read("{\"a\": [1, 2}");
        assert_eq!(root.and_then(|root| root.get("a").map(|a| a.elements().len())), Some(2));
        assert_eq!(only_error("{\"a\": }"), "a value is missing before this");
        assert_eq!(only_error("{\"a\"}"), "a `:` and a value are missing before this");
        assert_eq!(only_error("{a: 1}"), "a key must be a string in double quotes");
        assert_eq!(only_error("[1] 2"), "more text after the end of the JSON value");
        let (root, errors) = read("{\"a\": \"b\n}");
        assert_eq!(errors, [("\"".to_owned(), "this string is not closed on its line".to_owned())]);
        assert_eq!(root.as_ref().and_then(|root| root.get("a")).and_then(Node::as_str), Some("b"));
    }

    #[test]
    fn strictness() {
        for text in ["01", "+1", "1.", ".5", "1e", "NaN", "tru", "\"\\x\"", "\"\t\"", "\"\\ud800\"", "'a'", "[,]", "]"]
        {
            assert!(!read(text).1.is_empty(), "{text}");
        }
        for text in ["0", "-0", "0.5", "1E+9", "\"\\/\"", "[]", " {} "] {
            assert!(read(text).1.is_empty(), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = open.repeat(100_000);
            let (root, errors) = read(&deep);
            assert!(root.is_some());
            assert_eq!(errors[0].1, "nested deeper than 256 levels");
            let most = format!("{}1{}", open.repeat(256), close.repeat(256));
            assert!(read(&most).1.is_empty());
        }
    }
}
