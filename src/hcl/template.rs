//! Templates: quoted strings, heredocs, and whole files.
//!
//! A template is first read into a row of pieces, on which `~` and `<<-` do their trimming as Terraform
//! does it: every line of a heredoc or file is a piece of its own, and `~` trims no further than its piece.

use compact_str::CompactString;

use crate::parser::{Failed, MAX_DEPTH, Parsed, Parser};
use crate::tree::{Expr, ExprKind, Ident, Template, TemplateFor, TemplateIf, TemplatePart};

/// A stretch of a template.
enum Piece {
    /// Text of a quoted string, decoded, and where it stands.
    Text(CompactString, usize, usize),
    /// A line of a heredoc or file, or a part of one.
    Line {
        start: usize,
        end: usize,
        /// What is left of `start..end` after trimming.
        kept: std::ops::Range<usize>,
    },
    /// `${…}` or `%{…}`, and where it stands.
    Sequence(Box<Sequence>, usize, usize),
}

enum Sequence {
    Interpolation(Expr),
    If(Expr),
    Else,
    EndIf,
    For(Option<Ident>, Ident, Expr),
    EndFor,
}

/// A directive that waits for its end.
struct Open {
    start: usize,
    kind: OpenKind,
    /// The parts of what is open around it.
    outside: Vec<TemplatePart>,
}

enum OpenKind {
    /// With the parts before the `%{else}`, once that was seen.
    If(Expr, Option<Vec<TemplatePart>>),
    For(Option<Ident>, Ident, Expr),
}

