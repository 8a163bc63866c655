//! Merging and copying maps.

use std::collections::BTreeMap;

use super::arguments::{Arguments, as_map};
use crate::call::Call;
use crate::value::{Kind, Map, Value};

/// How deep maps are followed; a map may hold itself.
const DEPTH: usize = 200;

/// What a copy of one value costs: it takes memory.
const COPY: usize = 10;

type Result = std::result::Result<Value, String>;

fn merged(call: &mut Call<'_, '_>, args: &[Value], overwrite: bool) -> Result {
    let args = Arguments(args);
    let into = args.map(0)?;
    let sources = args.rest(1).iter().map(as_map).collect::<std::result::Result<Vec<_>, _>>()?;
    for source in &sources {
        merge_into(call, &into, source, overwrite, 0)?;
    }
    Ok(Value { kind: Kind::Map(into), span: args.value(0).span })
}

fn merge_into(
    call: &mut Call<'_, '_>,
    into: &Map,
    source: &Map,
    overwrite: bool,
    depth: usize,
) -> std::result::Result<(), String> {
    if into.same(source) {
        return Ok(());
    }
    if depth == DEPTH {
        return Err("the maps are nested too deeply".to_owned());
    }
    call.charge(source.len())?;
    call.list_fits(into.len().max(source.len()))?;
    let entries: Vec<_> = source.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    for (key, value) in entries {
        if value.is_nil() {
            if overwrite {
                into.insert(key, value);
            }
            continue;
        }
        let old = into.get(&key);
        let filled = old.as_ref().is_some_and(Value::truth);
        if let (Some(Kind::Map(old)), Kind::Map(new)) = (old.as_ref().map(|old| &old.kind), &value.kind) {
            merge_into(call, old, new, overwrite, depth + 1)?;
            if filled {
                continue;
            }
        }
        if overwrite || !filled {
            into.insert(key, value);
        }
    }
    Ok(())
}

pub(super) fn merge(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    merged(call, args, false)
}

pub(super) fn merge_overwrite(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    merged(call, args, true)
}

pub(super) fn deep_copy(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let value = Arguments(args).value(0);
    if value.is_nil() {
        return Err("reflect: call of reflect.Value.Type on zero Value".to_owned());
    }
    copied(call, value, 0)
}

fn copied(call: &mut Call<'_, '_>, value: &Value, depth: usize) -> Result {
    if depth == DEPTH {
        return Err("the value is nested too deeply".to_owned());
    }
    let kind = match &value.kind {
        Kind::List(list) => {
            call.charge(COPY.saturating_mul(list.len() + 1))?;
            let items: std::result::Result<Vec<Value>, String> =
                list.iter().map(|item| copied(call, item, depth + 1)).collect();
            Kind::List(items?.into())
        }
        Kind::Map(map) if !map.is_struct() => {
            call.charge(COPY.saturating_mul(map.len() + 1))?;
            let entries: Vec<_> = map.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            let mut copy = BTreeMap::new();
            for (key, item) in entries {
                copy.insert(key, copied(call, &item, depth + 1)?);
            }
            Kind::Map(Map::new(copy))
        }
        other => other.clone(),
    };
    Ok(Value { kind, span: value.span })
}
