//! Rendering: nodes are walked, what they print is gathered with its places.

use std::collections::HashMap;
use std::rc::Rc;

use compact_str::CompactString;
use stockade_source::Span;

use crate::call::Host;
use crate::limits::Limits;
use crate::parse::parse;
use crate::templates::{Error, Templates};
use crate::text::{Place, Text};
use crate::tree::{Branch, Node, Range, Template};
use crate::value::{Kind, Value};

/// How many blocks, parentheses and calls may be open at once, so that rendering fits a stack of 2 MiB.
const MAX_NESTING: usize = 400;

/// What Go prints for what is not there, and Helm takes out of what was rendered.
pub(crate) const NO_VALUE: &str = "<no value>";

/// Renders templates. What it spends counts for all that it renders.
pub struct Engine<'t> {
    templates: &'t Templates,
    pub(crate) limits: Limits,
    pub(crate) host: &'t dyn Host,
    steps: u64,
    depth: usize,
    pub(crate) nesting: usize,
    /// The error of a template that a function called, while the function hands on its message.
    pub(crate) inner: Option<Box<Error>>,
    /// What the texts defined that `tpl` renders just now.
    local: Vec<Rc<Parsed>>,
    /// The texts that `tpl` was given.
    parsed: HashMap<CompactString, Rc<Parsed>>,
}

/// A text that `tpl` was given.
struct Parsed {
    main: Rc<Template>,
    defined: Templates,
}

/// A template that is being rendered.
pub(crate) struct Frame<'f> {
    pub(crate) template: &'f Template,
    pub(crate) slots: Vec<Operand>,
    /// The action that called it.
    call: Option<Rc<Place>>,
    /// The text that it was parsed from, where that is a value and not a file.
    text: Option<&'f Text>,
}

/// A value, and how Go holds it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operand {
    pub(crate) value: Value,
    /// Whether it comes straight out of a map or a list: a field of `nil` is then an error.
    pub(crate) element: bool,
}

impl Operand {
    pub(crate) fn new(value: Value) -> Operand {
        Operand { value, element: false }
    }

    pub(crate) fn element(value: Value) -> Operand {
        Operand { value, element: true }
    }
}

/// An error on its way out.
pub(crate) type Fail = Box<Error>;

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

impl Frame<'_> {
    /// Where what `range` prints comes from.
    pub(crate) fn place(&self, range: Range) -> Place {
        let span = Span { file: self.template.file, start: range.start, end: range.end };
        let (Some(text), Some(call)) = (self.text, &self.call) else {
            return Place { span, call: self.call.clone(), ..Place::default() };
        };
        let Some(mark) = text.mark_from(range.start as usize) else { return Place::clone(call) };
        if mark.place.span.is_none() {
            let data = mark.place.data;
            return Place { data, unknown: mark.place.unknown.clone(), ..Place::clone(call) };
        }
        Place { span: mark.span((range.end - range.start) as usize), ..Place::clone(&mark.place) }
    }

    /// An error at `range`.
    pub(crate) fn fail(&self, range: Range, message: impl Into<String>) -> Fail {
        let place = self.place(range);
        let span = if self.text.is_none() || place.data.is_none() { place.span } else { place.data };
        Box::new(Error::new(message, span))
    }

    /// Sets a variable; whether there is one.
    pub(crate) fn set(&mut self, slot: usize, operand: Operand) -> bool {
        let place = self.slots.get_mut(slot);
        let found = place.is_some();
        if let Some(place) = place {
            *place = operand;
        }
        found
    }
}

impl<'t> Engine<'t> {
    /// An engine for `templates`.
    pub fn new(templates: &'t Templates, limits: Limits, host: &'t dyn Host) -> Self {
        Engine {
            templates,
            limits,
            host,
            steps: 0,
            depth: 0,
            nesting: 0,
            inner: None,
            local: Vec::new(),
            parsed: HashMap::new(),
        }
    }

