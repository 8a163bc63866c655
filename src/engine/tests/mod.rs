//! Tests of the whole way from a page and a graph to findings. Graphs are written as YAML: see [`Fixture`].

mod findings;
mod knowledge;
mod operators;
mod pages;
mod paths;
mod views;

use std::sync::Arc;

use stockade_model::{
    Graph, Kind, Local, Lowered, Map, Origin, Part, Reason, Resource, ResourceId, Step, Target, Technology, Value, Via,
    Why,
};
use stockade_source::{FileId, Source, Sources, Span};
use stockade_yaml::Schema;

use crate::context::Context;
use crate::evaluation::Evaluation;
use crate::{Cond, Finding, Links, Outcome, Page, Registry, Selection, Test, Truth, parse_page, prepare, run};

/// A graph written down: a list of `{ kind, name, address, technology, body, links: { label: index } }`.
///
/// Of the texts in a body, `~unknown` is unknown, `a~~b` a template, `@1` an unknown that names resource 1, `@1=x` the
/// text `x` that names it, `{json}…` a text whose structure is the JSON after it, `~secret` is sensitive, and `~from x`
/// is the text `x` that a variable's default gave. `~open` in a list or as a key of a mapping leaves it open.
struct Fixture {
    graph: Graph,
    sources: Sources,
    links: Links,
}

impl Fixture {
    fn new(text: &str) -> Fixture {
        Fixture::with_links(text, "")
    }

    fn with_links(text: &str, links: &str) -> Fixture {
        let mut sources = Sources::default();
        let file = sources.add(Source::new("fixture.yaml", text));
        let (documents, errors) = stockade_yaml::parse(file, text);
        assert_eq!(errors, []);
        let root = documents[0].root.as_ref().expect("a list of resources");
        let mut lowered = Lowered::new("project");
        for node in root.elements() {
            let mut body = node.get("body").map_or(Map::new(node.span), |body| {
                let (mut value, _) = stockade_yaml::to_value(body, Schema::Core);
                mark(&mut value);
                value.as_map().expect("a mapping").clone()
            });
            body.head = node.get("kind").expect("a kind").span;
            let said = |key: &str| node.get(key).and_then(|node| node.as_str());
            let technology = match said("technology") {
                Some("ansible") => Technology::Ansible,
                Some("kubernetes") => Technology::Kubernetes,
                _ => Technology::Terraform,
            };
            let mut resource = Resource::new(technology, said("kind").expect("a kind"), body, node.span);
            resource.name = said("name").unwrap_or_default().into();
            resource.address = said("address").unwrap_or(&format!("{}.{}", resource.kind, resource.name)).into();
            resource.instance = said("instance").map(Into::into);
            let from = lowered.add(resource);
            for link in node.get("links").map(|links| links.entries()).unwrap_or_default() {
                let to = link.value.as_str().expect("an index").parse().expect("an index");
                lowered.link(from, Local(to), link.key.as_str().expect("a label"), link.value.span);
            }
        }
        let links = Links::parse(FileId(9), links).expect("links");
        let mut graph = Graph::new([lowered]);
        prepare(&mut graph, &links);
        Fixture { graph, sources, links }
    }

    /// What a condition, in YAML, says of a resource.
    fn ask(&self, of: u32, cond: &str) -> Truth {
        let id = ResourceId(of);
        let cond = condition(&self.graph.resource(id).kind, cond);
        Evaluation::new(&Context::new(&self.graph, &self.links), id).decide(&cond)
    }

    /// What a run of one page gives.
    fn run(&self, page: &str) -> Outcome {
        let registry = Registry::new(vec![Page::new("test.md", page.to_owned())], &[], self.links.clone());
        let outcome = run(&self.graph, &self.sources, &registry, &Selection::default());
        assert_eq!(outcome.page_errors, []);
        outcome
    }

    /// The findings of a check with this condition on this kind.
    fn findings(&self, kind: &str, cond: &str) -> Vec<Finding> {
        self.run(&page(kind, cond)).findings
    }

    fn text(&self, span: Span) -> &str {
        self.sources.text(span)
    }
}

