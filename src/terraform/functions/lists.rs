//! Lists.

use std::collections::HashSet;
use std::sync::Arc;

use stockade_model::Why;
use stockade_source::Span;

use super::{Fault, Outcome, arg, first, int_arg, number_arg, seq_arg, why};
use crate::convert::{convert, set};
use crate::encode::identity;
use crate::number::Number;
use crate::operators::equal;
use crate::types::Ty;
use crate::value::{K, SeqKind, Val};

/// How many numbers `range` gives, by Terraform's own rule.
const MAX_RANGE: usize = 1_024;

/// Elements as a list where they have one type, else as a tuple.
fn list(items: Vec<Val>, span: Span) -> Val {
    let types: Vec<Ty> = items.iter().map(Ty::of).collect();
    match Ty::unify(&types) {
        Some(elem) => {
            let items = items.iter().map(|item| convert(item, &elem).unwrap_or_else(|_| item.clone())).collect();
            K::list(items, elem).at(span)
        }
        None => K::tuple(items).at(span),
    }
}

pub(super) fn chunklist(args: &[Val], span: Span) -> Outcome {
    seq_arg(args, 0)?;
    as_list(&args[0])?;
    let size = usize::try_from(int_arg(args, 1)?).map_err(|_| Fault::Invalid)?;
    let items = args[0].children();
    if items.is_empty() {
        return Ok(K::tuple(Vec::new()).at(span));
    }
    let size = if size == 0 { items.len() } else { size };
    let chunks = items.chunks(size).map(|chunk| list(chunk.to_vec(), span)).collect();
    Ok(list(chunks, span))
}

pub(super) fn coalescelist(args: &[Val], span: Span) -> Outcome {
    let listed = |val: &Val| match &val.kind {
        K::Seq(seq) => seq.kind != SeqKind::Set,
        K::Null(ty) => matches!(ty, Ty::List(_) | Ty::Tuple(_)),
        _ => val.is_unknown(),
    };
    if !args.iter().all(listed) {
        return Err(Fault::Invalid);
    }
    for val in args {
        match &val.kind {
            K::Null(_) => {}
            K::Seq(seq) if seq.items.is_empty() => {
                if let Some(why) = &seq.open {
                    return Err(Fault::Unknown(why.clone()));
                }
            }
            K::Seq(_) => return Ok(Val { span, ..val.clone() }),
            _ => return Err(why(val)),
        }
    }
    Err(Fault::Invalid)
}

pub(super) fn compact(args: &[Val], span: Span) -> Outcome {
    let list = first(args)?;
    let K::Seq(seq) = &list.kind else { return Err(why(list)) };
    let mut open = seq.open.clone();
    let mut items = Vec::new();
    for item in list.children() {
        let item = convert(&item, &Ty::Text).map_err(|_| Fault::Invalid)?;
        match &item.kind {
            K::Null(_) => {}
            K::Text(text) if text.is_empty() => {}
            K::Text(_) => items.push(item),
            K::Template(parts) if parts.iter().any(|part| matches!(part, stockade_model::Part::Known(_))) => {
                items.push(item)
            }
            _ => open = item.why(),
        }
    }
    Ok(K::seq(SeqKind::List, items, open, Ty::Text).at(span))
}

pub(super) fn concat(args: &[Val], span: Span) -> Outcome {
    let mut items = Vec::new();
    let mut open = None;
    let mut elem: Option<Ty> = None;
    let mut lists = true;
    for val in args {
        match &val.kind {
            K::Seq(seq) if seq.kind == SeqKind::Set => return Err(Fault::Invalid),
            K::Seq(seq) => {
                lists &= seq.kind == SeqKind::List && elem.as_ref().is_none_or(|elem| *elem == seq.elem);
                elem = Some(seq.elem.clone());
                open = open.or_else(|| seq.open.clone());
                items.extend(val.children());
            }
            _ => {
                open = Some(val.why().ok_or(Fault::Invalid)?);
                lists = false;
            }
        }
    }
    let kind = if lists { SeqKind::List } else { SeqKind::Tuple };
    // Lists of different types become lists of the type of both.
    let all_lists = args.iter().all(|val| matches!(&val.kind, K::Seq(seq) if seq.kind == SeqKind::List));
    if all_lists && !lists && open.is_none() {
        let list = list(items, span);
        return Ok(list);
    }
    let out = K::seq(kind, items, open, elem.filter(|_| lists).unwrap_or(Ty::Any)).at(span);
    Ok(out.through(args.iter().filter(|val| val.is_unknown())))
}

