//! The views that the engine computes.

use stockade_model::{Kind, Resource, ResourceId, Value};

use super::Fixture;
use crate::Truth::{False, True, Unknown};

fn items<'f>(fixture: &'f Fixture, kind: &str) -> Vec<(ResourceId, &'f Resource)> {
    fixture.graph.of_kind(kind).iter().map(|id| (*id, fixture.graph.resource(*id))).collect()
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    value.map(Value::items).unwrap_or_default().iter().map(|item| item.as_text().unwrap_or("?")).collect()
}

/// The direction, action, protocol, ports and networks of every rule.
fn rules(text: &str) -> Vec<String> {
    let fixture = Fixture::new(text);
    let text = |value: Option<&Value>| match value.map(|value| &value.kind) {
        Some(Kind::Text(text)) => text.to_string(),
        Some(Kind::Unknown(_)) => "?".to_owned(),
        _ => "-".to_owned(),
    };
    let number = |value: Option<&Value>| match value.map(|value| &value.kind) {
        Some(Kind::Number(number)) => number.to_string(),
        Some(Kind::Unknown(_)) => "?".to_owned(),
        _ => "-".to_owned(),
    };
    let list = |value: Option<&Value>, each: &dyn Fn(&Value) -> String| match value.and_then(Value::as_list) {
        None => "-".to_owned(),
        Some(list) => {
            let mut all: Vec<String> = list.items.iter().map(each).collect();
            all.extend(list.open.iter().map(|_| "…".to_owned()));
            all.join(",")
        }
    };
    let rows = items(&fixture, "network_rule").into_iter().map(|(_, rule)| {
        let get = |key: &str| rule.body.get(key);
        let ports = list(get("ports"), &|port| format!("{}-{}", number(port.get("from")), number(port.get("to"))));
        let cidrs = list(get("cidrs"), &|cidr| text(Some(cidr)));
        format!("{} {} {} {ports} {cidrs}", text(get("direction")), text(get("action")), text(get("protocol")))
    });
    rows.collect()
}

#[test]
fn aws_blocks() {
    let text = "
- kind: aws_security_group
  name: web
  body:
    ingress:
      - {protocol: tcp, from_port: 22, to_port: 22, cidr_blocks: [0.0.0.0/0], ipv6_cidr_blocks: ['::/0']}
      - {protocol: '-1', from_port: 0, to_port: 0, cidr_blocks: [10.0.0.0/8, ~unknown]}
      - {protocol: icmp, from_port: 8, to_port: 0, cidr_blocks: ~unknown}
    egress: [{protocol: ~unknown, from_port: 1, to_port: 2}]
";
    assert_eq!(
        rules(text),
        [
            "ingress allow tcp 22-22 0.0.0.0/0,::/0",
            "ingress allow all 0-65535 10.0.0.0/8,?",
            "ingress allow icmp - …",
            "egress allow ? … -",
        ]
    );
    let fixture = Fixture::new(text);
    let rules = items(&fixture, "network_rule");
    assert_eq!(rules[1].1.address, "aws_security_group.web/ingress[1]");
    assert!(rules[1].1.view && rules[1].1.name == "web");
    assert_eq!(fixture.ask(rules[0].0.0, "rule_of.ingress is not absent"), True);
    assert_eq!(fixture.ask(0, "some network_rule:\n  - ports covers 22\n  - cidrs covers 0.0.0.0/0"), True);
    let cidr = rules[0].1.body.get("cidrs").expect("cidrs").items()[0].span;
    assert_eq!(fixture.text(cidr), "0.0.0.0/0");
}

