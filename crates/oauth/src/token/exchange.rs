//! What the token endpoint does inside one transaction: a code, a refresh token or a client's own account becomes an access
//! token. A second use of code or refresh token, beyond the grace, ends the grant — and that end is committed.

use vestibule_core::{
    sets::TokenKind,
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn, Error, Tx,
    access::tokens::{self, NewToken, Token},
    oauth::{
        clients::Client,
        grants::{self, Grant},
    },
    trail::events::{self, Cause, Target, kinds::GrantEnded},
};
use vestibule_web::config::Tokens;

use super::access::{self, Access};
use crate::{client::scope, error::OAuthError, openid::claims::Identity};

/// What is given.
pub(crate) struct Given {
    pub access: Access,
    pub access_seconds: i64,
    pub refresh: Option<String>,
    pub scope: String,
    /// What the ID token says, when there is to be one.
    pub identity: Option<Identity>,
}

/// Committed either way: what is refused here may have ended a grant.
pub(crate) type Outcome = Result<Result<Given, OAuthError>, Error>;

/// The request around an exchange.
pub(crate) struct Request<'a> {
    pub client: &'a Client,
    pub lifetimes: &'a Tokens,
    pub mcp_scopes: &'a str,
    pub region: &'a str,
    /// Ours, and the audience of access tokens that are asked for no resource.
    pub issuer: &'a str,
    pub cause: &'a Cause,
    pub now: Micros,
    /// `scope` as asked.
    pub scope: Option<&'a str>,
    /// `resource` as asked (RFC 8707 §2.2).
    pub resource: Option<&'a str>,
}

impl Request<'_> {
    /// The scope of an access token under what was approved (RFC 6749 §6).
    pub(super) fn narrowed(&self, approved: &str) -> Result<String, OAuthError> {
        scope::narrowed(self.client, approved, self.scope, self.mcp_scopes).map_err(OAuthError::Scope)
    }

    /// RFC 8707 §2.2: what was not approved can't be asked for now.
    pub(super) fn same_resource(&self, approved: &str) -> Result<(), OAuthError> {
        match self.resource {
            Some(asked) if asked != approved => {
                Err(OAuthError::Target("resource is not the one that was approved"))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a refresh token goes along with an access token.
pub(super) enum Refreshing<'a> {
    /// None.
    Without,
    /// The first of a grant.
    First,
    /// The successor of this one.
    InsteadOf(&'a Token),
}

/// Issues the tokens of a grant, in the session they began in; the refresh token keeps the whole approved scope: narrowing is
/// for one access token.
pub(super) fn issue(
    conn: &mut Conn,
    request: &Request<'_>,
    grant: &Grant,
    scope: &str,
    session_id: Option<&str>,
    refreshing: Refreshing<'_>,
) -> Result<Given, Error> {
    let Request { lifetimes, now, .. } = *request;
    let user = grant.user_id.as_deref().zip(grant.epoch);
    let token = |kind, scope, seconds: i64| NewToken {
        workspace_id: &grant.workspace_id,
        kind,
        name: "",
        grant_id: Some(&grant.grant_id),
        user,
        scope,
        expires_at: Some(now + seconds * SECOND),
    };
    let access_seconds = access::seconds(request);
    let access = token(TokenKind::Access, scope, access_seconds);
    let access = access::issue(conn, request, grant, &access, session_id)?;
    let refresh = match refreshing {
        Refreshing::Without => None,
        Refreshing::First | Refreshing::InsteadOf(_) => {
            let new = token(TokenKind::Refresh, &grant.scope, lifetimes.refresh_days * 86_400);
            let (row, plain) = tokens::issue_for(conn, &new, &grant.resource, now)?;
            if let Refreshing::InsteadOf(former) = refreshing {
                tokens::replace(conn, former, &row, now)?;
            }
            Some(plain)
        }
    };
    Ok(Given { access, access_seconds, refresh, scope: scope.to_owned(), identity: None })
}

pub(super) fn end(
    conn: &mut Tx<'_>,
    workspace_id: &str,
    grant_id: &str,
    why: &str,
    cause: &Cause,
    now: Micros,
) -> Result<(), Error> {
    if grants::end(conn, workspace_id, grant_id, now)? {
        let data = GrantEnded { reason: why };
        events::record(conn, workspace_id, cause, Target::Grant(grant_id), &data, now)?;
    }
    Ok(())
}
