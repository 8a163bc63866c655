//! Operators.

use std::cmp::Ordering;

use stockade_hcl::{BinaryOp, UnaryOp};
use stockade_model::Part;
use stockade_source::Span;

use crate::convert::convert;
use crate::number::Undefined;
use crate::types::Ty;
use crate::value::{K, Val, limit};

/// `-a`, `!a`
pub(crate) fn unary(op: UnaryOp, val: &Val, span: Span) -> Val {
    let ty = if op == UnaryOp::Neg { Ty::Number } else { Ty::Bool };
    let kind = match convert(val, &ty).map(|v| v.kind) {
        Ok(K::Number(n)) => K::Number(n.negated()),
        Ok(K::Bool(b)) => K::Bool(!b),
        Ok(K::Unknown(why, _) | K::Many(_, why)) => K::Unknown(why, ty),
        _ => return Val::invalid(if op == UnaryOp::Neg { "-" } else { "!" }, span).through([val]),
    };
    kind.at(span).through([val])
}

/// `a + b`
pub(crate) fn binary(left: &Val, op: BinaryOp, right: &Val, span: Span) -> Val {
    let kind = match op {
        BinaryOp::Eq | BinaryOp::NotEq => match equal(left, right) {
            Some(same) => K::Bool(same == (op == BinaryOp::Eq)),
            None => K::Unknown(why(left, right, span), Ty::Bool),
        },
        BinaryOp::And | BinaryOp::Or => logical(left, op, right, span),
        _ => arithmetic(left, op, right, span),
    };
    kind.at(span).through_all([left, right])
}

fn why(left: &Val, right: &Val, span: Span) -> std::sync::Arc<stockade_model::Why> {
    // What Terraform refuses it refuses whatever the other is.
    let (left, right) = if right.is_refused() { (right, left) } else { (left, right) };
    left.why().or_else(|| right.why()).unwrap_or_else(|| limit("an operand", span))
}

/// What is not allowed.
fn refused(op: BinaryOp, span: Span) -> K {
    Val::invalid(symbol(op), span).kind
}

/// Terraform 1.11 does not short-cut: `false && unknown` is unknown.
fn logical(left: &Val, op: BinaryOp, right: &Val, span: Span) -> K {
    match (convert(left, &Ty::Bool).map(|v| v.kind), convert(right, &Ty::Bool).map(|v| v.kind)) {
        (Ok(K::Bool(a)), Ok(K::Bool(b))) => K::Bool(if op == BinaryOp::And { a && b } else { a || b }),
        (Ok(K::Null(_)) | Err(_), _) | (_, Ok(K::Null(_)) | Err(_)) => refused(op, span),
        _ => K::Unknown(why(left, right, span), Ty::Bool),
    }
}

fn arithmetic(left: &Val, op: BinaryOp, right: &Val, span: Span) -> K {
    let compares = matches!(op, BinaryOp::Less | BinaryOp::LessEq | BinaryOp::Greater | BinaryOp::GreaterEq);
    let (a, b) = match (convert(left, &Ty::Number).map(|v| v.kind), convert(right, &Ty::Number).map(|v| v.kind)) {
        (Ok(K::Number(a)), Ok(K::Number(b))) => (a, b),
        (Ok(K::Null(_)) | Err(_), _) | (_, Ok(K::Null(_)) | Err(_)) => return refused(op, span),
        _ => return K::Unknown(why(left, right, span), if compares { Ty::Bool } else { Ty::Number }),
    };
    if compares {
        let order = a.cmp(&b);
        return K::Bool(match op {
            BinaryOp::Less => order == Ordering::Less,
            BinaryOp::LessEq => order != Ordering::Greater,
            BinaryOp::Greater => order == Ordering::Greater,
            _ => order != Ordering::Less,
        });
    }
    let result = match op {
        BinaryOp::Add => a.add(&b),
        BinaryOp::Sub => a.subtract(&b),
        BinaryOp::Mul => a.multiply(&b),
        BinaryOp::Div => a.divide(&b),
        _ => a.remainder(&b),
    };
    match result {
        Ok(n) => K::Number(n),
        Err(Undefined::Invalid) => refused(op, span),
        Err(Undefined::Limit) => K::Unknown(limit("a number", span), Ty::Number),
    }
}

/// Whether two values are equal, where that is known: different types never are, two nulls always.
pub(crate) fn equal(a: &Val, b: &Val) -> Option<bool> {
    match (&a.kind, &b.kind) {
        (K::Null(_), K::Null(_)) => Some(true),
        (K::Null(_), _) | (_, K::Null(_)) => {
            let other = if a.is_null() { b } else { a };
            if other.is_unknown() { None } else { Some(false) }
        }
        (K::Unknown(_, ty), _) if !ty.may_be(&Ty::of(b)) => Some(false),
        (_, K::Unknown(_, ty)) if !ty.may_be(&Ty::of(a)) => Some(false),
        (K::Unknown(..) | K::Resource(_) | K::Module(_) | K::Many(..), _)
        | (_, K::Unknown(..) | K::Resource(_) | K::Module(_) | K::Many(..)) => None,
        (K::Bool(a), K::Bool(b)) => Some(a == b),
        (K::Number(a), K::Number(b)) => Some(a == b),
        (K::Text(a), K::Text(b)) => Some(a == b),
        (K::Template(parts), K::Text(text)) | (K::Text(text), K::Template(parts)) => {
            let starts = match parts.first() {
                Some(Part::Known(prefix)) => text.starts_with(prefix.as_str()),
                _ => true,
            };
            let ends = match parts.last() {
                Some(Part::Known(suffix)) => text.ends_with(suffix.as_str()),
                _ => true,
            };
            if starts && ends { None } else { Some(false) }
        }
        (K::Template(_), K::Template(_)) => None,
        (K::Seq(x), K::Seq(y)) => {
            let (one, two) = (Ty::of(a), Ty::of(b));
            if one != two {
                return if one.may_be(&two) { unless_whole(a, b) } else { Some(false) };
            }
            if x.open.is_some() || y.open.is_some() {
                return None;
            }
            if x.items.len() != y.items.len() {
                return unless_whole(a, b);
            }
            all(x.items.iter().zip(&y.items).map(|(a, b)| equal(a, b)))
        }
        (K::Map(x), K::Map(y)) => {
            let (one, two) = (Ty::of(a), Ty::of(b));
            if one != two {
                return if one.may_be(&two) { unless_whole(a, b) } else { Some(false) };
            }
            if x.open.is_some() || y.open.is_some() {
                return None;
            }
            if x.fields.len() != y.fields.len() {
                return Some(false);
            }
            all(x.fields.iter().map(|(name, e)| match y.fields.get(name) {
                Some(other) => equal(&e.value, &other.value),
                None => Some(false),
            }))
        }
        _ => Some(false),
    }
}

/// Values of different shape differ, unless what is unknown in them may change that.
fn unless_whole(a: &Val, b: &Val) -> Option<bool> {
    if a.is_whole() && b.is_whole() { Some(false) } else { None }
}

fn all(mut results: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    results
        .find_map(|result| match result {
            Some(true) => None,
            Some(false) => Some(Some(false)),
            None => {
                known = false;
                None
            }
        })
        .unwrap_or(if known { Some(true) } else { None })
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "||",
        BinaryOp::And => "&&",
        BinaryOp::Eq => "==",
        BinaryOp::NotEq => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEq => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEq => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "%",
    }
}
