//! Another parser, `hcl-edit`, must see the same structure in every text that it accepts.

use std::fs;
use std::path::{Path, PathBuf};

use hcl_edit::expr::{BinaryOperator, Expression, ObjectKey as TheirKey, TraversalOperator, UnaryOperator};
use hcl_edit::structure::{BlockLabel, Structure};
use hcl_edit::template::{Directive, Element};
use stockade_hcl::{Body, Expr, ExprKind, Item, ObjectKey, TemplatePart, Traversal, UnaryOp, parse};

use crate::{FILE, render, spans};

/// Every construct of the language.
pub(crate) const SAMPLE: &str = include_str!("sample.tf");

#[test]
fn the_sample_is_seen_alike() {
    let (body, errors) = parse(FILE, SAMPLE);
    assert_eq!(errors, []);
    spans::check(&body, SAMPLE);
    let theirs = hcl_edit::parser::parse_body(SAMPLE).expect("valid");
    assert_eq!(our_body(&body), their_body(&theirs));
}

#[test]
fn the_corpus_is_seen_alike() {
    let Some(root) = std::env::var_os("STOCKADE_DATA") else {
        println!("skipped: STOCKADE_DATA is not set");
        return;
    };
    let mut files = Vec::new();
    find(&Path::new(&root).join("corpus"), &mut files);
    files.sort();
    let (mut both, mut ours, mut theirs, mut neither) = (0, 0, Vec::new(), 0);
    for path in &files {
        let Ok(text) = fs::read_to_string(path) else { continue };
        let (body, errors) = parse(FILE, &text);
        spans::check(&body, &text);
        match (hcl_edit::parser::parse_body(&text), errors.first()) {
            (Ok(their), None) => {
                both += 1;
                assert_eq!(our_body(&body), their_body(&their), "{}", path.display());
            }
            (Err(_), None) => ours += 1,
            (Ok(_), Some(error)) => theirs.push(format!("{}: {error:?}", path.display())),
            (Err(_), Some(_)) => neither += 1,
        }
    }
    println!("{} files: {both} read by both, {ours} by us alone, {neither} by none", files.len());
    assert!(both > 0, "no files");
    assert!(theirs.is_empty(), "read by hcl-edit alone: {theirs:#?}");
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            find(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "tf") && path.is_file() {
            files.push(path);
        }
    }
}

fn our_body(body: &Body) -> String {
    let mut out = String::new();
    for item in &body.items {
        match item {
            Item::Attribute(attribute) => {
                out.push_str(&format!("{} = {}\n", attribute.key.text, our_expr(&attribute.value)))
            }
            Item::Block(block) => {
                let labels: Vec<&str> = block.labels.iter().map(|label| label.text.as_str()).collect();
                out.push_str(&format!("{} {labels:?} {{\n{}}}\n", block.kind.text, our_body(&block.body)));
            }
        }
    }
    out
}

fn their_body(body: &hcl_edit::structure::Body) -> String {
    let mut out = String::new();
    for item in body {
        match item {
            Structure::Attribute(attribute) => {
                out.push_str(&format!("{} = {}\n", attribute.key.as_str(), their_expr(&attribute.value)));
            }
            Structure::Block(block) => {
                let label = |label: &BlockLabel| label.as_str().to_string();
                let labels: Vec<String> = block.labels.iter().map(label).collect();
                out.push_str(&format!("{} {labels:?} {{\n{}}}\n", block.ident.as_str(), their_body(&block.body)));
            }
        }
    }
    out
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(" ")
}

