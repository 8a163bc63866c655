//! Network policies: their rules, and the pods that they select.

use super::*;

fn rules(spec: &str) -> Vec<String> {
    let text =
        format!("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: rules}}\nspec: {spec}\n");
    let lowered = lowered(&text);
    let rules = lowered.resources.iter().filter(|resource| resource.kind == "network_rule");
    rules.map(said).collect()
}

/// Direction, protocol, ports, networks and what they leave out.
fn said(rule: &Resource) -> String {
    let text = |value: &Value| match &value.kind {
        Kind::Text(text) => text.to_string(),
        Kind::Number(number) => number.to_string(),
        _ => "?".to_owned(),
    };
    let field = |key: &str| rule.body.get(key).map_or("-".to_owned(), text);
    let list = |key: &str, each: &dyn Fn(&Value) -> String| {
        rule.body.get(key).map_or("-".to_owned(), |list| list.items().iter().map(each).collect::<Vec<_>>().join(","))
    };
    let range = |value: &Value| {
        value.as_map().map_or("?".to_owned(), |map| {
            format!("{}-{}", text(map.get("from").unwrap()), text(map.get("to").unwrap()))
        })
    };
    let open = if rule.body.open.is_some() { " open" } else { "" };
    let (ports, cidrs, except) = (list("ports", &range), list("cidrs", &text), list("except", &text));
    format!("{} {} {ports} {cidrs} {except}{open}", field("direction"), field("protocol"))
}

#[test]
fn rules_say_what_they_let_through() {
    assert_eq!(rules("{podSelector: {}, ingress: [{}]}"), ["ingress all 0-65535 0.0.0.0/0 -"]);
    assert_eq!(rules("{podSelector: {}, ingress: [{from: [], ports: []}]}"), ["ingress all 0-65535 0.0.0.0/0 -"]);
    assert_eq!(
        rules(
            "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}, {ipBlock: {cidr: '::/0'}}], ports: [{port: 22}, {port: 8000, endPort: 8080}, {port: 53, protocol: UDP}, {protocol: SCTP}]}]}"
        ),
        [
            "ingress tcp 22-22,8000-8080 0.0.0.0/0,::/0 10.0.0.0/8",
            "ingress udp 53-53 0.0.0.0/0,::/0 10.0.0.0/8",
            "ingress sctp 0-65535 0.0.0.0/0,::/0 10.0.0.0/8",
        ]
    );
    // Pods are no addresses, and a named port may have any number.
    assert_eq!(
        rules("{podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: http}]}]}"),
        ["ingress tcp ?  -"]
    );
}

#[test]
fn types_of_a_policy_have_defaults() {
    let both = "ingress: [{}], egress: [{}]";
    let of = |rest: &str| {
        let rules = rules(&format!("{{podSelector: {{}}, {rest}}}"));
        rules.iter().map(|rule| rule.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of(both), ["ingress", "egress"]);
    assert_eq!(of(&format!("{both}, policyTypes: [Ingress]")), ["ingress"]);
    assert_eq!(of(&format!("{both}, policyTypes: [Egress]")), ["egress"]);
    assert_eq!(of(&format!("{both}, policyTypes: []")), ["ingress", "egress"]);
    assert_eq!(of("policyTypes: [Ingress, Egress]"), [""; 0], "nothing is let through");
    assert_eq!(of("ingress: []"), [""; 0]);
}

#[test]
fn a_page_asks_what_a_policy_lets_in() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: rules}\nspec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 20, endPort: 30}]}]}\n";
    let cond = "- direction is ingress\n- cidrs covers 0.0.0.0/0\n- ports covers 22\n- provider is kubernetes";
    assert_eq!(asked(lowered(text), "network_rule", cond)[0], ["NetworkPolicy/default/rules/ingress[0]/tcp"]);
    let owner = "- some network_rule:\n    - cidrs covers 0.0.0.0/0\n    - ports covers 22";
    assert_eq!(asked(lowered(text), "NetworkPolicy", owner)[0], ["NetworkPolicy/default/rules"]);
}

const POD: &str = "\
{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: a, labels: {app: web, tier: front}}, spec: {containers: [{name: c, image: i}]}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: rules, namespace: NAMESPACE}, spec: {podSelector: SELECTOR}}
";

#[test]
fn a_page_asks_for_pods_that_no_policy_selects() {
    let asked = |namespace: &str, selector: &str| {
        let text = POD.replace("NAMESPACE", namespace).replace("SELECTOR", selector);
        asked(lowered(&text), "pod", "- no NetworkPolicy").map(|addresses| addresses.len())
    };
    assert_eq!(asked("a", "{}"), [0, 0]);
    assert_eq!(asked("b", "{}"), [1, 0]);
    assert_eq!(asked("'{{ space }}'", "{}"), [0, 1]);
    assert_eq!(asked("a", "{matchLabels: {app: '{{ app }}'}}"), [0, 1]);
    assert_eq!(asked("a", "{matchLabels: {app: web}}"), [0, 0]);
    assert_eq!(asked("a", "{matchLabels: {app: web, tier: back}}"), [1, 0]);
    assert_eq!(asked("a", "{matchExpressions: [{key: app, operator: In, values: [db, web]}]}"), [0, 0]);
    assert_eq!(asked("a", "{matchExpressions: [{key: app, operator: NotIn, values: [db, web]}]}"), [1, 0]);
    assert_eq!(
        asked("a", "{matchExpressions: [{key: app, operator: Exists}, {key: other, operator: DoesNotExist}]}"),
        [0, 0]
    );
}

