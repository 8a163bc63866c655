//! Terraform's types.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_hcl::{Expr, ExprKind, ObjectKey};

use crate::input::literal;
use crate::value::{K, MapKind, SeqKind, Val};

/// A type, or a type constraint.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ty {
    /// Any type; as the type of a value, not known.
    Any,
    Bool,
    Number,
    Text,
    List(Arc<Ty>),
    Set(Arc<Ty>),
    Map(Arc<Ty>),
    Tuple(Arc<[Ty]>),
    Object(Arc<BTreeMap<CompactString, Attr>>),
}

/// An attribute of an object type.
#[derive(Clone, Debug)]
pub(crate) struct Attr {
    pub(crate) ty: Ty,
    pub(crate) optional: bool,
    /// What `optional(…)` has after the type.
    pub(crate) default: Option<Val>,
}

impl PartialEq for Attr {
    fn eq(&self, other: &Self) -> bool {
        self.ty == other.ty
    }
}

impl Ty {
    /// The type of a value.
    pub(crate) fn of(val: &Val) -> Ty {
        match &val.kind {
            K::Null(ty) | K::Unknown(_, ty) => ty.clone(),
            K::Bool(_) => Ty::Bool,
            K::Number(_) => Ty::Number,
            K::Text(_) | K::Template(_) => Ty::Text,
            K::Seq(seq) => match seq.kind {
                SeqKind::Set => Ty::Set(Arc::new(seq.elem.clone())),
                SeqKind::List => Ty::List(Arc::new(seq.elem.clone())),
                SeqKind::Tuple if seq.open.is_none() => Ty::Tuple(seq.items.iter().map(Ty::of).collect()),
                SeqKind::Tuple | SeqKind::Blocks => Ty::Any,
            },
            K::Map(map) => match map.kind {
                MapKind::Map => Ty::Map(Arc::new(map.elem.clone())),
                MapKind::Object if map.open.is_none() => {
                    let attr = |v: &Val| Attr { ty: Ty::of(v), optional: false, default: None };
                    Ty::Object(Arc::new(map.fields.iter().map(|(k, e)| (k.clone(), attr(&e.value))).collect()))
                }
                MapKind::Object | MapKind::Block => Ty::Any,
            },
            K::Resource(_) | K::Module(_) | K::Many(..) => Ty::Any,
        }
    }

    /// Whether some part of the type is not known.
    pub(crate) fn is_open(&self) -> bool {
        match self {
            Ty::Any => true,
            Ty::Bool | Ty::Number | Ty::Text => false,
            Ty::List(elem) | Ty::Set(elem) | Ty::Map(elem) => elem.is_open(),
            Ty::Tuple(types) => types.iter().any(Ty::is_open),
            Ty::Object(attrs) => attrs.values().any(|a| a.ty.is_open()),
        }
    }

    pub(crate) fn is_primitive(&self) -> bool {
        matches!(self, Ty::Bool | Ty::Number | Ty::Text)
    }

    /// Whether both may turn out to be the same type.
    pub(crate) fn may_be(&self, other: &Ty) -> bool {
        match (self, other) {
            (Ty::Any, _) | (_, Ty::Any) => true,
            (Ty::List(one), Ty::List(two)) | (Ty::Set(one), Ty::Set(two)) | (Ty::Map(one), Ty::Map(two)) => {
                one.may_be(two)
            }
            (Ty::Tuple(one), Ty::Tuple(two)) => {
                one.len() == two.len() && one.iter().zip(two.iter()).all(|(one, two)| one.may_be(two))
            }
            (Ty::Object(one), Ty::Object(two)) => {
                one.keys().eq(two.keys()) && one.values().zip(two.values()).all(|(one, two)| one.ty.may_be(&two.ty))
            }
            (one, two) => one == two,
        }
    }

    /// Whether values of both may have a type in common.
    pub(crate) fn may_unify(&self, other: &Ty) -> bool {
        let family = |ty: &Ty| match ty {
            Ty::Any => 0,
            Ty::Bool | Ty::Number | Ty::Text => 1,
            Ty::List(_) | Ty::Set(_) | Ty::Tuple(_) => 2,
            Ty::Map(_) | Ty::Object(_) => 3,
        };
        let (one, two) = (family(self), family(other));
        one == 0 || two == 0 || one == two
    }

