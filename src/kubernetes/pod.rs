//! The views `pod`, `container` and `image`.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_model::{Field, Kind, Local, Lowered, Map, Reason, Resource, Step, Value, Via, Why};
use stockade_source::Span;

use crate::object::{Addresses, Object, clipped};
use crate::workload::{self, is_within};
use crate::{environment, flags, image};

/// What a container takes over from its pod's `securityContext`.
const INHERITED: [&str; 7] = [
    "appArmorProfile",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "seLinuxOptions",
    "seccompProfile",
    "windowsOptions",
];

/// The lists of containers of a pod, and the `type` of their elements.
const CONTAINERS: [(&str, &str); 3] =
    [("initContainers", "init"), ("containers", "main"), ("ephemeralContainers", "ephemeral")];

/// How many values an inherited structure may hold: every container gets its own copy.
const INHERITED_SIZE: usize = 64;

/// How much of a workload's address and of a container's name the addresses of views repeat.
const ADDRESS: usize = 1024;

/// A pod among the resources of a project.
pub(crate) struct Pod {
    /// The view.
    pub(crate) at: Local,
    /// The object that runs it.
    pub(crate) workload: Local,
    /// Its namespace.
    pub(crate) namespace: CompactString,
    /// Where the unknowns of its names mean the same; see [`Object::scope`].
    pub(crate) scope: CompactString,
    /// The views of its containers.
    pub(crate) containers: Vec<Local>,
}

/// Adds the views of the pods that an object runs.
///
/// `left` is how many values they may still share; see [`workload::SHARED`].
pub(crate) fn views(
    lowered: &mut Lowered,
    object: &Object,
    addresses: &mut Addresses,
    left: &mut usize,
    pods: &mut Vec<Pod>,
) {
    let workload = &lowered.resources[object.at.0 as usize];
    for found in workload::pods(&workload.kind, &workload.body, left) {
        let pod = view(lowered, object, addresses, found);
        pods.push(pod);
    }
}

fn view(lowered: &mut Lowered, object: &Object, addresses: &mut Addresses, found: workload::Pod) -> Pod {
    let workload = &lowered.resources[object.at.0 as usize];
    let containers = containers(&found.body);
    let head = found.body.head;
    let mut base = CompactString::from(clipped(&workload.address, ADDRESS));
    let mut pod = Resource::new(workload.technology, "pod", found.body, found.span);
    if pod.body.get("os").is_none()
        && let Some(windows) = windows(&pod.body)
    {
        let mut os = Map::new(windows.span);
        os.set("name", windows);
        pod.body.set("os", Value::map(os, Span::NONE));
    }
    pod.name = workload.name.clone();
    if let Some(name) = &found.name {
        pod.name = name.clone();
        base = format_compact!("{base}/{}", clipped(name, ADDRESS));
    }
    pod.address = addresses.unique(format_compact!("{base}/pod"));
    let view = |mut resource: Resource, lowered: &mut Lowered| {
        let workload = &lowered.resources[object.at.0 as usize];
        resource.instance = workload.instance.clone();
        resource.via = workload.via;
        resource.view = true;
        lowered.add(resource)
    };
    let technology = pod.technology;
    let pod_at = view(pod, lowered);
    lowered.link(pod_at, object.at, "workload", head);

    let mut container_views = Vec::with_capacity(containers.len());
    for (container, span) in containers {
        let mut resource = Resource::new(technology, "container", container, span);
        let name = resource.body.get("name").and_then(Value::as_text).unwrap_or("unnamed");
        resource.name = name.into();
        resource.address = addresses.unique(format_compact!("{base}/container/{}", clipped(name, ADDRESS)));
        let head = resource.head();
        let reference = resource.body.get("image").cloned();
        let (name, address) = (resource.name.clone(), resource.address.clone());
        let at = view(resource, lowered);
        lowered.link(at, pod_at, "pod", head);
        lowered.link(at, object.at, "workload", head);
        container_views.push(at);
        if let Some(reference) = reference
            && let Some(parts) = image::parts(&reference)
        {
            let mut resource = Resource::new(technology, "image", parts, reference.span);
            resource.name = name;
            resource.address = addresses.unique(format_compact!("{address}/image"));
            let image = view(resource, lowered);
            lowered.link(image, at, "container", reference.span);
        }
    }
    Pod {
        at: pod_at,
        workload: object.at,
        namespace: object.namespace.clone(),
        scope: object.scope.clone(),
        containers: container_views,
    }
}

