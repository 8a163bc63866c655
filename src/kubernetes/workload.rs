//! Where each kind of object keeps the pods that it runs.

use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Field, Kind, List, Map, Reason, Value, Why};
use stockade_source::Span;

use crate::api::group;

/// How many values of workflows and step templates the containers of one project may repeat.
pub(crate) const SHARED: usize = 500_000;

/// What a pod of a workflow has from the template that it is made of, or else from the workflow.
const OF_THE_WORKFLOW: [&str; 13] = [
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "hostAliases",
    "hostNetwork",
    "imagePullSecrets",
    "nodeSelector",
    "priorityClassName",
    "schedulerName",
    "securityContext",
    "serviceAccountName",
    "tolerations",
];

/// A pod as an object holds it.
pub(crate) struct PodSpec<'a> {
    /// The fields.
    pub(crate) spec: &'a Map,
    /// All of the fields.
    pub(crate) span: Span,
    /// The key of the fields.
    pub(crate) key: Span,
    /// What holds `spec` and `metadata`: the template, or the object itself.
    pub(crate) template: &'a Map,
}

/// The pod of an object that runs one kind of them.
pub(crate) fn pod_spec<'a>(kind: &str, body: &'a Map) -> Option<PodSpec<'a>> {
    let template = template(kind, body)?.iter().try_fold(body, |map, key| map.get(key).and_then(Value::as_map))?;
    let field = template.field("spec")?;
    Some(PodSpec { spec: field.value.as_map()?, span: field.value.span, key: field.key, template })
}

/// The fields of the pod of an object that runs one kind of them.
pub(crate) fn pod_spec_mut<'a>(kind: &str, body: &'a mut Map) -> Option<&'a mut Map> {
    template(kind, body)?.iter().chain(&["spec"]).try_fold(body, |map, key| match &mut map.field_mut(key)?.value.kind {
        Kind::Map(map) => Some(&mut **map),
        _ => None,
    })
}

/// The body of a pod that an object runs.
pub(crate) struct Pod {
    /// The fields of its spec, and `metadata`. The head is the key of the spec, where it has one.
    pub(crate) body: Map,
    /// The text that declares it.
    pub(crate) span: Span,
    /// Which of several it is.
    pub(crate) name: Option<CompactString>,
}

/// The pods that an object of this kind runs; what several of them share takes values off those that are left.
pub(crate) fn pods(kind: &str, body: &Map, left: &mut usize) -> Vec<Pod> {
    if let Some(found) = pod_spec(kind, body) {
        let mut pod = found.spec.clone();
        pod.head = if kind == "Pod" && found.key.is_none() { body.head } else { found.key };
        if let Some(metadata) = found.template.field("metadata") {
            pod.insert("metadata", metadata.clone());
        }
        return vec![Pod { body: pod, span: found.span, name: None }];
    }
    let spec = |path: &[&str]| path.iter().try_fold(body, |map, key| map.get(key).and_then(Value::as_map));
    let (group, of) = (group_of(body), |path: &[&str]| spec(path).into_iter());
    match (group, kind) {
        ("argoproj.io", "Workflow" | "WorkflowTemplate" | "ClusterWorkflowTemplate") => {
            of(&["spec"]).flat_map(|workflow| of_workflow(workflow, left)).collect()
        }
        ("argoproj.io", "CronWorkflow") => {
            of(&["spec", "workflowSpec"]).flat_map(|workflow| of_workflow(workflow, left)).collect()
        }
        ("tekton.dev", "Task" | "ClusterTask") => {
            body.field("spec").and_then(|task| of_task(task, None, None, left)).into_iter().collect()
        }
        ("tekton.dev", "TaskRun") => {
            let run = spec(&["spec"]);
            let task = run.and_then(|run| run.field("taskSpec"));
            task.and_then(|task| of_task(task, run, None, left)).into_iter().collect()
        }
        ("tekton.dev", "Pipeline") => of(&["spec"]).flat_map(|pipeline| of_pipeline(pipeline, left)).collect(),
        ("tekton.dev", "PipelineRun") => {
            of(&["spec", "pipelineSpec"]).flat_map(|pipeline| of_pipeline(pipeline, left)).collect()
        }
        _ => Vec::new(),
    }
}

