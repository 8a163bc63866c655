//! The source of a plan, laid under it: where its values stand in the text, and what the two disagree about.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_model::{Former, Kind, List, Local, Lowered, Map, Number, Origin, Resource, Target, Value};
use stockade_source::Span;

use crate::provider::MERGED;

/// Lists are matched by what is in them as long as that takes no more comparisons.
const MAX_COMPARED: usize = 65_536;
/// How many disagreements are kept of one resource.
const MAX_DISAGREEMENTS: usize = 64;
/// A text in a disagreement is cut to so many characters.
const MAX_SHOWN: usize = 120;

/// Fields that say how Terraform goes about a resource; a plan does not show them.
const META: &[&str] =
    &["count", "for_each", "provider", "providers", "depends_on", "lifecycle", "provisioner", "connection", "timeouts"];

/// Something that a plan and its source do not agree about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The address of the resource.
    pub address: CompactString,
    /// The path of the attribute; empty for the resource as a whole.
    pub attribute: CompactString,
    /// What the source says.
    pub source: String,
    /// What the plan says.
    pub plan: String,
    /// Where the source says it, else where the plan does.
    pub span: Span,
}

/// The resources of a source, to be found by the addresses of a plan.
pub(crate) struct SourceIndex<'s> {
    source: &'s Lowered,
    by_address: HashMap<&'s str, u32>,
    by_declaration: HashMap<CompactString, u32>,
    outgoing: HashMap<u32, Vec<u32>>,
}

/// What the source has of a resource of the plan.
#[derive(Clone, Copy)]
pub(crate) struct Declared<'s> {
    pub(crate) at: u32,
    pub(crate) resource: &'s Resource,
    /// Whether it is this very instance, so that its values are comparable.
    pub(crate) exact: bool,
}

impl<'s> SourceIndex<'s> {
    pub(crate) fn new(source: &'s Lowered) -> Self {
        let (mut by_address, mut by_declaration) = (HashMap::new(), HashMap::new());
        for (at, resource) in (0u32..).zip(&source.resources) {
            by_address.insert(resource.address.as_str(), at);
            by_declaration.entry(resource.declaration()).or_insert(at);
        }
        let mut outgoing: HashMap<u32, Vec<u32>> = HashMap::new();
        for (at, link) in (0u32..).zip(&source.links) {
            outgoing.entry(link.from.0).or_default().push(at);
        }
        SourceIndex { source, by_address, by_declaration, outgoing }
    }

    pub(crate) fn find(&self, address: &str, declaration: &str) -> Option<Declared<'s>> {
        let exact = self.by_address.get(address).copied();
        let at = exact.or_else(|| self.by_declaration.get(declaration).copied())?;
        let resource = self.source.resources.get(at as usize)?;
        Some(Declared { at, resource, exact: exact.is_some() })
    }

    /// What a resource of the source refers to: the other resource, the attribute that refers, the text.
    pub(crate) fn outgoing(&self, at: u32) -> impl Iterator<Item = (u32, &'s CompactString, Span)> {
        let links = self.outgoing.get(&at).map_or(&[][..], Vec::as_slice).iter();
        links.filter_map(|at| self.source.links.get(*at as usize)).map(|link| (link.to.0, &link.label, link.span))
    }

    /// What its declarations were called once.
    pub(crate) fn former(&self) -> &'s BTreeMap<CompactString, Former> {
        &self.source.former
    }

    /// The resources of the source with their places.
    pub(crate) fn resources(&self) -> impl Iterator<Item = (u32, &'s Resource)> {
        (0u32..).zip(&self.source.resources)
    }
}

/// Whether a kind is that of a resource or data source rather than of another block.
pub(crate) fn is_resource(kind: &str) -> bool {
    kind.contains('_')
}

/// Lays a resource of the source under one of the plan.
pub(crate) struct Overlay<'o> {
    /// From resources of the source to those of the plan.
    pub(crate) map: &'o dyn Fn(Local) -> Option<Local>,
    pub(crate) address: &'o str,
    /// Whether the values are comparable.
    pub(crate) compare: bool,
    pub(crate) disagreements: Vec<Disagreement>,
}

