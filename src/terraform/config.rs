//! The JSON syntax of Terraform, read as the tree of its native syntax.

use compact_str::CompactString;
use stockade_hcl::{
    Attribute, Block, Body, Expr, ExprKind, Ident, Item, ObjectItem, ObjectKey, Template, TemplatePart, expr_from_json,
};
use stockade_source::{FileId, Span, SyntaxError};
use stockade_yaml::{Entry, Node, NodeKind, Style};

/// How many labels the blocks at the top of a configuration have.
const LABELS: &[(&str, usize)] = &[
    ("resource", 2),
    ("data", 2),
    ("ephemeral", 2),
    ("provider", 1),
    ("variable", 1),
    ("output", 1),
    ("module", 1),
    ("locals", 0),
    ("terraform", 0),
    ("check", 1),
    ("moved", 0),
    ("import", 0),
    ("removed", 0),
];

/// Blocks within those that are blocks whatever the provider says.
const BLOCKS: &[(&str, usize)] =
    &[("lifecycle", 0), ("connection", 0), ("provisioner", 1), ("dynamic", 1), ("backend", 1), ("cloud", 0)];

/// Blocks whose contents are a provider's, in which every object is a block or the value of an attribute.
const PROVIDED: &[&str] = &["resource", "data", "ephemeral", "provider"];

/// The last words of the names of attributes that are mappings, in the schemas of the large providers.
const MAPPINGS: &[&str] = &[
    "annotations",
    "argument",
    "arguments",
    "attributes",
    "context",
    "data",
    "environment_variables",
    "hashes",
    "headers",
    "input",
    "keepers",
    "labels",
    "limits",
    "manifest",
    "mapping",
    "mappings",
    "models",
    "options",
    "overrides",
    "parameters",
    "properties",
    "requests",
    "response_templates",
    "selector",
    "settings",
    "substitutions",
    "tags",
    "tags_all",
    "templates",
    "triggers",
    "triggers_replace",
    "values",
    "variables",
];

/// Reads a `.tf.json` or `.tfvars.json` file. Strings of a configuration are templates, those of a
/// variables file and of variables' defaults are not.
///
/// Which objects of a resource are blocks is the provider's to say, and no schema is at hand. So an object, or an
/// array of objects, is read as blocks, which gives it the shape that the same thing has in the native syntax:
/// a list with one mapping per block. It is the value of an attribute where its name ends like those of the
/// attributes that are mappings (`tags`, `labels`, `variables` …), or where one of its keys is no name.
pub fn body_from_json(file: FileId, text: &str, variables: bool) -> (Body, Vec<SyntaxError>) {
    let (document, mut errors) = stockade_yaml::parse_json(file, text);
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut reader = Reader { text, errors: Vec::new() };
    let mut items = Vec::new();
    for entry in document.root.iter().flat_map(objects).flat_map(Node::entries) {
        let name = entry.key.as_str().unwrap_or_default();
        if variables {
            items.push(reader.attribute(entry, true));
        } else if let Some((_, labels)) = LABELS.iter().find(|(kind, _)| *kind == name) {
            let way = Way { labels: *labels, literal: name == "variable", provided: PROVIDED.contains(&name) };
            reader.blocks(entry, way, &mut Vec::new(), &mut items, &entry.value);
        }
    }
    errors.append(&mut reader.errors);
    (Body { items, span: Span::new(file, 0, end) }, errors)
}

struct Reader<'t> {
    text: &'t str,
    errors: Vec<SyntaxError>,
}

