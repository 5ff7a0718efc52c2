//! Pushes of SCIM that were refused because of what they would do to access, and the safety brake.

use serde::Serialize;

#[cfg(test)]
use crate::trail::events::kinds::example::Example;
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// A refused push. Nothing of it was applied.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RefusedPush<'a> {
    /// `last_owner`, `brake` or `owners_only`.
    pub reason: &'a str,
    /// What it would have caused: `user_deactivated`, `user_deleted`, `roles_changed`, `group_updated`,
    /// `group_deleted`, `owner_given`, `owner_taken` or `owner_identity_changed`.
    pub change: &'a str,
}

#[cfg(test)]
impl Example for RefusedPush<'static> {
    fn example() -> Self {
        Self { reason: "last_owner", change: "user_deactivated" }
    }
}

/// A push was refused: nobody would own the workspace.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct PushHeld<'a>(pub RefusedPush<'a>);

impl EventData for PushHeld<'_> {
    const KIND: EventKind = EventKind::PushHeld;
    const TARGETS: Targets = &[target::USER, target::GROUP];
}

#[cfg(test)]
impl Example for PushHeld<'static> {
    fn example() -> Self {
        Self(RefusedPush::example())
    }
}

/// A push was refused: neither an owner nor the operator made its credential, and it concerns the role `owner`.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct PushRefused<'a>(pub RefusedPush<'a>);

impl EventData for PushRefused<'_> {
    const KIND: EventKind = EventKind::PushRefused;
    const TARGETS: Targets = &[target::USER, target::GROUP];
}

#[cfg(test)]
impl Example for PushRefused<'static> {
    fn example() -> Self {
        Self(RefusedPush::example())
    }
}

/// The safety brake refused a push: too many users would lose access within an hour.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct BrakeHeld<'a>(pub RefusedPush<'a>);

impl EventData for BrakeHeld<'_> {
    const KIND: EventKind = EventKind::BrakeHeld;
    const TARGETS: Targets = &[target::USER, target::GROUP];
}

#[cfg(test)]
impl Example for BrakeHeld<'static> {
    fn example() -> Self {
        Self(RefusedPush::example())
    }
}

/// An administrator or the operator let through what the safety brake refuses.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BrakeReleased {
    /// Number of requests that were refused until now.
    pub held: i64,
    /// Number of users that may lose access; null: any number for an hour.
    pub people: Option<i64>,
}

impl EventData for BrakeReleased {
    const KIND: EventKind = EventKind::BrakeReleased;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for BrakeReleased {
    fn example() -> Self {
        Self { held: 4, people: Some(20) }
    }
}

/// The safety brake ended by itself: the users it was for are active again.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BrakeLapsed {
    /// Number of requests that were refused until now.
    pub held: i64,
}

impl EventData for BrakeLapsed {
    const KIND: EventKind = EventKind::BrakeLapsed;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for BrakeLapsed {
    fn example() -> Self {
        Self { held: 4 }
    }
}

/// An administrator or the operator confirmed the safety brake: pushes stay refused.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BrakeKept {
    /// Number of requests that were refused until now.
    pub held: i64,
}

impl EventData for BrakeKept {
    const KIND: EventKind = EventKind::BrakeKept;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for BrakeKept {
    fn example() -> Self {
        Self { held: 4 }
    }
}
