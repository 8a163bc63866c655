//! How large everything is and where it stands. `page.js` does the same when a group of a page is folded: what changes here
//! changes there.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use stockade_model::Resource;

use super::layout::{Block, Layout, Node, Segment};
use super::text::{cut, width};
use super::tree::{Card, Item, Tree};

/// The width of a card as far as it is not known.
pub(super) const CARD_WIDTH: f64 = 200.0;
/// The part of a card with its kind and name.
pub(super) const HEAD: f64 = 38.0;
/// A line of a card.
pub(super) const ROW: f64 = 14.0;
/// A folded group.
const FOLDED: f64 = 56.0;
/// Columns of text: of a name, of a kind, of a label, of a group's title.
pub(super) const NAME: usize = 34;
pub(super) const KIND: usize = 40;
pub(super) const LABEL: usize = 36;
pub(super) const TITLE: usize = 70;
/// How narrow a folded group may be.
const SMALLEST: f64 = 200.0;
const TITLE_HEIGHT: f64 = 26.0;
const PAD: f64 = 16.0;
const GAP: f64 = 12.0;
const BEND: f64 = 8.0;
/// How often everything is drawn towards its neighbours.
const SWEEPS: usize = 8;
/// Stacks of a shelf that are looked at for room.
const STACKS: usize = 8;

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) w: f64,
    pub(super) h: f64,
}

