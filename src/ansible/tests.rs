//! Whole files: what resources they become, and where.

use stockade_model::{Kind, Lowered, Reason, Resource, Value};
use stockade_source::FileId;
use stockade_yaml::parse;

use crate::{File, FileKind, classify, lower, project};

fn kind_of(path: &str, text: &str) -> Option<FileKind> {
    let (documents, _) = parse(FileId(0), text);
    documents.iter().filter_map(|document| document.root.as_ref()).find_map(|root| classify(path, root))
}

fn lowered_at(path: &str, text: &str) -> Lowered {
    let (documents, _) = parse(FileId(0), text);
    let kind = documents.iter().filter_map(|document| document.root.as_ref()).find_map(|root| classify(path, root));
    let Some(kind) = kind else { return Lowered::default() };
    lower(project(path), &[File { id: FileId(0), path, text, kind, documents: &documents }])
}

fn lowered(text: &str) -> Lowered {
    lowered_at("site.yml", text)
}

fn only<'l>(lowered: &'l Lowered, kind: &str) -> &'l Resource {
    let mut found = lowered.resources.iter().filter(|resource| resource.kind == kind);
    let first = found.next().unwrap_or_else(|| panic!("no {kind} in {:?}", kinds(lowered)));
    assert!(found.next().is_none(), "more than one {kind}");
    first
}

fn kinds(lowered: &Lowered) -> Vec<&str> {
    lowered.resources.iter().map(|resource| resource.kind.as_str()).collect()
}

/// The text that a value stands for in the file.
fn source<'t>(text: &'t str, value: Option<&Value>) -> &'t str {
    value.expect("the value is there").span.text(text)
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    value.expect("the list is there").items().iter().map(|item| item.as_text().unwrap_or("?")).collect()
}

#[test]
fn a_task_is_its_module_with_its_arguments() {
    let text = "\
- hosts: web
  tasks:
    - name: Fetch it
      get_url:
        url: https://example.com/a
        dest: /opt/a
        validate_certs: no
";
    let lowered = lowered(text);
    assert_eq!(kinds(&lowered), ["play", "ansible.builtin.get_url", "task"]);
    let task = only(&lowered, "ansible.builtin.get_url");
    assert_eq!(task.address, "site.yml#web/Fetch it");
    assert_eq!(task.name, "Fetch it");
    assert_eq!(task.head().text(text), "get_url");
    assert_eq!(task.body.get("validate_certs").and_then(Value::as_bool), Some(false));
    let field = task.body.field("validate_certs").unwrap();
    assert_eq!((field.key.text(text), field.entry.text(text)), ("validate_certs", "validate_certs: no"));
    let view = only(&lowered, "task");
    assert!(view.view);
    assert_eq!(view.head().text(text), "Fetch it");
    assert_eq!(view.body.get("module").and_then(Value::as_text), Some("ansible.builtin.get_url"));
    assert_eq!(view.body.get("args").and_then(|args| args.get("dest")).and_then(Value::as_text), Some("/opt/a"));
    assert_eq!(view.body.get("handler").and_then(Value::as_bool), Some(false));
    let labels: Vec<_> = lowered.links.iter().map(|link| (link.from.0, link.to.0, link.label.as_str())).collect();
    assert_eq!(labels, [(1, 2, "task"), (2, 0, "play")]);
}

#[test]
fn free_form_arguments_have_places() {
    let text = "- hosts: all\n  tasks:\n    - copy: src=a.conf dest=\"/etc/a b\" backup=yes\n      name: x\n";
    let lowered = lowered(text);
    let copy = only(&lowered, "ansible.builtin.copy");
    assert_eq!(copy.body.get("dest").and_then(Value::as_text), Some("/etc/a b"));
    assert_eq!(source(text, copy.body.get("dest")), "\"/etc/a b\"");
    let src = copy.body.field("src").unwrap();
    assert_eq!((src.key.text(text), src.value.span.text(text)), ("src", "a.conf"));
    assert!(src.entry.is_none(), "there is no entry to cut out");
    assert_eq!(copy.body.get("backup").and_then(Value::as_bool), Some(true));
}

