//! Tests of reading.

use super::*;

fn read(text: &str) -> Dockerfile {
    let (file, errors) = parse(FileId(0), text);
    assert_eq!(errors, [], "in {text:?}");
    file
}

/// The only instruction after a FROM, which is put before it.
fn one(line: &str) -> (Instruction, String) {
    let text = format!("FROM a\n{line}");
    let file = read(&text);
    assert_eq!(file.instructions.len(), 2, "in {text:?}");
    (file.instructions[1].clone(), text)
}

fn texts(items: &[Text]) -> Vec<&str> {
    items.iter().map(|item| item.text.as_str()).collect()
}

#[test]
fn from_has_flags_an_image_and_a_name() {
    let text = "FROM --platform=$BUILDPLATFORM  golang:1.24@sha256:0 as  Build";
    let file = read(text);
    let from = &file.instructions[0];
    let Arguments::From { image, alias } = &from.arguments else { panic!("{from:?}") };
    assert_eq!((image.text.as_str(), image.span.text(text)), ("golang:1.24@sha256:0", "golang:1.24@sha256:0"));
    assert_eq!(alias.as_ref().map(|a| (a.text.as_str(), a.span.start)), Some(("Build", 57)));
    assert_eq!((from.flags[0].name.as_str(), from.flags[0].span.text(text)), ("platform", "--platform=$BUILDPLATFORM"));
    assert_eq!(from.keyword_span.text(text), "FROM");
    assert_eq!(from.span.text(text), text);
}

