//! JSON taken apart without reading it: a plan's big arrays are split first, and only what is needed is parsed.

use std::borrow::Cow;

/// One JSON value within a text, from its first byte to its last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

/// Something that is no JSON: where, and what.
pub(crate) type Fault = (usize, &'static str);

impl<'t> Slice<'t> {
    /// The value that a text is.
    pub(crate) fn root(text: &'t str) -> Result<Self, Fault> {
        let start = blank(text.as_bytes(), if text.starts_with('\u{feff}') { 3 } else { 0 });
        let end = value_end(text.as_bytes(), start).ok_or((start, "this JSON value is not closed"))?;
        if blank(text.as_bytes(), end) < text.len() {
            return Err((end, "more text after the end of the JSON value"));
        }
        Ok(Slice { text, start, end })
    }

    /// The text of the value.
    pub(crate) fn text(self) -> &'t str {
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    /// Where the value starts in the whole text.
    pub(crate) fn start(self) -> usize {
        self.start
    }

    /// Where the value ends in the whole text.
    pub(crate) fn end(self) -> usize {
        self.end
    }

    /// Whether this is an object.
    pub(crate) fn is_object(self) -> bool {
        self.text().starts_with('{')
    }

    /// The text of a string.
    pub(crate) fn as_str(self) -> Option<Cow<'t, str>> {
        let inner = self.text().strip_prefix('"')?.strip_suffix('"')?;
        if inner.contains('\\') {
            return serde_json::from_str::<String>(self.text()).ok().map(Cow::Owned);
        }
        Some(Cow::Borrowed(inner))
    }

    /// The keys, as written, and values of an object; none of anything else.
    pub(crate) fn entries(self) -> Result<Vec<(&'t str, Slice<'t>)>, Fault> {
        let bytes = self.text.as_bytes();
        let mut out = Vec::new();
        if !self.is_object() {
            return Ok(out);
        }
        let mut at = blank(bytes, self.start + 1);
        while at + 1 < self.end {
            if bytes[at] != b'"' {
                return Err((at, "a key must be a string in double quotes"));
            }
            let end = value_end(bytes, at).ok_or((at, "this string is not closed"))?;
            let key = self.text.get(at + 1..end - 1).unwrap_or_default();
            at = blank(bytes, end);
            if bytes.get(at) != Some(&b':') {
                return Err((at, "a `:` is missing before this"));
            }
            let value = self.value_at(blank(bytes, at + 1))?;
            out.push((key, value));
            at = self.after(value.end)?;
        }
        Ok(out)
    }

    /// The elements of an array; none of anything else.
    pub(crate) fn elements(self) -> Result<Vec<Slice<'t>>, Fault> {
        let bytes = self.text.as_bytes();
        let mut out = Vec::new();
        if !self.text().starts_with('[') {
            return Ok(out);
        }
        let mut at = blank(bytes, self.start + 1);
        while at + 1 < self.end {
            let value = self.value_at(at)?;
            out.push(value);
            at = self.after(value.end)?;
        }
        Ok(out)
    }

    /// The value of a key of an object, the last of several.
    pub(crate) fn get(self, key: &str) -> Result<Option<Slice<'t>>, Fault> {
        Ok(self.entries()?.into_iter().rev().find(|(name, _)| *name == key).map(|(_, value)| value))
    }

    fn value_at(self, start: usize) -> Result<Slice<'t>, Fault> {
        match value_end(self.text.as_bytes(), start) {
            Some(end) if end < self.end => Ok(Slice { text: self.text, start, end }),
            _ => Err((start.min(self.end), "a value is missing here")),
        }
    }

    /// Where the next entry starts: past a comma, or at the closing bracket.
    fn after(self, end: usize) -> Result<usize, Fault> {
        let bytes = self.text.as_bytes();
        let at = blank(bytes, end);
        if at + 1 >= self.end {
            return Ok(at);
        }
        if bytes[at] != b',' {
            return Err((at, "a comma is missing before this"));
        }
        let next = blank(bytes, at + 1);
        if next + 1 >= self.end { Err((at, "a trailing comma")) } else { Ok(next) }
    }
}

fn blank(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// One past a value; `None` where it does not end. Brackets are counted, what is between them is not judged.
fn value_end(bytes: &[u8], start: usize) -> Option<usize> {
    match bytes.get(start)? {
        b'"' => string_end(bytes, start),
        b'{' | b'[' => {
            let (mut at, mut depth) = (start, 0usize);
            loop {
                match bytes.get(at)? {
                    b'"' => {
                        at = string_end(bytes, at)?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
        }
        _ => {
            let len = bytes[start..].iter().take_while(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b)).count();
            (len > 0).then_some(start + len)
        }
    }
}

fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_split_without_being_read() {
        let root = Slice::root(" {\"a\": [1, {\"]\": \"\\\"}\"}, -2.5e3], \"b\" : \"x\\n\"} ").expect("an object");
        let entries = root.entries().expect("entries");
        assert_eq!(entries.iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["a", "b"]);
        let items: Vec<&str> = entries[0].1.elements().expect("items").iter().map(|item| item.text()).collect();
        assert_eq!(items, ["1", "{\"]\": \"\\\"}\"}", "-2.5e3"]);
        assert_eq!(entries[1].1.as_str().as_deref(), Some("x\n"));
        assert_eq!(root.get("a").expect("no fault").map(Slice::start), Some(7));
    }

    #[test]
    fn empty_collections_have_nothing() {
        for text in ["{}", "[]", "{ }", "[ ]", "1", "\"x\"", "null"] {
            let root = Slice::root(text).expect(text);
            assert!(
                root.entries().is_ok_and(|e| e.is_empty()) && root.elements().is_ok_and(|e| e.is_empty()),
                "{text}"
            );
        }
    }

    #[test]
    fn faults_are_found() {
        for text in ["", "{", "[1", "\"x", "\"x\\", "{} {}", "{\"a\": \"b\\\"}", ":"] {
            assert!(Slice::root(text).is_err(), "{text}");
        }
        for text in ["{1: 2}", "{\"a\" 1}", "{\"a\":}", "{\"a\": 1 \"b\": 2}", "{\"a\": 1,}", "{\"a\"}"] {
            assert!(Slice::root(text).expect(text).entries().is_err(), "{text}");
        }
        for text in ["[1 2]", "[1,]", "[,]", "[:]"] {
            assert!(Slice::root(text).expect(text).elements().is_err(), "{text}");
        }
    }
}
