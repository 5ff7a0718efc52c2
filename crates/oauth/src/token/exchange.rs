//! Types that the exchanges of the token endpoint share: request, issued tokens, and outcome.

use serde_json::{Map, Value};
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    time::Micros,
};
use vestibule_store::{Conn, Error, access::tokens::Token, oauth::clients::Client, trail::events::Cause};
use vestibule_web::config::{OAuth, Tokens};

use crate::{client::offer::Offer, error::OAuthError, openid::claims::Identity};

/// Issued tokens.
pub(crate) struct Issued {
    pub access: Access,
    pub access_seconds: i64,
    pub refresh: Option<String>,
    pub scope: String,
    /// When, in microseconds: the `iat` of each token issued together.
    pub issued_at: Micros,
    /// Content of the ID token, if there is one.
    pub identity: Option<Identity>,
    /// Whether the access token is bound to a key.
    pub is_bound: bool,
    /// Whether it is the result of a token exchange, whose answer names the type of the token.
    pub is_exchanged: bool,
}

/// New access token.
pub(crate) enum Access {
    /// The token.
    Opaque(String),
    /// Claims to sign.
    Jwt(Map<String, Value>),
}

/// Result of an exchange. The transaction is committed also for the inner error, because a refusal may have ended a grant.
pub(crate) type Outcome = Result<Result<Issued, OAuthError>, Error>;

/// Token request of an authenticated client.
pub(crate) struct Request<'a> {
    pub client: &'a Client,
    pub lifetimes: &'a Tokens,
    pub oauth: &'a OAuth,
    pub region: &'a str,
    /// Issuer, and audience of access tokens without a resource.
    pub issuer: &'a str,
    pub cause: &'a Cause,
    pub now: Micros,
    /// Thumbprint of the key that the client has proven, to which tokens are bound.
    pub jkt: Option<&'a str>,
    /// Requested `scope`.
    pub scope: Option<&'a str>,
    /// Requested `resource` (RFC 8707 §2.2).
    pub resource: Option<&'a str>,
}

impl Request<'_> {
    /// What is offered at a resource of the workspace, if the user may use it.
    pub(super) fn offer(
        &self,
        conn: &mut Conn,
        (workspace_id, user_id): (&WorkspaceId, Option<&UserId>),
        resource: &str,
    ) -> Result<Result<Offer, OAuthError>, Error> {
        let Some(offer) = Offer::find(conn, self.oauth, workspace_id, resource)? else {
            return Ok(Err(OAuthError::Target("resource is not registered here")));
        };
        if let Some(user_id) = user_id
            && !offer.admits(conn, workspace_id, user_id)?
        {
            return Ok(Err(OAuthError::Target("the person has no role that this resource needs")));
        }
        Ok(Ok(offer))
    }

    /// Checks that the requested resource is the approved one (RFC 8707 §2.2).
    pub(super) fn same_resource(&self, approved: &str) -> Result<(), OAuthError> {
        match self.resource {
            Some(requested) if requested != approved => {
                Err(OAuthError::Target("resource is not the one that was approved"))
            }
            _ => Ok(()),
        }
    }
}

/// Refresh token to issue with an access token.
pub(super) enum RefreshToken<'a> {
    /// No refresh token.
    None,
    /// First one of the grant.
    First,
    /// Successor of this one.
    Replacing(&'a Token),
}