/// Everything in its place; `None` for what lies in a folded group.
pub(super) struct Placed {
    pub(super) cards: Vec<Option<Rect>>,
    pub(super) groups: Vec<Option<Rect>>,
    pub(super) lines: Vec<Line>,
    /// The points of arrows, whether they point to the right, and their bundles.
    pub(super) arrows: Vec<(f64, f64, bool, usize)>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A piece of a bundle.
pub(super) struct Line {
    pub(super) path: String,
    pub(super) bundle: usize,
    /// The card and its line where it begins; `None` for what edges share.
    pub(super) source: Option<(usize, usize)>,
}

/// The measures that `page.js` goes by.
pub(super) fn metrics() -> serde_json::Value {
    serde_json::json!({
        "head": HEAD, "row": ROW, "folded": FOLDED, "titleHeight": TITLE_HEIGHT, "pad": PAD, "gap": GAP, "bend": BEND,
        "sweeps": SWEEPS, "stacks": STACKS, "smallest": SMALLEST,
    })
}

pub(super) fn card_height(card: &Card) -> f64 {
    if card.rows.is_empty() { HEAD } else { HEAD + ROW * card.rows.len() as f64 + 4.0 }
}

/// The text that stands for a resource: its name, with its instance.
pub(super) fn title(resource: &Resource) -> String {
    let name = if resource.name.is_empty() { &resource.address } else { &resource.name };
    match &resource.instance {
        Some(instance) if !resource.name.is_empty() => cut(&format!("{name}[{instance}]"), NAME),
        _ => cut(name, NAME),
    }
}

/// How wide a card has to be for its texts.
pub(super) fn card_width(resource: &Resource, card: &Card) -> f64 {
    let name = width(&title(resource)) as f64 * 7.3;
    let kind = width(&cut(&resource.kind, KIND)) as f64 * 6.2;
    let rows = card.rows.iter().map(|row| width(&cut(row, LABEL)) as f64 * 6.1).fold(0.0, f64::max);
    (name.max(kind).max(rows) + 24.0).max(96.0).ceil()
}

/// How wide the title of a group is.
pub(super) fn title_width(title: &str) -> f64 {
    (width(&cut(title, TITLE)) as f64 * 7.6 + 48.0).ceil()
}

/// A block, its nodes in their places from its own corner.
struct PlacedBlock {
    nodes: Vec<Rect>,
    /// The left and the right side of each node's column.
    columns: Vec<(f64, f64)>,
    w: f64,
    h: f64,
    x: f64,
    y: f64,
}

/// What is known of a group before it is known where it stands.
#[derive(Default)]
struct Inside {
    blocks: Vec<PlacedBlock>,
    w: f64,
    h: f64,
    /// Where bundles go through its frame: the height, by the bundle and whether it is the right side.
    ports: HashMap<(usize, bool), f64>,
}

/// Places everything; `widths` are those of the cards.
pub(super) fn place(tree: &Tree, layout: &Layout, folded: &[bool], widths: &[f64]) -> Placed {
    let mut inside: Vec<Inside> = (0..tree.groups.len()).map(|_| Inside::default()).collect();
    let mut hidden = vec![false; tree.groups.len()];
    for group in 1..tree.groups.len() {
        let parent = tree.groups[group].parent;
        hidden[group] = hidden[parent] || folded[parent];
    }
    for group in (0..tree.groups.len()).rev().filter(|group| !hidden[*group]) {
        inside[group] = if folded[group] {
            Inside { w: title_width(&tree.groups[group].title).max(SMALLEST), h: FOLDED, ..Inside::default() }
        } else {
            let placer = Placer { tree, layout, folded, widths, inside: &inside };
            placer.group(group)
        };
    }
    let mut placed = Placed {
        cards: vec![None; tree.cards.len()],
        groups: vec![None; tree.groups.len()],
        lines: vec![],
        arrows: vec![],
        width: inside[0].w,
        height: inside[0].h,
    };
    placed.groups[0] = Some(Rect { x: 0.0, y: 0.0, w: inside[0].w, h: inside[0].h });
    for group in 0..tree.groups.len() {
        let Some(frame) = placed.groups[group] else { continue };
        for (block, at) in layout.groups[group].iter().zip(&inside[group].blocks) {
            for (node, rect) in block.nodes.iter().zip(&at.nodes) {
                let rect = Rect { x: frame.x + at.x + rect.x, y: frame.y + at.y + rect.y, ..*rect };
                match node {
                    Node::Item(Item::Card(card)) => placed.cards[*card] = Some(rect),
                    Node::Item(Item::Group(group)) => placed.groups[*group] = Some(rect),
                    _ => {}
                }
            }
            let placer = Placer { tree, layout, folded, widths, inside: &inside };
            placer.draw(block, at, frame, &mut placed);
        }
    }
    placed.arrows.sort_by(|a, b| (a.3, a.2).cmp(&(b.3, b.2)).then(a.0.total_cmp(&b.0)).then(a.1.total_cmp(&b.1)));
    placed.arrows.dedup();
    placed
}

struct Placer<'a> {
    tree: &'a Tree,
    layout: &'a Layout,
    folded: &'a [bool],
    widths: &'a [f64],
    inside: &'a [Inside],
}

