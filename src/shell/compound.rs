//! Compound commands: groups, branches, loops, cases, functions and `[[ … ]]`.

use crate::parse::{BRACE, DO, DONE, ELSE, ESAC, FI, PAREN, Parser, Reach, Stops, THEN, closes, join};
use crate::{OffsetMap, Word};

impl Parser<'_> {
    pub(crate) fn compound(&mut self, stops: Stops) -> Reach {
        self.blanks();
        if self.peek() == Some(b'(') {
            if self.arithmetic() {
                return None;
            }
            self.at += 1;
            let around = std::mem::replace(&mut self.subshell, true);
            let reach = self.list(PAREN);
            self.subshell = around;
            if self.peek() == Some(b')') {
                self.at += 1;
            }
            return self.redirected(reach);
        }
        let keyword = self.keyword();
        let reach = match keyword {
            "{" => {
                self.at += 1;
                let reach = self.list(stops | BRACE);
                self.take("}");
                reach
            }
            "if" => self.branches(stops),
            "while" | "until" => {
                self.at += keyword.len();
                let condition = self.list(stops | DO);
                join(condition, self.do_group(stops, true))
            }
            "for" | "select" => self.for_loop(stops),
            "case" => self.case(stops),
            "function" => {
                self.at += keyword.len();
                self.blanks();
                self.word();
                self.blanks();
                if self.starts_with("(") {
                    self.at += 1;
                    self.blanks();
                    if self.starts_with(")") {
                        self.at += 1;
                    }
                }
                return self.function_body(stops);
            }
            "coproc" => {
                self.at += keyword.len();
                return self.command(stops);
            }
            "[[" => return self.test(),
            _ => return self.simple(stops),
        };
        self.redirected(reach)
    }

    fn branches(&mut self, stops: Stops) -> Reach {
        let inner = stops | THEN | ELSE | FI;
        self.take("if");
        let mut reach = self.list(inner);
        let around = self.conditional;
        loop {
            let keyword = self.keyword();
            match keyword {
                "then" | "else" | "elif" => {
                    self.at += keyword.len();
                    self.conditional = true;
                    reach = join(reach, self.list(inner));
                }
                _ => {
                    self.take("fi");
                    self.conditional = around;
                    return reach;
                }
            }
        }
    }

    fn do_group(&mut self, stops: Stops, conditional: bool) -> Reach {
        let around = self.conditional;
        self.conditional |= conditional;
        let reach = if self.take("do") {
            let reach = self.list(stops | DONE);
            self.take("done");
            reach
        } else if self.take("{") {
            let reach = self.list(stops | BRACE);
            self.take("}");
            reach
        } else {
            None
        };
        self.conditional = around;
        reach
    }

    fn for_loop(&mut self, stops: Stops) -> Reach {
        self.at += self.keyword().len();
        self.blanks();
        if !self.arithmetic() {
            self.word();
            self.line_breaks();
            if self.take("in") {
                self.words_until_separator();
            }
        }
        self.blanks();
        if self.peek() == Some(b';') {
            self.at += 1;
        }
        self.line_breaks();
        self.do_group(stops, false)
    }

    fn words_until_separator(&mut self) {
        loop {
            self.blanks();
            let before = self.at;
            self.word();
            if self.at == before {
                return;
            }
        }
    }

    fn case(&mut self, stops: Stops) -> Reach {
        self.take("case");
        self.blanks();
        self.word();
        self.line_breaks();
        if !self.take("in") {
            return None;
        }
        let around = std::mem::replace(&mut self.conditional, true);
        let mut reach = None;
        loop {
            self.line_breaks();
            if self.peek().is_none() || self.keyword() == "esac" {
                break;
            }
            // The patterns: `( a | b )`.
            if self.peek() == Some(b'(') {
                self.at += 1;
            }
            loop {
                self.words_until_separator();
                if self.peek() != Some(b'|') {
                    break;
                }
                self.at += 1;
            }
            if self.peek() == Some(b')') {
                self.at += 1;
            } else if self.peek().is_some() && closes(self.keyword()) & stops != 0 {
                break;
            }
            reach = join(reach, self.list(stops | ESAC));
            match self.peek() {
                Some(b';') => {
                    self.at += 1;
                    while matches!(self.peek(), Some(b';' | b'&')) {
                        self.at += 1;
                    }
                }
                // What the list stopped at belongs to the construct around.
                Some(_) if self.keyword() != "esac" => break,
                _ => {}
            }
        }
        self.take("esac");
        self.conditional = around;
        reach
    }

    pub(crate) fn function_body(&mut self, stops: Stops) -> Reach {
        self.line_breaks();
        let around = (self.function, self.conditional);
        (self.function, self.conditional) = (true, true);
        let reach = self.command(stops);
        (self.function, self.conditional) = around;
        reach
    }

    /// `[[ … ]]`, a command whose words are what stands inside.
    fn test(&mut self) -> Reach {
        let index = self.begin();
        let start = self.at;
        let mut words = Vec::new();
        loop {
            self.blanks();
            if words.last().is_some_and(|word: &Word| matches!(&*word.text, "&&" | "||")) {
                self.line_breaks();
            }
            let Some(byte) = self.peek() else { break };
            let at = self.at;
            if let Some(word) = self.word() {
                let closed = word.known() == Some("]]");
                words.push(word);
                if closed {
                    break;
                }
            } else if matches!(byte, b'&' | b'|' | b'<' | b'>' | b'(' | b')' | b'!') {
                self.at += if self.peek_at(1) == Some(byte) && matches!(byte, b'&' | b'|') { 2 } else { 1 };
                words.push(Word::new(self.slice(at..self.at), at..self.at, OffsetMap::from_start(at)));
            } else {
                break;
            }
        }
        let span = start..words.last().map_or(start, |word| word.span.end);
        if let Some(command) = self.out.get_mut(index) {
            command.words = words;
            command.span = span;
        }
        self.redirected(Some((index, index)))
    }
}
