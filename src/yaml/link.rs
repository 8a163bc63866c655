//! Aliases to the nodes that they stand for.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use compact_str::CompactString;
use stockade_source::SyntaxError;

use crate::{MAX_ERRORS, MAX_EXPANDED_DEPTH, Node, NodeKind};

/// How much may be copied out of one document, in nodes: anchors inside anchors are copied once for each.
const MAX_COPIED: usize = 1_000_000;

/// So many bytes of text weigh as much as a node.
const BYTES_PER_NODE: usize = 64;

/// Gives every alias below `root` its node; `names` are the names of all aliases there are.
pub(crate) fn link(root: &mut Node, names: &HashSet<CompactString>, errors: &mut Vec<SyntaxError>) {
    Linker { anchors: HashMap::new(), names, copied: 0, errors }.node(root, 1);
}

/// The node that a name stands for at one point of the text.
enum Anchored {
    /// The node has not ended: an alias here would hold itself.
    Unfinished,
    Node {
        node: Arc<Node>,
        /// Its depth with every alias followed.
        height: usize,
    },
    /// [`MAX_COPIED`] was reached before it.
    TooLarge,
}

struct Linker<'a> {
    anchors: HashMap<CompactString, Anchored>,
    names: &'a HashSet<CompactString>,
    copied: usize,
    errors: &'a mut Vec<SyntaxError>,
}

/// What a subtree measures.
#[derive(Clone, Copy)]
struct Size {
    height: usize,
    weight: usize,
}

impl Size {
    /// A node with one more child.
    fn with(self, child: Size) -> Size {
        Size { height: self.height.max(child.height + 1), weight: self.weight + child.weight }
    }
}

impl Linker<'_> {
    /// Links `node`, which stands `depth` levels deep when every alias is followed.
    fn node(&mut self, node: &mut Node, depth: usize) -> Size {
        let wanted = node.anchor.clone().filter(|name| self.names.contains(name));
        if let Some(name) = &wanted {
            self.anchors.insert(name.clone(), Anchored::Unfinished);
        }
        let mut size = Size { height: 1, weight: 1 };
        match &mut node.kind {
            NodeKind::Scalar(scalar) => size.weight += scalar.text.len() / BYTES_PER_NODE,
            NodeKind::Sequence(items) => {
                for item in items {
                    size = size.with(self.node(item, depth + 1));
                }
            }
            NodeKind::Mapping(entries) => {
                for entry in entries {
                    size = size.with(self.node(&mut entry.key, depth + 1));
                    size = size.with(self.node(&mut entry.value, depth + 1));
                }
            }
            NodeKind::Alias(..) => size.height = self.alias(node, depth),
        }
        if let Some(name) = wanted {
            self.copied = self.copied.saturating_add(size.weight);
            let anchored = if self.copied > MAX_COPIED {
                Anchored::TooLarge
            } else {
                Anchored::Node { node: Arc::new(node.clone()), height: size.height }
            };
            self.anchors.insert(name, anchored);
        }
        size
    }

    /// Links an alias; gives its height.
    fn alias(&mut self, node: &mut Node, depth: usize) -> usize {
        let NodeKind::Alias(name, target) = &mut node.kind else { return 1 };
        let message = match self.anchors.get(name) {
            Some(Anchored::Node { node, height }) if depth + height <= MAX_EXPANDED_DEPTH => {
                *target = Some(Arc::clone(node));
                return height + 1;
            }
            Some(Anchored::Node { .. }) => format!("aliases are nested deeper than {MAX_EXPANDED_DEPTH} levels"),
            Some(Anchored::Unfinished) => format!("the anchor `{name}` holds this alias of itself"),
            Some(Anchored::TooLarge) => format!("the nodes of anchors up to `{name}` are too many"),
            None => format!("there is no anchor `{name}` before this"),
        };
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(SyntaxError::new(node.span, message));
        }
        1
    }
}