#[test]
fn commands_have_two_forms() {
    for (line, keyword) in
        [("run ls -l", Keyword::Run), ("CMD ls -l", Keyword::Cmd), ("Entrypoint ls -l", Keyword::Entrypoint)]
    {
        let (got, text) = one(line);
        assert_eq!(got.keyword, keyword);
        let Arguments::Shell(shell) = &got.arguments else { panic!("{got:?}") };
        assert_eq!((shell.text.as_str(), shell.span.text(&text)), ("ls -l", "ls -l"));
    }
    let (got, text) = one(r#"CMD [ "a\"\u00e9b" , "c d" ,"" ] "#);
    let Arguments::Exec(words) = &got.arguments else { panic!("{got:?}") };
    assert_eq!(texts(words), ["a\"éb", "c d", ""]);
    assert_eq!(words[1].span.text(&text), "\"c d\"");
    assert_eq!(words[1].range(2..3).text(&text), "d");
    assert_eq!(words[0].range(4..5).text(&text), "b", "after an escape that is longer than what it stands for");
    assert_eq!(words[2].span.text(&text), "\"\"");
    for line in ["RUN [ [ -f x ] ] && y", "CMD ['a']", "CMD [\"a\"", "CMD [\"a\"] b", "RUN [ -f x ] && y"] {
        assert!(matches!(one(line).0.arguments, Arguments::Shell(_)), "{line}");
    }
    assert!(matches!(one("CMD []").0.arguments, Arguments::Exec(words) if words.is_empty()));
}

#[test]
fn pairs_are_read_in_both_forms() {
    let (got, text) = one(r#"ENV a=1 b="x y" c=x\ y d='z' "#);
    let Arguments::Pairs(pairs) = &got.arguments else { panic!("{got:?}") };
    let got: Vec<_> = pairs
        .iter()
        .map(|p| (p.name.text.as_str(), p.value.as_ref().map(|v| v.text.as_str()), p.span.text(&text)))
        .collect();
    assert_eq!(
        got,
        [
            ("a", Some("1"), "a=1"),
            ("b", Some("\"x y\""), "b=\"x y\""),
            ("c", Some("x\\ y"), "c=x\\ y"),
            ("d", Some("'z'"), "d='z'")
        ]
    );
    let (got, text) = one("ENV  name  the rest = of it ");
    let Arguments::Pairs(pairs) = &got.arguments else { panic!("{got:?}") };
    assert_eq!(pairs.len(), 1);
    assert_eq!(pairs[0].name.span.text(&text), "name");
    assert_eq!(pairs[0].value.as_ref().map(|v| v.span.text(&text)), Some("the rest = of it"));
    let (got, _) = one("ARG a b=c");
    let Arguments::Pairs(pairs) = &got.arguments else { panic!("{got:?}") };
    assert!(pairs[0].value.is_none() && pairs[1].value.as_ref().is_some_and(|v| v.text == "c"));
    let (got, _) = one("LABEL \"a.b\"=\"c\"");
    let Arguments::Pairs(pairs) = &got.arguments else { panic!("{got:?}") };
    assert_eq!(pairs[0].name.text, "\"a.b\"");
}

#[test]
fn copies_have_sources_and_a_destination() {
    let (got, text) = one("COPY --from=build --chown=a:b --link /x /y  /z/");
    let Arguments::Copy { sources, destination, exec: false } = &got.arguments else { panic!("{got:?}") };
    assert_eq!((texts(sources), destination.span.text(&text)), (vec!["/x", "/y"], "/z/"));
    let flags: Vec<_> =
        got.flags.iter().map(|f| (f.name.as_str(), f.value.as_ref().map(|v| v.span.text(&text)))).collect();
    assert_eq!(flags, [("from", Some("build")), ("chown", Some("a:b")), ("link", None)]);
    let (got, _) = one(r#"ADD ["a b", "c"]"#);
    let Arguments::Copy { sources, destination, exec: true } = &got.arguments else { panic!("{got:?}") };
    assert_eq!((texts(sources), destination.text.as_str()), (vec!["a b"], "c"));
}

#[test]
fn the_other_instructions() {
    assert!(matches!(one("EXPOSE 80 443/tcp").0.arguments, Arguments::Words(w) if texts(&w) == ["80", "443/tcp"]));
    assert!(matches!(one("VOLUME /a /b").0.arguments, Arguments::Words(w) if texts(&w) == ["/a", "/b"]));
    assert!(matches!(one(r#"VOLUME ["/a b"]"#).0.arguments, Arguments::Words(w) if texts(&w) == ["/a b"]));
    assert!(matches!(one("USER  app:app ").0.arguments, Arguments::Text(t) if t.text == "app:app"));
    assert!(matches!(one("WORKDIR /a b").0.arguments, Arguments::Text(t) if t.text == "/a b"));
    assert!(matches!(one("STOPSIGNAL SIGKILL").0.arguments, Arguments::Text(_)));
    assert!(matches!(one("MAINTAINER a b").0.arguments, Arguments::Text(_)));
    assert!(matches!(one(r#"SHELL ["bash", "-c"]"#).0.arguments, Arguments::Exec(w) if texts(&w) == ["bash", "-c"]));
    assert!(matches!(one("HEALTHCHECK none").0.arguments, Arguments::None));
    let (got, text) = one("HEALTHCHECK --interval=5s --timeout=3s CMD curl -f x");
    assert!(matches!(&got.arguments, Arguments::Shell(t) if t.span.text(&text) == "curl -f x"));
    assert_eq!(got.flags.len(), 2);
    assert!(matches!(one(r#"HEALTHCHECK CMD ["a"]"#).0.arguments, Arguments::Exec(_)));
    let (got, text) = one("ONBUILD RUN --mount=type=cache,target=/x ls");
    let Arguments::Onbuild(inner) = &got.arguments else { panic!("{got:?}") };
    assert_eq!((inner.keyword, inner.flags[0].span.text(&text)), (Keyword::Run, "--mount=type=cache,target=/x"));
}

#[test]
fn lines_are_joined_over_comments_and_blanks() {
    let (got, text) = one("RUN apt-get install \\\n  # why\n\n   curl \\  \r\n\t wget=\\\n1.2");
    let Arguments::Shell(shell) = &got.arguments else { panic!("{got:?}") };
    assert_eq!(shell.text, "apt-get install    curl \t wget=1.2");
    let at = shell.text.find("curl").expect("there");
    assert_eq!(shell.range(at..at + 4).text(&text), "curl");
    let at = shell.text.find("wget").expect("there");
    assert_eq!(shell.range(at..at + 8).text(&text), "wget=\\\n1.2");
    assert_eq!(got.span.text(&text), &text["FROM a\n".len()..]);
}

#[test]
fn an_escaped_escape_joins_nothing() {
    let file = read("FROM a\nRUN x\\\\\nUSER b");
    assert_eq!(file.instructions.len(), 3);
}

#[test]
fn directives_stand_at_the_top() {
    let file = read(
        "# syntax = docker/dockerfile:1\n# Escape=`\n# other=x\n# check=skip=all\n# a comment\n# escape=\\\nFROM a\nRUN dir `\n c:\\ \n",
    );
    let got: Vec<_> = file.directives.iter().map(|d| (d.name.as_str(), d.value.as_str())).collect();
    assert_eq!(got, [("syntax", "docker/dockerfile:1"), ("escape", "`"), ("check", "skip=all")]);
    assert_eq!(file.escape, '`');
    assert!(matches!(&file.instructions[1].arguments, Arguments::Shell(t) if t.text == "dir  c:\\"));
    assert_eq!(read("\n# escape=`\nFROM a").escape, '\\');
}

#[test]
fn here_documents_belong_to_their_instruction() {
    let text = "FROM a\nRUN <<EOF\n# no comment\nls \\\nEOF\nCOPY <<-\"A\" <<B /x/\n\ta\n\tA\nb\nB\nRUN cat <<E | sh && echo \"<<F\" $((1<<2)) <<<x\nls\nE\nUSER u";
    let file = read(text);
    let keywords: Vec<&str> = file.instructions.iter().map(|i| i.keyword.name()).collect();
    assert_eq!(keywords, ["FROM", "RUN", "COPY", "RUN", "USER"]);
    let bodies = |i: usize| file.instructions[i].heredocs.iter().map(|h| h.body.text(text)).collect::<Vec<_>>();
    assert_eq!(bodies(1), ["# no comment\nls \\\n"]);
    assert_eq!(bodies(2), ["\ta\n", "b\n"]);
    assert_eq!(bodies(3), ["ls\n"]);
    let copy = &file.instructions[2];
    assert!(copy.heredocs[0].literal && copy.heredocs[0].strip_tabs && !copy.heredocs[1].literal);
    assert_eq!(copy.span.text(text), "COPY <<-\"A\" <<B /x/\n\ta\n\tA\nb\nB");
    assert_eq!(copy.heredocs[1].name.span.text(text), "<<B");
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_no_text() {
    let text = "\u{feff}FROM a\r\nRUN x \\\r\n y\r\nUSER b\r\n";
    let file = read(text);
    assert_eq!(file.instructions[0].keyword_span.start, 3);
    assert!(matches!(&file.instructions[1].arguments, Arguments::Shell(t) if t.text == "x  y"));
    assert_eq!(file.instructions[2].text.span.text(text), "b");
}

#[test]
fn a_fault_costs_one_instruction() {
    let text = "ARG x\nUSER early\nFROM a\nFROMM b\nCOPY one\nENV =x\nENV a\nLABEL a=b c\nCMD [\"a\", 1]\nCMD [\"a\", [\"b]\", 2]]\nSHELL ls\nFROM a b\nHEALTHCHECK ls\nRUN\nRUN ok\n\
                COPY <<EOF /x\nno end";
    let (file, errors) = parse(FileId(0), text);
    let got: Vec<(&str, &str)> = errors.iter().map(|e| (e.span.text(text), e.message.as_str())).collect();
    assert_eq!(
        got,
        [
            ("USER", "USER stands before the first FROM"),
            ("FROMM", "unknown instruction `FROMM`"),
            ("one", "COPY takes at least two arguments"),
            ("=x", "`=x` is not of the form name=value"),
            ("a", "ENV takes a name and a value"),
            ("c", "`c` is not of the form name=value"),
            ("[\"a\", 1]", "a JSON array here takes strings only"),
            ("[\"a\", [\"b]\", 2]]", "a JSON array here takes strings only"),
            ("ls", "SHELL takes a JSON array of strings"),
            ("a b", "FROM takes an image, and a name after AS"),
            ("ls", "HEALTHCHECK takes CMD and a command, or NONE"),
            ("RUN", "RUN has no argument"),
            ("<<EOF", "the here-document `EOF` does not end"),
        ]
    );
    let keywords: Vec<&str> = file.instructions.iter().map(|i| i.keyword.name()).collect();
    assert_eq!(keywords, ["ARG", "USER", "FROM", "LABEL", "FROM", "RUN", "COPY"]);
}

#[test]
fn a_file_without_a_stage_is_wrong() {
    for text in ["", "# nothing\n", "ARG a=b\n", "\\", "\\\n\\\n"] {
        let (_, errors) = parse(FileId(0), text);
        assert_eq!(errors.last().map(|e| e.message.as_str()), Some("there is no FROM"), "{text:?}");
    }
}

#[test]
fn long_files_are_read_in_linear_time() {
    let start = std::time::Instant::now();
    for (head, part) in [
        ("FROM a\n", "RUN a\n"),
        ("FROM a\nRUN a", " \\\n b"),
        ("FROM a\nENV", " \\\n b=c"),
        ("FROM a\nRUN a \\\n", "# c\n"),
        ("FROM a\nCOPY", " <<E"),
        ("FROM a\nCMD [\"a\"", ",\"a\""),
        ("", "FROM a\n"),
        ("FROM a\nRUN ", "\"\\\n"),
        ("", "ONBUILD "),
        ("FROM a\nRUN", " --mount=a,b"),
    ] {
        let text = format!("{head}{}", part.repeat(100_000));
        let (file, _) = parse(FileId(0), &text);
        assert!(file.instructions.len() <= 100_001);
    }
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

mod random {
    use proptest::prelude::*;
    use stockade_model::Value;

    use super::*;

    fn check(text: &str) {
        let (file, errors) = parse(FileId(0), text);
        let len = u32::try_from(text.len()).expect("short");
        let inside = |span: Span| span.is_none() || span.start <= span.end && span.end <= len;
        assert!(errors.iter().all(|error| inside(error.span)));
        for instruction in &file.instructions {
            assert!(inside(instruction.span) && inside(instruction.keyword_span) && inside(instruction.text.span));
            assert!(instruction.keyword_span.text(text).replace(['\\', '\n'], "").len() >= 2 || text.contains('\\'));
        }
        let lowered = lower("Dockerfile", &file, text);
        for resource in &lowered.resources {
            assert!(
                inside(resource.span) && inside(resource.head()),
                "{}: {:?} {:?}",
                resource.address,
                resource.span,
                resource.head()
            );
            for (_, field) in resource.body.iter() {
                assert!(inside(field.key) && inside(field.entry) && inside(field.value.span));
                assert!(field.value.items().iter().map(|value: &Value| value.span).all(inside));
            }
        }
        let count = u32::try_from(lowered.resources.len()).expect("few");
        assert!(lowered.links.iter().all(|link| link.from.0 < count && link.to.0 < count && inside(link.span)));
        let mut addresses: Vec<_> = lowered.resources.iter().map(|r| r.address.clone()).collect();
        addresses.sort();
        addresses.dedup();
        assert_eq!(addresses.len(), lowered.resources.len(), "addresses are unique");
    }

    #[test]
    fn an_open_quote_behind_a_heredoc() {
        check("RUN COPY <<EOF\"");
    }

    proptest! {
        // What failed becomes a test with a name.
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text(text in "(?s).{0,300}") { check(&text); }

        #[test]
        fn dockerfile_like_text(parts in proptest::collection::vec(proptest::sample::select(vec![
            "FROM ", "a", "b AS c\n", "\n", "RUN ", "\\\n", "# c\n", "<<EOF", "\nEOF\n", "ENV ", "A=", "$A", "${A:-", "}", "\"", "'", "[", "]", "\"x\"", ",",
            "COPY ", "--from=", "0 ", "HEALTHCHECK CMD ", "ONBUILD ", "USER ", "é", "\r\n", "ARG ", "EXPOSE ", "80", "-", "/udp", "WORKDIR ", "apt-get install ",
            "curl=1", " && ", " | ", "sudo ", "SHELL ", "LABEL ", "# escape=`\n", "`\n", "\u{feff}", "${A%", "${A/", "--mount=type=cache,from=", "\0",
        ]), 0..40)) { check(&parts.concat()); }
    }
}
