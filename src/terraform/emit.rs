//! What was evaluated, to the model.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_hcl::Item;
use stockade_model::{
    Field, Kind, Link, List, Local, Lowered, Map, Origin, Part, Reason, Resource, Target, Technology, Value, Why,
};
use stockade_source::Span;

use crate::body::groups;
use crate::declare::Declared;
use crate::eval::{Eval, ModuleInstance};
use crate::input::{Inputs, Module, Workspace};
use crate::provider::{MERGED, merged};
use crate::scope::{Key, Scope};
use crate::value::{Entry, K, Prov, Val, limit};

/// How many nodes the values of a root module may have, when nothing is shared any more.
const MAX_EMITTED: u64 = 2_000_000;

/// What gives no edges: it says how Terraform goes about it, not what is declared.
const SILENT: &[&str] = &["depends_on", "lifecycle", "provider", "providers"];

/// Something that becomes a resource of the model.
enum Planned {
    Node(u32),
    Variable(u32, CompactString),
    Local(u32, CompactString),
    Output(u32, CompactString),
    /// By its place among the declarations of the module.
    Other(u32, usize),
}

pub(crate) fn lower<'a>(root: &'a Module, inputs: &'a Inputs, workspace: &'a dyn Workspace) -> Lowered {
    let mut eval = Eval {
        inputs,
        workspace,
        modules: Vec::new(),
        nodes: Vec::new(),
        incomplete: Vec::new(),
        declared: HashMap::default(),
        texts: HashMap::default(),
        evaluated: 0,
        depth: 0,
    };
    let declared = eval.declarations(root);
    let none = CompactString::default;
    eval.modules.push(ModuleInstance::new(declared, none(), none(), None, 0));
    let mut planned = Vec::new();
    plan(&mut eval, 0, &mut planned);

    let mut lowered = Lowered::new(root.folder.clone());
    let ids = planned.iter().enumerate().filter_map(|(at, planned)| match planned {
        Planned::Node(node) => Some((*node, Local(u32::try_from(at).ok()?))),
        _ => None,
    });
    let mut emitter = Emitter { ids: ids.collect(), emitted: 0, structures: HashMap::default() };
    let blocks = planned.iter().enumerate().filter_map(|(at, planned)| match planned {
        Planned::Other(module, block) => Some(((*module, *block), Local(u32::try_from(at).ok()?))),
        _ => None,
    });
    let blocks: HashMap<(u32, usize), Local> = blocks.collect();
    let mut addresses = HashSet::new();
    for planned in &planned {
        let (mut resource, fields) = describe(&mut eval, planned);
        if !addresses.insert(resource.address.clone()) {
            let twin = (2..).map(|n| format_compact!("{} ({n})", resource.address)).find(|a| !addresses.contains(a));
            resource.address = twin.unwrap_or_default();
            addresses.insert(resource.address.clone());
        }
        let from = Local(u32::try_from(lowered.resources.len()).unwrap_or(u32::MAX));
        for (name, entry) in fields {
            if !SILENT.contains(&name.as_str()) && !MERGED.contains(&name.as_str()) {
                emitter.links(from, &entry.value, name.clone(), &mut lowered.links);
            }
            let value = emitter.value(&entry.value);
            resource.body.insert(name, Field { key: entry.key, entry: entry.entry, value });
        }
        if let Planned::Node(node) = planned
            && let Some(to) = eval.provider(*node).and_then(|block| blocks.get(&block))
        {
            lowered.links.push(Link { from, to: *to, label: "provider".into(), span: resource.head() });
        }
        lowered.add(resource);
    }
    let mut seen = HashSet::new();
    lowered.links.retain(|link| link.from != link.to && seen.insert((link.from, link.to, link.label.clone())));
    let exhausted = eval.exhausted() || emitter.emitted > MAX_EMITTED;
    lowered.former = crate::moved::former(&eval);
    lowered.incomplete = eval.incomplete;
    if let (true, Some(file)) = (exhausted, root.files.first()) {
        let message = "the module is too big to be evaluated as a whole";
        lowered.incomplete.push(stockade_source::SyntaxError::new(Span::new(file.id, 0, 0), message));
    }
    lowered
}

