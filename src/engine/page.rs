//! Check pages: the front matter of a Markdown file becomes a [`Check`].

use std::cell::Cell;

use compact_str::CompactString;
use indexmap::IndexMap;
use stockade_model::Technology;
use stockade_source::{FileId, Span, SyntaxError};
use stockade_yaml::{Node, NodeKind, Style};

use crate::front::front_matter;
use crate::line::{Lets, Located, Reader, is_name};
use crate::path::{VIEWS, fans_out, is_list, is_module_name, settle_first_step};
use crate::spelling::hint;
use crate::{Cond, Constant, Line, Operand, Operator, Path, Quantified, Quantifier, Severity, Template};

/// A check, as its page states it.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The name, for ever.
    pub id: CompactString,
    /// How bad it is, if nobody says otherwise.
    pub severity: Severity,
    /// The heading of the page.
    pub title: CompactString,
    /// The kinds and views that it is asked of.
    pub on: Vec<CompactString>,
    /// The named constants, which are the check's options.
    pub lets: IndexMap<CompactString, Constant>,
    /// What is wrong.
    pub condition: Test,
    /// What a finding says.
    pub say: Template,
    /// What would mend it.
    pub fix: Option<FixSpec>,
    /// Other tools' checks of the same meaning, by tool.
    pub aliases: IndexMap<CompactString, Vec<CompactString>>,
    /// The controls of frameworks that ask for this, by framework.
    pub maps: IndexMap<CompactString, Vec<CompactString>>,
    /// How settled it is.
    pub status: Status,
    /// The path of the page.
    pub path: CompactString,
    /// The documentation: everything after the front matter.
    pub body: String,
}

/// How a check decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// `flag:` a condition, bad when True.
    Flag(Cond),
    /// `native:` the name of a function, and where it is named.
    Native(CompactString, Span),
}

/// How settled a check is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The default.
    Stable,
    /// May still change its mind.
    Preview,
    /// Another check has taken its place.
    Deprecated(CompactString),
}

/// `fix:` or `suggest:`
#[derive(Clone, Debug, PartialEq)]
pub struct FixSpec {
    /// `fix:` is safe, `suggest:` is not.
    pub safety: crate::Safety,
    /// What to do.
    pub action: Action,
}

/// What a fix does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `replace with VALUE`: the primary value.
    Replace(Constant),
    /// `set PATH to VALUE`
    Set(Path, Constant),
    /// `remove PATH`
    Remove(Path),
    /// `append TEXT`
    Append(String),
}

impl Check {
    /// The native function that decides, where one does.
    pub fn native(&self) -> Option<&str> {
        match &self.condition {
            Test::Native(name, _) => Some(name),
            Test::Flag(_) => None,
        }
    }

    /// The check with its condition changed in each small way; see [`Cond::mutants`]. None for a native one.
    pub fn mutants(&self) -> Vec<Check> {
        let Test::Flag(cond) = &self.condition else { return Vec::new() };
        cond.mutants().into_iter().map(|cond| Check { condition: Test::Flag(cond), ..self.clone() }).collect()
    }

    /// The languages whose resources it is asked of, in the order of reports.
    pub fn formats(&self) -> Vec<Technology> {
        let asked = |technology: &Technology| self.on.iter().any(|kind| formats_of(kind).contains(technology));
        Technology::ALL.into_iter().filter(asked).collect()
    }
}

/// The languages that have resources or views of a kind.
pub fn formats_of(kind: &str) -> &'static [Technology] {
    match kind {
        "command" => &[Technology::Kubernetes, Technology::Dockerfile, Technology::Ansible],
        "image" => &[Technology::Kubernetes, Technology::Dockerfile],
        "container" | "pod" => &[Technology::Kubernetes],
        "stage" | "instruction" => &[Technology::Dockerfile],
        "task" | "play" => &[Technology::Ansible],
        _ if is_module_name(kind) => &[Technology::Ansible],
        _ if kind.starts_with(|c: char| c.is_ascii_uppercase()) => &[Technology::Kubernetes],
        _ => &[Technology::Terraform],
    }
}

