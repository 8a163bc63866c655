//! Plans by hand, small.

use stockade_model::{Kind, Lowered, Reason, Resource, Value};
use stockade_source::FileId;

use super::{Plan, PlanLowered, is_plan};

fn lowered(text: &str) -> PlanLowered {
    Plan::open(FileId(0), text).expect("a plan").lower(".", None)
}

fn resource<'l>(lowered: &'l Lowered, address: &str) -> &'l Resource {
    lowered.resources.iter().find(|resource| resource.address == address).expect(address)
}

fn at<'l>(lowered: &'l Lowered, address: &str, path: &[&str]) -> &'l Value {
    let (first, rest) = path.split_first().expect("a path");
    resource(lowered, address).body.get(first).and_then(|value| value.at(rest)).expect("a value")
}

fn planned(resources: &str, rest: &str) -> String {
    format!(r#"{{"format_version":"1.2","planned_values":{{"root_module":{{"resources":[{resources}]}}}}{rest}}}"#)
}

fn links(lowered: &Lowered) -> Vec<String> {
    let address = |at: u32| lowered.resources[at as usize].address.as_str();
    lowered.links.iter().map(|link| format!("{} {} {}", address(link.from.0), link.label, address(link.to.0))).collect()
}

#[test]
fn plans_are_told_from_other_json() {
    assert!(is_plan(r#"{"format_version":"1.2","planned_values":{}}"#));
    assert!(is_plan("\u{feff}\n {\"format_version\": \"9\", \"values\": {}}"));
    assert!(is_plan(r#"{"format_version":"1.2","resource_changes":[{"a":"#), "cut off");
    assert!(!is_plan(r#"{"format_version":"1.0","provider_schemas":{}}"#));
    assert!(!is_plan(r#"{"name":"x","values":{}}"#));
    assert!(!is_plan(r#"[{"format_version":"1.0","values":{}}]"#));
    assert!(!is_plan(r#"{"a":{"format_version":"1.0","values":{}}}"#));
}

#[test]
fn bodies_have_the_shape_of_the_source() {
    let text = planned(
        r#"{"address":"aws_x.a[\"k\"]","mode":"managed","type":"aws_x","name":"a","index":"k",
            "values":{"n":null,"none":[],"port":22,"on":false,"block":[{"a":"b","n":null}],"tags":{"k":"v"},
            "policy":"{\"Statement\":[{\"Effect\":\"Allow\"}]}"}},
           {"address":"data.aws_y.d","mode":"data","type":"aws_y","name":"d","values":{"x":1}}"#,
        "",
    );
    let out = lowered(&text).lowered;
    let a = resource(&out, r#"aws_x.a["k"]"#);
    assert_eq!((a.kind.as_str(), a.name.as_str(), a.instance.as_deref()), ("aws_x", "a", Some("\"k\"")));
    assert_eq!(a.via, Some("plan"));
    assert_eq!(a.head().text(&text), r#""aws_x.a[\"k\"]""#);
    let names: Vec<&str> = a.body.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["port", "on", "block", "tags", "policy"], "null and no blocks are absent");
    let block = &a.body.get("block").expect("blocks").items()[0];
    assert_eq!(block.get("a").and_then(Value::as_text), Some("b"));
    assert_eq!(block.get("a").map(|value| value.span.text(&text)), Some("\"b\""));
    let effect = a.body.get("policy").and_then(Value::structure).and_then(|policy| policy.get("Statement"));
    assert_eq!(effect.map(|list| list.items()[0].get("Effect").and_then(Value::as_text)), Some(Some("Allow")));
    assert_eq!(resource(&out, "data.aws_y.d").kind, "data.aws_y");
}

#[test]
fn an_empty_list_that_is_configured_is_there() {
    let text = planned(
        r#"{"address":"aws_x.a","type":"aws_x","name":"a","values":{"cidrs":[],"blocks":[]}}"#,
        r#","configuration":{"root_module":{"resources":[{"address":"aws_x.a","expressions":{"cidrs":{"constant_value":[]}}}]}}"#,
    );
    let out = lowered(&text).lowered;
    let body = &resource(&out, "aws_x.a").body;
    assert!(body.get("cidrs").is_some() && body.get("blocks").is_none());
}

#[test]
fn unknown_values_are_unknown() {
    let text = planned(
        r#"{"address":"aws_x.a","type":"aws_x","name":"a","values":{"list":["a",null],"b":[{"k":1}]}}"#,
        r#","resource_changes":[{"address":"aws_x.a","change":{"actions":["create"],
            "after_unknown":{"id":true,"list":[false,true],"b":[{"v":true}],"t":{"x":true},"u":{}}}}]"#,
    );
    let out = lowered(&text).lowered;
    let why = |path: &[&str]| at(&out, "aws_x.a", path).why().map(|why| (why.reason, why.subject.to_string()));
    assert_eq!(why(&["id"]), Some((Reason::Computed, "aws_x.a.id".into())));
    let list = at(&out, "aws_x.a", &["list"]).items();
    assert!(list[0].as_text() == Some("a") && matches!(list[1].kind, Kind::Unknown(_)));
    let block = &at(&out, "aws_x.a", &["b"]).items()[0];
    assert!(block.get("v").is_some_and(|value| value.why().is_some()) && block.get("k").is_some());
    assert!(why(&["t"]).is_some());
    assert!(resource(&out, "aws_x.a").body.get("u").is_none());
}

#[test]
fn secrets_are_marked_and_blanked() {
    let text = planned(
        r#"{"address":"aws_x.a","type":"aws_x","name":"a","values":{"p":"hunter2","o":{"q":"hunter3","r":"shown"},
            "l":["hunter4"]},"sensitive_values":{"o":{"q":true},"l":true}}"#,
        r#","variables":{"p":{"value":"hunter2"}},"resource_changes":[{"address":"aws_x.a","change":{"actions":["update"],
            "before":{"p":"hunter1"},"after_sensitive":{"p":true}}}]"#,
    );
    let out = lowered(&text);
    assert!(at(&out.lowered, "aws_x.a", &["p"]).sensitive);
    assert!(at(&out.lowered, "aws_x.a", &["o", "q"]).sensitive && !at(&out.lowered, "aws_x.a", &["o", "r"]).sensitive);
    assert!(at(&out.lowered, "aws_x.a", &["l"]).items()[0].sensitive);
    assert!(!out.text.contains("hunter") && out.text.contains("shown"), "{}", out.text);
    assert_eq!(out.text.len(), text.len());
    assert!(out.changed.contains("aws_x.a"));
}

#[test]
fn references_link_instances_and_cross_modules() {
    let module = |key: &str| {
        format!(
            r#"{{"address":"module.m[\"{key}\"]","resources":[
                {{"address":"module.m[\"{key}\"].aws_x.x","type":"aws_x","name":"x","values":{{}}}}]}}"#
        )
    };
    let text = format!(
        r#"{{"format_version":"1.2","planned_values":{{"root_module":{{"resources":[
            {{"address":"aws_s.s[0]","type":"aws_s","name":"s","index":0,"values":{{}}}},
            {{"address":"aws_s.s[1]","type":"aws_s","name":"s","index":1,"values":{{}}}},
            {{"address":"aws_c.c[1]","type":"aws_c","name":"c","index":1,"values":{{}}}},
            {{"address":"aws_d.d","type":"aws_d","name":"d","values":{{"b":[{{}}]}}}}],
          "child_modules":[{},{}]}}}},
          "configuration":{{"root_module":{{"resources":[
            {{"address":"aws_c.c","expressions":{{"s":{{"references":["aws_s.s","count.index"]}}}}}},
            {{"address":"aws_d.d","expressions":{{"b":[{{"k":{{"references":["module.m[\"a\"].out","module.m[\"a\"]"]}}}}],
              "s":{{"references":["aws_s.s[0].id","aws_s.s[0]","aws_s.s"]}},
              "all":{{"references":["aws_s.s"]}}}}}}],
            "module_calls":{{"m":{{"expressions":{{"v":{{"references":["aws_d.d.arn","aws_d.d"]}}}},"module":{{
              "outputs":{{"out":{{"expression":{{"references":["aws_x.x.id","aws_x.x"]}}}}}},
              "resources":[{{"address":"aws_x.x","expressions":{{"v":{{"references":["var.v"]}}}}}}]}}}}}}}}}}}}"#,
        module("a"),
        module("b"),
    );
    let out = lowered(&text).lowered;
    assert!(out.incomplete.is_empty(), "{:?}", out.incomplete);
    assert_eq!(
        links(&out),
        [
            "aws_c.c[1] s aws_s.s[1]",
            r#"aws_d.d b.k module.m["a"].aws_x.x"#,
            "aws_d.d s aws_s.s[0]",
            "aws_d.d all aws_s.s[0]",
            "aws_d.d all aws_s.s[1]",
            r#"module.m["a"].aws_x.x v aws_d.d"#,
            r#"module.m["b"].aws_x.x v aws_d.d"#,
        ]
    );
}