/// What a module instance declares, in the order of the text, and then what it calls.
fn plan(eval: &mut Eval<'_>, module: u32, out: &mut Vec<Planned>) {
    let declared = eval.modules[module as usize].declared.clone();
    let mut inner = Vec::new();
    let mut seen = HashSet::new();
    for item in &declared.order {
        match item {
            Declared::Variable(name) if seen.insert(("var", name)) => out.push(Planned::Variable(module, name.clone())),
            Declared::Local(name) if seen.insert(("local", name)) => out.push(Planned::Local(module, name.clone())),
            Declared::Output(name) if seen.insert(("output", name)) => out.push(Planned::Output(module, name.clone())),
            Declared::Call(name) if seen.insert(("module", name)) => {
                for node in eval.expand_call(module, name).nodes() {
                    out.push(Planned::Node(node));
                    inner.extend(eval.nodes.get(node as usize).and_then(|node| node.instance));
                }
            }
            Declared::Resource(at) => {
                out.extend(eval.expand_resource(module, *at).nodes().into_iter().map(Planned::Node));
            }
            Declared::Other(at) => out.push(Planned::Other(module, *at)),
            _ => {}
        }
    }
    for module in inner {
        plan(eval, module, out);
    }
}

/// A resource without its fields, and its fields.
fn describe(eval: &mut Eval<'_>, planned: &Planned) -> (Resource, Vec<(CompactString, Entry)>) {
    match planned {
        Planned::Node(node) => {
            let found = &eval.nodes[*node as usize];
            let declaration = found.declaration.clone();
            let mut resource = resource(&declaration.kind, &declaration.name, declaration.head, declaration.span);
            resource.address = found.address.clone();
            resource.instance = found.key.text();
            let names: Vec<CompactString> = groups(declaration.items.iter().copied())
                .into_keys()
                .filter(|name| !matches!(*name, "count" | "for_each"))
                .map(CompactString::from)
                .collect();
            let names = merged(&declaration.kind, names);
            let fields = names.into_iter().filter_map(|name| eval.node_field(*node, &name).map(|entry| (name, entry)));
            (resource, fields.collect())
        }
        Planned::Variable(module, name) => {
            let declaration = eval.modules[*module as usize].declared.variables[name].clone();
            let mut resource = resource("variable", name, declaration.head, declaration.span);
            resource.address = eval.address(*module, &format_compact!("var.{name}"), &Key::None);
            let (value, _) = eval.variable(*module, name, declaration.head);
            let (key, entry) = match declaration.attribute("default") {
                Some(default) if default.value.span == value.span => (default.key.span, default.span),
                _ => (declaration.head, value.span),
            };
            (resource, vec![("value".into(), Entry { key, entry, value })])
        }
        Planned::Local(module, name) => {
            let attribute = eval.modules[*module as usize].declared.locals[name];
            let mut resource = resource("local", name, attribute.key.span, attribute.span);
            resource.address = eval.address(*module, &format_compact!("local.{name}"), &Key::None);
            let value = eval.local(*module, name, attribute.span);
            (resource, vec![("value".into(), Entry { key: attribute.key.span, entry: attribute.span, value })])
        }
        Planned::Output(module, name) => {
            let declaration = eval.modules[*module as usize].declared.outputs[name].clone();
            let mut resource = resource("output", name, declaration.head, declaration.span);
            resource.address = eval.address(*module, &format_compact!("output.{name}"), &Key::None);
            let Some(attribute) = declaration.attribute("value") else { return (resource, Vec::new()) };
            let value = eval.output(*module, name, attribute.value.span);
            (resource, vec![("value".into(), Entry { key: attribute.key.span, entry: attribute.span, value })])
        }
        Planned::Other(module, at) => {
            let declaration = eval.modules[*module as usize].declared.others[*at].clone();
            let mut resource = resource(&declaration.kind, &declaration.name, declaration.head, declaration.span);
            let alias = if declaration.name.is_empty() { "" } else { "." };
            let name = format_compact!("{}{alias}{}", declaration.kind, declaration.name);
            resource.address = eval.address(*module, &name, &Key::None);
            let naming = declaration.kind == "terraform";
            let mut scope = Scope { module: *module, naming, ..Scope::default() };
            let mut fields = Vec::new();
            for (name, items) in groups(declaration.items.iter().copied()) {
                let items: Vec<&Item> = items;
                if let Some(entry) = eval.field_entry(&mut scope, name, &items, 0) {
                    fields.push((name.into(), entry));
                }
            }
            (resource, fields)
        }
    }
}

