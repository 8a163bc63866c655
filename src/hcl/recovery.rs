//! Where to go on after damage.

use crate::parser::Parser;
use crate::template::marker_end;

/// A walk over text that sees brackets, strings, comments and heredocs, but no grammar.
struct Walk<'p, 't> {
    parser: &'p Parser<'t>,
    at: usize,
    /// What is open and where: `(`, `[`, `{`, `"`, and `$` for a template sequence.
    open: Vec<(u8, usize)>,
}

enum Step {
    /// Anything else.
    Plain,
    /// A line feed outside of strings, at this offset.
    Newline(usize),
    /// A closing bracket, at this offset, that closes nothing.
    Stray(usize),
    /// A closing bracket of another kind than the last open one.
    Mismatch,
    /// A heredoc without an end.
    Heredoc,
    /// The end of the text.
    End,
}

impl Parser<'_> {
    /// Goes to where the next item can be read after a damaged one, of which the damaged part starts at
    /// `start` and was given up at [`Parser::pos`]; gives the bracket that was never closed, if that is the
    /// damage. `indent` is the indentation of the damaged item.
    pub(crate) fn resume(&mut self, start: usize, indent: usize) -> Option<usize> {
        if self.rereads == 0 {
            self.pos = self.line_end(self.pos);
            return None;
        }
        let mut walk = Walk { parser: self, at: start, open: Vec::new() };
        let (next, bracket) = walk.next_item(indent);
        let reach = walk.at;
        if self.reread(next, reach) { bracket } else { None }
    }

    /// Goes back to `at` after text up to `reach` was looked at; or to the end of the line here, where too
    /// much was looked at twice already.
    pub(crate) fn reread(&mut self, at: usize, reach: usize) -> bool {
        let again = reach.max(self.pos).saturating_sub(at);
        let affordable = again <= self.rereads;
        self.rereads = self.rereads.saturating_sub(again);
        self.pos = if affordable { at } else { self.line_end(self.pos) };
        affordable
    }

    /// The end of what the bracket at `open` holds.
    pub(crate) fn bracket_end(&self, open: usize) -> Option<usize> {
        let mut walk = Walk { parser: self, at: open, open: Vec::new() };
        loop {
            match walk.step() {
                Step::Mismatch | Step::Heredoc | Step::End => return None,
                _ if walk.open.is_empty() => return Some(walk.at),
                _ => {}
            }
        }
    }

    /// Where to go on after an endless heredoc whose text may start at `at`.
    fn after_heredoc(&self, mut at: usize, indent: usize) -> usize {
        while at < self.bytes.len() && !self.starts_block(at) && !self.closes_block(at, indent) {
            at = self.line_end(at) + 1;
        }
        at.min(self.bytes.len())
    }

    /// The end of a damaged template sequence that starts at `start`; it reaches no further than its line.
    pub(crate) fn sequence_end(&self, start: usize) -> usize {
        let mut walk = Walk { parser: self, at: start + 2, open: vec![(b'$', start)] };
        while !walk.open.is_empty() {
            match walk.step() {
                Step::Newline(at) => return at,
                Step::Mismatch | Step::Heredoc | Step::End => return self.line_end(start),
                Step::Plain | Step::Stray(_) => {}
            }
        }
        walk.at
    }

    /// How far the line of `at` is indented.
    pub(crate) fn indent_of(&self, at: usize) -> usize {
        let line = self.bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        self.first_of(line) - line
    }

    /// Whether a line starts at `at` with a block that is not indented.
    pub(crate) fn starts_block(&self, at: usize) -> bool {
        let end = self.ident_end(at);
        end > at && matches!(self.bytes.get(self.first_of(end)), Some(b'"' | b'{'))
    }

    /// Whether the line that starts at `at` starts with an item indented by no more than `indent`, or
    /// with the end of a block around it.
    fn starts_item(&self, at: usize, indent: usize) -> bool {
        let first = self.first_of(at);
        let end = self.ident_end(first);
        if end == first {
            return self.closes_block(at, indent);
        }
        let after = self.first_of(end);
        let item = match (self.bytes.get(after), self.bytes.get(after + 1)) {
            (Some(b'='), next) => !matches!(next, Some(b'=' | b'>')),
            (Some(b'"' | b'{'), _) => true,
            _ => false,
        };
        item && first - at <= indent
    }

    /// Whether the line that starts at `at` starts with a `}` indented by less than `indent`.
    fn closes_block(&self, at: usize, indent: usize) -> bool {
        let first = self.first_of(at);
        self.bytes.get(first) == Some(&b'}') && first - at < indent
    }

    /// The first byte from `at` that is no space.
    fn first_of(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or(&[]);
        at + rest.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(rest.len())
    }
}

