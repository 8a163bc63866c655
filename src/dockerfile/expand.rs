//! Quote removal and expansion of variables, as BuildKit does it for everything but commands.

use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Kind, Origin, Part, Reason, Step, Value, Via, Why};
use stockade_source::Span;

use crate::Text;

/// How long a value may grow by expansion, in bytes.
const MAX_LEN: usize = 64 * 1024;
/// How many parts a value that is not wholly known may have.
const MAX_PARTS: usize = 64;
/// How many places of provenance are kept.
pub(crate) const MAX_STEPS: usize = 16;
/// How deep `${A:-${B:-…}}` is followed.
const MAX_DEPTH: u32 = 16;
/// The longest text that patterns are matched against: matching is cubic in the worst case.
const MAX_MATCHED: usize = 512;

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Binding {
    /// This, by way of an ARG or ENV.
    Set(Value, Via),
    /// Nothing: it is not set.
    Unset,
    /// It cannot be told.
    Unknown(Reason),
}

/// Removes quotes and escapes and expands variables.
pub(crate) fn expand(word: &Text, escape: char, lookup: &dyn Fn(&str) -> Binding) -> Value {
    let chars = word.text.chars().collect();
    let mut expander = Expander { chars, at: 0, escape, lookup, span: word.span };
    expander.run(None, 0).value(word.span)
}

/// Collects a value.
#[derive(Clone, Debug, Default)]
struct Built {
    parts: Vec<Part>,
    steps: Vec<Step>,
    len: usize,
    over: bool,
}

impl Built {
    fn push(&mut self, text: &str) {
        self.len += text.len();
        if self.len > MAX_LEN {
            self.over = true;
        } else if let Some(Part::Known(before)) = self.parts.last_mut() {
            before.push_str(text);
        } else if !text.is_empty() {
            self.parts.push(Part::Known(text.into()));
        }
    }

    fn unknown(&mut self, why: Arc<Why>) {
        if self.parts.len() < MAX_PARTS {
            self.parts.push(Part::Unknown(why));
        } else {
            self.over = true;
        }
    }

    fn append(&mut self, other: Built) {
        self.over |= other.over;
        for part in other.parts {
            match part {
                Part::Known(text) => self.push(&text),
                Part::Unknown(why) => self.unknown(why),
            }
        }
        self.steps(other.steps);
    }

    fn steps(&mut self, steps: impl IntoIterator<Item = Step>) {
        let room = MAX_STEPS.saturating_sub(self.steps.len());
        self.steps.extend(steps.into_iter().take(room));
    }

