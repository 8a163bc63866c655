//! `format` and `formatlist`.

use stockade_model::{Number, Part};
use stockade_source::Span;

use super::{Fault, Outcome, text_arg};
use crate::convert::{convert, number_text};
use crate::template::{MAX_TEXT, text_parts};
use crate::types::Ty;
use crate::value::{K, Val};

/// How wide a field may be.
const MAX_WIDTH: usize = 10_000;

/// Known parts stay known beside unknown ones.
pub(super) fn format(args: &[Val], span: Span) -> Outcome {
    let template = text_arg(args, 0)?;
    Ok(K::parts(render(&template, &args[1..])?).at(span).through_all(args))
}

pub(super) fn formatlist(args: &[Val], span: Span) -> Outcome {
    let template = text_arg(args, 0)?;
    let mut length = None;
    for arg in &args[1..] {
        if let K::Seq(seq) = &arg.kind {
            if length.is_some_and(|length| length != seq.items.len()) {
                return Err(Fault::Invalid);
            }
            length = Some(seq.items.len());
        }
    }
    let mut items = Vec::new();
    for at in 0..length.unwrap_or(1) {
        let row: Vec<Val> = args[1..]
            .iter()
            .map(|arg| match &arg.kind {
                K::Seq(seq) => arg.child(&seq.items[at], None),
                _ => arg.clone(),
            })
            .collect();
        items.push(K::parts(render(&template, &row)?).at(span).through_all(&row));
    }
    Ok(K::list(items, Ty::Text).at(span))
}

/// One `%…` of a format.
#[derive(Default)]
struct Verb {
    minus: bool,
    plus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

fn render(template: &str, args: &[Val]) -> Result<Vec<Part>, Fault> {
    let mut out = Vec::new();
    let (mut next, mut highest, mut indexed) = (0, 0, false);
    let mut length = 0usize;
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('%') {
        out.push(Part::Known(before.into()));
        let mut chars = after.char_indices().peekable();
        let mut verb = Verb::default();
        let number = |chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>| {
            let mut n = None;
            while let Some(digit) = chars.peek().and_then(|(_, c)| c.to_digit(10)) {
                n = Some(n.unwrap_or(0usize).saturating_mul(10).saturating_add(digit as usize));
                chars.next();
            }
            n
        };
        while let Some((_, c)) = chars.peek() {
            match c {
                '-' => verb.minus = true,
                '+' => verb.plus = true,
                ' ' => verb.space = true,
                '0' => verb.zero = true,
                '#' => verb.sharp = true,
                _ => break,
            }
            chars.next();
        }
        verb.width = number(&mut chars);
        if chars.next_if(|(_, c)| *c == '.').is_some() {
            verb.precision = Some(number(&mut chars).unwrap_or(0));
        }
        if chars.next_if(|(_, c)| *c == '[').is_some() {
            let at = number(&mut chars).filter(|at| *at > 0).ok_or(Fault::Invalid)?;
            chars.next_if(|(_, c)| *c == ']').ok_or(Fault::Invalid)?;
            next = at - 1;
            indexed = true;
        }
        let (at, letter) = chars.next().ok_or(Fault::Invalid)?;
        rest = &after[at + letter.len_utf8()..];
        if letter == '%' {
            out.push(Part::Known("%".into()));
            continue;
        }
        if verb.width.unwrap_or(0).max(verb.precision.unwrap_or(0)) > MAX_WIDTH {
            return Err(Fault::Limit);
        }
        let arg = args.get(next).ok_or(Fault::Invalid)?;
        next += 1;
        highest = highest.max(next);
        let parts = verb.apply(letter, arg)?;
        for part in &parts {
            length += if let Part::Known(text) = part { text.len() } else { 16 };
        }
        if length > MAX_TEXT {
            return Err(Fault::Limit);
        }
        out.extend(parts);
    }
    out.push(Part::Known(rest.into()));
    if highest < args.len() && !indexed {
        return Err(Fault::Invalid);
    }
    Ok(out)
}

impl Verb {
    fn apply(&self, letter: char, arg: &Val) -> Result<Vec<Part>, Fault> {
        if !arg.is_whole() {
            let plain =
                self.width.is_none() && self.precision.is_none() && !self.sharp && matches!(letter, 's' | 'v' | 'd');
            let parts = if plain && !matches!(arg.kind, K::Seq(_) | K::Map(_)) { text_parts(arg) } else { None };
            return match parts {
                Some(parts) => Ok(parts),
                None => Ok(vec![Part::Unknown(arg.why().ok_or(Fault::Invalid)?)]),
            };
        }
        let text = match letter {
            'v' => self.any(arg)?,
            's' => self.cut(match convert(arg, &Ty::Text).map_err(|_| Fault::Invalid)?.kind {
                K::Text(text) => text.to_string(),
                _ => return Err(Fault::Invalid),
            }),
            'q' => {
                let mut out = String::new();
                crate::encode::write_json_text(&plain_text(arg)?, &mut out);
                out
            }
            't' => match convert(arg, &Ty::Bool).map_err(|_| Fault::Invalid)?.kind {
                K::Bool(b) => b.to_string(),
                _ => return Err(Fault::Invalid),
            },
            'd' | 'b' | 'o' | 'x' | 'X' => return self.integer(letter, arg).map(|text| vec![Part::Known(text.into())]),
            'f' | 'F' => {
                let n = number(arg)?.as_f64();
                return Ok(vec![Part::Known(
                    self.signed(format!("{:.*}", self.precision.unwrap_or(6), n.abs()), n < 0.0).into(),
                )]);
            }
            'e' | 'E' | 'g' | 'G' => return Err(Fault::Unsupported),
            _ => return Err(Fault::Invalid),
        };
        Ok(vec![Part::Known(self.pad(text).into())])
    }

