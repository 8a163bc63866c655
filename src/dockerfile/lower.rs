//! A Dockerfile to the model.

use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{
    Field, Kind, Local, Lowered, Map, Number, Reason, Resource, Technology, Value, Why, format_compact,
};
use stockade_shell::Unread;
use stockade_source::{Span, SyntaxError};

use crate::expand::{Binding, expand};
use crate::image::image;
use crate::shell::items;
use crate::stage::{Args, MAX_INHERITED, Stage, State, is_windows, lookup_global};
use crate::{Arguments, Dockerfile, Instruction, Keyword, Pair, Text};

/// Lowers a Dockerfile whose whole text is `text`: its stages, instructions, images and commands.
pub fn lower(project: &str, dockerfile: &Dockerfile, text: &str) -> Lowered {
    let mut lowering = Lowering {
        out: Lowered::new(project),
        source: text,
        escape: dockerfile.escape,
        global: Args::new(),
        stages: Vec::new(),
        names: HashMap::new(),
        inherited: 0,
        globals: 0,
    };
    for instruction in &dockerfile.instructions {
        if instruction.keyword == Keyword::From {
            lowering.from(instruction);
        } else {
            lowering.instruction(instruction, false);
        }
    }
    lowering.finish()
}

struct Lowering<'a> {
    out: Lowered,
    source: &'a str,
    escape: char,
    /// The ARG before the first FROM.
    global: Args,
    stages: Vec<Stage>,
    /// The stages by their names in lower case.
    names: HashMap<CompactString, usize>,
    /// How many values were handed from stage to stage.
    inherited: usize,
    /// How many instructions stand in no stage.
    globals: usize,
}

