//! A *manifest* is a document that declares an object of a Kubernetes API: it has an `apiVersion` and a `kind`.
//!
//! Manifests become resources with the edges between them, and the views `pod`, `container` and `image`. The objects
//! that Terraform's `kubernetes_*` resources and Ansible's `kubernetes.core.k8s` declare become the same.

mod additions;
mod ansible;
mod api;
mod compose;
mod embedded;
mod environment;
mod flags;
mod fragment;
mod image;
mod links;
mod names;
mod network;
mod object;
mod pod;
mod rbac;
mod references;
mod selection;
mod selector;
mod terraform;
mod terraform_fields;
mod workload;

pub use terraform::from_terraform;

use stockade_model::{Lowered, Technology, Value};
use stockade_yaml::{Node, Schema, to_value};

/// Whether a document declares an object, or is a list of such.
pub fn is_manifest(node: &Node) -> bool {
    let named = |key| node.get(key).and_then(Node::as_str).is_some_and(|text| !text.trim().is_empty());
    named("apiVersion") && named("kind")
}

/// Lowers the documents of one project, in their order; a document that is no manifest is passed over.
pub fn lower<'a>(project: &str, documents: impl IntoIterator<Item = &'a Node>) -> Lowered {
    let mut incomplete = Vec::new();
    let values = documents.into_iter().filter(|node| is_manifest(node)).map(|node| {
        let (value, errors) = to_value(node, Schema::Kubernetes);
        incomplete.extend(errors);
        value
    });
    let mut lowered = lower_values(project, values);
    lowered.incomplete.splice(0..0, incomplete);
    lowered
}

/// Lowers manifests that are values already: what Kustomize and Helm render.
pub fn lower_values(project: &str, values: impl IntoIterator<Item = Value>) -> Lowered {
    let mut lowered = Lowered::new(project);
    let mut objects = object::Objects::default();
    for value in values {
        for resource in object::open(value) {
            objects.add(&mut lowered, resource);
        }
    }
    objects.connect(&mut lowered);
    lowered
}

/// Adds to a project of Terraform or Ansible the objects that its resources declare, their views and their edges.
///
/// Such an object is a view with the address of what declares it, and an edge `declared_by` leads there.
pub fn extend(lowered: &mut Lowered) {
    let mut objects = object::Objects::default();
    for at in 0..lowered.resources.len() {
        let resource = &lowered.resources[at];
        let declared = match resource.technology {
            Technology::Terraform => from_terraform(resource).into_iter().collect(),
            Technology::Ansible => ansible::objects(resource),
            Technology::Compose => {
                compose::pod(resource).into_iter().map(|pod| object::declared(pod, resource)).collect()
            }
            Technology::Kubernetes | Technology::Dockerfile => Vec::new(),
        };
        for object in declared {
            objects.add_declared(lowered, object, at);
        }
    }
    objects.complete(lowered);
    objects.connect(lowered);
}

#[cfg(test)]
mod tests;
