//! Instructions: keyword, flags, and arguments by the grammar of each keyword.

use stockade_shell::OffsetMap;
use stockade_source::{FileId, Span, SyntaxError};

use crate::Dockerfile;
use crate::json::{Array, array};
use crate::lines::Lines;
use crate::text::{Text, place};

/// How deep `ONBUILD` is followed; BuildKit refuses the second.
const MAX_ONBUILD: u32 = 3;

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What it is.
    pub keyword: Keyword,
    /// Where the keyword stands.
    pub keyword_span: Span,
    /// The whole instruction, here-documents included.
    pub span: Span,
    /// `--name=value` before the arguments.
    pub flags: Vec<Flag>,
    /// Everything after the flags.
    pub text: Text,
    /// The arguments by the keyword's grammar.
    pub arguments: Arguments,
    /// The here-documents that follow the line.
    pub heredocs: Vec<Heredoc>,
}

/// The keywords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the language's")]
pub enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
}

impl Keyword {
    const ALL: [Keyword; 18] = [
        Keyword::Add,
        Keyword::Arg,
        Keyword::Cmd,
        Keyword::Copy,
        Keyword::Entrypoint,
        Keyword::Env,
        Keyword::Expose,
        Keyword::From,
        Keyword::Healthcheck,
        Keyword::Label,
        Keyword::Maintainer,
        Keyword::Onbuild,
        Keyword::Run,
        Keyword::Shell,
        Keyword::Stopsignal,
        Keyword::User,
        Keyword::Volume,
        Keyword::Workdir,
    ];

    /// In upper case.
    pub fn name(self) -> &'static str {
        match self {
            Keyword::Add => "ADD",
            Keyword::Arg => "ARG",
            Keyword::Cmd => "CMD",
            Keyword::Copy => "COPY",
            Keyword::Entrypoint => "ENTRYPOINT",
            Keyword::Env => "ENV",
            Keyword::Expose => "EXPOSE",
            Keyword::From => "FROM",
            Keyword::Healthcheck => "HEALTHCHECK",
            Keyword::Label => "LABEL",
            Keyword::Maintainer => "MAINTAINER",
            Keyword::Onbuild => "ONBUILD",
            Keyword::Run => "RUN",
            Keyword::Shell => "SHELL",
            Keyword::Stopsignal => "STOPSIGNAL",
            Keyword::User => "USER",
            Keyword::Volume => "VOLUME",
            Keyword::Workdir => "WORKDIR",
        }
    }

    fn parse(text: &str) -> Option<Keyword> {
        Keyword::ALL.into_iter().find(|keyword| keyword.name().eq_ignore_ascii_case(text))
    }
}

/// `--name=value` or `--name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Without the dashes.
    pub name: String,
    /// After the sign, quotes and all.
    pub value: Option<Text>,
    /// The whole flag.
    pub span: Span,
}

/// `name=value`, `name value`, or (for ARG) `name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The name, quotes and all.
    pub name: Text,
    /// The value, quotes and all.
    pub value: Option<Text>,
    /// The whole pair.
    pub span: Span,
}

/// A here-document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that announces it: `<<EOF`.
    pub name: Text,
    /// The lines, without the delimiter.
    pub body: Span,
    /// The lines and the delimiter.
    pub span: Span,
    /// `<<-`: tabs at the start of lines do not count.
    pub strip_tabs: bool,
    /// The delimiter is quoted: nothing is expanded.
    pub literal: bool,
}

/// The arguments of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arguments {
    /// FROM.
    From {
        /// The reference.
        image: Text,
        /// The name after `AS`.
        alias: Option<Text>,
    },
    /// RUN, CMD, ENTRYPOINT, HEALTHCHECK CMD, SHELL as a JSON array.
    Exec(Vec<Text>),
    /// RUN, CMD, ENTRYPOINT, HEALTHCHECK CMD as a text for the shell.
    Shell(Text),
    /// ENV, LABEL, ARG.
    Pairs(Vec<Pair>),
    /// ADD, COPY.
    Copy {
        /// All but the last.
        sources: Vec<Text>,
        /// The last.
        destination: Text,
        /// Whether they are a JSON array.
        exec: bool,
    },
    /// EXPOSE, VOLUME.
    Words(Vec<Text>),
    /// USER, WORKDIR, STOPSIGNAL, MAINTAINER.
    Text(Text),
    /// HEALTHCHECK NONE.
    None,
    /// ONBUILD.
    Onbuild(Box<Instruction>),
}

