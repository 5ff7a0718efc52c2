//! The org's authorization server, with the paths and claims of Okta's (facts §5): its routes, and a counter of requests by path.

mod authorize;
mod claims;
mod client;
mod discovery;
mod dpop;
pub(crate) mod id_jag;
pub(crate) mod issued;
mod logout;
pub(crate) mod misbehavior;
pub(crate) mod request;
mod token;
mod userinfo;

use std::future::Future;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse},
    web,
};

pub(crate) use authorize::hand_over;
pub use misbehavior::Misbehavior;

use crate::okta::Okta;

/// Counts the requests to each path of the authorization server, and to the metadata of SAML apps.
pub(crate) fn count<S, B>(
    req: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    if let Some(okta) = req.app_data::<web::Data<Okta>>() {
        let mut org = okta.org();
        let path = req.path();
        if path.starts_with("/oauth2/")
            || path.starts_with("/.well-known/")
            || path.ends_with("/sso/saml/metadata")
        {
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
        .route("/oauth2/v1/token", web::post().to(token::post))
        .route("/oauth2/v1/introspect", web::post().to(token::introspect))
        .route("/oauth2/v1/revoke", web::post().to(token::revoke))
        .route("/oauth2/v1/userinfo", web::get().to(userinfo::answer))
        .route("/oauth2/v1/userinfo", web::post().to(userinfo::answer))
        .route("/oauth2/v1/logout", web::get().to(logout::get));
}
