//! *Links*: which attributes of which kinds name which other resources. `checks/links.yaml` says it:
//! `aws_s3_bucket_acl.bucket: [aws_s3_bucket.id, aws_s3_bucket.bucket]`.

use std::collections::HashMap;

use compact_str::CompactString;
use stockade_model::{Edge, Graph, ProjectId, ResourceId};
use stockade_source::{FileId, Span, SyntaxError};

use crate::context::Context;
use crate::walk::What;
use crate::{Path, Step};

/// One attribute that names resources of a kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The kind that has the attribute.
    pub from: CompactString,
    /// The attribute.
    pub attribute: Path,
    /// The kind that it names.
    pub to: CompactString,
    /// The attributes of that kind whose value it may hold.
    pub keys: Vec<Path>,
}

/// The table of all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Links {
    links: Vec<Link>,
}

impl Links {
    /// Reads the table.
    ///
    /// # Errors
    /// Everything that is wrong with it, each at its place.
    pub fn parse(file: FileId, text: &str) -> Result<Links, Vec<SyntaxError>> {
        let (documents, mut errors) = stockade_yaml::parse(file, text);
        let mut links: Vec<Link> = Vec::new();
        let entries = documents.iter().filter_map(|document| document.root.as_ref()).flat_map(|root| root.entries());
        for entry in entries {
            let fault = |span| SyntaxError::new(span, "`KIND.ATTRIBUTE` is needed here");
            let Some((from, attribute)) = entry.key.as_str().and_then(split) else {
                errors.push(fault(entry.key.span));
                continue;
            };
            let value = &entry.value;
            let targets = if value.as_str().is_some() { std::slice::from_ref(value) } else { value.elements() };
            if targets.is_empty() {
                errors.push(fault(value.span));
            }
            for target in targets {
                let Some((to, key)) = target.as_str().and_then(split) else {
                    errors.push(fault(target.span));
                    continue;
                };
                match links.iter_mut().find(|link| link.from == from && link.attribute == attribute && link.to == to) {
                    Some(link) => link.keys.push(key),
                    None => links.push(Link {
                        from: from.into(),
                        attribute: attribute.clone(),
                        to: to.into(),
                        keys: vec![key],
                    }),
                }
            }
        }
        if errors.is_empty() { Ok(Links { links }) } else { Err(errors) }
    }

    /// Every link, in the order of the table.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Link> {
        self.links.iter()
    }
}

/// A kind and an attribute of it: `data.aws_x.a.b` is `a.b` of `data.aws_x`.
fn split(text: &str) -> Option<(&str, Path)> {
    let skip = if text.starts_with("data.") { "data.".len() } else { 0 };
    let dot = skip + text[skip..].find('.')?;
    let (kind, attribute) = (&text[..dot], &text[dot + 1..]);
    if kind.len() <= skip || attribute.split('.').any(str::is_empty) {
        return None;
    }
    let steps = attribute.split('.').map(|name| Step { name: name.into(), kind: false }).collect();
    Some((kind, Path { text: attribute.into(), steps }))
}

/// A known text and where it stands.
type Known = (CompactString, Span);
/// The resources that hold a text, by project and text.
type Holders = HashMap<(ProjectId, CompactString), Vec<ResourceId>>;

/// Adds the edges that equal known values tell.
pub(crate) fn connect(graph: &mut Graph, links: &Links) {
    let mut edges = Vec::new();
    {
        let context = Context::bare(graph);
        // Who holds a value under a key: made once for every (kind, key) that a link asks for.
        let mut holders: HashMap<(&str, &str), Holders> = HashMap::new();
        for link in links.iter() {
            if graph.of_kind(&link.from).is_empty() || graph.of_kind(&link.to).is_empty() {
                continue;
            }
            for key in &link.keys {
                holders.entry((&link.to, &key.text)).or_insert_with(|| holders_of(&context, &link.to, key));
            }
            for from in graph.of_kind(&link.from) {
                let project = graph.resource(*from).project;
                for (text, span) in known_texts(&context, *from, &link.attribute) {
                    let at = (project, text);
                    let found = link
                        .keys
                        .iter()
                        .filter_map(|key| holders.get(&(link.to.as_str(), key.text.as_str()))?.get(&at));
                    for to in found.flatten().filter(|to| *to != from) {
                        edges.push(Edge { from: *from, to: *to, label: link.attribute.text.clone(), span });
                    }
                }
            }
        }
    }
    for edge in edges {
        graph.link(edge);
    }
}

fn holders_of(context: &Context<'_>, kind: &str, key: &Path) -> Holders {
    let mut out = Holders::new();
    for id in context.graph().of_kind(kind) {
        for (text, _) in known_texts(context, *id, key) {
            out.entry((context.resource(*id).project, text)).or_default().push(*id);
        }
    }
    out
}

fn known_texts(context: &Context<'_>, id: ResourceId, path: &Path) -> Vec<Known> {
    let fan = context.fan(context.root(id), path);
    let known = fan.elements.iter().filter_map(|at| match at.what {
        What::Value(value) => value.as_text().filter(|text| !text.is_empty()).map(|text| (text.into(), value.span)),
        _ => None,
    });
    known.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table() {
        let text = "aws_a.b: [aws_c.id, aws_c.name]\ndata.aws_d.e.f: aws_c.id\n";
        let links = Links::parse(FileId(0), text).expect("a table");
        let got: Vec<_> =
            links.iter().map(|l| (l.from.as_str(), l.attribute.text.as_str(), l.to.as_str(), l.keys.len())).collect();
        assert_eq!(got, [("aws_a", "b", "aws_c", 2), ("data.aws_d", "e.f", "aws_c", 1)]);
        let errors = Links::parse(FileId(0), "aws_a: aws_b.c\naws_a.b: aws_c\n").expect_err("no attributes");
        assert_eq!(errors.iter().map(|e| (e.span.start, e.span.end)).collect::<Vec<_>>(), [(0, 5), (24, 29)]);
    }
}
