//! What the fields of a kustomization may be.

use compact_str::CompactString;
use stockade_model::{Kind, Map, Value};
use stockade_source::SyntaxError;

use crate::value::{field_text, items_mut, map_mut, text};

/// What a value has to be; `null` may stand anywhere.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Text,
    Bool,
    Int,
    /// A mapping of texts.
    Texts,
    /// A mapping of booleans.
    Bools,
    /// A list of such.
    List(&'static Shape),
    /// A mapping with these fields and no others.
    Fields(&'static [(&'static str, Shape)]),
    /// Anything at all.
    Any,
}

use Shape::{Any, Bool, Bools, Fields, Int, List, Text, Texts};

const TEXT_LIST: Shape = List(&Text);

const FIELD_SPEC: Shape =
    Fields(&[("group", Text), ("version", Text), ("kind", Text), ("path", Text), ("create", Bool)]);

const SELECTOR: Shape = Fields(&[
    ("group", Text),
    ("version", Text),
    ("kind", Text),
    ("name", Text),
    ("namespace", Text),
    ("annotationSelector", Text),
    ("labelSelector", Text),
]);

const PATCH: Shape = Fields(&[("path", Text), ("patch", Text), ("target", SELECTOR), ("options", Bools)]);

const GENERATOR_OPTIONS: Shape =
    Fields(&[("labels", Texts), ("annotations", Texts), ("disableNameSuffixHash", Bool), ("immutable", Bool)]);

const FIELD_OPTIONS: Shape = Fields(&[("delimiter", Text), ("index", Int), ("encoding", Text), ("create", Bool)]);

/// One replacement.
pub(crate) const REPLACEMENT: Shape = Fields(&[
    ("path", Text),
    (
        "source",
        Fields(&[
            ("group", Text),
            ("version", Text),
            ("kind", Text),
            ("name", Text),
            ("namespace", Text),
            ("fieldPath", Text),
            ("options", FIELD_OPTIONS),
        ]),
    ),
    (
        "targets",
        List(&Fields(&[
            ("select", SELECTOR),
            ("reject", List(&SELECTOR)),
            ("fieldPaths", TEXT_LIST),
            ("options", FIELD_OPTIONS),
        ])),
    ),
]);

const CONFIG_MAP: &[(&str, Shape)] = &[
    ("namespace", Text),
    ("name", Text),
    ("behavior", Text),
    ("literals", TEXT_LIST),
    ("files", TEXT_LIST),
    ("envs", TEXT_LIST),
    ("env", Text),
    ("options", GENERATOR_OPTIONS),
];

const SECRET: &[(&str, Shape)] = &[
    ("namespace", Text),
    ("name", Text),
    ("behavior", Text),
    ("type", Text),
    ("literals", TEXT_LIST),
    ("files", TEXT_LIST),
    ("envs", TEXT_LIST),
    ("env", Text),
    ("options", GENERATOR_OPTIONS),
];

const IMAGE: Shape =
    Fields(&[("name", Text), ("newName", Text), ("tagSuffix", Text), ("newTag", Text), ("digest", Text)]);

const LABEL: Shape =
    Fields(&[("pairs", Texts), ("includeSelectors", Bool), ("includeTemplates", Bool), ("fields", List(&FIELD_SPEC))]);

const VARIABLE: Shape = Fields(&[
    ("name", Text),
    (
        "objref",
        Fields(&[
            ("apiVersion", Text),
            ("group", Text),
            ("version", Text),
            ("kind", Text),
            ("name", Text),
            ("namespace", Text),
        ]),
    ),
    ("fieldref", Fields(&[("fieldPath", Text), ("fieldpath", Text)])),
]);