fn our_expr(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Number(_) => "number".into(),
        ExprKind::Template(template) => match &template.parts[..] {
            [] if !template.heredoc => "\"\"".into(),
            [TemplatePart::Literal(text, _)] if !template.heredoc => format!("{text:?}"),
            parts => format!("template({})", our_parts(parts)),
        },
        ExprKind::Tuple(items) => format!("[{}]", join(items.iter().map(our_expr))),
        ExprKind::Object(items) => {
            let item = |key: &ObjectKey| match key {
                ObjectKey::Name(name) => name.text.to_string(),
                ObjectKey::Expr(key) => our_expr(key),
            };
            format!("{{{}}}", join(items.iter().map(|i| format!("{}={}", item(&i.key), our_expr(&i.value)))))
        }
        ExprKind::Variable(name) => name.to_string(),
        ExprKind::Attribute(base, name) => format!("{}.{}", our_expr(base), name.text),
        ExprKind::Index(base, key) => format!("{}[{}]", our_expr(base), our_expr(key)),
        ExprKind::Splat(splat) => {
            let marker = if splat.full { "[*]" } else { ".*" };
            format!("{}{marker}{}", our_expr(&splat.base), our_tail(&splat.tail))
        }
        ExprKind::Call(call) => {
            format!(
                "{}({}{})",
                call.name.text,
                join(call.args.iter().map(our_expr)),
                if call.expand { "..." } else { "" }
            )
        }
        // They fold the sign of a number into it.
        ExprKind::Unary(UnaryOp::Neg, operand) if matches!(operand.kind, ExprKind::Number(_)) => "number".into(),
        ExprKind::Unary(UnaryOp::Neg, operand) => format!("-{}", our_expr(operand)),
        ExprKind::Unary(UnaryOp::Not, operand) => format!("!{}", our_expr(operand)),
        ExprKind::Binary(left, op, right) => {
            format!("<{} {} {}>", our_expr(left), render::operator(*op), our_expr(right))
        }
        ExprKind::Conditional(parts) => format!("<{}>", join(parts.iter().map(our_expr))),
        ExprKind::For(inner) => {
            let names = join(inner.key_var.iter().chain([&inner.value_var]).map(|name| name.text.to_string()));
            let parts = [Some(&inner.collection), inner.key.as_ref(), Some(&inner.value), inner.condition.as_ref()];
            format!(
                "for({names} {}{})",
                join(parts.into_iter().flatten().map(our_expr)),
                if inner.group { "..." } else { "" }
            )
        }
        ExprKind::Paren(inner) => format!("({})", our_expr(inner)),
        ExprKind::Error => "ERROR".into(),
    }
}

fn our_tail(tail: &[Traversal]) -> String {
    let step = |step: &Traversal| match step {
        Traversal::Attribute(name) => format!(".{}", name.text),
        Traversal::Index(key) => format!("[{}]", our_expr(key)),
        Traversal::Splat { full, tail, .. } => format!("{}{}", if *full { "[*]" } else { ".*" }, our_tail(tail)),
    };
    tail.iter().map(step).collect()
}

fn our_parts(parts: &[TemplatePart]) -> String {
    let part = |part: &TemplatePart| match part {
        TemplatePart::Literal(..) => None,
        TemplatePart::Interpolation(expr, _) => Some(format!("${{{}}}", our_expr(expr))),
        TemplatePart::If(inner) => Some(format!(
            "if({} {}|{})",
            our_expr(&inner.condition),
            our_parts(&inner.then),
            our_parts(&inner.otherwise)
        )),
        TemplatePart::For(inner) => {
            let names = join(inner.key_var.iter().chain([&inner.value_var]).map(|name| name.text.to_string()));
            Some(format!("for({names} {} {})", our_expr(&inner.collection), our_parts(&inner.body)))
        }
    };
    join(parts.iter().filter_map(part))
}

