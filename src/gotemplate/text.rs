//! Texts that know where each of their parts came from.

use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use compact_str::CompactString;
use stockade_source::Span;

/// A text, shared, with marks that say where its parts came from.
#[derive(Clone, Default)]
pub struct Text(Rc<Inner>);

#[derive(Clone, Default)]
struct Inner {
    text: CompactString,
    /// In the order of the text, at most one at an offset, none at the end.
    marks: Vec<Mark>,
}

/// From here to the next mark, the text came from `place`.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The offset of the first byte in the text.
    pub at: usize,
    /// Where the text up to the next mark is copied byte for byte from the source, the offset in `place.span` of
    /// its first byte; `None` where it was computed.
    pub verbatim: Option<u32>,
    /// Where it came from.
    pub place: Rc<Place>,
}

/// Where a part of a text came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The text of a template: a literal text, or a whole action `{{ … }}`. [`Span::NONE`] where no template has
    /// printed the text yet.
    pub span: Span,
    /// The text of a values file that gave it; [`Span::NONE`] where there is none.
    pub data: Span,
    /// The function that gave it, where nobody can know the text: `randAlphaNum`, `now`. What stands in the text is
    /// then one text that it might be.
    pub unknown: Option<CompactString>,
    /// The action (`include`, `template`, `tpl`, `block`) through which this came; its own `call` is the next
    /// one out.
    pub call: Option<Rc<Place>>,
}

impl Default for Place {
    fn default() -> Self {
        Place { span: Span::NONE, data: Span::NONE, unknown: None, call: None }
    }
}

impl Mark {
    fn printed_at(&self, at: usize, place: &Rc<Place>) -> Mark {
        let part = &self.place;
        if part.span.is_none() {
            let place = if part.data.is_none() && part.unknown.is_none() {
                Rc::clone(place)
            } else {
                let data = if part.data.is_none() { place.data } else { part.data };
                Rc::new(Place { data, unknown: part.unknown.clone(), ..Place::clone(place) })
            };
            return Mark { at, verbatim: None, place };
        }
        let place = if part.call.is_none() && place.call.is_some() {
            Rc::new(Place { call: place.call.clone(), ..Place::clone(part) })
        } else {
            Rc::clone(part)
        };
        Mark { at, verbatim: self.verbatim, place }
    }

    /// The exact source of a text that is copied byte for byte, `len` bytes from here on; else the whole place.
    pub fn span(&self, len: usize) -> Span {
        let whole = self.place.span;
        match (self.verbatim, u32::try_from(len)) {
            (Some(skip), Ok(len)) => {
                let start = whole.start.saturating_add(skip).min(whole.end);
                Span { file: whole.file, start, end: start.saturating_add(len).min(whole.end) }
            }
            _ => whole,
        }
    }
}

impl Text {
    /// A text of no known place.
    pub fn new(text: impl Into<CompactString>) -> Text {
        Text(Rc::new(Inner { text: text.into(), marks: Vec::new() }))
    }

    /// A placeholder for what `function` gives, which nobody can know.
    pub fn unknown(text: impl Into<CompactString>, function: &str) -> Text {
        Text::new(text).at(Rc::new(Place { unknown: Some(function.into()), ..Place::default() }))
    }

