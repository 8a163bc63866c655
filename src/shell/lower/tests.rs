//! Tests of the view.

use stockade_source::FileId;

use super::*;
use crate::commands;

fn items(text: &str) -> Vec<Resource> {
    let place = |range: Range<usize>| {
        Span::new(FileId(0), u32::try_from(range.start).expect("short"), u32::try_from(range.end).expect("short"))
    };
    let commands = commands(text).expect("short");
    lower(&commands, &Scope { technology: Technology::Dockerfile, within: "RUN", place: &place, variables: &|_| None })
}

fn item(text: &str) -> Resource {
    items(text).remove(0)
}

fn shown(value: &Value) -> String {
    match &value.kind {
        Kind::Text(text) => text.to_string(),
        Kind::Bool(value) => value.to_string(),
        Kind::Unknown(_) => "?".to_owned(),
        Kind::Template(parts) => parts
            .iter()
            .map(|part| match part {
                TextPart::Known(text) => text.as_str(),
                TextPart::Unknown(_) => "?",
            })
            .collect(),
        Kind::List(list) => {
            list.items.iter().map(shown).collect::<Vec<_>>().join(" ") + if list.open.is_some() { " …" } else { "" }
        }
        Kind::Map(map) => {
            let fields =
                map.iter().map(|(key, field)| format!("{key}={}", shown(&field.value))).collect::<Vec<_>>().join(" ");
            fields + if map.open.is_some() { " …" } else { "" }
        }
        other => format!("{other:?}"),
    }
}

fn field(text: &str, name: &str) -> String {
    item(text).body.get(name).map_or("-".to_owned(), shown)
}

/// `name=version`, `-` for an absent version.
fn packages(text: &str) -> String {
    let item = item(text);
    let Some(packages) = item.body.get("packages") else { return "none".to_owned() };
    let all: Vec<String> = packages
        .items()
        .iter()
        .map(|p| {
            format!(
                "{}={}",
                p.get("name").map_or("-".to_owned(), shown),
                p.get("version").map_or("-".to_owned(), shown)
            )
        })
        .collect();
    all.join(" ")
}

#[test]
fn a_command_has_its_fields() {
    let text = "A=1 /usr/bin/apt-get -qq install --yes -o Dpkg::Use-Pty=0 curl | tee log && ls";
    let got = items(text);
    let body = &got[0].body;
    let get = |name: &str| body.get(name).map(shown).unwrap_or_default();
    assert_eq!(get("program"), "apt-get");
    assert_eq!(get("argv"), "/usr/bin/apt-get -qq install --yes -o Dpkg::Use-Pty=0 curl");
    assert_eq!(get("args"), "-qq install --yes -o Dpkg::Use-Pty=0 curl");
    assert_eq!(get("subcommand"), "install");
    assert_eq!(get("flags"), "q=true yes=true o=Dpkg::Use-Pty=0");
    assert_eq!(get("env"), "A=1");
    assert_eq!(
        (get("sudo"), get("conditional"), get("in"), get("pipes_to")),
        ("false".into(), "false".into(), "RUN".into(), "tee".into())
    );
    assert!(body.get("after").is_none() && body.get("piped_from").is_none());
    assert_eq!(got[1].body.get("piped_from").map(shown).as_deref(), Some("apt-get"));
    assert_eq!(got[2].body.get("after").map(shown).as_deref(), Some("&&"));
    assert!(got[0].view && got[0].head().text(text) == "/usr/bin/apt-get");
    assert_eq!(body.get("flags").and_then(|f| f.get("yes")).map(|v| v.span.text(text)), Some("--yes"));
}

#[test]
fn a_shell_of_its_own_is_told() {
    let text = "a && (b; c) && d \"$(e)\" && sh -c 'f' && sudo g && { h; }";
    let inner: Vec<String> = items(text)
        .iter()
        .filter(|item| item.body.get("subshell").and_then(Value::as_bool) == Some(true))
        .map(|item| item.name.to_string())
        .collect();
    assert_eq!(inner, ["b", "c", "e", "f"]);
}

