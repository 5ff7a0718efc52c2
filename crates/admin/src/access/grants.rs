//! Grants to OAuth clients: ending them, with every token under them.

use vestibule_core::ids::{GrantId, WorkspaceId};
use vestibule_store::{
    Error, Tx,
    oauth::grants,
    people::users::User,
    trail::events::{Target, kinds::GrantEnded},
};

use crate::{access::agents, actor::Actor};

/// Ends a grant that a person gave; false when they gave no such grant or it has ended.
pub fn end_of_user(conn: &mut Tx<'_>, actor: &Actor, user: &User, grant_id: &GrantId) -> Result<bool, Error> {
    // The list is the check that the grant is the person's.
    let given = grants::list_of_user(conn, user)?;
    match given.iter().find(|(grant, _)| grant.grant_id == *grant_id) {
        None => Ok(false),
        Some((grant, _)) if grant.asserted_at.is_some() => agents::end_one(conn, actor, user, grant),
        Some(_) => end(conn, actor, &user.workspace_id, grant_id),
    }
}

/// Ends a grant of a workspace; false when there is none or it has ended.
pub fn end(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    grant_id: &GrantId,
) -> Result<bool, Error> {
    if !grants::end(conn, workspace_id, grant_id, actor.now)? {
        return Ok(false);
    }
    let data = GrantEnded { reason: actor.grant_end_reason() };
    actor.record(conn, workspace_id, Target::Grant(grant_id), &data)?;
    Ok(true)
}
