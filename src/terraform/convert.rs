//! Conversion between types.

use std::collections::HashSet;
use std::sync::Arc;

use stockade_model::Why;

use crate::encode;
use crate::number::Number;
use crate::types::{Attr, Ty};
use crate::value::{Entry, Fields, K, MapKind, Seq, SeqKind, Val};

/// A value converted to a type, or why it cannot be; what is unknown stays so.
pub(crate) fn convert(val: &Val, ty: &Ty) -> Result<Val, String> {
    let kind = match (&val.kind, ty) {
        (_, Ty::Any) | (K::Resource(_) | K::Module(_) | K::Many(..), _) => return Ok(val.clone()),
        (K::Null(from) | K::Unknown(_, from), _) if !from.converts_to(ty) => {
            return Err("the value has another type".into());
        }
        (K::Null(_), _) => K::Null(ty.clone()),
        (K::Unknown(why, _), _) => K::Unknown(why.clone(), ty.clone()),
        (K::Text(_) | K::Template(_), Ty::Text) | (K::Bool(_), Ty::Bool) | (K::Number(_), Ty::Number) => {
            return Ok(val.clone());
        }
        (K::Bool(b), Ty::Text) => K::text(if *b { "true" } else { "false" }),
        (K::Number(n), Ty::Text) => K::text(n.to_string()),
        (K::Text(text), Ty::Number) => K::Number(parse_number(text).ok_or("a number is required")?),
        (K::Text(text), Ty::Bool) => match &**text {
            "true" | "1" => K::Bool(true),
            "false" | "0" => K::Bool(false),
            _ => return Err("a bool is required".into()),
        },
        (K::Template(_), Ty::Number | Ty::Bool) => match val.why() {
            Some(why) => K::Unknown(why, ty.clone()),
            None => return Err("a number or bool is required".into()),
        },
        (K::Seq(seq), Ty::List(elem)) => sequence(seq, SeqKind::List, elem)?,
        (K::Seq(seq), Ty::Set(elem)) => sequence(seq, SeqKind::Set, elem)?,
        (K::Seq(seq), Ty::Tuple(types)) => {
            if seq.items.len() != types.len() || seq.kind == SeqKind::Set {
                return Err(format!("a tuple of {} elements is required", types.len()));
            }
            let items = seq.items.iter().zip(types.iter()).map(|(item, ty)| convert(item, ty));
            K::seq(SeqKind::Tuple, items.collect::<Result<_, _>>()?, seq.open.clone(), Ty::Any)
        }
        (K::Map(map), Ty::Map(elem)) => {
            let elem = match &**elem {
                Ty::Any if map.kind == MapKind::Map => map.elem.clone(),
                Ty::Any => {
                    let types: Vec<Ty> = map.fields.values().map(|e| Ty::of(&e.value)).collect();
                    Ty::unify(&types).ok_or("all elements of a map must have the same type")?
                }
                elem => elem.clone(),
            };
            let mut fields = Fields::default();
            for (name, entry) in &map.fields {
                fields.insert(name.clone(), Entry { value: convert(&entry.value, &elem)?, ..*entry });
            }
            K::map(MapKind::Map, fields, map.head, map.open.clone(), elem)
        }
        (K::Map(map), Ty::Object(attrs)) => {
            let mut fields = Fields::default();
            for (name, entry) in &map.fields {
                if let Some(attr) = attrs.get(name) {
                    let value = match (&entry.value.kind, &attr.default) {
                        (K::Null(_), Some(default)) => convert(default, &attr.ty)?,
                        _ => convert(&entry.value, &attr.ty)?,
                    };
                    fields.insert(name.clone(), Entry { value, ..*entry });
                }
            }
            for (name, attr) in attrs.iter() {
                if !fields.contains_key(name) {
                    let value = missing(attr, map.open.as_ref(), val)
                        .ok_or_else(|| format!("attribute `{name}` is required"))?;
                    fields.insert(name.clone(), Entry { key: value.span, entry: value.span, value });
                }
            }
            K::map(MapKind::Object, fields, map.head, None, Ty::Any)
        }
        _ => return Err("the value has another type".into()),
    };
    Ok(Val { kind, ..val.clone() })
}

/// The value of an attribute that an object does not have.
fn missing(attr: &Attr, open: Option<&Arc<Why>>, val: &Val) -> Option<Val> {
    if let Some(why) = open {
        return Some(K::Unknown(why.clone(), attr.ty.clone()).at(val.span));
    }
    let default = || attr.default.as_ref().and_then(|d| convert(d, &attr.ty).ok());
    attr.optional.then(|| default().unwrap_or_else(|| K::Null(attr.ty.clone()).at(val.span)))
}

fn sequence(seq: &Seq, kind: SeqKind, elem: &Ty) -> Result<K, String> {
    let elem = match elem {
        Ty::Any if matches!(seq.kind, SeqKind::List | SeqKind::Set) => seq.elem.clone(),
        Ty::Any => Ty::common(seq.items.iter()).ok_or("all elements must have the same type")?,
        elem => elem.clone(),
    };
    let items: Vec<Val> = seq.items.iter().map(|item| convert(item, &elem)).collect::<Result<_, _>>()?;
    Ok(if kind == SeqKind::Set {
        set(items, seq.open.clone(), elem)
    } else {
        K::seq(kind, items, seq.open.clone(), elem)
    })
}

/// A set: without repeats, and sorted where its elements have an order.
pub(crate) fn set(items: Vec<Val>, open: Option<Arc<Why>>, elem: Ty) -> K {
    let mut seen = HashSet::new();
    let mut items: Vec<Val> =
        items.into_iter().filter(|item| !item.is_whole() || seen.insert(encode::identity(item))).collect();
    match elem {
        Ty::Text => items.sort_by(|a, b| a.as_text().cmp(&b.as_text())),
        Ty::Number => items.sort_by(|a, b| match (&a.kind, &b.kind) {
            (K::Number(a), K::Number(b)) => a.cmp(b),
            _ => std::cmp::Ordering::Equal,
        }),
        Ty::Bool => items.sort_by_key(Val::as_bool),
        // Terraform compares the bytes that it hashes.
        _ => items.sort_by_cached_key(encode::hashed),
    }
    // Null comes last.
    items.sort_by_key(Val::is_null);
    K::seq(SeqKind::Set, items, open, elem)
}

/// Reads a number as Terraform does: `+5`, `.5` and `5.` are numbers too.
pub(crate) fn parse_number(text: &str) -> Option<Number> {
    Number::parse(text).filter(|n| !n.is_infinite())
}
