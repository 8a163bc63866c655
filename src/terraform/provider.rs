//! Which `provider` block configures a resource, and the tags and labels that it gives all of them.

use compact_str::{CompactString, format_compact};
use stockade_hcl::{ExprKind, Item, ObjectKey};
use stockade_model::{Reason, Via};
use stockade_source::Span;

use crate::body::name_of;
use crate::declare::field;
use crate::eval::Eval;
use crate::input::literal;
use crate::scope::{Scope, Slot};
use crate::types::Ty;
use crate::value::{Entry, Fields, K, MapKind, Val};

/// A `provider` block: the module instance, and the place among what its folder declares.
pub(crate) type Block = (u32, usize);

/// The fields that come of a resource's own tags or labels and those of its provider.
pub(crate) const MERGED: &[&str] = &["tags_all", "terraform_labels", "effective_labels"];

/// How a provider passes on what it is given for all of its resources.
struct Family {
    /// How the types of its resources begin.
    prefix: &'static str,
    /// The argument of the `provider` block.
    argument: &'static str,
    /// The argument of a resource; within a block of the provider, the argument of that block.
    own: &'static str,
    /// What the two make together.
    merged: &'static [&'static str],
}

const FAMILIES: [Family; 2] = [
    Family { prefix: "aws_", argument: "default_tags", own: "tags", merged: &["tags_all"] },
    Family {
        prefix: "google_",
        argument: "default_labels",
        own: "labels",
        merged: &["terraform_labels", "effective_labels"],
    },
];

/// The one type whose tags are blocks, which the provider's defaults do not reach.
const UNTOUCHED: &str = "aws_autoscaling_group";

impl Family {
    fn of(kind: &str) -> Option<&'static Family> {
        FAMILIES.iter().find(|family| kind.starts_with(family.prefix) && kind != UNTOUCHED)
    }
}

/// The fields of a resource of a type whose text sets `names`.
pub(crate) fn merged(kind: &str, mut names: Vec<CompactString>) -> Vec<CompactString> {
    let more = Family::of(kind).map_or(&[][..], |family| family.merged);
    let more: Vec<CompactString> =
        more.iter().map(|name| (*name).into()).filter(|name| !names.contains(name)).collect();
    names.extend(more);
    names
}

impl Eval<'_> {
    /// The block that configures a resource.
    ///
    /// Without an argument `provider` it is the one called like the first word of the resource's type. A module passes
    /// its own blocks to what it calls: those of `providers`, or else the ones without alias.
    pub(crate) fn provider(&mut self, node: u32) -> Option<Block> {
        let found = self.nodes.get(node as usize)?;
        let (mut module, declaration) = (found.module, found.declaration.clone());
        let kind = declaration.kind.as_str();
        if kind == "module" {
            return None;
        }
        let named = declaration.attribute("provider").and_then(|_| self.node_field(node, "provider"));
        let mut name = match named.as_ref().and_then(|entry| entry.value.as_text()) {
            Some(named) => CompactString::from(named),
            None => {
                let kind = kind.strip_prefix("data.").or_else(|| kind.strip_prefix("ephemeral.")).unwrap_or(kind);
                kind.split_once('_').map_or(kind, |(provider, _)| provider).into()
            }
        };
        loop {
            let instance = self.modules.get(module as usize)?;
            let call = instance.call.and_then(|call| self.nodes.get(call as usize));
            // What is passed goes before an own block, which is then a mere announcement of the name.
            let given = call.and_then(|call| passed(call.declaration.expr("providers").map(|expr| &expr.kind), &name));
            match (given, instance.declared.providers.get(&name)) {
                (Some(given), _) => name = given,
                (None, Some(block)) => return Some((module, *block)),
                (None, None) if name.contains('.') => return None,
                (None, None) => {}
            }
            // A call lies nearer to the root than what it makes, so this ends.
            module = call?.module;
        }
    }

    /// A field that a resource does not set itself, made of its own tags or labels and the provider's.
    pub(crate) fn merged_field(&mut self, node: u32, name: &str) -> Option<Entry> {
        let declaration = self.nodes.get(node as usize)?.declaration.clone();
        let family = Family::of(&declaration.kind).filter(|family| family.merged.contains(&name))?;
        let own = self.node_field(node, family.own).filter(|entry| !entry.value.is_null());
        let block = self.provider(node);
        let Some((block, defaults)) = block.and_then(|block| Some((block, self.defaults(block, family)?))) else {
            return own;
        };
        let provider = self.modules.get(block.0 as usize)?.declared.others.get(block.1)?;
        let dot = if provider.name.is_empty() { "" } else { "." };
        let via = format_compact!("`{}` of `{}{dot}{}`", family.argument, provider.kind, provider.name);
        let value = merge(&defaults, own.as_ref(), Via::Inherited(via), declaration.head);
        let (key, entry) = own.map_or((declaration.head, declaration.head), |own| (own.key, own.entry));
        Some(Entry { key, entry, value })
    }

    /// The tags or labels that a `provider` block gives all its resources.
    fn defaults(&mut self, (module, at): Block, family: &Family) -> Option<Val> {
        let instance = self.modules.get_mut(module as usize)?;
        let declaration = instance.declared.others.get(at)?.clone();
        let slot = instance.defaults.entry(at).or_default();
        match slot {
            Slot::Done(defaults) => return defaults.clone(),
            Slot::Busy => return Some(Val::invalid(family.argument, declaration.head)),
            Slot::Empty => *slot = Slot::Busy,
        }
        let items: Vec<&Item> =
            declaration.items.iter().copied().filter(|item| field(item) == Some(family.argument)).collect();
        let mut scope = Scope { module, ..Scope::default() };
        let entry = self.field_entry(&mut scope, family.argument, &items, 0);
        let defaults = entry.and_then(|entry| given(&entry.value, family)).filter(|defaults| !defaults.is_null());
        self.modules.get_mut(module as usize)?.defaults.insert(at, Slot::Done(defaults.clone()));
        defaults
    }
}

