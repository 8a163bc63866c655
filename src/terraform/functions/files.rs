//! Files, and templates in files and texts.

use std::sync::Arc;

use compact_str::CompactString;
use stockade_hcl::{Call, ExprKind, Template};
use stockade_model::{Part, Reason, Step, Via, Why};
use stockade_source::{FileId, Span};

use super::digest;
use crate::convert::{convert, set};
use crate::eval::Eval;
use crate::input::{FileRead, join};
use crate::scope::Scope;
use crate::types::Ty;
use crate::value::{K, Prov, Val, limit};

/// How deep templates may call templates, as a share of the depth of the evaluation.
const TEMPLATE_DEPTH: u32 = 8;
/// How many files a pattern is held against.
const MAX_LISTED: usize = 100_000;

/// The functions that this module has.
pub(crate) fn is_one(name: &str) -> bool {
    digest_of(name).is_some() || matches!(name, "file" | "fileexists" | "fileset" | "templatefile" | "templatestring")
}

fn digest_of(name: &str) -> Option<&str> {
    match name {
        "filebase64" | "filebase64sha256" | "filebase64sha512" | "filemd5" | "filesha1" | "filesha256"
        | "filesha512" => name.strip_prefix("file"),
        _ => None,
    }
}

impl Eval<'_> {
    pub(crate) fn file_function(&mut self, scope: &Scope, name: &str, call: &Call, args: &[Val], span: Span) -> Val {
        let wanted = if matches!(name, "fileset" | "templatefile" | "templatestring") { 2 } else { 1 };
        if args.len() != wanted {
            return refused(name, span);
        }
        let path = if name == "templatestring" { None } else { below_cwd(&args[0]) };
        let text = match path.map_or_else(|| plain(&args[0], name, span), Ok) {
            Ok(text) => text,
            Err(val) => return val.through_all(args),
        };
        match name {
            "fileset" => return self.file_set(&text, args, span),
            "templatestring" => return self.template_string(scope, call, &text, args, span),
            _ => {}
        }
        let workspace = self.workspace;
        let read = self.full_path(&text).map_or(FileRead::Unknown, |full| workspace.read_file(&full));
        let (id, content) = match (read, name) {
            (FileRead::Text(id, content), _) => (id, content),
            (FileRead::Binary, "fileexists") => return K::Bool(true).at(span).through(args),
            (FileRead::Absent, "fileexists") => return K::Bool(false).at(span).through(args),
            (FileRead::Absent, _) | (FileRead::Binary, "file" | "templatefile") => {
                return refused(name, span).through_all(args);
            }
            (FileRead::Binary | FileRead::Unknown, _) => {
                return Val::unknown(Reason::Missing, text, span).through_all(args);
            }
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
            "templatefile" => {
                self.texts.insert(id, content);
                let template = stockade_hcl::parse_template(id, content, 0);
                let (template, true) = (template.0, template.1.is_empty()) else { return refused(name, span) };
                let mut inner = match template_scope(scope, name, args, span) {
                    Ok(inner) => inner,
                    Err(val) => return val,
                };
                let end = u32::try_from(content.len()).unwrap_or(u32::MAX);
                let val = self.template_value(&mut inner, &template, Span::new(id, 0, end), span);
                rendered(val, id, content, &text)
            }
            _ => match digest_of(name).and_then(|name| digest(name, content.as_bytes())) {
                Some(text) => K::text(text).at(span).through(args),
                None => refused(name, span),
            },
        }
    }

    /// A path as the workspace has it: relative ones lead from the root module, and nothing is known of anybody's home.
    fn full_path(&self, path: &str) -> Option<CompactString> {
        let folder = &self.modules[0].declared.folder;
        match path.as_bytes().first() {
            Some(b'~') => None,
            Some(b'/') => Some(join("/", path)),
            _ => Some(join(folder, path)),
        }
    }

    /// The template of `templatestring` has to be named, not written.
    fn template_string(&mut self, scope: &Scope, call: &Call, text: &str, args: &[Val], span: Span) -> Val {
        let named = call.args.first().is_some_and(|arg| {
            matches!(arg.kind, ExprKind::Variable(_) | ExprKind::Attribute(..) | ExprKind::Index(..))
        });
        if !named {
            return refused("templatestring", span);
        }
        let (template, errors) = stockade_hcl::parse_template(span.file, text, 0);
        if !errors.is_empty() {
            return refused("templatestring", span);
        }
        let mut inner = match template_scope(scope, "templatestring", args, span) {
            Ok(inner) => inner,
            Err(val) => return val,
        };
        let val = self.template_value(&mut inner, &template, span, span);
        let val = convert(&val, &Ty::Text).unwrap_or_else(|_| refused("templatestring", span));
        // Positions in the text are none in the file.
        let mut out = val.kind.at(span).through_all(args);
        out.sensitive |= val.sensitive;
        out
    }

    fn template_value(&mut self, scope: &mut Scope, template: &Template, whole: Span, span: Span) -> Val {
        self.depth += TEMPLATE_DEPTH;
        if self.depth > crate::eval::MAX_DEPTH {
            self.depth -= TEMPLATE_DEPTH;
            return K::Unknown(limit("a template", span), Ty::Text).at(span);
        }
        let mut val = self.template(scope, template, whole);
        self.depth -= TEMPLATE_DEPTH;
        val.span = span;
        if val.is_null() { Val::invalid("a template", span) } else { val }
    }

    fn file_set(&mut self, folder: &str, args: &[Val], span: Span) -> Val {
        let pattern = match plain(&args[1], "fileset", span) {
            Ok(pattern) => pattern,
            Err(val) => return val.through_all(args),
        };
        let pattern: Vec<&str> = pattern.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let pattern = pattern.join("/");
        let Some(compiled) = Pattern::parse(&pattern) else { return refused("fileset", span) };
        let (below, _) = split_pattern(&pattern);
        let full = self.full_path(folder).filter(|_| !pattern.split('/').any(|part| part == ".."));
        let workspace = self.workspace;
        let Some(listed) = full.and_then(|full| workspace.list(&join(&full, below))) else {
            return Val::unknown(Reason::Missing, folder, span).through_all(args);
        };
        if listed.len() > MAX_LISTED {
            return K::Unknown(limit("fileset()", span), Ty::Set(Arc::new(Ty::Text))).at(span).through_all(args);
        }
        let slash = if below.is_empty() { "" } else { "/" };
        let mut items = Vec::new();
        for path in &listed {
            self.charge(path.len() * 8);
            let path = format!("{below}{slash}{path}");
            match path.strip_suffix('/') {
                Some(closed) if compiled.matches(closed) || may_match_below(&pattern, closed) => {
                    return Val::unknown(Reason::Missing, closed, span).through_all(args);
                }
                None if compiled.matches(&path) => items.push(K::text(&path).at(span)),
                _ => {}
            }
        }
        set(items, None, Ty::Text).at(span).through_all(args)
    }
}

