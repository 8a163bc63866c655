//! Services in their long form.

use stockade_model::{CompactString, Field, Kind, List, Map, Value};
use stockade_source::Span;

use crate::text;

/// Brings the short forms of a service's fields into their long ones.
pub(crate) fn normalise(body: &mut Map) {
    if let Some(build) = body.field_mut("build") {
        build.value = self::build(&build.value);
    }
    each(body, "ports", port);
    each(body, "volumes", volume);
    for key in ["environment", "labels", "annotations", "extra_hosts", "sysctls"] {
        if let Some(field) = body.field_mut(key) {
            field.value = pairs(&field.value);
        }
    }
    for key in ["cap_add", "cap_drop", "security_opt", "devices", "group_add", "dns", "tmpfs", "env_file", "expose"] {
        if let Some(field) = body.field_mut(key)
            && matches!(field.value.kind, Kind::Text(_) | Kind::Template(_) | Kind::Number(_))
        {
            let span = field.value.span;
            field.value = Value::list(vec![field.value.clone()], span);
        }
    }
    for key in ["privileged", "read_only", "init", "tty", "stdin_open"] {
        if let Some(field) = body.field_mut(key)
            && let Some(flag) = field.value.as_text().and_then(|word| word.parse::<bool>().ok())
        {
            field.value.kind = Kind::Bool(flag);
        }
    }
}

fn each(body: &mut Map, key: &str, long: impl Fn(&Value) -> Option<Value>) {
    let Some(field) = body.field_mut(key) else { return };
    if let Kind::List(list) = &mut field.value.kind {
        for item in &mut list.items {
            if let Some(value) = long(item) {
                *item = value;
            }
        }
    }
}

/// `build: ./web` is `build: { context: ./web }`.
fn build(value: &Value) -> Value {
    if value.as_map().is_some() {
        return value.clone();
    }
    let mut map = Map::new(value.span);
    map.set("context", value.clone());
    Value::map(map, value.span)
}

/// `[host_ip:][published:]target[/protocol]`; both ports may be ranges, and then they stay texts.
fn port(value: &Value) -> Option<Value> {
    if value.as_map().is_some() {
        return None;
    }
    let written = text(value)?;
    let (rest, protocol) = match written.rsplit_once('/') {
        Some((rest, protocol)) => (rest, protocol),
        None => (written.as_str(), "tcp"),
    };
    let (before, target) = rest.rsplit_once(':').map_or((None, rest), |(before, target)| (Some(before), target));
    let (host_ip, published) = match before {
        // An address of IPv6 stands in brackets.
        Some(before) => match before.rsplit_once(':') {
            Some((host, published)) => (Some(host.trim_matches(['[', ']'])), Some(published)),
            None => (None, Some(before)),
        },
        None => (None, None),
    };
    let mut map = Map::new(value.span);
    put(&mut map, "target", number(target, value.span));
    if let Some(published) = published.filter(|published| !published.is_empty()) {
        put(&mut map, "published", number(published, value.span));
    }
    if let Some(host_ip) = host_ip {
        put(&mut map, "host_ip", Value::text(host_ip, value.span));
    }
    put(&mut map, "protocol", Value::text(protocol, value.span));
    Some(derived(Value::map(map, value.span), value))
}

/// `[source:]target[:mode]`. A source that is a path is a bind mount, any other is a volume's name.
fn volume(value: &Value) -> Option<Value> {
    if value.as_map().is_some() {
        return None;
    }
    let written = text(value)?;
    let mut parts: Vec<&str> = written.split(':').collect();
    // `C:\data:/data`: the first colon is the drive's.
    let drive = parts.len() > 1 && parts[0].len() == 1 && parts[1].starts_with(['\\', '/']) && parts.len() > 2;
    let windows: CompactString;
    if drive {
        windows = written[..parts[0].len() + 1 + parts[1].len()].into();
        parts.splice(0..2, [windows.as_str()]);
    }
    let (source, target, mode) = match parts.as_slice() {
        [target] => (None, *target, ""),
        [source, target] => (Some(*source), *target, ""),
        [source, target, mode, ..] => (Some(*source), *target, *mode),
        [] => return None,
    };
    let path = |source: &str| source.starts_with(['/', '.', '~']) || source.contains('\\');
    let mut map = Map::new(value.span);
    let kind = if source.is_some_and(path) { "bind" } else { "volume" };
    put(&mut map, "type", Value::text(kind, value.span));
    if let Some(source) = source {
        put(&mut map, "source", Value::text(source, value.span));
    }
    put(&mut map, "target", Value::text(target, value.span));
    put(&mut map, "read_only", Value::bool(mode.split(',').any(|word| word == "ro"), value.span));
    Some(derived(Value::map(map, value.span), value))
}

/// A list of `NAME=value` or a mapping, as a mapping; a name alone is taken from the environment.
fn pairs(value: &Value) -> Value {
    let Kind::List(list) = &value.kind else { return value.clone() };
    let mut map = Map::new(value.span);
    let List { items, open } = &**list;
    map.open.clone_from(open);
    for item in items {
        match &item.kind {
            Kind::Text(word) => {
                if let Some((name, text)) = word.split_once(['=', ':']) {
                    let value = derived(Value::text(text, item.span), item);
                    map.insert(name, Field { key: item.span, entry: item.span, value });
                }
            }
            Kind::Template(parts) => {
                let Some(stockade_model::Part::Known(first)) = parts.first() else { continue };
                let Some((name, rest)) = first.split_once(['=', ':']) else { continue };
                let mut parts = parts.to_vec();
                parts[0] = stockade_model::Part::Known(rest.into());
                if rest.is_empty() {
                    parts.remove(0);
                }
                let kind = match parts.as_slice() {
                    [stockade_model::Part::Unknown(why)] => Kind::Unknown(std::sync::Arc::clone(why)),
                    _ => Kind::Template(parts.into()),
                };
                let value = derived(Value::new(kind, item.span), item);
                map.insert(name, Field { key: item.span, entry: item.span, value });
            }
            _ => {}
        }
    }
    Value::map(map, value.span)
}

/// A value made of another one, which keeps where that came from.
fn derived(mut value: Value, from: &Value) -> Value {
    value.origin.clone_from(&from.origin);
    value.sensitive = from.sensitive;
    value
}

fn number(text: &str, span: Span) -> Value {
    text.parse::<i64>().map_or_else(|_| Value::text(text, span), |number| Value::number(number, span))
}

fn put(map: &mut Map, key: &str, value: Value) {
    map.insert(key, Field { key: value.span, entry: value.span, value });
}
