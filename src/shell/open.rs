//! Commands that run another command: `sudo x`, `env A=b x`, `sh -c 'x'`.

use std::ops::Range;

use crate::options::Options;
use crate::word::Word;
use crate::{Assignment, Command};

/// How many wrappers are opened around one command.
const MAX_WRAPPERS: usize = 8;
/// How deep scripts are opened in scripts.
const MAX_SCRIPTS: u32 = 4;

/// Adds after each command those that it runs.
pub(crate) fn open(commands: Vec<Command>, depth: u32) -> Vec<Command> {
    let mut out: Vec<Command> = Vec::with_capacity(commands.len());
    // Where each command went, and the command that it comes to in the end.
    let mut moved: Vec<(usize, usize)> = Vec::with_capacity(commands.len());
    let mut scripts: Vec<Range<usize>> = Vec::new();
    for mut command in commands {
        let outer = out.len();
        let mut innermost = outer;
        for _ in 0..MAX_WRAPPERS {
            let runs = runs(&command.words);
            let inner = match &runs {
                Some(Runs::Words(from)) => Some(inner(&command, *from)),
                _ => None,
            };
            let script = match runs {
                Some(Runs::Script(index)) if depth < MAX_SCRIPTS => {
                    command.words.get(index).and_then(|word| word.script(0).ok())
                }
                _ => None,
            };
            let (sudo, conditional) = (command.sudo, command.conditional);
            innermost = out.len();
            out.push(command);
            if let Some(script) = script {
                let base = out.len();
                for mut command in open(script, depth + 1) {
                    command.shift(base);
                    command.wrapper.get_or_insert(innermost);
                    command.sudo |= sudo;
                    command.conditional |= conditional;
                    command.script = true;
                    out.push(command);
                }
                scripts.push(base..out.len());
            }
            let Some(mut inner) = inner else { break };
            inner.wrapper = Some(innermost);
            command = inner;
        }
        moved.push((outer, innermost));
    }
    // Only what came from the list given still speaks of positions in it.
    let mut scripts = scripts.into_iter().peekable();
    let mut wrapped = vec![false; out.len()];
    for &(outer, innermost) in &moved {
        if let Some(inner) = wrapped.get_mut(outer + 1..=innermost) {
            inner.fill(true);
        }
    }
    let mut index = 0;
    while index < out.len() {
        if let Some(script) = scripts.next_if(|script| script.start == index) {
            index = script.end;
            continue;
        }
        let command = &mut out[index];
        command.previous = command.previous.and_then(|i| moved.get(i)).map(|to| to.0);
        command.reads = command.reads.and_then(|i| moved.get(i)).map(|to| to.1);
        command.writes = command.writes.and_then(|i| moved.get(i)).map(|to| to.1);
        if !wrapped[index] {
            command.wrapper = command.wrapper.and_then(|i| moved.get(i)).map(|to| to.1);
        }
        index += 1;
    }
    out
}

/// Whether the words are a shell that reads its script from its input.
pub(crate) fn reads_script(words: &[Word]) -> bool {
    let mut words = words;
    for _ in 0..MAX_WRAPPERS {
        match runs(words) {
            Some(Runs::Words(from)) => words = words.get(from..).unwrap_or_default(),
            Some(Runs::Script(_)) => return false,
            None => break,
        }
    }
    let Some((program, arguments)) = words.split_first() else { return false };
    program.known().is_some_and(|name| is_shell(base_name(name)))
        && arguments.iter().all(|word| word.known().is_some_and(|text| text.starts_with(['-', '+'])))
}

/// What a command runs.
enum Runs {
    /// The words from this one on.
    Words(usize),
    /// The text of this word.
    Script(usize),
}

fn runs(words: &[Word]) -> Option<Runs> {
    let program = base_name(words.first()?.known()?);
    if is_shell(program) || matches!(program, "su" | "runuser") {
        let script = script(words, program)?;
        return (script < words.len()).then_some(Runs::Script(script));
    }
    let operands = match program {
        "sudo" | "doas" | "env" | "exec" | "builtin" | "time" | "nohup" | "nice" | "ionice" | "stdbuf" | "setsid"
        | "xargs" | "tini" | "dumb-init" | "eatmydata" | "xvfb-run" => 0,
        "command" if !words.iter().skip(1).any(|word| matches!(&*word.text, "-v" | "-V")) => 0,
        "timeout" | "gosu" | "su-exec" | "chroot" => 1,
        _ => return None,
    };
    let mut at = Options::of(program).first_operand(words, 1) + operands;
    if matches!(program, "sudo" | "doas" | "env") {
        while words.get(at).is_some_and(|word| assigned(word).is_some()) {
            at += 1;
        }
    }
    (at < words.len()).then_some(Runs::Words(at))
}

/// The word that follows `-c` or an option group with a `c` in it (`-lc`, `-exc`).
fn script(words: &[Word], program: &str) -> Option<usize> {
    let mut at = 1;
    while let Some(text) = words.get(at).and_then(Word::known) {
        if text == "--command" && !is_shell(program) {
            return Some(at + 1);
        }
        let Some(letters) = text.strip_prefix(['-', '+']) else {
            // `su user -c x` names the user first.
            if is_shell(program) {
                return None;
            }
            at += 1;
            continue;
        };
        if !text.starts_with("--") && letters.contains('c') {
            at += 1;
            // `bash -c -e 'x'`: options may follow.
            while words.get(at).and_then(Word::known).is_some_and(|text| text.starts_with('-') && text.len() > 1) {
                at += 1;
            }
            return Some(at);
        }
        at += if matches!(letters.bytes().last(), Some(b'o' | b'O')) && !text.starts_with("--") { 2 } else { 1 };
    }
    None
}

fn inner(command: &Command, from: usize) -> Command {
    let words: Vec<Word> = command.words.get(from..).unwrap_or_default().to_vec();
    let start = words.first().map_or(command.span.end, |word| word.span.start);
    let sudo = command.program().is_some_and(|program| matches!(program, "sudo" | "doas"));
    let env = command.words.iter().take(from).skip(1).filter_map(|word| {
        let (name, equals) = assigned(word)?;
        Some(Assignment {
            name: name.into(),
            span: word.range(0..equals),
            value: word.slice(equals + 1..word.text.len()),
        })
    });
    Command {
        env: env.collect(),
        span: start..command.span.end.max(start),
        sudo: command.sudo || sudo,
        words,
        ..command.clone()
    }
}

/// The name of `NAME=value`, and where the sign is.
fn assigned(word: &Word) -> Option<(&str, usize)> {
    let equals = word.text.find('=').filter(|at| *at > 0 && word.is_known_at(*at))?;
    let name = word.text.get(..equals)?;
    let valid =
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.starts_with(|c: char| c.is_ascii_digit());
    valid.then_some((name, equals))
}

fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh")
}

fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}