fn template_scope(scope: &Scope, name: &str, args: &[Val], span: Span) -> Result<Scope, Val> {
    let mut inner = Scope { module: scope.module, sealed: true, ..Scope::default() };
    let vars = &args[1];
    match &vars.kind {
        K::Map(map) if map.open.is_none() => {
            for (key, entry) in &map.fields {
                let mut chars = key.chars();
                if !chars.next().is_some_and(|c| c.is_alphabetic() || c == '_') {
                    return Err(refused(name, span));
                }
                inner.vars.push((key.clone(), vars.child(&entry.value, Some(key))));
            }
            Ok(inner)
        }
        K::Map(_) | K::Unknown(..) | K::Many(..) | K::Resource(_) | K::Module(_) => {
            let why = vars.why().unwrap_or_else(|| limit(name, span));
            Err(K::Unknown(why, Ty::Text).at(span).through_all(args))
        }
        _ => Err(refused(name, span)),
    }
}

/// An argument that is text, or what comes of it where it is not.
fn plain(arg: &Val, name: &str, span: Span) -> Result<String, Val> {
    let text = convert(arg, &Ty::Text).map_err(|_| refused(name, span))?;
    match (text.as_text(), text.why()) {
        (Some(text), _) => Ok(text.to_owned()),
        (None, Some(why)) => Err(K::Unknown(why, Ty::Text).at(span)),
        (None, None) => Err(refused(name, span)),
    }
}

/// Text that came out of a file.
fn rendered(mut val: Val, id: FileId, content: &str, path: &str) -> Val {
    let end = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let step = Step { span: Span::new(id, 0, end), via: Via::Rendered(path.into()) };
    let old = val.prov.as_deref().cloned().unwrap_or_default();
    let steps = std::iter::once(step).chain(old.steps).collect();
    val.prov = Some(Arc::new(Prov { steps, direct: old.direct + 1, ..old }));
    val
}

