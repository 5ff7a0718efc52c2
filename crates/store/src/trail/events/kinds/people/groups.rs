//! SCIM groups.

use serde::Serialize;

#[cfg(test)]
use crate::trail::events::kinds::example::Example;
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// SCIM created a group.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GroupCreated<'a> {
    /// Name of the group.
    pub display_name: &'a str,
    /// Number of members.
    pub members: usize,
    /// Number of members that wait until they are users.
    pub parked: usize,
}

impl EventData for GroupCreated<'_> {
    const KIND: EventKind = EventKind::GroupCreated;
    const TARGETS: Targets = &[target::GROUP];
}

#[cfg(test)]
impl Example for GroupCreated<'static> {
    fn example() -> Self {
        Self { display_name: "Engineering", members: 12, parked: 0 }
    }
}

/// SCIM changed a group or its members, or a parked member became a user.
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
}

impl EventData for GroupUpdated<'_> {
    const KIND: EventKind = EventKind::GroupUpdated;
    const TARGETS: Targets = &[target::GROUP];
}

#[cfg(test)]
impl Example for GroupUpdated<'static> {
    fn example() -> Self {
        Self { display_name: "Engineering", added: 1, removed: 0, parked: 0 }
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
