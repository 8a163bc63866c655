//! Images: which Dockerfile of the tree builds what a workload runs.
//!
//! A *build* says that a Dockerfile makes an image of some name. Compose files, Bake files, Skaffold, workflows,
//! Terraform's `docker_image` and Ansible's `docker_image` say so for sure; that a folder is called like the image makes
//! it likely. [`join`] adds the edges `built_by` and `likely_built_by`, and lets a stage inherit from the image that it is
//! built on, when that is built in the tree too.

mod bake;
mod declared;
mod inherit;
mod reference;
mod skaffold;
mod workflow;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use stockade_model::{Edge, Graph, ResourceId, Value};
use stockade_source::{Sources, Span};

use crate::classify::{file_name, resolve};
use reference::Reference;

/// What one place says of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Build {
    /// The Dockerfile, as in reports.
    pub(crate) dockerfile: String,
    /// The stage that becomes the image; the last one where it is absent.
    pub(crate) target: Option<String>,
    /// What the image is called.
    pub(crate) names: Vec<Reference>,
    /// The text that says so.
    pub(crate) span: Span,
}

impl Build {
    /// A build of `dockerfile` within `context`, both relative to `folder` and `context`; `None` for a remote context.
    fn new(folder: &str, context: &str, dockerfile: Option<&str>, span: Span) -> Option<Build> {
        if context.contains("://") || context.starts_with("git@") || context.contains("${") {
            return None;
        }
        let context = resolve(folder, context);
        let dockerfile = dockerfile.unwrap_or("Dockerfile");
        (!dockerfile.contains("${")).then(|| Build {
            dockerfile: resolve(&context, dockerfile),
            target: None,
            names: vec![],
            span,
        })
    }
}

/// The builds that files of their own describe: Bake, Skaffold, workflows.
pub(crate) fn described(sources: &Sources) -> Vec<Build> {
    let mut out = vec![];
    for (id, source) in sources.iter() {
        let (path, text) = (source.path(), source.text());
        match file_name(path) {
            name if is_bake(name) => out.extend(bake::builds(id, path, text)),
            "skaffold.yaml" | "skaffold.yml" => out.extend(skaffold::builds(id, path, text)),
            name if is_yaml(name) && path.contains(".github/workflows/") && text.contains("docker") => {
                out.extend(workflow::builds(id, text));
            }
            _ => {}
        }
    }
    out
}

/// Whether a file is one of Bake's.
pub(crate) fn is_bake(name: &str) -> bool {
    name.starts_with("docker-bake.") && (name.ends_with(".hcl") || name.ends_with(".json"))
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
}

/// Joins what runs an image to the stage that becomes it.
pub(crate) fn join(graph: &mut Graph, sources: &Sources, mut builds: Vec<Build>) {
    let stages = Stages::of(graph);
    if stages.by_file.is_empty() {
        return;
    }
    builds.extend(declared::builds(graph));
    let named = by_name(&builds, &stages, sources);
    let mut joins = declared::direct(graph, &stages);
    for id in graph.of_kind("image") {
        let image = graph.resource(*id);
        let Some(reference) = Reference::of_view(image) else { continue };
        let path = sources.path(image.span.file);
        let found = named.get(&reference.name()).and_then(|named| named.stage(&reference, path));
        let likely = || stages.likely(&reference).map(|stage| (stage, false));
        if let Some((stage, sure)) = found.or_else(likely) {
            joins.push(Join { image: *id, stage, sure });
        }
    }
    let bases = joins.iter().filter_map(|join| join.base(graph)).collect();
    for join in &joins {
        join.link(graph);
    }
    inherit::inherit(graph, bases);
}

/// An image, or a container, and the stage that becomes it.
struct Join {
    image: ResourceId,
    stage: ResourceId,
    sure: bool,
}

impl Join {
    fn link(&self, graph: &mut Graph) {
        let label = if self.sure { "built_by" } else { "likely_built_by" };
        let span = graph.resource(self.image).span;
        let runs: Vec<ResourceId> = graph
            .outgoing(self.image)
            .filter(|edge| edge.label == "container")
            .map(|edge| edge.to)
            .chain([self.image])
            .collect();
        for from in runs {
            graph.link(Edge { from, to: self.stage, label: label.into(), span });
        }
    }

    /// The stage that is built on the image, where it is the one a FROM names, and the image is for sure the other's.
    fn base(&self, graph: &Graph) -> Option<(ResourceId, ResourceId)> {
        let stage = graph.outgoing(self.image).find(|edge| edge.label == "stage")?.to;
        let from = graph.resource(stage).body.get("base")?.get("reference")?;
        let own = graph.resource(self.image).body.get("reference")?;
        (self.sure && stage != self.stage && from.span == own.span).then_some((stage, self.stage))
    }
}