impl Lowering<'_> {
    fn expand(&self, text: &Text) -> Value {
        expand(text, self.escape, &|name| match self.stages.last() {
            Some(stage) => stage.state.lookup(name),
            None => lookup_global(&self.global, name),
        })
    }

    fn expand_global(&self, text: &Text) -> Value {
        expand(text, self.escape, &|name| lookup_global(&self.global, name))
    }

    fn from(&mut self, instruction: &Instruction) {
        let Arguments::From { image: word, alias } = &instruction.arguments else { return };
        let reference = self.expand_global(word);
        let base = reference.as_text().and_then(|name| self.names.get(&*name.to_ascii_lowercase()).copied());
        let head = instruction.span;
        let index = self.stages.len();
        let alias_text = alias.as_ref().map(|alias| alias.text.clone());
        let repeated = alias_text.as_ref().is_some_and(|alias| self.names.contains_key(&alias.to_ascii_lowercase()));
        let name = match &alias_text {
            // A name that could be taken for an index would not be unique.
            Some(alias) if !repeated && !alias.starts_with(|c: char| c.is_ascii_digit()) => alias.clone(),
            _ => format_compact!("{index}"),
        };

        let mut body = Map::new(head);
        body.set("from", reference.clone());
        if base.is_none() {
            body.set("base", Value::map(self.image_body(word, &reference, false), reference.span));
        }
        body.set("index", Value::number(number(index), Span::NONE));
        if let Some(alias) = alias {
            body.set("alias", Value::text(&alias.text, alias.span));
        }
        body.set("alias_repeated", Value::bool(repeated, Span::NONE));
        body.set("final", Value::bool(false, Span::NONE));
        if let Some(platform) = flag(instruction, "platform") {
            body.set("platform", self.expand_global(platform));
        }

        let state = match base.and_then(|base| self.stages.get(base)) {
            Some(stage) => {
                self.inherited += stage.state.len();
                if self.inherited <= MAX_INHERITED {
                    stage.state.inherited(&stage.name, reference.span, head)
                } else {
                    stage.state.cut_off(reference.span, head)
                }
            }
            None => {
                let text = reference.as_text().unwrap_or(&word.text);
                State::new(head, text == "scratch", !is_windows(text) && self.escape == '\\')
            }
        };

        let mut resource = Resource::new(Technology::Dockerfile, "stage", Map::new(head), instruction.span);
        resource.name.clone_from(&name);
        resource.address = format_compact!("stage.{name}");
        let local = self.out.add(resource);
        let base_local = base.and_then(|base| self.stages.get(base)).map(|stage| stage.local);
        if let Some(base) = base_local {
            self.out.link(local, base, "from", reference.span);
        }
        if let Some(alias) = &alias_text {
            self.names.insert(alias.to_ascii_lowercase(), index);
        }
        let (counts, current) = (HashMap::new(), HashMap::new());
        self.stages.push(Stage { local, index, name, body, state, counts, instructions: 0, current });

        let mut fields = Map::new(instruction.keyword_span);
        self.common(instruction, &mut fields, false);
        fields.set("image", reference.clone());
        if let Some(alias) = alias {
            fields.set("alias", Value::text(&alias.text, alias.span));
        }
        let from = self.add_instruction(instruction, fields);
        self.add_image(word, &reference, base_local.is_some(), from);
    }

    /// Lowers any other instruction.
    fn instruction(&mut self, instruction: &Instruction, onbuild: bool) {
        if let Some(stage) = self.stages.last().and_then(|stage| self.out.resources.get_mut(stage.local.0 as usize)) {
            stage.span = stage.span.to(instruction.span);
        }
        let mut body = Map::new(instruction.keyword_span);
        self.common(instruction, &mut body, onbuild);
        let mut images: Vec<(Text, Value)> = Vec::new();
        match &instruction.arguments {
            Arguments::Copy { sources, destination, .. } => {
                let from = flag(instruction, "from").map(|from| (from.clone(), self.expand(from)));
                images.extend(from.filter(|(_, value)| !self.is_stage(value)));
                let span = span_of(sources);
                let values = sources.iter().map(|source| self.expand(source)).collect();
                body.set("sources", Value::list(values, span));
                body.set("destination", self.expand(destination));
                body.set("heredoc", Value::bool(!instruction.heredocs.is_empty(), Span::NONE));
            }
            Arguments::Pairs(pairs) => {
                let values = self.pairs(instruction.keyword, pairs, instruction.text.span);
                body.set("pairs", Value::map(values.clone(), instruction.text.span));
                if !onbuild {
                    self.set_pairs(instruction.keyword, values);
                }
            }
            Arguments::Words(words) if instruction.keyword == Keyword::Expose => {
                let ports: Vec<Value> = words.iter().flat_map(|word| ports(&self.expand(word), word)).collect();
                body.set("ports", Value::list(ports.clone(), instruction.text.span));
                if let Some(stage) = self.stages.last_mut().filter(|_| !onbuild) {
                    stage.state.ports.extend(ports);
                }
            }
            Arguments::Text(text) if instruction.keyword == Keyword::User => {
                let user = self.expand(text);
                body.set("user", user.clone());
                if let Some(stage) = self.stages.last_mut().filter(|_| !onbuild) {
                    stage.state.user = Some(user);
                }
            }
            Arguments::Text(text) if instruction.keyword == Keyword::Workdir => {
                let path = self.expand(text);
                body.set("path", path.clone());
                if let Some(stage) = self.stages.last_mut().filter(|_| !onbuild) {
                    let joined = joined(stage.state.workdir.as_ref(), &path, stage.state.from_scratch);
                    stage.state.workdir = Some(joined);
                }
            }
            _ => {}
        }
        if instruction.keyword == Keyword::Run {
            images.extend(self.mounts(instruction, &mut body));
        }
        let replaced = matches!(instruction.keyword, Keyword::Cmd | Keyword::Entrypoint | Keyword::Healthcheck);
        if replaced {
            body.set("overridden", Value::bool(false, Span::NONE));
        }
        let local = self.add_instruction(instruction, body);
        if !onbuild {
            if replaced {
                self.replace(instruction, local);
            }
            if let (Keyword::Shell, Arguments::Exec(words)) = (instruction.keyword, &instruction.arguments) {
                let value = Value::list(words.iter().map(literal).collect(), instruction.text.span);
                if let Some(stage) = self.stages.last_mut() {
                    stage.state.set_shell(value);
                }
            }
        }
        for (word, value) in &images {
            self.add_image(word, value, false, local);
        }
        self.add_commands(instruction, local);
        if let Arguments::Onbuild(inner) = &instruction.arguments {
            self.instruction(inner, true);
        }
    }

    /// The fields that every instruction has.
    fn common(&self, instruction: &Instruction, body: &mut Map, onbuild: bool) {
        body.set("name", Value::text(instruction.keyword.name(), instruction.keyword_span));
        body.set("text", Value::text(&instruction.text.text, instruction.text.span));
        let args: Vec<Value> = match &instruction.arguments {
            Arguments::Exec(words) => words.iter().map(literal).collect(),
            Arguments::Copy { sources, destination, .. } => {
                sources.iter().chain([destination]).map(|word| self.expand(word)).collect()
            }
            Arguments::Words(words) => words.iter().map(|word| self.expand(word)).collect(),
            Arguments::Onbuild(_) => Vec::new(),
            _ => instruction.text.split_words(self.escape).iter().map(literal).collect(),
        };
        body.set("args", Value::list(args, instruction.text.span));
        let mut flags = Map::new(instruction.keyword_span);
        for flag in &instruction.flags {
            let value = match &flag.value {
                Some(value) if instruction.keyword == Keyword::From => self.expand_global(value),
                Some(value) => self.expand(value),
                None => Value::bool(true, flag.span),
            };
            flags.insert(flag.name.as_str(), Field { key: flag.span, entry: flag.span, value });
        }
        body.set("flags", Value::map(flags, instruction.keyword_span));
        let form = match (&instruction.arguments, instruction.keyword) {
            (Arguments::Exec(_) | Arguments::Copy { exec: true, .. }, _) => Some("exec"),
            (Arguments::Shell(_) | Arguments::Copy { .. }, _) => Some("shell"),
            _ => None,
        };
        if let Some(form) = form {
            body.set("form", Value::text(form, Span::NONE));
        }
        body.set("onbuild", Value::bool(onbuild, Span::NONE));
        if let Some(stage) = self.stages.last() {
            body.set("index", Value::number(number(stage.instructions), Span::NONE));
        }
    }

    fn pairs(&self, keyword: Keyword, pairs: &[Pair], head: Span) -> Map {
        let mut out = Map::new(head);
        for pair in pairs {
            let name = self.expand(&pair.name);
            let name = name.as_text().unwrap_or(&pair.name.text);
            let value = match (&pair.value, keyword) {
                (Some(value), _) => self.expand(value),
                // `ARG name` in a stage takes the value of the one before the first FROM.
                (None, _) => match lookup_global(&self.global, name) {
                    Binding::Set(value, via) if !self.stages.is_empty() => {
                        let steps = vec![stockade_model::Step { span: value.span, via }];
                        let origin = stockade_model::Origin { steps, ..stockade_model::Origin::default() };
                        Value { span: pair.span, ..value }.with_origin(origin)
                    }
                    binding => {
                        let reason = if let Binding::Unknown(reason) = binding { reason } else { Reason::Variable };
                        Value::unknown(Why { reason, subject: name.into(), span: pair.span }, pair.span)
                    }
                },
            };
            out.insert(name, Field { key: pair.name.span, entry: pair.span, value });
        }
        out
    }

    fn set_pairs(&mut self, keyword: Keyword, values: Map) {
        let Some(stage) = self.stages.last_mut() else {
            if keyword == Keyword::Arg {
                self.global.extend(arguments(&values));
            }
            return;
        };
        match keyword {
            Keyword::Arg => stage.state.args.extend(arguments(&values)),
            Keyword::Env | Keyword::Label => {
                let map = if keyword == Keyword::Env { &mut stage.state.env } else { &mut stage.state.labels };
                for (key, field) in values.iter() {
                    map.insert(key.clone(), field.clone());
                }
            }
            _ => {}
        }
    }

    /// The mounts of a RUN, and the images that they are taken from.
    fn mounts(&self, instruction: &Instruction, body: &mut Map) -> Vec<(Text, Value)> {
        let mut images = Vec::new();
        let mut mounts = Vec::new();
        for flag in instruction.flags.iter().filter(|flag| flag.name == "mount") {
            let Some(text) = &flag.value else { continue };
            let mut mount = Map::new(flag.span);
            let mut start = 0;
            for option in text.text.split(',') {
                let word = text.slice(start..start + option.len());
                start += option.len() + 1;
                let equals = word.text.find('=');
                let key = word.slice(0..equals.unwrap_or(word.text.len()));
                let value = equals.map(|equals| word.slice(equals + 1..word.text.len()));
                let expanded = value.as_ref().map_or_else(|| Value::bool(true, word.span), |value| self.expand(value));
                if let Some(value) = value.filter(|_| key.text == "from")
                    && !self.is_stage(&expanded)
                {
                    images.push((value, expanded.clone()));
                }
                mount.insert(key.text.to_ascii_lowercase(), Field { key: key.span, entry: word.span, value: expanded });
            }
            mounts.push(Value::map(mount, flag.span));
        }
        if !mounts.is_empty() {
            body.set("mounts", Value::list(mounts, instruction.keyword_span));
        }
        images
    }

    /// Puts a CMD, ENTRYPOINT or HEALTHCHECK into force.
    fn replace(&mut self, instruction: &Instruction, local: Local) {
        let Some(stage) = self.stages.last_mut() else { return };
        let before = stage.current.insert(instruction.keyword.name(), local);
        let text = Value::text(&instruction.text.text, instruction.text.span);
        match instruction.keyword {
            Keyword::Cmd => {
                stage.state.own_cmd = true;
                stage.state.cmd = Some(text);
            }
            Keyword::Entrypoint => {
                stage.state.entrypoint = Some(text);
                // A new ENTRYPOINT takes the CMD of the image below out of force.
                if !stage.state.own_cmd {
                    stage.state.cmd = None;
                }
            }
            _ => {
                let mut map = Map::new(instruction.keyword_span);
                let disabled = matches!(instruction.arguments, Arguments::None);
                map.set("disabled", Value::bool(disabled, instruction.text.span));
                let command = match &instruction.arguments {
                    Arguments::Shell(text) => Some(Value::text(&text.text, text.span)),
                    Arguments::Exec(words) => Some(Value::list(words.iter().map(literal).collect(), span_of(words))),
                    _ => None,
                };
                if let Some(command) = command {
                    map.set("command", command);
                }
                stage.state.healthcheck = Some(Value::map(map, instruction.text.span));
            }
        }
        if let Some(before) = before.and_then(|before| self.out.resources.get_mut(before.0 as usize)) {
            before.body.set("overridden", Value::bool(true, Span::NONE));
        }
    }

    /// Whether a value names a stage that went before, by name or by number.
    fn is_stage(&self, value: &Value) -> bool {
        let Some(text) = value.as_text() else { return false };
        self.names.contains_key(&*text.to_ascii_lowercase())
            || text.parse::<usize>().is_ok_and(|index| index < self.stages.len())
    }

    fn add_instruction(&mut self, instruction: &Instruction, body: Map) -> Local {
        let name = instruction.keyword.name();
        let mut resource = Resource::new(Technology::Dockerfile, "instruction", body, instruction.span);
        resource.name = name.into();
        let Some(stage) = self.stages.last_mut() else {
            resource.address = format_compact!("{name}[{}]", self.globals);
            self.globals += 1;
            return self.out.add(resource);
        };
        let count = stage.counts.entry(name).or_default();
        resource.address = format_compact!("stage.{}/{name}[{count}]", stage.name);
        *count += 1;
        stage.instructions += 1;
        let stage = stage.local;
        let local = self.out.add(resource);
        self.out.link(local, stage, "stage", instruction.keyword_span);
        local
    }

    fn image_body(&self, word: &Text, reference: &Value, stage: bool) -> Map {
        let mut body = image(word, reference);
        body.set("stage", Value::bool(stage, Span::NONE));
        body
    }

    fn add_image(&mut self, word: &Text, reference: &Value, stage: bool, instruction: Local) {
        let body = self.image_body(word, reference, stage);
        let mut resource = Resource::new(Technology::Dockerfile, "image", body, word.span);
        resource.view = true;
        resource.name = reference.as_text().unwrap_or(&word.text).into();
        let address = self.out.resources.get(instruction.0 as usize).map_or("", |instruction| &*instruction.address);
        resource.address = format_compact!("{address}/image[{}]", word.span.start);
        let local = self.out.add(resource);
        self.out.link(local, instruction, "instruction", word.span);
        if let Some(stage) = self.stages.last().map(|stage| stage.local) {
            self.out.link(local, stage, "stage", word.span);
        }
    }

    fn add_commands(&mut self, instruction: &Instruction, local: Local) {
        let stage = self.stages.last();
        let build = instruction.keyword == Keyword::Run;
        let variables = |name: &str| -> Option<Value> {
            let state = &stage?.state;
            // What runs in the container sees ENV only.
            let value = state.env.get(name).or_else(|| state.args.get(name).filter(|_| build))?;
            value.as_text().is_some().then(|| value.clone())
        };
        let posix = stage.is_none_or(|stage| stage.state.posix);
        let found = match items(instruction, self.source, posix, &variables) {
            Ok(found) => found,
            Err(unread) => {
                let message = match unread {
                    Unread::TooLong => "the command is too long to be read",
                    Unread::TooDeep => "the command is nested too deep to be read",
                };
                self.out.incomplete.push(SyntaxError::new(instruction.keyword_span, message));
                return;
            }
        };
        let stage = stage.map(|stage| stage.local);
        let address = self.out.resources.get(local.0 as usize).map(|r| r.address.clone()).unwrap_or_default();
        let mut counts: HashMap<CompactString, usize> = HashMap::new();
        for mut resource in found {
            let count = counts.entry(resource.name.clone()).or_default();
            resource.address = format_compact!("{address}/{}[{count}]", resource.name);
            *count += 1;
            let span = resource.head();
            let command = self.out.add(resource);
            self.out.link(command, local, "instruction", span);
            if let Some(stage) = stage {
                self.out.link(command, stage, "stage", span);
            }
        }
    }

    fn finish(mut self) -> Lowered {
        let last = self.stages.len().saturating_sub(1);
        for stage in self.stages {
            let Stage { local, index, mut body, state, .. } = stage;
            if index == last {
                body.set("final", Value::bool(true, Span::NONE));
            }
            let values = [
                ("user", state.user),
                ("workdir", state.workdir),
                ("healthcheck", state.healthcheck),
                ("cmd", state.cmd),
                ("entrypoint", state.entrypoint),
                ("shell", state.shell),
            ];
            for (name, value) in values {
                if let Some(value) = value {
                    body.set(name, value);
                }
            }
            let head = body.head;
            if !state.ports.is_empty() {
                let span = state.ports.first().map_or(head, |port| port.span);
                body.set("ports", Value::list(state.ports, span));
            }
            for (name, map) in [("env", state.env), ("labels", state.labels)] {
                if !map.is_empty() || map.open.is_some() {
                    body.set(name, Value::map(map, head));
                }
            }
            if let Some(resource) = self.out.resources.get_mut(local.0 as usize) {
                resource.body = body;
            }
        }
        self.out
    }
}

