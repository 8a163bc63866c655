//! What declarations were called before `moved` blocks gave them another name.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use compact_str::{CompactString, format_compact};
use stockade_hcl::{Block, Expr, ExprKind, Item};
use stockade_model::Former;

use crate::declare::Declarations;
use crate::eval::Eval;
use crate::input::literal;

/// How many names a declaration may have had.
const MAX_NAMES: usize = 64;

/// A place in the configuration, without instance keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Place {
    /// The names of the calls that lead there.
    calls: Vec<CompactString>,
    /// `aws_s3_bucket.logs`; nothing for a module as a whole.
    declaration: Option<CompactString>,
}

/// Every `moved` block of a configuration.
#[derive(Default)]
struct Moves<'a> {
    /// From where something is now to where it was.
    back: HashMap<Place, Place>,
    /// What is declared, by the names of the calls that lead there.
    declared: HashMap<Vec<CompactString>, Rc<Declarations<'a>>>,
}

/// The oldest names of the resources that were moved, by their addresses without instance keys.
///
/// Who moved from one name to another and then to a third has the first. Instance keys count for nothing: a declaration
/// that took instances over from several others has the name of the one that is mentioned first.
pub(crate) fn former(eval: &Eval<'_>) -> BTreeMap<CompactString, Former> {
    let mut out = BTreeMap::new();
    if eval.modules.iter().all(|module| module.declared.moves.is_empty()) {
        return out;
    }
    let moves = Moves::new(eval);
    let mut seen = HashSet::new();
    for node in &eval.nodes {
        let kind = node.declaration.kind.as_str();
        if kind == "module" || kind.contains('.') {
            continue;
        }
        let Some(module) = eval.modules.get(node.module as usize) else { continue };
        let calls = path(&module.calls);
        let local = format_compact!("{kind}.{}", node.declaration.name);
        let now = Place { calls, declaration: Some(local.clone()) };
        if !seen.insert(now.clone()) {
            continue;
        }
        let Some((folder, oldest)) = moves.oldest(&now) else { continue };
        let folder = folder.filter(|folder| *folder != module.declared.folder);
        if folder.is_some() || oldest != local {
            let calls = now.calls.iter().map(|call| format!("module.{call}.")).collect::<String>();
            out.insert(format_compact!("{calls}{local}"), Former { folder, declaration: oldest });
        }
    }
    out
}

impl<'a> Moves<'a> {
    fn new(eval: &Eval<'a>) -> Self {
        let mut moves = Moves::default();
        let mut order = Vec::new();
        for module in &eval.modules {
            let calls = path(&module.calls);
            if moves.declared.insert(calls.clone(), module.declared.clone()).is_none() {
                order.push((calls, module.declared.clone()));
            }
        }
        for (calls, declared) in order {
            for block in &declared.moves {
                if let (Some((from, keyed)), Some((to, _))) =
                    (place(block, "from", &calls), place(block, "to", &calls))
                    && from != to
                    && from.declaration.is_some() == to.declaration.is_some()
                    // Terraform refuses a move from what is still there.
                    && (keyed || !moves.is_declared(&from))
                {
                    moves.back.entry(to).or_insert(from);
                }
            }
        }
        moves
    }

    /// The oldest name within its module, with the folder of that module where another one declared it; nothing for
    /// what moved in a circle.
    fn oldest(&self, now: &Place) -> Option<(Option<CompactString>, CompactString)> {
        let mut seen = HashSet::from([now.clone()]);
        let (mut at, mut folder) = (now.clone(), None);
        while let Some(before) = self.before(&at) {
            if before.calls != at.calls && self.back.contains_key(&at) {
                // Into another module: of one that is gone nobody knows the folder.
                match self.declared.get(&before.calls) {
                    Some(known) => folder = Some(known.folder.clone()),
                    None => break,
                }
            }
            if seen.len() >= MAX_NAMES || !seen.insert(before.clone()) {
                return None;
            }
            at = before;
        }
        Some((folder, at.declaration?))
    }

    fn is_declared(&self, place: &Place) -> bool {
        match (&place.declaration, place.calls.split_last()) {
            (Some(declaration), _) => self.declared.get(&place.calls).is_some_and(|module| {
                declaration.split_once('.').is_some_and(|(kind, name)| module.resource(kind, name).is_some())
            }),
            (None, Some((call, calls))) => {
                self.declared.get(calls).is_some_and(|module| module.calls.contains_key(call))
            }
            (None, None) => true,
        }
    }

    /// Where something was one move before: moved by itself, or along with a module around it.
    fn before(&self, at: &Place) -> Option<Place> {
        if let Some(from) = self.back.get(at) {
            return Some(from.clone());
        }
        (1..=at.calls.len()).rev().find_map(|len| {
            let (outer, inner) = at.calls.split_at(len);
            let from = self.back.get(&Place { calls: outer.to_vec(), declaration: None })?;
            let calls = from.calls.iter().chain(inner).cloned().collect();
            Some(Place { calls, declaration: at.declaration.clone() })
        })
    }
}

/// The names of calls that are joined by dots.
fn path(calls: &str) -> Vec<CompactString> {
    calls.split('.').filter(|name| !name.is_empty()).map(CompactString::from).collect()
}

/// What an argument of a `moved` block names, and whether it names one instance of it.
fn place(block: &Block, argument: &str, calls: &[CompactString]) -> Option<(Place, bool)> {
    let expr = block.body.items.iter().find_map(|item| match item {
        Item::Attribute(attribute) if attribute.key.text == argument => Some(&attribute.value),
        _ => None,
    })?;
    // The JSON syntax has the address as a text.
    match literal(expr) {
        Some(text) => {
            let (expr, errors) = stockade_hcl::parse_expr(expr.span.file, text, 0);
            if errors.is_empty() { named(&expr, calls) } else { None }
        }
        None => named(expr, calls),
    }
}

fn named(expr: &Expr, calls: &[CompactString]) -> Option<(Place, bool)> {
    let (mut names, mut at) = (Vec::new(), expr);
    let keyed = matches!(expr.kind, ExprKind::Index(..));
    loop {
        match &at.kind {
            ExprKind::Attribute(inner, name) => {
                names.push(name.text.clone());
                at = inner;
            }
            ExprKind::Index(inner, _) => at = inner,
            ExprKind::Variable(name) => {
                names.push(name.clone());
                break;
            }
            _ => return None,
        }
    }
    names.reverse();
    let mut place = Place { calls: calls.to_vec(), declaration: None };
    let mut rest = names.as_slice();
    while let [first, call, more @ ..] = rest
        && first == "module"
    {
        place.calls.push(call.clone());
        rest = more;
    }
    place.declaration = match rest {
        [] => None,
        [kind, name] => Some(format_compact!("{kind}.{name}")),
        _ => return None,
    };
    Some((place, keyed))
}