fn their_expr(expr: &Expression) -> String {
    match expr {
        Expression::Null(_) => "null".into(),
        Expression::Bool(value) => value.to_string(),
        Expression::Number(_) => "number".into(),
        Expression::String(text) => format!("{:?}", text.as_str()),
        Expression::StringTemplate(template) => format!("template({})", their_parts(template.iter())),
        Expression::HeredocTemplate(heredoc) => format!("template({})", their_parts(heredoc.template.iter())),
        Expression::Array(items) => format!("[{}]", join(items.iter().map(their_expr))),
        Expression::Object(items) => {
            let key = |key: &TheirKey| match key {
                TheirKey::Ident(name) => name.as_str().to_string(),
                TheirKey::Expression(key) => their_expr(key),
            };
            format!("{{{}}}", join(items.iter().map(|(k, v)| format!("{}={}", key(k), their_expr(v.expr())))))
        }
        Expression::Variable(name) => name.as_str().to_string(),
        Expression::Parenthesis(inner) => format!("({})", their_expr(inner.inner())),
        Expression::Conditional(inner) => {
            format!("<{}>", join([&inner.cond_expr, &inner.true_expr, &inner.false_expr].into_iter().map(their_expr)))
        }
        Expression::FuncCall(call) => {
            let mut name = String::new();
            for part in &call.name.namespace {
                name.push_str(&format!("{}::", part.as_str()));
            }
            name.push_str(call.name.name.as_str());
            let expand = if call.args.expand_final() { "..." } else { "" };
            format!("{name}({}{expand})", join(call.args.iter().map(their_expr)))
        }
        Expression::Traversal(traversal) => {
            let mut out = their_expr(&traversal.expr);
            for operator in &traversal.operators {
                match operator.value() {
                    TraversalOperator::AttrSplat(_) => out.push_str(".*"),
                    TraversalOperator::FullSplat(_) => out.push_str("[*]"),
                    TraversalOperator::GetAttr(name) => out.push_str(&format!(".{}", name.as_str())),
                    TraversalOperator::Index(key) => out.push_str(&format!("[{}]", their_expr(key))),
                    TraversalOperator::LegacyIndex(_) => out.push_str("[number]"),
                }
            }
            out
        }
        Expression::UnaryOp(unary) => {
            let op = match unary.operator.value() {
                UnaryOperator::Neg => "-",
                UnaryOperator::Not => "!",
            };
            format!("{op}{}", their_expr(&unary.expr))
        }
        Expression::BinaryOp(binary) => {
            let op: BinaryOperator = *binary.operator.value();
            format!("<{} {} {}>", their_expr(&binary.lhs_expr), op.as_str(), their_expr(&binary.rhs_expr))
        }
        Expression::ForExpr(inner) => {
            let intro = &inner.intro;
            let names = join(intro.key_var.iter().chain([&intro.value_var]).map(|name| name.as_str().to_string()));
            let condition = inner.cond.as_ref().map(|condition| &condition.expr);
            let parts = [Some(&intro.collection_expr), inner.key_expr.as_ref(), Some(&inner.value_expr), condition];
            let group = if inner.grouping { "..." } else { "" };
            format!("for({names} {}{group})", join(parts.into_iter().flatten().map(their_expr)))
        }
    }
}

fn their_parts<'e>(parts: impl Iterator<Item = &'e Element>) -> String {
    let part = |part: &Element| match part {
        Element::Literal(_) => None,
        Element::Interpolation(inner) => Some(format!("${{{}}}", their_expr(&inner.expr))),
        Element::Directive(directive) => Some(match &**directive {
            Directive::If(inner) => {
                let otherwise = inner.else_expr.as_ref().map(|otherwise| their_parts(otherwise.template.iter()));
                let then = their_parts(inner.if_expr.template.iter());
                format!("if({} {then}|{})", their_expr(&inner.if_expr.cond_expr), otherwise.unwrap_or_default())
            }
            Directive::For(inner) => {
                let intro = &inner.for_expr;
                let names = join(intro.key_var.iter().chain([&intro.value_var]).map(|name| name.as_str().to_string()));
                format!("for({names} {} {})", their_expr(&intro.collection_expr), their_parts(intro.template.iter()))
            }
        }),
    };
    join(parts.filter_map(part))
}
