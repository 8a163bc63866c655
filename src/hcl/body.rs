//! Attributes and blocks.

use crate::parser::{Failed, Parsed, Parser};
use crate::tree::{Attribute, Block, Body, Expr, ExprKind, Ident, Item};

impl Parser<'_> {
    /// The whole text as the body of a file.
    pub(crate) fn file(&mut self) -> Body {
        let items = self.items(None);
        Body { items, span: self.span(0, self.bytes.len()) }
    }

    /// Items up to the `}` of the block that was opened at `open`, or to the end of the file.
    fn items(&mut self, open: Option<usize>) -> Vec<Item> {
        let mut items = Vec::new();
        self.space();
        let mut one_line = open.is_some() && self.newline_len(self.pos) == 0;
        loop {
            self.newlines = false;
            self.space();
            self.newlines = true;
            if self.stopped {
                self.pos = self.bytes.len();
            }
            match (self.peek(), open) {
                (None, Some(open)) => {
                    self.unclosed_block(open);
                    return items;
                }
                (Some(_), Some(open)) if self.columns && self.outdented(open) => {
                    self.unclosed_block(open);
                    return items;
                }
                (None, None) | (Some(b'}'), Some(_)) => return items,
                (Some(b'}'), None) => {
                    self.error(self.pos, self.pos + 1, "unexpected `}`");
                    self.pos += 1;
                    continue;
                }
                _ => {}
            }
            let Some((item, closed)) = self.item() else { continue };
            if closed {
                self.end_of_item(&item, one_line);
            }
            one_line &= self.newline_len(self.pos) == 0;
            items.push(item);
        }
    }

    fn unclosed_block(&mut self, open: usize) {
        // Without a brace, its absence was told already.
        if self.bytes.get(open) == Some(&b'{') {
            self.error(open, open + 1, "unclosed `{`");
        }
    }

    /// Whether the indentation of what stands here tells that it is not in the block opened at `open`.
    fn outdented(&self, open: usize) -> bool {
        let (here, block) = (self.indent_of(self.pos), self.indent_of(open));
        let starts_line = self.pos == here || self.bytes.get(self.pos - here - 1) == Some(&b'\n');
        match self.peek() {
            _ if !starts_line => false,
            Some(b'}') => here < block,
            _ if here == 0 => self.starts_block(self.pos),
            _ => here <= block,
        }
    }

    /// Checks that a line ends after `item`, or the block that it stands in if that has but this one.
    fn end_of_item(&mut self, item: &Item, one_line: bool) {
        self.space();
        if self.newline_len(self.pos) > 0 {
            if one_line {
                self.error(self.pos, self.pos, "expected `}` on the line on which the block started");
            }
            return;
        }
        let name = match item {
            _ if self.peek().is_none() => return,
            Item::Attribute(_) if one_line && self.peek() == Some(b'}') => return,
            Item::Attribute(attribute) => &attribute.key.text,
            Item::Block(block) => &block.kind.text,
        };
        let (end, found) = self.found();
        self.error(self.pos, end, format!("expected a new line after `{name}`, found {found}"));
        self.eat(b',');
    }

    /// An attribute or block, and whether its end was found; nothing where the damage left none.
    fn item(&mut self) -> Option<(Item, bool)> {
        let start = self.pos;
        let Some(key) = self.ident() else {
            let (end, found) = self.found();
            let message = match self.peek() {
                Some(b'"') => "the name of an attribute or block stands without quotes".into(),
                _ => format!("expected an attribute or a block, found {found}"),
            };
            self.error(start, end, message);
            self.skip_item(start, start);
            return None;
        };
        let end = self.pos;
        self.space();
        match (self.peek(), self.peek_at(1)) {
            (Some(b'='), next) if !matches!(next, Some(b'=' | b'>')) => Some(self.attribute(start, key)),
            (Some(b'"' | b'{'), _) => self.block(start, key),
            _ if self.ident_end(self.pos) > self.pos => self.block(start, key),
            _ => {
                self.error(start, end, format!("expected `=` or `{{` after `{}`", key.text));
                self.skip_item(start, end);
                None
            }
        }
    }

    /// Goes on after an item that starts at `start` and is damaged from `damage`.
    fn skip_item(&mut self, start: usize, damage: usize) {
        self.resume(damage, self.indent_of(start));
    }

    /// What follows the name of an attribute.
    fn attribute(&mut self, start: usize, key: Ident) -> (Item, bool) {
        self.pos += 1;
        self.space();
        let (value_start, depth, errors) = (self.pos, self.depth, self.errors.len());
        let (value, closed) = match self.value() {
            Ok(value) => (value, true),
            Err(Failed) => {
                self.depth = depth;
                self.newlines = true;
                let end = self.recover_value(start, value_start, errors).max(value_start);
                let text = self.text[value_start..end].trim_end();
                (Expr { kind: ExprKind::Error, span: self.span(value_start, value_start + text.len()) }, false)
            }
        };
        let span = key.span.to(value.span);
        (Item::Attribute(Attribute { key, value, span }), closed)
    }

    /// The expression of an attribute, and what may stand after it.
    fn value(&mut self) -> Parsed<Expr> {
        let value = self.expr()?;
        self.space();
        match self.peek() {
            None | Some(b'}' | b',') => Ok(value),
            _ if self.newline_len(self.pos) > 0 => Ok(value),
            _ => self.expected("a new line"),
        }
    }

    /// Goes on after the damaged value at `value_start`; the end of the damage.
    fn recover_value(&mut self, start: usize, value_start: usize, errors: usize) -> usize {
        let unclosed = self.resume(value_start, self.indent_of(start));
        let next = self.pos;
        if let Some(bracket) = unclosed {
            // What was found wrong in text that is not the attribute's after all is to be read again.
            let (limit, count) = (self.span(next, next).start, self.errors.len());
            let mut index = 0;
            self.errors.retain(|error| {
                index += 1;
                index <= errors || error.span.start < limit
            });
            if self.errors.len() < count {
                let name = self.text.get(bracket..bracket + 1).unwrap_or("");
                self.error(bracket, bracket + 1, format!("unclosed `{name}`"));
            }
        }
        next
    }

    /// What follows the kind of a block; nothing where no brace does.
    fn block(&mut self, start: usize, kind: Ident) -> Option<(Item, bool)> {
        let mut labels = Vec::new();
        let mut head = self.pos;
        loop {
            self.space();
            let label = match self.peek() {
                Some(b'{') => break,
                Some(b'"') => self.label(),
                _ => self.ident().ok_or(Failed).or_else(|Failed| self.expected("`{` or a label")),
            };
            let Ok(label) = label else {
                if !self.find_body(start, head) {
                    self.skip_item(start, head);
                    return None;
                }
                break;
            };
            head = self.pos;
            labels.push(label);
        }
        let head = labels.last().map_or(kind.span, |last: &Ident| kind.span.to(last.span));
        let open = self.pos;
        if self.enter().is_err() {
            self.pos = self.bracket_end(open).unwrap_or(self.bytes.len());
            return None;
        }
        self.eat(b'{');
        let (inside, errors) = (self.pos, self.errors.len());
        let mut items = self.items(Some(open));
        if self.peek().is_none() && self.depth == 1 && !self.columns && !self.stopped {
            // Some block was never closed. Read again, now trusting the indentation.
            self.columns = true;
            self.errors.truncate(errors);
            self.pos = inside;
            items = self.items(Some(open));
        }
        self.depth -= 1;
        let end = self.pos;
        let closed = self.eat(b'}');
        let end = if closed {
            end
        } else {
            // A value that was not written yet may stand after the last text.
            let last = items.last().map_or(inside, |item| item_end(item) as usize);
            last.max(inside + self.text[inside..end].trim_end().len())
        };
        let body = Body { items, span: self.span(inside, end) };
        let span = self.span(start, end + usize::from(closed));
        Some((Item::Block(Block { kind, labels, body, head, span }), closed))
    }

    /// Goes to the body of a block that starts at `start` and whose labels are damaged from `head`: what a
    /// block holds is not lost with its name. Without a brace, deeper indentation of the next line tells.
    fn find_body(&mut self, start: usize, head: usize) -> bool {
        let end = self.line_end(head);
        let line = self.text[head..end].trim_end();
        if line.ends_with('{') {
            self.pos = head + line.len() - 1;
            return true;
        }
        let rest = self.text.get(end..).unwrap_or("");
        let next = end + rest.len() - rest.trim_start().len();
        let quoted = self.text[start..head].contains('"');
        let deeper = quoted && next < self.bytes.len() && self.indent_of(next) > self.indent_of(start);
        if deeper {
            self.pos = end;
        }
        deeper
    }

    /// A quoted label, which is no template.
    fn label(&mut self) -> Parsed<Ident> {
        let open = self.pos;
        self.pos += 1;
        let mut text = self.quoted_text();
        while matches!(self.peek(), Some(b'$' | b'%')) {
            self.error(self.pos, self.pos + 2, "a label cannot hold a template");
            text.push_str(&self.text[self.pos..self.pos + 2]);
            self.pos += 2;
            let rest = self.quoted_text();
            text.push_str(&rest);
        }
        if !self.eat(b'"') {
            return self.fail(open, open + 1, "unclosed string");
        }
        Ok(Ident { text, span: self.span(open, self.pos) })
    }
}

fn item_end(item: &Item) -> u32 {
    match item {
        Item::Attribute(attribute) => attribute.span.end,
        Item::Block(block) => block.span.end,
    }
}
