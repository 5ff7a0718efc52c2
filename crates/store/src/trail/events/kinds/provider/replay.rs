//! A refused SCIM request that an administrator sent again.

use serde::Serialize;

#[cfg(test)]
use crate::trail::events::kinds::example::{Example, ID};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// An administrator sent a SCIM request again that was refused, and it was carried out. Its changes are events of their own, with the
/// same actor and the same request id. `credential` is the one that the request was sent with: what it may do is what the replay may.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ScimRequestReplayed<'a> {
    /// Id of the request that was refused.
    pub replayed: &'a str,
    /// Its method: `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: &'a str,
    /// Why it was refused, as the request inspector stores it.
    pub reason: &'a str,
}

impl EventData for ScimRequestReplayed<'_> {
    const KIND: EventKind = EventKind::ScimRequestReplayed;
    const TARGETS: Targets = &[target::USER, target::GROUP];
}

#[cfg(test)]
impl Example for ScimRequestReplayed<'static> {
    fn example() -> Self {
        Self { replayed: ID, method: "POST", reason: "uniqueness" }
    }
}
