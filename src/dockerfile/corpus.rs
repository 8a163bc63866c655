//! Real files, where they are at hand: set `STOCKADE_DATA` to the folder that holds `corpus/`.

use std::path::{Path, PathBuf};

use stockade_model::{Kind, Value};
use stockade_source::{FileId, Span};

use crate::{Arguments, lower, parse};

fn dockerfiles(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
        let kind = entry.file_type().ok();
        if kind.is_some_and(|kind| kind.is_dir()) {
            dockerfiles(&path, out);
        } else if kind.is_some_and(|kind| kind.is_file())
            && name.contains("dockerfile")
            && !name.ends_with(".dockerignore")
        {
            out.push(path);
        }
    }
}

/// Every file of the corpus with its text.
pub(crate) fn files() -> Vec<(PathBuf, String)> {
    let Some(data) = std::env::var_os("STOCKADE_DATA") else {
        println!("skipped: STOCKADE_DATA is not set");
        return Vec::new();
    };
    let mut paths = Vec::new();
    dockerfiles(&Path::new(&data).join("corpus"), &mut paths);
    paths.sort();
    assert!(paths.len() > 200, "the corpus has Dockerfiles");
    paths.into_iter().filter_map(|path| Some((path.clone(), std::fs::read_to_string(path).ok()?))).collect()
}

fn spans(value: &Value, check: &mut dyn FnMut(Span)) {
    check(value.span);
    match &value.kind {
        Kind::List(list) => list.items.iter().for_each(|item| spans(item, check)),
        Kind::Map(map) => map.iter().for_each(|(_, field)| {
            check(field.key);
            check(field.entry);
            spans(&field.value, check);
        }),
        _ => {}
    }
}

#[test]
fn real_files_are_read() {
    let (mut commands, mut broken, mut exact) = (0, 0, 0);
    let start = std::time::Instant::now();
    for (path, text) in files() {
        let (file, errors) = parse(FileId(0), &text);
        for error in &errors {
            let line = text.get(..error.span.start as usize).unwrap_or("").matches('\n').count() + 1;
            println!("{}:{line}: {}", path.display(), error.message);
        }
        broken += usize::from(!errors.is_empty());
        let lowered = lower("Dockerfile", &file, &text);
        assert_eq!(lowered.incomplete, [], "{}", path.display());
        for resource in &lowered.resources {
            for (_, field) in resource.body.iter() {
                spans(&field.value, &mut |span| {
                    assert!(
                        span.is_none() || !span.text(&text).is_empty() || span.is_empty(),
                        "{}: {span:?}",
                        path.display()
                    );
                });
            }
            if resource.kind != "command" {
                continue;
            }
            commands += 1;
            for word in resource.body.get("argv").map(Value::items).unwrap_or_default() {
                // What is known and simple stands in the file as it is, but for quotes, escapes and joins.
                let Some(known) = word.as_text() else { continue };
                let written = word.span.text(&text);
                let plain =
                    known.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/' | b'='));
                if plain && word.origin.is_none() && !written.contains(['\\', '\n']) {
                    exact += 1;
                    assert_eq!(written.replace(['"', '\''], ""), known, "{}", path.display());
                }
            }
        }
    }
    println!("{commands} commands, {exact} words compared, {broken} files with errors, {:?}", start.elapsed());
}

/// tree-sitter-bash finds the same commands in RUN, but for the faults named in `stockade_shell`.
#[test]
fn an_independent_parser_finds_the_same_commands() {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).expect("the grammar fits the library");
    let (mut texts, mut same, mut damaged) = (0, 0, 0);
    for (path, text) in files() {
        let (file, _) = parse(FileId(0), &text);
        for instruction in &file.instructions {
            let Arguments::Shell(shell) = &instruction.arguments else { continue };
            if !instruction.heredocs.is_empty() {
                continue;
            }
            texts += 1;
            let tree = parser.parse(shell.text.as_bytes(), None).expect("no time limit");
            // It takes the brace of `! { x; }` for a command.
            if tree.root_node().has_error() || shell.text.contains("! {") {
                damaged += 1;
                continue;
            }
            let expected = names(&tree, &shell.text);
            let got = stockade_shell::commands(&shell.text).expect("short");
            let mut got: Vec<&str> = got
                .iter()
                .filter(|command| command.wrapper.is_none())
                .filter_map(|command| command.words.first())
                .filter_map(|word| shell.text.get(word.span.clone()))
                .filter(|name| !matches!(*name, "[" | "[["))
                .collect();
            got.sort_unstable();
            if got == expected {
                same += 1;
            } else {
                println!("{}: {}\n  {expected:?}\n  {got:?}", path.display(), shell.text);
            }
        }
    }
    println!("{texts} texts, {same} the same, {damaged} that tree-sitter cannot read");
    assert!(same * 100 >= (texts - damaged) * 97);
}

/// The names of the commands as they are written, sorted.
fn names<'a>(tree: &tree_sitter::Tree, text: &'a str) -> Vec<&'a str> {
    let mut out = Vec::new();
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        let name = match node.kind() {
            "command_name" => Some(node),
            "declaration_command" | "unset_command" => node.child(0),
            _ => None,
        };
        out.extend(name.and_then(|name| text.get(name.byte_range())).filter(|name| !name.is_empty()));
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                out.sort_unstable();
                return out;
            }
        }
    }
}
