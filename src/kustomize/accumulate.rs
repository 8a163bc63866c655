//! Building: from the kustomization of a folder, through all that it names, to objects.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use compact_str::format_compact;
use stockade_model::{Map, Value};
use stockade_source::{FileId, Span, SyntaxError};
use stockade_yaml::ScalarMap;

use crate::api::{self, Schema};
use crate::generate::{self, Generated};
use crate::hash::hash;
use crate::image::Image;
use crate::kustomization::Kustomization;
use crate::manifest;
use crate::metadata::{self, End, Subjects};
use crate::object::{Id, Object, described};
use crate::shape::{maps, named};
use crate::tables::{self, Referral, Tables};
use crate::tree::{Tree, is_remote, is_within, join};
use crate::value::{Scalars, field_text, spend};
use crate::variable::{self, Variable};
use crate::{MAX_FAULTS, MAX_READ, MAX_VISITS, MAX_WORK, label, order, patch, plugin, reference, replacement};

/// What a kustomization builds to.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// The objects, in kustomize's order.
    pub values: Vec<Value>,
    /// What could not be built as kustomize would, or what it would refuse; the values are what is left.
    pub incomplete: Vec<SyntaxError>,
    /// The paths of all files that were read, sorted.
    pub used: Vec<String>,
}

/// Builds the kustomization of a folder.
pub fn build(folder: &str, tree: &Tree<'_>) -> Built {
    let mut builder = Builder::new(tree);
    let folder = join("", folder);
    let mut objects = match Kustomization::read(&folder, tree) {
        Some(kustomization) => builder.root(&kustomization),
        None => {
            builder.fault(Span::NONE, "there is no kustomization in the folder");
            Vec::new()
        }
    };
    let values = objects.drain(..).map(Object::into_value).collect();
    builder.faults.dedup();
    Built { values, incomplete: builder.faults, used: builder.used.into_iter().collect() }
}

/// What has been gathered so far at one level.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) objects: Vec<Object>,
    /// The fields that transformers write to; none while nothing was read.
    pub(crate) tables: Option<Arc<Tables>>,
    pub(crate) variables: Vec<Variable>,
    /// What identifies the objects, while they are only added to.
    seen: Option<HashSet<Id>>,
}

/// The kustomization at hand, for what its fields name.
pub(crate) struct Scope<'k> {
    pub(crate) folder: &'k str,
    text: &'k str,
    scalars: Scalars<'k>,
}

impl Scope<'_> {
    /// The map from the text of a scalar of the kustomization to its places.
    pub(crate) fn map(&self, span: Span) -> Option<ScalarMap> {
        self.scalars.map(span, self.text)
    }
}

/// One build.
pub(crate) struct Builder<'b, 't> {
    tree: &'b Tree<'t>,
    faults: Vec<SyntaxError>,
    used: BTreeSet<String>,
    /// What copying and writing has left to cost.
    pub(crate) work: usize,
    visits: usize,
    read: usize,
    /// The folders of the kustomizations that are being built, outermost first.
    stack: Vec<String>,
    /// Whether something that was named is not there, so that what is meant for it finds nothing.
    open: bool,
    schema: Option<Arc<Schema>>,
}

impl<'b, 't> Builder<'b, 't> {
    fn new(tree: &'b Tree<'t>) -> Self {
        Builder {
            tree,
            faults: Vec::new(),
            used: BTreeSet::new(),
            work: MAX_WORK,
            visits: 0,
            read: 0,
            stack: Vec::new(),
            open: false,
            schema: None,
        }
    }

    /// Tells of something that could not be done.
    pub(crate) fn fault(&mut self, span: Span, message: impl Into<String>) {
        self.faults([SyntaxError::new(span, message)]);
    }

    /// Tells of several such.
    pub(crate) fn faults(&mut self, faults: impl IntoIterator<Item = SyntaxError>) {
        for fault in faults {
            if self.faults.len() < MAX_FAULTS && !self.faults.contains(&fault) {
                self.faults.push(fault);
            }
        }
    }

