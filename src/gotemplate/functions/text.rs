//! Functions of strings.

use compact_str::CompactString;

use super::arguments::{Arguments, lossy};
use super::{cases, letters, wrap};
use crate::call::Call;
use crate::print;
use crate::text::Text;
use crate::value::{Kind, List, Value};

type Result = std::result::Result<Value, String>;

/// A function of one text, line by line so that places are kept.
fn lines(args: &[Value], change: impl FnMut(&str) -> String) -> Result {
    Ok(Arguments(args).text(0)?.map_lines(change).into())
}

/// A function of one text as a whole.
fn whole(args: &[Value], change: impl FnOnce(&str) -> String) -> Result {
    let text = Arguments(args).text(0)?;
    let changed = change(text.as_str());
    Ok(text.derived(changed).into())
}

pub(super) fn upper(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    lines(args, |line| line.chars().map(letters::upper).collect())
}

pub(super) fn lower(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    lines(args, |line| line.chars().map(letters::lower).collect())
}

pub(super) fn title(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    lines(args, letters::title_words)
}

pub(super) fn untitle(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    lines(args, letters::untitle)
}

pub(super) fn swapcase(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    lines(args, letters::swap)
}

pub(super) fn camelcase(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    whole(args, cases::camel)
}

pub(super) fn snakecase(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    whole(args, |text| cases::separated(text, '_'))
}

pub(super) fn kebabcase(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    whole(args, |text| cases::separated(text, '-'))
}

pub(super) fn nospace(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    whole(args, letters::without_space)
}

pub(super) fn initials(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    whole(args, letters::initials)
}

pub(super) fn trim(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let text = Arguments(args).text(0)?;
    Ok(text.part(text.as_str().trim_matches(letters::is_space)).into())
}

pub(super) fn trim_all(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (cutset, text) = (args.str(0)?, args.text(1)?);
    Ok(text.part(text.as_str().trim_matches(|c| cutset.contains(c))).into())
}

pub(super) fn trim_suffix(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (suffix, text) = (args.str(0)?, args.text(1)?);
    Ok(text.part(text.as_str().strip_suffix(suffix).unwrap_or(text.as_str())).into())
}

pub(super) fn trim_prefix(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (prefix, text) = (args.str(0)?, args.text(1)?);
    Ok(text.part(text.as_str().strip_prefix(prefix).unwrap_or(text.as_str())).into())
}

/// The bytes `start..end`, which may cut characters in two.
fn cut(text: &Text, start: usize, end: usize) -> Value {
    let whole = text.as_str();
    if whole.is_char_boundary(start) && whole.is_char_boundary(end) {
        return text.slice(start..end).into();
    }
    text.derived(lossy(whole.as_bytes().get(start..end).unwrap_or_default())).into()
}

pub(super) fn trunc(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (count, text) = (args.int(0)?, args.text(1)?);
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if size >= text.len() {
        return Ok(text.into());
    }
    Ok(if count < 0 { cut(&text, text.len() - size, text.len()) } else { cut(&text, 0, size) })
}

pub(super) fn substr(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (start, end, text) = (args.int(0)?, args.int(1)?, args.text(2)?);
    let len = text.len();
    let size = i64::try_from(len).unwrap_or(i64::MAX);
    let index = |at: i64| usize::try_from(at).unwrap_or(usize::MAX);
    if start < 0 {
        return if (0..=size).contains(&end) {
            Ok(cut(&text, 0, index(end)))
        } else if end < 0 {
            Err(format!("runtime error: slice bounds out of range [:{end}]"))
        } else {
            Err(format!("runtime error: slice bounds out of range [:{end}] with length {len}"))
        };
    }
    let end = if (0..=size).contains(&end) { end } else { size };
    if start > end {
        return Err(format!("runtime error: slice bounds out of range [{start}:{end}]"));
    }
    Ok(cut(&text, index(start), index(end)))
}

pub(super) fn abbrev(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (width, text) = (args.int(0)?, args.text(1)?);
    if width < 4 {
        return Ok(text.into());
    }
    Ok(text.derived(abbreviated(text.as_str().as_bytes(), 0, width)).into())
}

pub(super) fn abbrevboth(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (left, right, text) = (args.int(0)?, args.int(1)?, args.text(2)?);
    if right < 4 || left > 0 && right < 7 {
        return Ok(text.into());
    }
    Ok(text.derived(abbreviated(text.as_str().as_bytes(), left, right)).into())
}