#[test]
fn arguments_have_one_name_and_type() {
    let text = "- hosts: all\n  tasks:\n    - apt: { pkg: 'curl, git=1.0', update-cache: 'no' }\n";
    let lowered = lowered(text);
    let apt = only(&lowered, "ansible.builtin.apt");
    assert_eq!(texts(apt.body.get("name")), ["curl", "git=1.0"]);
    assert_eq!(source(text, apt.body.get("name").map(|list| &list.items()[1])), "git=1.0");
    assert_eq!(apt.body.get("update_cache").and_then(Value::as_bool), Some(false));
    assert!(apt.body.field("pkg").is_none());
}

#[test]
fn every_way_to_call_a_module() {
    for text in [
        "- hosts: a\n  tasks:\n  - ansible.builtin.file: {path: /x, mode: '0644'}\n",
        "- hosts: a\n  tasks:\n  - file: path=/x mode=0644\n",
        "- hosts: a\n  tasks:\n  - file: path=/x\n    args: {mode: '0644'}\n",
        "- hosts: a\n  tasks:\n  - action: file dest=/x mode=0644\n",
        "- hosts: a\n  tasks:\n  - action: {module: ansible.legacy.file, dest: /x, mode: '0644'}\n",
        "- hosts: a\n  tasks:\n  - local_action: file name=/x mode=0644\n",
        "- hosts: a\n  module_defaults: {file: {mode: '0644'}}\n  tasks:\n  - file: {path: /x}\n",
    ] {
        let lowered = lowered(text);
        let file = only(&lowered, "ansible.builtin.file");
        assert_eq!(file.body.get("path").and_then(Value::as_text), Some("/x"), "{text}");
        assert_eq!(file.body.get("mode").and_then(Value::as_text), Some("0644"), "{text}");
        assert!(source(text, file.body.get("mode")).contains("0644"), "{text}");
        let delegated = only(&lowered, "task").body.get("delegate_to").and_then(Value::as_text);
        assert_eq!(delegated, text.contains("local_action").then_some("localhost"), "{text}");
    }
}

#[test]
fn what_templates_decide_is_unknown() {
    let text = "\
- hosts: all
  tasks:
    - copy: { src: '{{ a }}', dest: '/opt/{{ b }}', content: plain }
    - file: '{{ all_of_it }}'
    - user: { name: x, password: !vault '$ANSIBLE_VAULT;1.1;AES256 61' }
      when: \"{{ bare }} == 1\"
";
    let lowered = lowered(text);
    let copy = only(&lowered, "ansible.builtin.copy");
    assert_eq!(copy.body.get("src").and_then(Value::why).map(|why| why.reason), Some(Reason::Template));
    assert!(matches!(copy.body.get("dest").map(|value| &value.kind), Some(Kind::Template(parts)) if parts.len() == 2));
    assert_eq!(copy.body.get("content").and_then(Value::as_text), Some("plain"));
    let file = only(&lowered, "ansible.builtin.file");
    assert!(file.body.is_empty() && file.body.open.is_some());
    let user = only(&lowered, "ansible.builtin.user");
    let password = user.body.get("password").unwrap();
    assert_eq!(password.why().map(|why| why.reason), Some(Reason::Encrypted));
    assert!(password.sensitive);
    let conditions = lowered.resources.iter().filter_map(|resource| resource.body.get("when"));
    assert_eq!(conditions.map(|when| when.as_text()).collect::<Vec<_>>(), [Some("{{ bare }} == 1")]);
}

