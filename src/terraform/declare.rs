//! What a folder declares, with overriding files laid over.

use std::collections::HashMap;
use std::rc::Rc;

use compact_str::{CompactString, format_compact};
use indexmap::IndexMap;
use stockade_hcl::{Attribute, Block, Expr, Item};
use stockade_source::Span;

use crate::input::Module;

type Table<T> = IndexMap<CompactString, T, foldhash::fast::RandomState>;

/// The block that overriding files change rather than replace.
pub(crate) const LIFECYCLE: &str = "lifecycle";

/// A block with its labels.
#[derive(Debug)]
pub(crate) struct Declaration<'a> {
    /// `aws_s3_bucket`, `data.aws_ami`, `module`, `variable`, `provider.aws`.
    pub(crate) kind: CompactString,
    pub(crate) name: CompactString,
    pub(crate) head: Span,
    pub(crate) span: Span,
    pub(crate) items: Vec<&'a Item>,
}

impl<'a> Declaration<'a> {
    fn new(block: &'a Block, kind: CompactString, name: CompactString) -> Self {
        Declaration { kind, name, head: block.head, span: block.span, items: block.body.items.iter().collect() }
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&'a Attribute> {
        self.items.iter().rev().find_map(|item| match item {
            Item::Attribute(attribute) if attribute.key.text == name => Some(attribute),
            _ => None,
        })
    }

    pub(crate) fn expr(&self, name: &str) -> Option<&'a Expr> {
        self.attribute(name).map(|attribute| &attribute.value)
    }

    /// Lays another block of the same name over this one: attributes and kinds of block are replaced. What
    /// `lifecycle` says is replaced argument by argument.
    fn lay_over(&mut self, block: &'a Block) {
        let kinds: Vec<&str> = block.body.items.iter().filter_map(field).filter(|name| *name != LIFECYCLE).collect();
        self.items.retain(|item| field(item).is_none_or(|name| !kinds.contains(&name)));
        self.items.extend(&block.body.items);
    }
}

/// The field of the body that an item belongs to.
pub(crate) fn field(item: &Item) -> Option<&str> {
    match item {
        Item::Attribute(attribute) => Some(&attribute.key.text),
        Item::Block(block) if block.kind.text == "dynamic" => block.labels.first().map(|label| label.text.as_str()),
        Item::Block(block) => Some(&block.kind.text),
    }
}

/// Something declared, in the order of the text.
#[derive(Clone, Debug)]
pub(crate) enum Declared {
    Variable(CompactString),
    Local(CompactString),
    Output(CompactString),
    Resource(usize),
    Call(CompactString),
    /// A provider or a `terraform` block.
    Other(usize),
}

/// What a folder declares.
#[derive(Debug, Default)]
pub(crate) struct Declarations<'a> {
    pub(crate) folder: CompactString,
    pub(crate) order: Vec<Declared>,
    pub(crate) variables: Table<Rc<Declaration<'a>>>,
    pub(crate) outputs: Table<Rc<Declaration<'a>>>,
    pub(crate) locals: Table<&'a Attribute>,
    pub(crate) resources: Vec<Rc<Declaration<'a>>>,
    pub(crate) calls: Table<Rc<Declaration<'a>>>,
    pub(crate) others: Vec<Rc<Declaration<'a>>>,
    /// The `provider` blocks among `others`: `aws`, `aws.west`.
    pub(crate) providers: HashMap<CompactString, usize, foldhash::fast::RandomState>,
    /// The `moved` blocks.
    pub(crate) moves: Vec<&'a Block>,
    index: HashMap<CompactString, usize, foldhash::fast::RandomState>,
}

impl<'a> Declarations<'a> {
    pub(crate) fn new(module: &'a Module) -> Self {
        let mut out = Declarations { folder: module.folder.clone(), ..Declarations::default() };
        let blocks = |overrides: bool| {
            module.files.iter().filter(move |file| file.overrides() == overrides).flat_map(|file| &file.body.items)
        };
        for item in blocks(false) {
            if let Item::Block(block) = item {
                out.declare(block);
            }
        }
        for item in blocks(true) {
            if let Item::Block(block) = item {
                out.lay_over(block);
            }
        }
        for (at, other) in out.others.iter().enumerate() {
            if let Some(provider) = other.kind.strip_prefix("provider.") {
                let dot = if other.name.is_empty() { "" } else { "." };
                out.providers.insert(format_compact!("{provider}{dot}{}", other.name), at);
            }
        }
        out
    }