/// At most `width` (at least 4) bytes of a text, with `...` where it was cut: at the end, and at the start for a larger
/// `offset`.
fn abbreviated(text: &[u8], offset: i64, width: i64) -> String {
    let width = usize::try_from(width).unwrap_or(usize::MAX);
    let len = text.len();
    if len <= width {
        return lossy(text).into_owned();
    }
    let kept = width.saturating_sub(3);
    let mut offset = usize::try_from(offset).unwrap_or(0).min(len);
    if len - offset < kept {
        offset = len - kept;
    }
    if offset <= 4 {
        return format!("{}...", lossy(&text[..kept]));
    }
    if width < 7 {
        return String::new();
    }
    if offset.saturating_add(kept) < len {
        return format!("...{}", abbreviated(&text[offset..], 0, i64::try_from(kept).unwrap_or(i64::MAX)));
    }
    format!("...{}", lossy(&text[len - kept..]))
}

pub(super) fn repeat(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (count, text) = (args.int(0)?, args.text(1)?);
    let count = usize::try_from(count).map_err(|_| "strings: negative Repeat count".to_owned())?;
    let size = text.len().saturating_mul(count);
    call.text_fits(size)?;
    if size == 0 {
        return Ok(Text::default().into());
    }
    call.charge(count)?;
    Ok(text.derived(text.as_str().repeat(count)).into())
}

pub(super) fn replace(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (old, new, text) = (args.str(0)?, args.text(1)?, args.text(2)?);
    let found = if old.is_empty() { text.as_str().chars().count() + 1 } else { text.as_str().matches(old).count() };
    call.text_fits(text.len().saturating_add(found.saturating_mul(new.len())))?;
    if old.is_empty() {
        return Ok(text.derived(text.as_str().replace(old, new.as_str())).into());
    }
    Ok(text.replace(old, &new, None).into())
}

pub(super) fn cat(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let mut out = Text::default();
    for (index, value) in args.iter().filter(|value| !value.is_nil()).enumerate() {
        if index > 0 {
            out.push_str(" ");
        }
        out.push(&value.printed()?);
    }
    Ok(out.into())
}

/// Each argument that is not nil in quotes, with spaces between.
fn quoted(args: &[Value], quote: impl Fn(&str) -> String) -> Result {
    let mut out = Text::default();
    for (index, value) in args.iter().filter(|value| !value.is_nil()).enumerate() {
        if index > 0 {
            out.push_str(" ");
        }
        let text = value.printed()?;
        let quoted = quote(text.as_str());
        let inside = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
        out.push_beside(&quoted[..1], &text, 0);
        if inside == text.as_str() {
            out.push(&text);
        } else {
            out.push(&text.derived(inside));
        }
        out.push_beside(&quoted[..1], &text, text.len().saturating_sub(1));
    }
    Ok(out.into())
}

pub(super) fn quote(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    quoted(args, |text| print::quoted(text, false))
}

pub(super) fn squote(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    quoted(args, |text| format!("'{text}'"))
}

/// The text with spaces before each line.
fn indented(call: &mut Call<'_, '_>, spaces: i64, text: &Text) -> std::result::Result<Text, String> {
    let spaces = usize::try_from(spaces).map_err(|_| "strings: negative Repeat count".to_owned())?;
    let breaks = text.as_str().bytes().filter(|byte| *byte == b'\n').count();
    call.text_fits(text.len().saturating_add(spaces.saturating_mul(breaks + 1)))?;
    let pad = " ".repeat(spaces);
    let mut out = Text::default();
    let mut start = 0;
    for line in text.as_str().split('\n') {
        let end = (start + line.len() + 1).min(text.len());
        out.push_beside(&pad, text, start);
        out.push_slice(text, start..end);
        start = end;
    }
    Ok(out)
}

pub(super) fn indent(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(indented(call, args.int(0)?, &args.text(1)?)?.into())
}

pub(super) fn nindent(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let text = args.text(1)?;
    let mut out = Text::default();
    out.push_beside("\n", &text, 0);
    out.push(&indented(call, args.int(0)?, &text)?);
    Ok(out.into())
}

pub(super) fn wrap(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (width, text) = (args.int(0)?, args.text(1)?);
    call.text_fits(text.len().saturating_mul(2))?;
    Ok(text.derived(wrap::wrapped(text.as_str(), width, "\n", false)).into())
}

