use stockade_model::{Kind, Lowered, Value};
use stockade_source::FileId;

fn lowered(text: &str) -> Lowered {
    let (documents, errors) = stockade_yaml::parse(FileId(0), text);
    assert_eq!(errors, []);
    let root = documents[0].root.as_ref().expect("a root");
    assert!(crate::is_compose(root));
    crate::lower("compose.yaml", root)
}

fn at<'a>(lowered: &'a Lowered, service: &str, key: &str) -> &'a Value {
    let service = lowered.resources.iter().find(|one| one.name == service).expect("the service");
    service.body.get(key).expect("the field")
}

#[test]
fn only_compose_is_compose() {
    let is = |text: &str| stockade_yaml::parse(FileId(0), text).0[0].root.as_ref().is_some_and(crate::is_compose);
    assert!(is("services:\n  a:\n    image: b\nx-common: {}\n"));
    assert!(is("version: '3'\nservices:\n  a:\n    build: .\n"));
    assert!(!is("services:\n  a:\n    port: 1\n"));
    assert!(!is("on: push\njobs: {}\nservices:\n  a:\n    image: b\n"));
    assert!(!is("services: [a]\n"));
}

#[test]
fn short_forms_become_long_ones() {
    let lowered = lowered(
        "services:\n  web:\n    build: ./web\n    ports:\n      - '127.0.0.1:8080:80/udp'\n      - '[::1]:1:2'\n      - 90\n      - 3000-3005\n    \
         volumes:\n      - /var/run/docker.sock:/var/run/docker.sock:ro,z\n      - data:/data\n      - /anonymous\n      \
         - C:\\\\a:/b\n    environment:\n      - A=b=c\n      - D\n    cap_add: ALL\n    privileged: 'true'\n    depends_on: [db]\n  db:\n    image: x\n",
    );
    let ports = at(&lowered, "web", "ports").items();
    let field = |value: &Value, key: &str| value.get(key).map(|value| super::text(value).unwrap_or_default());
    assert_eq!(field(&ports[0], "host_ip").as_deref(), Some("127.0.0.1"));
    assert_eq!(field(&ports[0], "published").as_deref(), Some("8080"));
    assert_eq!(field(&ports[0], "protocol").as_deref(), Some("udp"));
    assert_eq!(field(&ports[1], "host_ip").as_deref(), Some("::1"));
    assert_eq!((field(&ports[2], "published"), field(&ports[2], "target").as_deref()), (None, Some("90")));
    assert_eq!(field(&ports[3], "target").as_deref(), Some("3000-3005"));
    let volumes = at(&lowered, "web", "volumes").items();
    assert_eq!(volumes[0].get("read_only").and_then(Value::as_bool), Some(true));
    let kinds: Vec<_> = volumes.iter().map(|volume| field(volume, "type").unwrap()).collect();
    assert_eq!(kinds, ["bind", "volume", "volume", "bind"]);
    assert_eq!(field(&volumes[2], "target").as_deref(), Some("/anonymous"));
    let environment = at(&lowered, "web", "environment");
    assert_eq!(environment.get("A").and_then(Value::as_text), Some("b=c"));
    assert!(environment.get("D").is_none());
    assert_eq!(at(&lowered, "web", "build").get("context").and_then(Value::as_text), Some("./web"));
    assert_eq!(at(&lowered, "web", "cap_add").items()[0].as_text(), Some("ALL"));
    assert_eq!(at(&lowered, "web", "privileged").as_bool(), Some(true));
    assert_eq!(lowered.links.len(), 1);
}

#[test]
fn variables_are_unknown_unless_they_have_a_default() {
    let lowered = lowered(
        "services:\n  a:\n    image: '${REGISTRY}/app:${TAG:-latest}'\n    user: '$UID'\n    command: 'echo $$HOME ${A:-${B:-c}} ${D:?no}'\n    \
         hostname: '${E-}${'\n    environment: ['PASSWORD=${SECRET}', 'MODE=${M:-dev}']\n",
    );
    assert!(matches!(&at(&lowered, "a", "image").kind, Kind::Template(parts) if parts.len() == 2));
    assert!(at(&lowered, "a", "image").origin.as_ref().is_some_and(|origin| origin.steps.len() == 1));
    assert!(matches!(at(&lowered, "a", "user").kind, Kind::Unknown(_)));
    assert!(matches!(&at(&lowered, "a", "command").kind, Kind::Template(parts) if parts.len() == 2));
    assert_eq!(at(&lowered, "a", "hostname").as_text(), Some("${"));
    let environment = at(&lowered, "a", "environment");
    assert!(environment.get("PASSWORD").is_some_and(|value| value.why().is_some()));
    assert_eq!(environment.get("MODE").and_then(Value::as_text), Some("dev"));
}
