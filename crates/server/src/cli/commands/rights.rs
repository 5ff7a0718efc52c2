//! Commands about roles, entitlements and the mappings that give them.

pub(crate) mod entitlement;
pub(crate) mod mapping;
pub(crate) mod role;
