//! The arrows between crates are those of `docs/architecture.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::command::root;

type Arrows = BTreeMap<String, BTreeSet<String>>;

fn documented() -> Arrows {
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let table = page.split("## Arrows").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| stockade"));
    rows.map(|row| {
        let mut cells = row.split('|').map(str::trim);
        let name = format!("stockade{}", cells.next().unwrap());
        (name, cells.next().unwrap().split_whitespace().map(str::to_owned).collect())
    })
    .collect()
}

fn actual() -> Arrows {
    let mut manifests =
        vec![root().join("Cargo.toml"), root().join("checks/Cargo.toml"), root().join("lsp/Cargo.toml")];
    let crates = fs::read_dir(root().join("src")).unwrap().map(|entry| entry.unwrap().path().join("Cargo.toml"));
    manifests.extend(crates.filter(|path| path.exists()));
    manifests
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let name = text.lines().find_map(|line| line.strip_prefix("name = \"")).unwrap().trim_end_matches('"');
            let mut section = "";
            let mut arrows = BTreeSet::new();
            for line in text.lines() {
                if line.starts_with('[') {
                    section = line;
                }
                let dependency = line.split(['.', ' ', '=']).next().unwrap();
                if section == "[dependencies]" && dependency.starts_with("stockade-") {
                    arrows.insert(dependency.to_owned());
                }
            }
            (name.to_owned(), arrows)
        })
        .collect()
}

#[test]
fn the_crates_depend_on_one_another_as_documented() {
    assert_eq!(actual(), documented());
}

#[test]
fn nothing_depends_on_the_command_line() {
    assert!(actual().values().flatten().all(|name| name != "stockade"));
}
