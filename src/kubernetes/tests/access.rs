//! What roles allow, and to whom.

use super::*;

pub(super) const ROLES: &str = "\
{apiVersion: v1, kind: ServiceAccount, metadata: {name: deployer, namespace: ci}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: idle, namespace: ci}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: everything, namespace: ignored}
rules:
- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}
- {nonResourceURLs: [/metrics], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: deploys}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: everything}
subjects:
- {kind: ServiceAccount, name: deployer, namespace: ci}
- {kind: Group, name: 'ops', apiGroup: rbac.authorization.k8s.io}
---
{apiVersion: v1, kind: Pod, metadata: {name: run, namespace: ci}, spec: {serviceAccountName: deployer, containers: [{name: c, image: i}]}}
";

fn statements(lowered: &Lowered) -> Vec<&Resource> {
    lowered.resources.iter().filter(|resource| resource.kind == "policy_statement").collect()
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    value.map(Value::items).unwrap_or_default().iter().map(|item| item.as_text().unwrap_or("?")).collect()
}

#[test]
fn rules_are_statements() {
    let lowered = lowered(ROLES);
    let all = statements(&lowered);
    assert_eq!(
        all.iter().map(|item| item.address.as_str()).collect::<Vec<_>>(),
        ["ClusterRole/ignored/everything/rules[0]", "ClusterRole/ignored/everything/rules[1]",]
    );
    let body = &all[0].body;
    assert_eq!(texts(body.get("actions")), ["*"]);
    assert_eq!((texts(body.get("api_groups")), texts(body.get("resources"))), (vec!["*"], vec!["*"]));
    assert_eq!(body.get("effect").and_then(Value::as_text), Some("Allow"));
    assert_eq!(body.get("actions").unwrap().span, {
        let start = starts(ROLES, "['*']}\n- {non");
        Span::new(FileId(0), start, start + 5)
    });
    assert_eq!((texts(all[1].body.get("non_resource_urls")), all[1].body.get("resources")), (vec!["/metrics"], None));
    let principals = body.get("principals").unwrap().items();
    let principal = |at: usize| {
        ["type", "namespace", "scope"].map(|key| principals[at].get(key).and_then(Value::as_text).unwrap_or("-"))
    };
    assert_eq!(principal(0), ["ServiceAccount", "ci", "cluster"]);
    assert_eq!(texts(principals[0].get("identifiers")), ["deployer"]);
    assert_eq!(principal(1), ["Group", "-", "cluster"]);
    let one: Vec<String> = edges(&lowered, "statement_of").into_iter().filter(|edge| edge.contains("[0]")).collect();
    assert_eq!(
        one,
        [
            "ClusterRole/ignored/everything/rules[0] -> ClusterRole/ignored/everything",
            "ClusterRole/ignored/everything/rules[0] -> ClusterRoleBinding/default/deploys",
        ]
    );
    let one: Vec<String> = edges(&lowered, "granted_to").into_iter().filter(|edge| edge.contains("[0]")).collect();
    assert_eq!(
        one,
        [
            "ClusterRole/ignored/everything/rules[0] -> ServiceAccount/ci/deployer",
            "ClusterRole/ignored/everything/rules[0] -> Pod/ci/run/pod",
        ]
    );
}

#[test]
fn a_page_asks_for_accounts_bound_to_wildcard_roles() {
    let cond = "- some policy_statement:\n    - actions contains '*'\n    - resources contains '*'";
    assert_eq!(asked(lowered(ROLES), "ServiceAccount", cond), [vec!["ServiceAccount/ci/deployer".to_owned()], vec![]]);
    assert_eq!(asked(lowered(ROLES), "pod", cond), [vec!["Pod/ci/run/pod".to_owned()], vec![]]);
    let through = "- some serviceAccountName.policy_statement:\n    - actions contains '*'";
    assert_eq!(asked(lowered(ROLES), "pod", through), [vec!["Pod/ci/run/pod".to_owned()], vec![]]);
    let scoped = "- actions contains '*'\n- some principals:\n    - type is ServiceAccount\n    - scope is cluster";
    assert_eq!(asked(lowered(ROLES), "policy_statement", scoped)[0].len(), 1);
    let binding = "- some roleRef.rules:\n    verbs contains '*'";
    assert_eq!(asked(lowered(ROLES), "ClusterRoleBinding", binding)[0].len(), 1);
}

