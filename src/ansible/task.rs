//! One task.

use std::collections::HashSet;

use stockade_model::{
    CompactString, Field, Kind, Local, Lowered, Map, Reason, Resource, Technology, Value, format_compact,
};
use stockade_source::{Span, SyntaxError};

use crate::scalar::Scalar;
use crate::scope::Scope;
use crate::{arguments, cloud, command, freeform, jinja, keywords, modules, packages, scope};

/// The longest name that becomes part of an address, in characters.
const MAX_NAME: usize = 120;

/// What is being made of a project.
#[derive(Debug, Default)]
pub(crate) struct Project {
    pub(crate) lowered: Lowered,
    addresses: HashSet<CompactString>,
}

impl Project {
    /// An empty project.
    pub(crate) fn new(project: &str) -> Self {
        Project { lowered: Lowered::new(project), addresses: HashSet::new() }
    }

    /// Adds a resource under `address`, or the next one that is free.
    pub(crate) fn add(&mut self, mut resource: Resource, address: CompactString) -> Local {
        resource.address = self.free(address);
        self.lowered.add(resource)
    }

    /// Notes what could not be read.
    pub(crate) fn incomplete(&mut self, span: Span, message: &str) {
        self.lowered.incomplete.push(SyntaxError::new(span, message));
    }

    /// `address`, or with ` (2)`, ` (3)` … where that is taken.
    fn free(&mut self, address: CompactString) -> CompactString {
        if self.addresses.insert(address.clone()) {
            return address;
        }
        // Doubling, then halving, keeps a file of a hundred thousand equal tasks from being quadratic.
        let numbered = |n: usize| format_compact!("{address} ({n})");
        let mut taken = 1;
        while self.addresses.contains(&numbered(taken * 2)) {
            taken *= 2;
        }
        let mut free = taken * 2;
        while free - taken > 1 {
            let middle = taken + (free - taken) / 2;
            if self.addresses.contains(&numbered(middle)) { taken = middle } else { free = middle }
        }
        let found = numbered(free);
        self.addresses.insert(found.clone());
        found
    }
}

/// Where tasks stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The text of the file.
    pub(crate) file: &'a str,
    /// What comes before the task's name in its address.
    pub(crate) prefix: &'a str,
}

/// Adds what a task declares: its module, its keywords, its commands.
pub(crate) fn lower(project: &mut Project, task: &Value, place: Place<'_>, scope: &Scope) {
    let Some(map) = task.as_map() else { return };
    let Some(call) = Call::of(map, scope, place.file) else {
        if map.iter().any(|(key, _)| !keywords::is_task(key)) {
            project.incomplete(map.head, "a task that calls no module");
        }
        return;
    };
    let module = call.module();
    let mut body = Map::new(call.key);
    if let Some(args) = map.get("args") {
        arguments::add(&mut body, &module, args, place.file);
    }
    call.arguments(&mut body, &module, place.file);
    let mut body = arguments::canonicalise(body, &module, place.file);
    if let Some(defaults) = scope.defaults(map, &module, call.name) {
        fill(&mut body, arguments::canonicalise(defaults, &module, place.file));
    }
    let (commands, unread) = command::commands(&module, &body, place.file);
    project.lowered.incomplete.extend(unread);
    let secrets = secrets(map, &body);
    let named = packages::named(&module, &body);
    for (_, field) in body.iter_mut() {
        jinja::mark(&mut field.value);
    }

    let label = map.get("name").map(|name| title(name.as_text().unwrap_or_else(|| name.span.text(place.file))));
    let label = label.filter(|label| !label.is_empty()).unwrap_or_else(|| module.clone());
    let address = format_compact!("{}{label}", place.prefix);

    let mut keywords = keywords(map, &body, &call, &module, scope);
    if let Some(secrets) = secrets {
        keywords.insert("secrets", Field { key: secrets.span, entry: Span::NONE, value: secrets });
    }
    if let Some(named) = named {
        keywords.set("named", Value::text(named, Span::NONE));
    }
    let declared = cloud::resources(&module, &body, task.span);
    let mut resource = Resource::new(Technology::Ansible, module, body, task.span);
    resource.name = label.clone();
    let module = project.add(resource, address);
    let address = project.lowered.resources[module.0 as usize].address.clone();
    let mut view = Resource::new(Technology::Ansible, "task", keywords, task.span);
    view.name = label;
    view.view = true;
    let head = view.head();
    let view = project.add(view, format_compact!("{address} task"));
    project.lowered.link(module, view, "task", call.key);
    if let Some(play) = scope.play {
        project.lowered.link(view, play, "play", head);
    }
    let name = project.lowered.resources[module.0 as usize].name.clone();
    let mut ids: Vec<Local> = Vec::with_capacity(declared.len());
    for cloud::Declared { mut resource, of } in declared {
        resource.name = name.clone();
        let (kind, head) = (resource.kind.clone(), resource.head());
        let id = project.add(resource, format_compact!("{address} as {kind}"));
        project.lowered.link(id, view, "task", call.key);
        if let Some((label, owner)) = of.and_then(|(label, index)| Some((label, *ids.get(index)?))) {
            project.lowered.link(id, owner, label, head);
        }
        ids.push(id);
    }
    for resource in commands {
        let head = resource.head();
        let address = format_compact!("{address} {}", title(&resource.name));
        let command = project.add(resource, address);
        project.lowered.link(command, view, "task", head);
    }
}

