//! A *check* is a page that says what is wrong with a resource; the engine reads the pages, asks them of every
//! resource of the graph in three-valued logic, and makes findings of the answers that are True.
//!
//! The way of a run: [`prepare`] adds to the graph what no text spells out (edges between companions, views),
//! [`run`] evaluates the checks of a [`Registry`] and returns an [`Outcome`].

mod account;
mod condition;
mod constant;
mod context;
mod evaluation;
mod evidence;
mod extent;
mod finding;
mod fix;
mod front;
mod line;
mod links;
mod message;
mod operator;
mod order;
mod page;
mod path;
mod pattern;
mod registry;
mod run;
mod spelling;
#[cfg(test)]
mod tests;
mod truth;
mod views;
mod walk;

pub use account::{Account, Incomplete};
pub use condition::{Cond, Line, Operand, Operator, Quantified, Quantifier};
pub use constant::Constant;
pub use context::{Answer, Context, Native};
pub use evidence::Evidence;
pub use extent::Extent;
pub use finding::{Finding, Fix, Label, Safety, Severity, Subject, Undetermined};
pub use front::scan;
pub use links::{Link, Links};
pub use message::Template;
pub use order::Bound;
pub use page::{Action, Check, FixSpec, Status, Test, formats_of, parse_page};
pub use path::{Path, Step};
pub use pattern::Pattern;
pub use registry::{Page, Registry};
pub use run::{Outcome, PageErrors, Selection, prepare, run};
pub use truth::Truth;
