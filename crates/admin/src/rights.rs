//! Roles and entitlements of a workspace, who has them, and the mappings that give them. Sign-in and SCIM resolve mappings in the store,
//! not here.

pub mod assignments;
pub mod authority;
pub mod entitlements;
pub mod mappings;
pub mod roles;
