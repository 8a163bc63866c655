//! Where Jinja stands in a text. Nothing is evaluated.

use std::ops::Range;
use std::sync::Arc;

use stockade_model::{CompactString, Kind, Part, Reason, Value, Why};
use stockade_source::Span;

/// The depth of a value past which it counts as unknown.
const MAX_DEPTH: usize = 128;

/// How every file that `ansible-vault` wrote begins.
pub(crate) const VAULT: &str = "$ANSIBLE_VAULT;";

/// Marks what templates decide, in a value and everything in it, as unknown.
pub(crate) fn mark(value: &mut Value) {
    mark_at(value, 0);
}

/// The parts of `text` that a template fills in, in order.
///
/// From the first `{% … %}` to the last everything counts as filled in, for it may be conditional or repeated.
pub(crate) fn holes(text: &str) -> Vec<Range<usize>> {
    let mut holes: Vec<Range<usize>> = Vec::new();
    let mut statements: Option<Range<usize>> = None;
    let mut literals = true;
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find('{')).map(|offset| at + offset) {
        let close = match text.as_bytes().get(start + 1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => "#}",
            _ => {
                at = start + 1;
                continue;
            }
        };
        let closed = end_of(text, start + 2, close, literals);
        // An apostrophe that opens no literal must not swallow what follows, nor be looked for again.
        literals &= closed.is_some();
        let end = closed.or_else(|| end_of(text, start + 2, close, false)).unwrap_or(text.len());
        if close == "%}" {
            statements = Some(statements.map_or(start, |s| s.start)..end);
        }
        holes.push(start..end);
        at = end;
    }
    if let Some(whole) = statements {
        holes.retain(|hole| hole.end <= whole.start || hole.start >= whole.end);
        let place = holes.partition_point(|hole| hole.start < whole.start);
        holes.insert(place, whole);
    }
    holes
}

/// One past the closing delimiter. Where `literals` are heeded, one in a string literal does not count.
fn end_of(text: &str, from: usize, close: &str, literals: bool) -> Option<usize> {
    if !literals || close == "#}" {
        return text.get(from..)?.find(close).map(|offset| from + offset + close.len());
    }
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut at = from;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(q), b) if b == q => quote = None,
            (None, b @ (b'\'' | b'"')) => quote = Some(b),
            (None, _) if bytes[at..].starts_with(close.as_bytes()) => return Some(at + close.len()),
            _ => {}
        }
        at += 1;
    }
    None
}

fn mark_at(value: &mut Value, depth: usize) {
    if depth > MAX_DEPTH {
        *value = Value::unknown(why(Reason::Limit, "nesting", value.span), value.span);
        return;
    }
    let span = value.span;
    match &mut value.kind {
        Kind::Text(text) => {
            if text.trim_start().starts_with(VAULT) {
                *value = Value::unknown(why(Reason::Encrypted, "the vaulted value", span), span);
                value.sensitive = true;
            } else if let Some(kind) = template(text, span) {
                value.kind = kind;
            }
        }
        Kind::List(list) => list.items.iter_mut().for_each(|item| mark_at(item, depth + 1)),
        Kind::Map(map) => {
            let mut open = None;
            for (key, field) in map.iter_mut() {
                if open.is_none() && !holes(key).is_empty() {
                    open = Some(Arc::new(why(Reason::Template, key, field.key)));
                }
                mark_at(&mut field.value, depth + 1);
            }
            if map.open.is_none() {
                map.open = open;
            }
        }
        _ => {}
    }
}

/// What a text with Jinja in it is; `None` where there is none.
fn template(text: &str, span: Span) -> Option<Kind> {
    let holes = holes(text);
    let (first, last) = (holes.first()?, holes.last()?);
    let unknown = |hole: &Range<usize>| Arc::new(why(Reason::Template, text.get(hole.clone()).unwrap_or(""), span));
    let lone = holes.len() == 1 && text[..first.start].trim().is_empty() && text[last.end..].trim().is_empty();
    if lone && mentions(text, "omit") {
        return Some(Kind::Unknown(unknown(first)));
    }
    if lone {
        // Whatever it gives, it gives something: the key is there.
        return Some(Kind::Template([Part::Unknown(unknown(first))].into()));
    }
    let mut parts = Vec::with_capacity(holes.len() * 2 + 1);
    let mut at = 0;
    for hole in &holes {
        if at < hole.start {
            parts.push(Part::Known(CompactString::from(&text[at..hole.start])));
        }
        parts.push(Part::Unknown(unknown(hole)));
        at = hole.end;
    }
    if at < text.len() {
        parts.push(Part::Known(CompactString::from(&text[at..])));
    }
    Some(Kind::Template(parts.into()))
}

/// Whether an expression names a variable.
pub(crate) fn mentions(expression: &str, variable: &str) -> bool {
    expression.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == variable)
}

