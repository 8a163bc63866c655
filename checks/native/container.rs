//! Containers.

use std::collections::HashSet;

use stockade_engine::{Answer, Context, Evidence};
use stockade_model::{Kind, ResourceId};

/// Two entries of `env` with one name: the later one wins, so that the earlier says what is not so.
pub(crate) fn duplicate_env_var(context: &Context<'_>, id: ResourceId) -> Answer {
    let Some(env) = context.resource(id).body.get("env") else { return Answer::no() };
    let mut seen = HashSet::new();
    let mut repeated = vec![];
    let mut unknown = None;
    for entry in env.items() {
        let Some(name) = entry.get("name") else { continue };
        match &name.kind {
            Kind::Text(text) if !seen.insert(text.as_str()) => repeated.push(Evidence::value(id, "env.name", name)),
            Kind::Unknown(why) => unknown = unknown.or(Some((why, name.span))),
            _ => {}
        }
    }
    match (repeated.is_empty(), unknown) {
        (false, _) => Answer::flag(repeated),
        (true, Some((why, span))) => Answer::unknown(why, span),
        (true, None) => Answer::no(),
    }
}
