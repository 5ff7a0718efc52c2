//! Roles and entitlements of a workspace, their assignments, and mappings. Sign-in and SCIM resolve mappings in the store, not here.

pub mod assignments;
pub mod authority;
pub mod entitlements;
pub mod mappings;
pub mod origins;
pub mod roles;
