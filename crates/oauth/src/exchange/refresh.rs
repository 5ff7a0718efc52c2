//! `grant_type=refresh_token` (RFC 6749 §6), rotating (RFC 9700 §2.2.2): who comes late with a replaced token has stolen it,
//! or was stolen from; either way the grant ends.

use vestibule_store::{
    Conn, SECOND, grants,
    secret::Presented,
    sessions,
    tokens::{self, Live},
};

use super::{Outcome, Request, end, issue};
use crate::{claims, error::OAuthError};

/// Exchanges a refresh token.
pub(crate) fn refresh(conn: &mut Conn, request: &Request<'_>, presented: &Presented) -> Outcome {
    let Request { client, lifetimes, region, cause, now, .. } = *request;
    let unknown =
        || Ok(Err(OAuthError::Grant("the refresh token is not known here, has expired or was ended")));
    let Some(Live { token, .. }) = tokens::find_live(conn, presented, region, now)? else { return unknown() };
    let Some(grant_id) = token.grant_id.as_deref().filter(|_| token.kind == "refresh") else {
        return unknown();
    };
    let Some(grant) = grants::find(conn, &token.workspace_id, grant_id)? else { return unknown() };
    if grant.client_id != client.client_id {
        return Ok(Err(OAuthError::Grant("the refresh token was issued to another client")));
    }
    if let Some(replaced_at) = token.replaced_at
        && now > replaced_at + lifetimes.refresh_grace_seconds * SECOND
    {
        end(conn, &grant.workspace_id, &grant.grant_id, "refresh_token_used_twice", cause, now)?;
        return Ok(Err(OAuthError::Grant(
            "the refresh token was used before; everything it gave has been ended",
        )));
    }
    // A session that ran out by itself ends nothing by itself: it is looked at here.
    if let Some(session_id) = &grant.session_id
        && !sessions::hold(conn, &grant.workspace_id, session_id, now)?
    {
        return Ok(Err(OAuthError::Grant("the session that this belonged to has ended; sign in again")));
    }
    let scope = match request.narrowed(&token.scope).and_then(|scope| {
        request.same_resource(&grant.resource)?;
        Ok(scope)
    }) {
        Ok(scope) => scope,
        Err(refusal) => return Ok(Err(refusal)),
    };
    tokens::replace(conn, &token, now)?;
    let mut given = issue(conn, request, &grant, &scope, grant.session_id.as_deref(), true)?;
    given.identity = claims::identity(conn, client, &grant, &scope, grant.sid.clone(), None)?;
    Ok(Ok(given))
}
