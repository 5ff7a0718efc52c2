//! Grants to OAuth clients: ending them, with every token under them.

use vestibule_core::ids::{GrantId, WorkspaceId};
use vestibule_store::{
    Error, Tx,
    access::tokens::exchanged,
    oauth::grants,
    people::users::User,
    trail::events::{
        Target,
        kinds::{ExchangedTokensEnded, GrantEnded},
    },
};

use crate::{access::agents, actor::Actor};

/// Ends a grant that a person gave, or what a service has from token exchanges for them, which the id of one of its tokens names; false when
/// there is neither or it has ended.
pub fn end_of_user(conn: &mut Tx<'_>, actor: &Actor, user: &User, grant_id: &GrantId) -> Result<bool, Error> {
    // The list is the check that the grant is the person's.
    let given = grants::list_of_user(conn, user)?;
    match given.iter().find(|(grant, _)| grant.grant_id == *grant_id) {
        None => end_exchanged(conn, actor, user, grant_id),
        Some((grant, _)) if grant.asserted_at.is_some() => agents::end_one(conn, actor, user, grant),
        Some(_) => end(conn, actor, &user.workspace_id, grant_id),
    }
}

/// Ends what a service has from token exchanges for a person, and what was exchanged for that.
fn end_exchanged(conn: &mut Tx<'_>, actor: &Actor, user: &User, token_id: &str) -> Result<bool, Error> {
    // The list is the check that the token acts for the person.
    let listed = exchanged::list_of_user(conn, user, actor.now)?;
    let named = listed.into_iter().find(|one| one.token.token_id == token_id);
    let Some(client_id) = named.and_then(|one| one.token.exchanged_by) else { return Ok(false) };
    let tokens = exchanged::end_of_user(conn, user, &client_id)?;
    let data = ExchangedTokensEnded { client: &client_id, tokens, reason: actor.grant_end_reason() };
    actor.record(conn, &user.workspace_id, user.target(), &data)?;
    Ok(true)
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