/// A kustomization.
pub(crate) const KUSTOMIZATION: Shape = Fields(&[
    ("apiVersion", Text),
    ("kind", Text),
    ("metadata", Fields(&[("name", Text), ("namespace", Text), ("labels", Texts), ("annotations", Texts)])),
    ("openapi", Texts),
    ("namePrefix", Text),
    ("nameSuffix", Text),
    ("namespace", Text),
    ("commonLabels", Texts),
    ("labels", List(&LABEL)),
    ("commonAnnotations", Texts),
    ("patchesStrategicMerge", TEXT_LIST),
    ("patchesJson6902", List(&PATCH)),
    ("patches", List(&PATCH)),
    ("images", List(&IMAGE)),
    ("imageTags", List(&IMAGE)),
    ("replacements", List(&REPLACEMENT)),
    ("replicas", List(&Fields(&[("name", Text), ("count", Int)]))),
    ("vars", List(&VARIABLE)),
    (
        "sortOptions",
        Fields(&[
            ("order", Text),
            ("legacySortOptions", Fields(&[("orderFirst", TEXT_LIST), ("orderLast", TEXT_LIST)])),
        ]),
    ),
    ("resources", TEXT_LIST),
    ("components", TEXT_LIST),
    ("crds", TEXT_LIST),
    ("bases", TEXT_LIST),
    ("configMapGenerator", List(&Fields(CONFIG_MAP))),
    ("secretGenerator", List(&Fields(SECRET))),
    ("helmGlobals", Any),
    ("helmCharts", List(&Any)),
    ("helmChartInflationGenerator", List(&Any)),
    ("generatorOptions", GENERATOR_OPTIONS),
    ("configurations", TEXT_LIST),
    ("generators", TEXT_LIST),
    ("transformers", TEXT_LIST),
    ("validators", TEXT_LIST),
    ("buildMetadata", TEXT_LIST),
]);

/// Makes of a value what its shape says, as far as that goes, and tells where it is something else.
///
/// Names of fields count whatever their case, as Go reads them.
pub(crate) fn conform(value: &mut Value, shape: Shape, name: &str, faults: &mut Vec<SyntaxError>) {
    if value.is_null() {
        return;
    }
    let span = value.span;
    let mut wrong = |what: &str| faults.push(SyntaxError::new(span, format!("`{name}` has to be {what}")));
    match shape {
        Any => {}
        Text => {
            if value.as_text().is_none() {
                wrong("a text");
                let read = text(value).map(CompactString::from);
                value.kind = read.map_or(Kind::Null, Kind::Text);
            }
        }
        Bool => {
            if value.as_bool().is_none() {
                wrong("true or false");
                value.kind = Kind::Null;
            }
        }
        Int => {
            if value.as_number().and_then(stockade_model::Number::as_i64).is_none() {
                wrong("a whole number");
                value.kind = Kind::Null;
            }
        }
        Texts | Bools => match map_mut(value) {
            Some(map) => {
                let of = if matches!(shape, Texts) { Text } else { Bool };
                map.iter_mut().for_each(|(key, field)| conform(&mut field.value, of, key, faults));
            }
            None => {
                wrong("a mapping");
                value.kind = Kind::Null;
            }
        },
        List(of) => match items_mut(value) {
            Some(items) => items.iter_mut().for_each(|item| conform(item, *of, name, faults)),
            None => {
                wrong("a list");
                value.kind = Kind::Null;
            }
        },
        Fields(of) => match map_mut(value) {
            Some(map) => fields(map, of, name, faults),
            None => {
                wrong("a mapping");
                value.kind = Kind::Null;
            }
        },
    }
}

fn fields(map: &mut Map, shapes: &'static [(&'static str, Shape)], name: &str, faults: &mut Vec<SyntaxError>) {
    let keys: Vec<CompactString> = map.iter().map(|(key, _)| key.clone()).collect();
    for key in keys {
        let Some((exact, shape)) = shapes
            .iter()
            .find(|(known, _)| *known == key)
            .or_else(|| shapes.iter().find(|(known, _)| known.eq_ignore_ascii_case(&key)))
        else {
            let span = map.field(&key).map_or(map.head, |field| field.key);
            let place = if name.is_empty() { String::new() } else { format!(" of `{name}`") };
            faults.push(SyntaxError::new(span, format!("unknown field `{key}`{place}")));
            continue;
        };
        if *exact != key
            && let Some(field) = map.remove(&key)
        {
            map.insert(*exact, field);
        }
        if let Some(field) = map.field_mut(exact) {
            conform(&mut field.value, *shape, exact, faults);
        }
    }
}

/// The texts of a list under a key, with their places.
pub(crate) fn texts<'m>(map: &'m Map, key: &str) -> impl Iterator<Item = &'m Value> {
    let items = map.get(key).map_or(&[][..], Value::items);
    items.iter().filter(|item| item.as_text().is_some_and(|text| !text.is_empty()))
}

/// The mappings of a list under a key.
pub(crate) fn maps<'m>(map: &'m Map, key: &str) -> impl Iterator<Item = &'m Map> {
    map.get(key).map_or(&[][..], Value::items).iter().filter_map(Value::as_map)
}

/// A text under a key that is not empty, with its place.
pub(crate) fn named<'m>(map: &'m Map, key: &str) -> Option<&'m Value> {
    map.get(key).filter(|_| !field_text(map, key).is_empty())
}
