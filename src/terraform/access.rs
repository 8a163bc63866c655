//! What follows a value: `.name`, `[key]`.

use std::sync::Arc;

use compact_str::{CompactString, format_compact};
use stockade_hcl::ExprKind;
use stockade_model::{Reason, Via, Why};
use stockade_source::Span;

use crate::convert::convert;
use crate::eval::{Eval, key_text};
use crate::scope::{Scope, Slot};
use crate::types::Ty;
use crate::value::{Entry, Fields, K, MapKind, SeqKind, Val};

/// How long the name of something unknown grows.
const MAX_SUBJECT: usize = 200;

impl Eval<'_> {
    /// `base.name`, standing at `span`.
    pub(crate) fn attribute(&mut self, base: &Val, name: &str, span: Span) -> Val {
        match &base.kind {
            K::Resource(node) => self.resource_attribute(*node, name, span),
            K::Module(module) => self.module_output(*module, name, span),
            K::Many(one, _) => Val { kind: (**one).clone(), ..base.clone() },
            K::Map(map) => match map.fields.get(name) {
                Some(entry) => base.child(&entry.value, Some(name)),
                None if map.open.is_some() || map.kind == MapKind::Block => unset(base, map.open.as_ref(), name, span),
                None => Val::invalid(format_compact!(".{name}"), span),
            },
            K::Seq(seq) if seq.kind == SeqKind::Blocks => unset(base, seq.open.as_ref(), name, span),
            K::Unknown(why, ty) if !ty.is_primitive() => deeper(base, why, ty, name),
            _ => Val::invalid(format_compact!(".{name}"), span).through([base]),
        }
    }

    /// `base[key]`, standing at `span`.
    pub(crate) fn index(&mut self, base: &Val, key: &Val, span: Span) -> Val {
        let out = match &base.kind {
            // Where elements may stand before it, no position is known.
            K::Seq(seq) if seq.open.is_some() => unset(base, seq.open.as_ref(), "…", span),
            K::Seq(seq) if seq.kind != SeqKind::Set => match convert(key, &Ty::Number).map(|key| key.kind) {
                Ok(K::Number(n)) => {
                    let item = n.as_i64().and_then(|n| usize::try_from(n).ok()).and_then(|n| seq.items.get(n));
                    match item {
                        Some(item) => base.child(item, Some(&n.to_string())),
                        None if seq.kind == SeqKind::Blocks => unset(base, None, &n.to_string(), span),
                        None => Val::invalid(format_compact!("[{n}]"), span),
                    }
                }
                Ok(K::Unknown(why, _) | K::Many(_, why)) => {
                    K::Unknown(why, seq.elem.clone()).at(span).through_all([base])
                }
                _ => Val::invalid("[…]", span),
            },
            K::Map(_) | K::Resource(_) | K::Module(_) | K::Many(..) => match key_text(key) {
                Ok(text) => self.attribute(base, &text, span),
                Err(Some(why)) => {
                    if let K::Many(one, _) = &base.kind {
                        Val { kind: (**one).clone(), ..base.clone() }
                    } else {
                        K::Unknown(why, Ty::Any).at(span).through_all([base])
                    }
                }
                Err(None) => Val::invalid("[…]", span),
            },
            K::Unknown(why, ty) if !ty.is_primitive() => match key_text(key) {
                Ok(text) => deeper(base, why, ty, &text),
                Err(_) => Val { kind: K::Unknown(why.clone(), element(ty, "")), ..base.clone() },
            },
            _ => Val::invalid("[…]", span).through([base]),
        };
        let marked = out.sensitive;
        let mut out = if key.prov.is_some() || key.sensitive { out.chosen_by(key) } else { out };
        // The names of an object's attributes belong to its type, and so hide nothing.
        if matches!(&base.kind, K::Map(map) if map.kind == MapKind::Object) {
            out.sensitive = marked;
        }
        out
    }

    fn resource_attribute(&mut self, node: u32, name: &str, span: Span) -> Val {
        let Some(found) = self.nodes.get(node as usize) else { return Val::invalid(name, span) };
        let subject = format_compact!("{}.{name}", found.address);
        let reason = if found.declaration.kind.starts_with("data.") { Reason::Runtime } else { Reason::Computed };
        match self.node_field(node, name).map(|entry| entry.value).filter(|val| !val.is_null()) {
            Some(val) => val.named(Via::Attribute(subject), span).naming(node, name),
            None => {
                let why = Why { reason, subject, span };
                // The kits that providers are written with know no other type of an id.
                let ty = if name == "id" { Ty::Text } else { Ty::Any };
                K::Unknown(Arc::new(why), ty).at(span).naming(node, name)
            }
        }
    }

    fn module_output(&mut self, module: u32, name: &str, span: Span) -> Val {
        let subject = format_compact!("{}.{name}", self.modules[module as usize].address);
        self.output(module, name, span).named(Via::Output(subject), span)
    }

    /// A module that is taken as a whole, as the object of its outputs.
    pub(crate) fn spelled(&mut self, val: Val) -> Val {
        let K::Module(module) = val.kind else { return val };
        let mut names: Vec<CompactString> = self.modules[module as usize].declared.outputs.keys().cloned().collect();
        names.sort();
        let mut fields = Fields::default();
        for name in names {
            let value = self.module_output(module, &name, val.span);
            fields.insert(name, Entry { key: val.span, entry: val.span, value });
        }
        Val { kind: K::object(fields), ..val }
    }

    /// The value of an output, standing at its expression.
    pub(crate) fn output(&mut self, module: u32, name: &str, span: Span) -> Val {
        let instance = &mut self.modules[module as usize];
        let subject = format_compact!("{}.{name}", instance.address);
        let Some(output) = instance.declared.outputs.get(name).cloned() else { return Val::invalid(subject, span) };
        let slot = instance.outputs.entry(name.into()).or_default();
        match slot {
            Slot::Done(val) => return val.clone(),
            Slot::Busy => return Val::invalid(subject, span),
            Slot::Empty => *slot = Slot::Busy,
        }
        let mut val = match output.expr("value") {
            Some(expr) => self.eval(&mut Scope { module, ..Scope::default() }, expr),
            None => Val::invalid(subject, output.head),
        };
        val.sensitive |= output.expr("sensitive").is_some_and(|e| matches!(e.kind, ExprKind::Bool(true)));
        self.modules[module as usize].outputs.insert(name.into(), Slot::Done(val.clone()));
        val
    }
}