#[test]
fn circles_of_references_end() {
    let text = planned(
        r#"{"address":"aws_x.a","type":"aws_x","name":"a","values":{}}"#,
        r#","configuration":{"root_module":{"resources":[{"address":"aws_x.a","expressions":{"v":{"references":["module.m.o"]}}}],
            "module_calls":{"m":{"expressions":{"v":{"references":["module.m.o"]}},"module":{
              "outputs":{"o":{"expression":{"references":["var.v"]}}}}}}}}"#,
    )
    .replace("\"resources\":[{\"address\":\"aws_x.a\",\"type\"", "\"child_modules\":[{\"address\":\"module.m\"}],\"resources\":[{\"address\":\"aws_x.a\",\"type\"");
    assert!(links(&lowered(&text).lowered).is_empty());
}

#[test]
fn states_and_changes_alone_are_read() {
    let state = r#"{"format_version":"0.2","values":{"root_module":{"resources":[
        {"address":"aws_x.a","type":"aws_x","name":"a","values":{"k":"v"}}]}}}"#;
    assert_eq!(at(&lowered(state).lowered, "aws_x.a", &["k"]).as_text(), Some("v"));
    let changes = r#"{"format_version":"1.1","resource_changes":[
        {"address":"module.m.aws_x.a[0]","module_address":"module.m","type":"aws_x","name":"a","change":{"actions":["create"],"after":{"k":"v"}}},
        {"address":"aws_x.b","type":"aws_x","name":"b","deposed":"1","change":{"actions":["delete"],"after":null}},
        {"address":"aws_x.c","type":"aws_x","name":"c","change":{"actions":["forget"],"after":{"k":"v"}}}]}"#;
    let out = lowered(changes).lowered;
    assert_eq!(out.resources.len(), 1);
    assert_eq!(out.resources[0].instance.as_deref(), Some("0"));
    assert_eq!(at(&out, "module.m.aws_x.a[0]", &["k"]).as_text(), Some("v"));
}

