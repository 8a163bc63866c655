//! `network_rule`: what a firewall, security group or access list lets through.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_model::{Kind, List, Map, Resource, ResourceId, Value};
use stockade_source::Span;

use super::{Item, blocks, copy, gather, put, retext, unknown_body};

/// Every port, as far as TCP and UDP go.
const ALL_PORTS: (i64, i64) = (0, 65_535);
const ANYWHERE: &str = "0.0.0.0/0";

/// Adds the rules that a resource states.
pub(super) fn collect(id: ResourceId, resource: &Resource, items: &mut Vec<Item>) {
    let mut rules = Rules { owner: id, resource, items };
    match resource.kind.as_str() {
        "aws_security_group" | "aws_default_security_group" => rules.aws_blocks(None),
        "aws_network_acl" | "aws_default_network_acl" => rules.aws_blocks(Some("action")),
        "aws_security_group_rule" => rules.aws_single(&GROUP_RULE, |body| body.get("type").map(direction)),
        "aws_vpc_security_group_ingress_rule" => rules.aws_single(&VPC_RULE, |_| Some(fact("ingress"))),
        "aws_vpc_security_group_egress_rule" => rules.aws_single(&VPC_RULE, |_| Some(fact("egress"))),
        "aws_network_acl_rule" => rules.aws_single(&ACL_RULE, |body| Some(acl_direction(body))),
        "azurerm_network_security_group" => rules.azure_blocks(),
        "azurerm_network_security_rule" => {
            let body = azure(&resource.body);
            rules.push("rule", body, resource.span);
        }
        "google_compute_firewall" => rules.google(),
        _ => {}
    }
}

/// How the attributes of an AWS rule are called.
struct Keys {
    protocol: &'static str,
    cidrs: [&'static str; 2],
    action: Option<&'static str>,
}

const GROUP_RULE: Keys = Keys { protocol: "protocol", cidrs: ["cidr_blocks", "ipv6_cidr_blocks"], action: None };
const VPC_RULE: Keys = Keys { protocol: "ip_protocol", cidrs: ["cidr_ipv4", "cidr_ipv6"], action: None };
const ACL_RULE: Keys =
    Keys { protocol: "protocol", cidrs: ["cidr_block", "ipv6_cidr_block"], action: Some("rule_action") };
const ACL_BLOCK: Keys = Keys { protocol: "protocol", cidrs: ["cidr_block", "ipv6_cidr_block"], action: Some("action") };

struct Rules<'r> {
    owner: ResourceId,
    resource: &'r Resource,
    items: &'r mut Vec<Item>,
}

impl Rules<'_> {
    fn push(&mut self, suffix: impl Into<CompactString>, mut body: Map, span: Span) {
        let suffix = suffix.into();
        let kind = self.resource.kind.as_str();
        body.set("provider", fact(provider(kind)));
        if kind.starts_with("aws_") && kind.contains("network_acl") {
            body.set("stateless", Value::bool(true, Span::NONE));
        }
        self.items.push(Item { owner: self.owner, kind: "network_rule", label: "rule_of", suffix, body, span });
    }

    /// `ingress` and `egress` blocks.
    fn aws_blocks(&mut self, action: Option<&'static str>) {
        let keys = if action.is_some() { &ACL_BLOCK } else { &GROUP_RULE };
        for name in ["ingress", "egress"] {
            let value = self.resource.body.get(name);
            let (blocks, open) = blocks(value);
            for (at, (block, value)) in blocks.into_iter().enumerate() {
                let body = aws(block, keys, Some(fact(name)));
                self.push(format_compact!("{name}[{at}]"), body, value.span);
            }
            if let (Some(why), Some(value)) = (open, value) {
                let mut body = unknown_body(self.resource.head(), why);
                body.set("direction", fact(name));
                self.push(format_compact!("{name}[*]"), body, value.span);
            }
        }
    }

    fn aws_single(&mut self, keys: &Keys, direction: impl Fn(&Map) -> Option<Value>) {
        let source = &self.resource.body;
        let mut body = aws(source, keys, None);
        if let Some(direction) = direction(source) {
            body.set("direction", direction);
        }
        self.push("rule", body, self.resource.span);
    }

    fn azure_blocks(&mut self) {
        let value = self.resource.body.get("security_rule");
        let (blocks, open) = blocks(value);
        for (at, (block, value)) in blocks.into_iter().enumerate() {
            self.push(format_compact!("security_rule[{at}]"), azure(block), value.span);
        }
        if let (Some(why), Some(value)) = (open, value) {
            self.push("security_rule[*]", unknown_body(self.resource.head(), why), value.span);
        }
    }

    /// One rule for every `allow` and `deny` block; direction and ranges stand beside them.
    fn google(&mut self) {
        let owner = &self.resource.body;
        if owner.get("disabled").and_then(Value::as_bool) == Some(true) {
            return;
        }
        let direction = owner.get("direction").map_or_else(|| fact("ingress"), direction);
        for name in ["allow", "deny"] {
            let value = owner.get(name);
            let (blocks, open) = blocks(value);
            for (at, (block, value)) in blocks.into_iter().enumerate() {
                let mut body = Map::new(block.head);
                body.open.clone_from(&block.open);
                put(&mut body, "direction", owner, "direction", direction.clone());
                body.set("action", fact(name));
                let protocol = block.get("protocol").map(protocol);
                if let Some(protocol) = &protocol {
                    put(&mut body, "protocol", block, "protocol", protocol.clone());
                }
                match (block.get("ports"), protocol.as_ref().and_then(Value::as_text)) {
                    (Some(ports), _) => put(&mut body, "ports", block, "ports", port_texts(&[Some(ports)])),
                    (None, Some("icmp" | "esp" | "ah" | "ipip")) => {}
                    (None, _) => {
                        let span = protocol.as_ref().map_or(Span::NONE, |protocol| protocol.span);
                        body.set("ports", every_port(span));
                    }
                }
                google_cidrs(&mut body, owner, &direction);
                copy(&mut body, "description", owner, "description");
                self.push(format_compact!("{name}[{at}]"), body, value.span);
            }
            if let (Some(why), Some(value)) = (open, value) {
                let mut body = unknown_body(self.resource.head(), why);
                body.set("action", fact(name));
                self.push(format_compact!("{name}[*]"), body, value.span);
            }
        }
    }
}

