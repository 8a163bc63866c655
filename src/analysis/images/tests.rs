use stockade_engine::{Registry, Selection};
use stockade_model::{Graph, Value};

use crate::{Analysis, Input, Options, Role, Variables, analyse};

fn analysis(files: &[(&str, &str)]) -> Analysis {
    let inputs: Vec<Input> = files
        .iter()
        .map(|(path, text)| Input { path: (*path).to_owned(), text: (*text).into(), invalid: None, role: Role::Judged })
        .collect();
    let registry = Registry::new(vec![], &[], stockade_checks::links());
    let options = Options { registry: &registry, selection: Selection::default(), variables: Variables::default() };
    analyse(&inputs, &options)
}

/// `from -label-> Dockerfile#stage`, sorted.
fn built(graph: &Graph) -> Vec<String> {
    let edges = graph.edges().iter().filter(|edge| edge.label.ends_with("built_by"));
    let mut out: Vec<String> = edges
        .filter(|edge| graph.resource(edge.from).kind == "container")
        .map(|edge| {
            let (from, to) = (graph.resource(edge.from), graph.resource(edge.to));
            format!("{} {} {} {}", from.name, edge.label, graph.project(to.project).path, to.address)
        })
        .collect();
    out.sort();
    out
}

fn pod(name: &str, image: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{ name: {name} }}\nspec:\n  containers:\n    - name: {name}\n      image: {image}\n---\n"
    )
}

#[test]
fn a_service_is_joined_to_the_dockerfile_that_it_builds() {
    let compose = "services:\n  web:\n    build: { context: web, target: run }\n  api:\n    build: ./api\n    image: org/api:1\n  db:\n    image: postgres\n  \
                   far:\n    build: https://x.example/y.git\n";
    let analysis = analysis(&[
        ("deploy/compose.yaml", compose),
        ("deploy/web/Dockerfile", "FROM a AS run\nUSER 1\nFROM b\n"),
        ("deploy/api/Dockerfile", "FROM a\n"),
        ("k8s/pod.yaml", &(pod("one", "org/api:1") + &pod("two", "docker.io/org/api") + &pod("three", "postgres"))),
    ]);
    assert_eq!(
        built(&analysis.graph),
        [
            "api built_by deploy/api/Dockerfile stage.0",
            "one built_by deploy/api/Dockerfile stage.0",
            "two likely_built_by deploy/api/Dockerfile stage.0",
            "web built_by deploy/web/Dockerfile stage.run",
        ]
    );
}

#[test]
fn a_name_that_two_dockerfiles_have_joins_by_the_tag_or_not_at_all() {
    let bake = "target \"a\" {\n  context = \"a\"\n  tags = [\"org/x:a\", \"org/y\"]\n}\n\
                target \"b\" {\n  context = \"b\"\n  tags = [\"org/x:b\", \"org/y\"]\n}\n";
    let analysis = analysis(&[
        ("docker-bake.hcl", bake),
        ("a/Dockerfile", "FROM a\n"),
        ("b/Dockerfile", "FROM a\n"),
        ("pods.yaml", &(pod("one", "org/x:b") + &pod("two", "org/x:c") + &pod("three", "org/y"))),
    ]);
    assert_eq!(built(&analysis.graph), ["one built_by b/Dockerfile stage.0"]);
}

#[test]
fn another_tag_may_be_of_another_target() {
    let bake = "target \"a\" {\n  context = \"a\"\n  tags = [\"org/x:local\"]\n}\n\
                target \"b\" {\n  context = \"a\"\n  tags = [\"org/y:${TAG}\"]\n}\n";
    let analysis = analysis(&[
        ("docker-bake.hcl", bake),
        ("a/Dockerfile", "FROM a\n"),
        ("pods.yaml", &(pod("one", "org/x:local") + &pod("two", "org/x:1-rootless") + &pod("three", "org/y:3"))),
    ]);
    assert_eq!(
        built(&analysis.graph),
        [
            "one built_by a/Dockerfile stage.0",
            "three built_by a/Dockerfile stage.0",
            "two likely_built_by a/Dockerfile stage.0"
        ]
    );
}

