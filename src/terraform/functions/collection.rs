//! Maps, and what takes any collection.

use std::sync::Arc;

use compact_str::CompactString;
use stockade_hcl::BinaryOp;
use stockade_source::Span;

use super::clusters::clusters;
use super::{Fault, Outcome, arg, first, seq_arg, text_arg, why};
use crate::convert::convert;
use crate::eval::key_text;
use crate::operators::equal;
use crate::types::Ty;
use crate::value::{Entry, Fields, K, MapKind, Mapping, SeqKind, Val};

pub(super) fn alltrue(args: &[Val], span: Span) -> Outcome {
    truth(args, span, BinaryOp::And)
}

pub(super) fn anytrue(args: &[Val], span: Span) -> Outcome {
    truth(args, span, BinaryOp::Or)
}

/// One element that decides is enough; null is false.
fn truth(args: &[Val], span: Span, op: BinaryOp) -> Outcome {
    let list = first(args)?;
    let K::Seq(seq) = &list.kind else { return Err(why(list)) };
    let decides = op == BinaryOp::Or;
    let mut unknown = seq.open.clone();
    for item in &seq.items {
        match convert(item, &Ty::Bool).map_err(|_| Fault::Invalid)?.kind {
            K::Bool(b) if b == decides => return Ok(K::Bool(decides).at(span).through_all([item])),
            K::Null(_) if !decides => return Ok(K::Bool(false).at(span).through_all([item])),
            K::Bool(_) | K::Null(_) => {}
            _ => unknown = item.why(),
        }
    }
    match unknown {
        Some(why) => Err(Fault::Unknown(why)),
        None => Ok(K::Bool(!decides).at(span).through_all(args)),
    }
}

pub(super) fn coalesce(args: &[Val], span: Span) -> Outcome {
    let types: Vec<Ty> = args.iter().map(Ty::of).collect();
    let ty = Ty::unify(&types).ok_or(Fault::Invalid)?;
    for (at, val) in args.iter().enumerate() {
        let empty = matches!(&val.kind, K::Text(text) if text.is_empty());
        if val.is_null() || empty {
            continue;
        }
        if val.is_unknown() || matches!(val.kind, K::Template(_)) && equal(val, &K::text("").at(span)) != Some(false) {
            let unknown = K::Unknown(val.why().ok_or(Fault::Invalid)?, ty);
            return Ok(unknown.at(span).through_all(&args[at..]));
        }
        // Terraform passes over what it cannot convert.
        if let Ok(val) = convert(val, &ty) {
            return Ok(Val { span, ..val });
        }
    }
    Err(Fault::Invalid)
}

pub(super) fn contains(args: &[Val], span: Span) -> Outcome {
    let (list, wanted) = (first(args)?, arg(args, 1)?);
    if wanted.is_null() {
        return Err(Fault::Invalid);
    }
    let K::Seq(seq) = &list.kind else { return Err(why(list)) };
    let mut unknown = seq.open.clone();
    for item in &seq.items {
        match equal(item, wanted) {
            Some(true) => return Ok(K::Bool(true).at(span).through_all(args)),
            Some(false) => {}
            None => unknown = item.why().or_else(|| wanted.why()),
        }
    }
    match unknown {
        Some(why) => Err(Fault::Unknown(why)),
        None => Ok(K::Bool(false).at(span).through_all(args)),
    }
}

/// A mapping all of whose keys are known.
fn map_arg(args: &[Val], at: usize) -> Result<&Arc<Mapping>, Fault> {
    let val = arg(args, at)?;
    match &val.kind {
        K::Map(map) => match &map.open {
            Some(why) => Err(Fault::Unknown(why.clone())),
            None => Ok(map),
        },
        _ => Err(why(val)),
    }
}

pub(super) fn keys(args: &[Val], span: Span) -> Outcome {
    let map = map_arg(args, 0)?;
    let items =
        map.sorted().into_iter().map(|(name, entry)| args[0].child(&K::text(name).at(entry.key), None)).collect();
    Ok(if map.kind == MapKind::Map { K::list(items, Ty::Text) } else { K::tuple(items) }.at(span))
}

pub(super) fn values(args: &[Val], span: Span) -> Outcome {
    let map = map_arg(args, 0)?;
    let items = map.sorted().into_iter().map(|(name, entry)| args[0].child(&entry.value, Some(name))).collect();
    Ok(if map.kind == MapKind::Map { K::list(items, map.elem.clone()) } else { K::tuple(items) }.at(span))
}

pub(super) fn length(args: &[Val], span: Span) -> Outcome {
    let val = first(args)?;
    let kind = match &val.kind {
        K::Seq(seq) => {
            let items = &seq_arg(args, 0)?.items;
            match items.iter().find(|item| !item.is_whole()).and_then(Val::why) {
                // Unknown elements of a set may turn out to be the same.
                Some(why) if seq.kind == SeqKind::Set && items.len() > 1 => return Err(Fault::Unknown(why)),
                _ => K::int(items.len()),
            }
        }
        K::Map(_) => K::int(map_arg(args, 0)?.fields.len()),
        K::Text(text) => K::int(clusters(text).len()),
        _ => return Err(why(val)),
    };
    Ok(kind.at(span).through([val]))
}

