//! Expressions.

use compact_str::CompactString;

use crate::parser::{Failed, Parsed, Parser};
use crate::tree::{BinaryOp, Call, Expr, ExprKind, For, Ident, ObjectItem, ObjectKey, Splat, Traversal, UnaryOp};

impl Parser<'_> {
    /// The whole text as one expression.
    pub(crate) fn lone_expr(&mut self) -> Expr {
        self.newlines = false;
        let start = self.pos;
        let result = self.expr().and_then(|expr| {
            self.space();
            if self.pos < self.bytes.len() { self.expected("the end of the expression") } else { Ok(expr) }
        });
        result.unwrap_or_else(|Failed| Expr { kind: ExprKind::Error, span: self.span(start, self.bytes.len()) })
    }

    /// An expression; what follows it is left, but for space.
    pub(crate) fn expr(&mut self) -> Parsed<Expr> {
        self.enter()?;
        self.space();
        let start = self.pos;
        let condition = self.binary(0)?;
        let mut height = self.height;
        if self.peek() != Some(b'?') {
            self.depth -= 1;
            return Ok(condition);
        }
        self.pos += 1;
        let then = self.expr()?;
        height = height.max(self.height);
        self.space();
        if !self.eat(b':') {
            return self.expected("`:` and the other value of `?`");
        }
        let otherwise = self.expr()?;
        self.grow(start, height.max(self.height) + 1)?;
        self.depth -= 1;
        let span = condition.span.to(otherwise.span);
        Ok(Expr { kind: ExprKind::Conditional(Box::new([condition, then, otherwise])), span })
    }

    /// Operands joined by operators that bind at least as strong as `least`.
    fn binary(&mut self, least: u8) -> Parsed<Expr> {
        let start = self.pos;
        let mut left = self.unary()?;
        loop {
            self.space();
            let Some((op, len, strength)) = self.operator() else { break };
            if strength < least {
                break;
            }
            self.pos += len;
            self.space();
            let height = self.height;
            self.enter()?;
            let right = self.binary(strength + 1)?;
            self.depth -= 1;
            self.grow(start, height.max(self.height) + 1)?;
            let span = left.span.to(right.span);
            left = Expr { kind: ExprKind::Binary(Box::new(left), op, Box::new(right)), span };
        }
        Ok(left)
    }

    /// The operator here, its length and how strong it binds.
    fn operator(&self) -> Option<(BinaryOp, usize, u8)> {
        Some(match (self.peek()?, self.peek_at(1)) {
            (b'|', Some(b'|')) => (BinaryOp::Or, 2, 0),
            (b'&', Some(b'&')) => (BinaryOp::And, 2, 1),
            (b'=', Some(b'=')) => (BinaryOp::Eq, 2, 2),
            (b'!', Some(b'=')) => (BinaryOp::NotEq, 2, 2),
            (b'<', Some(b'=')) => (BinaryOp::LessEq, 2, 3),
            (b'>', Some(b'=')) => (BinaryOp::GreaterEq, 2, 3),
            (b'<', _) => (BinaryOp::Less, 1, 3),
            (b'>', _) => (BinaryOp::Greater, 1, 3),
            (b'+', _) => (BinaryOp::Add, 1, 4),
            (b'-', _) => (BinaryOp::Sub, 1, 4),
            (b'*', _) => (BinaryOp::Mul, 1, 5),
            (b'/', _) => (BinaryOp::Div, 1, 5),
            (b'%', _) => (BinaryOp::Rem, 1, 5),
            _ => return None,
        })
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let op = match self.peek() {
            Some(b'-') => UnaryOp::Neg,
            Some(b'!') if self.peek_at(1) != Some(b'=') => UnaryOp::Not,
            _ => return self.postfix(),
        };
        let start = self.pos;
        self.enter()?;
        self.pos += 1;
        self.space();
        let operand = self.unary()?;
        self.depth -= 1;
        self.grow(start, self.height + 1)?;
        let span = self.span(start, start + 1).to(operand.span);
        Ok(Expr { kind: ExprKind::Unary(op, Box::new(operand)), span })
    }

    /// A term and the steps into it.
    fn postfix(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        let mut expr = self.term()?;
        loop {
            let end = self.pos;
            self.space();
            match self.peek() {
                Some(b'.') if !self.looking_at("...") => {
                    self.pos += 1;
                    self.space();
                    if self.eat(b'*') {
                        let base = self.height;
                        let tail = self.attribute_splat_tail()?;
                        self.height = base.max(self.height);
                        expr = self.splat(start, expr, false, tail);
                    } else if let Some(steps) = self.legacy_index()? {
                        for index in steps {
                            self.grow(start, self.height + 1)?;
                            let span = expr.span.to(index.span);
                            expr = Expr { kind: ExprKind::Index(Box::new(expr), Box::new(index)), span };
                        }
                        continue;
                    } else {
                        let name = self.attribute_name()?;
                        let span = expr.span.to(name.span);
                        expr = Expr { kind: ExprKind::Attribute(Box::new(expr), name), span };
                    }
                }
                Some(b'[') => {
                    let base = self.height;
                    match self.bracket()? {
                        Some(key) => {
                            self.height = base.max(self.height);
                            let span = self.span(start, self.pos);
                            expr = Expr { kind: ExprKind::Index(Box::new(expr), Box::new(key)), span };
                        }
                        None => {
                            let tail = self.full_splat_tail()?;
                            self.height = base.max(self.height);
                            expr = self.splat(start, expr, true, tail);
                        }
                    }
                }
                _ => {
                    // Where no step follows, the term ends before the space.
                    self.pos = end;
                    return Ok(expr);
                }
            }
            self.grow(start, self.height + 1)?;
        }
    }

    fn splat(&self, start: usize, base: Expr, full: bool, tail: Vec<Traversal>) -> Expr {
        Expr { kind: ExprKind::Splat(Box::new(Splat { base, full, tail })), span: self.span(start, self.pos) }
    }

    /// What follows `.*`: names and numbers. Leaves the height of the tail.
    fn attribute_splat_tail(&mut self) -> Parsed<Vec<Traversal>> {
        let mut tail = Vec::new();
        loop {
            let end = self.pos;
            self.space();
            if self.peek() != Some(b'.') || self.looking_at("...") {
                self.pos = end;
                self.height = 1;
                return Ok(tail);
            }
            self.pos += 1;
            self.space();
            match self.legacy_index()? {
                Some(steps) => tail.extend(steps.into_iter().map(Traversal::Index)),
                None => tail.push(Traversal::Attribute(self.attribute_name()?)),
            }
        }
    }

    /// What follows `[*]`: every kind of step. Leaves the height of the tail.
    fn full_splat_tail(&mut self) -> Parsed<Vec<Traversal>> {
        let start = self.pos;
        let mut tail = Vec::new();
        let mut height = 1;
        self.enter()?;
        loop {
            let end = self.pos;
            self.space();
            match self.peek() {
                Some(b'.') if !self.looking_at("...") => {
                    self.pos += 1;
                    self.space();
                    if self.eat(b'*') {
                        let steps = self.attribute_splat_tail()?;
                        tail.push(Traversal::Splat { full: false, tail: steps, span: self.span(end, self.pos) });
                        height = height.max(self.height + 1);
                    } else if let Some(steps) = self.legacy_index()? {
                        tail.extend(steps.into_iter().map(Traversal::Index));
                    } else {
                        tail.push(Traversal::Attribute(self.attribute_name()?));
                    }
                }
                Some(b'[') => match self.bracket()? {
                    Some(key) => {
                        tail.push(Traversal::Index(key));
                        height = height.max(self.height + 1);
                    }
                    None => {
                        let steps = self.full_splat_tail()?;
                        tail.push(Traversal::Splat { full: true, tail: steps, span: self.span(end, self.pos) });
                        height = height.max(self.height + 1);
                    }
                },
                _ => {
                    self.pos = end;
                    self.depth -= 1;
                    return self.grow(start, height).map(|()| tail);
                }
            }
        }
    }

    /// `[key]`; nothing for `[*]`.
    fn bracket(&mut self) -> Parsed<Option<Expr>> {
        let open = self.pos;
        self.pos += 1;
        let newlines = self.newlines;
        // The star must stand on the bracket's line, the key need not.
        self.space();
        let key = if self.eat(b'*') {
            None
        } else {
            self.newlines = false;
            Some(self.expr()?)
        };
        self.space();
        self.newlines = newlines;
        if self.eat(b']') { Ok(key) } else { self.unclosed(open, "`]`") }
    }

    fn attribute_name(&mut self) -> Parsed<Ident> {
        match self.ident() {
            Some(name) => Ok(name),
            None => self.expected("a name after `.`"),
        }
    }

    /// The `0` of `base.0`. In `base.0.1` the lexer of Terraform sees the number `0.1` and refuses it.
    fn legacy_index(&mut self) -> Parsed<Option<Vec<Expr>>> {
        let start = self.pos;
        let end = self.number_end();
        if end == start {
            return Ok(None);
        }
        self.pos = end;
        let mut steps = Vec::new();
        let mut at = start;
        for part in self.text[start..end].split('.') {
            let span = self.span(at, at + part.len());
            at += part.len() + 1;
            if !part.bytes().all(|byte| byte.is_ascii_digit()) || part.is_empty() {
                return self.fail(start, end, "expected a whole number as index");
            }
            steps.push(Expr { kind: ExprKind::Number(part.into()), span });
        }
        if steps.len() > 1 {
            let brackets = self.text[start..end].replace('.', "][");
            self.error(start, end, format!("two indexes cannot be written with dots, write `[{brackets}]`"));
        }
        Ok(Some(steps))
    }

    /// The end of the number that starts here; where none does, here.
    fn number_end(&self) -> usize {
        let byte = |at: usize| self.bytes.get(at).copied().unwrap_or(0);
        if !byte(self.pos).is_ascii_digit() {
            return self.pos;
        }
        let (mut at, mut end) = (self.pos, self.pos);
        loop {
            match byte(at) {
                b'0'..=b'9' => {
                    at += 1;
                    end = at;
                }
                b'.' => at += 1,
                b'e' | b'E' => {
                    let digit = at + 1 + usize::from(matches!(byte(at + 1), b'+' | b'-'));
                    if !byte(digit).is_ascii_digit() {
                        return end;
                    }
                    at = digit;
                }
                _ => return end,
            }
        }
    }

    fn term(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        self.height = 1;
        let kind = match self.peek() {
            Some(b'"') => self.quoted()?,
            Some(b'(') => self.paren()?,
            Some(b'[') => self.tuple()?,
            Some(b'{') => self.object()?,
            Some(b'0'..=b'9') => self.number()?,
            Some(b'<') => match self.heredoc()? {
                Some(kind) => kind,
                None => return self.expected("an expression"),
            },
            _ => return self.named(),
        };
        Ok(Expr { kind, span: self.span(start, self.pos) })
    }

    fn number(&mut self) -> Parsed<ExprKind> {
        let (start, end) = (self.pos, self.number_end());
        let text = &self.text[start..end];
        let digits = text.find(['e', 'E']).unwrap_or(text.len());
        let (mantissa, exponent) = text.split_at(digits);
        if mantissa.matches('.').count() > 1 || exponent.get(1..).is_some_and(|rest| rest.contains(['.', 'e', 'E'])) {
            return self.fail(start, end, "not a number");
        }
        self.pos = end;
        Ok(ExprKind::Number(text.into()))
    }

    /// A name, a keyword or a call.
    fn named(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        let Some(name) = self.ident() else { return self.expected("an expression") };
        let end = self.pos;
        self.space();
        if self.peek() == Some(b'(') || self.looking_at("::") {
            return self.call(start, name);
        }
        self.pos = end;
        let kind = match name.text.as_str() {
            "null" => ExprKind::Null,
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            _ => ExprKind::Variable(name.text),
        };
        Ok(Expr { kind, span: name.span })
    }

    fn call(&mut self, start: usize, mut name: Ident) -> Parsed<Expr> {
        while self.eat_str("::") {
            self.space();
            let Some(next) = self.ident() else { return self.expected("a function name after `::`") };
            name.text.push_str("::");
            name.text.push_str(&next.text);
            name.span = name.span.to(next.span);
            self.space();
        }
        let open = self.pos;
        if !self.eat(b'(') {
            return self.expected("`(` after the function's name");
        }
        let newlines = std::mem::replace(&mut self.newlines, false);
        let (mut args, mut expand, mut height) = (Vec::new(), false, 0);
        loop {
            self.space();
            if self.eat(b')') {
                break;
            }
            if self.peek().is_none() {
                return self.unclosed(open, "`)`");
            }
            args.push(self.expr()?);
            height = height.max(self.height);
            self.space();
            expand = self.eat_str("...");
            if expand {
                self.space();
            }
            if self.eat(b')') {
                break;
            }
            if expand || !self.eat(b',') {
                return self.unclosed(open, if expand { "`)` after `...`" } else { "`,` or `)`" });
            }
        }
        self.newlines = newlines;
        self.grow(start, height + 1)?;
        Ok(Expr { kind: ExprKind::Call(Box::new(Call { name, args, expand })), span: self.span(start, self.pos) })
    }

    fn paren(&mut self) -> Parsed<ExprKind> {
        let open = self.pos;
        self.pos += 1;
        let newlines = std::mem::replace(&mut self.newlines, false);
        let inner = self.expr()?;
        self.space();
        self.newlines = newlines;
        if !self.eat(b')') {
            return self.unclosed(open, "`)`");
        }
        self.grow(open, self.height + 1)?;
        Ok(ExprKind::Paren(Box::new(inner)))
    }

    fn tuple(&mut self) -> Parsed<ExprKind> {
        let open = self.pos;
        self.pos += 1;
        let newlines = std::mem::replace(&mut self.newlines, false);
        self.space();
        if self.at_word("for") {
            let kind = self.for_expr(open, b']')?;
            self.newlines = newlines;
            return Ok(kind);
        }
        let (mut items, mut height) = (Vec::new(), 0);
        loop {
            self.space();
            if self.eat(b']') {
                break;
            }
            if self.peek().is_none() {
                return self.unclosed(open, "`]`");
            }
            items.push(self.expr()?);
            height = height.max(self.height);
            self.space();
            if self.eat(b']') {
                break;
            }
            if !self.eat(b',') {
                return self.unclosed(open, "`,` or `]`");
            }
        }
        self.newlines = newlines;
        self.grow(open, height + 1)?;
        Ok(ExprKind::Tuple(items))
    }

    fn object(&mut self) -> Parsed<ExprKind> {
        let open = self.pos;
        self.pos += 1;
        let newlines = std::mem::replace(&mut self.newlines, false);
        self.space();
        if self.at_word("for") {
            let kind = self.for_expr(open, b'}')?;
            self.newlines = newlines;
            return Ok(kind);
        }
        let (mut items, mut height) = (Vec::new(), 0);
        loop {
            self.newlines = false;
            self.space();
            if self.eat(b'}') {
                break;
            }
            if self.peek().is_none() {
                return self.unclosed(open, "`}`");
            }
            self.newlines = true;
            let key = self.object_key()?;
            height = height.max(self.height);
            self.space();
            if !self.eat(b':') {
                if self.peek() != Some(b'=') || self.peek_at(1) == Some(b'>') {
                    return self.unclosed(open, "`=` or `:` after the key");
                }
                self.pos += 1;
            }
            let value = self.expr()?;
            height = height.max(self.height);
            let span = key.span().to(value.span);
            items.push(ObjectItem { key, value, span });
            self.space();
            if self.newline_len(self.pos) == 0 && self.peek() != Some(b'}') && !self.eat(b',') {
                return self.unclosed(open, "`,`, `}` or a new line");
            }
        }
        self.newlines = newlines;
        self.grow(open, height + 1)?;
        Ok(ExprKind::Object(items))
    }

    fn object_key(&mut self) -> Parsed<ObjectKey> {
        let start = self.pos;
        self.height = 1;
        if let Some(name) = self.ident() {
            self.space();
            let separator = match (self.peek(), self.peek_at(1)) {
                (Some(b'='), next) => next != Some(b'='),
                (Some(b':'), next) => next != Some(b':'),
                _ => false,
            };
            if separator {
                return Ok(ObjectKey::Name(name));
            }
            self.pos = start;
        }
        self.expr().map(ObjectKey::Expr)
    }

    /// What stands after `[` or `{`, from the `for`.
    fn for_expr(&mut self, open: usize, close: u8) -> Parsed<ExprKind> {
        self.pos += "for".len();
        let (key_var, value_var) = self.for_variables()?;
        let collection = self.expr()?;
        let mut height = self.height;
        self.space();
        if !self.eat(b':') {
            return self.expected("`:` after what `for` goes through");
        }
        let mut value = self.expr()?;
        height = height.max(self.height);
        let mut key = None;
        self.space();
        if self.eat_str("=>") {
            key = Some(std::mem::replace(&mut value, self.expr()?));
            height = height.max(self.height);
            self.space();
        }
        let ellipsis = self.pos;
        let group = self.eat_str("...");
        self.space();
        let mut condition = None;
        if self.at_word("if") {
            self.pos += "if".len();
            condition = Some(self.expr()?);
            height = height.max(self.height);
            self.space();
        }
        if !self.eat(close) {
            return self.unclosed(open, if close == b']' { "`]` after `for`" } else { "`}` after `for`" });
        }
        let here = self.pos;
        match (&key, close) {
            (Some(_), b']') => self.error(open, here, "`=>` stands only in `{for …}`, not in `[for …]`"),
            (None, b'}') => self.error(open, here, "`{for …}` needs `key => value`"),
            _ if group && close == b']' => {
                self.error(ellipsis, ellipsis + 3, "`...` groups only in `{for …}`, not in `[for …]`");
            }
            _ => {}
        }
        self.grow(open, height + 1)?;
        let inner = For { key_var, value_var, collection, key, value, group, condition };
        Ok(ExprKind::For(Box::new(inner)))
    }

    /// `k, v in`, of expressions and of templates.
    pub(crate) fn for_variables(&mut self) -> Parsed<(Option<Ident>, Ident)> {
        self.space();
        let Some(mut value) = self.ident() else { return self.expected("a variable after `for`") };
        self.space();
        let mut key = None;
        if self.eat(b',') {
            self.space();
            let Some(second) = self.ident() else { return self.expected("a variable after `,`") };
            key = Some(std::mem::replace(&mut value, second));
            self.space();
        }
        if !self.at_word("in") {
            return self.expected("`in` after the variables of `for`");
        }
        self.pos += "in".len();
        Ok((key, value))
    }

    /// Gives up where a bracket opened at `open` was to go on or end.
    pub(crate) fn unclosed<T>(&mut self, open: usize, wanted: &str) -> Parsed<T> {
        if self.peek().is_none() {
            let bracket = CompactString::new(self.text.get(open..open + 1).unwrap_or(""));
            return self.fail(open, open + 1, format!("unclosed `{bracket}`"));
        }
        self.expected(wanted)
    }
}
