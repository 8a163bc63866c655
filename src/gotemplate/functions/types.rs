//! Types, and whether values are equal.

use super::arguments::Arguments;
use crate::call::Call;
use crate::value::{Kind, Value};

/// How deep values are compared; a map may hold itself.
const DEPTH: usize = 200;

type Result = std::result::Result<Value, String>;

/// Go's name of the kind of a value.
pub(super) fn kind_name(value: &Value) -> &'static str {
    match &value.kind {
        Kind::Object(object) if object.type_name().starts_with('*') => "ptr",
        _ => value.kind_name(),
    }
}

pub(super) fn type_of(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok(Arguments(args).value(0).type_name().into())
}

pub(super) fn kind_of(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok(kind_name(Arguments(args).value(0)).into())
}

pub(super) fn type_is(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok((args.str(0)? == args.value(1).type_name()).into())
}

pub(super) fn type_is_like(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (wanted, name) = (args.str(0)?, args.value(1).type_name());
    Ok((wanted == name || name.strip_prefix('*') == Some(wanted)).into())
}

pub(super) fn kind_is(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok((args.str(0)? == kind_name(args.value(1))).into())
}

pub(super) fn equal(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(deep_equal(call, args.value(0), args.value(1))?.into())
}

/// `reflect.DeepEqual`.
pub(super) fn deep_equal(call: &mut Call<'_, '_>, a: &Value, b: &Value) -> std::result::Result<bool, String> {
    compared(call, a, b, 0)
}

fn compared(call: &mut Call<'_, '_>, a: &Value, b: &Value, depth: usize) -> std::result::Result<bool, String> {
    if depth == DEPTH {
        return Err("the value is nested too deeply".to_owned());
    }
    match (&a.kind, &b.kind) {
        (Kind::Nil, Kind::Nil) => Ok(true),
        (Kind::Bool(a), Kind::Bool(b)) => Ok(a == b),
        (Kind::Int(a), Kind::Int(b)) => Ok(a == b),
        #[expect(clippy::float_cmp, reason = "as Go compares")]
        (Kind::Float(a), Kind::Float(b)) => Ok(a == b),
        (Kind::Text(a), Kind::Text(b)) => Ok(a.as_str() == b.as_str()),
        (Kind::List(a), Kind::List(b)) => {
            if a.same(b) || a.len() != b.len() {
                return Ok(a.len() == b.len());
            }
            call.charge(a.len())?;
            for (a, b) in a.iter().zip(b.iter()) {
                if !compared(call, a, b, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Kind::Map(a), Kind::Map(b)) => {
            if a.same(b) || a.len() != b.len() {
                return Ok(a.len() == b.len());
            }
            call.charge(a.len())?;
            let (a, b) = (a.borrow(), b.borrow());
            for ((key, a), (other, b)) in a.iter().zip(b.iter()) {
                if key != other || !compared(call, a, b, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Kind::Object(a), Kind::Object(b)) => {
            Ok(a.type_name() == b.type_name() && compared(call, &a.value(), &b.value(), depth + 1)?)
        }
        _ => Ok(false),
    }
}
