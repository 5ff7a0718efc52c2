//! Users, groups and members.

pub mod claimed_groups;
pub mod former_users;
pub mod groups;
pub mod members;
pub mod name_keys;
pub mod parked;
pub(crate) mod user_counts;
pub mod users;
