//! Resources, and what a front end hands over.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_source::{Span, SyntaxError};

use crate::{Map, ProjectId, Why};

/// The language that declared a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Technology {
    /// HCL, `.tf.json`, plan files.
    Terraform,
    /// Manifests, and what renders to them.
    Kubernetes,
    /// Dockerfiles.
    Dockerfile,
    /// Playbooks and roles.
    Ansible,
    /// Compose files.
    Compose,
}

impl Technology {
    /// All of them, in the order of reports.
    pub const ALL: [Technology; 5] = [
        Technology::Terraform,
        Technology::Kubernetes,
        Technology::Dockerfile,
        Technology::Ansible,
        Technology::Compose,
    ];

    /// The name in reports and rule lists.
    pub fn name(self) -> &'static str {
        match self {
            Technology::Terraform => "terraform",
            Technology::Kubernetes => "kubernetes",
            Technology::Dockerfile => "dockerfile",
            Technology::Ansible => "ansible",
            Technology::Compose => "compose",
        }
    }
}

impl fmt::Display for Technology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that the code declares, or one item of a view.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// `aws_s3_bucket`, `data.aws_iam_policy_document`, `Deployment`, `ansible.builtin.get_url`, `stage`,
    /// or a view's name.
    pub kind: CompactString,
    /// The name in its language: a Terraform label, `metadata.name`, a stage's alias, a task's `name`.
    pub name: CompactString,
    /// Unique in the project: `module.logs.aws_s3_bucket.this["a"]`, `Deployment/default/web`.
    pub address: CompactString,
    /// The instance key alone (`"a"`, `0`), where the declaration is repeated; part of the address.
    pub instance: Option<CompactString>,
    /// The language.
    pub technology: Technology,
    /// The fields. `body.head` is what an absent field points at.
    pub body: Map,
    /// The whole declaration.
    pub span: Span,
    /// The project; set by [`crate::Graph::new`], 0 before.
    pub project: ProjectId,
    /// Whether this is an item of a view, so that it is listed only on demand and not counted.
    pub view: bool,
    /// What rendered the text: `kustomize`, `helm`, `plan`.
    pub via: Option<&'static str>,
}

impl Resource {
    /// A resource declared at `span` with `body`; its name and instance are empty, its address is its kind.
    pub fn new(technology: Technology, kind: impl Into<CompactString>, body: Map, span: Span) -> Self {
        let kind = kind.into();
        Resource {
            address: kind.clone(),
            kind,
            name: CompactString::default(),
            instance: None,
            technology,
            body,
            span,
            project: ProjectId(0),
            view: false,
            via: None,
        }
    }

    /// The smallest text that stands for the resource: its header.
    pub fn head(&self) -> Span {
        if self.body.head.is_none() { self.span } else { self.body.head }
    }

    /// The address without instance keys: the same for every instance of one declaration.
    pub fn declaration(&self) -> CompactString {
        let mut out = CompactString::default();
        let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
        for c in self.address.chars() {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' if depth > 0 => quoted = !quoted,
                '[' if !quoted => depth += 1,
                ']' if !quoted && depth > 0 => depth -= 1,
                _ if depth == 0 => out.push(c),
                _ => {}
            }
        }
        out
    }
}

/// Names a resource within its project: its index in [`Lowered::resources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Local(pub u32);

/// An edge within a project: `from` refers to `to`.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The resource that refers.
    pub from: Local,
    /// The resource referred to.
    pub to: Local,
    /// The attribute that refers (`bucket`, `vpc_config.subnet_ids`), or the name of the relation (`selects`).
    pub label: CompactString,
    /// The text that refers.
    pub span: Span,
}

/// An edge of which it is not known whether it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct PossibleLink {
    /// The edge.
    pub link: Link,
    /// Why it is not known.
    pub why: Arc<Why>,
}

/// What a front end makes of one project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lowered {
    /// The project's folder or file, as in reports; `.` for the working directory.
    pub project: CompactString,
    /// The resources; [`Local`] is an index here.
    pub resources: Vec<Resource>,
    /// The edges that the text or the language spells out.
    pub links: Vec<Link>,
    /// The edges that may be there: a selector that is not known may select anything.
    pub possible: Vec<PossibleLink>,
    /// What was not read or not resolved, and so cannot be judged.
    pub incomplete: Vec<SyntaxError>,
    /// What declarations were called once, where the text tells, by their addresses without instance keys.
    pub former: BTreeMap<CompactString, Former>,
}

/// What a declaration was called before it was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// The folder of the module that declared it, where that is another one than now.
    pub folder: Option<CompactString>,
    /// The address within that module.
    pub declaration: CompactString,
}

impl Lowered {
    /// An empty project.
    pub fn new(project: impl Into<CompactString>) -> Self {
        Lowered { project: project.into(), ..Lowered::default() }
    }

    /// Adds a resource.
    ///
    /// # Panics
    /// When a project has more than 2³² resources.
    pub fn add(&mut self, resource: Resource) -> Local {
        let id = u32::try_from(self.resources.len()).unwrap_or(u32::MAX);
        assert!(id != u32::MAX, "more resources than a project can hold");
        self.resources.push(resource);
        Local(id)
    }

    /// Adds an edge.
    pub fn link(&mut self, from: Local, to: Local, label: impl Into<CompactString>, span: Span) {
        self.links.push(Link { from, to, label: label.into(), span });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_has_no_instance() {
        let mut resource = Resource::new(Technology::Terraform, "x", Map::new(Span::NONE), Span::NONE);
        resource.address = r#"module.a["x]\"."].aws_x.b[0]"#.into();
        assert_eq!(resource.declaration(), "module.a.aws_x.b");
    }
}
