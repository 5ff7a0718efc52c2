//! What a user may do: the one rule that makes roles and entitlements of everything that grants them. Pure, so that it
//! is a table to be read; never stored, so that a change counts at the very next request.

use std::collections::BTreeSet;

use vestibule_core::{fold::fold, sets::AssignmentSource};

use super::{Held, Role, Source};
use crate::rights::mappings::Rule;

/// Everything that says what one user may do.
#[derive(Debug, Clone, Default)]
pub struct Grounds {
    /// The workspace's roles.
    pub roles: Vec<Role>,
    /// The id of the role of a user who holds no other.
    pub default_role: String,
    /// The roles assigned to the user: id and source.
    pub assigned: Vec<(String, AssignmentSource)>,
    /// The entitlements assigned to the user: id and source.
    pub entitled: Vec<(String, AssignmentSource)>,
    /// The names of the groups the user is in.
    pub groups: Vec<String>,
    /// The names of the groups that the provider's claim named.
    pub claimed: Vec<String>,
    /// The workspace's mappings.
    pub rules: Vec<Rule>,
}

/// What one user may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effective {
    /// The roles, each source a line, in order.
    pub roles: Vec<Held>,
    /// The entitlements, each source a line, in order.
    pub entitlements: Vec<Entitled>,
}

/// Where an entitlement comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entitled {
    /// Which.
    pub entitlement_id: String,
    /// Where it comes from.
    pub source: Source,
}

impl Effective {
    /// The ids of the roles, each once, in order.
    pub fn role_ids(&self) -> Vec<String> {
        once(self.roles.iter().map(|held| &held.role_id))
    }

    /// The ids of the entitlements, each once, in order.
    pub fn entitlement_ids(&self) -> Vec<String> {
        once(self.entitlements.iter().map(|entitled| &entitled.entitlement_id))
    }
}

/// What follows from the grounds. A role that Okta may not give is held by hand only: neither an assignment over SCIM
/// nor a group that Okta fills makes anybody hold it. Who holds no role holds the default one.
pub fn effective(grounds: &Grounds) -> Effective {
    let role = |id: &str| grounds.roles.iter().find(|role| role.role_id == id);
    let held = |role: &Role, source: Source| Held {
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
            let given = rule.roles.iter().filter_map(|id| role(id)).filter(|role| role.by_okta);
            roles.extend(given.map(|role| held(role, source.clone())));
            let entitled = |id: &String| Entitled { entitlement_id: id.clone(), source: source.clone() };
            entitlements.extend(rule.entitlements.iter().map(entitled));
        }
    }
    if roles.is_empty() {
        roles.extend(role(&grounds.default_role).map(|role| held(role, Source::Default)));
    }
    Effective { roles: roles.into_iter().collect(), entitlements: entitlements.into_iter().collect() }
}

fn once<'a>(ids: impl Iterator<Item = &'a String>) -> Vec<String> {
    ids.collect::<BTreeSet<_>>().into_iter().cloned().collect()
}
