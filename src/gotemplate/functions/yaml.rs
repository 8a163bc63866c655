//! YAML, byte for byte as Go's libraries write it: charts hash it.

use std::cmp::Ordering;

use compact_str::CompactString;

use super::arguments::{Arguments, plain};
use super::json;
use super::time::as_time;
use super::writing::{DEPTH, Writer, marshalled};
use super::yaml_scalar::{Scalar, is_base60, resolve, resolve_core};
use crate::call::Call;
use crate::print;
use crate::text::Text;
use crate::value::{Kind, Value};

type Result = std::result::Result<Value, String>;

/// After how many characters a scalar is broken at its next space.
const WIDTH: usize = 80;

/// How much one level is indented.
const INDENT: usize = 2;

/// Which library writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Library {
    /// `sigs.k8s.io/yaml`: JSON first, then go-yaml 2.
    Kubernetes,
    /// go-yaml 3 with an indentation of two.
    Pretty,
}

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// Where a node stands.
#[derive(Clone, Copy)]
struct Context {
    /// As a value of a map, on the line of its key.
    value: bool,
    /// As a key on one line.
    simple_key: bool,
}

const ITEM: Context = Context { value: false, simple_key: false };

struct Emitter<'c, 'a, 't> {
    writer: Writer<'c, 'a, 't>,
    library: Library,
    column: usize,
    /// The indentation of the collection; `None` outside of all.
    indent: Option<usize>,
    /// Whether the last character is a space, or nothing is on the line.
    whitespace: bool,
    /// Whether the line holds nothing but indentation and indicators.
    indention: bool,
}

