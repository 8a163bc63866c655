//! Pipelines: what an action computes.

use compact_str::CompactString;

use crate::call::Call;
use crate::exec::{Engine, Fail, Frame, Operand};
use crate::tree::{Callee, Command, Pipe, Range, Term, TermKind};
use crate::value::{Kind, Value};

impl Engine<'_> {
    /// The value of a pipeline in the action at `action`, and what it does to variables.
    pub(crate) fn pipeline(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Operand,
        action: Range,
        pipe: &Pipe,
    ) -> Result<Value, Fail> {
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(frame, dot, action, command, value)?);
        }
        let value = value.unwrap_or_default();
        for slot in &pipe.variables {
            if !frame.set(*slot, Operand::new(value.clone())) {
                let name = pipe.range.text(&frame.template.source).split([':', '=']).next();
                return Err(undefined(frame, pipe.range, name.unwrap_or("").trim_end()));
            }
        }
        Ok(value)
    }

    /// The value of a command; `last` is the value of the command before it.
    fn command(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Operand,
        action: Range,
        command: &Command,
        last: Option<Value>,
    ) -> Result<Value, Fail> {
        let Command { range, first, rest } = command;
        let plain = rest.is_empty() && last.is_none();
        match &first.kind {
            TermKind::Function(callee) => self.function(frame, dot, action, *range, *callee, rest, last),
            TermKind::Nil => Err(frame.fail(*range, "nil is not a command")),
            _ if plain => Ok(self.term(frame, dot, action, first)?.value),
            TermKind::Field(fields) | TermKind::Chain(_, fields) => {
                let receiver = match &first.kind {
                    TermKind::Chain(start, _) => self.term(frame, dot, action, start)?,
                    _ => dot.clone(),
                };
                self.method(frame, dot, action, first.range, receiver, fields, (rest, last))
            }
            TermKind::Variable(slot, fields) if !fields.is_empty() => {
                let receiver = variable(frame, first.range, *slot)?;
                self.method(frame, dot, action, first.range, receiver, fields, (rest, last))
            }
            _ => {
                let shown = match &first.kind {
                    TermKind::Pipe(pipe) => pipe.range,
                    _ => first.range,
                };
                let shown = shown.text(&frame.template.source);
                Err(frame.fail(first.range, format!("can't give argument to non-function {shown}")))
            }
        }
    }

    /// The value of an operand that is given no arguments.
    fn term(&mut self, frame: &mut Frame<'_>, dot: &Operand, action: Range, term: &Term) -> Result<Operand, Fail> {
        Ok(match &term.kind {
            TermKind::Bool(value) => Operand::new(Value::from(*value)),
            TermKind::Int(value) => Operand::new(Value::from(*value)),
            TermKind::Float(value) => Operand::new(Value::from(*value)),
            TermKind::Text(value) => Operand::new(Value::from(value.clone())),
            TermKind::Nil => Operand::default(),
            TermKind::Dot => dot.clone(),
            TermKind::Field(fields) => self.fields(frame, term.range, dot.clone(), fields)?,
            TermKind::Variable(slot, fields) => {
                let value = variable(frame, term.range, *slot)?;
                self.fields(frame, term.range, value, fields)?
            }
            TermKind::Function(callee) => {
                Operand::new(self.function(frame, dot, action, term.range, *callee, &[], None)?)
            }
            TermKind::Pipe(pipe) => {
                let inside = |engine: &mut Self, frame: &mut Frame<'_>| engine.pipeline(frame, dot, action, pipe);
                Operand::new(self.enter(frame, term.range, inside)?)
            }
            TermKind::Chain(start, fields) => {
                if matches!(start.kind, TermKind::Nil) {
                    let shown = term.range.text(&frame.template.source);
                    return Err(frame.fail(term.range, format!("indirection through explicit nil in {shown}")));
                }
                let receiver = self.term(frame, dot, action, start)?;
                self.fields(frame, term.range, receiver, fields)?
            }
        })
    }

    fn fields(
        &mut self,
        frame: &Frame<'_>,
        range: Range,
        mut receiver: Operand,
        fields: &[CompactString],
    ) -> Result<Operand, Fail> {
        for name in fields {
            receiver = self.field(frame, range, &receiver, name, &[])?;
        }
        Ok(receiver)
    }

    /// A chain of fields of which the last is a method that is given arguments.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a call belong together nowhere else")]
    fn method(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Operand,
        action: Range,
        range: Range,
        receiver: Operand,
        fields: &[CompactString],
        (terms, last): (&[Term], Option<Value>),
    ) -> Result<Value, Fail> {
        let Some((name, before)) = fields.split_last() else { return Ok(receiver.value) };
        let receiver = self.fields(frame, range, receiver, before)?;
        let args = self.arguments(frame, dot, action, terms, last)?;
        Ok(self.field(frame, range, &receiver, name, &args)?.value)
    }

    fn field(
        &mut self,
        frame: &Frame<'_>,
        range: Range,
        receiver: &Operand,
        name: &str,
        args: &[Value],
    ) -> Result<Operand, Fail> {
        let held = if receiver.element { "interface {}" } else { receiver.value.type_name() };
        match &receiver.value.kind {
            Kind::Nil if receiver.element => {
                return Err(frame.fail(range, format!("nil pointer evaluating interface {{}}.{name}")));
            }
            Kind::Nil => return Ok(Operand::default()),
            Kind::Map(map) => {
                if !args.is_empty() {
                    return Err(frame.fail(range, format!("{name} is not a method but has arguments")));
                }
                return Ok(Operand::element(map.get(name).unwrap_or_default()));
            }
            Kind::Object(object) => {
                if let Some(result) = object.call(name, args) {
                    let value =
                        result.map_err(|message| frame.fail(range, format!("error calling {name}: {message}")))?;
                    self.pay(frame, range, 1 + weight(&value))?;
                    return Ok(Operand::new(value));
                }
                if let Some(value) = object.field(name) {
                    if !args.is_empty() {
                        let message = format!("{name} has arguments but cannot be invoked as function");
                        return Err(frame.fail(range, message));
                    }
                    return Ok(Operand { value, element: false });
                }
            }
            _ => {}
        }
        Err(frame.fail(range, format!("can't evaluate field {name} in type {held}")))
    }

    fn arguments(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Operand,
        action: Range,
        terms: &[Term],
        last: Option<Value>,
    ) -> Result<Vec<Value>, Fail> {
        let mut args = Vec::with_capacity(terms.len() + 1);
        for term in terms {
            args.push(self.term(frame, dot, action, term)?.value);
        }
        args.extend(last);
        Ok(args)
    }

    #[expect(clippy::too_many_arguments, reason = "the arguments of a call belong together nowhere else")]
    fn function(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Operand,
        action: Range,
        range: Range,
        callee: Callee,
        terms: &[Term],
        last: Option<Value>,
    ) -> Result<Value, Fail> {
        let given = terms.len() + usize::from(last.is_some());
        let (min, max) = match callee {
            Callee::And | Callee::Or => (1, usize::MAX),
            Callee::Function(entry) => (entry.min, entry.max),
        };
        if given < min || given > max {
            let want = if min == max { min.to_string() } else { format!("at least {min}") };
            let name = callee.name();
            return Err(frame.fail(range, format!("wrong number of args for {name}: want {want} got {given}")));
        }
        let Callee::Function(entry) = callee else {
            let stops_at = matches!(callee, Callee::Or);
            let mut value = Value::NIL;
            for term in terms {
                value = self.term(frame, dot, action, term)?.value;
                if value.truth() == stops_at {
                    return Ok(value);
                }
            }
            return Ok(last.unwrap_or(value));
        };
        let piped_nil = last.as_ref().is_some_and(Value::is_nil);
        let args = self.arguments(frame, dot, action, terms, last)?;
        self.pay(frame, range, 1 + args.iter().map(weight).sum::<usize>())?;
        let result = self.enter(frame, range, |engine, frame| {
            (entry.function)(&mut Call { engine, frame, action }, &args).map_err(|message| match engine.inner.take() {
                Some(error) if message.contains(&error.message) => error,
                _ => match mistyped(&message, terms, piped_nil, &frame.template.source) {
                    Some(message) => frame.fail(range, message),
                    None => frame.fail(range, format!("error calling {}: {message}", entry.name)),
                },
            })
        })?;
        self.pay(frame, range, weight(&result))?;
        Ok(result)
    }
}

