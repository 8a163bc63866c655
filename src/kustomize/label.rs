//! Labels and annotations.

use stockade_model::{Map, Value};
use stockade_source::{Span, SyntaxError};

use crate::field::{FieldSpec, Made, as_map, merge};
use crate::object::{Gvk, Object};
use crate::shape::maps;
use crate::tables::Tables;
use crate::value::put;

/// Sets the pairs in each of the fields of each object.
pub(crate) fn write(
    objects: &mut [Object],
    pairs: &Map,
    fields: &[FieldSpec],
    by: &str,
    faults: &mut Vec<SyntaxError>,
) {
    if pairs.is_empty() {
        return;
    }
    let place = pairs.head;
    for object in objects {
        for spec in fields {
            let written = spec.apply(&mut object.body, Made::Map, place, &mut |value| {
                let map = as_map(value, place)?;
                for (key, field) in pairs.iter().filter(|(_, field)| !field.value.is_null()) {
                    put(map, key, field.clone(), by);
                }
                Ok(())
            });
            faults.extend(written.err().map(|error| SyntaxError::new(fault_place(place, pairs), error)));
        }
    }
}

/// Labels objects as managed by kustomize, as a build without a version does.
pub(crate) fn managed(objects: &mut [Object], place: Span) {
    let mut pairs = Map::new(place);
    pairs.set("app.kubernetes.io/managed-by", Value::text("kustomize-(devel)", place));
    let fields = [FieldSpec::new(Gvk::default(), "metadata/labels", true)];
    write(objects, &pairs, &fields, "buildMetadata", &mut Vec::new());
}

fn fault_place(place: Span, pairs: &Map) -> Span {
    pairs.iter().next().map_or(place, |(_, field)| field.key)
}

/// The fields that an entry of `labels` writes to; `conflicts` gets the paths of those that disagree with the tables.
pub(crate) fn fields_of(label: &Map, tables: &Tables, conflicts: &mut Vec<String>) -> Vec<FieldSpec> {
    let is = |key: &str| label.get(key).and_then(Value::as_bool).unwrap_or(false);
    let mut fields: Vec<FieldSpec> = maps(label, "fields").map(FieldSpec::read).collect();
    let own = [FieldSpec::new(Gvk::default(), "metadata/labels", true)];
    let more: &[FieldSpec] = if is("includeSelectors") {
        &tables.common_labels
    } else if is("includeTemplates") {
        &tables.template_labels
    } else {
        &own
    };
    for more in [&tables.labels, more] {
        conflicts.extend(merge(&mut fields, more));
    }
    fields
}
