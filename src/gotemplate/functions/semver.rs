//! Versions and what constrains them, as `Masterminds/semver` reads them.

use std::cmp::Ordering;
use std::fmt;

use crate::call::Call;
use crate::functions::arguments::Arguments;
use crate::text::Text;
use crate::value::{Object, Value};

type Result = std::result::Result<Value, String>;

/// A version.
#[derive(Clone, Debug)]
struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    pre: String,
    build: String,
    original: String,
}

/// `1.2.3-pre+build` in parts, the last ones perhaps missing.
struct Parts<'a> {
    numbers: [Option<&'a str>; 3],
    pre: &'a str,
    build: &'a str,
}

/// Divides what looks like a version at the start of `text` into parts, and gives what follows. `digit` says which
/// characters a number is made of.
fn parts(text: &str, digit: impl Fn(char) -> bool) -> Option<(Parts<'_>, &str)> {
    let run = |text: &str, within: &dyn Fn(char) -> bool| text.find(|c| !within(c)).unwrap_or(text.len());
    let mut rest = text.strip_prefix('v').unwrap_or(text);
    let mut numbers = [None; 3];
    for (index, number) in numbers.iter_mut().enumerate() {
        let digits = match (index, rest.strip_prefix('.')) {
            (0, _) => rest,
            (_, Some(digits)) => digits,
            (_, None) => break,
        };
        let end = run(digits, &digit);
        if end == 0 {
            if index == 0 {
                return None;
            }
            break;
        }
        *number = Some(&digits[..end]);
        rest = &digits[end..];
    }
    let mut identifiers = |mark: char| {
        let Some(after) = rest.strip_prefix(mark) else { return "" };
        let mut end = 0;
        loop {
            let start = if end == 0 { 0 } else { end + 1 };
            let len = run(&after[start..], &|c: char| c.is_ascii_alphanumeric() || c == '-');
            if len == 0 {
                break;
            }
            end = start + len;
            if !after[end..].starts_with('.') {
                break;
            }
        }
        if end > 0 {
            rest = &after[end..];
        }
        &after[..end]
    };
    let pre = identifiers('-');
    let build = identifiers('+');
    Some((Parts { numbers, pre, build }, rest))
}

impl Version {
    fn parse(text: &str) -> std::result::Result<Version, String> {
        let invalid = || "invalid semantic version".to_owned();
        let (parts, rest) = parts(text, |c| c.is_ascii_digit()).ok_or_else(invalid)?;
        if !rest.is_empty() {
            return Err(invalid());
        }
        let number = |text: Option<&str>| match text {
            None => Ok(0),
            Some(text) => text.parse::<u64>().map_err(|_| {
                format!("error parsing version segment: strconv.ParseUint: parsing \"{text}\": value out of range")
            }),
        };
        let [major, minor, patch] = parts.numbers;
        let version = Version {
            major: number(major)?,
            minor: number(minor)?,
            patch: number(patch)?,
            pre: parts.pre.to_owned(),
            build: parts.build.to_owned(),
            original: text.to_owned(),
        };
        let padded = |part: &str| part.len() > 1 && part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit());
        if parts.pre.split('.').any(padded) {
            return Err("version segment starts with 0".to_owned());
        }
        Ok(version)
    }

    fn compare(&self, other: &Version) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| compare_pre(&self.pre, &other.pre))
    }

    fn next(&self, major: bool, minor: bool) -> Version {
        // A release follows its pre-releases.
        let step = u64::from(self.pre.is_empty());
        let (major, minor, patch) = match (major, minor) {
            (true, _) => (self.major.saturating_add(1), 0, 0),
            (_, true) => (self.major, self.minor.saturating_add(1), 0),
            _ => (self.major, self.minor, self.patch.saturating_add(step)),
        };
        let mut next =
            Version { major, minor, patch, pre: String::new(), build: String::new(), original: String::new() };
        let v = if self.original.starts_with('v') { "v" } else { "" };
        next.original = format!("{v}{next}");
        next
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        if !self.build.is_empty() {
            write!(f, "+{}", self.build)?;
        }
        Ok(())
    }
}

fn compare_pre(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let ordering = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
}

