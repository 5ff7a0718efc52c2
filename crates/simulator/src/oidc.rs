//! The org's authorization server, at the paths and with the claims of Okta's (facts §5). This file holds its
//! routes and what it remembers between requests; each endpoint has a file of its own.

mod authorize;
mod claims;
mod client;
mod discovery;
mod dpop;
mod logout;
mod mischief;
mod request;
mod sign_in;
mod token;
mod userinfo;

use std::future::Future;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse},
    web,
};

pub use mischief::Mischief;
pub(crate) use request::AuthorizeRequest;

/// Seconds a code lives (facts §5.4).
pub(crate) const CODE_LIFETIME: i64 = 300;
/// Seconds an ID or access token lives.
pub(crate) const TOKEN_LIFETIME: i64 = 3600;

/// Somebody signed in to the org, in one browser.
#[derive(Clone)]
pub(crate) struct OrgSession {
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

/// Counts what the authorization server is asked for.
pub(crate) fn count<S, B>(
    req: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    if let Some(okta) = req.app_data::<web::Data<crate::Okta>>() {
        let mut org = okta.org();
        let path = req.path();
        if path.starts_with("/oauth2/") || path.starts_with("/.well-known/") {
            *org.asked.entry(path.to_owned()).or_default() += 1;
        }
    }
    service.call(req)
}

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/.well-known/openid-configuration", web::get().to(discovery::configuration))
        .route("/.well-known/oauth-authorization-server", web::get().to(discovery::configuration))
        .route("/oauth2/v1/keys", web::get().to(discovery::keys))
        .route("/oauth2/v1/authorize", web::get().to(authorize::get))
        .route("/oauth2/v1/authorize", web::post().to(authorize::post))
        .route("/signin", web::post().to(sign_in::post))
        .route("/oauth2/v1/token", web::post().to(token::post))
        .route("/oauth2/v1/introspect", web::post().to(token::introspect))
        .route("/oauth2/v1/revoke", web::post().to(token::revoke))
        .route("/oauth2/v1/userinfo", web::get().to(userinfo::answer))
        .route("/oauth2/v1/userinfo", web::post().to(userinfo::answer))
        .route("/oauth2/v1/logout", web::get().to(logout::get));
}
