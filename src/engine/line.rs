//! Reads the texts of a page: `PATH OP VALUE`, `some PATH`, constants, fixes; with the place of every fault.

use std::cell::Cell;
use std::ops::Range;

use compact_str::CompactString;
use indexmap::IndexMap;
use stockade_source::{Span, SyntaxError};

use crate::path::is_kind;
use crate::spelling::hint;
use crate::{Action, Bound, Constant, Extent, Line, Operand, Operator, Path, Pattern, Quantifier, Step};

/// A text of a page, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Located<'p> {
    pub(crate) text: &'p str,
    /// Where the text starts in the page, where the page has it letter for letter.
    pub(crate) base: Option<u32>,
    /// The place of the whole: of every fault where the letters differ.
    pub(crate) whole: Span,
}

/// The named constants of a page, and which of them were used.
pub(crate) type Lets = IndexMap<CompactString, (Constant, Cell<bool>)>;

impl<'p> Located<'p> {
    /// The place of a range of bytes.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        let offset = |at: usize| u32::try_from(at).ok().and_then(|at| self.base?.checked_add(at));
        match (offset(range.start), offset(range.end)) {
            (Some(start), Some(end)) if start <= end && end <= self.whole.end => Span::new(self.whole.file, start, end),
            _ => self.whole,
        }
    }

    fn error(&self, range: Range<usize>, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.span(range), message)
    }
}

/// Reads one text from left to right.
pub(crate) struct Reader<'p> {
    located: Located<'p>,
    at: usize,
}

impl<'p> Reader<'p> {
    pub(crate) fn new(located: Located<'p>) -> Self {
        Reader { located, at: 0 }
    }

