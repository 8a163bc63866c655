//! Label selectors.

use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Kind, Map, Reason, Value, Why};

use crate::object::{NAME, clipped, is_unknown, token};

/// How much of a selector is looked through for what is not known of it.
const NESTED: usize = 6;

/// Labels of an object, with the tokens of their values.
#[derive(Default)]
pub(crate) struct Labels {
    known: HashMap<CompactString, CompactString>,
    /// Whether there may be further ones.
    open: bool,
}

/// Whether a selector selects an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Match {
    No,
    Maybe,
    Yes,
}

/// What a selector asks of labels; all of it must hold.
#[derive(Default)]
pub(crate) struct Selector {
    equal: Vec<(CompactString, CompactString)>,
    expressions: Vec<(CompactString, Operator)>,
}

enum Operator {
    In(Vec<CompactString>),
    NotIn(Vec<CompactString>),
    Exists,
    DoesNotExist,
}

/// What a label has where its value cannot be held against others.
const ANY: &str = "\0";

impl Labels {
    /// The labels in a `metadata`.
    pub(crate) fn of(metadata: Option<&Value>, scope: &str) -> Labels {
        let Some(labels) = metadata.and_then(|metadata| metadata.get("labels")) else {
            let open = metadata.is_some_and(|m| m.why().is_some() || m.as_map().is_some_and(|map| map.open.is_some()));
            return Labels { known: HashMap::new(), open };
        };
        let Some(map) = labels.as_map() else {
            return Labels { known: HashMap::new(), open: labels.why().is_some() };
        };
        let known = map.iter().filter(|(_, field)| !field.value.is_null());
        let known =
            known.map(|(key, field)| (key.clone(), token(&field.value, scope).unwrap_or_else(|| ANY.into()))).collect();
        Labels { known, open: map.open.is_some() }
    }

    /// The same, with further ones that are not known.
    pub(crate) fn opened(self) -> Labels {
        Labels { open: true, ..self }
    }

    /// Whether every label and its value is known.
    pub(crate) fn are_known(&self) -> bool {
        !self.open && !self.known.values().any(|value| is_unknown(value))
    }

    /// Every label.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&CompactString, &CompactString)> {
        self.known.iter()
    }
}

impl Selector {
    /// A plain mapping of labels, as a Service has it.
    pub(crate) fn plain(map: &Map, scope: &str) -> Option<Selector> {
        if map.open.is_some() {
            return None;
        }
        let equal = map.iter().filter(|(_, field)| !field.value.is_null());
        let equal = equal.map(|(key, field)| Some((bare(key), token(&field.value, scope)?))).collect::<Option<_>>()?;
        Some(Selector { equal, expressions: Vec::new() })
    }

    /// A `LabelSelector`; `None` for what is none or is not wholly known. The empty one selects everything.
    pub(crate) fn read(value: &Value, scope: &str) -> Option<Selector> {
        let map = value.as_map().filter(|map| map.open.is_none())?;
        let mut selector = match map.get("matchLabels").filter(|labels| !labels.is_null()) {
            Some(labels) => Selector::plain(labels.as_map()?, scope)?,
            None => Selector::default(),
        };
        if let Some(expressions) = map.get("matchExpressions").filter(|expressions| !expressions.is_null()) {
            let list = expressions.as_list().filter(|list| list.open.is_none())?;
            for expression in &list.items {
                let key = bare(expression.get("key")?.as_text()?);
                let values = match expression.get("values").filter(|values| !values.is_null()) {
                    Some(values) => {
                        let values = values.as_list().filter(|values| values.open.is_none())?;
                        values.items.iter().map(|value| token(value, scope)).collect::<Option<Vec<_>>>()?
                    }
                    None => Vec::new(),
                };
                let mut values = values;
                values.sort_unstable();
                values.dedup();
                let operator = match expression.get("operator")?.as_text()? {
                    "In" => Operator::In(values),
                    "NotIn" => Operator::NotIn(values),
                    "Exists" => Operator::Exists,
                    "DoesNotExist" => Operator::DoesNotExist,
                    _ => return None,
                };
                selector.expressions.push((key, operator));
            }
        }
        Some(selector)
    }

    /// Whether the labels are selected.
    pub(crate) fn selects(&self, labels: &Labels) -> Match {
        let equal = self.equal.iter().map(|(key, wanted)| among(labels, key, std::slice::from_ref(wanted)));
        let expressions = self.expressions.iter().map(|(key, operator)| match operator {
            Operator::In(values) => among(labels, key, values),
            Operator::NotIn(values) => not(among(labels, key, values)),
            Operator::Exists => has(labels, key),
            Operator::DoesNotExist => not(has(labels, key)),
        });
        equal.chain(expressions).min().unwrap_or(Match::Yes)
    }

    /// Sets of labels of which an object must have one each to be selected.
    pub(crate) fn required(&self) -> impl Iterator<Item = (&CompactString, &[CompactString])> {
        let equal = self.equal.iter().map(|(key, value)| (key, std::slice::from_ref(value)));
        equal.chain(self.expressions.iter().filter_map(|(key, operator)| match operator {
            Operator::In(values) => Some((key, values.as_slice())),
            _ => None,
        }))
    }