#[test]
fn aws_single_rules() {
    assert_eq!(
        rules("
- {kind: aws_security_group_rule, body: {type: egress, protocol: '6', from_port: 80, to_port: 90, cidr_blocks: [10.0.0.0/8]}}
- {kind: aws_vpc_security_group_ingress_rule, body: {ip_protocol: '-1', cidr_ipv4: 0.0.0.0/0}}
- {kind: aws_vpc_security_group_egress_rule, body: {ip_protocol: udp, from_port: 53, to_port: 53, cidr_ipv6: '::/0'}}
- {kind: aws_network_acl_rule, body: {egress: true, rule_action: ALLOW, protocol: -1, cidr_block: 0.0.0.0/0}}
- {kind: aws_network_acl, body: {ingress: [{action: deny, protocol: tcp, from_port: 22, to_port: 22, cidr_block: 0.0.0.0/0}]}}
"),
        [
            "egress allow tcp 80-90 10.0.0.0/8",
            "ingress allow all 0-65535 0.0.0.0/0",
            "egress allow udp 53-53 ::/0",
            "egress allow all 0-65535 0.0.0.0/0",
            "ingress deny tcp 22-22 0.0.0.0/0",
        ]
    );
}

#[test]
fn unknown_blocks_leave_a_rule_of_which_nothing_is_known() {
    let fixture = Fixture::new("- {kind: aws_security_group, name: a, body: {ingress: ~unknown}}");
    assert_eq!(fixture.ask(0, "some network_rule:\n  cidrs covers 0.0.0.0/0"), Unknown);
    assert_eq!(fixture.ask(0, "some network_rule:\n  direction is egress"), False);
}

#[test]
fn azure() {
    assert_eq!(
        rules("
- kind: azurerm_network_security_group
  body:
    security_rule:
      - {direction: Inbound, access: Allow, protocol: Tcp, destination_port_range: 22-23, source_address_prefix: '*'}
      - {direction: Outbound, access: Deny, protocol: '*', destination_port_range: '*', destination_address_prefix: Internet}
- kind: azurerm_network_security_rule
  body: {direction: Inbound, access: Allow, protocol: Udp, destination_port_ranges: ['53', 80-~~], source_address_prefixes: [10.0.0.0/8]}
"),
        [
            "ingress allow tcp 22-23 0.0.0.0/0",
            "egress deny all 0-65535 0.0.0.0/0",
            "ingress allow udp 53-53,--- 10.0.0.0/8",
        ]
    );
}

#[test]
fn google() {
    assert_eq!(
        rules("
- {kind: google_compute_firewall, body: {allow: [{protocol: tcp, ports: ['22', 8000-8080]}, {protocol: icmp}], source_ranges: [0.0.0.0/0]}}
- {kind: google_compute_firewall, body: {direction: EGRESS, deny: [{protocol: all}], destination_ranges: [10.0.0.0/8]}}
- {kind: google_compute_firewall, body: {allow: [{protocol: udp}]}}
- {kind: google_compute_firewall, body: {allow: [{protocol: udp}], source_tags: [web]}}
- {kind: google_compute_firewall, body: {allow: [{protocol: udp}], disabled: true}}
"),
        [
            "ingress allow tcp 22-22,8000-8080 0.0.0.0/0",
            "ingress allow icmp - 0.0.0.0/0",
            "egress deny all 0-65535 10.0.0.0/8",
            "ingress allow udp 0-65535 0.0.0.0/0",
            "ingress allow udp 0-65535 -",
        ]
    );
}

#[test]
fn statements_of_json() {
    let fixture = Fixture::new(
        r#"
- kind: aws_sqs_queue_policy
  name: q
  body:
    policy: '{"Statement": {"Sid": "s", "Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": ["*"], "Condition": {"Bool": {"aws:Secure": "true"}}}}'
- kind: aws_iam_role
  name: r
  body:
    assume_role_policy: '{json}{"Statement": [{"Effect": "Allow", "Principal": {"AWS": ["a", "b"]}, "Action": ["sts:AssumeRole"]}]}'
    inline_policy: [{policy: ~unknown}]
"#,
    );
    let found = items(&fixture, "policy_statement");
    let addresses: Vec<&str> = found.iter().map(|(_, item)| item.address.as_str()).collect();
    assert_eq!(
        addresses,
        [
            "aws_sqs_queue_policy.q/policy.Statement[0]",
            "aws_iam_role.r/assume_role_policy.Statement[0]",
            "aws_iam_role.r/inline_policy[0].policy[*]",
        ]
    );
    let body = &found[0].1.body;
    assert_eq!((texts(body.get("actions")), texts(body.get("resources"))), (vec!["sqs:*"], vec!["*"]));
    let principal = &body.get("principals").expect("principals").items()[0];
    assert_eq!(
        (principal.get("type").and_then(Value::as_text), texts(principal.get("identifiers"))),
        (Some("*"), vec!["*"])
    );
    let condition = &body.get("conditions").expect("conditions").items()[0];
    assert_eq!(condition.get("variable").and_then(Value::as_text), Some("aws:Secure"));
    let span = body.get("effect").expect("an effect").span;
    assert!(fixture.text(span).starts_with("'{\"Statement\""), "the place of the whole text");
    assert_eq!(
        fixture.ask(
            0,
            "some policy_statement:\n  - effect is Allow\n  - some principals:\n      identifiers contains '*'"
        ),
        True
    );
    assert_eq!(
        fixture.ask(1, "some policy_statement:\n  actions contains 'iam:*'"),
        Unknown,
        "the inline policy is not known"
    );
    assert_eq!(texts(found[1].1.body.get("principals").expect("principals").items()[0].get("identifiers")), ["a", "b"]);
}

#[test]
fn statements_of_documents_belong_to_whatever_uses_them() {
    let fixture = Fixture::new(
        "
- {kind: aws_iam_policy, name: p, body: {policy: '@1'}}
- {kind: data.aws_iam_policy_document, name: d, body: {statement: [{actions: ['*'], resources: ['*']}], source_policy_documents: ['@2']}}
- {kind: data.aws_iam_policy_document, name: base, body: {statement: [{effect: Deny, actions: ['s3:*']}]}}
",
    );
    assert_eq!(fixture.ask(0, "some policy_statement:\n  - effect is Allow\n  - actions contains '*'"), True);
    assert_eq!(fixture.ask(0, "some policy_statement:\n  effect is Deny"), True, "through the other document");
    assert_eq!(fixture.ask(2, "some policy_statement:\n  effect is Allow"), False);
    let found = items(&fixture, "policy_statement");
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].1.address, "data.aws_iam_policy_document.d/statement[0]");
}