/// A name as a part of an address: on one line, and not too long.
pub(crate) fn title(text: &str) -> CompactString {
    let mut out = CompactString::default();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        if let Some((cut, _)) = out.char_indices().nth(MAX_NAME) {
            out.truncate(cut);
            out.push('…');
            break;
        }
    }
    out
}

/// The body of the `task` view. What is no entry of the task's own mapping has no entry, so that no fix cuts it out.
fn keywords(task: &Map, body: &Map, call: &Call<'_>, module: &str, scope: &Scope) -> Map {
    let head = task.field("name").map_or(call.key, |name| name.value.span);
    let mut out = Map::new(head);
    let in_force = scope.in_force(task, head);
    out.open.clone_from(&in_force.open);
    if let Some(name) = in_force.field("name") {
        out.insert("name", name.clone());
    }
    out.insert("module", Field { key: call.key, entry: Span::NONE, value: Value::text(module, call.key) });
    let mut args = body.clone();
    args.head = call.key;
    out.insert("args", Field { key: call.key, entry: call.entry, value: Value::map(args, call.span) });
    for (key, field) in in_force.iter() {
        if !matches!(key.as_str(), "name" | "module" | "args") {
            out.insert(key.clone(), field.clone());
        }
    }
    if call.local && out.field("delegate_to").is_none() {
        let value = Value::text("localhost", call.key);
        out.insert("delegate_to", Field { key: call.key, entry: Span::NONE, value });
    }
    for key in ["creates", "removes"] {
        if let Some(field) = body.field(key).filter(|_| modules::is_command_line(module)) {
            out.insert(key, Field { entry: Span::NONE, ..field.clone() });
        }
    }
    out.set("handler", Value::bool(scope.handler, Span::NONE));
    out
}

/// The arguments that carry a secret, and what gives it: `literal`, `loop`, `variable` or `vault`.
fn secrets(task: &Map, body: &Map) -> Option<Value> {
    let item =
        task.get("loop_control").and_then(|control| control.get("loop_var")).and_then(Value::as_text).unwrap_or("item");
    let mut out: Vec<Value> = Vec::new();
    for (name, field) in body.iter().filter(|(name, _)| arguments::is_secret(name)) {
        let from = match &field.value.kind {
            Kind::Text(text) => {
                let holes = jinja::holes(text);
                if text.starts_with(jinja::VAULT) {
                    "vault"
                } else if holes.is_empty() {
                    "literal"
                } else if holes.into_iter().any(|hole| jinja::gives(&text[hole], item)) {
                    "loop"
                } else {
                    "variable"
                }
            }
            Kind::Number(_) => "literal",
            Kind::Unknown(why) if why.reason == Reason::Encrypted => "vault",
            Kind::Unknown(_) | Kind::Template(_) => "variable",
            _ => continue,
        };
        let mut secret = Map::new(field.key);
        secret.set("name", Value::text(name, field.key));
        secret.set("from", Value::text(from, field.value.span));
        out.push(Value::map(secret, field.entry));
    }
    let (first, last) = (out.first()?.span, out.last()?.span);
    Some(Value::list(out, first.to(last)))
}