    /// Whether something that was named is not there.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// Takes from what the build may cost; `false` where too little is left.
    pub(crate) fn afford(&mut self, cost: usize, span: Span) -> bool {
        let afforded = spend(&mut self.work, cost);
        if !afforded {
            self.fault(span, "what this kustomization writes is over a limit");
        }
        afforded
    }

    /// Which lists merge.
    pub(crate) fn schema(&self) -> SchemaInForce {
        self.schema.as_ref().map_or(SchemaInForce::BuiltIn, |schema| SchemaInForce::Own(Arc::clone(schema)))
    }

    /// Whether a file is there.
    pub(crate) fn has_file(&self, folder: &str, path: &str) -> bool {
        self.tree.file(&join(folder, path)).is_some()
    }

    /// The file that a kustomization names.
    pub(crate) fn file(&mut self, folder: &str, path: &str, span: Span) -> Option<(FileId, &'t str)> {
        let full = join(folder, path);
        let Some((file, text)) = self.tree.file(&full) else {
            self.open = true;
            let fault = if is_remote(path) {
                format!("`{path}` is not in the tree and is not fetched")
            } else if self.tree.is_folder(&full) {
                format!("`{path}` is a folder, and a file is needed")
            } else {
                format!("there is no file `{path}`")
            };
            self.fault(span, fault);
            return None;
        };
        if path.starts_with('/') || !is_within(folder, &full) {
            self.fault(
                span,
                format!("`{path}` lies outside of the folder of the kustomization, which kustomize refuses"),
            );
        }
        self.read += text.len();
        if self.read > MAX_READ {
            self.open = true;
            self.fault(span, "what this kustomization reads is over a limit");
            return None;
        }
        self.used.insert(full);
        Some((file, text))
    }

    /// Builds the kustomization that was asked for.
    fn root(&mut self, kustomization: &Kustomization<'t>) -> Vec<Object> {
        self.set_schema(kustomization);
        self.stack.push(kustomization.folder.clone());
        let mut gathered = self.accumulate(kustomization, Gathered::default());
        self.stack.pop();
        let mut objects = std::mem::take(&mut gathered.objects);
        for object in objects.iter_mut().filter(|object| object.hashed) {
            let name = object.name();
            let hash = hash(&object.body);
            object.remember();
            let place = object.span;
            object.rename(&format_compact!("{name}-{hash}"), place, "the hash of the content");
        }
        let mut faults = Vec::new();
        let tables = gathered.tables.take().unwrap_or_else(|| Arc::clone(&tables::BUILT_IN));
        reference::fix(&mut objects, &tables, &mut faults);
        self.faults(faults);
        variable::expand(self, &mut objects, &gathered.variables, &tables);
        objects.retain(|object| !is_local(object));
        objects.iter_mut().for_each(Object::drop_empty_annotations);
        let wrong = order::sort(&mut objects, kustomization);
        if let Some(wrong) = wrong {
            self.fault(kustomization.place_of("sortOptions"), wrong);
        }
        for kind in kustomization.texts("buildMetadata") {
            if kind.as_text() == Some("managedByLabel") {
                label::managed(&mut objects, kind.span);
            } else {
                self.fault(kind.span, "annotations that tell where objects come from are not written");
            }
        }
        objects
    }

    /// What was gathered of tables, with more behind it.
    fn joined(&mut self, before: Option<Arc<Tables>>, more: Arc<Tables>, place: Span) -> Arc<Tables> {
        match before {
            Some(before) if Arc::ptr_eq(&before, &more) => before,
            Some(mut before) => {
                let conflicts = Arc::make_mut(&mut before).merge(&more);
                self.conflicts(conflicts, place);
                before
            }
            None if Arc::ptr_eq(&tables::BUILT_IN, &more) => more,
            None => {
                // What is said of one kind comes before what is said of all, and then stands for it: where nothing
                // was gathered before, a field of one kind takes the place of the one that is built in.
                let mut all = Tables::default();
                let conflicts = all.merge(&more.by_kind());
                self.conflicts(conflicts, place);
                Arc::new(all)
            }
        }
    }

