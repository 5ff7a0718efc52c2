//! State that the authorization server stores between requests: org sessions, codes and access tokens.

use super::{misbehavior::Misbehavior, request::AuthorizeRequest};

/// Lifetime of a code, in seconds (facts §5.4).
pub(crate) const CODE_LIFETIME: i64 = 300;
/// Lifetime of an ID or access token, in seconds.
pub(crate) const TOKEN_LIFETIME: i64 = 3600;

/// A session of a person with the org, in one browser.
#[derive(Clone)]
pub(crate) struct OrgSession {
    /// Value of its cookie.
    pub(crate) id: String,
    pub(crate) person: String,
    pub(crate) auth_time: i64,
}

/// An authorization code. It is removed when it is used.
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) person: String,
    pub(crate) auth_time: i64,
    pub(crate) expires: i64,
    pub(crate) request: AuthorizeRequest,
}

/// The rights of an access token.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) client_id: String,
    pub(crate) person: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires: i64,
    /// Whether userinfo names another person (`Misbehavior::WrongUserinfoSub`).
    pub(crate) lying: bool,
    /// Fault of userinfo.
    pub(crate) misbehavior: Option<Misbehavior>,
    /// Thumbprint of the key that the token is bound to (RFC 9449).
    pub(crate) bound_to: Option<String>,
}
