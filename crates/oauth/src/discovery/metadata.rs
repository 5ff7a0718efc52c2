//! `GET /.well-known/oauth-authorization-server` (RFC 8414) and `/.well-known/openid-configuration` (OpenID Connect Discovery §3): the same
//! metadata document at both, because clients ignore unknown members. It must list only what this server supports.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};
use vestibule_store::{Conn, Error, oauth::clients};
use vestibule_web::{
    State,
    crypto::{dpop, signing},
};

use crate::{
    client::scope,
    error::OAuthError,
    token::{id_jag, token_exchange},
};

/// Metadata document.
pub async fn get(state: web::Data<State>) -> HttpResponse {
    let read = |conn: &mut Conn| {
        Ok::<_, Error>((
            clients::is_any_cross_app(conn)?,
            clients::is_any_token_exchange(conn)?,
            clients::is_any_dpop(conn)?,
        ))
    };
    let (takes_assertions, exchanges_tokens, binds_tokens) = match state.read(read).await {
        Ok(offered) => offered,
        Err(error) => return OAuthError::from(error).respond(&state),
    };
    let mut grant_types = vec!["authorization_code", "refresh_token", "client_credentials"];
    grant_types.extend(takes_assertions.then_some(id_jag::GRANT_TYPE));
    grant_types.extend(exchanges_tokens.then_some(token_exchange::GRANT_TYPE));
    let mut document = document(&state, &grant_types);
    if state.config().oauth.registration
        && let Some(members) = document.as_object_mut()
    {
        members.insert("registration_endpoint".to_owned(), state.api_url("/oauth/register").into());
    }
    if takes_assertions && let Some(members) = document.as_object_mut() {
        // draft-ietf-oauth-identity-assertion-authz-grant-03 §7.2
        members.insert(clients::GRANT_PROFILES.to_owned(), json!([clients::ID_JAG]));
    }
    if binds_tokens && let Some(members) = document.as_object_mut() {
        // RFC 9449 §5.1
        members.insert("dpop_signing_alg_values_supported".to_owned(), json!(dpop::ALGORITHMS));
    }
    HttpResponse::Ok().json(document)
}

/// The document. `grant_types`: those that any client may use; the document lists no others.
fn document(state: &State, grant_types: &[&str]) -> Value {
    let oauth = &state.config().oauth;
    let mcp = oauth.mcp_scopes.split(' ').filter(|scope| !scope.is_empty() && !scope::APP.contains(scope));
    let scopes: Vec<&str> = scope::APP.into_iter().chain(mcp).collect();
    let confidential = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];
    let algorithms = ["RS256", "ES256"];
    json!({
        "issuer": state.config().region.api_url,
        "authorization_endpoint": state.api_url("/oauth/authorize"),
        "token_endpoint": state.api_url("/oauth/token"),
        "userinfo_endpoint": state.api_url("/oauth/userinfo"),
        "jwks_uri": state.api_url("/.well-known/jwks.json"),
        "end_session_endpoint": state.api_url("/oauth/logout"),
        "introspection_endpoint": state.api_url("/oauth/introspect"),
        "revocation_endpoint": state.api_url("/oauth/revoke"),
        "scopes_supported": scopes,
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "epoch", "team_id", "name",
            "preferred_username", "given_name", "family_name", "updated_at", "email", "email_verified", "roles",
            "entitlements",
        ],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": grant_types,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": signing::Algorithm::TEXTS,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        // RFC 7662 §2.1: introspection requires authentication.
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        // OpenID Connect Back-Channel Logout 1.0 §2.1
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        // RFC 9207 §3
        "authorization_response_iss_parameter_supported": true,
        // draft-ietf-oauth-client-id-metadata-document §5
        "client_id_metadata_document_supported": oauth.client_metadata_documents,
        // draft-parecki-oauth-global-token-revocation-05, section "Authorization Server Metadata"
        "global_token_revocation_endpoint": state.api_url("/api/okta/universal-logout"),
        "global_token_revocation_endpoint_auth_methods_supported": ["global-token-revocation+jwt"],
    })
}
