//! Computes the roles and entitlements of a user from everything that assigns them. A pure function, so it is easy to check; the
//! result is never stored, so a change applies to the next request.

use std::collections::BTreeSet;

use vestibule_core::{
    fold::fold,
    ids::{EntitlementId, RoleId},
    sets::AssignmentSource,
};

use super::{Role, Source, UserRole};
use crate::rights::mappings::Rule;

/// Everything that determines the roles and entitlements of a user.
#[derive(Debug, Clone, Default)]
pub struct RightsInput {
    /// The roles of the workspace.
    pub roles: Vec<Role>,
    /// Id of the role of a user who has no other.
    pub default_role: Option<RoleId>,
    /// The roles assigned to the user: id and source.
    pub assigned: Vec<(RoleId, AssignmentSource)>,
    /// The entitlements assigned to the user: id and source.
    pub entitled: Vec<(EntitlementId, AssignmentSource)>,
    /// The names of the user's groups.
    pub groups: Vec<String>,
    /// The group names in the provider's claim.
    pub claimed: Vec<String>,
    /// The mappings of the workspace.
    pub rules: Vec<Rule>,
}

/// The roles and entitlements of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effective {
    /// The roles, one entry for each source, in order.
    pub roles: Vec<UserRole>,
    /// The entitlements, one entry for each source, in order.
    pub entitlements: Vec<Entitled>,
}

/// An entitlement of a user, and its source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entitled {
    /// Id of the entitlement.
    pub entitlement_id: EntitlementId,
    /// Source of the entitlement.
    pub source: Source,
}

impl Effective {
    /// The ids of the roles, each once, in order.
    pub fn role_ids(&self) -> Vec<RoleId> {
        once(self.roles.iter().map(|held| &held.role_id))
    }

    /// The ids of the entitlements, each once, in order.
    pub fn entitlement_ids(&self) -> Vec<EntitlementId> {
        once(self.entitlements.iter().map(|entitled| &entitled.entitlement_id))
    }
}

/// Computes the roles and entitlements. A role that Okta may not assign counts only if it was assigned by hand, not over SCIM or
/// through a group that Okta fills. A user without any role has the default role.
pub fn effective(grounds: &RightsInput) -> Effective {
    let role = |id: &RoleId| grounds.roles.iter().find(|role| role.role_id == *id);
    let held = |role: &Role, source: Source| UserRole {
        role_id: role.role_id.clone(),
        display_name: role.display_name.clone(),
        source,
    };
    let mut roles = BTreeSet::new();
    let mut entitlements = BTreeSet::new();
    for (id, source) in &grounds.assigned {
        let counts = |role: &&Role| *source == AssignmentSource::Manual || role.by_okta;
        roles.extend(role(id).filter(counts).map(|role| held(role, Source::Assigned(*source))));
    }
    for (id, source) in &grounds.entitled {
        entitlements.insert(Entitled { entitlement_id: id.clone(), source: Source::Assigned(*source) });
    }
    let groups = grounds.groups.iter().map(|name| (fold(name), Source::Group(name.clone())));
    let claimed = grounds.claimed.iter().map(|name| (fold(name), Source::Claim(name.clone())));
    for (key, source) in groups.chain(claimed) {
        for rule in grounds.rules.iter().filter(|rule| rule.matches(&key)) {
            let given = rule.roles.iter().filter_map(role).filter(|role| role.by_okta);
            roles.extend(given.map(|role| held(role, source.clone())));
            let entitled =
                |id: &EntitlementId| Entitled { entitlement_id: id.clone(), source: source.clone() };
            entitlements.extend(rule.entitlements.iter().map(entitled));
        }
    }
    if roles.is_empty() {
        let default = grounds.default_role.as_ref().and_then(role);
        roles.extend(default.map(|role| held(role, Source::Default)));
    }
    Effective { roles: roles.into_iter().collect(), entitlements: entitlements.into_iter().collect() }
}

fn once<'a, T: Ord + Clone + 'a>(ids: impl Iterator<Item = &'a T>) -> Vec<T> {
    ids.collect::<BTreeSet<_>>().into_iter().cloned().collect()
}
