//! Who joins and leaves a group, as rows. Ids that are nobody's are told by name, or parked where the workspace says so:
//! silence would lose a member.

use std::{
    collections::{HashMap, HashSet},
    ops::AddAssign,
};

use vestibule_scim_engine::error::{Rejection, ScimType};
use vestibule_store::{
    Conn,
    people::{groups::Group, members, parked, users},
};

use crate::http::{answer::ScimError, auth::Provisioner};

/// How many joined, left, and are parked anew or no longer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    pub joined: usize,
    pub left: usize,
    pub parked: usize,
}

impl Moved {
    pub(crate) fn any(self) -> bool {
        self != Self::default()
    }
}

impl AddAssign for Moved {
    fn add_assign(&mut self, other: Self) {
        self.joined += other.joined;
        self.left += other.left;
        self.parked += other.parked;
    }
}

/// These join; who is in already stays.
pub(crate) fn join(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &Group,
    ids: Vec<String>,
) -> Result<Moved, ScimError> {
    let Provisioner { workspace_id, now, .. } = provisioner;
    let (known, strangers) = sort_out(conn, provisioner, ids)?;
    let joined = members::add(conn, workspace_id, &group.group_id, &known, *now)?;
    let parked = park(conn, provisioner, group, &strangers)?;
    Ok(Moved { joined, left: 0, parked })
}

/// These leave; who isn't in is passed over.
pub(crate) fn leave(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &Group,
    ids: Vec<String>,
) -> Result<Moved, ScimError> {
    let workspace_id = &provisioner.workspace_id;
    let mut ids = canonical(ids);
    if provisioner.park_members {
        // Who was parked by a name leaves by it, though here by now.
        let strangers = users::missing(conn, workspace_id, &ids)?;
        ids.extend(parked::present(conn, workspace_id, &strangers)?.into_iter().map(|(_, id)| id));
    }
    let left = members::remove(conn, workspace_id, &group.group_id, &ids)?;
    let parked = match provisioner.park_members {
        true => parked::remove(conn, workspace_id, &group.group_id, &ids)?,
        false => 0,
    };
    Ok(Moved { joined: 0, left, parked })
}

/// All leave, and nobody is waited for.
pub(crate) fn clear(conn: &mut Conn, provisioner: &Provisioner, group: &Group) -> Result<Moved, ScimError> {
    let workspace_id = &provisioner.workspace_id;
    let left = members::clear(conn, workspace_id, &group.group_id)?;
    let parked = parked::clear(conn, workspace_id, &group.group_id)?;
    Ok(Moved { joined: 0, left, parked })
}

/// These and no others are in, as a difference.
pub(crate) fn replace(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &Group,
    ids: Vec<String>,
) -> Result<Moved, ScimError> {
    let Provisioner { workspace_id, now, .. } = provisioner;
    let (known, strangers) = sort_out(conn, provisioner, ids)?;
    let (joined, left) = members::replace(conn, workspace_id, &group.group_id, &known, *now)?;
    let waiting: HashSet<&String> = strangers.iter().collect();
    let mut gone = parked::list(conn, workspace_id, &group.group_id)?;
    gone.retain(|parked| !waiting.contains(parked));
    let mut parked = parked::remove(conn, workspace_id, &group.group_id, &gone)?;
    parked += park(conn, provisioner, group, &strangers)?;
    Ok(Moved { joined, left, parked })
}

/// `members: 1 of the ids is no user of this workspace (x); provision this person first`, and the same of many.
pub(crate) fn unknown(ids: &[String]) -> String {
    let named: Vec<String> = ids.iter().take(5).map(|id| id.escape_debug().to_string()).collect();
    let (are, users, them) = match ids.len() {
        1 => ("is", "no user", "this person"),
        _ => ("are", "no users", "these people"),
    };
    format!(
        "members: {} of the ids {are} {users} of this workspace ({}); provision {them} first",
        ids.len(),
        named.join(", ")
    )
}

/// Who is here, by id or, where members are parked, by the names they are parked under; and who is not.
fn sort_out(
    conn: &mut Conn,
    provisioner: &Provisioner,
    ids: Vec<String>,
) -> Result<(Vec<String>, Vec<String>), ScimError> {
    let ids = canonical(ids);
    let strangers = users::missing(conn, &provisioner.workspace_id, &ids)?;
    if strangers.is_empty() {
        return Ok((ids, strangers));
    }
    if !provisioner.park_members {
        return Err(ScimError::UnknownMembers(strangers));
    }
    let here: HashMap<String, String> =
        parked::present(conn, &provisioner.workspace_id, &strangers)?.into_iter().collect();
    let unknown: HashSet<String> = strangers.into_iter().collect();
    let mut known = Vec::with_capacity(ids.len());
    let mut absent = Vec::new();
    for id in ids {
        match here.get(&id) {
            Some(user_id) => known.push(user_id.clone()),
            None if unknown.contains(&id) => absent.push(id),
            None => known.push(id),
        }
    }
    Ok((known, absent))
}

fn park(
    conn: &mut Conn,
    provisioner: &Provisioner,
    group: &Group,
    strangers: &[String],
) -> Result<usize, ScimError> {
    if strangers.is_empty() {
        return Ok(0);
    }
    let Provisioner { workspace_id, now, .. } = provisioner;
    let added = parked::add(conn, workspace_id, &group.group_id, strangers, *now)?;
    if parked::count(conn, workspace_id, &group.group_id)? > parked::MAX_PARKED {
        let detail = format!(
            "members: at most {} users that are not here yet can wait for a group; provision some first",
            parked::MAX_PARKED
        );
        return Err(Rejection::new(ScimType::TooMany, detail).into());
    }
    Ok(added)
}

fn canonical(ids: Vec<String>) -> Vec<String> {
    ids.into_iter().map(|id| vestibule_core::ids::parse(&id).unwrap_or(id)).collect()
}
