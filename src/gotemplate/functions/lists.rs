//! Functions of lists.

use super::arguments::{Arguments, plain};
use super::numbers::to_int;
use super::types::{deep_equal, kind_name};
use crate::call::Call;
use crate::value::{Kind, List, Value};

type Result = std::result::Result<Value, String>;

/// The elements of a list; else the error that `what` cannot be done.
fn items(value: &Value, what: &str) -> std::result::Result<List, String> {
    match &plain(value).kind {
        Kind::List(list) => Ok(list.clone()),
        Kind::Nil => Err("runtime error: invalid memory address or nil pointer dereference".to_owned()),
        _ => Err(format!("{what} type {}", kind_name(value))),
    }
}

pub(super) fn list(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok(Value::list(args.to_vec()))
}

pub(super) fn first(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok(items(Arguments(args).value(0), "Cannot find first on")?.first().cloned().unwrap_or_default())
}

pub(super) fn last(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok(items(Arguments(args).value(0), "Cannot find last on")?.last().cloned().unwrap_or_default())
}

pub(super) fn rest(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let list = items(Arguments(args).value(0), "Cannot find rest on")?;
    Ok(Value::list(list.get(1..).unwrap_or_default().to_vec()))
}

pub(super) fn initial(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let list = items(Arguments(args).value(0), "Cannot find initial on")?;
    Ok(Value::list(list.split_last().map_or(Vec::new(), |(_, initial)| initial.to_vec())))
}

pub(super) fn append(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let mut list = items(args.value(0), "Cannot push on")?.to_vec();
    call.list_fits(list.len() + 1)?;
    list.push(args.value(1).clone());
    Ok(Value::list(list))
}

pub(super) fn prepend(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let list = items(args.value(0), "Cannot prepend on")?;
    call.list_fits(list.len() + 1)?;
    Ok(Value::list(std::iter::once(args.value(1)).chain(list.iter()).cloned().collect()))
}

pub(super) fn concat(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let mut out = Vec::new();
    for arg in args {
        let list = items(arg, "Cannot concat").map_err(|error| match &plain(arg).kind {
            Kind::Nil => error,
            _ => format!("{error} as list"),
        })?;
        call.list_fits(out.len() + list.len())?;
        call.charge(list.len())?;
        out.extend(list.iter().cloned());
    }
    Ok(Value::list(out))
}

pub(super) fn reverse(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let list = items(Arguments(args).value(0), "Cannot find reverse on")?;
    Ok(Value::list(list.iter().rev().cloned().collect()))
}

pub(super) fn compact(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let list = items(Arguments(args).value(0), "Cannot compact on")?;
    Ok(Value::list(list.iter().filter(|item| item.truth()).cloned().collect()))
}

/// Whether one of `items` equals `value`; the comparisons are paid for.
fn holds(call: &mut Call<'_, '_>, items: &[Value], value: &Value) -> std::result::Result<bool, String> {
    call.charge(items.len())?;
    for item in items {
        if deep_equal(call, item, value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn uniq(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let list = items(Arguments(args).value(0), "Cannot find uniq on")?;
    let mut out = Vec::new();
    for item in list.iter() {
        if !holds(call, &out, item)? {
            out.push(item.clone());
        }
    }
    Ok(Value::list(out))
}

pub(super) fn without(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let list = items(args.value(0), "Cannot find without on")?;
    let mut out = Vec::new();
    for item in list.iter() {
        if !holds(call, args.rest(1), item)? {
            out.push(item.clone());
        }
    }
    Ok(Value::list(out))
}

pub(super) fn has(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    if args.value(1).is_nil() {
        return Ok(false.into());
    }
    let list = items(args.value(1), "Cannot find has on")?;
    Ok(holds(call, &list, args.value(0))?.into())
}

pub(super) fn slice(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let given = Arguments(args);
    let list = items(given.value(0), "list should be")
        .map_err(|error| error.replace("list should be type", "list should be type of slice or array but"))?;
    if list.is_empty() {
        return Ok(Value::NIL);
    }
    let index = |at: usize, default: usize| match args.get(at) {
        Some(value) => usize::try_from(to_int(value)).ok(),
        None => Some(default),
    };
    let part = match (index(1, 0), index(2, list.len())) {
        (Some(start), Some(end)) => list.get(start..end),
        _ => None,
    };
    part.map(|part| Value::list(part.to_vec())).ok_or("reflect.Value.Slice: slice index out of bounds".to_owned())
}

pub(super) fn chunk(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let size = args.int(0)?;
    let list = items(args.value(1), "Cannot chunk")?;
    let size = usize::try_from(size).ok().filter(|size| *size > 0);
    let size = size.ok_or("runtime error: makeslice: len out of range")?;
    call.charge(list.len())?;
    Ok(Value::list(list.chunks(size).map(|chunk| Value::list(chunk.to_vec())).collect()))
}