/// Whether what a variable holds goes into the value of an expression: not so where it only says what to look up, as
/// `passwords[item]` and `lookup('password', item)` do.
pub(crate) fn gives(expression: &str, variable: &str) -> bool {
    // For every open bracket, whether what stands in it only chooses.
    let mut brackets: Vec<bool> = Vec::new();
    let (mut word, mut filter, mut called, mut quote) = (0..0, false, false, None);
    for (at, c) in expression.char_indices().chain([(expression.len(), ' ')]) {
        if let Some(open) = quote {
            quote = quote.filter(|_| c != open);
            continue;
        }
        if c.is_alphanumeric() || c == '_' {
            word = if word.end == at && !word.is_empty() { word.start } else { at }..at + c.len_utf8();
            continue;
        }
        if word.end == at && !word.is_empty() {
            if &expression[word.clone()] == variable && !brackets.contains(&true) {
                return true;
            }
            called = true;
        }
        match c {
            '\'' | '"' => quote = Some(c),
            '[' => brackets.push(called),
            // `x | default(item)` may give it.
            '(' => brackets.push(called && !filter),
            ')' | ']' => {
                brackets.pop();
            }
            _ => {}
        }
        filter = c == '|' || filter && (c.is_whitespace() || word.end == at && c != '(');
        called = matches!(c, ')' | ']');
    }
    false
}

/// Why a value is unknown; the subject is cut to what a message can hold.
pub(crate) fn why(reason: Reason, subject: &str, span: Span) -> Why {
    const LONGEST: usize = 80;
    let subject = subject.trim();
    let subject = match subject.char_indices().nth(LONGEST) {
        Some((cut, _)) => stockade_model::format_compact!("{}…", &subject[..cut]),
        None => CompactString::from(subject),
    };
    Why { reason, subject, span }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        holes(text).into_iter().map(|hole| &text[hole]).collect()
    }

    #[test]
    fn expressions_are_holes() {
        assert_eq!(parts("a {{ b }} c {{d}}"), ["{{ b }}", "{{d}}"]);
        assert_eq!(parts("{{ '}}' }}x"), ["{{ '}}' }}"]);
        assert_eq!(parts("{{ it's }} y"), ["{{ it's }}"]);
        assert_eq!(parts("no { braces } here"), Vec::<&str>::new());
        assert_eq!(parts("open {{ end"), ["{{ end"]);
    }

    #[test]
    fn a_variable_gives_or_chooses() {
        for gives_it in [
            "{{ item }}",
            "{{ item.password | password_hash('sha512') }}",
            "{{ 'x' ~ item['password'] }}",
            "{{ (item.password) }}",
            "{{ x | default(item.password) }}",
            "{{ x if y else item.password }}",
            "{{ [item.a, b] | first }}",
        ] {
            assert!(gives(gives_it, "item"), "{gives_it}");
        }
        for chooses in [
            "{{ passwords[item] }}",
            "{{ passwords[item.name] | hash }}",
            "{{ users[0][item] }}",
            "{{ lookup('password', 'credentials/' + item) }}",
            "{{ x | default(lookup('vars', item)) }}",
            "{{ 'item' }}",
            "{{ items }}",
            "",
        ] {
            assert!(!gives(chooses, "item"), "{chooses}");
        }
    }

    #[test]
    fn statements_swallow_what_they_may_leave_out() {
        assert_eq!(parts("x {% if a %}-k {{ b }}{% endif %} {{ c }}"), ["{% if a %}-k {{ b }}{% endif %}", "{{ c }}"]);
    }

    #[test]
    fn a_lone_expression_may_be_anything_but_absent() {
        let mut omitted = Value::text("{{ x | default(omit) }}", Span::NONE);
        mark(&mut omitted);
        assert!(matches!(omitted.kind, Kind::Unknown(_)));
        let mut alone = Value::text("{{ x }}", Span::NONE);
        mark(&mut alone);
        assert!(matches!(&alone.kind, Kind::Template(parts) if parts.len() == 1));
        assert_eq!(alone.why().map(|why| (why.reason, why.subject.as_str())), Some((Reason::Template, "{{ x }}")));
        let mut mixed = Value::text("/opt/{{ x }}/y", Span::NONE);
        mark(&mut mixed);
        let Kind::Template(parts) = &mixed.kind else { panic!("{mixed:?}") };
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[0], Part::Known("/opt/".into()));
    }

    #[test]
    fn a_vault_is_encrypted() {
        let mut value = Value::text("$ANSIBLE_VAULT;1.1;AES256\n6131", Span::NONE);
        mark(&mut value);
        assert_eq!(value.why().map(|why| why.reason), Some(Reason::Encrypted));
        assert!(value.sensitive);
    }
}
