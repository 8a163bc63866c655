//! Manifests within a text of another language.

use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Kind, Part, Value, Why};
use stockade_yaml::Schema;

/// Stand around the number of an unknown part while the text is read.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// How deep a manifest is followed.
const NESTED: usize = 64;

/// The manifests that a text holds. Their parts have no places of their own, so each stands where the text does.
///
/// An unknown part is taken for a value, or a piece of one: where the text is no YAML then, it holds nothing.
pub(crate) fn from_text(text: &Value) -> Vec<Value> {
    let mut written = String::new();
    let mut unknown: Vec<&Arc<Why>> = Vec::new();
    match &text.kind {
        Kind::Text(known) => written.push_str(known),
        Kind::Template(parts) => {
            for part in parts.iter() {
                match part {
                    Part::Known(known) if known.contains([OPEN, CLOSE]) => return Vec::new(),
                    Part::Known(known) => written.push_str(known),
                    Part::Unknown(why) => {
                        written.push_str(&format!("{OPEN}{}{CLOSE}", unknown.len()));
                        unknown.push(why);
                    }
                }
            }
        }
        _ => return Vec::new(),
    }
    let (documents, errors) = stockade_yaml::parse(text.span.file, &written);
    if !unknown.is_empty() && !errors.is_empty() {
        return Vec::new();
    }
    let roots = documents.iter().filter_map(|document| document.root.as_ref());
    let values = roots.map(|root| {
        let (mut value, _) = stockade_yaml::to_value(root, Schema::Kubernetes);
        Embedded { text, unknown: &unknown }.settle(&mut value, NESTED);
        value
    });
    values.collect()
}

struct Embedded<'a> {
    text: &'a Value,
    unknown: &'a [&'a Arc<Why>],
}

impl Embedded<'_> {
    fn settle(&self, value: &mut Value, depth: usize) {
        let span = self.text.span;
        value.span = span;
        value.origin = None;
        value.sensitive = self.text.sensitive;
        match &mut value.kind {
            Kind::List(_) | Kind::Map(_) if depth == 0 => value.kind = Kind::Null,
            Kind::List(list) => list.items.iter_mut().for_each(|item| self.settle(item, depth - 1)),
            Kind::Map(map) => {
                map.head = span;
                let odd: Vec<CompactString> =
                    map.iter().filter(|(key, _)| self.is_marked(key)).map(|(key, _)| key.clone()).collect();
                for key in odd {
                    map.open = self.parts(&key).into_iter().find_map(|part| match part {
                        Part::Unknown(why) => Some(why),
                        Part::Known(_) => None,
                    });
                    map.remove(&key);
                }
                for (_, field) in map.iter_mut() {
                    (field.key, field.entry) = (span, span);
                    self.settle(&mut field.value, depth - 1);
                }
            }
            Kind::Text(text) if self.is_marked(text) => {
                let parts = self.parts(text);
                value.kind = match parts.as_slice() {
                    [Part::Unknown(why)] => Kind::Unknown(Arc::clone(why)),
                    _ => Kind::Template(parts.into()),
                };
            }
            _ => {}
        }
    }

    fn is_marked(&self, text: &str) -> bool {
        !self.unknown.is_empty() && text.contains(OPEN)
    }

    /// The parts of a text with marks.
    fn parts(&self, text: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let (number, tail) = after.split_once(CLOSE).unwrap_or((after, ""));
            if !before.is_empty() {
                parts.push(Part::Known(before.into()));
            }
            if let Some(why) = number.parse().ok().and_then(|at: usize| self.unknown.get(at)) {
                parts.push(Part::Unknown(Arc::clone(why)));
            }
            rest = tail;
        }
        if !rest.is_empty() {
            parts.push(Part::Known(rest.into()));
        }
        parts
    }
}
