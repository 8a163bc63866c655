//! The picture as one SVG document without anything outside of it.

use std::collections::BTreeMap;
use std::fmt::Write;

use stockade_model::{Graph, Technology};
use stockade_source::Sources;

use super::GraphFilter;
use super::layout::Layout;
use super::place::{HEAD, KIND, LABEL, Line, Placed, ROW, Rect, TITLE, card_width, place, title};
use super::text::{cut, xml};
use super::tree::Tree;
use crate::place::place as place_of;

/// More edges than this to one goal are drawn faintly: what everything refers to says little of anything.
const HUB: usize = 12;
/// The height of the line with the legend.
const LEGEND: f64 = 34.0;

/// The graph as a picture, with a line break at its end.
///
/// Resources are grouped by project, and within it by module, namespace, stage, play or role; each refers to those on its right. Of
/// more than two thousand resources the deepest groups are shown as their numbers.
pub fn svg(graph: &Graph, sources: &Sources, filter: &GraphFilter) -> String {
    let tree = Tree::new(graph, sources, filter);
    let layout = Layout::new(&tree);
    let folded = tree.folded();
    let widths: Vec<f64> = tree.cards.iter().map(|card| card_width(graph.resource(card.id), card)).collect();
    let placed = place(&tree, &layout, &folded, &widths);
    let bundles = kinds(&tree, &layout);
    let drawing = Drawing { graph, sources, tree: &tree, bundles, layout: &layout, folded: &folded, placed: &placed };
    let mut out = String::new();
    drawing.document(&mut out);
    out
}

/// The class of what a technology declares.
pub(super) fn class(technology: Technology) -> &'static str {
    match technology {
        Technology::Terraform => "tf",
        Technology::Kubernetes => "k8",
        Technology::Dockerfile => "df",
        Technology::Ansible => "an",
        Technology::Compose => "co",
    }
}

struct Drawing<'a> {
    graph: &'a Graph,
    sources: &'a Sources,
    tree: &'a Tree,
    bundles: Vec<BundleKind>,
    layout: &'a Layout,
    folded: &'a [bool],
    placed: &'a Placed,
}