impl Object for Version {
    fn type_name(&self) -> &str {
        "*semver.Version"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result> {
        let other = || {
            let other = match args.first().map(|arg| &arg.kind) {
                Some(crate::value::Kind::Object(object)) => (&**object as &dyn std::any::Any).downcast_ref::<Version>(),
                _ => None,
            };
            other.ok_or_else(|| "wrong type for value; expected *semver.Version".to_owned())
        };
        let number = |value: u64| Ok(Value::from(i64::try_from(value).unwrap_or(i64::MAX)));
        let compared = |wanted: fn(Ordering) -> bool| Ok(Value::from(wanted(self.compare(other()?))));
        Some(match name {
            "Major" => number(self.major),
            "Minor" => number(self.minor),
            "Patch" => number(self.patch),
            "Prerelease" => Ok(self.pre.as_str().into()),
            "Metadata" => Ok(self.build.as_str().into()),
            "Original" => Ok(self.original.as_str().into()),
            "String" => Ok(self.to_string().into()),
            "Compare" => other().map(|other| Value::from(self.compare(other) as i64)),
            "LessThan" => compared(Ordering::is_lt),
            "LessThanEqual" => compared(Ordering::is_le),
            "GreaterThan" => compared(Ordering::is_gt),
            "GreaterThanEqual" => compared(Ordering::is_ge),
            "Equal" => compared(Ordering::is_eq),
            "IncMajor" => Ok(Value::object(self.next(true, false))),
            "IncMinor" => Ok(Value::object(self.next(false, true))),
            "IncPatch" => Ok(Value::object(self.next(false, false))),
            _ => return None,
        })
    }

    fn value(&self) -> Value {
        Text::new(self.to_string()).into()
    }
}

/// `>=1.2.3`
struct Constraint<'a> {
    operator: &'a str,
    version: Version,
    /// Which numbers were left open: all, all but the first, or the last.
    open: Open,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    None,
    Patch,
    Minor,
    All,
}

fn is_number(c: char) -> bool {
    matches!(c, '0'..='9' | 'x' | 'X' | '*' | '|')
}

/// Reads one constraint at the start of `text`; gives what follows, space included.
fn constraint(text: &str) -> Option<(&str, Parts<'_>, &str)> {
    const OPERATORS: [&str; 11] = ["!=", ">=", "=>", "<=", "=<", "~>", "=", ">", "<", "~", "^"];
    let text = text.trim_start();
    let operator = OPERATORS.into_iter().find(|operator| text.starts_with(operator)).unwrap_or_default();
    let (parts, rest) = parts(text[operator.len()..].trim_start(), is_number)?;
    Some((operator, parts, rest))
}

impl<'a> Constraint<'a> {
    fn new(operator: &'a str, parts: &Parts<'_>) -> std::result::Result<Self, String> {
        let open = |number: Option<&str>| number.is_none_or(|number| matches!(number, "x" | "X" | "*"));
        let [major, minor, patch] = parts.numbers;
        let (open, numbers) = if open(major) {
            (Open::All, "0.0.0".to_owned())
        } else if open(minor) {
            (Open::Minor, format!("{}.0.0", major.unwrap_or_default()))
        } else if open(patch) {
            (Open::Patch, format!("{}.{}.0", major.unwrap_or_default(), minor.unwrap_or_default()))
        } else {
            let number = Option::unwrap_or_default;
            (Open::None, format!("{}.{}.{}", number(major), number(minor), number(patch)))
        };
        let pre = if parts.pre.is_empty() { String::new() } else { format!("-{}", parts.pre) };
        let version = Version::parse(&format!("{numbers}{pre}")).map_err(|_| "constraint parser error".to_owned())?;
        Ok(Constraint { operator, version, open })
    }

