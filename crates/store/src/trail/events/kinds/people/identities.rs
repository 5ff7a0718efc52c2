//! Identities of users, and the conflicts that an administrator resolves.

use serde::Serialize;
use vestibule_core::ids::{EntitlementId, RoleId};

#[cfg(test)]
use crate::trail::events::kinds::example::{Example, role_ids};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// An identity of the provider was linked to a user: at sign-in, or by an administrator.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct IdentityLinked<'a> {
    /// Issuer of the identity provider.
    pub issuer: &'a str,
    /// Subject (`sub`) of the person at the provider.
    pub subject: &'a str,
    /// How the user was found: `external_id`, `uid` (UID attribute of a SAML connection), `name` (login name or email address), or
    /// `administrator` when one decided it.
    pub by: &'a str,
    /// Subject that was linked to the user before and no longer is.
    pub instead_of: Option<&'a str>,
    /// Id of the user that the identity was linked to before.
    pub from: Option<&'a str>,
}

impl EventData for IdentityLinked<'_> {
    const KIND: EventKind = EventKind::IdentityLinked;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for IdentityLinked<'static> {
    fn example() -> Self {
        Self {
            issuer: "https://acme.okta.com",
            subject: "00u1ab2c3d4E5F6G7h8",
            by: "external_id",
            instead_of: None,
            from: None,
        }
    }
}

/// An identity was unlinked from a user: by an administrator, or because `externalId` became another person's.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct IdentityUnlinked<'a> {
    /// Issuer of the identity provider.
    pub issuer: &'a str,
    /// Subject (`sub`) of the person at the provider.
    pub subject: &'a str,
    /// New `externalId` of the user, when it is the cause.
    pub external_id: Option<&'a str>,
}

impl EventData for IdentityUnlinked<'_> {
    const KIND: EventKind = EventKind::IdentityUnlinked;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for IdentityUnlinked<'static> {
    fn example() -> Self {
        Self {
            issuer: "https://acme.okta.com",
            subject: "00u1ab2c3d4E5F6G7h8",
            external_id: Some("00u9zy8x7w6V5U4T3s2"),
        }
    }
}

/// An administrator dismissed a sign-in conflict without linking anybody.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConflictDismissed<'a> {
    /// Issuer of the identity provider.
    pub issuer: &'a str,
    /// Subject (`sub`) of the person at the provider.
    pub subject: &'a str,
}

impl EventData for ConflictDismissed<'_> {
    const KIND: EventKind = EventKind::ConflictDismissed;
    const TARGETS: Targets = &[target::CONNECTION];
}

#[cfg(test)]
impl Example for ConflictDismissed<'static> {
    fn example() -> Self {
        Self { issuer: "https://acme.okta.com", subject: "00u1ab2c3d4E5F6G7h8" }
    }
}

/// An inactive user was archived under another name, because the person of that name is somebody new.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UserArchived<'a> {
    /// Login name until now; free from now on.
    pub user_name_before: &'a str,
    /// Login name of the archived user.
    pub user_name: &'a str,
    /// Issuer of the identity provider.
    pub issuer: &'a str,
    /// Subject (`sub`) of the person at the provider.
    pub subject: &'a str,
}

impl EventData for UserArchived<'_> {
    const KIND: EventKind = EventKind::UserArchived;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for UserArchived<'static> {
    fn example() -> Self {
        Self {
            user_name_before: "kim@acme.example",
            user_name: "kim@acme.example (former, 019a…)",
            issuer: "https://acme.okta.com",
            subject: "00u1ab2c3d4E5F6G7h8",
        }
    }
}

/// The `externalId` of an inactive user was removed, so that somebody else can have it.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ExternalIdFreed<'a> {
    /// The removed `externalId`.
    pub external_id: &'a str,
    /// Issuers at which the identity of that subject was unlinked.
    pub unlinked_at: &'a [&'a str],
}

impl EventData for ExternalIdFreed<'_> {
    const KIND: EventKind = EventKind::ExternalIdFreed;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for ExternalIdFreed<'static> {
    fn example() -> Self {
        Self { external_id: "00u1ab2c3d4E5F6G7h8", unlinked_at: &["https://acme.okta.com"] }
    }
}

/// SCIM gave an inactive user to another person. Roles and entitlements assigned by hand to the former person were removed.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GivenByHandDropped<'a> {
    /// Ids of the dropped roles.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub roles: &'a [RoleId],
    /// Ids of the dropped entitlements.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub entitlements: &'a [EntitlementId],
    /// Names of the dropped groups of the sign-in claim.
    pub groups: &'a [String],
    /// `externalId` of the former person.
    pub external_id_before: Option<&'a str>,
    /// `externalId` of the new person.
    pub external_id: Option<&'a str>,
}

impl EventData for GivenByHandDropped<'_> {
    const KIND: EventKind = EventKind::GivenByHandDropped;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for GivenByHandDropped<'static> {
    fn example() -> Self {
        Self {
            roles: role_ids(&["admin"]),
            entitlements: &[],
            groups: &[],
            external_id_before: Some("00u1ab2c3d4E5F6G7h8"),
            external_id: Some("00u9zy8x7w6V5U4T3s2"),
        }
    }
}
