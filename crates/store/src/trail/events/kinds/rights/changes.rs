//! Roles and entitlements that came or went, as a line of the person, whatever the cause.

use serde::Serialize;

use crate::rights::origins::Right;
#[cfg(test)]
use crate::trail::events::kinds::example::{Example, ID};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// Roles or entitlements of a user came or went: by an assignment, a group, a mapping, a default or a deletion. Recorded within
/// seconds after its cause, one line for each user and cause, with the actor of the cause. Not recorded when the line of the cause says
/// the same about the user: `roles_changed`, `entitlements_changed`, and `user_created` for the default role.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RightsChanged<'a> {
    /// What the user has from now on.
    pub gained: &'a [Right],
    /// What the user no longer has from this source.
    pub lost: &'a [Right],
    /// The line of the trail that caused it.
    pub cause: RightsCause<'a>,
}

/// The line of the trail that caused a change of rights.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RightsCause<'a> {
    /// Id of the event.
    pub event: &'a str,
    /// Its number in the trail.
    pub seq: i64,
    /// Its kind.
    pub kind: &'a str,
}

impl EventData for RightsChanged<'_> {
    const KIND: EventKind = EventKind::RightsChanged;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for RightsChanged<'static> {
    fn example() -> Self {
        let gained = vec![Right::role("editor", "group:Engineering")];
        let lost = vec![Right::role("member", "default")];
        Self {
            gained: Vec::leak(gained),
            lost: Vec::leak(lost),
            cause: RightsCause { event: ID, seq: 41, kind: "group_updated" },
        }
    }
}
