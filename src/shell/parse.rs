//! The grammar of lists, pipelines and compound commands.
//!
//! A recursive descent whose every loop moves forward; recursion is counted and ends the reading at [`MAX_DEPTH`].

use std::borrow::Cow;
use std::ops::Range;

use crate::redirect::Heredoc;
use crate::{Command, MAX_LEN, OffsetMap, Operator, Unread};

/// How deep constructs may be nested; hand-written scripts stay below 20.
const MAX_DEPTH: u32 = 64;

/// Stands for the bytes of a hole.
pub(crate) const HOLE: u8 = 1;

/// Which words and signs end the list that is being read; those of the lists around it are included, so that a
/// construct that was not closed ends where the one around it does.
pub(crate) type Stops = u16;
pub(crate) const PAREN: Stops = 1;
pub(crate) const BRACE: Stops = 2;
pub(crate) const THEN: Stops = 4;
pub(crate) const ELSE: Stops = 8;
pub(crate) const FI: Stops = 16;
pub(crate) const DO: Stops = 32;
pub(crate) const DONE: Stops = 64;
pub(crate) const ESAC: Stops = 128;

/// The first and the last command of what was read, leaving out those in substitutions.
pub(crate) type Reach = Option<(usize, usize)>;

/// Reads a text; see [`crate::commands_around`].
pub(crate) fn parse(text: &str, holes: &[Range<usize>]) -> Result<Vec<Command>, Unread> {
    if text.len() > MAX_LEN {
        return Err(Unread::TooLong);
    }
    parse_at(text, 0, holes)
}

/// As [`parse`], for a text that already stands `depth` deep.
pub(crate) fn parse_at(text: &str, depth: u32, holes: &[Range<usize>]) -> Result<Vec<Command>, Unread> {
    let mut parser = Parser::new(text, holes);
    parser.depth = depth;
    parser.list(0);
    parser.finish_heredocs();
    if parser.too_deep { Err(Unread::TooDeep) } else { Ok(parser.out) }
}

