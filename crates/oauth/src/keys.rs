//! `GET /.well-known/jwks.json`: the public halves of the deployment's signing keys (RFC 7517 §5). An administrator gives
//! this address to an identity provider that Vestibule authenticates to with `private_key_jwt`.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde_json::json;
use vestibule_web::{State, page, request, signing};

/// The key set. Kept by caches for an hour at most: a key is published that long before it signs.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match signing::published(&state).await {
        Ok(keys) => HttpResponse::build(StatusCode::OK)
            .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
            .insert_header((header::CONTENT_TYPE, "application/jwk-set+json"))
            .body(json!({ "keys": keys }).to_string()),
        Err(error) => page::failed(&state, &request::id(&req), &error),
    }
}
