//! `/drift`: where the workspace and its identity provider differ, and the comparison with a list of assignments.

mod compare;
mod page;

pub use compare::post;
pub use page::get;