/// The state of reading.
#[derive(Debug)]
pub(crate) struct Parser<'a> {
    /// The text as it was given.
    pub(crate) text: &'a str,
    /// The same with holes masked; what decisions are made on.
    bytes: Cow<'a, [u8]>,
    /// Whether [`HOLE`] bytes are holes.
    pub(crate) holes: bool,
    /// The next byte.
    pub(crate) at: usize,
    /// One past the last byte; less than the text's end inside a here-document.
    pub(crate) end: usize,
    pub(crate) out: Vec<Command>,
    pub(crate) heredocs: Vec<Heredoc>,
    pub(crate) operator: Option<Operator>,
    pub(crate) last: Option<usize>,
    pub(crate) conditional: bool,
    pub(crate) function: bool,
    pub(crate) subshell: bool,
    substitution: bool,
    depth: u32,
    /// Whether reading ended before the text did.
    pub(crate) too_deep: bool,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, holes: &[Range<usize>]) -> Self {
        let mut bytes = Cow::Borrowed(text.as_bytes());
        for hole in holes {
            if text.get(hole.clone()).is_some() {
                bytes.to_mut()[hole.clone()].fill(HOLE);
            }
        }
        Parser {
            text,
            bytes,
            holes: !holes.is_empty(),
            at: 0,
            end: text.len(),
            out: Vec::new(),
            heredocs: Vec::new(),
            operator: None,
            last: None,
            conditional: false,
            function: false,
            subshell: false,
            substitution: false,
            depth: 0,
            too_deep: false,
        }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    pub(crate) fn peek_at(&self, ahead: usize) -> Option<u8> {
        let at = self.at + ahead;
        if at < self.end { self.bytes.get(at).copied() } else { None }
    }

    pub(crate) fn starts_with(&self, text: &str) -> bool {
        self.bytes.get(self.at..self.end).is_some_and(|rest| rest.starts_with(text.as_bytes()))
    }

    pub(crate) fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or("")
    }

    pub(crate) fn masked(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or(&[])
    }

    /// Counts one level down; false, and at the end of the text, where that is one too many.
    pub(crate) fn enter(&mut self) -> bool {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.stop();
        }
        !self.too_deep
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// How deep reading is.
    pub(crate) fn depth(&self) -> u32 {
        self.depth
    }

    /// Ends the reading here: something is nested too deep.
    pub(crate) fn stop(&mut self) {
        self.too_deep = true;
        self.end = self.end.min(self.at);
    }

    /// Reads the list of a substitution up to `)`, which is taken, or to the end.
    pub(crate) fn substitution(&mut self) {
        let operator = self.operator.take();
        let last = self.last.take();
        let around = std::mem::replace(&mut self.substitution, true);
        self.list(PAREN);
        if self.peek() == Some(b')') {
            self.at += 1;
        }
        (self.operator, self.last, self.substitution) = (operator, last, around);
    }

    /// Takes in commands that were read from a text of their own.
    pub(crate) fn absorb(&mut self, mut commands: Vec<Command>) {
        let base = self.out.len();
        for command in &mut commands {
            command.shift(base);
            command.substitution = true;
            command.conditional |= self.conditional;
            command.function |= self.function;
            command.subshell |= self.subshell;
        }
        self.out.append(&mut commands);
    }

    pub(crate) fn list(&mut self, stops: Stops) -> Reach {
        let mut reach = None;
        if !self.enter() {
            self.leave();
            return reach;
        }
        loop {
            self.line_breaks();
            let Some(byte) = self.peek() else { break };
            if byte == b')' && stops & PAREN != 0 {
                break;
            }
            if byte == b';' && stops & ESAC != 0 && matches!(self.peek_at(1), Some(b';' | b'&')) {
                break;
            }
            let keyword = self.keyword();
            let stop = closes(keyword);
            if stop & stops != 0 {
                break;
            }
            if stop != 0 {
                self.at += keyword.len();
                continue;
            }
            let before = self.at;
            reach = join(reach, self.and_or(stops));
            self.blanks();
            match self.peek() {
                Some(b';') if !(stops & ESAC != 0 && matches!(self.peek_at(1), Some(b';' | b'&'))) => {
                    self.at += 1;
                    self.operator = Some(Operator::Then);
                }
                Some(b'&') if self.peek_at(1) != Some(b'&') => {
                    self.at += 1;
                    self.operator = Some(Operator::Background);
                }
                _ => {}
            }
            if self.at == before {
                // A sign that begins nothing: every such byte is ASCII.
                self.at += 1;
            }
        }
        self.leave();
        reach
    }

    fn and_or(&mut self, stops: Stops) -> Reach {
        let around = self.conditional;
        let mut tested = false;
        let mut reach = self.pipeline(stops);
        let mut left = reach;
        loop {
            self.blanks();
            tested |= left.and_then(|(_, last)| self.out.get(last)).is_some_and(is_test);
            if self.starts_with("&&") {
                self.operator = Some(Operator::And);
                self.conditional = around || tested;
            } else if self.starts_with("||") {
                self.operator = Some(Operator::Or);
                self.conditional = true;
            } else {
                break;
            }
            self.at += 2;
            self.line_breaks();
            left = self.pipeline(stops);
            reach = join(reach, left);
        }
        self.conditional = around;
        reach
    }

    fn pipeline(&mut self, stops: Stops) -> Reach {
        self.blanks();
        while self.keyword() == "!" {
            self.at += 1;
            self.blanks();
        }
        let mut reach = self.command(stops);
        let mut left = reach;
        loop {
            self.blanks();
            if self.peek() != Some(b'|') || self.peek_at(1) == Some(b'|') {
                return reach;
            }
            self.at += if self.peek_at(1) == Some(b'&') { 2 } else { 1 };
            self.line_breaks();
            self.operator = Some(Operator::Pipe);
            let right = self.command(stops);
            if let (Some((from, to)), Some((reader, _))) = (left, right) {
                for command in self.out.get_mut(from..=to).unwrap_or_default() {
                    if !command.substitution || self.substitution {
                        command.writes.get_or_insert(reader);
                    }
                }
                if let Some(command) = self.out.get_mut(reader) {
                    command.reads = Some(to);
                }
            }
            left = right;
            reach = join(reach, right);
        }
    }

    pub(crate) fn command(&mut self, stops: Stops) -> Reach {
        if !self.enter() {
            self.leave();
            return None;
        }
        let reach = self.compound(stops);
        self.leave();
        reach
    }

    pub(crate) fn simple(&mut self, stops: Stops) -> Reach {
        let around = (self.operator, self.last);
        let index = self.begin();
        let start = self.at;
        let mut end = start;
        loop {
            self.blanks();
            let Some(byte) = self.peek() else { break };
            if byte == b'(' && self.is_function(index) {
                (self.operator, self.last) = around;
                self.out.truncate(index);
                return self.function_body(stops);
            }
            if !(self.redirection(index) || self.assignment(index)) {
                let Some(word) = self.word() else { break };
                if let Some(command) = self.out.get_mut(index) {
                    command.words.push(word);
                }
            }
            end = self.at;
        }
        let command = self.out.get_mut(index)?;
        command.span = start..end;
        if end > start {
            return Some((index, index));
        }
        (self.operator, self.last) = around;
        self.out.truncate(index);
        None
    }

    /// Whether `name` was read and `()` comes, which is taken.
    fn is_function(&mut self, index: usize) -> bool {
        let named = self.out.get(index).is_some_and(|command| {
            command.env.is_empty()
                && command.redirections.is_empty()
                && matches!(&*command.words, [name] if !name.quoted && name.known().is_some())
        });
        let blank = self.masked(self.at + 1..self.end).iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let is = named && self.peek_at(1 + blank) == Some(b')');
        if is {
            self.at += 2 + blank;
        }
        is
    }

    /// Puts down a command whose words come next.
    pub(crate) fn begin(&mut self) -> usize {
        let index = self.out.len();
        let previous = self.last.replace(index);
        let operator = self.operator.take();
        self.out.push(Command {
            operator: previous.and(operator.or(Some(Operator::Then))),
            previous,
            conditional: self.conditional,
            function: self.function,
            subshell: self.subshell,
            substitution: self.substitution,
            ..Command::default()
        });
        index
    }

    /// Skips blanks, joined lines and a comment.
    pub(crate) fn blanks(&mut self) {
        loop {
            match (self.peek(), self.peek_at(1)) {
                (Some(b' ' | b'\t'), _) => self.at += 1,
                (Some(b'\r'), next) if next != Some(b'\n') => self.at += 1,
                (Some(b'\\'), Some(b'\n')) => self.at += 2,
                (Some(b'\\'), Some(b'\r')) if self.peek_at(2) == Some(b'\n') => self.at += 3,
                (Some(b'#'), _) if self.at == 0 || !is_word_byte(self.masked(self.at - 1..self.at)) => {
                    while self.peek().is_some_and(|b| b != b'\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    /// Skips what [`Parser::blanks`] skips, and ends of lines.
    pub(crate) fn line_breaks(&mut self) {
        loop {
            self.blanks();
            match self.peek() {
                Some(b'\n') => self.line_break(),
                Some(b'\r') => self.at += 1,
                _ => return,
            }
        }
    }

    /// The bare word that comes, where it could be a reserved one.
    pub(crate) fn keyword(&self) -> &'a str {
        let rest = self.masked(self.at..self.end.min(self.at + 10));
        let len = rest.iter().position(|b| !matches!(b, b'a'..=b'z' | b'{' | b'}' | b'!' | b'[')).unwrap_or(rest.len());
        let ends = rest
            .get(len)
            .is_none_or(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')'));
        if ends && len < 10 { self.slice(self.at..self.at + len) } else { "" }
    }

    pub(crate) fn take(&mut self, keyword: &str) -> bool {
        let is = self.keyword() == keyword;
        if is {
            self.at += keyword.len();
        }
        is
    }
}

impl Command {
    /// Moves the indices for a list that is appended at `base`.
    pub(crate) fn shift(&mut self, base: usize) {
        for index in [&mut self.previous, &mut self.reads, &mut self.writes, &mut self.wrapper] {
            *index = index.map(|i| i + base);
        }
    }

    /// Moves the ranges from a derived text to its source.
    pub(crate) fn relocate(&mut self, map: &OffsetMap) {
        self.span = map.range(self.span.clone());
        for word in &mut self.words {
            word.relocate(map);
        }
        for assignment in &mut self.env {
            assignment.span = map.range(assignment.span.clone());
            assignment.value.relocate(map);
        }
        for redirection in &mut self.redirections {
            redirection.target.relocate(map);
            redirection.body = redirection.body.take().map(|body| map.range(body));
        }
    }
}

pub(crate) fn join(left: Reach, right: Reach) -> Reach {
    match (left, right) {
        (Some((first, _)), Some((_, last))) => Some((first, last)),
        (reach, None) | (None, reach) => reach,
    }
}

pub(crate) fn closes(keyword: &str) -> Stops {
    match keyword {
        "}" => BRACE,
        "then" => THEN,
        "else" | "elif" => ELSE,
        "fi" => FI,
        "do" => DO,
        "done" => DONE,
        "esac" => ESAC,
        _ => 0,
    }
}

fn is_test(command: &Command) -> bool {
    matches!(command.program(), Some("[" | "[[" | "test"))
}

fn is_word_byte(byte: &[u8]) -> bool {
    !matches!(byte, [b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>'] | [])
}
