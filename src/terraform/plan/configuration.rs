//! The `configuration` of a plan: which expressions name which resources.

use std::collections::HashMap;

use compact_str::{CompactString, format_compact};
use stockade_model::{Local, Target};
use stockade_yaml::Node;

use super::value::is_leaf;

/// How many modules and outputs a reference is followed through.
const MAX_HOPS: u32 = 32;
/// How many resources one expression may name.
const MAX_TARGETS: usize = 256;

/// The modules of a configuration, each once, however often it is called.
#[derive(Default)]
pub(crate) struct Configuration<'n> {
    /// By the names of the calls that lead there, joined by dots.
    modules: HashMap<CompactString, Module<'n>>,
}

#[derive(Default)]
struct Module<'n> {
    /// The expressions of a resource by its address within the module.
    resources: HashMap<&'n str, &'n Node>,
    outputs: HashMap<&'n str, &'n Node>,
    /// The arguments that it is called with.
    arguments: Option<&'n Node>,
}

impl<'n> Configuration<'n> {
    pub(crate) fn new(node: &'n Node) -> Self {
        let mut configuration = Configuration::default();
        if let Some(root) = node.get("root_module") {
            configuration.read(root, "", None, 0);
        }
        configuration
    }

    fn read(&mut self, node: &'n Node, calls: &str, arguments: Option<&'n Node>, depth: u32) {
        let mut module = Module { arguments, ..Module::default() };
        for resource in node.get("resources").map_or(&[][..], Node::elements) {
            if let (Some(address), Some(expressions)) =
                (resource.get("address").and_then(Node::as_str), resource.get("expressions"))
            {
                module.resources.insert(address, expressions);
            }
        }
        for output in node.get("outputs").map_or(&[][..], Node::entries) {
            if let (Some(name), Some(expression)) = (output.key.as_str(), output.value.get("expression")) {
                module.outputs.insert(name, expression);
            }
        }
        self.modules.insert(calls.into(), module);
        for call in node.get("module_calls").map_or(&[][..], Node::entries) {
            if let (Some(name), Some(inner)) = (call.key.as_str(), call.value.get("module"))
                && depth < MAX_HOPS
            {
                let calls = if calls.is_empty() { name.into() } else { format_compact!("{calls}.{name}") };
                self.read(inner, &calls, call.value.get("expressions"), depth + 1);
            }
        }
    }

    /// The expressions of a resource: `declaration` is its address within the module, without instance keys.
    pub(crate) fn expressions(&self, module: &str, declaration: &str) -> Option<&'n Node> {
        self.modules.get(&calls(module)?)?.resources.get(declaration).copied()
    }
}

/// A resource and its instance key.
type Instance = (Option<CompactString>, Local);

/// The resources of a plan by module and declaration.
#[derive(Default)]
pub(crate) struct Index {
    by_declaration: HashMap<(CompactString, CompactString), Vec<Instance>>,
    /// The instances of every call, by the address of the caller and the name of the call.
    calls: HashMap<(CompactString, CompactString), Vec<CompactString>>,
}

impl Index {
    pub(crate) fn add(&mut self, module: &str, declaration: CompactString, instance: Option<CompactString>, id: Local) {
        self.by_declaration.entry((module.into(), declaration)).or_default().push((instance, id));
    }

    pub(crate) fn add_module(&mut self, address: &str) {
        if let Some((caller, call)) = parent(address) {
            let name = call.split('[').next().unwrap_or_default();
            self.calls.entry((caller.into(), name.into())).or_default().push(address.into());
        }
    }
}

/// Follows the references of expressions.
pub(crate) struct Resolver<'r, 'n> {
    pub(crate) configuration: &'r Configuration<'n>,
    pub(crate) index: &'r Index,
}

impl Resolver<'_, '_> {
    /// The resources that an expression of a module instance names; `instance` is the key of the resource around it.
    pub(crate) fn targets(&self, module: &str, expression: &Node, instance: Option<&str>) -> Vec<Target> {
        let mut out = Vec::new();
        self.expression(module, expression, instance, 0, &mut out);
        out
    }

