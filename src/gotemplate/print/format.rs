//! `fmt.Sprintf`.

use std::fmt::Write as _;

use super::{MAX_DEPTH, fits, float, quoted, quoted_char};
use crate::text::Text;
use crate::value::{Kind, Value};

/// The largest width and precision that Go takes.
const MAX_WIDTH: usize = 1_000_000;

/// The flags of one verb.
#[derive(Clone, Copy, Default)]
pub(crate) struct Style {
    sharp: bool,
    /// `%+v`: the names of fields; no sign.
    named: bool,
    zero: bool,
    plus: bool,
    minus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// `fmt.Sprintf`, each part with its places.
pub(crate) fn sprintf(format: &Text, args: &[Value]) -> Result<Text, String> {
    let mut printer = Printer { format, args, at: 0, next: 0, reordered: false, good: true };
    let mut out = Text::default();
    while let Some(found) = printer.rest().find('%') {
        out.push_slice(format, printer.at..printer.at + found);
        printer.at += found + 1;
        printer.verb(&mut out)?;
        fits(out.len())?;
    }
    out.push_slice(format, printer.at..format.len());
    if !printer.reordered
        && let Some(extra) = args.get(printer.next..).filter(|extra| !extra.is_empty())
    {
        let mut shown = Vec::with_capacity(extra.len());
        for value in extra {
            shown.push(match value.kind {
                Kind::Nil => "<nil>".to_owned(),
                _ => format!("{}={}", value.type_name(), value.printed()?),
            });
        }
        out.push_str(&format!("%!(EXTRA {})", shown.join(", ")));
    }
    Ok(out)
}

struct Printer<'a> {
    format: &'a Text,
    args: &'a [Value],
    at: usize,
    /// The next argument.
    next: usize,
    reordered: bool,
    /// Whether the last `[n]` named an argument.
    good: bool,
}

