//! Regular expressions.

use regex::{Captures, Regex, RegexBuilder};

use super::arguments::Arguments;
use super::pattern::translate;
use super::text::list_of;
use crate::call::Call;
use crate::text::Text;
use crate::value::Value;

type Result = std::result::Result<Value, String>;

/// How much memory a compiled expression may take.
const SIZE: usize = 1 << 20;

/// How long an expression may be.
const LENGTH: usize = 16 << 10;

struct Expression {
    regex: Regex,
    groups: Vec<Option<String>>,
}

impl Expression {
    fn new(call: &mut Call<'_, '_>, pattern: &str) -> std::result::Result<Self, String> {
        if pattern.len() > LENGTH {
            return Err("error parsing regexp: expression too large".to_owned());
        }
        call.charge(50 + pattern.len())?;
        let translated = translate(pattern)?;
        let regex = RegexBuilder::new(&translated.regex).size_limit(SIZE).dfa_size_limit(SIZE).nest_limit(200).build();
        let regex = regex.map_err(|_| format!("error parsing regexp: expression too large: `{pattern}`"))?;
        Ok(Expression { regex, groups: translated.groups })
    }

    /// The expression of a function that gives no error for a wrong one but dies of it.
    fn must(call: &mut Call<'_, '_>, pattern: &str) -> std::result::Result<Self, String> {
        let shown = |pattern: &str| {
            if pattern.contains('`') || pattern.chars().any(char::is_control) {
                crate::print::quoted(pattern, false)
            } else {
                format!("`{pattern}`")
            }
        };
        Expression::new(call, pattern).map_err(|error| format!("regexp: Compile({}): {error}", shown(pattern)))
    }

    /// What `${name}` or `$1` stands for.
    fn group<'t>(&self, captures: &Captures<'t>, name: &str) -> &'t str {
        let found = if name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0')) {
            name.parse().ok().and_then(|number| captures.get(number))
        } else {
            let named = self.groups.iter().zip(1..).filter(|(group, _)| group.as_deref() == Some(name));
            named.filter_map(|(_, number)| captures.get(number)).next()
        };
        found.map_or("", |group| group.as_str())
    }

    /// Go's `Expand`.
    fn expand(&self, template: &str, captures: &Captures<'_>, out: &mut String) {
        let mut rest = template;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if let Some(after) = after.strip_prefix('$') {
                out.push('$');
                rest = after;
                continue;
            }
            match reference(after) {
                Some((name, after)) => {
                    out.push_str(self.group(captures, name));
                    rest = after;
                }
                None => {
                    out.push('$');
                    rest = after;
                }
            }
        }
        out.push_str(rest);
    }
}

/// The name at the start of what follows a `$`, with or without braces, and what comes after.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (braced, name) = match text.strip_prefix('{') {
        Some(name) => (true, name),
        None => (false, text),
    };
    let end = name.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(name.len());
    if end == 0 {
        return None;
    }
    let rest = &name[end..];
    Some((&name[..end], if braced { rest.strip_prefix('}')? } else { rest }))
}

