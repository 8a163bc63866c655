use stockade_source::FileId;

use super::schema::{self, NodeKind, Place};
use super::table::{self, Fields, Shape, Target};
use super::*;

/// What is wrong with the tables.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn check(&mut self, right: bool, what: impl FnOnce() -> String) {
        if !right {
            self.0.push(what());
        }
    }

    /// `arguments` are empty where the module documents none, and anything may stand there.
    fn fields(&mut self, at: &str, fields: &'static Fields, arguments: &'static [Node], here: Here, own: bool) {
        for (name, target) in fields {
            let at = format!("{at}.{name}");
            let node = arguments.iter().find(|node| node.name == name);
            self.check(arguments.is_empty() || node.is_some(), || format!("{at}: the module has no such argument"));
            match target {
                None => {
                    let alike = here.attributes.iter().any(|attribute| attribute.name == name);
                    self.check(alike || own, || format!("{at}: it would be left out anyway"));
                }
                Some(Target::Name(to)) => self.target(&at, Some(to), node, here),
                Some(Target::Shape(shape)) => self.shape(&at, name, shape, node, here),
                Some(Target::Several(shapes)) => {
                    shapes.iter().for_each(|shape| self.shape(&at, name, shape, node, here));
                }
            }
        }
    }

    fn target(&mut self, at: &str, to: Option<&'static str>, node: Option<&'static Node>, here: Here) {
        let Some(to) = to else { return };
        match here.find(to) {
            Place::Nowhere => self.0.push(format!("{at}: the type has no `{to}`")),
            Place::At(attribute) => {
                let blocks = attribute.kind == NodeKind::Block;
                let scalar = node.is_some_and(|node| matches!(node.kind, NodeKind::Bool | NodeKind::Number));
                self.check(!(blocks && scalar), || format!("{at}: `{to}` is a block"));
            }
            Place::Within => {}
        }
    }

    fn shape(&mut self, at: &str, name: &'static str, shape: &'static Shape, node: Option<&'static Node>, here: Here) {
        let alike = here.attributes.iter().any(|attribute| attribute.name == name);
        let to = shape.to.as_deref().or(alike.then_some(name));
        self.check(to.is_some() || shape.inline || !shape.fields.is_empty(), || format!("{at}: it leads nowhere"));
        self.target(at, to.filter(|_| !shape.inline), node, here);
        self.target(at, shape.plural.as_deref(), node, here);
        if let Some(node) = node.filter(|node| !node.choices.is_empty() || node.kind == NodeKind::Bool) {
            for word in shape.values.keys() {
                let known = match node.kind {
                    NodeKind::Bool => matches!(&**word, "true" | "false"),
                    _ => node.choices.contains(&&**word),
                };
                self.check(known, || format!("{at}: `{word}` is no choice"));
            }
        }
        let attributes = match to.map(|to| here.find(to)) {
            _ if shape.inline => here.attributes,
            Some(Place::At(attribute)) => &attribute.inside,
            _ => &[],
        };
        // Entries of pairs, and what is free, are documented nowhere.
        let free = shape.free || shape.pairs.is_some();
        let inside = node.filter(|_| !free).map_or(&[][..], |node| &node.inside);
        self.fields(at, &shape.fields, inside, Here { attributes, root: here.root }, false);
    }
}

#[derive(Clone, Copy)]
struct Here {
    attributes: &'static [Node],
    root: &'static [Node],
}

impl Here {
    fn find(self, to: &str) -> Place {
        match to.strip_prefix('/') {
            Some(path) => schema::place(self.root, path),
            None => schema::place(self.attributes, to),
        }
    }
}

