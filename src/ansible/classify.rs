//! Which YAML is Ansible's.

use stockade_yaml::{Entry, Node, NodeKind};

use crate::{keywords, modules};

/// What a file of Ansible is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A list of plays.
    Playbook,
    /// A list of tasks or handlers.
    Tasks,
    /// Variables: `group_vars`, `host_vars`, a role's `defaults` and `vars`.
    Vars,
    /// What a role says of itself.
    Meta,
    /// The roles and collections to install.
    Requirements,
    /// Hosts and groups.
    Inventory,
}

/// What the file at `path` with the root `node` is; `None` where it is not Ansible's.
///
/// A list outside of the folders `tasks` and `handlers` counts as tasks only where its modules leave no doubt.
pub fn classify(path: &str, node: &Node) -> Option<FileKind> {
    match &resolved(node).kind {
        NodeKind::Sequence(items) => list(path, items),
        NodeKind::Mapping(_) => mapping(path, node),
        _ => None,
    }
}

/// The folder of the project that a file belongs to: the playbook tree above `roles`, the role, or the file's folder;
/// `.` where that is the working directory.
pub fn project(path: &str) -> &str {
    const PARTS: &[&str] = &["tasks", "handlers", "defaults", "vars", "meta", "group_vars", "host_vars"];
    let folders = || components(path).filter(|(_, end)| *end < path.len());
    let above = |start: usize| match start {
        0 => ".",
        1 => "/",
        _ => &path[..start - 1],
    };
    if let Some((start, _)) = folders().find(|&(start, end)| &path[start..end] == "roles") {
        return above(start);
    }
    let part = folders().find(|&(start, end)| PARTS.contains(&&path[start..end]));
    part.map_or_else(|| above(path.rfind('/').map_or(0, |slash| slash + 1)), |(start, _)| above(start))
}

/// Whether a file of tasks holds handlers.
pub(crate) fn is_handlers(path: &str) -> bool {
    in_folder(path, "handlers")
}

fn list(path: &str, items: &[Node]) -> Option<FileKind> {
    if file_name(path).starts_with("requirements.") && items.iter().any(|item| item.get("src").is_some()) {
        return Some(FileKind::Requirements);
    }
    let hinted = (in_folder(path, "tasks") || in_folder(path, "handlers")) && !in_folder(path, "templates");
    if items.is_empty() {
        return hinted.then_some(FileKind::Tasks);
    }
    if !items.iter().all(|item| is_mapping(item) || is_empty(item)) {
        return None;
    }
    if items.iter().any(is_play)
        && items.iter().all(|item| is_play(item) || item.get("hosts").is_some() || is_empty(item))
    {
        return Some(FileKind::Playbook);
    }
    let shaped = items.iter().filter(|item| is_mapping(item)).all(|item| shape(item) != Shape::Other);
    let strong = items.iter().any(|item| shape(item) == Shape::Certain);
    match (shaped, strong, hinted) {
        (true, true, _) | (true, _, true) | (_, true, true) => Some(FileKind::Tasks),
        _ => None,
    }
}

fn mapping(path: &str, node: &Node) -> Option<FileKind> {
    let name = file_name(path);
    let has = |key: &str| node.get(key).is_some();
    let manifest = has("apiVersion") || (has("kind") && has("metadata"));
    if name.starts_with("requirements.") && (has("roles") || has("collections")) {
        return Some(FileKind::Requirements);
    }
    if parent(path) == "meta" && (has("galaxy_info") || has("dependencies") || has("argument_specs")) {
        return Some(FileKind::Meta);
    }
    if in_folder(path, "group_vars") || in_folder(path, "host_vars") {
        return Some(FileKind::Vars);
    }
    if parent(path) == "vars" && !manifest || parent(path) == "defaults" && matches!(name, "main.yml" | "main.yaml") {
        return Some(FileKind::Vars);
    }
    let all = node.get("all")?;
    (all.get("hosts").is_some() || all.get("children").is_some()).then_some(FileKind::Inventory)
}

fn is_play(item: &Node) -> bool {
    let key = |key: &str| item.get(key).is_some();
    if ["import_playbook", "ansible.builtin.import_playbook", "ansible.legacy.import_playbook"].into_iter().any(key) {
        return true;
    }
    // Other lists have hosts with names and ports too.
    const TELLING: &[&str] = &[
        "any_errors_fatal",
        "become",
        "become_user",
        "connection",
        "gather_facts",
        "remote_user",
        "serial",
        "strategy",
        "vars_files",
        "vars_prompt",
    ];
    let sections = || keywords::SECTIONS.iter().chain(&["roles"]).any(|section| key(section));
    let only_ours = || keys(item).all(|key| key.is_some_and(keywords::is_play));
    key("hosts") && (sections() || TELLING.iter().any(|word| key(word)) && only_ours())
}

