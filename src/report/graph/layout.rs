//! Which column everything stands in, what order a column has, and through which columns every edge runs.
//!
//! Nothing here has a size. Each group is laid out by itself, in layers, and an edge that leaves a group passes through a port on its
//! frame; so a group can be folded, and everything placed anew, without another look at the edges.
//!
//! Edges with the same goal are one bundle: they meet in the first column on their way and go on as one line.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::order;
use super::place::{CARD_WIDTH, card_height};
use super::tree::{Item, Tree};

/// A group whose things are the goal of edges from elsewhere is one goal where they are more than this.
const GOALS: usize = 12;
/// Columns that all bundles together are led around; beyond, they go straight over what stands there.
const BENDS: usize = 20_000;

/// The layout of every group.
pub(super) struct Layout {
    pub(super) groups: Vec<Vec<Block>>,
    pub(super) bundles: Vec<Bundle>,
    /// For each wire the bundle it is part of; `None` for a card that refers to itself.
    pub(super) bundle_of: Vec<Option<usize>>,
}

/// Edges with the same goal.
pub(super) struct Bundle {
    /// The group in which they go from one thing to another.
    pub(super) group: usize,
    /// Whether they go from left to right. Those that close a circle do not.
    pub(super) forward: bool,
    pub(super) wires: Vec<usize>,
}

/// Things that are linked, in columns. The first block of a group has its ports, if there are any.
#[derive(Default)]
pub(super) struct Block {
    pub(super) nodes: Vec<Node>,
    pub(super) columns: Vec<Vec<usize>>,
    pub(super) segments: Vec<Segment>,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Node {
    Item(Item),
    /// A bundle on its way through.
    Bend(usize),
    /// A bundle that goes through the frame of the group.
    Port {
        bundle: usize,
        right: bool,
    },
}

/// A piece of a bundle, from one column to a later one.
#[derive(Clone, Copy)]
pub(super) struct Segment {
    /// The node further to the left, by its index in the block.
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) bundle: usize,
    /// The line of the card where it begins; `None` where it does not begin at a card.
    pub(super) row: Option<usize>,
}

