//! Examples of events' data, for docs/events.md.

use serde_json::{Map, Value};
use vestibule_core::ids::{EntitlementId, RoleId, UserId};

/// An id as examples have it.
pub(super) const ID: &str = "019ab3c4-7d5e-7f60-8a9b-0c1d2e3f4a5b";

/// Data that can serve as an example.
pub(super) trait Example {
    /// An example.
    fn example() -> Self;
}

/// Texts for a list of an example.
pub(super) fn strings(texts: &[&str]) -> &'static [String] {
    Vec::leak(texts.iter().map(|text| (*text).to_owned()).collect())
}

/// Ids of roles.
pub(super) fn role_ids(ids: &[&str]) -> &'static [RoleId] {
    Vec::leak(ids.iter().map(|id| RoleId::from_stored(*id)).collect())
}

/// Ids of entitlements.
pub(super) fn entitlement_ids(ids: &[&str]) -> &'static [EntitlementId] {
    Vec::leak(ids.iter().map(|id| EntitlementId::from_stored(*id)).collect())
}

/// Ids of users.
pub(super) fn user_ids(ids: &[&str]) -> &'static [UserId] {
    Vec::leak(ids.iter().map(|id| UserId::from_stored(*id)).collect())
}

/// Members for an object of an example.
pub(super) fn object(value: Value) -> &'static Map<String, Value> {
    Box::leak(Box::new(value.as_object().cloned().unwrap_or_default()))
}
