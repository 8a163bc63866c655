//! Text.

use regex::{Captures, Regex, RegexBuilder};
use stockade_model::Part;
use stockade_source::Span;

use super::clusters::clusters;
use super::{Fault, Outcome, arg, int_arg, pattern, seq_arg, text_arg};
use crate::template::{MAX_TEXT, text_parts};
use crate::types::Ty;
use crate::value::{Entry, Fields, K, Val};

/// How big a compiled expression may be.
const MAX_REGEX: usize = 4 << 20;

fn text(text: impl AsRef<str>, span: Span) -> Outcome {
    if text.as_ref().len() > MAX_TEXT { Err(Fault::Limit) } else { Ok(K::text(text).at(span)) }
}

pub(super) fn chomp(args: &[Val], span: Span) -> Outcome {
    text(text_arg(args, 0)?.trim_end_matches(['\n', '\r']), span)
}

pub(super) fn indent(args: &[Val], span: Span) -> Outcome {
    let (width, body) = (int_arg(args, 0)?, text_arg(args, 1)?);
    let width = usize::try_from(width).map_err(|_| Fault::Invalid)?;
    // How wide does not matter where there is nothing to indent.
    if !body.contains('\n') {
        return text(&*body, span);
    }
    if width.saturating_mul(body.matches('\n').count()) > MAX_TEXT {
        return Err(Fault::Limit);
    }
    text(body.replace('\n', &format!("\n{}", " ".repeat(width))), span)
}

/// Known parts stay known beside unknown ones.
pub(super) fn join(args: &[Val], span: Span) -> Outcome {
    let separator = text_arg(args, 0)?;
    if args.len() < 2 {
        return Err(Fault::Invalid);
    }
    let mut parts = Vec::new();
    let mut length = 0usize;
    for at in 1..args.len() {
        for item in &seq_arg(args, at)?.items {
            if !parts.is_empty() {
                parts.push(Part::Known((*separator).into()));
                length += separator.len();
            }
            parts.push(Part::Known(Default::default()));
            parts.extend(text_parts(item).ok_or(Fault::Invalid)?);
            length += item.as_text().map_or(16, str::len);
            if length > MAX_TEXT {
                return Err(Fault::Limit);
            }
        }
    }
    Ok(K::parts(parts).at(span).through_all(args))
}

pub(super) fn lower(args: &[Val], span: Span) -> Outcome {
    // Character by character: no form depends on what stands around it, and each stays one.
    text(text_arg(args, 0)?.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect::<String>(), span)
}

pub(super) fn upper(args: &[Val], span: Span) -> Outcome {
    text(text_arg(args, 0)?.chars().map(upper_one).collect::<String>(), span)
}

/// The one upper-case character of another, itself where there is none.
fn upper_one(c: char) -> char {
    let mut upper = c.to_uppercase();
    match u32::from(c) {
        code @ (0x1F80..=0x1F87 | 0x1F90..=0x1F97 | 0x1FA0..=0x1FA7) => char::from_u32(code + 8).unwrap_or(c),
        code @ (0x1FB3 | 0x1FC3 | 0x1FF3) => char::from_u32(code + 9).unwrap_or(c),
        _ if upper.len() == 1 => upper.next().unwrap_or(c),
        _ => c,
    }
}

/// The form at the start of a word, which a few characters have apart.
fn title_one(c: char) -> char {
    match u32::from(c) {
        0x1C4..=0x1C6 => 'ǅ',
        0x1C7..=0x1C9 => 'ǈ',
        0x1CA..=0x1CC => 'ǋ',
        0x1F1..=0x1F3 => 'ǲ',
        0x10D0..=0x10FF => c,
        _ => upper_one(c),
    }
}

pub(super) fn title(args: &[Val], span: Span) -> Outcome {
    let body = text_arg(args, 0)?;
    let mut start = true;
    let mut out = String::with_capacity(body.len());
    for c in body.chars() {
        out.push(if start { title_one(c) } else { c });
        start = if c.is_ascii() { !c.is_ascii_alphanumeric() && c != '_' } else { c.is_whitespace() };
    }
    text(out, span)
}

