//! Tests of lowering.

use stockade_model::{Part, Via};
use stockade_source::FileId;

use super::*;

fn lowered(text: &str) -> Lowered {
    let (file, errors) = crate::parse(FileId(0), text);
    assert_eq!(errors, [], "in {text:?}");
    lower("Dockerfile", &file, text)
}

fn of<'a>(lowered: &'a Lowered, kind: &str) -> Vec<&'a Resource> {
    lowered.resources.iter().filter(|r| r.kind == kind).collect()
}

fn text<'a>(resource: &'a Resource, field: &str) -> Option<&'a str> {
    resource.body.get(field).and_then(Value::as_text)
}

fn bool(resource: &Resource, field: &str) -> Option<bool> {
    resource.body.get(field).and_then(Value::as_bool)
}

fn steps(value: &Value, source: &str) -> Vec<(String, String)> {
    let steps = value.origin.iter().flat_map(|origin| &origin.steps);
    steps.map(|step| (step.via.to_string(), step.span.text(source).to_owned())).collect()
}

#[test]
fn stages_take_over_what_they_are_built_on() {
    let source = "FROM debian:12 AS base\nUSER 0:0\nENV A=1\nEXPOSE 80\nCMD x\nHEALTHCHECK CMD y\nWORKDIR /w\nFROM base AS mid\nFROM mid\nENV B=$A\n\
                  WORKDIR sub\nENTRYPOINT z";
    let got = lowered(source);
    let stages = of(&got, "stage");
    assert_eq!(stages.iter().map(|s| s.address.as_str()).collect::<Vec<_>>(), ["stage.base", "stage.mid", "stage.2"]);
    assert_eq!(stages.iter().map(|s| bool(s, "final")).collect::<Vec<_>>(), [Some(false), Some(false), Some(true)]);
    let last = stages[2];
    let user = last.body.get("user").expect("inherited");
    assert_eq!((user.as_text(), user.span.text(source)), (Some("0:0"), "0:0"));
    assert_eq!(
        steps(user, source),
        [
            ("inherited from stage `mid`".to_owned(), "mid".to_owned()),
            ("inherited from stage `base`".to_owned(), "base".to_owned())
        ]
    );
    assert!(steps(stages[0].body.get("user").expect("set"), source).is_empty());
    assert!(last.body.get("cmd").is_none(), "ENTRYPOINT takes CMD of the base out of force");
    assert_eq!(text(stages[1], "cmd"), Some("x"));
    assert_eq!(text(last, "workdir"), Some("/w/sub"));
    assert_eq!(last.body.get("env").and_then(|env| env.get("B")).and_then(Value::as_text), Some("1"));
    assert_eq!(last.body.get("ports").map(|ports| ports.items().len()), Some(1));
    assert_eq!(last.body.get("healthcheck").and_then(|h| h.get("disabled")).and_then(Value::as_bool), Some(false));
    assert!(last.body.get("base").is_none() && stages[0].body.get("base").is_some());
    assert_eq!(last.head().text(source), "FROM mid");
    let from: Vec<(u32, u32)> = got.links.iter().filter(|l| l.label == "from").map(|l| (l.from.0, l.to.0)).collect();
    let index =
        |address: &str| got.resources.iter().position(|r| r.address == address).and_then(|i| u32::try_from(i).ok());
    assert_eq!(from.first().copied(), index("stage.mid").zip(index("stage.base")));
    assert_eq!(from.len(), 2);
}

#[test]
fn a_user_that_nobody_set_is_absent() {
    let got =
        lowered("FROM a\nRUN x\nFROM b AS c\nUSER $UNSET\nFROM scratch\nARG u\nUSER ${u}\nFROM scratch\nUSER $no");
    let stages = of(&got, "stage");
    assert!(stages[0].body.get("user").is_none());
    let why =
        |stage: &Resource| stage.body.get("user").and_then(Value::why).map(|why| (why.reason, why.subject.to_string()));
    assert_eq!(why(stages[1]), Some((Reason::Missing, "$UNSET".to_owned())), "the base image may set it");
    assert_eq!(why(stages[2]), Some((Reason::Variable, "$u".to_owned())));
    assert_eq!(text(stages[3], "user"), Some(""), "scratch sets nothing");
}