#[test]
fn the_tables_name_what_modules_take_and_types_have() {
    let mut faults = Faults::default();
    for provider in table::providers() {
        for (module, specs) in &provider.modules {
            let arguments = schema::arguments(module);
            faults.check(!arguments.is_empty(), || format!("{module}: its arguments are not recorded"));
            let mut earlier: Vec<&str> = Vec::new();
            for spec in specs {
                let at = format!("{module} as {}", spec.r#type);
                let attributes = schema::attributes(&spec.r#type);
                faults.check(!attributes.is_empty(), || format!("{at}: its attributes are not recorded"));
                let mut named: Vec<(&str, &[String])> = Vec::new();
                named.extend(
                    spec.needs.iter().chain(&spec.lacks).chain(spec.with.keys()).map(|name| (&**name, &[][..])),
                );
                named.extend(spec.each.iter().map(|name| (&**name, &[][..])));
                named.extend(spec.only.iter().chain(&spec.unless).map(|(name, words)| (&**name, &**words)));
                for (name, words) in named {
                    let node = arguments.iter().find(|node| node.name == name);
                    faults.check(node.is_some(), || format!("{at}: no argument `{name}`"));
                    for word in words {
                        let known = node.is_some_and(|node| match node.kind {
                            NodeKind::Bool => matches!(&**word, "true" | "false"),
                            _ => node.choices.is_empty() || node.choices.contains(&&**word),
                        });
                        faults.check(known, || format!("{at}: `{word}` is no choice of `{name}`"));
                    }
                }
                let here = Here { attributes, root: attributes };
                for to in spec.given.keys().chain(spec.with.values()) {
                    faults.check(matches!(here.find(to), Place::At(_)), || format!("{at}: no attribute `{to}`"));
                }
                if let Some(of) = &spec.of {
                    faults.check(earlier.contains(&&**of), || format!("{at}: nothing earlier is `{of}`"));
                    faults.check(!spec.edge.is_empty(), || format!("{at}: an edge without a label"));
                }
                earlier.push(&spec.r#type);
                let inside = match &spec.each {
                    Some(each) => schema::find(arguments, each).map_or(&[][..], |node| &node.inside),
                    None => arguments,
                };
                faults.fields(
                    &at,
                    &spec.fields,
                    inside,
                    here,
                    provider.common.keys().any(|c| spec.fields.contains_key(c)),
                );
            }
        }
    }
    assert!(faults.0.is_empty(), "{} faults:\n{}", faults.0.len(), faults.0.join("\n"));
}

#[test]
fn every_recorded_module_is_in_the_tables_under_its_name_of_today() {
    let mut modules = 0;
    for module in schema::recorded() {
        assert!(table::module(module).is_some(), "{module}");
        assert_eq!(crate::modules::resolve(module, &[]).as_deref(), Some(module));
        modules += 1;
    }
    assert_eq!(modules, table::providers().iter().map(|provider| provider.modules.len()).sum::<usize>());
    assert!(modules >= 185, "{modules}");
}

#[test]
fn names_of_old_lead_to_the_tables() {
    #[rustfmt::skip]
    const NAMES: &[&str] = &[
        "amazon.aws.aws_s3", "amazon.aws.ec2_group", "community.aws.aws_acm", "community.aws.aws_api_gateway",
        "community.aws.aws_batch_job_definition", "community.aws.aws_codebuild", "community.aws.aws_config_aggregator", "community.aws.aws_config_rule",
        "community.aws.aws_kms", "community.aws.aws_s3_cors", "community.aws.aws_ses_identity_policy", "community.aws.cloudtrail",
        "community.aws.cloudwatchlogs_log_group", "community.aws.ec2_asg", "community.aws.ec2_instance", "community.aws.ec2_launch_template",
        "community.aws.ec2_lc", "community.aws.elb_application_lb", "community.aws.iam_group", "community.aws.iam_managed_policy",
        "community.aws.iam_password_policy", "community.aws.iam_policy", "community.aws.iam_role", "community.aws.lambda",
        "community.aws.lambda_policy", "community.aws.rds_instance", "community.aws.rds_subnet_group", "community.aws.route53",
        "community.aws.sts_assume_role", "aws_acm", "aws_api_gateway", "aws_batch_job_definition",
        "aws_codebuild", "aws_config_aggregator", "aws_config_rule", "aws_kms",
        "aws_s3", "aws_s3_cors", "aws_ses_identity_policy", "azure_rm_aks",
        "azure_rm_appgateway", "azure_rm_containerregistry", "azure_rm_cosmosdbaccount", "azure_rm_keyvault",
        "azure_rm_lock", "azure_rm_monitorlogprofile", "azure_rm_mysqlserver", "azure_rm_postgresqlconfiguration",
        "azure_rm_postgresqlserver", "azure_rm_rediscache", "azure_rm_rediscachefirewallrule", "azure_rm_roledefinition",
        "azure_rm_securitygroup", "azure_rm_sqlfirewallrule", "azure_rm_sqlserver", "azure_rm_storageaccount",
        "azure_rm_storageblob", "azure_rm_subnet", "azure_rm_virtualmachine", "azure_rm_webapp",
        "cloudformation", "cloudformation_stack_set", "cloudfront_distribution", "cloudtrail",
        "cloudwatchlogs_log_group", "ec2", "ec2_ami", "ec2_asg",
        "ec2_group", "ec2_instance", "ec2_launch_template", "ec2_lc",
        "ec2_vol", "ec2_vpc_subnet", "ecs_ecr", "ecs_service",
        "ecs_taskdefinition", "efs", "elasticache", "elb_application_lb",
        "elb_network_lb", "gcp_bigquery_dataset", "gcp_compute_disk", "gcp_compute_firewall",
        "gcp_compute_instance", "gcp_compute_network", "gcp_compute_ssl_policy", "gcp_compute_subnetwork",
        "gcp_container_cluster", "gcp_container_node_pool", "gcp_dns_managed_zone", "gcp_kms_crypto_key",
        "gcp_sql_instance", "gcp_storage_bucket", "iam", "iam_group",
        "iam_managed_policy", "iam_password_policy", "iam_policy", "iam_role",
        "kinesis_stream", "lambda", "lambda_policy", "rds",
        "rds_instance", "rds_subnet_group", "redshift", "route53",
        "s3_bucket", "sns_topic", "sqs_queue", "sts_assume_role",
    ];
    for name in NAMES {
        let module = crate::modules::resolve(name, &[]).unwrap_or_else(|| panic!("{name} is no module"));
        assert!(table::module(&module).is_some(), "{name} is {module}");
    }
}

fn field(value: Value) -> Field {
    let text = Span::new(FileId(0), 4, 9);
    Field { key: text, entry: text, value: Value { span: text, ..value } }
}

/// The arguments of a task, each at a place in the text.
fn task(arguments: &[(&str, Value)]) -> Map {
    let mut body = Map::new(Span::new(FileId(0), 0, 3));
    for (name, value) in arguments {
        body.insert(*name, field(value.clone()));
    }
    body
}

fn text(text: &str) -> Value {
    Value::text(text, Span::NONE)
}

fn map(entries: &[(&str, Value)]) -> Value {
    Value::map(task(entries), Span::NONE)
}

fn list(items: &[Value]) -> Value {
    Value::list(items.to_vec(), Span::NONE)
}

fn yes(value: bool) -> Value {
    Value::bool(value, Span::NONE)
}

fn declared(module: &str, arguments: &[(&str, Value)]) -> Vec<Resource> {
    resources(module, &task(arguments), Span::NONE).into_iter().map(|declared| declared.resource).collect()
}

/// What stands at a dotted path of the first resource, in the first block each time.
fn at(resources: &[Resource], path: &str) -> Option<Value> {
    let mut value = Value::map(resources.first()?.body.clone(), Span::NONE);
    for step in path.split('.') {
        let map = value.as_map().or_else(|| value.items().first().and_then(Value::as_map))?;
        value = map.get(step)?.clone();
    }
    Some(value)
}

fn word_at(resources: &[Resource], path: &str) -> Option<String> {
    word(&at(resources, path)?)
}

#[test]
fn a_fix_finds_no_entry_to_write_beside() {
    let declared = declared(
        "amazon.aws.s3_bucket",
        &[("name", text("a")), ("object_lock_default_retention", map(&[("days", text("1"))]))],
    );
    let bucket = declared[0].body.field("bucket").expect("the name is the bucket");
    let place = Span::new(FileId(0), 4, 9);
    assert_eq!((bucket.key, bucket.value.span, bucket.entry), (place, place, Span::NONE));
    let retention = at(&declared, "object_lock_configuration.rule.default_retention").expect("it is nested");
    assert_eq!(
        retention.items()[0].as_map().and_then(|map| map.field("days")).map(|field| field.entry),
        Some(Span::NONE)
    );
}

#[test]
fn what_takes_away_declares_nothing() {
    let count = |state: &str| declared("amazon.aws.s3_bucket", &[("name", text("a")), ("state", text(state))]).len();
    assert_eq!((count("present"), count("absent"), count("list")), (1, 0, 0));
}

#[test]
fn an_argument_that_neither_knows_is_nothing() {
    let made = declared(
        "amazon.aws.s3_bucket",
        // `logging` is an attribute of the type and no argument, so nobody knows what it would be; `validate_bucket_name` is the other way round.
        &[("name", text("a")), ("logging", map(&[("target_bucket", text("b"))])), ("validate_bucket_name", yes(true))],
    );
    assert!(
        made[0].body.get("logging").is_some_and(|value| value.why().is_some())
            && made[0].body.field("validate_bucket_name").is_none()
    );
    let vpc = declared(
        "amazon.aws.ec2_vpc_net",
        &[("name", text("a")), ("cidr_block", list(&[text("10.0.0.0/8"), text("10.1.0.0/16")]))],
    );
    assert_eq!(word_at(&vpc, "cidr_block").as_deref(), Some("10.0.0.0/8"));
}

#[test]
fn what_modules_take_by_default_is_given_without_a_place() {
    let volume = declared("amazon.aws.ec2_vol", &[("volume_size", text("10"))]);
    let encrypted = at(&volume, "encrypted").expect("false is the default");
    assert_eq!((encrypted.as_bool(), encrypted.span), (Some(false), Span::NONE));
    assert_eq!(word_at(&volume, "type").as_deref(), Some("standard"));

    // Terraform has `true` where the module has `ssh_password_enabled: true`.
    let machine = |extra: &[(&str, Value)]| {
        let all = [&[("image", map(&[("offer", text("o"))])), ("vm_size", text("s"))], extra].concat();
        declared("azure.azcollection.azure_rm_virtualmachine", &all)
    };
    assert_eq!(machine(&[])[0].kind, "azurerm_linux_virtual_machine");
    assert_eq!(word_at(&machine(&[]), "disable_password_authentication").as_deref(), Some("false"));
    let keys = machine(&[("ssh_password_enabled", yes(false))]);
    assert_eq!(word_at(&keys, "disable_password_authentication").as_deref(), Some("true"));
    let config = machine(&[("linux_config", map(&[("disable_password_authentication", yes(true))]))]);
    assert_eq!(word_at(&config, "disable_password_authentication").as_deref(), Some("true"));
    assert_eq!(machine(&[("os_type", text("Windows"))])[0].kind, "azurerm_windows_virtual_machine");

    // "If none are supplied, a default all-out rule is assumed. If an empty list is supplied, no outbound rules".
    let group = declared("amazon.aws.ec2_security_group", &[("name", text("a"))]);
    assert_eq!(at(&group, "egress.cidr_blocks").map(|value| value.items().len()), Some(1));
    let none = declared("amazon.aws.ec2_security_group", &[("name", text("a")), ("rules_egress", list(&[]))]);
    assert_eq!(at(&none, "egress").map(|value| value.items().len()), Some(0));
    let cluster = declared("azure.azcollection.azure_rm_aks", &[("name", text("a")), ("dns_prefix", text("a"))]);
    assert_eq!(word_at(&cluster, "role_based_access_control_enabled").as_deref(), Some("false"));
}

#[test]
fn a_default_makes_no_block_and_fills_one_that_is_there() {
    let bucket = declared("community.aws.s3_lifecycle", &[("name", text("a")), ("expiration_days", text("3"))]);
    assert_eq!(word_at(&bucket, "rule.status").as_deref(), Some("Enabled"));
    assert!(at(&bucket, "rule.transition").is_none(), "`storage_class` alone is no transition");
    let instance =
        |options: Value| declared("amazon.aws.ec2_instance", &[("image_id", text("i")), ("metadata_options", options)]);
    assert_eq!(
        word_at(&instance(map(&[("http_endpoint", text("enabled"))])), "metadata_options.http_tokens").as_deref(),
        Some("optional")
    );
    assert!(at(&declared("amazon.aws.ec2_instance", &[("image_id", text("i"))]), "metadata_options").is_none());
}

#[test]
fn what_is_not_known_stays_so() {
    let why = || Value::unknown(crate::jinja::why(stockade_model::Reason::Template, "{{ x }}", Span::NONE), Span::NONE);
    let stack = declared("amazon.aws.cloudformation", &[("stack_name", text("a")), ("template", text("a.yaml"))]);
    assert!(at(&stack, "template_body").is_some_and(|value| value.why().is_some()), "the file is not read");
    let volume = declared("amazon.aws.ec2_vol", &[("volume_size", text("1")), ("encrypted", why())]);
    assert!(at(&volume, "encrypted").is_some_and(|value| value.why().is_some()));
    let rules = declared("azure.azcollection.azure_rm_securitygroup", &[("name", text("a")), ("rules", why())]);
    assert!(at(&rules, "security_rule").is_some_and(|value| value.why().is_some()));
    let policy = declared("amazon.aws.iam_policy", &[("iam_type", why()), ("policy_json", text("{}"))]);
    assert!(policy.is_empty(), "whose policy it is, nobody knows");
    let mut open = task(&[("volume_size", text("1"))]);
    open.open = why().why().cloned();
    let volume = resources("amazon.aws.ec2_vol", &open, Span::NONE);
    assert!(volume[0].resource.body.open.is_some() && volume[0].resource.body.get("encrypted").is_none());
}

#[test]
fn words_units_and_shapes_become_those_of_terraform() {
    let server = declared(
        "azure.azcollection.azure_rm_postgresqlflexibleserver",
        &[
            ("name", text("a")),
            ("storage", map(&[("storage_size_gb", text("128"))])),
            ("backup", map(&[("geo_redundant_backup", text("Enabled"))])),
            ("high_availability", map(&[("mode", text("Disabled"))])),
        ],
    );
    assert_eq!(word_at(&server, "storage_mb").as_deref(), Some("131072"));
    assert_eq!(word_at(&server, "geo_redundant_backup_enabled").as_deref(), Some("true"));
    assert!(at(&server, "high_availability").is_none());

    let account = declared(
        "azure.azcollection.azure_rm_storageaccount",
        &[
            ("account_type", text("Standard_RAGRS")),
            (
                "network_acls",
                map(&[
                    ("ip_rules", list(&[map(&[("value", text("203.0.113.1"))])])),
                    ("bypass", text("Logging, Metrics")),
                ]),
            ),
            ("identity", map(&[("type", text("None"))])),
        ],
    );
    assert_eq!(word_at(&account, "account_tier").as_deref(), Some("Standard"));
    assert_eq!(word_at(&account, "account_replication_type").as_deref(), Some("RAGRS"));
    assert_eq!(word_at(&account, "min_tls_version").as_deref(), Some("TLS1_0"));
    assert_eq!(word_at(&account, "network_rules.default_action").as_deref(), Some("Allow"));
    assert_eq!(
        at(&account, "network_rules.ip_rules").map(|list| list.items()[0].as_text().map(String::from)),
        Some(Some("203.0.113.1".into()))
    );
    assert_eq!(at(&account, "network_rules.bypass").map(|list| list.items().len()), Some(2));
    assert!(at(&account, "identity").is_none());

    let group = declared(
        "amazon.aws.autoscaling_group",
        &[
            ("name", text("a")),
            ("launch_config_name", text("b")),
            ("tags", list(&[map(&[("Team", text("core")), ("propagate_at_launch", yes(false))])])),
        ],
    );
    assert_eq!(word_at(&group, "tag.key").as_deref(), Some("Team"));
    assert_eq!(word_at(&group, "tag.value").as_deref(), Some("core"));
    assert_eq!(word_at(&group, "tag.propagate_at_launch").as_deref(), Some("false"));
}

#[test]
fn one_task_may_declare_several_resources() {
    let made = declared(
        "amazon.aws.elb_application_lb",
        &[
            ("name", text("a")),
            ("scheme", text("internal")),
            (
                "listeners",
                list(&[map(&[
                    ("Protocol", text("HTTP")),
                    ("Port", text("80")),
                    (
                        "DefaultActions",
                        list(&[map(&[
                            ("Type", text("redirect")),
                            ("RedirectConfig", map(&[("Protocol", text("HTTPS"))])),
                        ])]),
                    ),
                ])]),
            ),
        ],
    );
    assert_eq!(made.iter().map(|made| made.kind.as_str()).collect::<Vec<_>>(), ["aws_lb", "aws_lb_listener"]);
    assert_eq!(word_at(&made, "internal").as_deref(), Some("true"));
    assert_eq!(word_at(&made, "load_balancer_type").as_deref(), Some("application"));
    assert_eq!(word_at(&made[1..], "default_action.redirect.protocol").as_deref(), Some("HTTPS"));

    let bucket = declared(
        "google.cloud.gcp_storage_bucket",
        &[("name", text("a")), ("acl", list(&[map(&[("entity", text("allUsers")), ("role", text("READER"))])]))],
    );
    assert_eq!(word_at(&bucket[1..], "entity").as_deref(), Some("allUsers"));
    assert_eq!(word_at(&bucket[1..], "bucket").as_deref(), Some("a"));

    let user =
        declared("amazon.aws.iam_user", &[("name", text("a")), ("managed_policies", list(&[text("p"), text("q")]))]);
    assert_eq!(user.len(), 3);
    assert_eq!(word_at(&user[2..], "policy_arn").as_deref(), Some("q"));
    assert_eq!(word_at(&user[2..], "user").as_deref(), Some("a"));

    let definition = declared(
        "community.aws.batch_job_definition",
        &[("job_definition_name", text("a")), ("image", text("i")), ("privileged", text("true"))],
    );
    let properties = definition[0].body.get("container_properties").expect("it is encoded");
    assert_eq!(properties.get("privileged").and_then(Value::as_bool), Some(true));
}

#[test]
fn rows_of_network_access_lists_are_blocks() {
    let row = |cidr: &str| {
        list(&[
            text("100"),
            text("tcp"),
            text("allow"),
            text(cidr),
            Value::new(Kind::Null, Span::NONE),
            Value::new(Kind::Null, Span::NONE),
            text("22"),
            text("22"),
        ])
    };
    let made = declared(
        "amazon.aws.ec2_vpc_nacl",
        &[("vpc_id", text("v")), ("ingress", list(&[row("0.0.0.0/0"), row("::/0")]))],
    );
    assert_eq!(word_at(&made, "ingress.cidr_block").as_deref(), Some("0.0.0.0/0"));
    assert_eq!(word_at(&made, "ingress.action").as_deref(), Some("allow"));
    assert_eq!(at(&made, "ingress.from_port").and_then(|port| port.as_number()?.as_i64()), Some(22));
    assert!(at(&made, "ingress.icmp_type").is_none());
    let rules = made[0].body.get("ingress").expect("there are rules").items();
    assert_eq!(rules[1].get("ipv6_cidr_block").and_then(Value::as_text), Some("::/0"));
}

#[test]
fn secrets_of_the_provider_are_not_printed() {
    let made = declared(
        "azure.azcollection.azure_rm_keyvaultsecret",
        &[("secret_name", text("a")), ("secret_value", text("hunter2")), ("keyvault_uri", text("u"))],
    );
    assert!(
        at(&made, "value").is_some_and(|value| value.sensitive)
            && at(&made, "name").is_some_and(|name| !name.sensitive)
    );
    assert!(at(&made, "key_vault_id").is_some_and(|value| value.why().is_some()), "an address is no id");
}

#[test]
fn odd_values_do_no_harm() {
    let odd = [
        Value::new(Kind::Null, Span::NONE),
        text(""),
        text("-1"),
        Value::number(i64::MAX, Span::NONE),
        yes(true),
        list(&[]),
        list(&[list(&[list(&[text("a")])]), map(&[]), text("a"), Value::new(Kind::Null, Span::NONE)]),
        map(&[("a", text("b"))]),
        Value::unknown(crate::jinja::why(stockade_model::Reason::Template, "{{ x }}", Span::NONE), Span::NONE),
    ];
    // A value of the documented form whose innermost values are `odd`.
    fn filled(node: &Node, odd: &Value) -> Value {
        let fields: Vec<_> = node.inside.iter().map(|node| (node.name, filled(node, odd))).collect();
        if fields.is_empty() { odd.clone() } else { map(&fields) }
    }
    for module in schema::recorded() {
        for odd in &odd {
            let all: Vec<_> = schema::arguments(module).iter().map(|node| (node.name, filled(node, odd))).collect();
            declared(module, &all);
            let all: Vec<_> = all.into_iter().map(|(name, value)| (name, list(&[value.clone(), value]))).collect();
            declared(module, &all);
            for name in schema::arguments(module).iter().map(|node| node.name) {
                declared(module, &[(name, odd.clone())]);
            }
        }
    }
}
