//! The command line of a container: its program and its flags.

use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Field, Kind, Map, Number, Part, Value, Why};
use stockade_source::Span;

use crate::image::part_span;

/// The base name of the first word of `command`.
pub(crate) fn program(command: Option<&Value>) -> Option<Value> {
    let first = command?.items().first()?;
    match &first.kind {
        Kind::Text(text) => {
            let start = text.rfind('/').map_or(0, |at| at + 1);
            let span = part_span(first, start..text.len());
            Some(Value { kind: Kind::Text(text[start..].into()), span, ..first.clone() })
        }
        Kind::Template(_) | Kind::Unknown(_) => Some(first.clone()),
        _ => None,
    }
}

/// The flags of `command` and `args`; `None` where there is neither.
pub(crate) fn flags(command: Option<&Value>, args: Option<&Value>) -> Option<Map> {
    let lists: Vec<&Value> = command.into_iter().chain(args).collect();
    let head = lists.iter().find_map(|list| list.items().first()).or(lists.first().copied())?.span;
    let mut map = Map::new(head);
    map.open = lists.iter().find_map(|list| open(list)).cloned();
    let mut words = lists.iter().flat_map(|list| list.items()).peekable();
    while let Some(word) = words.next() {
        match &word.kind {
            Kind::Text(text) if text == "--" => break,
            Kind::Text(text) => {
                let Some((name, at)) = flag_name(text) else { continue };
                let value = match at {
                    Some(at) => typed(word, &text[at..], part_span(word, at..text.len())),
                    None => match words.peek().map(|next| (role(next), *next)) {
                        Some((Role::Plain, next)) => {
                            words.next();
                            next.as_text().map_or_else(|| next.clone(), |text| typed(next, text, next.span))
                        }
                        Some((Role::Unsure, next)) => next.clone(),
                        Some((Role::Flag, _)) | None => Value { kind: Kind::Bool(true), ..word.clone() },
                    },
                };
                put(&mut map, name, word, value);
            }
            Kind::Template(parts) => {
                let Some(Part::Known(start)) = parts.first() else {
                    map.open = map.open.or_else(|| word.why().cloned());
                    continue;
                };
                match flag_name(start) {
                    Some((name, Some(at))) => {
                        let rest = (at < start.len()).then(|| Part::Known(start[at..].into()));
                        let rest: Vec<Part> = rest.into_iter().chain(parts.iter().skip(1).cloned()).collect();
                        let kind = match rest.as_slice() {
                            [Part::Unknown(why)] => Kind::Unknown(Arc::clone(why)),
                            _ => Kind::Template(rest.into()),
                        };
                        put(&mut map, name, word, Value { kind, ..word.clone() });
                    }
                    Some((_, None)) => map.open = map.open.or_else(|| word.why().cloned()),
                    None => {}
                }
            }
            Kind::Unknown(why) => map.open = map.open.or_else(|| Some(Arc::clone(why))),
            _ => {}
        }
    }
    Some(map)
}

fn put(map: &mut Map, name: &str, word: &Value, value: Value) {
    let dashes = word.as_text().map_or(0, |text| text.len() - text.trim_start_matches('-').len());
    map.insert(name, Field { key: part_span(word, dashes..dashes + name.len()), entry: word.span, value });
}

/// Why there may be more words than are seen.
fn open(list: &Value) -> Option<&Arc<Why>> {
    match &list.kind {
        Kind::List(list) => list.open.as_ref(),
        Kind::Unknown(why) => Some(why),
        _ => None,
    }
}

/// The name of a flag without its dashes, and where its value starts when it has an `=`.
fn flag_name(word: &str) -> Option<(&str, Option<usize>)> {
    let start = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).map(|rest| word.len() - rest.len())?;
    let end = word.find('=').unwrap_or(word.len());
    let name = word.get(start..end).filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))?;
    (!name.contains(char::is_whitespace)).then_some((name, (end < word.len()).then_some(end + 1)))
}

/// What a word after a flag can be.
enum Role {
    Flag,
    Plain,
    Unsure,
}

