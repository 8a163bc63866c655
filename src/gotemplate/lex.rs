//! The tokens of a template.

/// A token: `start..end` of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// Text outside actions, trimmed as its neighbours ask; never empty.
    Text,
    /// `{{` or `{{-`
    Open,
    /// `}}` or `-}}`
    Close,
    /// White space inside an action.
    Space,
    /// `=`
    Assign,
    /// `:=`
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    /// A character that means something only between other tokens: `,`.
    Char,
    /// `'a'`
    CharConstant,
    /// `"a"`
    Quoted,
    /// `` `a` ``
    Raw,
    Number,
    Bool,
    Nil,
    Dot,
    /// `.name`
    Field,
    /// `$name`
    Variable,
    Identifier,
    Keyword(Keyword),
    Eof,
}

/// A word that begins an action of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

impl Keyword {
    fn of(word: &str) -> Option<Keyword> {
        Some(match word {
            "block" => Keyword::Block,
            "break" => Keyword::Break,
            "continue" => Keyword::Continue,
            "define" => Keyword::Define,
            "else" => Keyword::Else,
            "end" => Keyword::End,
            "if" => Keyword::If,
            "range" => Keyword::Range,
            "template" => Keyword::Template,
            "with" => Keyword::With,
            _ => return None,
        })
    }
}

/// What cannot be a token, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LexError {
    pub(crate) message: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Splits a template into tokens, the last of which is [`TokenKind::Eof`] unless there is an error. Comments are gone.
pub(crate) fn lex(text: &str) -> (Vec<Token>, Option<LexError>) {
    let mut lexer = Lexer { text, at: 0, parens: 0, tokens: Vec::with_capacity(text.len() / 8) };
    let error = lexer.run().err();
    (lexer.tokens, error)
}

struct Lexer<'s> {
    text: &'s str,
    at: usize,
    parens: usize,
    tokens: Vec<Token>,
}

const OPEN: &str = "{{";
const CLOSE: &str = "}}";