    /// The same text, come from `place` as a whole.
    #[must_use]
    pub fn at(mut self, place: Rc<Place>) -> Text {
        let inner = Rc::make_mut(&mut self.0);
        inner.marks.clear();
        if !inner.text.is_empty() {
            inner.marks.push(Mark { at: 0, verbatim: None, place });
        }
        self
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The marks, in the order of the text. What stands before the first has no known place.
    pub fn marks(&self) -> &[Mark] {
        &self.0.marks
    }

    /// The length in bytes.
    pub fn len(&self) -> usize {
        self.0.text.len()
    }

    /// Whether there is no character.
    pub fn is_empty(&self) -> bool {
        self.0.text.is_empty()
    }

    /// The mark in force at an offset.
    pub fn mark_at(&self, offset: usize) -> Option<&Mark> {
        let after = self.0.marks.partition_point(|mark| mark.at <= offset);
        after.checked_sub(1).and_then(|index| self.0.marks.get(index))
    }

    /// The source of the byte at `offset`, exact where the text there is copied byte for byte.
    pub fn mark_from(&self, offset: usize) -> Option<Mark> {
        self.mark_at(offset).map(|mark| cut(mark, offset, 0))
    }

    /// The first function whose result nobody can know that has a part in this text.
    pub fn unknown_function(&self) -> Option<&CompactString> {
        self.0.marks.iter().find_map(|mark| mark.place.unknown.as_ref())
    }

    /// Adds a text with its places.
    pub fn push(&mut self, other: &Text) {
        if self.is_empty() {
            self.clone_from(other);
        } else {
            self.push_slice(other, 0..other.len());
        }
    }

    /// Adds a part of a text with its places. A range that does not fit adds nothing.
    pub fn push_slice(&mut self, other: &Text, range: Range<usize>) {
        let Some(part) = other.as_str().get(range.clone()).filter(|part| !part.is_empty()) else { return };
        let marks = other.marks();
        let first = marks.partition_point(|mark| mark.at <= range.start);
        let offset = self.len();
        let inner = Rc::make_mut(&mut self.0);
        inner.text.push_str(part);
        match first.checked_sub(1).and_then(|index| marks.get(index)) {
            Some(mark) => inner.mark(cut(mark, range.start, offset)),
            None => inner.unmark(offset),
        }
        for mark in marks.iter().skip(first).take_while(|mark| mark.at < range.end) {
            inner.mark(Mark { at: offset + (mark.at - range.start), ..mark.clone() });
        }
    }

    /// Adds characters of no known place.
    pub fn push_str(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let offset = self.len();
        let inner = Rc::make_mut(&mut self.0);
        inner.text.push_str(text);
        inner.unmark(offset);
    }

    /// Adds computed characters that belong to `place`.
    pub fn push_at(&mut self, text: &str, place: &Rc<Place>) {
        if text.is_empty() {
            return;
        }
        let at = self.len();
        let inner = Rc::make_mut(&mut self.0);
        inner.text.push_str(text);
        inner.mark(Mark { at, verbatim: None, place: Rc::clone(place) });
    }

    /// Adds characters that are those of `place.span`, byte for byte.
    pub fn push_verbatim(&mut self, text: &str, place: Rc<Place>) {
        if text.is_empty() {
            return;
        }
        let at = self.len();
        let inner = Rc::make_mut(&mut self.0);
        inner.text.push_str(text);
        inner.mark(Mark { at, verbatim: Some(0), place });
    }

    /// Adds computed characters that belong to what stands at `offset` of `other`: the indentation of its line, the
    /// quotes around it.
    pub fn push_beside(&mut self, text: &str, other: &Text, offset: usize) {
        match other.mark_at(offset) {
            Some(mark) => self.push_at(text, &mark.place),
            None => self.push_str(text),
        }
    }

    /// A part with its places; empty where the range does not fit.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Text {
        if range == (0..self.len()) {
            return self.clone();
        }
        let mut out = Text::default();
        out.push_slice(self, range);
        out
    }

    /// The part that `part`, a slice of [`Text::as_str`] such as `trim` gives, covers. What is no such slice comes back
    /// without places.
    #[must_use]
    pub fn part(&self, part: &str) -> Text {
        let start = (part.as_ptr() as usize).wrapping_sub(self.as_str().as_ptr() as usize);
        let end = start.wrapping_add(part.len());
        if part.is_empty() {
            Text::default()
        } else if self.as_str().get(start..end.max(start)) == Some(part) {
            self.slice(start..end)
        } else {
            Text::new(part)
        }
    }

