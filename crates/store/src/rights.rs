//! Roles, entitlements, the mappings that assign them, and who owns the workspace.

pub mod entitlements;
pub mod mappings;
pub mod owners;
pub mod roles;
