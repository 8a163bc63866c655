//! Which files the functions of a module name, as far as its text alone tells.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use stockade_hcl::{Body, Call, Expr, ExprKind, Item, ObjectKey, Template, TemplatePart, Traversal};

use crate::functions::{is_file_function, split_pattern};
use crate::input::{Module, join};

/// How many locals are followed for one path.
const MAX_LOCALS: u32 = 32;
/// How many folders relative paths of one module are taken to lead from.
const MAX_ROOTS: usize = 32;

/// Files that a module names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedFiles {
    /// Single files, by their paths.
    pub files: BTreeSet<CompactString>,
    /// Folders of which more than one file is named.
    pub folders: BTreeMap<CompactString, NamedFolder>,
}

/// What is wanted of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedFolder {
    /// How many folders deep below this one names matter: 0 for the folder alone, `usize::MAX` for all of it.
    pub depth: usize,
    /// The files whose contents are read.
    pub read: BTreeSet<PathPattern>,
}

/// The known pieces of a path between those that are not known; each of the latter may be any text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathPattern(Vec<CompactString>);

impl PathPattern {
    /// Whether a path is one that the pattern may name.
    pub fn matches(&self, path: &str) -> bool {
        let [first, middle @ .., last] = self.0.as_slice() else {
            return self.0.first().is_some_and(|only| only == path);
        };
        let Some(mut rest) = path.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str())) else {
            return false;
        };
        for piece in middle {
            match rest.split_once(piece.as_str()) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        true
    }
}

impl NamedFiles {
    /// Adds what another module names.
    pub fn extend(&mut self, other: NamedFiles) {
        self.files.extend(other.files);
        for (folder, one) in other.folders {
            let known = self.folders.entry(folder).or_default();
            known.depth = known.depth.max(one.depth);
            known.read.extend(one.read);
        }
    }
}

/// The files that the functions of a module name. Relative paths lead from the folders `roots`, those of the root
/// modules that it may be part of.
pub fn named_files(module: &Module, roots: &[CompactString]) -> NamedFiles {
    let mut locals = BTreeMap::new();
    for block in blocks(module, "locals") {
        for item in &block.items {
            if let Item::Attribute(attribute) = item {
                locals.insert(attribute.key.text.as_str(), &attribute.value);
            }
        }
    }
    let roots = &roots[..roots.len().min(MAX_ROOTS)];
    let mut reader = Reader { folder: &module.folder, roots, locals, handed: false, out: NamedFiles::default() };
    for file in &module.files {
        reader.body(&file.body);
    }
    // What is handed to a module, or named by a local that is picked from, may come to a function by ways that only
    // evaluation finds.
    reader.handed = true;
    for kind in ["module", "locals"] {
        blocks(module, kind).for_each(|body| reader.body(body));
    }
    reader.out
}

fn blocks<'m>(module: &'m Module, kind: &'m str) -> impl Iterator<Item = &'m Body> {
    module.files.iter().flat_map(|file| &file.body.items).filter_map(move |item| match item {
        Item::Block(block) if block.kind.text == kind => Some(&block.body),
        _ => None,
    })
}

/// A piece of a path.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(CompactString),
    /// `path.module`
    Module,
    /// `path.root`, and `path.cwd`, which is the same where Terraform runs as it should.
    Root,
    Any,
}

struct Reader<'m> {
    folder: &'m str,
    roots: &'m [CompactString],
    locals: BTreeMap<&'m str, &'m Expr>,
    /// Whether every path that starts at the module counts, not only those in calls.
    handed: bool,
    out: NamedFiles,
}