    /// The resource of an address without module and key.
    pub(crate) fn resource(&self, kind: &str, name: &str) -> Option<usize> {
        self.index.get(format_compact!("{kind}.{name}").as_str()).copied()
    }

    fn declare(&mut self, block: &'a Block) {
        match (block.kind.text.as_str(), block.labels.as_slice()) {
            ("resource" | "data" | "ephemeral", [kind, name]) => {
                let kind = match block.kind.text.as_str() {
                    "resource" => kind.text.clone(),
                    prefix => format_compact!("{prefix}.{}", kind.text),
                };
                let at = self.resources.len();
                self.index.entry(format_compact!("{kind}.{}", name.text)).or_insert(at);
                self.resources.push(Rc::new(Declaration::new(block, kind, name.text.clone())));
                self.order.push(Declared::Resource(at));
            }
            ("variable", [name]) => {
                self.order.push(Declared::Variable(name.text.clone()));
                let variable = Declaration::new(block, "variable".into(), name.text.clone());
                self.variables.insert(name.text.clone(), Rc::new(variable));
            }
            ("output", [name]) => {
                self.order.push(Declared::Output(name.text.clone()));
                self.outputs
                    .insert(name.text.clone(), Rc::new(Declaration::new(block, "output".into(), name.text.clone())));
            }
            ("module", [name]) => {
                self.order.push(Declared::Call(name.text.clone()));
                self.calls
                    .insert(name.text.clone(), Rc::new(Declaration::new(block, "module".into(), name.text.clone())));
            }
            ("locals", []) => {
                for item in &block.body.items {
                    if let Item::Attribute(attribute) = item {
                        self.order.push(Declared::Local(attribute.key.text.clone()));
                        self.locals.insert(attribute.key.text.clone(), attribute);
                    }
                }
            }
            ("provider", [name]) => {
                let alias = block.body.items.iter().find_map(|item| match item {
                    Item::Attribute(a) if a.key.text == "alias" => crate::input::literal(&a.value),
                    _ => None,
                });
                let provider = Declaration::new(
                    block,
                    format_compact!("provider.{}", name.text),
                    alias.unwrap_or_default().into(),
                );
                self.order.push(Declared::Other(self.others.len()));
                self.others.push(Rc::new(provider));
            }
            ("terraform", []) => {
                self.order.push(Declared::Other(self.others.len()));
                self.others.push(Rc::new(Declaration::new(block, "terraform".into(), CompactString::default())));
            }
            ("moved", []) => self.moves.push(block),
            _ => {}
        }
    }

    fn lay_over(&mut self, block: &'a Block) {
        let label = |at: usize| block.labels.get(at).map_or("", |label| label.text.as_str());
        let base = match block.kind.text.as_str() {
            "resource" => self.resource(label(0), label(1)).and_then(|at| self.resources.get_mut(at)),
            kind @ ("data" | "ephemeral") => {
                let kind = format_compact!("{kind}.{}", label(0));
                self.resource(&kind, label(1)).and_then(|at| self.resources.get_mut(at))
            }
            "variable" => self.variables.get_mut(label(0)),
            "output" => self.outputs.get_mut(label(0)),
            "module" => self.calls.get_mut(label(0)),
            "provider" => {
                let over = Declaration::new(block, CompactString::default(), CompactString::default());
                let alias = over.expr("alias").and_then(crate::input::literal).unwrap_or_default();
                let kind = format_compact!("provider.{}", label(0));
                self.others.iter_mut().find(|other| other.kind == kind && other.name == alias)
            }
            "terraform" => self.others.iter_mut().find(|other| other.kind == "terraform"),
            _ => None,
        };
        match base.and_then(Rc::get_mut) {
            Some(base) => base.lay_over(block),
            // A local is replaced by name; what has no base is declared where it stands.
            None => self.declare_over(block),
        }
    }

    fn declare_over(&mut self, block: &'a Block) {
        if block.kind.text != "locals" {
            return self.declare(block);
        }
        for item in &block.body.items {
            if let Item::Attribute(attribute) = item
                && self.locals.insert(attribute.key.text.clone(), attribute).is_none()
            {
                self.order.push(Declared::Local(attribute.key.text.clone()));
            }
        }
    }
}
