//! `/roles`, `/entitlements` and `/mapping`: the roles and entitlements of a workspace, and the rules by which groups give them.

pub(crate) mod catalog;
pub mod entitlements;
mod list;
pub mod mapping;
pub mod role;

pub use list::{create, get};
