//! Walks paths through values, references and companions.

use std::sync::Arc;

use stockade_model::{Kind, ResourceId, Value, Why};
use stockade_source::Span;

use crate::context::Context;
use crate::{Path, Step};

/// How many elements one quantifier goes through; beyond it there may be more, which makes the answer Unknown.
const MAX_ELEMENTS: usize = 1 << 16;
/// How deep lists of lists, and texts in texts, are followed.
const MAX_NESTING: u8 = 16;

/// A place that a path has reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'g> {
    /// The resource that it is in.
    pub(crate) resource: ResourceId,
    /// The head of the smallest mapping around it.
    pub(crate) head: Span,
    pub(crate) what: What<'g>,
    /// Set where it is not known whether the path leads here at all.
    pub(crate) possible: Option<&'g Arc<Why>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum What<'g> {
    /// The resource itself.
    Resource,
    Value(&'g Value),
    Absent,
    /// Something may be here. The reason is missing where a limit was reached.
    Unknown(Option<&'g Arc<Why>>),
    /// Several things are here, and the path has no quantifier.
    Many,
}

/// What a quantifier goes through.
#[derive(Debug, Default)]
pub(crate) struct Fan<'g> {
    pub(crate) elements: Vec<At<'g>>,
    /// Set where there may be further elements.
    pub(crate) open: Option<Option<&'g Arc<Why>>>,
}

impl<'g> Fan<'g> {
    fn push(&mut self, at: At<'g>) {
        match at.what {
            What::Unknown(why) => self.open = self.open.or(Some(why)),
            _ if self.elements.len() >= MAX_ELEMENTS => self.open = self.open.or(Some(None)),
            _ => self.elements.push(at),
        }
    }
}

impl<'g> Context<'g> {
    /// Where every path of a check starts.
    pub(crate) fn root(&self, id: ResourceId) -> At<'g> {
        At { resource: id, head: self.resource(id).head(), what: What::Resource, possible: None }
    }

    /// The one place that a path without a quantifier leads to.
    pub(crate) fn single(&self, from: At<'g>, path: &Path) -> At<'g> {
        let mut at = from;
        for step in &path.steps {
            if matches!(at.what, What::Absent | What::Unknown(_) | What::Many) {
                return at;
            }
            let (mut found, mut count, mut open) = (None, 0usize, None);
            self.expand(at, step, 0, &mut |next| match next.what {
                What::Unknown(why) => open = open.or(Some(why)),
                _ => {
                    count += 1;
                    found = found.or(Some(next));
                }
            });
            at = match (found, count, open) {
                (_, _, Some(why)) => At { what: What::Unknown(why), ..at },
                (None, ..) => At { head: self.missing(at, step), what: What::Absent, ..at },
                (Some(next), 1, None) => next,
                (Some(_), ..) => At { what: What::Many, ..at },
            };
        }
        at
    }

    /// Everything that a path under a quantifier leads to.
    pub(crate) fn fan(&self, from: At<'g>, path: &Path) -> Fan<'g> {
        let mut level = vec![from];
        let mut open = None;
        for step in &path.steps {
            let mut next = Fan { elements: Vec::new(), open };
            for at in level {
                self.expand(at, step, 0, &mut |at| next.push(at));
            }
            (level, open) = (next.elements, next.open);
        }
        let mut fan = Fan { elements: Vec::with_capacity(level.len()), open };
        for at in level {
            flatten(at, false, 0, &mut fan);
        }
        fan
    }

    /// The smallest place that stands for what is missing under `path`: the head of the last mapping on the way.
    pub(crate) fn nearest(&self, from: At<'g>, path: &Path) -> At<'g> {
        let mut at = from;
        for step in &path.steps {
            let mut found = None;
            self.expand(at, step, 0, &mut |next| found = found.or(Some(next)));
            match found {
                Some(next) => at = next,
                None => return At { head: self.missing(at, step), what: What::Absent, ..at },
            }
        }
        at
    }

    /// The smallest mapping around what is absent at a path, or the `null` that is written there.
    pub(crate) fn around(&self, from: At<'g>, path: &Path) -> Option<&'g Value> {
        let mut at = from;
        for step in &path.steps {
            let mut found = None;
            self.expand(at, step, 0, &mut |next| found = found.or(Some(next)));
            let Some(next) = found else {
                let What::Value(value) = at.what else { return None };
                let written = value.as_map().and_then(|map| map.field(&step.name));
                return Some(written.map_or(value, |field| &field.value));
            };
            at = next;
        }
        None
    }

    /// The place of a step that leads nowhere: the `null` that is written there, else what an absent field points at.
    fn missing(&self, at: At<'g>, step: &Step) -> Span {
        let map = match at.what {
            What::Value(value) => match value.items() {
                [single] => single.as_map(),
                _ => value.as_map(),
            },
            What::Resource => Some(&self.resource(at.resource).body),
            _ => None,
        };
        let written = map.and_then(|map| map.field(&step.name)).map(|field| {
            if field.value.span.is_none() || field.value.span.is_empty() { field.key } else { field.value.span }
        });
        written.filter(|span| !span.is_none()).unwrap_or_else(|| self.head_of(at))
    }

    /// What an absent field of `at` points at.
    fn head_of(&self, at: At<'g>) -> Span {
        let value = match at.what {
            What::Value(value) => value,
            What::Resource => return self.resource(at.resource).head(),
            _ => return at.head,
        };
        let whole = if value.span.is_none() { at.head } else { value.span };
        match &value.kind {
            Kind::Map(map) if !map.head.is_none() => map.head,
            Kind::List(list) => match list.items.as_slice() {
                [single] => single.as_map().map(|map| map.head).filter(|head| !head.is_none()).unwrap_or(whole),
                _ => whole,
            },
            Kind::Map(_) => whole,
            _ => match value.structure() {
                Some(structure) => {
                    structure.as_map().map(|map| map.head).filter(|head| !head.is_none()).unwrap_or(whole)
                }
                None => {
                    let mut targets =
                        value.targets().iter().filter_map(|target| self.graph().target(at.resource, target));
                    targets.next().map_or(whole, |id| self.resource(id).head())
                }
            },
        }
    }

    /// Every place one step on; nothing where there is none.
    fn expand(&self, at: At<'g>, step: &Step, nesting: u8, emit: &mut dyn FnMut(At<'g>)) {
        let value = match at.what {
            What::Resource => return self.expand_resource(at, step, emit),
            What::Value(value) => value,
            What::Unknown(_) => return emit(at),
            What::Absent | What::Many => return,
        };
        if nesting > MAX_NESTING {
            return emit(At { what: What::Unknown(None), ..at });
        }
        match &value.kind {
            Kind::Map(map) => match map.get(&step.name) {
                Some(field) => emit(At {
                    head: if map.head.is_none() { at.head } else { map.head },
                    what: What::Value(field),
                    ..at
                }),
                None if self.expand_targets(at, value, step, emit) => {}
                // A field that is written as `null` is absent, whatever else may come.
                None if map.field(&step.name).is_some() => {}
                None => {
                    if let Some(why) = &map.open {
                        emit(At { what: What::Unknown(Some(why)), ..at });
                    }
                }
            },
            Kind::List(list) => {
                for item in list.items.iter().filter(|item| !item.is_null()) {
                    self.expand(At { what: What::Value(item), ..at }, step, nesting + 1, emit);
                }
                if let Some(why) = &list.open {
                    emit(At { what: What::Unknown(Some(why)), ..at });
                }
            }
            Kind::Text(_) | Kind::Template(_) | Kind::Unknown(_) => {
                if let Some(structure) = value.structure() {
                    self.expand(At { what: What::Value(structure), ..at }, step, nesting + 1, emit);
                } else if !self.expand_targets(at, value, step, emit)
                    && let Some(why) = value.why()
                {
                    emit(At { what: What::Unknown(Some(why)), ..at });
                }
            }
            Kind::Null | Kind::Bool(_) | Kind::Number(_) => {}
        }
    }

    /// Goes on in the resources that a value names; `false` where it names none.
    fn expand_targets(&self, at: At<'g>, value: &'g Value, step: &Step, emit: &mut dyn FnMut(At<'g>)) -> bool {
        let mut any = false;
        for target in value.targets() {
            if let Some(id) = self.graph().target(at.resource, target) {
                any = true;
                self.expand_resource(At { possible: at.possible, ..self.root(id) }, step, emit);
            }
        }
        any
    }

    /// A field, else what an edge of this name leads to, else the resources of this kind that refer here.
    fn expand_resource(&self, at: At<'g>, step: &Step, emit: &mut dyn FnMut(At<'g>)) {
        let resource = self.resource(at.resource);
        if let Some(value) = resource.body.get(&step.name) {
            return emit(At { head: resource.head(), what: What::Value(value), ..at });
        }
        let mut any = false;
        for edge in self.graph().outgoing(at.resource).filter(|edge| edge.label == step.name) {
            any = true;
            emit(At { possible: at.possible, ..self.root(edge.to) });
        }
        if any {
            return;
        }
        let linked = self.companions(at.resource, &step.name);
        for id in &linked {
            emit(At { possible: at.possible, ..self.root(*id) });
        }
        let possible = self.possible_companions(at.resource, &step.name);
        for (id, why) in possible.iter().filter(|(id, _)| linked.binary_search(id).is_err()) {
            emit(At { possible: Some(why), ..self.root(*id) });
        }
        if let Some(why) = &resource.body.open
            && !step.kind
            && resource.body.field(&step.name).is_none()
            && linked.is_empty()
            && possible.is_empty()
        {
            emit(At { what: What::Unknown(Some(why)), ..at });
        }
    }
}

/// Lists become their elements; `inside` is whether `at` is known to be one.
fn flatten<'g>(at: At<'g>, inside: bool, nesting: u8, fan: &mut Fan<'g>) {
    let What::Value(value) = at.what else { return fan.push(at) };
    if nesting > MAX_NESTING {
        return fan.push(At { what: What::Unknown(None), ..at });
    }
    match &value.kind {
        Kind::Null => {}
        Kind::List(list) => {
            for item in &list.items {
                flatten(At { what: What::Value(item), ..at }, true, nesting + 1, fan);
            }
            if let Some(why) = &list.open {
                fan.push(At { what: What::Unknown(Some(why)), ..at });
            }
        }
        // What is wholly unknown may be a list; but an element, or what names one resource, is one thing.
        Kind::Unknown(why) if !inside && value.targets().len() != 1 && value.structure().is_none() => {
            fan.push(At { what: What::Unknown(Some(why)), ..at });
        }
        Kind::Map(map) => fan.push(At { head: if map.head.is_none() { at.head } else { map.head }, ..at }),
        _ => match value.structure() {
            Some(structure) if structure.as_list().is_some() => {
                flatten(At { what: What::Value(structure), ..at }, inside, nesting + 1, fan);
            }
            _ => fan.push(at),
        },
    }
}
