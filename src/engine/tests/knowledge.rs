//! Learning what is unknown never overturns an answer: the promise behind every finding.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use stockade_model::{
    CompactString, Graph, Kind, List, Lowered, Map, Part, Reason, Resource, ResourceId, Technology, Value, Why,
};
use stockade_source::Span;

use crate::context::Context;
use crate::evaluation::Evaluation;
use crate::{Cond, Links, Truth};

const CONDITIONS: [&str; 30] = [
    "v is a",
    "v is true",
    "v is 1",
    "v is absent",
    "v is empty",
    "v is [a, b]",
    "v in [absent, false, ab]",
    "v contains a",
    "v contains [b, 1]",
    "v matches ^a",
    "v matches b$",
    "v matches a",
    "v starts with ab",
    "v ends with ab",
    "v < 1",
    "v >= 1",
    "v covers 1",
    "v covers 10.0.0.0/8",
    "v is @w",
    "v in @w",
    "v.k is a",
    "v.k.k is absent",
    "some v:\n  it is a",
    "every v:\n  it is a",
    "no v:\n  it is a",
    "some v.k:\n  it contains a",
    "every v.k:\n  it in [absent, a, true]",
    "no v:\n  k is absent",
    "some v:\n  every k:\n    it is 1",
    "any:\n  - v.k is a\n  - no v\n  - w is empty",
];

static PARSED: LazyLock<Vec<Cond>> =
    LazyLock::new(|| CONDITIONS.iter().map(|cond| super::condition("aws_x", cond)).collect());

fn why() -> Arc<Why> {
    Arc::new(Why { reason: Reason::Variable, subject: "var.x".into(), span: Span::NONE })
}

fn value(kind: Kind) -> Value {
    Value::new(kind, Span::NONE)
}

/// Words that the conditions ask about.
fn word() -> impl Strategy<Value = CompactString> {
    prop_oneof![Just("a"), Just("b"), Just("ab"), Just("ba"), Just(""), Just("1"), Just("true"), Just("10.0.0.0/8")]
        .prop_map(CompactString::from)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        word().prop_map(|word| value(Kind::Text(word))),
        prop::bool::ANY.prop_map(|flag| value(Kind::Bool(flag))),
        (0..3i64).prop_map(|number| value(Kind::Number(number.into()))),
    ]
}

fn known() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| Value::list(items, Span::NONE)),
            prop::option::of(inner).prop_map(|field| map(field, false)),
        ]
    })
}

fn map(field: Option<Value>, open: bool) -> Value {
    let mut map = Map::new(Span::NONE);
    if let Some(field) = field {
        map.set("k", field);
    }
    map.open = open.then(why);
    Value::map(map, Span::NONE)
}

fn list(items: Vec<Value>, open: bool) -> Value {
    value(Kind::List(Box::new(List { items, open: open.then(why) })))
}

/// A value that is not wholly known, and one of the values that it may turn out to be; `None` where that is nothing.
fn pair() -> impl Strategy<Value = (Value, Option<Value>)> {
    let text = (word(), word(), word()).prop_map(|(before, middle, after)| {
        let parts = [Part::Known(before.clone()), Part::Unknown(why()), Part::Known(after.clone())];
        let parts: Arc<[Part]> = parts.into_iter().filter(|part| *part != Part::Known("".into())).collect();
        let filled = format!("{before}{middle}{after}");
        (value(Kind::Template(parts)), Some(Value::text(filled, Span::NONE)))
    });
    let leaf = prop_oneof![
        known().prop_map(|known| (known.clone(), Some(known))),
        prop::option::of(known()).prop_map(|known| (value(Kind::Unknown(why())), known)),
        text,
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        // An element that turns out to be nothing, or a list, would not be one element.
        let element = inner.clone().prop_filter_map("an element", |(before, after)| {
            let after = after?;
            let kept = !matches!(before.kind, Kind::Unknown(_)) || after.as_list().is_none();
            kept.then_some((before, after))
        });
        let further = prop::collection::vec(known(), 0..2);
        prop_oneof![
            (prop::collection::vec(element, 0..3), prop::option::of(further)).prop_map(|(items, further)| {
                let (before, mut after): (Vec<Value>, Vec<Value>) = items.into_iter().unzip();
                let open = further.is_some();
                after.extend(further.into_iter().flatten());
                (list(before, open), Some(list(after, false)))
            }),
            inner.prop_map(|(before, after)| (map(Some(before), false), Some(map(after, false)))),
            prop::option::of(known()).prop_map(|learnt| (map(None, true), Some(map(learnt, false)))),
        ]
    })
}

fn ask(v: Option<Value>, w: Option<Value>) -> Vec<Truth> {
    let mut body = Map::new(Span::NONE);
    for (name, value) in [("v", v), ("w", w)] {
        if let Some(value) = value {
            body.set(name, value);
        }
    }
    let mut lowered = Lowered::new(".");
    lowered.add(Resource::new(Technology::Terraform, "aws_x", body, Span::NONE));
    let graph = Graph::new([lowered]);
    let links = Links::default();
    let context = Context::new(&graph, &links);
    let evaluation = Evaluation::new(&context, ResourceId(0));
    let truths = PARSED.iter().map(|cond| {
        let truth = evaluation.decide(cond);
        // What is reported of the answer must be there, whatever the value.
        match truth {
            Truth::Unknown => assert!(evaluation.because(cond).is_some()),
            Truth::True => drop(evaluation.evidence(cond)),
            Truth::False => {}
        }
        truth
    });
    truths.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn learning_never_overturns(v in pair(), w in pair()) {
        let before = ask(Some(v.0.clone()), Some(w.0.clone()));
        let after = ask(v.1.clone(), w.1.clone());
        for ((cond, before), after) in CONDITIONS.iter().zip(before).zip(after) {
            prop_assert!(before == Truth::Unknown || before == after, "{cond}: {before:?} became {after:?}");
        }
    }

    /// What is known is decided, but for a path that meets several things.
    #[test]
    fn the_known_is_decided(v in known(), w in known()) {
        for (cond, truth) in CONDITIONS.iter().zip(ask(Some(v.clone()), Some(w.clone()))) {
            let several = cond.contains("v.k") || cond.contains('@');
            prop_assert!(truth != Truth::Unknown || several, "{cond}");
        }
    }
}
