//! Image references, taken apart: `registry/repository:tag@digest`.

use std::ops::Range;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Field, Kind, Map, Part, Value, Why};
use stockade_source::Span;

/// Stands for an unknown part in the text that is taken apart; no reference can hold it.
const HOLE: char = '\0';

/// The fields of the `image` view of a reference; `None` for what can be none.
pub(crate) fn parts(reference: &Value) -> Option<Map> {
    let (text, holes) = flatten(reference)?;
    let mut map = Map::new(reference.span);
    put(&mut map, "reference", reference.clone());
    let piece = |range: Range<usize>| take(reference, &text, &holes, range);

    let open_end = text.ends_with(HOLE);
    let (rest, digest) = match text.find('@') {
        Some(at) => (at, Some(piece(at + 1..text.len()))),
        None => (text.len(), open_end.then(|| piece(text.len() - 1..text.len()))),
    };
    let base = text[..rest].rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match text[base..rest].find(':') {
        Some(at) => (base + at, Some(piece(base + at + 1..rest))),
        None => (rest, (open_end && rest == text.len()).then(|| piece(rest - 1..rest))),
    };

    let first = text[..name].find('/');
    let host = first.map_or(&text[..name], |at| &text[..at]);
    let unknown_host = host.find(HOLE);
    let (registry, repository) = match (first, unknown_host) {
        (Some(at), None) if host.contains(['.', ':']) || host == "localhost" => {
            (Some(piece(0..at)), piece(at + 1..name))
        }
        (_, None) => (None, piece(0..name)),
        // Whether an unknown first part is a registry, a part of the repository or both is not known either.
        (Some(at), Some(hole)) => (Some(piece(hole..hole + 1)), joined(reference, &text, &holes, hole, at + 1..name)),
        (None, Some(hole)) => (Some(piece(hole..hole + 1)), piece(0..name)),
    };
    for (key, value) in [("registry", registry), ("repository", Some(repository)), ("tag", tag), ("digest", digest)] {
        if let Some(value) = value {
            put(&mut map, key, value);
        }
    }
    Some(map)
}

fn put(map: &mut Map, key: &str, value: Value) {
    map.insert(key, Field { key: Span::NONE, entry: Span::NONE, value });
}

/// The text with a hole for each unknown part, and what the holes are, in order.
fn flatten(reference: &Value) -> Option<(String, Vec<Arc<Why>>)> {
    match &reference.kind {
        Kind::Text(text) if text.trim().is_empty() => None,
        Kind::Text(text) => Some((text.replace(HOLE, "?"), Vec::new())),
        Kind::Unknown(why) => Some((HOLE.to_string(), vec![Arc::clone(why)])),
        Kind::Template(parts) => {
            let mut text = String::new();
            let mut holes = Vec::new();
            for part in parts.iter() {
                match part {
                    Part::Known(known) => text.push_str(&known.replace(HOLE, "?")),
                    Part::Unknown(why) => {
                        text.push(HOLE);
                        holes.push(Arc::clone(why));
                    }
                }
            }
            Some((text, holes))
        }
        _ => None,
    }
}

/// The value of a range of the flattened text.
fn take(reference: &Value, text: &str, holes: &[Arc<Why>], range: Range<usize>) -> Value {
    let mut parts: Vec<Part> = Vec::new();
    let mut next = text[..range.start].matches(HOLE).count();
    for c in text[range.clone()].chars() {
        if c == HOLE {
            if let Some(why) = holes.get(next) {
                parts.push(Part::Unknown(Arc::clone(why)));
            }
            next += 1;
        } else if let Some(Part::Known(known)) = parts.last_mut() {
            known.push(c);
        } else {
            parts.push(Part::Known(CompactString::from_iter([c])));
        }
    }
    value_of(reference, parts, part_span(reference, range))
}

/// An unknown part, then the range.
fn joined(reference: &Value, text: &str, holes: &[Arc<Why>], hole: usize, range: Range<usize>) -> Value {
    let mut parts: Vec<Part> = Vec::new();
    for piece in [take(reference, text, holes, hole..hole + 1), take(reference, text, holes, range)] {
        match piece.kind {
            Kind::Unknown(why) => parts.push(Part::Unknown(why)),
            Kind::Text(known) => parts.push(Part::Known(known)),
            Kind::Template(inner) => parts.extend(inner.iter().cloned()),
            _ => {}
        }
    }
    value_of(reference, parts, reference.span)
}

fn value_of(reference: &Value, mut parts: Vec<Part>, span: Span) -> Value {
    let kind = match (parts.pop(), parts.is_empty()) {
        (None, _) => Kind::Text(CompactString::default()),
        (Some(Part::Known(text)), true) => Kind::Text(text),
        (Some(Part::Unknown(why)), true) => Kind::Unknown(why),
        (Some(last), false) => {
            parts.push(last);
            Kind::Template(parts.into())
        }
    };
    Value { kind, span, origin: reference.origin.clone(), sensitive: reference.sensitive }
}