/// What a bundle is within one group: where it comes from, with the line of a card, and where it goes.
#[derive(Default)]
struct Within {
    from: BTreeSet<(End, Option<usize>)>,
    to: BTreeSet<End>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum End {
    Item(Item),
    Port,
}

/// A wire's way: the group that has both ends, and the items of each group, from the inside out, that lead to the ends.
struct Way {
    group: usize,
    from: Vec<(usize, Item)>,
    to: Vec<(usize, Item)>,
}

impl Layout {
    pub(super) fn new(tree: &Tree) -> Layout {
        let ways: Vec<Option<Way>> = tree.wires.iter().map(|wire| way(tree, wire.from, wire.to)).collect();
        let mut links: Vec<BTreeSet<(Item, Item)>> = vec![BTreeSet::new(); tree.groups.len()];
        let mut goals: HashMap<(usize, Item), BTreeSet<usize>> = HashMap::new();
        for (wire, way) in tree.wires.iter().zip(&ways) {
            if let Some(way) = way {
                let (from, to) = (way.from[0].1, way.to[0].1);
                links[way.group].insert((from, to));
                let goals = goals.entry((way.group, to)).or_default();
                if goals.len() <= GOALS {
                    goals.insert(wire.to);
                }
            }
        }
        let layers: Vec<BTreeMap<Item, usize>> =
            tree.groups.iter().zip(&links).map(|(group, links)| order::layers(&group.items, links)).collect();
        let mut within: Vec<BTreeMap<usize, Within>> = tree.groups.iter().map(|_| BTreeMap::new()).collect();
        let mut bundles: Vec<Bundle> = vec![];
        let mut known: HashMap<(usize, Item, bool), usize> = HashMap::new();
        let mut bundle_of = vec![];
        for (at, (wire, way)) in tree.wires.iter().zip(&ways).enumerate() {
            let Some(way) = way else {
                bundle_of.push(None);
                continue;
            };
            let (from, to) = (way.from[0].1, way.to[0].1);
            let forward = layers[way.group].get(&from) < layers[way.group].get(&to);
            let many = goals.get(&(way.group, to)).is_some_and(|goals| goals.len() > GOALS);
            let goal = if many { to } else { Item::Card(wire.to) };
            let bundle = *known.entry((way.group, goal, forward)).or_insert_with(|| {
                bundles.push(Bundle { group: way.group, forward, wires: vec![] });
                bundles.len() - 1
            });
            bundles[bundle].wires.push(at);
            bundle_of.push(Some(bundle));
            let row = |item| matches!(item, Item::Card(_)).then_some(wire.row);
            let here = within[way.group].entry(bundle).or_default();
            here.from.insert((End::Item(from), row(from)));
            here.to.insert(End::Item(to));
            for (group, item) in &way.from[1..] {
                let there = within[*group].entry(bundle).or_default();
                there.from.insert((End::Item(*item), row(*item)));
                there.to.insert(End::Port);
            }
            for (group, item) in &way.to[1..] {
                let there = within[*group].entry(bundle).or_default();
                there.from.insert((End::Port, None));
                there.to.insert(End::Item(*item));
            }
        }
        let mut bends = BENDS;
        let groups = (0..tree.groups.len())
            .map(|group| blocks(tree, group, &layers[group], &within[group], &bundles, &mut bends))
            .collect();
        Layout { groups, bundles, bundle_of }
    }
}

fn way(tree: &Tree, from: usize, to: usize) -> Option<Way> {
    if from == to {
        return None;
    }
    let (mut a, mut b) = (tree.around(from), tree.around(to));
    let mut group = 0;
    while let (Some(x), Some(y)) = (a.last(), b.last()) {
        if x != y {
            break;
        }
        group = *x;
        a.pop();
        b.pop();
    }
    // From the group that has both ends inwards: each group with the item in it that leads on.
    let steps = |inner: &[usize], card: usize| {
        let mut at = group;
        let mut out = vec![];
        for next in inner.iter().rev() {
            out.push((at, Item::Group(*next)));
            at = *next;
        }
        out.push((at, Item::Card(card)));
        out
    };
    Some(Way { group, from: steps(&a, from), to: steps(&b, to) })
}

/// The blocks of a group: first what bundles of other groups reach, then what is linked within, then what stands alone.
fn blocks(
    tree: &Tree,
    group: usize,
    layers: &BTreeMap<Item, usize>,
    within: &BTreeMap<usize, Within>,
    bundles: &[Bundle],
    bends: &mut usize,
) -> Vec<Block> {
    let items = &tree.groups[group].items;
    let index: HashMap<Item, usize> = items.iter().enumerate().map(|(at, item)| (*item, at)).collect();
    // The last set is that of the frame.
    let frame = items.len();
    let mut sets = Sets((0..=frame).collect());
    let place = |end: &End| match end {
        End::Item(item) => index[item],
        End::Port => frame,
    };
    for bundle in within.values() {
        let mut ends = bundle.from.iter().map(|(end, _)| end).chain(&bundle.to).map(place);
        if let Some(first) = ends.next() {
            ends.for_each(|end| sets.join(first, end));
        }
    }
    let framed = sets.of(frame);
    let mut parts: BTreeMap<(bool, usize), (Vec<Item>, Vec<usize>)> = BTreeMap::new();
    let key = |sets: &mut Sets, at: usize| {
        let set = sets.of(at);
        (set != framed, set)
    };
    for (at, item) in items.iter().enumerate() {
        parts.entry(key(&mut sets, at)).or_default().0.push(*item);
    }
    for (at, bundle) in within {
        if let Some((end, _)) = bundle.from.first() {
            parts.entry(key(&mut sets, place(end))).or_default().1.push(*at);
        }
    }
    parts
        .values()
        .map(|(items, own)| {
            let mut block = Block::default();
            let mut builder = Builder { tree, group, layers, within, bundles, block: &mut block, at: HashMap::new() };
            builder.stand(items, own);
            own.iter().for_each(|bundle| builder.lead(*bundle, bends));
            order::uncross(&mut block);
            block
        })
        .collect()
}

/// Makes one block.
struct Builder<'a> {
    tree: &'a Tree,
    group: usize,
    layers: &'a BTreeMap<Item, usize>,
    within: &'a BTreeMap<usize, Within>,
    bundles: &'a [Bundle],
    block: &'a mut Block,
    /// Each node's index and column.
    at: HashMap<Node, (usize, usize)>,
}

