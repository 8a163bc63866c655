//! The evaluator: expressions to values.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_hcl::{Expr, ExprKind, For, ObjectItem, ObjectKey, Traversal};
use stockade_model::{Part, Reason, Why};
use stockade_source::{FileId, Span, SyntaxError};

use crate::convert::convert;
use crate::declare::{Declaration, Declarations};
use crate::input::{Inputs, Workspace};
use crate::scope::{Each, Expansion, Key, Scope, Slot};
use crate::types::Ty;
use crate::value::{Entry, Fields, K, MapKind, SeqKind, Val, limit};

/// How many expressions are evaluated for one root module.
const MAX_EVALUATED: u64 = 2_000_000;
/// How deep evaluation goes, through expressions and through what they name.
pub(crate) const MAX_DEPTH: u32 = 512;

/// Everything of one root module.
pub(crate) struct Eval<'a> {
    pub(crate) inputs: &'a Inputs,
    pub(crate) workspace: &'a dyn Workspace,
    /// The module instances; the root is the first.
    pub(crate) modules: Vec<ModuleInstance<'a>>,
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) incomplete: Vec<SyntaxError>,
    pub(crate) declared: HashMap<CompactString, Rc<Declarations<'a>>, foldhash::fast::RandomState>,
    pub(crate) texts: HashMap<FileId, &'a str, foldhash::fast::RandomState>,
    pub(crate) evaluated: u64,
    pub(crate) depth: u32,
}

/// A module as one call makes it.
pub(crate) struct ModuleInstance<'a> {
    pub(crate) declared: Rc<Declarations<'a>>,
    /// `module.a["k"].module.b`; empty for the root.
    pub(crate) address: CompactString,
    /// The names of the calls joined by dots; empty for the root.
    pub(crate) calls: CompactString,
    /// The node of the call; `None` for the root.
    pub(crate) call: Option<u32>,
    /// How many calls lie between this and the root.
    pub(crate) depth: u32,
    pub(crate) variables: HashMap<CompactString, Slot<(Val, stockade_model::Via)>, foldhash::fast::RandomState>,
    pub(crate) locals: HashMap<CompactString, Slot<Val>, foldhash::fast::RandomState>,
    pub(crate) outputs: HashMap<CompactString, Slot<Val>, foldhash::fast::RandomState>,
    pub(crate) resources: HashMap<usize, Slot<Rc<Expansion>>, foldhash::fast::RandomState>,
    pub(crate) expanded: HashMap<CompactString, Slot<Rc<Expansion>>, foldhash::fast::RandomState>,
    /// What the `provider` blocks give all their resources, by their place among the declarations.
    pub(crate) defaults: HashMap<usize, Slot<Option<Val>>, foldhash::fast::RandomState>,
}

/// An instance of a resource, a data source or a module call.
pub(crate) struct Node<'a> {
    pub(crate) module: u32,
    pub(crate) declaration: Rc<Declaration<'a>>,
    pub(crate) key: Key,
    pub(crate) each: Option<Rc<Each>>,
    pub(crate) address: CompactString,
    pub(crate) fields: HashMap<CompactString, Slot<Option<Entry>>, foldhash::fast::RandomState>,
    /// What a call calls; `None` where its source is not at hand, and for resources.
    pub(crate) instance: Option<u32>,
}

