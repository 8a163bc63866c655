//! Strategic merge: laying a patch over an object.

use std::collections::HashMap;

use compact_str::CompactString;
use stockade_model::{Field, Kind, Map, Value};
use stockade_source::{Span, SyntaxError};

use crate::api::{Schema, Shape};
use crate::value::{field_text, removed, take, text};

/// The key of a directive in a patch.
const DIRECTIVE: &str = "$patch";

/// How many comparisons of elements one patch may cost.
const MAX_COMPARISONS: usize = 20_000_000;

/// What a mapping or a list of a patch asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

/// Lays a patch over an object; `None` where the patch deletes it. `faults` gets what stands in the way of only a part.
pub(crate) fn merge(
    body: Map,
    patch: &Map,
    schema: &Schema,
    faults: &mut Vec<SyntaxError>,
) -> Result<Option<Map>, SyntaxError> {
    let head = body.head;
    let shape = schema.object(&body);
    let mut merging = Merging { schema, comparisons: 0, faults };
    let patch_value = Value::map(patch.clone(), patch.head);
    let merged = merging.value(Some(Value::map(body, head)), Some(&patch_value), shape.as_ref())?;
    Ok(merged.and_then(|value| if let Kind::Map(map) = value.kind { Some(*map) } else { None }))
}

struct Merging<'s> {
    schema: &'s Schema,
    comparisons: usize,
    faults: &'s mut Vec<SyntaxError>,
}

