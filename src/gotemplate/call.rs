//! What a function may ask of the engine that calls it.

use crate::exec::{Engine, Frame};
use crate::limits::Limits;
use crate::text::Text;
use crate::tree::Range;
use crate::value::Value;

/// What the functions cannot know by themselves.
pub trait Host {
    /// Whether `required` and `fail` count (`helm template`) or are passed over (`helm lint`).
    fn strict(&self) -> bool {
        true
    }
}

/// The host of which nothing is known.
impl Host for () {}

/// One call of a function.
pub(crate) struct Call<'a, 't> {
    pub(crate) engine: &'a mut Engine<'t>,
    /// The template that calls.
    pub(crate) frame: &'a Frame<'a>,
    /// The action that calls.
    pub(crate) action: Range,
}

impl Call<'_, '_> {
    /// Renders a template by name: `include`.
    pub(crate) fn render(&mut self, name: &str, data: &Value) -> Result<Text, String> {
        self.engine.include(self.frame, self.action, name, data)
    }

    /// Renders a text as a template: `tpl`.
    pub(crate) fn render_text(&mut self, template: &Text, data: &Value) -> Result<Text, String> {
        self.engine.tpl(self.frame, self.action, template, data)
    }

    /// Pays for `steps` of work; an error when the engine's are used up. The arguments and the result of a function are
    /// paid for by the engine, so this is for loops that do more than go through them once.
    pub(crate) fn charge(&mut self, steps: usize) -> Result<(), String> {
        self.engine.charge(steps)
    }

    /// An error where a text of `bytes` would be too long. To be asked before the text is made.
    pub(crate) fn text_fits(&self, bytes: usize) -> Result<(), String> {
        let limit = self.limits().text;
        if bytes > limit { Err(format!("the text would be longer than {limit} bytes")) } else { Ok(()) }
    }

    /// An error where a list of `elements` would be too long. To be asked before the list is made.
    pub(crate) fn list_fits(&self, elements: usize) -> Result<(), String> {
        let limit = self.limits().list;
        if elements > limit { Err(format!("the list would have more than {limit} elements")) } else { Ok(()) }
    }

    /// The limits.
    pub(crate) fn limits(&self) -> &Limits {
        &self.engine.limits
    }

    /// The host.
    pub(crate) fn host(&self) -> &dyn Host {
        self.engine.host
    }
}
