//! Which kinds run pods, and what their containers are.

use super::*;

fn pods(text: &str) -> Vec<String> {
    let lowered = lowered(text);
    let pods = lowered.resources.iter().filter(|resource| resource.kind == "pod");
    pods.map(|pod| pod.address.to_string()).collect()
}

#[test]
fn kinds_of_other_groups_run_no_pods() {
    let template = "spec: {template: {spec: {containers: [{name: c, image: i}]}}}";
    for (version, kind, count) in [
        ("apps.kruise.io/v1alpha1", "CloneSet", 1),
        ("apps.kruise.io/v1beta1", "StatefulSet", 1),
        ("apps.kruise.io/v1alpha1", "DaemonSet", 1),
        ("apps.openshift.io/v1", "DeploymentConfig", 1),
        ("v1", "DeploymentConfig", 1),
        ("rollouts.kruise.io/v1beta1", "Rollout", 0),
        ("dapr.io/v1alpha1", "Configuration", 0),
        ("example.com/v1", "StatefulSet", 0),
        ("v1", "Service", 0),
    ] {
        let text = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: w}}\n{template}\n");
        assert_eq!(pods(&text).len(), count, "{version} {kind}");
    }
    let scaled = "apiVersion: keda.sh/v1alpha1\nkind: ScaledJob\nmetadata: {name: w}\nspec: {jobTargetRef: {template: {spec: {containers: [{name: c, image: i}]}}}}\n";
    assert_eq!(pods(scaled), ["ScaledJob/default/w/pod"]);
}

#[test]
fn a_rollout_may_run_the_pods_of_a_deployment() {
    let lowered = lowered(
        "\
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {spec: {containers: [{name: c, image: i}]}}}}
---
{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: web}, spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}
",
    );
    assert_eq!(edges(&lowered, "workloadRef"), ["Rollout/default/web -> Deployment/default/web"]);
    assert_eq!(lowered.resources.iter().filter(|resource| resource.kind == "pod").count(), 1);
}

#[test]
fn every_kind_of_container_is_one() {
    let lowered = lowered(
        "\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  securityContext: {runAsNonRoot: true}
  initContainers: [{name: a, image: i}]
  containers: [{name: b, image: i}]
  ephemeralContainers: [{name: c, image: i, securityContext: {runAsNonRoot: false}}]
",
    );
    let of = |name: &str| {
        let container = find(&lowered, &format!("Pod/default/p/container/{name}"));
        let root = at(container, &["securityContext", "runAsNonRoot"]).and_then(Value::as_bool);
        (at(container, &["type"]).and_then(Value::as_text), root)
    };
    assert_eq!(of("a"), (Some("init"), Some(true)));
    assert_eq!(of("b"), (Some("main"), Some(true)));
    assert_eq!(of("c"), (Some("ephemeral"), Some(false)));
}

pub(super) const WORKFLOW: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: nightly, namespace: ci}
spec:
  workflowSpec:
    serviceAccountName: runner
    securityContext: {runAsNonRoot: true}
    volumes: [{name: work, emptyDir: {}}]
    templates:
    - name: all
      steps: [[{name: one, template: build}]]
    - name: build
      securityContext: {runAsNonRoot: false}
      volumes: [{name: key, secret: {secretName: key}}]
      container: {image: 'builder:1', command: [make], securityContext: {privileged: true}}
      sidecars: [{name: docker, image: 'docker:27'}]
    - name: report
      script: {image: 'python:3', source: 'print(1)'}
    - name: odd
      container: {image: 'x:1'}
      podSpecPatch: '{}'
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: runner, namespace: ci}}
---
{apiVersion: v1, kind: Secret, metadata: {name: key, namespace: ci}}
";