impl Lexer<'_> {
    fn run(&mut self) -> Result<(), LexError> {
        let mut trim_next = false;
        loop {
            let (rest_at, mut rest) = (self.at, self.rest());
            if trim_next {
                rest = rest.trim_start_matches(is_space);
            }
            let start = rest_at + (self.rest().len() - rest.len());
            let Some(found) = rest.find(OPEN) else {
                self.at = start;
                self.emit_to(TokenKind::Text, self.text.len());
                self.emit_to(TokenKind::Eof, self.text.len());
                return Ok(());
            };
            let open = start + found;
            let inside = self.text.get(open + OPEN.len()..).unwrap_or("");
            let trims = inside.strip_prefix('-').is_some_and(|after| after.starts_with(is_space));
            let literal = self.text.get(start..open).unwrap_or("");
            let literal = if trims { literal.trim_end_matches(is_space) } else { literal };
            self.at = start;
            self.emit_to(TokenKind::Text, start + literal.len());
            self.at = open;
            let marker = if trims { 2 } else { 0 };
            trim_next = if inside.get(marker..).is_some_and(|inside| inside.starts_with("/*")) {
                self.at = open + OPEN.len() + marker + 2;
                self.comment(open)?
            } else {
                self.emit_to(TokenKind::Open, open + OPEN.len() + marker);
                self.parens = 0;
                self.action(open)?
            };
        }
    }

    /// Skips a comment and its closing delimiter; whether that trims the text after it.
    fn comment(&mut self, open: usize) -> Result<bool, LexError> {
        let Some(length) = self.rest().find("*/") else {
            return Err(self.error_from(open, "unclosed comment"));
        };
        self.at += length + 2;
        match self.closing() {
            Some((length, trims)) => {
                self.at += length;
                Ok(trims)
            }
            None => Err(self.error_from(open, "comment ends before closing delimiter")),
        }
    }

    /// The length of the closing delimiter here, trim mark included, and whether it trims.
    fn closing(&self) -> Option<(usize, bool)> {
        let rest = self.rest();
        if rest.starts_with(CLOSE) {
            return Some((CLOSE.len(), false));
        }
        let marked = rest.strip_prefix(is_space)?.strip_prefix('-')?;
        marked.starts_with(CLOSE).then_some((2 + CLOSE.len(), true))
    }

    /// The tokens up to the closing delimiter; whether that trims the text after it.
    fn action(&mut self, open: usize) -> Result<bool, LexError> {
        loop {
            if let Some((length, trims)) = self.closing() {
                if self.parens > 0 {
                    return Err(self.error_from(self.at, "unclosed left paren"));
                }
                self.emit(TokenKind::Close, length);
                return Ok(trims);
            }
            let Some(c) = self.rest().chars().next() else {
                return Err(self.error_from(open, "unclosed action"));
            };
            match c {
                _ if is_space(c) => self.space(),
                '=' => self.emit(TokenKind::Assign, 1),
                ':' if self.rest().starts_with(":=") => self.emit(TokenKind::Declare, 2),
                ':' => return Err(self.error_here(1, "expected :=")),
                '|' => self.emit(TokenKind::Pipe, 1),
                '"' => self.quoted('"', TokenKind::Quoted, "unterminated quoted string")?,
                '\'' => self.quoted('\'', TokenKind::CharConstant, "unterminated character constant")?,
                '`' => match self.rest().get(1..).and_then(|rest| rest.find('`')) {
                    Some(length) => self.emit(TokenKind::Raw, length + 2),
                    None => return Err(self.error_here(1, "unterminated raw quoted string")),
                },
                '$' => self.name(TokenKind::Variable)?,
                '.' if !self.rest().get(1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) => {
                    let bare = !self.rest().get(1..).is_some_and(|rest| rest.starts_with(is_word));
                    self.name(if bare { TokenKind::Dot } else { TokenKind::Field })?;
                }
                '.' | '+' | '-' | '0'..='9' => self.number()?,
                '(' => {
                    self.parens += 1;
                    self.emit(TokenKind::LeftParen, 1);
                }
                ')' => {
                    let Some(parens) = self.parens.checked_sub(1) else {
                        return Err(self.error_here(1, "unexpected right paren"));
                    };
                    self.parens = parens;
                    self.emit(TokenKind::RightParen, 1);
                }
                _ if is_word(c) => self.word()?,
                ' '..='~' => self.emit(TokenKind::Char, 1),
                _ => {
                    let message = format!("unrecognized character in action: U+{:04X}", u32::from(c));
                    return Err(self.error_here(c.len_utf8(), message));
                }
            }
        }
    }

    /// White space, except the last before a `-}}`.
    fn space(&mut self) {
        let rest = self.rest();
        let after = rest.trim_start_matches(is_space);
        let mut length = rest.len() - after.len();
        if after.strip_prefix('-').is_some_and(|after| after.starts_with(CLOSE)) {
            length -= 1;
        }
        self.emit(TokenKind::Space, length);
    }

    fn quoted(&mut self, quote: char, kind: TokenKind, unterminated: &str) -> Result<(), LexError> {
        let mut escaped = false;
        for (index, c) in self.rest().char_indices().skip(1) {
            match c {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if c == quote => {
                    self.emit(kind, index + 1);
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(self.error_here(1, unterminated))
    }

    /// `.name`, `$name`, `.` or `$`.
    fn name(&mut self, kind: TokenKind) -> Result<(), LexError> {
        let length = 1 + self.words(1);
        self.terminated(length)?;
        self.emit(kind, length);
        Ok(())
    }

    fn word(&mut self) -> Result<(), LexError> {
        let length = self.words(0);
        self.terminated(length)?;
        let kind = match self.rest().get(..length).unwrap_or("") {
            "true" | "false" => TokenKind::Bool,
            "nil" => TokenKind::Nil,
            word => Keyword::of(word).map_or(TokenKind::Identifier, TokenKind::Keyword),
        };
        self.emit(kind, length);
        Ok(())
    }

    /// How many bytes from `skip` on are letters, digits and underscores.
    fn words(&self, skip: usize) -> usize {
        let rest = self.rest().get(skip..).unwrap_or("");
        rest.find(|c| !is_word(c)).unwrap_or(rest.len())
    }

    /// An error where a name of this length runs into something that cannot follow a name.
    fn terminated(&self, length: usize) -> Result<(), LexError> {
        let rest = self.rest().get(length..).unwrap_or("");
        let Some(c) = rest.chars().next() else { return Ok(()) };
        if is_space(c) || matches!(c, '.' | ',' | '|' | ':' | ')' | '(') || rest.starts_with(CLOSE) {
            return Ok(());
        }
        Err(LexError {
            message: format!("bad character U+{:04X} {}", u32::from(c), crate::print::quoted_char(c)),
            start: self.at + length,
            end: self.at + length + c.len_utf8(),
        })
    }

    fn number(&mut self) -> Result<(), LexError> {
        let length = number_length(self.rest().as_bytes());
        let rest = self.rest().get(length..).unwrap_or("");
        if let Some(c) = rest.chars().next().filter(|c| is_word(*c)) {
            let bad = self.rest().get(..length + c.len_utf8()).unwrap_or("");
            return Err(self.error_here(length + c.len_utf8(), format!("bad number syntax: {bad:?}")));
        }
        if rest.starts_with(['+', '-']) {
            let length = length + number_length(rest.as_bytes()).max(1);
            let bad = self.rest().get(..length).unwrap_or("");
            return Err(self.error_here(length, format!("bad number syntax: {bad:?}")));
        }
        self.emit(TokenKind::Number, length);
        Ok(())
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn emit(&mut self, kind: TokenKind, length: usize) {
        self.emit_to(kind, self.at + length);
    }

    fn emit_to(&mut self, kind: TokenKind, end: usize) {
        if end > self.at || kind == TokenKind::Eof {
            self.tokens.push(Token { kind, start: self.at, end });
        }
        self.at = end;
    }

    fn error_here(&self, length: usize, message: impl Into<String>) -> LexError {
        LexError { message: message.into(), start: self.at, end: self.at + length }
    }

    /// An error that shows the action opened at `start`, up to the end of its line.
    fn error_from(&self, start: usize, message: &str) -> LexError {
        let rest = self.text.get(start..).unwrap_or("");
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        LexError { message: message.to_owned(), start, end: start + length }
    }
}

/// How many bytes are one number: a sign, digits of a base, a fraction, an exponent, an `i`.
fn number_length(bytes: &[u8]) -> usize {
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let run = |at: usize, digits: fn(u8) -> bool| {
        at + bytes.iter().skip(at).take_while(|byte| digits(**byte) || **byte == b'_').count()
    };
    let decimal: fn(u8) -> bool = |byte| byte.is_ascii_digit();
    let mut digits = decimal;
    let mut exponent: [u8; 2] = *b"eE";
    if bytes.get(at) == Some(&b'0') {
        at += 1;
        match bytes.get(at) {
            Some(b'x' | b'X') => (digits, exponent, at) = (|byte: u8| byte.is_ascii_hexdigit(), *b"pP", at + 1),
            Some(b'o' | b'O') => (digits, at) = (|byte| matches!(byte, b'0'..=b'7'), at + 1),
            Some(b'b' | b'B') => (digits, at) = (|byte| matches!(byte, b'0' | b'1'), at + 1),
            _ => {}
        }
    }
    at = run(at, digits);
    if bytes.get(at) == Some(&b'.') {
        at = run(at + 1, digits);
    }
    if bytes.get(at).is_some_and(|byte| exponent.contains(byte)) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        at = run(at, decimal);
    }
    at + usize::from(bytes.get(at) == Some(&b'i'))
}

/// Go's white space in templates, for trimming too.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}