/// The stages of every Dockerfile.
struct Stages {
    by_file: BTreeMap<String, Vec<Stage>>,
    /// The Dockerfiles by the name of their folder, or what stands behind `Dockerfile.`.
    by_folder: BTreeMap<String, BTreeSet<String>>,
}

struct Stage {
    id: ResourceId,
    alias: Option<String>,
    last: bool,
}

impl Stages {
    fn of(graph: &Graph) -> Stages {
        let mut by_file: BTreeMap<String, Vec<Stage>> = BTreeMap::new();
        for id in graph.of_kind("stage") {
            let stage = graph.resource(*id);
            let alias = stage.body.get("alias").and_then(Value::as_text).map(str::to_ascii_lowercase);
            let last = stage.body.get("final").and_then(Value::as_bool) == Some(true);
            let path = graph.project(stage.project).path.to_string();
            by_file.entry(path).or_default().push(Stage { id: *id, alias, last });
        }
        let mut by_folder: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for path in by_file.keys() {
            if let Some((folder, name)) = path.rsplit_once('/')
                && name == "Dockerfile"
            {
                by_folder.entry(file_name(folder).to_ascii_lowercase()).or_default().insert(path.clone());
            }
        }
        Stages { by_file, by_folder }
    }

    fn find(&self, dockerfile: &str, target: Option<&str>) -> Option<ResourceId> {
        let stages = self.by_file.get(dockerfile)?;
        let found = match target {
            Some(target) => stages.iter().find(|stage| stage.alias.as_deref() == Some(&target.to_ascii_lowercase())),
            None => stages.iter().find(|stage| stage.last),
        };
        found.map(|stage| stage.id)
    }

    /// The only Dockerfile whose folder is called like the image. Names without an owner are those of official images.
    fn likely(&self, reference: &Reference) -> Option<ResourceId> {
        let (_, last) = reference.repository.rsplit_once('/')?;
        let files = self.by_folder.get(&last.to_ascii_lowercase())?;
        match files.len() {
            1 => self.find(files.first()?, None),
            _ => None,
        }
    }
}

/// What is built under one name.
#[derive(Default)]
struct Named<'s> {
    builds: Vec<Made<'s>>,
}

struct Made<'s> {
    stage: ResourceId,
    /// The tag that it gets; `None` where it is not known.
    tag: Option<String>,
    /// The folder below which a name without an owner means it.
    folder: &'s str,
}

impl Named<'_> {
    /// The stage that becomes the image, and whether that is sure: it is where the tags are the same, or where either is
    /// not known. A different tag may be of another target.
    fn stage(&self, reference: &Reference, path: &str) -> Option<(ResourceId, bool)> {
        let owned = reference.repository.contains('/') || reference.registry != "docker.io";
        let near = |made: &&Made<'_>| owned || made.folder.is_empty() || path.starts_with(made.folder);
        let builds: Vec<&Made<'_>> = self.builds.iter().filter(near).collect();
        let only = |wanted: &dyn Fn(&Made<'_>) -> bool| {
            let stages: BTreeSet<ResourceId> =
                builds.iter().filter(|made| wanted(made)).map(|made| made.stage).collect();
            stages.first().copied().filter(|_| stages.len() == 1)
        };
        let tagged = only(&|made| made.tag.is_some() && made.tag == reference.tag);
        let open =
            || only(&|_| true).filter(|_| reference.tag.is_none() || builds.iter().any(|made| made.tag.is_none()));
        let sure = tagged.or_else(open).map(|stage| (stage, true));
        sure.or_else(|| only(&|_| true).map(|stage| (stage, false)))
    }
}

fn by_name<'s>(builds: &[Build], stages: &Stages, sources: &'s Sources) -> HashMap<String, Named<'s>> {
    let mut out: HashMap<String, Named<'s>> = HashMap::new();
    for build in builds {
        let Some(stage) = stages.find(&build.dockerfile, build.target.as_deref()) else { continue };
        let path = sources.path(build.span.file);
        // A workflow speaks for its repository.
        let above = path.find(".github/").unwrap_or_else(|| path.rfind('/').map_or(0, |slash| slash + 1));
        for name in &build.names {
            let made = Made { stage, tag: name.tag.clone(), folder: &path[..above] };
            out.entry(name.name()).or_default().builds.push(made);
        }
    }
    out
}

#[cfg(test)]
mod tests;
