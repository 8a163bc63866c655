//! Values while they are evaluated: those of the model with Terraform's types, shared instead of copied.

use std::sync::Arc;

use compact_str::CompactString;
use indexmap::IndexMap;
use stockade_model::{Part, Reason, Step, Target, Why};
use stockade_source::Span;

use crate::number::Number;
use crate::types::Ty;

/// How many nodes a value may have; texts count for their length.
pub(crate) const MAX_NODES: u32 = 200_000;
/// How deep a value may be.
const MAX_DEPTH: u32 = 100;
/// How many steps and targets are kept.
const MAX_STEPS: usize = 32;
const MAX_TARGETS: usize = 256;

/// A value.
#[derive(Clone, Debug)]
pub(crate) struct Val {
    pub(crate) kind: K,
    pub(crate) span: Span,
    pub(crate) prov: Option<Arc<Prov>>,
    pub(crate) sensitive: bool,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum K {
    Null(Ty),
    Bool(bool),
    Number(Number),
    Text(Arc<str>),
    Template(Arc<[Part]>),
    Seq(Arc<Seq>),
    Map(Arc<Mapping>),
    /// A resource or data source as a whole, by its node.
    Resource(u32),
    /// A module as a whole, by its instance.
    Module(u32),
    /// The instances of a resource or a module call whose number is unknown: any key gives the one that
    /// stands for them all.
    Many(Box<K>, Arc<Why>),
    Unknown(Arc<Why>, Ty),
}

/// Where a value came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prov {
    pub(crate) steps: Vec<Step>,
    /// How many of the steps, from the first, lead to the literal; the others led to its choice (a condition, a key).
    pub(crate) direct: usize,
    pub(crate) targets: Vec<Target>,
    pub(crate) structure: Option<Arc<Val>>,
}

/// The kinds of sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeqKind {
    Tuple,
    List,
    Set,
    /// The blocks of one kind in a body.
    Blocks,
}

/// A sequence.
#[derive(Clone, Debug)]
pub(crate) struct Seq {
    pub(crate) kind: SeqKind,
    pub(crate) items: Vec<Val>,
    /// Why there may be further elements.
    pub(crate) open: Option<Arc<Why>>,
    /// The type of the elements of a list or set.
    pub(crate) elem: Ty,
    facts: Facts,
}

/// The kinds of mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MapKind {
    Object,
    Map,
    /// The body of a block.
    Block,
}

pub(crate) type Fields = IndexMap<CompactString, Entry, foldhash::fast::RandomState>;

/// A mapping.
#[derive(Clone, Debug)]
pub(crate) struct Mapping {
    pub(crate) kind: MapKind,
    /// In the order of the text; Terraform goes through them sorted, see [`Mapping::sorted`].
    pub(crate) fields: Fields,
    pub(crate) head: Span,
    pub(crate) open: Option<Arc<Why>>,
    pub(crate) elem: Ty,
    facts: Facts,
}

/// One field.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Span,
    pub(crate) entry: Span,
    pub(crate) value: Val,
}

/// What is asked so often of collections that it is kept.
#[derive(Clone, Copy, Debug, Default)]
struct Facts {
    nodes: u32,
    depth: u32,
    /// Nothing unknown inside.
    whole: bool,
    /// Something sensitive inside.
    marked: bool,
    /// Something inside that came from elsewhere.
    sourced: bool,
}

impl Facts {
    fn of<'v>(values: impl Iterator<Item = &'v Val>, open: bool) -> Facts {
        let mut facts = Facts { nodes: 1, depth: 1, whole: !open, marked: false, sourced: false };
        for value in values {
            facts.nodes = facts.nodes.saturating_add(value.nodes());
            facts.depth = facts.depth.max(1 + value.depth());
            facts.whole &= value.is_whole();
            facts.marked |= value.is_marked();
            facts.sourced |= value.is_sourced();
        }
        facts
    }

    fn too_big(self) -> bool {
        self.nodes > MAX_NODES || self.depth > MAX_DEPTH
    }
}

/// Why something over a bound is unknown.
pub(crate) fn limit(subject: &str, span: Span) -> Arc<Why> {
    Arc::new(Why { reason: Reason::Limit, subject: subject.into(), span })
}

