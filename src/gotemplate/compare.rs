//! `eq`, `ne`, `lt`, `le`, `gt` and `ge`: Go compares only what has the same type.

use std::cmp::Ordering;

use crate::print;
use crate::text::Text;
use crate::value::{Kind, Value};

/// Whether `first` is equal to any of `others`.
pub(crate) fn equal(first: &Value, others: &[Value]) -> Result<bool, String> {
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in others {
        if same(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn same(a: &Value, b: &Value) -> Result<bool, String> {
    Ok(match (&a.kind, &b.kind) {
        (Kind::Bool(a), Kind::Bool(b)) => a == b,
        (Kind::Int(a), Kind::Int(b)) => a == b,
        (Kind::Float(a), Kind::Float(b)) => a == b,
        (Kind::Text(a), Kind::Text(b)) => a.as_str() == b.as_str(),
        (Kind::Nil, Kind::Nil) => true,
        (Kind::Nil, _) | (_, Kind::Nil) => false,
        (Kind::Object(a), Kind::Object(b)) => std::rc::Rc::ptr_eq(a, b),
        (Kind::List(_), Kind::List(_)) | (Kind::Map(_), Kind::Map(_)) => {
            return Err(format!("non-comparable type {}: {}", shown(b, "%s")?, b.type_name()));
        }
        (Kind::List(_) | Kind::Map(_), Kind::List(_) | Kind::Map(_)) => {
            let (first, second) = (shown(a, "%s")?, shown(b, "%v")?);
            return Err(format!("non-comparable types {first}: {}, {}: {second}", a.type_name(), b.type_name()));
        }
        _ => return Err(incompatible(a, b)),
    })
}

/// How two numbers or two strings stand to each other; `None` for a NaN.
pub(crate) fn order(a: &Value, b: &Value) -> Result<Option<Ordering>, String> {
    Ok(match (&a.kind, &b.kind) {
        (Kind::Int(a), Kind::Int(b)) => Some(a.cmp(b)),
        (Kind::Float(a), Kind::Float(b)) => a.partial_cmp(b),
        (Kind::Text(a), Kind::Text(b)) => Some(a.as_str().cmp(b.as_str())),
        _ if basic(a) && basic(b) && a.kind_name() != b.kind_name() => return Err(incompatible(a, b)),
        _ => return Err("invalid type for comparison".to_owned()),
    })
}

fn shown(value: &Value, format: &str) -> Result<Text, String> {
    print::sprintf(&Text::new(format), std::slice::from_ref(value))
}

fn basic(value: &Value) -> bool {
    matches!(value.kind, Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Text(_))
}

fn incompatible(a: &Value, b: &Value) -> String {
    format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name())
}
