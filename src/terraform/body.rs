//! Bodies of blocks to mappings.

use std::sync::Arc;

use compact_str::CompactString;
use indexmap::IndexMap;
use stockade_hcl::{Block, Expr, ExprKind, Item, ObjectKey};
use stockade_model::{Reason, Why};
use stockade_source::Span;

use crate::declare::{LIFECYCLE, field};
use crate::eval::{Eval, pairs};
use crate::input::literal;
use crate::scope::{Scope, Slot};
use crate::types::Ty;
use crate::value::{Entry, Fields, K, MapKind, SeqKind, Val, limit};

/// How deep blocks are read.
const MAX_BLOCKS: u32 = 64;
/// How many blocks one `dynamic` makes.
const MAX_DYNAMIC: usize = 1_024;

/// Arguments that name things instead of having a value: at the top of a declaration, and in `lifecycle`.
const NAMING: &[(&str, u32)] = &[
    ("depends_on", 0),
    ("provider", 0),
    ("providers", 0),
    ("ignore_changes", 1),
    ("replace_triggered_by", 1),
    ("when", 1),
    ("on_failure", 1),
];

/// The fields of a body, each with the items that make it, in the order of the text.
pub(crate) fn groups<'i>(
    items: impl IntoIterator<Item = &'i Item>,
) -> IndexMap<&'i str, Vec<&'i Item>, foldhash::fast::RandomState> {
    let mut groups: IndexMap<&str, Vec<&Item>, foldhash::fast::RandomState> = IndexMap::default();
    for item in items {
        if let Some(name) = field(item) {
            groups.entry(name).or_default().push(item);
        }
    }
    groups
}

