//! The words that mean something to Ansible itself rather than to a module.

/// Whether a key of a play is Ansible's.
pub(crate) fn is_play(key: &str) -> bool {
    SECTIONS.contains(&key) || PLAY.contains(&key) || SHARED.contains(&key)
}

/// Whether a key of a task or block is Ansible's, so that it is not the module.
pub(crate) fn is_task(key: &str) -> bool {
    SHARED.contains(&key)
        || TASK.contains(&key)
        || BLOCK.contains(&key)
        || LEGACY.contains(&key)
        || key.starts_with("with_")
}

/// Whether a keyword that stands on a play or block holds for the tasks in it.
///
/// `vars` do too, but they are looked up by name and never a property of the task.
pub(crate) fn is_inherited(key: &str) -> bool {
    (SHARED.contains(&key) && !matches!(key, "name" | "vars"))
        || matches!(key, "when" | "delegate_to" | "delegate_facts" | "notify")
}

/// Whether a keyword holds a bare Jinja expression, which is text and no template.
pub(crate) fn is_expression(key: &str) -> bool {
    matches!(key, "when" | "changed_when" | "failed_when" | "until" | "register" | "listen")
}

/// Whether a keyword is a boolean, however it is written.
pub(crate) fn is_boolean(key: &str) -> bool {
    BOOLEANS.contains(&key)
}

/// The keys of a play that hold tasks, in the order in which they run.
pub(crate) const SECTIONS: &[&str] = &["pre_tasks", "tasks", "post_tasks", "handlers"];

/// The keys of a block that hold tasks.
pub(crate) const BLOCK: &[&str] = &["block", "rescue", "always"];

const PLAY: &[&str] = &[
    "fact_path",
    "force_handlers",
    "gather_facts",
    "gather_subset",
    "gather_timeout",
    "hosts",
    "max_fail_percentage",
    "order",
    "roles",
    "serial",
    "strategy",
    "sudo",
    "sudo_user",
    "user",
    "validate_argspec",
    "vars_files",
    "vars_prompt",
];

const SHARED: &[&str] = &[
    "any_errors_fatal",
    "become",
    "become_exe",
    "become_flags",
    "become_method",
    "become_user",
    "check_mode",
    "collections",
    "connection",
    "debugger",
    "diff",
    "environment",
    "ignore_errors",
    "ignore_unreachable",
    "module_defaults",
    "name",
    "no_log",
    "port",
    "remote_user",
    "run_once",
    "tags",
    "throttle",
    "timeout",
    "vars",
];

const TASK: &[&str] = &[
    "action",
    "args",
    "async",
    "changed_when",
    "delay",
    "delegate_facts",
    "delegate_to",
    "failed_when",
    "listen",
    "local_action",
    "loop",
    "loop_control",
    "notify",
    "poll",
    "register",
    "retries",
    "until",
    "when",
];

/// Accepted by old versions of Ansible; never a module.
const LEGACY: &[&str] =
    &["always_run", "first_available_file", "only_if", "static", "su", "su_user", "sudo", "sudo_user", "transport"];

const BOOLEANS: &[&str] = &[
    "any_errors_fatal",
    "become",
    "check_mode",
    "delegate_facts",
    "diff",
    "force_handlers",
    "gather_facts",
    "ignore_errors",
    "ignore_unreachable",
    "no_log",
    "run_once",
];
