//! Conditions: what a page's `flag` becomes, once, when the page is read.

use std::fmt;

use compact_str::CompactString;

use crate::{Bound, Constant, Extent, Path, Pattern};

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Cond {
    /// `PATH OP VALUE`
    Line(Box<Line>),
    /// `[COND, …]`: every one; the empty list holds.
    All(Vec<Cond>),
    /// `any: [COND, …]`
    Any(Vec<Cond>),
    /// `not: COND`
    Not(Box<Cond>),
    /// `some PATH: COND` and its kin.
    Quantified(Box<Quantified>),
}

/// `PATH OP VALUE`
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The left side.
    pub path: Path,
    /// The operator without its `not`.
    pub operator: Operator,
    /// Whether the operator was written with `not`.
    pub negated: bool,
    /// The right side.
    pub operand: Operand,
    /// The name by which the right side was said, where it was by one: `public` of `in $public`.
    pub name: Option<CompactString>,
}

/// The operators, each of which but the last five has a negation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `is`
    Is,
    /// `in`
    In,
    /// `contains`: an element of a list, a part of a text, a key of a mapping; of several, any.
    Contains,
    /// `matches`
    Matches,
    /// `starts with`
    StartsWith,
    /// `ends with`
    EndsWith,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `covers`: the left side, a range or several, contains all of the right side.
    Covers,
}

/// The right side of a line, made ready for its operator.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// For `is`, `in`, `contains`, `starts with`, `ends with`.
    Constant(Constant),
    /// For `matches`: any of them.
    Patterns(Vec<Pattern>),
    /// For the ordering operators.
    Bound(Bound),
    /// For `covers`: any of them.
    Extents(Vec<Extent>),
    /// `@PATH`: looked up from the resource that is checked, wherever the line stands.
    Path(Path),
}

/// `some PATH: COND`, `every PATH: COND`, `no PATH: COND`
#[derive(Clone, Debug, PartialEq)]
pub struct Quantified {
    /// Which.
    pub quantifier: Quantifier,
    /// What is gone through.
    pub path: Path,
    /// What is asked of each element.
    pub cond: Cond,
}

/// How many elements must satisfy the condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// At least one.
    Some,
    /// All, also where there is none.
    Every,
    /// None.
    No,
}

impl Operator {
    /// All of them with how they are written, longer words before their beginnings.
    pub(crate) const ALL: [(&'static str, Operator, bool); 15] = [
        ("is not", Operator::Is, true),
        ("is", Operator::Is, false),
        ("not in", Operator::In, true),
        ("in", Operator::In, false),
        ("not contains", Operator::Contains, true),
        ("contains", Operator::Contains, false),
        ("not matches", Operator::Matches, true),
        ("matches", Operator::Matches, false),
        ("starts with", Operator::StartsWith, false),
        ("ends with", Operator::EndsWith, false),
        ("<=", Operator::LessOrEqual, false),
        ("<", Operator::Less, false),
        (">=", Operator::GreaterOrEqual, false),
        (">", Operator::Greater, false),
        ("covers", Operator::Covers, false),
    ];

    /// Whether the operator looks into a list by itself, so that a path may end on one.
    pub(crate) fn takes_list(self) -> bool {
        matches!(self, Operator::Contains | Operator::Covers)
    }
}

impl Cond {
    /// Every condition that differs from this one in one place: a part taken out, an operator or quantifier turned
    /// round, an entry of a list taken out; of a named list, wherever the name stands. A page whose examples cannot tell
    /// one of them from the page says too much.
    pub fn mutants(&self) -> Vec<Cond> {
        let mut out = self.local_mutants();
        let mut named = Vec::new();
        self.named_lists(&mut named);
        for (name, entries) in named {
            out.extend((0..entries).map(|entry| self.without_entry(name, entry)));
        }
        out
    }

    fn local_mutants(&self) -> Vec<Cond> {
        match self {
            Cond::Line(line) => line.mutants(),
            Cond::All(parts) => list_mutants(parts, Cond::All),
            Cond::Any(parts) => list_mutants(parts, Cond::Any),
            Cond::Not(inner) => {
                let kept = inner.local_mutants().into_iter().map(|mutant| Cond::Not(Box::new(mutant)));
                std::iter::once((**inner).clone()).chain(kept).collect()
            }
            Cond::Quantified(quantified) => {
                let turned = match quantified.quantifier {
                    Quantifier::Some | Quantifier::Every => Quantifier::No,
                    Quantifier::No => Quantifier::Some,
                };
                let with = |quantifier, cond| {
                    Cond::Quantified(Box::new(Quantified { quantifier, path: quantified.path.clone(), cond }))
                };
                let mut out = vec![with(turned, quantified.cond.clone())];
                out.extend(quantified.cond.local_mutants().into_iter().map(|cond| with(quantified.quantifier, cond)));
                out
            }
        }
    }

