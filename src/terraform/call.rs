//! Function calls.

use stockade_hcl::Call;
use stockade_model::{Reason, Step, Via};
use stockade_source::{FileId, Span};

use crate::convert::convert;
use crate::eval::Eval;
use crate::functions::{self, Fault, Mode};
use crate::input::join;
use crate::scope::Scope;
use crate::types::Ty;
use crate::value::{K, Prov, SeqKind, Val, limit};

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
        match name {
            "file" | "fileexists" | "templatefile" | "filebase64" => {
                return self.file_function(scope, name, &args, span);
            }
            _ => {}
        }
        let Some(function) = functions::find(name) else {
            return Val::unknown(Reason::Function, format!("{name}()"), span).through_all(&args);
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
            None => K::Bool(true).at(span).through_all([&val]),
        }
    }

    fn file_function(&mut self, scope: &mut Scope, name: &str, args: &[Val], span: Span) -> Val {
        let Some(path) = args.first() else { return refused(name, span) };
        let text = match convert(path, &Ty::Text) {
            Ok(path) => match (path.as_text(), path.why()) {
                (Some(text), _) => text.to_owned(),
                (None, Some(why)) => return K::Unknown(why, Ty::Text).at(span).through_all(args),
                (None, None) => return refused(name, span),
            },
            Err(_) => return refused(name, span),
        };
        let folder = &self.modules[0].declared.folder;
        let full = if text.starts_with('/') { join("/", &text) } else { join(folder, &text) };
        let workspace = self.workspace;
        let Some((id, content)) = workspace.read_file(&full) else {
            return Val::unknown(Reason::Missing, text, span).through_all(args);
        };
        self.charge(content.len() / 8);
        match name {
            "fileexists" => K::Bool(true).at(span).through(args),
            "file" => {
                let val = match crate::structure::file(id, content) {
                    Some(structure) => K::text(content).at(span).encoding(structure),
                    None => K::text(content).at(span),
                };
                rendered(val, id, content, &text).through(args)
            }
            "filebase64" => K::text(functions::base64(content.as_bytes())).at(span).through(args),
            _ => {
                let template = stockade_hcl::parse_template(id, content, 0);
                let (template, true) = (template.0, template.1.is_empty()) else { return refused(name, span) };
                let mut inner = Scope { module: scope.module, sealed: true, ..Scope::default() };
                match args.get(1) {
                    Some(vars) => match &vars.kind {
                        K::Map(map) if map.open.is_none() => {
                            for (key, entry) in &map.fields {
                                inner.vars.push((key.clone(), vars.child(&entry.value, Some(key))));
                            }
                        }
                        K::Map(_) | K::Unknown(..) | K::Many(..) | K::Resource(_) | K::Module(_) => {
                            let why = vars.why().unwrap_or_else(|| limit("templatefile()", span));
                            return K::Unknown(why, Ty::Text).at(span).through_all(args);
                        }
                        _ => return refused(name, span),
                    },
                    None => return refused(name, span),
                }
                let end = u32::try_from(content.len()).unwrap_or(u32::MAX);
                self.template_file(&mut inner, &template, Span::new(id, 0, end), content, &text, span)
            }
        }
    }

    fn template_file(
        &mut self,
        scope: &mut Scope,
        template: &stockade_hcl::Template,
        whole: Span,
        content: &str,
        path: &str,
        span: Span,
    ) -> Val {
        self.depth += 8;
        if self.depth > crate::eval::MAX_DEPTH {
            self.depth -= 8;
            return K::Unknown(limit("templatefile()", span), Ty::Text).at(span);
        }
        let mut val = self.template(scope, template, whole);
        self.depth -= 8;
        val.span = span;
        rendered(val, whole.file, content, path)
    }
}

/// Text that came out of a file.
fn rendered(mut val: Val, id: FileId, content: &str, path: &str) -> Val {
    let end = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let step = Step { span: Span::new(id, 0, end), via: Via::Rendered(path.into()) };
    let old = val.prov.as_deref().cloned().unwrap_or_default();
    let steps = std::iter::once(step).chain(old.steps).collect();
    val.prov = Some(std::sync::Arc::new(Prov { steps, direct: old.direct + 1, ..old }));
    val
}

fn refused(name: &str, span: Span) -> Val {
    Val::invalid(format!("{name}()"), span)
}
