//! What a check is asked in: the graph, the links, and what native functions see of them.

use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Graph, ProjectId, Resource, ResourceId, Value, Why};
use stockade_source::Span;

use crate::message::print;
use crate::walk::What;
use crate::{Evidence, Label, Links, Truth};

/// A check that the language of conditions cannot state.
pub type Native = fn(&Context<'_>, ResourceId) -> Answer;

/// What a check answers about a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Whether it holds.
    pub truth: Truth,
    /// What decided it, the primary place first; for True.
    pub evidence: Vec<Evidence>,
    /// What stood in the way; for Unknown.
    pub because: Option<Label>,
}

impl Answer {
    /// The check does not hold.
    pub fn no() -> Answer {
        Answer { truth: Truth::False, evidence: Vec::new(), because: None }
    }

    /// The check holds, as `evidence` shows.
    pub fn flag(evidence: Vec<Evidence>) -> Answer {
        Answer { truth: Truth::True, evidence, because: None }
    }

    /// It cannot be said, for the reason `why`.
    pub fn unknown(why: &Why, fallback: Span) -> Answer {
        let span = if why.span.is_none() { fallback } else { why.span };
        Answer { truth: Truth::Unknown, evidence: Vec::new(), because: Some(Label { span, text: why.to_string() }) }
    }
}

impl Evidence {
    /// A value of a resource that decided the answer; `path` is the attribute it is the value of.
    pub fn value(resource: ResourceId, path: impl Into<CompactString>, value: &Value) -> Evidence {
        let path = path.into();
        let span = value.as_map().map(|map| map.head).filter(|head| !head.is_none()).unwrap_or(value.span);
        let text = describe(&path, value);
        Evidence { resource, path, span, text, value: Some(value.clone()), origin: None, negative: false }
    }

    /// The absence of a value; `head` is the smallest thing that exists.
    pub fn absent(resource: ResourceId, path: impl Into<CompactString>, head: Span) -> Evidence {
        let path = path.into();
        let text = format!("`{path}` is not set");
        Evidence { resource, path, span: head, text, value: None, origin: None, negative: true }
    }
}

/// `` `acl` is `public-read` ``
pub(crate) fn describe(label: &str, value: &Value) -> String {
    use stockade_model::Kind;
    match &value.kind {
        _ if value.sensitive => format!("`{label}` is (sensitive)"),
        Kind::Map(map) if map.is_empty() => format!("`{label}` is empty"),
        Kind::Map(map) if !(map.len() == 2 && map.get("from").is_some()) => format!("`{label}` is set"),
        Kind::List(list) if list.items.is_empty() && list.open.is_none() => format!("`{label}` is empty"),
        Kind::Text(text) if text.is_empty() => format!("`{label}` is empty"),
        Kind::Unknown(why) => format!("`{label}` is not known: {why}"),
        _ => format!("`{label}` is `{}`", print(value)),
    }
}

/// Companions that may belong to a resource of a project and kind, by their own kind.
type Possible<'g> = HashMap<(ProjectId, &'g str), Vec<(&'g str, Vec<(ResourceId, &'g Arc<Why>)>)>>;

/// The graph as checks see it.
#[derive(Debug)]
pub struct Context<'g> {
    graph: &'g Graph,
    possible: Possible<'g>,
}

impl<'g> Context<'g> {
    /// Makes ready for checks.
    pub fn new(graph: &'g Graph, links: &'g Links) -> Self {
        let mut context = Context::bare(graph);
        let mut possible: Possible<'g> = HashMap::new();
        for link in links.iter().filter(|link| !graph.of_kind(&link.to).is_empty()) {
            for from in graph.of_kind(&link.from) {
                let Some(why) = context.floating(*from, &link.attribute, &link.to) else { continue };
                let kinds = possible.entry((graph.resource(*from).project, &link.to)).or_default();
                match kinds.iter_mut().find(|(kind, _)| *kind == link.from) {
                    Some((_, ids)) => ids.push((*from, why)),
                    None => kinds.push((&link.from, vec![(*from, why)])),
                }
            }
        }
        for (_, ids) in possible.values_mut().flatten() {
            ids.sort_by_key(|(id, _)| *id);
            ids.dedup_by_key(|(id, _)| *id);
        }
        context.possible = possible;
        context
    }

    /// Without possible companions.
    pub(crate) fn bare(graph: &'g Graph) -> Self {
        Context { graph, possible: HashMap::new() }
    }

    /// The graph.
    pub fn graph(&self) -> &'g Graph {
        self.graph
    }

    /// A resource of the graph.
    ///
    /// # Panics
    /// For an id of another graph.
    pub fn resource(&self, id: ResourceId) -> &'g Resource {
        self.graph.resource(id)
    }

    /// The resources of a kind that refer to `id`, in order, each once.
    pub fn companions(&self, id: ResourceId, kind: &str) -> Vec<ResourceId> {
        // Most names are fields: not to go through the edges of a hub for each of them.
        if self.graph.of_kind(kind).is_empty() {
            return Vec::new();
        }
        let edges = self.graph.incoming(id).filter(|edge| self.graph.resource(edge.from).kind == kind);
        let mut out: Vec<ResourceId> = edges.map(|edge| edge.from).collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The resources of a kind of which it is not known whether they refer to `id`, and why not.
    pub fn possible_companions(&self, id: ResourceId, kind: &str) -> Vec<(ResourceId, &'g Arc<Why>)> {
        let to = self.graph.resource(id);
        let kinds = self.possible.get(&(to.project, to.kind.as_str())).map_or(&[][..], Vec::as_slice);
        let by_link = kinds.iter().find(|(known, _)| *known == kind).map_or(&[][..], |(_, ids)| ids);
        let of_kind = self.graph.possible(id).iter().filter(|(from, _)| self.graph.resource(*from).kind == kind);
        let mut out: Vec<_> = by_link.iter().copied().chain(of_kind.map(|(from, why)| (*from, why))).collect();
        out.sort_by_key(|(from, _)| *from);
        out.dedup_by_key(|(from, _)| *from);
        out
    }

    /// Why it is not known which resource of kind `to` the attribute names.
    fn floating(&self, from: ResourceId, attribute: &crate::Path, to: &str) -> Option<&'g Arc<Why>> {
        let fan = self.fan(self.root(from), attribute);
        let names = |value: &Value| {
            value.targets().iter().filter_map(|target| self.graph.target(from, target)).any(|id| {
                let kind = self.graph.resource(id).kind.as_str();
                kind == to || kind.strip_prefix("data.") == Some(to)
            })
        };
        let element = fan.elements.iter().find_map(|at| match at.what {
            What::Value(value) if !names(value) => value.why(),
            _ => None,
        });
        element.or(fan.open.flatten())
    }
}
