//! Defaults, choices and failures, and templates that call templates.

use std::collections::BTreeMap;

use super::arguments::Arguments;
use crate::call::Call;
use crate::text::Text;
use crate::value::Value;

type Result = std::result::Result<Value, String>;

pub(super) fn default(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let default = Arguments(args).value(0);
    Ok(args.get(1).filter(|given| given.truth()).unwrap_or(default).clone())
}

pub(super) fn empty(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok((!Arguments(args).value(0).truth()).into())
}

pub(super) fn coalesce(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok(args.iter().find(|value| value.truth()).cloned().unwrap_or_default())
}

pub(super) fn all(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok(args.iter().all(Value::truth).into())
}

pub(super) fn any(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok(args.iter().any(Value::truth).into())
}

pub(super) fn ternary(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(args.value(if args.bool(2)? { 0 } else { 1 }).clone())
}

pub(super) fn fail(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Err(Arguments(args).str(0)?.to_owned())
}

pub(super) fn required(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (message, value) = (args.str(0)?, args.value(1));
    if !value.is_nil() && value.as_str() != Some("") {
        return Ok(value.clone());
    }
    if call.is_lenient(message) { Ok(Text::unknown("required", "required").into()) } else { Err(message.to_owned()) }
}

pub(super) fn include(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(call.render(args.str(0)?, args.value(1))?.into())
}

pub(super) fn tpl(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(call.render_text(&args.text(0)?, args.value(1))?.into())
}

/// There is no cluster to ask, as in `helm template`.
pub(super) fn lookup(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    for index in 0..4 {
        args.str(index)?;
    }
    Ok(Value::map(BTreeMap::new()))
}

/// There is no network to ask, as Helm has it unless told otherwise.
pub(super) fn get_host_by_name(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Arguments(args).str(0)?;
    Ok("".into())
}
