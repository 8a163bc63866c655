//! Paths with `/`, which are the paths of the operating system too.

use super::arguments::Arguments;
use crate::call::Call;
use crate::value::Value;

type Result = std::result::Result<Value, String>;

fn changed(args: &[Value], change: impl FnOnce(&str) -> String) -> Result {
    let text = Arguments(args).text(0)?;
    let changed = change(text.as_str());
    Ok(text.derived(changed).into())
}

/// `path.Clean`: the shortest path that means the same.
fn cleaned(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

pub(super) fn base(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    changed(args, |path| {
        if path.is_empty() {
            return ".".to_owned();
        }
        match path.trim_end_matches('/') {
            "" => "/".to_owned(),
            path => path.rsplit('/').next().unwrap_or(path).to_owned(),
        }
    })
}

pub(super) fn dir(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    changed(args, |path| cleaned(path.rfind('/').map_or("", |at| &path[..=at])))
}

pub(super) fn clean(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    changed(args, cleaned)
}

pub(super) fn ext(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    changed(args, |path| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.rfind('.').map_or(String::new(), |at| name[at..].to_owned())
    })
}

pub(super) fn is_abs(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok(Arguments(args).str(0)?.starts_with('/').into())
}
