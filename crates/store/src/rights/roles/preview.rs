//! What a change of the grounds would come to: who would hold what they don't hold now, or lose it. Computed person by
//! person by the one rule that says what people hold, so a preview and what then happens can't differ; never writes.

use std::collections::BTreeMap;

use super::{
    Effective, Own,
    effective::{Grounds, effective},
    holders::Among,
};
use crate::{
    Conn, Result,
    people::users::{self, Brief},
    rights::roles::of_users,
};

/// How many people are read at a time.
const PAGE: i64 = 500;

/// What a change comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// How many people it touches; how many were looked at.
    pub people: i64,
    /// How many people were looked at.
    pub looked_at: i64,
    /// Whether there are more people than were looked at.
    pub is_cut: bool,
    /// Of each role, by id: how many people come to hold it, and how many lose it.
    pub roles: BTreeMap<String, (i64, i64)>,
    /// The same of each entitlement.
    pub entitlements: BTreeMap<String, (i64, i64)>,
    /// The first of the people, and what changes for each.
    pub first: Vec<(Brief, Difference)>,
}

/// What changes for one person: ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Roles that come.
    pub roles_gained: Vec<String>,
    /// Roles that go.
    pub roles_lost: Vec<String>,
    /// Entitlements that come.
    pub entitlements_gained: Vec<String>,
    /// Entitlements that go.
    pub entitlements_lost: Vec<String>,
}

impl Difference {
    /// Between what somebody holds now and then.
    pub fn of(now: &Effective, then: &Effective) -> Self {
        let without = |these: Vec<String>, those: &[String]| -> Vec<String> {
            these.into_iter().filter(|id| !those.contains(id)).collect()
        };
        Self {
            roles_gained: without(then.role_ids(), &now.role_ids()),
            roles_lost: without(now.role_ids(), &then.role_ids()),
            entitlements_gained: without(then.entitlement_ids(), &now.entitlement_ids()),
            entitlements_lost: without(now.entitlement_ids(), &then.entitlement_ids()),
        }
    }

    /// Whether nothing does.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// What the change from these grounds to those comes to for people among these, of whom at most `most` are looked at; the first
/// `shown` are named.
pub fn preview(
    conn: &mut Conn,
    workspace_id: &str,
    (mut now, mut then): (Grounds, Grounds),
    among: &Among,
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
        after.clone_from(last);
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
    let ids: Vec<String> = named.iter().map(|(id, _)| id.clone()).collect();
    let briefs = users::briefs(conn, workspace_id, &ids)?;
    preview.first = briefs
        .into_iter()
        .filter_map(|brief| {
            let (_, difference) = named.iter().find(|(id, _)| *id == brief.user_id)?;
            Some((brief, difference.clone()))
        })
        .collect();
    Ok(preview)
}

fn between(now: &mut Grounds, then: &mut Grounds, own: Own) -> Difference {
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
