//! Expressions in the JSON form of the syntax, where every string is a template.

use compact_str::CompactString;
use stockade_source::{Span, SyntaxError};
use stockade_yaml::{Entry, Node, NodeKind, Scalar, Style};

use crate::parser::{MAX_DEPTH, Parser, Place};
use crate::tree::{Expr, ExprKind, Ident, ObjectItem, ObjectKey, Template, TemplatePart, UnaryOp};

/// Turns a JSON value into an expression; `text` is the text of the whole file.
///
/// Spans inside of a string are exact where it is written without escapes; where there are any, they all
/// are the span of the whole string.
pub fn expr_from_json(node: &Node, text: &str) -> (Expr, Vec<SyntaxError>) {
    let mut reader = Reader { text, depth: 0, errors: Vec::new() };
    let expr = reader.expr(node);
    reader.errors.sort();
    reader.errors.dedup();
    (expr, reader.errors)
}

struct Reader<'t> {
    text: &'t str,
    depth: u32,
    errors: Vec<SyntaxError>,
}

impl Reader<'_> {
    fn expr(&mut self, node: &Node) -> Expr {
        let span = node.span;
        if self.depth >= MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            self.errors.push(SyntaxError::new(Span::new(span.file, span.start, span.start), message));
            return Expr { kind: ExprKind::Error, span };
        }
        self.depth += 1;
        let kind = match &node.kind {
            NodeKind::Scalar(Scalar { text, style: Style::Plain }) => plain(text, span),
            NodeKind::Scalar(scalar) => ExprKind::Template(Box::new(self.template(&scalar.text, span))),
            NodeKind::Sequence(nodes) => ExprKind::Tuple(nodes.iter().map(|node| self.expr(node)).collect()),
            NodeKind::Mapping(entries) => ExprKind::Object(entries.iter().map(|entry| self.item(entry)).collect()),
            // JSON has none; following one could go on for ever.
            NodeKind::Alias(..) => ExprKind::Error,
        };
        self.depth -= 1;
        Expr { kind, span }
    }

    fn item(&mut self, entry: &Entry) -> ObjectItem {
        let value = self.expr(&entry.value);
        let key_span = entry.key.span;
        let template = self.template(entry.key.as_str().unwrap_or(""), key_span);
        let key = match <[TemplatePart; 1]>::try_from(template.parts) {
            Ok([TemplatePart::Literal(text, _)]) => ObjectKey::Name(Ident { text, span: key_span }),
            Ok(parts) => ObjectKey::Expr(template_expr(parts.into(), key_span)),
            Err(parts) if parts.is_empty() => ObjectKey::Name(Ident { text: CompactString::default(), span: key_span }),
            Err(parts) => ObjectKey::Expr(template_expr(parts, key_span)),
        };
        ObjectItem { key, value, span: entry.span() }
    }

    /// Reads the text of a string that stands at `span`, with its quotes.
    fn template(&mut self, text: &str, span: Span) -> Template {
        let raw = span.text(self.text);
        let inside = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
        let place = match inside {
            Some(inside) if inside == text => Place::At { file: span.file, base: span.start + 1 },
            _ => Place::Within(span),
        };
        let mut parser = Parser::new(text, place);
        parser.depth = self.depth;
        let template = parser.bare_template();
        self.errors.extend(parser.finish());
        template
    }
}

fn template_expr(parts: Vec<TemplatePart>, span: Span) -> Expr {
    Expr { kind: ExprKind::Template(Box::new(Template { parts, heredoc: false })), span }
}

/// A number, `true`, `false` or `null`.
fn plain(text: &CompactString, span: Span) -> ExprKind {
    match text.as_str() {
        "null" => ExprKind::Null,
        "true" => ExprKind::Bool(true),
        "false" => ExprKind::Bool(false),
        number => match number.strip_prefix('-') {
            Some(positive) if positive.starts_with(|first: char| first.is_ascii_digit()) => {
                let span = Span::new(span.file, (span.start + 1).min(span.end), span.end);
                let operand = Expr { kind: ExprKind::Number(positive.into()), span };
                ExprKind::Unary(UnaryOp::Neg, Box::new(operand))
            }
            _ if number.starts_with(|first: char| first.is_ascii_digit()) => ExprKind::Number(text.clone()),
            // No JSON, which was said by whoever read it.
            _ => ExprKind::Error,
        },
    }
}