#[test]
fn a_name_without_an_owner_means_something_only_near_by() {
    let workflow = "jobs:\n  x:\n    steps:\n      - run: docker build -t test .\n";
    let analysis = analysis(&[
        ("one/.github/workflows/ci.yaml", workflow),
        ("Dockerfile", "FROM a\n"),
        ("one/pod.yaml", &pod("near", "test")),
        ("two/pod.yaml", &pod("far", "test")),
    ]);
    assert_eq!(built(&analysis.graph), ["near built_by Dockerfile stage.0"]);
}

#[test]
fn a_folder_called_like_the_image_is_only_likely() {
    let analysis = analysis(&[
        ("images/web/Dockerfile", "FROM a\n"),
        ("redis/Dockerfile", "FROM a\n"),
        ("pods.yaml", &(pod("one", "ghcr.io/org/web:1") + &pod("two", "redis") + &pod("three", "docker.io/redis"))),
    ]);
    assert_eq!(built(&analysis.graph), ["one likely_built_by images/web/Dockerfile stage.0"]);
}

#[test]
fn a_stage_inherits_from_an_image_that_the_tree_builds() {
    let workflow = "jobs:\n  x:\n    steps:\n      - run: docker build -t org/base base\n      - run: docker build -t org/mid:2 mid\n";
    let analysis = analysis(&[
        (".github/workflows/ci.yaml", workflow),
        ("base/Dockerfile", "FROM debian\nUSER 1000\nENV A=1 B=2\nEXPOSE 80\n"),
        ("mid/Dockerfile", "FROM org/base\nENV B=3\nWORKDIR /srv\n"),
        ("app/Dockerfile", "FROM org/mid:2 AS first\nFROM first\nEXPOSE 90\n"),
        ("other/Dockerfile", "FROM org/mid:9\nUSER 7\n"),
    ]);
    let stage = |path: &str| {
        let graph = &analysis.graph;
        let mut last = graph.of_kind("stage").iter().map(|id| graph.resource(*id));
        let of = |stage: &&stockade_model::Resource| {
            graph.project(stage.project).path == path && stage.body.get("final").and_then(Value::as_bool) == Some(true)
        };
        last.find(of).expect("a last stage").body.clone()
    };
    let app = stage("app/Dockerfile");
    let text = |value: Option<&Value>| value.and_then(Value::as_text).map(str::to_owned);
    assert_eq!(text(app.get("user")).as_deref(), Some("1000"));
    assert_eq!(text(app.get("workdir")).as_deref(), Some("/srv"));
    assert_eq!(text(app.get("env").and_then(|env| env.get("B"))).as_deref(), Some("3"));
    assert_eq!(text(app.get("env").and_then(|env| env.get("A"))).as_deref(), Some("1"));
    assert_eq!(app.get("ports").map(|ports| ports.items().len()), Some(2));
    assert!(app.get("user").and_then(|user| user.origin.as_ref()).is_some_and(|origin| !origin.steps.is_empty()));
    assert_eq!(text(stage("other/Dockerfile").get("user")).as_deref(), Some("7"));
}

#[test]
fn images_that_are_built_on_each_other_do_no_harm() {
    let workflow =
        "jobs:\n  x:\n    steps:\n      - run: docker build -t org/a a\n      - run: docker build -t org/b b\n";
    let analysis = analysis(&[
        (".github/workflows/ci.yaml", workflow),
        ("a/Dockerfile", "FROM org/b\nENV A=1\n"),
        ("b/Dockerfile", "FROM org/a\nUSER 3\n"),
    ]);
    assert_eq!(analysis.graph.of_kind("stage").len(), 2);
}
