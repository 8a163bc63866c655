//! The functions of `text/template` itself; `and` and `or`, which do not evaluate all of their arguments, are the
//! engine's, and `slice` is sprig's in Helm.

use std::cmp::Ordering;

use crate::call::Call;
use crate::compare;
use crate::exec::NO_VALUE;
use crate::functions::{Entry, Function};
use crate::print;
use crate::value::{Kind, Value};

/// The function named `name`.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == name)
}

const fn entry(name: &'static str, min: usize, max: usize, function: Function) -> Entry {
    Entry { name, min, max, function }
}

static TABLE: &[Entry] = &[
    entry("call", 1, usize::MAX, call),
    entry("eq", 1, usize::MAX, eq),
    entry("ge", 2, 2, ge),
    entry("gt", 2, 2, gt),
    entry("html", 0, usize::MAX, html),
    entry("index", 1, usize::MAX, index),
    entry("js", 0, usize::MAX, js),
    entry("le", 2, 2, le),
    entry("len", 1, 1, len),
    entry("lt", 2, 2, lt),
    entry("ne", 2, 2, ne),
    entry("not", 1, 1, not),
    entry("print", 0, usize::MAX, print),
    entry("printf", 1, usize::MAX, printf),
    entry("println", 0, usize::MAX, println),
    entry("urlquery", 0, usize::MAX, urlquery),
];

fn call(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    match args {
        [] | [Value { kind: Kind::Nil, .. }, ..] => Err("call of nil".to_owned()),
        [value, ..] => Err(format!("non-function {} of type {}", value.printed()?, value.type_name())),
    }
}

fn eq(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    match args {
        [first, others @ ..] => compare::equal(first, others).map(Value::from),
        [] => Ok(Value::from(false)),
    }
}

fn ne(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    match args {
        [first, others @ ..] => compare::equal(first, others).map(|equal| Value::from(!equal)),
        [] => Ok(Value::from(false)),
    }
}

fn ordered(args: &[Value], fits: fn(Ordering) -> bool) -> Result<Value, String> {
    match args {
        [a, b] => Ok(Value::from(compare::order(a, b)?.is_some_and(fits))),
        _ => Err("missing argument for comparison".to_owned()),
    }
}

fn lt(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    ordered(args, Ordering::is_lt)
}

fn le(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    ordered(args, Ordering::is_le)
}

fn gt(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    ordered(args, Ordering::is_gt)
}

fn ge(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    ordered(args, Ordering::is_ge)
}

fn not(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    Ok(Value::from(!args.first().is_some_and(Value::truth)))
}

/// A value as it is indexed and counted: an object by what stands for it.
fn opened(value: &Value) -> Value {
    match &value.kind {
        Kind::Object(object) => Value::new(object.value().kind, value.span),
        _ => value.clone(),
    }
}

fn len(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    let value = args.first().map(opened).unwrap_or_default();
    let length = match &value.kind {
        Kind::Text(text) => text.len(),
        Kind::List(list) => list.len(),
        Kind::Map(map) if !map.is_struct() => map.len(),
        Kind::Nil => return Err("len of nil pointer".to_owned()),
        _ => return Err(format!("len of type {}", value.type_name())),
    };
    Ok(Value::from(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn index(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    let Some((item, indexes)) = args.split_first() else { return Ok(Value::NIL) };
    let mut item = opened(item);
    if item.is_nil() {
        return Err("index of untyped nil".to_owned());
    }
    for index in indexes {
        item = match &item.kind {
            Kind::Text(text) => {
                let at = offset(index, text.len())?;
                let byte = text.as_str().as_bytes().get(at).copied();
                Value::from(i64::from(byte.ok_or("reflect: string index out of range")?))
            }
            Kind::List(list) => {
                let at = offset(index, list.len())?;
                list.get(at).cloned().ok_or("reflect: slice index out of range")?
            }
            Kind::Map(map) if !map.is_struct() => match &index.kind {
                Kind::Text(key) => map.get(key.as_str()).unwrap_or_default(),
                Kind::Nil => return Err("value is nil; should be of type string".to_owned()),
                _ => return Err(format!("value has type {}; should be string", index.type_name())),
            },
            Kind::Nil => return Err("index of nil pointer".to_owned()),
            _ => return Err(format!("can't index item of type {}", item.type_name())),
        };
        item = opened(&item);
    }
    Ok(item)
}

/// An index into what has `length` elements; Go refuses its end later than what is beyond it.
fn offset(index: &Value, length: usize) -> Result<usize, String> {
    match index.kind {
        Kind::Int(number) => usize::try_from(number).ok().filter(|at| *at <= length).ok_or_else(|| out_of_range(index)),
        Kind::Nil => Err("cannot index slice/array with nil".to_owned()),
        _ => Err(format!("cannot index slice/array with type {}", index.type_name())),
    }
}

fn out_of_range(index: &Value) -> String {
    format!("index out of range: {}", index.printed().unwrap_or_default())
}

fn print(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    print::sprint(args).map(Value::from)
}

fn println(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    print::sprintln(args).map(Value::from)
}

fn printf(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    let Some((format, args)) = args.split_first() else { return Ok(Value::NIL) };
    match format.text() {
        Some(format) => print::sprintf(&format, args).map(Value::from),
        None => {
            let found = if format.is_nil() { "interface {}" } else { format.type_name() };
            Err(format!("wrong type for value; expected string; got {found}"))
        }
    }
}

/// What `html`, `js` and `urlquery` escape: one string as it is, everything else printed.
fn escaped(args: &[Value], escape: impl Fn(char, &mut String)) -> Result<Value, String> {
    let shown = args.iter().map(|value| if value.is_nil() { Value::from(NO_VALUE) } else { value.clone() });
    let text = print::sprint(&shown.collect::<Vec<_>>())?;
    let mut out = String::with_capacity(text.len());
    for c in text.as_str().chars() {
        escape(c, &mut out);
    }
    Ok(Value::from(if out == text.as_str() { text } else { text.derived(out) }))
}

fn html(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    escaped(args, |c, out| match c {
        '\0' => out.push('\u{fffd}'),
        '"' => out.push_str("&#34;"),
        '\'' => out.push_str("&#39;"),
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        _ => out.push(c),
    })
}

fn js(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    escaped(args, |c, out| match c {
        '\\' => out.push_str("\\\\"),
        '\'' => out.push_str("\\'"),
        '"' => out.push_str("\\\""),
        '<' => out.push_str("\\u003C"),
        '>' => out.push_str("\\u003E"),
        '&' => out.push_str("\\u0026"),
        '=' => out.push_str("\\u003D"),
        '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04X}", u32::from(c))),
        _ => out.push(c),
    })
}

fn urlquery(_: &mut Call<'_, '_>, args: &[Value]) -> Result<Value, String> {
    escaped(args, |c, out| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' | '~' => out.push(c),
        ' ' => out.push('+'),
        _ => {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
    })
}