/// Fields that `body` does not have.
fn fill(body: &mut Map, defaults: Map) {
    for (key, field) in defaults.iter().filter(|(key, _)| body.field(key).is_none()).collect::<Vec<_>>() {
        let mut field = field.clone();
        scope::inherit(&mut field.value, "module_defaults");
        body.insert(key.clone(), field);
    }
    if body.open.is_none() {
        body.open = defaults.open;
    }
}

/// The module that a task calls.
struct Call<'a> {
    /// As it is written.
    name: &'a str,
    /// Under today's full name, where it is known.
    full: Option<CompactString>,
    /// Where the name stands.
    key: Span,
    /// The name and the arguments.
    entry: Span,
    /// The arguments.
    span: Span,
    /// Whether `local_action` calls it.
    local: bool,
    given: Given<'a>,
}

/// How arguments are given.
enum Given<'a> {
    /// As the value of the module's key.
    Value(&'a Value),
    /// After the module's name.
    Text(Scalar<'a>),
    /// Beside the key `module`.
    Beside(&'a Map),
}

impl<'a> Call<'a> {
    fn of(task: &'a Map, scope: &Scope, file: &str) -> Option<Call<'a>> {
        for (key, local) in [("action", false), ("local_action", true)] {
            if let Some(field) = task.field(key) {
                return Call::action(field, local, scope, file);
            }
        }
        let candidates = || task.iter().filter(|(key, _)| !keywords::is_task(key));
        let resolve = |key: &str| modules::resolve(key, &scope.collections);
        let known = candidates().find(|(key, _)| modules::is_short_name(key) || modules::is_full_name(key));
        let (key, field) = known.or_else(|| candidates().next())?;
        Some(Call {
            name: key,
            full: resolve(key),
            key: field.key,
            entry: field.entry,
            span: field.value.span,
            local: false,
            given: Given::Value(&field.value),
        })
    }

    /// `action: copy src=a`, `action: { module: copy, src: a }`.
    fn action(field: &'a Field, local: bool, scope: &Scope, file: &str) -> Option<Call<'a>> {
        let value = &field.value;
        let (name, key, span, given) = match &value.kind {
            Kind::Text(text) => {
                let scalar = Scalar::new(text, value.span, file);
                let first = freeform::words(text).into_iter().next()?;
                let rest = scalar.tail(first.end);
                (&text[first.clone()], scalar.place(first), rest.span, Given::Text(rest))
            }
            Kind::Map(map) => {
                let module = map.field("module")?;
                (module.value.as_text()?, module.value.span, value.span, Given::Beside(map))
            }
            _ => return None,
        };
        let full = modules::resolve(name, &scope.collections);
        Some(Call { name, full, key, entry: field.entry, span, local, given })
    }

    /// The module's name as the kind of a resource.
    fn module(&self) -> CompactString {
        self.full.clone().unwrap_or_else(|| title(self.name))
    }

    fn arguments(&self, body: &mut Map, module: &str, file: &str) {
        match &self.given {
            Given::Value(value) => arguments::add(body, module, value, file),
            Given::Text(scalar) => arguments::add_text(body, module, scalar),
            Given::Beside(map) => {
                for (key, field) in map.iter().filter(|(key, _)| *key != "module") {
                    body.insert(key.clone(), field.clone());
                }
                body.open = body.open.take().or_else(|| map.open.clone());
            }
        }
    }
}
