//! Kustomization files: finding and reading them.

use compact_str::CompactString;
use stockade_model::{Field, Kind, Map, Value};
use stockade_source::{FileId, Span, SyntaxError};
use stockade_yaml::{Node, Schema, to_value};

use crate::shape::{KUSTOMIZATION, conform, texts};
use crate::tree::{Tree, name_of};
use crate::value::{items_mut, take};

/// The names that a kustomization file may have.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Whether a file is a kustomization, by its name.
pub fn is_kustomization(path: &str) -> bool {
    NAMES.contains(&name_of(path))
}

/// The paths of the kustomization files in a folder.
pub(crate) fn paths_in(folder: &str, tree: &Tree<'_>) -> Vec<String> {
    let path = |name: &&str| if folder.is_empty() { (*name).to_owned() } else { format!("{folder}/{name}") };
    NAMES.iter().map(path).filter(|path| tree.file(path).is_some()).collect()
}

/// A kustomization file as it was read.
pub(crate) struct Kustomization<'t> {
    pub(crate) path: String,
    pub(crate) folder: String,
    pub(crate) file: FileId,
    pub(crate) text: &'t str,
    /// The document, for the texts inside of its scalars.
    pub(crate) root: Option<Node>,
    /// The fields, deprecated ones under the names of today.
    pub(crate) fields: Map,
    /// What kustomize would refuse of it.
    pub(crate) faults: Vec<SyntaxError>,
}

impl<'t> Kustomization<'t> {
    /// Reads the kustomization of a folder; `None` where it has none.
    pub(crate) fn read(folder: &str, tree: &Tree<'t>) -> Option<Kustomization<'t>> {
        let paths = paths_in(folder, tree);
        let path = paths.first()?.clone();
        let (file, text) = tree.file(&path)?;
        let (documents, mut faults) = stockade_yaml::parse(file, text);
        let start = Span::new(file, 0, 0);
        if paths.len() > 1 {
            faults.push(SyntaxError::new(start, "the folder has several kustomization files"));
        }
        let root = documents.into_iter().find_map(|document| document.root);
        let mut value = match &root {
            Some(node) => {
                let (value, errors) = to_value(node, Schema::Kubernetes);
                faults.extend(errors);
                value
            }
            None => Value::map(Map::new(start), start),
        };
        older_names(&mut value);
        conform(&mut value, KUSTOMIZATION, "", &mut faults);
        let fields = match value.kind {
            Kind::Map(map) => *map,
            _ => Map::new(start),
        };
        let mut kustomization = Kustomization { path, folder: folder.to_owned(), file, text, root, fields, faults };
        kustomization.newer_fields();
        kustomization.enforce();
        Some(kustomization)
    }

    /// Whether it is a component.
    pub(crate) fn is_component(&self) -> bool {
        self.fields.get("kind").and_then(Value::as_text) == Some("Component")
    }

    /// The start of the file, for what has no line.
    pub(crate) fn place(&self) -> Span {
        if self.fields.is_empty() { Span::new(self.file, 0, 0) } else { self.fields.head }
    }

    /// The file and the key of a field.
    pub(crate) fn place_of(&self, key: &str) -> Span {
        self.fields.field(key).map_or_else(|| self.place(), |field| field.key)
    }

    /// Moves the fields of old under the names of today.
    fn newer_fields(&mut self) {
        if let Some(bases) = self.fields.remove("bases") {
            append(&mut self.fields, "resources", bases);
        }
        for key in ["configMapGenerator", "secretGenerator"] {
            let Some(items) = self.fields.field_mut(key).and_then(|field| items_mut(&mut field.value)) else {
                continue;
            };
            for item in items {
                if let Kind::Map(map) = &mut item.kind
                    && let Some(env) = map.remove("env")
                    && env.value.as_text().is_some_and(|env| !env.is_empty())
                {
                    let value = Value::list(vec![env.value.clone()], env.value.span);
                    append(map, "envs", Field { value, ..env });
                }
            }
        }
        if let Some(charts) = self.fields.remove("helmChartInflationGenerator") {
            append(&mut self.fields, "helmCharts", charts);
        }
    }

    /// What kustomize demands of every kustomization.
    fn enforce(&mut self) {
        let place = self.place();
        let text = |key: &str| self.fields.get(key).and_then(Value::as_text).filter(|text| !text.is_empty());
        let (kind, version) = (text("kind").unwrap_or("Kustomization"), text("apiVersion"));
        let wanted = match kind {
            "Kustomization" => "kustomize.config.k8s.io/v1beta1",
            "Component" => "kustomize.config.k8s.io/v1alpha1",
            _ => {
                let fault = format!("the kind has to be Kustomization or Component, not `{kind}`");
                self.faults.push(SyntaxError::new(place, fault));
                return;
            }
        };
        if let Some(version) = version
            && version != wanted
        {
            let fault = format!("the apiVersion of a {kind} has to be `{wanted}`, not `{version}`");
            self.faults.push(SyntaxError::new(place, fault));
        }
        let says = |(key, field): (&CompactString, &Field)| {
            !matches!(key.as_str(), "apiVersion" | "kind") && !is_empty(&field.value)
        };
        if !self.fields.iter().any(says) {
            self.faults.push(SyntaxError::new(place, "the kustomization is empty"));
        }
    }

    /// The paths that a list of texts names.
    pub(crate) fn texts(&self, key: &str) -> impl Iterator<Item = &Value> {
        texts(&self.fields, key)
    }
}

fn is_empty(value: &Value) -> bool {
    match &value.kind {
        Kind::Null | Kind::Bool(false) => true,
        Kind::Text(text) => text.is_empty(),
        Kind::List(list) => list.items.is_empty(),
        Kind::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// What kustomize renames before it looks at anything else.
fn older_names(value: &mut Value) {
    let Kind::Map(map) = &mut value.kind else { return };
    if map.get("images").is_none()
        && let Some(tags) = map.remove("imageTags")
    {
        map.insert("images", tags);
    }
}

/// Puts the elements of a list behind those of another field.
fn append(map: &mut Map, key: &str, mut field: Field) {
    match map.field_mut(key).map(|field| &mut field.value).and_then(items_mut) {
        Some(items) => {
            if let Some(more) = items_mut(&mut field.value) {
                items.extend(more.iter_mut().map(take));
            }
        }
        None => drop(map.insert(key, field)),
    }
}