#[test]
fn data_that_was_read_while_planning_is_there() {
    let text = planned(
        r#"{"address":"aws_x.a","type":"aws_x","name":"a","values":{}}"#,
        r#","prior_state":{"values":{"root_module":{"resources":[
            {"address":"aws_x.old","type":"aws_x","name":"old","values":{"s":"before"}},
            {"address":"data.aws_y.d","mode":"data","type":"aws_y","name":"d","values":{"k":"v"}}]}}}"#,
    );
    let out = lowered(&text);
    let addresses: Vec<&str> = out.lowered.resources.iter().map(|resource| resource.address.as_str()).collect();
    assert_eq!(addresses, ["aws_x.a", "data.aws_y.d"]);
    assert!(!out.text.contains("before"));
}

#[test]
fn variables_are_given_at_their_places() {
    let text = planned(
        "",
        r#","variables":{"a":{"value":"x"},"s":{"value":"hunter2"},"n":{}},
            "configuration":{"root_module":{"variables":{"s":{"sensitive":true}}}}"#,
    );
    let plan = Plan::open(FileId(0), &text).expect("a plan");
    let (clear, shown) = plan.variables().expect("variables");
    assert_eq!(clear.find("\"x\""), text.find("\"x\""));
    let words: String = clear.split_whitespace().collect();
    assert_eq!(words, r#"{"a":"x","s":"hunter2",}"#);
    assert!(!shown.contains("hunter2"));
}