#[test]
fn templates_of_workflows_are_pods() {
    let lowered = lowered(WORKFLOW);
    let base = "CronWorkflow/ci/nightly";
    assert_eq!(pods(WORKFLOW), ["build", "report", "odd"].map(|name| format!("{base}/{name}/pod")));
    let build = find(&lowered, "CronWorkflow/ci/nightly/build/pod");
    assert_eq!(build.head().start, starts(WORKFLOW, "build\n      security"));
    assert_eq!(build.body.get("volumes").unwrap().items().len(), 2);
    let main = find(&lowered, "CronWorkflow/ci/nightly/build/container/main");
    assert_eq!(at(main, &["securityContext", "privileged"]).and_then(Value::as_bool), Some(true));
    assert_eq!(at(main, &["securityContext", "runAsNonRoot"]).and_then(Value::as_bool), Some(false));
    assert_eq!(at(main, &["program"]).and_then(Value::as_text), Some("make"));
    let script = find(&lowered, "CronWorkflow/ci/nightly/report/container/main");
    assert_eq!(at(script, &["securityContext", "runAsNonRoot"]).and_then(Value::as_bool), Some(true));
    find(&lowered, "CronWorkflow/ci/nightly/build/container/docker/image");
    assert_eq!(edges(&lowered, "volumes"), ["CronWorkflow/ci/nightly/build/pod -> Secret/ci/key"]);
    assert!(find(&lowered, "CronWorkflow/ci/nightly/odd/pod").body.open.is_some(), "the patch may say anything");
    let accounts = edges(&lowered, "serviceAccountName");
    assert!(accounts.contains(&"CronWorkflow/ci/nightly/report/pod -> ServiceAccount/ci/runner".to_owned()));
}

#[test]
fn steps_of_tasks_are_containers() {
    let lowered = lowered(
        "\
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: t}
spec:
  stepTemplate: {securityContext: {privileged: false}, env: [{name: A, value: b}]}
  steps:
  - {name: build, image: 'go:1', computeResources: {limits: {memory: 1Gi}}}
  - {name: push, image: 'crane:1', securityContext: {privileged: true}}
  sidecars: [{name: dind, image: 'docker:27', securityContext: {privileged: true}}]
---
apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: r}
spec:
  serviceAccountName: runner
  podTemplate: {securityContext: {runAsNonRoot: true}}
  taskSpec: {steps: [{name: s, image: 'a:1'}]}
---
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p}
spec:
  tasks: [{name: one, taskSpec: {steps: [{name: s, image: 'a:1'}]}}, {name: two, taskRef: {name: t}}]
---
apiVersion: example.com/v1
kind: Task
metadata: {name: other}
spec: {steps: [{name: s, image: 'a:1'}]}
",
    );
    let build = find(&lowered, "Task/default/t/container/build");
    assert_eq!(at(build, &["resources", "limits", "memory"]).and_then(Value::as_text), Some("1Gi"));
    assert_eq!(at(build, &["securityContext", "privileged"]).and_then(Value::as_bool), Some(false));
    assert!(at(build, &["env"]).is_some());
    // What a task leaves open the run may say.
    assert!(at(build, &["securityContext", "runAsNonRoot"]).unwrap().why().is_some());
    let push = find(&lowered, "Task/default/t/container/push");
    assert_eq!(at(push, &["securityContext", "privileged"]).and_then(Value::as_bool), Some(true));
    let run = find(&lowered, "TaskRun/default/r/container/s");
    assert_eq!(at(run, &["securityContext", "runAsNonRoot"]).and_then(Value::as_bool), Some(true));
    find(&lowered, "Pipeline/default/p/one/container/s");
    assert_eq!(lowered.resources.iter().filter(|resource| resource.kind == "pod").count(), 3);
}

#[test]
fn patches_are_fragments() {
    let text = |patch: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: a, image: b}}{patch}]}}\n"
        )
    };
    let is_open = |text: &str| lowered(text).resources[0].body.open.is_some();
    assert!(!is_open(&text("")));
    assert!(is_open(&text(", {name: b, image: c, $patch: delete}")));
    assert!(is_open(
        "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {$retainKeys: [type], type: NodePort}\n"
    ));
    assert!(is_open("$patch: delete\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\n"));
    // A schema may speak of itself.
    assert!(!is_open("apiVersion: v1\nkind: X\nmetadata: {name: s}\nspec: {$ref: a, $schema: b}\n"));
}

#[test]
fn generated_names_are_names() {
    let lowered = lowered(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: load-}\nspec: {template: {spec: {containers: [{name: c, image: i}]}}}\n",
    );
    assert_eq!(lowered.resources[0].address, "Job/default/load-");
    assert_eq!(lowered.resources[1].address, "Job/default/load-/pod");
}
