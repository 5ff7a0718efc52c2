//! Roles, entitlements, the mappings that assign them, and the owners of a workspace.

pub mod entitlements;
pub mod mappings;
pub mod owners;
pub mod roles;
