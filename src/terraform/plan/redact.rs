//! The text of a plan as reports may show it: a plan holds secrets in clear text, and often all of it is one line.

/// Ranges of bytes of a text.
pub(crate) type Range = (usize, usize);

/// The text with everything blank that lies outside `shown`, and starred what lies in `hidden`.
///
/// Offsets, lines and columns stay what they are. Both are sorted and do not overlap among themselves.
pub(crate) fn redact(text: &str, shown: &[Range], hidden: &[Range]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let mut hidden = hidden.iter().filter(|(start, end)| start < end).peekable();
    for (start, end) in shown {
        cover(text, at, *start, ' ', &mut out);
        at = (*start).max(at);
        while let Some((from, to)) = hidden.next_if(|(from, _)| from < end) {
            if *to <= at {
                continue;
            }
            out.push_str(text.get(at..*from).unwrap_or_default());
            at = at.max(*from);
            cover(text, at, *to, '*', &mut out);
            at = *to;
        }
        out.push_str(text.get(at..*end).unwrap_or_default());
        at = at.max(*end);
    }
    cover(text, at, text.len(), ' ', &mut out);
    out
}

fn cover(text: &str, start: usize, end: usize, with: char, out: &mut String) {
    for c in text.get(start..end).unwrap_or_default().chars() {
        // Characters of the same length in bytes keep every offset and column.
        out.push(match (c, c.len_utf8()) {
            ('\n' | '\r', _) => c,
            (_, 1) => with,
            (_, 2) => '·',
            (_, 3) => '…',
            _ => '\u{1F512}',
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_shown_and_not_hidden_stays() {
        let text = "aé\nsecret shown 🔑x tail";
        let shown = [(11, 22)];
        let hidden = [(17, 22)];
        let out = redact(text, &shown, &hidden);
        assert_eq!(out.len(), text.len());
        assert_eq!(out, " ·\n       shown \u{1F512}*     ");
        assert!(!redact(text, &[], &[]).contains(char::is_alphabetic));
        assert_eq!(redact(text, &[(0, text.len())], &[]), text);
    }
}