/// A page with this condition, the rest being no matter.
fn page(kind: &str, cond: &str) -> String {
    let cond: String = cond.trim().lines().map(|line| format!("\n  {line}")).collect();
    format!("---\nid: test\nseverity: high\non: {kind:?}\nsay: bad\nflag:{cond}\n---\n# Title\n")
}

fn condition(kind: &str, cond: &str) -> Cond {
    let page = page(kind, cond);
    match parse_page(FileId(0), "test.md", &page) {
        Ok(check) => match check.condition {
            Test::Flag(cond) => cond,
            Test::Native(..) => panic!("no flag"),
        },
        Err(errors) => panic!("{errors:?} in {page}"),
    }
}

fn why(span: Span) -> Arc<Why> {
    Arc::new(Why { reason: Reason::Variable, subject: "var.x".into(), span })
}

fn mark(value: &mut Value) {
    let span = value.span;
    match &mut value.kind {
        Kind::List(list) => {
            let open = list.items.iter().any(|item| item.as_text() == Some("~open"));
            list.items.retain(|item| item.as_text() != Some("~open"));
            list.items.iter_mut().for_each(mark);
            list.open = open.then(|| why(span));
        }
        Kind::Map(map) => {
            map.open = map.remove("~open").map(|_| why(span));
            for (_, field) in map.iter_mut() {
                mark(&mut field.value);
            }
        }
        Kind::Text(text) => {
            let text = text.to_string();
            if text == "~unknown" {
                value.kind = Kind::Unknown(why(span));
            } else if text == "~secret" {
                value.sensitive = true;
            } else if let Some(text) = text.strip_prefix("~from ") {
                value.kind = Kind::Text(text.into());
                // The default stands, for the test, where the word `from` does.
                let step =
                    Step { span: Span::new(span.file, span.start, span.start + 5), via: Via::Default("var.x".into()) };
                value.origin = Some(Arc::new(Origin { steps: vec![step], ..Origin::default() }));
            } else if let Some(json) = text.strip_prefix("{json}") {
                let (document, errors) = stockade_yaml::parse_json(span.file, json);
                assert_eq!(errors, []);
                let structure = stockade_yaml::to_value(&document.root.expect("JSON"), Schema::Core).0;
                value.origin = Some(Arc::new(Origin { structure: Some(Arc::new(structure)), ..Origin::default() }));
                value.kind = Kind::Text(json.into());
            } else if let Some(target) = text.strip_prefix('@') {
                let (index, known) =
                    target.split_once('=').map_or((target, None), |(index, known)| (index, Some(known)));
                let resource = Local(index.parse().expect("an index"));
                value.kind = known.map_or(Kind::Unknown(why(span)), |known| Kind::Text(known.into()));
                let target = Target { resource, attribute: "id".into() };
                value.origin = Some(Arc::new(Origin { targets: vec![target], ..Origin::default() }));
            } else if text.contains("~~") {
                let mut parts = Vec::new();
                for (at, known) in text.split("~~").enumerate() {
                    if at > 0 {
                        parts.push(Part::Unknown(why(span)));
                    }
                    if !known.is_empty() {
                        parts.push(Part::Known(known.into()));
                    }
                }
                value.kind = Kind::Template(parts.into());
            }
        }
        _ => {}
    }
}

#[test]
fn the_fixture_marks_values() {
    let fixture = Fixture::new("- {kind: aws_x, body: {a: ~unknown, b: x~~y, c: ['~open'], d: {~open: 1}}}\n");
    let body = &fixture.graph.resource(ResourceId(0)).body;
    assert!(matches!(body.get("a").map(|v| &v.kind), Some(Kind::Unknown(_))));
    assert!(matches!(body.get("b").map(|v| &v.kind), Some(Kind::Template(parts)) if parts.len() == 3));
    assert!(body.get("c").and_then(Value::as_list).is_some_and(|list| list.open.is_some() && list.items.is_empty()));
    assert!(body.get("d").and_then(Value::as_map).is_some_and(|map| map.open.is_some() && map.is_empty()));
}