pub(super) const ELSEWHERE: &str = "\
{apiVersion: v1, kind: Pod, metadata: {name: run, namespace: ci}, spec: {containers: [{name: c, image: i}]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ROLE_BINDING
metadata: {name: b, namespace: ci}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: NAME}
subjects: [SUBJECT]
";

#[test]
fn roles_and_accounts_may_be_declared_elsewhere() {
    let asked = |kind: &str, role: &str, subject: &str| {
        let text = ELSEWHERE.replace("ROLE_BINDING", kind).replace("NAME", role).replace("SUBJECT", subject);
        let [yes, unknown] = asked(lowered(&text), "pod", "- some policy_statement:\n    actions contains '*'");
        (yes.len(), unknown.len())
    };
    let own = "{kind: ServiceAccount, name: default}";
    // Everybody's administrator is known; what another role allows is not.
    assert_eq!(asked("RoleBinding", "cluster-admin", own), (1, 0));
    assert_eq!(asked("RoleBinding", "view", own), (0, 1));
    for (kind, subject, granted) in [
        ("ClusterRoleBinding", "{kind: ServiceAccount, name: default, namespace: ci}", 1),
        ("ClusterRoleBinding", "{kind: ServiceAccount, name: default, namespace: other}", 0),
        ("ClusterRoleBinding", "{kind: ServiceAccount, name: default}", 0),
        ("RoleBinding", "{kind: ServiceAccount, name: other}", 0),
        ("ClusterRoleBinding", "{kind: Group, name: 'system:serviceaccounts'}", 1),
        ("ClusterRoleBinding", "{kind: Group, name: 'system:serviceaccounts:ci'}", 1),
        ("ClusterRoleBinding", "{kind: Group, name: 'system:serviceaccounts:other'}", 0),
        ("ClusterRoleBinding", "{kind: Group, name: 'system:authenticated'}", 1),
        ("ClusterRoleBinding", "{kind: Group, name: 'system:unauthenticated'}", 0),
        ("ClusterRoleBinding", "{kind: User, name: 'system:serviceaccount:ci:default'}", 1),
        ("ClusterRoleBinding", "{kind: User, name: default}", 0),
    ] {
        assert_eq!(asked(kind, "cluster-admin", subject), (granted, 0), "{kind} {subject}");
    }
}

#[test]
fn aggregated_roles_have_the_rules_of_their_parts() {
    let lowered = lowered(
        "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: whole}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to-whole: 'true'}}]}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: part, labels: {to-whole: 'true'}}
aggregationRule: {clusterRoleSelectors: [{matchExpressions: [{key: to-part, operator: Exists}]}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: leaf, labels: {to-part: x}}
rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {kind: ClusterRole, name: whole}
subjects: [{kind: Group, name: readers}]
",
    );
    let owners = edges(&lowered, "statement_of");
    let owners: Vec<&str> = owners.iter().map(|edge| edge.split(" -> ").nth(1).unwrap()).collect();
    assert_eq!(
        owners,
        [
            "ClusterRole/default/leaf",
            "ClusterRole/default/part",
            "ClusterRole/default/whole",
            "ClusterRoleBinding/default/b",
        ]
    );
    assert_eq!(statements(&lowered)[0].body.get("principals").unwrap().items().len(), 1);
}

#[test]
fn roles_of_another_namespace_are_others() {
    let lowered = lowered(
        "\
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r, namespace: a}, rules: []}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b, namespace: b}, roleRef: {kind: Role, name: r}, subjects: [{kind: User, name: u}]}
",
    );
    assert!(edges(&lowered, "roleRef").is_empty());
    assert!(statements(&lowered)[0].body.open.is_some(), "the role is not at hand");
}

#[test]
fn many_bindings_are_bounded() {
    let mut text =
        String::from("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\nrules:\n");
    text.push_str(&"- {apiGroups: [''], resources: [pods], verbs: [get]}\n".repeat(2000));
    for at in 0..500 {
        text.push_str(&format!("---\n{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: a{at}}}}}\n"));
        text.push_str(&format!(
            "---\n{{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {{name: b{at}}}, roleRef: {{kind: ClusterRole, name: r}}, subjects: [{{kind: Group, name: 'system:serviceaccounts'}}]}}\n"
        ));
    }
    let lowered = lowered(&text);
    assert!(lowered.links.len() < 500_000 && !lowered.incomplete.is_empty());
    assert_eq!(statements(&lowered).len(), 2000);
}