    fn rest(&self) -> &'p str {
        self.located.text.get(self.at..).unwrap_or("")
    }

    fn skip_spaces(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    pub(crate) fn at_end(&mut self) -> bool {
        self.skip_spaces();
        self.rest().is_empty()
    }

    /// An error about what stands here, up to the end of the word.
    fn fault(&self, message: impl Into<String>) -> SyntaxError {
        let word = self.rest().find(char::is_whitespace).unwrap_or(self.rest().len());
        self.located.error(self.at..self.at + word, message)
    }

    /// Takes one of the words, which ends at a space or at the end.
    fn take_word(&mut self, words: &str) -> bool {
        let mut at = self.at;
        for word in words.split(' ') {
            let rest = self.located.text.get(at..).unwrap_or("");
            let trimmed = rest.trim_start();
            let Some(after) = trimmed.strip_prefix(word) else { return false };
            if !after.is_empty() && !after.starts_with(char::is_whitespace) {
                return false;
            }
            at = self.located.text.len() - after.len();
        }
        self.at = at;
        true
    }

    /// A leading `some`, `every` or `no`.
    pub(crate) fn quantifier(&mut self) -> Option<Quantifier> {
        let all = [("some", Quantifier::Some), ("every", Quantifier::Every), ("no", Quantifier::No)];
        let start = self.at;
        let found = all.into_iter().find(|(word, _)| self.take_word(word)).map(|(_, quantifier)| quantifier)?;
        // `no is true`: a field of this name.
        let before = self.at;
        let operator = !self.at_end() && Operator::ALL.iter().any(|(word, ..)| self.take_word(word));
        self.at = if operator { start } else { before };
        (!operator).then_some(found)
    }

    /// `PATH`, and where it stands.
    pub(crate) fn path(&mut self) -> Result<(Path, Span), SyntaxError> {
        self.skip_spaces();
        let start = self.at;
        let mut steps: Vec<Step> = Vec::new();
        let mut itself = false;
        loop {
            let step_start = self.at;
            if let Some(quoted) = self.rest().strip_prefix('"') {
                let Some(end) = quoted.find('"') else {
                    return Err(self.located.error(step_start..self.located.text.len(), "the quote is not closed"));
                };
                self.at += end + 2;
                let name = &quoted[..end];
                if name.is_empty() {
                    return Err(self.located.error(step_start..self.at, "a step has no name"));
                }
                steps.push(Step { name: name.into(), kind: is_kind(name, steps.is_empty()) });
            } else {
                let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
                let len = self.rest().find(|c| !word(c)).unwrap_or(self.rest().len());
                if len == 0 {
                    let message = if steps.is_empty() && !itself {
                        "a path is missing here"
                    } else {
                        "a step of the path is missing here"
                    };
                    return Err(self.fault(message));
                }
                let name = &self.rest()[..len];
                self.at += len;
                if name == "it" && steps.is_empty() && !itself {
                    itself = true;
                } else {
                    steps.push(Step { name: name.into(), kind: is_kind(name, steps.is_empty()) });
                }
            }
            match self.rest().chars().next() {
                Some('.') => self.at += 1,
                Some(c) if !c.is_whitespace() => {
                    return Err(self.fault(format!("`{c}` in a path must be quoted: `\"odd{c}field\"`")));
                }
                _ => break,
            }
        }
        let text = self.located.text[start..self.at].into();
        Ok((Path { text, steps: steps.into() }, self.located.span(start..self.at)))
    }

    fn operator(&mut self) -> Result<(Operator, bool, Span), SyntaxError> {
        self.skip_spaces();
        let start = self.at;
        if let Some((_, operator, negated)) = Operator::ALL.iter().find(|(word, ..)| self.take_word(word)) {
            return Ok((*operator, *negated, self.located.span(start..self.at)));
        }
        if self.rest().is_empty() {
            return Err(self.located.error(0..self.located.text.len(), "an operator is missing: `PATH OP VALUE`"));
        }
        let word = self.rest().split_whitespace().next().unwrap_or_default();
        let known = match word {
            "=" | "==" => "; did you mean `is`?".to_owned(),
            "!=" | "isnt" => "; did you mean `is not`?".to_owned(),
            "not" => "; only `in`, `contains` and `matches` take `not` in front".to_owned(),
            "starts" | "ends" => format!("; did you mean `{word} with`?"),
            _ => hint(word, Operator::ALL.iter().map(|(word, ..)| *word)),
        };
        Err(self.fault(format!("unknown operator `{word}`{known}")))
    }

    /// The rest of the text as a range without spaces around it.
    fn remainder(&mut self) -> Range<usize> {
        self.skip_spaces();
        self.at..self.at + self.rest().trim_end().len()
    }

    /// `VALUE` up to the end of the text.
    pub(crate) fn constant(&mut self, lets: &Lets) -> Result<Constant, SyntaxError> {
        let range = self.remainder();
        let constant = constant(self.located, range, lets)?;
        self.at = self.located.text.len();
        Ok(constant)
    }

    /// `to`, between the path and the value of `set`.
    pub(crate) fn expect_word(&mut self, word: &str) -> Result<(), SyntaxError> {
        self.skip_spaces();
        if self.take_word(word) { Ok(()) } else { Err(self.fault(format!("`{word}` is missing here"))) }
    }

    /// The rest of the text, for `append`.
    pub(crate) fn text(&mut self) -> &'p str {
        let range = self.remainder();
        self.at = self.located.text.len();
        &self.located.text[range]
    }

    /// `PATH OP VALUE`, the places of path and operator, and whether the right side says that absence or emptiness is
    /// meant.
    pub(crate) fn line(&mut self, lets: &Lets) -> Result<(Line, Span, Span), SyntaxError> {
        let (path, path_span) = self.path()?;
        let (operator, negated, operator_span) = self.operator()?;
        let value = self.remainder();
        let name = self.located.text[value].strip_prefix('$').filter(|name| is_name(name)).map(CompactString::from);
        let operand = self.operand(operator, lets)?;
        Ok((Line { path, operator, negated, operand, name }, path_span, operator_span))
    }

    fn operand(&mut self, operator: Operator, lets: &Lets) -> Result<Operand, SyntaxError> {
        let range = self.remainder();
        if range.is_empty() {
            return Err(self.located.error(0..self.located.text.len(), "a value is missing after the operator"));
        }
        let error = |message: String| self.located.error(range.clone(), message);
        let text = &self.located.text[range.clone()];
        if text.starts_with('@') {
            if operator == Operator::Matches {
                return Err(error("`matches` needs a pattern, not a path".to_owned()));
            }
            let mut reader = Reader { located: self.located, at: range.start + 1 };
            let (path, _) = reader.path()?;
            if reader.at_end() {
                return Ok(Operand::Path(path));
            }
            return Err(reader.fault("nothing may follow the path"));
        }
        if operator == Operator::Matches {
            return self.patterns(range, lets);
        }
        let constant = constant(self.located, range.clone(), lets)?;
        let entries = constant.entries();
        match operator {
            Operator::Is => match &constant {
                Constant::List(_) if text.starts_with('$') => {
                    Err(error(format!("`{text}` is a list; did you mean `in {text}`?")))
                }
                _ => Ok(Operand::Constant(constant)),
            },
            Operator::In => match &constant {
                Constant::List(entries) if entries.is_empty() => Err(error("the list is empty".to_owned())),
                Constant::List(_) => Ok(Operand::Constant(constant)),
                _ => Err(error("`in` needs a list; did you mean `is`?".to_owned())),
            },
            Operator::Contains | Operator::StartsWith | Operator::EndsWith => {
                if entries.is_empty() || entries.iter().any(|entry| entry.as_text().is_none()) {
                    return Err(error(format!("`{constant}` is no text, number or boolean")));
                }
                Ok(Operand::Constant(constant))
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                Bound::of(&constant)
                    .map(Operand::Bound)
                    .ok_or_else(|| error(format!("`{constant}` is no number, duration or version")))
            }
            Operator::Covers => {
                let extents: Option<Vec<Extent>> = entries.iter().map(Extent::of).collect();
                extents.filter(|extents| !extents.is_empty()).map(Operand::Extents).ok_or_else(|| {
                    error(format!("`{constant}` is no number, range (`22-80`) or network (`10.0.0.0/8`)"))
                })
            }
            Operator::Matches => Ok(Operand::Constant(constant)),
        }
    }

    /// A pattern is the rest of the text as it stands, so that brackets and quotes in it need no escape.
    fn patterns(&self, range: Range<usize>, lets: &Lets) -> Result<Operand, SyntaxError> {
        let text = &self.located.text[range.clone()];
        let named = text.strip_prefix('$').is_some_and(|name| !name.is_empty() && is_name(name));
        let quoted = text.len() > 1 && text.starts_with('\'') && text.ends_with('\'');
        let constant =
            if named || quoted { constant(self.located, range.clone(), lets)? } else { Constant::Text(text.into()) };
        let compile = |entry: &Constant| {
            let text = entry.as_text().ok_or_else(|| format!("`{entry}` is no pattern"))?;
            Pattern::new(&text)
        };
        let patterns: Result<Vec<Pattern>, String> = constant.entries().iter().map(compile).collect();
        match patterns {
            Ok(patterns) if patterns.is_empty() => Err(self.located.error(range, "the list is empty")),
            Ok(patterns) => Ok(Operand::Patterns(patterns)),
            Err(message) => Err(self.located.error(range, message)),
        }
    }
}

