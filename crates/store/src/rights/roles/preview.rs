//! Previews a change of the grounds: which users would gain or lose which roles and entitlements. Uses the same function for each
//! user as the checks, so a preview cannot differ from the result. Never writes.

use std::collections::BTreeMap;

use vestibule_core::ids::{EntitlementId, RoleId, UserId, WorkspaceId};

use super::{
    Effective, UserInput,
    effective::{RightsInput, effective},
    holders::HolderFilter,
};
use crate::{
    Conn, Result,
    people::users::{self, UserSummary},
    rights::roles::of_users,
};

/// Number of users in one read.
const PAGE: i64 = 500;

/// Effects of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Number of users that the change affects, of those that were checked.
    pub people: i64,
    /// Number of users that were checked.
    pub looked_at: i64,
    /// Whether there are more users than were checked.
    pub is_cut: bool,
    /// For each role id: number of users who gain it, and number of users who lose it.
    pub roles: BTreeMap<RoleId, (i64, i64)>,
    /// For each entitlement id: number of users who gain it, and number of users who lose it.
    pub entitlements: BTreeMap<EntitlementId, (i64, i64)>,
    /// The first affected users, and the changes for each.
    pub first: Vec<(UserSummary, Difference)>,
}

/// Changes for one user, as ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Roles that the user gains.
    pub roles_gained: Vec<RoleId>,
    /// Roles that the user loses.
    pub roles_lost: Vec<RoleId>,
    /// Entitlements that the user gains.
    pub entitlements_gained: Vec<EntitlementId>,
    /// Entitlements that the user loses.
    pub entitlements_lost: Vec<EntitlementId>,
}

impl Difference {
    /// The difference between the present and the future roles and entitlements of a user.
    pub fn of(now: &Effective, then: &Effective) -> Self {
        fn without<T: PartialEq>(these: Vec<T>, those: &[T]) -> Vec<T> {
            these.into_iter().filter(|id| !those.contains(id)).collect()
        }
        Self {
            roles_gained: without(then.role_ids(), &now.role_ids()),
            roles_lost: without(now.role_ids(), &then.role_ids()),
            entitlements_gained: without(then.entitlement_ids(), &now.entitlement_ids()),
            entitlements_lost: without(now.entitlement_ids(), &then.entitlement_ids()),
        }
    }

    /// Whether nothing changes.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Previews the change from one set of grounds to another for these users. Checks at most `most` users and names the first
/// `shown` affected ones.
pub fn preview(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    (mut now, mut then): (RightsInput, RightsInput),
    among: &HolderFilter,
    (most, shown): (i64, usize),
) -> Result<Preview> {
    let mut preview = Preview::default();
    let (mut after, mut named) = (String::new(), Vec::new());
    loop {
        let ids = among.page(conn, workspace_id, &after, PAGE)?;
        let Some(last) = ids.last() else { break };
        if preview.looked_at >= most {
            preview.is_cut = true;
            break;
        }
        after = last.to_string();
        for (user_id, own) in of_users::own(conn, workspace_id, &ids)? {
            preview.looked_at += 1;
            let difference = between(&mut now, &mut then, own);
            if !difference.is_none() {
                preview.add(&difference);
                if named.len() < shown {
                    named.push((user_id, difference));
                }
            }
        }
    }
    let ids: Vec<UserId> = named.iter().map(|(id, _)| id.clone()).collect();
    let summaries = users::summaries(conn, workspace_id, &ids)?;
    preview.first = summaries
        .into_iter()
        .filter_map(|summary| {
            let (_, difference) = named.iter().find(|(id, _)| *id == summary.user_id)?;
            Some((summary, difference.clone()))
        })
        .collect();
    Ok(preview)
}

fn between(now: &mut RightsInput, then: &mut RightsInput, own: UserInput) -> Difference {
    *now = std::mem::take(now).of(own.clone());
    *then = std::mem::take(then).of(own);
    Difference::of(&effective(now), &effective(then))
}

impl Preview {
    fn add(&mut self, difference: &Difference) {
        self.people += 1;
        for id in &difference.roles_gained {
            self.roles.entry(id.clone()).or_default().0 += 1;
        }
        for id in &difference.roles_lost {
            self.roles.entry(id.clone()).or_default().1 += 1;
        }
        for id in &difference.entitlements_gained {
            self.entitlements.entry(id.clone()).or_default().0 += 1;
        }
        for id in &difference.entitlements_lost {
            self.entitlements.entry(id.clone()).or_default().1 += 1;
        }
    }
}
