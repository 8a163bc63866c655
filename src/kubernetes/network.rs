//! The view `network_rule` of network policies: what each lets through to and from the pods that it selects.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_model::{Field, Kind, List, Local, Lowered, Map, Reason, Resource, Value, Why};
use stockade_source::Span;

use crate::object::{Addresses, Object, clipped};

/// Every port.
const ALL_PORTS: (i64, i64) = (0, 65_535);

/// Every address, as all providers' rules say it.
const ANYWHERE: &str = "0.0.0.0/0";

/// How much of a policy's address the addresses of its rules repeat.
const ADDRESS: usize = 1024;

/// Adds the rules of an object that is a network policy. What no rule allows is denied, and there is no item for that.
pub(crate) fn views(lowered: &mut Lowered, object: &Object, addresses: &mut Addresses) {
    let policy = &lowered.resources[object.at.0 as usize];
    if policy.kind != "NetworkPolicy" {
        return;
    }
    let rules = rules(policy);
    let base = CompactString::from(clipped(&policy.address, ADDRESS));
    for (suffix, body, span) in rules {
        let policy = &lowered.resources[object.at.0 as usize];
        let mut resource = Resource::new(policy.technology, "network_rule", body, span);
        resource.name = policy.name.clone();
        resource.address = addresses.unique(format_compact!("{base}/{suffix}"));
        resource.instance = policy.instance.clone();
        resource.via = policy.via;
        resource.view = true;
        let head = resource.head();
        let at: Local = lowered.add(resource);
        lowered.link(at, object.at, "rule_of", head);
    }
}

/// What stands behind the policy's address, the body and the place of each rule.
type Rule = (CompactString, Map, Span);

fn rules(policy: &Resource) -> Vec<Rule> {
    let mut out = Vec::new();
    let Some(spec) = policy.body.get("spec") else { return out };
    let Some(map) = spec.as_map() else { return out };
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        match is_in_force(map, direction) {
            Some(true) => {}
            Some(false) => continue,
            None => {
                let why = map.get("policyTypes").and_then(crate::selector::unknown).or_else(|| map.open.clone());
                out.extend(why.map(|why| unknown(policy, direction, &why)));
                continue;
            }
        }
        let Some(value) = map.get(direction) else {
            out.extend(map.open.as_ref().map(|why| unknown(policy, direction, why)));
            continue;
        };
        for (at, item) in value.items().iter().enumerate() {
            match &item.kind {
                Kind::Map(rule) => of_rule(direction, peers, at, rule, item.span, &mut out),
                Kind::Unknown(why) => out.push(unknown(policy, direction, why)),
                _ => {}
            }
        }
        let open = match &value.kind {
            Kind::List(list) => list.open.as_ref(),
            _ => value.why(),
        };
        out.extend(open.map(|why| unknown(policy, direction, why)));
    }
    out
}

/// Whether the policy is about a direction: as `policyTypes` says, or else about ingress, and about egress if it has
/// rules for it. `None` where that is not known.
fn is_in_force(spec: &Map, direction: &str) -> Option<bool> {
    let Some(types) = spec.get("policyTypes").filter(|types| !types.is_null()) else {
        return match spec.open {
            Some(_) => None,
            None => Some(direction == "ingress" || spec.get("egress").is_some_and(|rules| !rules.is_null())),
        };
    };
    let list = types.as_list()?;
    // An empty list is as good as none.
    if list.items.is_empty() && list.open.is_none() {
        return Some(direction == "ingress" || spec.get("egress").is_some_and(|rules| !rules.is_null()));
    }
    let named = list.items.iter().any(|item| item.as_text().is_some_and(|text| text.eq_ignore_ascii_case(direction)));
    let open = list.open.is_some() || list.items.iter().any(|item| item.why().is_some());
    if named { Some(true) } else { (!open).then_some(false) }
}

