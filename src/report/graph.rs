//! The resource graph, as the analysis sees it: for scripts, for Graphviz, and as a picture.
//!
//! A picture is made in three steps: what belongs together (`tree`), which column and row it stands in (`layout`, `order`), and how
//! large everything is (`place`). The layout is ours: the crates that draw layers know no groups within groups, or take far
//! more than linear time on a large graph.

mod dot;
mod html;
mod layout;
mod order;
mod place;
mod svg;
mod text;
mod tree;

#[cfg(test)]
mod tests;

pub use dot::dot;
pub use html::html;
pub use svg::svg;

use std::fmt::Write;

use serde_json::{Map as Object, Value as Json, json};
use stockade_model::{Graph, Kind, List, Map, Part, Resource, ResourceId, Value, Why};
use stockade_source::Sources;

use crate::place::Range;

/// Which resources are printed.
#[derive(Clone, Debug, Default)]
pub struct GraphFilter {
    /// Only of these kinds; all where it is empty.
    pub kinds: Vec<String>,
    /// Only of these projects; all where it is empty.
    pub projects: Vec<String>,
    /// Items of views too.
    pub views: bool,
}

impl GraphFilter {
    fn keeps(&self, graph: &Graph, resource: &Resource) -> bool {
        let one_of = |names: &[String], name: &str| names.is_empty() || names.iter().any(|n| n == name);
        (self.views || !resource.view)
            && one_of(&self.kinds, &resource.kind)
            && one_of(&self.projects, &graph.project(resource.project).path)
    }
}

/// The graph as one JSON object, with a line break at its end.
pub fn graph_json(graph: &Graph, sources: &Sources, filter: &GraphFilter) -> String {
    let kept: Vec<(ResourceId, &Resource)> = graph.resources().filter(|(_, r)| filter.keeps(graph, r)).collect();
    let resources: Vec<Json> = kept
        .iter()
        .map(|(id, resource)| {
            json!({
                "kind": resource.kind.as_str(),
                "address": resource.address.as_str(),
                "name": resource.name.as_str(),
                "technology": resource.technology.name(),
                "project": graph.project(resource.project).path.as_str(),
                "file": sources.path(resource.span.file),
                "range": Range::of(sources, resource.span),
                "body": body(graph, *id, &resource.body),
                "via": resource.via,
            })
        })
        .collect();
    let edges: Vec<Json> = kept
        .iter()
        .flat_map(|(id, _)| graph.outgoing(*id))
        .filter(|edge| filter.keeps(graph, graph.resource(edge.to)))
        .map(|edge| {
            json!({
                "from": graph.resource(edge.from).address.as_str(),
                "to": graph.resource(edge.to).address.as_str(),
                "label": edge.label.as_str(),
            })
        })
        .collect();
    let document = json!({ "version": 1, "resources": resources, "edges": edges });
    let mut out = serde_json::to_string_pretty(&document).expect("a graph is valid JSON");
    out.push('\n');
    out
}

fn body(graph: &Graph, id: ResourceId, map: &Map) -> Json {
    let mut out: Object<String, Json> =
        map.iter().map(|(key, field)| (key.to_string(), value(graph, id, &field.value))).collect();
    if let Some(why) = &map.open {
        out.insert("$open".into(), Json::String(why.to_string()));
    }
    Json::Object(out)
}

fn value(graph: &Graph, id: ResourceId, v: &Value) -> Json {
    if v.sensitive {
        return json!({ "$sensitive": true });
    }
    match &v.kind {
        Kind::Null => Json::Null,
        Kind::Bool(b) => Json::Bool(*b),
        Kind::Number(n) => n.as_i64().map_or_else(|| json!(n.as_f64()), |n| json!(n)),
        Kind::Text(text) => Json::String(text.to_string()),
        Kind::Template(parts) => unknown(graph, id, v, &template(parts)),
        Kind::List(list) => items(graph, id, list),
        Kind::Map(map) => body(graph, id, map),
        Kind::Unknown(why) => unknown(graph, id, v, &Why::to_string(why)),
    }
}

fn items(graph: &Graph, id: ResourceId, list: &List) -> Json {
    let mut out: Vec<Json> = list.items.iter().map(|item| value(graph, id, item)).collect();
    if let Some(why) = &list.open {
        out.push(json!({ "$unknown": why.to_string() }));
    }
    Json::Array(out)
}

fn unknown(graph: &Graph, id: ResourceId, v: &Value, reason: &str) -> Json {
    match v.targets() {
        [target] => match graph.target(id, target) {
            Some(to) => json!({ "$ref": graph.resource(to).address.as_str() }),
            None => json!({ "$unknown": reason }),
        },
        _ => json!({ "$unknown": reason }),
    }
}

fn template(parts: &[Part]) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Known(text) => out.push_str(text),
            Part::Unknown(why) => {
                let _ = write!(out, "${{{}}}", why.subject);
            }
        }
    }
    out
}