/// What the argument of a `provider` block gives: its value, or within a block the argument called like the resources'.
fn given(value: &Val, family: &Family) -> Option<Val> {
    match &value.kind {
        K::Seq(blocks) => match (&blocks.open, blocks.items.last()) {
            (Some(why), _) => Some(K::Unknown(why.clone(), Ty::Any).at(value.span)),
            (None, block) => given(&value.child(block?, None), family),
        },
        K::Map(map) if family.own == "tags" => {
            map.fields.get(family.own).map(|entry| value.child(&entry.value, Some(family.own)))
        }
        _ => Some(value.clone()),
    }
}

/// The provider's with the resource's own laid over; `head` stands for a resource that has none.
fn merge(defaults: &Val, own: Option<&Entry>, via: Via, head: Span) -> Val {
    let span = own.map_or(head, |own| own.value.span);
    let (mut fields, mut open) = (Fields::default(), None);
    let of_own = match own.map(|own| &own.value.kind) {
        None => None,
        Some(K::Map(map)) => Some(map),
        Some(_) => {
            let why = own.and_then(|own| own.value.why());
            let kind = why.map_or_else(|| Val::invalid("tags", span).kind, |why| K::Unknown(why, Ty::Any));
            return kind.at(span).through(own.map(|own| &own.value));
        }
    };
    // What is not known of the resource's own may replace what the provider gives.
    let replaced = of_own.and_then(|map| map.open.as_ref());
    match &defaults.kind {
        K::Map(map) => {
            for (name, entry) in &map.fields {
                let value = match replaced {
                    Some(why) => K::Unknown(why.clone(), Ty::Any).at(span),
                    None => defaults.child(&entry.value, Some(name)).named(via.clone(), span),
                };
                let (key, entry) = own.map_or((head, head), |own| (own.key, own.entry));
                fields.insert(name.clone(), Entry { key, entry, value });
            }
            open.clone_from(&map.open);
        }
        _ => open = Some(defaults.why().unwrap_or_else(|| invalid(defaults.span))),
    }
    if let (Some(map), Some(own)) = (of_own, own) {
        // A tag that is null counts as not given.
        for (name, entry) in map.fields.iter().filter(|(_, entry)| !entry.value.is_null()) {
            let value = own.value.child(&entry.value, Some(name));
            fields.insert(name.clone(), Entry { value, ..entry.clone() });
        }
        open = map.open.clone().or(open);
    }
    let sensitive = defaults.sensitive || own.is_some_and(|own| own.value.sensitive);
    // Each tag knows its own way here; the whole has none.
    Val { sensitive, ..K::map(MapKind::Object, fields, span, open, Ty::Any).at(span) }
}

fn invalid(span: Span) -> std::sync::Arc<stockade_model::Why> {
    std::sync::Arc::new(stockade_model::Why { reason: Reason::Invalid, subject: "default tags".into(), span })
}

/// What `providers = { name = given }` gives for a name.
fn passed(providers: Option<&ExprKind>, name: &str) -> Option<CompactString> {
    let Some(ExprKind::Object(items)) = providers else { return None };
    items.iter().find_map(|item| {
        let key = match &item.key {
            ObjectKey::Name(ident) => ident.text.clone(),
            ObjectKey::Expr(expr) => literal(expr).map(CompactString::from).or_else(|| name_of(expr, 0))?,
        };
        if key != name {
            return None;
        }
        literal(&item.value).map(CompactString::from).or_else(|| name_of(&item.value, 0))
    })
}