/// `windows`, where the pod can only run there: by the label that every node has, or because its containers are processes
/// of the host.
fn windows(spec: &Map) -> Option<Value> {
    let selector = spec
        .get("nodeSelector")
        .and_then(|selector| selector.get("kubernetes.io/os").or_else(|| selector.get("beta.kubernetes.io/os")));
    if let Some(os) = selector.filter(|os| os.as_text() == Some("windows")) {
        return Some(os.clone());
    }
    let options = spec.get("securityContext").and_then(|context| context.get("windowsOptions"));
    let process = options.and_then(|options| options.get("hostProcess"));
    process.filter(|process| process.as_bool() == Some(true)).map(|process| Value::text("windows", process.span))
}

/// The bodies of the containers of a pod.
fn containers(spec: &Map) -> Vec<(Map, Span)> {
    let unknown = spec.open.as_ref().map(|why| Value::new(Kind::Unknown(Arc::clone(why)), spec.head));
    let context = spec.get("securityContext").or(unknown.as_ref());
    let mut out = Vec::new();
    for (list, kind) in CONTAINERS {
        for item in spec.get(list).map_or(&[][..], Value::items) {
            let Some(map) = item.as_map() else { continue };
            let mut body = map.clone();
            if let Some(name) = body.get("name").filter(|name| !name.span.is_none()) {
                body.head = name.span;
            }
            if let Some(context) = context {
                inherit(&mut body, context);
            }
            let computed = |value| Field { key: Span::NONE, entry: Span::NONE, value };
            body.insert("type", computed(Value::text(kind, Span::NONE)));
            let line = |key| body.get(key).map(|words| environment::expanded(words, &body));
            let (command, args) = (line("command"), line("args"));
            let program = flags::program(command.as_deref());
            let flags = flags::flags(command.as_deref(), args.as_deref());
            drop((command, args));
            if let Some(program) = program {
                body.insert("program", computed(program));
            }
            if let Some(flags) = flags {
                body.insert("flags", computed(Value::map(flags, Span::NONE)));
            }
            out.push((body, item.span));
        }
    }
    out
}

/// Puts into a container's `securityContext` what it takes over from the pod's.
///
/// A `securityContext` that the container has only because of that has no text of its own: its spans are
/// [`Span::NONE`] and its head is the container's.
fn inherit(container: &mut Map, context: &Value) {
    let (head, open) = (container.head, container.open.is_some());
    match container.field_mut("securityContext") {
        Some(field) if !field.value.is_null() => {
            if let Kind::Map(own) = &mut field.value.kind
                && own.open.is_none()
            {
                take_over(own, context);
            }
        }
        _ if !open => {
            let mut own = Map::new(head);
            take_over(&mut own, context);
            if !own.is_empty() {
                let value = Value::map(own, Span::NONE);
                container.insert("securityContext", Field { key: Span::NONE, entry: Span::NONE, value });
            }
        }
        _ => {}
    }
}

fn take_over(own: &mut Map, context: &Value) {
    for name in INHERITED {
        let Some(theirs) = inherited(context, name) else { continue };
        match own.field_mut(name) {
            None => {
                own.insert(name, theirs);
            }
            Some(field) if field.value.is_null() => *field = theirs,
            // The one structure that the kubelet merges field by field.
            Some(Field { value: Value { kind: Kind::Map(own), .. }, .. }) if name == "windowsOptions" => {
                if let Kind::Map(theirs) = theirs.value.kind {
                    for (key, field) in theirs.iter() {
                        if own.get(key).is_none() {
                            own.insert(key.clone(), field.clone());
                        }
                    }
                }
            }
            Some(_) => {}
        }
    }
}

/// A field of the pod's `securityContext`, marked as inherited.
fn inherited(context: &Value, name: &str) -> Option<Field> {
    let unknown = |why: &Arc<Why>, span| {
        let value = Value::new(Kind::Unknown(Arc::clone(why)), span);
        Some(Field { key: Span::NONE, entry: Span::NONE, value })
    };
    match &context.kind {
        Kind::Map(map) => match map.field(name).filter(|field| !field.value.is_null()) {
            Some(field) => {
                if !is_within(&field.value, &mut { INHERITED_SIZE }) {
                    let why = Why { reason: Reason::Limit, subject: name.into(), span: field.value.span };
                    return unknown(&Arc::new(why), field.value.span);
                }
                let mut field = field.clone();
                mark(&mut field.value);
                Some(field)
            }
            None => map.open.as_ref().and_then(|why| unknown(why, map.head)),
        },
        Kind::Unknown(why) => unknown(why, context.span),
        _ => None,
    }
}

fn mark(value: &mut Value) {
    if !value.span.is_none() {
        let mut origin = value.origin.as_deref().cloned().unwrap_or_default();
        let via = Via::Inherited("the pod's security context".into());
        origin.steps.insert(0, Step { span: value.span, via });
        value.origin = Some(Arc::new(origin));
    }
    match &mut value.kind {
        Kind::Map(map) => map.iter_mut().for_each(|(_, field)| mark(&mut field.value)),
        Kind::List(list) => list.items.iter_mut().for_each(mark),
        _ => {}
    }
}
