//! JSON values of a plan, with what it says about them elsewhere, to values of the model.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_model::{Field, Kind, Map, Number, Origin, Reason, Target, Value, Why};
use stockade_source::Span;
use stockade_yaml::{Node, NodeKind, Style};

use super::redact::Range;
use crate::structure::looks_encoded;

/// Longer texts are not looked into.
const MAX_ENCODED: usize = 1 << 20;

/// What a plan says of one value apart from the value.
#[derive(Clone, Copy, Default)]
pub(crate) struct Marks<'n> {
    /// `true` where the value is known only after apply, else the same shape as the value.
    pub(crate) unknown: Option<&'n Node>,
    /// `true` where the value is a secret, else the same shape as the value; the two places where a plan says so.
    pub(crate) sensitive: [Option<&'n Node>; 2],
    /// The expression that the configuration gives it.
    pub(crate) expression: Option<&'n Node>,
}

impl<'n> Marks<'n> {
    fn each(self, step: impl Fn(&'n Node) -> Option<&'n Node>) -> Self {
        // A mark on the whole holds for its parts.
        let down = |node: Option<&'n Node>| node.and_then(|node| if is_true(node) { Some(node) } else { step(node) });
        Marks { unknown: down(self.unknown), sensitive: self.sensitive.map(down), expression: None }
    }

    fn field(self, name: &str) -> Self {
        let expression = self.expression.filter(|node| !is_leaf(node)).and_then(|node| node.get(name));
        Marks { expression, ..self.each(|node| node.get(name)) }
    }

    /// `count` is the number of elements: the configuration has none of what a `dynamic` block makes, so that
    /// elements belong together only where their number is the same.
    fn element(self, at: usize, count: usize) -> Self {
        let expression = self.expression.and_then(|node| match &node.kind {
            NodeKind::Sequence(nodes) if nodes.len() == count => nodes.get(at),
            // A single block is an object.
            NodeKind::Mapping(_) if count == 1 && !is_leaf(node) => Some(node),
            _ => None,
        });
        Marks { expression, ..self.each(|node| node.elements().get(at)) }
    }

    fn is_unknown(self) -> bool {
        self.unknown.is_some_and(is_true)
    }

    fn is_sensitive(self) -> bool {
        self.sensitive.iter().flatten().any(|node| is_true(node))
    }
}

/// Whether a mark is `true`.
pub(crate) fn is_true(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Scalar(scalar) if scalar.style == Style::Plain && scalar.text == "true")
}

/// Whether some part of a mark is `true`. Its depth is that of JSON, which is bounded.
fn has_true(node: &Node) -> bool {
    is_true(node) || node.elements().iter().any(has_true) || node.entries().iter().any(|entry| has_true(&entry.value))
}

/// Whether a node of the configuration is an expression rather than blocks.
pub(crate) fn is_leaf(node: &Node) -> bool {
    let is =
        |key: &str, list: bool| node.get(key).is_some_and(|node| !list || matches!(node.kind, NodeKind::Sequence(_)));
    is("references", true) || is("constant_value", false)
}

/// Reads the values of one resource.
pub(crate) struct Reader<'r> {
    /// How far the text that was parsed lies from the start of its file.
    pub(crate) base: u32,
    /// What absent fields point at.
    pub(crate) head: Span,
    pub(crate) address: &'r str,
    /// The resources that an expression of the configuration names.
    pub(crate) targets: &'r dyn Fn(&Node) -> Vec<Target>,
    /// The places of secrets.
    pub(crate) hidden: Vec<Range>,
}