    /// Whether the version satisfies the constraint; a pre-release counts like any other.
    fn allows(&self, version: &Version) -> bool {
        let wanted = &self.version;
        let ordering = version.compare(wanted);
        let (major, minor) = (version.major.cmp(&wanted.major), version.minor.cmp(&wanted.minor));
        match self.operator {
            "!=" if self.open == Open::None => ordering.is_ne(),
            "!=" => {
                major.is_ne()
                    || match self.open {
                        Open::Minor => false,
                        _ if minor.is_ne() => true,
                        Open::Patch => compare_pre(&version.pre, &wanted.pre).is_ne(),
                        _ => version.patch != wanted.patch || ordering.is_ne(),
                    }
            }
            ">" => match self.open {
                Open::Minor => major.is_gt(),
                Open::Patch => major.then(minor).is_gt(),
                Open::None | Open::All => ordering.is_gt(),
            },
            "<" => ordering.is_lt(),
            ">=" | "=>" => ordering.is_ge(),
            "<=" | "=<" => match self.open {
                Open::None => ordering.is_le(),
                Open::Minor => major.is_le(),
                Open::Patch | Open::All => major.then(minor).is_le(),
            },
            "^" => self.caret(version, ordering),
            "" | "=" if self.open == Open::None => ordering.is_eq(),
            _ => self.tilde(version, ordering),
        }
    }

    fn tilde(&self, version: &Version, ordering: Ordering) -> bool {
        let wanted = &self.version;
        let any =
            (wanted.major, wanted.minor, wanted.patch) == (0, 0, 0) && matches!(self.open, Open::None | Open::All);
        ordering.is_ge()
            && (any || version.major == wanted.major && (version.minor == wanted.minor || self.open == Open::Minor))
    }

    fn caret(&self, version: &Version, ordering: Ordering) -> bool {
        let wanted = &self.version;
        if ordering.is_lt() || version.major != wanted.major {
            return false;
        }
        if wanted.major > 0 || self.open == Open::Minor {
            return true;
        }
        if wanted.minor > 0 || self.open == Open::Patch {
            return version.minor == wanted.minor;
        }
        version.minor == 0 && version.patch == wanted.patch
    }
}

/// `1.2 - 3.4` as `>= 1.2, <= 3.4`.
fn without_ranges(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c| is_number(c) || c == 'v') {
        let start = &rest[at..];
        let Some((_, after)) = parts(start, is_number) else {
            out.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        };
        let low = &start[..start.len() - after.len()];
        let high = after.trim_start().strip_prefix('-').filter(|_| after.starts_with(char::is_whitespace));
        let high = high.filter(|high| high.starts_with(char::is_whitespace)).map(str::trim_start);
        match high.and_then(|high| parts(high, is_number).map(|(_, after)| (high, after))) {
            Some((high, after)) => {
                out.push_str(rest[..at].trim_end());
                out.push_str(&format!(">= {low}, <= {}", &high[..high.len() - after.len()]));
                rest = after.trim_start();
            }
            None => {
                out.push_str(&rest[..at]);
                out.push_str(low);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Whether a version satisfies constraints: all between `||`s.
fn satisfies(constraints: &str, version: &str) -> std::result::Result<bool, String> {
    let rewritten = without_ranges(constraints);
    let mut alternatives = Vec::new();
    for alternative in rewritten.split("||") {
        let improper = || format!("improper constraint: {alternative}");
        let mut all = Vec::new();
        let mut rest = alternative;
        loop {
            let (operator, parts, after) = constraint(rest).ok_or_else(improper)?;
            all.push(Constraint::new(operator, &parts)?);
            let next = after.trim_start();
            let between = next.strip_prefix(',').unwrap_or(next);
            if between.is_empty() && next.is_empty() {
                break;
            }
            if between.len() == after.len() {
                return Err(improper());
            }
            rest = between;
        }
        alternatives.push(all);
    }
    let version = Version::parse(version)?;
    Ok(alternatives.iter().any(|all| {
        // A pre-release is asked for by a pre-release only.
        let visible = version.pre.is_empty() || all.iter().any(|constraint| !constraint.version.pre.is_empty());
        visible && all.iter().all(|constraint| constraint.allows(&version))
    }))
}

pub(super) fn semver(_: &mut Call<'_, '_>, args: &[Value]) -> Result {
    Ok(Value::object(Version::parse(Arguments(args).str(0)?)?))
}

pub(super) fn semver_compare(call: &mut Call<'_, '_>, args: &[Value]) -> Result {
    let args = Arguments(args);
    let (constraints, version) = (args.str(0)?, args.str(1)?);
    call.charge(constraints.len() / 8)?;
    Ok(satisfies(constraints, version)?.into())
}
