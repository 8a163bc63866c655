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

/// Reads a `.tf.json` or `.tfvars.json` file. Strings of a configuration are templates, those of a
/// variables file and of variables' defaults are not.
///
/// Which objects of a resource are blocks is the provider's to say, so all but those of Terraform itself
/// are attributes.
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
            reader.blocks(entry, *labels, &mut Vec::new(), name == "variable", &mut items, &entry.value);
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
    fn blocks(
        &mut self,
        kind: &Entry,
        labels: usize,
        path: &mut Vec<Ident>,
        literal: bool,
        out: &mut Vec<Item>,
        at: &Node,
    ) {
        if path.len() < labels {
            for entry in objects(at).into_iter().flat_map(Node::entries) {
                path.push(ident(&entry.key));
                self.blocks(kind, labels, path, literal, out, &entry.value);
                path.pop();
            }
            return;
        }
        let kind_of = kind.key.as_str().unwrap_or_default();
        for object in objects(at) {
            let mut items = Vec::new();
            for entry in object.entries() {
                let name = entry.key.as_str().unwrap_or_default();
                match BLOCKS.iter().find(|(kind, _)| *kind == name && kind_of != "locals") {
                    Some((_, labels)) => self.blocks(entry, *labels, &mut Vec::new(), false, &mut items, &entry.value),
                    None if name == "//" => {}
                    None => items.push(self.attribute(entry, literal && name == "default")),
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
