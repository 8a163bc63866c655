//! Templates that were bent and broken at random must neither panic, nor hang, nor grow without bound.
//!
//! A short run from the recorded cases is part of the tests. `FUZZ_SECONDS=600 STOCKADE_DATA=…` runs as long on the
//! templates of the corpus too, and names each text that took more than a second or 200 MiB.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::tests::{data, folder};
use crate::{Engine, Limits, Templates, Value};
use stockade_source::FileId;

/// Splitmix64: the same texts in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap()
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    /// An offset between two characters.
    fn offset(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    "-}}",
    "{{ end }}",
    "{{ else }}",
    "{{ if . }}",
    "{{ range . }}",
    "{{ with . }}",
    "{{ break }}",
    "{{ define \"a\" }}",
    "{{ template \"a\" . }}",
    "{{ block \"a\" . }}",
    "{{/*",
    "*/}}",
    "(",
    ")",
    "|",
    " ",
    ".",
    ".a",
    "$",
    "$x",
    ":=",
    "=",
    ",",
    "\"",
    "`",
    "'",
    "\\",
    "-",
    "-1",
    "0x",
    "1e308",
    "9223372036854775807",
    "nil",
    "true",
    "include \"a\" . ",
    "tpl ",
    "printf ",
    "\"%999999d\" ",
    "\"%v%[9]*.*f\" ",
    "print ",
    "index ",
    "len ",
    "eq ",
    "and ",
    "dict ",
    "list ",
    "set ",
    "merge ",
    "deepCopy ",
    "toYaml ",
    "fromYaml ",
    "toJson ",
    "fromJson ",
    "toToml ",
    "repeat 99999 ",
    "until 99999 ",
    "untilStep 0 9 -1 ",
    "regexReplaceAll \"(a*)*b\" ",
    "splitList \"\" ",
    "indent 99999 ",
    "nindent -5 ",
    "trunc -3 ",
    "substr 2 1 ",
    "wrap 0 ",
    "semverCompare \">=1\" ",
    "date \"2006\" ",
    "b64dec ",
    "required ",
    "toDecimal ",
    "div 1 0",
    "mod 1 0",
    "slice ",
    "without ",
    "seq 0 99999 ",
    "cat ",
    "join ",
    "range $i, $x := ",
    "é",
    "\0",
    "\n",
    ".Values",
    "$.Values.list",
    ".Values.nested.one.two",
    "((((((((",
    "{{ if 1 }}{{ if 1 }}{{ if 1 }}",
    "\u{1F600}",
];

fn mutated(random: &mut Random, seeds: &[String]) -> String {
    let mut text = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.offset(&text);
        match random.below(6) {
            0 | 1 => text.insert_str(at, random.pick(PIECES)),
            2 => {
                let end = random.offset(&text);
                let (start, end) = (at.min(end), at.max(end));
                if end - start < 40 {
                    text.replace_range(start..end, "");
                }
            }
            3 => {
                let end = random.offset(&text);
                let part = text[at.min(end)..at.max(end)].to_owned();
                let times = if part.len() < 20 { random.below(300) } else { 2 };
                text.insert_str(at, &part.repeat(times));
            }
            4 => {
                let other = &seeds[random.below(seeds.len())];
                let (a, b) = (random.offset(other), random.offset(other));
                text.insert_str(at, &other[a.min(b)..a.max(b)]);
            }
            _ => {
                let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
                text.replace_range(at..end, random.pick(PIECES));
            }
        }
    }
    text
}

/// Parses and renders a text as a chart would, and renders the text that it is as a value.
fn exercise(text: &str, data: &Value, limits: &Limits) {
    let mut templates = Templates::new();
    let _ = templates.add("helper", FileId(2), "{{ define \"a\" }}[{{ . }}]{{ end }}");
    if templates.add("t", FileId(0), text).is_err() {
        return;
    }
    let mut engine = Engine::new(&templates, limits.clone(), &());
    if let Ok(out) = engine.render("t", data) {
        let marks = out.marks();
        assert!(marks.windows(2).all(|pair| pair[0].at < pair[1].at), "marks out of order");
        assert!(marks.iter().all(|mark| mark.at < out.len() && !mark.place.span.is_none()), "a mark without a place");
        assert!(out.is_empty() || marks[0].at == 0, "a text without a place");
        for mark in marks.iter().filter(|mark| mark.verbatim.is_some() && mark.place.span.file == FileId(0)) {
            let span = mark.span(1);
            assert_eq!(text.as_bytes()[span.start as usize], out.as_str().as_bytes()[mark.at], "not verbatim");
        }
    }
}

fn recorded() -> Vec<String> {
    let mut seeds = Vec::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let text = std::fs::read_to_string(path).unwrap();
            seeds.extend(text.lines().filter(|line| line.contains("{{")).map(str::to_owned));
        }
    }
    seeds.sort();
    seeds
}

fn of_corpus(folder: &Path, seeds: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            of_corpus(&path, seeds);
        } else if path.components().any(|part| part.as_os_str() == "templates")
            && let Ok(text) = std::fs::read_to_string(&path)
            && text.contains("{{")
            && text.len() < 20_000
        {
            seeds.push(text);
        }
    }
}

/// The largest memory of this process so far, in MiB, where the system tells.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().split(' ').next().unwrap_or("0").parse::<usize>().unwrap_or(0) / 1024
}

#[test]
fn broken_templates_do_no_harm() {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    let mut seeds = recorded();
    let mut limits = Limits { steps: 20_000, ..Limits::default() };
    if seconds.is_some() {
        limits = Limits::default();
        if let Some(folder) = std::env::var_os("STOCKADE_DATA") {
            of_corpus(&Path::new(&folder).join("corpus"), &mut seeds);
        }
        println!("{} seeds", seeds.len());
    }
    let run = move || {
        let values = std::fs::read_to_string(folder().join("values.yaml")).unwrap();
        let seed = std::env::var("FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
        let (mut random, start, mut count, mut slow) = (Random(seed), Instant::now(), 0u64, Vec::new());
        while seconds.map_or(count < 1500, |seconds| start.elapsed() < seconds) {
            let text = mutated(&mut random, &seeds);
            let (begin, before) = (Instant::now(), memory());
            if seconds.is_some() {
                let _ = std::fs::write(std::env::temp_dir().join(format!("gotemplate-fuzz-{seed}")), &text);
            }
            exercise(&text, &data(&values), &limits);
            let grown = memory() - before;
            if seconds.is_some() && (begin.elapsed() > Duration::from_secs(1) || grown > 200) {
                println!("{:?}, {grown} MiB: {text}\n", begin.elapsed());
                slow.push(text);
            }
            count += 1;
        }
        println!("{count} texts, {} MiB", memory());
        assert!(slow.is_empty(), "{} texts took too long or too much memory", slow.len());
    };
    std::thread::Builder::new().stack_size(16 << 20).spawn(run).unwrap().join().unwrap();
}
