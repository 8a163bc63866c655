//! `count` and `for_each`: a declaration to its instances.

use std::rc::Rc;
use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_model::{Reason, Why};
use stockade_source::{Span, SyntaxError};

use crate::convert::convert;
use crate::declare::{Declaration, Declarations};
use crate::eval::{Eval, ModuleInstance, Node, pairs};
use crate::input::{Module, is_local, join, literal};
use crate::scope::{Each, Expansion, Key, Scope, Slot};
use crate::types::Ty;
use crate::value::{K, SeqKind, Val, limit};

/// How many instances one declaration may have, and all of a root module together.
const MAX_INSTANCES: usize = 1_024;
const MAX_NODES: usize = 50_000;
/// How many modules there may be, and how deep calls may go.
const MAX_MODULES: usize = 5_000;
const MAX_CALLS: u32 = 32;

/// What `count` or `for_each` says.
enum Repeat {
    One,
    Count(i64),
    Each(Vec<(CompactString, Val, Val)>),
    Unknown(Arc<Why>, bool),
}

impl<'a> Eval<'a> {
    /// The instances of a resource of a module instance.
    pub(crate) fn expand_resource(&mut self, module: u32, at: usize) -> Rc<Expansion> {
        let instance = &mut self.modules[module as usize];
        let declaration = instance.declared.resources[at].clone();
        let slot = instance.resources.entry(at).or_default();
        match slot {
            Slot::Done(expansion) => return expansion.clone(),
            Slot::Busy => return self.circle(module, &declaration),
            Slot::Empty => *slot = Slot::Busy,
        }
        let name = format_compact!("{}.{}", declaration.kind, declaration.name);
        let expansion = Rc::new(self.expand(module, &declaration, &name));
        self.modules[module as usize].resources.insert(at, Slot::Done(expansion.clone()));
        expansion
    }

    /// The instances of a call of a module instance, with the modules that they make.
    pub(crate) fn expand_call(&mut self, module: u32, name: &str) -> Rc<Expansion> {
        let instance = &mut self.modules[module as usize];
        let Some(declaration) = instance.declared.calls.get(name).cloned() else {
            return Rc::new(Expansion::Count(Vec::new()));
        };
        let slot = instance.expanded.entry(name.into()).or_default();
        match slot {
            Slot::Done(expansion) => return expansion.clone(),
            Slot::Busy => return self.circle(module, &declaration),
            Slot::Empty => *slot = Slot::Busy,
        }
        let expansion = Rc::new(self.expand(module, &declaration, &format_compact!("module.{name}")));
        if let Some(source) = self.source(module, &declaration) {
            for node in expansion.nodes() {
                self.enter(module, node, &source, &declaration);
            }
        }
        self.modules[module as usize].expanded.insert(name.into(), Slot::Done(expansion.clone()));
        expansion
    }

    /// A declaration whose number of instances depends on itself.
    fn circle(&mut self, module: u32, declaration: &Rc<Declaration<'a>>) -> Rc<Expansion> {
        let subject = format_compact!("{}.{}", declaration.kind, declaration.name);
        let why = Arc::new(Why { reason: Reason::Invalid, subject: subject.clone(), span: declaration.head });
        let node = self.node(module, declaration, Key::None, None, &subject);
        Rc::new(Expansion::Unknown(node, why))
    }

    fn expand(&mut self, module: u32, declaration: &Rc<Declaration<'a>>, name: &str) -> Expansion {
        match self.repeat(module, declaration) {
            Repeat::One => Expansion::One(self.node(module, declaration, Key::None, None, name)),
            Repeat::Count(n) => Expansion::Count(
                (0..n)
                    .map(|index| {
                        let key = K::int(index).at(Span::NONE);
                        let each = Each { value: key.clone(), key, counted: true };
                        self.node(module, declaration, Key::Index(index), Some(each), name)
                    })
                    .collect(),
            ),
            Repeat::Each(items) => Expansion::Each(
                items
                    .into_iter()
                    .map(|(text, key, value)| {
                        let each = Each { key, value, counted: false };
                        (text.clone(), self.node(module, declaration, Key::Text(text), Some(each), name))
                    })
                    .collect(),
            ),
            Repeat::Unknown(why, counted) => {
                let turn = |subject: &str, ty: Ty| {
                    let why = Why {
                        reason: if why.reason == Reason::Limit { Reason::Limit } else { Reason::Loop },
                        subject: subject.into(),
                        span: why.span,
                    };
                    K::Unknown(Arc::new(why), ty).at(Span::NONE)
                };
                let each = if counted {
                    Each { key: turn("count.index", Ty::Number), value: turn("count.index", Ty::Number), counted }
                } else {
                    Each { key: turn("each.key", Ty::Text), value: turn("each.value", Ty::Any), counted }
                };
                Expansion::Unknown(self.node(module, declaration, Key::None, Some(each), name), why)
            }
        }
    }

