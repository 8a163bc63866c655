//! What modules take and what Terraform types have, as `record.py` recorded it.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

/// An argument of a module or an attribute of a Terraform type.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) name: &'static str,
    pub(crate) aliases: Vec<&'static str>,
    pub(crate) kind: NodeKind,
    /// Whether the provider says that its value is a secret.
    pub(crate) sensitive: bool,
    /// What a module takes where the argument is not given.
    pub(crate) default: Option<&'static str>,
    /// The words that an argument may be; none where it may be any.
    #[cfg_attr(not(test), allow(dead_code, reason = "the tests hold the tables against them"))]
    pub(crate) choices: Vec<&'static str>,
    pub(crate) inside: Vec<Node>,
}

/// What a value has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeKind {
    Bool,
    Number,
    Text,
    List,
    Mapping,
    /// Nested blocks, or a list of mappings.
    Block,
    /// Anything.
    Any,
}

/// The arguments of a module; none where it is not recorded.
pub(crate) fn arguments(module: &str) -> &'static [Node] {
    nodes(&ARGUMENTS, module)
}

/// The attributes of a Terraform type that can be set; none where it is not recorded.
pub(crate) fn attributes(kind: &str) -> &'static [Node] {
    nodes(&ATTRIBUTES, kind)
}

/// The node that is called `name`, by its own name or another one.
pub(crate) fn find<'n>(nodes: &'n [Node], name: &str) -> Option<&'n Node> {
    nodes.iter().find(|node| node.name == name).or_else(|| nodes.iter().find(|node| node.aliases.contains(&name)))
}

/// What stands at a path of a Terraform type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// An attribute or block.
    At(&'static Node),
    /// A part of what an attribute encodes, or of a mapping with any keys.
    Within,
    /// Nothing.
    Nowhere,
}

/// What stands at the dotted `path`.
pub(crate) fn place(nodes: &'static [Node], path: &str) -> Place {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    match (find(nodes, name), rest) {
        (Some(node), None) => Place::At(node),
        (Some(node), Some(rest)) if node.kind == NodeKind::Block => place(&node.inside, rest),
        (Some(node), Some(_)) if matches!(node.kind, NodeKind::Text | NodeKind::Mapping | NodeKind::Any) => {
            Place::Within
        }
        _ => Place::Nowhere,
    }
}

type Index = HashMap<&'static str, Entry>;

/// The lines about one module or type, and what they say once someone asks.
#[derive(Debug, Default)]
struct Entry {
    lines: Vec<&'static str>,
    nodes: OnceLock<Vec<Node>>,
}

static ARGUMENTS: LazyLock<Index> = LazyLock::new(|| index([include_str!("modules.txt"), include_str!("removed.txt")]));

static ATTRIBUTES: LazyLock<Index> = LazyLock::new(|| index([include_str!("types.txt"), include_str!("older.txt")]));

fn index(files: [&'static str; 2]) -> Index {
    let mut out = Index::new();
    for line in files.into_iter().flat_map(str::lines) {
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        out.entry(name).or_default().lines.push(rest);
    }
    out
}

fn nodes(index: &'static Index, name: &str) -> &'static [Node] {
    index.get(name).map_or(&[], |entry| {
        entry.nodes.get_or_init(|| {
            let mut nodes = Vec::new();
            for line in &entry.lines {
                merge(&mut nodes, list(&mut &**line));
            }
            nodes
        })
    })
}

/// Adds what a second line says.
fn merge(nodes: &mut Vec<Node>, further: Vec<Node>) {
    for node in further {
        match nodes.iter_mut().find(|known| known.name == node.name) {
            Some(known) => merge(&mut known.inside, node.inside),
            None => nodes.push(node),
        }
    }
}

/// Nodes up to the closing brace that belongs to none of them.
fn list(rest: &mut &'static str) -> Vec<Node> {
    let mut out = Vec::new();
    loop {
        *rest = rest.trim_start();
        let end = rest.find([' ', '{', '}']).unwrap_or(rest.len());
        if end == 0 {
            break;
        }
        let (head, tail) = rest.split_at(end);
        *rest = tail;
        let mut inside = Vec::new();
        if let Some(tail) = rest.strip_prefix('{') {
            *rest = tail;
            inside = list(rest);
            *rest = rest.strip_prefix('}').unwrap_or(rest);
        }
        out.push(node(head, inside));
    }
    out
}

/// `name|alias:type=default(choice,choice)`.
fn node(head: &'static str, inside: Vec<Node>) -> Node {
    let (names, kind) = head.split_once(':').unwrap_or((head, ""));
    let (kind, sensitive) = kind.strip_suffix('!').map_or((kind, false), |kind| (kind, true));
    let (kind, choices) = kind.strip_suffix(')').and_then(|kind| kind.split_once('(')).unwrap_or((kind, ""));
    let (kind, default) = kind.split_once('=').map_or((kind, None), |(kind, default)| (kind, Some(default)));
    let mut names = names.split('|');
    let kind = match kind {
        "b" => NodeKind::Bool,
        "i" | "f" | "n" => NodeKind::Number,
        "s" => NodeKind::Text,
        "l" if inside.is_empty() => NodeKind::List,
        "m" => NodeKind::Mapping,
        "" | "l" | "ld" | "d" => NodeKind::Block,
        _ => NodeKind::Any,
    };
    Node {
        name: names.next().unwrap_or_default(),
        aliases: names.collect(),
        kind,
        sensitive,
        default,
        choices: choices.split(',').filter(|choice| !choice.is_empty()).collect(),
        inside,
    }
}

#[cfg(test)]
pub(super) fn recorded() -> impl Iterator<Item = &'static str> {
    ARGUMENTS.keys().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_tree() {
        let nodes = list(&mut "a|b:s=x(x,y) c:ld{d:b=false e{f:l}} g{}");
        assert_eq!(nodes.len(), 3);
        assert_eq!((nodes[0].name, &*nodes[0].aliases, nodes[0].default), ("a", &["b"][..], Some("x")));
        assert_eq!(nodes[0].choices, ["x", "y"]);
        assert_eq!((nodes[1].kind, nodes[1].inside[0].default), (NodeKind::Block, Some("false")));
        assert_eq!((nodes[1].inside[1].inside[0].name, nodes[2].kind), ("f", NodeKind::Block));
    }

    #[test]
    fn what_older_versions_had_is_there_too() {
        let at = |path| place(attributes("google_sql_database_instance"), path);
        assert!(matches!(at("settings.ip_configuration.require_ssl"), Place::At(node) if node.kind == NodeKind::Bool));
        assert!(matches!(at("settings.ip_configuration.ipv4_enabled"), Place::At(_)));
        assert!(matches!(at("settings.nothing"), Place::Nowhere));
        assert!(matches!(place(attributes("aws_batch_job_definition"), "container_properties.image"), Place::Within));
    }
}
