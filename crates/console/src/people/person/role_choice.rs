//! The roles that the form on a person's page offers to assign by hand. Pure.

use vestibule_core::ids::RoleId;
use vestibule_store::rights::roles::{Effective, OWNER, Role};

/// A role as the form offers it.
pub(super) struct RoleChoice {
    pub id: RoleId,
    pub name: String,
    pub about: String,
    /// Whether the person has it by hand.
    pub ticked: bool,
    /// Whether the visitor may not change it.
    pub barred: bool,
}

/// Offers each role of the workspace to a person with these effective roles.
pub(super) fn role_choices(all: &[Role], effective: &Effective, by_owner: bool) -> Vec<RoleChoice> {
    let is_manual =
        |role: &Role| effective.roles.iter().any(|one| one.role_id == role.role_id && one.source.is_manual());
    let choice = |role: &Role| RoleChoice {
        ticked: is_manual(role),
        barred: role.role_id == OWNER && !by_owner,
        id: role.role_id.clone(),
        name: role.display_name.clone(),
        about: role.description.clone(),
    };
    all.iter().map(choice).collect()
}