/// Reads a page.
///
/// # Errors
/// Everything that is wrong with it, each at its place.
pub fn parse_page(file: FileId, path: &str, text: &str) -> Result<Check, Vec<SyntaxError>> {
    let start = Span::new(file, 0, offset(text.len().min(3)));
    let Some(front) = front_matter(text) else {
        return Err(vec![SyntaxError::new(start, "a page starts with front matter between two lines of `---`")]);
    };
    let (documents, errors) = stockade_yaml::parse(file, &text[..front.end]);
    if !errors.is_empty() {
        return Err(errors);
    }
    let Some(root) = documents.first().and_then(|document| document.root.as_ref()) else {
        return Err(vec![SyntaxError::new(start, "the front matter is empty")]);
    };
    let after = text[front.end..].split_once('\n').map_or("", |(_, body)| body);
    let mut reader = PageReader { page: text, errors: Vec::new(), lets: Lets::new(), budget: MAX_CONDITIONS };
    let check = reader.check(root, path, after);
    let end = Span::new(file, offset(text.len() - after.len()), offset(text.len() - after.len()));
    if check.as_ref().is_some_and(|check| check.title.is_empty()) {
        reader.errors.push(SyntaxError::new(end, "the page has no title: `# …` is missing"));
    }
    match check {
        Some(check) if reader.errors.is_empty() => Ok(check),
        _ => {
            reader.errors.sort();
            reader.errors.dedup();
            Err(reader.errors)
        }
    }
}

/// How many conditions a page may hold, aliases followed, and how deep.
const MAX_CONDITIONS: usize = 4096;
const MAX_DEPTH: usize = 32;

const KEYS: [&str; 13] = [
    "id",
    "severity",
    "on",
    "let",
    "flag",
    "native",
    "say",
    "fix",
    "suggest",
    "aliases",
    "maps",
    "status",
    "deprecated",
];

/// The keys of `aliases`.
const TOOLS: [&str; 14] = [
    "kics",
    "checkov",
    "trivy",
    "terrascan",
    "hadolint",
    "kube-linter",
    "kube-score",
    "polaris",
    "kubescape",
    "kubesec",
    "ansible-lint",
    "tflint",
    "regula",
    "semgrep",
];

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Where a condition stands: what its paths start from.
#[derive(Clone, Copy)]
struct Scope<'k> {
    /// The kinds of the resource that paths start from; `None` where they are not known or it is no resource.
    kinds: Option<&'k [CompactString]>,
    /// Whether this is inside a quantifier.
    element: bool,
    depth: usize,
}

struct PageReader<'p> {
    page: &'p str,
    errors: Vec<SyntaxError>,
    lets: Lets,
    budget: usize,
}

