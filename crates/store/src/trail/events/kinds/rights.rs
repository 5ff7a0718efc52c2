//! Roles, entitlements and their assignments.

mod changes;
mod mappings;

use serde::Serialize;
use vestibule_core::ids::{EntitlementId, RoleId};

#[cfg(test)]
use super::example::{Example, entitlement_ids, role_ids};
use super::{EventData, EventKind, Targets, target};

pub use changes::*;
pub use mappings::*;

/// A role.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RoleData<'a> {
    /// Id of the role.
    pub role: &'a str,
    /// Name of the role.
    pub name: &'a str,
    /// Whether SCIM and mappings may assign it.
    pub by_okta: bool,
}

#[cfg(test)]
impl Example for RoleData<'static> {
    fn example() -> Self {
        Self { role: "editor", name: "Editor", by_okta: true }
    }
}

/// A role was created.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct RoleCreated<'a>(pub RoleData<'a>);

impl EventData for RoleCreated<'_> {
    const KIND: EventKind = EventKind::RoleCreated;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for RoleCreated<'static> {
    fn example() -> Self {
        Self(RoleData::example())
    }
}

/// A role was changed.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RoleChanged<'a> {
    /// Id of the role.
    pub role: &'a str,
    /// Name of the role.
    pub name: &'a str,
    /// Whether SCIM and mappings may assign it.
    pub by_okta: bool,
    /// What was otherwise before.
    pub before: RoleBefore<'a>,
}

impl EventData for RoleChanged<'_> {
    const KIND: EventKind = EventKind::RoleChanged;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for RoleChanged<'static> {
    fn example() -> Self {
        Self {
            role: "editor",
            name: "Editor",
            by_okta: true,
            before: RoleBefore { by_okta: Some(false), ..RoleBefore::default() },
        }
    }
}

/// Terms of a role before a change; a member that did not change is absent.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RoleBefore<'a> {
    /// Name of the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// Whether SCIM and mappings may assign it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_okta: Option<bool>,
    /// Description of the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
}

/// A role and its assignments were deleted.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct RoleDeleted<'a>(pub RoleData<'a>);

impl EventData for RoleDeleted<'_> {
    const KIND: EventKind = EventKind::RoleDeleted;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for RoleDeleted<'static> {
    fn example() -> Self {
        Self(RoleData::example())
    }
}

/// The roles of a user were set by an administrator or the operator.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RolesChanged<'a> {
    /// Ids of the roles that are now assigned by hand.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub by_hand: &'a [RoleId],
    /// Ids of the roles in effect before, from all sources.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub before: &'a [RoleId],
    /// Ids of the roles in effect after, from all sources.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub after: &'a [RoleId],
}

impl EventData for RolesChanged<'_> {
    const KIND: EventKind = EventKind::RolesChanged;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for RolesChanged<'static> {
    fn example() -> Self {
        Self { by_hand: role_ids(&["admin"]), before: role_ids(&["member"]), after: role_ids(&["admin"]) }
    }
}

/// An entitlement was created.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EntitlementCreated<'a> {
    /// Id of the entitlement.
    pub entitlement: &'a str,
    /// Name of the entitlement.
    pub name: &'a str,
}

impl EventData for EntitlementCreated<'_> {
    const KIND: EventKind = EventKind::EntitlementCreated;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for EntitlementCreated<'static> {
    fn example() -> Self {
        Self { entitlement: "archetype-eng", name: "Archetype: Engineering" }
    }
}

/// The name or the description of an entitlement was changed.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EntitlementChanged<'a> {
    /// Id of the entitlement.
    pub entitlement: &'a str,
    /// Name of the entitlement.
    pub name: &'a str,
    /// What was otherwise before.
    pub before: EntitlementBefore<'a>,
}

impl EventData for EntitlementChanged<'_> {
    const KIND: EventKind = EventKind::EntitlementChanged;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for EntitlementChanged<'static> {
    fn example() -> Self {
        Self {
            entitlement: "archetype-eng",
            name: "Archetype: Engineering",
            before: EntitlementBefore { name: Some("Engineering"), description: None },
        }
    }
}

/// Texts of an entitlement before a change; a member that did not change is absent.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EntitlementBefore<'a> {
    /// Name of the entitlement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// Description of the entitlement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
}

/// An entitlement, its assignments and its place in mappings were deleted.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EntitlementDeleted<'a> {
    /// Id of the entitlement.
    pub entitlement: &'a str,
}

impl EventData for EntitlementDeleted<'_> {
    const KIND: EventKind = EventKind::EntitlementDeleted;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for EntitlementDeleted<'static> {
    fn example() -> Self {
        Self { entitlement: "archetype-eng" }
    }
}

/// The entitlements of a user were set by an administrator or the operator.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EntitlementsChanged<'a> {
    /// Ids of the entitlements that are now assigned by hand.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub entitlements: &'a [EntitlementId],
    /// Ids of the entitlements in effect before, from all sources.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub before: &'a [EntitlementId],
    /// Ids of the entitlements in effect after, from all sources.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub after: &'a [EntitlementId],
}

impl EventData for EntitlementsChanged<'_> {
    const KIND: EventKind = EventKind::EntitlementsChanged;
    const TARGETS: Targets = &[target::USER];
}

#[cfg(test)]
impl Example for EntitlementsChanged<'static> {
    fn example() -> Self {
        Self {
            entitlements: entitlement_ids(&["archetype-eng"]),
            before: &[],
            after: entitlement_ids(&["archetype-eng"]),
        }
    }
}
