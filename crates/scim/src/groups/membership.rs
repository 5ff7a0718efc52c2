//! Adds and removes members of groups, as rows. An id without a user is refused by name, or parked where the workspace
//! allows it; it must never be ignored.

use std::{
    collections::{HashMap, HashSet},
    ops::AddAssign,
};

use vestibule_core::ids::UserId;
use vestibule_scim_engine::error::{Rejection, ScimType};
use vestibule_store::{
    Conn,
    people::{groups::Group, members, parked, users},
};

use crate::http::{auth::Provisioner, error::ScimError};

/// A change of members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MembershipChange {
    /// Users added.
    pub joined: Vec<UserId>,
    /// Users removed.
    pub left: Vec<UserId>,
    /// Ids parked or no longer parked.
    pub parked: usize,
}

impl MembershipChange {
    /// Whether nothing changed.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for MembershipChange {
    fn add_assign(&mut self, other: Self) {
        self.joined.extend(other.joined);
        self.left.extend(other.left);
        self.parked += other.parked;
    }
}

/// Adds members. Ids that are members already are ignored.
pub(crate) fn add(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &Group,
    ids: Vec<String>,
) -> Result<MembershipChange, ScimError> {
    let Provisioner { workspace_id, now, .. } = provisioner;
    let ids = canonical(ids);
    // One statement for nearly all requests: they name users who are no members yet.
    let mut joined = members::add_known(conn, workspace_id, &group.group_id, &ids, *now)?;
    if joined.len() == ids.len() {
        return Ok(MembershipChange { joined, ..MembershipChange::default() });
    }
    let (users, unknown) = resolve(conn, provisioner, ids)?;
    joined.extend(members::add(conn, workspace_id, &group.group_id, &users, *now)?);
    let parked = park(conn, provisioner, group, &unknown)?;
    Ok(MembershipChange { joined, left: Vec::new(), parked })
}

/// Removes members. Ids that are no members are ignored.
pub(crate) fn remove(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &Group,
    ids: Vec<String>,
) -> Result<MembershipChange, ScimError> {
    let workspace_id = &provisioner.workspace_id;
    let mut ids = canonical(ids);
    if provisioner.park_members {
        // A user who was parked under a name before they existed can be removed by that name.
        let unknown = users::missing(conn, workspace_id, &ids)?;
        ids.extend(
            parked::present(conn, workspace_id, &unknown)?.into_iter().map(|(_, id)| id.into_string()),
        );
    }
    let left = members::remove(conn, workspace_id, &group.group_id, &ids)?;
    let parked = match provisioner.park_members {
        true => parked::remove(conn, workspace_id, &group.group_id, &ids)?,
        false => 0,
    };
    Ok(MembershipChange { joined: Vec::new(), left, parked })
}

/// Removes all members and all parked ids.
pub(crate) fn clear(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &Group,
) -> Result<MembershipChange, ScimError> {
    let workspace_id = &provisioner.workspace_id;
    let left = members::clear(conn, workspace_id, &group.group_id)?;
    let parked = parked::clear(conn, workspace_id, &group.group_id)?;
    Ok(MembershipChange { joined: Vec::new(), left, parked })
}

/// Replaces the members. Writes only the difference.
pub(crate) fn replace(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &Group,
    ids: Vec<String>,
) -> Result<MembershipChange, ScimError> {
    let Provisioner { workspace_id, now, .. } = provisioner;
    let (users, unknown) = resolve(conn, provisioner, canonical(ids))?;
    let (joined, left) = members::replace(conn, workspace_id, &group.group_id, &users, *now)?;
    let stay_parked: HashSet<&String> = unknown.iter().collect();
    let mut removed = parked::list(conn, workspace_id, &group.group_id)?;
    removed.retain(|parked| !stay_parked.contains(parked));
    let mut parked = parked::remove(conn, workspace_id, &group.group_id, &removed)?;
    parked += park(conn, provisioner, group, &unknown)?;
    Ok(MembershipChange { joined, left, parked })
}

/// Splits canonical ids into those of users and unknown ones. Where members are parked, the name under which a user was parked
/// counts as their id.
///
/// # Errors
/// [`ScimError::UnknownMembers`] where members are not parked.
fn resolve(
    conn: &mut Conn,
    provisioner: &Provisioner,
    ids: Vec<String>,
) -> Result<(Vec<UserId>, Vec<String>), ScimError> {
    let missing = users::missing(conn, &provisioner.workspace_id, &ids)?;
    if missing.is_empty() {
        return Ok((ids.into_iter().map(UserId::from_stored).collect(), missing));
    }
    if !provisioner.park_members {
        return Err(ScimError::UnknownMembers(missing));
    }
    let by_name: HashMap<String, UserId> =
        parked::present(conn, &provisioner.workspace_id, &missing)?.into_iter().collect();
    let missing: HashSet<String> = missing.into_iter().collect();
    let mut users = Vec::with_capacity(ids.len());
    let mut unknown = Vec::new();
    for id in ids {
        match by_name.get(&id) {
            Some(user_id) => users.push(user_id.clone()),
            None if missing.contains(&id) => unknown.push(id),
            None => users.push(UserId::from_stored(id)),
        }
    }
    Ok((users, unknown))
}

/// Parks ids that have no user yet. Returns how many are new.
///
/// # Errors
/// `tooMany` for more parked ids of a group than [`parked::MAX_PARKED`].
fn park(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &Group,
    unknown: &[String],
) -> Result<usize, ScimError> {
    if unknown.is_empty() {
        return Ok(0);
    }
    let Provisioner { workspace_id, now, .. } = provisioner;
    let added = parked::add(conn, workspace_id, &group.group_id, unknown, *now)?;
    if parked::count(conn, workspace_id, &group.group_id)? > parked::MAX_PARKED {
        let detail = format!(
            "members: at most {} members of a group may be missing in this workspace; provision some of them first",
            parked::MAX_PARKED
        );
        return Err(Rejection::new(ScimType::TooMany, detail).into());
    }
    Ok(added)
}

/// The ids in the form in which they are stored. A text that is no id stays as it is.
fn canonical(ids: Vec<String>) -> Vec<String> {
    ids.into_iter().map(|id| vestibule_core::ids::parse(&id).unwrap_or(id)).collect()
}
