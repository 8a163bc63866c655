//! References by name: what refers to an object whose name changed is changed too.

use std::collections::{HashMap, HashSet};

use compact_str::CompactString;
use stockade_model::{Kind, Map, Value};
use stockade_source::{Span, SyntaxError};

use crate::field::Made;
use crate::object::{Gvk, Id, Object, effective};
use crate::tables::{Referral, Tables};
use crate::value::{adapted, field_text, items_mut, map_mut, text};

/// What may be referred to: an object that was called something before.
struct Candidate {
    id: Id,
    /// The namespace that is written, perhaps none.
    namespace: CompactString,
    original_namespace: CompactString,
    previous: Vec<Id>,
    prefixes: Vec<CompactString>,
    suffixes: Vec<CompactString>,
    /// Where the name stands.
    place: Span,
}

/// Changes every reference to an object whose name or namespace changed.
pub(crate) fn fix(objects: &mut [Object], tables: &Tables, faults: &mut Vec<SyntaxError>) {
    let candidates: Vec<Candidate> = objects
        .iter()
        .map(|object| Candidate {
            id: object.id(),
            namespace: object.namespace(),
            original_namespace: object.original_namespace(),
            previous: object.previous_ids(),
            prefixes: object.prefixes.clone(),
            suffixes: object.suffixes.clone(),
            place: object.body.get("metadata").and_then(|metadata| metadata.get("name")).map_or(object.span, |name| {
                name.origin.as_ref().and_then(|o| o.steps.first()).map_or(name.span, |s| s.span)
            }),
        })
        .collect();
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, candidate) in candidates.iter().enumerate() {
        for id in &candidate.previous {
            let of_name = by_name.entry(&id.name).or_default();
            if of_name.last() != Some(&at) {
                of_name.push(at);
            }
        }
    }
    if by_name.is_empty() {
        return;
    }
    let referrals: Vec<&Referral> = tables.referrals.iter().collect();
    let mut by_kind: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
    for (at, referral) in referrals.iter().enumerate() {
        for (field, spec) in referral.fields.iter().enumerate() {
            by_kind.entry(&spec.gvk.kind).or_default().push((at, field));
        }
    }
    for (at, object) in objects.iter_mut().enumerate() {
        let original = object.original_id().gvk;
        let mut fields: Vec<(usize, usize)> =
            [original.kind.as_str(), ""].iter().filter_map(|kind| by_kind.get(kind)).flatten().copied().collect();
        fields.sort_unstable();
        if fields.is_empty() {
            continue;
        }
        let fixing = Fixing {
            referrer: &candidates[at],
            candidates: &candidates,
            by_name: &by_name,
            subjects: subject_namespaces(&object.body),
            role: role(&object.body),
        };
        for (referral, field) in fields {
            let (target, spec) = (&referrals[referral].target, &referrals[referral].fields[field]);
            if !original.is_selected(&spec.gvk) {
                continue;
            }
            let mut spec = spec.clone();
            spec.gvk = Gvk::default();
            let is_role = spec.path.ends_with(&["roleRef".into(), "name".into()]);
            let place = object.span;
            let fixed =
                spec.apply(&mut object.body, Made::Nothing, place, &mut |value| fixing.set(value, target, is_role));
            faults.extend(fixed.err().map(|error| SyntaxError::new(object.body.head, error)));
        }
    }
}

/// The namespaces of the accounts that a binding of a role names.
fn subject_namespaces(body: &Map) -> HashSet<CompactString> {
    if field_text(body, "kind") != "RoleBinding" {
        return HashSet::new();
    }
    let subjects = body.get("subjects").map_or(&[][..], Value::items).iter().filter_map(Value::as_map);
    let accounts = subjects.filter(|subject| field_text(subject, "kind") == "ServiceAccount");
    accounts.map(|subject| field_text(subject, "namespace")).filter(|namespace| !namespace.is_empty()).collect()
}

/// The kind that a binding refers to.
fn role(body: &Map) -> Option<Gvk> {
    let role = body.get("roleRef")?.as_map()?;
    role.get("apiGroup")?;
    role.get("kind")?;
    let gvk = Gvk { group: field_text(role, "apiGroup"), version: "".into(), kind: field_text(role, "kind") };
    Some(gvk)
}

/// The references of one object.
struct Fixing<'c> {
    referrer: &'c Candidate,
    candidates: &'c [Candidate],
    by_name: &'c HashMap<&'c str, Vec<usize>>,
    subjects: HashSet<CompactString>,
    role: Option<Gvk>,
}

