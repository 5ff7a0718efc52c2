//! The workspace: settings, custom attributes, set-up links.

mod emergency;
mod observation;
mod settings;
mod webhooks;

use std::collections::BTreeMap;

use serde::Serialize;

#[cfg(test)]
use super::example::{Example, strings};
use super::{EventData, EventKind, Targets, target};

pub use emergency::*;
pub use observation::*;
pub use settings::*;
pub use webhooks::*;

/// The workspace was created.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkspaceCreated<'a> {
    /// Name of the workspace.
    pub name: &'a str,
    /// Email domains that the operator verified.
    pub domains: &'a [String],
}

impl EventData for WorkspaceCreated<'_> {
    const KIND: EventKind = EventKind::WorkspaceCreated;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for WorkspaceCreated<'static> {
    fn example() -> Self {
        Self { name: "Acme", domains: strings(&["acme.example"]) }
    }
}

/// The database of the deployment was restored from a backup. All access of everybody in the workspace was ended, and so were its tokens
/// and grants, because some of them may have been revoked after the backup. Users have no `access_ended` event and no receipt of it.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkspaceRestored<'a> {
    /// Time of the backup. What happened later is not in the trail.
    pub backup_at: &'a str,
    /// Number of users. The epoch of each rose.
    pub users: i64,
    /// Number of sessions that were removed.
    pub sessions: i64,
    /// Number of tokens that were removed: access, refresh, API and provisioning tokens.
    pub tokens: i64,
    /// Number of grants that were ended.
    pub grants: i64,
}

impl EventData for WorkspaceRestored<'_> {
    const KIND: EventKind = EventKind::WorkspaceRestored;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for WorkspaceRestored<'static> {
    fn example() -> Self {
        Self { backup_at: "2026-11-30T02:00:00Z", users: 412, sessions: 230, tokens: 18, grants: 4 }
    }
}

/// The weekly report found differences between the workspace and its identity provider. Recorded once a week, and only where there are
/// some. Names of people are in the report: `vestibule drift`, or the page `/drift`.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DriftFound<'a> {
    /// Number of days without a push after which a person counts as `not_pushed`.
    pub days: i64,
    /// Number of those found, by kind of drift. Kinds without any are absent.
    pub counts: &'a BTreeMap<&'a str, i64>,
}

impl EventData for DriftFound<'_> {
    const KIND: EventKind = EventKind::DriftFound;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for DriftFound<'static> {
    fn example() -> Self {
        let counts = BTreeMap::from([("empty_groups", 1), ("never_signed_in", 12)]);
        Self { days: 90, counts: Box::leak(Box::new(counts)) }
    }
}

/// A set-up link was made.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SetupLinkMade {}

impl EventData for SetupLinkMade {
    const KIND: EventKind = EventKind::SetupLinkMade;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for SetupLinkMade {
    fn example() -> Self {
        Self {}
    }
}

/// A set-up link was used: settings were saved with it.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SetupLinkUsed {}

impl EventData for SetupLinkUsed {
    const KIND: EventKind = EventKind::SetupLinkUsed;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for SetupLinkUsed {
    fn example() -> Self {
        Self {}
    }
}

/// The browser of a set-up link was signed out.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SetupSessionEnded {}

impl EventData for SetupSessionEnded {
    const KIND: EventKind = EventKind::SetupSessionEnded;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for SetupSessionEnded {
    fn example() -> Self {
        Self {}
    }
}

/// A custom attribute of users.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AttributeData<'a> {
    /// URN of its SCIM schema.
    pub schema: &'a str,
    /// Name of the attribute.
    pub name: &'a str,
    /// Type: `string`, `boolean`, `integer`, `decimal`, `dateTime`, `reference` or `binary`.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// Whether it has several values.
    #[serde(rename = "multiValued")]
    pub multi_valued: bool,
    /// Whether letter case distinguishes its values.
    #[serde(rename = "caseExact")]
    pub case_exact: bool,
    /// Description.
    pub description: &'a str,
}

#[cfg(test)]
impl Example for AttributeData<'static> {
    fn example() -> Self {
        Self {
            schema: "urn:ietf:params:scim:schemas:core:2.0:User",
            name: "UID",
            kind: "string",
            multi_valued: false,
            case_exact: false,
            description: "",
        }
    }
}

/// A custom attribute of users was declared.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct AttributeCreated<'a>(pub AttributeData<'a>);

impl EventData for AttributeCreated<'_> {
    const KIND: EventKind = EventKind::AttributeCreated;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for AttributeCreated<'static> {
    fn example() -> Self {
        Self(AttributeData::example())
    }
}

/// A custom attribute and its values were deleted.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct AttributeDeleted<'a>(pub AttributeData<'a>);

impl EventData for AttributeDeleted<'_> {
    const KIND: EventKind = EventKind::AttributeDeleted;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for AttributeDeleted<'static> {
    fn example() -> Self {
        Self(AttributeData::example())
    }
}