    /// The text, where it is wholly known.
    fn known(&self) -> Option<&str> {
        match &*self.parts {
            _ if self.over => None,
            [] => Some(""),
            [Part::Known(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether the text is surely not empty, surely empty, or neither.
    fn filled(&self) -> Option<bool> {
        if self.parts.iter().any(|part| matches!(part, Part::Known(_))) {
            return Some(true);
        }
        self.parts.is_empty().then_some(false)
    }

    fn value(self, span: Span) -> Value {
        let kind = if self.over {
            Kind::Unknown(Arc::new(Why { reason: Reason::Limit, subject: "the expanded text".into(), span }))
        } else {
            match &*self.parts {
                [] => Kind::Text(CompactString::default()),
                [Part::Known(text)] => Kind::Text(text.clone()),
                [Part::Unknown(why)] => Kind::Unknown(Arc::clone(why)),
                _ => Kind::Template(self.parts.into()),
            }
        };
        let value = Value::new(kind, span);
        if self.steps.is_empty() { value } else { value.with_origin(Origin { steps: self.steps, ..Origin::default() }) }
    }
}

struct Expander<'a> {
    chars: Vec<char>,
    at: usize,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Binding,
    span: Span,
}

impl Expander<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    /// Reads up to `stop`, which is left, or to the end.
    fn run(&mut self, stop: Option<char>, depth: u32) -> Built {
        let mut out = Built::default();
        let mut buffer = [0; 4];
        while let Some(c) = self.peek() {
            if Some(c) == stop {
                break;
            }
            self.at += 1;
            match c {
                '\'' => {
                    while let Some(c) = self.next().filter(|c| *c != '\'') {
                        out.push(c.encode_utf8(&mut buffer));
                    }
                }
                '"' => self.double(&mut out, depth),
                '$' => self.dollar(&mut out, depth),
                c if c == self.escape => match self.next() {
                    Some(c) => out.push(c.encode_utf8(&mut buffer)),
                    None => out.push(c.encode_utf8(&mut buffer)),
                },
                c => out.push(c.encode_utf8(&mut buffer)),
            }
        }
        out
    }

    fn double(&mut self, out: &mut Built, depth: u32) {
        let mut buffer = [0; 4];
        while let Some(c) = self.next() {
            match c {
                '"' => return,
                '$' => self.dollar(out, depth),
                c if c == self.escape => match self.peek() {
                    Some(next) if matches!(next, '"' | '$') || next == self.escape => {
                        self.at += 1;
                        out.push(next.encode_utf8(&mut buffer));
                    }
                    _ => out.push(c.encode_utf8(&mut buffer)),
                },
                c => out.push(c.encode_utf8(&mut buffer)),
            }
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
            self.at += 1;
        }
        name
    }

    /// What follows a dollar sign that was taken.
    fn dollar(&mut self, out: &mut Built, depth: u32) {
        if self.peek() != Some('{') {
            let name = self.name();
            if name.is_empty() {
                return out.push("$");
            }
            return out.append(self.binding(&name).0);
        }
        self.at += 1;
        let name = self.name();
        if depth >= MAX_DEPTH {
            self.at = self.chars.len();
            return out.unknown(self.why(&name, Reason::Limit));
        }
        let (value, set) = self.binding(&name);
        let mut operator = self.next();
        // A colon makes an empty value count as none.
        let colon = operator == Some(':');
        if colon {
            operator = self.next();
        }
        let result = match operator {
            Some('}') if !colon && !name.is_empty() => return out.append(value),
            Some(sign @ ('-' | '+' | '?')) => {
                let word = self.run(Some('}'), depth + 1);
                let present = match set {
                    Some(true) if colon => value.filled(),
                    set => set,
                };
                match (sign, present) {
                    ('-', Some(true)) | ('?', Some(true)) => value,
                    ('-', Some(false)) | ('+', Some(true)) => word,
                    ('+', Some(false)) => Built::default(),
                    ('?', Some(false)) => self.failed(&name, Reason::Invalid),
                    _ if value.filled().is_none() => value,
                    _ => self.failed(&name, Reason::Variable),
                }
            }
            Some(sign @ ('#' | '%')) if !colon => {
                let longest = self.peek() == Some(sign);
                self.at += usize::from(longest);
                let pattern = self.run(Some('}'), depth + 1);
                self.trimmed(&name, value, &pattern, sign == '#', longest)
            }
            Some('/') if !colon => {
                let all = self.peek() == Some('/');
                self.at += usize::from(all);
                let pattern = self.run_until_slash(depth + 1);
                let with = if self.peek() == Some('/') {
                    self.at += 1;
                    self.run(Some('}'), depth + 1)
                } else {
                    Built::default()
                };
                self.replaced(&name, value, &pattern, &with, all)
            }
            _ => {
                while self.peek().is_some_and(|c| c != '}') {
                    self.at += 1;
                }
                self.failed(&name, Reason::Invalid)
            }
        };
        if self.peek() == Some('}') {
            self.at += 1;
        }
        out.append(result);
    }

    /// Reads a pattern up to a slash or the closing brace.
    fn run_until_slash(&mut self, depth: u32) -> Built {
        let close = (self.at..self.chars.len()).find(|at| matches!(self.chars.get(*at), Some('/' | '}')));
        let stop = close.and_then(|at| self.chars.get(at)).copied();
        self.run(stop, depth)
    }

    /// The value of a name, and whether it is set.
    fn binding(&self, name: &str) -> (Built, Option<bool>) {
        let mut built = Built::default();
        let value = match (self.lookup)(name) {
            Binding::Unset => return (built, Some(false)),
            Binding::Unknown(reason) => {
                built.unknown(self.why(name, reason));
                return (built, None);
            }
            Binding::Set(value, via) => {
                built.steps(Some(Step { span: value.span, via }));
                value
            }
        };
        if let Some(origin) = &value.origin {
            built.steps(origin.steps.iter().cloned());
        }
        match &value.kind {
            Kind::Text(text) => built.push(text),
            Kind::Template(parts) => {
                let parts = parts.to_vec();
                built.append(Built { parts, ..Built::default() });
            }
            Kind::Unknown(why) => {
                built.unknown(Arc::clone(why));
                return (built, None);
            }
            _ => built.unknown(self.why(name, Reason::Invalid)),
        }
        (built, Some(true))
    }

    fn why(&self, name: &str, reason: Reason) -> Arc<Why> {
        Arc::new(Why { reason, subject: stockade_model::format_compact!("${name}"), span: self.span })
    }

    fn failed(&self, name: &str, reason: Reason) -> Built {
        let mut out = Built::default();
        out.unknown(self.why(name, reason));
        out
    }

    /// `${name#pattern}` and its three kin.
    fn trimmed(&self, name: &str, value: Built, pattern: &Built, front: bool, longest: bool) -> Built {
        let (Some(text), Some(pattern)) = (value.known(), pattern.known()) else {
            return self.failed(name, Reason::Function);
        };
        if text.len().max(pattern.len()) > MAX_MATCHED {
            return self.failed(name, Reason::Limit);
        }
        let mut cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        if front == longest {
            cuts.reverse();
        }
        let cut = cuts.into_iter().find(|at| {
            let part = if front { text.get(..*at) } else { text.get(*at..) };
            part.is_some_and(|part| matches(pattern, part))
        });
        let kept = match cut {
            Some(at) if front => text.get(at..),
            Some(at) => text.get(..at),
            None => Some(text),
        };
        let mut out = Built::default();
        out.push(kept.unwrap_or(""));
        out.steps(value.steps);
        out
    }

    /// `${name/pattern/with}` and `${name//pattern/with}`.
    fn replaced(&self, name: &str, value: Built, pattern: &Built, with: &Built, all: bool) -> Built {
        let (Some(text), Some(pattern), Some(with)) = (value.known(), pattern.known(), with.known()) else {
            return self.failed(name, Reason::Function);
        };
        if text.len().max(pattern.len()) > MAX_MATCHED {
            return self.failed(name, Reason::Limit);
        }
        let mut out = Built::default();
        let mut at = 0;
        let mut done = pattern.is_empty();
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8()).rev();
            let longest = if done {
                None
            } else {
                ends.into_iter().find(|end| rest.get(..*end).is_some_and(|part| matches(pattern, part)))
            };
            if let Some(len) = longest {
                out.push(with);
                at += len;
                done = !all;
            } else {
                let len = rest.chars().next().map_or(1, char::len_utf8);
                out.push(rest.get(..len).unwrap_or(""));
                at += len;
            }
        }
        out.steps(value.steps);
        out
    }
}

/// Whether a pattern of `*`, `?` and plain characters matches the whole text.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last star stands, and how much of the text it has taken.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some('?') => (p, t) = (p + 1, t + 1),
            Some(c) if Some(c) == text.get(t) => (p, t) = (p + 1, t + 1),
            _ => match &mut star {
                Some((at, taken)) => {
                    *taken += 1;
                    (p, t) = (*at + 1, *taken);
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|c| *c == '*'))
}
