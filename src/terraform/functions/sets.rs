//! Sets.

use std::collections::HashSet;

use stockade_source::Span;

use super::lists::to_set;
use super::{Fault, Outcome, seq_arg};
use crate::encode::identity;
use crate::types::Ty;
use crate::value::{K, MAX_NODES, SeqKind, Val};

/// The elements of every argument, all of one type.
fn unified(args: &[Val]) -> Result<Vec<Vec<Val>>, Fault> {
    let lists = (0..args.len()).map(|at| seq_arg(args, at)).collect::<Result<Vec<_>, _>>()?;
    let elem = Ty::common(lists.iter().flat_map(|list| &list.items)).ok_or(Fault::Invalid)?;
    // Only now may elements be unknown.
    if let Some(why) = args.iter().find_map(|arg| if arg.is_whole() { None } else { arg.why() }) {
        return Err(Fault::Unknown(why));
    }
    let convert = |item: Val| crate::convert::convert(&item, &elem).map_err(|_| Fault::Invalid);
    args.iter().map(|arg| arg.children().into_iter().map(convert).collect()).collect()
}

pub(super) fn union(args: &[Val], span: Span) -> Outcome {
    to_set(unified(args)?.into_iter().flatten().collect(), span)
}

pub(super) fn intersection(args: &[Val], span: Span) -> Outcome {
    let lists = unified(args)?;
    let others: Vec<HashSet<String>> = lists.iter().skip(1).map(|list| list.iter().map(identity).collect()).collect();
    let kept = lists.into_iter().next().unwrap_or_default().into_iter();
    to_set(kept.filter(|item| others.iter().all(|other| other.contains(&identity(item)))).collect(), span)
}

pub(super) fn subtract(args: &[Val], span: Span) -> Outcome {
    let lists = unified(args)?;
    let [from, away] = lists.as_slice() else { return Err(Fault::Invalid) };
    let away: HashSet<String> = away.iter().map(identity).collect();
    to_set(from.iter().filter(|item| !away.contains(&identity(item))).cloned().collect(), span)
}

pub(super) fn product(args: &[Val], span: Span) -> Outcome {
    let mut size = 1usize;
    let mut all_sets = true;
    if args.iter().any(|arg| !matches!(arg.kind, K::Seq(_)) && !arg.is_unknown()) {
        return Err(Fault::Invalid);
    }
    for at in 0..args.len() {
        let seq = seq_arg(args, at)?;
        size = size.saturating_mul(seq.items.len());
        all_sets &= seq.kind == SeqKind::Set;
    }
    // Of nothing, no combination is made, whatever the others hold.
    if size > 0
        && let Some(why) = args.iter().find_map(|arg| if arg.is_whole() { None } else { arg.why() })
    {
        return Err(Fault::Unknown(why));
    }
    if size.saturating_mul(args.len()) > MAX_NODES as usize || args.len() < 2 {
        return Err(if args.len() < 2 { Fault::Invalid } else { Fault::Limit });
    }
    let mut rows: Vec<Vec<Val>> = vec![Vec::new()];
    for arg in args {
        let items = arg.children();
        let elem = Ty::unify(&items.iter().map(Ty::of).collect::<Vec<_>>()).ok_or(Fault::Invalid)?;
        let one = |item: &Val| crate::convert::convert(item, &elem).map_err(|_| Fault::Invalid);
        let items: Vec<Val> = items.iter().map(one).collect::<Result<_, _>>()?;
        rows = rows
            .iter()
            .flat_map(|row| items.iter().map(|item| [row.as_slice(), std::slice::from_ref(item)].concat()))
            .collect();
    }
    let rows: Vec<Val> = rows.into_iter().map(|row| K::tuple(row).at(span)).collect();
    if all_sets {
        return to_set(rows, span);
    }
    let types: Vec<Ty> = rows.iter().map(Ty::of).collect();
    let elem = Ty::unify(&types).ok_or(Fault::Unsupported)?;
    Ok(K::list(rows, elem).at(span))
}
