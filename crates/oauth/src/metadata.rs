//! `GET /.well-known/oauth-authorization-server` (RFC 8414): what this server offers, and nothing it does not.

use actix_web::{HttpResponse, web};
use serde_json::json;
use vestibule_web::State;

use crate::scope;

/// The metadata document.
pub async fn get(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "issuer": state.config().region.api_url,
        "authorization_endpoint": state.api_url("/api/okta/scim/oauth/authorize"),
        "token_endpoint": state.api_url("/api/okta/scim/oauth/token"),
        "introspection_endpoint": state.api_url("/oauth/introspect"),
        "scopes_supported": scope::SCIM,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        // draft-parecki-oauth-global-token-revocation-05, section "Authorization Server Metadata"
        "global_token_revocation_endpoint": state.api_url("/api/okta/universal-logout"),
        "global_token_revocation_endpoint_auth_methods_supported": ["global-token-revocation+jwt"],
    }))
}
