//! JSON as Go's `encoding/json` reads it, with its errors.

use std::collections::BTreeMap;
use std::fmt;

use super::numbers::go_float;
use crate::text::Text;
use crate::value::{Kind, Value};

/// How deep a text may nest.
const DEPTH: usize = 500;

/// The value of a JSON text; numbers are floats.
pub(super) fn parse(text: &Text) -> Result<Value, String> {
    let mut reader = Reader { text, at: 0 };
    // Go looks through the whole text first, so that syntax errors come before values out of range.
    let value = reader.value(0)?;
    match reader.next_token() {
        None => Ok(value),
        Some(c) => Err(unexpected(c, "after top-level value")),
    }
}

/// A value that is not of the kind that was asked for.
pub(super) struct Mismatch {
    found: &'static str,
    wanted: &'static str,
}

impl Mismatch {
    pub(super) fn new(value: &Value, wanted: &'static str) -> Self {
        let found = match value.kind {
            Kind::Nil => "null",
            Kind::Bool(_) => "bool",
            Kind::Int(_) | Kind::Float(_) => "number",
            Kind::Text(_) => "string",
            Kind::List(_) => "array",
            Kind::Map(_) | Kind::Object(_) => "object",
        };
        Mismatch { found, wanted }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "json: cannot unmarshal {} into Go value of type {}", self.found, self.wanted)
    }
}

fn unexpected(c: char, context: &str) -> String {
    // Go names bytes, not characters.
    let first = c.to_string().bytes().next().map_or(c, char::from);
    let shown = match first {
        '\'' => r"'\''".to_owned(),
        '"' => "'\"'".to_owned(),
        c => {
            let quoted = crate::print::quoted(&c.to_string(), false);
            format!("'{}'", quoted.trim_start_matches('"').trim_end_matches('"'))
        }
    };
    format!("invalid character {shown} {context}")
}

fn end() -> String {
    "unexpected end of JSON input".to_owned()
}

struct Reader<'a> {
    text: &'a Text,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.as_str().get(self.at..).unwrap_or_default()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// The next character of a word or a number; Go takes the end of the text for a space.
    fn take_within(&mut self) -> char {
        self.take().unwrap_or(' ')
    }

    /// The next character that is not space.
    fn next_token(&mut self) -> Option<char> {
        loop {
            match self.take()? {
                ' ' | '\t' | '\r' | '\n' => {}
                c => return Some(c),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        let c = self.next_token().ok_or_else(end)?;
        self.value_from(c, depth)
    }

    fn value_from(&mut self, c: char, depth: usize) -> Result<Value, String> {
        if depth > DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        match c {
            '{' => self.object(depth),
            '[' => self.array(depth),
            '"' => Ok(self.string()?.into()),
            '-' | '0'..='9' => self.number(c),
            't' => self.literal("true", Kind::Bool(true)),
            'f' => self.literal("false", Kind::Bool(false)),
            'n' => self.literal("null", Kind::Nil),
            c => Err(unexpected(c, "looking for beginning of value")),
        }
    }

    fn literal(&mut self, word: &str, kind: Kind) -> Result<Value, String> {
        for wanted in word.chars().skip(1) {
            let c = self.take_within();
            if c != wanted {
                return Err(unexpected(c, &format!("in literal {word} (expecting '{wanted}')")));
            }
        }
        Ok(Value::computed(kind))
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        let mut entries = BTreeMap::new();
        let mut c = self.next_token().ok_or_else(end)?;
        if c == '}' {
            return Ok(Value::map(entries));
        }
        loop {
            if c != '"' {
                return Err(unexpected(c, "looking for beginning of object key string"));
            }
            let key = self.string()?;
            match self.next_token().ok_or_else(end)? {
                ':' => {}
                c => return Err(unexpected(c, "after object key")),
            }
            let value = self.value(depth + 1)?;
            entries.insert(key.as_str().into(), value);
            match self.next_token().ok_or_else(end)? {
                ',' => c = self.next_token().ok_or_else(end)?,
                '}' => return Ok(Value::map(entries)),
                c => return Err(unexpected(c, "after object key:value pair")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        let mut c = self.next_token().ok_or_else(end)?;
        if c == ']' {
            return Ok(Value::list(items));
        }
        loop {
            items.push(self.value_from(c, depth + 1)?);
            match self.next_token().ok_or_else(end)? {
                ',' => c = self.next_token().ok_or_else(end)?,
                ']' => return Ok(Value::list(items)),
                c => return Err(unexpected(c, "after array element")),
            }
        }
    }

    /// Digits, at least one.
    fn digits(&mut self, context: &str) -> Result<(), String> {
        match self.take_within() {
            '0'..='9' => {}
            c => return Err(unexpected(c, context)),
        }
        self.at += self.rest().bytes().take_while(u8::is_ascii_digit).count();
        Ok(())
    }

    fn number(&mut self, first: char) -> Result<Value, String> {
        let start = self.at - 1;
        if first == '-' {
            match self.take_within() {
                '0' => {}
                '1'..='9' => self.at += self.rest().bytes().take_while(u8::is_ascii_digit).count(),
                c => return Err(unexpected(c, "in numeric literal")),
            }
        } else if first != '0' {
            self.at += self.rest().bytes().take_while(u8::is_ascii_digit).count();
        }
        if self.rest().starts_with('.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if self.rest().starts_with(['e', 'E']) {
            self.at += 1;
            if self.rest().starts_with(['+', '-']) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = self.text.as_str().get(start..self.at).unwrap_or_default();
        let number = go_float(text).map(Value::from);
        number.ok_or_else(|| format!("json: cannot unmarshal number {text} into Go value of type float64"))
    }

    /// The string whose opening quote is read.
    fn string(&mut self) -> Result<Text, String> {
        let start = self.at;
        let mut out = String::new();
        loop {
            match self.take().ok_or_else(end)? {
                '"' => {
                    let source = self.text.slice(start..self.at - 1);
                    return Ok(if source.as_str() == out { source } else { source.derived(out) });
                }
                '\\' => out.push(self.escape()?),
                c @ '\0'..='\x1f' => return Err(unexpected(c, "in string literal")),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        Ok(match self.take_within() {
            c @ ('"' | '\\' | '/') => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let code = self.hexadecimal()?;
                let mut pair = None;
                if (0xd800..0xdc00).contains(&code) && self.rest().starts_with("\\u") {
                    let back = self.at;
                    self.at += 2;
                    let low = self.hexadecimal()?;
                    if (0xdc00..0xe000).contains(&low) {
                        pair = char::from_u32(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
                    } else {
                        self.at = back;
                    }
                }
                pair.or_else(|| char::from_u32(code)).unwrap_or('\u{fffd}')
            }
            c => return Err(unexpected(c, "in string escape code")),
        })
    }

    fn hexadecimal(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let c = self.take_within();
            let digit = c.to_digit(16);
            code = code * 16 + digit.ok_or_else(|| unexpected(c, "in \\u hexadecimal character escape"))?;
        }
        Ok(code)
    }
}
