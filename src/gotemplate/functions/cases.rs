//! `camelCase`, `snake_case` and `kebab-case`, with the words that Go's `xstrings` finds.

use super::letters::{is_space, lower, upper};

/// The words put together, each with a large first letter. Connectors at the start, at the end and beside another one
/// stay.
pub(super) fn camel(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    let mut last = None;
    let mut shouting = false;
    for c in chars.by_ref() {
        if !is_connector(c) {
            shouting = c.is_uppercase();
            last = Some(upper(c));
            break;
        }
        out.push(c);
        last = Some(c);
    }
    let Some(mut last) = last else { return out };
    for mut c in chars {
        match (is_connector(last), is_connector(c)) {
            (true, true) => out.push(last),
            (true, false) => {
                shouting = c.is_uppercase();
                c = upper(c);
            }
            (false, _) => {
                shouting &= c.is_uppercase();
                if shouting {
                    c = lower(c);
                }
                out.push(last);
            }
        }
        last = c;
    }
    out.push(last);
    out
}

/// The words in lower case with `connector` between.
pub(super) fn separated(text: &str, connector: char) -> String {
    let mut words = Words { rest: text, connector, out: String::with_capacity(text.len()) };
    let mut word = words.next();
    while !words.rest.is_empty() {
        if word.kind != Kind::Connector {
            words.write(word);
        }
        let previous = word;
        word = words.next();
        match previous.kind {
            Kind::Number => {
                word = words.write_run(word);
                words.connect(word);
            }
            Kind::Connector => words.write(previous),
            Kind::Punctuation => {}
            Kind::None | Kind::Upper | Kind::Letters | Kind::Other if word.kind != Kind::Number => {
                words.connect(word);
            }
            _ if words.rest.is_empty() => {}
            _ => {
                let number = word;
                word = words.next();
                if word.kind == Kind::Letters {
                    // Small letters after a number make both a word of their own: `http_2xx`.
                    words.out.push(connector);
                    words.write(number);
                    word = words.write_run(word);
                } else {
                    words.write(number);
                }
                words.connect(word);
            }
        }
    }
    words.write(word);
    words.out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    None,
    Number,
    Upper,
    Letters,
    Connector,
    Punctuation,
    Other,
}

#[derive(Clone, Copy)]
struct Word<'a> {
    kind: Kind,
    text: &'a str,
}

struct Words<'a> {
    rest: &'a str,
    connector: char,
    out: String,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Word<'a> {
        let text = self.rest;
        let Some(first) = text.chars().next() else { return Word { kind: Kind::None, text } };
        let run = |from: usize, within: &dyn Fn(char) -> bool| {
            from + text[from..].find(|c| !within(c)).unwrap_or(text.len() - from)
        };
        let small = |c: char| is_letter(c) && !c.is_uppercase();
        let size = first.len_utf8();
        let (kind, end) = if is_connector(first) {
            (Kind::Connector, run(size, &is_connector))
        } else if is_punctuation(first) {
            (Kind::Punctuation, run(size, &is_punctuation))
        } else if first.is_uppercase() {
            let capitals = run(size, &char::is_uppercase);
            let next = text[capitals..].chars().next();
            let end = match next {
                // `HTTPStatus` is `HTTP` and `Status`.
                Some(next) if capitals > size && is_letter(next) => {
                    capitals - text[..capitals].chars().next_back().map_or(0, char::len_utf8)
                }
                Some(_) if capitals == size => run(size, &small),
                _ => capitals,
            };
            (Kind::Upper, end)
        } else if is_letter(first) {
            (Kind::Letters, run(size, &small))
        } else if first.is_numeric() {
            (Kind::Number, run(size, &char::is_numeric))
        } else {
            let other = |c: char| !(is_connector(c) || is_letter(c) || c.is_numeric() || is_punctuation(c));
            (Kind::Other, run(size, &other))
        };
        self.rest = &text[end..];
        Word { kind, text: &text[..end] }
    }

    fn write(&mut self, word: Word<'_>) {
        if !matches!(word.kind, Kind::Upper | Kind::Connector) {
            self.out.push_str(word.text);
            return;
        }
        let connector = self.connector;
        self.out.extend(word.text.chars().map(|c| if is_connector(c) { connector } else { lower(c) }));
    }

    /// Writes words of small letters and numbers, and gives the first that is neither.
    fn write_run(&mut self, mut word: Word<'a>) -> Word<'a> {
        while matches!(word.kind, Kind::Letters | Kind::Number) {
            self.write(word);
            word = self.next();
        }
        word
    }

    /// Writes the connector before a word that has none.
    fn connect(&mut self, before: Word<'_>) {
        if !matches!(before.kind, Kind::None | Kind::Connector | Kind::Punctuation) {
            self.out.push(self.connector);
        }
    }
}

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || is_space(c)
}

/// A letter, but not a Chinese character.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !matches!(c, '\u{3400}'..='\u{4d85}' | '\u{4e00}'..='\u{9fcc}' | '\u{20000}'..='\u{2b81d}')
}

/// `unicode.IsPunct`, as far as text has it.
fn is_punctuation(c: char) -> bool {
    match c {
        '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~' => false,
        '¡' | '§' | '«' | '¶' | '·' | '»' | '¿' => true,
        '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{2043}' | '\u{2045}'..='\u{2051}' | '\u{2053}'..='\u{205e}' => true,
        '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' => true,
        _ => c.is_ascii_punctuation(),
    }
}
