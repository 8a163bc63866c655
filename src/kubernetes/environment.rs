//! References to a container's environment in its command line: `$(NAME)`.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Kind, List, Map, Origin, Part, Reason, Step, Value, Via, Why};

/// How much the words of one container may grow by.
const GROWTH: usize = 1 << 16;

/// The words of `command` or `args` with the variables of the container put in.
///
/// A variable that the container does not have stays as written, as the kubelet leaves it.
pub(crate) fn expanded<'a>(words: &'a Value, container: &Map) -> Cow<'a, Value> {
    let refers = |word: &Value| word.as_text().is_some_and(|text| text.contains("$("));
    if !words.items().iter().any(refers) {
        return Cow::Borrowed(words);
    }
    let environment = Environment::of(container);
    let items = words.items().iter().map(|word| if refers(word) { environment.expand(word) } else { word.clone() });
    let open = words.as_list().and_then(|list| list.open.clone());
    let list = Kind::List(Box::new(List { items: items.collect(), open }));
    Cow::Owned(Value { kind: list, span: words.span, origin: words.origin.clone(), sensitive: words.sensitive })
}

struct Environment<'a> {
    /// The last of several counts.
    variables: HashMap<&'a str, &'a Value>,
    /// Whether there may be further ones.
    open: bool,
    /// How many bytes may still be put in.
    left: Cell<usize>,
}

impl<'a> Environment<'a> {
    fn of(container: &'a Map) -> Self {
        let env = container.get("env");
        let named = env.map_or(&[][..], Value::items).iter();
        let variables = named.filter_map(|variable| Some((variable.get("name")?.as_text()?, variable))).collect();
        let list = env.and_then(Value::as_list);
        let further = container.get("envFrom").is_some_and(|from| {
            !from.is_null() && from.as_list().is_none_or(|l| !l.items.is_empty() || l.open.is_some())
        });
        let unnamed = list.is_some_and(|list| {
            list.open.is_some()
                || list.items.iter().any(|item| item.get("name").is_none_or(|name| name.as_text().is_none()))
        });
        let open = container.open.is_some() || further || unnamed || env.is_some_and(|env| env.why().is_some());
        Environment { variables, open, left: Cell::new(GROWTH) }
    }

    fn expand(&self, word: &Value) -> Value {
        let Some(text) = word.as_text() else { return word.clone() };
        let mut parts: Vec<Part> = Vec::new();
        let mut steps: Vec<Step> = Vec::new();
        let mut rest = text;
        let unknown =
            |reason, subject: &str| Part::Unknown(Arc::new(Why { reason, subject: subject.into(), span: word.span }));
        while let Some(at) = rest.find('$') {
            let (before, after) = rest.split_at(at);
            push(&mut parts, before);
            // `$$` is a dollar sign that refers to nothing.
            if let Some(after) = after.strip_prefix("$$") {
                push(&mut parts, "$");
                rest = after;
                continue;
            }
            let Some((name, tail)) = after.strip_prefix("$(").and_then(|name| name.split_once(')')) else {
                push(&mut parts, "$");
                rest = &after[1..];
                continue;
            };
            match self.variables.get(name).map(|variable| variable.get("value")) {
                Some(Some(value)) if !value.is_null() => {
                    steps.push(Step { span: value.span, via: Via::Variables(name.into()) });
                    let Some(left) = self.left.get().checked_sub(value.as_text().map_or(0, str::len)) else {
                        return Value { kind: limited(word), ..word.clone() };
                    };
                    self.left.set(left);
                    match &value.kind {
                        // A value may itself refer to variables.
                        Kind::Text(text) if !text.contains("$(") => push(&mut parts, text),
                        Kind::Template(inner) => parts.extend(inner.iter().cloned()),
                        Kind::Unknown(why) => parts.push(Part::Unknown(Arc::clone(why))),
                        Kind::Number(number) => push(&mut parts, &number.to_string()),
                        Kind::Bool(value) => push(&mut parts, if *value { "true" } else { "false" }),
                        _ => parts.push(unknown(Reason::Runtime, name)),
                    }
                }
                Some(_) => parts.push(unknown(Reason::Runtime, name)),
                None if self.open => parts.push(unknown(Reason::Runtime, name)),
                None => push(&mut parts, &after[..after.len() - tail.len()]),
            }
            rest = tail;
        }
        push(&mut parts, rest);
        let kind = match parts.as_slice() {
            [] => Kind::Text(CompactString::default()),
            [Part::Known(text)] => Kind::Text(text.clone()),
            [Part::Unknown(why)] => Kind::Unknown(Arc::clone(why)),
            _ if parts.iter().any(|part| matches!(part, Part::Unknown(_))) => Kind::Template(parts.into()),
            _ => Kind::Text(word.as_text().unwrap_or_default().into()),
        };
        let mut origin: Origin = word.origin.as_deref().cloned().unwrap_or_default();
        origin.steps.splice(0..0, steps);
        let origin = (origin != Origin::default()).then(|| Arc::new(origin));
        Value { kind, span: word.span, origin, sensitive: word.sensitive }
    }
}

fn limited(word: &Value) -> Kind {
    let subject = "the length of the command line".into();
    Kind::Unknown(Arc::new(Why { reason: Reason::Limit, subject, span: word.span }))
}

/// Known parts that follow one another are one.
fn push(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        _ if text.is_empty() => {}
        Some(Part::Known(known)) => known.push_str(text),
        _ => parts.push(Part::Known(text.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stockade_source::FileId;

    fn flags(text: &str) -> Map {
        let (documents, errors) = stockade_yaml::parse(FileId(0), text);
        assert_eq!(errors, []);
        let root = documents[0].root.as_ref().expect("a container");
        let (value, _) = stockade_yaml::to_value(root, stockade_yaml::Schema::Kubernetes);
        let container = value.as_map().expect("a mapping");
        let args = expanded(container.get("args").expect("args"), container).into_owned();
        crate::flags::flags(None, Some(&args)).expect("flags")
    }

    #[test]
    fn variables_of_the_container_are_put_in() {
        let map = flags(
            "env: [{name: ANON, value: 'true'}, {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]\nargs: [--anonymous-auth=$(ANON), '--address=$(IP):80', --a=$(NONE), --b=$$(ANON), --c=x$, '--d=$(ANON']\n",
        );
        assert_eq!(map.get("anonymous-auth").and_then(Value::as_bool), Some(true));
        assert!(!map.get("anonymous-auth").unwrap().origin.as_ref().unwrap().steps.is_empty());
        assert!(matches!(&map.get("address").unwrap().kind, Kind::Template(parts) if parts.len() == 2));
        let text = |key: &str| map.get(key).and_then(Value::as_text);
        assert_eq!(
            [text("a"), text("b"), text("c"), text("d")],
            [Some("$(NONE)"), Some("$(ANON)"), Some("x$"), Some("$(ANON")]
        );
    }

    #[test]
    fn variables_from_elsewhere_are_not_known() {
        let map = flags("envFrom: [{configMapRef: {name: m}}]\nargs: [--a=$(A)]\n");
        assert!(map.get("a").unwrap().why().is_some());
        let long = "x".repeat(60_000);
        let map = flags(&format!("env: [{{name: A, value: {long}}}]\nargs: ['--a={}']\n", "$(A)".repeat(2000)));
        assert!(map.get("a").is_none_or(|value| value.why().is_some()));
    }
}
