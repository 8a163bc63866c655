//! Generators and transformers that are files: those that kustomize has built in.

use std::sync::Arc;

use compact_str::format_compact;
use stockade_model::{Kind, Map, Reason, Value, Why};

use crate::accumulate::{Builder, Gathered, Scope};
use crate::field::FieldSpec;
use crate::generate::{self, Generated};
use crate::kustomization::Kustomization;
use crate::label;
use crate::manifest;
use crate::metadata::{self, End, Subjects};
use crate::object::Object;
use crate::patch;
use crate::shape::{maps, named};
use crate::tables::Tables;
use crate::value::{child_map, field_text};

/// Runs the generators that the kustomization lists.
pub(crate) fn generate(
    builder: &mut Builder<'_, '_>,
    scope: &Scope<'_>,
    kustomization: &Kustomization<'_>,
    objects: &mut Vec<Object>,
) {
    for config in configs(builder, scope, kustomization, "generators") {
        let kind = match (field_text(&config.body, "apiVersion").as_str(), field_text(&config.body, "kind").as_str()) {
            ("builtin", "ConfigMapGenerator") => Generated::ConfigMap,
            ("builtin", "SecretGenerator") => Generated::Secret,
            (_, kind) => {
                builder.fault(config.body.head, format!("the generator `{kind}` is not run"));
                continue;
            }
        };
        if let Some(object) = generate::generate(builder, scope, &with_name(&config), kind, None) {
            generate::absorb(builder, objects, object);
        }
    }
}

/// Runs the transformers that the kustomization lists.
pub(crate) fn transform(
    builder: &mut Builder<'_, '_>,
    scope: &Scope<'_>,
    kustomization: &Kustomization<'_>,
    gathered: &mut Gathered,
) {
    for config in configs(builder, scope, kustomization, "transformers") {
        let body = &config.body;
        let kind = field_text(body, "kind");
        if field_text(body, "apiVersion") != "builtin" || !run(builder, scope, &kind, &config, &mut gathered.objects) {
            builder.fault(body.head, format!("the transformer `{kind}` is not run"));
            // It may have set anything that is not set.
            let subject = format_compact!("the transformer `{kind}`");
            let why = Arc::new(Why { reason: Reason::Missing, subject, span: body.head });
            for object in &mut gathered.objects {
                open(&mut object.body, &why);
            }
        }
    }
}

fn open(map: &mut Map, why: &Arc<Why>) {
    map.open.get_or_insert_with(|| Arc::clone(why));
    for (_, field) in map.iter_mut() {
        open_value(&mut field.value, why);
    }
}

/// Values are never deeper than `MAX_DEPTH`.
fn open_value(value: &mut Value, why: &Arc<Why>) {
    match &mut value.kind {
        Kind::Map(map) => open(map, why),
        Kind::List(list) => {
            list.open.get_or_insert_with(|| Arc::clone(why));
            list.items.iter_mut().for_each(|item| open_value(item, why));
        }
        _ => {}
    }
}

/// Runs one transformer; `false` where it is not known.
fn run(
    builder: &mut Builder<'_, '_>,
    scope: &Scope<'_>,
    kind: &str,
    config: &Object,
    objects: &mut Vec<Object>,
) -> bool {
    let body = &config.body;
    let fields: Vec<FieldSpec> = maps(body, "fieldSpecs").map(FieldSpec::read).collect();
    let mut faults = Vec::new();
    let pairs = |key: &str| body.get(key).and_then(Value::as_map);
    match kind {
        "AnnotationsTransformer" => {
            if let Some(pairs) = pairs("annotations") {
                label::write(objects, pairs, &fields, "annotations", &mut faults);
            }
        }
        "LabelTransformer" => {
            if let Some(pairs) = pairs("labels") {
                label::write(objects, pairs, &fields, "labels", &mut faults);
            }
        }
        "NamespaceTransformer" => {
            let metadata = body.get("metadata").and_then(Value::as_map);
            let namespace = named(body, "namespace").or_else(|| named(metadata?, "namespace"));
            let subjects = match field_text(body, "setRoleBindingSubjects").as_str() {
                "none" => Subjects::None,
                "allServiceAccounts" => Subjects::All,
                _ => Subjects::Default,
            };
            let unset_only = body.get("unsetOnly").and_then(Value::as_bool).unwrap_or(false);
            if let Some(namespace) = namespace {
                metadata::namespace(objects, namespace, &fields, subjects, unset_only, &mut faults);
            }
        }
        "PrefixTransformer" | "SuffixTransformer" => {
            let (key, end) =
                if kind == "PrefixTransformer" { ("prefix", End::Prefix) } else { ("suffix", End::Suffix) };
            if let Some(affix) = named(body, key) {
                metadata::affix(objects, affix, end, &fields, &mut faults);
            }
        }
        "PatchTransformer" => patch::apply(builder, scope, objects, body, "patch"),
        "PatchJson6902Transformer" => patch::apply(builder, scope, objects, body, "jsonOp"),
        "PatchStrategicMergeTransformer" => {
            patch::apply_merges(builder, scope, objects, body, "paths");
            if let Some(text) = named(body, "patches") {
                for patch in patch::of_text(builder, scope, text) {
                    patch::merge_by_name(builder, objects, &patch, patch::Allowed::default());
                }
            }
        }
        "ReplicaCountTransformer" => {
            if let Some(replica) = pairs("replica") {
                let tables = Tables { replicas: fields, ..Tables::default() };
                builder.replicas(objects, replica, &tables);
            }
        }
        "ImageTagTransformer" => {
            if let Some(image) = pairs("imageTag") {
                let tables = Tables { images: fields, ..Tables::default() };
                builder.image(objects, image, &tables);
            }
        }
        "ReplacementTransformer" => {
            for entry in maps(body, "replacements") {
                builder.replacement(scope, objects, entry);
            }
        }
        _ => return false,
    }
    builder.faults(faults);
    true
}

/// The configurations under a key: files, folders with kustomizations, or texts.
fn configs(
    builder: &mut Builder<'_, '_>,
    scope: &Scope<'_>,
    kustomization: &Kustomization<'_>,
    key: &str,
) -> Vec<Object> {
    let mut gathered = Gathered::default();
    for entry in kustomization.texts(key) {
        if entry.as_text().is_some_and(|text| text.contains('\n')) {
            let (objects, errors) = manifest::objects(patch::of_text(builder, scope, entry));
            builder.faults(errors);
            gathered.objects.extend(objects);
        } else {
            builder.resource(scope, entry, &mut gathered);
        }
    }
    gathered.objects
}

/// The configuration of a generator, under the names that kustomizations use.
fn with_name(config: &Object) -> Map {
    let mut arguments = config.body.clone();
    for key in ["name", "namespace"] {
        if arguments.get(key).is_none()
            && let Some(field) = config.metadata_field(key)
        {
            arguments.insert(key, field.clone());
        }
    }
    // What kustomize takes for the options of the object stands beside its content here.
    let place = arguments.head;
    for key in ["disableNameSuffixHash", "immutable"] {
        if let Some(field) = arguments.field(key).cloned()
            && let Some(options) = child_map(&mut arguments, "options", place)
        {
            options.insert(key, field);
        }
    }
    arguments
}