    fn conflicts(&mut self, paths: Vec<String>, place: Span) {
        for path in paths {
            self.fault(place, format!("the configurations disagree on whether `{path}` is made where it is absent"));
        }
    }

    fn set_schema(&mut self, kustomization: &Kustomization<'t>) {
        let Some(openapi) = kustomization.fields.get("openapi").and_then(Value::as_map) else { return };
        if let Some(path) = named(openapi, "path") {
            let Some((file, text)) = self.file(&kustomization.folder, path.as_text().unwrap_or_default(), path.span)
            else {
                return;
            };
            let (values, errors) = manifest::documents(file, text);
            self.faults(errors);
            match values.first().and_then(Schema::of_document) {
                Some(schema) => self.schema = Some(Arc::new(schema)),
                None => self.fault(path.span, "the file holds no definitions of an API"),
            }
        } else if let Some(version) = named(openapi, "version").filter(|version| version.as_text() != Some("v1.21.2")) {
            self.fault(version.span, "this version of the API is not built in; `v1.21.2` is");
        }
    }

    /// Does all that a kustomization says, over what has been gathered.
    fn accumulate(&mut self, kustomization: &Kustomization<'t>, mut gathered: Gathered) -> Gathered {
        self.used.insert(kustomization.path.clone());
        self.faults(kustomization.faults.iter().cloned());
        let fields = &kustomization.fields;
        let scope = Scope {
            folder: &kustomization.folder,
            text: kustomization.text,
            scalars: kustomization.root.as_ref().map(Scalars::new).unwrap_or_default(),
        };
        for resource in kustomization.texts("resources") {
            self.resource(&scope, resource, &mut gathered);
        }
        gathered.seen = None;
        let mut own = Tables::default();
        for path in kustomization.texts("configurations") {
            self.configuration(&scope, path, &mut own);
        }
        let own = if own.is_empty() {
            Arc::clone(&tables::BUILT_IN)
        } else {
            self.joined(Some(Arc::clone(&tables::BUILT_IN)), Arc::new(own), kustomization.place_of("configurations"))
        };
        let tables = self.joined(gathered.tables.take(), own, kustomization.place_of("configurations"));
        gathered.tables = Some(tables);
        for path in kustomization.texts("crds") {
            self.definitions(&scope, path);
        }
        let options = fields.get("generatorOptions").and_then(Value::as_map);
        for (key, kind) in [("configMapGenerator", Generated::ConfigMap), ("secretGenerator", Generated::Secret)] {
            for arguments in maps(fields, key) {
                if let Some(object) = generate::generate(self, &scope, arguments, kind, options) {
                    generate::absorb(self, &mut gathered.objects, object);
                }
            }
        }
        if let Some(charts) = fields.get("helmCharts").filter(|charts| !charts.items().is_empty()) {
            self.open = true;
            let name = charts.items()[0].get("name").and_then(Value::as_text).unwrap_or("a chart");
            self.fault(kustomization.place_of("helmCharts"), format!("the chart `{name}` is not rendered"));
        }
        plugin::generate(self, &scope, kustomization, &mut gathered.objects);
        for component in kustomization.texts("components") {
            gathered = self.component(&scope, component, gathered);
        }
        self.transform(&scope, kustomization, &mut gathered);
        let validators = kustomization.texts("validators").next();
        if let Some(validator) = validators {
            self.fault(validator.span, "validators are not run");
        }
        let mut variables = Vec::new();
        for entry in maps(fields, "vars") {
            match Variable::read(entry) {
                Some(variable) => variables.push(variable),
                None => self.fault(entry.head, "the variable does not say of which object it is"),
            }
        }
        variable::add(self, &mut gathered.variables, variables);
        gathered
    }