    /// The named lists, each once, and how many entries they have.
    fn named_lists<'c>(&'c self, out: &mut Vec<(&'c str, usize)>) {
        match self {
            Cond::Line(line) => {
                if let Some(name) = line.name.as_deref().filter(|name| out.iter().all(|(known, _)| known != name)) {
                    out.push((name, line.operand.without_each().len()));
                }
            }
            Cond::All(parts) | Cond::Any(parts) => parts.iter().for_each(|part| part.named_lists(out)),
            Cond::Not(inner) => inner.named_lists(out),
            Cond::Quantified(quantified) => quantified.cond.named_lists(out),
        }
    }

    /// The same condition with a named list one entry shorter.
    fn without_entry(&self, name: &str, entry: usize) -> Cond {
        let all = |parts: &[Cond]| parts.iter().map(|part| part.without_entry(name, entry)).collect();
        match self {
            Cond::Line(line) if line.name.as_deref() == Some(name) => {
                let operand = line.operand.without_each().into_iter().nth(entry);
                let line = Line { operand: operand.unwrap_or_else(|| line.operand.clone()), ..(**line).clone() };
                Cond::Line(Box::new(line))
            }
            Cond::Line(_) => self.clone(),
            Cond::All(parts) => Cond::All(all(parts)),
            Cond::Any(parts) => Cond::Any(all(parts)),
            Cond::Not(inner) => Cond::Not(Box::new(inner.without_entry(name, entry))),
            Cond::Quantified(quantified) => {
                let cond = quantified.cond.without_entry(name, entry);
                Cond::Quantified(Box::new(Quantified { cond, ..(**quantified).clone() }))
            }
        }
    }
}

impl Operand {
    /// The operand without its first entry, without its second, …; nothing for what is no list.
    fn without_each(&self) -> Vec<Operand> {
        match self {
            Operand::Constant(Constant::List(entries)) => {
                without_each(entries).map(|entries| Operand::Constant(Constant::List(entries))).collect()
            }
            Operand::Patterns(entries) if entries.len() > 1 => without_each(entries).map(Operand::Patterns).collect(),
            Operand::Extents(entries) if entries.len() > 1 => without_each(entries).map(Operand::Extents).collect(),
            _ => Vec::new(),
        }
    }
}

impl Line {
    fn mutants(&self) -> Vec<Cond> {
        let mut out = vec![Line { negated: !self.negated, ..self.clone() }];
        if self.name.is_none() {
            let shorter = self.operand.without_each();
            out.extend(shorter.into_iter().map(|operand| Line { operand, ..self.clone() }));
        }
        out.into_iter().map(|line| Cond::Line(Box::new(line))).collect()
    }
}

fn list_mutants(parts: &[Cond], wrap: fn(Vec<Cond>) -> Cond) -> Vec<Cond> {
    let mut out: Vec<Cond> = Vec::new();
    if parts.len() > 1 {
        out.extend(without_each(parts).map(wrap));
    }
    for (at, part) in parts.iter().enumerate() {
        for mutant in part.local_mutants() {
            let mut changed = parts.to_vec();
            changed[at] = mutant;
            out.push(wrap(changed));
        }
    }
    out
}

fn without_each<T: Clone>(entries: &[T]) -> impl Iterator<Item = Vec<T>> {
    (0..entries.len())
        .map(|out| entries.iter().enumerate().filter(|(at, _)| *at != out).map(|(_, e)| e.clone()).collect())
}

/// As a page would write it on one line; ranges and versions in the form they are compared in.
impl fmt::Display for Cond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, parts: &[Cond]| {
            f.write_str("[")?;
            for (at, part) in parts.iter().enumerate() {
                write!(f, "{}{part}", if at == 0 { "" } else { "; " })?;
            }
            f.write_str("]")
        };
        match self {
            Cond::Line(line) => line.fmt(f),
            Cond::All(parts) => list(f, parts),
            Cond::Any(parts) => {
                f.write_str("any: ")?;
                list(f, parts)
            }
            Cond::Not(inner) => write!(f, "not: {inner}"),
            Cond::Quantified(quantified) => {
                let word = match quantified.quantifier {
                    Quantifier::Some => "some",
                    Quantifier::Every => "every",
                    Quantifier::No => "no",
                };
                write!(f, "{word} {}: {}", quantified.path, quantified.cond)
            }
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written =
            Operator::ALL.iter().find(|(_, operator, negated)| (*operator, *negated) == (self.operator, self.negated));
        // A mutant may negate an operator that pages cannot.
        let word = written.map_or("does not hold with", |(word, _, _)| word);
        write!(f, "{} {word} ", self.path)?;
        match &self.operand {
            Operand::Constant(constant) => constant.fmt(f),
            Operand::Patterns(patterns) => {
                let texts: Vec<&str> = patterns.iter().map(crate::Pattern::as_str).collect();
                f.write_str(&texts.join(" or "))
            }
            Operand::Bound(bound) => write!(f, "{bound:?}"),
            Operand::Extents(extents) => write!(f, "{extents:?}"),
            Operand::Path(path) => write!(f, "@{path}"),
        }
    }
}