/// How many of `found` a count asks for.
fn limit(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn matches(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (pattern, text) = (args.str(0)?, args.str(1)?);
    let expression = Expression::new(call, pattern)?;
    call.charge(text.len() / 16)?;
    Ok(expression.regex.is_match(text).into())
}

pub(super) fn must_regex_match(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    matches(call, args)
}

pub(super) fn regex_match(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let given = Arguments(args);
    given.str(0)?;
    given.str(1)?;
    Ok(matches(call, args).unwrap_or_else(|_| false.into()))
}

fn find(call: &mut Call<'_, '_>, args: &[Value], expression: &Expression) -> Result {
    let text = Arguments(args).text(1)?;
    call.charge(text.len() / 16)?;
    let found = expression.regex.find(text.as_str()).map_or("", |found| found.as_str());
    Ok(text.part(found).into())
}

pub(super) fn regex_find(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let expression = Expression::must(call, Arguments(args).str(0)?)?;
    find(call, args, &expression)
}

pub(super) fn must_regex_find(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let expression = Expression::new(call, Arguments(args).str(0)?)?;
    find(call, args, &expression)
}

fn find_all(call: &mut Call<'_, '_>, args: &[Value], expression: &Expression) -> Result {
    let args = Arguments(args);
    let (text, count) = (args.text(1)?, args.int(2)?);
    let mut out: Vec<Text> = Vec::new();
    for found in expression.regex.find_iter(text.as_str()).take(limit(count)) {
        call.list_fits(out.len() + 1)?;
        call.charge(1)?;
        out.push(text.part(found.as_str()));
    }
    Ok(list_of(out))
}

pub(super) fn regex_find_all(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let expression = Expression::must(call, Arguments(args).str(0)?)?;
    find_all(call, args, &expression)
}

pub(super) fn must_regex_find_all(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let expression = Expression::new(call, Arguments(args).str(0)?)?;
    find_all(call, args, &expression)
}

fn replaced(call: &mut Call<'_, '_>, args: &[Value], expression: &Expression, literal: bool) -> Result {
    let args = Arguments(args);
    let (text, with) = (args.text(1)?, args.text(2)?);
    let whole = text.as_str();
    let mut out = Text::default();
    let mut start = 0;
    let mut part = String::new();
    for captures in expression.regex.captures_iter(whole) {
        let Some(found) = captures.get(0) else { continue };
        call.charge(1)?;
        part.clear();
        if literal {
            part.push_str(with.as_str());
        } else {
            expression.expand(with.as_str(), &captures, &mut part);
        }
        call.text_fits(out.len().saturating_add(part.len()).saturating_add(whole.len()))?;
        out.push_slice(&text, start..found.start());
        if part == with.as_str() && !with.marks().is_empty() {
            out.push(&with);
        } else {
            out.push_beside(&part, &text, found.start());
        }
        start = found.end();
    }
    out.push_slice(&text, start..whole.len());
    // What cannot be known may be in a part that was replaced.
    Ok(match text.unknown_function().or_else(|| with.unknown_function()) {
        Some(function) if out.unknown_function().is_none() => Text::unknown(out.as_str(), function),
        _ => out,
    }
    .into())
}

pub(super) fn regex_replace_all(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let expression = Expression::must(call, Arguments(args).str(0)?)?;
    replaced(call, args, &expression, false)
}

pub(super) fn must_regex_replace_all(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let expression = Expression::new(call, Arguments(args).str(0)?)?;
    replaced(call, args, &expression, false)
}

pub(super) fn regex_replace_all_literal(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let expression = Expression::must(call, Arguments(args).str(0)?)?;
    replaced(call, args, &expression, true)
}

pub(super) fn must_regex_replace_all_literal(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let expression = Expression::new(call, Arguments(args).str(0)?)?;
    replaced(call, args, &expression, true)
}

fn split(call: &mut Call<'_, '_>, args: &[Value], expression: &Expression) -> Result {
    let given = Arguments(args);
    let (text, count) = (given.text(1)?, given.int(2)?);
    let whole = text.as_str();
    if count == 0 {
        return Ok(list_of(Vec::new()));
    }
    if whole.is_empty() && !given.str(0)?.is_empty() {
        return Ok(list_of(vec![Text::default()]));
    }
    let mut out = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in expression.regex.find_iter(whole).take(limit(count)) {
        if count > 0 && out.len() + 1 == limit(count) {
            break;
        }
        call.list_fits(out.len() + 1)?;
        call.charge(1)?;
        end = found.start();
        if found.end() != 0 {
            out.push(text.slice(start..end));
        }
        start = found.end();
    }
    if end != whole.len() {
        out.push(text.slice(start..whole.len()));
    }
    Ok(list_of(out))
}

pub(super) fn regex_split(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let expression = Expression::must(call, Arguments(args).str(0)?)?;
    split(call, args, &expression)
}

pub(super) fn must_regex_split(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let expression = Expression::new(call, Arguments(args).str(0)?)?;
    split(call, args, &expression)
}

pub(super) fn regex_quote_meta(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let text = Arguments(args).text(0)?;
    let mut out = String::with_capacity(text.len());
    for c in text.as_str().chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    Ok(text.derived(out).into())
}
