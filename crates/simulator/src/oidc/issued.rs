//! What the authorization server stores between requests: org sessions, codes and access tokens.

use super::{mischief::Mischief, request::AuthorizeRequest};

/// Seconds a code lives (facts §5.4).
pub(crate) const CODE_LIFETIME: i64 = 300;
/// Seconds an ID or access token lives.
pub(crate) const TOKEN_LIFETIME: i64 = 3600;

/// Somebody signed in to the org, in one browser.
#[derive(Clone)]
pub(crate) struct OrgSession {
    /// Value of its cookie.
    pub(crate) id: String,
    pub(crate) person: String,
    pub(crate) auth_time: i64,
}

/// An authorization code, taken out when it is used.
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) person: String,
    pub(crate) auth_time: i64,
    pub(crate) expires: i64,
    pub(crate) request: AuthorizeRequest,
}

/// What an access token opens.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) client_id: String,
    pub(crate) person: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires: i64,
    /// `Mischief::WrongUserinfoSub` was at work.
    pub(crate) lying: bool,
    /// What userinfo does wrong.
    pub(crate) mischief: Option<Mischief>,
    /// Thumbprint of the key it is bound to (RFC 9449).
    pub(crate) bound_to: Option<String>,
}
