//! `grant_type=refresh_token` (RFC 6749 §6), with rotation (RFC 9700 §4.14.2): each use issues a successor, and at most one refresh token
//! of a grant is valid at a time.
//!
//! During a grace period a replaced token is accepted once more, because the response may have been lost; its first successor is then
//! retired. Using a retired token, or a replaced one after the grace period, ends the grant: the token was stolen or two programs share
//! it, and the server can't tell which one is the client.

use vestibule_core::{
    ids::SessionId,
    sets::{ClientKind, GrantEndReason, TokenKind},
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

use super::{
    exchange::{Outcome, RefreshToken, Request},
    issue::{end_grant, issue},
};
use crate::{
    client::{offer::Offer, scope},
    error::OAuthError,
    openid::claims,
};

/// Exchanges a refresh token.
pub(crate) fn exchange(conn: &mut Tx<'_>, request: &Request<'_>, presented: &Presented) -> Outcome {
    let Request { client, lifetimes, region, now, .. } = *request;
    let unknown =
        || Ok(Err(OAuthError::Grant("the refresh token is not known here, has expired or was ended")));
    // Locked before it is read, so that the second of two concurrent uses sees the result of the first.
    tokens::lock(conn, presented)?;
    let Some(Live { token, .. }) = tokens::find_live(conn, presented, region, now)? else { return unknown() };
    let Some(grant_id) = token.grant_id.as_ref().filter(|_| token.kind == TokenKind::Refresh) else {
        return unknown();
    };
    let Some(grant) = grants::find(conn, &token.workspace_id, grant_id)? else { return unknown() };
    if grant.client_id != client.client_id {
        return Ok(Err(OAuthError::Grant("the refresh token was issued to another client")));
    }
    // RFC 9449 §5. Before the check of reuse, so that a thief without the key ends nothing.
    if token.jkt.is_some() && token.jkt.as_deref() != request.jkt {
        return Ok(Err(OAuthError::Grant(
            "the refresh token is bound to a key, and the request does not prove it",
        )));
    }
    // RFC 9700 §4.14.2. A grace period of zero means none.
    let is_late = |at| now >= at + lifetimes.refresh_grace_seconds * SECOND;
    if token.retired_at.is_some() || token.replaced_at.is_some_and(is_late) {
        return reused(conn, request, &grant);
    }
    // An expired session does not end its tokens, so it is checked here.
    let user_id = grant.user_id.as_ref();
    let offer = match request.offer(conn, (&grant.workspace_id, user_id), &grant.resource)? {
        Ok(offer) => offer,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let is_live = match required_session(request, (&grant, &offer), &token) {
        RequiredSession::None => true,
        RequiredSession::Unknown => false,
        RequiredSession::Session(id) => sessions::lock(conn, &grant.workspace_id, id, now)?,
    };
    if !is_live {
        return Ok(Err(OAuthError::Grant("the session that this belonged to has ended; sign in again")));
    }
    let narrowed = scope::narrowed(client, &token.scope, request.scope, &offer).map_err(OAuthError::Scope);
    let scope = match narrowed.and_then(|scope| {
        request.same_resource(&grant.resource)?;
        claims::check_auth_time(client, &scope, grant.auth_time)?;
        Ok(scope)
    }) {
        Ok(scope) => scope,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // If the successor was used, the response was not lost.
    if token.replaced_at.is_some() && !tokens::retire_successor(conn, &token, now)? {
        return reused(conn, request, &grant);
    }
    let session_id = grant.session_id.as_ref();
    let mut issued = issue(conn, request, &grant, &scope, session_id, RefreshToken::Replacing(&token))?;
    issued.identity = claims::identity(conn, client, &grant, &scope, grant.sid.clone(), None)?;
    Ok(Ok(issued))
}

/// Session that must be live for a refresh.
enum RequiredSession<'a> {
    /// None: the grant does not end with a session.
    None,
    /// It is not known which session, so the refresh is refused.
    Unknown,
    /// This one.
    Session(&'a SessionId),
}

/// Session that must be live: the one that the grant ends with; for an app that has lost `offline_access`, the one that the grant was
/// created in.
fn required_session<'a>(
    request: &Request<'_>,
    (grant, offer): (&'a Grant, &Offer),
    token: &Token,
) -> RequiredSession<'a> {
    let client = request.client;
    let is_offline = scope::contains(&token.scope, scope::OFFLINE);
    let lost =
        is_offline && client.kind == ClientKind::App && !scope::is_allowed(client, scope::OFFLINE, offer);
    if lost {
        grant.given_in.as_ref().map_or(RequiredSession::Unknown, RequiredSession::Session)
    } else {
        grant.session_id.as_ref().map_or(RequiredSession::None, RequiredSession::Session)
    }
}

/// Ends the grant of a refresh token that was used again. The end is committed although the request is refused.
fn reused(conn: &mut Tx<'_>, request: &Request<'_>, grant: &Grant) -> Outcome {
    let Request { cause, now, .. } = *request;
    end_grant(conn, &grant.workspace_id, &grant.grant_id, GrantEndReason::RefreshTokenUsedTwice, cause, now)?;
    Ok(Err(OAuthError::Grant("the refresh token was used before; everything it gave has been ended")))
}