    /// Runs the transformers that are built in, in kustomize's order, then those that are files.
    fn transform(&mut self, scope: &Scope<'_>, kustomization: &Kustomization<'t>, gathered: &mut Gathered) {
        let fields = &kustomization.fields;
        let tables = gathered.tables.clone().unwrap_or_else(|| Arc::clone(&tables::BUILT_IN));
        let objects = &mut gathered.objects;
        let mut faults = Vec::new();
        patch::apply_merges(self, scope, objects, fields, "patchesStrategicMerge");
        for entry in maps(fields, "patches") {
            patch::apply(self, scope, objects, entry, "patch");
        }
        if let Some(namespace) = named(fields, "namespace") {
            metadata::namespace(objects, namespace, &tables.namespace, Subjects::Default, false, &mut faults);
        }
        for (key, end, fields_of) in
            [("namePrefix", End::Prefix, &tables.name_prefix), ("nameSuffix", End::Suffix, &tables.name_suffix)]
        {
            if let Some(affix) = named(fields, key)
                && self.afford(objects.len() * affix.as_text().map_or(0, str::len) / 16, affix.span)
            {
                metadata::affix(objects, affix, end, fields_of, &mut faults);
            }
        }
        let common = fields.get("commonLabels").and_then(Value::as_map);
        for entry in maps(fields, "labels") {
            let Some(pairs) = entry.get("pairs").and_then(Value::as_map) else { continue };
            if self.afford(objects.len() * pairs.len(), entry.head) {
                let mut conflicts = Vec::new();
                let fields = label::fields_of(entry, &tables, &mut conflicts);
                self.conflicts(conflicts, entry.head);
                label::write(objects, pairs, &fields, "labels", &mut faults);
            }
        }
        if let Some(pairs) = common
            && self.afford(objects.len() * pairs.len(), pairs.head)
        {
            label::write(objects, pairs, &tables.common_labels, "commonLabels", &mut faults);
        }
        if let Some(pairs) = fields.get("commonAnnotations").and_then(Value::as_map)
            && self.afford(objects.len() * pairs.len(), pairs.head)
        {
            label::write(objects, pairs, &tables.annotations, "commonAnnotations", &mut faults);
        }
        self.faults(faults);
        for entry in maps(fields, "patchesJson6902") {
            patch::apply(self, scope, objects, entry, "patch");
        }
        for entry in maps(fields, "replicas") {
            self.replicas(objects, entry, &tables);
        }
        for entry in maps(fields, "images") {
            self.image(objects, entry, &tables);
        }
        for entry in maps(fields, "replacements") {
            self.replacement(scope, objects, entry);
        }
        plugin::transform(self, scope, kustomization, gathered);
    }

    /// Sets the replicas that an entry gives.
    pub(crate) fn replicas(&mut self, objects: &mut [Object], entry: &Map, tables: &Tables) {
        let Some(count) = entry.get("count") else { return };
        let name = field_text(entry, "name");
        let mut faults = Vec::new();
        let found = metadata::replicas(objects, &name, count, &tables.replicas, &mut faults);
        if !found && !self.open {
            self.fault(entry.head, format!("nothing that has replicas is named `{name}`"));
        }
        self.faults(faults);
    }

    /// Sets the images that an entry gives.
    pub(crate) fn image(&mut self, objects: &mut [Object], entry: &Map, tables: &Tables) {
        let mut faults = Vec::new();
        match Image::read(entry) {
            Ok(image) => image.write(objects, &tables.images, &mut faults),
            Err(fault) => faults.push(fault),
        }
        self.faults(faults);
    }