#[test]
fn flags_are_divided_as_the_program_does() {
    assert_eq!(
        field("curl -fsSLo /x --retry 3 --data=a b", "flags"),
        "f=true s=true S=true L=true o=/x retry=3 data=a"
    );
    assert_eq!(field("wget -qO- u", "flags"), "q=true O=-");
    assert_eq!(field("make -j4", "flags"), "j=4");
    assert_eq!(field("x -abc -p/y", "flags"), "a=true b=true c=true p=/y");
    assert_eq!(field("go build -ldflags \"-s -w\" -trimpath ./x", "flags"), "ldflags=-s -w trimpath=true");
    assert_eq!(field("rm -rf -- -x", "flags"), "r=true f=true");
    assert_eq!(field("git -c http.sslVerify=false clone --depth 1 u", "flags"), "c=http.sslVerify=false depth=1");
    assert_eq!(field("git -c a=b clone u", "subcommand"), "clone");
    assert_eq!(field("sudo -u app ls -l", "flags"), "u=app");
    assert_eq!(field("curl $OPTS \"$URL\"", "flags"), " …");
    assert_eq!(field("curl \"$URL\"", "flags"), "");
    assert_eq!(field("ls $(x) a$Y", "args"), "? a? …");
}

#[test]
fn packages_are_named_with_their_versions() {
    for (text, expected) in [
        (
            "apt-get install -y -t sid --no-install-recommends curl=1.2 wget/sid ./x.deb b:arm64",
            "curl=1.2 wget=sid b:arm64=-",
        ),
        ("apt-get update", "none"),
        ("apt-get -o A=b install a $X b$Y c=$Z", "a=- ?=? b?=? c=?"),
        ("apk add --no-cache -t .deps a=1 b~2 c~=3 d>4 e@edge f@edge=5 !g", "a=1 b=~2 c=~=3 d=- e=- f=5"),
        ("apk add 'd>4'", "d=>4"),
        (
            "yum install -y --enablerepo x a a-1.2 b-1.2-3.el7 gcc-toolset-12 java-11-openjdk c-$V https://x/y.rpm",
            "a=- a=1.2 b=1.2-3.el7 gcc-toolset-12=- java-11-openjdk=- c=?",
        ),
        ("microdnf install --nodocs a-1.0", "a=1.0"),
        ("zypper -n in -t pattern a b=2 'c>=3'", "a=- b=2 c=>=3"),
        (
            "pip install -r r.txt --index-url u a a==1 'b>=2,<3' 'c[x]~=1' . git+https://x/y@v1 'd==1; python_version<\"3\"' ./e f.whl",
            "a=- a=1 b=>=2,<3 c[x]=~=1 git+https://x/y=v1 d=1",
        ),
        ("python3 -m pip install --upgrade pip", "pip=-"),
        ("python3 -m venv install", "none"),
        ("pip3.11 install x===1", "x=1"),
        ("npm install", ""),
        ("npm i -g --registry u a a@1 @s/b @s/c@2 ./d", "a=- a=1 @s/b=- @s/c=2"),
        ("yarn global add a@1", "a=1"),
        ("gem install --no-document a:1 b -v 2", "a=1 b=2"),
        ("go install -ldflags -s x.y/z@v1 ./...", "x.y/z=v1"),
        ("cargo install --locked --version 1 a b@2", "a=1 b=2"),
    ] {
        assert_eq!(packages(text), expected, "{text}");
    }
}

#[test]
fn packages_point_at_their_words() {
    let text = "apt-get install 'cu'rl=1";
    let item = item(text);
    let package = &item.body.get("packages").expect("an install").items()[0];
    assert_eq!(package.span.text(text), "'cu'rl=1");
    assert_eq!(package.get("version").map(|v| v.span.text(text)), Some("1"));
}

#[test]
fn unknown_words_tell_why() {
    let got = item("echo $X $(date) pre-${Y:-z}");
    let words = got.body.get("args").expect("there").items().to_vec();
    let why: Vec<_> = words.iter().filter_map(|w| w.why().map(|why| (why.reason, why.subject.to_string()))).collect();
    assert_eq!(
        why,
        [
            (Reason::Variable, "$X".to_owned()),
            (Reason::Runtime, "$(date)".to_owned()),
            (Reason::Variable, "${Y:-z}".to_owned())
        ]
    );
}
