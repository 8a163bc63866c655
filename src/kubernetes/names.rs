//! Objects by what they are called.

use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Kind, Local, Lowered, Map, Target, Value};

use crate::object::{Object, token};

/// Objects by kind, namespace and name; the first of several counts.
pub(crate) struct Names<'a> {
    by_name: HashMap<(&'a str, &'a str, &'a str), Local>,
    declared: HashMap<Local, (&'a str, Local)>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(objects: &'a [Object]) -> Self {
        let mut names = Names { by_name: HashMap::with_capacity(objects.len()), declared: HashMap::new() };
        for object in objects {
            if let Some(name) = &object.name {
                names.by_name.entry((&object.identity, &object.namespace, name)).or_insert(object.at);
            }
            if let Some(by) = object.declared_by {
                names.declared.entry(by).or_insert((&object.identity, object.at));
            }
        }
        names
    }

    /// The object of a kind that a text names, or whose declaration the text's expression names.
    pub(crate) fn resolve(&self, identity: &str, namespace: &str, name: &Value, scope: &str) -> Option<Local> {
        let mut declared = name.targets().iter().filter_map(|target| self.declared.get(&target.resource));
        match declared.find(|(kind, _)| *kind == identity) {
            Some((_, at)) => Some(*at),
            None => self.named(identity, namespace, &token(name, scope)?),
        }
    }

    pub(crate) fn named(&self, identity: &str, namespace: &str, name: &str) -> Option<Local> {
        self.by_name.get(&(identity, namespace, name)).copied()
    }
}

/// One step into a body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Field(&'static str),
    Element(usize),
}

/// A value that names a resource, so that a path through it goes on there.
pub(crate) struct Aim {
    pub(crate) at: Local,
    pub(crate) path: Box<[Way]>,
    pub(crate) to: Local,
}

impl Aim {
    pub(crate) fn apply(self, lowered: &mut Lowered) {
        let Some((Way::Field(first), rest)) = self.path.split_first() else { return };
        let body = &mut lowered.resources[self.at.0 as usize].body;
        let mut value = body.field_mut(first).map(|field| &mut field.value);
        for step in rest {
            value = match (value.map(|value| &mut value.kind), step) {
                (Some(Kind::Map(map)), Way::Field(key)) => map.field_mut(key).map(|field| &mut field.value),
                (Some(Kind::List(list)), Way::Element(index)) => list.items.get_mut(*index),
                _ => return,
            };
        }
        if let Some(value) = value {
            let mut origin = value.origin.as_deref().cloned().unwrap_or_default();
            origin.targets = vec![Target { resource: self.to, attribute: CompactString::default() }];
            value.origin = Some(Arc::new(origin));
        }
    }
}

/// A value that a path through lists leads to.
pub(crate) struct Found<'a> {
    pub(crate) value: &'a Value,
    /// What holds it.
    pub(crate) around: &'a Map,
    pub(crate) path: Box<[Way]>,
}

/// Every value that `path` leads to, through the elements of lists of mappings.
pub(crate) fn each<'a>(body: &'a Map, path: &[&'static str], emit: &mut dyn FnMut(Found<'a>)) {
    descend(body, path, &mut Vec::new(), emit);
}

fn descend<'a>(map: &'a Map, path: &[&'static str], way: &mut Vec<Way>, emit: &mut dyn FnMut(Found<'a>)) {
    let Some((key, rest)) = path.split_first() else { return };
    let Some(value) = map.get(key).filter(|value| !value.is_null()) else { return };
    way.push(Way::Field(key));
    match (&value.kind, rest.is_empty()) {
        (_, true) => emit(Found { value, around: map, path: way.as_slice().into() }),
        (Kind::Map(inner), false) => descend(inner, rest, way, emit),
        (Kind::List(list), false) => {
            for (at, item) in list.items.iter().enumerate() {
                if let Some(inner) = item.as_map() {
                    way.push(Way::Element(at));
                    descend(inner, rest, way, emit);
                    way.pop();
                }
            }
        }
        _ => {}
    }
    way.pop();
}
