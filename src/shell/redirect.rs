//! Redirections, here-documents and assignments.

use crate::parse::{Parser, Reach};
use crate::{Assignment, OffsetMap, Redirection, Word, open};

/// A here-document whose lines have not come yet.
#[derive(Debug)]
pub(crate) struct Heredoc {
    command: usize,
    redirection: usize,
    delimiter: String,
    strip_tabs: bool,
    literal: bool,
}

impl Parser<'_> {
    /// Redirections after a compound command; they are put down with its last command.
    pub(crate) fn redirected(&mut self, reach: Reach) -> Reach {
        if let Some((_, last)) = reach {
            self.blanks();
            while self.redirection(last) {
                self.blanks();
            }
        }
        reach
    }

    pub(crate) fn assignment(&mut self, index: usize) -> bool {
        if self.out.get(index).is_none_or(|command| !command.words.is_empty()) {
            return false;
        }
        let rest = self.masked(self.at..self.end);
        let mut len = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        if len == 0 || rest.first().is_some_and(u8::is_ascii_digit) {
            return false;
        }
        if rest.get(len) == Some(&b'[') {
            let index = rest.get(len..).unwrap_or_default().iter().take(256);
            let Some(close) = index.take_while(|b| !b.is_ascii_whitespace()).position(|b| *b == b']') else {
                return false;
            };
            len += close + 1;
        }
        let name = self.at..self.at + len;
        match (rest.get(len), rest.get(len + 1)) {
            (Some(b'='), _) => len += 1,
            (Some(b'+'), Some(b'=')) => len += 2,
            _ => return false,
        }
        self.at += len;
        let start = self.at;
        let value = if self.peek() == Some(b'(') {
            self.at += 1;
            loop {
                self.line_breaks();
                let before = self.at;
                self.word();
                if self.at == before {
                    break;
                }
            }
            if self.peek() == Some(b')') {
                self.at += 1;
            }
            let span = start..self.at;
            Word::new(self.slice(span.clone()), span, OffsetMap::from_start(start))
        } else {
            self.word().unwrap_or_else(|| Word::new("", start..start, OffsetMap::from_start(start)))
        };
        let assignment = Assignment { name: self.slice(name.clone()).into(), span: name, value };
        if let Some(command) = self.out.get_mut(index) {
            command.env.push(assignment);
        }
        true
    }

    pub(crate) fn redirection(&mut self, index: usize) -> bool {
        let start = self.at;
        let digits = self.masked(self.at..self.end).iter().take(6).take_while(|b| b.is_ascii_digit()).count();
        let next = (self.peek_at(digits), self.peek_at(digits + 1));
        let sign = match next {
            (Some(b'<' | b'>'), Some(b'(')) => return false,
            (Some(b'<' | b'>'), _) => true,
            (Some(b'&'), Some(b'>')) => digits == 0,
            _ => false,
        };
        if !sign {
            return false;
        }
        self.at += digits;
        const OPERATORS: [&str; 12] = ["<<<", "<<-", "<<", "<&", "<>", "<", "&>>", "&>", ">>", ">&", ">|", ">"];
        let operator = OPERATORS.into_iter().find(|operator| self.starts_with(operator)).unwrap_or(">");
        self.at += operator.len();
        self.blanks();
        let at = self.at;
        let target = self.word().unwrap_or_else(|| Word::new("", at..at, OffsetMap::from_start(at)));
        let descriptor = self.slice(start..start + digits).parse().ok();
        let heredoc = matches!(operator, "<<" | "<<-").then(|| (target.text.to_string(), target.quoted));
        let Some(command) = self.out.get_mut(index) else { return true };
        command.redirections.push(Redirection { descriptor, operator, target, body: None });
        if let Some((delimiter, literal)) = heredoc {
            let redirection = command.redirections.len() - 1;
            let strip_tabs = operator == "<<-";
            self.heredocs.push(Heredoc { command: index, redirection, delimiter, strip_tabs, literal });
        }
        true
    }

    /// Takes the end of a line, and the here-documents that follow it.
    pub(crate) fn line_break(&mut self) {
        self.at += 1;
        if self.heredocs.is_empty() {
            return;
        }
        for heredoc in std::mem::take(&mut self.heredocs) {
            let start = self.at;
            let (mut stop, mut after) = (self.end, self.end);
            let mut line = start;
            while line < self.end {
                let rest = self.masked(line..self.end);
                let len = rest.iter().position(|b| *b == b'\n');
                let next = len.map_or(self.end, |len| line + len + 1);
                let text = self.slice(line..len.map_or(self.end, |len| line + len));
                let text = text.strip_suffix('\r').unwrap_or(text);
                let text = if heredoc.strip_tabs { text.trim_start_matches('\t') } else { text };
                if text == heredoc.delimiter {
                    (stop, after) = (line, next);
                    break;
                }
                line = next;
            }
            if let Some(redirection) =
                self.out.get_mut(heredoc.command).and_then(|c| c.redirections.get_mut(heredoc.redirection))
            {
                redirection.body = Some(start..stop);
            }
            let script = self.out.get(heredoc.command).is_some_and(|command| open::reads_script(&command.words));
            if script || !heredoc.literal {
                let end = std::mem::replace(&mut self.end, stop);
                if script {
                    self.script(heredoc.command);
                } else {
                    self.expansions();
                }
                // Too deep a nesting leaves the end where reading stopped.
                if !self.too_deep {
                    self.end = end;
                }
            }
            if !self.too_deep {
                self.at = after;
            }
        }
    }

    /// Reads a here-document that `shell` runs.
    fn script(&mut self, shell: usize) {
        let around = (self.operator.take(), self.last.take(), self.conditional, self.subshell);
        let base = self.out.len();
        self.list(0);
        (self.operator, self.last, self.conditional, self.subshell) = around;
        for command in self.out.get_mut(base..).unwrap_or_default() {
            command.wrapper.get_or_insert(shell);
        }
    }

    pub(crate) fn finish_heredocs(&mut self) {
        for heredoc in std::mem::take(&mut self.heredocs) {
            if let Some(redirection) =
                self.out.get_mut(heredoc.command).and_then(|c| c.redirections.get_mut(heredoc.redirection))
            {
                redirection.body = Some(self.end..self.end);
            }
        }
    }
}