    fn any(&self, arg: &Val) -> Result<String, Fault> {
        Ok(match &arg.kind {
            K::Text(text) if self.sharp => {
                let mut out = String::new();
                crate::encode::write_json_text(text, &mut out);
                out
            }
            K::Text(text) => self.cut(text.to_string()),
            K::Number(n) if n.as_i64().is_none() && n.as_f64().abs() >= 1e21 => return Err(Fault::Unsupported),
            K::Number(n) => number_text(*n),
            K::Bool(b) => b.to_string(),
            _ => crate::encode::json(arg),
        })
    }

    fn integer(&self, letter: char, arg: &Val) -> Result<String, Fault> {
        let n = number(arg)?;
        let n = match n.as_i64() {
            Some(n) => n,
            // What is no whole number is cut off, what is too big is not worked out.
            None if n.as_f64().abs() < 9e15 => {
                format!("{:.0}", n.as_f64().trunc()).parse().map_err(|_| Fault::Unsupported)?
            }
            None => return Err(Fault::Unsupported),
        };
        let size = n.unsigned_abs();
        let digits = match letter {
            'd' => size.to_string(),
            'b' => format!("{size:b}"),
            'o' => format!("{size:o}"),
            'x' => format!("{size:x}"),
            _ => format!("{size:X}"),
        };
        let prefix = match letter {
            'x' if self.sharp => "0x",
            'X' if self.sharp => "0X",
            'o' if self.sharp => "0",
            _ => "",
        };
        Ok(self.signed(format!("{prefix}{digits}"), n < 0))
    }

    fn signed(&self, digits: String, negative: bool) -> String {
        let sign = match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        };
        if self.zero && !self.minus {
            let width = self.width.unwrap_or(0).saturating_sub(sign.len());
            return format!("{sign}{digits:0>width$}");
        }
        self.pad(format!("{sign}{digits}"))
    }

    fn cut(&self, text: String) -> String {
        match self.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text,
        }
    }

    fn pad(&self, text: String) -> String {
        let width = self.width.unwrap_or(0);
        match (self.minus, self.zero) {
            (true, _) => format!("{text:<width$}"),
            (false, true) => format!("{text:0>width$}"),
            _ => format!("{text:>width$}"),
        }
    }
}

fn plain_text(arg: &Val) -> Result<String, Fault> {
    match convert(arg, &Ty::Text).map_err(|_| Fault::Invalid)?.kind {
        K::Text(text) => Ok(text.to_string()),
        _ => Err(Fault::Invalid),
    }
}

fn number(arg: &Val) -> Result<Number, Fault> {
    match convert(arg, &Ty::Number).map_err(|_| Fault::Invalid)?.kind {
        K::Number(n) => Ok(n),
        _ => Err(Fault::Invalid),
    }
}