impl Reader<'_> {
    fn body(&mut self, body: &Body) {
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => self.expr(&attribute.value),
                Item::Block(block) => self.body(&block.body),
            }
        }
    }

    /// Goes through an expression; the parser bounds its depth.
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Variable(_) | ExprKind::Error => {}
            ExprKind::Template(template) => self.template(expr, template),
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Object(items) => {
                for item in items {
                    if let ObjectKey::Expr(key) = &item.key {
                        self.expr(key);
                    }
                    self.expr(&item.value);
                }
            }
            ExprKind::Attribute(inner, _) | ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => self.expr(inner),
            ExprKind::Index(base, key) => [base, key].into_iter().for_each(|part| self.expr(part)),
            ExprKind::Splat(splat) => {
                self.expr(&splat.base);
                self.tail(&splat.tail);
            }
            ExprKind::Call(call) => {
                self.call(call);
                call.args.iter().for_each(|arg| self.expr(arg));
            }
            ExprKind::Binary(left, _, right) => [left, right].into_iter().for_each(|part| self.expr(part)),
            ExprKind::Conditional(parts) => parts.iter().for_each(|part| self.expr(part)),
            ExprKind::For(parts) => {
                let rest = [parts.key.as_ref(), Some(&parts.value), parts.condition.as_ref()];
                std::iter::once(&parts.collection).chain(rest.into_iter().flatten()).for_each(|part| self.expr(part));
            }
        }
    }

    fn tail(&mut self, tail: &[Traversal]) {
        for step in tail {
            match step {
                Traversal::Attribute(_) => {}
                Traversal::Index(key) => self.expr(key),
                Traversal::Splat { tail, .. } => self.tail(tail),
            }
        }
    }

    fn template(&mut self, expr: &Expr, template: &Template) {
        if self.handed {
            let pieces = self.path(expr);
            if matches!(pieces.as_slice(), [Piece::Module | Piece::Root, Piece::Text(_), ..])
                && !pieces.contains(&Piece::Any)
            {
                self.file(&pieces);
            }
        }
        self.parts(&template.parts);
    }

    fn parts(&mut self, parts: &[TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Literal(..) => {}
                TemplatePart::Interpolation(expr, _) => self.expr(expr),
                TemplatePart::If(directive) => {
                    self.expr(&directive.condition);
                    self.parts(&directive.then);
                    self.parts(&directive.otherwise);
                }
                TemplatePart::For(directive) => {
                    self.expr(&directive.collection);
                    self.parts(&directive.body);
                }
            }
        }
    }

    fn call(&mut self, call: &Call) {
        let name = call.name.text.strip_prefix("core::").unwrap_or(&call.name.text);
        let Some(first) = call.args.first().filter(|_| is_file_function(name) && name != "templatestring") else {
            return;
        };
        let pieces = self.path(first);
        if name == "fileset" {
            let pattern = call.args.get(1).map(|arg| self.path(arg)).unwrap_or_default();
            self.list(&pieces, &pattern);
        } else {
            self.file(&pieces);
        }
    }

    /// The pieces of a path, texts that touch as one.
    fn path(&self, expr: &Expr) -> Vec<Piece> {
        self.pieces(expr, &mut { MAX_LOCALS })
    }

    fn pieces(&self, expr: &Expr, left: &mut u32) -> Vec<Piece> {
        let mut out: Vec<Piece> = vec![];
        let mut add = |piece: Piece| match (out.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (Some(Piece::Any), Piece::Any) => {}
            (_, Piece::Text(text)) if text.is_empty() => {}
            (_, piece) => out.push(piece),
        };
        match &expr.kind {
            ExprKind::Template(template) => {
                for part in &template.parts {
                    match part {
                        TemplatePart::Literal(text, _) => add(Piece::Text(text.clone())),
                        TemplatePart::Interpolation(inner, _) => {
                            self.pieces(inner, left).into_iter().for_each(&mut add);
                        }
                        TemplatePart::If(_) | TemplatePart::For(_) => add(Piece::Any),
                    }
                }
            }
            ExprKind::Paren(inner) => return self.pieces(inner, left),
            ExprKind::Attribute(base, name) => add(match (&base.kind, name.text.as_str()) {
                (ExprKind::Variable(root), "module") if root == "path" => Piece::Module,
                (ExprKind::Variable(root), "root" | "cwd") if root == "path" => Piece::Root,
                (ExprKind::Variable(root), name) if root == "local" && *left > 0 => {
                    *left -= 1;
                    return self.locals.get(name).map_or(vec![Piece::Any], |value| self.pieces(value, left));
                }
                _ => Piece::Any,
            }),
            _ => add(Piece::Any),
        }
        out
    }

    /// The folders that a path leads from, and its pieces from there on; nothing for one that says nothing of where it
    /// leads.
    fn start<'p>(&self, pieces: &'p [Piece]) -> (Vec<CompactString>, &'p [Piece]) {
        match pieces {
            [Piece::Module, rest @ ..] => (vec![self.folder.into()], rest),
            [Piece::Root, rest @ ..] => (self.roots.to_vec(), rest),
            [Piece::Text(text), ..] if text.starts_with('~') => (vec![], &[]),
            [Piece::Text(text), ..] if text.starts_with('/') => (vec!["/".into()], pieces),
            [Piece::Text(_), ..] => (self.roots.to_vec(), pieces),
            _ => (vec![], &[]),
        }
    }

    fn file(&mut self, pieces: &[Piece]) {
        let (folders, rest) = self.start(pieces);
        let texts = texts(rest);
        for from in folders {
            match texts.as_slice() {
                [] => {}
                [path] => drop(self.out.files.insert(join(&from, path))),
                [first, others @ ..] => {
                    let (folder, name) = first.rsplit_once('/').unwrap_or(("", first));
                    let mut pattern = vec![CompactString::from(name)];
                    pattern.extend(others.iter().cloned());
                    let wanted = self.out.folders.entry(join(&from, folder)).or_default();
                    wanted.depth = usize::MAX;
                    wanted.read.insert(PathPattern(pattern));
                }
            }
        }
    }

    fn list(&mut self, folder: &[Piece], pattern: &[Piece]) {
        let (folders, rest) = self.start(folder);
        let known = match texts(pattern).as_slice() {
            [pattern] => Some(split_pattern(pattern)),
            _ => None,
        }
        .map(|(below, depth)| (CompactString::from(below), depth));
        for from in folders {
            let (below, depth) = match (texts(rest).as_slice(), &known) {
                ([], Some((below, depth))) => (join(&from, below), *depth),
                ([folder], Some((below, depth))) => (join(&join(&from, folder), below), *depth),
                ([], None) => (from, usize::MAX),
                ([folder], None) => (join(&from, folder), usize::MAX),
                ([first, ..], _) => (join(&from, first.rsplit_once('/').map_or("", |(folder, _)| folder)), usize::MAX),
            };
            let wanted = self.out.folders.entry(below).or_default();
            wanted.depth = wanted.depth.max(depth);
        }
    }
}

/// The texts between what is not known; empty where there is neither.
fn texts(pieces: &[Piece]) -> Vec<CompactString> {
    let mut out = vec![];
    let mut open = false;
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                out.push(text.clone());
                open = false;
            }
            // The folder of a module stands at the start of a path or means nothing that is known here.
            Piece::Module | Piece::Root | Piece::Any => {
                if out.is_empty() || open {
                    out.push(CompactString::default());
                }
                open = true;
            }
        }
    }
    if open {
        out.push(CompactString::default());
    }
    out
}