    /// How many steps were spent so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Renders the template `name`, whose `.` and `$` are `data`.
    pub fn render(&mut self, name: &str, data: &Value) -> Result<Text, Error> {
        let template = self.find(name);
        let Some(template) = template else {
            return Err(Error::new(format!("template {name:?} not defined"), Span::NONE));
        };
        match self.run(&template, None, None, data) {
            Ok(text) => Ok(without_no_value(&text)),
            Err(error) => Err(*error),
        }
    }

    /// Pays for work.
    pub(crate) fn charge(&mut self, steps: usize) -> Result<(), String> {
        self.steps = self.steps.saturating_add(steps as u64);
        if self.steps > self.limits.steps {
            return Err(format!("rendering takes more than {} steps", self.limits.steps));
        }
        Ok(())
    }

    /// Renders the template `name` for the action of `frame` at `action`.
    pub(crate) fn include(
        &mut self,
        frame: &Frame<'_>,
        action: Range,
        name: &str,
        data: &Value,
    ) -> Result<Text, String> {
        let Some(template) = self.find(name) else {
            return Err(format!("template: no template {name:?} associated with template \"gotpl\""));
        };
        let call = Rc::new(frame.place(action));
        self.run(&template, Some(call), None, data).map_err(|error| self.hand_on(error, name, frame, action))
    }

    /// Renders a text as a template.
    pub(crate) fn tpl(&mut self, frame: &Frame<'_>, action: Range, text: &Text, data: &Value) -> Result<Text, String> {
        if !text.as_str().contains("{{") {
            return Ok(without_no_value(text));
        }
        let call = Rc::new(frame.place(action));
        let parsed = match self.parsed.get(text.as_str()) {
            Some(parsed) => Rc::clone(parsed),
            None => match self.parse_text(text.as_str()) {
                Ok(parsed) => parsed,
                Err(error) => {
                    let at = text.mark_at(error.span.start as usize).map(|mark| &mark.place);
                    let span =
                        at.map_or(Span::NONE, |place| if place.data.is_none() { place.span } else { place.data });
                    let span = if span.is_none() { call.span } else { span };
                    let message = format!("cannot parse template: {}", error.message);
                    let error = Box::new(Error { span, message, calls: Vec::new() });
                    return Err(self.hand_on(error, "tpl", frame, action));
                }
            },
        };
        self.local.push(Rc::clone(&parsed));
        let result = self.run(&parsed.main, Some(call), Some(text), data);
        self.local.pop();
        match result {
            Ok(text) => Ok(without_no_value(&text)),
            Err(error) => Err(self.hand_on(error, "tpl", frame, action)),
        }
    }

    fn parse_text(&mut self, text: &str) -> Result<Rc<Parsed>, Fail> {
        let mut templates = parse("gotpl", Span::NONE.file, &text.into())?;
        let Some(main) = templates.pop() else {
            return Err(Box::new(Error::new("the template is empty", Span::NONE)));
        };
        let mut defined = Templates::new();
        defined.register(templates);
        let parsed = Rc::new(Parsed { main: Rc::new(main), defined });
        self.parsed.insert(text.into(), Rc::clone(&parsed));
        Ok(parsed)
    }

    /// Keeps the error of a called template while the function that called it hands on the message.
    fn hand_on(&mut self, mut error: Fail, name: &str, frame: &Frame<'_>, action: Range) -> String {
        error.calls.push((name.into(), frame.place(action).span));
        let message = error.message.clone();
        self.inner = Some(error);
        message
    }

    fn find(&self, name: &str) -> Option<Rc<Template>> {
        let local = self.local.iter().rev().find_map(|parsed| parsed.defined.find(name));
        local.or_else(|| self.templates.find(name)).map(Rc::clone)
    }

    fn run(
        &mut self,
        template: &Template,
        call: Option<Rc<Place>>,
        text: Option<&Text>,
        data: &Value,
    ) -> Result<Text, Fail> {
        let mut slots = vec![Operand::default(); template.slots];
        if let Some(slot) = slots.first_mut() {
            slot.value = data.clone();
        }
        let mut frame = Frame { template, slots, call, text };
        if self.depth >= self.limits.depth {
            let message = format!("exceeded maximum template depth ({})", self.limits.depth);
            return Err(frame.fail(Range { start: 0, end: 0 }, message));
        }
        self.depth += 1;
        let mut out = Text::default();
        let dot = Operand::new(data.clone());
        let flow = self.walk(&mut frame, &dot, &template.body, &mut out);
        self.depth -= 1;
        flow.map(|_| out)
    }

