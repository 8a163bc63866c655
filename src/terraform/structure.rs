//! Texts that encode JSON: to the structure that they encode, with the spans of its parts.

use std::collections::HashMap;

use stockade_model::Part;
use stockade_source::{FileId, Span};
use stockade_yaml::{Node, NodeKind, Style};

use crate::number::Number;
use crate::template::text_parts;
use crate::types::Ty;
use crate::value::{Entry, Fields, K, MapKind, SeqKind, Val};

/// Stand around the number of an interpolation within a JSON string.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';
/// Longer texts are not looked into.
const MAX_TEXT: usize = 1 << 20;

/// A piece of a text.
pub(crate) enum Piece<'p> {
    /// Literal text, and the raw text that it stands for.
    Text(&'p str, Span),
    /// An interpolation.
    Value(&'p Val, Span),
    /// Text that was rendered, all of it from one place.
    Rendered(&'p str, Span),
}

/// Where a run of the assembled text came from.
struct Run {
    start: usize,
    end: usize,
    /// Byte for byte from here on, or all of it from a span.
    exact: bool,
    span: Span,
}

/// Whether a text may be JSON that is an object or array.
pub(crate) fn looks_encoded(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// The structure of a text of JSON; `None` where it is none.
pub(crate) fn json(
    pieces: &[Piece<'_>],
    whole: Span,
    texts: &HashMap<FileId, &str, foldhash::fast::RandomState>,
) -> Option<Val> {
    let mut text = String::new();
    let mut runs = Vec::new();
    let mut values = Vec::new();
    let (mut quoted, mut escaped) = (false, false);
    for piece in pieces {
        let start = text.len();
        match piece {
            Piece::Text(part, span) => {
                if part.contains([OPEN, CLOSE]) {
                    return None;
                }
                for c in part.chars() {
                    match c {
                        _ if escaped => escaped = false,
                        '\\' if quoted => escaped = true,
                        '"' => quoted = !quoted,
                        _ => {}
                    }
                }
                text.push_str(part);
                let raw = texts.get(&span.file).map_or("", |text| span.text(text));
                align(part, raw, *span, start, &mut runs);
                continue;
            }
            Piece::Rendered(part, span) => {
                text.push_str(part);
                runs.push(Run { start, end: text.len(), exact: false, span: *span });
                continue;
            }
            Piece::Value(val, span) => {
                let known = text_parts(val)?;
                match known.as_slice() {
                    [Part::Known(known)] if !quoted => text.push_str(known),
                    _ => {
                        let mark = format!("{OPEN}{}{CLOSE}", values.len());
                        text.push_str(&if quoted { mark } else { format!("\"{mark}\"") });
                        values.push(*val);
                    }
                }
                runs.push(Run { start, end: text.len(), exact: false, span: *span });
            }
        }
        if text.len() > MAX_TEXT {
            return None;
        }
    }
    if text.len() > MAX_TEXT {
        return None;
    }
    let (document, errors) = stockade_yaml::parse_json(whole.file, &text);
    if !errors.is_empty() {
        return None;
    }
    let reader = Reader { runs, values, whole };
    let root = document.root?;
    Some(reader.value(&root, reader.span(root.span)))
}

/// The structure of a file of JSON.
pub(crate) fn file(id: FileId, text: &str) -> Option<Val> {
    if !looks_encoded(text) || text.len() > MAX_TEXT {
        return None;
    }
    let (document, errors) = stockade_yaml::parse_json(id, text);
    let root = document.root.filter(|_| errors.is_empty())?;
    let end = u32::try_from(text.len()).ok()?;
    let whole = Span::new(id, 0, end);
    let reader =
        Reader { runs: vec![Run { start: 0, end: text.len(), exact: true, span: whole }], values: Vec::new(), whole };
    Some(reader.value(&root, root.span))
}

/// Notes where literal text stands: as a whole, or line by line where indentation was taken off.
fn align(part: &str, raw: &str, span: Span, start: usize, runs: &mut Vec<Run>) {
    if part == raw {
        runs.push(Run { start, end: start + part.len(), exact: true, span });
        return;
    }
    let lines: Vec<&str> = part.split_inclusive('\n').collect();
    let raws: Vec<&str> = raw.split_inclusive('\n').collect();
    if lines.len() != raws.len() || lines.iter().zip(&raws).any(|(line, raw)| !raw.ends_with(line)) {
        runs.push(Run { start, end: start + part.len(), exact: false, span });
        return;
    }
    let (mut at, mut from) = (start, span.start as usize);
    for (line, raw) in lines.iter().zip(&raws) {
        let begin = from + raw.len() - line.len();
        let offset = |n: usize| u32::try_from(n).unwrap_or(span.end);
        let span = Span::new(span.file, offset(begin), offset(from + raw.len()));
        runs.push(Run { start: at, end: at + line.len(), exact: true, span });
        at += line.len();
        from += raw.len();
    }
}

struct Reader<'v> {
    runs: Vec<Run>,
    values: Vec<&'v Val>,
    whole: Span,
}

impl Reader<'_> {
    /// Where bytes of the assembled text stand.
    fn span(&self, span: Span) -> Span {
        let run = |at: usize| {
            let found = self.runs.partition_point(|run| run.end <= at);
            self.runs.get(found).filter(|run| run.start <= at)
        };
        let (start, end) = (span.start as usize, span.end as usize);
        let (Some(first), Some(last)) = (run(start), run(end.saturating_sub(1).max(start))) else { return self.whole };
        let offset = |run: &Run, at: usize| run.span.start + u32::try_from(at - run.start).unwrap_or(0);
        if first.span.file != last.span.file {
            return self.whole;
        }
        let from = if first.exact { offset(first, start) } else { first.span.start };
        let to = if last.exact { offset(last, end) } else { last.span.end };
        if from <= to { Span::new(first.span.file, from, to) } else { self.whole }
    }

    fn value(&self, node: &Node, head: Span) -> Val {
        let span = self.span(node.span);
        match &node.kind {
            NodeKind::Scalar(scalar) if scalar.style == Style::Plain => match scalar.text.as_str() {
                "true" => K::Bool(true).at(span),
                "false" => K::Bool(false).at(span),
                "null" => K::Null(Ty::Any).at(span),
                text => Number::parse(text).map_or_else(|| K::text(text), K::Number).at(span),
            },
            NodeKind::Scalar(scalar) => {
                let (parts, used) = self.parts(&scalar.text);
                K::parts(parts).at(span).through(used)
            }
            NodeKind::Sequence(nodes) => {
                let item = |node: &Node| {
                    let head = node.entries().first().map_or(node.span, |entry| entry.key.span);
                    self.value(node, self.span(head))
                };
                K::seq(SeqKind::Tuple, nodes.iter().map(item).collect(), None, Ty::Any).at(span)
            }
            NodeKind::Mapping(entries) => {
                let mut fields = Fields::default();
                for entry in entries {
                    let key = self.span(entry.key.span);
                    let value = self.value(&entry.value, key);
                    let name = self.plain(entry.key.as_str().unwrap_or_default());
                    fields.insert(name, Entry { key, entry: self.span(entry.span()), value });
                }
                K::map(MapKind::Object, fields, head, None, Ty::Any).at(span)
            }
            NodeKind::Alias(..) => Val::invalid("JSON", span),
        }
    }

    /// A text with what is interpolated in it.
    fn parts<'s>(&'s self, text: &str) -> (Vec<Part>, Vec<&'s Val>) {
        let (mut parts, mut used) = (Vec::new(), Vec::new());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let Some((number, after)) = after.split_once(CLOSE) else { break };
            parts.push(Part::Known(before.into()));
            if let Some(val) = number.parse::<usize>().ok().and_then(|at| self.values.get(at)) {
                parts.extend(text_parts(val).unwrap_or_default());
                used.push(*val);
            }
            rest = after;
        }
        parts.push(Part::Known(rest.into()));
        (parts, used)
    }

    /// A key with what is interpolated in it, where that is known.
    fn plain(&self, text: &str) -> compact_str::CompactString {
        let known = self.parts(text).0.into_iter().map(|part| match part {
            Part::Known(text) => text,
            Part::Unknown(_) => "…".into(),
        });
        known.collect::<Vec<_>>().concat().into()
    }
}
