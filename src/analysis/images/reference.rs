//! References to images, to be compared.

use stockade_model::{Kind, Part, Resource, Value};

/// A reference of which the repository is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The registry; Docker's own where none is written.
    pub(crate) registry: String,
    /// The repository, `library/` left out.
    pub(crate) repository: String,
    /// The tag; `None` where it is not known.
    pub(crate) tag: Option<String>,
}

impl Reference {
    /// Reads `registry/repository:tag@digest`, a part `${…}` of which is not known.
    pub(crate) fn parse(text: &str) -> Option<Reference> {
        let text = text.trim();
        let text = text.split_once('@').map_or(text, |(name, _)| name);
        let slash = text.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match text[slash..].find(':') {
            Some(at) => (&text[..slash + at], Some(&text[slash + at + 1..])),
            None => (text, None),
        };
        let unknown = |text: &str| text.contains('$') || text.contains("{{");
        if name.is_empty() || unknown(name) || name.contains(char::is_whitespace) {
            return None;
        }
        let tag = tag.unwrap_or("latest");
        Some(Reference::new(name, (!unknown(tag)).then(|| tag.to_owned())))
    }

    /// The reference of an `image` view; `None` where its repository is not known, or it names a stage.
    pub(crate) fn of_view(image: &Resource) -> Option<Reference> {
        let text = |key| image.body.get(key).and_then(Value::as_text);
        if image.body.get("stage").and_then(Value::as_bool) == Some(true) {
            return None;
        }
        let repository = text("repository")?;
        let name = match image.body.get("registry") {
            Some(registry) => format!("{}/{repository}", registry.as_text()?),
            None => repository.to_owned(),
        };
        let tag = match image.body.get("tag") {
            Some(tag) => tag.as_text().map(str::to_owned),
            None => image.body.get("digest").is_none().then(|| "latest".to_owned()),
        };
        Some(Reference::new(&name, tag))
    }

    /// The reference that a value is; a text whose end alone is unknown has an unknown tag.
    pub(crate) fn of_value(value: &Value) -> Option<Reference> {
        match &value.kind {
            Kind::Text(text) => Reference::parse(text),
            Kind::Template(parts) => {
                let parts = parts.iter().map(|part| match part {
                    Part::Known(text) => text.as_str(),
                    Part::Unknown(_) => "${}",
                });
                Reference::parse(&parts.collect::<String>())
            }
            _ => None,
        }
    }

    fn new(name: &str, tag: Option<String>) -> Reference {
        let (registry, repository) = match name.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host, rest),
            _ => ("docker.io", name),
        };
        let registry = if registry == "index.docker.io" { "docker.io" } else { registry };
        let repository = if registry == "docker.io" {
            repository.strip_prefix("library/").unwrap_or(repository)
        } else {
            repository
        };
        Reference { registry: registry.to_ascii_lowercase(), repository: repository.to_owned(), tag }
    }

    /// What two references have in common that differ in their tags.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_docker_does() {
        let name = |text| Reference::parse(text).map(|reference| (reference.name(), reference.tag));
        let tag = |tag: &str| Some(tag.to_owned());
        assert_eq!(name("nginx"), name("docker.io/library/nginx:latest"));
        assert_eq!(name("ghcr.io/a/b:1"), Some(("ghcr.io/a/b".to_owned(), tag("1"))));
        assert_eq!(name("host:5000/b"), Some(("host:5000/b".to_owned(), tag("latest"))));
        assert_eq!(name("a/b:${TAG}"), Some(("docker.io/a/b".to_owned(), None)));
        assert_eq!(name("${R}/b:1"), None);
        assert_eq!(name("a b"), None);
    }
}
