//! Pictures of graphs made by hand.

use serde_json::Value as Json;
use stockade_model::{Graph, Local, Lowered, Map, Resource, Technology, Value};
use stockade_source::{Sources, Span};

use super::layout::Layout;
use super::place::{Placed, card_width, place};
use super::tree::{BOUND, Tree};
use super::{GraphFilter, dot, html, svg};

const HOSTILE: &str = "</script><script>alert(1)</script><!-- ]]> \"'&\u{0}\u{1b}[31m\u{202e}\u{ffff}";

fn resource(technology: Technology, kind: &str, address: &str) -> Resource {
    let mut resource = Resource::new(technology, kind, Map::new(Span::NONE), Span::NONE);
    resource.address = address.into();
    resource.name = address.rsplit(['.', '/']).next().unwrap_or(address).into();
    resource
}

fn project(path: &str, resources: impl IntoIterator<Item = Resource>, links: &[(u32, u32, &str)]) -> Lowered {
    let mut out = Lowered::new(path);
    resources.into_iter().for_each(|resource| {
        out.add(resource);
    });
    links.iter().for_each(|(from, to, label)| out.link(Local(*from), Local(*to), *label, Span::NONE));
    out
}

fn terraform(address: &str) -> Resource {
    resource(Technology::Terraform, "aws_x", address)
}

/// Two modules that refer to each other, a circle, a resource that refers to itself, two labels between the same two.
fn knot() -> Graph {
    let addresses =
        ["aws_x.a", "aws_x.b", "module.m.aws_x.c", "module.m.module.n.aws_x.d", "module.o[\"k.]\"].aws_x.e"];
    let links = [
        (0, 1, "one"),
        (0, 1, "two"),
        (1, 0, "back"),
        (0, 0, "self"),
        (2, 3, "in"),
        (3, 4, "far"),
        (4, 2, "far back"),
        (0, 3, "deep"),
        (3, 1, "up"),
    ];
    Graph::new([
        project("live", addresses.map(terraform), &links),
        project(
            "manifests",
            ["Deployment/shop/web", "Service/shop/web", "ClusterRole/default/admin"]
                .map(|a| resource(Technology::Kubernetes, a.split('/').next().unwrap_or(a), a)),
            &[(1, 0, "selects")],
        ),
    ])
}

fn placed(graph: &Graph) -> (Tree, Layout, Placed) {
    let tree = Tree::new(graph, &Sources::default(), &GraphFilter::default());
    let layout = Layout::new(&tree);
    let widths: Vec<f64> = tree.cards.iter().map(|card| card_width(graph.resource(card.id), card)).collect();
    let placed = place(&tree, &layout, &tree.folded(), &widths);
    (tree, layout, placed)
}

fn pictures(graph: &Graph) -> [String; 3] {
    let (sources, filter) = (Sources::default(), GraphFilter::default());
    [svg(graph, &sources, &filter), html(graph, &sources, &filter), dot(graph, &sources, &filter)]
}

