//! Texts made to hurt. Test threads have 2 MB of stack and no optimisation, which is the hardest case.

use std::fmt::Write;
use std::time::{Duration, Instant};

use stockade_model::{Kind, Reason, Value};
use stockade_source::FileId;

use crate::{Document, NodeKind, Schema, duplicate_keys, parse, to_value};

/// Reads and lowers everything; gives the documents and all messages.
fn run(text: &str) -> (Vec<Document>, Vec<Value>, Vec<String>) {
    let (documents, mut errors) = parse(FileId(0), text);
    let mut values = Vec::new();
    for root in documents.iter().filter_map(|document| document.root.as_ref()) {
        for schema in [Schema::Core, Schema::Kubernetes, Schema::Yaml11] {
            let (value, more) = to_value(root, schema);
            errors.extend(more);
            values.push(value);
        }
        duplicate_keys(root);
    }
    let messages = errors.into_iter().map(|error| error.message).collect();
    (documents, values, messages)
}

#[test]
fn deep_nesting_is_an_error() {
    for unit in ["[", "{a: ", "- ", "? ", "[{a: ", "- [", "a:\n", "!t &a [", "{? "] {
        let (_, _, messages) = run(&unit.repeat(100_000));
        assert!(!messages.is_empty(), "{unit:?}");
    }
    let indented: String = (0..2_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    assert!(!run(&indented).2.is_empty());
}

#[test]
fn what_is_deep_but_allowed_is_read() {
    let text = format!("{}{}x{}\n", "- ".repeat(100), "[".repeat(150), "]".repeat(150));
    assert_eq!(run(&text).2, Vec::<String>::new());
}

#[test]
fn many_documents_and_many_errors() {
    assert_eq!(run(&"---\na: b\n".repeat(20_000)).0.len(), 20_000);
    assert_eq!(run(&"---\n".repeat(100_000)).0.len(), 100_000);
    let (documents, _, messages) = run(&"---\na: b: c\n".repeat(20_000));
    assert_eq!((documents.len(), messages.len()), (20_000, 100));
}

#[test]
fn an_alias_bomb_is_not_expanded() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let aliases = vec![format!("*a{}", n - 1); 9].join(", ");
        writeln!(text, "a{n}: &a{n} [{aliases}]").expect("a string takes anything");
    }
    let (_, values, messages) = run(&text);
    assert_eq!(messages, vec!["what the aliases of this document stand for is over a limit"; 3]);
    assert!(values.iter().all(|value| value.get("a11").is_some()));
    let last = values[0].get("a11").expect("a value");
    let mut value = last;
    while let Some(next) = value.items().last() {
        value = next;
    }
    assert_eq!(value.why().map(|why| why.reason), Some(Reason::Limit));
}

#[test]
fn a_merge_bomb_is_not_expanded() {
    let mut text = "a0: &a0 {x: 1}\n".to_owned();
    for n in 1..40 {
        let before = n - 1;
        writeln!(text, "a{n}: &a{n} {{<<: [*a{before}, *a{before}], k{n}: 1}}").expect("a string takes anything");
    }
    let (_, _, messages) = run(&text);
    assert!(messages.iter().any(|message| message.contains("over a limit")));
}

#[test]
fn a_bomb_of_long_texts_is_not_expanded() {
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), "*a,".repeat(10_000));
    let (_, _, messages) = run(&text);
    assert_eq!(messages.len(), 3);
}

#[test]
fn a_chain_of_aliases_is_as_deep_as_nesting() {
    // Each holds the one before: followed, or dropped, it is a list of 20,000 levels.
    let mut text = "- &a0 [x]\n".to_owned();
    for n in 1..20_000 {
        writeln!(text, "- &a{n} [*a{}]", n - 1).expect("a string takes anything");
    }
    let (_, _, messages) = run(&text);
    assert!(messages.iter().any(|message| message.contains("nested deeper than 512 levels")));
}

#[test]
fn a_chain_of_merges_is_as_deep_as_nesting() {
    for (open, close) in [("", ""), ("[", "]")] {
        let mut text = "a0: &a0 {x: 1}\n".to_owned();
        for n in 1..1_000 {
            writeln!(text, "a{n}: &a{n} {{<<: {open}*a{}{close}}}", n - 1).expect("a string takes anything");
        }
        let (_, values, messages) = run(&text);
        assert!(messages.iter().all(|message| message.contains("nested deeper than 512 levels")), "{messages:?}");
        assert!(values.iter().all(|value| value.at(&["a100", "x"]).is_some()));
    }
}

#[test]
fn anchors_in_anchors_are_copied_within_a_bound() {
    let names: Vec<String> = (0..250).map(|n| format!("&a{n} [")).collect();
    let aliases: Vec<String> = (0..250).map(|n| format!("*a{n}")).collect();
    let text = format!("- {}{}{}\n- [{}]\n", names.concat(), "x,".repeat(20_000), "]".repeat(250), aliases.join(","));
    let (_, _, messages) = run(&text);
    assert!(messages.iter().any(|message| message.contains("are too many")), "{messages:?}");
}

#[test]
fn self_reference_ends() {
    let (documents, values, messages) = run("&a\nb: *a\n<<: *a\n");
    assert_eq!(messages.len(), 2);
    let root = documents[0].root.as_ref().expect("a root");
    assert!(matches!(root.entries()[0].value.kind, NodeKind::Alias(_, None)));
    assert!(values.iter().all(|value| matches!(value.kind, Kind::Map(_))));
}

/// Whether four times the text takes about four times as long: a quadratic way takes sixteen. Other
/// work on the machine can disturb one comparison, hardly each of several.
fn is_linear(text: impl Fn(usize) -> String) -> bool {
    let time = |n: usize| {
        let text = text(n);
        let start = Instant::now();
        run(&text);
        start.elapsed()
    };
    (0..5).any(|_| {
        let small = time(4_000).max(Duration::from_millis(2));
        time(16_000) < small * 10
    })
}

#[test]
fn time_is_linear() {
    assert!(is_linear(|n| "# c\n".repeat(n) + "a: b\n" + &"# c\n".repeat(n)), "comments");
    assert!(is_linear(|n| (0..n).map(|n| format!("k{n}: v\n")).collect()), "keys");
    assert!(is_linear(|n| "a: ".to_owned() + &"é ".repeat(n * 4)), "a plain scalar");
    assert!(is_linear(|n| format!("a: |\n{}", "  x\n".repeat(n))), "a block scalar");
    assert!(is_linear(|n| format!("a: |\n{}b: c\n", "\n".repeat(n))), "an empty block scalar");
    assert!(is_linear(|n| "-\n# c\n".repeat(n)), "empty items");
    assert!(is_linear(|n| "a: &x b\nc: *x\n".repeat(n)), "aliases");
    assert!(is_linear(|n| "? a\n".repeat(n)), "keys without values");
    assert!(is_linear(|n| format!("{}{}", "? ".repeat(200), "\n# c".repeat(n))), "comments after nesting");
    assert!(is_linear(|n| "---\n\"\n".repeat(n)), "errors");
    assert!(is_linear(|n| format!("{{{}", "a: b, ".repeat(n))), "a flow mapping");
}

#[test]
fn long_keys_are_errors_or_keys() {
    let key = "k".repeat(1_000_000);
    let (_, _, messages) = run(&format!("{key}: v\n"));
    assert_eq!(messages.len(), 1);
    let (documents, _, messages) = run(&format!("? {key}\n: v\n"));
    assert!(messages.is_empty());
    assert!(documents[0].root.as_ref().is_some_and(|root| root.get(&key).is_some()));
}