/// `replace with VALUE`, `set PATH to VALUE`, `remove PATH`, `append TEXT`
pub(crate) fn action(located: Located<'_>, lets: &Lets) -> Result<Action, SyntaxError> {
    let mut reader = Reader::new(located);
    let concrete = |constant: Constant| match constant {
        Constant::Absent | Constant::Empty => {
            Err(SyntaxError::new(located.whole, format!("`{constant}` cannot be written; did you mean `remove`?")))
        }
        constant => Ok(constant),
    };
    match located.text.split_whitespace().next().unwrap_or_default() {
        "replace" => {
            reader.expect_word("replace with")?;
            reader.constant(lets).and_then(concrete).map(Action::Replace)
        }
        "set" => {
            reader.expect_word("set")?;
            let (path, _) = reader.path()?;
            reader.expect_word("to")?;
            reader.constant(lets).and_then(concrete).map(|constant| Action::Set(path, constant))
        }
        "remove" => {
            reader.expect_word("remove")?;
            let (path, _) = reader.path()?;
            if reader.at_end() {
                return Ok(Action::Remove(path));
            }
            Err(SyntaxError::new(located.whole, "nothing may follow the path"))
        }
        "append" => {
            reader.expect_word("append")?;
            let text = reader.text();
            if text.is_empty() {
                return Err(SyntaxError::new(located.whole, "a text is missing after `append`"));
            }
            Ok(Action::Append(text.to_owned()))
        }
        word => {
            let known = ["replace", "set", "remove", "append"];
            Err(SyntaxError::new(
                located.whole,
                format!("`{word}` is no fix: replace with, set … to, remove, append{}", hint(word, known)),
            ))
        }
    }
}

