//! Settings of the workspace, whoever changes them.

use serde::Serialize;

#[cfg(test)]
use super::example::{Example, strings};
use super::{EventData, EventKind, Targets, target};

/// Settings of the workspace were changed.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkspaceChanged<'a> {
    /// Name of the workspace.
    pub name: &'a str,
    /// Id of the role of users without another.
    pub default_role: &'a str,
    /// Whether SCIM takes a provisioning token as a Basic password.
    pub allow_basic: bool,
    /// Whether group members that are no users yet wait until they are.
    pub park_members: bool,
    /// Lifetime of a session in seconds; null: as configured.
    pub session_seconds: Option<i64>,
    /// Seconds without a request after which a session ends; null: as configured.
    pub idle_seconds: Option<i64>,
    /// Greatest age in seconds of the authentication at the provider; null: any.
    pub max_age_seconds: Option<i64>,
    /// Origins that may call the API from a browser.
    pub allowed_origins: &'a [String],
    /// Share of users in percent above which the safety brake refuses pushes; 0: never.
    pub brake_percent: i64,
    /// Number of users up to which the safety brake never refuses.
    pub brake_least: i64,
    /// Kind of the Okta app: `catalog`, `own`, or empty while nobody has chosen.
    pub okta_app: &'a str,
    /// What was otherwise before.
    pub before: WorkspaceBefore<'a>,
}

/// Settings before a change; a member that did not change is absent.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkspaceBefore<'a> {
    /// Name of the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// Id of the role of users without another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_role: Option<&'a str>,
    /// Whether SCIM takes a provisioning token as a Basic password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_basic: Option<bool>,
    /// Whether group members that are no users yet wait until they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub park_members: Option<bool>,
    /// Lifetime of a session in seconds; null: as configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_seconds: Option<Option<i64>>,
    /// Seconds without a request after which a session ends; null: as configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_seconds: Option<Option<i64>>,
    /// Greatest age in seconds of the authentication at the provider; null: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<Option<i64>>,
    /// Origins that may call the API from a browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_origins: Option<&'a [String]>,
    /// Share of users in percent above which the safety brake refuses pushes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brake_percent: Option<i64>,
    /// Number of users up to which the safety brake never refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brake_least: Option<i64>,
    /// Kind of the Okta app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub okta_app: Option<&'a str>,
}

impl EventData for WorkspaceChanged<'_> {
    const KIND: EventKind = EventKind::WorkspaceChanged;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for WorkspaceChanged<'static> {
    fn example() -> Self {
        Self {
            name: "Acme",
            default_role: "member",
            allow_basic: false,
            park_members: true,
            session_seconds: Some(28_800),
            idle_seconds: None,
            max_age_seconds: None,
            allowed_origins: strings(&["https://app.acme.example"]),
            brake_percent: 20,
            brake_least: 10,
            okta_app: "catalog",
            before: WorkspaceBefore { session_seconds: Some(None), ..WorkspaceBefore::default() },
        }
    }
}
