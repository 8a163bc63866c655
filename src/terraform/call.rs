//! Function calls.

use std::sync::Arc;

use stockade_hcl::Call;
use stockade_model::{Reason, Why};
use stockade_source::Span;

use crate::eval::Eval;
use crate::functions::{self, Fault, Mode};
use crate::scope::Scope;
use crate::types::Ty;
use crate::value::{K, SeqKind, Val, limit};

impl Eval<'_> {
    pub(crate) fn call(&mut self, scope: &mut Scope, call: &Call, span: Span) -> Val {
        let name = call.name.text.strip_prefix("core::").unwrap_or(&call.name.text);
        match name {
            "try" => return self.try_each(scope, call, span),
            "can" => return self.can(scope, call, span),
            _ => {}
        }
        let mut args = Vec::with_capacity(call.args.len());
        for arg in &call.args {
            let val = self.eval(scope, arg);
            args.push(self.spelled(val));
        }
        if call.expand
            && let Some(last) = args.pop()
        {
            match &last.kind {
                K::Seq(seq) if seq.open.is_none() => args.extend(last.children()),
                K::Seq(seq) if seq.kind != SeqKind::Set => {
                    let why = seq.open.clone().unwrap_or_else(|| limit("arguments", span));
                    return K::Unknown(why, Ty::Any).at(span).through_all(&args).through_all([&last]);
                }
                K::Map(_) => return refused(name, span),
                K::Unknown(_, ty) if ty.is_primitive() => return refused(name, span),
                _ => match last.why() {
                    Some(why) => return K::Unknown(why, Ty::Any).at(span).through_all(&args).through_all([&last]),
                    None => return refused(name, span),
                },
            }
        }
        let work: u64 = args.iter().map(|arg| u64::from(arg.nodes())).sum();
        self.charge(usize::try_from(work).unwrap_or(usize::MAX));
        if functions::is_file_function(name) {
            let mut out = self.file_function(scope, name, call, &args, span);
            out.sensitive |= args.iter().any(Val::is_marked);
            return out;
        }
        let Some(function) = functions::find(name) else {
            return match functions::is_never_known(name) {
                true => Val::unknown(Reason::Function, format!("{name}()"), span).through_all(&args),
                false => refused(name, span).through_all(&args),
            };
        };
        if args.len() < function.min || args.len() > function.max {
            return refused(name, span);
        }
        if !args.iter().enumerate().all(|(at, arg)| arg.is_whole() || fits(arg, &functions::parameter(name, at))) {
            return refused(name, span).through_all(&args);
        }
        if function.mode != Mode::Lax
            && let Some(why) = unknown(&args)
        {
            return K::Unknown(why, function.result()).at(span).through_all(&args);
        }
        let mut out = match (function.run)(&args, span) {
            Ok(val) => val,
            Err(Fault::Invalid) => refused(name, span),
            Err(Fault::Unknown(why)) => K::Unknown(why, function.result()).at(span).through_all(&args),
            Err(Fault::Unsupported) => Val::unknown(Reason::Function, format!("{name}()"), span).through_all(&args),
            Err(Fault::Limit) => {
                K::Unknown(limit(&format!("{name}()"), span), function.result()).at(span).through_all(&args)
            }
        };
        self.charge(out.nodes() as usize);
        // A mark on what decides the place or the presence of others marks them all.
        let gathers = matches!(&out.kind, K::Seq(seq) if seq.kind == SeqKind::Set) || name == "zipmap";
        if gathers {
            let marking = if name == "zipmap" { args.first() } else { Some(&out) };
            out.sensitive |= marking.is_some_and(Val::is_marked);
        }
        out.sensitive |= match name {
            "nonsensitive" | "issensitive" => false,
            // A default that is not taken says nothing.
            "lookup" => args.iter().take(2).any(|arg| arg.sensitive),
            _ if function.mode == Mode::Scalar || functions::marks_all(name) => args.iter().any(Val::is_marked),
            _ => args.iter().any(|arg| arg.sensitive),
        };
        if function.mode == Mode::Scalar {
            out = out.through_all(&args);
        }
        out
    }

    /// The first argument that Terraform would not refuse.
    fn try_each(&mut self, scope: &mut Scope, call: &Call, span: Span) -> Val {
        for arg in &call.args {
            let val = self.eval(scope, arg);
            if !val.is_refused() {
                return val;
            }
        }
        refused("try", span)
    }

    fn can(&mut self, scope: &mut Scope, call: &Call, span: Span) -> Val {
        let [arg] = call.args.as_slice() else { return refused("can", span) };
        let val = self.eval(scope, arg);
        match val.why() {
            _ if val.is_refused() => K::Bool(false).at(span),
            Some(why) => K::Unknown(why, Ty::Bool).at(span).through_all([&val]),
            None => Val { sensitive: false, ..K::Bool(true).at(span).through_all([&val]) },
        }
    }
}

/// Whether something not wholly known may be the argument for a parameter.
fn fits(arg: &Val, parameter: &Ty) -> bool {
    match (&arg.kind, parameter) {
        (_, Ty::Any) => true,
        (K::Seq(_), Ty::List(_)) => true,
        (K::Map(_), Ty::Map(elem)) if **elem == Ty::Any => true,
        _ => Ty::of(arg).converts_to(parameter),
    }
}

/// Why an argument is unknown; that Terraform refuses one goes before what another waits for.
fn unknown(args: &[Val]) -> Option<Arc<Why>> {
    let refused = args.iter().find(|arg| arg.is_refused());
    refused.or_else(|| args.iter().find(|arg| !arg.is_whole())).and_then(Val::why)
}

fn refused(name: &str, span: Span) -> Val {
    Val::invalid(format!("{name}()"), span)
}