/// Whether a text can be the name of a constant.
pub(crate) fn is_name(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && text.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// The constant that stands at `range`.
fn constant(located: Located<'_>, range: Range<usize>, lets: &Lets) -> Result<Constant, SyntaxError> {
    let text = &located.text[range.clone()];
    if let Some(inner) = text.strip_prefix('[') {
        if !inner.ends_with(']') {
            return Err(located.error(range, "the list is not closed"));
        }
        let mut entries = Vec::new();
        for entry in split_list(located.text, range.start + 1..range.end - 1) {
            match constant_entry(located, entry.clone(), lets)? {
                Constant::List(inner) => entries.extend(inner),
                single => entries.push(single),
            }
        }
        return Ok(Constant::List(entries));
    }
    constant_entry(located, range, lets)
}

fn constant_entry(located: Located<'_>, range: Range<usize>, lets: &Lets) -> Result<Constant, SyntaxError> {
    let text = &located.text[range.clone()];
    let error = |message: String| located.error(range.clone(), message);
    match text.chars().next() {
        None => Err(error("a value is missing here".to_owned())),
        Some('\'') => {
            let inner = text[1..].strip_suffix('\'').filter(|inner| !inner.replace("''", "").contains('\''));
            inner
                .map(|inner| Constant::Text(inner.replace("''", "'").into()))
                .ok_or_else(|| error("the quote is not closed".to_owned()))
        }
        Some('"') => Err(error("a text is quoted with `'`".to_owned())),
        Some('[') => Err(error("a list cannot hold a list".to_owned())),
        Some('@') => Err(error("a path cannot stand in a list".to_owned())),
        Some('$') if is_name(&text[1..]) => match lets.get(&text[1..]) {
            Some((constant, used)) => {
                used.set(true);
                Ok(constant.clone())
            }
            None => Err(error(format!(
                "`{text}` is not named in `let`{}",
                hint(&text[1..], lets.keys().map(CompactString::as_str))
            ))),
        },
        Some(_) => Ok(Constant::word(text)),
    }
}

/// The entries of a list, split at the commas that stand outside quotes; an empty list has none.
fn split_list(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let (mut start, mut quoted) = (range.start, false);
    let trimmed = |from: usize, to: usize| {
        let part = &text[from..to];
        let lead = part.len() - part.trim_start().len();
        from + lead..from + lead + part.trim().len()
    };
    for (at, c) in text[range.clone()].char_indices() {
        match c {
            '\'' => quoted = !quoted,
            ',' if !quoted => {
                out.push(trimmed(start, range.start + at));
                start = range.start + at + 1;
            }
            _ => {}
        }
    }
    let last = trimmed(start, range.end);
    if !last.is_empty() || !out.is_empty() {
        out.push(last);
    }
    out
}

#[cfg(test)]
mod tests {
    use stockade_source::FileId;

    use super::*;

    fn located(text: &str) -> Located<'_> {
        Located {
            text,
            base: Some(100),
            whole: Span::new(FileId(0), 100, 100 + u32::try_from(text.len()).expect("short")),
        }
    }

    fn read(text: &str) -> Result<Line, (u32, u32, String)> {
        let mut lets = Lets::new();
        lets.insert("open".into(), (Constant::List(vec![Constant::word("a"), Constant::word("b")]), Cell::new(false)));
        let line = Reader::new(located(text)).line(&lets);
        line.map(|(line, ..)| line).map_err(|e| (e.span.start - 100, e.span.end - 100, e.message))
    }

    fn operand(text: &str) -> Operand {
        read(text).unwrap_or_else(|e| panic!("{text}: {e:?}")).operand
    }

    #[test]
    fn lines() {
        let line = read("a.\"b.c/d\".e is not two words").expect("a line");
        assert_eq!(line.path.steps.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["a", "b.c/d", "e"]);
        assert!(line.negated && line.operator == Operator::Is);
        assert_eq!(line.operand, Operand::Constant(Constant::Text("two words".into())));
        assert!(read("it is true").expect("a line").path.steps.is_empty());
        assert_eq!(operand("a is 'it''s'"), Operand::Constant(Constant::Text("it's".into())));
        assert_eq!(
            operand("a in [absent, 'x, y', $open, 1]").clone(),
            Operand::Constant(Constant::List(vec![
                Constant::Absent,
                Constant::Text("x, y".into()),
                Constant::word("a"),
                Constant::word("b"),
                Constant::word("1"),
            ]))
        );
        assert_eq!(operand("a < 30d"), Operand::Bound(Bound::Duration(30 * 86_400_000)));
        assert_eq!(
            operand("a covers [22, 3000-3010]"),
            Operand::Extents(vec![Extent::Numbers(22.0, 22.0), Extent::Numbers(3000.0, 3010.0)])
        );
        assert!(matches!(operand("a is @b.c"), Operand::Path(path) if path.text == "b.c"));
        assert!(matches!(operand("a matches [0-9]+$"), Operand::Patterns(p) if p[0].as_str() == "[0-9]+$"));
        assert!(matches!(operand("a matches $open"), Operand::Patterns(p) if p.len() == 2));
        assert!(matches!(operand("a matches '^x '"), Operand::Patterns(p) if p[0].as_str() == "^x "));
    }

    #[test]
    fn faults_have_their_place() {
        for (text, place, message) in [
            ("a isnt b", "isnt", "unknown operator `isnt`; did you mean `is not`?"),
            ("a containz b", "containz", "unknown operator `containz`; did you mean `contains`?"),
            ("a.b", "a.b", "an operator is missing: `PATH OP VALUE`"),
            ("a is", "a is", "a value is missing after the operator"),
            ("a is not", "a is not", "a value is missing after the operator"),
            ("a in $opne", "$opne", "`$opne` is not named in `let`; did you mean `open`?"),
            ("a is $open", "$open", "`$open` is a list; did you mean `in $open`?"),
            ("a in b", "b", "`in` needs a list; did you mean `is`?"),
            ("a in [b", "[b", "the list is not closed"),
            ("a in [b,,c]", "", "a value is missing here"),
            ("a < many", "many", "`many` is no number, duration or version"),
            ("a covers ssh", "ssh", "`ssh` is no number, range (`22-80`) or network (`10.0.0.0/8`)"),
            ("a matches x(", "x(", "unclosed group"),
            ("a..b is c", ".b", "a step of the path is missing here"),
            ("a/b is c", "/b", "`/` in a path must be quoted: `\"odd/field\"`"),
            ("\"a is c", "\"a is c", "the quote is not closed"),
            ("a is \"c\"", "\"c\"", "a text is quoted with `'`"),
            ("a contains absent", "absent", "`absent` is no text, number or boolean"),
        ] {
            let (start, end, got) = read(text).expect_err(text);
            assert_eq!((&text[start as usize..end as usize], got.as_str()), (place, message), "{text}");
        }
    }

    #[test]
    fn quantifiers_are_told_from_fields() {
        assert_eq!(Reader::new(located("some a.b")).quantifier(), Some(Quantifier::Some));
        assert_eq!(Reader::new(located("no is true")).quantifier(), None);
        assert_eq!(Reader::new(located("nothing is true")).quantifier(), None);
    }
}
