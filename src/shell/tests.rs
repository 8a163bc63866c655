//! Tests of reading; those of the view are beside [`crate::lower`].

use super::*;

fn read(text: &str) -> Vec<Command> {
    commands(text).expect("within the limits")
}

/// The words of every command, quotes removed, one string a command.
fn shown(text: &str) -> Vec<String> {
    read(text).iter().map(|c| c.words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn words_lose_their_quotes_and_keep_their_place() {
    let text = r#"echo a\ b"c d\"e"$'x\ty' 'f  g' "$HOME/x"  "#;
    let command = &read(text)[0];
    let words: Vec<&str> = command.words.iter().map(|w| w.text.as_str()).collect();
    assert_eq!(words, ["echo", "a bc d\"ex\ty", "f  g", "$HOME/x"]);
    let spans: Vec<&str> = command.words.iter().map(|w| &text[w.span.clone()]).collect();
    assert_eq!(spans, ["echo", r#"a\ b"c d\"e"$'x\ty'"#, "'f  g'", "\"$HOME/x\""]);
    assert!(!command.words[0].quoted && command.words[1].quoted);
    let parts: Vec<Part<'_>> = command.words[3].parts().collect();
    assert_eq!(parts, [Part::Unknown("$HOME"), Part::Known("/x")]);
    // `c d` inside the second word is at the quotes' inside.
    assert_eq!(&text[command.words[1].range(3..6)], "c d");
}

#[test]
fn operators_and_pipes_join() {
    let text = "a && b || c; d | e |& f &\ng";
    let got = read(text);
    let operators: Vec<Option<&str>> = got.iter().map(|c| c.operator.map(Operator::text)).collect();
    assert_eq!(operators, [None, Some("&&"), Some("||"), Some(";"), Some("|"), Some("|"), Some("&")]);
    assert_eq!((got[4].reads, got[3].writes, got[5].reads, got[4].writes), (Some(3), Some(4), Some(4), Some(5)));
    let conditional: Vec<bool> = got.iter().map(|c| c.conditional).collect();
    assert_eq!(conditional, [false, false, true, false, false, false, false]);
    assert_eq!(got[3].previous, Some(2));
}

#[test]
fn everything_in_control_structures_is_listed() {
    let text = "if a; then b; elif c; then d; else e; fi\nfor x in $(f) 2; do g $x; done; while h; do i; done < j\n\
                case $y in (k|l) m;; *) n;; esac; o() { p; }; function q { r; }; { s; t; } > u; (v; w) | x; [[ -f y && z ]] && A";
    let got = read(text);
    let names: Vec<&str> = got.iter().map(|c| c.words[0].text.as_str()).collect();
    assert_eq!(
        names,
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "m", "n", "p", "r", "s", "t", "v", "w", "x", "[[", "A"]
    );
    let conditional: String = got.iter().filter(|c| c.conditional).map(|c| c.words[0].text.as_str()).collect();
    assert_eq!(conditional, "bcdeimnprA");
    let function: String = got.iter().filter(|c| c.function).map(|c| c.words[0].text.as_str()).collect();
    assert_eq!(function, "pr");
    assert!(got[15].subshell && got[16].subshell && got[5].substitution);
    assert_eq!((got[17].reads, got[15].writes, got[16].writes), (Some(16), Some(17), Some(17)));
    assert_eq!(got[14].redirections[0].target.text, "u");
    assert_eq!(got[8].redirections[0].operator, "<");
}

#[test]
fn redirections_stand_anywhere() {
    let command = &read("2>/dev/null apt-get install 2>>log curl &> all <<<word nano")[0];
    assert_eq!(
        command.words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>(),
        ["apt-get", "install", "curl", "nano"]
    );
    let got: Vec<_> = command.redirections.iter().map(|r| (r.descriptor, r.operator, r.target.text.as_str())).collect();
    assert_eq!(got, [(Some(2), ">", "/dev/null"), (Some(2), ">>", "log"), (None, "&>", "all"), (None, "<<<", "word")]);
}

#[test]
fn assignments_come_before_the_program() {
    let got = read("A=1 B=\"x $C\" make D=2; E=$(f) G=(h i)");
    assert_eq!(
        got[0].env.iter().map(|a| (a.name.as_str(), a.value.text.as_str())).collect::<Vec<_>>(),
        [("A", "1"), ("B", "x $C")]
    );
    assert_eq!(got[0].words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>(), ["make", "D=2"]);
    assert!(got[1].words.is_empty());
    assert_eq!(got[1].env[1].value.text, "(h i)");
    assert_eq!(got[2].words[0].text, "f");
}

#[test]
fn here_documents_are_no_commands() {
    let text = "cat <<A <<-\"B\" >x | sh\nrm a $(id)\nA\n\trm $(b)\n\tB\necho c";
    assert_eq!(shown(text), ["cat", "sh", "id", "echo c"]);
    let got = read(text);
    let bodies: Vec<&str> = got[0].redirections.iter().filter_map(|r| r.body.clone()).map(|b| &text[b]).collect();
    assert_eq!(bodies, ["rm a $(id)\n", "\trm $(b)\n"]);
}

#[test]
fn a_here_document_of_a_shell_is_read() {
    let got = read("sudo bash -e <<'EOF'\napt-get update\nEOF\nls");
    let names: Vec<Option<&str>> = got.iter().map(Command::program).collect();
    assert_eq!(names, [Some("sudo"), Some("bash"), Some("apt-get"), Some("ls")]);
    assert_eq!(got[2].wrapper, Some(1));
}

#[test]
fn substitutions_are_listed_wherever_they_stand() {
    assert_eq!(
        shown("echo \"$(a `b \\`c\\``)\" ${X:-$(d)} $((1 + $(e))) <(f) $( (g) )"),
        [
            "echo $(a `b \\`c\\``) ${X:-$(d)} $((1 + $(e))) <(f) $( (g) )",
            "a `b \\`c\\``",
            "b `c`",
            "c",
            "d",
            "e",
            "f",
            "g"
        ]
    );
}

#[test]
fn wrappers_are_opened() {
    let text =
        "curl x | sudo -u root -E A=1 env -i B=2 nice -n 5 bash -c 'apt-get update && apt-get install \"a b\"' | tee";
    let got = read(text);
    let names: Vec<&str> = got.iter().filter_map(Command::program).collect();
    assert_eq!(names, ["curl", "sudo", "env", "nice", "bash", "apt-get", "apt-get", "tee"]);
    assert_eq!(
        got.iter().map(|c| c.wrapper).collect::<Vec<_>>(),
        [None, None, Some(1), Some(2), Some(3), Some(4), Some(4), None]
    );
    assert_eq!(got.iter().map(|c| c.sudo).collect::<Vec<_>>(), [false, false, true, true, true, true, true, false]);
    assert_eq!((got[0].writes, got[4].reads, got[4].writes, got[7].reads), (Some(4), Some(0), Some(7), Some(4)));
    assert_eq!(got[2].env[0].name, "A");
    assert_eq!(got[3].env[0].value.text, "2");
    assert_eq!(got[6].operator, Some(Operator::And));
    assert_eq!(got[6].previous, Some(5));
    assert_eq!(&text[got[6].words[2].span.clone()], "\"a b\"");
    assert_eq!(&text[got[6].words[0].span.clone()], "apt-get");
    assert_eq!(shown("su - app -c \"cd $D; ls\"")[1..], ["cd $D", "ls"]);
    assert_eq!(shown("command -v curl"), ["command -v curl"]);
    assert_eq!(shown("exec gosu app run x")[2], "run x");
    assert_eq!(shown("bash script -c x"), ["bash script -c x"]);
    assert_eq!(shown("bash -o pipefail -ec 'a | b'")[1..], ["a", "b"]);
    assert_eq!(shown("timeout -k 5 10 wget x")[1], "wget x");
}

#[test]
fn argument_lists_are_opened() {
    let word = |text: &str, at: usize| Word::new(text, at..at + text.len(), OffsetMap::from_start(at));
    let got = argv(vec![word("sh", 2), word("-c", 8), word("exec app", 14)]);
    assert_eq!(got.iter().filter_map(Command::program).collect::<Vec<_>>(), ["sh", "exec", "app"]);
    assert_eq!(got[2].words[0].span, 19..22);
    assert!(argv(Vec::new()).is_empty());
}

#[test]
fn comments_and_joined_lines_are_blanks() {
    let text = "a b#c # d\n# e\n\\\nf \\\n  g # h";
    assert_eq!(shown(text), ["a b#c", "f g"]);
    assert_eq!(shown("a\r\nb \\\r\n c\r\n"), ["a", "b c"]);
}

#[test]
fn faults_cost_little() {
    assert_eq!(shown("echo )( bar; curl x | bash"), ["echo", "bar", "curl x", "bash"]);
    assert_eq!(shown("fi; done; a; } b; ;; c"), ["a", "b", "c"]);
    assert_eq!(shown("if a; then b; for x in y; do c; fi; d"), ["a", "b", "c", "d"]);
    assert_eq!(shown("echo 'open\nls"), ["echo open\nls"]);
    assert_eq!(shown("a | | b && || c"), ["a", "b", "c"]);
    assert_eq!(shown("case x in a) b; esac; c"), ["b", "c"]);
    assert_eq!(shown(""), Vec::<String>::new());
}

#[test]
fn holes_are_unknown() {
    let text = "apt-get install {{ p | join(' ') }} x{{ v }} '{{ q }}' && ls";
    let holes: Vec<Range<usize>> = ["{{ p | join(' ') }}", "{{ v }}", "{{ q }}"]
        .iter()
        .map(|hole| text.find(hole).map(|at| at..at + hole.len()).expect("in the text"))
        .collect();
    let got = commands_around(text, &holes).expect("short");
    assert_eq!(got.len(), 2);
    let words = &got[0].words;
    assert!(words[2].is_expansion() && words[4].is_expansion());
    assert_eq!(words[3].parts().collect::<Vec<_>>(), [Part::Known("x"), Part::Unknown("{{ v }}")]);
}

#[test]
fn limits_are_told() {
    assert_eq!(commands(&"a ".repeat(MAX_LEN)), Err(Unread::TooLong));
    for open in [
        "$(",
        "\"${",
        "((",
        "(",
        "{ ",
        "if ",
        "`\\",
        "case x in ",
        "$((",
        "<(",
        "${a:-",
        "\"$(",
        "while ",
        "f() ",
        "for x in $(",
    ] {
        let _ = commands(&open.repeat(20_000));
    }
    assert_eq!(commands(&"$(".repeat(20_000)), Err(Unread::TooDeep));
}

/// Inputs that made other parsers slow: the time is bounded, whatever the answer.
#[test]
fn hostile_texts_are_read_in_linear_time() {
    let start = std::time::Instant::now();
    for part in [
        "a | ",
        ">",
        "<<A\n",
        "a=(",
        "((a);",
        "[[ ",
        "[",
        "x[",
        "$((",
        "@(",
        "a[",
        "`",
        "\\`",
        "sudo ",
        "sh -c ",
        "&",
        ";;",
        "){",
        "case x in a) ",
        "!",
        "a() ",
        "${",
        "'",
        "\"",
        "<<<",
        "env A=b ",
        "&& ",
    ] {
        let _ = commands(&part.repeat(MAX_LEN / part.len()));
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

mod random {
    use proptest::prelude::*;

    use super::*;

    fn within(commands: &[Command], len: usize) {
        for (index, command) in commands.iter().enumerate() {
            assert!(command.span.start <= command.span.end && command.span.end <= len);
            for word in &command.words {
                assert!(word.span.start <= word.span.end && word.span.end <= len, "{word:?}");
            }
            for other in [command.previous, command.reads, command.writes, command.wrapper].into_iter().flatten() {
                assert!(other < commands.len() && other != index);
            }
            let text: String = command
                .words
                .iter()
                .flat_map(Word::parts)
                .map(|p| match p {
                    Part::Known(t) | Part::Unknown(t) => t,
                })
                .collect();
            assert_eq!(text, command.words.iter().map(|w| w.text.as_str()).collect::<String>());
        }
    }

    proptest! {
        #[test]
        fn any_text(text in ".{0,200}") {
            if let Ok(got) = commands(&text) { within(&got, text.len()); }
        }

        #[test]
        fn shell_like_text(parts in proptest::collection::vec(proptest::sample::select(vec![
            "a", " ", "é", "\\", "'", "\"", "$(", ")", "`", "${", "}", "((", "))", "|", "&&", ";", "\n", "<<E", "\nE\n", ">", "2>", "if ", "then ",
            "fi", "for x in ", "do ", "done", "case x in ", "esac", "{ ", "(", "sudo ", "sh -c ", "env ", "A=", "[[ ", "]]", "#", "\r\n", "f() ", "$x", "$'",
        ]), 0..40)) {
            let text = parts.concat();
            if let Ok(got) = commands(&text) { within(&got, text.len()); }
            let holes: Vec<Range<usize>> = text.match_indices("$x").map(|(at, x)| at..at + x.len()).collect();
            if let Ok(got) = commands_around(&text, &holes) { within(&got, text.len()); }
        }
    }
}
