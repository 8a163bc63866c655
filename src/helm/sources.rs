//! The files of one chart and of the user's values, for telling where a value came from.

use std::collections::HashMap;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_model::{Kind, Value, Via};
use stockade_source::{FileId, Span};

use crate::values::ValuesFile;
use crate::{File, Inputs};

/// The files by their ids.
pub(crate) struct Sources {
    files: HashMap<FileId, (CompactString, Arc<str>)>,
    /// Values files, and whether they are a chart's own.
    values: HashMap<FileId, (ValuesFile, bool)>,
    /// Texts of `--set`.
    set: HashMap<FileId, Arc<str>>,
}

impl Sources {
    /// `own` are the values files of charts, `given` those of the user.
    pub(crate) fn new(
        files: &[File<'_>],
        inputs: &Inputs,
        own: Vec<(FileId, ValuesFile)>,
        given: Vec<(FileId, ValuesFile)>,
    ) -> Self {
        let own = own.into_iter().map(|(id, file)| (id, (file, true)));
        let given = given.into_iter().map(|(id, file)| (id, (file, false)));
        Sources {
            files: files.iter().map(|file| (file.id, (file.path.into(), Arc::clone(file.text)))).collect(),
            values: own.chain(given).collect(),
            set: inputs.set.iter().map(|(id, text)| (*id, Arc::clone(text))).collect(),
        }
    }

    /// The path of a file in the chart; empty for any other.
    pub(crate) fn path(&self, id: FileId) -> CompactString {
        self.files.get(&id).map(|(path, _)| path.clone()).unwrap_or_default()
    }

    /// The text of a span of a file in the chart.
    pub(crate) fn text(&self, span: Span) -> &str {
        self.files.get(&span.file).map_or("", |(_, text)| span.text(text))
    }

    /// What the text at `data` gives: a value by name, or a file.
    pub(crate) fn via(&self, data: Span) -> Via {
        if let Some((file, own)) = self.values.get(&data.file) {
            let name = file.documents.iter().find_map(|document| name_of(document, data)).unwrap_or_default();
            return if *own { Via::Default(name) } else { Via::Variables(name) };
        }
        if let Some(text) = self.set.get(&data.file) {
            return Via::Variables(set_name(text, data.start as usize).into());
        }
        let path = self.path(data.file);
        if path == "Chart.yaml" || path.ends_with("/Chart.yaml") {
            let text = self.files.get(&data.file).map_or("", |(_, text)| text);
            let before = text.get(..data.start as usize).unwrap_or_default();
            let line = before.rsplit('\n').next().unwrap_or_default();
            return Via::Variables(line.split(':').next().unwrap_or_default().trim().into());
        }
        Via::Rendered(path)
    }
}

/// The name that a text of `--set` gives to the value at `offset`.
fn set_name(text: &str, offset: usize) -> &str {
    let before = text.get(..offset).unwrap_or_default();
    let (mut start, mut in_list, mut escaped) = (0, false, false);
    for (at, c) in before.char_indices() {
        match c {
            _ if escaped => {}
            '{' if before[..at].ends_with('=') => in_list = true,
            '}' => in_list = false,
            ',' if !in_list => start = at + 1,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    before[start..].split('=').next().unwrap_or_default()
}

/// The path of the value that stands at `data`: `image.tag`, `args.0`.
fn name_of(document: &Value, data: Span) -> Option<CompactString> {
    let mut name = CompactString::default();
    let mut value = document;
    while value.span != data {
        let (step, next) = match &value.kind {
            Kind::Map(map) => {
                let (key, field) = map.iter().find(|(_, field)| field.value.span.contains(data))?;
                (key.clone(), &field.value)
            }
            Kind::List(list) => {
                let at = list.items.iter().position(|item| item.span.contains(data))?;
                (compact_str::ToCompactString::to_compact_string(&at), &list.items[at])
            }
            _ => return None,
        };
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&step);
        value = next;
    }
    Some(name)
}
