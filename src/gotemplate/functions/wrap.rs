//! Breaking text into lines, as `wrap` does.

use super::arguments::lossy;

/// The text in lines of at most `width` bytes, broken at spaces; longer words only where `long_words` says so.
pub(super) fn wrapped(text: &str, width: i64, separator: &str, long_words: bool) -> String {
    let bytes = text.as_bytes();
    let width = usize::try_from(width).unwrap_or(0).max(1);
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while bytes.len() - at > width {
        if bytes[at] == b' ' {
            at += 1;
            continue;
        }
        // The byte after the line may be the space to break at.
        let line = &bytes[at..=at + width];
        let (end, next) = match line.iter().rposition(|byte| *byte == b' ') {
            Some(space) => (at + space, at + space + 1),
            None if long_words => (at + width, at + width),
            None => match bytes[at + width..].iter().position(|byte| *byte == b' ') {
                Some(space) => (at + width + space, at + width + space + 1),
                None => break,
            },
        };
        out.extend_from_slice(&bytes[at..end]);
        out.extend_from_slice(separator.as_bytes());
        at = next;
    }
    out.extend_from_slice(&bytes[at..]);
    lossy(&out).into_owned()
}