impl Placer<'_> {
    /// Places what is in a group.
    fn group(&self, group: usize) -> Inside {
        let whole = group == 0;
        let title = if whole { 0.0 } else { title_width(&self.tree.groups[group].title) };
        let mut blocks: Vec<PlacedBlock> = self.layout.groups[group].iter().map(|block| self.block(block)).collect();
        let framed =
            self.layout.groups[group].first().is_some_and(|b| b.nodes.iter().any(|n| matches!(n, Node::Port { .. })));
        let (w, h) = shelve(&mut blocks, framed, title - 2.0 * PAD);
        let (left, top) = (PAD, if whole { PAD } else { TITLE_HEIGHT + 6.0 });
        let mut ports = HashMap::new();
        for (block, at) in self.layout.groups[group].iter().zip(&mut blocks) {
            (at.x, at.y) = (at.x + left, at.y + top);
            for (node, rect) in block.nodes.iter().zip(&at.nodes) {
                if let Node::Port { bundle, right } = node {
                    ports.insert((*bundle, *right), at.y + rect.y + BEND / 2.0);
                }
            }
        }
        Inside { blocks, w: (w + 2.0 * PAD).max(title), h: top + h + PAD, ports }
    }

    fn block(&self, block: &Block) -> PlacedBlock {
        let mut nodes: Vec<Rect> = block.nodes.iter().map(|node| self.size(*node)).collect();
        let mut sides = vec![(0.0, 0.0); nodes.len()];
        let mut column_of = vec![0; nodes.len()];
        for (column, members) in block.columns.iter().enumerate() {
            members.iter().for_each(|node| column_of[*node] = column);
        }
        let mut channels = vec![0usize; block.columns.len()];
        let mut lefts: Vec<Vec<&Segment>> = vec![vec![]; nodes.len()];
        let mut rights = lefts.clone();
        for segment in &block.segments {
            channels[column_of[segment.left]] += 1;
            lefts[segment.right].push(segment);
            rights[segment.left].push(segment);
        }
        let mut x = 0.0;
        for (members, segments) in block.columns.iter().zip(&channels) {
            let w = members.iter().map(|node| nodes[*node].w).fold(0.0, f64::max);
            let is_card = |node: &&usize| matches!(block.nodes[**node], Node::Item(Item::Card(_)));
            let cards = members.iter().filter(is_card).map(|node| nodes[*node].w).fold(0.0, f64::max);
            for node in members {
                nodes[*node].x = x;
                sides[*node] = (x, x + w);
                match block.nodes[*node] {
                    Node::Item(Item::Card(_)) => nodes[*node].w = cards,
                    Node::Bend(_) => nodes[*node].w = w,
                    _ => {}
                }
            }
            x += w + if *segments == 0 { 24.0 } else { 44.0 + (*segments as f64 * 3.0).min(90.0) };
        }
        let w = sides.iter().map(|side| side.1).fold(0.0, f64::max);
        for column in &block.columns {
            let mut y = 0.0;
            for pair in 0..column.len() {
                nodes[column[pair]].y = y;
                y += nodes[column[pair]].h + column.get(pair + 1).map_or(0.0, |next| gap(block, column[pair], *next));
            }
        }
        let count = block.columns.len();
        for sweep in 0..=SWEEPS {
            for step in 0..count {
                let column = &block.columns[if sweep % 2 == 0 { step } else { count - 1 - step }];
                let wanted: Vec<f64> = column
                    .iter()
                    .map(|node| {
                        let (mut sum, mut of) = (0.0, 0.0);
                        // At first one side at a time, at last both.
                        if sweep % 2 == 0 || sweep == SWEEPS {
                            for s in &lefts[*node] {
                                sum += nodes[s.left].y + self.anchor(block, s, true) - self.anchor(block, s, false);
                                of += 1.0;
                            }
                        }
                        if sweep % 2 == 1 || sweep == SWEEPS {
                            for s in &rights[*node] {
                                sum += nodes[s.right].y + self.anchor(block, s, false) - self.anchor(block, s, true);
                                of += 1.0;
                            }
                        }
                        if of > 0.0 { sum / of } else { nodes[*node].y }
                    })
                    .collect();
                let mut offset = 0.0;
                let offsets: Vec<f64> = (0..column.len())
                    .map(|at| {
                        let here = offset;
                        offset +=
                            nodes[column[at]].h + column.get(at + 1).map_or(0.0, |next| gap(block, column[at], *next));
                        here
                    })
                    .collect();
                for ((node, y), offset) in column.iter().zip(ascending(&wanted, &offsets)).zip(&offsets) {
                    nodes[*node].y = y + offset;
                }
            }
        }
        let top = nodes.iter().map(|node| node.y).fold(f64::INFINITY, f64::min);
        let top = if top.is_finite() { top } else { 0.0 };
        nodes.iter_mut().for_each(|node| node.y -= top);
        let h = nodes.iter().map(|node| node.y + node.h).fold(0.0, f64::max);
        PlacedBlock { nodes, columns: sides, w, h, x: 0.0, y: 0.0 }
    }

    fn size(&self, node: Node) -> Rect {
        let (w, h) = match node {
            Node::Item(Item::Card(card)) => (self.widths[card], card_height(&self.tree.cards[card])),
            Node::Item(Item::Group(group)) => (self.inside[group].w, self.inside[group].h),
            Node::Bend(_) => (BEND, BEND),
            Node::Port { .. } => (0.0, BEND),
        };
        Rect { x: 0.0, y: 0.0, w, h }
    }

    /// Where a segment meets its left or its right node, from the top of the node.
    fn anchor(&self, block: &Block, segment: &Segment, left: bool) -> f64 {
        let source = self.layout.bundles[segment.bundle].forward == left;
        match block.nodes[if left { segment.left } else { segment.right }] {
            Node::Item(Item::Card(_)) => match segment.row.filter(|_| source) {
                Some(row) => HEAD + ROW * (row as f64 + 0.5) - 1.0,
                None => HEAD / 2.0,
            },
            Node::Item(Item::Group(group)) => {
                let inside = &self.inside[group];
                inside.ports.get(&(segment.bundle, left)).copied().unwrap_or(inside.h / 2.0)
            }
            Node::Bend(_) | Node::Port { .. } => BEND / 2.0,
        }
    }

    fn draw(&self, block: &Block, at: &PlacedBlock, frame: Rect, placed: &mut Placed) {
        let (dx, dy) = (frame.x + at.x, frame.y + at.y);
        let mut shared: BTreeMap<usize, String> = BTreeMap::new();
        for (node, rect) in block.nodes.iter().zip(&at.nodes) {
            if let Node::Bend(bundle) = node {
                let y = dy + rect.y + BEND / 2.0;
                let _ = write!(
                    shared.entry(*bundle).or_default(),
                    "M{:.1} {y:.1}H{:.1}",
                    dx + rect.x,
                    dx + rect.x + rect.w
                );
            }
        }
        for segment in &block.segments {
            let (left, right) = (&at.nodes[segment.left], &at.nodes[segment.right]);
            let from = dy + left.y + self.anchor(block, segment, true);
            let to = dy + right.y + self.anchor(block, segment, false);
            let (start, end) = (dx + at.columns[segment.left].1, dx + at.columns[segment.right].0);
            let begin = match block.nodes[segment.left] {
                Node::Port { .. } => frame.x,
                _ => dx + left.x + left.w,
            };
            let stop = match block.nodes[segment.right] {
                Node::Port { .. } => frame.x + frame.w,
                _ => dx + right.x,
            };
            let middle = f64::midpoint(start, end);
            let mut path = format!("M{begin:.1} {from:.1}");
            if begin < start {
                let _ = write!(path, "H{start:.1}");
            }
            let _ = write!(path, "C{middle:.1} {from:.1} {middle:.1} {to:.1} {end:.1} {to:.1}");
            if stop > end {
                let _ = write!(path, "H{stop:.1}");
            }
            let forward = self.layout.bundles[segment.bundle].forward;
            let (source, target) = if forward { (segment.left, segment.right) } else { (segment.right, segment.left) };
            let arrives = match block.nodes[target] {
                Node::Item(Item::Card(_)) => true,
                Node::Item(Item::Group(group)) => self.folded[group],
                _ => false,
            };
            if arrives {
                let (x, y) = if forward { (stop, to) } else { (begin, from) };
                placed.arrows.push((x, y, forward, segment.bundle));
            }
            match (segment.row, block.nodes[source]) {
                (Some(row), Node::Item(Item::Card(card))) => {
                    placed.lines.push(Line { path, bundle: segment.bundle, source: Some((card, row)) });
                }
                _ => shared.entry(segment.bundle).or_default().push_str(&path),
            }
        }
        placed.lines.extend(shared.into_iter().map(|(bundle, path)| Line { path, bundle, source: None }));
    }
}