impl K {
    /// Text, composed: Terraform knows no other.
    pub(crate) fn text(text: impl AsRef<str>) -> K {
        let text = text.as_ref();
        if text.is_ascii() || unicode_normalization::is_nfc(text) {
            return K::Text(Arc::from(text));
        }
        K::Text(unicode_normalization::UnicodeNormalization::nfc(text).collect::<String>().into())
    }

    pub(crate) fn int(n: impl TryInto<i64>) -> K {
        K::Number(Number::from(n.try_into().unwrap_or(i64::MAX)))
    }

    pub(crate) fn tuple(items: Vec<Val>) -> K {
        K::seq(SeqKind::Tuple, items, None, Ty::Any)
    }

    pub(crate) fn list(items: Vec<Val>, elem: Ty) -> K {
        K::seq(SeqKind::List, items, None, elem)
    }

    pub(crate) fn seq(kind: SeqKind, items: Vec<Val>, open: Option<Arc<Why>>, elem: Ty) -> K {
        let facts = Facts::of(items.iter(), open.is_some());
        if facts.too_big() {
            return K::Unknown(limit("a value", items.first().map_or(Span::NONE, |v| v.span)), Ty::Any);
        }
        K::Seq(Arc::new(Seq { kind, items, open, elem, facts }))
    }

    pub(crate) fn object(fields: Fields) -> K {
        K::map(MapKind::Object, fields, Span::NONE, None, Ty::Any)
    }

    pub(crate) fn map(kind: MapKind, fields: Fields, head: Span, open: Option<Arc<Why>>, elem: Ty) -> K {
        let facts = Facts::of(fields.values().map(|e| &e.value), open.is_some());
        if facts.too_big() {
            return K::Unknown(limit("a value", head), Ty::Any);
        }
        K::Map(Arc::new(Mapping { kind, fields, head, open, elem, facts }))
    }

    /// Text from parts, plain where all of them are known.
    pub(crate) fn parts(parts: Vec<Part>) -> K {
        let mut out: Vec<Part> = Vec::with_capacity(parts.len());
        for part in parts {
            match (out.last_mut(), part) {
                (Some(Part::Known(last)), Part::Known(text)) => last.push_str(&text),
                (_, Part::Known(text)) if text.is_empty() => {}
                (_, part) => out.push(part),
            }
        }
        match out.as_slice() {
            [] => K::text(""),
            [Part::Known(text)] => K::text(text),
            [Part::Unknown(why)] => K::Unknown(why.clone(), Ty::Text),
            _ => K::Template(out.into()),
        }
    }

    pub(crate) fn at(self, span: Span) -> Val {
        Val { kind: self, span, prov: None, sensitive: false }
    }
}

impl Mapping {
    /// The fields in the order in which Terraform goes through them.
    pub(crate) fn sorted(&self) -> Vec<(&CompactString, &Entry)> {
        let mut fields: Vec<_> = self.fields.iter().collect();
        fields.sort_by(|a, b| a.0.cmp(b.0));
        fields
    }
}

impl Val {
    pub(crate) fn unknown(reason: Reason, subject: impl Into<CompactString>, span: Span) -> Val {
        K::Unknown(Arc::new(Why { reason, subject: subject.into(), span }), Ty::Any).at(span)
    }

    pub(crate) fn invalid(subject: impl Into<CompactString>, span: Span) -> Val {
        Val::unknown(Reason::Invalid, subject, span)
    }

    pub(crate) fn nodes(&self) -> u32 {
        let len = match &self.kind {
            K::Seq(seq) => return seq.facts.nodes,
            K::Map(map) => return map.facts.nodes,
            K::Text(text) => text.len(),
            K::Template(parts) => parts
                .iter()
                .map(|part| match part {
                    Part::Known(text) => text.len(),
                    Part::Unknown(_) => 64,
                })
                .sum(),
            _ => 0,
        };
        u32::try_from(len / 64 + self.way() / 4).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// How long the way is that a value came, which takes memory of its own.
    pub(crate) fn way(&self) -> usize {
        self.prov.as_deref().map_or(0, |prov| prov.steps.len() + prov.targets.len())
    }

    fn depth(&self) -> u32 {
        match &self.kind {
            K::Seq(seq) => seq.facts.depth,
            K::Map(map) => map.facts.depth,
            _ => 0,
        }
    }

    /// Whether nothing of it is unknown.
    pub(crate) fn is_whole(&self) -> bool {
        match &self.kind {
            K::Seq(seq) => seq.facts.whole,
            K::Map(map) => map.facts.whole,
            K::Null(_) | K::Bool(_) | K::Number(_) | K::Text(_) => true,
            K::Template(_) | K::Resource(_) | K::Module(_) | K::Many(..) | K::Unknown(..) => false,
        }
    }

    /// Whether it or something in it is sensitive.
    pub(crate) fn is_marked(&self) -> bool {
        self.sensitive
            || match &self.kind {
                K::Seq(seq) => seq.facts.marked,
                K::Map(map) => map.facts.marked,
                _ => false,
            }
    }

    fn is_sourced(&self) -> bool {
        self.prov.is_some()
            || match &self.kind {
                K::Seq(seq) => seq.facts.sourced,
                K::Map(map) => map.facts.sourced,
                _ => false,
            }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.kind, K::Null(_))
    }

