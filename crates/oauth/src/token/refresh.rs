//! `grant_type=refresh_token` (RFC 6749 §6), rotating (RFC 9700 §4.14.2): each use gives a successor, and at most one of a
//! grant's refresh tokens is good at a time. For a grace a replaced token is taken once more, because the answer may have been lost:
//! then the successor that it gave first is retired. Whoever uses a retired token, or a replaced one after the grace, ends the
//! grant: the token was stolen, or two programs share it, and we can't tell which of them is the client.

use vestibule_core::{
    sets::{ClientKind, TokenKind},
    time::SECOND,
};
use vestibule_store::{
    Tx,
    access::{
        secrets::Presented,
        sessions,
        tokens::{self, Live, Token},
    },
    oauth::grants::{self, Grant},
};

use super::exchange::{Outcome, Refreshing, Request, end, issue};
use crate::{client::scope, error::OAuthError, openid::claims};

/// Exchanges a refresh token.
pub(crate) fn refresh(conn: &mut Tx<'_>, request: &Request<'_>, presented: &Presented) -> Outcome {
    let Request { client, lifetimes, region, now, .. } = *request;
    let unknown =
        || Ok(Err(OAuthError::Grant("the refresh token is not known here, has expired or was ended")));
    // Before it is read: of two uses at once the second sees what the first did.
    tokens::lock(conn, presented)?;
    let Some(Live { token, .. }) = tokens::find_live(conn, presented, region, now)? else { return unknown() };
    let Some(grant_id) = token.grant_id.as_deref().filter(|_| token.kind == TokenKind::Refresh) else {
        return unknown();
    };
    let Some(grant) = grants::find(conn, &token.workspace_id, grant_id)? else { return unknown() };
    if grant.client_id != client.client_id {
        return Ok(Err(OAuthError::Grant("the refresh token was issued to another client")));
    }
    // RFC 9700 §4.14.2: half-open, so that no grace means none.
    let is_late = |at| now >= at + lifetimes.refresh_grace_seconds * SECOND;
    if token.retired_at.is_some() || token.replaced_at.is_some_and(is_late) {
        return reused(conn, request, &grant);
    }
    // A session that ran out by itself ends nothing by itself: it is looked at here.
    if let Some(session_id) = session(request, &grant, &token)
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
    // A successor that was used arrived, so this is no answer that was lost.
    if token.replaced_at.is_some() && !tokens::retire_successor(conn, &token, now)? {
        return reused(conn, request, &grant);
    }
    let session_id = grant.session_id.as_deref();
    let mut given = issue(conn, request, &grant, &scope, session_id, Refreshing::InsteadOf(&token))?;
    given.identity = claims::identity(conn, client, &grant, &scope, grant.sid.clone(), None)?;
    Ok(Ok(given))
}

/// The session without which nothing is given: the one that the grant ends with, or, for an app that may no longer outlive it
/// (`offline_access`), the one that the grant was given in.
fn session<'a>(request: &Request<'_>, grant: &'a Grant, token: &Token) -> Option<&'a str> {
    let Request { client, mcp_scopes, .. } = *request;
    let outlives = scope::holds(&token.scope, scope::OFFLINE);
    let lost =
        outlives && client.kind == ClientKind::App && !scope::is_allowed(client, scope::OFFLINE, mcp_scopes);
    // An unknown session is none that lives.
    if lost { Some(grant.given_in.as_deref().unwrap_or_default()) } else { grant.session_id.as_deref() }
}

/// Ends the grant of a refresh token that was used too often; that end is committed with the refusal.
fn reused(conn: &mut Tx<'_>, request: &Request<'_>, grant: &Grant) -> Outcome {
    let Request { cause, now, .. } = *request;
    end(conn, &grant.workspace_id, &grant.grant_id, "refresh_token_used_twice", cause, now)?;
    Ok(Err(OAuthError::Grant("the refresh token was used before; everything it gave has been ended")))
}