impl Drawing<'_> {
    // Writing to a text does not fail.
    fn document(&self, out: &mut String) {
        let (width, height) = (self.placed.width.max(640.0), self.placed.height + LEGEND);
        let summary = summary(self.tree);
        let _ = write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" \
             role=\"img\">\n<title>{summary}</title>\n<style>\n{}</style>\n\
             <rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n",
            include_str!("picture.css"),
        );
        let _ =
            write!(out, "<text class=\"sum\" x=\"16\" y=\"25\">{summary}</text>\n<g transform=\"translate(320 0)\">");
        let used: Vec<Technology> = Technology::ALL
            .into_iter()
            .filter(|t| self.tree.cards.iter().any(|card| self.graph.resource(card.id).technology == *t))
            .collect();
        for (at, technology) in used.into_iter().enumerate() {
            let (x, class) = (at * 105, class(technology));
            let _ = write!(
                out,
                "<rect class=\"bar {class}\" x=\"{x}\" y=\"14\" width=\"12\" height=\"12\"/><text class=\"sum\" x=\"{}\" y=\"25\">{technology}</text>",
                x + 18
            );
        }
        let _ = writeln!(out, "</g>\n<g transform=\"translate(0 {LEGEND})\">");
        for group in 1..self.tree.groups.len() {
            if let Some(rect) = self.placed.groups[group] {
                self.group(group, rect, out);
            }
        }
        let (shared, own): (Vec<&Line>, Vec<&Line>) = self.placed.lines.iter().partition(|line| line.source.is_none());
        for line in shared {
            // As broad as many edges need, and never so broad as to hide others.
            let stroke = 1.0 + (self.layout.bundles[line.bundle].wires.len() as f64).sqrt().min(8.0) * 0.3;
            let class = self.bundles[line.bundle].class();
            let _ = writeln!(out, "<path class=\"{class}\" stroke-width=\"{stroke:.1}\" d=\"{}\"/>", line.path);
        }
        let mut titles: BTreeMap<(usize, usize, usize), Vec<usize>> = BTreeMap::new();
        for (at, wire) in self.tree.wires.iter().enumerate() {
            if let Some(bundle) = self.layout.bundle_of[at] {
                titles.entry((bundle, wire.from, wire.row)).or_default().push(at);
            }
        }
        for line in own {
            let Some((card, row)) = line.source else { continue };
            let class = self.bundles[line.bundle].class();
            let _ = write!(out, "<path class=\"{class}\" d=\"{}\"><title>", line.path);
            // A row has one piece for each goal, and each tells all edges that take it.
            self.wire_titles(titles.get(&(line.bundle, card, row)).map_or(&[], Vec::as_slice), out);
            out.push_str("</title></path>\n");
        }
        for (at, wire) in self.tree.wires.iter().enumerate().filter(|(at, _)| self.layout.bundle_of[*at].is_none()) {
            if let Some(rect) = self.placed.cards[wire.from] {
                let (x, y) = (rect.x + rect.w, rect.y + HEAD + ROW * (wire.row as f64 + 0.5) - 1.0);
                let _ = write!(
                    out,
                    "<path class=\"line\" d=\"M{x:.1} {y:.1}C{:.1} {y:.1} {:.1} {:.1} {x:.1} {:.1}\"><title>",
                    x + 22.0,
                    x + 22.0,
                    rect.y + 19.0,
                    rect.y + 19.0
                );
                self.wire_titles(&[at], out);
                out.push_str("</title></path>\n");
            }
        }
        for (x, y, forward, bundle) in &self.placed.arrows {
            let back = if *forward { -7 } else { 7 };
            let class = if self.bundles[*bundle].far { "head far" } else { "head" };
            let _ = writeln!(out, "<path class=\"{class}\" d=\"M{x:.1} {y:.1}l{back} -3.5v7z\"/>");
        }
        for card in 0..self.tree.cards.len() {
            if let Some(rect) = self.placed.cards[card] {
                self.card(card, rect, out);
            }
        }
        out.push_str("</g>\n</svg>\n");
    }

    fn wire_titles(&self, wires: &[usize], out: &mut String) {
        for (nth, at) in wires.iter().enumerate() {
            let wire = &self.tree.wires[*at];
            let address = |card: usize| xml(&self.graph.resource(self.tree.cards[card].id).address);
            let _ = write!(
                out,
                "{}{} → {} ({})",
                if nth > 0 { "\n" } else { "" },
                address(wire.from),
                address(wire.to),
                xml(&wire.label)
            );
        }
    }

    fn group(&self, group: usize, rect: Rect, out: &mut String) {
        let Rect { x, y, w, h } = rect;
        let about = &self.tree.groups[group];
        let class = about.technology.map_or("", class);
        let frame = if self.folded[group] {
            "folded"
        } else if about.depth % 2 == 1 {
            "frame"
        } else {
            "frame inner"
        };
        let _ = write!(
            out,
            "<g><title>{}</title><rect class=\"{frame}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" rx=\"8\"/>\
             <rect class=\"bar {class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"10\" height=\"10\" rx=\"2\"/>\
             <text class=\"title\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            xml(&about.title),
            x + 12.0,
            y + 9.0,
            x + 28.0,
            y + 18.5,
            xml(&cut(&about.title, TITLE)),
        );
        if self.folded[group] {
            let _ = write!(
                out,
                "<text class=\"kind\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                x + 28.0,
                y + 40.0,
                count(about.count, "resource")
            );
        }
        out.push_str("</g>\n");
    }

    fn card(&self, card: usize, rect: Rect, out: &mut String) {
        let Rect { x, y, w, h } = rect;
        let resource = self.graph.resource(self.tree.cards[card].id);
        let class = class(resource.technology);
        let at = place_of(self.sources, resource.head());
        let _ = write!(
            out,
            "<g class=\"card {class}\"><title>{}\n{}{}</title><rect class=\"body\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" rx=\"4\"/>\
             <rect class=\"bar\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"4\" height=\"{h:.1}\"/>\
             <text class=\"kind\" x=\"{:.1}\" y=\"{:.1}\">{}</text><text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            xml(&resource.address),
            xml(&resource.kind),
            if at.is_empty() { String::new() } else { format!(", {}", xml(&at)) },
            x + 12.0,
            y + 14.0,
            xml(&cut(&resource.kind, KIND)),
            x + 12.0,
            y + 29.0,
            xml(&title(resource)),
        );
        for (at, row) in self.tree.cards[card].rows.iter().enumerate() {
            let y = y + HEAD + ROW * at as f64 + 9.5;
            let _ = write!(
                out,
                "<text class=\"row\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>",
                x + w - 8.0,
                xml(&cut(row, LABEL))
            );
        }
        out.push_str("</g>\n");
    }
}

/// What is to be seen of a bundle.
#[derive(Clone, Copy)]
pub(super) struct BundleKind {
    /// It goes from a group to another.
    pub(super) far: bool,
    /// Very many edges.
    pub(super) hub: bool,
    /// None of its edges is certain.
    pub(super) likely: bool,
}

impl BundleKind {
    pub(super) fn class(self) -> &'static str {
        match self {
            BundleKind { far: false, hub: true, .. } => "line hub",
            BundleKind { far: true, hub: true, .. } => "line far hub",
            BundleKind { far: false, likely: true, .. } => "line likely",
            BundleKind { far: true, likely: true, .. } => "line far likely",
            BundleKind { far: false, .. } => "line",
            BundleKind { far: true, .. } => "line far",
        }
    }
}

pub(super) fn kinds(tree: &Tree, layout: &Layout) -> Vec<BundleKind> {
    let group = |card: usize| tree.cards[card].group;
    layout
        .bundles
        .iter()
        .map(|bundle| {
            let mut wires = bundle.wires.iter().map(|at| &tree.wires[*at]);
            BundleKind {
                far: wires.clone().any(|wire| group(wire.from) != group(wire.to)),
                hub: bundle.wires.len() > HUB,
                likely: wires.all(|wire| wire.label.starts_with("likely_")),
            }
        })
        .collect()
}

/// How much there is, in words.
pub(super) fn summary(tree: &Tree) -> String {
    format!("{}, {}", count(tree.cards.len(), "resource"), count(tree.wires.len(), "edge"))
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