/// Something that no text says by itself.
fn fact(text: &str) -> Value {
    Value::text(text, Span::NONE)
}

fn aws(source: &Map, keys: &Keys, direction: Option<Value>) -> Map {
    let mut body = Map::new(source.head);
    body.open.clone_from(&source.open);
    if let Some(direction) = direction {
        body.set("direction", direction);
    }
    match keys.action.and_then(|key| Some((key, source.get(key)?))) {
        Some((key, value)) => put(&mut body, "action", source, key, lower_case(value)),
        None if keys.action.is_none() => {
            body.set("action", fact("allow"));
        }
        None => {}
    }
    let protocol = source.get(keys.protocol).map(protocol);
    if let Some(ports) = aws_ports(source, protocol.as_ref()) {
        body.set("ports", ports);
    }
    if let Some(protocol) = protocol {
        put(&mut body, "protocol", source, keys.protocol, protocol);
    }
    let sources: Vec<Option<&Value>> = keys.cidrs.iter().map(|key| source.get(key)).collect();
    if let Some(cidrs) = gather(&sources, |value| Some(value.clone())) {
        match keys.cidrs.iter().filter(|key| source.get(key).is_some()).collect::<Vec<_>>().as_slice() {
            [only] => put(&mut body, "cidrs", source, only, cidrs),
            _ => {
                body.set("cidrs", cidrs);
            }
        }
    }
    copy(&mut body, "description", source, "description");
    body
}

/// `protocol = "-1"` means every port, whatever the ports say; ICMP has types in their place.
fn aws_ports(source: &Map, protocol: Option<&Value>) -> Option<Value> {
    if let Some(protocol) = protocol {
        match (protocol.as_text(), protocol.why()) {
            (Some("all"), _) => return Some(every_port(protocol.span)),
            (Some("icmp" | "icmpv6" | "58"), _) => return None,
            (_, Some(why)) => {
                let open = List { items: Vec::new(), open: Some(Arc::clone(why)) };
                return Some(Value::new(Kind::List(Box::new(open)), protocol.span));
            }
            _ => {}
        }
    }
    let (from, to) = (source.get("from_port"), source.get("to_port"));
    let (from, to) = (from.or(to)?, to.or(from)?);
    Some(Value::list(vec![range(from.clone(), to.clone())], from.span.to(to.span)))
}

fn acl_direction(source: &Map) -> Value {
    match source.get("egress") {
        None => fact("ingress"),
        Some(value) => match &value.kind {
            Kind::Bool(egress) => retext(value, if *egress { "egress" } else { "ingress" }),
            Kind::Text(text) => retext(value, if text == "true" { "egress" } else { "ingress" }),
            _ => value.clone(),
        },
    }
}

