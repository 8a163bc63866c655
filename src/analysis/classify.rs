//! Which language a file is in: by its name where that decides, else by what it says.

use std::collections::BTreeSet;

use stockade_source::FileId;
use stockade_yaml::Node;

use crate::Input;
use crate::images::is_bake;

/// The languages, as far as a glance tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    /// Configuration and variables, native and JSON.
    Terraform,
    Dockerfile,
    /// A template of a Helm chart, or a manifest among its custom resource definitions.
    Chart,
    /// YAML or JSON that may be Kubernetes, Ansible or Compose.
    Yaml,
}

/// Whether a file of this name may be in one of the languages, so that it is worth reading.
pub fn is_candidate(path: &str) -> bool {
    let name = file_name(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "tf" | "tofu" | "tfvars" | "yaml" | "yml" | "json")
        || is_dockerfile_name(name)
        || is_kustomization(name)
        || is_bake(name)
}

/// Whether a file is one of a Terraform module's, by its name.
pub fn is_configuration(path: &str) -> bool {
    [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|end| path.ends_with(end))
}

/// Whether a path lies in what `terraform init` installed.
pub(crate) fn is_installed(path: &str) -> bool {
    path.split('/').any(|part| part == ".terraform")
}

/// The language of a file.
///
/// `Ok(None)` is a file of another language; an error is a file that cannot be read as it stands, and why.
pub(crate) fn language(input: &Input, around: &Surroundings) -> Result<Option<Language>, &'static str> {
    let (name, text) = (file_name(&input.path), &*input.text);
    if is_configuration(name) || name.ends_with(".tfvars") || name.ends_with(".tfvars.json") {
        return Ok(Some(Language::Terraform));
    }
    if is_dockerfile_name(name) || (input.path == "-" && starts_as_dockerfile(text)) {
        return Ok(starts_as_dockerfile(text).then_some(Language::Dockerfile));
    }
    if around.is_rendered(&input.path) {
        return Ok(Some(Language::Chart));
    }
    if around.patches.contains(&input.path) {
        return Err("a Kustomize patch that must be laid over its base first");
    }
    if name.ends_with(".json") {
        return Ok(may_be_manifest(text).then_some(Language::Yaml));
    }
    if name.ends_with(".yaml") || name.ends_with(".yml") || input.path == "-" {
        if text.contains("{{") && speaks_helm(text) && !around.in_chart(&input.path) {
            return Err("a Helm template outside of a chart");
        }
        let wanted = may_be_manifest(text) || may_be_ansible(text) || may_be_compose(text);
        return Ok(wanted.then_some(Language::Yaml));
    }
    Ok(None)
}

/// What the tree says about files elsewhere in it.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// The folders that hold a Helm chart, with a slash at their end.
    charts: BTreeSet<String>,
    /// The files that a kustomization lays over its base: parts of objects, which mean nothing by themselves.
    patches: BTreeSet<String>,
}

impl Surroundings {
    pub(crate) fn of(inputs: &[&Input]) -> Self {
        let charts =
            inputs.iter().filter_map(|input| input.path.strip_suffix("Chart.yaml")).map(str::to_owned).collect();
        let patches =
            inputs.iter().filter(|input| is_kustomization(&input.path)).flat_map(|input| patches(input)).collect();
        Surroundings { charts, patches }
    }

    /// Whether a file lies in the folder of a chart.
    pub(crate) fn in_chart(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| &path[..=at]).chain([""]);
        !self.charts.is_empty() && folders.into_iter().any(|folder| self.charts.contains(folder))
    }

    /// Whether Helm renders a file, or installs it as it stands.
    fn is_rendered(&self, path: &str) -> bool {
        let below = |folder: &str| path.match_indices(folder).any(|(at, _)| self.charts.contains(&path[..at]));
        !self.charts.is_empty() && (below("templates/") || below("crds/"))
    }
}

