//! Parsed templates, by name.

use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use compact_str::CompactString;
use stockade_source::{FileId, Span};

use crate::parse::parse;
use crate::tree::Template;

/// Why a template could not be parsed or rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong, as Go words the innermost error.
    pub message: String,
    /// The smallest place that shows it.
    pub span: Span,
    /// The calls that led there, innermost first: the template that was called, and the action that called it.
    pub calls: Vec<(CompactString, Span)>,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>, span: Span) -> Error {
        Error { message: message.into(), span, calls: Vec::new() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The templates of one chart, by name.
#[derive(Debug, Default)]
pub struct Templates {
    by_name: HashMap<CompactString, Rc<Template>>,
}

impl Templates {
    /// No templates.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses the text of a file, which becomes the template `name`, and registers what it defines.
    ///
    /// A template replaces an earlier one of the same name unless it is empty. Nothing is added when there is an error.
    pub fn add(&mut self, name: &str, file: FileId, text: &str) -> Result<(), Error> {
        if u32::try_from(text.len()).is_err() {
            return Err(Error::new("the template is longer than 4 GiB", Span { file, start: 0, end: 0 }));
        }
        self.register(parse(name, file, &text.into()).map_err(|error| *error)?);
        Ok(())
    }

    /// Whether there is a template of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    pub(crate) fn register(&mut self, templates: Vec<Template>) {
        for template in templates {
            if template.is_empty() && self.by_name.contains_key(&template.name) {
                continue;
            }
            self.by_name.insert(template.name.clone(), Rc::new(template));
        }
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Rc<Template>> {
        self.by_name.get(name)
    }
}
