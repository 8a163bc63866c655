//! The texts that a page says, with the values put in.

use std::ops::Range;

use compact_str::CompactString;
use stockade_model::{Kind, Number, Value};
use stockade_source::SyntaxError;

use crate::Path;
use crate::line::{Located, Reader};

/// How long a printed value may be, in characters.
const WIDTH: usize = 80;

/// A text with places for values: ``bucket `{name}` is open``. A brace by itself is written twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    pub(crate) parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    Text(CompactString),
    Path(Path),
}

impl Template {
    /// Reads a text of a page.
    pub(crate) fn parse(located: Located<'_>) -> Result<Template, SyntaxError> {
        let text = located.text;
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                literal.push(c);
                at += 2;
            } else if c == '{' {
                let Some(end) = rest.find('}') else {
                    return Err(SyntaxError::new(located.span(at..text.len()), "the brace is not closed"));
                };
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal).into()));
                }
                parts.push(Part::Path(path(located, at + 1..at + end)?));
                at += end + 1;
            } else {
                literal.push(c);
                at += c.len_utf8();
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal.into()));
        }
        Ok(Template { parts })
    }

    /// The paths that the text prints.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.parts.iter().filter_map(|part| match part {
            Part::Path(path) => Some(path),
            Part::Text(_) => None,
        })
    }
}

fn path(located: Located<'_>, range: Range<usize>) -> Result<Path, SyntaxError> {
    let base = located.base.and_then(|base| base.checked_add(u32::try_from(range.start).ok()?));
    let whole = located.span(range.clone());
    let mut reader = Reader::new(Located { text: &located.text[range], base, whole });
    let (path, span) = reader.path()?;
    if reader.at_end() { Ok(path) } else { Err(SyntaxError::new(span, "only a path may stand in braces")) }
}

/// A value as people read it: a text as it is, a list with commas; cut to one short line. Nothing sensitive.
pub(crate) fn print(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out, 0);
    cut(&out)
}

fn write(value: &Value, out: &mut String, depth: usize) {
    if value.sensitive {
        out.push_str("(sensitive)");
        return;
    }
    // Four bytes are the most that a character takes.
    if out.len() > WIDTH * 4 {
        return;
    }
    match &value.kind {
        Kind::Null => out.push_str("null"),
        Kind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Kind::Number(number) => out.push_str(&Number::to_string(number)),
        Kind::Text(text) => out.push_str(text.get(..text.floor_char_boundary(WIDTH * 4)).unwrap_or(text)),
        Kind::Template(parts) => parts.iter().take(WIDTH).for_each(|part| match part {
            stockade_model::Part::Known(text) => {
                out.push_str(text.get(..text.floor_char_boundary(WIDTH * 4)).unwrap_or(text))
            }
            stockade_model::Part::Unknown(_) => out.push('…'),
        }),
        Kind::List(list) if depth < 4 => {
            for (at, item) in list.items.iter().take(WIDTH).enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                write(item, out, depth + 1);
            }
        }
        Kind::Map(map) if map.len() == 2 && map.get("from").is_some() && map.get("to").is_some() && depth < 4 => {
            let single = map.get("from").map(|from| &from.kind) == map.get("to").map(|to| &to.kind);
            for (at, end) in
                ["from", "to"].into_iter().take(if single { 1 } else { 2 }).filter_map(|end| map.get(end)).enumerate()
            {
                out.push_str(if at == 0 { "" } else { "-" });
                write(end, out, depth + 1);
            }
        }
        Kind::List(_) => out.push_str("[…]"),
        Kind::Map(_) => out.push_str("{…}"),
        Kind::Unknown(why) => out.push_str(&why.to_string()),
    }
}

/// The first line's worth of a text: no line breaks, no control characters, [`WIDTH`] characters.
pub(crate) fn cut(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut out: String = clean.clone().take(WIDTH).collect();
    if clean.count() > WIDTH {
        out.pop();
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use stockade_source::{FileId, Span};

    use super::*;

    fn parse(text: &str) -> Result<Template, SyntaxError> {
        let whole = Span::new(FileId(0), 10, 10 + u32::try_from(text.len()).expect("short"));
        Template::parse(Located { text, base: Some(10), whole })
    }

    #[test]
    fn braces() {
        let template = parse("a {{b}} `{c.d}`").expect("a template");
        assert_eq!(template.parts[0], Part::Text("a {b} `".into()));
        assert_eq!(template.paths().map(|p| p.text.as_str()).collect::<Vec<_>>(), ["c.d"]);
        assert_eq!(parse("é {a").expect_err("open").span, Span::new(FileId(0), 13, 15));
        assert_eq!(parse("x {a b}").expect_err("two").span, Span::new(FileId(0), 13, 14));
    }

    #[test]
    fn values_are_cut_and_secrets_kept() {
        let long = Value::text("x\n".repeat(100), Span::NONE);
        assert_eq!(print(&long).chars().count(), 80);
        assert!(!print(&long).contains('\n') && print(&long).ends_with('…'));
        let mut secret = Value::text("hunter2", Span::NONE);
        secret.sensitive = true;
        let list = Value::list(vec![Value::text("a", Span::NONE), secret], Span::NONE);
        assert_eq!(print(&list), "a, (sensitive)");
    }
}