fn is_kustomization(path: &str) -> bool {
    matches!(file_name(path), "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// The files that a kustomization names under `patches`, `patchesStrategicMerge` and `patchesJson6902`.
fn patches(input: &Input) -> Vec<String> {
    let (documents, _) = stockade_yaml::parse(FileId(0), &input.text);
    let folder = input.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let roots = documents.iter().filter_map(|document| document.root.as_ref());
    let listed =
        roots.flat_map(|root| ["patches", "patchesStrategicMerge", "patchesJson6902"].map(|key| root.get(key)));
    let entries = listed.flatten().flat_map(|list| list.elements());
    // An entry is a path, a mapping with one, or the patch itself.
    let paths = entries.filter_map(|entry| entry.get("path").or(Some(entry)).and_then(Node::as_str));
    paths.filter(|path| !path.contains('\n')).map(|path| resolve(folder, path)).collect()
}

/// A path relative to a folder, without `.` and `..`.
pub(crate) fn resolve(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = vec![];
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let root = if folder.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// Whether a template speaks of Helm's own objects.
fn speaks_helm(text: &str) -> bool {
    text.split("{{").skip(1).any(|action| {
        let action = action.split("}}").next().unwrap_or("");
        [".Values.", ".Release.", ".Chart.", "include \""].iter().any(|word| action.contains(word))
    })
}

pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `Dockerfile`, `Dockerfile.dev`, `api.dockerfile`, `Containerfile`; not `Dockerfile.j2` or `Dockerfile.md`.
fn is_dockerfile_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let other = [
        ".md",
        ".j2",
        ".tpl",
        ".tmpl",
        ".template",
        ".txt",
        ".sh",
        ".py",
        ".go",
        ".js",
        ".ts",
        ".json",
        ".yaml",
        ".yml",
        ".dockerignore",
    ];
    if other.iter().any(|end| lower.ends_with(end)) {
        return false;
    }
    ["dockerfile", "containerfile"].iter().any(|word| {
        lower == *word
            || lower.strip_suffix(word).is_some_and(|before| before.ends_with(['.', '-', '_']))
            || lower.strip_prefix(word).is_some_and(|after| after.starts_with(['.', '-', '_']))
    })
}

/// Whether the first instruction is one that a Dockerfile may start with; an empty file has none.
fn starts_as_dockerfile(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let word = first.and_then(|line| line.split_whitespace().next()).unwrap_or("").to_ascii_uppercase();
    matches!(
        word.as_str(),
        "FROM"
            | "ARG"
            | "ADD"
            | "CMD"
            | "COPY"
            | "ENTRYPOINT"
            | "ENV"
            | "EXPOSE"
            | "HEALTHCHECK"
            | "LABEL"
            | "MAINTAINER"
            | "ONBUILD"
            | "RUN"
            | "SHELL"
            | "STOPSIGNAL"
            | "USER"
            | "VOLUME"
            | "WORKDIR"
    )
}

fn may_be_manifest(text: &str) -> bool {
    text.contains("apiVersion") && text.contains("kind")
}

/// Whether the text has the section that every Compose file has.
fn may_be_compose(text: &str) -> bool {
    text.starts_with("services:") || text.contains("\nservices:")
}

/// Whether the text is a sequence at its root, as every playbook and every task file is.
fn may_be_ansible(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.lines().map(str::trim_end);
    let first = lines.find(|line| {
        let start = line.trim_start();
        !(start.is_empty() || start.starts_with('#') || start.starts_with("---") || start.starts_with('%'))
    });
    first.is_some_and(|line| line.trim_start().starts_with(['-', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    fn of(path: &str, text: &str) -> Result<Option<Language>, &'static str> {
        let input = Input { path: path.into(), text: text.into(), invalid: None, role: Role::Judged };
        let chart = Input { path: "charts/a/Chart.yaml".into(), text: "".into(), invalid: None, role: Role::Judged };
        let text =
            "patches:\n  - path: ../b/p.yaml\n  - patch: |-\n      kind: X\npatchesStrategicMerge:\n  - q.yaml\n";
        let overlay = Input { path: "k/a/kustomization.yaml".into(), text: text.into(), ..chart.clone() };
        language(&input, &Surroundings::of(&[&chart, &overlay]))
    }

    #[test]
    fn dockerfiles_are_told_by_name_and_first_instruction() {
        for path in ["Dockerfile", "a/Dockerfile.dev", "api.dockerfile", "Containerfile", "x/web-Dockerfile"] {
            assert_eq!(of(path, "# syntax=x\n\nFROM a\n"), Ok(Some(Language::Dockerfile)), "{path}");
        }
        assert_eq!(of("Dockerfile", "hello world\n"), Ok(None));
        assert!(!is_candidate("Dockerfile.j2"));
        assert!(!is_candidate("Dockerfile.dockerignore"));
        assert_eq!(of("-", "FROM a\n"), Ok(Some(Language::Dockerfile)));
    }

    #[test]
    fn yaml_is_told_by_what_it_says() {
        assert_eq!(of("a.yaml", "apiVersion: v1\nkind: Pod\n"), Ok(Some(Language::Yaml)));
        assert_eq!(of("a.yaml", "---\n# play\n- hosts: all\n"), Ok(Some(Language::Yaml)));
        assert_eq!(of("a.yaml", "name: ci\non: push\n"), Ok(None));
        assert_eq!(of("package.json", "{\"name\": \"x\"}"), Ok(None));
    }

    #[test]
    fn patches_are_not_taken_for_objects() {
        let text = "apiVersion: v1\nkind: Pod\n";
        assert!(of("k/b/p.yaml", text).is_err() && of("k/a/q.yaml", text).is_err());
        assert_eq!(of("k/b/q.yaml", text), Ok(Some(Language::Yaml)));
    }

    #[test]
    fn helm_templates_are_not_guessed_at() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {{ x }}\n";
        assert_eq!(of("charts/a/templates/x.yaml", text), Ok(Some(Language::Chart)));
        assert!(of("x.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n").is_err());
        assert_eq!(of("x.yaml", "apiVersion: v1\nkind: Rule\nsummary: '{{ $value }}'\n"), Ok(Some(Language::Yaml)));
    }
}
