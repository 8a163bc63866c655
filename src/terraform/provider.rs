//! Which `provider` block configures a resource.

use std::collections::HashMap;

use compact_str::{CompactString, format_compact};
use stockade_hcl::{ExprKind, ObjectKey};
use stockade_model::Local;

use crate::body::name_of;
use crate::emit::Planned;
use crate::eval::Eval;
use crate::input::literal;

/// The `provider` blocks of all module instances.
pub(crate) struct Providers(HashMap<(u32, CompactString), Local, foldhash::fast::RandomState>);

impl Providers {
    pub(crate) fn new(planned: &[Planned<'_>]) -> Self {
        let blocks = planned.iter().enumerate().filter_map(|(at, planned)| match planned {
            Planned::Other(module, declaration) => {
                let name = declaration.kind.strip_prefix("provider.")?;
                let dot = if declaration.name.is_empty() { "" } else { "." };
                let name = format_compact!("{name}{dot}{}", declaration.name);
                Some(((*module, name), Local(u32::try_from(at).ok()?)))
            }
            _ => None,
        });
        Providers(blocks.collect())
    }

    /// The block for a resource whose `provider` argument is `named`.
    ///
    /// Without the argument it is the one called like the first word of the resource's type. A module passes its own
    /// blocks to what it calls: those of `providers`, or else the ones without alias.
    pub(crate) fn of(&self, eval: &Eval<'_>, node: u32, named: Option<&str>) -> Option<Local> {
        let found = eval.nodes.get(node as usize)?;
        let kind = found.declaration.kind.as_str();
        if self.0.is_empty() || kind == "module" {
            return None;
        }
        let kind = kind.strip_prefix("data.").or_else(|| kind.strip_prefix("ephemeral.")).unwrap_or(kind);
        let own = kind.split_once('_').map_or(kind, |(provider, _)| provider);
        let mut name = CompactString::from(named.unwrap_or(own));
        let mut module = found.module;
        loop {
            if let Some(block) = self.0.get(&(module, name.clone())) {
                return Some(*block);
            }
            let call = eval.nodes.get(eval.modules.get(module as usize)?.call? as usize)?;
            match passed(call.declaration.expr("providers").map(|expr| &expr.kind), &name) {
                Some(given) => name = given,
                None if name.contains('.') => return None,
                None => {}
            }
            // A call lies nearer to the root than what it makes, so this ends.
            module = call.module;
        }
    }
}

/// What `providers = { name = given }` gives for a name.
fn passed(providers: Option<&ExprKind>, name: &str) -> Option<CompactString> {
    let Some(ExprKind::Object(items)) = providers else { return None };
    items.iter().find_map(|item| {
        let key = match &item.key {
            ObjectKey::Name(ident) => ident.text.clone(),
            ObjectKey::Expr(expr) => literal(expr).map(CompactString::from).or_else(|| name_of(expr, 0))?,
        };
        if key != name {
            return None;
        }
        literal(&item.value).map(CompactString::from).or_else(|| name_of(&item.value, 0))
    })
}
