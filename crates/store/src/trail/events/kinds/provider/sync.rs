//! “Sync now”: each user of the workspace is sent to webhooks and feeds again.

use serde::Serialize;
use vestibule_core::ids::{EntitlementId, RoleId};

#[cfg(test)]
use crate::trail::events::kinds::example::{Example, ID, role_ids};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// “Sync now” was started.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SyncStarted<'a> {
    /// Id of the run.
    pub sync: &'a str,
    /// Number of users.
    pub people: i64,
    /// Number of groups.
    pub groups: i64,
}

impl EventData for SyncStarted<'_> {
    const KIND: EventKind = EventKind::SyncStarted;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for SyncStarted<'static> {
    fn example() -> Self {
        Self { sync: ID, people: 120, groups: 8 }
    }
}

/// A user as they are, sent by “Sync now”. The user did not change.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UserSynced<'a> {
    /// Id of the run.
    pub sync: &'a str,
    /// Whether the user may sign in.
    pub active: bool,
    /// Epoch of the user.
    pub epoch: i64,
    /// Ids of the roles in effect.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub roles: &'a [RoleId],
    /// Ids of the entitlements in effect.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub entitlements: &'a [EntitlementId],
}

impl EventData for UserSynced<'_> {
    const KIND: EventKind = EventKind::UserSynced;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for UserSynced<'static> {
    fn example() -> Self {
        Self { sync: ID, active: true, epoch: 3, roles: role_ids(&["member"]), entitlements: &[] }
    }
}

/// “Sync now” has sent every user.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SyncFinished<'a> {
    /// Id of the run.
    pub sync: &'a str,
    /// Number of users that were sent.
    pub people: i64,
    /// Number of users with a role from Okta.
    pub with_roles: i64,
}

impl EventData for SyncFinished<'_> {
    const KIND: EventKind = EventKind::SyncFinished;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for SyncFinished<'static> {
    fn example() -> Self {
        Self { sync: ID, people: 120, with_roles: 117 }
    }
}