fn unknown(policy: &Resource, direction: &str, why: &Arc<Why>) -> Rule {
    let mut body = Map::new(policy.head());
    body.open = Some(Arc::clone(why));
    body.set("provider", fact("kubernetes"));
    body.set("direction", fact(direction));
    body.set("action", fact("allow"));
    (format_compact!("{direction}[*]"), body, policy.span)
}

/// A rule is one item for each protocol.
fn of_rule(direction: &str, peers: &str, at: usize, rule: &Map, span: Span, out: &mut Vec<Rule>) {
    let mut base = Map::new(rule.head);
    base.open.clone_from(&rule.open);
    base.set("provider", fact("kubernetes"));
    base.set("direction", fact(direction));
    base.set("action", fact("allow"));
    of_peers(&mut base, rule, peers);
    let ports = rule.field("ports").filter(|field| !field.value.is_null());
    let items = ports.map_or(&[][..], |field| field.value.items());
    let unknown = ports.and_then(|field| match &field.value.kind {
        Kind::List(list) => list.open.as_ref(),
        _ => field.value.why(),
    });
    let Some(field) = ports.filter(|_| !items.is_empty() || unknown.is_some()) else {
        if rule.open.is_none() {
            base.set("protocol", fact("all"));
            base.set("ports", every_port());
        }
        return out.push((format_compact!("{direction}[{at}]"), base, span));
    };
    let mut protocols: Vec<(CompactString, Value, List)> = Vec::new();
    for item in items {
        let (name, value) = protocol(item);
        let known = protocols.iter().position(|(known, ..)| *known == name || known == OTHERS);
        let known = known.unwrap_or_else(|| {
            let name = if protocols.len() < PROTOCOLS { name } else { OTHERS.into() };
            protocols.push((name, value, List { items: Vec::new(), open: unknown.cloned() }));
            protocols.len() - 1
        });
        protocols[known].2.items.push(port(item));
    }
    if protocols.is_empty() {
        let list = List { items: Vec::new(), open: unknown.cloned() };
        base.open = base.open.or_else(|| unknown.cloned());
        protocols.push((CompactString::default(), Value::new(Kind::Null, Span::NONE), list));
    }
    for (name, protocol, list) in protocols {
        let mut body = base.clone();
        if !protocol.is_null() {
            body.set("protocol", protocol);
        }
        let value = Value::new(Kind::List(Box::new(list)), field.value.span);
        body.insert("ports", Field { key: field.key, entry: field.entry, value });
        let suffix =
            if name.is_empty() { CompactString::default() } else { format_compact!("/{}", clipped(&name, 16)) };
        out.push((format_compact!("{direction}[{at}]{suffix}"), body, span));
    }
}

/// How many protocols one rule is split into; Kubernetes knows three.
const PROTOCOLS: usize = 4;

/// What stands for the rest of them.
const OTHERS: &str = "others";

/// The protocol of an entry of `ports`: its name, and the value that a rule has for it.
fn protocol(port: &Value) -> (CompactString, Value) {
    match port.get("protocol").filter(|protocol| !protocol.is_null()) {
        None => match port.as_map().and_then(|map| map.open.as_ref()).or(port.why()) {
            Some(why) => ("?".into(), Value::new(Kind::Unknown(Arc::clone(why)), port.span)),
            None => ("tcp".into(), fact("tcp")),
        },
        Some(value) => match value.as_text() {
            Some(text) => {
                let name = CompactString::from(text.to_ascii_lowercase());
                (name.clone(), Value { kind: Kind::Text(name), ..value.clone() })
            }
            None => ("?".into(), value.clone()),
        },
    }
}

