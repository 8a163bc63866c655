//! Trees as short text, to be compared with what a person writes down.

use stockade_hcl::{BinaryOp, Body, Expr, ExprKind, For, Item, ObjectKey, Template, TemplatePart, Traversal, UnaryOp};

/// Items in braces, with the kinds of blocks, their labels and the values of attributes.
pub(crate) fn body(body: &Body) -> String {
    let items: Vec<String> = body.items.iter().map(item).collect();
    items.join("; ")
}

fn item(item: &Item) -> String {
    match item {
        Item::Attribute(attribute) => format!("{} = {}", attribute.key.text, expr(&attribute.value)),
        Item::Block(block) => {
            let mut out = block.kind.text.to_string();
            for label in &block.labels {
                out.push_str(&format!(" {:?}", label.text));
            }
            format!("{out} {{{}}}", body(&block.body))
        }
    }
}

pub(crate) fn expr(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Number(text) => text.to_string(),
        ExprKind::Template(template) => self::template(template),
        ExprKind::Tuple(items) => format!("[{}]", all(items)),
        ExprKind::Object(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| match &item.key {
                    ObjectKey::Name(name) => format!("{} {}", name.text, self::expr(&item.value)),
                    ObjectKey::Expr(key) => format!("<{}> {}", self::expr(key), self::expr(&item.value)),
                })
                .collect();
            format!("{{{}}}", items.join(", "))
        }
        ExprKind::Variable(name) => name.to_string(),
        ExprKind::Attribute(base, name) => format!("(. {} {})", self::expr(base), name.text),
        ExprKind::Index(base, key) => format!("(at {} {})", self::expr(base), self::expr(key)),
        ExprKind::Splat(splat) => {
            let marker = if splat.full { "[*]" } else { ".*" };
            format!("({marker} {}{})", self::expr(&splat.base), tail(&splat.tail))
        }
        ExprKind::Call(call) => {
            let expand = if call.expand { "..." } else { "" };
            format!("{}({}{expand})", call.name.text, all(&call.args))
        }
        ExprKind::Unary(op, operand) => {
            let op = match op {
                UnaryOp::Neg => "-",
                UnaryOp::Not => "!",
            };
            format!("({op} {})", self::expr(operand))
        }
        ExprKind::Binary(left, op, right) => {
            format!("({} {} {})", operator(*op), self::expr(left), self::expr(right))
        }
        ExprKind::Conditional(parts) => format!("(? {})", all(&parts[..])),
        ExprKind::For(inner) => for_expr(inner),
        ExprKind::Paren(inner) => format!("(paren {})", self::expr(inner)),
        ExprKind::Error => "ERROR".into(),
    }
}

fn all(items: &[Expr]) -> String {
    let items: Vec<String> = items.iter().map(expr).collect();
    items.join(" ")
}

fn tail(steps: &[Traversal]) -> String {
    let mut out = String::new();
    for step in steps {
        match step {
            Traversal::Attribute(name) => out.push_str(&format!(" .{}", name.text)),
            Traversal::Index(key) => out.push_str(&format!(" [{}]", expr(key))),
            Traversal::Splat { full, tail: steps, .. } => {
                out.push_str(&format!(" ({}{})", if *full { "[*]" } else { ".*" }, tail(steps)));
            }
        }
    }
    out
}

fn for_expr(inner: &For) -> String {
    let mut out = String::from("(for");
    for name in inner.key_var.iter().chain([&inner.value_var]) {
        out.push_str(&format!(" {}", name.text));
    }
    out.push_str(&format!(" in {} :", expr(&inner.collection)));
    if let Some(key) = &inner.key {
        out.push_str(&format!(" {} =>", expr(key)));
    }
    out.push_str(&format!(" {}", expr(&inner.value)));
    if inner.group {
        out.push_str(" ...");
    }
    if let Some(condition) = &inner.condition {
        out.push_str(&format!(" if {}", expr(condition)));
    }
    out + ")"
}

/// One literal as a quoted string; anything else part by part.
pub(crate) fn template(template: &Template) -> String {
    let here = if template.heredoc { "<<" } else { "" };
    match &template.parts[..] {
        [] => format!("{here}\"\""),
        [TemplatePart::Literal(text, _)] => format!("{here}{text:?}"),
        parts => format!("{here}(t{})", self::parts(parts)),
    }
}

pub(crate) fn parts(parts: &[TemplatePart]) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            TemplatePart::Literal(text, _) => out.push_str(&format!(" {text:?}")),
            TemplatePart::Interpolation(value, _) => out.push_str(&format!(" ${{{}}}", expr(value))),
            TemplatePart::If(inner) => {
                let condition = expr(&inner.condition);
                let (then, otherwise) = (self::parts(&inner.then), self::parts(&inner.otherwise));
                out.push_str(&format!(" (if {condition} (then{then}) (else{otherwise}))"));
            }
            TemplatePart::For(inner) => {
                out.push_str(" (for");
                for name in inner.key_var.iter().chain([&inner.value_var]) {
                    out.push_str(&format!(" {}", name.text));
                }
                out.push_str(&format!(" in {}:{})", expr(&inner.collection), self::parts(&inner.body)));
            }
        }
    }
    out
}

pub(crate) fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "||",
        BinaryOp::And => "&&",
        BinaryOp::Eq => "==",
        BinaryOp::NotEq => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEq => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEq => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "%",
    }
}