impl Reader<'_> {
    fn attribute(&mut self, entry: &Entry, literal: bool) -> Item {
        let value = if literal {
            plain(&entry.value)
        } else {
            let (value, errors) = expr_from_json(&entry.value, self.text);
            self.errors.extend(errors);
            value
        };
        Item::Attribute(Attribute { key: ident(&entry.key), value, span: entry.span() })
    }

    /// The blocks of one kind below its key, one for each way through the labels.
    fn blocks(&mut self, kind: &Entry, way: Way, path: &mut Vec<Ident>, out: &mut Vec<Item>, at: &Node) {
        if path.len() < way.labels {
            for entry in objects(at).into_iter().flat_map(Node::entries) {
                path.push(ident(&entry.key));
                self.blocks(kind, way, path, out, &entry.value);
                path.pop();
            }
            return;
        }
        let kind_of = kind.key.as_str().unwrap_or_default();
        for object in objects(at) {
            let mut items = Vec::new();
            for entry in object.entries() {
                let name = entry.key.as_str().unwrap_or_default();
                let inner = Way { labels: 0, ..way };
                match BLOCKS.iter().find(|(kind, _)| *kind == name && kind_of != "locals") {
                    Some((_, labels)) => {
                        let way = Way { labels: *labels, ..inner };
                        self.blocks(entry, way, &mut Vec::new(), &mut items, &entry.value);
                    }
                    None if name == "//" => {}
                    None if way.provided && (name == "content" || is_block(name, &entry.value)) => {
                        self.blocks(entry, inner, &mut Vec::new(), &mut items, &entry.value);
                    }
                    None => items.push(self.attribute(entry, way.literal && name == "default")),
                }
            }
            let head = path.last().map_or(kind.key.span, |label| label.span);
            out.push(Item::Block(Block {
                kind: ident(&kind.key),
                labels: path.clone(),
                body: Body { items, span: object.span },
                head,
                span: head.to(object.span),
            }));
        }
    }
}

/// How what lies below a key is read.
#[derive(Clone, Copy)]
struct Way {
    labels: usize,
    /// Whether `default` is no template.
    literal: bool,
    /// Whether the contents are a provider's.
    provided: bool,
}

/// Whether a field of a provider's block looks like blocks.
fn is_block(name: &str, value: &Node) -> bool {
    let ends_on =
        |words: &&str| name.strip_suffix(*words).is_some_and(|before| before.is_empty() || before.ends_with('_'));
    // The arguments of `dynamic` and of `provisioner` are Terraform's own.
    if matches!(name, "for_each" | "providers") || MAPPINGS.iter().any(ends_on) {
        return false;
    }
    let is_name = |key: &str| {
        key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/')
            && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/'))
    };
    let named = |node: &Node| node.entries().iter().all(|entry| entry.key.as_str().is_some_and(is_name));
    match &value.kind {
        NodeKind::Mapping(_) => named(value),
        NodeKind::Sequence(nodes) => {
            !nodes.is_empty() && nodes.iter().all(|node| matches!(node.kind, NodeKind::Mapping(_)) && named(node))
        }
        _ => false,
    }
}

/// A JSON value as an expression in which no text is a template.
fn plain(node: &Node) -> Expr {
    let text = |text: &str| {
        let parts = vec![TemplatePart::Literal(text.into(), node.span)];
        ExprKind::Template(Box::new(Template { parts, heredoc: false }))
    };
    let kind = match &node.kind {
        NodeKind::Scalar(scalar) if scalar.style == Style::Plain => match scalar.text.as_str() {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "null" => ExprKind::Null,
            number => ExprKind::Number(number.into()),
        },
        NodeKind::Scalar(scalar) => text(&scalar.text),
        NodeKind::Sequence(nodes) => ExprKind::Tuple(nodes.iter().map(plain).collect()),
        NodeKind::Mapping(entries) => ExprKind::Object(
            entries
                .iter()
                .map(|entry| ObjectItem {
                    key: ObjectKey::Name(ident(&entry.key)),
                    value: plain(&entry.value),
                    span: entry.span(),
                })
                .collect(),
        ),
        NodeKind::Alias(..) => ExprKind::Error,
    };
    Expr { kind, span: node.span }
}

/// An object, or the objects of an array.
fn objects(node: &Node) -> Vec<&Node> {
    match &node.kind {
        NodeKind::Mapping(_) => vec![node],
        NodeKind::Sequence(nodes) => nodes.iter().filter(|node| matches!(node.kind, NodeKind::Mapping(_))).collect(),
        _ => Vec::new(),
    }
}

fn ident(key: &Node) -> Ident {
    Ident { text: CompactString::from(key.as_str().unwrap_or_default()), span: key.span }
}
