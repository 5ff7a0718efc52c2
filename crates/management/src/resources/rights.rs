//! Roles, entitlements and the mappings that give them.

pub mod entitlements;
pub mod mappings;
pub mod roles;