fn group_of(body: &Map) -> &str {
    body.get("apiVersion").and_then(Value::as_text).map_or("", group)
}

/// Where an object of this kind has its pod's template; nowhere is the object itself.
fn template(kind: &str, body: &Map) -> Option<&'static [&'static str]> {
    Some(match (kind, group_of(body)) {
        ("Pod", _) | ("Revision", "serving.knative.dev") => &[],
        ("PodTemplate", _) => &["template"],
        ("CronJob", _) => &["spec", "jobTemplate", "spec", "template"],
        ("ScaledJob", "keda.sh") => &["spec", "jobTargetRef", "template"],
        ("DaemonSet" | "Deployment" | "Job" | "ReplicaSet" | "ReplicationController" | "StatefulSet", _)
        | ("DeploymentConfig" | "Service.serving.knative.dev", _)
        | ("DaemonSet.apps.kruise.io" | "StatefulSet.apps.kruise.io", _)
        | ("CloneSet", "apps.kruise.io")
        | ("Configuration", "serving.knative.dev")
        | ("Rollout", "argoproj.io") => &["spec", "template"],
        _ => return None,
    })
}

/// Every template of an Argo workflow that runs containers is a pod.
fn of_workflow(workflow: &Map, left: &mut usize) -> Vec<Pod> {
    let templates = workflow.get("templates").map_or(&[][..], Value::items).iter();
    templates.filter_map(|template| of_workflow_template(workflow, template, left)).collect()
}

fn of_workflow_template(workflow: &Map, value: &Value, left: &mut usize) -> Option<Pod> {
    let template = value.as_map()?;
    let defaults = workflow.get("templateDefaults").and_then(Value::as_map);
    let field = |key: &str| {
        let own = template.field(key).filter(|field| !field.value.is_null());
        own.or_else(|| defaults?.field(key))
    };
    let mut containers = List::default();
    for key in ["container", "script"] {
        if let Some(main) = field(key)
            && let Some(map) = main.value.as_map()
        {
            let mut map = map.clone();
            if map.get("name").is_none() {
                map.set("name", Value::text("main", Span::NONE));
            }
            containers.items.push(Value { kind: Kind::Map(Box::new(map)), ..main.value.clone() });
        }
    }
    let set = field("containerSet").and_then(|set| set.value.get("containers"));
    containers.items.extend(set.into_iter().flat_map(Value::items).cloned());
    if containers.items.is_empty() {
        return None;
    }
    containers.items.extend(field("sidecars").into_iter().flat_map(|field| field.value.items()).cloned());

    let name = template.field("name").filter(|name| !name.value.span.is_none());
    let mut body = Map::new(name.map_or(template.head, |name| name.value.span));
    body.open = template.open.clone().or_else(|| workflow.open.clone());
    if let Some(patch) = field("podSpecPatch").or_else(|| workflow.field("podSpecPatch")) {
        let why = Why { reason: Reason::Template, subject: "podSpecPatch".into(), span: patch.value.span };
        body.open = Some(Arc::new(why));
    }
    for key in OF_THE_WORKFLOW {
        let theirs = || workflow.field(if key == "priorityClassName" { "podPriorityClassName" } else { key });
        if let Some(field) = field(key).or_else(theirs) {
            body.insert(key, shared(field, left));
        }
    }
    for key in ["metadata", "initContainers"] {
        if let Some(field) = field(key) {
            body.insert(key, shared(field, left));
        }
    }
    let theirs = workflow.field("volumes").map(|volumes| shared(volumes, left));
    let volumes: Vec<&Field> = theirs.iter().chain(field("volumes")).collect();
    if let Some(first) = volumes.first() {
        let items = volumes.iter().flat_map(|field| field.value.items()).cloned().collect();
        let open = volumes.iter().find_map(|field| match &field.value.kind {
            Kind::List(list) => list.open.clone(),
            _ => field.value.why().cloned(),
        });
        let list = Kind::List(Box::new(List { items, open }));
        let (key, entry) = (first.key, first.entry);
        body.insert("volumes", Field { key, entry, value: Value::new(list, first.value.span) });
    }
    body.set("containers", Value::new(Kind::List(Box::new(containers)), value.span));
    let name = name.and_then(|name| name.value.as_text()).map(CompactString::from);
    Some(Pod { body, span: value.span, name })
}