impl Overlay<'_> {
    /// The body of the plan moves to where the source has it.
    pub(crate) fn body(&mut self, body: &mut Map, source: &Map, head: Span) {
        self.map(body, source, head, "", true);
    }

    fn map(&mut self, map: &mut Map, source: &Map, head: Span, path: &str, top: bool) {
        map.head = if source.head.is_none() { head } else { source.head };
        let head = map.head;
        // What the provider computes and the source does not set is absent in the source's eyes; where the
        // source cannot tell, it stays unknown.
        let computed: Vec<CompactString> = match source.open {
            None => map
                .iter()
                .filter(|(name, field)| field.value.why().is_some() && source.field(name).is_none())
                .map(|(name, _)| name.clone())
                .collect(),
            Some(_) => Vec::new(),
        };
        computed.iter().for_each(|name| drop(map.remove(name)));
        for (name, field) in map.iter_mut() {
            let path = join(path, name);
            match source.field(name) {
                Some(declared) => {
                    (field.key, field.entry) = (declared.key, declared.entry);
                    self.value(&mut field.value, &declared.value, &path);
                }
                None => {
                    (field.key, field.entry) = (head, head);
                    relocate(&mut field.value, head);
                }
            }
        }
        for (name, declared) in source.iter() {
            // Which resources have tags at all only the provider's schema tells.
            let silent = META.contains(&name.as_str()) || MERGED.contains(&name.as_str());
            if map.field(name).is_none() && !(top && silent) && says_something(&declared.value) {
                self.disagree(&join(path, name), &declared.value, None);
            }
        }
    }

    fn value(&mut self, value: &mut Value, source: &Value, path: &str) {
        value.span = source.span;
        let structure = match (value.structure(), source.structure()) {
            (Some(own), Some(declared)) => {
                let mut own = own.clone();
                self.value(&mut own, declared, path);
                Some(Arc::new(own))
            }
            (Some(own), None) => {
                let mut own = own.clone();
                relocate(&mut own, source.span);
                Some(Arc::new(own))
            }
            (None, _) => None,
        };
        let same = structure.is_some() && source.structure().is_some();
        let targets: Vec<Target> = source
            .targets()
            .iter()
            .filter_map(|target| Some(Target { resource: (self.map)(target.resource)?, ..target.clone() }))
            .collect();
        let targets = if targets.is_empty() { value.targets().to_vec() } else { targets };
        let steps = source.origin.as_ref().map(|origin| origin.steps.clone()).unwrap_or_default();
        let origin = Origin { steps, targets, structure };
        value.origin = (origin != Origin::default()).then(|| Arc::new(origin));
        value.sensitive |= source.sensitive;
        let equal = same || scalar(value) == scalar(source);
        match (&mut value.kind, &source.kind) {
            (Kind::Map(map), Kind::Map(declared)) => self.map(map, declared, source.span, path, false),
            (Kind::List(list), Kind::List(declared)) => self.list(list, declared, source, path),
            (Kind::Map(_) | Kind::List(_), kind) => {
                let span = source.span;
                relocate(value, span);
                if matches!(kind, Kind::Bool(_) | Kind::Number(_) | Kind::Text(_)) {
                    self.disagree(path, source, Some(value));
                }
            }
            (Kind::Unknown(why), _) => {
                let mut why = (**why).clone();
                why.span = source.span;
                value.kind = Kind::Unknown(Arc::new(why));
            }
            (_, Kind::Unknown(_) | Kind::Template(_)) => {}
            (Kind::Null, _) if !says_something(source) => {}
            _ if equal => {}
            _ => self.disagree(path, source, Some(value)),
        }
    }

    fn list(&mut self, list: &mut List, declared: &List, source: &Value, path: &str) {
        let pairs = pairs(&list.items, &declared.items);
        let sizes = declared.open.is_none() && list.open.is_none() && list.items.len() != declared.items.len();
        if sizes {
            let said = |count: usize| format!("{count} {}", if count == 1 { "element" } else { "elements" });
            self.say(path, said(declared.items.len()), said(list.items.len()), source.span);
        }
        // Elements of lists of different sizes cannot be said to be the same ones.
        let compare = self.compare;
        self.compare = compare && !sizes && declared.open.is_none();
        for (at, (item, pair)) in list.items.iter_mut().zip(pairs).enumerate() {
            match pair.or(declared.items.len().checked_sub(1)).and_then(|at| declared.items.get(at)) {
                Some(declared) => self.value(item, declared, &join(path, &at.to_string())),
                None => relocate(item, source.span),
            }
        }
        self.compare = compare;
    }

    fn disagree(&mut self, path: &str, source: &Value, plan: Option<&Value>) {
        let secret = source.sensitive || plan.is_some_and(|plan| plan.sensitive);
        let text = |value: &Value| if secret { "(sensitive)".to_owned() } else { show(value) };
        self.say(path, text(source), plan.map_or_else(|| "(absent)".to_owned(), text), source.span);
    }

    fn say(&mut self, path: &str, source: String, plan: String, span: Span) {
        if self.compare && self.disagreements.len() < MAX_DISAGREEMENTS {
            let (address, attribute) = (self.address.into(), path.into());
            self.disagreements.push(Disagreement { address, attribute, source, plan, span });
        }
    }
}

/// The targets of a resource of the source, as those of the plan.
pub(crate) fn retarget(map: &mut Map, to: &dyn Fn(Local) -> Option<Local>) {
    for (_, field) in map.iter_mut() {
        retarget_value(&mut field.value, to);
    }
}

fn retarget_value(value: &mut Value, to: &dyn Fn(Local) -> Option<Local>) {
    if let Some(origin) = value.origin.as_deref() {
        let mut origin = origin.clone();
        origin.targets = origin
            .targets
            .into_iter()
            .filter_map(|target| Some(Target { resource: to(target.resource)?, ..target }))
            .collect();
        if let Some(structure) = origin.structure.as_deref() {
            let mut structure = structure.clone();
            retarget_value(&mut structure, to);
            origin.structure = Some(Arc::new(structure));
        }
        value.origin = Some(Arc::new(origin));
    }
    match &mut value.kind {
        Kind::List(list) => list.items.iter_mut().for_each(|item| retarget_value(item, to)),
        Kind::Map(map) => retarget(map, to),
        _ => {}
    }
}

