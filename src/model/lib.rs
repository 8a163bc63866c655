//! The *model* is what every language becomes: values with origins, resources, edges, the graph.
//!
//! A value is in one of three states: known, unknown (with the reason) or absent, which is to say that
//! no [`Field`] of that name exists. Front ends build one [`Lowered`] per project; [`Graph`] joins them.

mod graph;
mod number;
mod origin;
mod resource;
mod value;

pub use compact_str::{CompactString, format_compact};
pub use graph::{Edge, Graph, Project, ProjectId, ResourceId};
pub use number::Number;
pub use origin::{Origin, Reason, Step, Target, Via, Why};
pub use resource::{Former, Link, Local, Lowered, PossibleLink, Resource, Technology};
pub use value::{Field, Kind, List, Map, Part, Value};