#[test]
fn arguments_have_scopes() {
    let source = "ARG TAG=3.20\nARG BASE=alpine:${TAG}\nFROM ${BASE} AS a\nENV x=$TAG\nARG TAG\nENV y=$TAG\nARG TAG=own\nENV z=${TAG}\nARG none\nENV n=$none \
                  p=$TARGETARCH\nARG TARGETARCH\nENV q=$TARGETARCH";
    let got = lowered(source);
    let stage = of(&got, "stage")[0];
    let from = stage.body.get("from").expect("set");
    assert_eq!((from.as_text(), from.span.text(source)), (Some("alpine:3.20"), "${BASE}"));
    assert_eq!(
        steps(from, source),
        [
            ("`BASE` defaults to this".to_owned(), "alpine:${TAG}".to_owned()),
            ("`TAG` defaults to this".to_owned(), "3.20".to_owned())
        ]
    );
    let env = |name: &str| stage.body.get("env").and_then(|env| env.get(name)).expect("set");
    assert_eq!(env("x").why().map(|why| why.reason), Some(Reason::Missing), "not declared in the stage");
    assert_eq!(env("y").as_text(), Some("3.20"));
    assert_eq!(steps(env("y"), source).last().map(|s| s.1.as_str()), Some("3.20"));
    assert_eq!(env("z").as_text(), Some("own"));
    assert_eq!(env("n").why().map(|why| why.reason), Some(Reason::Variable));
    assert_eq!(env("p").why().map(|why| why.reason), Some(Reason::Missing));
    assert_eq!(env("q").why().map(|why| why.reason), Some(Reason::Runtime));
}

