//! What a package manager is told to install.

use std::ops::Range;

use crate::options::{Arguments, Options};
use crate::{Command, Word};

/// One package that is to be installed.
#[derive(Debug)]
pub(crate) struct Package {
    /// The whole argument.
    pub(crate) text: Word,
    /// The name alone.
    pub(crate) name: Word,
    /// The version or the constraint on it; a constraint other than "exactly" with its sign.
    pub(crate) version: Version,
}

/// The version of a package.
#[derive(Debug)]
pub(crate) enum Version {
    /// None is asked for.
    Absent,
    /// This one.
    Is(Word),
    /// The argument is an expansion that may hold one.
    Unknown,
}

/// How a manager writes versions.
#[derive(Clone, Copy, Debug)]
enum Syntax {
    /// `name=1`, `name/release`.
    Apt,
    /// `name=1`, `name~1`, `name>1`.
    Apk,
    /// `name-1.2-3`.
    Rpm,
    /// `name=1`, `name>=1`.
    Zypper,
    /// `name==1`, `name>=1`, `name @ url`.
    Pip,
    /// `name@1`.
    At,
    /// `name:1`, `-v 1`.
    Gem,
}

/// The packages that a command installs: `None` where it is no such command. Files, folders and addresses are left out.
pub(crate) fn packages(command: &Command) -> Option<Vec<Package>> {
    let (syntax, arguments, from) = manager(command)?;
    let option = match syntax {
        Syntax::Gem => arguments.flags.iter().rev().find(|flag| matches!(&*flag.name, "v" | "version")),
        Syntax::At => arguments.flags.iter().rev().find(|flag| flag.name == "version"),
        _ => None,
    };
    let option = option.and_then(|flag| flag.value.clone());
    let operands = arguments.operands.iter().skip(from).filter_map(|index| command.words.get(*index));
    Some(operands.filter_map(|word| package(word, syntax, option.as_ref())).collect())
}

/// The way of writing versions, the arguments, and how many operands come before the packages.
fn manager(command: &Command) -> Option<(Syntax, Arguments, usize)> {
    let program = command.program()?;
    let words = &*command.words;
    let mut start = 1;
    let mut name = program;
    if program.starts_with("python") {
        // `python3 -m pip install x`
        let module = words.iter().position(|word| word.known() == Some("-m"))?;
        name = words.get(module + 1)?.known()?;
        start = module + 2;
        if name != "pip" {
            return None;
        }
    }
    let arguments = Options::of(name).divide(words, start);
    let verb = |n: usize| arguments.operands.get(n).and_then(|index| words.get(*index)).and_then(Word::known);
    let (syntax, from) = match (name, verb(0)?, verb(1)) {
        ("apt-get" | "apt" | "aptitude", "install" | "reinstall", _) => (Syntax::Apt, 1),
        ("apk", "add", _) => (Syntax::Apk, 1),
        ("yum" | "dnf" | "dnf5" | "microdnf" | "tdnf", "install" | "reinstall" | "in", _) => (Syntax::Rpm, 1),
        ("zypper", "install" | "in", _) => (Syntax::Zypper, 1),
        ("uv", "pip", Some("install")) => (Syntax::Pip, 2),
        ("npm" | "pnpm", "install" | "i" | "add", _) | ("yarn", "add", _) => (Syntax::At, 1),
        ("yarn", "global", Some("add")) => (Syntax::At, 2),
        ("gem", "install" | "i", _) => (Syntax::Gem, 1),
        ("go", "install" | "get", _) | ("cargo", "install", _) => (Syntax::At, 1),
        (pip, "install", _) if pip == "pip" || pip == "pip2" || pip == "pip3" || pip.starts_with("pip3.") => {
            (Syntax::Pip, 1)
        }
        _ => return None,
    };
    Some((syntax, arguments, from))
}

fn package(word: &Word, syntax: Syntax, option: Option<&Word>) -> Option<Package> {
    let text = &*word.text;
    if text.is_empty() || text.starts_with('!') && word.is_known_at(0) {
        return None;
    }
    let (name, version) = split(word, syntax);
    let vcs =
        matches!(syntax, Syntax::Pip) && ["git+", "hg+", "svn+", "bzr+"].iter().any(|prefix| text.starts_with(prefix));
    if !vcs && word.is_known_at(0) && is_file(text, syntax) {
        return None;
    }
    let version = match (version, option) {
        (Some(range), _) => Version::Is(word.slice(range)),
        (None, Some(option)) => Version::Is(option.clone()),
        (None, None) if word.known().is_none() => Version::Unknown,
        (None, None) => Version::Absent,
    };
    Some(Package { text: word.clone(), name: word.slice(name), version })
}