impl Eval<'_> {
    /// Counts work that is not an expression: elements gone through, bytes written.
    pub(crate) fn charge(&mut self, work: usize) {
        self.evaluated = self.evaluated.saturating_add(work as u64 / 8);
    }

    pub(crate) fn exhausted(&self) -> bool {
        self.evaluated > MAX_EVALUATED
    }

    /// Evaluates an expression. The value's span is the expression's.
    pub(crate) fn eval(&mut self, scope: &mut Scope, expr: &Expr) -> Val {
        self.evaluated = self.evaluated.saturating_add(1);
        if self.depth >= MAX_DEPTH || self.exhausted() {
            return K::Unknown(limit("the evaluation", expr.span), Ty::Any).at(expr.span);
        }
        self.depth += 1;
        let mut val = self.eval_kind(scope, expr);
        self.depth -= 1;
        // A part of what is written within the expression itself stands where it is written.
        let (own, whole) = (val.span, expr.span);
        let part = matches!(expr.kind, ExprKind::Attribute(..) | ExprKind::Index(..));
        if !part || own.is_none() || own.file != whole.file || own.start < whole.start || own.end > whole.end {
            val.span = expr.span;
        }
        val
    }

    fn eval_kind(&mut self, scope: &mut Scope, expr: &Expr) -> Val {
        match &expr.kind {
            ExprKind::Null => K::Null(Ty::Any).at(expr.span),
            ExprKind::Bool(b) => K::Bool(*b).at(expr.span),
            ExprKind::Number(text) => match crate::convert::parse_number(text) {
                Some(n) => K::Number(n).at(expr.span),
                None => Val::unknown(Reason::Limit, text.clone(), expr.span),
            },
            ExprKind::Template(template) => self.template(scope, template, expr.span),
            ExprKind::Tuple(items) => self.tuple(scope, items, expr),
            ExprKind::Object(items) => self.object(scope, items, expr),
            ExprKind::Variable(_) | ExprKind::Attribute(..) | ExprKind::Index(..) => self.chain(scope, expr),
            ExprKind::Splat(splat) => {
                let base = self.eval(scope, &splat.base);
                self.splat(scope, base, &splat.tail, expr.span)
            }
            ExprKind::Call(call) => self.call(scope, call, expr.span),
            ExprKind::Unary(op, inner) => {
                let val = self.eval(scope, inner);
                crate::operators::unary(*op, &val, expr.span)
            }
            ExprKind::Binary(left, op, right) => {
                let left = self.eval(scope, left);
                let right = self.eval(scope, right);
                self.charge(left.nodes().max(right.nodes()) as usize);
                crate::operators::binary(&left, *op, &right, expr.span)
            }
            ExprKind::Conditional(parts) => self.conditional(scope, parts, expr),
            ExprKind::For(parts) => self.for_expr(scope, parts, expr),
            ExprKind::Paren(inner) => self.eval(scope, inner),
            ExprKind::Error => Val::invalid("the expression", expr.span),
        }
    }

    fn tuple(&mut self, scope: &mut Scope, items: &[Expr], expr: &Expr) -> Val {
        let items = items.iter().map(|item| self.eval(scope, item)).collect();
        K::tuple(items).at(expr.span)
    }

    fn object(&mut self, scope: &mut Scope, items: &[ObjectItem], expr: &Expr) -> Val {
        let mut fields = Fields::default();
        let mut open = None;
        let mut sensitive = false;
        for item in items {
            let value = self.eval(scope, &item.value);
            let key = match &item.key {
                ObjectKey::Name(ident) => Ok(ident.text.clone()),
                ObjectKey::Expr(key) => {
                    let key = self.eval(scope, key);
                    sensitive |= key.sensitive;
                    key_text(&key)
                }
            };
            match key {
                Ok(key) => {
                    fields.insert(key, Entry { key: item.key.span(), entry: item.span, value });
                }
                Err(Some(why)) => open = Some(why),
                Err(None) => return Val::invalid("the key of an object", item.key.span()),
            }
        }
        Val { sensitive, ..K::map(MapKind::Object, fields, expr.span, open, Ty::Any).at(expr.span) }
    }

    fn conditional(&mut self, scope: &mut Scope, parts: &[Expr; 3], expr: &Expr) -> Val {
        let condition = self.eval(scope, &parts[0]);
        let truth = match convert(&condition, &Ty::Bool) {
            Ok(val) if !val.is_null() => val,
            _ => return Val::invalid("the condition", parts[0].span).through([&condition]),
        };
        let then = self.eval(scope, &parts[1]);
        let otherwise = self.eval(scope, &parts[2]);
        // Both branches become one type; where that is not known yet, each stays as it is.
        let (one, two) = (Ty::of(&then), Ty::of(&otherwise));
        let unsure = |val: &Val, ty: &Ty| ty.is_open() && *ty != Ty::Any && !val.is_whole();
        let open = one.may_unify(&two) && (unsure(&then, &one) || unsure(&otherwise, &two));
        let ty = if open { None } else { Ty::unify(&[one.clone(), two.clone()]).or_else(|| either(one, two)) };
        let unified = |val: &Val| match &ty {
            Some(ty) => convert(val, ty).ok(),
            None => open.then(|| val.clone()),
        };
        let wanted = match truth.as_bool() {
            Some(false) => unified(&otherwise),
            _ => unified(&then),
        };
        let Some(wanted) = wanted else {
            return Val::invalid("the types of `?` and `:`", expr.span).through_all([&condition, &then, &otherwise]);
        };
        if truth.as_bool().is_some() {
            // A mark on either branch stays.
            let sensitive = wanted.sensitive || then.sensitive || otherwise.sensitive;
            return Val { sensitive, ..wanted }.chosen_by(&condition);
        }
        let otherwise = unified(&otherwise).unwrap_or(otherwise);
        let then = wanted;
        if then.is_whole() && crate::operators::equal(&then, &otherwise) == Some(true) {
            return then.chosen_by(&condition);
        }
        let why = condition.why().unwrap_or_else(|| limit("the condition", parts[0].span));
        let ty = Ty::of(&then);
        K::Unknown(why, ty).at(expr.span).through([&condition]).through_all([&then, &otherwise])
    }

    fn for_expr(&mut self, scope: &mut Scope, parts: &For, expr: &Expr) -> Val {
        let collection = self.eval(scope, &parts.collection);
        let collection = self.spelled(collection);
        let (pairs, mut open) = match pairs(&collection) {
            Ok(pairs) => pairs,
            Err(why) => {
                let ty = Ty::Any;
                return K::Unknown(why.unwrap_or_else(|| invalid("the collection", parts.collection.span)), ty)
                    .at(expr.span)
                    .through_all([&collection]);
            }
        };
        let mut items = Vec::new();
        let mut fields = Fields::default();
        let mut groups: indexmap::IndexMap<CompactString, (Entry, Vec<Val>)> = indexmap::IndexMap::new();
        let mut sensitive = collection.sensitive;
        let height = scope.vars.len();
        for (key, value) in pairs {
            if let Some(name) = &parts.key_var {
                scope.vars.push((name.text.clone(), key));
            }
            scope.vars.push((parts.value_var.text.clone(), value));
            let turn = self.for_turn(scope, parts, expr, &mut sensitive);
            scope.vars.truncate(height);
            match turn {
                Turn::Skip => {}
                Turn::Item(val) => items.push(val),
                Turn::Field(key, entry) if parts.group => match groups.entry(key) {
                    indexmap::map::Entry::Occupied(mut group) => group.get_mut().1.push(entry.value),
                    indexmap::map::Entry::Vacant(slot) => {
                        slot.insert((entry.clone(), vec![entry.value]));
                    }
                },
                Turn::Field(key, entry) => {
                    if fields.insert(key, entry).is_some() {
                        return Val::invalid("a key given twice", parts.key.as_ref().map_or(expr.span, |key| key.span));
                    }
                }
                Turn::Open(why) => open = Some(why),
                Turn::Refused(val) => return val,
            }
        }
        for (key, (entry, values)) in groups {
            fields.insert(key, Entry { value: K::tuple(values).at(expr.span), ..entry });
        }
        let kind = if parts.key.is_some() {
            K::map(MapKind::Object, fields, expr.span, open, Ty::Any)
        } else {
            K::seq(SeqKind::Tuple, items, open, Ty::Any)
        };
        let mut out = kind.at(expr.span);
        out.sensitive = sensitive;
        out
    }

    /// A mark on a condition or a key marks all that comes out.
    fn for_turn(&mut self, scope: &mut Scope, parts: &For, expr: &Expr, sensitive: &mut bool) -> Turn {
        if self.exhausted() {
            return Turn::Open(limit("the evaluation", expr.span));
        }
        if let Some(condition) = &parts.condition {
            let val = self.eval(scope, condition);
            *sensitive |= val.sensitive;
            match convert(&val, &Ty::Bool).map(|v| v.kind) {
                Ok(K::Bool(true)) => {}
                Ok(K::Bool(false)) => return Turn::Skip,
                Ok(K::Unknown(why, _)) => return Turn::Open(why),
                _ => return Turn::Refused(Val::invalid("the condition", condition.span)),
            }
        }
        let Some(key) = &parts.key else { return Turn::Item(self.eval(scope, &parts.value)) };
        let key_val = self.eval(scope, key);
        *sensitive |= key_val.sensitive;
        match key_text(&key_val) {
            Ok(text) => {
                let value = self.eval(scope, &parts.value);
                Turn::Field(text, Entry { key: key.span, entry: parts.value.span, value })
            }
            Err(Some(why)) => Turn::Open(why),
            Err(None) => Turn::Refused(Val::invalid("the key", key.span)),
        }
    }

    /// `base[*].tail`
    fn splat(&mut self, scope: &mut Scope, base: Val, tail: &[Traversal], span: Span) -> Val {
        let items = match &base.kind {
            K::Null(Ty::List(_) | Ty::Set(_) | Ty::Tuple(_)) => return Val::invalid("a splat of null", span),
            K::Null(_) => return K::tuple(Vec::new()).at(span),
            K::Seq(_) => base.children(),
            K::Unknown(_, ty) if ty.is_primitive() => vec![base.clone()],
            K::Unknown(..) => return base,
            K::Many(one, why) => {
                let one = Val { kind: (**one).clone(), ..base.clone() };
                let tail = self.splat_tail(scope, one, tail, span);
                return K::seq(SeqKind::Tuple, Vec::new(), Some(why.clone()), Ty::Any).at(span).through([&tail]);
            }
            _ => vec![base.clone()],
        };
        let items: Vec<Val> = items.into_iter().map(|item| self.splat_tail(scope, item, tail, span)).collect();
        let kind = match &base.kind {
            K::Seq(seq) if matches!(seq.kind, SeqKind::List | SeqKind::Set) => {
                let elem = items.first().map_or(Ty::Any, Ty::of);
                K::seq(SeqKind::List, items, seq.open.clone(), elem)
            }
            K::Seq(seq) => K::seq(SeqKind::Tuple, items, seq.open.clone(), Ty::Any),
            _ => K::tuple(items),
        };
        Val { sensitive: base.sensitive, ..kind.at(span) }
    }

    fn splat_tail(&mut self, scope: &mut Scope, item: Val, tail: &[Traversal], span: Span) -> Val {
        self.charge(8);
        tail.iter().fold(item, |val, step| match step {
            Traversal::Attribute(name) => self.attribute(&val, &name.text, span),
            Traversal::Index(index) => {
                let index = self.eval(scope, index);
                self.index(&val, &index, span)
            }
            Traversal::Splat { tail, .. } => self.splat(scope, val, tail, span),
        })
    }
}