    fn walk(&mut self, frame: &mut Frame<'_>, dot: &Operand, nodes: &[Node], out: &mut Text) -> Result<Flow, Fail> {
        for node in nodes {
            match node {
                Node::Literal(range) => self.literal(frame, *range, out)?,
                Node::Action { range, pipe } => {
                    self.pay(frame, *range, 1)?;
                    let value = self.pipeline(frame, dot, *range, pipe)?;
                    if pipe.variables.is_empty() {
                        self.print(frame, *range, &value, out)?;
                    }
                }
                Node::Template(call) => {
                    self.pay(frame, call.range, 1)?;
                    let Some(template) = self.find(&call.name) else {
                        return Err(frame.fail(call.range, format!("template {:?} not defined", call.name)));
                    };
                    let data = match &call.pipe {
                        Some(pipe) => self.pipeline(frame, dot, call.range, pipe)?,
                        None => Value::NIL,
                    };
                    let place = Rc::new(frame.place(call.range));
                    let inside =
                        self.enter(frame, call.range, |engine, _| engine.run(&template, Some(place), None, &data));
                    match inside {
                        Ok(text) => self.emit(frame, call.range, &text, out)?,
                        Err(mut error) => {
                            error.calls.push((call.name.clone(), frame.place(call.range).span));
                            return Err(error);
                        }
                    }
                }
                Node::If(branch) => {
                    let value = self.head(frame, dot, branch)?;
                    let body = if value.truth() { &branch.body } else { &branch.otherwise };
                    match self.block(frame, branch.range, dot, body, out)? {
                        Flow::Next => {}
                        flow => return Ok(flow),
                    }
                }
                Node::With(branch) => {
                    let value = self.head(frame, dot, branch)?;
                    let flow = if value.truth() {
                        self.block(frame, branch.range, &Operand::new(value), &branch.body, out)?
                    } else {
                        self.block(frame, branch.range, dot, &branch.otherwise, out)?
                    };
                    if flow != Flow::Next {
                        return Ok(flow);
                    }
                }
                Node::Range(branch) => match self.range(frame, dot, branch, out)? {
                    Flow::Next => {}
                    flow => return Ok(flow),
                },
                Node::Break => return Ok(Flow::Break),
                Node::Continue => return Ok(Flow::Continue),
            }
        }
        Ok(Flow::Next)
    }

    /// The value of the pipeline that opens a block.
    fn head(&mut self, frame: &mut Frame<'_>, dot: &Operand, branch: &Branch) -> Result<Value, Fail> {
        self.pay(frame, branch.range, 1)?;
        self.pipeline(frame, dot, branch.range, &branch.pipe)
    }

    fn block(
        &mut self,
        frame: &mut Frame<'_>,
        range: Range,
        dot: &Operand,
        nodes: &[Node],
        out: &mut Text,
    ) -> Result<Flow, Fail> {
        if nodes.is_empty() {
            return Ok(Flow::Next);
        }
        self.enter(frame, range, |engine, frame| engine.walk(frame, dot, nodes, out))
    }

    /// Goes one level deeper.
    pub(crate) fn enter<'f, T>(
        &mut self,
        frame: &mut Frame<'f>,
        range: Range,
        inside: impl FnOnce(&mut Self, &mut Frame<'f>) -> Result<T, Fail>,
    ) -> Result<T, Fail> {
        if self.nesting >= MAX_NESTING {
            return Err(frame.fail(range, format!("rendering nests more than {MAX_NESTING} levels deep")));
        }
        self.nesting += 1;
        let result = inside(self, frame);
        self.nesting -= 1;
        result
    }