    /// How many labels and values it names.
    pub(crate) fn size(&self) -> usize {
        let expressions = self.expressions.iter().map(|(_, operator)| match operator {
            Operator::In(values) | Operator::NotIn(values) => 1 + values.len(),
            Operator::Exists | Operator::DoesNotExist => 1,
        });
        self.equal.len() + expressions.sum::<usize>()
    }

    /// Whether every value is known.
    pub(crate) fn is_known(&self) -> bool {
        let values = self.expressions.iter().flat_map(|(_, operator)| match operator {
            Operator::In(values) | Operator::NotIn(values) => values.as_slice(),
            Operator::Exists | Operator::DoesNotExist => &[],
        });
        !self.equal.iter().map(|(_, value)| value).chain(values).any(|value| is_unknown(value))
    }
}

/// Why something in a value is not known.
pub(crate) fn unknown(value: &Value) -> Option<Arc<Why>> {
    fn within(value: &Value, depth: usize) -> Option<Arc<Why>> {
        if depth == 0 {
            return None;
        }
        match &value.kind {
            Kind::Map(map) => {
                map.open.clone().or_else(|| map.iter().find_map(|(_, field)| within(&field.value, depth - 1)))
            }
            Kind::List(list) => {
                list.open.clone().or_else(|| list.items.iter().find_map(|item| within(item, depth - 1)))
            }
            Kind::Text(text) if text.contains("{{") => {
                let subject = clipped(text, NAME).into();
                Some(Arc::new(Why { reason: Reason::Template, subject, span: value.span }))
            }
            _ => value.why().cloned(),
        }
    }
    within(value, NESTED)
}

fn among(labels: &Labels, key: &CompactString, values: &[CompactString]) -> Match {
    match labels.known.get(key) {
        Some(value) if values.contains(value) => Match::Yes,
        Some(value) if is_unknown(value) || values.iter().any(|value| is_unknown(value)) => Match::Maybe,
        None if labels.open => Match::Maybe,
        _ => Match::No,
    }
}

fn has(labels: &Labels, key: &CompactString) -> Match {
    match labels.known.contains_key(key) {
        true => Match::Yes,
        false if labels.open => Match::Maybe,
        false => Match::No,
    }
}

fn not(found: Match) -> Match {
    match found {
        Match::Yes => Match::No,
        Match::Maybe => Match::Maybe,
        Match::No => Match::Yes,
    }
}

/// Cilium writes where a label comes from in front of its key.
fn bare(key: &str) -> CompactString {
    key.strip_prefix("k8s:").or_else(|| key.strip_prefix("any:")).unwrap_or(key).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stockade_source::Span;

    fn map(pairs: &[(&str, Value)]) -> Value {
        let mut map = Map::new(Span::NONE);
        for (key, value) in pairs {
            map.set(*key, value.clone());
        }
        Value::map(map, Span::NONE)
    }

    fn text(text: &str) -> Value {
        Value::text(text, Span::NONE)
    }

    fn list(texts: &[&str]) -> Value {
        Value::list(texts.iter().map(|t| text(t)).collect(), Span::NONE)
    }

    fn expression(key: &str, operator: &str, values: &[&str]) -> Selector {
        let one = map(&[("key", text(key)), ("operator", text(operator)), ("values", list(values))]);
        Selector::read(&map(&[("matchExpressions", Value::list(vec![one], Span::NONE))]), "").unwrap()
    }

    #[test]
    fn selectors_say_which_labels_they_select() {
        let labels = map(&[("labels", map(&[("app", text("web")), ("tier", text("front"))]))]);
        let labels = Labels::of(Some(&labels), "");
        let by_label =
            |value: &str| Selector::read(&map(&[("matchLabels", map(&[("app", text(value))]))]), "").unwrap();
        assert_eq!((by_label("web").selects(&labels), by_label("db").selects(&labels)), (Match::Yes, Match::No));
        assert!(Selector::read(&map(&[]), "").unwrap().selects(&labels) == Match::Yes);
        for (operator, values, wanted) in [
            ("In", &["a", "web"][..], true),
            ("NotIn", &["web"], false),
            ("Exists", &[], true),
            ("DoesNotExist", &[], false),
        ] {
            let yes = |key| expression(key, operator, values).selects(&labels) == Match::Yes;
            assert_eq!((yes("app"), yes("none")), (wanted, !wanted), "{operator}");
        }
        assert_eq!(expression("none", "NotIn", &["x"]).selects(&labels), Match::Yes);
        let open = labels.opened();
        for operator in ["In", "NotIn", "Exists", "DoesNotExist"] {
            assert_eq!(expression("none", operator, &["x"]).selects(&open), Match::Maybe, "{operator}");
        }
    }

    #[test]
    fn odd_selectors_select_nothing() {
        let odd = [
            text("app=web"),
            map(&[("matchLabels", list(&["a"]))]),
            map(&[("matchExpressions", map(&[]))]),
            map(&[("matchExpressions", list(&["a"]))]),
            map(&[("matchLabels", map(&[("app", list(&["x"]))]))]),
        ];
        for selector in odd {
            assert!(Selector::read(&selector, "").is_none(), "{selector:?}");
        }
        let one = map(&[("key", text("a")), ("operator", text("Near"))]);
        assert!(Selector::read(&map(&[("matchExpressions", Value::list(vec![one], Span::NONE))]), "").is_none());
    }
}
