//! Evaluates conditions: whether one holds of a resource. Nothing is allocated for a path without a quantifier.

use stockade_model::{Kind, ResourceId, Technology};

use crate::context::Context;
use crate::operator::{against, test, test_absent};
use crate::walk::{At, Fan, What};
use crate::{Cond, Constant, Line, Operand, Operator, Path, Quantified, Quantifier, Truth};

/// One check of one resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evaluation<'c, 'g> {
    pub(crate) context: &'c Context<'g>,
    /// The resource that is checked: where `@PATH` starts.
    pub(crate) subject: ResourceId,
}

impl<'c, 'g> Evaluation<'c, 'g> {
    pub(crate) fn new(context: &'c Context<'g>, subject: ResourceId) -> Self {
        Evaluation { context, subject }
    }

    /// Whether the condition holds of the resource.
    pub(crate) fn decide(&self, cond: &Cond) -> Truth {
        self.truth(cond, self.root())
    }

    pub(crate) fn root(&self) -> At<'g> {
        self.context.root(self.subject)
    }

    pub(crate) fn truth(&self, cond: &Cond, at: At<'g>) -> Truth {
        match cond {
            Cond::Line(line) => self.line(line, self.context.single(at, &line.path)),
            Cond::All(parts) => Truth::all(parts.iter().map(|part| self.truth(part, at))),
            Cond::Any(parts) => Truth::any(parts.iter().map(|part| self.truth(part, at))),
            Cond::Not(inner) => !self.truth(inner, at),
            Cond::Quantified(quantified) => self.quantified(quantified, &self.context.fan(at, &quantified.path)),
        }
    }

    fn quantified(&self, quantified: &Quantified, fan: &Fan<'g>) -> Truth {
        let elements = fan.elements.iter().map(|element| self.element(quantified, *element));
        let open = fan.open.map(|_| Truth::Unknown);
        match quantified.quantifier {
            Quantifier::Some => Truth::any(elements.chain(open)),
            Quantifier::No => !Truth::any(elements.chain(open)),
            Quantifier::Every => Truth::all(elements.chain(open)),
        }
    }

    /// What an element adds to the answer. One that may not be an element cannot decide by itself.
    pub(crate) fn element(&self, quantified: &Quantified, element: At<'g>) -> Truth {
        let truth = self.truth(&quantified.cond, At { possible: None, ..element });
        match (element.possible, quantified.quantifier) {
            (None, _) => truth,
            (Some(_), Quantifier::Some | Quantifier::No) => truth.min(Truth::Unknown),
            (Some(_), Quantifier::Every) => truth.max(Truth::Unknown),
        }
    }

    /// Whether the line holds of the place that its path has reached.
    pub(crate) fn line(&self, line: &Line, at: At<'g>) -> Truth {
        let truth = match &line.operand {
            Operand::Path(path) => self.against_path(line.operator, path, at),
            operand => match at.what {
                _ if at.possible.is_some() => Truth::Unknown,
                What::Absent => test_absent(line.operator, operand),
                What::Value(value) => test(line.operator, operand, value, self.words(at)),
                What::Resource => Truth::False,
                What::Unknown(_) | What::Many => Truth::Unknown,
            },
        };
        if line.negated { !truth } else { truth }
    }

    fn against_path(&self, operator: Operator, path: &Path, at: At<'g>) -> Truth {
        let right = self.context.single(self.root(), path);
        let constant = match right.what {
            What::Value(value) => Constant::of(value),
            What::Absent => Some(Constant::Absent),
            What::Resource | What::Unknown(_) | What::Many => None,
        };
        match (at.what, constant) {
            _ if at.possible.is_some() => Truth::Unknown,
            (What::Unknown(_) | What::Many, _) | (_, None) => Truth::Unknown,
            (What::Resource, _) => Truth::False,
            (What::Absent, Some(constant)) => test_absent(operator, &Operand::Constant(constant)),
            (What::Value(_), Some(Constant::Absent)) if operator != Operator::Is && operator != Operator::In => {
                Truth::False
            }
            (What::Value(value), Some(constant)) => against(operator, &constant, value, self.words(at)),
        }
    }

    /// Whether texts such as `yes` are booleans where the value stands.
    pub(crate) fn words(&self, at: At<'g>) -> bool {
        self.context.resource(at.resource).technology == Technology::Ansible
    }
}

/// Whether a place is known to hold nothing: for messages.
pub(crate) fn is_empty_list(at: &At<'_>) -> bool {
    matches!(at.what, What::Value(value) if matches!(&value.kind, Kind::List(list) if list.items.is_empty() && list.open.is_none()))
}
