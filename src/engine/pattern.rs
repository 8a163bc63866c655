//! What `matches` looks for.

use regex::{Regex, RegexBuilder};
use stockade_model::Part;

use crate::Truth;

/// How large the program of one pattern may be.
const SIZE_LIMIT: usize = 1 << 20;

/// A regular expression, not anchored, and what it asks about its surroundings.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    start: bool,
    end: bool,
}

impl Pattern {
    /// Compiles `text`.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    pub fn new(text: &str) -> Result<Pattern, String> {
        let regex = RegexBuilder::new(text).size_limit(SIZE_LIMIT).build().map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
            error => {
                let text = error.to_string();
                text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
            }
        })?;
        let (start, end) = assertions(text);
        Ok(Pattern { regex, start, end })
    }

    /// Whether the pattern is found in a known text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Whether the pattern is found in a text of which parts are unknown.
    ///
    /// A match within one known part is a match of the whole where the pattern asks nothing of what is around it.
    pub(crate) fn matches_parts(&self, parts: &[Part]) -> Truth {
        let last = parts.len().saturating_sub(1);
        let certain = parts.iter().enumerate().any(|(at, part)| match part {
            Part::Known(text) => (!self.start || at == 0) && (!self.end || at == last) && self.regex.is_match(text),
            Part::Unknown(_) => false,
        });
        if certain { Truth::True } else { Truth::Unknown }
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        self.regex.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// Whether a pattern asks what stands before it, and what after it. Reading too much into it is safe.
fn assertions(pattern: &str) -> (bool, bool) {
    let (mut start, mut end) = (false, false);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '^' => start = true,
            '$' => end = true,
            '\\' => match chars.next() {
                Some('b' | 'B' | '<' | '>') => (start, end) = (true, true),
                Some('A') => start = true,
                Some('z') => end = true,
                _ => {}
            },
            _ => {}
        }
    }
    (start, end)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use stockade_model::{Reason, Why};
    use stockade_source::Span;

    use super::*;

    fn unknown() -> Part {
        Part::Unknown(Arc::new(Why { reason: Reason::Variable, subject: "var.x".into(), span: Span::NONE }))
    }

    fn matches(pattern: &str, parts: &[Part]) -> Truth {
        Pattern::new(pattern).expect(pattern).matches_parts(parts)
    }

    #[test]
    fn a_match_in_a_known_part_is_certain_where_its_surroundings_do_not_matter() {
        let parts = [Part::Known("http://a".into()), unknown(), Part::Known("z:latest".into())];
        assert_eq!(matches("http://", &parts), Truth::True);
        assert_eq!(matches("^http://", &parts), Truth::True);
        assert_eq!(matches(":latest$", &parts), Truth::True);
        assert_eq!(matches("^z", &parts), Truth::Unknown);
        assert_eq!(matches("a$", &parts), Truth::Unknown);
        assert_eq!(matches(r"a\b", &parts), Truth::Unknown);
        assert_eq!(matches("ftp", &parts), Truth::Unknown);
    }

    #[test]
    fn a_pattern_that_is_wrong_or_too_large_is_refused() {
        assert_eq!(Pattern::new("a(b").map(|_| ()), Err("unclosed group".to_owned()));
        assert_eq!(Pattern::new(r"(\w{200}){200}").map(|_| ()), Err("the pattern is too large".to_owned()));
    }
}