/// A part of something unknown.
fn deeper(base: &Val, why: &Arc<Why>, ty: &Ty, name: &str) -> Val {
    let ty = element(ty, name);
    let named =
        matches!(why.reason, Reason::Computed | Reason::Runtime | Reason::Missing | Reason::Variable | Reason::Loop);
    let why = if named && why.subject.len() < MAX_SUBJECT {
        Arc::new(Why { subject: format_compact!("{}.{name}", why.subject), ..(**why).clone() })
    } else {
        why.clone()
    };
    let one = K::Unknown(why, ty).at(base.span);
    // The field of a mapping extends the target's attribute.
    Val { span: base.span, ..base.child(&one, Some(name)) }
}

/// The type of a part of a value of a type.
fn element(ty: &Ty, name: &str) -> Ty {
    match ty {
        Ty::Object(attrs) => attrs.get(name).map_or(Ty::Any, |attr| attr.ty.clone()),
        Ty::Map(elem) | Ty::List(elem) => (**elem).clone(),
        _ => Ty::Any,
    }
}

/// A part that the text does not set: of a block the provider may, of an open collection something unknown.
fn unset(base: &Val, open: Option<&Arc<Why>>, name: &str, span: Span) -> Val {
    let why = open.cloned().unwrap_or_else(|| {
        let subject: CompactString = format_compact!("….{name}");
        Arc::new(Why { reason: Reason::Computed, subject, span })
    });
    base.child(&K::Unknown(why, Ty::Any).at(span), Some(name))
}