/// The names of an ARG with their values.
fn arguments(values: &Map) -> impl Iterator<Item = (CompactString, Value)> {
    values.iter().map(|(name, field)| (name.clone(), field.value.clone()))
}

fn flag<'a>(instruction: &'a Instruction, name: &str) -> Option<&'a Text> {
    instruction.flags.iter().rev().find(|flag| flag.name == name)?.value.as_ref()
}

fn literal(text: &Text) -> Value {
    Value::text(&text.text, text.span)
}

fn span_of(texts: &[Text]) -> Span {
    texts.iter().fold(Span::NONE, |span, text| span.to(text.span))
}

#[expect(clippy::cast_possible_wrap, reason = "counts of what is in memory")]
fn number(count: usize) -> Number {
    Number::from(count as i64)
}

/// The ports of one argument of EXPOSE, which may expand to several.
fn ports(value: &Value, word: &Text) -> Vec<Value> {
    let Some(text) = value.as_text() else { return vec![value.clone()] };
    text.split_whitespace()
        .map(|port| {
            let (range, protocol) =
                port.split_once('/').map_or((port, None), |(range, protocol)| (range, Some(protocol)));
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            let number = |text: &str| text.parse::<u16>().ok().map(|port| Value::number(i64::from(port), word.span));
            let (Some(from), Some(to)) = (number(from), number(to)) else {
                let why = Why { reason: Reason::Invalid, subject: port.into(), span: word.span };
                return Value { kind: Kind::Unknown(Arc::new(why)), ..value.clone() };
            };
            let mut map = Map::new(word.span);
            map.set("from", from);
            map.set("to", to);
            let protocol =
                protocol.map_or(Value::text("tcp", Span::NONE), |p| Value::text(p.to_ascii_lowercase(), word.span));
            map.set("protocol", protocol);
            Value { kind: Kind::Map(Box::new(map)), ..value.clone() }
        })
        .collect()
}

/// The folder that a WORKDIR leads to from the one in force.
fn joined(before: Option<&Value>, path: &Value, from_scratch: bool) -> Value {
    let Some(text) = path.as_text() else { return path.clone() };
    let windows = text.get(1..3).is_some_and(|rest| matches!(rest, ":\\" | ":/"));
    if text.starts_with(['/', '\\']) || windows {
        return path.clone();
    }
    let base = match before {
        Some(value) => value.as_text(),
        None if from_scratch => Some("/"),
        None => None,
    };
    match base {
        Some(base) if base.len() + text.len() < 4096 => {
            let text = format_compact!("{}/{}", base.trim_end_matches('/'), text.trim_start_matches("./"));
            Value { kind: Kind::Text(text), ..path.clone() }
        }
        _ => {
            let why = Why { reason: Reason::Missing, subject: "the folder of the base image".into(), span: path.span };
            let parts =
                [stockade_model::Part::Unknown(Arc::new(why)), stockade_model::Part::Known(format_compact!("/{text}"))];
            Value { kind: Kind::Template(Arc::from(parts)), ..path.clone() }
        }
    }
}

#[cfg(test)]
mod tests;