pub(super) fn trim(args: &[Val], span: Span) -> Outcome {
    let (body, set) = (text_arg(args, 0)?, text_arg(args, 1)?);
    text(body.trim_matches(|c| set.contains(c)), span)
}

pub(super) fn trimprefix(args: &[Val], span: Span) -> Outcome {
    let (body, prefix) = (text_arg(args, 0)?, text_arg(args, 1)?);
    text(body.strip_prefix(&*prefix).unwrap_or(&body), span)
}

pub(super) fn trimsuffix(args: &[Val], span: Span) -> Outcome {
    let (body, suffix) = (text_arg(args, 0)?, text_arg(args, 1)?);
    text(body.strip_suffix(&*suffix).unwrap_or(&body), span)
}

pub(super) fn trimspace(args: &[Val], span: Span) -> Outcome {
    text(text_arg(args, 0)?.trim(), span)
}

pub(super) fn strcontains(args: &[Val], span: Span) -> Outcome {
    Ok(K::Bool(text_arg(args, 0)?.contains(&*text_arg(args, 1)?)).at(span))
}

pub(super) fn strrev(args: &[Val], span: Span) -> Outcome {
    text(clusters(&text_arg(args, 0)?).into_iter().rev().collect::<String>(), span)
}

pub(super) fn substr(args: &[Val], span: Span) -> Outcome {
    let (body, offset, length) = (text_arg(args, 0)?, int_arg(args, 1)?, int_arg(args, 2)?);
    let chars = clusters(&body);
    let count = i64::try_from(chars.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { (count + offset).max(0) } else { offset.min(count) };
    let end = if length < 0 { count } else { start.saturating_add(length).min(count) };
    let index = |n: i64| usize::try_from(n).unwrap_or(0);
    text(chars[index(start)..index(end)].concat(), span)
}

pub(super) fn split(args: &[Val], span: Span) -> Outcome {
    let (separator, body) = (text_arg(args, 0)?, text_arg(args, 1)?);
    let items: Vec<Val> = if separator.is_empty() {
        body.chars().map(|c| K::text(c.to_string()).at(span)).collect()
    } else {
        body.split(&*separator).map(|part| K::text(part).at(span)).collect()
    };
    Ok(K::list(items, Ty::Text).at(span))
}

/// Known as soon as the known start of the text decides.
pub(super) fn startswith(args: &[Val], span: Span) -> Outcome {
    let prefix = text_arg(args, 1)?;
    let kind = match text_parts(arg(args, 0)?).as_deref() {
        Some([Part::Known(all)]) => K::Bool(all.starts_with(&*prefix)),
        Some([Part::Known(start), ..]) if start.starts_with(&*prefix) => K::Bool(true),
        Some([Part::Known(start), ..]) if !prefix.starts_with(start.as_str()) => K::Bool(false),
        Some(_) => return Err(super::why(&args[0])),
        None => return Err(Fault::Invalid),
    };
    Ok(kind.at(span).through_all(args))
}

pub(super) fn endswith(args: &[Val], span: Span) -> Outcome {
    let suffix = text_arg(args, 1)?;
    let kind = match text_parts(arg(args, 0)?).as_deref() {
        Some([Part::Known(all)]) => K::Bool(all.ends_with(&*suffix)),
        Some([.., Part::Known(end)]) if end.ends_with(&*suffix) => K::Bool(true),
        Some([.., Part::Known(end)]) if !suffix.ends_with(end.as_str()) => K::Bool(false),
        Some(_) => return Err(super::why(&args[0])),
        None => return Err(Fault::Invalid),
    };
    Ok(kind.at(span).through_all(args))
}

pub(super) fn replace(args: &[Val], span: Span) -> Outcome {
    let (body, from, to) = (text_arg(args, 0)?, text_arg(args, 1)?, text_arg(args, 2)?);
    if from.len() > 1
        && let Some(pattern) = from.strip_prefix('/').and_then(|from| from.strip_suffix('/'))
    {
        let pattern = compile(pattern)?;
        let references = to.matches('$').count();
        let mut length = body.len();
        for found in pattern.find_iter(&body) {
            length = length.saturating_add(to.len()).saturating_add(references.saturating_mul(found.len()));
            if length > MAX_TEXT {
                return Err(Fault::Limit);
            }
        }
        return text(pattern.replace_all(&body, &*to), span);
    }
    let matches = if from.is_empty() { body.len() + 1 } else { body.matches(&*from).count() };
    if matches.saturating_mul(to.len()) > MAX_TEXT {
        return Err(Fault::Limit);
    }
    text(body.replace(&*from, &to), span)
}

fn compile(pattern: &str) -> Result<Regex, Fault> {
    if pattern::repeats_too_often(pattern) {
        return Err(Fault::Invalid);
    }
    RegexBuilder::new(&pattern::translated(pattern)?).size_limit(MAX_REGEX).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => Fault::Limit,
        _ => Fault::Invalid,
    })
}