/// A Terraform project of resources whose bodies are written as YAML; `~NAME` is unknown.
fn project(resources: &[(&str, &str, &str)]) -> Lowered {
    let mut lowered = Lowered::new(".");
    for (address, kind, body) in resources {
        let mut resource = terraform(kind, body);
        resource.address = (*address).into();
        let mut body = Value::map(resource.body, Span::NONE);
        mark(&mut body);
        let Kind::Map(body) = body.kind else { panic!("no mapping") };
        resource.body = *body;
        lowered.add(resource);
    }
    extend(&mut lowered);
    lowered
}

fn mark(value: &mut Value) {
    match &mut value.kind {
        Kind::List(list) => list.items.iter_mut().for_each(mark),
        Kind::Map(map) => map.iter_mut().for_each(|(_, field)| mark(&mut field.value)),
        Kind::Text(text) => {
            if let Some(subject) = text.strip_prefix('~') {
                let reason = if subject.starts_with("each") {
                    stockade_model::Reason::Loop
                } else {
                    stockade_model::Reason::Variable
                };
                let why = stockade_model::Why { reason, subject: subject.into(), span: value.span };
                value.kind = Kind::Unknown(std::sync::Arc::new(why));
            }
        }
        _ => {}
    }
}

#[test]
fn what_is_not_known_may_select() {
    let asked = |pod: (&str, &str), policy: (&str, &str)| {
        let pod_body = format!("metadata: [{{name: p, {}}}]\nspec: [{{container: [{{name: c, image: i}}]}}]\n", pod.1);
        let policy_body = format!("metadata: [{{name: rules}}]\nspec: [{{pod_selector: [{}]}}]\n", policy.1);
        let policy_body = policy_body.replace("name: rules}", &format!("name: rules, {}}}", "namespace: a"));
        let lowered =
            project(&[(pod.0, "kubernetes_pod", &pod_body), (policy.0, "kubernetes_network_policy", &policy_body)]);
        super::asked(lowered, "pod", "- no NetworkPolicy").map(|addresses| addresses.len())
    };
    let web = "{match_labels: {app: ~var.app}}";
    let (pod, policy) = ("kubernetes_pod.p", "kubernetes_network_policy.n");
    // The same expression is the same value, in one module.
    assert_eq!(asked((pod, "namespace: a, labels: {app: ~var.app}"), (policy, web)), [0, 0]);
    assert_eq!(asked(("module.x.kubernetes_pod.p", "namespace: a, labels: {app: ~var.app}"), (policy, web)), [0, 1]);
    assert_eq!(asked((pod, "namespace: a, labels: {app: web}"), (policy, web)), [0, 1]);
    assert_eq!(asked((pod, "namespace: a, labels: {other: web}"), (policy, web)), [1, 0]);
    assert_eq!(asked((pod, "namespace: a, labels: ~var.labels"), (policy, web)), [0, 1]);
    assert_eq!(asked((pod, "namespace: a, labels: ~var.labels"), (policy, "{}")), [0, 0]);
    assert_eq!(asked((pod, "namespace: ~var.ns, labels: {app: web}"), (policy, "{}")), [0, 1]);
    assert_eq!(asked((pod, "namespace: b, labels: {app: web}"), (policy, web)), [1, 0]);
    // Each turn of a loop has another value.
    let each = "{match_labels: {app: ~each.value}}";
    assert_eq!(asked((pod, "namespace: a, labels: {app: ~each.value}"), (policy, each)), [0, 1]);
}

#[test]
fn many_pods_and_their_policies() {
    const PODS: usize = 9000;
    let mut text = String::from("apiVersion: v1\nkind: PodList\nitems:\n");
    for at in 0..PODS {
        text.push_str(&format!(
            "- {{metadata: {{name: p{at}, labels: {{app: web, id: '{at}'}}}}, spec: {{containers: []}}}}\n"
        ));
    }
    for at in 0..PODS {
        text.push_str(&format!(
            "---\n{{apiVersion: v1, kind: Service, metadata: {{name: s{at}}}, spec: {{selector: {{app: web, id: '{at}'}}}}}}\n"
        ));
    }
    for selector in ["{}", "{matchLabels: {app: web}}", "{matchExpressions: [{key: app, operator: In, values: [web]}]}"]
    {
        text.push_str(&format!(
            "---\n{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: all}}, spec: {{podSelector: {selector}}}}}\n"
        ));
    }
    let lowered = lowered(&text);
    // Each service is held against one pod, each policy against every pod.
    assert_eq!(edges(&lowered, "selects").len(), 4 * PODS);
    assert_eq!(lowered.incomplete, []);
    assert_eq!(Graph::new([lowered]).of_kind("pod").len(), PODS);
}
