//! From the places in a rendered text to those that a person would edit.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_gotemplate::{Mark, Place, Text};
use stockade_model::{Kind, Map, Origin, Part, Reason, Step, Value, Via, Why};
use stockade_source::{FileId, Span};

use crate::sources::Sources;

/// The longest text of an action that is shown.
const MAX_SHOWN: usize = 60;

/// How many values may be named as the origin of one text.
const MAX_DATA: usize = 4;

/// The template actions through which a text came; `None` for what stands in the rendered file itself.
type Call<'p> = Option<&'p Rc<Place>>;

/// Turns places in one rendered text into places in sources.
pub(crate) struct Mapper<'r> {
    text: &'r Text,
    sources: &'r Sources,
    /// Where the manifest begins in the text.
    base: usize,
    names: HashMap<Span, Via>,
}

/// Where a part of the rendered text stands.
struct Located<'p> {
    span: Span,
    /// Whether the source has it literally.
    literal: bool,
    /// The place of its first byte.
    place: Option<&'p Rc<Place>>,
    /// The places inside the calls that led there, outermost first.
    inside: Vec<&'p Rc<Place>>,
}

impl<'r> Mapper<'r> {
    /// For the manifest that begins at `base` of `text`.
    pub(crate) fn new(text: &'r Text, sources: &'r Sources, base: usize) -> Self {
        Mapper { text, sources, base, names: HashMap::new() }
    }

    /// Moves a manifest and all in it to the sources.
    pub(crate) fn manifest(&mut self, value: &mut Value) {
        self.value(value, None);
    }

    /// The source of a place in the manifest.
    pub(crate) fn span(&self, span: Span) -> Span {
        let range = self.range(span);
        let call = self.call_at(range.start);
        self.locate(&range, call).span
    }

    fn value(&mut self, value: &mut Value, call: Call<'r>) {
        let range = self.range(value.span);
        let located = self.locate(&range, call);
        let scalar = match &mut value.kind {
            Kind::Map(map) => {
                self.map(map);
                false
            }
            Kind::List(list) => {
                for item in &mut list.items {
                    let at = self.range(item.span).start;
                    self.value(item, self.call_at(self.before_item(at)));
                }
                false
            }
            _ => true,
        };
        if scalar {
            self.hide(value, &range, located.span);
        }
        let mapping = matches!(value.kind, Kind::Map(_)) && !located.literal;
        let mut steps = self.steps(&located, &range, if scalar { MAX_DATA } else { usize::from(mapping) });
        if let Some(origin) = value.origin.take() {
            let origin = Arc::unwrap_or_clone(origin);
            steps.extend(origin.steps.into_iter().map(|step| Step { span: self.span(step.span), via: step.via }));
        }
        value.origin = (!steps.is_empty()).then(|| Arc::new(Origin { steps, ..Origin::default() }));
        value.span = located.span;
    }

    fn map(&mut self, map: &mut Map) {
        map.head = self.span(map.head);
        let mut unknown = Vec::new();
        for (name, field) in map.iter_mut() {
            let key = self.range(field.key);
            let call = self.call_at(key.start);
            let entry = self.range(field.entry);
            field.key = self.locate(&key, call).span;
            field.entry = self.locate(&entry, call).span;
            if let Some(function) = self.unknown(&key) {
                unknown.push((name.clone(), why(function, field.key)));
                continue;
            }
            self.value(&mut field.value, call);
        }
        for (name, why) in unknown {
            map.remove(&name);
            map.open.get_or_insert(Arc::new(why));
        }
    }

    /// Makes a scalar unknown as far as nobody can know its text.
    fn hide(&self, value: &mut Value, range: &Range<usize>, span: Span) {
        let Some(function) = self.unknown(range) else { return };
        let whole = Arc::new(why(function, span));
        let raw = &self.text.as_str()[range.clone()];
        let quoted = raw.len() >= 2 && raw.starts_with(['"', '\'']);
        let (start, end) = if quoted { (range.start + 1, range.end - 1) } else { (range.start, range.end) };
        let same = value.as_text() == self.text.as_str().get(start..end);
        value.kind = if same { self.parts(start..end, span) } else { Kind::Unknown(whole) };
    }

    /// A text that stands in the rendered text as it is, known and unknown parts told apart.
    fn parts(&self, range: Range<usize>, span: Span) -> Kind {
        let mut parts: Vec<Part> = Vec::new();
        for (piece, mark) in self.pieces(range) {
            match mark.and_then(|mark| mark.place.unknown.as_ref()) {
                Some(function) => parts.push(Part::Unknown(Arc::new(why(function, span)))),
                None => match parts.last_mut() {
                    Some(Part::Known(before)) => before.push_str(&self.text.as_str()[piece]),
                    _ => parts.push(Part::Known(self.text.as_str()[piece].into())),
                },
            }
        }
        match parts.as_slice() {
            [Part::Unknown(why)] => Kind::Unknown(Arc::clone(why)),
            _ => Kind::Template(parts.into()),
        }
    }