pub(super) fn regex(args: &[Val], span: Span) -> Outcome {
    let pattern = compile(&text_arg(args, 0)?)?;
    let body = text_arg(args, 1)?;
    groups_agree(&pattern)?;
    let captures = pattern.captures(&body).ok_or(Fault::Invalid)?;
    Ok(captured(&pattern, &captures, span))
}

pub(super) fn regexall(args: &[Val], span: Span) -> Outcome {
    let pattern = compile(&text_arg(args, 0)?)?;
    let body = text_arg(args, 1)?;
    groups_agree(&pattern)?;
    let items: Vec<Val> = pattern.captures_iter(&body).map(|captures| captured(&pattern, &captures, span)).collect();
    let elem = items.first().map_or(Ty::Text, Ty::of);
    Ok(K::list(items, elem).at(span))
}

/// Either every group has a name or none.
fn groups_agree(pattern: &Regex) -> Result<(), Fault> {
    let named = pattern.capture_names().flatten().count();
    if named == 0 || named + 1 == pattern.captures_len() { Ok(()) } else { Err(Fault::Invalid) }
}

/// The whole match, or the groups where there are any.
fn captured(pattern: &Regex, captures: &Captures<'_>, span: Span) -> Val {
    let group = |at: usize| match captures.get(at) {
        Some(found) => K::text(found.as_str()),
        None => K::Null(Ty::Text),
    };
    if pattern.captures_len() == 1 {
        return group(0).at(span);
    }
    if pattern.capture_names().flatten().next().is_none() {
        return K::tuple((1..pattern.captures_len()).map(|at| group(at).at(span)).collect()).at(span);
    }
    let mut fields = Fields::default();
    for (at, name) in pattern.capture_names().enumerate() {
        if let Some(name) = name {
            fields.insert(name.into(), Entry { key: span, entry: span, value: group(at).at(span) });
        }
    }
    K::object(fields).at(span)
}

pub(super) fn basename(args: &[Val], span: Span) -> Outcome {
    let path = text_arg(args, 0)?;
    let trimmed = path.trim_end_matches('/');
    text(
        match (path.is_empty(), trimmed.is_empty()) {
            (true, _) => ".",
            (false, true) => "/",
            _ => trimmed.rsplit('/').next().unwrap_or(trimmed),
        },
        span,
    )
}

pub(super) fn dirname(args: &[Val], span: Span) -> Outcome {
    let path = text_arg(args, 0)?;
    text(
        crate::input::join(
            path.rsplit_once('/').map_or("", |(folder, _)| if folder.is_empty() { "/" } else { folder }),
            "",
        ),
        span,
    )
}

/// A path below the home folder is not known.
pub(super) fn pathexpand(args: &[Val], span: Span) -> Outcome {
    let path = text_arg(args, 0)?;
    if path.starts_with('~') { Err(Fault::Unsupported) } else { text(&*path, span) }
}
