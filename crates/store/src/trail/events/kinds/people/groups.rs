//! SCIM groups.

use serde::Serialize;
use vestibule_core::ids::UserId;

#[cfg(test)]
use crate::trail::events::kinds::example::{Example, ID, user_ids};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// Most users that a line of a group names. More are only counted: a group may have 100,000 members.
pub const NAMED_MEMBERS: usize = 100;

/// The users of a list that a line of a group names.
pub fn named(user_ids: &[UserId]) -> &[UserId] {
    user_ids.get(..NAMED_MEMBERS).unwrap_or(user_ids)
}

/// SCIM or an import created a group.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GroupCreated<'a> {
    /// Name of the group.
    pub display_name: &'a str,
    /// Number of members.
    pub members: usize,
    /// Number of members that wait until they are users.
    pub parked: usize,
    /// Ids of the members, at most 100.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub joined: &'a [UserId],
}

impl EventData for GroupCreated<'_> {
    const KIND: EventKind = EventKind::GroupCreated;
    const TARGETS: Targets = &[target::GROUP];
}

#[cfg(test)]
impl Example for GroupCreated<'static> {
    fn example() -> Self {
        Self { display_name: "Engineering", members: 1, parked: 0, joined: user_ids(&[ID]) }
    }
}

/// SCIM changed a group or its members, an import added members, or a parked member became a user.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GroupUpdated<'a> {
    /// Name of the group.
    pub display_name: &'a str,
    /// Number of members that were added.
    pub added: usize,
    /// Number of members that were removed.
    pub removed: usize,
    /// Number of members that began or ceased to wait until they are users.
    pub parked: usize,
    /// Ids of the members that were added, at most 100.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub joined: &'a [UserId],
    /// Ids of the members that were removed, at most 100.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub left: &'a [UserId],
    /// Name of the group before, if it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<&'a str>,
}

impl EventData for GroupUpdated<'_> {
    const KIND: EventKind = EventKind::GroupUpdated;
    const TARGETS: Targets = &[target::GROUP];
}

#[cfg(test)]
impl Example for GroupUpdated<'static> {
    fn example() -> Self {
        Self {
            display_name: "Engineering",
            added: 1,
            removed: 0,
            parked: 0,
            joined: user_ids(&[ID]),
            left: &[],
            renamed_from: None,
        }
    }
}

/// SCIM deleted a group.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GroupDeleted<'a> {
    /// Name of the group.
    pub display_name: &'a str,
}

impl EventData for GroupDeleted<'_> {
    const KIND: EventKind = EventKind::GroupDeleted;
    const TARGETS: Targets = &[target::GROUP];
}

#[cfg(test)]
impl Example for GroupDeleted<'static> {
    fn example() -> Self {
        Self { display_name: "Engineering" }
    }
}