    fn range(&mut self, frame: &mut Frame<'_>, dot: &Operand, branch: &Branch, out: &mut Text) -> Result<Flow, Fail> {
        let mut value = self.head(frame, dot, branch)?;
        if let Kind::Object(object) = &value.kind {
            value = Value::new(object.value().kind, value.span);
        }
        let (variables, body) = (&branch.pipe.variables, &branch.body);
        let mut iterate = |engine: &mut Self, frame: &mut Frame<'_>, index: Value, element: Operand| {
            engine.pay(frame, branch.range, 1)?;
            match variables.as_slice() {
                [] => {}
                // The pipeline has set them once, so that they are there.
                [only] => _ = frame.set(*only, element.clone()),
                [first, second, ..] => {
                    frame.set(*first, Operand::new(index));
                    frame.set(*second, element.clone());
                }
            }
            engine.block(frame, branch.range, &element, body, out)
        };
        let mut any = false;
        match &value.kind {
            Kind::Nil => {}
            Kind::Int(count) => {
                if variables.len() > 1 {
                    let message = format!("can't use {count} to iterate over more than one variable");
                    return Err(frame.fail(branch.pipe.range, message));
                }
                for index in 0..*count {
                    any = true;
                    if iterate(self, frame, Value::NIL, Operand::new(Value::from(index)))? == Flow::Break {
                        break;
                    }
                }
            }
            Kind::List(list) => {
                for (index, element) in (0i64..).zip(list.iter()) {
                    any = true;
                    if iterate(self, frame, Value::from(index), Operand::element(element.clone()))? == Flow::Break {
                        break;
                    }
                }
            }
            Kind::Map(map) if !map.is_struct() => {
                self.pay(frame, branch.range, map.len())?;
                let entries: Vec<(CompactString, Value)> =
                    map.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
                for (key, element) in entries {
                    any = true;
                    let key = Value::from(Text::new(key));
                    if iterate(self, frame, key, Operand::element(element))? == Flow::Break {
                        break;
                    }
                }
            }
            _ => {
                let shown = value.printed().unwrap_or_default();
                return Err(frame.fail(branch.pipe.range, format!("range can't iterate over {shown}")));
            }
        }
        if any {
            return Ok(Flow::Next);
        }
        self.block(frame, branch.range, dot, &branch.otherwise, out)
    }

    fn literal(&mut self, frame: &Frame<'_>, range: Range, out: &mut Text) -> Result<(), Fail> {
        let text = range.text(&frame.template.source);
        self.pay(frame, range, 1 + text.len() / 64)?;
        self.fits(frame, range, out, text.len())?;
        let place = Rc::new(frame.place(range));
        match frame.text {
            Some(source) => {
                out.push_printed(&source.slice(range.start as usize..range.end as usize), &place);
            }
            None => out.push_verbatim(text, place),
        }
        Ok(())
    }

    /// Prints the value of an action.
    fn print(&mut self, frame: &Frame<'_>, range: Range, value: &Value, out: &mut Text) -> Result<(), Fail> {
        if value.is_nil() {
            return self.emit(frame, range, &Text::new(NO_VALUE), out);
        }
        let text = value.printed().map_err(|message| frame.fail(range, message))?;
        self.emit(frame, range, &text, out)
    }

    fn emit(&mut self, frame: &Frame<'_>, range: Range, text: &Text, out: &mut Text) -> Result<(), Fail> {
        if text.is_empty() {
            return Ok(());
        }
        self.pay(frame, range, text.len() / 64)?;
        self.fits(frame, range, out, text.len())?;
        out.push_printed(text, &Rc::new(frame.place(range)));
        Ok(())
    }

    fn fits(&self, frame: &Frame<'_>, range: Range, out: &Text, more: usize) -> Result<(), Fail> {
        if out.len().saturating_add(more) > self.limits.output {
            let message = format!("the output is longer than {} bytes", self.limits.output);
            return Err(frame.fail(range, message));
        }
        Ok(())
    }

    pub(crate) fn pay(&mut self, frame: &Frame<'_>, range: Range, steps: usize) -> Result<(), Fail> {
        self.charge(steps).map_err(|message| frame.fail(range, message))
    }
}

/// What Helm does to all that it rendered.
fn without_no_value(text: &Text) -> Text {
    text.replace(NO_VALUE, &Text::default(), None)
}