fn refused(name: &str, span: Span) -> Val {
    Val::invalid(format!("{name}()"), span)
}

/// A path below `path.cwd`, the folder of the root module, relative to that: the folder itself is anywhere.
fn below_cwd(arg: &Val) -> Option<String> {
    let is_cwd = |why: &Why| why.reason == Reason::Runtime && why.subject == "path.cwd";
    match &arg.kind {
        K::Template(parts) => match &**parts {
            [Part::Unknown(why), Part::Known(rest)] if is_cwd(why) && rest.starts_with('/') => Some(format!(".{rest}")),
            _ => None,
        },
        K::Unknown(why, _) if is_cwd(why) => Some(".".into()),
        _ => None,
    }
}

/// The folder that a pattern of `fileset` starts with, without a slash at its end, and how many folders deep below it
/// the pattern may match.
pub(crate) fn split_pattern(pattern: &str) -> (&str, usize) {
    let special = pattern.find(['*', '?', '[', '{', '\\']).unwrap_or(pattern.len());
    let below = pattern[..special].rsplit_once('/').map_or("", |(below, _)| below);
    let rest = pattern[below.len()..].trim_start_matches('/');
    let depth = if rest.contains("**") || rest.contains('{') { usize::MAX } else { rest.matches('/').count() };
    (below, depth)
}

/// Whether a pattern of `fileset` may match something below a folder.
fn may_match_below(pattern: &str, folder: &str) -> bool {
    if pattern.contains('{') || folder.is_empty() {
        return true;
    }
    let mut parts = pattern.split('/').peekable();
    for name in folder.split('/') {
        match (parts.next(), parts.peek()) {
            (Some(part), _) if part.starts_with("**") => return true,
            (Some(_), None) | (None, _) => return false,
            (Some(part), _) if Pattern::parse(part).is_some_and(|part| !part.matches(name)) => return false,
            _ => {}
        }
    }
    true
}

/// A pattern of `fileset`: `*`, `**`, `?`, `[a-z]`, `{a,b}`.
struct Pattern(regex::Regex);

impl Pattern {
    fn parse(pattern: &str) -> Option<Pattern> {
        let mut out = String::from("^(?s:");
        let chars: Vec<char> = pattern.chars().collect();
        let mut at = 0;
        let mut open = 0;
        while let Some(c) = chars.get(at) {
            at += 1;
            match c {
                '*' if chars.get(at) == Some(&'*') => {
                    let starts = at == 1 || chars[at - 2] == '/';
                    at += 1;
                    match chars.get(at) {
                        Some('/') if starts => {
                            at += 1;
                            out.push_str("(?:[^/]+/)*");
                        }
                        None if starts => out.push_str(".*"),
                        _ => out.push_str("[^/]*"),
                    }
                }
                '*' => out.push_str("[^/]*"),
                '?' => out.push_str("[^/]"),
                '[' => at = class(&chars, at, &mut out)?,
                '{' => {
                    open += 1;
                    out.push_str("(?:");
                }
                '}' if open > 0 => {
                    open -= 1;
                    out.push(')');
                }
                ',' if open > 0 => out.push('|'),
                '\\' => {
                    out.push_str(&regex::escape(&chars.get(at)?.to_string()));
                    at += 1;
                }
                c => out.push_str(&regex::escape(&c.to_string())),
            }
        }
        if open > 0 {
            return None;
        }
        out.push_str(")$");
        regex::RegexBuilder::new(&out).size_limit(1 << 20).build().ok().map(Pattern)
    }

    fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

/// `[a-z]`; gives where it ends.
fn class(chars: &[char], mut at: usize, out: &mut String) -> Option<usize> {
    out.push('[');
    if matches!(chars.get(at), Some('^' | '!')) {
        out.push_str("^/");
        at += 1;
    }
    let start = at;
    loop {
        let c = *chars.get(at)?;
        at += 1;
        match c {
            ']' if at > start + 1 => break,
            '-' if at > start + 1 && chars.get(at) != Some(&']') => out.push('-'),
            '\\' => {
                out.push_str(&regex::escape(&chars.get(at)?.to_string()));
                at += 1;
            }
            c if c.is_ascii_punctuation() => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.push(']');
    Some(at)
}
