//! Functions of maps.

use std::collections::BTreeMap;

use super::arguments::{Arguments, as_map};
use crate::call::Call;
use crate::value::{Kind, Map, Value};

type Result = std::result::Result<Value, String>;

pub(super) fn dict(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let mut entries = BTreeMap::new();
    for pair in args.chunks(2) {
        let [key, rest @ ..] = pair else { continue };
        let value = rest.first().cloned().unwrap_or_else(|| "".into());
        entries.insert(key.printed()?.as_str().into(), value);
    }
    Ok(Value::map(entries))
}

pub(super) fn get(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(args.map(0)?.get(args.str(1)?).unwrap_or_else(|| "".into()))
}

pub(super) fn set(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (map, key) = (args.map(0)?, args.str(1)?);
    call.list_fits(map.len() + 1)?;
    map.insert(key, args.value(2).clone());
    Ok(args.value(0).clone())
}

pub(super) fn unset(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    args.map(0)?.remove(args.str(1)?);
    Ok(args.value(0).clone())
}

pub(super) fn has_key(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(args.map(0)?.borrow().contains_key(args.str(1)?).into())
}

fn maps(values: &[Value]) -> std::result::Result<Vec<Map>, String> {
    values.iter().map(as_map).collect()
}

pub(super) fn pluck(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let key = args.str(0)?;
    Ok(Value::list(maps(args.rest(1))?.iter().filter_map(|map| map.get(key)).collect()))
}

pub(super) fn dig(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let (Some((map, rest)), true) = (args.split_last(), args.len() >= 3) else {
        return Err("dig needs at least three arguments".to_owned());
    };
    let Some((default, keys)) = rest.split_last() else { return Ok(Value::NIL) };
    let conversion = |value: &Value, to: &str| {
        let name = if value.is_nil() { "nil" } else { value.type_name() };
        format!("interface conversion: interface {{}} is {name}, not {to}")
    };
    let mut value = map.clone();
    for key in keys {
        let key = key.as_str().ok_or_else(|| conversion(key, "string"))?;
        let Kind::Map(map) = &value.kind else {
            return Err(conversion(&value, "map[string]interface {}"));
        };
        let Some(next) = map.get(key) else { return Ok(default.clone()) };
        value = next;
    }
    Ok(value)
}

pub(super) fn keys(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let mut out: Vec<Value> = Vec::new();
    for map in maps(args)? {
        call.list_fits(out.len() + map.len())?;
        call.charge(map.len())?;
        out.extend(map.borrow().keys().map(|key| Value::from(key.as_str())));
    }
    Ok(Value::list(out))
}

pub(super) fn values(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let map = Arguments(args).map(0)?;
    call.charge(map.len())?;
    Ok(Value::list(map.borrow().values().cloned().collect()))
}

pub(super) fn pick(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let given = Arguments(args);
    let map = given.map(0)?;
    let mut out = BTreeMap::new();
    for index in 1..args.len() {
        let key = given.str(index)?;
        if let Some(value) = map.get(key) {
            out.insert(key.into(), value);
        }
    }
    Ok(Value::map(out))
}

pub(super) fn omit(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let given = Arguments(args);
    let map = given.map(0)?;
    call.charge(map.len())?;
    let mut out = map.borrow().clone();
    for index in 1..args.len() {
        out.remove(given.str(index)?);
    }
    Ok(Value::map(out))
}