impl Builder<'_> {
    /// Puts items and ports into columns.
    fn stand(&mut self, items: &[Item], own: &[usize]) {
        let crossing: Vec<usize> = own.iter().copied().filter(|b| self.bundles[*b].group != self.group).collect();
        // An item that only other groups are linked with stands on their side.
        let mut side: HashMap<Item, i64> = HashMap::new();
        for bundle in &crossing {
            let Within { from, to } = &self.within[bundle];
            for end in from.iter().map(|(end, _)| end).chain(to) {
                if let End::Item(item) = end {
                    *side.entry(*item).or_default() += if self.right_port(*bundle) { 1 } else { -1 };
                }
            }
        }
        let most = items.iter().filter_map(|item| self.layers.get(item)).max().copied().unwrap_or(0);
        let mut layers: BTreeMap<usize, Vec<Item>> = BTreeMap::new();
        for item in items {
            let alone = if side.get(item).is_some_and(|side| *side > 0) { most } else { 0 };
            layers.entry(self.layers.get(item).copied().unwrap_or(alone)).or_default().push(*item);
        }
        let area: f64 = items.iter().map(|item| self.size(*item)).map(|(w, h)| (w + 60.0) * (h + 10.0)).sum();
        let limit = (area / 1.4).sqrt().max(360.0);
        let mut column = usize::from(crossing.iter().any(|b| !self.right_port(*b)));
        for layer in layers.into_values() {
            let mut height = 0.0;
            for item in layer {
                let own = self.size(item).1 + 10.0;
                if height > 0.0 && height + own > limit {
                    (column, height) = (column + 1, 0.0);
                }
                height += own;
                self.add(Node::Item(item), column);
            }
            column += 1;
        }
        for bundle in crossing {
            let right = self.right_port(bundle);
            self.add(Node::Port { bundle, right }, if right { column } else { 0 });
        }
    }

    /// Leads a bundle through the columns.
    fn lead(&mut self, bundle: usize, bends: &mut usize) {
        let Within { from, to } = &self.within[&bundle];
        let port = Node::Port { bundle, right: self.right_port(bundle) };
        let node = |end: &End| self.at.get(&if let End::Item(item) = end { Node::Item(*item) } else { port }).copied();
        let from: Vec<_> = from.iter().filter_map(|(end, row)| Some((node(end)?, *row))).collect();
        let to: Vec<_> = to.iter().filter_map(|end| Some((node(end)?, None))).collect();
        // Of one side there is but one.
        let (lefts, rights) = if self.bundles[bundle].forward { (from, to) } else { (to, from) };
        let start = lefts.iter().map(|((_, column), _)| *column).min().unwrap_or(0);
        let end = rights.iter().map(|((_, column), _)| *column).max().unwrap_or(0);
        let between = end.saturating_sub(start + 1);
        if between > *bends {
            for ((left, _), row) in &lefts {
                for ((right, _), other) in &rights {
                    self.segment(bundle, *left, *right, row.or(*other));
                }
            }
            return;
        }
        *bends -= between;
        let path: Vec<usize> = (start + 1..end).map(|column| self.add(Node::Bend(bundle), column)).collect();
        let bend = |column: usize| column.checked_sub(start + 1).and_then(|at| path.get(at)).copied();
        for pair in path.windows(2) {
            self.segment(bundle, pair[0], pair[1], None);
        }
        for ((left, column), row) in &lefts {
            if let Some(right) = bend(column + 1) {
                self.segment(bundle, *left, right, *row);
            }
        }
        for ((right, column), row) in &rights {
            if let Some(left) = bend(column.saturating_sub(1)) {
                self.segment(bundle, left, *right, *row);
            }
        }
        // Neighbours need no bend between them.
        for ((left, column), row) in &lefts {
            for ((right, next), other) in &rights {
                if column + 1 == *next {
                    self.segment(bundle, *left, *right, row.or(*other));
                }
            }
        }
    }

    /// Whether the bundle goes through the right side of the frame: out where it goes to the right, in where it goes to the left.
    fn right_port(&self, bundle: usize) -> bool {
        let enters = self.within[&bundle].from.contains(&(End::Port, None));
        self.bundles[bundle].forward != enters
    }

    fn add(&mut self, node: Node, column: usize) -> usize {
        if self.block.columns.len() <= column {
            self.block.columns.resize(column + 1, vec![]);
        }
        let at = self.block.nodes.len();
        self.block.columns[column].push(at);
        self.block.nodes.push(node);
        self.at.insert(node, (at, column));
        at
    }

    fn segment(&mut self, bundle: usize, left: usize, right: usize, row: Option<usize>) {
        self.block.segments.push(Segment { left, right, bundle, row });
    }

    /// About how large an item will be.
    fn size(&self, item: Item) -> (f64, f64) {
        match item {
            Item::Card(card) => (CARD_WIDTH, card_height(&self.tree.cards[card])),
            Item::Group(group) => {
                let side = (self.tree.groups[group].count as f64 * CARD_WIDTH * 80.0).sqrt();
                (side * 1.3 + 60.0, side / 1.3 + 60.0)
            }
        }
    }
}

/// Which items belong together.
struct Sets(Vec<usize>);

impl Sets {
    fn of(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    /// The smaller stands for both, so that blocks come in the order of their first items.
    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        self.0[a.max(b)] = a.min(b);
    }
}