/// The tasks that a Tekton pipeline has in itself.
fn of_pipeline(pipeline: &Map, left: &mut usize) -> Vec<Pod> {
    let lists = ["tasks", "finally"].into_iter().filter_map(|key| pipeline.get(key));
    let tasks = lists.flat_map(Value::items).filter_map(|task| {
        let name = task.get("name").and_then(Value::as_text);
        of_task(task.as_map()?.field("taskSpec")?, None, name, left)
    });
    tasks.collect()
}

/// The pod of a Tekton task. What a task says of its pod stands in the run.
fn of_task(field: &Field, run: Option<&Map>, name: Option<&str>, left: &mut usize) -> Option<Pod> {
    let task = field.value.as_map()?;
    let steps = task.get("steps")?.as_list()?;
    let step_template = task.get("stepTemplate").and_then(Value::as_map);
    let containers = steps.items.iter().chain(task.get("sidecars").map_or(&[][..], Value::items));
    let containers = containers.map(|step| {
        let Some(map) = step.as_map() else { return step.clone() };
        let mut map = map.clone();
        if map.get("ref").is_some() || map.get("image").is_none() && step_template.is_none() {
            map.open.get_or_insert_with(|| missing("the step action", step.span));
        }
        for (key, theirs) in step_template.into_iter().flat_map(Map::iter) {
            merge(&mut map, key, &shared(theirs, left));
        }
        if let Some(resources) = map.field("computeResources").cloned() {
            map.insert("resources", resources);
        }
        Value { kind: Kind::Map(Box::new(map)), ..step.clone() }
    });
    let containers = List { items: containers.collect(), open: steps.open.clone() };

    let template = run.and_then(|run| run.get("podTemplate")).and_then(Value::as_map);
    let mut body = template.cloned().unwrap_or_else(|| Map::new(field.key));
    body.head = field.key;
    if run.is_none() {
        body.open = Some(missing("the run of the task", field.key));
    }
    let of_run = run.and_then(|run| run.field("serviceAccountName"));
    for (key, field) in [("serviceAccountName", of_run), ("volumes", task.field("volumes"))] {
        if let Some(field) = field {
            body.insert(key, field.clone());
        }
    }
    body.set("containers", Value::new(Kind::List(Box::new(containers)), field.value.span));
    Some(Pod { body, span: field.value.span, name: name.map(CompactString::from) })
}

/// Takes a field over where there is none, and the fields of a mapping likewise.
fn merge(map: &mut Map, key: &str, theirs: &Field) {
    match map.field_mut(key) {
        None => {
            map.insert(key, theirs.clone());
        }
        Some(Field { value: Value { kind: Kind::Map(own), .. }, .. }) => {
            for (key, field) in theirs.value.as_map().into_iter().flat_map(Map::iter) {
                if own.field(key).is_none() {
                    own.insert(key.clone(), field.clone());
                }
            }
        }
        Some(_) => {}
    }
}

/// A copy of a field, as long as there are values left for copies.
fn shared(field: &Field, left: &mut usize) -> Field {
    if is_within(&field.value, left) {
        return field.clone();
    }
    let why = Why { reason: Reason::Limit, subject: "what the templates share".into(), span: field.value.span };
    Field { key: field.key, entry: field.entry, value: Value::unknown(why, field.value.span) }
}

/// Whether there are no more values in a value than are left; takes them off.
pub(crate) fn is_within(value: &Value, left: &mut usize) -> bool {
    *left > 0 && {
        *left -= 1;
        match &value.kind {
            Kind::Map(map) => map.iter().all(|(_, field)| is_within(&field.value, left)),
            Kind::List(list) => list.items.iter().all(|item| is_within(item, left)),
            _ => true,
        }
    }
}

fn missing(subject: &str, span: Span) -> Arc<Why> {
    Arc::new(Why { reason: Reason::Missing, subject: subject.into(), span })
}
