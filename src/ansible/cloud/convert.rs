//! From the arguments of a task to the body of a Terraform resource.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use stockade_model::{Field, Kind, List, Map, Number, Reason, Value, Why};
use stockade_source::Span;

use super::schema::{self, Node, NodeKind, Place};
use super::shape::{not_told, shaped as reshaped};
use super::table::{Constant, Fields, Shape, Spec, Target};
use crate::arguments;

/// The body of a resource that is being made.
#[derive(Debug)]
pub(crate) struct Body {
    attributes: &'static [Node],
    map: Map,
    /// What nested arguments give of the resource itself.
    hoisted: Vec<Hoisted>,
}

#[derive(Debug)]
struct Hoisted {
    path: &'static str,
    field: Field,
    default: bool,
}

/// How a field is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    /// It is in the text and the table names it.
    Listed,
    /// It is in the text, and the attribute has the same name.
    Alike,
    /// It is what the module takes where nothing is given: it makes no block and replaces nothing.
    Default,
}

impl Body {
    /// The body of a resource with these attributes; `head` is what absent ones point at.
    pub(crate) fn new(attributes: &'static [Node], head: Span) -> Self {
        Body { attributes, map: Map::new(head), hoisted: Vec::new() }
    }

    /// Puts in what the task says.
    pub(crate) fn arguments(
        &mut self,
        source: &Map,
        nodes: &'static [Node],
        spec: &'static Spec,
        common: &'static Fields,
    ) {
        let mut map = std::mem::replace(&mut self.map, Map::new(source.head));
        map.open.clone_from(&source.open);
        for (name, field) in source.iter().filter(|(_, field)| !field.value.is_null()) {
            let node = schema::find(nodes, name);
            // A canonical name counts before another one for the same argument.
            let shadowed = node.is_some_and(|node| node.name != name.as_str() && source.field(node.name).is_some());
            if node.is_none() && !nodes.is_empty() {
                // The module refuses it. Whoever wrote it did not mean the attribute to be absent.
                if schema::find(self.attributes, name).is_some() {
                    let why = Why { reason: Reason::Invalid, subject: name.clone(), span: field.key };
                    map.insert(name.clone(), Field { value: Value::unknown(why, field.value.span), ..field.clone() });
                }
                continue;
            }
            if shadowed {
                continue;
            }
            let name = node.map_or(name.as_str(), |node| node.name);
            let (target, taken) = self.target(name, spec, common);
            self.put(&mut map, self.attributes, name, node, field, target, taken);
        }
        self.map = map;
        self.lift();
    }

    /// Puts in an argument as the attribute `to`.
    pub(crate) fn argument(&mut self, field: &Field, to: &'static str) {
        let mut map = std::mem::replace(&mut self.map, Map::new(Span::NONE));
        self.shaped(&mut map, self.attributes, to, None, field, &NO_SHAPE, Taken::Listed);
        self.map = map;
    }

    /// Puts in what the module takes for arguments that the task does not give.
    pub(crate) fn defaults(
        &mut self,
        source: &Map,
        nodes: &'static [Node],
        spec: &'static Spec,
        common: &'static Fields,
    ) {
        if source.open.is_some() {
            return;
        }
        let mut map = std::mem::replace(&mut self.map, Map::new(Span::NONE));
        for (node, field) in absent(source, nodes) {
            let (target, _) = self.target(node.name, spec, common);
            self.put(&mut map, self.attributes, node.name, Some(node), &field, target, Taken::Default);
        }
        self.map = map;
        self.lift();
    }

    /// Puts in what the table says that the module takes.
    pub(crate) fn given(&mut self, given: &'static BTreeMap<String, Constant>) {
        if self.map.open.is_some() {
            return;
        }
        for (name, constant) in given {
            if self.map.get(name).is_none() {
                self.map.set(name.as_str(), constant.value());
            }
        }
    }

    /// The body.
    pub(crate) fn finish(self) -> Map {
        self.map
    }

    /// What becomes of an argument of the module itself.
    fn target(
        &self,
        name: &str,
        spec: &'static Spec,
        common: &'static Fields,
    ) -> (Option<Option<&'static Target>>, Taken) {
        if let Some(target) = spec.fields.get(name) {
            return (Some(target.as_ref()), Taken::Listed);
        }
        match common.get(name) {
            // One that the type does not have is none of it.
            Some(target) if target.as_ref().is_some_and(|target| self.has(target, name)) => {
                (Some(target.as_ref()), Taken::Listed)
            }
            _ if spec.only_fields => (Some(None), Taken::Alike),
            _ => (None, Taken::Alike),
        }
    }

