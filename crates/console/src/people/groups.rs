//! `/groups`: the groups that Okta pushes. Okta owns them: no page changes one.

mod group;
mod list;

pub use group::get_one;
pub use list::get;
