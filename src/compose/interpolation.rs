//! `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?message}`, `${NAME:+other}`, `$$`.
//!
//! What the environment holds is unknown. A default counts as the value, as the default of a variable does everywhere.

use std::sync::Arc;

use stockade_model::{CompactString, Kind, Map, Origin, Part, Reason, Step, Value, Via, Why};
use stockade_source::Span;

/// How deep defaults are nested.
const MAX_DEPTH: usize = 8;

/// Replaces variables in every text of a mapping; keys are left as they are.
pub(crate) fn replace(map: &mut Map) {
    for (_, field) in map.iter_mut() {
        value(&mut field.value);
    }
}

fn value(value: &mut Value) {
    match &mut value.kind {
        Kind::Text(text) if text.contains('$') => {
            let mut out = Pieces { span: value.span, parts: vec![], defaults: vec![] };
            out.text(text, MAX_DEPTH);
            let Pieces { parts, defaults, .. } = out;
            value.kind = kind(parts);
            if !defaults.is_empty() {
                let span = value.span;
                let steps = defaults.into_iter().map(|name| Step { span, via: Via::Default(name) }).collect();
                let before = value.origin.as_deref().cloned().unwrap_or_default();
                value.origin = Some(Arc::new(Origin { steps, ..before }));
            }
        }
        Kind::List(list) => list.items.iter_mut().for_each(self::value),
        Kind::Map(map) => replace(map),
        _ => {}
    }
}

fn kind(mut parts: Vec<Part>) -> Kind {
    if parts.iter().all(|part| matches!(part, Part::Known(_))) {
        let mut whole = CompactString::default();
        for part in &parts {
            if let Part::Known(text) = part {
                whole.push_str(text);
            }
        }
        return Kind::Text(whole);
    }
    match (parts.pop(), parts.is_empty()) {
        (Some(Part::Unknown(why)), true) => Kind::Unknown(why),
        (last, _) => {
            parts.extend(last);
            Kind::Template(parts.into())
        }
    }
}

struct Pieces {
    span: Span,
    parts: Vec<Part>,
    /// The variables whose defaults were taken.
    defaults: Vec<CompactString>,
}

impl Pieces {
    fn known(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Part::Known(before)) = self.parts.last_mut() {
            before.push_str(text);
        } else {
            self.parts.push(Part::Known(text.into()));
        }
    }

    fn unknown(&mut self, name: &str) {
        let why = Why { reason: Reason::Variable, subject: name.into(), span: self.span };
        self.parts.push(Part::Unknown(Arc::new(why)));
    }

    fn text(&mut self, text: &str, depth: usize) {
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            self.known(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                self.known("$");
                rest = after;
            } else if let Some(inner) = rest.strip_prefix('{') {
                let Some(end) = closing(inner) else {
                    self.known("${");
                    rest = inner;
                    continue;
                };
                self.braced(&inner[..end], depth);
                rest = &inner[end + 1..];
            } else {
                let end = name_end(rest);
                if end == 0 {
                    self.known("$");
                } else {
                    self.unknown(&rest[..end]);
                    rest = &rest[end..];
                }
            }
        }
        self.known(rest);
    }

    fn braced(&mut self, inner: &str, depth: usize) {
        let end = name_end(inner);
        let (name, operation) = inner.split_at(end);
        let default = operation.strip_prefix(":-").or_else(|| operation.strip_prefix('-'));
        match default {
            Some(default) if depth > 0 => {
                self.defaults.push(name.into());
                self.text(default, depth - 1);
            }
            _ => self.unknown(name),
        }
    }
}

fn name_end(text: &str) -> usize {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts {
        return 0;
    }
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
}

/// Where the brace closes that was opened before the text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut before = '\0';
    for (at, c) in text.char_indices() {
        match c {
            '{' if before == '$' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        before = c;
    }
    None
}