    /// Whether nothing is known of it, not even what it holds.
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self.kind, K::Unknown(..) | K::Resource(_) | K::Module(_) | K::Many(..))
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        if let K::Text(text) = &self.kind { Some(text) } else { None }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        if let K::Bool(b) = self.kind { Some(b) } else { None }
    }

    /// Why it, or the first thing in it, is unknown.
    pub(crate) fn why(&self) -> Option<Arc<Why>> {
        match &self.kind {
            K::Unknown(why, _) | K::Many(_, why) => Some(why.clone()),
            K::Template(parts) => parts.iter().find_map(|part| match part {
                Part::Unknown(why) => Some(why.clone()),
                Part::Known(_) => None,
            }),
            K::Seq(seq) if !seq.facts.whole => seq.items.iter().find_map(Val::why).or_else(|| seq.open.clone()),
            K::Map(map) if !map.facts.whole => {
                map.fields.values().find_map(|e| e.value.why()).or_else(|| map.open.clone())
            }
            K::Resource(_) | K::Module(_) => {
                Some(Arc::new(Why { reason: Reason::Computed, subject: "a whole resource".into(), span: self.span }))
            }
            _ => None,
        }
    }

    /// Whether it, or something in it, is what Terraform would refuse.
    pub(crate) fn is_refused(&self) -> bool {
        let invalid = |why: &Why| why.reason == Reason::Invalid;
        match &self.kind {
            K::Unknown(why, _) => invalid(why),
            K::Template(parts) => parts.iter().any(|part| matches!(part, Part::Unknown(why) if invalid(why))),
            K::Seq(seq) if !seq.facts.whole => {
                seq.open.as_deref().is_some_and(invalid) || seq.items.iter().any(Val::is_refused)
            }
            K::Map(map) if !map.facts.whole => {
                map.open.as_deref().is_some_and(invalid) || map.fields.values().any(|e| e.value.is_refused())
            }
            _ => false,
        }
    }

    /// An element or field of this with the way it came along with this.
    ///
    /// The last step of the way to a collection shows its literal, which holds the literal of the element.
    pub(crate) fn child(&self, child: &Val, key: Option<&str>) -> Val {
        let mut out = child.clone();
        out.sensitive |= self.sensitive;
        let Some(prov) = &self.prov else { return out };
        let own = child.prov.as_deref();
        let mut joined = Prov { structure: own.and_then(|p| p.structure.clone()), ..Prov::default() };
        let (direct, chosen) = prov.steps.split_at(prov.direct.min(prov.steps.len()));
        if let Some((last, before)) = direct.split_last() {
            joined.steps.extend_from_slice(before);
            let span = if child.span.is_none() { last.span } else { child.span };
            joined.steps.push(Step { span, via: last.via.clone() });
            out.span = self.span;
        }
        let (own_direct, own_chosen) =
            own.map_or((&[][..], &[][..]), |p| p.steps.split_at(p.direct.min(p.steps.len())));
        joined.steps.extend_from_slice(own_direct);
        joined.direct = joined.steps.len();
        joined.steps.extend(own_chosen.iter().chain(chosen).cloned());
        joined.steps.truncate(MAX_STEPS);
        joined.targets.clone_from(&prov.targets);
        if let ([target], Some(key)) = (joined.targets.as_mut_slice(), key)
            && target.attribute.len() < 256
        {
            if !target.attribute.is_empty() {
                target.attribute.push('.');
            }
            target.attribute.push_str(key);
        }
        joined.add_targets(own.map_or(&[], |p| &p.targets));
        out.prov = Some(Arc::new(joined));
        out
    }

    /// The elements of a sequence, each with the way it came.
    pub(crate) fn children(&self) -> Vec<Val> {
        match &self.kind {
            K::Seq(seq) => seq.items.iter().map(|item| self.child(item, None)).collect(),
            _ => Vec::new(),
        }
    }

    /// The same value, made by way of others.
    #[must_use]
    pub(crate) fn through<'v>(mut self, others: impl IntoIterator<Item = &'v Val>) -> Val {
        for other in others {
            self.sensitive |= other.sensitive;
            let Some(theirs) = &other.prov else { continue };
            match &mut self.prov {
                None if theirs.structure.is_none() => self.prov = Some(theirs.clone()),
                mine => {
                    let mut joined = mine.as_deref().cloned().unwrap_or_default();
                    joined.add(theirs);
                    *mine = Some(Arc::new(joined));
                }
            }
        }
        self
    }

    /// The same value, chosen among others by what this says: a condition, a key.
    #[must_use]
    pub(crate) fn chosen_by(self, choice: &Val) -> Val {
        let direct = self.prov.as_deref().map_or(0, |prov| prov.direct);
        let mut out = self.through([choice]);
        if choice.prov.is_some()
            && let Some(prov) = &mut out.prov
        {
            Arc::make_mut(prov).direct = direct;
        }
        out
    }

    /// As [`Val::through`], with everything inside the others too.
    #[must_use]
    pub(crate) fn through_all<'v>(mut self, others: impl IntoIterator<Item = &'v Val>) -> Val {
        let mut gathered = Prov::default();
        for other in others {
            self.sensitive |= other.is_marked();
            other.gather(&mut gathered);
        }
        if gathered.steps.is_empty() && gathered.targets.is_empty() {
            return self;
        }
        let joined = match self.prov.as_deref() {
            Some(mine) => {
                let mut joined = mine.clone();
                joined.add(&gathered);
                joined
            }
            None => gathered,
        };
        self.prov = Some(Arc::new(joined));
        self
    }

    fn gather(&self, into: &mut Prov) {
        if let Some(prov) = &self.prov {
            into.add(prov);
        }
        match &self.kind {
            K::Seq(seq) if seq.facts.sourced => seq.items.iter().for_each(|item| item.gather(into)),
            K::Map(map) if map.facts.sourced => map.fields.values().for_each(|e| e.value.gather(into)),
            _ => {}
        }
    }

    /// The same value as a name at `span` gives it.
    #[must_use]
    pub(crate) fn named(mut self, via: stockade_model::Via, span: Span) -> Val {
        if !self.span.is_none() && self.span != span {
            let old = self.prov.as_deref();
            let mut prov = Prov { steps: vec![Step { span: self.span, via }], ..Prov::default() };
            if let Some(old) = old {
                prov.steps.extend(old.steps.iter().take(MAX_STEPS - 1).cloned());
                prov.direct = old.direct;
                prov.targets.clone_from(&old.targets);
                prov.structure.clone_from(&old.structure);
            }
            prov.direct += 1;
            self.prov = Some(Arc::new(prov));
        }
        self.span = span;
        self
    }

    /// The same value, naming one more resource.
    #[must_use]
    pub(crate) fn naming(mut self, resource: u32, attribute: &str) -> Val {
        let mut prov = self.prov.as_deref().cloned().unwrap_or_default();
        prov.add_targets(&[Target { resource: stockade_model::Local(resource), attribute: attribute.into() }]);
        self.prov = Some(Arc::new(prov));
        self
    }

    /// The same text, which encodes `structure`.
    #[must_use]
    pub(crate) fn encoding(mut self, structure: Val) -> Val {
        let mut prov = self.prov.as_deref().cloned().unwrap_or_default();
        prov.structure = Some(Arc::new(structure));
        self.prov = Some(Arc::new(prov));
        self
    }

    pub(crate) fn targets(&self) -> &[Target] {
        self.prov.as_deref().map_or(&[], |p| &p.targets)
    }
}

impl Prov {
    fn add(&mut self, other: &Prov) {
        for step in &other.steps {
            if self.steps.len() < MAX_STEPS && !self.steps.contains(step) {
                self.steps.push(step.clone());
            }
        }
        self.direct = self.steps.len();
        self.add_targets(&other.targets);
    }

    fn add_targets(&mut self, targets: &[Target]) {
        for target in targets {
            if self.targets.len() < MAX_TARGETS && !self.targets.contains(target) {
                self.targets.push(target.clone());
            }
        }
    }
}