impl PageReader<'_> {
    fn check(&mut self, root: &Node, path: &str, body: &str) -> Option<Check> {
        if !matches!(root.kind, NodeKind::Mapping(_)) {
            self.fail(root.span, "the front matter must be a mapping");
            return None;
        }
        self.keys(root);
        let id = self.id(root);
        let severity = self.required(root, "severity").and_then(|node| {
            let parsed: Result<Severity, String> = node.as_str().unwrap_or_default().parse();
            parsed.map_err(|message| self.fail(node.span, message)).ok()
        });
        let on: Vec<CompactString> = self.required(root, "on").map(|node| self.texts(node)).unwrap_or_default();
        self.lets = root.get("let").map(|node| self.lets(node)).unwrap_or_default();
        let condition = self.condition(root, &on);
        let say = self.required(root, "say").and_then(|node| {
            let located = self.located(node)?;
            Template::parse(located).map_err(|error| self.errors.push(error)).ok()
        });
        let fix = self.fix(root);
        let aliases = root.get("aliases").map(|node| self.table(node, &TOOLS)).unwrap_or_default();
        let maps = root.get("maps").map(|node| self.table(node, &[])).unwrap_or_default();
        let status = self.status(root);
        self.unused_lets(root);
        let title = body.lines().find_map(|line| line.strip_prefix("# ")).map(str::trim).unwrap_or_default();
        let lets = std::mem::take(&mut self.lets).into_iter().map(|(name, (constant, _))| (name, constant)).collect();
        Some(Check {
            id: id?,
            severity: severity?,
            title: title.into(),
            on,
            lets,
            condition: condition?,
            say: say?,
            fix,
            aliases,
            maps,
            status,
            path: path.into(),
            body: body.to_owned(),
        })
    }

    fn fail(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(SyntaxError::new(span, message));
    }

    /// Unknown and repeated keys.
    fn keys(&mut self, root: &Node) {
        let mut seen: Vec<&str> = Vec::new();
        for entry in root.entries() {
            let key = entry.key.as_str().unwrap_or_default();
            if !KEYS.contains(&key) {
                self.fail(entry.key.span, format!("unknown key `{key}`{}", hint(key, KEYS)));
            } else if seen.contains(&key) {
                self.fail(entry.key.span, format!("`{key}` is said twice"));
            }
            seen.push(key);
        }
    }

    fn required<'n>(&mut self, root: &'n Node, key: &str) -> Option<&'n Node> {
        let found = root.get(key);
        if found.is_none() {
            let first = root.entries().first().map_or(root.span, |entry| entry.key.span);
            self.fail(first, format!("`{key}` is missing"));
        }
        found
    }

    fn id(&mut self, root: &Node) -> Option<CompactString> {
        let node = self.required(root, "id")?;
        let id = node.as_str().unwrap_or_default();
        let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if !id.split('-').all(word) {
            self.fail(node.span, "an id is lower-case words joined by `-`");
            return None;
        }
        Some(id.into())
    }

    /// A text, or a list of texts, of which there must be one.
    fn texts(&mut self, node: &Node) -> Vec<CompactString> {
        let nodes = if node.as_str().is_some() { std::slice::from_ref(node) } else { node.elements() };
        let mut out = Vec::new();
        for entry in nodes {
            match entry.as_str() {
                Some(text) if !text.is_empty() => out.push(text.into()),
                _ => self.fail(entry.span, "a text is needed here"),
            }
        }
        if nodes.is_empty() {
            self.fail(node.span, "a text or a list of texts is needed here");
        }
        out
    }

    fn table(&mut self, node: &Node, known: &[&str]) -> IndexMap<CompactString, Vec<CompactString>> {
        let mut out = IndexMap::new();
        if !matches!(node.kind, NodeKind::Mapping(_)) {
            self.fail(node.span, "a mapping is needed here");
        }
        for entry in node.entries() {
            let key = entry.key.as_str().unwrap_or_default();
            if !known.is_empty() && !known.contains(&key) {
                self.fail(entry.key.span, format!("unknown tool `{key}`{}", hint(key, known.iter().copied())));
            }
            out.insert(key.into(), self.texts(&entry.value));
        }
        out
    }

    fn status(&mut self, root: &Node) -> Status {
        let successor =
            root.get("deprecated").or_else(|| root.get("status").and_then(|status| status.get("deprecated")));
        if let Some(node) = successor {
            return match node.as_str() {
                Some(id) if !id.is_empty() => Status::Deprecated(id.into()),
                _ => {
                    self.fail(node.span, "the id of the check that takes its place is needed here");
                    Status::Stable
                }
            };
        }
        match root.get("status").map(|node| (node.span, node.as_str().unwrap_or_default())) {
            None | Some((_, "stable")) => Status::Stable,
            Some((_, "preview")) => Status::Preview,
            Some((span, other)) => {
                self.fail(span, format!("unknown status `{other}`: `preview`, or `deprecated: ID`"));
                Status::Stable
            }
        }
    }

    /// The text of a scalar and where its letters stand.
    fn located<'n>(&mut self, node: &'n Node) -> Option<Located<'n>> {
        let Some(text) = node.as_str() else {
            self.fail(node.span, "a text is needed here");
            return None;
        };
        let written = node.span.text(self.page);
        let base = if written == text {
            Some(node.span.start)
        } else if written.get(1..written.len().saturating_sub(1)) == Some(text) {
            Some(node.span.start + 1)
        } else {
            None
        };
        Some(Located { text, base, whole: node.span })
    }

    fn lets(&mut self, node: &Node) -> Lets {
        let mut lets = Lets::new();
        if !matches!(node.kind, NodeKind::Mapping(_)) {
            self.fail(node.span, "`let` is a mapping of names to constants");
        }
        for entry in node.entries() {
            let name = entry.key.as_str().unwrap_or_default();
            if !is_name(name) {
                self.fail(entry.key.span, "a name is letters, digits and `_`");
            }
            let constant = match entry.value.as_str() {
                Some(text) => scalar(&entry.value, text),
                None if matches!(entry.value.kind, NodeKind::Sequence(_)) => {
                    let mut entries = Vec::new();
                    for element in entry.value.elements() {
                        match element.as_str() {
                            Some(text) => entries.push(scalar(element, text)),
                            None => self.fail(element.span, "a constant is needed here"),
                        }
                    }
                    Constant::List(entries)
                }
                None => {
                    self.fail(entry.value.span, "a constant or a list of constants is needed here");
                    continue;
                }
            };
            lets.insert(name.into(), (constant, Cell::new(false)));
        }
        lets
    }

    fn unused_lets(&mut self, root: &Node) {
        // A native function reads the options by itself.
        if root.get("native").is_some() || !self.errors.is_empty() {
            return;
        }
        for entry in root.get("let").map(Node::entries).unwrap_or_default() {
            let name = entry.key.as_str().unwrap_or_default();
            if self.lets.get(name).is_some_and(|(_, used)| !used.get()) {
                self.fail(entry.key.span, format!("`${name}` is never used"));
            }
        }
    }

    fn condition(&mut self, root: &Node, on: &[CompactString]) -> Option<Test> {
        match (root.get("flag"), root.get("native")) {
            (Some(_), Some(native)) => {
                self.fail(native.span, "a check has `flag` or `native`, not both");
                None
            }
            (None, Some(native)) => {
                let name = native.as_str().unwrap_or_default();
                if !is_name(name) {
                    self.fail(native.span, "the name of a function is needed here");
                }
                Some(Test::Native(name.into(), native.span))
            }
            (flag, None) => {
                let flag = match flag {
                    Some(flag) => flag,
                    None => self.required(root, "flag")?,
                };
                self.cond(flag, Scope { kinds: Some(on), element: false, depth: 0 }).map(Test::Flag)
            }
        }
    }

    fn cond(&mut self, node: &Node, scope: Scope<'_>) -> Option<Cond> {
        if scope.depth > MAX_DEPTH || self.budget == 0 {
            self.fail(node.span, "the condition is too large");
            return None;
        }
        self.budget -= 1;
        let inner = Scope { depth: scope.depth + 1, ..scope };
        match &node.kind {
            NodeKind::Scalar(_) => self.line(node, scope),
            NodeKind::Sequence(_) => self.conds(node, inner).map(Cond::All),
            NodeKind::Mapping(entries) => {
                let [entry] = entries.as_slice() else {
                    self.fail(node.span, "one key is allowed here; several conditions are a list");
                    return None;
                };
                match entry.key.as_str() {
                    Some("any") => {
                        if !matches!(entry.value.kind, NodeKind::Sequence(_) | NodeKind::Alias(..)) {
                            self.fail(entry.value.span, "`any` needs a list of conditions");
                            return None;
                        }
                        self.conds(&entry.value, inner).map(Cond::Any)
                    }
                    Some("not") => self.cond(&entry.value, inner).map(|cond| Cond::Not(Box::new(cond))),
                    Some("all") => {
                        self.fail(entry.key.span, "a list by itself means all of it");
                        None
                    }
                    _ => self.quantified(&entry.key, Some(&entry.value), inner),
                }
            }
            NodeKind::Alias(_, Some(target)) => self.cond(target, inner),
            NodeKind::Alias(_, None) => {
                self.fail(node.span, "there is no such anchor");
                None
            }
        }
    }

    fn conds(&mut self, node: &Node, scope: Scope<'_>) -> Option<Vec<Cond>> {
        if node.elements().is_empty() {
            self.fail(node.span, "the list is empty");
            return None;
        }
        // Each is read even after one failed, so that every fault is told at once.
        let conds: Vec<Option<Cond>> = node.elements().iter().map(|element| self.cond(element, scope)).collect();
        conds.into_iter().collect()
    }

    /// `some PATH`, with what is asked of the elements; nothing asked means that there is one.
    fn quantified(&mut self, key: &Node, value: Option<&Node>, scope: Scope<'_>) -> Option<Cond> {
        let located = self.located(key)?;
        let mut reader = Reader::new(located);
        let Some(quantifier) = reader.quantifier() else {
            let word = located.text.split_whitespace().next().unwrap_or_default();
            let known = ["any", "not", "some", "every", "no"];
            self.fail(key.span, format!("`{word}` is none of any, not, some, every, no{}", hint(word, known)));
            return None;
        };
        let (mut path, span) = reader.path().map_err(|error| self.errors.push(error)).ok()?;
        settle_first_step(&mut path, scope.kinds);
        if !reader.at_end() {
            self.fail(key.span, "a condition on the elements is indented below: `some PATH:`");
            return None;
        }
        self.itself(&path, span, scope);
        let last = path.steps.last();
        let own =
            last.filter(|step| step.kind || VIEWS.contains(&step.name.as_str())).map(|step| vec![step.name.clone()]);
        let nothing =
            |node: &Node| matches!(&node.kind, NodeKind::Scalar(s) if s.text.is_empty() && s.style == Style::Plain);
        let cond = match value {
            Some(value) if !nothing(value) => {
                self.cond(value, Scope { kinds: own.as_deref(), element: true, depth: scope.depth })?
            }
            _ if quantifier == Quantifier::Every => {
                self.fail(key.span, "`every` needs a condition");
                return None;
            }
            _ => Cond::All(Vec::new()),
        };
        Some(Cond::Quantified(Box::new(Quantified { quantifier, path, cond })))
    }

    fn line(&mut self, node: &Node, scope: Scope<'_>) -> Option<Cond> {
        let located = self.located(node)?;
        if Reader::new(located).quantifier().is_some() {
            return self.quantified(node, None, scope);
        }
        let mut reader = Reader::new(located);
        let (mut line, path_span, operator_span) =
            reader.line(&self.lets).map_err(|error| self.errors.push(error)).ok()?;
        settle_first_step(&mut line.path, scope.kinds);
        self.itself(&line.path, path_span, scope);
        self.single(&line, path_span, operator_span, scope);
        if let Operand::Path(path) = &line.operand
            && (path.steps.is_empty() || path.ends_on_kind())
        {
            self.fail(located.whole, format!("`@{path}` must name one value"));
        }
        Some(Cond::Line(Box::new(line)))
    }

    fn itself(&mut self, path: &Path, span: Span, scope: Scope<'_>) {
        if !scope.element && path.text.split('.').next() == Some("it") {
            self.fail(span, "`it` has a meaning only under `some`, `every` and `no`");
        }
    }

    /// A line asks about one value, so its path must not fan out.
    fn single(&mut self, line: &Line, path_span: Span, operator_span: Span, scope: Scope<'_>) {
        let mut kinds: Option<Vec<CompactString>> = scope.kinds.map(<[CompactString]>::to_vec);
        for (at, step) in line.path.steps.iter().enumerate() {
            if fans_out(kinds.as_deref(), step) && (at == 0 || step.kind) {
                let message = format!("there may be several `{}`: say `some`, `every` or `no`", step.name);
                return self.fail(path_span, message);
            }
            let last = at + 1 == line.path.steps.len();
            if is_list(kinds.as_deref(), &step.name) {
                if !last {
                    let message = format!("`{}` is a list: say `some`, `every` or `no`", step.name);
                    return self.fail(path_span, message);
                }
                if !takes_list(line) {
                    let message = format!("`{}` is a list: say `some {}: it …`, or `contains`", step.name, line.path);
                    return self.fail(operator_span, message);
                }
            }
            kinds = (step.kind || VIEWS.contains(&step.name.as_str())).then(|| vec![step.name.clone()]);
        }
    }

    fn fix(&mut self, root: &Node) -> Option<FixSpec> {
        let (node, safety) = match (root.get("fix"), root.get("suggest")) {
            (None, None) => return None,
            (Some(_), Some(suggest)) => {
                self.fail(suggest.span, "a check has `fix` or `suggest`, not both");
                return None;
            }
            (Some(node), None) => (node, crate::Safety::Safe),
            (None, Some(node)) => (node, crate::Safety::Unsafe),
        };
        let located = self.located(node)?;
        match crate::line::action(located, &self.lets) {
            Ok(action) => Some(FixSpec { safety, action }),
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }
}

/// A constant of `let`: quoted is text, bare is what a bare word means.
fn scalar(node: &Node, text: &str) -> Constant {
    let plain = |node: &Node| matches!(&node.kind, NodeKind::Scalar(scalar) if scalar.style == Style::Plain);
    if plain(node) { Constant::word(text) } else { Constant::Text(text.into()) }
}

/// Whether a line makes sense of a path that ends on a list.
fn takes_list(line: &Line) -> bool {
    let state = |constant: &Constant| matches!(constant, Constant::Absent | Constant::Empty | Constant::List(_));
    match (&line.operator, &line.operand) {
        (operator, _) if operator.takes_list() => true,
        (Operator::Is, Operand::Constant(constant)) => state(constant),
        (Operator::In, Operand::Constant(constant)) => constant.entries().iter().all(state),
        (Operator::Is, Operand::Path(_)) => true,
        _ => false,
    }
}