/// An entry of `ports` as a range. Which number a named port has is the pods' matter.
fn port(item: &Value) -> Value {
    let Some(map) = item.as_map() else { return item.clone() };
    let number = |value: &Value| {
        let number = match &value.kind {
            Kind::Number(number) => number.as_i64(),
            Kind::Text(text) => text.parse().ok(),
            _ => None,
        };
        number.map(|number| Value { kind: Kind::Number(number.into()), ..value.clone() })
    };
    let Some(from) = map.get("port").filter(|port| !port.is_null()) else {
        return match &map.open {
            Some(why) => Value::new(Kind::Unknown(Arc::clone(why)), item.span),
            None => all_ports(),
        };
    };
    let Some(low) = number(from) else {
        let named = || Arc::new(Why { reason: Reason::Missing, subject: "the named port".into(), span: from.span });
        return Value { kind: Kind::Unknown(from.why().cloned().unwrap_or_else(named)), ..from.clone() };
    };
    let end = map.get("endPort").filter(|end| !end.is_null());
    let high = end.map_or_else(|| low.clone(), |end| number(end).unwrap_or_else(|| end.clone()));
    let span = end.map_or(from.span, |end| from.span.to(end.span));
    let mut range = Map::new(span);
    range.set("from", low);
    range.set("to", high);
    Value::map(range, span)
}

/// Who is on the other side: `cidrs` and what they leave out, `peers` as written.
fn of_peers(body: &mut Map, rule: &Map, key: &str) {
    let peers = rule.field(key).filter(|field| !field.value.is_null());
    let items = peers.map_or(&[][..], |field| field.value.items());
    let unknown = peers.and_then(|field| match &field.value.kind {
        Kind::List(list) => list.open.as_ref(),
        _ => field.value.why(),
    });
    let mut cidrs = List { items: Vec::new(), open: unknown.cloned() };
    let Some(field) = peers.filter(|_| !items.is_empty() || unknown.is_some()) else {
        // No peers are all peers.
        if rule.open.is_none() {
            cidrs.items.push(fact(ANYWHERE));
            body.set("cidrs", Value::new(Kind::List(Box::new(cidrs)), Span::NONE));
        }
        return;
    };
    let mut except = List::default();
    let mut entry: Option<&Field> = None;
    for item in items {
        if let Some(why) = item.why() {
            cidrs.open.get_or_insert_with(|| Arc::clone(why));
        }
        let Some(block) = item.get("ipBlock") else {
            if let Some(why) = item.as_map().and_then(|map| map.open.as_ref()) {
                cidrs.open.get_or_insert_with(|| Arc::clone(why));
            }
            continue;
        };
        match block.as_map() {
            Some(map) => {
                entry = entry.or(map.field("cidr"));
                cidrs.items.extend(map.get("cidr").cloned());
                except.items.extend(map.get("except").map_or(&[][..], Value::items).iter().cloned());
            }
            None => {
                if let Some(why) = block.why() {
                    cidrs.open.get_or_insert_with(|| Arc::clone(why));
                }
            }
        }
    }
    let span = match cidrs.items.as_slice() {
        [] => field.value.span,
        [first, .., last] => first.span.to(last.span),
        [only] => only.span,
    };
    let single = entry.filter(|_| cidrs.items.len() == 1);
    let (key, whole) = single.map_or((field.key, field.entry), |field| (field.key, field.entry));
    let value = Value::new(Kind::List(Box::new(cidrs)), span);
    body.insert("cidrs", Field { key, entry: whole, value });
    if !except.items.is_empty() {
        body.set("except", Value::new(Kind::List(Box::new(except)), field.value.span));
    }
    body.insert("peers", field.clone());
}

/// Something that no text says by itself.
fn fact(text: &str) -> Value {
    Value::text(text, Span::NONE)
}

fn every_port() -> Value {
    Value::list(vec![all_ports()], Span::NONE)
}

fn all_ports() -> Value {
    let (from, to) = ALL_PORTS;
    let mut range = Map::new(Span::NONE);
    range.set("from", Value::number(from, Span::NONE));
    range.set("to", Value::number(to, Span::NONE));
    Value::map(range, Span::NONE)
}