impl Parser<'_> {
    /// `"…"`
    pub(crate) fn quoted(&mut self) -> Parsed<ExprKind> {
        let open = self.pos;
        self.pos += 1;
        let inside = self.pos;
        let end = self.plain_end(inside);
        if self.bytes.get(end) == Some(&b'"') {
            self.pos = end + 1;
            self.height = 2;
            let mut parts = Vec::new();
            if end > inside {
                parts.push(TemplatePart::Literal(self.text[inside..end].into(), self.span(inside, end)));
            }
            return Ok(ExprKind::Template(Box::new(Template { parts, heredoc: false })));
        }
        let (mut pieces, mut trim, mut height) = (Vec::new(), false, 0);
        loop {
            let start = self.pos;
            let mut text = self.quoted_text();
            if self.pos > start {
                if trim {
                    text = text.trim_start().into();
                }
                pieces.push(Piece::Text(text, start, self.pos));
            }
            match self.peek() {
                Some(b'"') => break,
                Some(b'$' | b'%') => trim = self.sequence(&mut pieces)?,
                _ => return self.fail(open, open + 1, "unclosed string"),
            }
            height = height.max(self.height);
        }
        self.pos += 1;
        let parts = self.assemble(pieces, height)?;
        Ok(ExprKind::Template(Box::new(Template { parts, heredoc: false })))
    }

    /// `<<EOT`, `<<-EOT`; nothing where none starts.
    pub(crate) fn heredoc(&mut self) -> Parsed<Option<ExprKind>> {
        let start = self.pos;
        let Some((marker, inside)) = self.heredoc_head(start) else { return Ok(None) };
        let opener = marker.end;
        let flush = self.bytes.get(start + 2) == Some(&b'-');
        let marker = &self.text[marker];
        self.pos = inside;
        let (mut pieces, mut trim, mut height) = (Vec::new(), false, 0);
        loop {
            if self.pos >= self.bytes.len() {
                return self.fail(start, opener, format!("unclosed heredoc, no line holds only `{marker}`"));
            }
            let line_end = self.line_end(self.pos);
            if let Some(end) = marker_end(&self.text[self.pos..line_end], marker) {
                self.pos += end;
                if line_end == self.bytes.len() {
                    self.error(self.pos - marker.len(), self.pos, "expected a line break after the heredoc's end");
                }
                break;
            }
            self.template_line(&mut pieces, &mut trim, &mut height);
        }
        if flush {
            self.flush(&mut pieces);
        }
        let parts = self.assemble(pieces, height)?;
        Ok(Some(ExprKind::Template(Box::new(Template { parts, heredoc: true }))))
    }

    /// The marker of the heredoc that starts at `at`, and where its text starts.
    pub(crate) fn heredoc_head(&self, at: usize) -> Option<(std::ops::Range<usize>, usize)> {
        if self.bytes.get(at..at + 2)? != b"<<" {
            return None;
        }
        let marker = at + 2 + usize::from(self.bytes.get(at + 2) == Some(&b'-'));
        let end = self.ident_end(marker);
        let newline = self.newline_len(end);
        (end > marker && newline > 0).then_some((marker..end, end + newline))
    }

    /// The whole text as a template.
    pub(crate) fn bare_template(&mut self) -> Template {
        let (mut pieces, mut trim, mut height) = (Vec::new(), false, 0);
        while self.pos < self.bytes.len() {
            self.template_line(&mut pieces, &mut trim, &mut height);
        }
        let parts = self.assemble(pieces, height).unwrap_or_else(|Failed| {
            let span = self.span(0, self.bytes.len());
            vec![TemplatePart::Interpolation(Expr { kind: ExprKind::Error, span }, span)]
        });
        Template { parts, heredoc: false }
    }

    /// Takes a line of a heredoc or file with its line break. A damaged sequence costs that sequence.
    fn template_line(&mut self, pieces: &mut Vec<Piece>, trim: &mut bool, height: &mut u32) {
        while self.pos < self.bytes.len() {
            let start = self.pos;
            self.pos = self.raw_end(start);
            if self.pos > start {
                let text = &self.text[start..self.pos];
                let trimmed = if std::mem::take(trim) { text.len() - text.trim_start().len() } else { 0 };
                pieces.push(Piece::Line { start, end: self.pos, kept: start + trimmed..self.pos });
                if text.ends_with('\n') {
                    return;
                }
            }
            if self.pos >= self.bytes.len() {
                return;
            }
            let (open, depth, newlines) = (self.pos, self.depth, self.newlines);
            match self.sequence(pieces) {
                Ok(trims) => *trim = trims,
                Err(Failed) => {
                    self.depth = depth;
                    self.newlines = newlines;
                    self.height = 1;
                    let end = self.sequence_end(open);
                    if self.stopped {
                        self.pos = self.bytes.len();
                    } else {
                        self.reread(end, end);
                    }
                    let expr = Expr { kind: ExprKind::Error, span: self.span(open, self.pos) };
                    pieces.push(Piece::Sequence(Box::new(Sequence::Interpolation(expr)), open, self.pos));
                }
            }
            *height = (*height).max(self.height);
        }
    }

    /// The end of the text from `at`, where every character but `${` and `%{` is itself: with the line
    /// break, or before a sequence.
    fn raw_end(&self, mut at: usize) -> usize {
        loop {
            let rest = self.bytes.get(at..).unwrap_or(&[]);
            let Some(len) = rest.iter().position(|byte| matches!(byte, b'\n' | b'$' | b'%')) else {
                return self.bytes.len();
            };
            at += len;
            let byte = self.bytes[at];
            let next = |ahead: usize| self.bytes.get(at + ahead).copied();
            match byte {
                b'\n' => return at + 1,
                _ if next(1) == Some(b'{') => return at,
                _ if next(1) == Some(byte) && next(2) == Some(b'{') => at += 3,
                _ => at += 1,
            }
        }
    }

    /// Takes `${…}` or `%{…}`; whether what follows is to be trimmed.
    fn sequence(&mut self, pieces: &mut Vec<Piece>) -> Parsed<bool> {
        let start = self.pos;
        let directive = self.peek() == Some(b'%');
        self.pos += 2;
        if self.eat(b'~') {
            self.trim_end(pieces.last_mut());
        }
        let newlines = std::mem::replace(&mut self.newlines, false);
        let sequence = if directive { self.directive()? } else { Sequence::Interpolation(self.expr()?) };
        self.space();
        let trim = self.eat(b'~');
        if !self.eat(b'}') {
            if self.peek().is_none() {
                return self.fail(start, start + 2, format!("unclosed `{}`", &self.text[start..start + 2]));
            }
            return self.expected("`}`");
        }
        self.newlines = newlines;
        pieces.push(Piece::Sequence(Box::new(sequence), start, self.pos));
        Ok(trim)
    }

    fn directive(&mut self) -> Parsed<Sequence> {
        self.height = 0;
        self.space();
        let keyword = self.pos;
        let Some(name) = self.ident() else { return self.expected("`if`, `else`, `endif`, `for` or `endfor`") };
        match name.text.as_str() {
            "if" => self.expr().map(Sequence::If),
            "else" => Ok(Sequence::Else),
            "endif" => Ok(Sequence::EndIf),
            "for" => {
                let (key, value) = self.for_variables()?;
                Ok(Sequence::For(key, value, self.expr()?))
            }
            "endfor" => Ok(Sequence::EndFor),
            _ => {
                self.pos = keyword;
                self.expected("`if`, `else`, `endif`, `for` or `endfor`")
            }
        }
    }

    /// `~` before a sequence: takes the space off the end of the piece before it.
    fn trim_end(&self, piece: Option<&mut Piece>) {
        match piece {
            Some(Piece::Text(text, ..)) => text.truncate(text.trim_end().len()),
            Some(Piece::Line { kept, .. }) => kept.end = kept.start + self.text[kept.clone()].trim_end().len(),
            _ => {}
        }
    }

    /// `<<-`: takes the smallest indentation of any line off all lines.
    ///
    /// Only what starts a line counts, and what `~` already trimmed is as it is then: a piece whose line
    /// break is gone does not start a line after it, and a piece trimmed to nothing has no indentation.
    fn flush(&self, pieces: &mut [Piece]) {
        let mut least = usize::MAX;
        let mut indented = Vec::new();
        let mut line_start = true;
        for (index, piece) in pieces.iter().enumerate() {
            let text = match piece {
                Piece::Line { kept, .. } => Some(&self.text[kept.clone()]),
                _ => None,
            };
            if line_start {
                let indent = text.map_or(0, |text| text.len() - text.trim_start().len());
                let blank = text.is_some_and(|text| indent == text.len() && text.ends_with('\n'));
                if !blank {
                    least = least.min(text.map_or(0, |text| text[..indent].chars().count()));
                    indented.push(index);
                }
            }
            line_start = text.is_some_and(|text| text.ends_with('\n'));
        }
        for index in indented {
            if let Some(Piece::Line { kept, .. }) = pieces.get_mut(index) {
                kept.start += self.text[kept.clone()].chars().take(least).map(char::len_utf8).sum::<usize>();
            }
        }
    }

    /// Joins neighbouring text and puts directives around what they hold.
    fn assemble(&mut self, pieces: Vec<Piece>, height: u32) -> Parsed<Vec<TemplatePart>> {
        let mut parts = Vec::new();
        let mut open: Vec<Open> = Vec::new();
        let (mut deepest, mut last) = (0, 0);
        for piece in pieces {
            let (sequence, start, end) = match piece {
                Piece::Text(text, start, end) => {
                    last = end;
                    self.push_literal(&mut parts, &text, start, end);
                    continue;
                }
                Piece::Line { start, end, kept } => {
                    last = end;
                    let text = &self.text[kept];
                    if text.contains("$${") || text.contains("%%{") {
                        let text = text.replace("$${", "${").replace("%%{", "%{");
                        self.push_literal(&mut parts, &text, start, end);
                    } else {
                        self.push_literal(&mut parts, text, start, end);
                    }
                    continue;
                }
                Piece::Sequence(sequence, start, end) => (*sequence, start, end),
            };
            last = end;
            let kind = match sequence {
                Sequence::Interpolation(expr) => {
                    parts.push(TemplatePart::Interpolation(expr, self.span(start, end)));
                    continue;
                }
                Sequence::If(condition) => OpenKind::If(condition, None),
                Sequence::For(key, value, collection) => OpenKind::For(key, value, collection),
                Sequence::Else => {
                    match open.last_mut().map(|open| &mut open.kind) {
                        Some(OpenKind::If(_, then @ None)) => *then = Some(std::mem::take(&mut parts)),
                        _ => self.error(start, end, "`%{else}` without `%{if}`"),
                    }
                    continue;
                }
                Sequence::EndIf => {
                    match open.pop_if(|open| matches!(open.kind, OpenKind::If(..))) {
                        Some(directive) => parts = self.close(directive, parts, end),
                        None => self.error(start, end, "`%{endif}` without `%{if}`"),
                    }
                    continue;
                }
                Sequence::EndFor => {
                    match open.pop_if(|open| matches!(open.kind, OpenKind::For(..))) {
                        Some(directive) => parts = self.close(directive, parts, end),
                        None => self.error(start, end, "`%{endfor}` without `%{for}`"),
                    }
                    continue;
                }
            };
            open.push(Open { start, kind, outside: std::mem::take(&mut parts) });
            deepest = deepest.max(u32::try_from(open.len()).unwrap_or(u32::MAX));
            if deepest > MAX_DEPTH - self.depth {
                return self.fail(start, end, format!("nested more than {MAX_DEPTH} levels deep"));
            }
        }
        while let Some(directive) = open.pop() {
            let message = match directive.kind {
                OpenKind::If(..) => "`%{if}` without `%{endif}`",
                OpenKind::For(..) => "`%{for}` without `%{endfor}`",
            };
            self.error(directive.start, directive.start + 2, message);
            parts = self.close(directive, parts, last);
        }
        self.grow(last, height + deepest + 1)?;
        Ok(parts)
    }

    /// Ends a directive that holds `parts`.
    fn close(&self, directive: Open, parts: Vec<TemplatePart>, end: usize) -> Vec<TemplatePart> {
        let span = self.span(directive.start, end);
        let part = match directive.kind {
            OpenKind::If(condition, then) => {
                let (then, otherwise) = match then {
                    Some(then) => (then, parts),
                    None => (parts, Vec::new()),
                };
                TemplatePart::If(Box::new(TemplateIf { condition, then, otherwise, span }))
            }
            OpenKind::For(key_var, value_var, collection) => {
                TemplatePart::For(Box::new(TemplateFor { key_var, value_var, collection, body: parts, span }))
            }
        };
        let mut outside = directive.outside;
        outside.push(part);
        outside
    }

    fn push_literal(&self, parts: &mut Vec<TemplatePart>, text: &str, start: usize, end: usize) {
        let span = self.span(start, end);
        match parts.last_mut() {
            Some(TemplatePart::Literal(before, place)) => {
                before.push_str(text);
                *place = place.to(span);
            }
            _ => parts.push(TemplatePart::Literal(text.into(), span)),
        }
    }
}

/// Where `marker` ends on a line that holds nothing else.
pub(crate) fn marker_end(line: &str, marker: &str) -> Option<usize> {
    let rest = line.trim_start();
    (rest.starts_with(marker) && rest.trim_end().len() == marker.len()).then(|| line.len() - rest.len() + marker.len())
}
