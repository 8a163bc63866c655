//! Arguments in one text: `src=a dest="b c"`, and the command line of `command` and its like.

use std::ops::Range;

use crate::jinja;

/// One `key=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The key.
    pub(crate) key: Range<usize>,
    /// The value, with its quotes.
    pub(crate) value: Range<usize>,
    /// From the key to the end of the value.
    pub(crate) whole: Range<usize>,
}

/// What a free-form text holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FreeForm {
    /// The arguments that are named.
    pub(crate) pairs: Vec<Pair>,
    /// The words that belong to no pair.
    pub(crate) words: Vec<Range<usize>>,
}

/// The only keys that a command line may hold; every other `a=b` belongs to the command.
const OF_COMMANDS: &[&str] =
    &["creates", "removes", "chdir", "executable", "warn", "stdin", "stdin_add_newline", "strip_empty_ends"];

/// Reads a free-form text. In a `command_line` only the modules' own keys are arguments.
pub(crate) fn parse(text: &str, command_line: bool) -> FreeForm {
    let mut form = FreeForm::default();
    for word in words(text) {
        match pair(text, word.clone()) {
            Some(pair) if !command_line || OF_COMMANDS.contains(&&text[pair.key.clone()]) => form.pairs.push(pair),
            _ => form.words.push(word),
        }
    }
    form
}

/// A value without the quotes around it.
pub(crate) fn unquoted(text: &str, value: Range<usize>) -> Range<usize> {
    let bytes = text[value.clone()].as_bytes();
    match bytes {
        [first @ (b'"' | b'\''), .., last] if first == last && bytes[bytes.len() - 2] != b'\\' => {
            value.start + 1..value.end - 1
        }
        _ => value,
    }
}

/// The words of a text; white space in quotes and in templates does not part them.
pub(crate) fn words(text: &str) -> Vec<Range<usize>> {
    let holes = jinja::holes(text);
    let mut holes = holes.iter().peekable();
    let (mut out, mut start, mut quote, mut escaped) = (Vec::new(), None, None, false);
    let mut skip = 0;
    for (at, c) in text.char_indices() {
        if at < skip {
            continue;
        }
        while holes.next_if(|hole| hole.end <= at).is_some() {}
        if let Some(hole) = holes.next_if(|hole| hole.start == at) {
            start.get_or_insert(at);
            skip = hole.end;
            escaped = false;
            continue;
        }
        if c.is_whitespace() && quote.is_none() {
            if let Some(start) = start.take() {
                out.push(start..at);
            }
            escaped = false;
            continue;
        }
        start.get_or_insert(at);
        if !escaped && matches!(c, '"' | '\'') {
            quote = match quote {
                None => Some(c),
                Some(open) if open == c => None,
                other => other,
            };
        }
        escaped = c == '\\' && !escaped;
    }
    if let Some(start) = start {
        out.push(start..text.len());
    }
    out
}

/// A word as a pair: the first `=` that is not escaped and does not begin the word parts it.
fn pair(text: &str, word: Range<usize>) -> Option<Pair> {
    let body = &text[word.clone()];
    let (sign, _) = body.match_indices('=').find(|&(at, _)| at > 0 && body.as_bytes()[at - 1] != b'\\')?;
    let key = word.start..word.start + sign;
    let named = text[key.clone()].bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    named.then(|| Pair { key, value: word.start + sign + 1..word.end, whole: word })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, command_line: bool) -> (Vec<(&str, &str)>, Vec<&str>) {
        let form = parse(text, command_line);
        let pairs = form.pairs.iter().map(|p| (&text[p.key.clone()], &text[unquoted(text, p.value.clone())])).collect();
        (pairs, form.words.iter().map(|w| &text[w.clone()]).collect())
    }

    #[test]
    fn pairs_have_quotes_and_templates() {
        let (pairs, words) = read(r#"src="a b" dest={{ x | default('y z') }}/c mode='0644' note=it\'s"#, false);
        assert_eq!(
            pairs,
            [("src", "a b"), ("dest", "{{ x | default('y z') }}/c"), ("mode", "0644"), ("note", r"it\'s")]
        );
        assert!(words.is_empty());
    }

    #[test]
    fn a_command_line_keeps_its_own_assignments() {
        let (pairs, words) = read("FOO=1 make install chdir=/src prefix=/usr creates=/usr/bin/x", true);
        assert_eq!(pairs, [("chdir", "/src"), ("creates", "/usr/bin/x")]);
        assert_eq!(words, ["FOO=1", "make", "install", "prefix=/usr"]);
    }

    #[test]
    fn odd_texts_are_words() {
        assert_eq!(read("", false), (vec![], vec![]));
        assert_eq!(read("  =x  'open a=b", false), (vec![], vec!["=x", "'open a=b"]));
        assert_eq!(read("a= b", false), (vec![("a", "")], vec!["b"]));
        assert_eq!(unquoted("\"", 0..1), 0..1);
    }
}