pub(super) fn wrap_with(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (width, separator, text) = (args.int(0)?, args.str(1)?, args.text(2)?);
    call.text_fits(text.len().saturating_mul(separator.len().saturating_add(1)))?;
    let separator = if separator.is_empty() { "\n" } else { separator };
    Ok(text.derived(wrap::wrapped(text.as_str(), width, separator, true)).into())
}

pub(super) fn plural(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (one, many) = (args.text(0)?, args.text(1)?);
    Ok(if args.int(2)? == 1 { one } else { many }.into())
}

/// The strings of a list, or the one string of anything else; nil is left out.
pub(super) fn strings(value: &Value) -> std::result::Result<Vec<Text>, String> {
    let plain = super::arguments::plain(value);
    match (&value.kind, &plain.kind) {
        (_, Kind::List(list)) => list.iter().filter(|item| !item.is_nil()).map(Value::printed).collect(),
        (Kind::Nil, _) => Ok(Vec::new()),
        _ => Ok(vec![value.printed()?]),
    }
}

/// A list of strings as a value.
pub(super) fn list_of(texts: Vec<Text>) -> Value {
    Value::list(texts.into_iter().map(Value::from).collect())
}

pub(super) fn join(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (separator, items) = (args.text(0)?, strings(args.value(1))?);
    let size = items.iter().map(Text::len).fold(0, usize::saturating_add);
    call.text_fits(size.saturating_add(separator.len().saturating_mul(items.len())))?;
    let mut out = Text::default();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(&separator);
        }
        out.push(item);
    }
    Ok(out.into())
}

/// `strings.SplitN`: at most `limit` parts.
fn parts(
    call: &mut Call<'_, '_>,
    text: &Text,
    separator: &str,
    limit: usize,
) -> std::result::Result<Vec<Text>, String> {
    let whole = text.as_str();
    let mut found = Vec::new();
    let mut start = 0;
    if limit == 0 {
        return Ok(found);
    }
    if separator.is_empty() {
        let ends = whole.char_indices().skip(1).map(|(at, _)| at).chain((!whole.is_empty()).then_some(whole.len()));
        for end in ends {
            call.list_fits(found.len() + 1)?;
            let end = if found.len() + 1 == limit { whole.len() } else { end };
            found.push(text.slice(start..end));
            start = end;
            if start == whole.len() {
                break;
            }
        }
        return Ok(found);
    }
    for (at, _) in whole.match_indices(separator) {
        if found.len() + 1 == limit {
            break;
        }
        call.list_fits(found.len() + 1)?;
        found.push(text.slice(start..at));
        start = at + separator.len();
    }
    found.push(text.slice(start..whole.len()));
    Ok(found)
}

/// Parts as the map of `split`: `_0`, `_1` and so on.
fn numbered(parts: Vec<Text>) -> Value {
    let entries = parts.into_iter().enumerate();
    Value::map(entries.map(|(index, part)| (CompactString::from(format!("_{index}")), part.into())).collect())
}

pub(super) fn split(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(numbered(parts(call, &args.text(1)?, args.str(0)?, usize::MAX)?))
}

pub(super) fn splitn(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let limit = usize::try_from(args.int(1)?).unwrap_or(usize::MAX);
    Ok(numbered(parts(call, &args.text(2)?, args.str(0)?, limit)?))
}

pub(super) fn split_list(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(list_of(parts(call, &args.text(1)?, args.str(0)?, usize::MAX)?))
}

pub(super) fn to_strings(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok(list_of(strings(Arguments(args).value(0))?))
}

pub(super) fn to_string(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok(Arguments(args).value(0).printed()?.into())
}

pub(super) fn contains(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(args.str(1)?.contains(args.str(0)?).into())
}

pub(super) fn has_prefix(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(args.str(1)?.starts_with(args.str(0)?).into())
}

pub(super) fn has_suffix(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    Ok(args.str(1)?.ends_with(args.str(0)?).into())
}

pub(super) fn hello(_: &mut Call<'_, '_>, _: &[Value]) -> Result {
    Ok("Hello!".into())
}

pub(super) fn sort_alpha(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let value = Arguments(args).value(0);
    let mut items = if value.is_nil() { vec![value.printed()?] } else { strings(value)? };
    call.charge(items.len())?;
    items.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    Ok(Value::computed(Kind::List(List::new(items.into_iter().map(Value::from).collect()))))
}
