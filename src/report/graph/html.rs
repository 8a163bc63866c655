//! The picture as one page: search, details, folding. `page.js` draws it from the layout that is computed here.

use serde_json::{Value as Json, json};
use stockade_model::{Graph, Technology};
use stockade_source::Sources;

use super::layout::{Block, Layout, Node};
use super::place::{self, KIND, LABEL, TITLE, card_width, title, title_width};
use super::svg::{class, kinds, summary};
use super::text::{clean, cut, xml};
use super::tree::{Item, Tree};
use super::{GraphFilter, body};

/// The fields of one resource, and of all, as JSON: what is over either is not on the page.
const FIELDS: usize = 64 * 1024;
const ALL_FIELDS: usize = 16 * 1024 * 1024;

/// The graph as one page that needs nothing from elsewhere, with a line break at its end.
///
/// It shows what [`super::svg`] shows, and what is folded there can be opened. A click on a resource tells what is known of it.
pub fn html(graph: &Graph, sources: &Sources, filter: &GraphFilter) -> String {
    let tree = Tree::new(graph, sources, filter);
    let layout = Layout::new(&tree);
    let data = serde_json::to_string(&data(graph, sources, &tree, &layout)).expect("a picture is valid JSON");
    // Within a script, only a `<` can end it; the other two are for readers that look no closer.
    let data = data.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
    let summary = xml(&summary(&tree));
    let mut out = String::with_capacity(data.len() + 64 * 1024);
    out.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    // Whatever a name might smuggle in: the page loads nothing and sends nothing.
    out.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str(&format!("<title>Stockade: {summary}</title>\n<style>\n"));
    out.push_str(include_str!("picture.css"));
    out.push_str(include_str!("page.css"));
    out.push_str("</style>\n</head>\n<body>\n");
    out.push_str(include_str!("page.html"));
    out.push_str("<script type=\"application/json\" id=\"data\">");
    out.push_str(&data);
    out.push_str("</script>\n<script>\n");
    out.push_str(include_str!("page.js"));
    out.push_str("</script>\n</body>\n</html>\n");
    out
}

fn data(graph: &Graph, sources: &Sources, tree: &Tree, layout: &Layout) -> Json {
    let folded = tree.folded();
    let groups: Vec<Json> = tree
        .groups
        .iter()
        .zip(&layout.groups)
        .zip(folded)
        .map(|((group, blocks), folded)| {
            json!({
                "title": cut(&group.title, TITLE),
                "full": clean(&group.title),
                "parent": group.parent,
                "depth": group.depth,
                "class": group.technology.map_or("", class),
                "count": group.count,
                "width": title_width(&group.title),
                "folded": folded,
                "blocks": blocks.iter().map(block).collect::<Vec<Json>>(),
            })
        })
        .collect();
    let mut room = ALL_FIELDS;
    let cards: Vec<Json> = tree
        .cards
        .iter()
        .map(|card| {
            let resource = graph.resource(card.id);
            json!({
                "title": title(resource),
                "short": cut(&resource.kind, KIND),
                "kind": clean(&resource.kind),
                "name": clean(&resource.name),
                "address": clean(&resource.address),
                "place": clean(&crate::place::place(sources, resource.head())),
                "technology": resource.technology.name(),
                "class": class(resource.technology),
                "via": resource.via,
                "group": card.group,
                "rows": card.rows.iter().map(|row| cut(row, LABEL)).collect::<Vec<_>>(),
                "width": card_width(resource, card),
                "height": place::card_height(card),
                "fields": fields(body(graph, card.id, &resource.body), &mut room),
            })
        })
        .collect();
    let wires: Vec<Json> = tree
        .wires
        .iter()
        .zip(&layout.bundle_of)
        .map(|(wire, bundle)| json!([wire.from, wire.to, clean(&wire.label), wire.row, bundle]))
        .collect();
    let bundles: Vec<Json> = layout
        .bundles
        .iter()
        .zip(kinds(tree, layout))
        .map(|(bundle, kind)| json!([bundle.forward, kind.far, kind.class()]))
        .collect();
    let technologies: Vec<Json> = Technology::ALL
        .into_iter()
        .filter(|t| tree.cards.iter().any(|card| graph.resource(card.id).technology == *t))
        .map(|t| json!([t.name(), class(t)]))
        .collect();
    json!({
        "summary": summary(tree),
        "metrics": place::metrics(),
        "technologies": technologies,
        "groups": groups,
        "cards": cards,
        "wires": wires,
        "bundles": bundles,
    })
}

/// The fields where there is room for them; else `null`.
fn fields(fields: Json, room: &mut usize) -> Json {
    let size = fields.to_string().len();
    if size > FIELDS || size > *room {
        return Json::Null;
    }
    *room -= size;
    fields
}

/// Nodes are `[0, card]`, `[1, group]`, `[2, bundle]` for a bend, `[3, bundle]` and `[4, bundle]` for a port on the left and the right.
fn block(block: &Block) -> Json {
    let nodes: Vec<Json> = block
        .nodes
        .iter()
        .map(|node| match node {
            Node::Item(Item::Card(card)) => json!([0, card]),
            Node::Item(Item::Group(group)) => json!([1, group]),
            Node::Bend(bundle) => json!([2, bundle]),
            Node::Port { bundle, right } => json!([if *right { 4 } else { 3 }, bundle]),
        })
        .collect();
    let segments: Vec<Json> = block
        .segments
        .iter()
        .map(|s| match s.row {
            Some(row) => json!([s.left, s.right, s.bundle, row]),
            None => json!([s.left, s.right, s.bundle]),
        })
        .collect();
    json!([nodes, block.columns, segments])
}
