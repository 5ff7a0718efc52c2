//! The request that carries a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4, §2.5). Each attempt makes a new token with
//! its own times and its own `jti`, because an app may refuse a `jti` it has seen (§2.6).

use http::{Request, header};
use serde_json::{Map, Value, json};
use vestibule_core::{
    ids::ClientId,
    time::{Micros, SECOND},
};
use vestibule_store::{
    oauth::clients::{self, Client},
    outbox::deliveries::Claimed,
};
use vestibule_web::{State, crypto::signing};

use crate::unsent::Unsent;

/// How long a token is valid, in seconds (§2.4: "at most two minutes in the future").
const LIFETIME: i64 = 120;

/// How far in the past `iat` lies, in seconds. Apps refuse a token from the future by their own clock (§2.6 validates `iat` as in an
/// ID token), many without any tolerance. Each retry is a new token, so an app with a slow clock would refuse all of them if `iat`
/// were the time of the attempt. It stays below two minutes, because apps that limit the age of a token use the lifetime of §2.4 as
/// the limit.
const BACKDATED: i64 = 100;

/// Builds the request.
pub(crate) async fn request(state: &State, claimed: &Claimed) -> Result<Request<Vec<u8>>, Unsent> {
    let client_id = ClientId::from_stored(claimed.target_id.clone());
    let client = state.read(move |conn| clients::find(conn, &client_id)).await?;
    let client = client.filter(|client| !client.backchannel_logout_uri.is_empty());
    let client =
        client.ok_or(Unsent::Never("the app was deleted, or its backchannel_logout_uri was removed"))?;
    let claims = claims(&state.config().region.api_url, &client, claimed, state.now());
    // The algorithm of its ID tokens (§2.6).
    let token = signing::sign(state, client.id_token_alg, "logout+jwt", &claims).await?;
    let body =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", &token).finish();
    Request::post(&client.backchannel_logout_uri)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body.into_bytes())
        .map_err(|_| Unsent::Never("the app's backchannel_logout_uri is no URL"))
}

fn claims(issuer: &str, client: &Client, claimed: &Claimed, now: Micros) -> Map<String, Value> {
    let mut claims = Map::new();
    let now = now / SECOND;
    for (name, value) in [
        ("iss", json!(issuer)),
        ("aud", json!(client.client_id)),
        ("iat", json!(now - BACKDATED)),
        ("exp", json!(now + LIFETIME)),
        ("jti", json!(format!("{}.{}", claimed.delivery_id, claimed.attempts))),
        ("events", json!({ "http://schemas.openid.net/event/backchannel-logout": {} })),
        ("sub", json!(claimed.subject.strip_prefix("user:"))),
        // Absent: all sessions of the person.
        ("sid", json!(Some(&claimed.sid).filter(|sid| !sid.is_empty()))),
    ] {
        if !value.is_null() {
            claims.insert(name.to_owned(), value);
        }
    }
    claims
}
