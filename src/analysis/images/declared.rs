//! Builds that resources describe: services of Compose, Terraform's `docker_image`, Ansible's `docker_image`.

use stockade_model::{Graph, Map, Resource, Technology, Value};

use super::reference::Reference;
use super::{Build, Join, Stages};

/// The builds whose image has a name.
pub(super) fn builds(graph: &Graph) -> Vec<Build> {
    let of = |kind: &'static str, build: fn(&Resource, &str) -> Option<Build>| {
        graph.of_kind(kind).iter().filter_map(move |id| {
            let resource = graph.resource(*id);
            build(resource, &graph.project(resource.project).path)
        })
    };
    of("service", service)
        .chain(of("docker_image", terraform))
        .chain(of("community.docker.docker_image", ansible))
        .chain(of("community.docker.docker_image_build", ansible))
        .collect()
}

/// The containers of services that are built from a Dockerfile, whether or not their image has a name.
pub(super) fn direct(graph: &Graph, stages: &Stages) -> Vec<Join> {
    let containers = graph.of_kind("container").iter();
    containers
        .filter_map(|container| {
            let up = |from, label| graph.outgoing(from).find(|edge| edge.label == label).map(|edge| edge.to);
            let service = graph.resource(up(up(*container, "workload")?, "declared_by")?);
            if service.technology != Technology::Compose {
                return None;
            }
            let build = service_build(&service.body, &graph.project(service.project).path)?;
            let stage = stages.find(&build.dockerfile, build.target.as_deref())?;
            Some(Join { image: *container, stage, sure: true })
        })
        .collect()
}

fn service(resource: &Resource, path: &str) -> Option<Build> {
    let mut build = service_build(&resource.body, path)?;
    build.names = resource.body.get("image").and_then(Reference::of_value).into_iter().collect();
    let more = resource.body.get("build").and_then(|build| build.get("tags")).map_or(&[][..], Value::items);
    build.names.extend(more.iter().filter_map(Reference::of_value));
    Some(build)
}

fn service_build(body: &Map, path: &str) -> Option<Build> {
    let build = body.get("build")?;
    let text = |key| build.get(key).map(|value| value.as_text().ok_or(())).transpose();
    if build.get("dockerfile_inline").is_some() {
        return None;
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut out = Build::new(folder, text("context").ok()?.unwrap_or("."), text("dockerfile").ok()?, build.span)?;
    out.target = text("target").ok()?.map(str::to_owned);
    Some(out)
}

/// `resource "docker_image"` of the provider kreuzwerker/docker.
fn terraform(resource: &Resource, folder: &str) -> Option<Build> {
    let build = resource.body.get("build")?.items().first()?;
    let text = |key| build.get(key).map(|value| value.as_text().ok_or(())).transpose();
    let mut out = Build::new(folder, text("context").ok()??, text("dockerfile").ok()?, build.span)?;
    out.target = text("target").ok()?.map(str::to_owned);
    let tags = build.get("tag").map_or(&[][..], Value::items);
    out.names = resource.body.get("name").into_iter().chain(tags).filter_map(Reference::of_value).collect();
    Some(out)
}

/// `community.docker.docker_image` with `source: build`, and `docker_image_build`.
fn ansible(resource: &Resource, project: &str) -> Option<Build> {
    let body = &resource.body;
    let build = body.get("build");
    let field = |key: &str| build.and_then(|build| build.get(key)).or_else(|| body.get(key));
    let text = |key| field(key).map(|value| value.as_text().ok_or(())).transpose();
    let mut out = Build::new(project, text("path").ok()??, text("dockerfile").ok()?, resource.span)?;
    out.target = text("target").ok()?.map(str::to_owned);
    let name = body.get("name").and_then(Reference::of_value)?;
    let tag = body.get("tag").map(|tag| tag.as_text().map(str::to_owned));
    out.names = vec![Reference { tag: tag.unwrap_or(name.tag.clone()), ..name }];
    Some(out)
}