    /// Another text in the place of this one that was made of it as a whole: the place of its first byte that has
    /// one stands for all, and what has an unknown part is unknown.
    #[must_use]
    pub fn derived(&self, text: impl Into<CompactString>) -> Text {
        let text = Text::new(text);
        let marks = self.marks();
        let mark = marks.iter().find(|mark| mark.place.unknown.is_some()).or_else(|| marks.first());
        match mark {
            Some(mark) => text.at(Rc::clone(&mark.place)),
            None => text,
        }
    }

    /// Each line (with its `\n`) changed by itself: the result keeps the places of lines, and unchanged lines keep
    /// theirs exactly.
    #[must_use]
    pub fn map_lines(&self, mut change: impl FnMut(&str) -> String) -> Text {
        let mut out = Text::default();
        let mut start = 0;
        for line in self.as_str().split_inclusive('\n') {
            let changed = change(line);
            if changed == line {
                out.push_slice(self, start..start + line.len());
            } else {
                out.push(&self.slice(start..start + line.len()).derived(changed));
            }
            start += line.len();
        }
        out
    }

    /// Every occurrence of `from` (never empty) replaced; the rest keeps its places.
    #[must_use]
    pub fn replace(&self, from: &str, to: &Text, limit: Option<usize>) -> Text {
        if from.is_empty() || !self.as_str().contains(from) {
            return self.clone();
        }
        let mut out = Text::default();
        let mut start = 0;
        for (found, _) in self.as_str().match_indices(from).take(limit.unwrap_or(usize::MAX)) {
            out.push_slice(self, start..found);
            if to.marks().is_empty() {
                out.push_beside(to.as_str(), self, found);
            } else {
                out.push(to);
            }
            start = found + from.len();
        }
        out.push_slice(self, start..self.len());
        out
    }

    /// Adds a text that a template prints in `place`: parts that no template printed before are now from there, and
    /// those of the template itself came through the same calls.
    pub(crate) fn push_printed(&mut self, other: &Text, place: &Rc<Place>) {
        if other.is_empty() {
            return;
        }
        let offset = self.len();
        let inner = Rc::make_mut(&mut self.0);
        inner.text.push_str(other.as_str());
        if other.marks().first().is_none_or(|mark| mark.at > 0) {
            inner.mark(Mark { at: offset, verbatim: None, place: Rc::clone(place) });
        }
        for mark in other.marks() {
            inner.mark(mark.printed_at(offset + mark.at, place));
        }
    }
}

impl Inner {
    /// Sets a mark at the end, unless the text goes on just as before.
    fn mark(&mut self, mark: Mark) {
        if let Some(last) = self.marks.last() {
            let same = match (last.verbatim, mark.verbatim) {
                (None, None) => true,
                (Some(before), Some(here)) => before as usize + (mark.at - last.at) == here as usize,
                _ => false,
            };
            if same && Rc::ptr_eq(&last.place, &mark.place) {
                return;
            }
        }
        self.marks.push(mark);
    }

    /// Says that the text from `at` has no known place.
    fn unmark(&mut self, at: usize) {
        if self.marks.last().is_some_and(|mark| *mark.place != Place::default()) {
            self.marks.push(Mark { at, verbatim: None, place: Rc::new(Place::default()) });
        }
    }
}

/// The mark for the text of `mark` from `offset` on, at offset `at` of another text.
fn cut(mark: &Mark, offset: usize, at: usize) -> Mark {
    let skipped = u32::try_from(offset.saturating_sub(mark.at)).unwrap_or(u32::MAX);
    Mark { at, verbatim: mark.verbatim.map(|from| from.saturating_add(skipped)), place: Rc::clone(&mark.place) }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text::new(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text::new(text)
    }
}

impl From<CompactString> for Text {
    fn from(text: CompactString) -> Self {
        Text::new(text)
    }
}