    /// Does a replacement, or those of the file that it names.
    pub(crate) fn replacement(&mut self, scope: &Scope<'_>, objects: &mut [Object], entry: &Map) {
        if !self.afford(1, entry.head) {
            return;
        }
        let Some(path) = named(entry, "path") else {
            let mut work = self.work;
            let result = replacement::replace(objects, entry, &mut work);
            self.work = work;
            if !self.open {
                self.faults(result.err());
            }
            return;
        };
        if entry.get("source").is_some() || entry.get("targets").is_some() {
            self.fault(path.span, "a replacement has either a path or source and targets, not both");
        }
        for mut value in patch::of_file(self, scope, path).into_iter().flatten() {
            let mut faults = Vec::new();
            let several = value.as_list().is_some();
            let shape = crate::shape::REPLACEMENT;
            let entries = match crate::value::items_mut(&mut value) {
                Some(items) => items.iter_mut().collect(),
                None => vec![&mut value],
            };
            for entry in entries {
                crate::shape::conform(entry, shape, "replacements", &mut faults);
                if let Some(entry) = entry.as_map().filter(|entry| several || entry.get("source").is_some()) {
                    let mut work = self.work;
                    let result = replacement::replace(objects, entry, &mut work);
                    self.work = work;
                    faults.extend(result.err());
                }
            }
            self.faults(faults);
        }
    }

    /// Adds what an entry of `resources` names: a file or the kustomization of a folder.
    pub(crate) fn resource(&mut self, scope: &Scope<'_>, resource: &Value, into: &mut Gathered) {
        let path = resource.as_text().unwrap_or_default();
        let full = join(scope.folder, path);
        if self.tree.file(&full).is_some() {
            let Some((file, text)) = self.file(scope.folder, path, resource.span) else { return };
            let (values, errors) = manifest::documents(file, text);
            let damaged = !errors.is_empty();
            self.faults(errors);
            let (objects, errors) = manifest::objects(values);
            self.faults(errors);
            self.open |= damaged;
            self.append(into, Gathered { objects, ..Gathered::default() });
            return;
        }
        let Some(kustomization) = self.visit(scope, resource) else { return };
        if kustomization.is_component() {
            self.open = true;
            self.fault(resource.span, format!("`{path}` is a component and has to stand under `components`"));
            return;
        }
        self.stack.push(kustomization.folder.clone());
        let gathered = self.accumulate(&kustomization, Gathered::default());
        self.stack.pop();
        self.append(into, gathered);
    }

    /// Runs a component over what has been gathered.
    fn component(&mut self, scope: &Scope<'_>, component: &Value, gathered: Gathered) -> Gathered {
        let Some(kustomization) = self.visit(scope, component) else { return gathered };
        if !kustomization.is_component() {
            self.open = true;
            let path = component.as_text().unwrap_or_default();
            self.fault(component.span, format!("`{path}` is no component"));
            return gathered;
        }
        self.stack.push(kustomization.folder.clone());
        let gathered = self.accumulate(&kustomization, gathered);
        self.stack.pop();
        gathered
    }

