//! `GET /.well-known/jwks.json`: the public halves of the deployment's signing keys (RFC 7517 §5). An administrator gives
//! this address to an identity provider that Vestibule authenticates to with `private_key_jwt`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde_json::json;
use vestibule_web::{State, crypto::signing, http::request, pages};

/// How long caches may keep the set, in seconds: a key is published far longer than that before it signs
/// (`keys::PUBLISHED_BEFORE`).
const KEPT: i64 = 3600;

/// The key set.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match signing::published(&state).await {
        Ok(keys) => HttpResponse::build(StatusCode::OK)
            .insert_header((header::CACHE_CONTROL, format!("public, max-age={KEPT}")))
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
    fn nobody_meets_a_key_that_their_cache_lacks() {
        let ahead = keys::PUBLISHED_BEFORE / SECOND;
        assert!(ahead >= 2 * super::KEPT && keys::PUBLISHED_AFTER / SECOND >= 2 * super::KEPT);
    }
}
