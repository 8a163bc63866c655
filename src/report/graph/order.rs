//! Layers of what refers to each other, and an order in each column with few crossings.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::{Block, Segment};
use super::tree::Item;

/// How often the columns are gone through.
const SWEEPS: usize = 10;

/// The column of every item that is linked: what refers stands left of what it refers to, as near as may be. Links that close a
/// circle are left out of account.
pub(super) fn layers(items: &[Item], links: &BTreeSet<(Item, Item)>) -> BTreeMap<Item, usize> {
    let mut targets: BTreeMap<Item, Vec<Item>> = BTreeMap::new();
    for (from, to) in links {
        targets.entry(*from).or_default().push(*to);
        targets.entry(*to).or_default();
    }
    /// Where a walk stands with an item.
    enum State {
        Open,
        /// The number of links behind it, at most.
        Done(usize),
    }
    let mut states: BTreeMap<Item, State> = BTreeMap::new();
    for item in items {
        if !targets.contains_key(item) || states.contains_key(item) {
            continue;
        }
        states.insert(*item, State::Open);
        let mut walk: Vec<(Item, usize, usize)> = vec![(*item, 0, 0)];
        while let Some((at, next, longest)) = walk.last_mut() {
            let Some(target) = targets.get(at).and_then(|targets| targets.get(*next)) else {
                let (at, longest) = (*at, *longest);
                states.insert(at, State::Done(longest));
                walk.pop();
                if let Some((_, _, above)) = walk.last_mut() {
                    *above = (*above).max(longest + 1);
                }
                continue;
            };
            *next += 1;
            match states.get(target) {
                Some(State::Open) => {}
                Some(State::Done(behind)) => *longest = (*longest).max(behind + 1),
                None => {
                    states.insert(*target, State::Open);
                    walk.push((*target, 0, 0));
                }
            }
        }
    }
    let behind = |state: &State| if let State::Done(behind) = state { *behind } else { 0 };
    let most = states.values().map(behind).max().unwrap_or(0);
    states.iter().map(|(item, state)| (*item, most - behind(state))).collect()
}

/// Reorders every column so that few segments cross; of all orders tried the best is kept.
pub(super) fn uncross(block: &mut Block) {
    if block.columns.len() < 2 {
        return;
    }
    let mut column_of = vec![0; block.nodes.len()];
    for (column, nodes) in block.columns.iter().enumerate() {
        nodes.iter().for_each(|node| column_of[*node] = column);
    }
    let mut lefts: Vec<Vec<usize>> = vec![vec![]; block.nodes.len()];
    let mut rights = lefts.clone();
    let near: Vec<Segment> =
        block.segments.iter().copied().filter(|s| column_of[s.left] + 1 == column_of[s.right]).collect();
    for segment in &near {
        lefts[segment.right].push(segment.left);
        rights[segment.left].push(segment.right);
    }
    let mut position = vec![0.0; block.nodes.len()];
    let number = |position: &mut Vec<f64>, nodes: &[usize]| {
        let scale = nodes.len() as f64;
        nodes.iter().enumerate().for_each(|(at, node)| position[*node] = (at as f64 + 0.5) / scale);
    };
    block.columns.iter().for_each(|nodes| number(&mut position, nodes));
    let mut best = (crossings(&block.columns, &near, &column_of), block.columns.clone());
    for sweep in 0..SWEEPS {
        if best.0 == 0 {
            break;
        }
        let count = block.columns.len();
        for step in 1..count {
            let (column, neighbours) = if sweep % 2 == 0 { (count - 1 - step, &rights) } else { (step, &lefts) };
            let nodes = &mut block.columns[column];
            let mut wanted: Vec<(f64, usize)> = nodes
                .iter()
                .map(|node| {
                    let near = &neighbours[*node];
                    let sum: f64 = near.iter().map(|other| position[*other]).sum();
                    (if near.is_empty() { position[*node] } else { sum / near.len() as f64 }, *node)
                })
                .collect();
            wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
            *nodes = wanted.into_iter().map(|(_, node)| node).collect();
            number(&mut position, nodes);
        }
        let now = crossings(&block.columns, &near, &column_of);
        if now < best.0 {
            best = (now, block.columns.clone());
        }
    }
    block.columns = best.1;
}

/// How many pairs of segments cross.
fn crossings(columns: &[Vec<usize>], segments: &[Segment], column_of: &[usize]) -> u64 {
    let mut rank = vec![0; column_of.len()];
    for nodes in columns {
        nodes.iter().enumerate().for_each(|(at, node)| rank[*node] = at);
    }
    let mut sorted: Vec<(usize, usize, usize)> =
        segments.iter().map(|s| (column_of[s.left], rank[s.left], rank[s.right])).collect();
    sorted.sort_unstable();
    let mut out = 0;
    for channel in sorted.chunk_by(|a, b| a.0 == b.0) {
        let size = channel.iter().map(|(_, _, right)| right + 1).max().unwrap_or(0);
        // Sums over a tree of ranks: how many so far end below this one.
        let mut tree = vec![0u64; size + 1];
        for (seen, (_, _, right)) in channel.iter().enumerate() {
            let mut at = right + 1;
            let mut not_below = 0;
            while at > 0 {
                not_below += tree[at];
                at -= at & at.wrapping_neg();
            }
            out += seen as u64 - not_below;
            at = right + 1;
            while at <= size {
                tree[at] += 1;
                at += at & at.wrapping_neg();
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::layout::Node;

    fn card(n: usize) -> Item {
        Item::Card(n)
    }

    #[test]
    fn a_circle_has_layers_too() {
        let links = BTreeSet::from([(card(0), card(1)), (card(1), card(2)), (card(2), card(0)), (card(3), card(1))]);
        let items: Vec<Item> = (0..5).map(card).collect();
        let layers = layers(&items, &links);
        assert_eq!(layers.len(), 4, "what is not linked has no layer");
        assert!(layers[&card(0)] < layers[&card(1)] && layers[&card(1)] < layers[&card(2)]);
        assert!(layers[&card(3)] < layers[&card(1)]);
    }

    #[test]
    fn a_long_chain_takes_no_stack() {
        let items: Vec<Item> = (0..100_000).map(card).collect();
        let links = items.windows(2).map(|pair| (pair[0], pair[1])).collect();
        assert_eq!(layers(&items, &links)[&card(99_999)], 99_999);
    }

    #[test]
    fn crossings_are_undone() {
        let segment = |left, right| Segment { left, right, bundle: 0, row: None };
        let mut block = Block {
            nodes: (0..6).map(|n| Node::Item(card(n))).collect(),
            columns: vec![vec![0, 1, 2], vec![3, 4, 5]],
            segments: vec![segment(0, 5), segment(1, 4), segment(2, 3)],
        };
        assert_eq!(crossings(&block.columns, &block.segments, &[0, 0, 0, 1, 1, 1]), 3);
        uncross(&mut block);
        assert_eq!(crossings(&block.columns, &block.segments, &[0, 0, 0, 1, 1, 1]), 0);
    }
}
