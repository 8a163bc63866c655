//! Commands to items of the `command` view.

use std::ops::Range;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{
    Field, Kind, List, Map, Origin, Part as TextPart, Reason, Resource, Step, Technology, Value, Via, Why,
};
use stockade_source::Span;

use crate::options::Options;
use crate::packages::{Version, packages};
use crate::{Command, Part, Word};

/// The longest expansion that is named in full.
const MAX_SUBJECT: usize = 60;

/// Where commands stand, and what is known there.
pub struct Scope<'a> {
    /// The language around the commands.
    pub technology: Technology,
    /// The value of the field `in`: `RUN`, `CMD`, `ENTRYPOINT`, `HEALTHCHECK`, `task`.
    pub within: &'a str,
    /// The place in the file of a range of the shell text.
    pub place: &'a dyn Fn(Range<usize>) -> Span,
    /// The value of a variable of the shell, where something outside of the text sets it.
    pub variables: &'a dyn Fn(&str) -> Option<Value>,
}

/// The items of the view, one for each command that has a program; names and addresses are the program's, and edges
/// are the caller's.
pub fn lower(commands: &[Command], scope: &Scope<'_>) -> Vec<Resource> {
    commands.iter().filter_map(|command| resource(command, commands, scope)).collect()
}

/// The value of a word.
fn value(word: &Word, scope: &Scope<'_>) -> Value {
    let span = (scope.place)(word.span.clone());
    if let Some(text) = word.known() {
        return Value::text(text, span);
    }
    let mut parts: Vec<TextPart> = Vec::new();
    let mut steps: Vec<Step> = Vec::new();
    for part in word.parts() {
        let text = match part {
            Part::Known(text) => CompactString::from(text),
            Part::Unknown(text) => match substituted(text, word.quoted, scope) {
                Some(value) => {
                    steps.push(Step { span: value.span, via: Via::Default(text.trim_matches(['$', '{', '}']).into()) });
                    if let Some(origin) = &value.origin {
                        steps.extend(origin.steps.iter().cloned());
                    }
                    value.as_text().unwrap_or("").into()
                }
                None => {
                    parts.push(TextPart::Unknown(Arc::new(why(text, span))));
                    continue;
                }
            },
        };
        if let Some(TextPart::Known(before)) = parts.last_mut() {
            before.push_str(&text);
        } else {
            parts.push(TextPart::Known(text));
        }
    }
    let kind = match &*parts {
        [] => Kind::Text(CompactString::default()),
        [TextPart::Known(text)] => Kind::Text(text.clone()),
        [TextPart::Unknown(why)] => Kind::Unknown(Arc::clone(why)),
        _ => Kind::Template(parts.into()),
    };
    let value = Value::new(kind, span);
    if steps.is_empty() { value } else { value.with_origin(Origin { steps, ..Origin::default() }) }
}

/// The value of `$NAME` or `${NAME}`, where it is known and stays one word.
fn substituted(text: &str, quoted: bool, scope: &Scope<'_>) -> Option<Value> {
    let name = text.strip_prefix('$')?;
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return None;
    }
    let value = (scope.variables)(name)?;
    let text = value.as_text()?;
    let splits = text.is_empty() || text.contains(|c: char| c.is_whitespace() || matches!(c, '*' | '?' | '['));
    (quoted || !splits).then_some(value)
}

fn why(text: &str, span: Span) -> Why {
    let reason = if text.starts_with("{{") || text.starts_with("{%") {
        Reason::Template
    } else if text.starts_with("$(") || text.starts_with(['`', '<', '>']) {
        Reason::Runtime
    } else {
        Reason::Variable
    };
    let mut subject: CompactString = text.chars().take(MAX_SUBJECT).collect();
    if subject.len() < text.len() {
        subject.push('…');
    }
    Why { reason, subject, span }
}