fn azure(source: &Map) -> Map {
    let mut body = Map::new(source.head);
    body.open.clone_from(&source.open);
    let direction = source.get("direction").map(direction);
    let inward = direction.as_ref().is_none_or(|value| value.as_text() != Some("egress"));
    if let Some(direction) = direction {
        put(&mut body, "direction", source, "direction", direction);
    }
    if let Some(access) = source.get("access") {
        put(&mut body, "action", source, "access", lower_case(access));
    }
    if let Some(value) = source.get("protocol") {
        put(&mut body, "protocol", source, "protocol", protocol(value));
    }
    let ports = [source.get("destination_port_range"), source.get("destination_port_ranges")];
    if ports.iter().any(Option::is_some) {
        body.set("ports", port_texts(&ports));
    }
    let side = if inward {
        ["source_address_prefix", "source_address_prefixes"]
    } else {
        ["destination_address_prefix", "destination_address_prefixes"]
    };
    let prefixes: Vec<Option<&Value>> = side.iter().map(|key| source.get(key)).collect();
    if let Some(cidrs) = gather(&prefixes, |value| Some(azure_cidr(value))) {
        body.set("cidrs", cidrs);
    }
    copy(&mut body, "description", source, "description");
    body
}

fn azure_cidr(value: &Value) -> Value {
    match value.as_text().map(str::to_ascii_lowercase).as_deref() {
        Some("*" | "any" | "internet" | "0.0.0.0" | "<nw>/0") => retext(value, ANYWHERE),
        _ => value.clone(),
    }
}

/// A rule for incoming traffic that names no source at all holds for every source.
fn google_cidrs(body: &mut Map, owner: &Map, direction: &Value) {
    let egress = direction.as_text() == Some("egress");
    let key = if egress { "destination_ranges" } else { "source_ranges" };
    let others: &[&str] = if egress { &[] } else { &["source_tags", "source_service_accounts"] };
    if let Some(ranges) = owner.get(key) {
        put(body, "cidrs", owner, key, super::listed(ranges));
    } else if owner.open.is_none() && others.iter().all(|other| owner.get(other).is_none()) {
        body.set("cidrs", Value::list(vec![fact(ANYWHERE)], Span::NONE));
    }
}

fn lower_case(value: &Value) -> Value {
    match value.as_text() {
        Some(text) => retext(value, &text.to_ascii_lowercase()),
        None => value.clone(),
    }
}

/// Whose rule it is.
fn provider(kind: &str) -> &'static str {
    match kind.split('_').next() {
        Some("azurerm") => "azure",
        Some("google") => "gcp",
        _ => "aws",
    }
}

/// `Inbound`, `INGRESS` → `ingress`
fn direction(value: &Value) -> Value {
    match value.as_text().map(str::to_ascii_lowercase).as_deref() {
        Some("inbound" | "ingress") => retext(value, "ingress"),
        Some("outbound" | "egress") => retext(value, "egress"),
        _ => value.clone(),
    }
}

/// The name of a protocol, whatever the provider calls it.
fn protocol(value: &Value) -> Value {
    let text = match &value.kind {
        Kind::Text(text) => text.as_str().to_ascii_lowercase(),
        Kind::Number(number) => number.to_string(),
        _ => return value.clone(),
    };
    retext(
        value,
        match text.as_str() {
            "-1" | "*" | "all" | "any" => "all",
            "6" => "tcp",
            "17" => "udp",
            "1" => "icmp",
            other => other,
        },
    )
}

fn range(from: Value, to: Value) -> Value {
    let span = from.span.to(to.span);
    let mut map = Map::new(span);
    map.set("from", from);
    map.set("to", to);
    Value::map(map, span)
}

fn every_port(span: Span) -> Value {
    let (from, to) = ALL_PORTS;
    Value::list(vec![range(Value::number(from, span), Value::number(to, span))], span)
}

/// Ports written as `22`, `8000-8080` or `*`.
fn port_texts(values: &[Option<&Value>]) -> Value {
    let convert = |value: &Value| {
        let number = |text: &str| text.trim().parse::<i64>().ok();
        let (from, to) = match &value.kind {
            Kind::Number(_) => return Some(range(value.clone(), value.clone())),
            Kind::Text(text) if text.trim() == "*" => ALL_PORTS,
            Kind::Text(text) => match text.split_once('-') {
                Some((from, to)) => (number(from)?, number(to)?),
                None => (number(text)?, number(text)?),
            },
            // A range of which an end is not known is an unknown element.
            Kind::Template(_) => {
                let why = value.why()?;
                return Some(Value::new(Kind::Unknown(Arc::clone(why)), value.span));
            }
            _ => return Some(value.clone()),
        };
        let end = |number: i64| {
            let mut end = value.clone();
            end.kind = Kind::Number(number.into());
            end
        };
        Some(range(end(from), end(to)))
    };
    gather(values, convert).unwrap_or_else(|| Value::list(Vec::new(), Span::NONE))
}
