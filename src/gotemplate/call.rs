//! What a function may ask of the engine that calls it.

use stockade_source::Span;

use crate::exec::{Engine, Frame};
use crate::limits::Limits;
use crate::text::Text;
use crate::tree::Range;
use crate::value::Value;

/// What the functions cannot know by themselves.
pub trait Host {
    /// A value that `required` asks for is not given; `action` is what asks. Whether to go on with one that is unknown,
    /// where Helm would refuse the template.
    fn is_lenient(&self, message: &str, action: Span) -> bool {
        let _ = (message, action);
        false
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

    /// Whether to go on without a value that is required; see [`Host::is_lenient`].
    pub(crate) fn is_lenient(&self, message: &str) -> bool {
        self.engine.host.is_lenient(message, self.frame.place(self.action).span)
    }
}
