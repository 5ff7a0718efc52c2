//! What the operator does in an emergency.

use serde::Serialize;

#[cfg(test)]
use super::super::example::Example;
use super::super::{EventData, EventKind, Targets, target};

/// The operator suspended the workspace: nobody signs in, no session and no token opens it, and SCIM is refused. The access of everybody
/// is ended; `everybody_end_started` follows.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkspaceSuspended {}

impl EventData for WorkspaceSuspended {
    const KIND: EventKind = EventKind::WorkspaceSuspended;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for WorkspaceSuspended {
    fn example() -> Self {
        Self {}
    }
}

/// The operator resumed the workspace.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkspaceResumed {}

impl EventData for WorkspaceResumed {
    const KIND: EventKind = EventKind::WorkspaceResumed;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for WorkspaceResumed {
    fn example() -> Self {
        Self {}
    }
}

/// The operator plans to delete the workspace. It is suspended until then; `workspace_suspended` follows if it was not.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkspaceDeletionPlanned<'a> {
    /// When everything of it will be deleted, RFC 3339.
    pub delete_at: &'a str,
}

impl EventData for WorkspaceDeletionPlanned<'_> {
    const KIND: EventKind = EventKind::WorkspaceDeletionPlanned;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for WorkspaceDeletionPlanned<'_> {
    fn example() -> Self {
        Self { delete_at: "2026-12-30T09:00:00Z" }
    }
}

/// The operator canceled the deletion of the workspace. It is still suspended.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkspaceDeletionCanceled {}

impl EventData for WorkspaceDeletionCanceled {
    const KIND: EventKind = EventKind::WorkspaceDeletionCanceled;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for WorkspaceDeletionCanceled {
    fn example() -> Self {
        Self {}
    }
}

/// The operator made the whole deployment read-only, or let changes in again. Recorded in the trail of each workspace.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReadOnlyChanged {
    /// Whether changes are refused from now on.
    pub read_only: bool,
}

impl EventData for ReadOnlyChanged {
    const KIND: EventKind = EventKind::ReadOnlyChanged;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for ReadOnlyChanged {
    fn example() -> Self {
        Self { read_only: true }
    }
}
