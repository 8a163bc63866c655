//! What the names of an expression stand for.

use std::rc::Rc;
use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_hcl::{Attribute, Expr, ExprKind, Ident, Item};
use stockade_model::{Reason, Via, Why};
use stockade_source::Span;

use crate::convert::convert;
use crate::declare::Declaration;
use crate::eval::Eval;
use crate::input::{Assignment, Given, VariablesFile, relative};
use crate::scope::{Expansion, Key, Scope, Slot};
use crate::types::Ty;
use crate::value::{Entry, Fields, K, Val};

/// A step after the first name.
#[derive(Clone, Copy)]
enum After<'e> {
    Name(&'e Ident),
    Key(&'e Expr),
}

impl Eval<'_> {
    /// A name with what follows it, or another expression with what follows it.
    pub(crate) fn chain(&mut self, scope: &mut Scope, expr: &Expr) -> Val {
        let mut steps = Vec::new();
        let mut base = expr;
        let root = loop {
            match &base.kind {
                ExprKind::Attribute(inner, name) => {
                    steps.push(After::Name(name));
                    base = inner;
                }
                ExprKind::Index(inner, key) => {
                    steps.push(After::Key(key));
                    base = inner;
                }
                ExprKind::Variable(name) => break Some(name),
                _ => break None,
            }
        };
        steps.reverse();
        let Some(root) = root else {
            let val = self.eval(scope, base);
            return self.follow(scope, val, &steps, expr.span);
        };
        if let Some((_, val)) = scope.vars.iter().rev().find(|(name, _)| name == root) {
            let via = match steps.first() {
                Some(After::Name(name)) => format_compact!("{root}.{}", name.text),
                _ => root.clone(),
            };
            let val = val.clone();
            return self.follow(scope, val, &steps, expr.span).named(Via::Local(via), expr.span);
        }
        if scope.sealed {
            return Val::invalid(root.clone(), expr.span);
        }
        self.named(scope, root, &steps, expr.span)
    }

    fn follow(&mut self, scope: &mut Scope, mut val: Val, steps: &[After<'_>], span: Span) -> Val {
        for step in steps {
            val = match step {
                After::Name(name) => self.attribute(&val, &name.text, span),
                After::Key(key) => {
                    let key = self.eval(scope, key);
                    self.index(&val, &key, span)
                }
            };
        }
        val
    }

    fn named(&mut self, scope: &mut Scope, root: &str, steps: &[After<'_>], span: Span) -> Val {
        let name = |at: usize| match steps.get(at) {
            Some(After::Name(name)) => Some(name.text.as_str()),
            _ => None,
        };
        let (val, via, used) = match (root, name(0)) {
            ("var", Some(name)) => {
                let (val, via) = self.variable(scope.module, name, span);
                (val, Some(via), 1)
            }
            ("local", Some(name)) => {
                (self.local(scope.module, name, span), Some(Via::Local(format_compact!("local.{name}"))), 1)
            }
            ("each", Some(name @ ("key" | "value"))) => match scope.each.clone().filter(|each| !each.counted) {
                Some(each) if name == "key" => (each.key.clone(), Some(Via::Local("each.key".into())), 1),
                Some(each) => (each.value.clone(), Some(Via::Local("each.value".into())), 1),
                None => return Val::invalid(format_compact!("each.{name}"), span),
            },
            ("count", Some("index")) => match scope.each.clone().filter(|each| each.counted) {
                Some(each) => (each.key.clone(), None, 1),
                None => return Val::invalid("count.index", span),
            },
            ("self", _) => match scope.node {
                Some(node) => (K::Resource(node).at(span).naming(node, ""), None, 0),
                None => return Val::invalid("self", span),
            },
            ("path", Some(name)) => (self.path(scope.module, name, span), None, 1),
            ("terraform", Some("workspace")) => match &self.inputs.workspace {
                Some(name) => (K::text(name).at(span), None, 1),
                None => return Val::unknown(Reason::Runtime, "terraform.workspace", span),
            },
            ("module", Some(name)) => {
                let key = self.picked(scope, steps.get(1));
                let used = if key.is_some() { 2 } else { 1 };
                (self.whole_call(scope.module, name, key, span), None, used)
            }
            ("data" | "ephemeral", Some(kind)) => match name(1) {
                Some(name) => {
                    let key = self.picked(scope, steps.get(2));
                    let used = if key.is_some() { 3 } else { 2 };
                    let kind = format_compact!("{root}.{kind}");
                    (self.whole_resource(scope.module, &kind, name, key, span), None, used)
                }
                None => return Val::invalid(format_compact!("{root}.{kind}"), span),
            },
            ("resource", Some(kind)) => match name(1) {
                Some(name) => {
                    let key = self.picked(scope, steps.get(2));
                    let used = if key.is_some() { 3 } else { 2 };
                    (self.whole_resource(scope.module, kind, name, key, span), None, used)
                }
                None => return Val::invalid(format_compact!("{root}.{kind}"), span),
            },
            (kind, Some(name)) => {
                let key = self.picked(scope, steps.get(1));
                let used = if key.is_some() { 2 } else { 1 };
                (self.whole_resource(scope.module, kind, name, key, span), None, used)
            }
            (name, None) => return Val::invalid(name, span),
        };
        let val = self.follow(scope, val, steps.get(used..).unwrap_or_default(), span);
        match via {
            Some(via) => val.named(via, span),
            None => val,
        }
    }

    fn path(&self, module: u32, name: &str, span: Span) -> Val {
        let root = &self.modules[0].declared.folder;
        match name {
            "root" => K::text(".").at(span),
            "module" => K::text(relative(root, &self.modules[module as usize].declared.folder)).at(span),
            _ => Val::unknown(Reason::Runtime, format_compact!("path.{name}"), span),
        }
    }

    /// The value of a local, standing at its expression.
    pub(crate) fn local(&mut self, module: u32, name: &str, span: Span) -> Val {
        let instance = &mut self.modules[module as usize];
        let Some(attribute) = instance.declared.locals.get(name).copied() else {
            return Val::invalid(format_compact!("local.{name}"), span);
        };
        let slot = instance.locals.entry(name.into()).or_default();
        match slot {
            Slot::Done(val) => val.clone(),
            Slot::Busy => Val::invalid(format_compact!("local.{name}"), span),
            Slot::Empty => {
                *slot = Slot::Busy;
                let val = self.eval(&mut Scope { module, ..Scope::default() }, &attribute.value);
                self.modules[module as usize].locals.insert(name.into(), Slot::Done(val.clone()));
                val
            }
        }
    }

    /// The value of a variable, standing where it is given, and how it is given.
    pub(crate) fn variable(&mut self, module: u32, name: &str, span: Span) -> (Val, Via) {
        let address = format_compact!("var.{name}");
        let instance = &mut self.modules[module as usize];
        let Some(declaration) = instance.declared.variables.get(name).cloned() else {
            return (Val::invalid(address.clone(), span), Via::Default(address));
        };
        let slot = instance.variables.entry(name.into()).or_default();
        match slot {
            Slot::Done(done) => done.clone(),
            Slot::Busy => (Val::invalid(address.clone(), span), Via::Default(address)),
            Slot::Empty => {
                *slot = Slot::Busy;
                let done = self.variable_value(module, &declaration, address);
                self.modules[module as usize].variables.insert(name.into(), Slot::Done(done.clone()));
                done
            }
        }
    }

    fn variable_value(&mut self, module: u32, declaration: &Declaration<'_>, address: CompactString) -> (Val, Via) {
        let mut sealed = Scope { module, sealed: true, ..Scope::default() };
        let flag = |name: &str| {
            declaration.expr(name).and_then(|e| if let ExprKind::Bool(b) = e.kind { Some(b) } else { None })
        };
        let nullable = flag("nullable").unwrap_or(true);
        let given = self.given(module, declaration).filter(|(val, _)| nullable || !val.is_null());
        let ty = match declaration.expr("type") {
            Some(expr) => Ty::parse(expr, &mut |default| self.eval(&mut sealed, default)),
            None => Some(Ty::Any),
        };
        let (val, via) = match given {
            Some(given) => given,
            None => match declaration.expr("default") {
                Some(expr) => (self.eval(&mut sealed, expr), Via::Default(address.clone())),
                None => {
                    let unset = Val::unknown(Reason::Variable, address.clone(), declaration.head);
                    (unset, Via::Default(address.clone()))
                }
            },
        };
        let converted = ty.ok_or(()).and_then(|ty| convert(&val, &ty).map_err(|_| ()));
        let mut val = converted.unwrap_or_else(|()| Val::invalid(address, val.span).through_all([&val]));
        if flag("sensitive") == Some(true) {
            val.sensitive = true;
            // The text of a variables file or of the command line may be shown around a place in it.
            if matches!(via, Via::Variables(_)) {
                val.span = declaration.head;
            }
        }
        (val, via)
    }

    /// What a call, a variables file or the command line gives a variable.
    fn given(&mut self, module: u32, declaration: &Declaration<'_>) -> Option<(Val, Via)> {
        let name = declaration.name.as_str();
        let Some(call) = self.modules[module as usize].call else {
            let inputs = self.inputs;
            let asked = inputs.given.iter().rev().find_map(|given| match given {
                Given::File(file) => in_file(file, name).map(Ok),
                Given::Value(value) => (value.name == name).then_some(Err(value)),
            });
            let found = asked
                .or_else(|| inputs.tfvars.iter().rev().find_map(|file| in_file(file, name)).map(Ok))
                .or_else(|| inputs.environment.iter().rev().find(|value| value.name == name).map(Err))?;
            let val = match found {
                Ok(attribute) => self.eval(&mut Scope { sealed: true, ..Scope::default() }, &attribute.value),
                Err(assignment) => self.assigned(assignment, declaration),
            };
            return Some((val, Via::Variables(format_compact!("var.{name}"))));
        };
        let node = self.nodes.get(call as usize)?;
        let argument = node.declaration.expr(name)?;
        let via = Via::ModuleInput(format_compact!("module.{}", node.declaration.name));
        let mut scope = Scope { module: node.module, each: node.each.clone(), ..Scope::default() };
        Some((self.eval(&mut scope, argument), via))
    }

    /// The value of a variable that is given as text.
    fn assigned(&mut self, assignment: &Assignment, declaration: &Declaration<'_>) -> Val {
        let end = u32::try_from(assignment.text.len()).unwrap_or(u32::MAX);
        let span = Span::new(assignment.id, 0, end);
        let literal = match declaration.expr("type").map(|expr| (&expr.kind, crate::input::literal(expr))) {
            None | Some((_, Some("string"))) => true,
            Some((ExprKind::Variable(name), _)) => matches!(name.as_str(), "string" | "number" | "bool"),
            Some(_) => false,
        };
        if literal {
            return K::text(&*assignment.text).at(span);
        }
        let (expr, errors) = stockade_hcl::parse_expr(assignment.id, &assignment.text, 0);
        if !errors.is_empty() {
            return Val::invalid(format_compact!("var.{}", declaration.name), span);
        }
        self.eval(&mut Scope { sealed: true, ..Scope::default() }, &expr)
    }

    /// The key in brackets after a name.
    fn picked(&mut self, scope: &mut Scope, step: Option<&After<'_>>) -> Option<Val> {
        match step {
            Some(After::Key(key)) => Some(self.eval(scope, key)),
            _ => None,
        }
    }

    fn whole_resource(&mut self, module: u32, kind: &str, name: &str, key: Option<Val>, span: Span) -> Val {
        match self.modules[module as usize].declared.resource(kind, name) {
            Some(at) => {
                let expansion = self.expand_resource(module, at);
                self.picked_of(&expansion, key, span)
            }
            None => Val::invalid(format_compact!("{kind}.{name}"), span),
        }
    }

    fn whole_call(&mut self, module: u32, name: &str, key: Option<Val>, span: Span) -> Val {
        if !self.modules[module as usize].declared.calls.contains_key(name) {
            return Val::invalid(format_compact!("module.{name}"), span);
        }
        let expansion = self.expand_call(module, name);
        self.picked_of(&expansion, key, span)
    }

    /// One instance, or all of them. One is looked up, so that a thousand instances may each name one of a thousand.
    fn picked_of(&mut self, expansion: &Rc<Expansion>, key: Option<Val>, span: Span) -> Val {
        let Some(key) = key else { return self.whole(expansion, span) };
        let node = match (&**expansion, &key.kind) {
            (Expansion::Count(nodes), K::Number(n)) => {
                n.as_i64().and_then(|n| usize::try_from(n).ok()).and_then(|n| nodes.get(n)).copied()
            }
            (Expansion::Each(nodes), K::Text(text)) => {
                self.charge(nodes.len() / 8);
                nodes.iter().find(|(name, _)| **name == **text).map(|(_, node)| *node)
            }
            _ => None,
        };
        match node {
            Some(node) => {
                let out = self.instance(node, span);
                if key.prov.is_some() || key.sensitive { out.chosen_by(&key) } else { out }
            }
            None => {
                let whole = self.whole(expansion, span);
                self.index(&whole, &key, span)
            }
        }
    }

    /// All instances of a declaration as one value.
    fn whole(&mut self, expansion: &Rc<Expansion>, span: Span) -> Val {
        self.charge(8);
        match &**expansion {
            Expansion::One(node) => self.instance(*node, span),
            Expansion::Count(nodes) => {
                self.charge(nodes.len() * 8);
                K::tuple(nodes.iter().map(|node| self.instance(*node, span)).collect()).at(span)
            }
            Expansion::Each(nodes) => {
                self.charge(nodes.len() * 8);
                let mut fields = Fields::default();
                for (key, node) in nodes {
                    let value = self.instance(*node, span);
                    fields.insert(key.clone(), Entry { key: span, entry: span, value });
                }
                K::object(fields).at(span)
            }
            Expansion::Unknown(node, why) => {
                let one = self.instance(*node, span);
                Val { kind: K::Many(Box::new(one.kind.clone()), why.clone()), ..one }
            }
        }
    }

    fn instance(&self, node: u32, span: Span) -> Val {
        let Some(found) = self.nodes.get(node as usize) else { return Val::invalid("an instance", span) };
        let kind = match (found.instance, found.declaration.kind.as_str()) {
            (Some(module), _) => K::Module(module),
            (None, "module") => {
                let why = Why { reason: Reason::Missing, subject: found.address.clone(), span };
                K::Unknown(Arc::new(why), Ty::Any)
            }
            (None, _) => K::Resource(node),
        };
        let val = kind.at(span);
        // What a module puts out names the resources inside it; the call itself is named where there is no inside.
        if matches!(val.kind, K::Module(_)) { val } else { val.naming(node, "") }
    }

    /// The address of something in a module instance.
    pub(crate) fn address(&self, module: u32, name: &str, key: &Key) -> CompactString {
        let prefix = &self.modules[module as usize].address;
        let dot = if prefix.is_empty() { "" } else { "." };
        match key.text() {
            Some(key) => format_compact!("{prefix}{dot}{name}[{key}]"),
            None => format_compact!("{prefix}{dot}{name}"),
        }
    }
}

fn in_file<'f>(file: &'f VariablesFile, name: &str) -> Option<&'f Attribute> {
    file.body.items.iter().rev().find_map(|item| match item {
        Item::Attribute(attribute) if attribute.key.text == name => Some(attribute),
        _ => None,
    })
}
