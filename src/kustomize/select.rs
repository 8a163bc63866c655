//! Which objects a selector means.

use regex::Regex;
use stockade_model::{Map, Value};
use stockade_source::SyntaxError;

use crate::object::{Id, Object};
use crate::value::{field_text, text};

/// How long a pattern may be.
const MAX_PATTERN: usize = 4096;

/// How large a compiled pattern may be, in bytes.
const MAX_COMPILED: usize = 1 << 20;

/// A selector of objects by patterns.
pub(crate) struct Selector {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

impl Selector {
    /// The selector that the fields of `target` are.
    pub(crate) fn read(target: &Map) -> Result<Selector, SyntaxError> {
        let pattern = |key: &str| -> Result<Option<Regex>, SyntaxError> {
            let Some(value) = target.get(key) else { return Ok(None) };
            let pattern = field_text(target, key);
            if pattern.is_empty() {
                return Ok(None);
            }
            compile(&format!("^(?:{pattern})$"))
                .map(Some)
                .ok_or_else(|| SyntaxError::new(value.span, "not a regular expression that can be used"))
        };
        let requirements = |key: &str| -> Result<Vec<Requirement>, SyntaxError> {
            let Some(value) = target.get(key) else { return Ok(Vec::new()) };
            requirements(&field_text(target, key))
                .ok_or_else(|| SyntaxError::new(value.span, "not a selector of labels"))
        };
        Ok(Selector {
            group: pattern("group")?,
            version: pattern("version")?,
            kind: pattern("kind")?,
            name: pattern("name")?,
            namespace: pattern("namespace")?,
            labels: requirements("labelSelector")?,
            annotations: requirements("annotationSelector")?,
        })
    }

    /// Whether it means an object, by what it is called or was called at first.
    pub(crate) fn matches(&self, object: &Object) -> bool {
        let (now, first) = (object.id(), object.original_id());
        let is = |pattern: &Option<Regex>, text: &str| pattern.as_ref().is_none_or(|pattern| pattern.is_match(text));
        let either =
            |pattern: &Option<Regex>, part: fn(&Id) -> &str| is(pattern, part(&now)) || is(pattern, part(&first));
        either(&self.name, |id| &id.name)
            && either(&self.namespace, |id| &id.namespace)
            && is(&self.group, &now.gvk.group)
            && is(&self.version, &now.gvk.version)
            && is(&self.kind, &now.gvk.kind)
            && meets(&self.labels, object, "labels")
            && meets(&self.annotations, object, "annotations")
    }
}

/// A pattern, where it is one and not too large.
pub(crate) fn compile(pattern: &str) -> Option<Regex> {
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    regex::RegexBuilder::new(pattern).size_limit(MAX_COMPILED).build().ok()
}

/// One condition on labels or annotations.
#[derive(Debug, PartialEq)]
pub(crate) struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug, PartialEq)]
enum Test {
    Exists,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
    Greater(i64),
    Less(i64),
}

/// Whether an object meets all of them.
pub(crate) fn meets(requirements: &[Requirement], object: &Object, of: &str) -> bool {
    if requirements.is_empty() {
        return true;
    }
    let map = object.body.get("metadata").and_then(|metadata| metadata.get(of)).and_then(Value::as_map);
    requirements.iter().all(|requirement| {
        let value = map.and_then(|map| map.get(&requirement.key)).and_then(text);
        let number = || value.as_ref().and_then(|value| value.parse::<i64>().ok());
        match &requirement.test {
            Test::Exists => value.is_some(),
            Test::Absent => value.is_none(),
            Test::In(values) => value.is_some_and(|value| values.iter().any(|wanted| *wanted == value)),
            Test::NotIn(values) => value.is_none_or(|value| !values.iter().any(|wanted| *wanted == value)),
            Test::Greater(than) => number().is_some_and(|number| number > *than),
            Test::Less(than) => number().is_some_and(|number| number < *than),
        }
    })
}

/// The conditions of a label selector as `kubectl` reads it: `a=b,c!=d,e in (f, g),!h`.
pub(crate) fn requirements(selector: &str) -> Option<Vec<Requirement>> {
    let mut out = Vec::new();
    let mut rest = selector.trim();
    while !rest.is_empty() {
        let end = end_of_requirement(rest);
        out.push(requirement(rest[..end].trim())?);
        match rest[end..].strip_prefix(',') {
            Some(more) if more.trim().is_empty() => return None,
            Some(more) => rest = more.trim_start(),
            None => rest = "",
        }
    }
    Some(out)
}

/// Where the first condition ends: at a comma outside of parentheses.
fn end_of_requirement(text: &str) -> usize {
    let mut open = false;
    for (at, c) in text.char_indices() {
        match c {
            '(' => open = true,
            ')' => open = false,
            ',' if !open => return at,
            _ => {}
        }
    }
    text.len()
}

fn requirement(text: &str) -> Option<Requirement> {
    let named = |key: &str, test: Test| {
        let key = key.trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        (!key.is_empty() && key.chars().all(plain)).then(|| Requirement { key: key.to_owned(), test })
    };
    if let Some(key) = text.strip_prefix('!') {
        return named(key, Test::Absent);
    }
    for (sign, equal) in [("!=", false), ("==", true), ("=", true)] {
        if let Some((key, value)) = text.split_once(sign) {
            let values = vec![value.trim().to_owned()];
            return named(key, if equal { Test::In(values) } else { Test::NotIn(values) });
        }
    }
    for (sign, greater) in [('>', true), ('<', false)] {
        if let Some((key, value)) = text.split_once(sign) {
            let value = value.trim().parse().ok()?;
            return named(key, if greater { Test::Greater(value) } else { Test::Less(value) });
        }
    }
    if let Some((key, values)) = text.split_once('(') {
        let values = values.trim().strip_suffix(')')?.split(',').map(|value| value.trim().to_owned()).collect();
        let (key, word) = key.trim().rsplit_once(char::is_whitespace)?;
        return match word {
            "in" => named(key, Test::In(values)),
            "notin" => named(key, Test::NotIn(values)),
            _ => None,
        };
    }
    named(text, Test::Exists)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_selectors() {
        let read = |text: &str| requirements(text).map(|all| all.len());
        assert_eq!(read("a=b, c != d,e in (f, g),!h,i notin (j),k"), Some(6));
        assert_eq!((read(""), read("a in b"), read("a=b,"), read("a b")), (Some(0), None, None, None));
        let one = requirements("x.io/a in (b,c)").expect("a selector");
        assert_eq!(one[0], Requirement { key: "x.io/a".into(), test: Test::In(vec!["b".into(), "c".into()]) });
    }
}