    fn repeat(&mut self, module: u32, declaration: &Declaration<'_>) -> Repeat {
        let mut scope = Scope { module, ..Scope::default() };
        let room = MAX_INSTANCES.min(MAX_NODES.saturating_sub(self.nodes.len()));
        let invalid =
            |span: Span, subject: &str| Arc::new(Why { reason: Reason::Invalid, subject: subject.into(), span });
        if let Some(expr) = declaration.expr("count") {
            let val = self.eval(&mut scope, expr);
            return match (convert(&val, &Ty::Number).map(|v| v.kind), &val.kind) {
                (Ok(K::Number(n)), _) => match n.as_i64() {
                    Some(n) if n < 0 => Repeat::Unknown(invalid(expr.span, "count"), true),
                    Some(n) if usize::try_from(n).is_ok_and(|n| n <= room) => Repeat::Count(n),
                    Some(_) => Repeat::Unknown(limit("count", expr.span), true),
                    None => Repeat::Unknown(invalid(expr.span, "count"), true),
                },
                (_, K::Bool(b)) => Repeat::Count(i64::from(*b)),
                (Ok(K::Unknown(why, _) | K::Many(_, why)), _) => Repeat::Unknown(why, true),
                _ => Repeat::Unknown(val.why().unwrap_or_else(|| invalid(expr.span, "count")), true),
            };
        }
        let Some(expr) = declaration.expr("for_each") else { return Repeat::One };
        let val = self.eval(&mut scope, expr);
        // The keys stand in addresses, so Terraform refuses sensitive ones.
        let hidden = val.sensitive || (matches!(val.kind, K::Seq(_)) && val.is_marked());
        let list = matches!(&val.kind, K::Seq(seq) if seq.kind != SeqKind::Set && !seq.items.is_empty());
        let refused = hidden || list;
        let pairs = match pairs(&val) {
            Ok((pairs, None)) if !refused => pairs,
            Ok((_, Some(why))) | Err(Some(why)) => return Repeat::Unknown(why, false),
            _ => return Repeat::Unknown(invalid(expr.span, "for_each"), false),
        };
        if pairs.len() > room {
            return Repeat::Unknown(limit("for_each", expr.span), false);
        }
        let mut items = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            match key.as_text() {
                Some(text) => items.push((CompactString::from(text), key, value)),
                None => return Repeat::Unknown(key.why().unwrap_or_else(|| invalid(expr.span, "for_each")), false),
            }
        }
        Repeat::Each(items)
    }

    fn node(
        &mut self,
        module: u32,
        declaration: &Rc<Declaration<'a>>,
        key: Key,
        each: Option<Each>,
        name: &str,
    ) -> u32 {
        let id = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let address = self.address(module, name, &key);
        self.nodes.push(Node {
            module,
            declaration: declaration.clone(),
            key,
            each: each.map(Rc::new),
            address,
            fields: Default::default(),
            instance: None,
        });
        id
    }

    /// The declarations of the folder that a call calls; where they are not at hand, that is noted.
    fn source(&mut self, module: u32, declaration: &Declaration<'_>) -> Option<Rc<Declarations<'a>>> {
        let caller = &self.modules[module as usize];
        let calls: CompactString = match caller.calls.as_str() {
            "" => declaration.name.clone(),
            calls => format_compact!("{calls}.{}", declaration.name),
        };
        let attribute = declaration.attribute("source");
        let source = attribute.and_then(|a| literal(&a.value)).unwrap_or_default();
        let folder = if is_local(source) {
            Some(join(&caller.declared.folder, source))
        } else {
            self.workspace.installed(&self.modules[0].declared.folder, &calls)
        };
        let span = attribute.map_or(declaration.head, |a| a.value.span);
        let name = &declaration.name;
        if caller.depth >= MAX_CALLS || folder.as_ref().is_some_and(|folder| self.is_within(module, folder)) {
            self.incomplete.push(SyntaxError::new(span, format!("module `{name}` (source `{source}`) calls itself")));
            return None;
        }
        let workspace = self.workspace;
        let Some(found) = folder.and_then(|folder| workspace.module(&folder)) else {
            self.incomplete.push(SyntaxError::new(span, format!("module `{name}` (source `{source}`) is not at hand")));
            return None;
        };
        Some(self.declarations(found))
    }

    /// What a folder declares, read once.
    pub(crate) fn declarations(&mut self, module: &'a Module) -> Rc<Declarations<'a>> {
        if let Some(declared) = self.declared.get(&module.folder) {
            return declared.clone();
        }
        self.texts.extend(module.files.iter().map(|file| (file.id, &*file.text)));
        let declared = Rc::new(Declarations::new(module));
        self.declared.insert(module.folder.clone(), declared.clone());
        declared
    }

    fn is_within(&self, module: u32, folder: &str) -> bool {
        let mut at = Some(module);
        while let Some(module) = at {
            let instance = &self.modules[module as usize];
            if instance.declared.folder == folder {
                return true;
            }
            at = instance.call.and_then(|call| self.nodes.get(call as usize)).map(|node| node.module);
        }
        false
    }

    fn enter(&mut self, caller: u32, node: u32, source: &Rc<Declarations<'a>>, declaration: &Declaration<'_>) {
        let Some(found) = self.nodes.get(node as usize) else { return };
        if self.modules.len() >= MAX_MODULES {
            let message = format!("module `{}` is one of more than {MAX_MODULES}", declaration.name);
            self.incomplete.push(SyntaxError::new(declaration.head, message));
            return;
        }
        let parent = &self.modules[caller as usize];
        let calls = match parent.calls.as_str() {
            "" => declaration.name.clone(),
            calls => format_compact!("{calls}.{}", declaration.name),
        };
        let instance = ModuleInstance::new(source.clone(), found.address.clone(), calls, Some(node), parent.depth + 1);
        let id = u32::try_from(self.modules.len()).unwrap_or(u32::MAX);
        self.modules.push(instance);
        self.nodes[node as usize].instance = Some(id);
    }
}

impl<'a> ModuleInstance<'a> {
    pub(crate) fn new(
        declared: Rc<Declarations<'a>>,
        address: CompactString,
        calls: CompactString,
        call: Option<u32>,
        depth: u32,
    ) -> Self {
        ModuleInstance {
            declared,
            address,
            calls,
            call,
            depth,
            variables: Default::default(),
            locals: Default::default(),
            outputs: Default::default(),
            resources: Default::default(),
            expanded: Default::default(),
            defaults: Default::default(),
        }
    }
}
