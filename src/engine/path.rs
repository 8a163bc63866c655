//! Paths.

use std::fmt;

use compact_str::CompactString;
use stockade_model::Technology;

use crate::formats_of;

/// Where a condition looks: steps from the resource, or from the element of the quantifier around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// As written.
    pub text: CompactString,
    /// The steps; none for `it`, the value itself.
    pub steps: Box<[Step]>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// A field, the label of an edge, or a kind.
    pub name: CompactString,
    /// Whether the name is surely that of a kind, so that no field of this name can be meant.
    pub kind: bool,
}

impl Path {
    /// Whether the path ends on resources that refer here.
    pub(crate) fn ends_on_kind(&self) -> bool {
        self.steps.last().is_some_and(|step| step.kind)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// The prefixes of Terraform's providers, by which a resource type is told from a field.
const PROVIDERS: [&str; 22] = [
    "aws",
    "awscc",
    "azurerm",
    "azuread",
    "azapi",
    "google",
    "kubernetes",
    "helm",
    "alicloud",
    "oci",
    "tencentcloud",
    "nifcloud",
    "openstack",
    "linode",
    "digitalocean",
    "github",
    "gitlab",
    "datadog",
    "vault",
    "tls",
    "random",
    "ncloud",
];

/// Views, and kinds of Dockerfiles and playbooks, that refer to what they belong to.
pub(crate) const VIEWS: [&str; 10] = [
    "stage",
    "instruction",
    "command",
    "image",
    "container",
    "pod",
    "task",
    "play",
    "network_rule",
    "policy_statement",
];

/// Whether a step is surely a kind. `first` is whether it starts a path: capitalised and dotted names further in are
/// fields of documents (`Statement`).
pub(crate) fn is_kind(name: &str, first: bool) -> bool {
    if let Some((provider, rest)) = name.split_once('_') {
        let word = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        if PROVIDERS.contains(&provider) && word(rest) {
            return true;
        }
    }
    if matches!(name, "network_rule" | "policy_statement") || name.starts_with("data.") {
        return true;
    }
    first && (is_manifest_kind(name) || is_module_name(name))
}

fn is_manifest_kind(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.contains(|c: char| c.is_ascii_lowercase())
}

/// Takes back that the first step of a path is a kind of a language in which nothing here is: the paths of elements
/// and of resource types start with fields such as `Statement`.
pub(crate) fn settle_first_step(path: &mut Path, kinds: Option<&[CompactString]>) {
    let Some(step) = path.steps.first_mut() else { return };
    let language = if is_manifest_kind(&step.name) {
        Technology::Kubernetes
    } else if is_module_name(&step.name) {
        Technology::Ansible
    } else {
        return;
    };
    step.kind = kinds.is_some_and(|kinds| kinds.iter().any(|kind| formats_of(kind).contains(&language)));
}

/// The full name of an Ansible module: three words.
pub(crate) fn is_module_name(name: &str) -> bool {
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    name.split('.').count() >= 3
        && name.split('.').all(word)
        && !name.starts_with("data.")
        && !name.starts_with("provider.")
}

/// Whether stepping from a resource of one of `kinds` (`None`: not known) to `name` may reach several things.
pub(crate) fn fans_out(kinds: Option<&[CompactString]>, step: &Step) -> bool {
    let name = step.name.as_str();
    if !step.kind && !VIEWS.contains(&name) {
        return false;
    }
    let Some(kinds) = kinds else { return step.kind };
    // Resource types and modules have fields of such names (`image`, `command`).
    let plain = |kind: &str| !step.kind && (is_module_name(kind) || formats_of(kind) == [Technology::Terraform]);
    !kinds.iter().all(|kind| plain(kind) || leads_up(kind, name))
}

/// Whether resources of `kind` have one edge or field `name`, towards what they belong to.
fn leads_up(kind: &str, name: &str) -> bool {
    match name {
        "stage" => matches!(kind, "instruction" | "command" | "image"),
        "instruction" => matches!(kind, "command" | "image"),
        "container" => matches!(kind, "image" | "command"),
        "pod" => kind == "container",
        "task" => kind == "command" || is_module_name(kind),
        "play" => kind == "task" || kind == "command" || is_module_name(kind),
        "image" => matches!(kind, "instruction" | "container"),
        "command" => kind == "container",
        _ => false,
    }
}

/// The fields of views that are lists.
pub(crate) fn is_list(kinds: Option<&[CompactString]>, name: &str) -> bool {
    let of = |kind: &CompactString| match kind.as_str() {
        "network_rule" => matches!(name, "ports" | "cidrs" | "except" | "peers"),
        "policy_statement" => matches!(
            name,
            "actions"
                | "not_actions"
                | "resources"
                | "not_resources"
                | "principals"
                | "not_principals"
                | "conditions"
                | "api_groups"
                | "resource_names"
                | "non_resource_urls"
        ),
        "command" => matches!(name, "args" | "argv" | "packages"),
        "instruction" => matches!(name, "args" | "sources" | "ports"),
        "stage" => matches!(name, "ports" | "shell"),
        "pod" => matches!(
            name,
            "containers"
                | "initContainers"
                | "ephemeralContainers"
                | "volumes"
                | "imagePullSecrets"
                | "hostAliases"
                | "tolerations"
        ),
        "container" => {
            matches!(name, "env" | "envFrom" | "ports" | "volumeMounts" | "volumeDevices" | "args" | "command")
        }
        _ => false,
    };
    kinds.is_some_and(|kinds| kinds.iter().any(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_from_fields() {
        for kind in ["aws_s3_bucket_acl", "data.aws_x", "network_rule"] {
            assert!(is_kind(kind, false), "{kind}");
        }
        assert!(is_kind("ansible.builtin.copy", true) && !is_kind("a.b.c", false));
        assert!(is_kind("NetworkPolicy", true) && !is_kind("Statement", false));
        for field in ["block_public_acls", "securityContext", "stage", "awsome_thing", "ID"] {
            assert!(!is_kind(field, true), "{field}");
        }
    }

    #[test]
    fn ways_up_do_not_fan_out() {
        let step = |name: &str| Step { name: name.into(), kind: is_kind(name, true) };
        let fans = |kind: &str, name: &str| fans_out(Some(&[kind.into()]), &step(name));
        assert!(!fans("command", "instruction") && !fans("container", "pod") && !fans("instruction", "stage"));
        assert!(fans("stage", "instruction") && fans("stage", "command") && fans("aws_vpc", "aws_subnet"));
        assert!(fans("play", "task") && !fans("ansible.builtin.copy", "task"));
        assert!(!fans("container", "securityContext"));
    }
}