fn resource(command: &Command, commands: &[Command], scope: &Scope<'_>) -> Option<Resource> {
    let place = |range: Range<usize>| (scope.place)(range);
    let span = place(command.span.clone());
    let first = command.words.first()?;
    let head = place(first.span.clone());
    let mut body = Map::new(head);
    let program = match command.program() {
        Some(name) => Value::text(name, head),
        None => value(first, scope),
    };
    let name: CompactString = command.program().unwrap_or(&first.text).into();
    let arguments = Options::of(command.program().unwrap_or("")).divide(&command.words, 1);
    let open = arguments.open.and_then(|index| command.words.get(index));
    let open = open.filter(|word| substituted(&word.text, word.quoted, scope).is_none());
    let open = open.map(|word| Arc::new(why(&word.text, place(word.span.clone()))));

    body.set("program", program);
    body.set("argv", words(&command.words, open.clone(), span, scope));
    body.set("args", words(command.words.get(1..).unwrap_or_default(), open.clone(), span, scope));
    if let Some(word) = arguments.operands.first().and_then(|index| command.words.get(*index)) {
        body.set("subcommand", value(word, scope));
    }
    let mut flags = Map::new(head);
    for flag in &arguments.flags {
        let key = place(flag.span.clone());
        let value = flag.value.as_ref().map_or_else(|| Value::bool(true, key), |word| value(word, scope));
        flags.insert(flag.name.clone(), Field { key, entry: key.to(value.span), value });
    }
    flags.open.clone_from(&open);
    body.set("flags", Value::map(flags, span));
    if let Some(packages) = packages(command) {
        let items = packages.iter().map(|package| {
            let place = place(package.text.span.clone());
            let mut item = Map::new(place);
            item.set("name", value(&package.name, scope));
            match &package.version {
                Version::Absent => None,
                Version::Is(word) => item.set("version", value(word, scope)),
                Version::Unknown => {
                    resolved_version(&package.text, place, scope).and_then(|value| item.set("version", value))
                }
            };
            item.set("text", value(&package.text, scope));
            Value::map(item, place)
        });
        let items = items.collect();
        body.set("packages", Value::new(Kind::List(Box::new(List { items, open: open.clone() })), span));
    }
    body.set("sudo", Value::bool(command.sudo, Span::NONE));
    if !command.env.is_empty() {
        let mut env = Map::new(head);
        for assignment in &command.env {
            let key = place(assignment.span.clone());
            let value = value(&assignment.value, scope);
            env.insert(assignment.name.clone(), Field { key, entry: key.to(value.span), value });
        }
        body.set("env", Value::map(env, span));
    }
    let other = |index: Option<usize>| {
        let first = commands.get(index?).filter(|command| !command.words.is_empty());
        let first = first.and_then(|command| Some((command.words.first()?, command.program())))?;
        Some(first.1.map_or_else(|| value(first.0, scope), |name| Value::text(name, place(first.0.span.clone()))))
    };
    if let Some(value) = other(command.reads) {
        body.set("piped_from", value);
    }
    if let Some(value) = other(command.writes) {
        body.set("pipes_to", value);
    }
    if let Some(operator) = command.operator {
        body.set("after", Value::text(operator.text(), Span::NONE));
    }
    body.set("in", Value::text(scope.within, Span::NONE));
    body.set("conditional", Value::bool(command.conditional || command.function, Span::NONE));
    let subshell = command.subshell || command.substitution || command.script;
    body.set("subshell", Value::bool(subshell, Span::NONE));
    let mut resource = Resource::new(scope.technology, "command", body, span);
    resource.name = name;
    resource.view = true;
    Some(resource)
}

/// The version of a package whose argument has expansions and no sign of a version beside them: unknown, unless the
/// expansions are known.
fn resolved_version(text: &Word, span: Span, scope: &Scope<'_>) -> Option<Value> {
    let mut value = value(text, scope);
    if let Some(why) = value.why() {
        return Some(Value::unknown((**why).clone(), span));
    }
    let version =
        value.as_text().and_then(|text| text.split_once(['=', '@', '~', '<', '>', ':'])).map(|(_, version)| version);
    value.kind = Kind::Text(version?.into());
    Some(value)
}

fn words(words: &[Word], open: Option<Arc<Why>>, span: Span, scope: &Scope<'_>) -> Value {
    let items: Vec<Value> = words.iter().map(|word| value(word, scope)).collect();
    let span = match (items.first(), items.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => span,
    };
    Value::new(Kind::List(Box::new(List { items, open })), span)
}

#[cfg(test)]
mod tests;