    fn has(&self, target: &Target, name: &str) -> bool {
        let to = match target {
            Target::Name(to) => to,
            Target::Shape(shape) => shape.to.as_deref().unwrap_or(name),
            Target::Several(_) => return true,
        };
        !matches!(schema::place(self.attributes, to), Place::Nowhere)
    }

    /// Puts hoisted fields where they belong; the first of several counts, and before what the resource itself has.
    fn lift(&mut self) {
        let hoisted = std::mem::take(&mut self.hoisted);
        let mut seen = Vec::new();
        for Hoisted { path, field, default } in hoisted {
            if default || !seen.contains(&path) {
                nest(&mut self.map, self.attributes, path, field, default);
            }
            if !seen.contains(&path) {
                seen.push(path);
            }
        }
    }

    /// Puts a field where its attribute belongs. `target` is `None` where the table does not name it; `here` are the
    /// attributes of `block`.
    #[expect(clippy::too_many_arguments, reason = "a field, where it comes from and where it goes to")]
    fn put(
        &mut self,
        block: &mut Map,
        here: &'static [Node],
        name: &str,
        node: Option<&'static Node>,
        field: &Field,
        target: Option<Option<&'static Target>>,
        taken: Taken,
    ) {
        match target {
            Some(None) => {}
            None => {
                // Only what both know is the same.
                if let Some(attribute) = here.iter().find(|attribute| attribute.name == name) {
                    self.shaped(block, here, attribute.name, node, field, &NO_SHAPE, taken);
                }
            }
            Some(Some(Target::Name(to))) => self.shaped(block, here, to, node, field, &NO_SHAPE, taken),
            Some(Some(Target::Shape(shape))) => self.one(block, here, name, node, field, shape, taken),
            Some(Some(Target::Several(shapes))) => {
                for shape in shapes {
                    self.one(block, here, name, node, field, shape, taken);
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a field, where it comes from and where it goes to")]
    fn one(
        &mut self,
        block: &mut Map,
        here: &'static [Node],
        name: &str,
        node: Option<&'static Node>,
        field: &Field,
        shape: &'static Shape,
        taken: Taken,
    ) {
        let alike = here.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.name);
        let to = shape.to.as_deref().or(alike).unwrap_or("");
        self.shaped(block, here, to, node, field, shape, taken);
    }

    #[expect(clippy::too_many_arguments, reason = "a field, where it comes from and where it goes to")]
    fn shaped(
        &mut self,
        block: &mut Map,
        here: &'static [Node],
        to: &'static str,
        node: Option<&'static Node>,
        field: &Field,
        shape: &'static Shape,
        taken: Taken,
    ) {
        let (here_or_root, mut path) = match to.strip_prefix('/') {
            Some(path) => (self.attributes, path),
            None => (here, to),
        };
        // That something else is named by default says nothing.
        if shape.unknown && taken == Taken::Default {
            return;
        }
        let Some(mut value) = reshaped(&field.value, shape) else { return };
        if let (Some(plural), Some(_)) = (&shape.plural, value.as_list()) {
            path = plural;
        }
        let inside = node.map_or(&[][..], |node| &node.inside);
        if shape.inline {
            self.inline(block, here, inside, &value, shape);
            return;
        }
        let place = schema::place(here_or_root, path);
        let attribute = match place {
            Place::At(attribute) => Some(attribute),
            Place::Within => None,
            Place::Nowhere => {
                // Only for what its fields give elsewhere.
                self.blocks(value, &[], inside, shape);
                return;
            }
        };
        if let Some(attribute) = attribute {
            value.sensitive |= attribute.sensitive;
            match self.fit(value, attribute, inside, shape, taken) {
                Some(fitting) => value = fitting,
                None => return,
            }
        } else if shape.bool {
            arguments::to_boolean(&mut value);
        }
        value.sensitive |= arguments::is_secret(path.rsplit('.').next().unwrap_or(path));
        // What stands in the text are entries of the module: no fix may write a Terraform attribute between them.
        let field = Field { key: field.key, entry: Span::NONE, value };
        let default = taken == Taken::Default;
        if to.starts_with('/') {
            self.hoisted.push(Hoisted { path, field, default });
        } else {
            nest(block, here_or_root, path, field, default);
        }
    }

    /// A value as the attribute has it; `None` where it cannot be that.
    fn fit(
        &mut self,
        mut value: Value,
        attribute: &'static Node,
        inside: &'static [Node],
        shape: &'static Shape,
        taken: Taken,
    ) -> Option<Value> {
        if matches!(value.kind, Kind::Unknown(_)) {
            return Some(value);
        }
        let misfit = |value: Value| (taken == Taken::Listed).then(|| not_told(&value, attribute.name));
        match attribute.kind {
            NodeKind::Block if shape.native.is_some() => Some(value),
            NodeKind::Block => self.blocks(value, &attribute.inside, inside, shape),
            NodeKind::Any => Some(value),
            NodeKind::Mapping if matches!(value.kind, Kind::Map(_) | Kind::Template(_)) => Some(value),
            NodeKind::List if value.as_list().is_some() => Some(value),
            NodeKind::List if value.as_map().is_none() => Some(match value.why() {
                // One template may give several elements.
                Some(why) => {
                    let list = List { items: Vec::new(), open: Some(Arc::clone(why)) };
                    Value { kind: Kind::List(Box::new(list)), ..value }
                }
                None => Value { kind: Value::list(vec![value.clone()], value.span).kind, ..value },
            }),
            NodeKind::Mapping | NodeKind::List => misfit(value),
            NodeKind::Text if value.as_list().is_some() || value.as_map().is_some() => {
                if encoded(attribute.name) {
                    Some(value)
                } else {
                    misfit(value)
                }
            }
            NodeKind::Text => Some(value),
            NodeKind::Bool | NodeKind::Number if value.as_list().is_some() || value.as_map().is_some() => misfit(value),
            NodeKind::Bool => {
                arguments::to_boolean(&mut value);
                Some(value)
            }
            NodeKind::Number => {
                if let Some(number) = value.as_text().and_then(|text| Number::parse(text.trim())) {
                    value.kind = Kind::Number(number);
                }
                Some(value)
            }
        }
    }

    /// A mapping as one block, a list of mappings as several; what is unknown stays so.
    fn blocks(
        &mut self,
        value: Value,
        here: &'static [Node],
        inside: &'static [Node],
        shape: &'static Shape,
    ) -> Option<Value> {
        let span = value.span;
        match &value.kind {
            Kind::Map(map) => {
                let block = self.block(map, here, inside, shape);
                if block.is_empty() && block.open.is_none() && !map.is_empty() {
                    return None;
                }
                let block = Value { origin: value.origin.clone(), ..Value::map(block, span) };
                Some(Value { kind: Value::list(vec![block], span).kind, ..value })
            }
            Kind::List(list) => {
                let mut out = List { items: Vec::with_capacity(list.items.len()), open: list.open.clone() };
                for item in &list.items {
                    match &item.kind {
                        Kind::Map(map) => {
                            let block = self.block(map, here, inside, shape);
                            out.items.push(Value { kind: Kind::Map(Box::new(block)), ..item.clone() });
                        }
                        Kind::Template(_) | Kind::Unknown(_) => {
                            out.open = out.open.take().or_else(|| item.why().cloned());
                        }
                        _ => {}
                    }
                }
                // Elements that are none of these blocks.
                if out.items.is_empty() && out.open.is_none() && !list.items.is_empty() {
                    return None;
                }
                Some(Value { kind: Kind::List(Box::new(out)), ..value })
            }
            // It may be several blocks, or none.
            Kind::Template(_) => {
                let why = value.why().map(Arc::clone)?;
                Some(Value { kind: Kind::Unknown(why), ..value })
            }
            Kind::Unknown(_) => Some(value),
            _ => None,
        }
    }

    fn block(&mut self, map: &Map, here: &'static [Node], inside: &'static [Node], shape: &'static Shape) -> Map {
        let mut block = Map::new(map.head);
        block.open.clone_from(&map.open);
        self.fields(&mut block, map, here, inside, shape);
        block
    }

    /// Puts the fields of mappings into the block around.
    fn inline(
        &mut self,
        block: &mut Map,
        here: &'static [Node],
        inside: &'static [Node],
        value: &Value,
        shape: &'static Shape,
    ) {
        match &value.kind {
            Kind::Map(map) => {
                if block.open.is_none() {
                    block.open.clone_from(&map.open);
                }
                self.fields(block, map, here, inside, shape);
            }
            Kind::List(list) => {
                for item in &list.items {
                    if let Kind::Map(map) = &item.kind {
                        self.fields(block, map, here, inside, shape);
                    }
                }
            }
            Kind::Template(_) | Kind::Unknown(_) => block.open = block.open.take().or_else(|| value.why().cloned()),
            _ => {}
        }
    }

    /// Puts the fields of a mapping into a block, and what the module takes for those that are not there.
    fn fields(
        &mut self,
        block: &mut Map,
        map: &Map,
        here: &'static [Node],
        inside: &'static [Node],
        shape: &'static Shape,
    ) {
        let target = |name: &str| shape.fields.get(name).map(Option::as_ref);
        for (name, field) in map.iter().filter(|(_, field)| !field.value.is_null()) {
            let node = schema::find(inside, name);
            if node.is_none() && !inside.is_empty() && !shape.free {
                continue;
            }
            let name = node.map_or(name.as_str(), |node| node.name);
            let taken = if target(name).is_some() { Taken::Listed } else { Taken::Alike };
            self.put(block, here, name, node, field, target(name), taken);
        }
        if map.open.is_none() {
            for (node, field) in absent(map, inside) {
                self.put(block, here, node.name, Some(node), &field, target(node.name), Taken::Default);
            }
        }
    }
}

static NO_SHAPE: LazyLock<Shape> = LazyLock::new(Shape::default);

/// The arguments that are not given and have a default, with it. Lists have none that says anything.
fn absent<'m>(map: &'m Map, nodes: &'static [Node]) -> impl Iterator<Item = (&'static Node, Field)> + 'm {
    nodes.iter().filter_map(|node| {
        let default = node.default?;
        if std::iter::once(&node.name).chain(&node.aliases).any(|name| map.field(name).is_some()) {
            return None;
        }
        let value = match node.kind {
            NodeKind::Bool => Value::bool(arguments::boolean(default)?, Span::NONE),
            NodeKind::Number => Value::number(Number::parse(default)?, Span::NONE),
            NodeKind::Text | NodeKind::Any => Value::text(default, Span::NONE),
            NodeKind::List | NodeKind::Mapping | NodeKind::Block => return None,
        };
        Some((node, Field { key: Span::NONE, entry: Span::NONE, value }))
    })
}

/// Puts a field at a dotted path, in blocks that are made where they are not there.
///
/// A default makes no block and replaces nothing.
fn nest(block: &mut Map, nodes: &'static [Node], path: &str, field: Field, default: bool) {
    let Some((name, rest)) = path.split_once('.') else {
        if !default || block.field(path).is_none() {
            block.insert(path, field);
        }
        return;
    };
    let node = schema::find(nodes, name);
    let is_block = node.is_some_and(|node| node.kind == NodeKind::Block);
    let there = block.get(name);
    if there.is_some_and(|value| matches!(value.kind, Kind::Unknown(_))) || (default && there.is_none()) {
        return;
    }
    let inner =
        there.and_then(|value| if is_block { value.items().first()?.as_map() } else { value.as_map() }).cloned();
    if default && inner.is_none() {
        return;
    }
    let mut inner = inner.unwrap_or_else(|| Map::new(field.key));
    let (key, span) = (field.key, field.value.span);
    nest(&mut inner, node.map_or(&[], |node| &node.inside), rest, field, default);
    if let Some(existing) = block.field_mut(name).filter(|existing| !existing.value.is_null()) {
        match &mut existing.value.kind {
            Kind::List(list) if !list.items.is_empty() => list.items[0].kind = Kind::Map(Box::new(inner)),
            Kind::Map(map) => **map = inner,
            _ => {}
        }
        return;
    }
    let inner = Value::map(inner, span);
    let value = if is_block { Value::list(vec![inner], span) } else { inner };
    block.insert(name, Field { key, entry: Span::NONE, value });
}

/// Attributes whose text is a structure that is encoded, so that a task gives it as one.
fn encoded(name: &str) -> bool {
    const ENDINGS: &[&str] = &["policy", "policies", "definition", "definitions", "properties", "body", "settings"];
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}
