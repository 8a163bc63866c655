//! The graph in the language of Graphviz.

use std::fmt::Write;

use stockade_model::Graph;
use stockade_source::Sources;

use super::GraphFilter;
use super::text::quoted;
use super::tree::{Item, Tree};

/// The graph in the language of Graphviz; its clusters are the groups of the picture.
pub fn dot(graph: &Graph, sources: &Sources, filter: &GraphFilter) -> String {
    let tree = Tree::new(graph, sources, filter);
    let mut out = String::from("digraph stockade {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n");
    // Writing to a text does not fail.
    let mut open: Vec<std::slice::Iter<Item>> = vec![tree.groups[0].items.iter()];
    while let Some(items) = open.last_mut() {
        match items.next() {
            Some(Item::Card(card)) => {
                let id = tree.cards[*card].id;
                let label = quoted(&graph.resource(id).address);
                let _ = writeln!(out, "{}n{} [label={label}];", "  ".repeat(open.len()), id.0);
            }
            Some(Item::Group(group)) => {
                let (indent, title) = ("  ".repeat(open.len()), quoted(&tree.groups[*group].title));
                let _ = writeln!(out, "{indent}subgraph cluster_{group} {{\n{indent}  label={title};");
                open.push(tree.groups[*group].items.iter());
            }
            None => {
                open.pop();
                // The last brace is that of the whole, behind the edges.
                if !open.is_empty() {
                    let _ = writeln!(out, "{}}}", "  ".repeat(open.len()));
                }
            }
        }
    }
    for wire in &tree.wires {
        let id = |card: usize| tree.cards[card].id.0;
        let _ = writeln!(out, "  n{} -> n{} [label={}];", id(wire.from), id(wire.to), quoted(&wire.label));
    }
    out.push_str("}\n");
    out
}
