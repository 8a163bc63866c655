//! `strconv.Quote`.

use std::fmt::Write as _;

/// A string in Go's double quotes; `ascii` escapes everything beyond ASCII.
pub(crate) fn quoted(text: &str, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        escape(&mut out, c, '"', ascii);
    }
    out.push('"');
    out
}

/// A character in Go's single quotes.
pub(crate) fn quoted_char(c: char) -> String {
    let mut out = String::from("'");
    escape(&mut out, c, '\'', false);
    out.push('\'');
    out
}

fn escape(out: &mut String, c: char, quote: char, ascii: bool) {
    match c {
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        '\\' => out.push_str("\\\\"),
        _ if c == quote => out.extend(['\\', quote]),
        ' '..='~' => out.push(c),
        '\0'..='\u{7f}' => write_hex(out, "\\x", c, 2),
        _ if !ascii && prints(c) => out.push(c),
        '\u{80}'..='\u{ffff}' => write_hex(out, "\\u", c, 4),
        _ => write_hex(out, "\\U", c, 8),
    }
}

fn write_hex(out: &mut String, prefix: &str, c: char, width: usize) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{prefix}{:0width$x}", u32::from(c));
}

/// Whether Go prints a character beyond ASCII as itself: no control, no white space, nothing private or unassigned.
fn prints(c: char) -> bool {
    let private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    let format = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    !(c.is_control() || c.is_whitespace() || private || format)
}
