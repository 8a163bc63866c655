//! A *chart* is a folder of Go templates with the values that fill them; rendered, it gives manifests.
//!
//! [`render`] does what `helm template` does, without reading, asking or running anything: charts in the folder
//! `charts` are part of the files, `lookup` finds nothing, and what nobody can know before an install (`randAlphaNum`,
//! `now`) is unknown. Every value knows the line of the template that a person would edit, with the line of the values
//! file as its origin.
//!
//! Unlike Helm, a template that fails does not stop the others, a value that `required` asks for in vain is unknown and
//! told, `values.schema.json` is not enforced, and neither is the version of Kubernetes that a chart asks for. Archives in
//! `charts` are handed over unpacked: `charts/NAME/…`.

mod api_versions;
mod chart;
mod context;
mod dependency;
mod expression;
mod glob;
mod ignore;
mod manifest;
mod metadata;
mod place;
mod render;
mod set;
mod sources;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeSet;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::Value;
use stockade_source::{FileId, SyntaxError};

use api_versions::DEFAULT_API_VERSIONS;

/// The version of Kubernetes that Helm 4.1.4 takes for granted where it cannot ask a cluster.
pub const DEFAULT_KUBE_VERSION: &str = "v1.35.0";

/// A file of a chart.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// The path in the chart's folder, with forward slashes.
    pub path: &'a str,
    /// The file, for spans.
    pub id: FileId,
    /// The whole text.
    pub text: &'a Arc<str>,
}

/// What the user says about a release.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The values files, in order: the later override the earlier.
    pub values: Vec<(FileId, Arc<str>)>,
    /// Texts such as `image.tag=1.2,args={a,b}`, over all values files.
    pub set: Vec<(FileId, Arc<str>)>,
    /// `.Release.Name`
    pub release: CompactString,
    /// `.Release.Namespace`
    pub namespace: CompactString,
    /// `.Capabilities.KubeVersion`
    pub kube_version: CompactString,
    /// What the cluster serves besides what Kubernetes itself does: `monitoring.coreos.com/v1`.
    pub api_versions: Vec<CompactString>,
}

impl Default for Inputs {
    fn default() -> Self {
        Inputs {
            values: Vec::new(),
            set: Vec::new(),
            release: "release-name".into(),
            namespace: "default".into(),
            kube_version: DEFAULT_KUBE_VERSION.into(),
            api_versions: Vec::new(),
        }
    }
}

/// What a chart renders to.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The manifests, hooks and tests included, in the order of the templates' paths.
    pub values: Vec<Value>,
    /// What lies in the folders `crds`: installed with the chart, though `helm template` shows it only when asked to.
    pub crds: Vec<Value>,
    /// What could not be rendered or read, and the dependencies that are missing.
    pub incomplete: Vec<SyntaxError>,
    /// The files of the folders `templates`, rendered or not.
    pub templates: Vec<FileId>,
    /// Whether the chart is a library, which renders nothing by itself.
    pub library: bool,
}

/// Renders the chart that `files` are; `Chart.yaml` is one of them.
pub fn render(files: &[File<'_>], inputs: &Inputs) -> Rendered {
    render::render(files, inputs)
}

/// The folders of the charts among the paths of files, sorted; a chart in the folder `charts` of another is part of
/// that one. The empty folder is the one that the paths are relative to.
pub fn folders<'p>(paths: impl IntoIterator<Item = &'p str>) -> Vec<&'p str> {
    let with_chart = |path: &'p str| match path.strip_suffix("Chart.yaml")? {
        "" => Some(""),
        folder => folder.strip_suffix('/'),
    };
    let all: BTreeSet<&str> = paths.into_iter().filter_map(with_chart).collect();
    let below = |outer: &str, folder: &str| {
        let rest = if outer.is_empty() { Some(folder) } else { folder.strip_prefix(outer)?.strip_prefix('/') };
        rest?.strip_prefix("charts/").map(drop)
    };
    let inner = |folder: &str| {
        let outer = folder.match_indices('/').map(|(at, _)| &folder[..at]).chain([""]);
        outer.into_iter().any(|outer| all.contains(outer) && below(outer, folder).is_some())
    };
    all.iter().copied().filter(|folder| !inner(folder)).collect()
}