/// Moves a value with all its parts to one place.
fn relocate(value: &mut Value, span: Span) {
    value.span = span;
    if let Some(origin) = value.origin.as_deref()
        && let Some(structure) = origin.structure.as_deref()
    {
        let mut structure = structure.clone();
        relocate(&mut structure, span);
        let origin = Origin { structure: Some(Arc::new(structure)), ..origin.clone() };
        value.origin = Some(Arc::new(origin));
    }
    match &mut value.kind {
        Kind::List(list) => list.items.iter_mut().for_each(|item| relocate(item, span)),
        Kind::Map(map) => {
            map.head = span;
            for (_, field) in map.iter_mut() {
                (field.key, field.entry) = (span, span);
                relocate(&mut field.value, span);
            }
        }
        Kind::Unknown(why) if why.span != span => {
            let mut moved = (**why).clone();
            moved.span = span;
            value.kind = Kind::Unknown(Arc::new(moved));
        }
        _ => {}
    }
}

/// Which element of the source each one of the plan is: a plan sorts sets, the source does not.
fn pairs(plan: &[Value], source: &[Value]) -> Vec<Option<usize>> {
    if plan.len().saturating_mul(source.len()) > MAX_COMPARED || source.len() == 1 {
        return (0..plan.len()).map(|at| (at < source.len()).then_some(at)).collect();
    }
    let mut taken = vec![false; source.len()];
    let mut out = vec![None; plan.len()];
    // The sure ones first, then the rest by what they have in common.
    for sure in [true, false] {
        for (at, value) in plan.iter().enumerate().filter(|_| !source.is_empty()) {
            if out[at].is_some() {
                continue;
            }
            let free = (0..source.len()).filter(|at| !taken[*at]);
            // Of equals the one at the same position, else the first one.
            let best = free.map(|other| (alike(value, &source[other]), other == at, usize::MAX - other)).max();
            if let Some((score, _, other)) = best.filter(|(score, ..)| !sure || *score == usize::MAX) {
                let other = usize::MAX - other;
                let _ = score;
                out[at] = Some(other);
                taken[other] = true;
            }
        }
    }
    out
}

/// How many fields two values have in common; the most there is where they are equal.
fn alike(a: &Value, b: &Value) -> usize {
    match (&a.kind, &b.kind) {
        (Kind::Map(a), Kind::Map(b)) => {
            let equal = |name: &str, value: &Value| b.get(name).is_some_and(|b| alike(value, b) == usize::MAX);
            let common = a.iter().filter(|(name, field)| equal(name, &field.value)).count();
            if common > 0 && common == b.len() { usize::MAX } else { common }
        }
        (Kind::List(a), Kind::List(b)) => {
            let all = a.items.len() == b.items.len() && a.items.len() <= 64;
            let equal = all && a.items.iter().zip(&b.items).all(|(a, b)| alike(a, b) == usize::MAX);
            if equal { usize::MAX } else { 0 }
        }
        _ => match (scalar(a), scalar(b)) {
            (Some(a), Some(b)) if a == b => usize::MAX,
            _ => 0,
        },
    }
}

/// A value as a text, as Terraform converts: `"22"` is 22.
fn scalar(value: &Value) -> Option<CompactString> {
    match &value.kind {
        Kind::Bool(value) => Some(if *value { "true".into() } else { "false".into() }),
        Kind::Number(number) => Some(format_compact!("{number}")),
        Kind::Text(text) => Some(Number::parse(text).map_or_else(|| text.clone(), |n| format_compact!("{n}"))),
        _ => None,
    }
}

/// Whether a value of the source sets anything that a plan would show.
fn says_something(value: &Value) -> bool {
    match &value.kind {
        Kind::Null | Kind::Unknown(_) | Kind::Template(_) => false,
        Kind::List(list) => !list.items.is_empty(),
        Kind::Map(map) => !map.is_empty(),
        Kind::Text(text) => !text.is_empty(),
        Kind::Bool(_) | Kind::Number(_) => true,
    }
}

fn show(value: &Value) -> String {
    let text = match &value.kind {
        Kind::Text(text) => format!("{text:?}"),
        Kind::List(list) => format!("a list of {}", list.items.len()),
        Kind::Map(map) => {
            format!("{{{}}}", map.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "))
        }
        Kind::Null => "null".to_owned(),
        Kind::Unknown(_) | Kind::Template(_) => "(known after apply)".to_owned(),
        Kind::Bool(_) | Kind::Number(_) => scalar(value).unwrap_or_default().into(),
    };
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn join(path: &str, name: &str) -> CompactString {
    if path.is_empty() { name.into() } else { format_compact!("{path}.{name}") }
}
