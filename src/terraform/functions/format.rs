//! `format` and `formatlist`.

use stockade_model::Part;
use stockade_source::Span;

use super::clusters::clusters;
use super::{Fault, Outcome, text_arg};
use crate::convert::convert;
use crate::number::Number;
use crate::template::{MAX_TEXT, text_parts};
use crate::types::Ty;
use crate::value::{K, Val};

/// How wide a field may be.
const MAX_WIDTH: usize = 10_000;

/// Known parts stay known beside unknown ones.
pub(super) fn format(args: &[Val], span: Span) -> Outcome {
    let template = text_arg(args, 0)?;
    typed(args)?;
    Ok(K::parts(render(&template, &args[1..])?).at(span).through_all(args))
}

pub(super) fn formatlist(args: &[Val], span: Span) -> Outcome {
    let template = text_arg(args, 0)?;
    typed(args)?;
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

/// Terraform never knows what comes of a null without a type.
fn typed(args: &[Val]) -> Result<(), Fault> {
    if args.iter().skip(1).any(|arg| matches!(arg.kind, K::Null(Ty::Any))) { Err(Fault::Unsupported) } else { Ok(()) }
}

/// One `%…` of a format.
#[derive(Clone, Copy, Default)]
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
    let (mut next, mut highest) = (0, 0);
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
    if highest < args.len() {
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
            'v' => self.pad(self.any(arg)?),
            's' => self.pad(self.cut(plain_text(arg)?)),
            'q' => {
                let mut out = String::new();
                crate::encode::write_json_text(&self.cut(plain_text(arg)?), &mut out);
                self.pad(out)
            }
            't' => match convert(arg, &Ty::Bool).map_err(|_| Fault::Invalid)?.kind {
                K::Bool(b) => self.pad(b.to_string()),
                _ => return Err(Fault::Invalid),
            },
            'd' | 'b' | 'o' | 'x' | 'X' => self.integer(letter, arg)?,
            'e' | 'E' | 'f' | 'g' | 'G' => self.fraction(letter, &number(arg)?),
            _ => return Err(Fault::Invalid),
        };
        Ok(vec![Part::Known(text.into())])
    }

    fn any(&self, arg: &Val) -> Result<String, Fault> {
        Ok(match &arg.kind {
            K::Text(text) if !self.sharp => self.cut(text.to_string()),
            K::Number(n) if !self.sharp => n.general(None, 'e'),
            _ => crate::encode::json(arg),
        })
    }

    /// As Go writes its big integers.
    fn integer(&self, letter: char, arg: &Val) -> Result<String, Fault> {
        let n = number(arg)?;
        let n = n.truncated().filter(|_| n.is_whole()).ok_or(Fault::Invalid)?;
        let radix = match letter {
            'd' => 10,
            'b' => 2,
            'o' => 8,
            _ => 16,
        };
        let mut digits = n.magnitude().to_str_radix(radix);
        if letter == 'X' {
            digits.make_ascii_uppercase();
        }
        let prefix = match letter {
            'x' if self.sharp => "0x",
            'X' if self.sharp => "0X",
            'o' if self.sharp => "0",
            'b' if self.sharp => "0b",
            _ => "",
        };
        if let Some(precision) = self.precision {
            if precision == 0 && digits == "0" {
                return Ok(String::new());
            }
            digits = format!("{digits:0>precision$}");
        }
        let negative = n.sign() == num_bigint::Sign::Minus;
        Ok(self.signed(prefix, digits, negative, self.zero && self.precision.is_none()))
    }

    /// As Go writes its big floats.
    fn fraction(&self, letter: char, n: &Number) -> String {
        let size = n.abs();
        let digits = match letter {
            'f' => size.plain(Some(self.precision.unwrap_or(6))),
            'e' | 'E' => size.scientific(self.precision.unwrap_or(6), letter),
            'g' => size.general(self.precision, 'e'),
            _ => size.general(self.precision, 'E'),
        };
        let digits = digits.strip_prefix('+').unwrap_or(&digits).to_owned();
        let plus = n.is_infinite() && !n.is_negative() && !self.space;
        let verb = Verb { plus: self.plus || plus, ..*self };
        verb.signed("", digits, n.is_negative(), self.zero && !n.is_infinite())
    }

    fn signed(&self, prefix: &str, digits: String, negative: bool, zeros: bool) -> String {
        let sign = match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        };
        let width = self.width.unwrap_or(0);
        if self.minus {
            format!("{:<width$}", format!("{sign}{prefix}{digits}"))
        } else if zeros {
            let width = width.saturating_sub(sign.len() + prefix.len());
            format!("{sign}{prefix}{digits:0>width$}")
        } else {
            format!("{:>width$}", format!("{sign}{prefix}{digits}"))
        }
    }

    fn cut(&self, text: String) -> String {
        match self.precision {
            Some(precision) => clusters(&text).into_iter().take(precision).collect(),
            None => text,
        }
    }

    fn pad(&self, text: String) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(clusters(&text).len());
        let padding = if self.zero && !self.minus { "0" } else { " " }.repeat(missing);
        if self.minus { text + &padding } else { padding + &text }
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
