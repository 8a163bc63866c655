//! Regular expressions: what RE2 takes, in the words of our own engine.

use super::Fault;

/// How often a part may be repeated, by RE2's rule.
const MAX_REPEAT: u32 = 1_000;

/// The same pattern for the engine here.
pub(super) fn translated(pattern: &str) -> Result<String, Fault> {
    let mut translation = Translation { chars: pattern.chars().collect(), at: 0, out: String::new() };
    translation.run().ok_or(Fault::Invalid)?;
    Ok(translation.out)
}

struct Translation {
    chars: Vec<char>,
    at: usize,
    out: String,
}

impl Translation {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn literal(&mut self, c: char) {
        self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }

    fn run(&mut self) -> Option<()> {
        // Whether the last thing was a repetition, which cannot be repeated.
        let mut repeated = false;
        while let Some(c) = self.peek(0) {
            let repetition = match c {
                '*' | '+' | '?' => Some(1),
                '{' => self.counted(),
                _ => None,
            };
            if let Some(length) = repetition {
                if repeated {
                    return None;
                }
                self.out.extend(&self.chars[self.at..self.at + length]);
                self.at += length;
                if self.peek(0) == Some('?') {
                    self.out.push('?');
                    self.at += 1;
                }
                repeated = true;
                continue;
            }
            repeated = false;
            self.at += 1;
            match c {
                '{' | '}' | ']' => self.literal(c),
                '[' => self.class()?,
                '\\' => self.escape(false)?,
                '(' if self.peek(0) == Some('?') => self.group()?,
                c => self.out.push(c),
            }
        }
        Some(())
    }

    /// The length of `{2,3}`; other braces are themselves.
    fn counted(&self) -> Option<usize> {
        let end = self.chars[self.at..].iter().position(|c| *c == '}')?;
        let text: String = self.chars[self.at + 1..self.at + end].iter().collect();
        let (least, most) = text.split_once(',').map_or((text.as_str(), None), |(least, most)| (least, Some(most)));
        let digits = |text: &str| !text.is_empty() && text.len() < 9 && text.bytes().all(|b| b.is_ascii_digit());
        let valid = digits(least) && most.is_none_or(|most| most.is_empty() || digits(most));
        valid.then_some(end + 1)
    }

    /// `(?:`, `(?P<name>`, `(?i)`: other marks are not RE2's.
    fn group(&mut self) -> Option<()> {
        let rest: String = self.chars[self.at..].iter().take(4).collect();
        if rest.starts_with("?P<") || rest.starts_with("?<") && !rest.starts_with("?<=") && !rest.starts_with("?<!") {
            let start = self.at + if rest.starts_with("?P") { 3 } else { 2 };
            let end = start + self.chars[start..].iter().position(|c| *c == '>')?;
            let name: String = self.chars[start..end].iter().collect();
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return None;
            }
            // A name that begins with a digit is not known here.
            self.out.push_str(&format!("(?P<{name}>"));
            self.at = end + 1;
            return Some(());
        }
        self.out.push('(');
        self.out.push('?');
        self.at += 1;
        loop {
            let c = self.peek(0)?;
            self.at += 1;
            if !matches!(c, 'i' | 'm' | 's' | 'U' | '-' | ':' | ')') {
                return None;
            }
            self.out.push(c);
            if matches!(c, ':' | ')') {
                return Some(());
            }
        }
    }

    fn class(&mut self) -> Option<()> {
        self.out.push('[');
        if self.peek(0) == Some('^') {
            self.out.push('^');
            self.at += 1;
        }
        let mut first = true;
        loop {
            let c = self.peek(0)?;
            self.at += 1;
            match c {
                ']' if !first => break,
                '[' if self.peek(0) == Some(':') => {
                    match self.chars[self.at..].windows(2).position(|w| w == [':', ']']) {
                        Some(length) => {
                            let name: String = self.chars[self.at..self.at + length + 2].iter().collect();
                            self.out.push('[');
                            self.out.push_str(&name);
                            self.at += length + 2;
                        }
                        None => self.out.push_str("\\["),
                    }
                }
                '\\' => self.escape(true)?,
                // A range, unless it stands at an edge.
                '-' if !first && self.peek(0).is_some_and(|next| next != ']') => self.out.push('-'),
                c if c.is_ascii_punctuation() => self.out.extend(['\\', c]),
                c => self.out.push(c),
            }
            first = false;
        }
        self.out.push(']');
        Some(())
    }

    fn escape(&mut self, class: bool) -> Option<()> {
        let c = self.peek(0)?;
        self.at += 1;
        let set = match c {
            'd' | 'D' => "0-9",
            's' | 'S' => "\\t\\n\\x0C\\r ",
            'w' | 'W' => "0-9A-Za-z_",
            _ => "",
        };
        match c {
            'd' | 's' | 'w' if class => self.out.push_str(set),
            'd' | 's' | 'w' => self.out.push_str(&format!("[{set}]")),
            'D' | 'S' | 'W' => self.out.push_str(&format!("[^{set}]")),
            'b' if !class => self.out.push_str("(?-u:\\b)"),
            'B' if !class => self.out.push_str("(?-u:\\B)"),
            'A' | 'z' if !class => self.out.extend(['\\', c]),
            'Q' if !class => {
                while let Some(c) = self.peek(0) {
                    self.at += 1;
                    if c == '\\' && self.peek(0) == Some('E') {
                        self.at += 1;
                        break;
                    }
                    self.literal(c);
                }
            }
            'a' | 'f' | 'n' | 'r' | 't' | 'v' => self.out.extend(['\\', c]),
            'x' => {
                let digits: String = if self.peek(0) == Some('{') {
                    let end = self.chars[self.at..].iter().position(|c| *c == '}')?;
                    let digits = self.chars[self.at + 1..self.at + end].iter().collect();
                    self.at += end + 1;
                    digits
                } else {
                    let digits = self.chars.get(self.at..self.at + 2)?.iter().collect();
                    self.at += 2;
                    digits
                };
                let c = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)?;
                self.literal(c);
            }
            'p' | 'P' => {
                self.out.extend(['\\', c]);
                let end = match self.peek(0)? {
                    '{' => self.chars[self.at..].iter().position(|c| *c == '}')? + 1,
                    _ => 1,
                };
                self.out.extend(&self.chars[self.at..self.at + end]);
                self.at += end;
            }
            '0'..='7' if c == '0' || self.peek(0).is_some_and(|next| ('0'..='7').contains(&next)) => {
                let mut code = c.to_digit(8)?;
                for _ in 0..2 {
                    match self.peek(0).and_then(|next| next.to_digit(8)) {
                        Some(digit) => {
                            code = code * 8 + digit;
                            self.at += 1;
                        }
                        None => break,
                    }
                }
                self.literal(char::from_u32(code)?);
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => self.literal(c),
            _ => return None,
        }
        Some(())
    }
}

/// Whether a repetition goes beyond what RE2 allows.
pub(super) fn repeats_too_often(pattern: &str) -> bool {
    pattern.split('{').skip(1).any(|after| {
        let counts = after.split('}').next().unwrap_or_default();
        let valid = counts.bytes().all(|b| b.is_ascii_digit() || b == b',') && !counts.starts_with(',');
        valid && counts.split(',').any(|n| n.parse::<u32>().is_ok_and(|n| n > MAX_REPEAT))
    })
}
