//! `GET /.well-known/jwks.json`: public keys of the deployment's signing keys (RFC 7517 §5). Administrators also give this URL to an identity
//! provider that Vestibule authenticates to with `private_key_jwt`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde_json::json;
use vestibule_web::{State, crypto::signing, http::request, pages};

/// How long caches may store the set, in seconds. A key is published much longer before it signs (`keys::PUBLISHED_BEFORE`).
const MAX_AGE: i64 = 3600;

/// Key set.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match signing::published(&state).await {
        Ok(keys) => HttpResponse::build(StatusCode::OK)
            .insert_header((header::CACHE_CONTROL, format!("public, max-age={MAX_AGE}")))
            .insert_header((header::CONTENT_TYPE, "application/jwk-set+json"))
            .body(json!({ "keys": keys }).to_string()),
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

#[cfg(test)]
mod tests {
    use vestibule_core::time::SECOND;
    use vestibule_store::oauth::keys;

    #[test]
    fn a_cached_set_contains_the_keys_in_use() {
        let ahead = keys::PUBLISHED_BEFORE / SECOND;
        assert!(ahead >= 2 * super::MAX_AGE && keys::PUBLISHED_AFTER / SECOND >= 2 * super::MAX_AGE);
    }
}
