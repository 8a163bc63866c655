//! Where a value came from, and why one is not known.

use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;
use stockade_source::Span;

use crate::{Local, Value};

/// The way from the place where a value stands to the places that made it so, nearest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    /// The places passed, from the use towards the literal.
    pub steps: Vec<Step>,
    /// The resources that the expression names, through any variable or local.
    pub targets: Vec<Target>,
    /// What a text encodes, with the spans of its parts: the argument of `jsonencode`, a JSON or YAML literal.
    /// Paths step through such a text as if it were the structure.
    pub structure: Option<Arc<Value>>,
}

/// One place on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The text that gave the value.
    pub span: Span,
    /// How it came to be the value.
    pub via: Via,
}

/// How a value passed from one place to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// The default of a variable; its address (`var.acl`, Ansible: the bare name, Dockerfile: `ARG` name).
    Default(CompactString),
    /// A line of a variables file (`terraform.tfvars`, `group_vars`, `values.yaml`) gives this variable.
    Variables(CompactString),
    /// A named expression (`local.tags`).
    Local(CompactString),
    /// An argument of a module call (`module.logs`), giving its variable.
    ModuleInput(CompactString),
    /// The output of a module (`module.logs.bucket`).
    Output(CompactString),
    /// Another resource's attribute (`aws_s3_bucket.b.bucket`).
    Attribute(CompactString),
    /// Taken over from something around it: the pod's security context, the play's `become`, a base image.
    Inherited(CompactString),
    /// An anchor of the same YAML document.
    Anchor(CompactString),
    /// Rendered from a template.
    Rendered(CompactString),
    /// What stood here before an overlay wrote over it; the field of the overlay (`images`).
    Overlaid(CompactString),
    /// A patch takes this field out of the mapping.
    Removed(CompactString),
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Via::Default(name) => write!(f, "`{name}` defaults to this"),
            Via::Variables(name) => write!(f, "`{name}` is set here"),
            Via::Local(name) => write!(f, "`{name}` is this"),
            Via::ModuleInput(name) => write!(f, "`{name}` is called with this"),
            Via::Output(name) => write!(f, "`{name}` puts out this"),
            Via::Attribute(name) => write!(f, "`{name}` is this"),
            Via::Inherited(name) => write!(f, "inherited from {name}"),
            Via::Anchor(name) => write!(f, "anchor `{name}`"),
            Via::Rendered(name) => write!(f, "rendered from {name}"),
            Via::Removed(name) => write!(f, "`{name}` is taken out here"),
            Via::Overlaid(name) => write!(f, "`{name}` is laid over this"),
        }
    }
}

/// A resource that an expression names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The resource, in the same project.
    pub resource: Local,
    /// The attribute that was asked for (`id`, `root_block_device.0.volume_id`); empty for the whole.
    pub attribute: CompactString,
}

/// Why a value is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// The kind of reason.
    pub reason: Reason,
    /// What it was: `var.acl`, `data.aws_ami.x.id`, `uuid()`, the name of a fact.
    pub subject: CompactString,
    /// The text that could not be decided.
    pub span: Span,
}

/// The kinds of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A variable without a value.
    Variable,
    /// A data source, a fact, a lookup, a registered result: something read when the code runs.
    Runtime,
    /// An attribute that the provider computes.
    Computed,
    /// Text of a template language that was not rendered.
    Template,
    /// Something that is different in each turn of a loop whose collection is unknown.
    Loop,
    /// A module, role, chart or image whose source is not at hand.
    Missing,
    /// A function that is not, or cannot be, evaluated.
    Function,
    /// The expression is wrong, so that the tool itself would refuse it.
    Invalid,
    /// A bound on size, depth or number was reached.
    Limit,
    /// A secret that is encrypted in the tree.
    Encrypted,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = &self.subject;
        match self.reason {
            Reason::Variable => write!(f, "`{subject}` has no value"),
            Reason::Runtime => write!(f, "`{subject}` is read at run time"),
            Reason::Computed => write!(f, "`{subject}` is known after apply"),
            Reason::Template => write!(f, "`{subject}` is a template that was not rendered"),
            Reason::Loop => write!(f, "`{subject}` depends on a loop that is not known"),
            Reason::Missing => write!(f, "`{subject}` is not at hand"),
            Reason::Function => write!(f, "`{subject}` is not evaluated"),
            Reason::Invalid => write!(f, "`{subject}` is not valid"),
            Reason::Limit => write!(f, "`{subject}` is over a limit"),
            Reason::Encrypted => write!(f, "`{subject}` is encrypted"),
        }
    }
}