impl Eval<'_> {
    /// A field of a resource, a data source or a call as its text sets it.
    pub(crate) fn node_field(&mut self, node: u32, name: &str) -> Option<Entry> {
        let found = self.nodes.get_mut(node as usize)?;
        let declaration = found.declaration.clone();
        let (module, each, address) = (found.module, found.each.clone(), found.address.clone());
        let slot = found.fields.entry(name.into()).or_default();
        match slot {
            Slot::Done(entry) => return entry.clone(),
            Slot::Busy => {
                let value = Val::invalid(compact_str::format_compact!("{address}.{name}"), declaration.head);
                return Some(Entry { key: declaration.head, entry: declaration.head, value });
            }
            Slot::Empty => *slot = Slot::Busy,
        }
        self.charge(declaration.items.len());
        let items: Vec<&Item> = declaration.items.iter().copied().filter(|item| field(item) == Some(name)).collect();
        let mut scope = Scope { module, node: Some(node), each, ..Scope::default() };
        let entry = match self.field_entry(&mut scope, name, &items, 0) {
            None => self.merged_field(node, name),
            set => set,
        };
        if let Some(found) = self.nodes.get_mut(node as usize) {
            found.fields.insert(name.into(), Slot::Done(entry.clone()));
        }
        entry
    }

    /// The field that some items of a body make together.
    pub(crate) fn field_entry(&mut self, scope: &mut Scope, name: &str, items: &[&Item], depth: u32) -> Option<Entry> {
        let attribute = items.iter().rev().find_map(|item| match item {
            Item::Attribute(attribute) => Some(attribute),
            Item::Block(_) => None,
        });
        if let Some(attribute) = attribute {
            let value = if scope.naming || NAMING.contains(&(name, depth)) {
                self.names(scope, &attribute.value)
            } else {
                self.eval(scope, &attribute.value)
            };
            return Some(Entry { key: attribute.key.span, entry: attribute.span, value });
        }
        let mut blocks = Vec::new();
        let mut open = None;
        if let (LIFECYCLE, 0, [Item::Block(first), _, ..]) = (name, depth, items) {
            // An overriding file's follows the one that it changes.
            let inner = items.iter().flat_map(|item| match item {
                Item::Block(block) => block.body.items.as_slice(),
                Item::Attribute(_) => &[],
            });
            let val = self.block(scope, inner, first, first, depth);
            let value = K::seq(SeqKind::Blocks, vec![val], None, Ty::Any).at(first.span);
            return Some(Entry { key: first.head, entry: first.span, value });
        }
        for item in items {
            let Item::Block(block) = item else { continue };
            if block.kind.text == "dynamic" {
                self.dynamic(scope, block, depth, &mut blocks, &mut open);
            } else {
                blocks.push(self.block(scope, &block.body.items, block, block, depth));
            }
        }
        let Some(Item::Block(first)) = items.first() else { return None };
        if blocks.is_empty() && open.is_none() {
            return None;
        }
        let value = K::seq(SeqKind::Blocks, blocks, open, Ty::Any).at(first.span);
        Some(Entry { key: first.head, entry: first.span, value })
    }

    /// The mapping of one block, whose text is `whole`.
    fn block<'i>(
        &mut self,
        scope: &mut Scope,
        items: impl IntoIterator<Item = &'i Item>,
        header: &Block,
        whole: &Block,
        depth: u32,
    ) -> Val {
        if depth >= MAX_BLOCKS || self.exhausted() {
            return K::Unknown(limit("a block", whole.head), Ty::Any).at(whole.span);
        }
        self.charge(8);
        let mut fields = Fields::default();
        // `provisioner "local-exec"`, `backend "s3"`.
        if header.kind.text != "dynamic"
            && let Some(label) = header.labels.first()
        {
            let value = K::text(&label.text).at(label.span);
            fields.insert("type".into(), Entry { key: header.head, entry: header.head, value });
        }
        for (name, items) in groups(items) {
            if let Some(entry) = self.field_entry(scope, name, &items, depth + 1) {
                fields.insert(name.into(), entry);
            }
        }
        K::map(MapKind::Block, fields, header.head, None, Ty::Any).at(whole.span)
    }

    fn dynamic(
        &mut self,
        scope: &mut Scope,
        block: &Block,
        depth: u32,
        out: &mut Vec<Val>,
        open: &mut Option<Arc<Why>>,
    ) {
        let attribute = |name: &str| {
            block.body.items.iter().find_map(|item| match item {
                Item::Attribute(attribute) if attribute.key.text == name => Some(&attribute.value),
                _ => None,
            })
        };
        let content = block.body.items.iter().find_map(|item| match item {
            Item::Block(content) if content.kind.text == "content" => Some(content),
            _ => None,
        });
        let invalid = || Arc::new(Why { reason: Reason::Invalid, subject: "dynamic".into(), span: block.head });
        let (Some(for_each), Some(content)) = (attribute("for_each"), content) else {
            *open = Some(invalid());
            return;
        };
        let iterator: CompactString = match attribute("iterator").map(|expr| &expr.kind) {
            Some(ExprKind::Variable(name)) => name.clone(),
            _ => block.labels.first().map(|label| label.text.clone()).unwrap_or_default(),
        };
        let collection = self.eval(scope, for_each);
        let pairs = match pairs(&collection) {
            Ok((pairs, more)) => {
                *open = more.or(open.take());
                pairs
            }
            Err(why) => {
                *open = Some(why.unwrap_or_else(invalid));
                return;
            }
        };
        if pairs.len() > MAX_DYNAMIC {
            *open = Some(limit("dynamic", block.head));
        }
        for (key, value) in pairs.into_iter().take(MAX_DYNAMIC) {
            let mut fields = Fields::default();
            for (name, value) in [("key", key), ("value", value)] {
                fields.insert(name.into(), Entry { key: value.span, entry: value.span, value });
            }
            scope.vars.push((iterator.clone(), K::object(fields).at(Span::NONE)));
            out.push(self.block(scope, &content.body.items, block, block, depth));
            scope.vars.pop();
        }
    }

    /// An argument that names things: their names as text.
    fn names(&mut self, scope: &mut Scope, expr: &Expr) -> Val {
        match &expr.kind {
            ExprKind::Tuple(items) => {
                K::tuple(items.iter().map(|item| self.names(scope, item)).collect()).at(expr.span)
            }
            ExprKind::Object(items) => {
                let mut fields = Fields::default();
                for item in items {
                    let key = match &item.key {
                        ObjectKey::Name(ident) => Some(ident.text.clone()),
                        ObjectKey::Expr(expr) => literal(expr).map(CompactString::from).or_else(|| name_of(expr, 0)),
                    };
                    let value = self.names(scope, &item.value);
                    fields.insert(key.unwrap_or_default(), Entry { key: item.key.span(), entry: item.span, value });
                }
                K::object(fields).at(expr.span)
            }
            _ => match name_of(expr, 0) {
                Some(name) => K::text(name).at(expr.span),
                None => self.eval(scope, expr),
            },
        }
    }
}

/// `aws.west`, `aws_instance.web[0]`
pub(crate) fn name_of(expr: &Expr, depth: u32) -> Option<CompactString> {
    if depth > 32 {
        return None;
    }
    match &expr.kind {
        ExprKind::Variable(name) => Some(name.clone()),
        ExprKind::Attribute(base, name) => {
            Some(compact_str::format_compact!("{}.{}", name_of(base, depth + 1)?, name.text))
        }
        ExprKind::Index(base, key) => {
            let base = name_of(base, depth + 1)?;
            match &key.kind {
                ExprKind::Number(n) => Some(compact_str::format_compact!("{base}[{n}]")),
                _ => Some(compact_str::format_compact!("{base}[\"{}\"]", literal(key)?)),
            }
        }
        _ => None,
    }
}