/// The place of a part of a text, where the text stands in the file letter by letter; else the place of the whole.
pub(crate) fn part_span(value: &Value, range: Range<usize>) -> Span {
    let (Kind::Text(text), true) = (&value.kind, value.origin.as_ref().is_none_or(|origin| origin.steps.is_empty()))
    else {
        return value.span;
    };
    let Some(quote) = (value.span.len() as usize).checked_sub(text.len()).filter(|extra| matches!(extra, 0 | 2)) else {
        return value.span;
    };
    let offset = |at: usize| u32::try_from(at + quote / 2).ok().and_then(|at| value.span.start.checked_add(at));
    match (offset(range.start), offset(range.end)) {
        (Some(start), Some(end)) if start <= end && end <= value.span.end => Span::new(value.span.file, start, end),
        _ => value.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stockade_model::Reason;
    use stockade_source::FileId;

    fn span(start: u32, end: u32) -> Span {
        Span::new(FileId(0), start, end)
    }

    fn field<'a>(map: &'a Map, key: &str) -> Option<&'a str> {
        map.get(key).map(|value| value.as_text().unwrap_or("?"))
    }

    fn split(text: &str) -> [Option<CompactString>; 4] {
        let end = u32::try_from(text.len()).unwrap();
        let map = parts(&Value::text(text, span(0, end))).unwrap();
        ["registry", "repository", "tag", "digest"].map(|key| field(&map, key).map(CompactString::from))
    }

    fn expect(parts: [&str; 4]) -> [Option<CompactString>; 4] {
        parts.map(|part| (!part.is_empty()).then(|| part.into()))
    }

    fn unknown(subject: &str) -> Part {
        Part::Unknown(Arc::new(Why { reason: Reason::Variable, subject: subject.into(), span: Span::NONE }))
    }

    fn template(parts: Vec<Part>) -> Value {
        Value::new(Kind::Template(parts.into()), span(10, 40))
    }

    #[test]
    fn references_are_taken_apart() {
        assert_eq!(split("nginx"), expect(["", "nginx", "", ""]));
        assert_eq!(split("library/nginx:1.27"), expect(["", "library/nginx", "1.27", ""]));
        assert_eq!(split("localhost/a:b"), expect(["localhost", "a", "b", ""]));
        assert_eq!(split("reg.example:5000/team/app"), expect(["reg.example:5000", "team/app", "", ""]));
        assert_eq!(split("reg.example/app:1@sha256:ab"), expect(["reg.example", "app", "1", "sha256:ab"]));
        assert_eq!(split("app@sha256:ab"), expect(["", "app", "", "sha256:ab"]));
    }

    #[test]
    fn parts_stand_where_they_are_written() {
        let map = parts(&Value::text("a.b/c:1", span(20, 27))).unwrap();
        assert_eq!(map.get("tag").unwrap().span, span(26, 27));
        let quoted = parts(&Value::text("a.b/c:1", span(20, 29))).unwrap();
        assert_eq!(quoted.get("repository").unwrap().span, span(25, 26));
        let escaped = parts(&Value::text("a.b/c:1", span(20, 35))).unwrap();
        assert_eq!(escaped.get("tag").unwrap().span, span(20, 35));
    }

    #[test]
    fn each_part_is_known_or_unknown_by_itself() {
        let tagged = parts(&template(vec![Part::Known("nginx:".into()), unknown("var.tag")])).unwrap();
        assert_eq!(field(&tagged, "repository"), Some("nginx"));
        assert!(tagged.get("tag").unwrap().why().is_some() && tagged.get("digest").unwrap().why().is_some());

        let pinned = parts(&template(vec![unknown("var.repo"), Part::Known(":1.2".into())])).unwrap();
        assert_eq!(field(&pinned, "tag"), Some("1.2"));
        assert!(pinned.get("repository").unwrap().why().is_some() && pinned.get("digest").is_none());

        let untagged = parts(&template(vec![unknown("var.registry"), Part::Known("/nginx".into())])).unwrap();
        assert!(untagged.get("tag").is_none() && untagged.get("registry").unwrap().why().is_some());
        assert!(matches!(&untagged.get("repository").unwrap().kind, Kind::Template(parts) if parts.len() == 2));

        let Part::Unknown(why) = unknown("var.image") else { unreachable!() };
        let whole = parts(&Value::new(Kind::Unknown(why), span(0, 3))).unwrap();
        assert!(["registry", "repository", "tag", "digest"].iter().all(|key| whole.get(key).unwrap().why().is_some()));
    }

    #[test]
    fn odd_references_do_no_harm() {
        for text in ["/", ":", "@", "a:", "/:@", "a@", "::::", "\0", "é/ü:ö@ä", "a/b/", "@@"] {
            assert!(parts(&Value::text(text, span(0, 1))).is_some(), "{text:?}");
        }
        assert!(parts(&Value::text(" ", span(0, 1))).is_none());
        assert!(parts(&Value::bool(true, span(0, 4))).is_none());
        for known in ["@", "/", ":", "a@b/c:d"] {
            let inner = vec![unknown("a"), Part::Known(known.into()), unknown("b"), Part::Known("\0".into())];
            assert!(parts(&template(inner)).is_some());
        }
    }
}
