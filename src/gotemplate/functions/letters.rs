//! Upper and lower case, character by character as Go's `unicode` package knows it.

/// The one character that `unicode.ToUpper` gives.
pub(super) fn upper(c: char) -> char {
    let mut mapped = c.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// The one character that `unicode.ToLower` gives.
pub(super) fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// The one character that `unicode.ToTitle` gives.
pub(super) fn title(c: char) -> char {
    match c {
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        _ => upper(c),
    }
}

fn is_title(c: char) -> bool {
    matches!(c, 'ǅ' | 'ǈ' | 'ǋ' | 'ǲ' | '\u{1f88}'..='\u{1f8f}' | '\u{1f98}'..='\u{1f9f}' | '\u{1fa8}'..='\u{1faf}')
}

/// `unicode.IsSpace`.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace()
}

/// `strings.Title`: the first letter of each word, where words are what separators part.
pub(super) fn title_words(text: &str) -> String {
    let separates = |c: char| match c {
        '_' => false,
        c if c.is_ascii() => !c.is_ascii_alphanumeric(),
        c if c.is_alphanumeric() => false,
        c => is_space(c),
    };
    let mut previous = ' ';
    text.chars()
        .map(|c| {
            let mapped = if separates(previous) { title(c) } else { c };
            previous = c;
            mapped
        })
        .collect()
}

/// The first letter of each word in lower case.
pub(super) fn untitle(text: &str) -> String {
    let mut first = true;
    text.chars()
        .map(|c| {
            if is_space(c) {
                first = true;
                c
            } else if std::mem::take(&mut first) {
                lower(c)
            } else {
                c
            }
        })
        .collect()
}

/// Upper case for lower case and the other way, except that words begin with title case.
pub(super) fn swap(text: &str) -> String {
    let mut start = true;
    text.chars()
        .map(|c| {
            if c.is_uppercase() || is_title(c) {
                start = false;
                lower(c)
            } else if c.is_lowercase() {
                if std::mem::take(&mut start) { title(c) } else { upper(c) }
            } else {
                start = is_space(c);
                c
            }
        })
        .collect()
}

/// The first characters of words; bytes count as characters, as sprig's library has it.
pub(super) fn initials(text: &str) -> String {
    let mut gap = true;
    text.bytes()
        .map(char::from)
        .filter(|c| {
            let space = is_space(*c);
            std::mem::replace(&mut gap, space) && !space
        })
        .collect()
}

/// The text without white space; bytes count as characters, as sprig's library has it.
pub(super) fn without_space(text: &str) -> String {
    if text.bytes().map(char::from).any(is_space) {
        text.bytes().map(char::from).filter(|c| !is_space(*c)).collect()
    } else {
        text.to_owned()
    }
}
