//! The names of modules and of their arguments.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use stockade_model::{CompactString, format_compact};

/// What is known of the arguments of one module.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Arguments {
    alias: BTreeMap<String, String>,
    bool: Vec<String>,
    list: Vec<String>,
}

impl Arguments {
    /// The name of an argument that may be written in several ways.
    pub(crate) fn canonical<'a>(&'a self, name: &'a str) -> &'a str {
        self.alias.get(name).map_or(name, String::as_str)
    }

    /// Whether the argument is a boolean.
    pub(crate) fn is_bool(&self, name: &str) -> bool {
        self.bool.iter().any(|known| known == name)
    }

    /// Whether the argument is a list.
    pub(crate) fn is_list(&self, name: &str) -> bool {
        self.list.iter().any(|known| known == name)
    }
}

/// The full name of a module as it is called today; `None` where the name is of no collection that we know of.
///
/// A module that a playbook finds in its `collections` is looked for there before anywhere else.
pub(crate) fn resolve(name: &str, collections: &[CompactString]) -> Option<CompactString> {
    if name.split('.').count() >= 3 {
        let name = match name.strip_prefix("ansible.legacy.") {
            Some(rest) => format_compact!("ansible.builtin.{rest}"),
            None => CompactString::from(name),
        };
        return Some(renamed(name));
    }
    if name.contains('.') || name.contains(' ') {
        return None;
    }
    let own = collections.iter().map(|collection| format_compact!("{collection}.{name}"));
    let own = own.map(renamed).find(|full| ARGUMENTS.contains_key(full.as_str()));
    own.or_else(|| NAMES.short.get(name).cloned())
}

/// Whether a short name is a module of Ansible's own or was one before collections.
pub(crate) fn is_short_name(name: &str) -> bool {
    NAMES.short.contains_key(name)
}

/// Whether a full name is of a collection that we know of.
pub(crate) fn is_full_name(name: &str) -> bool {
    let Some((collection, _)) = name.rsplit_once('.') else { return false };
    collection == "ansible.legacy" || NAMES.collections.contains(&collection.to_owned())
}

/// What is known of a module's arguments.
pub(crate) fn arguments(module: &str) -> Option<&'static Arguments> {
    ARGUMENTS.get(module)
}

/// The argument that stands for text which is no `key=value`.
pub(crate) fn free_form(module: &str) -> Option<&'static str> {
    Some(match module {
        _ if is_command_line(module) => "cmd",
        "ansible.builtin.include"
        | "ansible.builtin.include_tasks"
        | "ansible.builtin.import_tasks"
        | "ansible.builtin.import_playbook"
        | "ansible.builtin.include_vars" => "file",
        "ansible.builtin.meta" => "free_form",
        _ => return None,
    })
}

/// Whether the module's text is a command line, in which `a=b` is no argument.
pub(crate) fn is_command_line(module: &str) -> bool {
    matches!(
        module,
        "ansible.builtin.command"
            | "ansible.builtin.shell"
            | "ansible.builtin.raw"
            | "ansible.builtin.script"
            | "ansible.windows.win_command"
            | "ansible.windows.win_shell"
    )
}

/// Follows new names; the table holds the last one, so that once is enough.
fn renamed(name: CompactString) -> CompactString {
    NAMES.renamed.get(name.as_str()).cloned().unwrap_or(name)
}

#[derive(Debug, Default)]
struct Names {
    /// Short name to full name.
    short: HashMap<CompactString, CompactString>,
    /// Full name to the full name of today.
    renamed: HashMap<CompactString, CompactString>,
    collections: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NameTable {
    short: BTreeMap<String, Vec<String>>,
    renamed: BTreeMap<String, String>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let table: NameTable = serde_yaml::from_str(include_str!("modules.yaml")).expect("modules.yaml fits its type");
    let mut names = Names::default();
    for (collection, modules) in table.short {
        for module in modules {
            let full = format_compact!("{collection}.{module}");
            names.short.insert(module.into(), full);
        }
        names.collections.push(collection);
    }
    for (old, new) in table.renamed {
        if let Some((collection, _)) = new.rsplit_once('.')
            && !names.collections.iter().any(|known| known == collection)
        {
            names.collections.push(collection.to_owned());
        }
        if old.contains('.') {
            names.renamed.insert(old.into(), new.into());
        } else {
            names.short.insert(old.into(), new.into());
        }
    }
    names
});

static ARGUMENTS: LazyLock<HashMap<String, Arguments>> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("arguments.yaml")).expect("arguments.yaml fits its type"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_full_and_current() {
        let resolve = |name: &str| resolve(name, &[]).map(String::from);
        assert_eq!(resolve("copy").as_deref(), Some("ansible.builtin.copy"));
        assert_eq!(resolve("ansible.legacy.copy").as_deref(), Some("ansible.builtin.copy"));
        assert_eq!(resolve("systemd").as_deref(), Some("ansible.builtin.systemd_service"));
        assert_eq!(resolve("yum").as_deref(), Some("ansible.builtin.yum"));
        assert_eq!(resolve("mount").as_deref(), Some("ansible.posix.mount"));
        assert_eq!(resolve("npm").as_deref(), Some("community.general.npm"));
        assert_eq!(resolve("docker_container").as_deref(), Some("community.docker.docker_container"));
        assert_eq!(resolve("aws_s3").as_deref(), Some("amazon.aws.s3_object"));
        assert_eq!(resolve("community.aws.ec2_lc").as_deref(), Some("community.aws.autoscaling_launch_config"));
        assert_eq!(resolve("acme.tools.widget").as_deref(), Some("acme.tools.widget"));
        assert_eq!(resolve("frobnicate"), None);
    }

    #[test]
    fn collections_are_looked_in_first() {
        let collections = [CompactString::from("amazon.aws")];
        assert_eq!(resolve("s3_object", &collections).as_deref(), Some("amazon.aws.s3_object"));
        assert_eq!(resolve("copy", &collections).as_deref(), Some("ansible.builtin.copy"));
    }

    #[test]
    fn arguments_have_canonical_names_and_types() {
        let apt = arguments("ansible.builtin.apt").unwrap();
        assert_eq!(apt.canonical("pkg"), "name");
        assert_eq!(apt.canonical("state"), "state");
        assert!(apt.is_list("name") && apt.is_bool("update_cache") && !apt.is_bool("state"));
        assert!(arguments("acme.tools.widget").is_none());
    }
}