impl Merging<'_> {
    /// The merged value; `None` where nothing is left. An absent `patch` changes nothing.
    fn value(
        &mut self,
        base: Option<Value>,
        patch: Option<&Value>,
        shape: Option<&Shape>,
    ) -> Result<Option<Value>, SyntaxError> {
        let Some(patch) = patch else { return Ok(base) };
        let base = base.filter(|base| !base.is_null());
        if patch.is_null() {
            return Ok(None);
        }
        let fits = base.as_ref().is_none_or(|base| sort(base) == sort(patch));
        if !fits {
            return Err(SyntaxError::new(patch.span, "the patch has another type here than what it is laid over"));
        }
        match &patch.kind {
            Kind::Map(map) => self.mapping(base, map, patch, shape),
            Kind::List(list) => match shape.and_then(|shape| shape.keys.as_ref()) {
                Some(keys) => self.list(base, &list.items, keys, patch.span, shape),
                None => Ok(Some(patch.clone())),
            },
            _ => Ok(Some(patch.clone())),
        }
    }

    fn mapping(
        &mut self,
        base: Option<Value>,
        patch: &Map,
        whole: &Value,
        shape: Option<&Shape>,
    ) -> Result<Option<Value>, SyntaxError> {
        let base = match directive(patch)? {
            Directive::Delete => return Ok(None),
            Directive::Replace => None,
            Directive::Merge => base,
        };
        let mut merged = base.unwrap_or_else(|| {
            let mut value = Value::map(Map::new(patch.head), whole.span);
            value.origin.clone_from(&whole.origin);
            value
        });
        let mut gone: Vec<(&CompactString, Span)> = Vec::new();
        let Kind::Map(into) = &mut merged.kind else { return Ok(Some(merged)) };
        let embedded =
            if shape.is_none() { self.schema.object(into).or_else(|| self.schema.object(patch)) } else { None };
        let shape = shape.or(embedded.as_ref());
        for (key, field) in patch.iter().filter(|(key, _)| *key != DIRECTIVE) {
            let inner = self.schema.field(shape, key);
            let before = into.field_mut(key).map(|field| take(&mut field.value));
            let kept =
                before.as_ref().is_some_and(|before| before.as_map().is_some() && field.value.as_map().is_some());
            match self.value(before, Some(&field.value), inner.as_ref())? {
                Some(value) => match into.field_mut(key) {
                    Some(place) if kept => place.value = value,
                    _ => drop(into.insert(key.clone(), Field { key: field.key, entry: field.entry, value })),
                },
                None => {
                    into.remove(key);
                    gone.push((key, field.key));
                }
            }
        }
        for (key, field) in into.iter_mut().filter(|(key, _)| patch.field(key).is_none()) {
            if let Some(inner) = self.schema.field(shape, key) {
                self.untouched(&mut field.value, &inner)?;
            }
        }
        if let Some(open) = &patch.open {
            into.open.get_or_insert_with(|| open.clone());
        }
        for (key, span) in gone {
            removed(&mut merged, key, span);
        }
        Ok(Some(merged))
    }

    fn list(
        &mut self,
        base: Option<Value>,
        patch: &[Value],
        keys: &[CompactString],
        span: Span,
        shape: Option<&Shape>,
    ) -> Result<Option<Value>, SyntaxError> {
        let (patch, directive) = list_directive(patch);
        let base = match directive {
            Directive::Delete => return Ok(None),
            Directive::Replace => None,
            Directive::Merge => base,
        };
        let mut value = base.unwrap_or_else(|| Value::list(Vec::new(), span));
        let Kind::List(list) = &mut value.kind else { return Ok(Some(value)) };
        let items = std::mem::take(&mut list.items);
        list.items = match keys {
            [] => self.scalars(items, &patch)?,
            keys => self.elements(items, &patch, keys, Schema::element(shape).as_ref(), span)?,
        };
        Ok(Some(value))
    }

    /// Scalars that are not there yet come first.
    fn scalars(&mut self, base: Vec<Value>, patch: &[&Value]) -> Result<Vec<Value>, SyntaxError> {
        let mut merged: Vec<Value> = Vec::new();
        for item in patch.iter().copied().cloned().chain(base) {
            self.count(merged.len(), item.span)?;
            if !item.is_null() && !merged.iter().any(|before| text(before) == text(&item)) {
                merged.push(item);
            }
        }
        Ok(merged)
    }

    /// Elements of the same keys are merged.
    ///
    /// With one key, what the patch names comes first, in the patch's order. With several, what is new comes first,
    /// and an element of the patch that leaves out a key of one that is there is dropped: that is how kustomize
    /// does it, whatever was meant.
    fn elements(
        &mut self,
        mut base: Vec<Value>,
        patch: &[&Value],
        keys: &[CompactString],
        shape: Option<&Shape>,
        span: Span,
    ) -> Result<Vec<Value>, SyntaxError> {
        let mut before = Vec::with_capacity(base.len());
        for item in &base {
            let lacks =
                || SyntaxError::new(span, format!("an element that the patch is laid over has no `{}`", keys[0]));
            before.push(identify(item, keys).ok_or_else(lacks)?);
        }
        let mut named: Vec<(Identity, Option<Value>)> = Vec::new();
        for item in patch {
            let lacks =
                || SyntaxError::new(item.span, format!("an element of a list that merges has no `{}`", keys[0]));
            let identity = identify(item, keys).ok_or_else(lacks)?;
            self.count(named.len() + base.len(), item.span)?;
            if named.iter().any(|(other, _)| *other == identity) {
                continue;
            }
            // Of several elements of the same keys the last stands for all, and the patch is lost on it.
            let first = before.iter().position(|other| *other == identity);
            let at = before.iter().rposition(|other| *other == identity);
            let replaces = item.as_map().map(directive).transpose()? == Some(Directive::Replace);
            let old = at.map(|at| take(&mut base[at]));
            let lost = old.is_some() && (replaces || first != at);
            let written = identity_of(old.as_ref(), keys);
            let mut merged = if lost { old } else { self.value(old, Some(item), shape)? };
            if let Some(merged) = &mut merged {
                identified(merged, written);
            }
            let merged = merged.filter(|value| value.as_map().is_none_or(|map| !map.is_empty()));
            let gone = merged.is_none();
            match at {
                Some(at) if keys.len() > 1 => base[at] = merged.unwrap_or_else(crate::value::nothing),
                _ => {
                    let merged = merged.map(|value| with_keys(value, item, keys));
                    named.push((identity.clone(), merged));
                }
            }
            if (gone || keys.len() == 1) && at.is_some() {
                for (index, other) in before.iter().enumerate() {
                    if *other == identity {
                        base[index] = crate::value::nothing();
                    }
                }
            }
        }
        if keys.len() > 1 {
            named.retain(|(identity, _)| !before.iter().any(|other| agree(other, identity)));
        }
        let mut rest: Vec<Value> = base.into_iter().filter(|item| !item.is_null()).collect();
        if let Some(shape) = shape {
            rest.iter_mut().try_for_each(|item| self.untouched(item, shape))?;
        }
        let rest = self.once(rest, keys, span)?;
        Ok(named.into_iter().filter_map(|(_, value)| value).chain(rest).collect())
    }

    /// What a patch does not name is read and written too, and that takes out elements that say the same twice.
    fn untouched(&mut self, value: &mut Value, shape: &Shape) -> Result<(), SyntaxError> {
        let span = value.span;
        match &mut value.kind {
            Kind::Map(map) => {
                for (key, field) in map.iter_mut() {
                    if let Some(inner) = self.schema.field(Some(shape), key) {
                        self.untouched(&mut field.value, &inner)?;
                    }
                }
            }
            Kind::List(list) => {
                let Some(keys) = shape.keys.as_ref().filter(|keys| !keys.is_empty()) else { return Ok(()) };
                if let Some(element) = Schema::element(Some(shape)) {
                    list.items.iter_mut().try_for_each(|item| self.untouched(item, &element))?;
                }
                list.items = self.once(std::mem::take(&mut list.items), keys, span)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The elements with each of them once: the last of those with the same keys, in the place of the first. An
    /// element of which a later one gives no more than some of the keys goes too.
    fn once(&mut self, items: Vec<Value>, keys: &[CompactString], span: Span) -> Result<Vec<Value>, SyntaxError> {
        let identities: Option<Vec<Identity>> = items.iter().map(|item| identify(item, keys)).collect();
        let Some(identities) = identities else {
            let fault = format!("an element of a list that merges has no `{}`", keys[0]);
            self.faults.push(SyntaxError::new(span, fault));
            return Ok(items);
        };
        let mut places: HashMap<&Identity, usize> = HashMap::new();
        let mut once: Vec<Option<(&Identity, Value)>> = Vec::with_capacity(items.len());
        for (identity, item) in identities.iter().zip(items) {
            if keys.len() > 1 {
                self.count(once.len(), span)?;
                for earlier in &mut once {
                    if earlier.as_ref().is_some_and(|(other, _)| *other != identity && covers(other, identity)) {
                        *earlier = None;
                    }
                }
            }
            match places.get(identity).and_then(|at| once.get_mut(*at)).filter(|place| place.is_some()) {
                Some(place) => *place = Some((identity, item)),
                None => {
                    places.insert(identity, once.len());
                    once.push(Some((identity, item)));
                }
            }
        }
        Ok(once.into_iter().flatten().map(|(_, item)| item).collect())
    }

    fn count(&mut self, more: usize, span: Span) -> Result<(), SyntaxError> {
        self.comparisons += more;
        if self.comparisons > MAX_COMPARISONS {
            return Err(SyntaxError::new(span, "the lists that this patch merges are over a limit"));
        }
        Ok(())
    }
}

/// The merge keys' values of an element, empty where it lacks one.
type Identity = Vec<CompactString>;

fn identify(item: &Value, keys: &[CompactString]) -> Option<Identity> {
    let map = item.as_map()?;
    let identity: Identity = keys.iter().map(|key| field_text(map, key)).collect();
    identity.iter().any(|part| !part.is_empty()).then_some(identity)
}

/// Whether two identities differ in no key that both have.
fn agree(one: &Identity, other: &Identity) -> bool {
    one.iter().zip(other).all(|(one, other)| one == other || one.is_empty() || other.is_empty())
}

/// Whether the keys that `later` has are those of `earlier`, so that setting the later one takes out the earlier.
fn covers(earlier: &Identity, later: &Identity) -> bool {
    earlier.iter().zip(later).all(|(earlier, later)| later.is_empty() || earlier == later)
}

/// An element always has the keys that name it, even where the patch sets nothing else.
fn with_keys(mut value: Value, item: &Value, keys: &[CompactString]) -> Value {
    if let (Kind::Map(map), Some(patch)) = (&mut value.kind, item.as_map()) {
        for key in keys {
            if map.get(key).is_none()
                && let Some(field) = patch.field(key).filter(|field| !field.value.is_null())
            {
                map.insert(key.clone(), field.clone());
            }
        }
    }
    value
}

/// Mapping, list or scalar: the three that cannot be laid over one another.
/// The fields of an element that tell which one it is. What merges says them to find the element, not to set them.
fn identity_of(item: Option<&Value>, keys: &[CompactString]) -> Vec<(CompactString, Field)> {
    let map = item.and_then(Value::as_map);
    keys.iter().filter_map(|key| Some((key.clone(), map?.field(key)?.clone()))).collect()
}

/// Puts back the fields of an identity where they still say the same.
fn identified(value: &mut Value, identity: Vec<(CompactString, Field)>) {
    let Kind::Map(map) = &mut value.kind else { return };
    for (key, field) in identity {
        if let Some(place) = map.field_mut(&key).filter(|place| place.value.kind == field.value.kind) {
            *place = field;
        }
    }
}

fn sort(value: &Value) -> u8 {
    match value.kind {
        Kind::Map(_) => 0,
        Kind::List(_) => 1,
        _ => 2,
    }
}

fn directive(patch: &Map) -> Result<Directive, SyntaxError> {
    let Some(value) = patch.get(DIRECTIVE) else { return Ok(Directive::Merge) };
    match value.as_text() {
        Some("merge") => Ok(Directive::Merge),
        Some("replace") => Ok(Directive::Replace),
        Some("delete") => Ok(Directive::Delete),
        _ => Err(SyntaxError::new(value.span, "the directive has to be `merge`, `replace` or `delete`")),
    }
}

/// The elements of a list without the one that is nothing but a directive for the list.
fn list_directive(patch: &[Value]) -> (Vec<&Value>, Directive) {
    let alone = |item: &Value| {
        let map = item.as_map().filter(|map| map.len() == 1)?;
        directive(map).ok().filter(|_| map.get(DIRECTIVE).is_some())
    };
    let found = patch.iter().find_map(alone);
    (patch.iter().filter(|item| alone(item).is_none()).collect(), found.unwrap_or(Directive::Merge))
}
