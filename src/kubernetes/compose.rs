//! Compose services as the pods that they would be.
//!
//! Docker's defaults are not those of a cluster, so such a pod is a fragment: what the service says holds, and of
//! everything else nothing is known.

use stockade_model::{Field, Kind, Map, Resource, Technology, Value};
use stockade_source::Span;

use crate::fragment;

/// The pod of a service.
pub(crate) fn pod(service: &Resource) -> Option<Resource> {
    if service.technology != Technology::Compose || service.kind != "service" {
        return None;
    }
    let body = &service.body;
    let mut container = Map::new(body.head);
    put(&mut container, "name", Value::text(&service.name, body.head));
    for (from, to) in [("image", "image"), ("entrypoint", "command"), ("command", "args")] {
        let field = body.field(from).filter(|field| to == "image" || field.value.as_list().is_some());
        carry(&mut container, to, field);
    }
    put_list(&mut container, "env", body.get("environment").map(environment));
    put_list(&mut container, "ports", body.get("ports").map(ports));
    let context = security_context(body);
    if !context.is_empty() {
        put(&mut container, "securityContext", Value::map(context, Span::NONE));
    }

    let mut spec = Map::new(body.head);
    for (from, to) in [("network_mode", "hostNetwork"), ("pid", "hostPID"), ("ipc", "hostIPC")] {
        if let Some(field) = body.field(from).filter(|field| field.value.as_text() == Some("host")) {
            let value = Value { kind: Kind::Bool(true), ..field.value.clone() };
            spec.insert(to, Field { value, ..field.clone() });
        }
    }
    put_list(&mut spec, "volumes", body.get("volumes").map(volumes));
    put(&mut spec, "containers", Value::list(vec![Value::map(container, service.span)], service.span));

    let mut root = Map::new(body.head);
    put(&mut root, "spec", Value::map(spec, service.span));
    let mut pod = Resource::new(service.technology, "Pod", root, service.span);
    pod.name = service.name.clone();
    fragment::open(&pod.kind, &mut pod.body, "a setting that Compose leaves to Docker");
    Some(pod)
}

fn security_context(body: &Map) -> Map {
    let mut context = Map::new(body.head);
    carry(&mut context, "privileged", body.field("privileged"));
    carry(&mut context, "readOnlyRootFilesystem", body.field("read_only"));
    if let Some(field) = body.field("user")
        && let Some(id) = user_id(&field.value)
    {
        let value = Value { kind: Kind::Number(id.into()), ..field.value.clone() };
        context.insert("runAsUser", Field { value, ..field.clone() });
    }
    let mut capabilities = Map::new(body.head);
    carry(&mut capabilities, "add", body.field("cap_add"));
    carry(&mut capabilities, "drop", body.field("cap_drop"));
    if !capabilities.is_empty() {
        put(&mut context, "capabilities", Value::map(capabilities, Span::NONE));
    }
    for option in body.get("security_opt").map_or(&[][..], Value::items) {
        let Some((name, word)) = option.as_text().and_then(|text| text.split_once([':', '='])) else { continue };
        let (key, value) = match (name, word) {
            ("no-new-privileges", "true") => ("allowPrivilegeEscalation", Value::bool(false, option.span)),
            ("seccomp", "unconfined") => ("seccompProfile", unconfined(option.span)),
            ("apparmor", "unconfined") => ("appArmorProfile", unconfined(option.span)),
            _ => continue,
        };
        put(&mut context, key, value);
    }
    context
}

fn unconfined(span: Span) -> Value {
    let mut map = Map::new(span);
    put(&mut map, "type", Value::text("Unconfined", span));
    Value::map(map, span)
}

/// The number of `user: 1000:1000`; root has one by name too.
fn user_id(user: &Value) -> Option<i64> {
    if let Some(number) = user.as_number() {
        return number.as_i64();
    }
    let name = user.as_text()?.split(':').next()?;
    if name == "root" { Some(0) } else { name.parse().ok() }
}

fn environment(value: &Value) -> Value {
    let variables = value.as_map().into_iter().flat_map(Map::iter).map(|(name, field)| {
        let mut map = Map::new(field.key);
        put(&mut map, "name", Value::text(name, field.key));
        if !field.value.is_null() {
            map.insert("value", Field { key: field.key, entry: field.entry, value: field.value.clone() });
        }
        Value::map(map, field.entry)
    });
    Value::list(variables.collect(), value.span)
}

fn ports(value: &Value) -> Value {
    let ports = value.items().iter().filter_map(|port| {
        let mut map = Map::new(port.span);
        for (from, to) in [("target", "containerPort"), ("published", "hostPort"), ("host_ip", "hostIP")] {
            carry(&mut map, to, port.as_map()?.field(from));
        }
        Some(Value::map(map, port.span))
    });
    Value::list(ports.collect(), value.span)
}

fn volumes(value: &Value) -> Value {
    let bound = |volume: &&Value| volume.get("type").and_then(Value::as_text) == Some("bind");
    let volumes = value.items().iter().filter(bound).filter_map(|volume| {
        let mut path = Map::new(volume.span);
        carry(&mut path, "path", volume.as_map()?.field("source"));
        let mut map = Map::new(volume.span);
        put(&mut map, "hostPath", Value::map(path, volume.span));
        Some(Value::map(map, volume.span))
    });
    Value::list(volumes.collect(), value.span)
}

fn carry(map: &mut Map, key: &str, field: Option<&Field>) {
    if let Some(field) = field {
        map.insert(key, field.clone());
    }
}

fn put_list(map: &mut Map, key: &str, list: Option<Value>) {
    if let Some(list) = list.filter(|list| !list.items().is_empty()) {
        put(map, key, list);
    }
}

fn put(map: &mut Map, key: &str, value: Value) {
    map.insert(key, Field { key: value.span, entry: value.span, value });
}
