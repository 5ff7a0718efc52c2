//! The groups in a provider's claim at sign-in, for workspaces that use the claim. They count like groups in the mappings of the
//! workspace, for users that SCIM does not manage. SCIM never sees them as groups.

use std::collections::BTreeSet;

use diesel::prelude::*;
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    time::Micros,
};

use crate::{Conn, Result, db::schema::claimed_groups};

/// The group names of a user's claim, in order.
pub fn list(conn: &mut Conn, workspace_id: &WorkspaceId, user_id: &UserId) -> Result<Vec<String>> {
    Ok(claimed_groups::table
        .filter(claimed_groups::workspace_id.eq(workspace_id))
        .filter(claimed_groups::user_id.eq(user_id))
        .order(claimed_groups::group_name)
        .select(claimed_groups::group_name)
        .load(conn)?)
}

/// Replaces the group names of a user. Returns the added and the removed ones.
pub fn set(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
    names: &[String],
    now: Micros,
) -> Result<(Vec<String>, Vec<String>)> {
    let before: BTreeSet<String> = list(conn, workspace_id, user_id)?.into_iter().collect();
    let after: BTreeSet<String> = names.iter().cloned().collect();
    let (came, went): (Vec<String>, Vec<String>) =
        (after.difference(&before).cloned().collect(), before.difference(&after).cloned().collect());
    for name in &came {
        diesel::insert_into(claimed_groups::table)
            .values((
                claimed_groups::workspace_id.eq(workspace_id),
                claimed_groups::user_id.eq(user_id),
                claimed_groups::group_name.eq(name),
                claimed_groups::created_at.eq(now),
            ))
            .execute(conn)?;
    }
    for name in &went {
        diesel::delete(claimed_groups::table.find((workspace_id, user_id, name))).execute(conn)?;
    }
    Ok((came, went))
}

/// Deletes the group names of all users of a workspace, because it no longer uses the claim, or uses another one.
pub fn forget(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<usize> {
    let of_workspace = claimed_groups::table.filter(claimed_groups::workspace_id.eq(workspace_id));
    Ok(diesel::delete(of_workspace).execute(conn)?)
}