/// Where the name and the version are.
fn split(word: &Word, syntax: Syntax) -> (Range<usize>, Option<Range<usize>>) {
    let text = &*word.text;
    let all = 0..text.len();
    let find = |signs: &[char]| {
        text.char_indices().find(|(at, c)| signs.contains(c) && word.is_known_at(*at)).map(|(at, _)| at)
    };
    let after = |at: usize, sign: &str| {
        at + text.get(at..).map_or(0, |rest| if rest.starts_with(sign) { sign.len() } else { 0 })
    };
    let trim = |at: usize| at + text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start().len());
    match syntax {
        Syntax::Apt => match find(&['=', '/']) {
            Some(at) => (0..at, Some(at + 1..text.len())),
            None => (all, None),
        },
        Syntax::Apk | Syntax::Zypper => {
            let signs: &[char] =
                if matches!(syntax, Syntax::Apk) { &['=', '~', '<', '>', '@'] } else { &['=', '<', '>'] };
            match find(signs) {
                Some(at) if text.get(at..).is_some_and(|rest| rest.starts_with('@')) => {
                    // `name@repository`, after which a version may come.
                    let equals = text.get(at..).and_then(|rest| rest.find('=')).map(|e| at + e);
                    (0..at, equals.map(|e| e + 1..text.len()))
                }
                Some(at) if text.get(at..).is_some_and(|rest| rest.starts_with('=')) => {
                    (0..at, Some(at + 1..text.len()))
                }
                Some(at) => (0..at, Some(at..text.len())),
                None => (all, None),
            }
        }
        Syntax::Rpm => rpm(word),
        Syntax::Pip => {
            let end = find(&[';', '#']).unwrap_or(text.len());
            if text.contains("://") {
                let reference = text
                    .rfind('@')
                    .filter(|at| word.is_known_at(*at) && text.rfind('/').is_some_and(|slash| slash < *at));
                let end = text.rfind('#').unwrap_or(text.len());
                return match reference.filter(|at| *at < end) {
                    Some(at) => (0..at, Some(at + 1..end)),
                    None => (0..end, None),
                };
            }
            match find(&['=', '<', '>', '~', '!']).filter(|at| *at < end) {
                Some(at) => {
                    let exact = after(after(at, "=="), "=");
                    let version = if exact >= at + 2 { trim(exact) } else { at };
                    let name_end = text.get(..at).map_or(at, |name| name.trim_end().len());
                    let stop = text.get(..end).map_or(end, |t| t.trim_end().len()).max(version);
                    (0..name_end, Some(version..stop))
                }
                None => (0..text.get(..end).map_or(end, |t| t.trim_end().len()), None),
            }
        }
        Syntax::At => {
            // The sign of a scope (`@angular/cli@17`) is the first byte.
            let at = text.char_indices().skip(1).find(|(at, c)| *c == '@' && word.is_known_at(*at)).map(|(at, _)| at);
            match at {
                Some(at) => (0..at, Some(at + 1..text.len())),
                None => (all, None),
            }
        }
        Syntax::Gem => match find(&[':']) {
            Some(at) => (0..at, Some(at + 1..text.len())),
            None => (all, None),
        },
    }
}

/// `name-version-release` or `name-version`; a version has a full stop, or a release after it.
fn rpm(word: &Word) -> (Range<usize>, Option<Range<usize>>) {
    let text = &*word.text;
    if let Some(at) =
        text.char_indices().find(|(at, c)| matches!(c, '=' | '<' | '>') && word.is_known_at(*at)).map(|(at, _)| at)
    {
        let name = text.get(..at).map_or(at, |name| name.trim_end().len());
        let sign = text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start_matches(['=', ' ']).len());
        return (0..name, Some(at + sign..text.len()));
    }
    let numbered = |at: usize| {
        text.get(at + 1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            || !word.is_known_at(at + 1) && at + 1 < text.len()
    };
    let mut dashes =
        text.char_indices().rev().filter(|(at, c)| *c == '-' && *at > 0 && word.is_known_at(*at)).map(|(at, _)| at);
    let last = dashes.next();
    if let Some(last) = last.filter(|at| numbered(*at)) {
        if let Some(version) = dashes.next().filter(|at| numbered(*at)) {
            return (0..version, Some(version + 1..text.len()));
        }
        let dotted = text.get(last..).is_some_and(|rest| rest.contains(['.', '*']));
        if dotted || !word.is_known_at(last + 1) {
            return (0..last, Some(last + 1..text.len()));
        }
    }
    (0..text.len(), None)
}

/// Whether the argument is a file, a folder or an address and so no package of a registry.
fn is_file(text: &str, syntax: Syntax) -> bool {
    if text.starts_with(['.', '/', '~']) || text.contains("://") {
        return !matches!(syntax, Syntax::Apk) || !text.starts_with('~');
    }
    let suffixes: &[&str] = match syntax {
        Syntax::Apt => &[".deb"],
        Syntax::Apk => &[".apk"],
        Syntax::Rpm | Syntax::Zypper => &[".rpm"],
        Syntax::Pip => &[".whl", ".tar.gz", ".zip"],
        Syntax::At => &[".tgz", ".tar.gz"],
        Syntax::Gem => &[".gem"],
    };
    suffixes.iter().any(|suffix| text.ends_with(suffix)) || matches!(syntax, Syntax::Rpm) && text.starts_with('@')
}