    /// The kustomization of a folder that another one names.
    fn visit(&mut self, scope: &Scope<'_>, named: &Value) -> Option<Kustomization<'t>> {
        let path = named.as_text().unwrap_or_default();
        let folder = join(scope.folder, path);
        let refuse = |builder: &mut Self, message: String| {
            builder.open = true;
            builder.fault(named.span, message);
            None
        };
        if is_remote(path) && !self.tree.is_folder(&folder) {
            return refuse(self, format!("the remote base `{path}` is not fetched"));
        }
        if path.starts_with('/') {
            return refuse(self, format!("`{path}` is an absolute path"));
        }
        if self.stack.iter().any(|visited| is_within(&folder, visited)) {
            return refuse(self, format!("`{path}` is being built already: a cycle"));
        }
        self.visits += 1;
        if self.visits > MAX_VISITS {
            return refuse(self, "the kustomizations that this one is made of are over a limit".to_owned());
        }
        let Some(kustomization) = Kustomization::read(&folder, self.tree) else {
            let message = if self.tree.is_folder(&folder) {
                format!("there is no kustomization in `{path}`")
            } else {
                format!("there is no file or folder `{path}`")
            };
            return refuse(self, message);
        };
        self.read += kustomization.text.len();
        if self.read > MAX_READ {
            return refuse(self, "what this kustomization reads is over a limit".to_owned());
        }
        self.set_schema(&kustomization);
        Some(kustomization)
    }

    /// Puts together what two levels gathered; no two objects may be the same.
    fn append(&mut self, into: &mut Gathered, more: Gathered) {
        let more_objects = match more.objects.first().map_or(Span::NONE, |object| object.body.head) {
            place if self.afford(more.objects.len(), place) => more.objects,
            _ => Vec::new(),
        };
        let objects = &mut into.objects;
        let seen = into.seen.get_or_insert_with(|| objects.iter().map(Object::id).collect());
        for object in more_objects {
            if seen.insert(object.id()) {
                objects.push(object);
            } else {
                let fault = format!("there is a {} already", described(&object));
                self.fault(object.body.head, fault);
            }
        }
        if let Some(tables) = more.tables {
            let place = into.objects.last().map_or(Span::NONE, |object| object.body.head);
            into.tables = Some(self.joined(into.tables.take(), tables, place));
        }
        variable::add(self, &mut into.variables, more.variables);
    }

    /// Reads a file of `configurations`.
    fn configuration(&mut self, scope: &Scope<'_>, path: &Value, into: &mut Tables) {
        let mut extra = Tables::default();
        let Some(values) = patch::of_file(self, scope, path) else { return };
        for value in &values {
            let Some(map) = value.as_map() else {
                self.fault(value.span, "a configuration has to be a mapping");
                continue;
            };
            for (key, field) in map.iter() {
                let specs = || maps(map, key).map(crate::field::FieldSpec::read);
                match key.as_str() {
                    "namePrefix" => extra.name_prefix.extend(specs()),
                    "nameSuffix" => extra.name_suffix.extend(specs()),
                    "namespace" => extra.namespace.extend(specs()),
                    "labels" => extra.labels.extend(specs()),
                    "templateLabels" => extra.template_labels.extend(specs()),
                    "commonLabels" => extra.common_labels.extend(specs()),
                    "commonAnnotations" => extra.annotations.extend(specs()),
                    "images" => extra.images.extend(specs()),
                    "replicas" => extra.replicas.extend(specs()),
                    "varReference" => extra.variables.extend(specs()),
                    "nameReference" => {
                        for referral in maps(map, key) {
                            let target = crate::field::FieldSpec::read(referral).gvk;
                            let fields = maps(referral, "fieldSpecs").map(crate::field::FieldSpec::read).collect();
                            extra.referrals.push(Referral { target, fields });
                        }
                    }
                    _ => self.fault(field.key, format!("unknown field `{key}` of a configuration")),
                }
            }
        }
        let conflicts = into.merge(&extra);
        self.conflicts(conflicts, path.span);
    }

    /// Reads a file of `crds`: what it says of names and labels in custom objects is not followed.
    fn definitions(&mut self, scope: &Scope<'_>, path: &Value) {
        let Some((_, text)) = self.file(scope.folder, path.as_text().unwrap_or_default(), path.span) else { return };
        let says = [
            "x-kubernetes-object-ref",
            "x-kubernetes-annotation",
            "x-kubernetes-label-selector",
            "x-kubernetes-identity",
        ];
        if says.iter().any(|mark| text.contains(mark)) {
            self.fault(path.span, "references that `crds` describe are not followed");
        }
    }
}

/// The schema in force.
pub(crate) enum SchemaInForce {
    BuiltIn,
    Own(Arc<Schema>),
}

impl std::ops::Deref for SchemaInForce {
    type Target = Schema;

    fn deref(&self) -> &Schema {
        match self {
            SchemaInForce::BuiltIn => &api::BUILT_IN,
            SchemaInForce::Own(schema) => schema,
        }
    }
}

/// Whether an object is for tools only and no manifest.
fn is_local(object: &Object) -> bool {
    let annotations = object.body.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let local = annotations.and_then(|annotations| annotations.get("config.kubernetes.io/local-config"));
    local.and_then(crate::value::text).is_some_and(|local| local != "false")
}