#[test]
fn keywords_are_inherited() {
    let text = "\
- hosts: all
  become: yes
  environment: { A: one, B: two }
  tasks:
    - when: outer
      become_user: app
      block:
        - command: id
          when: inner
          environment: { B: three }
      rescue:
        - command: whoami
          become: 'no'
      always:
        - meta: noop
          no_log: 'true'
  handlers:
    - command: reload
";
    let lowered = lowered(text);
    let task = |program: &str| {
        let at = lowered.resources.iter().position(|r| {
            r.kind == "task"
                && r.body.get("args").is_some_and(|args| {
                    args.get("cmd").or(args.get("free_form")).and_then(Value::as_text) == Some(program)
                })
        });
        &lowered.resources[at.unwrap()].body
    };
    let id = task("id");
    assert_eq!(id.get("become").and_then(Value::as_bool), Some(true));
    let origin = id.get("become").and_then(|value| value.origin.clone()).unwrap();
    assert_eq!(origin.steps[0].via.to_string(), "inherited from the play");
    assert_eq!(source(text, id.get("become")), "yes");
    assert_eq!(id.get("become_user").and_then(Value::as_text), Some("app"));
    assert_eq!(texts(id.get("when")), ["outer", "inner"]);
    let environment = id.get("environment").unwrap();
    assert_eq!(environment.get("A").and_then(Value::as_text), Some("one"));
    assert_eq!(environment.get("B").and_then(Value::as_text), Some("three"));
    let whoami = task("whoami");
    assert_eq!(whoami.get("become").and_then(Value::as_bool), Some(false));
    assert!(whoami.get("become_user").is_none(), "without `become` an inherited user does nothing");
    assert_eq!(task("noop").get("no_log").and_then(Value::as_bool), Some(true));
    assert_eq!(task("reload").get("handler").and_then(Value::as_bool), Some(true));
    assert!(task("reload").get("when").is_none());
}

#[test]
fn tasks_without_a_play_may_inherit_become() {
    let text = "- name: x\n  become_user: app\n  command: id\n- name: y\n  become: no\n  command: id\n";
    let lowered = lowered_at("roles/app/tasks/main.yml", text);
    let tasks: Vec<_> = lowered.resources.iter().filter(|resource| resource.kind == "task").collect();
    assert_eq!(tasks[0].address, "roles/app/tasks/main.yml#x task");
    assert_eq!(tasks[0].body.get("become").and_then(Value::why).map(|why| why.reason), Some(Reason::Missing));
    assert_eq!(tasks[1].body.get("become").and_then(Value::as_bool), Some(false));
}

#[test]
fn loops_and_secrets_are_told() {
    let text = "\
- hosts: all
  tasks:
    - user: { name: a, password: '{{ item.hash }}', update_password: on_create }
      with_items: '{{ users }}'
    - user: { name: b, password: abc }
";
    let lowered = lowered(text);
    let tasks: Vec<_> = lowered.resources.iter().filter(|resource| resource.kind == "task").collect();
    assert_eq!(source(text, tasks[0].body.get("loop")), "'{{ users }}'");
    let from = |index: usize| tasks[index].body.get("secrets").unwrap().items()[0].get("from").and_then(Value::as_text);
    assert_eq!((from(0), from(1)), (Some("loop"), Some("literal")));
    assert_eq!(tasks[0].body.get("secrets").unwrap().items().len(), 1);
    assert!(tasks[1].body.get("loop").is_none());
}

