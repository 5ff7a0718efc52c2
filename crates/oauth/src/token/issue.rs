//! Issues the tokens of a grant, and ends a grant.

use vestibule_core::{
    ids::{GrantId, SessionId, WorkspaceId},
    sets::{GrantEndReason, TokenKind},
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn, Error, Tx,
    access::tokens::{self, NewToken, Usage},
    oauth::grants::{self, Grant},
    trail::events::{self, Cause, Target, kinds::GrantEnded},
};

use super::{
    access,
    exchange::{Issued, RefreshToken, Request},
};

/// Issues the tokens of a grant. The refresh token has the whole approved scope, because a narrower scope is for one access token only.
pub(super) fn issue(
    conn: &mut Conn,
    request: &Request<'_>,
    grant: &Grant,
    scope: &str,
    session_id: Option<&SessionId>,
    refresh_token: RefreshToken<'_>,
) -> Result<Issued, Error> {
    let Request { lifetimes, now, .. } = *request;
    let user = grant.user_id.as_ref().zip(grant.epoch);
    let token = |kind, scope, seconds: i64| NewToken {
        workspace_id: &grant.workspace_id,
        kind,
        name: "",
        grant_id: Some(&grant.grant_id),
        user,
        scope,
        expires_at: Some(now + seconds * SECOND),
    };
    let usage = Usage { resource: &grant.resource, jkt: request.jkt, ..Usage::default() };
    let access_seconds = access::seconds(request);
    let access = token(TokenKind::Access, scope, access_seconds);
    let access = access::issue(conn, request, grant, &access, &usage, session_id)?;
    let refresh = match refresh_token {
        RefreshToken::None => None,
        RefreshToken::First | RefreshToken::Replacing(_) => {
            let new = token(TokenKind::Refresh, &grant.scope, lifetimes.refresh_days * 86_400);
            let (row, plain) = tokens::issue_for(conn, &new, &refresh_usage(request, grant), now)?;
            if let RefreshToken::Replacing(former) = refresh_token {
                tokens::replace(conn, former, &row, now)?;
            }
            Some(plain)
        }
    };
    Ok(Issued {
        access,
        access_seconds,
        refresh,
        scope: scope.to_owned(),
        issued_at: now,
        identity: None,
        is_bound: usage.jkt.is_some(),
        is_exchanged: false,
    })
}

/// RFC 9449 §5: the refresh token of a public client is bound to its key. A confidential client proves who it is by its authentication.
fn refresh_usage<'a>(request: &Request<'a>, grant: &'a Grant) -> Usage<'a> {
    let jkt = request.jkt.filter(|_| request.client.is_public());
    Usage { resource: &grant.resource, jkt, ..Usage::default() }
}

/// Ends a grant and records the event, unless it has ended before.
pub(super) fn end_grant(
    conn: &mut Tx<'_>,
    workspace_id: &WorkspaceId,
    grant_id: &GrantId,
    reason: GrantEndReason,
    cause: &Cause,
    now: Micros,
) -> Result<(), Error> {
    if grants::end(conn, workspace_id, grant_id, now)? {
        let data = GrantEnded { reason };
        events::record(conn, workspace_id, cause, Target::Grant(grant_id), &data, now)?;
    }
    Ok(())
}
