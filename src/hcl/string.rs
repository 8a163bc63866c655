//! The text of quoted strings.

use compact_str::CompactString;

use crate::parser::Parser;

impl Parser<'_> {
    /// The first byte from `at` that is not plainly itself in a quoted string.
    pub(crate) fn plain_end(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or(&[]);
        let len = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'$' | b'%' | b'\n'));
        at + len.unwrap_or(rest.len())
    }

    /// Takes and decodes the text of a quoted string up to its quote, `${`, `%{` or the end of the line.
    pub(crate) fn quoted_text(&mut self) -> CompactString {
        let mut text = CompactString::default();
        loop {
            let end = self.plain_end(self.pos);
            text.push_str(&self.text[self.pos..end]);
            self.pos = end;
            match self.peek() {
                Some(b'\\') => self.escape(&mut text),
                Some(byte @ (b'$' | b'%')) => {
                    if self.peek_at(1) == Some(b'{') {
                        return text;
                    }
                    text.push(char::from(byte));
                    // `$${` is the text `${`.
                    if self.peek_at(1) == Some(byte) && self.peek_at(2) == Some(b'{') {
                        text.push('{');
                        self.pos += 2;
                    }
                    self.pos += 1;
                }
                _ => return text,
            }
        }
    }

    /// Takes one escape sequence; one that is none is an error and stands for itself.
    fn escape(&mut self, text: &mut CompactString) {
        let start = self.pos;
        self.pos += 1;
        let plain = match self.peek() {
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'u') => return self.unicode_escape(start, 4, text),
            Some(b'U') => return self.unicode_escape(start, 8, text),
            _ => {
                let after = self.text.get(self.pos..).and_then(|rest| rest.chars().next()).filter(|c| *c != '\n');
                let len = after.map_or(0, char::len_utf8);
                self.error(start, self.pos + len, "not an escape sequence; a backslash is written `\\\\`");
                text.extend(after);
                self.pos += len;
                return;
            }
        };
        text.push(plain);
        self.pos += 1;
    }

    fn unicode_escape(&mut self, start: usize, digits: usize, text: &mut CompactString) {
        self.pos += 1;
        let end = self.pos + digits;
        let hex = self.text.get(self.pos..end).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32) {
            Some(char) => {
                text.push(char);
                self.pos = end;
            }
            None => {
                self.error(start, self.pos, format!("expected {digits} hexadecimal digits of a character"));
            }
        }
    }
}
