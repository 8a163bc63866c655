//! A chart's folder, taken apart.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_gotemplate::Map;
use stockade_source::{FileId, Span, SyntaxError};
use stockade_yaml as yaml;

use crate::File;
use crate::ignore::Rules;
use crate::metadata::Metadata;
use crate::values::ValuesFile;

/// How deep charts may lie in charts.
pub(crate) const MAX_NESTING: usize = 32;

/// How many charts a tree may have, each alias counted. The values of all are copied for each.
pub(crate) const MAX_CHARTS: usize = 250;

/// A chart with those in its `charts` folder. Clones are cheap, but for the dependencies.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) metadata: Metadata,
    /// Its own values; once values were imported from dependencies, theirs as well.
    pub(crate) values: Map,
    /// What lies in `templates`, by the path in the chart.
    pub(crate) templates: Rc<Vec<Content>>,
    /// What `.Files` shows.
    pub(crate) files: Rc<BTreeMap<CompactString, Content>>,
    pub(crate) dependencies: Vec<Chart>,
}

/// A file of a chart.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    /// The path in its chart.
    pub(crate) path: CompactString,
    pub(crate) id: FileId,
    pub(crate) text: Arc<str>,
}

/// What reading a chart gives besides the chart.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) errors: Vec<SyntaxError>,
    /// The values files of the chart and its dependencies.
    pub(crate) values: Vec<(FileId, ValuesFile)>,
    /// Every file in a `templates` folder.
    pub(crate) templates: Vec<FileId>,
    charts: usize,
}

impl Read {
    /// Reads the chart that `files` are, their paths relative to its folder; `None` where there is no chart.
    pub(crate) fn chart(&mut self, files: &[File<'_>]) -> Option<Chart> {
        let ignored = files.iter().find(|file| file.path == ".helmignore");
        let rules = Rules::new(ignored.map_or("", |file| &**file.text));
        let files: Vec<Content> = files
            .iter()
            .filter(|file| !rules.ignore(file.path))
            .map(|file| Content { path: file.path.into(), id: file.id, text: Arc::clone(file.text) })
            .collect();
        self.folder(files, 0)
    }

    fn folder(&mut self, files: Vec<Content>, depth: usize) -> Option<Chart> {
        let at = files.iter().position(|file| file.path == "Chart.yaml")?;
        let (id, text) = (files[at].id, Arc::clone(&files[at].text));
        let start = Span::new(id, 0, 0);
        self.charts += 1;
        if depth > MAX_NESTING || self.charts > MAX_CHARTS {
            self.errors.push(SyntaxError::new(start, "there are more charts in this chart than the limit"));
            return None;
        }
        let mut metadata = Metadata::read(id, &text, &mut self.errors);
        if metadata.name.is_empty() {
            self.errors.push(SyntaxError::new(start, "the chart has no name"));
            return None;
        }
        let mut values = Map::default();
        let mut templates = Vec::new();
        let mut shown = BTreeMap::new();
        let mut below: BTreeMap<CompactString, Vec<Content>> = BTreeMap::new();
        let old = metadata.api_version == "v1";
        for file in files {
            match file.path.as_str() {
                "Chart.yaml" | "Chart.lock" | "values.schema.json" => {}
                "values.yaml" => {
                    let read = ValuesFile::read(file.id, &file.text, &mut self.errors);
                    values = read.map.clone();
                    self.values.push((file.id, read));
                }
                "requirements.yaml" | "requirements.lock" if !old => {
                    if file.path == "requirements.yaml" {
                        metadata.read_requirements(file.id, &file.text, &mut self.errors);
                    }
                }
                path if path.starts_with("templates/") => {
                    self.templates.push(file.id);
                    templates.push(file);
                }
                path if path.starts_with("charts/") && !path.ends_with(".prov") => {
                    // What lies in `charts` itself is an archive or no chart.
                    if let Some((name, rest)) = path["charts/".len()..].split_once('/')
                        && !name.starts_with(['_', '.'])
                    {
                        let (name, rest) = (name.into(), rest.into());
                        below.entry(name).or_default().push(Content { path: rest, ..file });
                    }
                }
                path => {
                    if path == "requirements.yaml" {
                        metadata.read_requirements(file.id, &file.text, &mut self.errors);
                    }
                    shown.insert(file.path.clone(), file);
                }
            }
        }
        let dependencies = below.into_values().filter_map(|files| self.folder(files, depth + 1)).collect();
        Some(Chart { metadata, values, templates: Rc::new(templates), files: Rc::new(shown), dependencies })
    }
}

impl Chart {
    /// What the folders `crds` of the chart and its dependencies hold, which is installed as it stands.
    pub(crate) fn resource_definitions(&self, errors: &mut Vec<SyntaxError>) -> Vec<stockade_model::Value> {
        let mut out = Vec::new();
        for (path, file) in self.files.iter() {
            let manifest = [".yaml", ".yml", ".json"].iter().any(|extension| path.ends_with(extension));
            if !(path.starts_with("crds/") && manifest) {
                continue;
            }
            let (documents, faults) = yaml::parse(file.id, &file.text);
            errors.extend(faults);
            for root in documents.iter().filter_map(|document| document.root.as_ref()) {
                let (value, faults) = yaml::to_value(root, yaml::Schema::Kubernetes);
                errors.extend(faults);
                out.push(value);
            }
        }
        for dependency in &self.dependencies {
            out.extend(dependency.resource_definitions(errors));
        }
        out
    }
}
