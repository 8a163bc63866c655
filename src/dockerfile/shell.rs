//! The commands of instructions.

use std::ops::Range;

use stockade_model::{Resource, Technology, Value};
use stockade_shell::{Command, OffsetMap, Scope, Unread, Word, argv, commands, lower};
use stockade_source::Span;

use crate::text::place;
use crate::{Arguments, Heredoc, Instruction, Keyword, Text};

/// The `command` items of an instruction; `within` is the name to give for where they stand.
///
/// `posix` tells whether texts are for a shell that is understood.
pub(crate) fn items(
    instruction: &Instruction,
    source: &str,
    posix: bool,
    variables: &dyn Fn(&str) -> Option<Value>,
) -> Result<Vec<Resource>, Unread> {
    let file = instruction.span.file;
    let within = instruction.keyword.name();
    match &instruction.arguments {
        Arguments::Exec(words) if instruction.keyword != Keyword::Shell => {
            let commands = argv(words.iter().map(Text::word).collect::<Vec<Word>>());
            let place = |range: Range<usize>| place(file, range);
            // No shell expands what stands here.
            Ok(lower(
                &commands,
                &Scope { technology: Technology::Dockerfile, within, place: &place, variables: &|_| None },
            ))
        }
        Arguments::Shell(text) if posix => {
            let Some((script, offsets)) = script(text, &instruction.heredocs, source) else { return Ok(Vec::new()) };
            let commands = commands(&script)?;
            let set = assigned(&commands);
            let variables = |name: &str| if set.contains(&name) { None } else { variables(name) };
            Ok(views(&commands, within, instruction.span, &offsets, &variables))
        }
        _ => Ok(Vec::new()),
    }
}

fn views(
    commands: &[Command],
    within: &str,
    whole: Span,
    offsets: &OffsetMap,
    variables: &dyn Fn(&str) -> Option<Value>,
) -> Vec<Resource> {
    // A quote that is open swallows the line break that was put between the line and its here-document.
    let place = |range: Range<usize>| -> Span {
        let span = place(whole.file, offsets.range(range));
        Span::new(span.file, span.start.min(whole.end), span.end.min(whole.end))
    };
    lower(commands, &Scope { technology: Technology::Dockerfile, within, place: &place, variables })
}

/// What the shell is given; `None` where it is for another interpreter.
fn script<'a>(text: &'a Text, heredocs: &[Heredoc], source: &'a str) -> Option<(std::borrow::Cow<'a, str>, OffsetMap)> {
    let (Some(first), Some(last)) = (heredocs.first(), heredocs.last()) else {
        return Some((text.text.as_str().into(), text.offsets().clone()));
    };
    if heredocs.len() == 1 && text.text == first.name.text {
        let body = first.text(source);
        let interpreter = body.text.lines().next().and_then(|line| line.strip_prefix("#!"));
        let posix = interpreter.is_none_or(|line| line.split_ascii_whitespace().any(is_posix));
        return posix.then(|| (body.text.to_string().into(), body.offsets().clone()));
    }
    let mut joined = text.text.to_string();
    let mut offsets = text.offsets().clone();
    joined.push('\n');
    offsets.push(joined.len(), first.span.start as usize);
    joined.push_str(first.span.to(last.span).text(source));
    Some((joined.into(), offsets))
}

/// Whether a program is a shell of the POSIX family.
pub(crate) fn is_posix(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("sh" | "bash" | "dash" | "ash" | "zsh" | "ksh" | "busybox"))
}

/// The names that the commands themselves set, whose value from outside is then not to be relied on.
fn assigned(commands: &[Command]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for command in commands {
        if command.words.is_empty() {
            names.extend(command.env.iter().map(|assignment| &*assignment.name));
        }
        if matches!(command.program(), Some("export" | "read" | "declare" | "local" | "readonly" | "typeset" | "unset"))
        {
            let words = command.words.iter().skip(1);
            names.extend(words.filter_map(|word| word.text.split('=').next()));
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}