impl Walk<'_, '_> {
    /// Where the next item can be read, and the bracket that was never closed.
    ///
    /// Where the brackets balance, that is the end of the line on which they do. Where they do not, the
    /// indentation tells: a line that looks like an item and is indented no deeper than the damaged one
    /// (`indent`), or that closes a block around it.
    fn next_item(&mut self, indent: usize) -> (usize, Option<usize>) {
        let parser = self.parser;
        let mut item = None;
        loop {
            match self.step() {
                Step::Plain => {}
                Step::Newline(at) => {
                    let next = at + 1;
                    let Some((_, bracket)) = self.open.last().copied() else {
                        if at >= parser.pos {
                            return (at, None);
                        }
                        continue;
                    };
                    if item.is_none() && parser.starts_item(next, indent) {
                        item = Some((next, Some(bracket)));
                    }
                    if parser.starts_block(next) || parser.closes_block(next, indent) {
                        return item.unwrap_or((next, Some(bracket)));
                    }
                }
                Step::Stray(at) if parser.bytes[at] == b'}' => return (at, None),
                Step::Stray(_) => {}
                Step::Heredoc => return (parser.after_heredoc(self.at, indent), None),
                Step::Mismatch => break,
                Step::End if self.open.is_empty() => return (parser.bytes.len(), None),
                Step::End => break,
            }
        }
        item.unwrap_or_else(|| (parser.line_end(parser.pos), None))
    }

    fn step(&mut self) -> Step {
        let at = self.at;
        let Some(byte) = self.parser.bytes.get(at).copied() else { return Step::End };
        self.at += 1;
        if matches!(self.open.last(), Some((b'"', _))) {
            return self.step_string(byte, at);
        }
        match byte {
            b'\n' => return Step::Newline(at),
            b'(' | b'[' | b'{' | b'"' => self.open.push((byte, at)),
            b')' | b']' | b'}' => match (self.open.pop(), byte) {
                (Some((b'(', _)), b')') | (Some((b'[', _)), b']') | (Some((b'{' | b'$', _)), b'}') => {}
                (None, _) => return Step::Stray(at),
                (Some(_), _) => return Step::Mismatch,
            },
            b'#' | b'/' => {
                if let Some(end) = self.parser.comment_end(at) {
                    self.at = end;
                }
            }
            b'<' => {
                if let Some((marker, inside)) = self.parser.heredoc_head(at) {
                    self.at = inside;
                    return self.skip_heredoc(&self.parser.text[marker]);
                }
            }
            _ => {}
        }
        Step::Plain
    }

    /// A byte of a string.
    fn step_string(&mut self, byte: u8, at: usize) -> Step {
        let next = |ahead: usize| self.parser.bytes.get(at + ahead).copied();
        match byte {
            b'"' => {
                self.open.pop();
            }
            b'\\' if next(1) != Some(b'\n') => self.at += 1,
            b'$' | b'%' if next(1) == Some(byte) && next(2) == Some(b'{') => self.at += 2,
            b'$' | b'%' if next(1) == Some(b'{') => {
                self.at += 1;
                self.open.push((b'$', at));
            }
            b'\n' => {
                // No string goes over a line, so the outermost one was never closed.
                let outermost = self.open.iter().position(|(kind, _)| *kind == b'"').unwrap_or(0);
                self.open.truncate(outermost);
                return Step::Newline(at);
            }
            _ => {}
        }
        Step::Plain
    }

    /// Goes to the end of the marker that ends a heredoc.
    fn skip_heredoc(&mut self, marker: &str) -> Step {
        let inside = self.at;
        while self.at < self.parser.bytes.len() {
            let end = self.parser.line_end(self.at);
            if let Some(len) = marker_end(&self.parser.text[self.at..end], marker) {
                self.at += len;
                return Step::Plain;
            }
            self.at = end + 1;
        }
        self.at = inside;
        Step::Heredoc
    }
}