pub(super) fn lookup(args: &[Val], span: Span) -> Outcome {
    let (map, key) = (first(args)?, text_arg(args, 1)?);
    let K::Map(fields) = &map.kind else { return Err(why(map)) };
    if let Some(entry) = fields.fields.get(&*key) {
        return Ok(map.child(&entry.value, Some(&key)).chosen_by(&args[1]));
    }
    if let Some(why) = &fields.open {
        return Err(Fault::Unknown(why.clone()));
    }
    let default = args.get(2).ok_or(Fault::Invalid)?;
    let default = if fields.kind == MapKind::Map {
        convert(default, &fields.elem).map_err(|_| Fault::Invalid)?
    } else {
        default.clone()
    };
    Ok(Val { span, ..default })
}

pub(super) fn merge(args: &[Val], span: Span) -> Outcome {
    let mut fields = Fields::default();
    let mut open = None;
    let mut elem: Option<Ty> = None;
    let mut maps = true;
    for val in args {
        match &val.kind {
            K::Null(Ty::Any | Ty::Map(_) | Ty::Object(_)) => maps = false,
            K::Map(map) => {
                maps &= map.kind == MapKind::Map && elem.as_ref().is_none_or(|elem| *elem == map.elem);
                elem = Some(map.elem.clone());
                if let Some(why) = &map.open {
                    forget(&mut fields, why);
                    open = Some(why.clone());
                }
                for (name, entry) in &map.fields {
                    fields.insert(name.clone(), Entry { value: val.child(&entry.value, Some(name)), ..*entry });
                }
            }
            _ => {
                let why = val.why().ok_or(Fault::Invalid)?;
                forget(&mut fields, &why);
                open = Some(why);
                maps = false;
            }
        }
    }
    let (kind, elem) =
        if maps && elem.is_some() { (MapKind::Map, elem.unwrap_or(Ty::Any)) } else { (MapKind::Object, Ty::Any) };
    let out = K::map(kind, fields, span, open, elem).at(span);
    // What names resources without saying what is in them.
    Ok(out.through(args.iter().filter(|val| val.is_unknown())))
}

/// Something unknown may give any of these fields another value.
fn forget(fields: &mut Fields, why: &Arc<stockade_model::Why>) {
    for entry in fields.values_mut() {
        let span = entry.value.span;
        let old = std::mem::replace(&mut entry.value, K::Unknown(why.clone(), Ty::Any).at(span));
        entry.value = K::Unknown(why.clone(), Ty::Any).at(span).through_all([&old]);
    }
}

pub(super) fn transpose(args: &[Val], span: Span) -> Outcome {
    let mut groups: indexmap::IndexMap<CompactString, Vec<Val>> = indexmap::IndexMap::new();
    for (name, entry) in map_arg(args, 0)?.sorted() {
        let list = args[0].child(&entry.value, Some(name));
        if !matches!(list.kind, K::Seq(_)) {
            return Err(Fault::Invalid);
        }
        for item in list.children() {
            let key = key_text(&item).map_err(|_| Fault::Invalid)?;
            groups.entry(key).or_default().push(K::text(name).at(entry.key));
        }
    }
    let mut fields = Fields::default();
    for (key, mut names) in groups {
        names.sort_by(|a, b| a.as_text().cmp(&b.as_text()));
        fields.insert(key, Entry { key: span, entry: span, value: K::list(names, Ty::Text).at(span) });
    }
    Ok(K::map(MapKind::Map, fields, span, None, Ty::List(Arc::new(Ty::Text))).at(span))
}

pub(super) fn zipmap(args: &[Val], span: Span) -> Outcome {
    let (names, values) = (seq_arg(args, 0)?, seq_arg(args, 1)?);
    if values.kind == SeqKind::Set {
        return Err(Fault::Invalid);
    }
    if names.items.len() != values.items.len() {
        return Err(Fault::Invalid);
    }
    let mut fields = Fields::default();
    for (name, value) in names.items.iter().zip(args[1].children()) {
        let key = key_text(name).map_err(|why| why.map_or(Fault::Invalid, Fault::Unknown))?;
        fields.insert(key, Entry { key: name.span, entry: value.span, value });
    }
    let kind = if values.kind == SeqKind::List { MapKind::Map } else { MapKind::Object };
    Ok(K::map(kind, fields, span, None, values.elem.clone()).at(span))
}

pub(super) fn one(args: &[Val], span: Span) -> Outcome {
    let list = first(args)?;
    match list.kind {
        K::Seq(_) => {}
        _ => return Err(why(list)),
    }
    match seq_arg(args, 0)?.items.as_slice() {
        [] => Ok(K::Null(Ty::Any).at(span)),
        [item] => Ok(list.child(item, None)),
        _ => Err(Fault::Invalid),
    }
}
