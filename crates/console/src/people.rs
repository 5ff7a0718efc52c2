//! `/people` and `/groups`: who is in the workspace and what they have, one person, and the groups that Okta pushes.

mod access_export;
pub mod groups;
pub(crate) mod list;
pub mod person;

pub use access_export::export as export_access;
pub use list::get;
