//! Go's regular expressions, in the words of the `regex` crate.

use std::fmt::Write as _;

/// How often an expression may be repeated at most.
const MAX_REPEAT: u32 = 1000;

/// An expression for the `regex` crate, and the names of its groups.
pub(super) struct Pattern {
    pub(super) regex: String,
    /// The name of each group, from the first on.
    pub(super) groups: Vec<Option<String>>,
}

/// Reads Go's syntax; the error is worded as Go's.
pub(super) fn translate(pattern: &str) -> Result<Pattern, String> {
    let mut reader = Reader {
        text: pattern,
        at: 0,
        out: String::with_capacity(pattern.len() + 16),
        groups: Vec::new(),
        open: 0,
        operand: false,
        repeat: None,
    };
    while reader.at < pattern.len() {
        reader.item()?;
    }
    if reader.open > 0 {
        return Err(error("missing closing )", pattern));
    }
    Ok(Pattern { regex: reader.out, groups: reader.groups })
}

fn error(what: &str, part: &str) -> String {
    format!("error parsing regexp: {what}: `{part}`")
}

const RANGE: &str = "invalid character class range";
const REPEAT: &str = "invalid repeat count";

struct Reader<'a> {
    text: &'a str,
    at: usize,
    out: String,
    groups: Vec<Option<String>>,
    open: usize,
    /// Whether there is something to repeat.
    operand: bool,
    /// Where the repetition that ends here began.
    repeat: Option<usize>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn take(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn item(&mut self) -> Result<(), String> {
        let start = self.at;
        let Some(c) = self.take() else { return Ok(()) };
        let repeated = self.repeat.take();
        match c {
            '(' => return self.group(start),
            '|' => {
                self.out.push('|');
                self.operand = false;
                return Ok(());
            }
            ')' => {
                if self.open == 0 {
                    return Err(error("unexpected )", self.text));
                }
                self.open -= 1;
                self.out.push(')');
            }
            '*' | '+' | '?' => {
                self.out.push(c);
                return self.repetition(start, repeated);
            }
            '{' => match counts(self.rest()) {
                Some((counts, len)) => {
                    self.at += len;
                    let part = &self.text[start..self.at];
                    if counts.0 > MAX_REPEAT || counts.1.is_some_and(|most| most > MAX_REPEAT || most < counts.0) {
                        return Err(error(REPEAT, part));
                    }
                    self.out.push_str(part);
                    return self.repetition(start, repeated);
                }
                None => self.out.push_str(r"\{"),
            },
            '[' => self.class(start)?,
            '\\' => self.escape(start)?,
            '^' | '$' | '.' => self.out.push(c),
            c => self.literal(c),
        }
        self.operand = true;
        Ok(())
    }

    fn literal(&mut self, c: char) {
        if c.is_alphanumeric() || c == ' ' {
            self.out.push(c);
        } else {
            let _ = write!(self.out, r"\x{{{:x}}}", u32::from(c));
        }
    }

    /// What follows a repetition that began at `start`, itself perhaps after another.
    fn repetition(&mut self, start: usize, repeated: Option<usize>) -> Result<(), String> {
        if self.eat("?") {
            self.out.push('?');
        }
        if !self.operand {
            return Err(error("missing argument to repetition operator", &self.text[start..self.at]));
        }
        if let Some(before) = repeated {
            return Err(error("invalid nested repetition operator", &self.text[before..self.at]));
        }
        self.repeat = Some(start);
        Ok(())
    }

    fn group(&mut self, start: usize) -> Result<(), String> {
        self.operand = false;
        if !self.eat("?") {
            self.groups.push(None);
            self.open += 1;
            self.out.push('(');
            return Ok(());
        }
        if self.eat("P<") || self.eat("<") {
            let Some(end) = self.rest().find('>') else {
                return Err(error("invalid named capture", &self.text[start..]));
            };
            let name = &self.rest()[..end];
            self.at += end + 1;
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(word) {
                return Err(error("invalid named capture", &self.text[start..self.at]));
            }
            self.groups.push(Some(name.to_owned()));
            self.open += 1;
            self.out.push('(');
            return Ok(());
        }
        let mut sign = false;
        let mut flags = 0;
        loop {
            match self.take() {
                Some('i' | 'm' | 's' | 'U') => flags += 1,
                Some('-') if !sign => {
                    sign = true;
                    flags = 0;
                }
                Some(end @ (':' | ')')) if !sign || flags > 0 => {
                    let group = &self.text[start..self.at];
                    if end == ':' {
                        self.open += 1;
                        self.out.push_str(group);
                    } else if group != "(?)" {
                        self.out.push_str(group);
                    }
                    return Ok(());
                }
                Some(_) => {
                    return Err(error("invalid or unsupported Perl syntax", &self.text[start..self.at]));
                }
                None => return Err(error("missing closing )", self.text)),
            }
        }
    }

    fn escape(&mut self, start: usize) -> Result<(), String> {
        if self.eat("Q") {
            let rest = self.rest();
            let (literal, skip) = match rest.find(r"\E") {
                Some(end) => (&rest[..end], end + 2),
                None => (rest, rest.len()),
            };
            self.at += skip;
            for c in literal.chars() {
                self.literal(c);
            }
            return Ok(());
        }
        for (mark, word) in [("A", r"\A"), ("z", r"\z"), ("b", r"(?-u:\b)"), ("B", r"\B")] {
            if self.eat(mark) {
                self.out.push_str(word);
                return Ok(());
            }
        }
        if let Some(class) = self.shared_class(start)? {
            self.out.push_str(&class);
            return Ok(());
        }
        let c = self.character(start)?;
        self.literal(c);
        Ok(())
    }

    /// `\d` and `\pL`, which are alike in a class and outside; the `\` is read.
    fn shared_class(&mut self, start: usize) -> Result<Option<String>, String> {
        let class = match self.rest().chars().next() {
            Some('d') => "[0-9]",
            Some('D') => "[^0-9]",
            Some('s') => r"[\t\n\x0C\r ]",
            Some('S') => r"[^\t\n\x0C\r ]",
            Some('w') => "[0-9A-Za-z_]",
            Some('W') => "[^0-9A-Za-z_]",
            Some(p @ ('p' | 'P')) => {
                self.at += 1;
                return self.property(start, p == 'P').map(Some);
            }
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(class.to_owned()))
    }

    fn property(&mut self, start: usize, negated: bool) -> Result<String, String> {
        let invalid = |reader: &Self| error(RANGE, &reader.text[start..reader.at]);
        let name = if self.eat("{") {
            let Some(end) = self.rest().find('}') else {
                return Err(error(RANGE, &self.text[start..]));
            };
            let name = &self.rest()[..end];
            self.at += end + 1;
            name
        } else {
            let from = self.at;
            self.take();
            &self.text[from..self.at]
        };
        let (negated, name) = match name.strip_prefix('^') {
            Some(name) => (!negated, name),
            None => (negated, name),
        };
        const CATEGORIES: &str = "C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk \
            Sm So Z Zl Zp Zs Any";
        let p = if negated { 'P' } else { 'p' };
        if CATEGORIES.split_ascii_whitespace().any(|category| category == name) {
            return Ok(format!(r"\{p}{{{name}}}"));
        }
        let script = name.len() > 2 && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
        if !script || !name.starts_with(|c: char| c.is_ascii_uppercase()) {
            return Err(invalid(self));
        }
        let class = format!(r"\{p}{{sc={name}}}");
        // The `regex` crate knows which scripts there are.
        regex::Regex::new(&class).map_err(|_| invalid(self))?;
        Ok(class)
    }

    /// The character that an escape stands for; the `\` is read.
    fn character(&mut self, start: usize) -> Result<char, String> {
        let Some(c) = self.take() else {
            return Err(error("trailing backslash at end of expression", ""));
        };
        let octal = |c: char| c.to_digit(8);
        let code = match c {
            '1'..='7' if !self.rest().starts_with(|c| octal(c).is_some()) => None,
            '0'..='7' => {
                let mut code = octal(c).unwrap_or(0);
                for _ in 0..2 {
                    let Some(digit) = self.rest().chars().next().and_then(octal) else { break };
                    code = code * 8 + digit;
                    self.at += 1;
                }
                Some(code)
            }
            'x' => self.hexadecimal(),
            'a' => Some(7),
            'f' => Some(12),
            'n' => Some(10),
            'r' => Some(13),
            't' => Some(9),
            'v' => Some(11),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(u32::from(c)),
            _ => None,
        };
        code.and_then(char::from_u32).ok_or_else(|| error("invalid escape sequence", &self.text[start..self.at]))
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        if self.eat("{") {
            let end = self.rest().find('}')?;
            let digits = &self.rest()[..end];
            self.at += end + 1;
            return u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() <= 8);
        }
        let digits = self.rest().get(..2)?;
        self.at += 2;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }

    fn class(&mut self, start: usize) -> Result<(), String> {
        let missing = || error("missing closing ]", &self.text[start..]);
        let missing = missing();
        self.out.push('[');
        if self.eat("^") {
            self.out.push('^');
        }
        let mut first = true;
        while first || !self.rest().starts_with(']') {
            if self.rest().is_empty() {
                return Err(missing);
            }
            first = false;
            if self.rest().starts_with("[:")
                && let Some(end) = self.rest()[2..].find(":]")
            {
                let name = &self.rest()[..end + 4];
                self.at += end + 4;
                const NAMES: &str =
                    "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit";
                let plain = name[2..name.len() - 2].strip_prefix('^').unwrap_or(&name[2..name.len() - 2]);
                if !NAMES.split(' ').any(|known| known == plain) {
                    return Err(error(RANGE, name));
                }
                self.out.push_str(name);
                continue;
            }
            let from = self.at;
            if self.rest().starts_with('\\') {
                self.at += 1;
                if let Some(class) = self.shared_class(from)? {
                    self.out.push_str(&class);
                    continue;
                }
                self.at = from;
            }
            let low = self.class_character(&missing)?;
            let high = if self.rest().starts_with('-') && !self.rest()[1..].starts_with(']') && self.rest().len() > 1 {
                self.at += 1;
                self.class_character(&missing)?
            } else {
                low
            };
            if high < low {
                return Err(error(RANGE, &self.text[from..self.at]));
            }
            let _ = write!(self.out, r"\x{{{:x}}}-\x{{{:x}}}", u32::from(low), u32::from(high));
        }
        self.at += 1;
        self.out.push(']');
        Ok(())
    }

    fn class_character(&mut self, missing: &str) -> Result<char, String> {
        let start = self.at;
        match self.take() {
            Some('\\') => self.character(start),
            Some(c) => Ok(c),
            None => Err(missing.to_owned()),
        }
    }
}

/// `2,3}` after a `{`: the counts, and how long they are.
fn counts(text: &str) -> Option<((u32, Option<u32>), usize)> {
    let end = text.find('}')?;
    let number = |digits: &str| {
        let padded = digits.len() > 1 && digits.starts_with('0');
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        (plain && !padded).then(|| digits.parse().unwrap_or(u32::MAX))
    };
    let counts = match text[..end].split_once(',') {
        None => number(&text[..end]).map(|count| (count, Some(count)))?,
        Some((least, "")) => (number(least)?, None),
        Some((least, most)) => (number(least)?, Some(number(most)?)),
    };
    Some((counts, end + 1))
}