/// How much an element looks like a task.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// It can be nothing else.
    Certain,
    /// It can be one.
    Likely,
    /// It is none.
    Other,
}

fn shape(item: &Node) -> Shape {
    const TELLING: &[&str] = &[
        "args",
        "become",
        "changed_when",
        "delegate_to",
        "failed_when",
        "ignore_errors",
        "loop",
        "loop_control",
        "no_log",
        "notify",
        "register",
        "when",
    ];
    let (mut module, mut others, mut telling) = (None, 0, false);
    for entry in resolved(item).entries() {
        let Some(key) = entry.key.as_str() else { return Shape::Other };
        match key {
            _ if keywords::BLOCK.contains(&key) => {
                let inner = entry.value.elements();
                return if inner.iter().any(|task| direct_shape(task) == Shape::Certain) {
                    Shape::Certain
                } else {
                    Shape::Likely
                };
            }
            "<<" => {}
            "action" | "local_action" => module = Some(entry),
            _ if keywords::is_task(key) => telling |= TELLING.contains(&key) || key.starts_with("with_"),
            _ if modules::is_short_name(key) || modules::is_full_name(key) || key.split('.').count() == 3 => {
                module = Some(entry)
            }
            _ => others += 1,
        }
    }
    match (module, others) {
        // No module takes a list.
        (Some(module), _) if matches!(resolved(&module.value).kind, NodeKind::Sequence(_)) => Shape::Other,
        (Some(module), 0) if is_certain(module, telling) => Shape::Certain,
        (Some(_), 0) => Shape::Likely,
        // A module of the project's own, or a mistake.
        (None, 1) if telling => Shape::Likely,
        _ => Shape::Other,
    }
}

/// As [`shape`], but for blocks, whose nesting is not to be followed.
fn direct_shape(item: &Node) -> Shape {
    if keywords::BLOCK.iter().any(|key| item.get(key).is_some()) { Shape::Likely } else { shape(item) }
}

/// Whether a module's key can mean nothing but a module: its full name, arguments that only it has, or keywords beside it.
fn is_certain(module: &Entry, telling: bool) -> bool {
    let Some(key) = module.key.as_str() else { return false };
    if modules::is_full_name(key) || telling {
        return true;
    }
    match &resolved(&module.value).kind {
        NodeKind::Scalar(scalar) => !crate::freeform::parse(&scalar.text, false).pairs.is_empty(),
        NodeKind::Mapping(entries) => {
            // A `path` or a `name` alone could be anybody's.
            const ARGUMENTS: &[&str] = &[
                "cmd",
                "creates",
                "dest",
                "enabled",
                "line",
                "mode",
                "msg",
                "owner",
                "recurse",
                "regexp",
                "remote_src",
                "repo",
                "src",
                "state",
                "update_cache",
                "validate_certs",
            ];
            entries.iter().filter_map(|entry| entry.key.as_str()).any(|argument| ARGUMENTS.contains(&argument))
        }
        _ => false,
    }
}

fn keys(item: &Node) -> impl Iterator<Item = Option<&str>> {
    resolved(item).entries().iter().map(|entry| entry.key.as_str())
}

fn is_mapping(node: &Node) -> bool {
    matches!(resolved(node).kind, NodeKind::Mapping(_))
}

/// An element without content, which Ansible passes over.
fn is_empty(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Scalar(scalar) if scalar.text.is_empty())
}

fn resolved(node: &Node) -> &Node {
    match &node.kind {
        NodeKind::Alias(_, Some(target)) => target,
        _ => node,
    }
}

fn in_folder(path: &str, folder: &str) -> bool {
    components(path).any(|(start, end)| end < path.len() && &path[start..end] == folder)
}

fn parent(path: &str) -> &str {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    folder.rsplit('/').next().unwrap_or(folder)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The components of a path, as ranges.
fn components(path: &str) -> impl Iterator<Item = (usize, usize)> {
    path.split('/').scan(0, |start, part| {
        let range = (*start, *start + part.len());
        *start += part.len() + 1;
        Some(range)
    })
}
