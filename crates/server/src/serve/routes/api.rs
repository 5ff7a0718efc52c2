//! Routes of the API host: for the product, Okta, MCP clients, services, and browsers during a sign-in.

use vestibule_login::{arrive, callback, saml, start, test_sign_in};
use vestibule_oauth::{
    authorize, feed, introspect, jwks, logout, metadata, register, revoke, token, userinfo,
};
use vestibule_revocation::{backchannel, signals, universal_logout};

use super::route::{
    Access::{Administrator, Anyone, AnyoneIfEnabled, BearerToken, Client, Proof, SessionOrToken},
    ROOT, Route, Surface,
};
use crate::forward_auth;

fn at(path: &str, surface: Surface) -> Route {
    Route::new(&ROOT, path, surface)
}

pub(super) fn routes() -> Vec<Route> {
    use Surface::{BackchannelLogout, Check, Feed, OAuth, Other, SignIn, Signals, UniversalLogout};
    vec![
        // Any method and any further path, because Envoy sends those of the original request.
        at("/api/check", Check).any(SessionOrToken, forward_auth::check),
        at("/api/check/{asked:.*}", Check).any(SessionOrToken, forward_auth::check),
        at("/oauth/introspect", Check).post(Client, introspect::post),
        at("/api/okta/oidc/login", SignIn).get(Anyone, start::get).post(Anyone, start::post).used_once(),
        at("/api/okta/oidc/callback", SignIn).get(Proof, callback::get).used_once(),
        at("/api/okta/oidc/test", SignIn).get(Proof, test_sign_in::get).used_once(),
        at("/api/okta/oidc/arrive", SignIn).get(Proof, arrive::ticket).used_once(),
        at("/api/okta/saml/login", SignIn).get(Anyone, start::get_saml).used_once(),
        at("/api/okta/saml/acs/{team_id}", SignIn).post(Proof, saml::acs::post),
        at("/api/okta/saml/arrive", SignIn).get(Proof, saml::arrive::get).used_once(),
        at("/api/okta/saml/logout", SignIn).get(Proof, saml::logout::begin::get).used_once(),
        at("/api/okta/saml/slo/{team_id}", SignIn)
            .get(Proof, saml::logout::receive::get)
            .post(Proof, saml::logout::receive::post)
            .used_once(),
        at("/api/okta/saml/metadata/{team_id}", SignIn).get(Anyone, saml::metadata::get),
        at("/api/okta/oidc/backchannel-logout", BackchannelLogout).post(Proof, backchannel::post),
        at("/api/okta/signals", Signals).post(Proof, signals::post),
        at(universal_logout::PATH, UniversalLogout).post(Proof, universal_logout::post),
        at("/api/okta/scim/oauth/authorize", OAuth)
            .get(Administrator, authorize::scim::get)
            .post(Administrator, authorize::scim::post)
            .used_once(),
        at("/api/okta/scim/oauth/token", OAuth).post(Client, token::scim),
        at("/api/events", Feed).get(BearerToken, feed::get),
        at("/api/events/stream", Feed).get(BearerToken, feed::get_stream),
        at("/oauth/authorize", OAuth).get(Anyone, authorize::get).post(Anyone, authorize::post).used_once(),
        at("/oauth/token", OAuth).post(Client, token::post).cross_origin(),
        at("/oauth/userinfo", OAuth)
            .get(BearerToken, userinfo::any)
            .post(BearerToken, userinfo::any)
            .cross_origin(),
        at("/oauth/revoke", OAuth).post(Client, revoke::post).cross_origin(),
        at("/oauth/logout", OAuth).get(Anyone, logout::get).post(Anyone, logout::post).used_once(),
        at("/oauth/register", OAuth).post(AnyoneIfEnabled, register::post).cross_origin(),
        at("/.well-known/openid-configuration", Other).get(Anyone, metadata::get).cross_origin(),
        at("/.well-known/oauth-authorization-server", Other).get(Anyone, metadata::get).cross_origin(),
        at("/.well-known/jwks.json", Other).get(Anyone, jwks::get).cross_origin(),
    ]
}
