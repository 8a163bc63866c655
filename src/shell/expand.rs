//! Words, quotes and expansions.

use crate::Word;
use crate::parse::{HOLE, Parser};
use crate::word::Builder;

/// How far the closing sign of `((` is looked for, so that looking stays linear.
const MAX_ARITHMETIC: usize = 4096;

impl Parser<'_> {
    /// The word that comes; `None` where none does.
    pub(crate) fn word(&mut self) -> Option<Word> {
        let start = self.at;
        if !self.enter() {
            self.leave();
            return None;
        }
        let mut word = Builder::default();
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b')' => break,
                b'\r' if matches!(self.peek_at(1), Some(b'\n') | None) => break,
                b'<' | b'>' if self.peek_at(1) == Some(b'(') => {
                    let at = self.at;
                    self.at += 2;
                    self.substitution();
                    word.unknown(self.slice(at..self.at), at);
                }
                b'<' | b'>' => break,
                b'(' => {
                    let pattern = matches!(word.last(), Some(b'?' | b'*' | b'+' | b'@' | b'!'));
                    let Some(len) = self.pattern_len().filter(|_| pattern) else { break };
                    word.known(self.slice(self.at..self.at + len), self.at);
                    self.at += len;
                }
                b'\\' => match self.peek_at(1) {
                    Some(b'\n') => self.at += 2,
                    Some(b'\r') if self.peek_at(2) == Some(b'\n') => self.at += 3,
                    Some(_) => {
                        word.quoted = true;
                        self.at += 1;
                        self.char(&mut word);
                    }
                    None => self.char(&mut word),
                },
                b'\'' => {
                    word.quoted = true;
                    self.at += 1;
                    self.run(&mut word, |b| b == b'\'');
                    self.at = self.end.min(self.at + 1);
                }
                b'"' => {
                    word.quoted = true;
                    self.at += 1;
                    self.double(&mut word);
                }
                b'$' => self.dollar(&mut word, false),
                b'`' => self.backquote(&mut word),
                _ => self.run(&mut word, |b| {
                    matches!(
                        b,
                        b' ' | b'\t'
                            | b'\n'
                            | b'\r'
                            | b';'
                            | b'&'
                            | b'|'
                            | b'<'
                            | b'>'
                            | b'('
                            | b')'
                            | b'\\'
                            | b'\''
                            | b'"'
                            | b'$'
                            | b'`'
                    )
                }),
            }
        }
        self.leave();
        (self.at > start).then(|| word.finish(start..self.at))
    }

    /// Adds the bytes up to one that stops, at least one byte unless it stops at once in quotes.
    fn run(&mut self, word: &mut Builder, stops: impl Fn(u8) -> bool) {
        let mut start = self.at;
        while let Some(byte) = self.peek() {
            if byte == HOLE && self.holes {
                word.known(self.slice(start..self.at), start);
                self.hole(word);
                start = self.at;
            } else if stops(byte) && (byte != b'\r' || self.at > start) {
                break;
            } else {
                self.at += 1;
            }
        }
        word.known(self.slice(start..self.at), start);
    }

    fn hole(&mut self, word: &mut Builder) {
        let start = self.at;
        while self.peek() == Some(HOLE) {
            self.at += 1;
        }
        word.unknown(self.slice(start..self.at), start);
    }

    /// Adds one character as it is.
    fn char(&mut self, word: &mut Builder) {
        if self.peek() == Some(HOLE) && self.holes {
            return self.hole(word);
        }
        let len = self.slice(self.at..self.end).chars().next().map_or(1, char::len_utf8);
        word.known(self.slice(self.at..self.at + len), self.at);
        self.at += len;
    }

    /// The inside of double quotes, and the closing one.
    fn double(&mut self, word: &mut Builder) {
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\\' => match self.peek_at(1) {
                    Some(b'\n') => self.at += 2,
                    Some(b'$' | b'`' | b'"' | b'\\') => {
                        self.at += 1;
                        self.char(word);
                    }
                    _ => self.char(word),
                },
                b'$' => self.dollar(word, true),
                b'`' => self.backquote(word),
                _ => self.run(word, |b| matches!(b, b'"' | b'\\' | b'$' | b'`')),
            }
        }
    }

    /// Walks over the body of a here-document for the commands in its expansions.
    pub(crate) fn expansions(&mut self) {
        let mut word = Builder::default();
        if self.enter() {
            while let Some(byte) = self.peek() {
                match byte {
                    b'\\' => self.at = self.end.min(self.at + 2),
                    b'$' => self.dollar(&mut word, true),
                    b'`' => self.backquote(&mut word),
                    _ => self.at += 1,
                }
            }
        }
        self.leave();
    }

    /// What begins with a dollar sign.
    fn dollar(&mut self, word: &mut Builder, quoted: bool) {
        let start = self.at;
        match self.peek_at(1) {
            Some(b'\'') if !quoted => {
                word.quoted = true;
                self.at += 2;
                return self.ansi(word);
            }
            Some(b'"') if !quoted => {
                word.quoted = true;
                self.at += 2;
                return self.double(word);
            }
            Some(b'(') => {
                self.at += 1;
                if !self.arithmetic() {
                    self.at += 1;
                    self.substitution();
                }
            }
            Some(b'{') => {
                self.at += 2;
                self.braced(quoted);
            }
            Some(b'A'..=b'Z' | b'a'..=b'z' | b'_') => {
                self.at += 1;
                while self.peek().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
                    self.at += 1;
                }
            }
            Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!') => self.at += 2,
            _ => return self.char(word),
        }
        word.unknown(self.slice(start..self.at), start);
    }

    /// The rest of `${…}`, and the closing brace.
    fn braced(&mut self, quoted: bool) {
        let mut ignored = Builder::default();
        if self.enter() {
            while let Some(byte) = self.peek() {
                match byte {
                    b'}' => {
                        self.at += 1;
                        break;
                    }
                    b'\\' => self.at = self.end.min(self.at + 2),
                    b'\'' if !quoted => {
                        self.at += 1;
                        while self.peek().is_some_and(|b| b != b'\'') {
                            self.at += 1;
                        }
                        self.at = self.end.min(self.at + 1);
                    }
                    b'"' => {
                        self.at += 1;
                        self.double(&mut ignored);
                    }
                    b'$' => self.dollar(&mut ignored, quoted),
                    b'`' => self.backquote(&mut ignored),
                    _ => self.at += 1,
                }
            }
        }
        self.leave();
    }

    /// `((…))` at the next byte; false, and nothing taken, where there is none.
    pub(crate) fn arithmetic(&mut self) -> bool {
        if !self.starts_with("((") {
            return false;
        }
        let limit = self.end.min(self.at + MAX_ARITHMETIC);
        let rest = self.masked(self.at + 2..limit);
        let mut depth = 0usize;
        let mut close = None;
        for (i, byte) in rest.iter().enumerate() {
            match byte {
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b')' => {
                    close = (rest.get(i + 1) == Some(&b')')).then_some(self.at + 2 + i);
                    break;
                }
                _ => {}
            }
        }
        let Some(close) = close else { return false };
        self.at += 2;
        let end = std::mem::replace(&mut self.end, close);
        self.expansions();
        // Too deep a nesting leaves the end where reading stopped.
        if !self.too_deep {
            (self.at, self.end) = (close + 2, end);
        }
        true
    }

    /// How long the parenthesis of an extended pattern (`@(a|b)`) is.
    fn pattern_len(&self) -> Option<usize> {
        let mut depth = 0usize;
        for (i, byte) in self.masked(self.at..self.end.min(self.at + 256)).iter().enumerate() {
            match byte {
                b'(' => depth += 1,
                b')' if depth == 1 => return Some(i + 1),
                b')' => depth -= 1,
                b'\n' => return None,
                _ => {}
            }
        }
        None
    }

    /// `` `…` ``, whose text is a list of its own once its backslashes are undone.
    fn backquote(&mut self, word: &mut Builder) {
        let start = self.at;
        self.at += 1;
        let mut inner = Builder::default();
        while let Some(byte) = self.peek() {
            match byte {
                b'`' => break,
                b'\\' if matches!(self.peek_at(1), Some(b'`' | b'\\' | b'$')) => {
                    self.at += 1;
                    self.char(&mut inner);
                }
                b'\\' => self.char(&mut inner),
                _ => self.run(&mut inner, |b| matches!(b, b'`' | b'\\')),
            }
        }
        let inner = inner.finish(start..self.at);
        self.at = self.end.min(self.at + 1);
        word.unknown(self.slice(start..self.at), start);
        if self.enter() {
            let commands = inner.script(self.depth());
            match commands {
                Ok(commands) => self.absorb(commands),
                Err(_) => self.stop(),
            }
        }
        self.leave();
    }

    /// The inside of `$'…'`, and the closing quote.
    fn ansi(&mut self, word: &mut Builder) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\'' => {
                    self.at += 1;
                    return;
                }
                b'\\' => {
                    let at = self.at;
                    self.at += 1;
                    let plain = match self.peek() {
                        Some(b'n') => "\n",
                        Some(b't') => "\t",
                        Some(b'r') => "\r",
                        Some(b'e' | b'E') => "\u{1b}",
                        Some(b'x' | b'u' | b'U' | b'0'..=b'7' | b'c') => {
                            // Numbers stay as written: nobody hides a command's name so.
                            word.known("\\", at);
                            continue;
                        }
                        Some(_) => {
                            self.char(word);
                            continue;
                        }
                        None => return,
                    };
                    self.at += 1;
                    word.known(plain, at);
                }
                _ => self.run(word, |b| matches!(b, b'\'' | b'\\')),
            }
        }
    }
}

impl Word {
    /// The commands of a word that is itself a shell text; expansions in it stay expansions.
    ///
    /// `depth` is how deep the word already stands.
    pub(crate) fn script(&self, depth: u32) -> Result<Vec<crate::Command>, crate::Unread> {
        let mut commands = crate::parse::parse_at(&self.text, depth, self.expansions())?;
        for command in &mut commands {
            command.relocate(self.offsets());
        }
        Ok(commands)
    }
}
