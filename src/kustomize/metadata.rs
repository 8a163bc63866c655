//! Names and namespaces.

use compact_str::{CompactString, format_compact};
use stockade_model::{Map, Value};
use stockade_source::{Span, SyntaxError};

use crate::field::{FieldSpec, Made};
use crate::object::{Object, described};
use crate::value::{adapted, child_map, field_text, items_mut, map_mut, overlaid, text};

/// The kinds whose names are never prefixed: their names say what they are of.
const NAMED_FOR_THEIR_CONTENT: [(&str, &str); 3] =
    [("", "Namespace"), ("apiextensions.k8s.io", "CustomResourceDefinition"), ("apiregistration.k8s.io", "APIService")];

/// The end of a name that is added to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Prefix,
    Suffix,
}

/// Adds a prefix or a suffix to the names of objects.
pub(crate) fn affix(
    objects: &mut [Object],
    affix: &Value,
    end: End,
    fields: &[FieldSpec],
    faults: &mut Vec<SyntaxError>,
) {
    let Some(added) = text(affix).filter(|text| !text.is_empty()) else { return };
    let by = if end == End::Prefix { "namePrefix" } else { "nameSuffix" };
    for object in objects {
        let first = object.original_id().gvk;
        let skipped = |(group, kind): &(&str, &str)| first.kind == *kind && (group.is_empty() || first.group == *group);
        if NAMED_FOR_THEIR_CONTENT.iter().any(skipped) {
            continue;
        }
        for spec in fields.iter().filter(|spec| first.is_selected(&spec.gvk)) {
            if spec.path == ["metadata", "name"] {
                let ends = if end == End::Prefix { &mut object.prefixes } else { &mut object.suffixes };
                ends.push(CompactString::from(added.as_ref()));
                object.remember();
            }
            let written = spec.apply(&mut object.body, Made::Scalar, affix.span, &mut |value| {
                let before = text(value).ok_or("a text is expected")?;
                let after = match end {
                    End::Prefix => format_compact!("{added}{before}"),
                    End::Suffix => format_compact!("{before}{added}"),
                };
                *value = adapted(value, after, affix.span, by);
                Ok(())
            });
            faults.extend(written.err().map(|error| SyntaxError::new(affix.span, error)));
        }
    }
}

/// Which subjects of role bindings get the namespace.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Subjects {
    /// Service accounts of the name `default`.
    #[default]
    Default,
    /// All service accounts.
    All,
    /// None.
    None,
}

/// Puts objects into a namespace.
pub(crate) fn namespace(
    objects: &mut [Object],
    namespace: &Value,
    fields: &[FieldSpec],
    subjects: Subjects,
    unset_only: bool,
    faults: &mut Vec<SyntaxError>,
) {
    if text(namespace).is_none_or(|text| text.is_empty()) {
        return;
    }
    let place = namespace.span;
    let written = |before: &Value| overlaid(namespace.clone(), before, "namespace");
    for object in objects.iter_mut() {
        object.remember();
        if !object.gvk().is_cluster_scoped()
            && let Some(metadata) = child_map(&mut object.body, "metadata", place)
        {
            set(metadata, "namespace", namespace, unset_only);
        }
        if matches!(object.gvk().kind.as_str(), "RoleBinding" | "ClusterRoleBinding") && subjects != Subjects::None {
            let list = object.body.field_mut("subjects").and_then(|field| items_mut(&mut field.value));
            for subject in list.into_iter().flatten().filter_map(map_mut) {
                let account = field_text(subject, "kind") == "ServiceAccount";
                if account && (subjects == Subjects::All || field_text(subject, "name") == "default") {
                    set(subject, "namespace", namespace, unset_only);
                }
            }
        }
        for spec in fields {
            let kind = spec.gvk.kind.as_str();
            let done = spec.path == ["metadata", "namespace"]
                || (spec.path == ["subjects"] && matches!(kind, "RoleBinding" | "ClusterRoleBinding"));
            if done {
                continue;
            }
            let result = spec.apply(&mut object.body, Made::Scalar, place, &mut |value| {
                if !unset_only || text(value).is_none_or(|text| text.is_empty()) {
                    *value = written(value);
                }
                Ok(())
            });
            faults.extend(result.err().map(|error| SyntaxError::new(place, error)));
        }
    }
    clashes(objects, place, faults);
}

fn set(map: &mut Map, key: &str, value: &Value, unset_only: bool) {
    match map.field_mut(key) {
        Some(field) if !field.value.is_null() => {
            if !unset_only || text(&field.value).is_none_or(|text| text.is_empty()) {
                field.value = overlaid(value.clone(), &field.value, "namespace");
            }
        }
        _ => drop(map.set(key, value.clone())),
    }
}

/// Tells of objects that have become the same.
fn clashes(objects: &[Object], place: Span, faults: &mut Vec<SyntaxError>) {
    let mut seen = std::collections::HashSet::new();
    for object in objects {
        if !seen.insert(object.id()) {
            let fault = format!("two objects become the same in this namespace: {}", described(object));
            faults.push(SyntaxError::new(place, fault));
        }
    }
}

/// Sets the number of replicas of the objects of a name; tells whether there is one.
pub(crate) fn replicas(
    objects: &mut [Object],
    name: &str,
    count: &Value,
    fields: &[FieldSpec],
    faults: &mut Vec<SyntaxError>,
) -> bool {
    let mut found = false;
    for object in objects {
        let ids = object.ids();
        for spec in fields {
            if !ids.iter().any(|id| id.name == name && id.gvk.is_selected(&spec.gvk)) {
                continue;
            }
            found = true;
            let written = spec.apply(&mut object.body, Made::Scalar, count.span, &mut |value| {
                *value = overlaid(count.clone(), value, "replicas");
                Ok(())
            });
            faults.extend(written.err().map(|error| SyntaxError::new(count.span, error)));
        }
    }
    found
}