fn resource(kind: &str, name: &str, head: Span, span: Span) -> Resource {
    let mut resource = Resource::new(Technology::Terraform, kind, Map::new(head), span);
    resource.name = name.into();
    resource
}

/// Values of the evaluator to values of the model.
struct Emitter {
    ids: HashMap<u32, Local, foldhash::fast::RandomState>,
    emitted: u64,
    /// Structures that are shared by several values, by where they lie; they outlive the emitter in `_keep`.
    structures: HashMap<usize, (Arc<Val>, Arc<Value>), foldhash::fast::RandomState>,
}

impl Emitter {
    fn value(&mut self, val: &Val) -> Value {
        let own = if matches!(val.kind, K::Seq(_) | K::Map(_)) { 1 } else { u64::from(val.nodes()) };
        let cost = own + val.way() as u64 / 2;
        self.emitted = self.emitted.saturating_add(cost);
        if self.emitted > MAX_EMITTED {
            return Value::new(Kind::Unknown(limit("the module", val.span)), val.span);
        }
        let kind = match &val.kind {
            K::Null(_) => Kind::Null,
            K::Bool(b) => Kind::Bool(*b),
            K::Number(n) => Kind::Number(n.outside()),
            K::Text(text) => Kind::Text(CompactString::from(&**text)),
            K::Template(parts) => Kind::Template(parts.clone()),
            K::Seq(seq) => {
                let items = seq.items.iter().map(|item| self.value(&val.child(item, None))).collect();
                Kind::List(Box::new(List { items, open: seq.open.clone() }))
            }
            K::Map(map) => {
                let mut out = Map::new(if map.head.is_none() { val.span } else { map.head });
                out.open.clone_from(&map.open);
                for (name, entry) in &map.fields {
                    let value = self.value(&val.child(&entry.value, Some(name)));
                    out.insert(name.clone(), Field { key: entry.key, entry: entry.entry, value });
                }
                Kind::Map(Box::new(out))
            }
            K::Resource(_) | K::Module(_) => {
                let why = Why { reason: Reason::Computed, subject: "the whole of a resource".into(), span: val.span };
                Kind::Unknown(Arc::new(why))
            }
            K::Many(_, why) | K::Unknown(why, _) => Kind::Unknown(why.clone()),
        };
        let kind = match kind {
            // A text always has one part that is unknown.
            Kind::Template(parts) if !parts.iter().any(|part| matches!(part, Part::Unknown(_))) => Kind::Null,
            kind => kind,
        };
        let origin = val.prov.as_deref().and_then(|prov| self.origin(prov));
        Value { kind, span: val.span, origin, sensitive: val.sensitive }
    }

    fn origin(&mut self, prov: &Prov) -> Option<Arc<Origin>> {
        let targets: Vec<Target> = prov
            .targets
            .iter()
            .filter_map(|target| {
                let resource = *self.ids.get(&target.resource.0)?;
                Some(Target { resource, attribute: target.attribute.clone() })
            })
            .collect();
        let structure = prov.structure.as_ref().map(|structure| self.structure(structure));
        if prov.steps.is_empty() && targets.is_empty() && structure.is_none() {
            return None;
        }
        Some(Arc::new(Origin { steps: prov.steps.clone(), targets, structure }))
    }

    fn structure(&mut self, val: &Arc<Val>) -> Arc<Value> {
        let at = Arc::as_ptr(val).addr();
        if let Some((_, value)) = self.structures.get(&at) {
            return value.clone();
        }
        let value = Arc::new(self.value(val));
        self.structures.insert(at, (val.clone(), value.clone()));
        value
    }

    /// The edges of a value: what it names under the path of the attribute, without positions in lists.
    fn links(&self, from: Local, val: &Val, label: CompactString, out: &mut Vec<Link>) {
        for target in val.targets() {
            if let Some(to) = self.ids.get(&target.resource.0) {
                out.push(Link { from, to: *to, label: label.clone(), span: val.span });
            }
        }
        match &val.kind {
            K::Seq(seq) => seq.items.iter().for_each(|item| self.links(from, item, label.clone(), out)),
            K::Map(map) => {
                for (name, entry) in &map.fields {
                    self.links(from, &entry.value, format_compact!("{label}.{name}"), out);
                }
            }
            _ => {}
        }
    }
}