#[test]
fn shell_tasks_have_commands() {
    let text = "\
- hosts: all
  tasks:
    - name: One
      shell: >-
        curl -sSL https://example.com/{{ x }} |
        bash creates=/opt/x
      args: { executable: /bin/bash }
    - command: /usr/bin/make 'a b' | {{ rest }}
    - command: { argv: [rm, -rf, \"it's {{ y }}\"] }
    - shell: { cmd: import os, executable: /usr/bin/python3 }
";
    let lowered = lowered(text);
    let commands: Vec<_> = lowered.resources.iter().filter(|resource| resource.kind == "command").collect();
    let programs: Vec<_> = commands.iter().filter_map(|c| c.body.get("program").and_then(Value::as_text)).collect();
    assert_eq!(programs, ["curl", "bash", "make", "rm"]);
    assert_eq!(source(text, commands[1].body.get("program")), "bash");
    assert_eq!(commands[1].body.get("piped_from").and_then(Value::as_text), Some("curl"));
    assert_eq!(commands[0].address, "site.yml#all/One curl");
    let make = commands[2].body.get("args").unwrap();
    assert_eq!(make.items()[0].as_text(), Some("a b"));
    assert_eq!(make.items()[1].as_text(), Some("|"), "no shell reads it");
    assert_eq!(make.items()[2].why().map(|why| why.reason), Some(Reason::Template));
    assert_eq!(source(text, make.items().first()).trim_matches('\''), "a b");
    let rm = commands[3].body.get("args").unwrap();
    assert_eq!(source(text, Some(&rm.items()[0])), "-rf");
    let Kind::Template(parts) = &rm.items()[1].kind else { panic!("{rm:?}") };
    assert_eq!(parts.len(), 2);
    let shell = lowered.resources.iter().find(|resource| resource.kind == "ansible.builtin.shell").unwrap();
    assert_eq!(shell.body.get("creates").and_then(Value::as_text), Some("/opt/x"));
    assert_eq!(source(text, shell.body.get("creates")), "/opt/x");
}

#[test]
fn addresses_are_unique() {
    let text = "- hosts: a\n  tasks: [{ping: }, {ping: }, {ping: }]\n- hosts: a\n  tasks: [{ping: }]\n";
    let lowered = lowered(text);
    let pings: Vec<_> = lowered.resources.iter().filter(|r| r.kind == "ansible.builtin.ping").collect();
    let addresses: Vec<_> = pings.iter().map(|resource| resource.address.as_str()).collect();
    assert_eq!(
        addresses,
        [
            "site.yml#a/ansible.builtin.ping",
            "site.yml#a/ansible.builtin.ping (2)",
            "site.yml#a/ansible.builtin.ping (3)",
            "site.yml#a (2)/ansible.builtin.ping"
        ]
    );
}

#[test]
fn files_are_told_apart() {
    use FileKind::{Inventory, Meta, Playbook, Requirements, Tasks, Vars};
    for (path, text, expected) in [
        ("site.yml", "- hosts: all\n  roles: [x]\n", Some(Playbook)),
        ("site.yml", "- import_playbook: a.yml\n- hosts: all\n  gather_facts: no\n", Some(Playbook)),
        ("roles/x/tasks/main.yml", "- name: a\n  my_module: { b: 1 }\n  when: c\n", Some(Tasks)),
        ("roles/x/handlers/main.yml", "- name: a\n  service: name=x\n", Some(Tasks)),
        ("snippet.yaml", "- name: a\n  ansible.builtin.debug: { msg: x }\n", Some(Tasks)),
        ("snippet.yaml", "- block:\n    - copy: src=a dest=b\n", Some(Tasks)),
        ("roles/x/defaults/main.yml", "a: 1\n", Some(Vars)),
        ("group_vars/all.yml", "a: 1\n", Some(Vars)),
        ("roles/x/meta/main.yml", "galaxy_info: {}\n", Some(Meta)),
        ("requirements.yml", "- src: a.b\n", Some(Requirements)),
        ("hosts.yml", "all: { hosts: { a: } }\n", Some(Inventory)),
        ("docker-compose.yml", "services: { a: { image: b } }\n", None),
        (".github/workflows/ci.yml", "on: push\njobs: {}\n", None),
        ("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {}\n", None),
        ("people.yml", "- name: bob\n  group: wheel\n", None),
        ("steps.yml", "- name: build\n  command: make\n  image: x\n", None),
        ("list.yml", "- a\n- b\n", None),
        ("proxies.yml", "- hosts: [a]\n  secretName: b\n", None),
        ("servers.yml", "- hosts: [a]\n  name: b\n  port: 80\n", None),
        ("volumes.yml", "- name: logs\n  file:\n    path: /var/log\n", None),
        ("steps.yml", "- name: test\n  script: [make, ./run]\n  when: always\n", None),
        ("tasks/notes.yml", "- title: x\n  text: y\n", None),
    ] {
        assert_eq!(kind_of(path, text), expected, "{path}: {text}");
    }
}

#[test]
fn projects_are_trees_and_roles() {
    assert_eq!(project("site.yml"), ".");
    assert_eq!(project("deploy/site.yml"), "deploy");
    assert_eq!(project("deploy/roles/web/tasks/main.yml"), "deploy");
    assert_eq!(project("roles/web/tasks/main.yml"), ".");
    assert_eq!(project("role-web/tasks/main.yml"), "role-web");
    assert_eq!(project("tasks/main.yml"), ".");
    assert_eq!(project("/abs/x.yml"), "/abs");
}

#[test]
fn wrong_types_cost_little() {
    for text in [
        "- hosts: [1, {a: b}]\n  tasks: 5\n",
        "- hosts: {a: b}\n  tasks: [1, [2], {3: 4}, {copy: [x]}, {copy: 7}, {}, ~, {args: x}]\n  vars: []\n",
        "- hosts: a\n  become: [x]\n  environment: 7\n  module_defaults: [1, {copy: 3}]\n  tasks: [{copy: {src: {a: b}}}]\n",
        "- hosts: a\n  tasks: [{block: 3}, {block: [{block: {}}], rescue: x, when: {a: b}}, {name: [a], shell: {cmd: [a]}}]\n",
        "- hosts: a\n  tasks: [{action: }, {action: ''}, {local_action: [x]}, {action: {module: 3}}, {command: {argv: x}}]\n",
        "- hosts: a\n  tasks: [{apt: {name: [[]], pkg: {}, state: []}}, {shell: \"'\"}, {copy: '='}, {copy: '{{'}]\n",
        "- {hosts: a, ? [x] : y, tasks: [{? {a: b} : c, ping: }]}\n",
    ] {
        let lowered = lowered(text);
        assert!(lowered.resources.iter().any(|resource| resource.kind == "play"), "{text}");
        for resource in &lowered.resources {
            assert!(resource.head().end as usize <= text.len(), "{text}");
        }
    }
}

#[test]
fn blocks_are_bounded() {
    let mut text = "- hosts: a\n  tasks: ".to_owned();
    text.push_str(&"[{block: ".repeat(100));
    text.push_str("[{ping: }]");
    text.push_str(&"}]".repeat(100));
    let lowered = lowered(&text);
    assert!(lowered.incomplete.iter().any(|error| error.message == "blocks are nested too deep"));
}

#[test]
fn inherited_bulk_is_not_copied() {
    let text = format!(
        "- hosts: a\n  environment: {{ A: {} }}\n  tasks:\n{}",
        "x".repeat(100_000),
        "    - ping:\n".repeat(50)
    );
    let lowered = lowered(&text);
    let task = lowered.resources.iter().find(|resource| resource.kind == "task").unwrap();
    assert_eq!(task.body.get("environment").and_then(Value::why).map(|why| why.reason), Some(Reason::Limit));
}

/// Every YAML file of the real repositories, where they are at hand.
#[test]
fn real_repositories() {
    let Some(data) = std::env::var_os("STOCKADE_DATA") else {
        println!("skipped: STOCKADE_DATA is not set");
        return;
    };
    let mut folders = vec![std::path::PathBuf::from(data).join("corpus")];
    let mut counts: std::collections::BTreeMap<(String, FileKind), (usize, usize)> = std::collections::BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.to_string_lossy().into_owned();
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            if !(name.ends_with(".yml") || name.ends_with(".yaml")) {
                continue;
            }
            let (documents, _) = parse(FileId(0), &text);
            let kind = documents.iter().filter_map(|d| d.root.as_ref()).find_map(|root| classify(&name, root));
            let repository =
                name.split("/corpus/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("").to_owned();
            let Some(kind) = kind else {
                if std::env::var_os("STOCKADE_LIST").is_some() && name.contains("/tasks/") {
                    println!("not claimed: {name}");
                }
                continue;
            };
            let file = File { id: FileId(0), path: &name, text: &text, kind, documents: &documents };
            let lowered = lower(project(&name), &[file]);
            if std::env::var_os("STOCKADE_LIST").is_some() {
                println!("{kind:?} {name}");
                for error in &lowered.incomplete {
                    println!("  incomplete: {} at {:?}", error.message, error.span.text(&text));
                }
                for resource in lowered.resources.iter().filter(|r| !r.view && !r.kind.contains('.')) {
                    println!("  {} {}", resource.kind, resource.address);
                }
            }
            let mut addresses: Vec<_> = lowered.resources.iter().map(|resource| &resource.address).collect();
            addresses.sort();
            addresses.dedup();
            assert_eq!(addresses.len(), lowered.resources.len(), "{name}");
            for cut in (1..8).map(|part| text.len() * part / 8).filter(|cut| text.is_char_boundary(*cut)) {
                let damaged = text[..cut].replace("name", "\"{{ '").replace(": ", ":\t");
                for text in [&text[..cut], damaged.as_str()] {
                    let (documents, _) = parse(FileId(0), text);
                    lower(project(&name), &[File { text, documents: &documents, ..file }]);
                }
            }
            let count = counts.entry((repository, kind)).or_default();
            count.0 += 1;
            count.1 += lowered.resources.iter().filter(|resource| resource.kind == "task").count();
        }
    }
    for ((repository, kind), (files, tasks)) in counts {
        println!("{repository} {kind:?}: {files} files, {tasks} tasks");
    }
}

#[test]
fn cloud_modules_are_terraform_resources() {
    let text = "\
- hosts: localhost
  tasks:
    - name: Bucket
      s3_bucket:
        name: logs
        acl: public-read
        versioning: true
        encryption: aws:kms
        public_access: { block_public_acls: true }
        policy: { Statement: [] }
        tags: { a: b }
    - name: Gone
      s3_bucket: { name: old, state: absent }
    - name: Started
      ec2_instance: { instance_ids: [i-1], state: running }
";
    let lowered = lowered(text);
    let bucket = only(&lowered, "aws_s3_bucket");
    assert_eq!(bucket.address, "site.yml#localhost/Bucket as aws_s3_bucket");
    assert_eq!(bucket.head().text(text), "s3_bucket");
    assert_eq!(bucket.body.get("acl").and_then(Value::as_text), Some("public-read"));
    assert_eq!(source(text, bucket.body.get("acl")), "public-read");
    let versioning = &bucket.body.get("versioning").unwrap().items()[0];
    assert_eq!(versioning.get("enabled").and_then(Value::as_bool), Some(true));
    let mut at = bucket.body.get("server_side_encryption_configuration").unwrap();
    for step in ["rule", "apply_server_side_encryption_by_default", "sse_algorithm"] {
        at = at.items()[0].get(step).unwrap();
    }
    assert_eq!(at.as_text(), Some("aws:kms"));
    assert!(
        bucket.body.get("policy").unwrap().as_map().is_some() && bucket.body.get("tags").unwrap().as_map().is_some()
    );
    assert!(bucket.body.field("public_access").is_none() && bucket.body.field("name").is_none());
    let block = only(&lowered, "aws_s3_bucket_public_access_block");
    assert_eq!(block.body.get("block_public_acls").and_then(Value::as_bool), Some(true));
    assert!(lowered.links.iter().any(|link| link.label == "bucket"
        && lowered.resources[link.from.0 as usize].kind == block.kind
        && lowered.resources[link.to.0 as usize].kind == bucket.kind));
    assert!(!kinds(&lowered).contains(&"aws_instance"), "it starts one that is there");
}

#[test]
fn security_group_rules_are_blocks() {
    let text = "\
- hosts: localhost
  tasks:
    - ec2_group:
        name: web
        rules:
          - { proto: tcp, ports: [22, 8000-8080], cidr_ip: '0.0.0.0/0, 10.0.0.0/8' }
          - { proto: all, cidr_ipv6: '::/0' }
          - { from_port: -1, to_port: -1, cidr_ip: '{{ ours }}' }
        rules_egress: '{{ out }}'
";
    let lowered = lowered(text);
    let group = only(&lowered, "aws_security_group");
    let rules = group.body.get("ingress").unwrap().items();
    let port = |index: usize, name: &str| {
        rules[index].get(name).and_then(Value::as_number).and_then(stockade_model::Number::as_i64)
    };
    assert_eq!(rules.len(), 4);
    assert_eq!((port(0, "from_port"), port(0, "to_port")), (Some(22), Some(22)));
    assert_eq!((port(1, "from_port"), port(1, "to_port")), (Some(8000), Some(8080)));
    assert_eq!(source(text, rules[1].get("to_port")), "8000-8080");
    assert_eq!(texts(rules[0].get("cidr_blocks")), ["0.0.0.0/0", "10.0.0.0/8"]);
    assert_eq!(rules[2].get("protocol").and_then(Value::as_text), Some("all"));
    assert!(rules[2].get("from_port").is_none());
    assert_eq!((port(3, "from_port"), port(3, "to_port")), (Some(0), Some(65_535)));
    assert_eq!(rules[3].get("protocol").and_then(Value::as_text), Some("tcp"));
    assert!(rules[3].get("cidr_blocks").and_then(Value::as_list).is_some_and(|list| list.open.is_some()));
    assert!(group.body.get("egress").and_then(Value::as_list).is_some_and(|list| list.open.is_some()));
}

#[test]
fn other_clouds_are_told_in_terraforms_words() {
    let text = "\
- hosts: localhost
  tasks:
    - gcp_compute_firewall: { name: a, allowed: [{ ip_protocol: tcp, ports: ['22'] }] }
    - gcp_container_cluster: { name: a, legacy_abac: { enabled: yes }, network_policy: { enabled: no } }
    - gcp_storage_bucket: { name: a, acl: [{ entity: allUsers, role: READER }] }
    - azure_rm_storageaccount: { name: a, https_only: no, public_network_access: Disabled, network_acls: { default_action: Deny } }
    - azure_rm_securitygroup: { name: a, rules: [{ name: r, priority: 1, destination_port_range: '22' }] }
    - community.aws.ecs_ecr: { name: a, image_tag_mutability: mutable, policy: '{{ p }}' }
    - aws_s3: { bucket: a, mode: create, permission: public-read }
    - ec2_lc: { name: a, image_id: b, volumes: [{ device_name: x, snapshot: s }, { ephemeral: e }] }
";
    let lowered = lowered(text);
    let value = |kind: &str, name: &str| {
        only(&lowered, kind).body.get(name).cloned().unwrap_or_else(|| panic!("{kind} {name}"))
    };
    let first = |kind: &str, block: &str, name: &str| value(kind, block).items()[0].get(name).cloned();
    assert_eq!(first("google_compute_firewall", "allow", "protocol").unwrap().as_text(), Some("tcp"));
    assert_eq!(value("google_container_cluster", "enable_legacy_abac").as_bool(), Some(true));
    assert!(only(&lowered, "google_container_cluster").body.field("legacy_abac").is_none());
    assert_eq!(first("google_container_cluster", "network_policy", "enabled").unwrap().as_bool(), Some(false));
    assert_eq!(value("google_storage_bucket_access_control", "entity").as_text(), Some("allUsers"));
    assert_eq!(value("azurerm_storage_account", "https_traffic_only_enabled").as_bool(), Some(false));
    assert_eq!(value("azurerm_storage_account", "public_network_access_enabled").as_bool(), Some(false));
    assert_eq!(first("azurerm_storage_account", "network_rules", "default_action").unwrap().as_text(), Some("Deny"));
    assert_eq!(
        first("azurerm_network_security_group", "security_rule", "direction").unwrap().as_text(),
        Some("Inbound")
    );
    assert_eq!(value("aws_ecr_repository", "image_tag_mutability").as_text(), Some("MUTABLE"));
    assert!(value("aws_ecr_repository_policy", "policy").why().is_some());
    assert_eq!(value("aws_s3_bucket", "acl").as_text(), Some("public-read"));
    let volumes = value("aws_launch_configuration", "ebs_block_device");
    assert_eq!(volumes.items().len(), 1);
    assert_eq!(volumes.items()[0].get("snapshot_id").and_then(Value::as_text), Some("s"));
}
