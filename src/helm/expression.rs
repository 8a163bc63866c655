//! Single expressions, for what Helm's own functions decide.

use stockade_gotemplate::{Engine, Limits, Templates, Text, Value};
use stockade_source::FileId;

/// What a template of one expression gives; `None` where it fails.
pub(crate) fn evaluate(template: &str, data: &Value) -> Option<Text> {
    let mut templates = Templates::new();
    templates.add("expression", FileId(u32::MAX), template).ok()?;
    Engine::new(&templates, Limits::default(), &()).render("expression", data).ok()
}