impl Emitter<'_, '_, '_> {
    fn put(&mut self, c: char) {
        self.writer.put_char(c);
        self.column += 1;
    }

    fn put_str(&mut self, text: &str) {
        for c in text.chars() {
            self.put(c);
        }
    }

    fn end_line(&mut self) {
        self.writer.put_char('\n');
        self.column = 0;
    }

    /// A line break that is in a scalar.
    fn put_break(&mut self, c: char) {
        if c == '\n' {
            self.end_line();
        } else {
            self.writer.put_char(c);
            self.column = 0;
        }
    }

    fn start_line(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || self.column == indent && !self.whitespace {
            self.end_line();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn indicator(&mut self, text: &str, space_before: bool, space: bool, indention: bool) {
        if space_before && !self.whitespace {
            self.put(' ');
        }
        self.put_str(text);
        self.whitespace = space;
        self.indention &= indention;
    }

    fn node(&mut self, value: &Value, context: Context, depth: usize) -> std::result::Result<(), String> {
        self.writer.pay()?;
        if depth > DEPTH {
            return Err("yaml: the value is nested too deeply".to_owned());
        }
        let plain = marshalled(value);
        match &plain.kind {
            Kind::List(list) if list.is_empty() => {
                self.writer.at(value);
                self.indicator("[]", true, false, false);
            }
            Kind::List(list) => {
                let outer = self.indent;
                let beside_key = context.value && !self.indention && self.library == Library::Kubernetes;
                self.indent = Some(match outer {
                    None => 0,
                    Some(indent) if beside_key => indent,
                    Some(indent) => indent + INDENT,
                });
                for item in list.iter() {
                    self.writer.at(item);
                    self.start_line();
                    self.indicator("-", true, false, true);
                    self.node(item, ITEM, depth + 1)?;
                }
                self.indent = outer;
            }
            Kind::Map(map) if map.is_empty() => {
                self.writer.at(value);
                self.indicator("{}", true, false, false);
            }
            Kind::Map(map) => {
                let outer = self.indent;
                self.indent = Some(outer.map_or(0, |indent| indent + INDENT));
                let mut entries: Vec<_> = map.borrow().iter().map(|(key, item)| (key.clone(), item.clone())).collect();
                sort(&mut entries, self.library);
                for (key, item) in entries {
                    self.entry(&key, &item, depth)?;
                }
                self.indent = outer;
            }
            _ => {
                self.writer.at(&plain);
                let (text, mut style) = self.scalar_text(&plain)?;
                if self.library == Library::Pretty && as_time(value).is_some() {
                    style = Style::Plain;
                }
                self.scalar(&text, style, context);
            }
        }
        self.writer.at(&Value::NIL);
        Ok(())
    }

    fn entry(&mut self, key: &str, item: &Value, depth: usize) -> std::result::Result<(), String> {
        self.writer.at(item);
        self.start_line();
        let style = self.style(key);
        let value = Context { value: true, simple_key: false };
        if !key.contains(is_break) && key.len() <= 128 {
            self.scalar(key, style, Context { value: false, simple_key: true });
            self.indicator(":", false, false, false);
        } else {
            self.indicator("?", true, false, true);
            self.scalar(key, style, value);
            self.start_line();
            self.indicator(":", true, false, true);
        }
        self.node(item, value, depth + 1)
    }

    /// The text of a scalar, and how to write it.
    fn scalar_text(&self, value: &Value) -> std::result::Result<(CompactString, Style), String> {
        Ok(match &value.kind {
            Kind::Bool(true) => ("true".into(), Style::Plain),
            Kind::Bool(false) => ("false".into(), Style::Plain),
            Kind::Int(value) => (CompactString::from(value.to_string()), Style::Plain),
            Kind::Float(value) => (self.float(*value)?, Style::Plain),
            Kind::Text(text) => (text.as_str().into(), self.style(text.as_str())),
            _ => ("null".into(), Style::Plain),
        })
    }

    fn float(&self, value: f64) -> std::result::Result<CompactString, String> {
        if self.library == Library::Kubernetes {
            let Some(text) = json::number(value) else {
                return Err("json: unsupported value".to_owned());
            };
            // What JSON writes without a fraction is an integer when it is read again.
            match resolve(&text) {
                Scalar::Int(value) => return Ok(value.to_string().into()),
                Scalar::Large(value) => return Ok(value.to_string().into()),
                _ => {}
            }
        }
        Ok(match value {
            f64::INFINITY => ".inf".into(),
            f64::NEG_INFINITY => "-.inf".into(),
            value if value.is_nan() => ".nan".into(),
            value => print::float(value, 'g', None).into(),
        })
    }

    fn style(&self, text: &str) -> Style {
        let plain = match self.library {
            Library::Kubernetes => matches!(resolve(text), Scalar::Text | Scalar::Merge),
            Library::Pretty => {
                matches!(resolve_core(text), Scalar::Text | Scalar::Merge) && !matches!(resolve(text), Scalar::Bool(_))
            }
        };
        if text.contains('\n') {
            Style::Literal
        } else if plain && !is_base60(text) {
            Style::Plain
        } else {
            Style::Double
        }
    }

    fn scalar(&mut self, text: &str, style: Style, context: Context) {
        let allowed = Allowed::new(text, self.library);
        let simple_key = context.simple_key;
        let mut style = if simple_key && allowed.multiline { Style::Double } else { style };
        if style == Style::Plain && (!allowed.plain || text.is_empty() && simple_key) {
            style = Style::Single;
        }
        if style == Style::Single && !allowed.single || style == Style::Literal && (!allowed.literal || simple_key) {
            style = Style::Double;
        }
        let outer = self.indent;
        self.indent = Some(outer.unwrap_or(0) + if outer.is_some() || !simple_key { INDENT } else { 0 });
        let fold = !simple_key && self.library == Library::Kubernetes;
        match style {
            Style::Plain => self.plain(text, fold),
            Style::Single => self.single(text, fold),
            Style::Double => self.double(text, fold),
            Style::Literal => self.literal(text),
        }
        self.indent = outer;
    }

    fn plain(&mut self, text: &str, fold: bool) {
        if !self.whitespace {
            self.put(' ');
        }
        let mut spaces = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c == ' ' && fold && !spaces && self.column > WIDTH && chars.peek() != Some(&' ') {
                self.start_line();
            } else {
                self.put(c);
                if c != ' ' {
                    self.indention = false;
                }
            }
            spaces = c == ' ';
        }
        self.whitespace = false;
        self.indention = false;
    }

    fn single(&mut self, text: &str, fold: bool) {
        self.indicator("'", true, false, false);
        let (mut spaces, mut breaks) = (false, false);
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            if c == ' ' {
                let inside = at > 0 && next.is_some_and(|next| next != ' ');
                if fold && !spaces && self.column > WIDTH && inside {
                    self.start_line();
                } else {
                    self.put(c);
                }
                spaces = true;
            } else if is_break(c) {
                if !breaks && c == '\n' {
                    self.end_line();
                }
                self.put_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.start_line();
                }
                if c == '\'' {
                    self.put(c);
                }
                self.put(c);
                self.indention = false;
                (spaces, breaks) = (false, false);
            }
        }
        self.indicator("'", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn double(&mut self, text: &str, fold: bool) {
        self.indicator("\"", true, false, false);
        let mut spaces = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            if !is_printable(c) || is_break(c) || matches!(c, '\u{feff}' | '"' | '\\') {
                self.escape(c);
                spaces = false;
            } else if c == ' ' {
                if fold && !spaces && self.column > WIDTH && at > 0 && next.is_some() {
                    self.start_line();
                    if next == Some(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                spaces = true;
            } else {
                self.put(c);
                spaces = false;
            }
        }
        self.indicator("\"", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn escape(&mut self, c: char) {
        let short = match c {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            c => {
                let code = u32::from(c);
                self.put_str(&match code {
                    0..=0xff => format!("\\x{code:02X}"),
                    0x100..=0xffff => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                });
                return;
            }
        };
        self.put('\\');
        self.put(short);
    }

    fn literal(&mut self, text: &str) {
        self.indicator("|", true, false, false);
        let mut ends = text.chars().rev();
        let (last, before) = (ends.next(), ends.next());
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.put_str("2");
        }
        if !last.is_some_and(is_break) {
            self.put('-');
        } else if before.is_none_or(is_break) {
            self.put('+');
        }
        self.end_line();
        self.indention = true;
        self.whitespace = true;
        let mut breaks = true;
        for c in text.chars() {
            if is_break(c) {
                self.put_break(c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.start_line();
                }
                self.put(c);
                self.indention = false;
                breaks = false;
            }
        }
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// Which styles a scalar may have.
struct Allowed {
    multiline: bool,
    plain: bool,
    single: bool,
    literal: bool,
}

impl Allowed {
    fn new(text: &str, library: Library) -> Allowed {
        if text.is_empty() {
            return Allowed { multiline: false, plain: true, single: true, literal: false };
        }
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut line_breaks, mut space_break, mut break_space) = (false, false, false, false);
        let mut previous = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let followed = chars.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
            indicators |= match (previous, c) {
                (None, '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>') => true,
                (None, '\'' | '"' | '%' | '@' | '`') => true,
                (None, '?' | '-') | (_, ':') => followed,
                (Some(before), '#') => matches!(before, ' ' | '\t' | '\0') || is_break(before),
                _ => false,
            };
            special |= !is_printable(c) && (c != '\t' || library == Library::Kubernetes);
            if c == ' ' {
                break_space |= previous.is_some_and(is_break);
            } else if is_break(c) {
                line_breaks = true;
                space_break |= previous == Some(' ');
            }
            previous = Some(c);
        }
        let edge = |c: char| c == ' ' || is_break(c);
        let edges = text.starts_with(edge) || text.ends_with(edge);
        let tab = library == Library::Pretty && text.contains('\t');
        Allowed {
            multiline: line_breaks,
            plain: !(edges || break_space || space_break || special || line_breaks || indicators || tab),
            single: !(break_space || space_break || special || tab),
            literal: !(text.ends_with(' ') || space_break || special),
        }
    }
}

/// Sorts keys as go-yaml does, where numbers within keys count as numbers. The order is not transitive, which a sort
/// of the standard library would not bear.
fn sort(entries: &mut Vec<(CompactString, Value)>, library: Library) {
    if entries.len() < 2 {
        return;
    }
    let mut right = entries.split_off(entries.len() / 2);
    sort(entries, library);
    sort(&mut right, library);
    let (mut a, mut b) = (std::mem::take(entries).into_iter().peekable(), right.into_iter().peekable());
    while let (Some(first), Some(second)) = (a.peek(), b.peek()) {
        let next = if compare(&second.0, &first.0, library) == Ordering::Less { b.next() } else { a.next() };
        entries.extend(next);
    }
    entries.extend(a);
    entries.extend(b);
}

fn compare(a: &str, b: &str, library: Library) -> Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut digits = false;
    for (at, (x, y)) in left.iter().zip(&right).enumerate() {
        if x == y {
            digits = x.is_numeric();
            continue;
        }
        match (x.is_alphabetic(), y.is_alphabetic()) {
            (true, true) => return x.cmp(y),
            (false, false) => {}
            (letter, _) => {
                let first = if library == Library::Pretty && digits { letter } else { !letter };
                return if first { Ordering::Less } else { Ordering::Greater };
            }
        }
        // Zeros count only after another digit.
        let before = left[..at].iter().rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0');
        let start = i64::from((*x == '0' || *y == '0') && before);
        let number = |chars: &[char]| {
            let run: Vec<char> = chars[at..].iter().copied().take_while(char::is_ascii_digit).collect();
            let value = run.iter().fold(start, |value, digit| {
                value.wrapping_mul(10).wrapping_add(i64::from(digit.to_digit(10).unwrap_or(0)))
            });
            (value, run.len())
        };
        return number(&left).cmp(&number(&right)).then(x.cmp(y));
    }
    left.len().cmp(&right.len())
}

fn marshal(call: &mut Call<'_, '_>, value: &Value, library: Library) -> std::result::Result<Text, String> {
    let mut emitter =
        Emitter { writer: Writer::new(call), library, column: 0, indent: None, whitespace: true, indention: true };
    emitter.node(value, ITEM, 0)?;
    if !emitter.indention {
        emitter.end_line();
    }
    let text = emitter.writer.finish()?;
    Ok(text.part(text.as_str().strip_suffix('\n').unwrap_or(text.as_str())))
}

pub(super) fn to_yaml(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let value = Arguments(args).value(0);
    if unreadable(call, value, 0)? {
        return Ok("".into());
    }
    match marshal(call, value, Library::Kubernetes) {
        // Helm gives no text for what cannot be written.
        Err(error) if error.starts_with("json: ") || error.starts_with("yaml: ") => Ok("".into()),
        other => other.map(Value::from),
    }
}

pub(super) fn must_to_yaml(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let value = Arguments(args).value(0);
    if unreadable(call, value, 0)? {
        return Err("yaml: control characters are not allowed".to_owned());
    }
    marshal(call, value, Library::Kubernetes).map(Value::from).map_err(|error| match plain(value).kind {
        Kind::Float(value) if error.starts_with("json: ") => {
            format!("error marshaling into JSON: {error}: {}", print::float(value, 'g', None))
        }
        _ => error,
    })
}

pub(super) fn to_yaml_pretty(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    marshal(call, Arguments(args).value(0), Library::Pretty).map(Value::from)
}

/// Whether a text in the value has a character that JSON leaves as it is and YAML does not read.
fn unreadable(call: &mut Call<'_, '_>, value: &Value, depth: usize) -> std::result::Result<bool, String> {
    call.charge(1)?;
    if depth > DEPTH {
        return Ok(true);
    }
    let bad = |text: &str| {
        text.contains(|c| matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}'))
    };
    Ok(match &value.kind {
        Kind::Text(text) => bad(text.as_str()),
        Kind::List(list) => {
            for item in list.iter() {
                if unreadable(call, item, depth + 1)? {
                    return Ok(true);
                }
            }
            false
        }
        Kind::Map(map) => {
            let map = map.borrow();
            for (key, item) in map.iter() {
                if bad(key) || unreadable(call, item, depth + 1)? {
                    return Ok(true);
                }
            }
            false
        }
        _ => false,
    })
}
