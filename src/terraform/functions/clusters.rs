//! Characters as readers see them, by the rules of Unicode 15.0, which Terraform has.

use unicode_segmentation::UnicodeSegmentation;

/// The characters of a text.
pub(super) fn clusters(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for cluster in text.graphemes(true) {
        part(cluster, &mut out);
    }
    out
}

/// Since Unicode 15.1, the consonants of a conjunct are one character; before, each was one by itself.
fn part<'t>(cluster: &'t str, out: &mut Vec<&'t str>) {
    let (mut start, mut last) = (0, 0);
    for (at, c) in cluster.char_indices().skip(1) {
        let indic = matches!(c, '\u{900}'..='\u{1CFF}' | '\u{A800}'..='\u{ABFF}' | '\u{11000}'..='\u{11FFF}');
        if indic && c.is_alphabetic() {
            // What joins its neighbour alone is no conjunct: a vowel's sign, a mark in front.
            let pair = &cluster[last..at + c.len_utf8()];
            if pair.graphemes(true).nth(1).is_some() {
                out.push(&cluster[start..at]);
                start = at;
            }
        }
        last = at;
    }
    out.push(&cluster[start..]);
}
