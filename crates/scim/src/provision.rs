//! Writes users and their documents, inside the caller's transaction: the row, email addresses, roles and entitlements,
//! the end of access on deactivation, the events.

mod brake;
mod create;
mod delete;
mod elements;
pub(crate) mod event_values;
pub(crate) mod last_owner_check;
pub(crate) mod owner_bound;
mod reassigned_name;
pub(crate) mod row;
pub(crate) mod uniqueness;
mod update;

pub(crate) use create::{Created, create, create_as};
pub(crate) use delete::delete;
pub(crate) use update::{Change, update};
