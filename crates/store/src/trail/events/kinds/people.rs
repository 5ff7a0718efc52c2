//! Users, their identities and their groups.

mod groups;
mod identities;
mod users;

pub use groups::*;
pub use identities::*;
pub use users::*;
