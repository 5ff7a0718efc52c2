//! Creation, changes and deletion of users, and the end of their access.

use serde::Serialize;
#[cfg(test)]
use serde_json::json;
use serde_json::{Map, Value};
use vestibule_core::sets::{EndReason, UserSource};

#[cfg(test)]
use crate::trail::events::kinds::example::{Example, ID, object, strings};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// A user was created: by SCIM, by the operator, or at the first sign-in.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UserCreated<'a> {
    /// What created the user: `scim`, `jit` (sign-in) or `operator`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub source: UserSource,
    /// Login name (`userName`).
    pub user_name: &'a str,
    /// Whether the user may sign in.
    pub active: bool,
}

impl EventData for UserCreated<'_> {
    const KIND: EventKind = EventKind::UserCreated;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for UserCreated<'static> {
    fn example() -> Self {
        Self { source: UserSource::Scim, user_name: "ada@acme.example", active: true }
    }
}

/// SCIM took over a user that already existed. SCIM keeps the user from now on.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UserAdopted {
    /// What kept the user before: `jit` or `operator`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub source: UserSource,
}

impl EventData for UserAdopted {
    const KIND: EventKind = EventKind::UserAdopted;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for UserAdopted {
    fn example() -> Self {
        Self { source: UserSource::Jit }
    }
}

/// SCIM changed attributes, roles or entitlements of a user, or an import changed attributes.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UserUpdated<'a> {
    /// Names of the changed attributes, sorted.
    pub changed: &'a [String],
    /// Values before the change, by attribute; null: none. A long value is replaced by `{"bytes": length}`. Of
    /// `roles` and `entitlements`: ids that SCIM had assigned.
    pub before: &'a Map<String, Value>,
    /// Values after the change, in the same form.
    pub after: &'a Map<String, Value>,
}

impl EventData for UserUpdated<'_> {
    const KIND: EventKind = EventKind::UserUpdated;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for UserUpdated<'static> {
    fn example() -> Self {
        Self {
            changed: strings(&["title"]),
            before: object(json!({ "title": "Countess" })),
            after: object(json!({ "title": "Lady" })),
        }
    }
}

/// SCIM deactivated a user. `access_ended` follows.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UserDeactivated {}

impl EventData for UserDeactivated {
    const KIND: EventKind = EventKind::UserDeactivated;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for UserDeactivated {
    fn example() -> Self {
        Self {}
    }
}

/// SCIM activated an inactive user.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UserReactivated {}

impl EventData for UserReactivated {
    const KIND: EventKind = EventKind::UserReactivated;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for UserReactivated {
    fn example() -> Self {
        Self {}
    }
}

/// SCIM deleted a user, after all access was ended (`access_ended`).
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UserDeleted<'a> {
    /// Login name; free from now on.
    pub user_name: &'a str,
}

impl EventData for UserDeleted<'_> {
    const KIND: EventKind = EventKind::UserDeleted;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for UserDeleted<'static> {
    fn example() -> Self {
        Self { user_name: "ada@acme.example" }
    }
}

/// All access of a user was ended: sessions, codes, grants and tokens with an older epoch are dead.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AccessEnded<'a> {
    /// Cause: `administrator`, `operator`, `deactivated`, `deleted`, `identity_changed`, `connection_changed`,
    /// `universal_logout`, `session_revoked` or `credential_change`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub reason: EndReason,
    /// Epoch of the user from now on.
    pub epoch: i64,
    /// Id of the signed receipt.
    pub receipt: &'a str,
}

impl EventData for AccessEnded<'_> {
    const KIND: EventKind = EventKind::AccessEnded;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for AccessEnded<'static> {
    fn example() -> Self {
        Self { reason: EndReason::UniversalLogout, epoch: 3, receipt: ID }
    }
}