/// The type of one of two collections that the other can be converted to, with loss; a list rather than a set.
fn either(one: Ty, two: Ty) -> Option<Ty> {
    let (one, two) = if matches!(two, Ty::List(_)) && !matches!(one, Ty::List(_)) { (two, one) } else { (one, two) };
    let collection = |ty: &Ty| matches!(ty, Ty::List(_) | Ty::Set(_));
    if !collection(&one) || !collection(&two) {
        return None;
    }
    if two.converts_to(&one) { Some(one) } else { one.converts_to(&two).then_some(two) }
}

/// What one turn of a `for` gives.
enum Turn {
    Skip,
    Item(Val),
    Field(CompactString, Entry),
    /// Whether, or under which key, is unknown.
    Open(Arc<Why>),
    Refused(Val),
}

fn invalid(subject: &str, span: Span) -> Arc<Why> {
    Arc::new(Why { reason: Reason::Invalid, subject: subject.into(), span })
}

/// The text of a value that is a key, or why it is unknown, or nothing where it cannot be one.
pub(crate) fn key_text(val: &Val) -> Result<CompactString, Option<Arc<Why>>> {
    match convert(val, &Ty::Text).map(|val| val.kind) {
        Ok(K::Text(text)) => Ok(CompactString::from(&*text)),
        Ok(K::Unknown(why, _) | K::Many(_, why)) => Err(Some(why)),
        Ok(K::Template(parts)) => Err(parts.iter().find_map(|part| match part {
            Part::Unknown(why) => Some(why.clone()),
            Part::Known(_) => None,
        })),
        _ => Err(None),
    }
}

/// Keys and values of a collection, with why there may be more.
type Pairs = (Vec<(Val, Val)>, Option<Arc<Why>>);

/// What a `for` goes through, in its order; why that is unknown; nothing where it is no collection.
pub(crate) fn pairs(collection: &Val) -> Result<Pairs, Option<Arc<Why>>> {
    match &collection.kind {
        K::Seq(seq) => {
            let number = |at: usize, val: &Val| match seq.kind {
                SeqKind::Set => val.clone(),
                _ => K::int(at).at(Span::NONE),
            };
            let items = collection.children().into_iter().enumerate();
            Ok((items.map(|(at, val)| (number(at, &val), val)).collect(), seq.open.clone()))
        }
        K::Map(map) => {
            let pair = |(name, entry): (&CompactString, &Entry)| {
                let mut key = K::text(name).at(entry.key);
                key.sensitive = collection.sensitive;
                (key, collection.child(&entry.value, Some(name)))
            };
            Ok((map.sorted().into_iter().map(pair).collect(), map.open.clone()))
        }
        K::Unknown(_, ty) if ty.is_primitive() => Err(None),
        _ => Err(collection.why()),
    }
}
