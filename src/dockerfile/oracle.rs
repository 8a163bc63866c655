//! Docker's own parser as the judge: the same instructions, flags, words and lines.
//!
//! `oracle/judge.py` asks the PyPI package `dockerfile`, BuildKit's parser. Its answers to `oracle/cases` are recorded
//! beside them; with `DOCKERFILE_JUDGE` (a Python that has the package) it is asked again, and with `STOCKADE_DATA` too
//! it is asked about every Dockerfile there.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use stockade_source::{FileId, Span};

use crate::{Arguments, Instruction, Keyword, parse};

/// What both parsers say of an instruction: keyword, whether its arguments are a JSON array, first and last line, flags,
/// words.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Said(String, bool, usize, usize, Vec<String>, Vec<String>);

/// The answers of the judge, by path: an error where it refuses the file.
type Answers = Vec<(PathBuf, Result<Vec<Said>, String>)>;

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle")
}

fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(here().join("cases")).expect("the cases are here");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    paths
}

fn judge() -> Option<String> {
    let python = std::env::var("DOCKERFILE_JUDGE").ok();
    if python.is_none() {
        println!("skipped: DOCKERFILE_JUDGE names no Python with the package `dockerfile`");
    }
    python
}

fn ask(python: &str, paths: &[PathBuf]) -> Answers {
    let mut child = Command::new(python)
        .arg(here().join("judge.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the judge runs");
    let list: Vec<&str> = paths.iter().filter_map(|path| path.to_str()).collect();
    let mut stdin = child.stdin.take().expect("piped");
    let list = list.join("\n");
    let writer = std::thread::spawn(move || stdin.write_all(list.as_bytes()));
    let out = child.wait_with_output().expect("the judge ends");
    writer.join().expect("no panic").expect("the judge reads");
    let lines = String::from_utf8(out.stdout).expect("UTF-8");
    lines.lines().map(answer).collect()
}

/// Reads a line of the judge's. It takes apart what a later step of BuildKit refuses, as we do at once: unknown
/// keywords, and instructions without their arguments. Its binding ends texts at a NUL.
fn answer(line: &str) -> (PathBuf, Result<Vec<Said>, String>) {
    let (path, said): (PathBuf, serde_json::Value) = serde_json::from_str(line).expect("a line of the judge's");
    let said = match said {
        serde_json::Value::String(error) => Err(error),
        other => {
            let mut said: Vec<Said> = serde_json::from_value(other).expect("a list of instructions");
            said.iter_mut().for_each(|one| one.0.make_ascii_uppercase());
            said.retain(|one| KEYWORDS.contains(&one.0.as_str()) && one.5.len() >= least(one));
            Ok(said)
        }
    };
    (path, said)
}

const KEYWORDS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// How many words an instruction must have; no number will do for a kind of HEALTHCHECK that there is not.
fn least(said: &Said) -> usize {
    match said.0.as_str() {
        "CMD" | "ENTRYPOINT" => 0,
        "HEALTHCHECK" if said.5.first().is_some_and(|word| word.eq_ignore_ascii_case("CMD")) => 2,
        "ADD" | "COPY" => 2,
        "HEALTHCHECK" if said.5.first().is_some_and(|word| !word.eq_ignore_ascii_case("NONE")) => usize::MAX,
        _ => 1,
    }
}

/// What we say of a file, in the judge's words.
fn ours(text: &str) -> Vec<Said> {
    let (file, _) = parse(FileId(0), text);
    file.instructions.iter().map(|instruction| said(instruction, text)).collect()
}

fn said(instruction: &Instruction, text: &str) -> Said {
    let line = |at: u32| text[..at as usize].matches('\n').count() + 1;
    let mut inner = instruction;
    while let Arguments::Onbuild(next) = &inner.arguments {
        inner = next;
    }
    let flags = if instruction.keyword == Keyword::Onbuild { &[][..] } else { &inner.flags[..] };
    let exec = matches!(inner.arguments, Arguments::Exec(_) | Arguments::Copy { exec: true, .. })
        || matches!(&inner.arguments, Arguments::Words(_)) && inner.text.text.starts_with('[');
    Said(
        instruction.keyword.name().to_owned(),
        exec,
        line(instruction.span.start),
        line(last(instruction.span, text)),
        flags.iter().map(|flag| flag.span.text(text).to_owned()).collect(),
        words(inner),
    )
}

/// The offset of the last byte of a span that is no line break.
fn last(span: Span, text: &str) -> u32 {
    let length = span.text(text).trim_end_matches(['\n', '\r']).len();
    span.start + u32::try_from(length).expect("a small file")
}

fn words(instruction: &Instruction) -> Vec<String> {
    let all = |texts: &[crate::Text]| {
        texts.iter().map(|text| text.text.split('\0').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let own = match &instruction.arguments {
        Arguments::From { .. } => all(&instruction.text.split_blanks()),
        Arguments::Exec(items) | Arguments::Words(items) => all(items),
        Arguments::Shell(text) if text.text.is_empty() => vec![],
        Arguments::Shell(text) | Arguments::Text(text) => vec![text.text.to_string()],
        Arguments::Pairs(pairs) if instruction.keyword == Keyword::Arg => pairs
            .iter()
            .map(|pair| {
                pair.value
                    .as_ref()
                    .map_or(pair.name.text.to_string(), |value| format!("{}={}", pair.name.text, value.text))
            })
            .collect(),
        Arguments::Pairs(pairs) => pairs
            .iter()
            .flat_map(|pair| {
                [pair.name.text.to_string(), pair.value.as_ref().map_or(String::new(), |v| v.text.to_string())]
            })
            .collect(),
        Arguments::Copy { sources, destination, .. } => {
            let mut out = all(sources);
            out.push(destination.text.to_string());
            out
        }
        Arguments::None => vec!["NONE".to_owned()],
        Arguments::Onbuild(_) => vec![],
    };
    match (&instruction.keyword, &instruction.arguments) {
        (Keyword::Healthcheck, Arguments::Exec(_) | Arguments::Shell(_)) => {
            std::iter::once("CMD".to_owned()).chain(own).collect()
        }
        _ => own,
    }
}

/// Holds us against answers; the number of files and of instructions that agree.
fn compare(answers: &Answers) -> (usize, usize, Vec<String>) {
    let (mut files, mut instructions, mut differences) = (0, 0, vec![]);
    for (path, said) in answers {
        let text = String::from_utf8_lossy(&std::fs::read(path).expect("readable")).into_owned();
        let text = text.trim_start_matches('\u{feff}');
        let said = match said {
            Ok(said) => said,
            Err(error) => {
                let (_, errors) = parse(FileId(0), text);
                if errors.is_empty() {
                    differences.push(format!("{}: the judge says {error}, we nothing", path.display()));
                } else {
                    files += 1;
                }
                continue;
            }
        };
        let got = ours(text);
        let same = got.iter().zip(said).filter(|(a, b)| a == b).count();
        instructions += same;
        if same == said.len() && got.len() == said.len() {
            files += 1;
        } else {
            let first = got.iter().zip(said).find(|(a, b)| a != b);
            differences.push(format!("{}: {} and {}: {first:?}", path.display(), got.len(), said.len()));
        }
    }
    (files, instructions, differences)
}

#[test]
fn recorded_cases_are_read_as_docker_reads_them() {
    let recorded = std::fs::read_to_string(here().join("answers.jsonl")).expect("recorded answers");
    let mut answers: Answers = recorded.lines().map(answer).collect();
    for (path, _) in &mut answers {
        *path = here().join("cases").join(&*path);
    }
    assert_eq!(answers.len(), cases().len(), "every case has an answer");
    let (_, _, differences) = compare(&answers);
    assert_eq!(differences, Vec::<String>::new());
}

#[test]
fn the_judge_says_what_is_recorded() {
    let Some(python) = judge() else { return };
    let (_, _, differences) = compare(&ask(&python, &cases()));
    assert_eq!(differences, Vec::<String>::new());
}

#[test]
fn every_dockerfile_of_the_corpus_is_read_as_docker_reads_it() {
    let Some(python) = judge() else { return };
    let paths = crate::corpus::files().into_iter().map(|(path, _)| path);
    // Templates are no Dockerfiles before something fills them in.
    let paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_none_or(|end| end != "template")).collect();
    let answers = ask(&python, &paths);
    let (files, instructions, differences) = compare(&answers);
    println!("{files} of {} files and {instructions} instructions agree", answers.len());
    for difference in &differences {
        println!("{difference}");
    }
    assert_eq!(files, answers.len());
}
