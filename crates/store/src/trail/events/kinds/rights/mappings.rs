//! Mappings: which roles and entitlements members of a group have.

use serde::Serialize;
use vestibule_core::ids::{EntitlementId, RoleId};

#[cfg(test)]
use crate::trail::events::kinds::example::{Example, role_ids};
use crate::trail::events::kinds::{EventData, EventKind, Targets, target};

/// Roles and entitlements of a mapping.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MappingData<'a> {
    /// Ids of the roles.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub roles: &'a [RoleId],
    /// Ids of the entitlements.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub entitlements: &'a [EntitlementId],
}

/// The mapping of a group was created or changed. A `rights_changed` of each user
/// who gets or loses something follows within seconds.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MappingSet<'a> {
    /// Name or pattern of the groups.
    pub group: &'a str,
    /// Id of the first role.
    pub role: Option<&'a str>,
    /// Ids of the roles that were set.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub roles: &'a [RoleId],
    /// Ids of the entitlements that were set.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub entitlements: &'a [EntitlementId],
    /// The mapping before; null: there was none.
    pub before: Option<MappingData<'a>>,
}

impl EventData for MappingSet<'_> {
    const KIND: EventKind = EventKind::MappingSet;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for MappingSet<'static> {
    fn example() -> Self {
        Self {
            group: "Acme-Editors",
            role: Some("editor"),
            roles: role_ids(&["editor"]),
            entitlements: &[],
            before: None,
        }
    }
}

/// The mapping of a group, or a part of it, was deleted.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MappingDeleted<'a> {
    /// Name or pattern of the groups.
    pub group: &'a str,
    /// Number of roles and entitlements that were removed.
    pub removed: usize,
    /// The mapping before.
    pub before: Option<MappingData<'a>>,
}

impl EventData for MappingDeleted<'_> {
    const KIND: EventKind = EventKind::MappingDeleted;
    const TARGETS: Targets = &[target::WORKSPACE];
}

#[cfg(test)]
impl Example for MappingDeleted<'static> {
    fn example() -> Self {
        Self {
            group: "Acme-Editors",
            removed: 1,
            before: Some(MappingData { roles: role_ids(&["editor"]), entitlements: &[] }),
        }
    }
}
