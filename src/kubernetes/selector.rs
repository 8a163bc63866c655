//! Label selectors.

use std::collections::HashMap;

use compact_str::CompactString;
use stockade_model::{Map, Value};

use crate::object::token;

/// Labels of an object, with the tokens of their values.
#[derive(Default)]
pub(crate) struct Labels {
    known: HashMap<CompactString, CompactString>,
    /// Whether there may be further ones.
    open: bool,
}

/// What a selector asks of labels; all of it must hold.
#[derive(Default)]
pub(crate) struct Selector {
    /// Labels that must have this value.
    pub(crate) equal: Vec<(CompactString, CompactString)>,
    expressions: Vec<(CompactString, Operator)>,
}

enum Operator {
    In(Vec<CompactString>),
    NotIn(Vec<CompactString>),
    Exists,
    DoesNotExist,
}

impl Labels {
    /// The labels in a `metadata`.
    pub(crate) fn of(metadata: Option<&Value>) -> Labels {
        let Some(labels) = metadata.and_then(|metadata| metadata.get("labels")) else {
            let open = metadata.is_some_and(|m| m.why().is_some() || m.as_map().is_some_and(|map| map.open.is_some()));
            return Labels { known: HashMap::new(), open };
        };
        let Some(map) = labels.as_map() else {
            return Labels { known: HashMap::new(), open: labels.why().is_some() };
        };
        let known = map.iter().filter_map(|(key, field)| Some((key.clone(), token(&field.value)?))).collect();
        Labels { known, open: map.open.is_some() }
    }

    /// Every label.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&CompactString, &CompactString)> {
        self.known.iter()
    }
}

impl Selector {
    /// A plain mapping of labels, as a Service has it.
    pub(crate) fn plain(map: &Map) -> Option<Selector> {
        if map.open.is_some() {
            return None;
        }
        let equal = map.iter().filter(|(_, field)| !field.value.is_null());
        let equal = equal.map(|(key, field)| Some((bare(key), token(&field.value)?))).collect::<Option<_>>()?;
        Some(Selector { equal, expressions: Vec::new() })
    }

    /// A `LabelSelector`; `None` for what is none or is not wholly known. The empty one selects everything.
    pub(crate) fn read(value: &Value) -> Option<Selector> {
        let map = value.as_map().filter(|map| map.open.is_none())?;
        let mut selector = match map.get("matchLabels") {
            Some(labels) => Selector::plain(labels.as_map()?)?,
            None => Selector::default(),
        };
        if let Some(expressions) = map.get("matchExpressions") {
            let list = expressions.as_list().filter(|list| list.open.is_none())?;
            for expression in &list.items {
                let key = bare(expression.get("key")?.as_text()?);
                let values = match expression.get("values") {
                    Some(values) => {
                        let values = values.as_list().filter(|values| values.open.is_none())?;
                        values.items.iter().map(token).collect::<Option<Vec<_>>>()?
                    }
                    None => Vec::new(),
                };
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

    /// Whether it is sure that the labels are selected.
    pub(crate) fn selects(&self, labels: &Labels) -> bool {
        let value = |key| labels.known.get(key);
        self.equal.iter().all(|(key, wanted)| value(key) == Some(wanted))
            && self.expressions.iter().all(|(key, operator)| match operator {
                Operator::In(values) => value(key).is_some_and(|value| values.contains(value)),
                Operator::NotIn(values) => value(key).map_or(!labels.open, |value| !values.contains(value)),
                Operator::Exists => value(key).is_some(),
                Operator::DoesNotExist => value(key).is_none() && !labels.open,
            })
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
        Selector::read(&map(&[("matchExpressions", Value::list(vec![one], Span::NONE))])).unwrap()
    }

    #[test]
    fn selectors_say_which_labels_they_select() {
        let labels = map(&[("labels", map(&[("app", text("web")), ("tier", text("front"))]))]);
        let labels = Labels::of(Some(&labels));
        let by_label = |value: &str| Selector::read(&map(&[("matchLabels", map(&[("app", text(value))]))])).unwrap();
        assert!(by_label("web").selects(&labels) && !by_label("db").selects(&labels));
        assert!(Selector::read(&map(&[])).unwrap().selects(&labels));
        for (operator, values, wanted) in [
            ("In", &["a", "web"][..], true),
            ("NotIn", &["web"], false),
            ("Exists", &[], true),
            ("DoesNotExist", &[], false),
        ] {
            assert_eq!(expression("app", operator, values).selects(&labels), wanted, "{operator}");
            assert_eq!(expression("none", operator, values).selects(&labels), !wanted, "{operator}");
        }
        assert!(expression("none", "NotIn", &["x"]).selects(&labels));
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
            assert!(Selector::read(&selector).is_none(), "{selector:?}");
        }
        let one = map(&[("key", text("a")), ("operator", text("Near"))]);
        assert!(Selector::read(&map(&[("matchExpressions", Value::list(vec![one], Span::NONE))])).is_none());
    }
}