/// Reads a file; see [`crate::parse`].
pub(crate) fn parse(file: FileId, text: &str) -> (Dockerfile, Vec<SyntaxError>) {
    let mut lines = Lines::new(file, text);
    let (directives, mut errors) = lines.directives();
    let mut instructions = Vec::new();
    let mut staged = false;
    while let Some(line) = lines.next() {
        let mut parser = Parser { lines: &mut lines, errors: &mut errors };
        let Some(instruction) = parser.instruction(&line, 0) else { continue };
        staged |= instruction.keyword == Keyword::From;
        if !staged && instruction.keyword != Keyword::Arg {
            let message = format!("{} stands before the first FROM", instruction.keyword.name());
            errors.push(SyntaxError::new(instruction.keyword_span, message));
        }
        instructions.push(instruction);
    }
    if !staged {
        let end = text.len().min(lines.at());
        errors.push(SyntaxError::new(place(file, end..end), "there is no FROM"));
    }
    (Dockerfile { file, directives, escape: lines.escape, instructions }, errors)
}

struct Parser<'a, 'b> {
    lines: &'a mut Lines<'b>,
    errors: &'a mut Vec<SyntaxError>,
}

impl Parser<'_, '_> {
    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(SyntaxError::new(span, message));
    }

    fn instruction(&mut self, line: &Text, depth: u32) -> Option<Instruction> {
        let line = line.trim();
        let end = line.text.find(char::is_whitespace).unwrap_or(line.text.len());
        let word = line.slice(0..end);
        let Some(keyword) = Keyword::parse(&word.text) else {
            self.error(word.span, format!("unknown instruction `{}`", shown(&word.text)));
            return None;
        };
        let rest = line.slice(end..line.text.len());
        let (flags, text) = self.flags(&rest);
        let mut instruction = Instruction {
            keyword,
            keyword_span: word.span,
            span: line.span,
            flags,
            arguments: Arguments::None,
            heredocs: Vec::new(),
            text,
        };
        let text = instruction.text.clone();
        if text.text.is_empty() && !matches!(keyword, Keyword::Cmd | Keyword::Entrypoint) {
            self.error(word.span, format!("{} has no argument", keyword.name()));
            return None;
        }
        if matches!(keyword, Keyword::Run | Keyword::Copy | Keyword::Add)
            && text.text.contains("<<")
            && array(&text) == Array::No
        {
            self.heredocs(&mut instruction);
        }
        instruction.arguments = match keyword {
            Keyword::From => self.from(&text)?,
            Keyword::Run | Keyword::Cmd | Keyword::Entrypoint => self.command(&text)?,
            Keyword::Shell => match array(&text) {
                Array::Strings(items) if !items.is_empty() => Arguments::Exec(items),
                _ => {
                    self.error(text.span, "SHELL takes a JSON array of strings");
                    return None;
                }
            },
            Keyword::Env | Keyword::Label | Keyword::Arg => Arguments::Pairs(self.pairs(keyword, &text)?),
            Keyword::Add | Keyword::Copy => self.copy(keyword, &text)?,
            Keyword::Volume => match array(&text) {
                Array::Strings(items) => Arguments::Words(items),
                _ => Arguments::Words(text.split_blanks()),
            },
            Keyword::Expose => Arguments::Words(text.split_words(self.lines.escape)),
            Keyword::User | Keyword::Workdir | Keyword::Stopsignal | Keyword::Maintainer => Arguments::Text(text),
            Keyword::Healthcheck => self.healthcheck(&text)?,
            Keyword::Onbuild => {
                if depth >= MAX_ONBUILD {
                    self.error(word.span, "ONBUILD cannot be an argument of ONBUILD");
                    return None;
                }
                let inner = self.instruction(&text, depth + 1)?;
                instruction.span = instruction.span.to(inner.span);
                Arguments::Onbuild(Box::new(inner))
            }
        };
        Some(instruction)
    }

    /// Takes `--name=value` words off the front.
    fn flags(&mut self, rest: &Text) -> (Vec<Flag>, Text) {
        let mut flags = Vec::new();
        let source = &*rest.text;
        let mut at = 0;
        loop {
            let tail = source.get(at..).unwrap_or("");
            at += tail.len() - tail.trim_start().len();
            let tail = source.get(at..).unwrap_or("");
            if !tail.starts_with("--") {
                break;
            }
            let len = word_len(tail, self.lines.escape);
            let word = rest.slice(at..at + len);
            at += len;
            if word.text == "--" {
                break;
            }
            let equals = word.text.find('=');
            flags.push(Flag {
                name: word.text.get(2..equals.unwrap_or(word.text.len())).unwrap_or("").into(),
                value: equals.map(|equals| word.slice(equals + 1..word.text.len())),
                span: word.span,
            });
        }
        (flags, rest.slice(at..source.len()).trim())
    }

    fn heredocs(&mut self, instruction: &mut Instruction) {
        for word in instruction.text.split_words(self.lines.escape) {
            let digits = word.text.len() - word.text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let Some(name) = word.text.get(digits..).and_then(|rest| rest.strip_prefix("<<")) else { continue };
            let (strip_tabs, name) = name.strip_prefix('-').map_or((false, name), |name| (true, name));
            if name.is_empty() || name.contains('<') {
                continue;
            }
            let delimiter: String = name.chars().filter(|c| !matches!(c, '"' | '\'')).collect();
            let literal = delimiter.len() < name.len();
            let (heredoc, terminated) = self.lines.heredoc(&word, &delimiter, strip_tabs, literal);
            if !terminated {
                self.error(word.span, format!("the here-document `{}` does not end", shown(&delimiter)));
            }
            instruction.span = instruction.span.to(heredoc.span);
            instruction.heredocs.push(heredoc);
        }
    }

    fn from(&mut self, text: &Text) -> Option<Arguments> {
        let words = text.split_blanks();
        match &*words {
            [image] => Some(Arguments::From { image: image.clone(), alias: None }),
            [image, word, alias] if word.text.eq_ignore_ascii_case("as") => {
                Some(Arguments::From { image: image.clone(), alias: Some(alias.clone()) })
            }
            words => {
                // The stage begins all the same: what follows must not count for the one before.
                self.error(text.span, "FROM takes an image, and a name after AS");
                words.first().map(|image| Arguments::From { image: image.clone(), alias: None })
            }
        }
    }

    fn command(&mut self, text: &Text) -> Option<Arguments> {
        match array(text) {
            Array::Strings(items) => Some(Arguments::Exec(items)),
            Array::No => Some(Arguments::Shell(text.clone())),
            Array::Other => {
                self.error(text.span, "a JSON array here takes strings only");
                None
            }
        }
    }

    fn healthcheck(&mut self, text: &Text) -> Option<Arguments> {
        let end = text.text.find(char::is_whitespace).unwrap_or(text.text.len());
        let kind = text.slice(0..end);
        let rest = text.slice(end..text.text.len()).trim();
        if kind.text.eq_ignore_ascii_case("none") && rest.text.is_empty() {
            return Some(Arguments::None);
        }
        if kind.text.eq_ignore_ascii_case("cmd") && !rest.text.is_empty() {
            return self.command(&rest);
        }
        self.error(kind.span, "HEALTHCHECK takes CMD and a command, or NONE");
        None
    }

    fn copy(&mut self, keyword: Keyword, text: &Text) -> Option<Arguments> {
        let (mut words, exec) = match array(text) {
            Array::Strings(items) => (items, true),
            _ => (text.split_blanks(), false),
        };
        let destination = words.pop();
        match destination {
            Some(destination) if !words.is_empty() => Some(Arguments::Copy { sources: words, destination, exec }),
            _ => {
                self.error(text.span, format!("{} takes at least two arguments", keyword.name()));
                None
            }
        }
    }

    fn pairs(&mut self, keyword: Keyword, text: &Text) -> Option<Vec<Pair>> {
        let words = text.split_words(self.lines.escape);
        let first = words.first()?;
        if keyword != Keyword::Arg && !first.text.contains('=') {
            // The old form: `ENV name the rest`.
            let name = first.clone();
            let start = text.text.find(char::is_whitespace).unwrap_or(text.text.len());
            let value = text.slice(start..text.text.len()).trim();
            if value.text.is_empty() {
                self.error(name.span, format!("{} takes a name and a value", keyword.name()));
                return None;
            }
            let name_end = start.min(text.text.len());
            return Some(vec![Pair { name: text.slice(0..name_end), value: Some(value), span: text.span }]);
        }
        let mut pairs = Vec::with_capacity(words.len());
        for word in words {
            let equals = word.text.find('=');
            if equals.is_none() && keyword != Keyword::Arg || equals == Some(0) {
                self.error(word.span, format!("`{}` is not of the form name=value", shown(&word.text)));
                continue;
            }
            let len = word.text.len();
            pairs.push(Pair {
                name: word.slice(0..equals.unwrap_or(len)),
                value: equals.map(|equals| word.slice(equals + 1..len)),
                span: word.span,
            });
        }
        (!pairs.is_empty()).then_some(pairs)
    }
}

/// How long the word at the start of a text is, quotes and escapes counted in.
fn word_len(text: &str, escape: char) -> usize {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == escape {
            escaped = true;
        } else if let Some(open) = quote {
            if c == open {
                quote = None;
            }
        } else if matches!(c, '"' | '\'') {
            quote = Some(c);
        } else if c.is_whitespace() {
            return at;
        }
    }
    text.len()
}

/// A text short enough for a message.
fn shown(text: &str) -> String {
    const MAX: usize = 40;
    let mut out: String = text.chars().take(MAX).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

impl Heredoc {
    /// Its lines, as a text that knows its place.
    pub(crate) fn text(&self, source: &str) -> Text {
        Text::new(self.span.file, self.body.text(source), OffsetMap::from_start(self.body.start as usize))
    }
}
