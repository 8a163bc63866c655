//! Images: other names, tags and digests.

use compact_str::format_compact;
use regex::Regex;
use stockade_model::{Kind, Map, Value};
use stockade_source::{Span, SyntaxError};

use crate::field::{FieldSpec, Made};
use crate::object::Object;
use crate::select::compile;
use crate::value::{field_text, overlaid, text};

/// One entry of `images`.
pub(crate) struct Image {
    pattern: Regex,
    new_name: String,
    new_tag: String,
    tag_suffix: String,
    digest: String,
    /// The line that decides what the image is.
    place: Span,
}

impl Image {
    pub(crate) fn read(entry: &Map) -> Result<Image, SyntaxError> {
        let name = field_text(entry, "name");
        let place = |key: &&str| entry.get(key).filter(|_| !field_text(entry, key).is_empty()).map(|value| value.span);
        let place = ["digest", "newTag", "tagSuffix", "newName"].iter().find_map(place).unwrap_or(entry.head);
        let pattern = compile(&format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$"))
            .ok_or_else(|| SyntaxError::new(entry.head, "the name of the image cannot be looked for"))?;
        let text = |key: &str| field_text(entry, key).to_string();
        Ok(Image {
            pattern,
            new_name: text("newName"),
            new_tag: text("newTag"),
            tag_suffix: text("tagSuffix"),
            digest: text("digest"),
            place,
        })
    }

    /// Writes it into the containers of objects.
    pub(crate) fn write(&self, objects: &mut [Object], fields: &[FieldSpec], faults: &mut Vec<SyntaxError>) {
        for object in objects {
            if object.gvk().kind == "CustomResourceDefinition" {
                continue;
            }
            for (key, field) in object.body.iter_mut() {
                self.containers(key, &mut field.value);
            }
            // The fields of the table are written again, so that a suffix stands there twice, as kustomize has it.
            for spec in fields {
                let written = spec.apply(&mut object.body, Made::Nothing, self.place, &mut |value| {
                    self.replace(value);
                    Ok(())
                });
                faults.extend(written.err().map(|error| SyntaxError::new(self.place, error)));
            }
        }
    }

    /// Looks for containers at any depth.
    fn containers(&self, key: &str, value: &mut Value) {
        match &mut value.kind {
            Kind::Map(map) => map.iter_mut().for_each(|(key, field)| self.containers(key, &mut field.value)),
            Kind::List(list) => {
                for item in &mut list.items {
                    self.containers("", item);
                    if matches!(key, "containers" | "initContainers")
                        && let Kind::Map(container) = &mut item.kind
                        && let Some(image) = container.field_mut("image")
                    {
                        self.replace(&mut image.value);
                    }
                }
            }
            _ => {}
        }
    }

    fn replace(&self, value: &mut Value) {
        let Some(before) = text(value).filter(|before| self.pattern.is_match(before)) else { return };
        let (name, tag, digest) = split(&before);
        let name = if self.new_name.is_empty() { name } else { &self.new_name };
        let (tag, digest) = match (self.new_tag.as_str(), self.digest.as_str()) {
            ("", "") => (tag, digest),
            (tag, digest) => (tag, digest),
        };
        let suffix = if digest.is_empty() { self.tag_suffix.as_str() } else { "" };
        let mut after = format_compact!("{name}");
        if !tag.is_empty() || !suffix.is_empty() {
            after.push(':');
            after.push_str(tag);
            after.push_str(suffix);
        }
        if !digest.is_empty() {
            after.push('@');
            after.push_str(digest);
        }
        if after != before.as_ref() {
            *value = overlaid(Value::text(after, self.place), value, "images");
        }
    }
}

/// The name, the tag and the digest of a reference.
fn split(reference: &str) -> (&str, &str, &str) {
    let (rest, digest) = reference.split_once('@').unwrap_or((reference, ""));
    let start = rest.rfind('/').map_or(0, |at| at + 1);
    match rest[start..].find(':') {
        Some(at) => (&rest[..start + at], &rest[start + at + 1..], digest),
        None => (rest, "", digest),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn references_are_taken_apart() {
        assert_eq!(split("r.io:5000/a/b:1.2@sha256:ff"), ("r.io:5000/a/b", "1.2", "sha256:ff"));
        assert_eq!(split("r.io:5000/a"), ("r.io:5000/a", "", ""));
    }
}
