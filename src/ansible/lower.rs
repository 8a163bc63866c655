//! Files to resources: plays, their sections, blocks.

use stockade_model::{CompactString, Lowered, Map, Resource, Technology, Value, format_compact};
use stockade_yaml::{Schema, to_value};

use crate::classify::{FileKind, is_handlers};
use crate::scope::{Scope, keyword};
use crate::task::{self, Place, Project, title};
use crate::{File, keywords};

/// How deep blocks may be nested.
const MAX_DEPTH: usize = 64;

/// Lowers the files of one project: a playbook tree or a role. Files that hold no tasks count for nothing yet.
pub fn lower(project: &str, files: &[File<'_>]) -> Lowered {
    let mut out = Project::new(project);
    for file in files {
        let path = relative(file.path, project);
        for root in file.documents.iter().filter_map(|document| document.root.as_ref()) {
            if !matches!(file.kind, FileKind::Playbook | FileKind::Tasks) {
                continue;
            }
            let (value, errors) = to_value(root, Schema::Yaml11);
            out.lowered.incomplete.extend(errors);
            match file.kind {
                FileKind::Playbook => {
                    value
                        .items()
                        .iter()
                        .enumerate()
                        .for_each(|(index, item)| play(&mut out, item, index, path, file.text));
                }
                _ => {
                    let prefix = format_compact!("{path}#");
                    let place = Place { file: file.text, prefix: &prefix };
                    tasks(&mut out, &value, place, &Scope::new(is_handlers(file.path)), 0);
                }
            }
        }
    }
    out.lowered
}

/// An element of a playbook.
fn play(project: &mut Project, value: &Value, index: usize, path: &str, file: &str) {
    let Some(map) = value.as_map() else { return };
    if map.get("hosts").is_none() {
        // `import_playbook` is written like a task.
        let prefix = format_compact!("{path}#");
        return task::lower(project, value, Place { file, prefix: &prefix }, &Scope::new(false));
    }
    let mut body = Map::new(map.head);
    body.open.clone_from(&map.open);
    for (key, field) in map.iter().filter(|(key, _)| !keywords::SECTIONS.contains(&key.as_str())) {
        body.insert(key.clone(), keyword(key, field));
    }
    let name = ["name", "hosts"].into_iter().filter_map(|key| map.get(key)).find_map(|value| text(value, file));
    let name = name.unwrap_or_else(|| format_compact!("{}", index + 1));
    let mut resource = Resource::new(Technology::Ansible, "play", body, value.span);
    resource.name = name.clone();
    let id = project.add(resource, format_compact!("{path}#{name}"));
    let prefix = format_compact!("{}/", project.lowered.resources[id.0 as usize].address);
    let place = Place { file, prefix: &prefix };
    for section in keywords::SECTIONS {
        if let Some(list) = map.get(section) {
            let mut scope = Scope::new(*section == "handlers").enter(map, "the play");
            scope.play = Some(id);
            tasks(project, list, place, &scope, 0);
        }
    }
}

/// A list of tasks and blocks.
fn tasks(project: &mut Project, list: &Value, place: Place<'_>, scope: &Scope, depth: usize) {
    if depth > MAX_DEPTH {
        project.incomplete(list.span, "blocks are nested too deep");
        return;
    }
    for item in list.items() {
        let Some(map) = item.as_map() else { continue };
        if keywords::BLOCK.iter().any(|key| map.field(key).is_some()) {
            let inner = scope.enter(map, "the block");
            for list in keywords::BLOCK.iter().filter_map(|key| map.get(key)) {
                tasks(project, list, place, &inner, depth + 1);
            }
        } else {
            task::lower(project, item, place, scope);
        }
    }
}

/// A text, or the texts of a list, in one line.
fn text(value: &Value, file: &str) -> Option<CompactString> {
    let text = match value.as_text() {
        Some(text) => title(text),
        None => title(value.span.text(file)),
    };
    (!text.is_empty()).then_some(text)
}

/// The path of a file within its project.
fn relative<'a>(path: &'a str, project: &str) -> &'a str {
    path.strip_prefix(project).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path)
}
