//! References to images: `registry/repository:tag@digest`.

use std::ops::Range;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Kind, Map, Part, Value, Why};
use stockade_source::Span;

use crate::Text;

/// Stands for an unknown part while the text is cut up; no reference contains it.
const UNKNOWN: char = '\u{0}';

/// The body of an `image` item, but for `stage`. `word` is the reference as it is written and `value` what it expands to.
pub(crate) fn image(word: &Text, value: &Value) -> Map {
    let mut body = Map::new(value.span);
    body.set("reference", value.clone());
    let mut flat = CompactString::default();
    let mut whys: Vec<Arc<Why>> = Vec::new();
    match &value.kind {
        Kind::Text(text) => flat.push_str(text),
        Kind::Unknown(why) => {
            flat.push(UNKNOWN);
            whys.push(Arc::clone(why));
        }
        Kind::Template(parts) => {
            for part in parts.iter() {
                match part {
                    Part::Known(text) => flat.push_str(text),
                    Part::Unknown(why) => {
                        flat.push(UNKNOWN);
                        whys.push(Arc::clone(why));
                    }
                }
            }
        }
        _ => return body,
    }
    body.set("scratch", Value::bool(flat == "scratch", Span::NONE));
    let reference = Reference { flat: &flat, whys: &whys, literal: (word.text == flat).then_some(word), value };
    reference.parts(&mut body);
    body
}

struct Reference<'a> {
    flat: &'a str,
    whys: &'a [Arc<Why>],
    /// The text, where nothing was expanded, so that each part has a place of its own.
    literal: Option<&'a Text>,
    value: &'a Value,
}

impl Reference<'_> {
    fn parts(&self, body: &mut Map) {
        let flat = self.flat;
        let at = flat.find('@');
        let name_end = at.unwrap_or(flat.len());
        let name = flat.get(..name_end).unwrap_or("");
        let slash = name.rfind('/').map_or(0, |slash| slash + 1);
        let colon = name.get(slash..).and_then(|last| last.find(':')).map(|colon| slash + colon);
        let repository_end = colon.unwrap_or(name_end);
        let first = name.find('/');
        let registry_end = first.filter(|slash| {
            let host = name.get(..*slash).unwrap_or("");
            host.contains(['.', ':', UNKNOWN]) || host == "localhost"
        });
        if let Some(end) = registry_end {
            body.set("registry", self.part(0..end));
        } else if first.is_none() && name.starts_with(UNKNOWN) {
            body.set("registry", self.may_hold(0..repository_end));
        }
        body.set("repository", self.part(registry_end.map_or(0, |end| end + 1)..repository_end));
        // An unknown last part may bring a tag or a digest of its own.
        let open =
            |range: Range<usize>| flat.get(range.clone()).is_some_and(|part| part.contains(UNKNOWN)).then_some(range);
        match colon {
            Some(colon) => drop(body.set("tag", self.part(colon + 1..name_end))),
            None => {
                if let Some(range) = open(slash..name_end) {
                    body.set("tag", self.may_hold(range));
                }
            }
        }
        match at {
            Some(at) => drop(body.set("digest", self.part(at + 1..flat.len()))),
            None => {
                if let Some(range) = open(colon.unwrap_or(slash)..name_end) {
                    body.set("digest", self.may_hold(range));
                }
            }
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        self.literal.map_or(self.value.span, |word| word.range(range))
    }

    /// The value of a part.
    fn part(&self, range: Range<usize>) -> Value {
        let text = self.flat.get(range.clone()).unwrap_or("");
        let skipped = self.flat.get(..range.start).unwrap_or("").matches(UNKNOWN).count();
        let mut whys = self.whys.iter().skip(skipped);
        let mut parts: Vec<Part> = Vec::new();
        for (index, known) in text.split(UNKNOWN).enumerate() {
            if index > 0
                && let Some(why) = whys.next()
            {
                parts.push(Part::Unknown(Arc::clone(why)));
            }
            if !known.is_empty() {
                parts.push(Part::Known(known.into()));
            }
        }
        let kind = match &*parts {
            [] => Kind::Text(CompactString::default()),
            [Part::Known(text)] => Kind::Text(text.clone()),
            [Part::Unknown(why)] => Kind::Unknown(Arc::clone(why)),
            _ => Kind::Template(parts.into()),
        };
        Value { kind, span: self.span(range), ..self.value.clone() }
    }

    /// The value of something that an unknown in the range may or may not hold.
    fn may_hold(&self, range: Range<usize>) -> Value {
        let skipped = self.flat.get(..range.start).unwrap_or("").matches(UNKNOWN).count();
        let kind = match self.whys.get(skipped) {
            Some(why) => Kind::Unknown(Arc::clone(why)),
            None => Kind::Null,
        };
        Value { kind, ..self.value.clone() }
    }
}