/// What `html` tells its script.
fn data(page: &str) -> Json {
    let (_, rest) = page.split_once("id=\"data\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

/// A small reader of XML: every element is closed by its own name, every attribute is quoted, every `&` is a known entity, and every
/// character one that XML has a place for.
fn assert_well_formed(text: &str) {
    assert!(!text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{fffe}' || c == '\u{ffff}'));
    for (at, _) in text.match_indices('&') {
        let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
        assert!(known.iter().any(|entity| text[at..].starts_with(entity)), "{}", &text[at..text.len().min(at + 20)]);
    }
    let mut open: Vec<&str> = vec![];
    let mut rest = text.trim_end();
    while let Some(at) = rest.find('<') {
        assert!(!open.is_empty() || rest[..at].is_empty(), "text outside of the root");
        let tag = &rest[at + 1..];
        let end = tag.find('>').unwrap();
        let (tag, after) = (&tag[..end], &tag[end + 1..]);
        assert!(!tag.contains('<'));
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            continue;
        }
        let body = tag.strip_suffix('/');
        let (name, attributes) = body.unwrap_or(tag).split_once(' ').unwrap_or((body.unwrap_or(tag), ""));
        let parts: Vec<&str> = attributes.split('"').collect();
        assert!(
            parts.len() % 2 == 1
                && parts
                    .iter()
                    .step_by(2)
                    .all(|key| key.is_empty() || key.trim().ends_with('=') || key.trim().is_empty()),
            "{tag}"
        );
        if body.is_none() {
            open.push(name);
        }
    }
    assert!(open.is_empty() && rest.is_empty(), "{open:?} {rest}");
}

#[test]
fn everything_is_there_once() {
    let graph = knot();
    let [svg, html, dot] = pictures(&graph);
    assert_well_formed(&svg);
    assert_eq!(svg.matches("<g class=\"card ").count(), 8);
    let data = data(&html);
    assert_eq!((data["cards"].as_array().unwrap().len(), data["wires"].as_array().unwrap().len()), (8, 10));
    for (_, resource) in graph.resources() {
        let address = super::text::xml(&resource.address);
        assert_eq!(svg.matches(&format!("<title>{address}\n")).count(), 1, "{address}");
        assert_eq!(dot.matches(&format!("[label={}];", super::text::quoted(&resource.address))).count(), 1);
        assert_eq!(data["cards"].as_array().unwrap().iter().filter(|c| c["address"] == *resource.address).count(), 1);
    }
    for edge in graph.edges() {
        let (from, to) = (&graph.resource(edge.from).address, &graph.resource(edge.to).address);
        let told = super::text::xml(&format!("{from} → {to} ({})", edge.label));
        assert_eq!(svg.matches(&told).count(), 1, "{told}");
        assert_eq!(dot.matches(&format!("n{} -> n{} [label=\"{}\"];", edge.from.0, edge.to.0, edge.label)).count(), 1);
    }
}

#[test]
fn groups_are_nested() {
    let (tree, ..) = placed(&knot());
    let titles: Vec<(&str, usize, usize)> =
        tree.groups[1..].iter().map(|group| (&*group.title, group.depth, group.count)).collect();
    let expected = [
        ("live", 1, 5),
        ("module m", 2, 2),
        ("module n", 3, 1),
        ("module o[\"k.]\"]", 2, 1),
        ("manifests", 1, 3),
        ("namespace shop", 2, 2),
        ("cluster-wide", 2, 1),
    ];
    assert_eq!(titles, expected);
    let dot = dot(&knot(), &Sources::default(), &GraphFilter::default());
    assert_eq!(dot.matches("subgraph cluster_").count(), 7);
    assert_eq!(dot.matches('{').count(), dot.matches('}').count());
}

#[test]
fn frames_hold_what_is_in_them() {
    let (tree, _, placed) = placed(&knot());
    let inside = |outer: super::place::Rect, inner: super::place::Rect| {
        outer.x <= inner.x
            && outer.y <= inner.y
            && inner.x + inner.w <= outer.x + outer.w
            && inner.y + inner.h <= outer.y + outer.h
    };
    for (at, group) in tree.groups.iter().enumerate() {
        assert!(inside(placed.groups[group.parent].unwrap(), placed.groups[at].unwrap()), "{}", group.title);
    }
    let cards: Vec<_> = placed.cards.iter().map(|rect| rect.unwrap()).collect();
    for (at, a) in cards.iter().enumerate() {
        assert!(inside(placed.groups[tree.cards[at].group].unwrap(), *a));
        for b in &cards[at + 1..] {
            assert!(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y, "cards overlap");
        }
    }
}

#[test]
fn the_same_graph_is_the_same_picture() {
    assert_eq!(pictures(&knot()), pictures(&knot()));
}

#[test]
fn nothing_is_a_picture_too() {
    let [svg, html, dot] = pictures(&Graph::default());
    assert_well_formed(&svg);
    assert!(svg.contains("0 resources, 0 edges") && html.contains("0 resources, 0 edges"));
    assert!(dot.ends_with(";\n}\n"));
}

#[test]
fn names_stay_names() {
    let mut hostile = resource(Technology::Kubernetes, HOSTILE, &format!("{HOSTILE}/{HOSTILE}/{HOSTILE}"));
    hostile.name = HOSTILE.into();
    hostile.body.set(HOSTILE, Value::text(HOSTILE, Span::NONE));
    let other = resource(Technology::Kubernetes, "Pod", "Pod/default/x");
    let [svg, html, dot] = pictures(&Graph::new([project(HOSTILE, [hostile, other], &[(0, 1, HOSTILE)])]));
    assert_well_formed(&svg);
    assert!(!svg.contains("<script"));
    assert_eq!((html.matches("<script").count(), html.matches("</script>").count()), (2, 2), "the data and the script");
    assert!(!html.contains("alert(1)</") && !html.contains("<!-- ]]"));
    assert!(!html.contains('\u{202e}') || data(&html)["cards"][0]["fields"].to_string().contains('\u{202e}'));
    assert!(data(&html)["cards"][0]["address"].as_str().unwrap().starts_with("</script><script>"));
    assert!(!dot.contains(['\0', '\u{1b}']));
}

#[test]
fn a_page_needs_nothing_from_elsewhere() {
    let [_, html, _] = pictures(&knot());
    let without_namespace = html.replace("http://www.w3.org/2000/svg", "");
    for sign in ["http:", "https:", "src=", "href=", "@import", "url(", "fetch(", "XMLHttp", "innerHTML", "eval("] {
        assert!(!without_namespace.contains(sign), "{sign}");
    }
}

#[test]
fn a_sensitive_value_is_not_on_the_page() {
    let mut secret = terraform("aws_x.a");
    let mut value = Value::text("hunter2", Span::NONE);
    value.sensitive = true;
    secret.body.set("password", value);
    let page = html(&Graph::new([project("p", [secret], &[])]), &Sources::default(), &GraphFilter::default());
    assert!(!page.contains("hunter2"));
    assert_eq!(data(&page)["cards"][0]["fields"]["password"]["$sensitive"], true);
}

#[test]
fn what_is_joined_by_an_item_of_a_view_is_joined_by_its_owner() {
    let mut container = resource(Technology::Kubernetes, "container", "Deployment/a/web/container/web");
    container.view = true;
    let workload = resource(Technology::Kubernetes, "Deployment", "Deployment/a/web");
    let stage = resource(Technology::Dockerfile, "stage", "stage.0");
    let mut graph =
        Graph::new([project("k", [workload, container], &[(1, 0, "workload")]), project("Dockerfile", [stage], &[])]);
    let id = stockade_model::ResourceId;
    graph.link(stockade_model::Edge { from: id(1), to: id(2), label: "built_by".into(), span: Span::NONE });
    let picture = svg(&graph, &Sources::default(), &GraphFilter::default());
    assert!(picture.contains("Deployment/a/web → stage.0 (built_by)"), "{picture}");
    let picture = svg(&graph, &Sources::default(), &GraphFilter { views: true, ..GraphFilter::default() });
    assert!(picture.contains("Deployment/a/web/container/web → stage.0 (built_by)"));
    assert!(!picture.contains("Deployment/a/web → stage.0"));
}

#[test]
fn a_large_graph_is_folded() {
    let projects = 40u32;
    let each = 200u32;
    let graph = Graph::new((0..projects).map(|at| {
        let resources = (0..each).map(|n| terraform(&format!("module.m{}.aws_x.r{n}", n / 50)));
        let links: Vec<(u32, u32, &str)> = (1..each).map(|n| (n, n / 2, "to")).collect();
        project(&format!("p{at}"), resources, &links)
    }));
    let picture = svg(&graph, &Sources::default(), &GraphFilter::default());
    assert_well_formed(&picture);
    let folded = picture.matches("class=\"folded\"").count();
    let cards = picture.matches("<g class=\"card ").count();
    assert!(folded > 0 && folded + cards <= 500, "{folded} {cards}");
    assert!(picture.contains("8000 resources, 7960 edges") && picture.contains(">50 resources<"));
    let page = html(&graph, &Sources::default(), &GraphFilter::default());
    assert_eq!(data(&page)["cards"].as_array().unwrap().len(), 8000, "what is folded can be opened");
}

#[test]
fn shapes_that_grow_do_not_explode() {
    // A hub, a long chain with edges all along it, modules within modules, and a project for each resource.
    let many = 20_000u32;
    let resources = || (0..many).map(|n| terraform(&format!("aws_x.r{n}")));
    let hub: Vec<(u32, u32, &str)> = (1..many).map(|n| (n, 0, "hub")).collect();
    let chain: Vec<(u32, u32, &str)> = (1..many).flat_map(|n| [(n, n - 1, "next"), (many - 1, n - 1, "far")]).collect();
    let deep = (0..2_000).map(|n| terraform(&format!("{}aws_x.r{n}", "module.m.".repeat(n))));
    let shapes = [
        Graph::new([project("hub", resources(), &hub)]),
        Graph::new([project("chain", resources(), &chain)]),
        Graph::new([project("deep", deep, &[(0, 1_999, "in")])]),
        Graph::new((0..5_000).map(|n| project(&format!("a/{n}"), [terraform("aws_x.a")], &[]))),
    ];
    for graph in shapes {
        let edges = graph.edges().len();
        let [svg, html, dot] = pictures(&graph);
        assert!(
            svg.len() < 30 << 20 && html.len() < 60 << 20 && dot.len() < 30 << 20,
            "{edges}: {} {}",
            svg.len(),
            html.len()
        );
    }
    // Just as many as are drawn, in the worst shape.
    let small = u32::try_from(BOUND).unwrap();
    let chain: Vec<(u32, u32, &str)> = (1..small).flat_map(|n| [(n, n - 1, "next"), (n, n / 3, "far")]).collect();
    let picture =
        svg(&Graph::new([project("p", resources().take(BOUND), &chain)]), &Sources::default(), &GraphFilter::default());
    assert_eq!(picture.matches("<g class=\"card ").count(), BOUND);
    assert!(picture.len() < 8 << 20, "{}", picture.len());
}