    /// The type that all values can be converted to; `None` where there is none. A null without a type goes with
    /// primitive types only.
    pub(crate) fn common<'v>(values: impl Iterator<Item = &'v Val> + Clone) -> Option<Ty> {
        let types: Vec<Ty> = values.clone().map(Ty::of).collect();
        let ty = Ty::unify(&types)?;
        let null = values.into_iter().any(|val| matches!(val.kind, K::Null(Ty::Any)));
        (!null || ty == Ty::Any || ty.is_primitive()).then_some(ty)
    }

    /// Whether some value of this type can be converted to another.
    pub(crate) fn converts_to(&self, to: &Ty) -> bool {
        match (self, to) {
            (Ty::Any, _) | (_, Ty::Any) => true,
            (Ty::Bool, Ty::Number) | (Ty::Number, Ty::Bool) => false,
            (from, to) if from.is_primitive() || to.is_primitive() => from.is_primitive() && to.is_primitive(),
            (Ty::List(from) | Ty::Set(from), Ty::List(to) | Ty::Set(to)) | (Ty::Map(from), Ty::Map(to)) => {
                from.converts_to(to)
            }
            (Ty::Tuple(from), Ty::List(to) | Ty::Set(to)) => from.iter().all(|from| from.converts_to(to)),
            (Ty::Tuple(from), Ty::Tuple(to)) => {
                from.len() == to.len() && from.iter().zip(to.iter()).all(|(from, to)| from.converts_to(to))
            }
            (Ty::List(from), Ty::Tuple(to)) => to.iter().all(|to| from.converts_to(to)),
            (Ty::Object(from), Ty::Map(to)) => from.values().all(|from| from.ty.converts_to(to)),
            (Ty::Map(from), Ty::Object(to)) => to.values().all(|to| from.converts_to(&to.ty)),
            (Ty::Object(from), Ty::Object(to)) => {
                to.iter().all(|(name, to)| from.get(name).map_or(to.optional, |from| from.ty.converts_to(&to.ty)))
            }
            _ => false,
        }
    }

    /// Reads a type constraint, whose defaults `eval` evaluates; `None` where it is none.
    pub(crate) fn parse(expr: &Expr, eval: &mut dyn FnMut(&Expr) -> Val) -> Option<Ty> {
        match &expr.kind {
            ExprKind::Variable(name) => Some(match name.as_str() {
                "string" => Ty::Text,
                "number" => Ty::Number,
                "bool" => Ty::Bool,
                "any" => Ty::Any,
                "list" => Ty::List(Arc::new(Ty::Any)),
                "set" => Ty::Set(Arc::new(Ty::Any)),
                "map" => Ty::Map(Arc::new(Ty::Any)),
                _ => return None,
            }),
            ExprKind::Paren(inner) => Ty::parse(inner, eval),
            // Terraform 0.11 had the type in quotes.
            ExprKind::Template(_) => match literal(expr)? {
                "string" => Some(Ty::Text),
                "list" => Some(Ty::List(Arc::new(Ty::Any))),
                "map" => Some(Ty::Map(Arc::new(Ty::Any))),
                _ => None,
            },
            ExprKind::Call(call) => {
                let [arg] = call.args.as_slice() else { return None };
                Some(match call.name.text.as_str() {
                    "list" => Ty::List(Arc::new(Ty::parse(arg, eval)?)),
                    "set" => Ty::Set(Arc::new(Ty::parse(arg, eval)?)),
                    "map" => Ty::Map(Arc::new(Ty::parse(arg, eval)?)),
                    "tuple" => match &arg.kind {
                        ExprKind::Tuple(items) => {
                            let types = items.iter().map(|item| Ty::parse(item, eval));
                            Ty::Tuple(types.collect::<Option<Vec<_>>>()?.into())
                        }
                        _ => return None,
                    },
                    "object" => Ty::parse_object(arg, eval)?,
                    _ => return None,
                })
            }
            _ => None,
        }
    }

    fn parse_object(expr: &Expr, eval: &mut dyn FnMut(&Expr) -> Val) -> Option<Ty> {
        let ExprKind::Object(items) = &expr.kind else { return None };
        let mut attrs = BTreeMap::new();
        for item in items {
            let name: CompactString = match &item.key {
                ObjectKey::Name(ident) => ident.text.clone(),
                ObjectKey::Expr(expr) => literal(expr)?.into(),
            };
            let attr = match &item.value.kind {
                ExprKind::Call(call) if call.name.text == "optional" => Attr {
                    ty: Ty::parse(call.args.first()?, eval)?,
                    optional: true,
                    default: call.args.get(1).map(&mut *eval),
                },
                _ => Attr { ty: Ty::parse(&item.value, eval)?, optional: false, default: None },
            };
            attrs.insert(name, attr);
        }
        Some(Ty::Object(Arc::new(attrs)))
    }

    /// The type that all can be converted to; `None` where there is none.
    pub(crate) fn unify(types: &[Ty]) -> Option<Ty> {
        let Some(first) = types.iter().find(|ty| **ty != Ty::Any) else { return Some(Ty::Any) };
        let rest: Vec<&Ty> = types.iter().filter(|ty| **ty != Ty::Any).collect();
        if rest.iter().all(|ty| *ty == first) {
            return Some(first.clone());
        }
        if rest.iter().all(|ty| ty.is_primitive()) {
            return rest.contains(&&Ty::Text).then_some(Ty::Text);
        }
        if rest.iter().all(|ty| matches!(ty, Ty::Object(_) | Ty::Map(_))) {
            return Ty::unify_maps(&rest);
        }
        if rest.iter().all(|ty| matches!(ty, Ty::Tuple(_) | Ty::List(_) | Ty::Set(_))) {
            return Ty::unify_sequences(&rest);
        }
        None
    }

    fn unify_maps(types: &[&Ty]) -> Option<Ty> {
        let objects: Vec<_> =
            types.iter().filter_map(|ty| if let Ty::Object(a) = ty { Some(a) } else { None }).collect();
        let first = objects.first();
        if objects.len() == types.len() && first.is_some_and(|f| objects.iter().all(|o| o.keys().eq(f.keys()))) {
            let attr = |name: &CompactString| {
                let types: Vec<Ty> = objects.iter().filter_map(|o| o.get(name)).map(|a| a.ty.clone()).collect();
                Ty::unify(&types).map(|ty| (name.clone(), Attr { ty, optional: false, default: None }))
            };
            let attrs: Option<BTreeMap<_, _>> = first?.keys().map(attr).collect();
            if let Some(attrs) = attrs {
                return Some(Ty::Object(Arc::new(attrs)));
            }
        }
        let mut elems = Vec::new();
        for ty in types {
            match ty {
                Ty::Map(elem) => elems.push((**elem).clone()),
                Ty::Object(attrs) => elems.extend(attrs.values().map(|a| a.ty.clone())),
                _ => {}
            }
        }
        Ty::unify(&elems).map(|elem| Ty::Map(Arc::new(elem)))
    }

    fn unify_sequences(types: &[&Ty]) -> Option<Ty> {
        let tuples: Vec<_> = types.iter().filter_map(|ty| if let Ty::Tuple(t) = ty { Some(t) } else { None }).collect();
        if let [first, ..] = tuples.as_slice()
            && tuples.len() == types.len()
            && tuples.iter().all(|t| t.len() == first.len())
        {
            let column = |at: usize| Ty::unify(&tuples.iter().map(|t| t[at].clone()).collect::<Vec<_>>());
            if let Some(types) = (0..first.len()).map(column).collect::<Option<Vec<_>>>() {
                return Some(Ty::Tuple(types.into()));
            }
        }
        // A set becomes a list without loss, a list no set.
        let mixed = types.iter().any(|ty| matches!(ty, Ty::List(_))) && types.iter().any(|ty| matches!(ty, Ty::Set(_)));
        if mixed {
            let elems = types.iter().filter_map(|ty| if let Ty::List(elem) = ty { Some(elem) } else { None });
            let rest: Vec<Ty> = types
                .iter()
                .filter_map(|ty| if let Ty::Set(elem) = ty { Some((**elem).clone()) } else { None })
                .collect();
            let fits = |elem: &&Arc<Ty>| {
                ***elem == Ty::Any
                    || rest.iter().all(|other| Ty::unify(&[(***elem).clone(), other.clone()]).as_ref() == Some(elem))
            };
            return elems.clone().find(fits).map(|elem| Ty::List(elem.clone()));
        }
        // What stands beside sets becomes what they are.
        let sets: Vec<Ty> =
            types.iter().filter_map(|ty| if let Ty::Set(elem) = ty { Some((**elem).clone()) } else { None }).collect();
        if !sets.is_empty() {
            let set = Ty::Set(Arc::new(Ty::unify(&sets)?));
            return types.iter().all(|ty| ty.converts_to(&set)).then_some(set);
        }
        let mut elems = Vec::new();
        for ty in types {
            match ty {
                Ty::List(elem) => elems.push((**elem).clone()),
                Ty::Tuple(types) => elems.push(Ty::unify(types)?),
                _ => {}
            }
        }
        Some(Ty::List(Arc::new(Ty::unify(&elems)?)))
    }
}
