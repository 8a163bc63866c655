//! The graph of all projects.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use indexmap::IndexMap;
use stockade_source::{Span, SyntaxError};

use crate::{Former, Lowered, PossibleLink, Resource, Target, Why};

/// Names a resource of a [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(pub u32);

/// Names a project of a [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectId(pub u32);

/// What is evaluated together: a Terraform root module, a folder of manifests, a Dockerfile, a playbook tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// The folder or file, as in reports.
    pub path: CompactString,
    /// What its declarations were called once, by their addresses without instance keys.
    pub former: BTreeMap<CompactString, Former>,
    base: u32,
}

/// An edge: `from` refers to `to`.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// The resource that refers.
    pub from: ResourceId,
    /// The resource referred to.
    pub to: ResourceId,
    /// The attribute that refers, or the name of the relation.
    pub label: CompactString,
    /// The text that refers.
    pub span: Span,
}

/// Every resource of every project, and the edges between them.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    projects: Vec<Project>,
    resources: Vec<Resource>,
    edges: Vec<Edge>,
    outgoing: Vec<Vec<u32>>,
    incoming: Vec<Vec<u32>>,
    /// What may refer to a resource.
    possible: BTreeMap<ResourceId, Vec<(ResourceId, Arc<Why>)>>,
    by_kind: IndexMap<CompactString, Vec<ResourceId>, foldhash::fast::RandomState>,
    incomplete: Vec<SyntaxError>,
}

impl Graph {
    /// Joins projects, in their order.
    pub fn new(projects: impl IntoIterator<Item = Lowered>) -> Self {
        let mut graph = Graph::default();
        for lowered in projects {
            let base = index(graph.resources.len());
            let project = ProjectId(index(graph.projects.len()));
            graph.projects.push(Project { path: lowered.project, former: lowered.former, base });
            for mut resource in lowered.resources {
                resource.project = project;
                graph.add(resource);
            }
            for link in lowered.links {
                graph.link(Edge {
                    from: ResourceId(base + link.from.0),
                    to: ResourceId(base + link.to.0),
                    label: link.label,
                    span: link.span,
                });
            }
            for PossibleLink { link, why } in lowered.possible {
                let from = ResourceId(base + link.from.0);
                graph.possible.entry(ResourceId(base + link.to.0)).or_default().push((from, why));
            }
            graph.incomplete.extend(lowered.incomplete);
        }
        graph
    }

    /// Adds a resource whose `project` is one of this graph's: an item of a view.
    pub fn add(&mut self, resource: Resource) -> ResourceId {
        let id = ResourceId(index(self.resources.len()));
        self.by_kind.entry(resource.kind.clone()).or_default().push(id);
        self.resources.push(resource);
        self.outgoing.push(Vec::new());
        self.incoming.push(Vec::new());
        id
    }

    /// Adds an edge between two resources of this graph; one that is there already is not doubled.
    pub fn link(&mut self, edge: Edge) {
        let (from, to) = (edge.from.0 as usize, edge.to.0 as usize);
        let (Some(outgoing), Some(incoming)) = (self.outgoing.get(from), self.incoming.get(to)) else { return };
        // One of the two may be a hub.
        let fewer = if outgoing.len() < incoming.len() { outgoing } else { incoming };
        let twin = |e: &Edge| e.from == edge.from && e.to == edge.to && e.label == edge.label;
        if fewer.iter().any(|at| self.edges.get(*at as usize).is_some_and(twin)) {
            return;
        }
        let at = index(self.edges.len());
        self.edges.push(edge);
        self.outgoing[from].push(at);
        self.incoming[to].push(at);
    }

    /// The projects, in order.
    pub fn projects(&self) -> &[Project] {
        &self.projects
    }

    /// The project named by `id`.
    ///
    /// # Panics
    /// For an id of another graph.
    pub fn project(&self, id: ProjectId) -> &Project {
        &self.projects[id.0 as usize]
    }

    /// The resource named by `id`.
    ///
    /// # Panics
    /// For an id of another graph.
    pub fn resource(&self, id: ResourceId) -> &Resource {
        &self.resources[id.0 as usize]
    }

    /// The resource named by `id`, to change what it says; never its kind.
    ///
    /// # Panics
    /// For an id of another graph.
    pub fn resource_mut(&mut self, id: ResourceId) -> &mut Resource {
        &mut self.resources[id.0 as usize]
    }

    /// Every resource with its id, in order.
    pub fn resources(&self) -> impl ExactSizeIterator<Item = (ResourceId, &Resource)> {
        self.resources.iter().enumerate().map(|(at, resource)| (ResourceId(index(at)), resource))
    }

    /// The resources of a kind, in order.
    pub fn of_kind(&self, kind: &str) -> &[ResourceId] {
        self.by_kind.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The kinds there are, in the order of their first resource.
    pub fn kinds(&self) -> impl ExactSizeIterator<Item = (&CompactString, &[ResourceId])> {
        self.by_kind.iter().map(|(kind, ids)| (kind, ids.as_slice()))
    }

    /// Every edge, in order.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The edges from `id` to what it refers to.
    pub fn outgoing(&self, id: ResourceId) -> impl ExactSizeIterator<Item = &Edge> {
        self.outgoing[id.0 as usize].iter().map(|at| &self.edges[*at as usize])
    }

    /// The edges to `id` from what refers to it.
    pub fn incoming(&self, id: ResourceId) -> impl ExactSizeIterator<Item = &Edge> {
        self.incoming[id.0 as usize].iter().map(|at| &self.edges[*at as usize])
    }

    /// What refers to `id` for all that is known, and why more is not known.
    pub fn possible(&self, id: ResourceId) -> &[(ResourceId, Arc<Why>)] {
        self.possible.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The resource that a value of `from` names.
    pub fn target(&self, from: ResourceId, target: &Target) -> Option<ResourceId> {
        let project = self.resource(from).project;
        let id = self.project(project).base.checked_add(target.resource.0)?;
        self.resources.get(id as usize).filter(|r| r.project == project).map(|_| ResourceId(id))
    }

    /// What was not read or not resolved.
    pub fn incomplete(&self) -> &[SyntaxError] {
        &self.incomplete
    }
}

/// An index as the graph stores it. Four thousand million resources do not fit the memory that a run may use.
fn index(at: usize) -> u32 {
    u32::try_from(at).expect("more items than a graph can hold")
}
