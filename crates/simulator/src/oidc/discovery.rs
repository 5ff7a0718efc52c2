//! Discovery document and keys of an Okta org authorization server (facts §5.3). Like Okta's, it has no back-channel logout, and no `iss`
//! (RFC 9207) unless a test switches it on.

use actix_web::{HttpResponse, http::header::LOCATION, web};
use serde_json::json;

use super::misbehavior::Misbehavior;
use crate::okta::Okta;

pub(super) async fn configuration(okta: web::Data<Okta>) -> HttpResponse {
    let issuer = okta.issuer();
    let misbehavior =
        okta.org().misbehavior_of(&[Misbehavior::DiscoveryOfAnother, Misbehavior::DiscoveryRedirect]);
    if misbehavior == Some(Misbehavior::DiscoveryRedirect) {
        return HttpResponse::Found().insert_header((LOCATION, format!("{issuer}/elsewhere"))).finish();
    }
    let client_auth =
        ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"];
    let request_algs = ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];
    let named = match misbehavior {
        Some(_) => "https://elsewhere.okta.example",
        None => issuer,
    };
    let mut body = json!({
        "issuer": named,
        "authorization_endpoint": format!("{issuer}/oauth2/v1/authorize"),
        "token_endpoint": format!("{issuer}/oauth2/v1/token"),
        "userinfo_endpoint": format!("{issuer}/oauth2/v1/userinfo"),
        "registration_endpoint": format!("{issuer}/oauth2/v1/clients"),
        "jwks_uri": format!("{issuer}/oauth2/v1/keys"),
        "response_types_supported":
            ["code", "id_token", "code id_token", "code token", "id_token token", "code id_token token"],
        "response_modes_supported": ["query", "fragment", "form_post", "okta_post_message"],
        "grant_types_supported": ["authorization_code", "implicit", "refresh_token", "password"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile", "address", "phone", "offline_access", "groups"],
        "token_endpoint_auth_methods_supported": client_auth,
        "claims_supported": [
            "iss", "ver", "sub", "aud", "iat", "exp", "jti", "auth_time", "amr", "idp", "nonce", "name", "nickname",
            "preferred_username", "given_name", "middle_name", "family_name", "email", "email_verified", "profile",
            "zoneinfo", "locale", "address", "phone_number", "picture", "website", "gender", "birthdate",
            "updated_at", "at_hash", "c_hash"
        ],
        "code_challenge_methods_supported": ["S256"],
        "introspection_endpoint": format!("{issuer}/oauth2/v1/introspect"),
        "introspection_endpoint_auth_methods_supported": client_auth,
        "revocation_endpoint": format!("{issuer}/oauth2/v1/revoke"),
        "revocation_endpoint_auth_methods_supported": client_auth,
        "end_session_endpoint": format!("{issuer}/oauth2/v1/logout"),
        "request_parameter_supported": true,
        "request_object_signing_alg_values_supported": request_algs,
    });
    if let (true, Some(body)) = (okta.org().names_issuer, body.as_object_mut()) {
        body.insert("authorization_response_iss_parameter_supported".to_owned(), json!(true));
    }
    HttpResponse::Ok().insert_header(("Cache-Control", "max-age=86400, must-revalidate")).json(body)
}

/// Okta allows caching of keys for weeks and rotates without notice in an emergency (facts §5.5), so a client has to fetch them again
/// when it meets an unknown `kid`.
pub(super) async fn keys(okta: web::Data<Okta>) -> HttpResponse {
    let published = okta.org().keys.published();
    HttpResponse::Ok().insert_header(("Cache-Control", "max-age=3832304, must-revalidate")).json(published)
}
