//! Where the characters of a decoded scalar stand in its file.

use std::ops::Range;

use stockade_shell::OffsetMap;
use stockade_source::Span;

/// The text of a scalar, with the place of each part of it.
#[derive(Clone, Debug)]
pub(crate) struct Scalar<'a> {
    /// The text, decoded.
    pub(crate) text: &'a str,
    /// The whole, quotes included.
    pub(crate) span: Span,
    /// From the text to the file; `None` where the two could not be matched.
    offsets: Option<Offsets>,
    /// How much of the text that `offsets` is of was left out before `text`.
    skipped: usize,
}

impl<'a> Scalar<'a> {
    /// The scalar `text` that stands at `span` of the file with the text `file`.
    pub(crate) fn new(text: &'a str, span: Span, file: &str) -> Self {
        Scalar { text, span, offsets: offsets(text, span.text(file), span.start as usize), skipped: 0 }
    }

    /// The scalar from an offset of its text on.
    pub(crate) fn tail(&self, from: usize) -> Scalar<'a> {
        Scalar {
            text: self.text.get(from..).unwrap_or(""),
            span: self.place(from..self.text.len()),
            offsets: self.offsets.clone(),
            skipped: self.skipped + from,
        }
    }

    /// Where a range of the text stands; the whole scalar where that cannot be told.
    pub(crate) fn place(&self, range: Range<usize>) -> Span {
        if range == (0..self.text.len()) {
            return self.span;
        }
        self.inner(range)
    }

    /// As [`Scalar::place`], but never with the quotes around the whole.
    pub(crate) fn inner(&self, range: Range<usize>) -> Span {
        let Some(offsets) = &self.offsets else { return self.span };
        let found = offsets.range(range.start + self.skipped..range.end + self.skipped);
        let inside = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX).clamp(self.span.start, self.span.end);
        let (start, end) = (inside(found.start), inside(found.end));
        Span::new(self.span.file, start, end.max(start))
    }
}

/// Where each byte of a decoded text stands.
#[derive(Clone, Debug, Default)]
struct Offsets {
    starts: OffsetMap,
    /// Where characters end that are longer in the source than decoded: offset after it, and in the file.
    ends: Vec<(usize, usize)>,
}

impl Offsets {
    fn range(&self, range: Range<usize>) -> Range<usize> {
        let found = self.starts.range(range.clone());
        match self.ends.binary_search_by_key(&range.end, |&(derived, _)| derived) {
            Ok(index) if !range.is_empty() => found.start..self.ends[index].1,
            _ => found,
        }
    }
}

/// Matches `decoded` with its `source`, which stands at `base`.
fn offsets(decoded: &str, source: &str, base: usize) -> Option<Offsets> {
    let quote = source.chars().next().filter(|c| matches!(c, '"' | '\''));
    let mut at = match source.as_bytes().first() {
        Some(b'"' | b'\'') => 1,
        // The header of a block scalar, with its indicators and a comment.
        Some(b'|' | b'>') if source != decoded => source.find('\n')? + 1,
        _ => 0,
    };
    let mut map = Offsets::default();
    let mut derived = 0;
    for c in decoded.chars() {
        let (start, end) = match_one(c, source, at, quote)?;
        map.starts.push(derived, base + start);
        derived += c.len_utf8();
        if end > start + c.len_utf8() {
            map.ends.push((derived, base + end));
        }
        at = end;
    }
    Some(map)
}

/// Where `c` stands at or after `at`, and what comes next. A space or a line break may have no text of its own.
fn match_one(c: char, source: &str, mut at: usize, quote: Option<char>) -> Option<(usize, usize)> {
    loop {
        let next = source.get(at..)?.chars().next();
        match next {
            Some('\\') if quote == Some('"') => {
                let escaped = source.get(at + 1..)?.chars().next()?;
                if matches!(escaped, '\n' | '\r') {
                    at += 2;
                    continue;
                }
                let length = match escaped {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    _ => 0,
                };
                let end = at + 1 + escaped.len_utf8() + length;
                let plain = length > 0 || !matches!(escaped, '"' | '\\' | '/' | ' ') || escaped == c;
                return (plain && source.is_char_boundary(end)).then_some((at, end));
            }
            Some('\'') if quote == Some('\'') && c == '\'' => return Some((at, at + 2)),
            Some(found) if found == c => return Some((at, at + c.len_utf8())),
            Some(found) if found.is_whitespace() && c.is_whitespace() => return Some((at, at + found.len_utf8())),
            Some(found) if found.is_whitespace() => at += found.len_utf8(),
            _ if c.is_whitespace() => return Some((at, at)),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use stockade_source::FileId;

    use super::*;

    /// The source text of `part` of `decoded`, which stands as `source` after four other bytes.
    fn find<'s>(source: &'s str, decoded: &str, part: &str) -> &'s str {
        let file = format!("k: {source}");
        let span = Span::new(FileId(0), 3, u32::try_from(file.len()).unwrap());
        let scalar = Scalar::new(decoded, span, &file);
        let start = decoded.find(part).unwrap();
        let place = scalar.place(start..start + part.len());
        &source[place.start as usize - 3..place.end as usize - 3]
    }

    #[test]
    fn parts_are_found_in_every_style() {
        assert_eq!(find("a bc d", "a bc d", "bc"), "bc");
        assert_eq!(find("'a it''s d'", "a it's d", "it's"), "it''s");
        assert_eq!(find(r#""a \"b\" d""#, "a \"b\" d", "\"b\""), r#"\"b\""#);
        assert_eq!(find("|\n  one\n  two\n", "one\ntwo\n", "two"), "two");
        assert_eq!(find(">-\n  one\n  two", "one two", "two"), "two");
        assert_eq!(find("one\n   two", "one two", "two"), "two");
        assert_eq!(find("\"a\\u00e9 b\"", "aé b", "b"), "b");
    }

    #[test]
    fn what_does_not_match_is_the_whole() {
        assert_eq!(find("abc", "xyz", "y"), "abc");
    }
}
