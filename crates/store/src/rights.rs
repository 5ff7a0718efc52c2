//! Roles, entitlements, the mappings that assign them, since when and by whom users have them, and the owners of a workspace.

pub mod entitlements;
pub mod mappings;
pub mod origins;
pub mod owners;
pub mod roles;