fn role(word: &Value) -> Role {
    let is_flag = |text: &str| text == "--" || flag_name(text).is_some();
    match &word.kind {
        Kind::Text(text) if is_flag(text) => Role::Flag,
        Kind::Template(parts) => match parts.first() {
            Some(Part::Known(start)) if start.starts_with('-') => Role::Flag,
            Some(Part::Known(_)) => Role::Plain,
            _ => Role::Unsure,
        },
        Kind::Unknown(_) => Role::Unsure,
        _ => Role::Plain,
    }
}

/// A flag's text as the boolean or number that it spells.
fn typed(word: &Value, text: &str, span: Span) -> Value {
    let kind = match text {
        "true" => Kind::Bool(true),
        "false" => Kind::Bool(false),
        _ => match Number::parse(text).filter(|number| number.to_string() == text) {
            Some(number) => Kind::Number(number),
            None => Kind::Text(CompactString::from(text)),
        },
    };
    Value { kind, span, origin: word.origin.clone(), sensitive: word.sensitive }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stockade_model::Reason;
    use stockade_source::FileId;

    fn words(texts: &[&str]) -> Value {
        let mut at = 0;
        let items = texts.iter().map(|text| {
            let start = at;
            at += u32::try_from(text.len()).unwrap();
            Value::text(text, Span::new(FileId(0), start, at))
        });
        Value::list(items.collect(), Span::new(FileId(0), 0, 1))
    }

    fn why() -> Arc<Why> {
        Arc::new(Why { reason: Reason::Variable, subject: "var.x".into(), span: Span::NONE })
    }

    #[test]
    fn flags_have_values_of_the_next_word_or_are_true() {
        let command = words(&["/usr/bin/kube-apiserver", "--anonymous-auth=false", "-v", "2", "--profiling"]);
        let args = words(&["--audit-log-path", "/var/log/x", "-json=", "--", "--not-mine"]);
        let map = flags(Some(&command), Some(&args)).unwrap();
        assert_eq!(map.get("anonymous-auth").and_then(Value::as_bool), Some(false));
        assert_eq!(map.get("v").and_then(Value::as_number), Some(Number::from(2)));
        assert_eq!(map.get("profiling").and_then(Value::as_bool), Some(true));
        assert_eq!(map.get("audit-log-path").and_then(Value::as_text), Some("/var/log/x"));
        assert_eq!(map.get("json").and_then(Value::as_text), Some(""));
        assert_eq!(map.len(), 5);
        assert_eq!(program(Some(&command)).unwrap().as_text(), Some("kube-apiserver"));
        assert_eq!(program(Some(&command)).unwrap().span, Span::new(FileId(0), 9, 23));
        assert_eq!(map.get("anonymous-auth").unwrap().span, Span::new(FileId(0), 40, 45));
    }

    #[test]
    fn an_unknown_word_leaves_the_flags_open() {
        let mut args = words(&["--a=1", "x"]);
        let Kind::List(list) = &mut args.kind else { unreachable!() };
        list.items.push(Value::new(Kind::Unknown(why()), Span::NONE));
        assert!(flags(None, Some(&args)).unwrap().open.is_some());
        assert!(flags(None, Some(&Value::new(Kind::Unknown(why()), Span::NONE))).unwrap().open.is_some());
    }

    #[test]
    fn a_template_may_hold_a_flag() {
        let parts = [Part::Known("--mode=".into()), Part::Unknown(why())];
        let args = Value::list(vec![Value::new(Kind::Template(parts.into()), Span::NONE)], Span::NONE);
        let map = flags(None, Some(&args)).unwrap();
        assert!(map.get("mode").unwrap().why().is_some() && map.open.is_none());

        let parts = [Part::Unknown(why()), Part::Known("x".into())];
        let bare = Value::text("--mode", Span::NONE);
        let args = Value::list(vec![bare, Value::new(Kind::Template(parts.into()), Span::NONE)], Span::NONE);
        let map = flags(None, Some(&args)).unwrap();
        assert!(map.get("mode").unwrap().why().is_some() && map.open.is_some());
    }

    #[test]
    fn odd_words_are_passed_over() {
        let args = words(&["", "-", "-1", "--=x", "- a", "-=", "--ü=1", "-x y"]);
        let map = flags(None, Some(&args)).unwrap();
        assert_eq!(map.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["ü"]);
        assert!(flags(None, None).is_none() && flags(Some(&Value::number(3, Span::NONE)), None).unwrap().is_empty());
        assert!(program(Some(&words(&[]))).is_none());
    }
}