fn gap(block: &Block, a: usize, b: usize) -> f64 {
    let item = |node: usize| matches!(block.nodes[node], Node::Item(_));
    if item(a) || item(b) { GAP } else { 1.0 }
}

/// The values nearest to `wanted` minus `offsets` that never descend: runs that would are levelled at their mean.
fn ascending(wanted: &[f64], offsets: &[f64]) -> Vec<f64> {
    let mut runs: Vec<(f64, usize)> = vec![];
    for (wanted, offset) in wanted.iter().zip(offsets) {
        let mut run = (wanted - offset, 1);
        while let Some((sum, count)) = runs.last() {
            if sum / (*count as f64) < run.0 / run.1 as f64 {
                break;
            }
            run = (run.0 + sum, run.1 + count);
            runs.pop();
        }
        runs.push(run);
    }
    runs.into_iter().flat_map(|(sum, count)| std::iter::repeat_n(sum / count as f64, count)).collect()
}

/// Puts blocks on shelves, from left to right and from top to bottom; small ones are stacked where there is room under another.
/// Gives the width and the height of all.
fn shelve(blocks: &mut [PlacedBlock], framed: bool, title: f64) -> (f64, f64) {
    let area: f64 = blocks.iter().map(|b| (b.w + 2.0 * GAP) * (b.h + 2.0 * GAP)).sum();
    let widest = blocks.iter().map(|b| b.w).fold(title, f64::max);
    let limit = (area * 1.8).sqrt().max(widest);
    let mut order: Vec<usize> = (0..blocks.len()).collect();
    // The one with ports is first and alone, so that nothing stands between it and the frame.
    order[usize::from(framed)..].sort_by(|a, b| blocks[*b].h.total_cmp(&blocks[*a].h));
    let between = 2.0 * GAP;
    let (mut top, mut height, mut right) = (0.0, 0.0, 0.0);
    let mut stacks: Vec<(f64, f64, f64)> = vec![];
    for (nth, at) in order.into_iter().enumerate() {
        let (w, h) = (blocks[at].w, blocks[at].h);
        let from = stacks.len().saturating_sub(STACKS);
        let room = stacks[from..].iter_mut().find(|(_, wide, used)| w <= *wide && *used + GAP + h <= height);
        if let Some((x, _, used)) = room {
            (blocks[at].x, blocks[at].y) = (*x, top + *used + GAP);
            *used += GAP + h;
            continue;
        }
        if nth > 0 && (right + w > limit || (framed && nth == 1)) {
            top += height + between;
            (height, right) = (0.0, 0.0);
            stacks.clear();
        }
        (blocks[at].x, blocks[at].y) = (right, top);
        stacks.push((right, w, h));
        right += w + between;
        height = height.max(h);
    }
    let w = blocks.iter().map(|b| b.x + b.w).fold(0.0, f64::max);
    (w, blocks.iter().map(|b| b.y + b.h).fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_overlap_is_levelled() {
        assert_eq!(ascending(&[0.0, 5.0, 1.0], &[0.0, 0.0, 0.0]), [0.0, 3.0, 3.0]);
        assert_eq!(ascending(&[10.0, 0.0], &[0.0, 4.0]), [3.0, 3.0]);
    }

    #[test]
    fn blocks_do_not_overlap() {
        let block = |n: usize| PlacedBlock {
            nodes: vec![],
            columns: vec![],
            w: 40.0 + (n * 37 % 90) as f64,
            h: 20.0 + (n * 53 % 140) as f64,
            x: 0.0,
            y: 0.0,
        };
        let mut blocks: Vec<PlacedBlock> = (0..60).map(block).collect();
        shelve(&mut blocks, true, 0.0);
        for (at, a) in blocks.iter().enumerate() {
            for b in &blocks[at + 1..] {
                assert!(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y);
            }
        }
        assert!(blocks[1..].iter().all(|b| b.y >= blocks[0].h), "the first stands alone");
    }
}
