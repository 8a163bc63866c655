//! What is in force in a stage while its instructions go by.

use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Field, Kind, Local, Map, Origin, Reason, Step, Value, Via, Why};
use stockade_source::Span;

use crate::expand::{Binding, MAX_STEPS};
use crate::shell::is_posix;

/// How many values all the stages of a file may take over from others together.
pub(crate) const MAX_INHERITED: usize = 50_000;

/// The platforms that BuildKit itself puts into ARG.
const PLATFORM: [&str; 8] = [
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
];

/// The ARG that need no declaration.
const PREDEFINED: [&str; 10] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "FTP_PROXY",
    "ftp_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// The ARG of a scope; one without a value is unknown.
pub(crate) type Args = HashMap<CompactString, Value>;

/// One stage.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) local: Local,
    pub(crate) index: usize,
    /// The name in addresses.
    pub(crate) name: CompactString,
    /// The fields of the resource that later instructions do not change.
    pub(crate) body: Map,
    pub(crate) state: State,
    /// Numbers the instructions of one keyword.
    pub(crate) counts: HashMap<&'static str, usize>,
    pub(crate) instructions: usize,
    /// The instruction in force of those that a later one replaces.
    pub(crate) current: HashMap<&'static str, Local>,
}

/// What one stage hands to a stage that is built on it.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) user: Option<Value>,
    pub(crate) workdir: Option<Value>,
    pub(crate) healthcheck: Option<Value>,
    pub(crate) cmd: Option<Value>,
    pub(crate) entrypoint: Option<Value>,
    pub(crate) shell: Option<Value>,
    pub(crate) ports: Vec<Value>,
    pub(crate) env: Map,
    pub(crate) labels: Map,
    pub(crate) args: Args,
    /// Whether nothing is set by an image that is not at hand.
    pub(crate) from_scratch: bool,
    /// Whether texts are for a POSIX shell.
    pub(crate) posix: bool,
    /// Whether CMD is of this stage itself.
    pub(crate) own_cmd: bool,
}

impl State {
    /// The state of a stage on an image of which nothing is known.
    pub(crate) fn new(head: Span, from_scratch: bool, posix: bool) -> State {
        State {
            user: None,
            workdir: None,
            healthcheck: None,
            cmd: None,
            entrypoint: None,
            shell: None,
            ports: Vec::new(),
            env: Map::new(head),
            labels: Map::new(head),
            args: Args::new(),
            from_scratch,
            posix,
            own_cmd: false,
        }
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.ports.len() + self.env.len() + self.labels.len() + self.args.len() + 1
    }

    /// What a stage takes over that is built on this one, which is called `name`, by the reference at `span`.
    pub(crate) fn inherited(&self, name: &str, span: Span, head: Span) -> State {
        let via = Via::Inherited(stockade_model::format_compact!("stage `{name}`"));
        let step = Step { span, via };
        let value = |value: &Option<Value>| value.as_ref().map(|value| handed_on(value, &step));
        let map = |map: &Map| {
            let mut out = Map::new(head);
            for (key, field) in map.iter() {
                out.insert(key.clone(), Field { value: handed_on(&field.value, &step), ..field.clone() });
            }
            out.open.clone_from(&map.open);
            out
        };
        State {
            user: value(&self.user),
            workdir: value(&self.workdir),
            healthcheck: value(&self.healthcheck),
            cmd: value(&self.cmd),
            entrypoint: value(&self.entrypoint),
            shell: value(&self.shell),
            ports: self.ports.iter().map(|port| handed_on(port, &step)).collect(),
            env: map(&self.env),
            labels: map(&self.labels),
            args: self.args.clone(),
            from_scratch: self.from_scratch,
            posix: self.posix,
            own_cmd: false,
        }
    }

    /// What a stage takes over when there is no room for more: nothing can be told.
    pub(crate) fn cut_off(&self, span: Span, head: Span) -> State {
        let why = Arc::new(Why { reason: Reason::Limit, subject: "what the stages hand on".into(), span });
        let mut out = State::new(head, false, self.posix);
        let unknown = || Some(Value::new(Kind::Unknown(Arc::clone(&why)), span));
        (out.user, out.workdir, out.healthcheck, out.cmd, out.entrypoint) =
            (unknown(), unknown(), unknown(), unknown(), unknown());
        out.env.open = Some(Arc::clone(&why));
        out.labels.open = Some(why);
        out
    }

    /// What a name stands for in the stage.
    pub(crate) fn lookup(&self, name: &str) -> Binding {
        if let Some(value) = self.env.get(name) {
            return Binding::Set(value.clone(), Via::Local(name.into()));
        }
        match self.args.get(name) {
            Some(value) => argument(name, value),
            None if PREDEFINED.contains(&name) => Binding::Unknown(Reason::Runtime),
            None if self.from_scratch && self.env.open.is_none() => Binding::Unset,
            None => Binding::Unknown(Reason::Missing),
        }
    }

    /// Puts a SHELL into force.
    pub(crate) fn set_shell(&mut self, value: Value) {
        self.posix = value.items().first().and_then(Value::as_text).is_some_and(is_posix);
        self.shell = Some(value);
    }
}

/// What a name stands for before the first FROM, and in FROM.
pub(crate) fn lookup_global(args: &Args, name: &str) -> Binding {
    match args.get(name) {
        Some(value) => argument(name, value),
        None if PLATFORM.contains(&name) || PREDEFINED.contains(&name) => Binding::Unknown(Reason::Runtime),
        None => Binding::Unset,
    }
}

fn argument(name: &str, value: &Value) -> Binding {
    match &value.kind {
        Kind::Unknown(why) => Binding::Unknown(why.reason),
        _ => Binding::Set(value.clone(), Via::Default(name.into())),
    }
}

/// The same value one stage further.
fn handed_on(value: &Value, step: &Step) -> Value {
    let mut origin = value.origin.as_ref().map_or_else(Origin::default, |origin| (**origin).clone());
    origin.steps.truncate(MAX_STEPS - 1);
    origin.steps.insert(0, step.clone());
    value.clone().with_origin(origin)
}

/// Whether an image's shell is not a POSIX one: Windows.
pub(crate) fn is_windows(reference: &str) -> bool {
    ["windows/", "windowsservercore", "nanoserver", "servercore"].iter().any(|part| reference.contains(part))
}