    fn unknown(&self, range: &Range<usize>) -> Option<&'r CompactString> {
        self.pieces(range.clone()).find_map(|(_, mark)| mark.and_then(|mark| mark.place.unknown.as_ref()))
    }

    /// The parts of a range by the marks in force.
    fn pieces(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, Option<&'r Mark>)> + use<'r> {
        let marks = self.text.marks();
        let mut next = marks.partition_point(|mark| mark.at <= range.start);
        let mut at = range.start;
        std::iter::from_fn(move || {
            if at >= range.end {
                return None;
            }
            let end = marks.get(next).map_or(range.end, |mark| mark.at.min(range.end));
            let piece = (at..end, next.checked_sub(1).and_then(|index| marks.get(index)));
            (at, next) = (end, next + 1);
            Some(piece)
        })
    }

    /// The way from a value to what made it so.
    ///
    /// At most `data` values are named that gave its text: for a mapping the one that it begins with.
    fn steps(&mut self, located: &Located<'r>, range: &Range<usize>, data: usize) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for place in &located.inside {
            steps.push(Step { span: place.span, via: Via::Rendered(self.sources.path(place.span.file)) });
        }
        if data > 0 {
            let pieces = self.pieces(range.clone()).filter_map(|(_, mark)| mark.map(|mark| mark.place.data));
            let mut seen: Vec<Span> = Vec::new();
            let scalar = data == MAX_DATA;
            for given in pieces.take(if scalar { usize::MAX } else { 1 }).filter(|given| !given.is_none()) {
                if seen.len() < data && !seen.contains(&given) {
                    seen.push(given);
                }
            }
            for data in seen {
                let sources = self.sources;
                let via = self.names.entry(data).or_insert_with(|| sources.via(data)).clone();
                steps.push(Step { span: data, via });
            }
        }
        if located.inside.is_empty() {
            let mut call = located.place.and_then(|place| place.call.as_ref());
            while let Some(place) = call {
                steps.push(Step { span: place.span, via: Via::Rendered(self.sources.path(place.span.file)) });
                call = place.call.as_ref();
            }
        }
        if steps.is_empty() && data == MAX_DATA && !located.literal {
            let text = self.sources.text(located.span);
            let shown = text.char_indices().nth(MAX_SHOWN).map_or(text, |(end, _)| &text[..end]);
            steps.push(Step { span: located.span, via: Via::Rendered(format_compact!("`{shown}`")) });
        }
        steps
    }

    /// Where a range stands, as seen from inside `call`.
    fn locate(&self, range: &Range<usize>, call: Call<'r>) -> Located<'r> {
        let first = range.start.min(self.text.len().saturating_sub(1));
        let last = range.end.saturating_sub(1).max(first);
        let Some(mark) = self.text.mark_at(first).filter(|mark| !mark.place.span.is_none()) else {
            return Located { span: Span::NONE, literal: false, place: None, inside: Vec::new() };
        };
        let (place, inside) = lift(&mark.place, call);
        let start = if inside.is_empty() { at(mark, range.start) } else { place.span };
        let mut span = start;
        let mut literal = inside.is_empty() && mark.verbatim.is_some();
        if last > first
            && let Some(mark) = self.text.mark_at(last).filter(|mark| !mark.place.span.is_none())
        {
            let (place, inside) = lift(&mark.place, call);
            let end = if inside.is_empty() { at(mark, range.end) } else { place.span };
            if end.file == start.file && end.end >= start.start {
                span = Span::new(start.file, start.start, end.end.max(start.end));
            }
        }
        literal = literal && self.sources.text(span) == &self.text.as_str()[range.clone()];
        Located { span, literal, place: Some(&mark.place), inside }
    }

    /// The call in which the text at an offset stands.
    fn call_at(&self, offset: usize) -> Call<'r> {
        self.text.mark_at(offset).and_then(|mark| mark.place.call.as_ref())
    }

    /// The dash, bracket or comma before an item.
    fn before_item(&self, item: usize) -> usize {
        let before = self.text.as_str()[..item].trim_end_matches([' ', '\t', '\r', '\n']);
        if before.ends_with(['-', '[', ',']) { before.len() - 1 } else { item }
    }

    /// A span of the manifest as a range of the whole text.
    fn range(&self, span: Span) -> Range<usize> {
        let end = (self.base + span.end as usize).min(self.text.len());
        (self.base + span.start as usize).min(end)..end
    }
}

/// The place of `place` as seen from inside `call`, with the places further in, outermost first. A place that did not
/// come through `call` is seen as it is.
fn lift<'p>(place: &'p Rc<Place>, call: Call<'_>) -> (&'p Rc<Place>, Vec<&'p Rc<Place>>) {
    let mut inside = Vec::new();
    let mut here = place;
    loop {
        if same(here.call.as_ref(), call) {
            inside.reverse();
            return (here, inside);
        }
        match &here.call {
            Some(outer) => {
                inside.push(here);
                here = outer;
            }
            None => return (place, Vec::new()),
        }
    }
}

fn same(mut a: Call<'_>, mut b: Call<'_>) -> bool {
    loop {
        match (a, b) {
            (None, None) => return true,
            (Some(one), Some(other)) => {
                if Rc::ptr_eq(one, other) {
                    return true;
                }
                if one.span != other.span {
                    return false;
                }
                (a, b) = (one.call.as_ref(), other.call.as_ref());
            }
            _ => return false,
        }
    }
}

/// The source of the one place at `offset` of the text, at or after the mark: empty where the text is copied, else
/// the whole action.
fn at(mark: &Mark, offset: usize) -> Span {
    let whole = mark.place.span;
    match mark.verbatim {
        Some(skip) => {
            let skip = u32::try_from(offset.saturating_sub(mark.at)).unwrap_or(u32::MAX).saturating_add(skip);
            let start = whole.start.saturating_add(skip).min(whole.end);
            Span { file: whole.file, start, end: start }
        }
        None => whole,
    }
}

fn why(function: &CompactString, span: Span) -> Why {
    Why { reason: Reason::Function, subject: function.clone(), span }
}

/// A file that no source table knows: what was rendered.
pub(crate) const RENDERED: FileId = FileId(u32::MAX - 1);
