//! Function calls.

use stockade_hcl::Call;
use stockade_model::Reason;
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
        let mut args: Vec<Val> = call.args.iter().map(|arg| self.eval(scope, arg)).collect();
        if call.expand
            && let Some(last) = args.pop()
        {
            match &last.kind {
                K::Seq(seq) if seq.open.is_none() => args.extend(last.children()),
                K::Seq(seq) if seq.kind != SeqKind::Set => {
                    let why = seq.open.clone().unwrap_or_else(|| limit("arguments", span));
                    return K::Unknown(why, Ty::Any).at(span).through_all(&args).through_all([&last]);
                }
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
        if function.mode != Mode::Lax
            && let Some(why) = args.iter().find(|arg| !arg.is_whole()).and_then(Val::why)
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
        let gathers = matches!(&out.kind, K::Seq(seq) if seq.kind == SeqKind::Set) || matches!(name, "sort" | "zipmap");
        if gathers {
            let marking = if name == "zipmap" { args.first() } else { Some(&out) };
            out.sensitive |= marking.is_some_and(Val::is_marked);
        }
        out.sensitive |= args.iter().any(|arg| arg.sensitive) && name != "nonsensitive";
        if function.mode == Mode::Scalar {
            out.sensitive |= args.iter().any(Val::is_marked);
            out = out.through_all(&args);
            if name == "nonsensitive" || name == "issensitive" {
                out.sensitive = false;
            }
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

fn refused(name: &str, span: Span) -> Val {
    Val::invalid(format!("{name}()"), span)
}
