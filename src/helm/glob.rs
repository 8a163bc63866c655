//! The patterns of `.Files.Glob`.

use regex::Regex;

/// How large the automaton of a pattern may grow.
const MAX_SIZE: usize = 1 << 20;

/// `*` stays between slashes, `**` does not, `?`, `[a-z]`, `[!a]`, `{a,b}`; `None` where that is no pattern.
pub(crate) fn pattern(text: &str) -> Option<Regex> {
    let mut out = String::from("^(?s:");
    let mut chars = text.chars().peekable();
    let mut open = 0_usize;
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.peek() == Some(&'*') => {
                while chars.next_if_eq(&'*').is_some() {}
                out.push_str(".*");
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '[' => {
                out.push('[');
                if chars.next_if_eq(&'!').is_some() {
                    out.push('^');
                }
                loop {
                    match chars.next()? {
                        ']' => break,
                        '-' => out.push('-'),
                        '\\' => push_escaped(&mut out, chars.next()?),
                        literal => push_escaped(&mut out, literal),
                    }
                }
                out.push(']');
            }
            '{' => {
                open += 1;
                out.push_str("(?:");
            }
            '}' if open > 0 => {
                open -= 1;
                out.push(')');
            }
            ',' if open > 0 => out.push('|'),
            '\\' => push_escaped(&mut out, chars.next()?),
            literal => push_escaped(&mut out, literal),
        }
    }
    out.push_str(")$");
    if open > 0 {
        return None;
    }
    regex::RegexBuilder::new(&out).size_limit(MAX_SIZE).build().ok()
}

fn push_escaped(out: &mut String, c: char) {
    if c.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(c);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let is = |text: &str, name: &str| pattern(text).is_some_and(|pattern| pattern.is_match(name));
        assert!(is("*.yaml", "a.yaml") && !is("*.yaml", "f/a.yaml"));
        assert!(is("f/**", "f/g/b.yml") && is("**.yml", "f/g/b.yml") && !is("f/*", "f/g/b.yml"));
        assert!(is("{a,b*}.c", "bx.c") && !is("{a,b*}.c", "c.c"));
        assert!(is("[!a-c]?", "dz") && !is("[!a-c]?", "bz") && is("a.[ch]", "a.h") && !is("a.c", "abc"));
        assert!(pattern("[a").is_none() && pattern("{a").is_none());
    }
}
