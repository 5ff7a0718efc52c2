//! `/people` and `/groups`: who is in the workspace, one person, and the groups that Okta pushes.

pub mod groups;
mod list;
pub mod person;

pub use list::get;