    fn expression(&self, module: &str, node: &Node, instance: Option<&str>, hops: u32, out: &mut Vec<Target>) {
        if hops > MAX_HOPS {
            return;
        }
        let names: Vec<&str> =
            node.get("references").map_or(&[][..], Node::elements).iter().filter_map(Node::as_str).collect();
        let looped = names.iter().any(|name| name.starts_with("each.") || name.starts_with("count."));
        let mut last = "";
        for name in names {
            // After `aws_x.y.id` its beginnings follow, `aws_x.y`.
            let begins = last.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', '[']));
            if !begins && out.len() < MAX_TARGETS {
                self.reference(module, name, instance.filter(|_| looped), hops, out);
                last = name;
            }
        }
    }

    fn reference(&self, module: &str, name: &str, instance: Option<&str>, hops: u32, out: &mut Vec<Target>) {
        let steps = steps(name);
        let step = |at: usize| steps.get(at).copied().unwrap_or_default();
        match step(0).0 {
            "var" => {
                let Some((caller, call)) = parent(module) else { return };
                let names = calls(module).unwrap_or_default();
                let arguments = self.configuration.modules.get(&names).and_then(|module| module.arguments);
                if let Some(argument) = arguments.and_then(|arguments| arguments.get(step(1).0)) {
                    let key = call.split_once('[').map(|(_, key)| key.trim_end_matches(']'));
                    self.expression(caller, argument, key, hops + 1, out);
                }
            }
            "module" => {
                let (call, key) = step(1);
                let instances = self.index.calls.get(&(module.into(), call.into())).map_or(&[][..], Vec::as_slice);
                let keyed = |address: &&CompactString, key: &str| address.ends_with(&format!("[{key}]"));
                let key = key.or_else(|| instance.filter(|key| instances.iter().any(|address| keyed(&address, key))));
                for instance in instances.iter().filter(|address| key.is_none_or(|key| keyed(address, key))) {
                    let output = calls(instance)
                        .and_then(|names| self.configuration.modules.get(&names))
                        .and_then(|module| module.outputs.get(step(2).0));
                    if let Some(output) = output {
                        self.expression(instance, output, None, hops + 1, out);
                    }
                }
            }
            "local" | "each" | "count" | "path" | "terraform" | "self" | "provider" => {}
            _ => {
                let first = usize::from(step(0).0 == "data");
                let (label, key) = step(first + 1);
                let data = if first == 1 { "data." } else { "" };
                let declaration = format_compact!("{data}{}.{label}", step(first).0);
                let found = self.index.by_declaration.get(&(module.into(), declaration));
                let found = found.map_or(&[][..], Vec::as_slice);
                let has = |key: &&str| found.iter().any(|(of, _)| of.as_deref() == Some(*key));
                let key = key.filter(has).or_else(|| instance.filter(has));
                let attribute = attribute(&steps[(first + 2).min(steps.len())..]);
                for (_, id) in found.iter().filter(|(of, _)| key.is_none() || of.as_deref() == key) {
                    let target = Target { resource: *id, attribute: attribute.clone() };
                    if out.len() < MAX_TARGETS && !out.contains(&target) {
                        out.push(target);
                    }
                }
            }
        }
    }
}

/// The edges of a body's expressions: `from` the label of the attribute, without positions.
pub(crate) fn expressions<'n>(node: &'n Node, label: &str, depth: u32, out: &mut Vec<(CompactString, &'n Node)>) {
    if is_leaf(node) {
        out.push((label.into(), node));
        return;
    }
    if depth > MAX_HOPS {
        return;
    }
    for element in node.elements() {
        expressions(element, label, depth + 1, out);
    }
    for entry in node.entries() {
        let name = entry.key.as_str().unwrap_or_default();
        let label = if label.is_empty() { name.into() } else { format_compact!("{label}.{name}") };
        expressions(&entry.value, &label, depth + 1, out);
    }
}

/// The caller and the call of a module instance: `module.a["x"]` and `b[0]` of `module.a["x"].module.b[0]`.
fn parent(module: &str) -> Option<(&str, &str)> {
    let steps = spans(module);
    let (start, end) = *steps.last()?;
    let (keyword, _) = *steps.get(steps.len().checked_sub(2)?)?;
    Some((module.get(..keyword.saturating_sub(1))?, module.get(start..end)?))
}

/// The names of the calls that lead to a module instance, joined by dots; `None` where that is no address.
fn calls(module: &str) -> Option<CompactString> {
    let mut names: Vec<&str> = Vec::new();
    let steps = steps(module);
    for pair in steps.chunks(2) {
        match pair {
            [("module", None), (name, _)] => names.push(name),
            _ => return None,
        }
    }
    Some(names.join(".").into())
}

/// Names between dots, each with its first key.
fn steps(name: &str) -> Vec<(&str, Option<&str>)> {
    let step = |(start, end): (usize, usize)| {
        let text = name.get(start..end).unwrap_or_default();
        match text.split_once('[') {
            Some((name, rest)) => (name, rest.strip_suffix(']')),
            None => (text, None),
        }
    };
    spans(name).into_iter().map(step).collect()
}

/// Where the names between dots lie, keys included.
fn spans(name: &str) -> Vec<(usize, usize)> {
    let (mut out, mut start) = (Vec::new(), 0);
    if name.is_empty() {
        return out;
    }
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for (at, byte) in name.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if depth > 0 => quoted = !quoted,
            b'[' if !quoted => depth += 1,
            b']' if !quoted => depth = depth.saturating_sub(1),
            b'.' if depth == 0 => {
                out.push((start, at));
                start = at + 1;
            }
            _ => {}
        }
    }
    out.push((start, name.len()));
    out
}

/// `root_block_device.0.volume_id`
fn attribute(steps: &[(&str, Option<&str>)]) -> CompactString {
    let mut out: Vec<&str> = Vec::new();
    for (name, key) in steps {
        out.push(name);
        out.extend(key.map(|key| key.trim_matches('"')));
    }
    out.join(".").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart_at_dots_outside_keys() {
        assert_eq!(parent(r#"module.a["x.y"].module.b[0]"#), Some((r#"module.a["x.y"]"#, "b[0]")));
        assert_eq!(parent("module.a"), Some(("", "a")));
        assert_eq!(parent(""), None);
        assert_eq!(calls(r#"module.a["]."].module.b[0]"#).as_deref(), Some("a.b"));
        assert_eq!(calls("").as_deref(), Some(""));
        assert_eq!(calls("aws_x.y"), None);
        assert_eq!(steps(r#"aws_x.y["k"].id"#), [("aws_x", None), ("y", Some("\"k\"")), ("id", None)]);
        assert_eq!(attribute(&steps("root_block_device[0].volume_id")), "root_block_device.0.volume_id");
    }
}