impl Reader<'_> {
    /// Where a node stands in the plan.
    pub(crate) fn span(&self, span: Span) -> Span {
        Span { file: span.file, start: span.start.saturating_add(self.base), end: span.end.saturating_add(self.base) }
    }

    /// The body of a resource: what it is known to have, and what it will have.
    pub(crate) fn body(&mut self, values: Option<&Node>, marks: Marks<'_>) -> Map {
        if let Some(values) = values.filter(|_| marks.is_sensitive()) {
            self.hide(values);
        }
        self.map(values, marks, "", self.head)
    }

    fn map(&mut self, node: Option<&Node>, marks: Marks<'_>, path: &str, head: Span) -> Map {
        let mut map = Map::new(head);
        for entry in node.map_or(&[][..], Node::entries) {
            let Some(name) = entry.key.as_str() else { continue };
            let marks = marks.field(name);
            if is_absent(&entry.value, marks) {
                continue;
            }
            let value = self.value(&entry.value, marks, &join(path, name));
            map.insert(name, Field { key: self.span(entry.key.span), entry: self.span(entry.span()), value });
        }
        // What is unknown is left out of the values.
        for entry in marks.unknown.map_or(&[][..], Node::entries) {
            let Some(name) = entry.key.as_str() else { continue };
            if map.field(name).is_none() && has_true(&entry.value) {
                let value = self.unknown(marks.field(name), &join(path, name), head);
                map.insert(name, Field { key: head, entry: head, value });
            }
        }
        map
    }

    fn value(&mut self, node: &Node, marks: Marks<'_>, path: &str) -> Value {
        let span = self.span(node.span);
        let sensitive = marks.is_sensitive();
        if sensitive {
            self.hide(node);
        }
        if marks.is_unknown() {
            return self.unknown(marks, path, span);
        }
        let kind = match &node.kind {
            NodeKind::Scalar(scalar) if scalar.style == Style::Plain => plain(&scalar.text),
            NodeKind::Scalar(scalar) => Kind::Text(scalar.text.clone()),
            NodeKind::Sequence(nodes) => {
                let each = |(at, node)| self.value(node, marks.element(at, nodes.len()), &join(path, &at.to_string()));
                let list = Value::list(nodes.iter().enumerate().map(each).collect(), span);
                return self.finish(list, marks, sensitive);
            }
            NodeKind::Mapping(entries) => {
                let head = entries.first().map_or(span, |entry| self.span(entry.key.span));
                let map = Value::map(self.map(Some(node), marks, path, head), span);
                return self.finish(map, marks, sensitive);
            }
            NodeKind::Alias(..) => Kind::Null,
        };
        self.finish(Value::new(kind, span), marks, sensitive)
    }

    fn unknown(&self, marks: Marks<'_>, path: &str, span: Span) -> Value {
        let subject = format_compact!("{}.{path}", self.address);
        let why = Why { reason: Reason::Computed, subject, span };
        self.finish(Value::unknown(why, span), marks, marks.is_sensitive())
    }

    fn finish(&self, mut value: Value, marks: Marks<'_>, sensitive: bool) -> Value {
        value.sensitive = sensitive;
        let targets = marks.expression.filter(|node| is_leaf(node)).map(|node| (self.targets)(node));
        let targets = targets.unwrap_or_default();
        let structure = value.as_text().and_then(|text| encoded(text, value.span, sensitive));
        if let Kind::List(list) = &mut value.kind {
            share(&mut list.items, &targets);
        }
        if !targets.is_empty() || structure.is_some() {
            value.origin = Some(Arc::new(Origin { steps: Vec::new(), targets, structure: structure.map(Arc::new) }));
        }
        value
    }

    fn hide(&mut self, node: &Node) {
        let span = self.span(node.span);
        let (start, end) = (span.start as usize, span.end as usize);
        // A secret within a secret is hidden already: the outer one is met first.
        if self.hidden.last().is_none_or(|(_, last)| start >= *last) {
            self.hidden.push((start, end));
        }
    }
}

/// Gives the elements of a list what its expression names: one each where there are as many, else all to all.
fn share(items: &mut [Value], targets: &[Target]) {
    if targets.is_empty() {
        return;
    }
    let paired = items.len() == targets.len();
    // A long list of many targets would grow with the square of the plan.
    let all = if targets.len().saturating_mul(items.len()) <= 4_096 { targets } else { &[] };
    for (at, item) in items.iter_mut().enumerate() {
        let of = if paired { &targets[at..=at] } else { all };
        let known = matches!(item.kind, Kind::Map(_)) || (!paired && !matches!(item.kind, Kind::Unknown(_)));
        if item.origin.is_none() && !of.is_empty() && !known {
            item.origin = Some(Arc::new(Origin { targets: of.to_vec(), ..Origin::default() }));
        }
    }
}

fn join(path: &str, name: &str) -> CompactString {
    if path.is_empty() { name.into() } else { format_compact!("{path}.{name}") }
}

/// Whether a value says no more than that nothing is set: `null`, and no blocks where none are configured.
fn is_absent(node: &Node, marks: Marks<'_>) -> bool {
    if marks.is_unknown() {
        return false;
    }
    match &node.kind {
        NodeKind::Scalar(scalar) => scalar.style == Style::Plain && scalar.text == "null",
        NodeKind::Sequence(nodes) => nodes.is_empty() && marks.expression.is_none(),
        _ => false,
    }
}

fn plain(text: &str) -> Kind {
    match text {
        "true" => Kind::Bool(true),
        "false" => Kind::Bool(false),
        "null" => Kind::Null,
        _ => Number::parse(text).map_or_else(|| Kind::Text(text.into()), Kind::Number),
    }
}

/// What a text of JSON encodes; all of it stands where the text stands.
fn encoded(text: &str, span: Span, sensitive: bool) -> Option<Value> {
    if !looks_encoded(text) || text.len() > MAX_ENCODED {
        return None;
    }
    let (document, errors) = stockade_yaml::parse_json(span.file, text);
    document.root.filter(|_| errors.is_empty()).map(|root| part(&root, span, sensitive))
}

fn part(node: &Node, span: Span, sensitive: bool) -> Value {
    let kind = match &node.kind {
        NodeKind::Scalar(scalar) if scalar.style == Style::Plain => plain(&scalar.text),
        NodeKind::Scalar(scalar) => Kind::Text(scalar.text.clone()),
        NodeKind::Sequence(nodes) => {
            let mut value = Value::list(nodes.iter().map(|node| part(node, span, sensitive)).collect(), span);
            value.sensitive = sensitive;
            return value;
        }
        NodeKind::Mapping(entries) => {
            let mut map = Map::new(span);
            for entry in entries {
                let value = part(&entry.value, span, sensitive);
                map.insert(entry.key.as_str().unwrap_or_default(), Field { key: span, entry: span, value });
            }
            Kind::Map(Box::new(map))
        }
        NodeKind::Alias(..) => Kind::Null,
    };
    Value { kind, span, origin: None, sensitive }
}
