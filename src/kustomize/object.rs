//! Objects and what identifies them, now and before.

use std::fmt;

use compact_str::{CompactString, format_compact};
use stockade_model::{Field, Kind, Map, Value};
use stockade_source::Span;

use crate::api;
use crate::value::{adapted, child_map, field_text, map_mut};

/// The namespace of what has none, in an identity.
const CLUSTER: &str = "_cluster_";

/// The API group, version and kind of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Gvk {
    pub(crate) group: CompactString,
    pub(crate) version: CompactString,
    pub(crate) kind: CompactString,
}

impl Gvk {
    /// Of an object or of anything else with `apiVersion` and `kind`.
    pub(crate) fn of(map: &Map) -> Gvk {
        Gvk::new(&field_text(map, "apiVersion"), &field_text(map, "kind"))
    }

    pub(crate) fn new(api_version: &str, kind: &str) -> Gvk {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Gvk { group: group.into(), version: version.into(), kind: kind.into() }
    }

    /// Whether a selector, whose empty parts select anything, selects this.
    pub(crate) fn is_selected(&self, by: &Gvk) -> bool {
        let same = |own: &str, wanted: &str| wanted.is_empty() || own == wanted;
        same(&self.group, &by.group) && same(&self.version, &by.version) && same(&self.kind, &by.kind)
    }

    pub(crate) fn is_cluster_scoped(&self) -> bool {
        api::is_cluster_scoped(&self.group, &self.version, &self.kind)
    }
}

/// What identifies an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Id {
    pub(crate) gvk: Gvk,
    pub(crate) name: CompactString,
    /// The namespace in effect: `default` where none is written.
    pub(crate) namespace: CompactString,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.gvk.kind, self.name)?;
        if self.namespace == CLUSTER { Ok(()) } else { write!(f, " in `{}`", self.namespace) }
    }
}

/// The namespace that counts for objects of a kind.
pub(crate) fn effective(gvk: &Gvk, namespace: &str) -> CompactString {
    if gvk.is_cluster_scoped() {
        CLUSTER.into()
    } else if namespace.is_empty() {
        "default".into()
    } else {
        namespace.into()
    }
}

/// What a generated object does where one of its name is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Behavior {
    #[default]
    Create,
    Replace,
    Merge,
}

/// A name, a namespace and a kind that an object had.
#[derive(Clone, Debug)]
struct Previous {
    name: CompactString,
    namespace: CompactString,
    kind: CompactString,
}

/// An object on its way through the kustomizations.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) body: Map,
    pub(crate) span: Span,
    /// What it was called, oldest first.
    previous: Vec<Previous>,
    pub(crate) prefixes: Vec<CompactString>,
    pub(crate) suffixes: Vec<CompactString>,
    /// Whether its name gets the hash of its content.
    pub(crate) hashed: bool,
    pub(crate) behavior: Behavior,
}

impl Object {
    pub(crate) fn new(body: Map, span: Span) -> Self {
        Object {
            body,
            span,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            hashed: false,
            behavior: Behavior::Create,
        }
    }

    pub(crate) fn gvk(&self) -> Gvk {
        Gvk::of(&self.body)
    }

    pub(crate) fn metadata(&self, key: &str) -> CompactString {
        self.body
            .get("metadata")
            .and_then(Value::as_map)
            .map_or_else(CompactString::default, |map| field_text(map, key))
    }

    pub(crate) fn name(&self) -> CompactString {
        self.metadata("name")
    }

    pub(crate) fn namespace(&self) -> CompactString {
        self.metadata("namespace")
    }

    /// What identifies it now.
    pub(crate) fn id(&self) -> Id {
        let gvk = self.gvk();
        Id { name: self.name(), namespace: effective(&gvk, &self.namespace()), gvk }
    }

    /// What identified it before, oldest first.
    pub(crate) fn previous_ids(&self) -> Vec<Id> {
        let now = self.gvk();
        let id = |previous: &Previous| {
            let gvk = Gvk { kind: previous.kind.clone(), ..now.clone() };
            Id { name: previous.name.clone(), namespace: effective(&gvk, &previous.namespace), gvk }
        };
        self.previous.iter().map(id).collect()
    }

    /// What identified it when it was read.
    pub(crate) fn original_id(&self) -> Id {
        self.previous_ids().into_iter().next().unwrap_or_else(|| self.id())
    }

    /// Everything that ever identified it; the identity of now is last.
    pub(crate) fn ids(&self) -> Vec<Id> {
        let mut ids = self.previous_ids();
        ids.push(self.id());
        ids
    }

    /// The namespace it had when it was read.
    pub(crate) fn original_namespace(&self) -> CompactString {
        self.original_id().namespace
    }

    /// Remembers what identifies it, before that changes.
    pub(crate) fn remember(&mut self) {
        let id = self.id();
        // An identity that did not change tells nothing new.
        let again = self.previous.last().is_some_and(|last| {
            last.name == id.name && last.kind == id.gvk.kind && effective(&id.gvk, &last.namespace) == id.namespace
        });
        if !again {
            let namespace = if id.namespace == CLUSTER { CompactString::default() } else { id.namespace };
            self.previous.push(Previous { name: id.name, namespace, kind: id.gvk.kind });
        }
    }

    /// Takes over what kustomize remembers of another object.
    pub(crate) fn inherit(&mut self, other: &Object) {
        self.previous.clone_from(&other.previous);
        self.prefixes.clone_from(&other.prefixes);
        self.suffixes.clone_from(&other.suffixes);
        self.hashed &= other.hashed;
    }

    /// Gives it another name, because of what stands at `span`.
    pub(crate) fn rename(&mut self, name: &str, span: Span, by: &str) {
        let place = self.span;
        let Some(metadata) = child_map(&mut self.body, "metadata", place) else { return };
        match metadata.field_mut("name") {
            Some(field) => field.value = adapted(&field.value, name, span, by),
            None => drop(metadata.set("name", Value::text(name, span))),
        }
    }

    /// Puts a field of a mapping back as it was.
    pub(crate) fn restore(map: &mut Map, key: &str, field: Option<Field>) {
        match field {
            Some(field) => drop(map.insert(key, field)),
            None => drop(map.remove(key)),
        }
    }

    /// A field of the metadata.
    pub(crate) fn metadata_field(&self, key: &str) -> Option<&Field> {
        self.body.get("metadata").and_then(Value::as_map).and_then(|metadata| metadata.field(key))
    }

    /// Takes out annotations that are none.
    pub(crate) fn drop_empty_annotations(&mut self) {
        let metadata = self.body.field_mut("metadata").and_then(|field| map_mut(&mut field.value));
        if let Some(metadata) = metadata
            && metadata.get("annotations").and_then(Value::as_map).is_some_and(Map::is_empty)
        {
            metadata.remove("annotations");
        }
    }

    /// The object as the value of a document.
    pub(crate) fn into_value(self) -> Value {
        Value::new(Kind::Map(Box::new(self.body)), self.span)
    }
}

/// A name for messages.
pub(crate) fn described(object: &Object) -> CompactString {
    format_compact!("{}", object.id())
}
