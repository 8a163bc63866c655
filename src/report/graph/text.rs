//! Texts of a picture: what an eye may be shown, how wide it is, and how XML and Graphviz want it written.

/// The text without what would break a document or deceive its reader: control characters, what XML has no place for, and
/// marks that turn the direction of writing.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => ' ',
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// The text as XML writes it, in elements and in attributes.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The text as Graphviz writes it.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", clean(text).replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\""))
}

/// How many columns of a monospaced font a text takes. Scripts whose letters are broad take two each.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// The text cut to a number of columns; what is left out of its middle is told by dots, for both ends of an address tell.
pub(super) fn cut(text: &str, columns: usize) -> String {
    let text = clean(text);
    if width(&text) <= columns {
        return text;
    }
    let room = columns.saturating_sub(1);
    let tail = fitting(text.chars().rev(), room / 3);
    let head = fitting(text.chars(), room - room / 3);
    let (head, tail): (String, Vec<char>) =
        (text.chars().take(head).collect(), text.chars().rev().take(tail).collect());
    format!("{head}…{}", tail.into_iter().rev().collect::<String>())
}

fn columns(c: char) -> usize {
    let broad = matches!(c,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}');
    if broad { 2 } else { 1 }
}

/// How many of the characters fit.
fn fitting(chars: impl Iterator<Item = char>, room: usize) -> usize {
    let mut taken = 0;
    chars
        .take_while(|c| {
            taken += columns(*c);
            taken <= room
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out() {
        assert_eq!(xml("<script>]]>&\"'"), "&lt;script&gt;]]&gt;&amp;&quot;&#39;");
        assert_eq!(xml("a\0b\u{1b}[31m\u{202e}c\u{ffff}"), "a\u{fffd}b\u{fffd}[31m\u{fffd}c\u{fffd}");
        assert_eq!(quoted("a\"];\\\nb"), r#""a\"];\\ b""#);
    }

    #[test]
    fn a_long_text_keeps_its_ends() {
        assert_eq!(cut("aws_s3_bucket", 13), "aws_s3_bucket");
        assert_eq!(cut("abcdefghijklmnop", 10), "abcdef…nop");
        assert_eq!(cut("漢字漢字漢字", 7), "漢字…字");
        assert_eq!(width(&cut("漢字漢字漢字", 7)), 7);
    }
}
