//! Settings of the workspace.

use serde::Serialize;
use vestibule_core::{ids::RoleId, sets::OktaAppKind};

#[cfg(test)]
use crate::trail::events::kinds::example::Example;
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// Settings of the workspace were changed. Only the settings that changed are members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkspaceChanged {
    /// Settings that changed, as they are now.
    #[serde(flatten)]
    pub after: WorkspaceSettings,
    /// The same settings as they were before.
    pub before: WorkspaceSettings,
}

/// Settings of a workspace; what is not meant is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkspaceSettings {
    /// Name of the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Id of the role of users without another.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub default_role: Option<RoleId>,
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
    /// Origins that people may be sent to after sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_origins: Option<Vec<String>>,
    /// Domains whose people the sign-in page offers this workspace, besides the verified ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_domains: Option<Vec<String>>,
    /// Share of users in percent above which the safety brake refuses pushes; 0: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brake_percent: Option<i64>,
    /// Number of users up to which the safety brake never refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brake_least: Option<i64>,
    /// Kind of the app at the provider: `catalog`, `own`, `saml`, `other`, or empty while nobody has chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub okta_app: Option<OktaAppKind>,
}

impl WorkspaceChanged {
    /// The settings that differ; `None` when none does.
    pub fn between(mut before: WorkspaceSettings, mut after: WorkspaceSettings) -> Option<Self> {
        drop_equal(&mut before.name, &mut after.name);
        drop_equal(&mut before.default_role, &mut after.default_role);
        drop_equal(&mut before.allow_basic, &mut after.allow_basic);
        drop_equal(&mut before.park_members, &mut after.park_members);
        drop_equal(&mut before.session_seconds, &mut after.session_seconds);
        drop_equal(&mut before.idle_seconds, &mut after.idle_seconds);
        drop_equal(&mut before.max_age_seconds, &mut after.max_age_seconds);
        drop_equal(&mut before.allowed_origins, &mut after.allowed_origins);
        drop_equal(&mut before.sign_in_domains, &mut after.sign_in_domains);
        drop_equal(&mut before.brake_percent, &mut after.brake_percent);
        drop_equal(&mut before.brake_least, &mut after.brake_least);
        drop_equal(&mut before.okta_app, &mut after.okta_app);
        (before != after).then_some(Self { after, before })
    }
}

fn drop_equal<T: PartialEq>(before: &mut Option<T>, after: &mut Option<T>) {
    if before == after {
        (*before, *after) = (None, None);
    }
}

impl EventData for WorkspaceChanged {
    const KIND: EventKind = EventKind::WorkspaceChanged;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for WorkspaceChanged {
    fn example() -> Self {
        let before = WorkspaceSettings { session_seconds: Some(None), ..WorkspaceSettings::default() };
        let after = WorkspaceSettings { session_seconds: Some(Some(28_800)), ..WorkspaceSettings::default() };
        Self { after, before }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_what_differs_and_what_it_was() {
        let settings = |name: &str, seconds| WorkspaceSettings {
            name: Some(name.to_owned()),
            session_seconds: Some(seconds),
            ..WorkspaceSettings::default()
        };
        assert_eq!(WorkspaceChanged::between(settings("Acme", None), settings("Acme", None)), None);
        let change = WorkspaceChanged::between(settings("Acme", None), settings("Acme", Some(3600))).unwrap();
        let text = serde_json::to_string(&change).unwrap();
        assert_eq!(text, r#"{"session_seconds":3600,"before":{"session_seconds":null}}"#);
    }
}
