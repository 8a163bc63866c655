//! Rules of AWS firewalls as modules write them: those of `amazon.aws.ec2_security_group` as the `ingress` and `egress`
//! blocks of `aws_security_group`, entries of `amazon.aws.ec2_vpc_nacl` as those of `aws_network_acl`.

use std::sync::Arc;

use stockade_model::{Field, Kind, List, Map, Reason, Value};
use stockade_source::Span;

use crate::jinja;

/// How many values the blocks of one rule may hold together: every range of ports repeats all addresses.
const MAX_COPIES: usize = 1 << 14;

/// The attributes that keep their meaning under another name.
const RENAMED: &[(&str, &str)] = &[
    ("cidr_ip", "cidr_blocks"),
    ("cidr_ipv6", "ipv6_cidr_blocks"),
    ("ip_prefix", "prefix_list_ids"),
    ("group_id", "security_groups"),
    ("rule_desc", "description"),
];

/// The blocks that a list of rules declares: one for each range of ports.
pub(crate) fn rules(value: &Value) -> Value {
    let mut out = List::default();
    match &value.kind {
        Kind::List(list) => {
            out.open.clone_from(&list.open);
            list.items.iter().for_each(|item| add(item, &mut out));
        }
        Kind::Map(_) => add(value, &mut out),
        Kind::Template(_) | Kind::Unknown(_) => out.open = value.why().cloned(),
        _ => {}
    }
    Value { kind: Kind::List(Box::new(out)), ..value.clone() }
}

/// The blocks that the entries of a network access list declare; an entry is a list without names.
pub(crate) fn entries(value: &Value) -> Value {
    let mut out = List::default();
    match &value.kind {
        Kind::List(list) => {
            out.open.clone_from(&list.open);
            for item in &list.items {
                match &item.kind {
                    Kind::List(_) => out.items.push(entry(item)),
                    _ => out.open = out.open.take().or_else(|| item.why().cloned()),
                }
            }
        }
        Kind::Template(_) | Kind::Unknown(_) => out.open = value.why().cloned(),
        _ => {}
    }
    Value { kind: Kind::List(Box::new(out)), ..value.clone() }
}

/// `[100, tcp, allow, 0.0.0.0/0, icmp type, icmp code, from, to]`, of which the last four may be missing.
fn entry(item: &Value) -> Value {
    const ATTRIBUTES: &[&str] =
        &["rule_no", "protocol", "action", "cidr_block", "icmp_type", "icmp_code", "from_port", "to_port"];
    let mut block = Map::new(item.span);
    block.open = item.as_list().and_then(|list| list.open.clone());
    for (name, value) in ATTRIBUTES.iter().zip(item.items()).filter(|(_, value)| !value.is_null()) {
        let name = match *name {
            "cidr_block" if value.as_text().is_some_and(|text| text.contains(':')) => "ipv6_cidr_block",
            name => name,
        };
        let value = if name.ends_with("_port") { number(value) } else { value.clone() };
        block.insert(name, Field { key: value.span, entry: Span::NONE, value });
    }
    Value::map(block, item.span)
}

fn add(item: &Value, out: &mut List) {
    match &item.kind {
        Kind::Map(rule) => rule_blocks(rule, item.span, out),
        // `rules: [[…], …]` is flattened by the module.
        Kind::List(list) => {
            for item in &list.items {
                if let Kind::Map(rule) = &item.kind {
                    rule_blocks(rule, item.span, out);
                }
            }
        }
        _ => out.open = out.open.take().or_else(|| item.why().cloned()),
    }
}

fn rule_blocks(rule: &Map, span: Span, out: &mut List) {
    let mut base = Map::new(rule.head);
    base.open.clone_from(&rule.open);
    match rule.field("proto").filter(|field| !field.value.is_null()) {
        Some(field) => {
            base.insert("protocol", field.clone());
        }
        None => {
            base.set("protocol", Value::text("tcp", Span::NONE));
        }
    }
    for (name, attribute) in RENAMED {
        if let Some(field) = rule.field(name).filter(|field| !field.value.is_null()) {
            let value = if *name == "rule_desc" { field.value.clone() } else { listed(&field.value) };
            base.insert(*attribute, Field { value, ..*field });
        }
    }
    let ranges = ranges(rule);
    if ranges.is_empty() {
        out.items.push(Value::map(base, span));
        return;
    }
    let width: usize = base.iter().map(|(_, field)| field.value.items().len() + 1).sum();
    if ranges.len().saturating_mul(width) > MAX_COPIES {
        let why = jinja::why(Reason::Limit, "the number of ports and addresses", span);
        out.open.get_or_insert_with(|| Arc::new(why));
        return;
    }
    for (key, [from, to]) in ranges {
        let mut block = base.clone();
        block.insert("from_port", Field { key, entry: Span::NONE, value: from });
        block.insert("to_port", Field { key, entry: Span::NONE, value: to });
        out.items.push(Value::map(block, span));
    }
}

/// The ranges of ports of a rule, with the place of the key that gives them.
fn ranges(rule: &Map) -> Vec<(Span, [Value; 2])> {
    if let Some(field) = rule.field("ports").filter(|field| !field.value.is_null()) {
        let ports =
            if field.value.as_list().is_some() { field.value.items() } else { std::slice::from_ref(&field.value) };
        return ports.iter().map(|port| (field.key, range(port))).collect();
    }
    let field = |name: &str| rule.field(name).filter(|field| !field.value.is_null());
    let Some(either) = field("from_port").or(field("to_port")) else { return Vec::new() };
    let from = field("from_port").unwrap_or(either).value.clone();
    let to = field("to_port").unwrap_or(either).value.clone();
    let any = |value: &Value| {
        value.as_number().and_then(stockade_model::Number::as_i64) == Some(-1) || value.as_text() == Some("-1")
    };
    if any(&from) || any(&to) {
        return vec![(either.key, [Value::number(0, from.span), Value::number(65_535, to.span)])];
    }
    vec![(either.key, [number(&from), number(&to)])]
}

/// `80`, `"80"`, `8000-8100`.
fn range(port: &Value) -> [Value; 2] {
    if let Some((from, to)) = port.as_text().and_then(|text| text.split_once('-'))
        && let (Ok(from), Ok(to)) = (from.trim().parse::<i64>(), to.trim().parse::<i64>())
    {
        return [Value::number(from, port.span), Value::number(to, port.span)];
    }
    [number(port), number(port)]
}

fn number(value: &Value) -> Value {
    match value.as_text().and_then(|text| text.trim().parse::<i64>().ok()) {
        Some(number) => Value { kind: Value::number(number, value.span).kind, ..value.clone() },
        None => value.clone(),
    }
}

/// A list, also where one text or a text with commas is written; what is not known may be several.
fn listed(value: &Value) -> Value {
    let mut list = List::default();
    match &value.kind {
        Kind::List(_) => return value.clone(),
        Kind::Text(text) => {
            for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                list.items.push(Value { kind: Kind::Text(part.into()), ..value.clone() });
            }
        }
        Kind::Template(_) | Kind::Unknown(_) => list.open = value.why().map(Arc::clone),
        _ => list.items.push(value.clone()),
    }
    Value { kind: Kind::List(Box::new(list)), ..value.clone() }
}
