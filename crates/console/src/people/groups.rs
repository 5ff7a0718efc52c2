//! `/groups`: the groups that Okta pushes. Okta owns them: no page changes one.

mod group;
mod list;

pub use group::get_one;
pub use list::get;
pub(crate) use list::{BY, name_contains};

/// The most members of a group that are counted.
const COUNTED: i64 = 1_000;
