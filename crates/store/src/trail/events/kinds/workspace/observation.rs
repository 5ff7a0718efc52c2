//! Observation: SCIM requests change a plan instead of the workspace.

use serde::Serialize;
use vestibule_core::sets::ObservationEnd;

#[cfg(test)]
use super::super::example::Example;
use super::super::{EventData, EventKind, Targets, target};

/// From now on SCIM requests are answered as if they were carried out, and change a plan instead of the workspace.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkspaceObserveStarted {}

impl EventData for WorkspaceObserveStarted {
    const KIND: EventKind = EventKind::WorkspaceObserveStarted;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for WorkspaceObserveStarted {
    fn example() -> Self {
        Self {}
    }
}

/// SCIM requests change the workspace again.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkspaceObserveEnded<'a> {
    /// What became of the plan: `applied`, `discarded`, or `nothing_planned`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub how: ObservationEnd,
    /// If it was applied: number of changes that were carried out, each a person or a group.
    pub changes: i64,
    /// Number of changes that could not be carried out, such as a name that somebody took at the same time.
    pub left_out: i64,
    /// The first of these, at most twenty.
    pub left_out_first: &'a [LeftOut],
}

/// A change that could not be carried out.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LeftOut {
    /// What it was: `change_user`, `create_user`, `create_group`, `change_group`, `delete_group`, `delete_user`.
    pub change: String,
    /// Id of the user or group.
    pub id: String,
    /// Why, in a sentence.
    pub reason: String,
}

impl EventData for WorkspaceObserveEnded<'_> {
    const KIND: EventKind = EventKind::WorkspaceObserveEnded;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for WorkspaceObserveEnded<'static> {
    fn example() -> Self {
        Self { how: ObservationEnd::Applied, changes: 412, left_out: 0, left_out_first: &[] }
    }
}