impl Fixing<'_> {
    fn set(&self, value: &mut Value, target: &Gvk, is_role: bool) -> Result<(), String> {
        if value.is_null() {
            return Ok(());
        }
        if let Some(items) = items_mut(value) {
            return items.iter_mut().try_for_each(|item| match &item.kind {
                Kind::List(_) => Err("a name or a mapping with one is expected".to_owned()),
                _ => self.set(item, target, is_role),
            });
        }
        if let Some(map) = map_mut(value) {
            return self.set_in_mapping(map, target, is_role);
        }
        let Some(name) = text(value) else { return Ok(()) };
        let Some(referral) = self.select(&name, target, is_role, None)? else { return Ok(()) };
        if referral.id.name != name.as_ref() {
            *value = adapted(value, &referral.id.name, referral.place, "the name of what it refers to");
        }
        Ok(())
    }

    /// A mapping with the name and perhaps the namespace of what it refers to.
    fn set_in_mapping(&self, map: &mut Map, target: &Gvk, is_role: bool) -> Result<(), String> {
        let Some(name) = map.field("name").and_then(|field| text(&field.value)).map(CompactString::from) else {
            return Err("there is no name in what refers to another object".to_owned());
        };
        let namespace = map.field("namespace").and_then(|field| text(&field.value)).map(CompactString::from);
        let Some(referral) = self.select(&name, target, is_role, namespace.as_deref())? else { return Ok(()) };
        let by = "the name of what it refers to";
        if referral.id.name != name
            && let Some(field) = map.field_mut("name")
        {
            field.value = adapted(&field.value, &referral.id.name, referral.place, by);
        }
        if !referral.namespace.is_empty() && namespace.as_ref() != Some(&referral.namespace) {
            match map.field_mut("namespace") {
                Some(field) => {
                    field.value = adapted(&field.value, &referral.namespace, referral.place, "the namespace")
                }
                None => drop(map.set("namespace", Value::text(&referral.namespace, referral.place))),
            }
        }
        Ok(())
    }

    /// The object that a name means; `None` where there is none.
    fn select(
        &self,
        name: &str,
        target: &Gvk,
        is_role: bool,
        namespace: Option<&str>,
    ) -> Result<Option<&Candidate>, String> {
        let Some(named) = self.by_name.get(name) else { return Ok(None) };
        let was = |candidate: &Candidate, gvk: &Gvk| candidate.previous.iter().any(|id| id.gvk.is_selected(gvk));
        let mut found: Vec<&Candidate> = named.iter().map(|at| &self.candidates[*at]).collect();
        found.retain(|candidate| self.is_in_reach(candidate));
        if let Some(namespace) = namespace {
            let originally =
                self.candidates.iter().any(|one| self.is_in_reach(one) && one.original_namespace == namespace);
            found.retain(
                |one| if originally { one.original_namespace == namespace } else { one.id.namespace == namespace },
            );
        }
        found.retain(|candidate| was(candidate, target));
        if is_role && let Some(role) = &self.role {
            found.retain(|candidate| was(candidate, role));
        }
        let own = &self.referrer.id;
        found.retain(|candidate| {
            own.gvk.is_cluster_scoped()
                || candidate.id.gvk.is_cluster_scoped()
                || candidate.id.gvk.kind == "ServiceAccount"
                || candidate.id.namespace == own.namespace
        });
        for strict in [false, true] {
            if let [only] = found[..] {
                return Ok(Some(only));
            }
            let alike = |own: &[CompactString], other: &[CompactString]| {
                (!strict && (own.is_empty() || other.is_empty())) || same_end(own, other)
            };
            found.retain(|candidate| {
                alike(&self.referrer.prefixes, &candidate.prefixes)
                    && alike(&self.referrer.suffixes, &candidate.suffixes)
            });
        }
        let Some(first) = found.first() else { return Ok(None) };
        let same = |other: &&Candidate| {
            other.id.name == first.id.name && (namespace.is_none() || other.namespace == first.namespace)
        };
        if found.iter().all(same) { Ok(Some(first)) } else { Err(format!("`{name}` may mean several objects")) }
    }

    /// Whether the referrer could mean an object, going by namespaces alone.
    fn is_in_reach(&self, candidate: &Candidate) -> bool {
        let own = &self.referrer.id;
        own.gvk.is_cluster_scoped()
            || candidate.id.gvk.is_cluster_scoped()
            || candidate.id.namespace == effective(&candidate.id.gvk, &own.namespace)
            || self.subjects.contains(&candidate.namespace)
    }
}

/// Whether the shorter list ends the longer; an empty one ends only an empty one.
fn same_end(one: &[CompactString], other: &[CompactString]) -> bool {
    let (short, long) = if one.len() > other.len() { (other, one) } else { (one, other) };
    if short.is_empty() { long.is_empty() } else { long.ends_with(short) }
}