#[test]
fn values_are_expanded_as_buildkit_does() {
    let source = r#"FROM scratch
ENV v=foobarfoo e= path=/a/b.tar.gz
ENV a=${v:-x} b=${e:-x} c=${u:-x$v} d=${e-x} f=${v:+y} g=${u:+y} h='$v' i="$v'" j=\$v k=${v#foo} l=${v%o*} m=${v%%o*} n=${v/foo/x} o=${v//foo/x} p=${path##*/} q=${u} r=a$ s=${u:-${v}}"#;
    let got = lowered(source);
    let stage = of(&got, "stage")[0];
    let env = stage.body.get("env").and_then(Value::as_map).expect("set");
    let got: Vec<(&str, Option<&str>)> = env.iter().skip(3).map(|(k, f)| (k.as_str(), f.value.as_text())).collect();
    assert_eq!(
        got,
        [
            ("a", Some("foobarfoo")),
            ("b", Some("x")),
            ("c", Some("xfoobarfoo")),
            ("d", Some("")),
            ("f", Some("y")),
            ("g", Some("")),
            ("h", Some("$v")),
            ("i", Some("foobarfoo'")),
            ("j", Some("$v")),
            ("k", Some("barfoo")),
            ("l", Some("foobarfo")),
            ("m", Some("f")),
            ("n", Some("xbarfoo")),
            ("o", Some("xbarx")),
            ("p", Some("b.tar.gz")),
            ("q", Some("")),
            ("r", Some("a$")),
            ("s", Some("foobarfoo")),
        ]
    );
}

#[test]
fn images_are_cut_up_as_written() {
    let parts = |reference: &str| {
        let got = lowered(&format!("ARG unset\nARG reg=quay.io\nFROM {reference}"));
        let image = of(&got, "image")[0].clone();
        ["registry", "repository", "tag", "digest"].map(|field| match image.body.get(field).map(|value| &value.kind) {
            None => "-".to_owned(),
            Some(Kind::Text(text)) => text.to_string(),
            Some(Kind::Unknown(_)) => "?".to_owned(),
            Some(Kind::Template(parts)) => parts
                .iter()
                .map(|part| match part {
                    Part::Known(text) => text.as_str(),
                    Part::Unknown(_) => "?",
                })
                .collect(),
            Some(other) => format!("{other:?}"),
        })
    };
    assert_eq!(parts("debian"), ["-", "debian", "-", "-"]);
    assert_eq!(parts("library/debian:12"), ["-", "library/debian", "12", "-"]);
    assert_eq!(parts("localhost:5000/a/b@sha256:ab"), ["localhost:5000", "a/b", "-", "sha256:ab"]);
    assert_eq!(parts("gcr.io/a:1@sha256:ab"), ["gcr.io", "a", "1", "sha256:ab"]);
    assert_eq!(parts("${reg}/a:latest"), ["quay.io", "a", "latest", "-"]);
    assert_eq!(parts("$unset"), ["?", "?", "?", "?"]);
    assert_eq!(parts("$unset/a:1"), ["?", "a", "1", "-"]);
    assert_eq!(parts("a:v$unset"), ["-", "a", "v?", "?"]);
    let source = "FROM quay.io/a:1";
    let got = lowered(source);
    let tag = of(&got, "image")[0].body.get("tag").expect("written");
    assert_eq!(tag.span.text(source), "1");
}

#[test]
fn stages_and_images_are_told_apart() {
    let got = lowered(
        "FROM a AS x\nFROM X AS y\nCOPY --from=x /a /b\nCOPY --from=0 /a /b\nCOPY --from=nginx:1 /a /b\nRUN --mount=type=bind,from=busybox,target=/m ls\nFROM scratch",
    );
    let images: Vec<(&str, Option<bool>, Option<bool>)> =
        of(&got, "image").iter().map(|i| (i.name.as_str(), bool(i, "stage"), bool(i, "scratch"))).collect();
    assert_eq!(
        images,
        [
            ("a", Some(false), Some(false)),
            ("X", Some(true), Some(false)),
            ("nginx:1", Some(false), Some(false)),
            ("busybox", Some(false), Some(false)),
            ("scratch", Some(false), Some(true))
        ]
    );
    let run = of(&got, "instruction").into_iter().find(|i| i.name == "RUN").expect("there").clone();
    let mount = run.body.get("mounts").and_then(|mounts| mounts.items().first()).expect("one");
    assert_eq!(mount.get("target").and_then(Value::as_text), Some("/m"));
}

#[test]
fn names_that_repeat_do_not_clash() {
    let got = lowered("FROM a AS x\nFROM b AS X\nFROM x");
    let stages = of(&got, "stage");
    assert_eq!(
        stages.iter().map(|s| bool(s, "alias_repeated")).collect::<Vec<_>>(),
        [Some(false), Some(true), Some(false)]
    );
    assert_eq!(stages[1].address, "stage.1");
    assert_eq!(text(stages[1], "alias"), Some("X"));
}

#[test]
fn instructions_have_their_fields() {
    let source = "FROM a\nEXPOSE 80 8000-8010/UDP $P\nCOPY --chown=u a b/ \"c d/\"\nCMD a\nCMD [\"b\"]\nHEALTHCHECK NONE\nADD http://x /y\nWORKDIR rel\nONBUILD USER root\n\
                  LABEL a=b";
    let got = lowered(source);
    let all = of(&got, "instruction");
    let named = |name: &str| all.iter().filter(|i| i.name == name).copied().collect::<Vec<_>>();
    let ports = named("EXPOSE")[0].body.get("ports").expect("there").items().to_vec();
    let port = |i: usize, field: &str| ports[i].get(field).and_then(Value::as_number).and_then(Number::as_i64);
    assert_eq!(
        (port(0, "from"), port(0, "to"), port(1, "from"), port(1, "to")),
        (Some(80), Some(80), Some(8000), Some(8010))
    );
    assert_eq!(ports[1].get("protocol").and_then(Value::as_text), Some("udp"));
    assert!(ports[2].why().is_some());
    let copy = named("COPY")[0];
    let sources: Vec<_> = copy.body.get("sources").expect("there").items().iter().filter_map(Value::as_text).collect();
    assert_eq!(sources, ["a", "b/", "c"], "quotes do not join the arguments of COPY");
    assert_eq!(copy.body.get("flags").and_then(|f| f.get("chown")).and_then(Value::as_text), Some("u"));
    let cmds = named("CMD");
    assert_eq!((bool(cmds[0], "overridden"), bool(cmds[1], "overridden")), (Some(true), Some(false)));
    assert_eq!((text(cmds[0], "form"), text(cmds[1], "form")), (Some("shell"), Some("exec")));
    assert_eq!((cmds[0].address.as_str(), cmds[1].address.as_str()), ("stage.0/CMD[0]", "stage.0/CMD[1]"));
    assert_eq!(cmds[1].head().text(source), "CMD");
    let workdir = named("WORKDIR")[0];
    assert_eq!(text(workdir, "path"), Some("rel"));
    let stage = of(&got, "stage")[0];
    assert!(matches!(stage.body.get("workdir").map(|w| &w.kind), Some(Kind::Template(_))));
    assert!(stage.body.get("user").is_none(), "ONBUILD does not act here");
    assert_eq!(bool(named("USER")[0], "onbuild"), Some(true));
    assert_eq!(stage.body.get("healthcheck").and_then(|h| h.get("disabled")).and_then(Value::as_bool), Some(true));
    assert_eq!(stage.body.get("labels").and_then(|l| l.get("a")).and_then(Value::as_text), Some("b"));
}

#[test]
fn commands_point_at_the_file() {
    let source = "FROM a\nARG V=1.2\nRUN apt-get update && \\\n    # which\n    apt-get install -y cu\\\nrl=\"$V\" \\\n      'wget'\nRUN <<EOF\nset -e\nsudo ls\nEOF\nRUN cat <<X | sh\nno\nX\n\
                  CMD [\"sh\", \"-c\", \"exec \\\"app\\\"\"]\nHEALTHCHECK CMD curl -f x || exit 1";
    let got = lowered(source);
    let commands = of(&got, "command");
    let names: Vec<(&str, Option<&str>)> = commands.iter().map(|c| (c.name.as_str(), text(c, "in"))).collect();
    assert_eq!(
        names,
        [
            ("apt-get", Some("RUN")),
            ("apt-get", Some("RUN")),
            ("set", Some("RUN")),
            ("sudo", Some("RUN")),
            ("ls", Some("RUN")),
            ("cat", Some("RUN")),
            ("sh", Some("RUN")),
            ("sh", Some("CMD")),
            ("exec", Some("CMD")),
            ("app", Some("CMD")),
            ("curl", Some("HEALTHCHECK")),
            ("exit", Some("HEALTHCHECK")),
        ]
    );
    let packages = commands[1].body.get("packages").expect("an install").items();
    assert_eq!(packages.len(), 2);
    assert_eq!(packages[0].span.text(source), "cu\\\nrl=\"$V\"");
    assert_eq!(packages[0].get("name").and_then(Value::as_text), Some("curl"));
    let version = packages[0].get("version").expect("written");
    assert_eq!(version.as_text(), Some("1.2"));
    assert_eq!(steps(version, source), [("`V` defaults to this".to_owned(), "1.2".to_owned())]);
    assert_eq!((packages[1].span.text(source), packages[1].get("version")), ("'wget'", None));
    assert_eq!(commands[4].head().text(source), "ls");
    assert_eq!(commands[9].head().text(source), "\\\"app\\\"");
    assert_eq!(commands[1].address, "stage.0/RUN[0]/apt-get[1]");
    let links: Vec<&str> = got
        .links
        .iter()
        .filter(|l| got.resources[l.from.0 as usize].kind == "command")
        .map(|l| l.label.as_str())
        .collect();
    assert_eq!(links.len(), 2 * commands.len());
    assert!(links.chunks(2).all(|pair| pair == ["instruction", "stage"]));
}

#[test]
fn only_what_a_posix_shell_reads_is_read() {
    let commands =
        |source: &str| of(&lowered(source), "command").iter().map(|c| c.name.to_string()).collect::<Vec<_>>();
    assert!(commands("FROM mcr.microsoft.com/windows/nanoserver:1\nRUN dir").is_empty());
    assert!(commands("FROM a\nSHELL [\"powershell\", \"-Command\"]\nRUN Get-Item x; y").is_empty());
    assert!(commands("# escape=`\nFROM a\nRUN dir").is_empty());
    assert_eq!(commands("FROM mcr.microsoft.com/windows/nanoserver:1\nCMD [\"app\"]"), ["app"]);
    assert_eq!(commands("FROM a\nSHELL [\"/bin/bash\", \"-c\"]\nRUN x"), ["x"]);
    assert_eq!(commands("FROM golang:1-nanoserver AS w\nFROM w\nRUN dir\nFROM a\nRUN x"), ["x"]);
    assert!(commands("FROM a\nRUN <<E\n#!/usr/bin/env python3\nimport os\nE\n").is_empty());
    assert_eq!(commands("FROM a\nRUN <<E\n#!/bin/bash -e\nls\nE\n"), ["ls"]);
}

#[test]
fn a_variable_that_the_script_sets_is_not_taken_from_outside() {
    let got = lowered("FROM a\nENV V=1\nRUN V=2; pip install x==$V\nRUN pip install x==$V\nCMD pip install x==$V");
    let version = |c: &Resource| {
        let packages = c.body.get("packages")?.items();
        Some(packages.first()?.get("version")?.clone())
    };
    let versions: Vec<Option<String>> =
        of(&got, "command").iter().map(|c| version(c).and_then(|v| v.as_text().map(str::to_owned))).collect();
    assert_eq!(versions, [None, Some("1".to_owned()), Some("1".to_owned())]);
}

#[test]
fn growth_is_bounded() {
    let mut source = "FROM scratch\nENV A=xxxxxxxxxxxxxxxx\n".to_owned();
    source.push_str(&"ENV A=$A$A$A$A\n".repeat(50));
    let got = lowered(&source);
    let value = of(&got, "stage")[0].body.get("env").and_then(|env| env.get("A")).cloned().expect("set");
    assert_eq!(value.why().map(|why| why.reason), Some(Reason::Limit));

    let mut source = "ARG u\nFROM a AS s0\n".to_owned();
    for i in 0..3000 {
        source.push_str(&format!("ENV e{i}=1\nFROM s{i} AS s{}\n", i + 1));
    }
    let got = lowered(&source);
    let stages = of(&got, "stage");
    let last = stages.last().expect("many");
    assert!(last.body.get("env").and_then(Value::as_map).is_some_and(|env| env.open.is_some()));
    assert!(matches!(
        stages[2]
            .body
            .get("env")
            .and_then(|env| env.get("e0"))
            .and_then(|v| v.origin.as_ref())
            .map(|o| &o.steps[0].via),
        Some(Via::Inherited(_))
    ));
}
