//! The org as a SAML 2.0 identity provider, with messages and URLs like Okta's (saml-facts §1): its routes. It must never share code with
//! the service's verifier, because each tests the other from outside.

mod app;
mod encryption;
mod issue;
mod keys;
mod logout;
mod message;
mod metadata;
mod misbehavior;
mod request;
mod settings;
mod signature;
mod sso;
mod state;
mod xml;

use actix_web::web;

pub use app::{SamlCertificate, SamlInstructions};
pub(crate) use keys::SamlKey;
pub(crate) use misbehavior::Ready;
pub use misbehavior::SamlMisbehavior;
pub(crate) use request::SsoRequest;
pub use settings::{
    ApplicationUsername, AssertionEncryption, AttributeNameFormat, AttributeStatement, ContentEncryption,
    DigestAlgorithm, Expression, GroupAttributeStatement, GroupFilter, KeyTransport, LogoutBinding,
    NameIdFormat, SamlSettings, SignatureAlgorithm, SingleLogout,
};
pub(crate) use sso::{answer, hand_over};
pub use state::SamlLogout;
pub(crate) use state::SamlState;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/app/{name}/{key}/sso/saml", web::get().to(sso::get))
        .route("/app/{name}/{key}/sso/saml", web::post().to(sso::post))
        .route("/home/{name}/{instance}/{link}", web::get().to(sso::embedded))
        .route("/app/{name}/{key}/slo/saml", web::get().to(logout::get))
        .route("/app/{name}/{key}/slo/saml", web::post().to(logout::post))
        .route("/app/{name}/{key}/slo/saml/callback", web::get().to(logout::callback_get))
        .route("/app/{name}/{key}/slo/saml/callback", web::post().to(logout::callback_post))
        .route("/login/signout", web::get().to(logout::sign_out))
        .route("/login/signout/{key}/{id}", web::get().to(logout::frame))
        .route("/app/{key}/sso/saml/metadata", web::get().to(metadata::get))
        .route("/saml.js", web::get().to(message::script));
}