impl Printer<'_> {
    fn rest(&self) -> &str {
        self.format.as_str().get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    /// What follows a `%`.
    fn verb(&mut self, out: &mut Text) -> Result<(), String> {
        let mut style = Style::default();
        self.good = true;
        while let Some(c) = self.peek() {
            match c {
                '#' => style.sharp = true,
                '0' => style.zero = true,
                '+' => style.plus = true,
                '-' => style.minus = true,
                ' ' => style.space = true,
                _ => break,
            }
            self.at += 1;
        }
        let mut indexed = self.index();
        if self.take('*') {
            match self.int() {
                Some(width) => {
                    style.minus |= width < 0;
                    style.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => out.push_str("%!(BADWIDTH)"),
            }
            indexed = false;
        } else {
            style.width = self.number();
            if indexed && style.width.is_some() {
                self.good = false;
            }
        }
        if self.take('.') {
            if indexed {
                self.good = false;
            }
            indexed = self.index();
            if self.take('*') {
                match self.int() {
                    Some(precision) if precision >= 0 => style.precision = usize::try_from(precision).ok(),
                    _ => out.push_str("%!(BADPREC)"),
                }
                indexed = false;
            } else {
                style.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !indexed {
            self.index();
        }
        let Some(verb) = self.peek() else {
            out.push_str("%!(NOVERB)");
            return Ok(());
        };
        self.at += verb.len_utf8();
        if verb == '%' {
            out.push_str("%");
        } else if !self.good {
            out.push_str(&format!("%!{verb}(BADINDEX)"));
        } else if let Some(value) = self.args.get(self.next) {
            self.next += 1;
            if verb == 'v' {
                (style.named, style.plus) = (style.plus, false);
            }
            out.push(&style.printed(value, verb)?);
        } else {
            out.push_str(&format!("%!{verb}(MISSING)"));
        }
        Ok(())
    }

    /// `[n]`: which argument comes next.
    fn index(&mut self) -> bool {
        if !self.take('[') {
            return false;
        }
        self.reordered = true;
        let Some(close) = self.rest().find(']') else {
            self.good = false;
            return false;
        };
        let number = self.rest().get(..close).and_then(|number| number.parse::<usize>().ok());
        self.at += close + 1;
        match number.and_then(|number| number.checked_sub(1)).filter(|index| *index < self.args.len()) {
            Some(index) => self.next = index,
            None => self.good = false,
        }
        true
    }

    fn number(&mut self) -> Option<usize> {
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest.get(..length).and_then(|digits| digits.parse().ok());
        self.at += length;
        number.filter(|number| *number <= MAX_WIDTH)
    }

    /// The argument for a `*`.
    fn int(&mut self) -> Option<i64> {
        let value = self.args.get(self.next)?;
        self.next += 1;
        match value.kind {
            Kind::Int(number) if usize::try_from(number.unsigned_abs()).is_ok_and(|n| n <= MAX_WIDTH) => Some(number),
            _ => None,
        }
    }
}

impl Style {
    /// One argument.
    fn printed(&self, value: &Value, verb: char) -> Result<Text, String> {
        let whole = self.width.is_none() && self.precision.is_none() && !self.sharp;
        if let (true, 's' | 'v', Some(text)) = (whole, verb, value.text()) {
            return Ok(text);
        }
        let mut out = String::new();
        if verb == 'T' {
            self.pad(&mut out, value.type_name());
        } else {
            self.write(&mut out, value, verb, 0)?;
        }
        Ok(match value.text() {
            Some(text) => text.derived(out),
            None => value.placed(Text::new(out)),
        })
    }

    /// Writes a value, in full for a list or a map.
    pub(crate) fn write(&self, out: &mut String, value: &Value, verb: char, depth: usize) -> Result<(), String> {
        fits(out.len())?;
        if depth > MAX_DEPTH {
            return Err(format!("the value nests more than {MAX_DEPTH} levels deep, or holds itself"));
        }
        match &value.kind {
            Kind::Nil if depth > 0 => out.push_str(if self.go(verb) { "interface {}(nil)" } else { "<nil>" }),
            Kind::Nil if verb == 'v' => self.pad(out, "<nil>"),
            Kind::Nil => {
                // Writing to a string cannot fail.
                let _ = write!(out, "%!{verb}(<nil>)");
            }
            Kind::Bool(flag) if matches!(verb, 'v' | 't') => self.pad(out, if *flag { "true" } else { "false" }),
            Kind::Int(number) => return self.int(out, *number, verb),
            Kind::Float(number) => return self.float(out, *number, verb),
            Kind::Text(text) => return self.string(out, text.as_str(), verb),
            Kind::Bool(_) => return bad(out, value, verb),
            Kind::List(list) => {
                let (open, separator, close) =
                    if self.go(verb) { ("[]interface {}{", ", ", "}") } else { ("[", " ", "]") };
                out.push_str(open);
                for (index, element) in list.iter().enumerate() {
                    if index > 0 {
                        out.push_str(separator);
                    }
                    self.write(out, element, verb, depth + 1)?;
                }
                out.push_str(close);
            }
            Kind::Map(map) if map.is_struct() => {
                out.push('{');
                for (index, (name, field)) in map.borrow().iter().enumerate() {
                    if index > 0 {
                        out.push(' ');
                    }
                    if self.named {
                        out.push_str(name);
                        out.push(':');
                    }
                    self.write(out, field, verb, depth + 1)?;
                }
                out.push('}');
            }
            Kind::Map(map) => {
                let (open, separator, close) =
                    if self.go(verb) { ("map[string]interface {}{", ", ", "}") } else { ("map[", " ", "]") };
                out.push_str(open);
                for (index, (key, element)) in map.borrow().iter().enumerate() {
                    if index > 0 {
                        out.push_str(separator);
                    }
                    self.string(out, key, verb)?;
                    out.push(':');
                    self.write(out, element, verb, depth + 1)?;
                }
                out.push_str(close);
            }
            Kind::Object(object) => return self.write(out, &object.value(), verb, depth + 1),
        }
        Ok(())
    }

    /// Whether a value is to look like Go's source: `%#v`.
    fn go(&self, verb: char) -> bool {
        verb == 'v' && self.sharp
    }

    fn pad(&self, out: &mut String, text: &str) {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        if self.minus {
            out.push_str(text);
            out.extend(std::iter::repeat_n(' ', missing));
        } else {
            out.extend(std::iter::repeat_n(if self.zero { '0' } else { ' ' }, missing));
            out.push_str(text);
        }
    }

    fn string(&self, out: &mut String, text: &str, verb: char) -> Result<(), String> {
        let cut: String;
        let text = match self.precision {
            Some(precision) if matches!(verb, 's' | 'v' | 'q') => {
                cut = text.chars().take(precision).collect();
                &cut
            }
            Some(precision) if matches!(verb, 'x' | 'X') => {
                cut = String::from_utf8_lossy(text.as_bytes().get(..precision).unwrap_or(text.as_bytes())).into();
                &cut
            }
            _ => text,
        };
        match verb {
            'v' if self.sharp => self.pad(out, &quoted(text, false)),
            'v' | 's' => self.pad(out, text),
            'q' if self.sharp && !text.contains(|c: char| c == '`' || (c.is_control() && c != '\t')) => {
                self.pad(out, &format!("`{text}`"));
            }
            'q' => self.pad(out, &quoted(text, self.plus)),
            'x' | 'X' => {
                let mut hex = String::with_capacity(text.len() * 2);
                for (index, byte) in text.bytes().enumerate() {
                    if self.space && index > 0 {
                        hex.push(' ');
                    }
                    if self.sharp && (self.space || index == 0) {
                        hex.push_str("0x");
                    }
                    let _ = write!(hex, "{byte:02x}");
                }
                self.pad(out, &if verb == 'X' { hex.to_uppercase() } else { hex });
            }
            _ => return bad(out, &Value::from(text), verb),
        }
        fits(out.len())
    }

    fn int(&self, out: &mut String, number: i64, verb: char) -> Result<(), String> {
        let c = u32::try_from(number).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
        let magnitude = number.unsigned_abs();
        let (mut digits, prefix) = match verb {
            'd' | 'v' => (magnitude.to_string(), ""),
            'b' => (format!("{magnitude:b}"), if self.sharp { "0b" } else { "" }),
            'o' => (format!("{magnitude:o}"), if self.sharp { "0" } else { "" }),
            'O' => (format!("{magnitude:o}"), "0o"),
            'x' => (format!("{magnitude:x}"), if self.sharp { "0x" } else { "" }),
            'X' => (format!("{magnitude:X}"), if self.sharp { "0X" } else { "" }),
            'c' => {
                self.pad(out, c.encode_utf8(&mut [0; 4]));
                return Ok(());
            }
            'q' => {
                self.pad(out, &quoted_char(c));
                return Ok(());
            }
            'U' => {
                let shown = if self.sharp { format!(" '{c}'") } else { String::new() };
                Style { zero: false, ..*self }.pad(out, &format!("U+{magnitude:04X}{shown}"));
                return Ok(());
            }
            _ => return bad(out, &Value::from(number), verb),
        };
        let sign = match (number < 0, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let count = match (self.precision, self.width) {
            (Some(0), _) if number == 0 => {
                Style { zero: false, ..*self }.pad(out, "");
                return Ok(());
            }
            (Some(precision), _) => precision,
            (None, Some(width)) if self.zero && !self.minus => width - sign.len().min(width),
            _ => 0,
        };
        if digits.len() < count {
            digits = "0".repeat(count - digits.len()) + &digits;
        }
        let prefix = if prefix == "0" && digits.starts_with('0') { "" } else { prefix };
        Style { zero: false, ..*self }.pad(out, &format!("{sign}{prefix}{digits}"));
        Ok(())
    }

    fn float(&self, out: &mut String, number: f64, verb: char) -> Result<(), String> {
        let six = Some(self.precision.unwrap_or(6));
        let text = match verb {
            'v' | 'g' | 'G' => float(number, 'g', self.precision),
            'e' | 'E' => float(number, 'e', six),
            'f' | 'F' => float(number, 'f', six),
            _ => return bad(out, &Value::from(number), verb),
        };
        let text = if verb.is_uppercase() && number.is_finite() { text.to_uppercase() } else { text };
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(&text)),
        };
        let sign = match (negative, self.plus || (number.is_infinite() && !self.space), self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let zero = self.zero && number.is_finite();
        if zero && !self.minus {
            let missing = self.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
            out.push_str(sign);
            out.extend(std::iter::repeat_n('0', missing));
            out.push_str(digits);
        } else {
            Style { zero: false, ..*self }.pad(out, &format!("{sign}{digits}"));
        }
        Ok(())
    }
}

/// What Go writes for a verb that does not fit the value.
fn bad(out: &mut String, value: &Value, verb: char) -> Result<(), String> {
    let _ = write!(out, "%!{verb}({}={})", value.type_name(), value.printed()?);
    Ok(())
}