pub(super) fn distinct(args: &[Val], span: Span) -> Outcome {
    seq_arg(args, 0)?;
    let mut seen = HashSet::new();
    let items = as_list(&args[0])?.into_iter().filter(|item| seen.insert(identity(item))).collect();
    Ok(list(items, span))
}

/// The elements with the one type that the list has.
fn as_list(val: &Val) -> Result<Vec<Val>, Fault> {
    let val = convert(val, &Ty::List(Arc::new(Ty::Any))).map_err(|_| Fault::Invalid)?;
    Ok(val.children())
}

pub(super) fn element(args: &[Val], _span: Span) -> Outcome {
    let seq = seq_arg(args, 0)?;
    let length = i64::try_from(seq.items.len()).map_err(|_| Fault::Invalid)?;
    let at = int_arg(args, 1)?;
    if length == 0 || at < 0 && seq.kind == SeqKind::Tuple || seq.kind == SeqKind::Set {
        return Err(Fault::Invalid);
    }
    let item = usize::try_from(at.rem_euclid(length)).ok().and_then(|at| seq.items.get(at)).ok_or(Fault::Invalid)?;
    Ok(args[0].child(item, None).chosen_by(&args[1]))
}

pub(super) fn flatten(args: &[Val], span: Span) -> Outcome {
    let list = first(args)?;
    if !matches!(list.kind, K::Seq(_)) {
        // Terraform looks at the type only when it knows all of the value.
        return Err(list.why().map_or(Fault::Invalid, Fault::Unknown));
    }
    let mut items = Vec::new();
    let mut open = None;
    let mut sensitive = false;
    spread(list, &mut items, &mut open, &mut sensitive);
    Ok(Val { sensitive, ..K::seq(SeqKind::Tuple, items, open, Ty::Any).at(span) })
}

/// The depth of values is bounded, and so is this. A mark on a list within the list marks all that comes out.
fn spread(val: &Val, out: &mut Vec<Val>, open: &mut Option<Arc<Why>>, sensitive: &mut bool) {
    match &val.kind {
        K::Seq(seq) => {
            *open = open.take().or_else(|| seq.open.clone());
            *sensitive |= val.sensitive;
            for item in val.children() {
                spread(&item, out, open, sensitive);
            }
        }
        // It may be a list of any length.
        K::Unknown(why, ty) if !matches!(ty, Ty::Text | Ty::Number | Ty::Bool | Ty::Map(_) | Ty::Object(_)) => {
            *open = Some(why.clone());
        }
        _ => out.push(val.clone()),
    }
}

pub(super) fn index(args: &[Val], span: Span) -> Outcome {
    if seq_arg(args, 0)?.kind == SeqKind::Set || arg(args, 1)?.is_null() {
        return Err(Fault::Invalid);
    }
    for (at, item) in seq_arg(args, 0)?.items.iter().enumerate() {
        match equal(item, &args[1]) {
            Some(true) => return Ok(K::int(at).at(span).through([item, &args[1]])),
            Some(false) => {}
            None => return Err(item.why().or_else(|| args[1].why()).map_or(Fault::Invalid, Fault::Unknown)),
        }
    }
    Err(Fault::Invalid)
}

