//! What a task asks of a package manager by the names alone.

use stockade_model::{Kind, Map, Value};

use crate::jinja;

/// What the packages are that the task names: `versioned` where each name has its version in it, `all` for `*`, which
/// stands for all that is installed; `None` where at least one may be anything else.
///
/// `body` holds the canonical arguments of `module` as they are written.
pub(crate) fn named(module: &str, body: &Map) -> Option<&'static str> {
    if !MANAGERS.contains(&module) {
        return None;
    }
    let value = body.get("name")?;
    let names: Vec<&str> = match &value.kind {
        Kind::Text(text) => text.split(',').map(str::trim).collect(),
        Kind::List(list) if list.open.is_none() => list.items.iter().map(Value::as_text).collect::<Option<_>>()?,
        _ => return None,
    };
    let all = |test: fn(&str) -> bool| !names.is_empty() && names.iter().all(|name| test(name));
    if all(|name| name == "*") {
        Some("all")
    } else if all(has_version) || RPM.contains(&module) && all(is_release) {
        Some("versioned")
    } else {
        None
    }
}

/// Managers that take the version with the name.
const MANAGERS: &[&str] = &[
    "ansible.builtin.apt",
    "ansible.builtin.dnf",
    "ansible.builtin.dnf5",
    "ansible.builtin.package",
    "ansible.builtin.pip",
    "ansible.builtin.yum",
    "community.general.apk",
    "community.general.pacman",
    "community.general.zypper",
];

const RPM: &[&str] = &["ansible.builtin.dnf", "ansible.builtin.dnf5", "ansible.builtin.yum"];

/// `nginx=1.26.*`, `requests==2.32`, also where a template gives the version; not `requests>=2`.
fn has_version(name: &str) -> bool {
    name.match_indices('=').any(|(at, _)| {
        let version = name[at + 1..].trim_start_matches('=').trim_start();
        let begins = version.starts_with(|c: char| c.is_ascii_digit())
            || jinja::holes(version).first().is_some_and(|hole| hole.start == 0);
        let hole = jinja::holes(name).iter().any(|hole| hole.contains(&at));
        begins && !hole && !name[..at].ends_with(['<', '>', '!', '~', '='])
    })
}

/// `httpd-2.4.6-97.el7`: a name, a version, a release.
fn is_release(name: &str) -> bool {
    let digit = |part: Option<&str>| part.is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    let mut parts = name.rsplitn(3, '-');
    digit(parts.next()) && digit(parts.next()) && parts.next().is_some_and(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use stockade_source::Span;

    use super::*;

    fn of(module: &str, name: Value) -> Option<&'static str> {
        let mut body = Map::new(Span::NONE);
        body.set("name", name);
        named(module, &body)
    }

    #[test]
    fn versions_are_seen_in_names() {
        let pip = |name: &str| of("ansible.builtin.pip", Value::text(name, Span::NONE));
        assert_eq!(pip("requests==2.32.3"), Some("versioned"));
        assert_eq!(pip("requests==2.*, six==1.17"), Some("versioned"));
        assert_eq!(pip("{{ name }}=={{ version }}"), Some("versioned"));
        for any in ["requests", "requests>=2.32", "requests~=2.32", "requests!=2.32", "a==1, b", "{{ x }}", "", "a==b"]
        {
            assert_eq!(pip(any), None, "{any}");
        }
        assert_eq!(pip("{{ 'a' if b==1 else 'c' }}"), None);
        assert_eq!(of("ansible.builtin.user", Value::text("a=1", Span::NONE)), None);
    }

    #[test]
    fn releases_are_of_rpm() {
        let name = || Value::text("httpd-2.4.6-97.el7", Span::NONE);
        assert_eq!(of("ansible.builtin.dnf", name()), Some("versioned"));
        assert_eq!(of("ansible.builtin.apt", name()), None);
        assert_eq!(of("ansible.builtin.yum", Value::text("java-1.8.0-openjdk", Span::NONE)), None);
    }

    #[test]
    fn every_package_counts() {
        let list = |names: &[&str]| {
            let items = names.iter().map(|name| Value::text(name, Span::NONE)).collect();
            of("ansible.builtin.apt", Value::list(items, Span::NONE))
        };
        assert_eq!(list(&["*"]), Some("all"));
        assert_eq!(list(&["a=1", "b=2"]), Some("versioned"));
        assert_eq!(list(&["a=1", "b"]), None);
        assert_eq!(list(&["a=1", "*"]), None);
        assert_eq!(list(&[]), None);
    }
}