fn variable(frame: &Frame<'_>, range: Range, slot: usize) -> Result<Operand, Fail> {
    match frame.slots.get(slot) {
        Some(operand) => Ok(operand.clone()),
        None => {
            let name = range.text(&frame.template.source).split('.').next();
            Err(undefined(frame, range, name.unwrap_or("")))
        }
    }
}

fn undefined(frame: &Frame<'_>, range: Range, name: &str) -> Fail {
    frame.fail(range, format!("undefined variable: {name}"))
}

/// The error for an argument of the wrong type, for which Go has other words where it is a constant.
fn mistyped(message: &str, terms: &[Term], piped_nil: bool, source: &str) -> Option<String> {
    let (expected, found) = message.strip_prefix("wrong type for value; expected ")?.split_once("; got ")?;
    let constant = terms.iter().find(|term| {
        let given = match term.kind {
            TermKind::Nil => "interface {}",
            TermKind::Int(_) => "int",
            TermKind::Float(_) => "float64",
            TermKind::Bool(_) => "bool",
            TermKind::Text(_) => "string",
            _ => return false,
        };
        given == found
    });
    let kind = match expected {
        "int" | "int64" => "integer",
        "float64" => "float",
        _ => expected,
    };
    Some(match constant {
        Some(Term { kind: TermKind::Nil, .. }) => format!("cannot assign nil to {expected}"),
        Some(term) if kind.contains(['[', ' ', '.']) => {
            format!("can't handle {} for arg of type {kind}", term.range.text(source))
        }
        Some(term) => format!("expected {kind}; found {}", term.range.text(source)),
        None if piped_nil && found == "interface {}" => format!("invalid value; expected {expected}"),
        None => message.to_owned(),
    })
}

/// How many steps it costs to read or make a value, what is inside it not counted.
fn weight(value: &Value) -> usize {
    match &value.kind {
        Kind::Text(text) => text.len() / 32,
        Kind::List(list) => list.len() / 2,
        Kind::Map(map) => map.len() / 4,
        _ => 0,
    }
}