pub(super) fn matchkeys(args: &[Val], span: Span) -> Outcome {
    let (values, keys, wanted) = (seq_arg(args, 0)?, seq_arg(args, 1)?, seq_arg(args, 2)?);
    if values.items.len() != keys.items.len() {
        return Err(Fault::Invalid);
    }
    if let Some(why) = args.iter().find_map(|arg| if arg.is_whole() { None } else { arg.why() }) {
        return Err(Fault::Unknown(why));
    }
    // Both become lists of one type.
    let types: Vec<Ty> = keys.items.iter().chain(&wanted.items).map(Ty::of).collect();
    let ty = Ty::unify(&types).ok_or(Fault::Invalid)?;
    let same = |items: &[Val]| -> Result<Vec<String>, Fault> {
        let one = |item: &Val| convert(item, &ty).map(|item| identity(&item)).map_err(|_| Fault::Invalid);
        items.iter().map(one).collect()
    };
    let keys = same(&keys.items)?;
    let wanted: HashSet<String> = same(&wanted.items)?.into_iter().collect();
    let pairs = args[0].children().into_iter().zip(&keys);
    let items: Vec<Val> = pairs.filter(|(_, key)| wanted.contains(*key)).map(|(value, _)| value).collect();
    Ok(list(items, span))
}

pub(super) fn range(args: &[Val], span: Span) -> Outcome {
    let zero = Number::from(0);
    let (start, limit, step) = match args.len() {
        1 => (zero.clone(), number_arg(args, 0)?, None),
        _ => (number_arg(args, 0)?, number_arg(args, 1)?, args.get(2).map(|_| number_arg(args, 2)).transpose()?),
    };
    let down = if args.len() == 3 { step.as_ref().is_some_and(|step| *step < zero) } else { limit < start };
    let step = step.unwrap_or(Number::from(if down { -1 } else { 1 }));
    if start != limit && (step == zero || down != (limit < start)) {
        return Err(Fault::Invalid);
    }
    let mut items = Vec::new();
    let mut at = start;
    while if down { at > limit } else { at < limit } {
        if items.len() >= MAX_RANGE {
            return Err(Fault::Invalid);
        }
        let next = at.add(&step)?;
        items.push(K::Number(at).at(span));
        at = next;
    }
    Ok(K::list(items, Ty::Number).at(span))
}

pub(super) fn reverse(args: &[Val], span: Span) -> Outcome {
    let seq = seq_arg(args, 0)?;
    let mut items = args[0].children();
    items.reverse();
    let kind = if seq.kind == SeqKind::Tuple { SeqKind::Tuple } else { SeqKind::List };
    Ok(K::seq(kind, items, None, seq.elem.clone()).at(span))
}

pub(super) fn slice(args: &[Val], span: Span) -> Outcome {
    let seq = seq_arg(args, 0)?;
    let bound = |at: usize| int_arg(args, at).and_then(|n| usize::try_from(n).map_err(|_| Fault::Invalid));
    let (start, end) = (bound(1)?, bound(2)?);
    if start > end || end > seq.items.len() || seq.kind == SeqKind::Set {
        return Err(Fault::Invalid);
    }
    let items = args[0].children().drain(start..end).collect();
    Ok(K::seq(seq.kind, items, None, seq.elem.clone()).at(span).through([arg(args, 1)?, arg(args, 2)?]))
}

pub(super) fn sort(args: &[Val], span: Span) -> Outcome {
    seq_arg(args, 0)?;
    let val = convert(&args[0], &Ty::List(Arc::new(Ty::Text))).map_err(|_| Fault::Invalid)?;
    let mut items = val.children();
    if items.iter().any(Val::is_null) {
        return Err(Fault::Invalid);
    }
    items.sort_by(|a, b| a.as_text().cmp(&b.as_text()));
    Ok(K::list(items, Ty::Text).at(span))
}

/// A set of elements of one type.
pub(super) fn to_set(items: Vec<Val>, span: Span) -> Outcome {
    let elem = Ty::common(items.iter()).ok_or(Fault::Invalid)?;
    let items = items.iter().map(|item| convert(item, &elem)).collect::<Result<_, _>>().map_err(|_| Fault::Invalid)?;
    Ok(set(items, None, elem).at(span))
}
