//! A logout token (OpenID Connect Back-Channel Logout 1.0 §2.4), and the request that carries it (§2.5). Made at each try, so
//! that its times are true; so each has a name of its own, too: an app may refuse one whose `jti` it has seen (§2.6).

use http::{Request, header};
use serde_json::{Map, Value, json};
use vestibule_core::time::{Micros, SECOND};
use vestibule_store::{
    oauth::clients::{self, Client},
    outbox::deliveries::Claimed,
};
use vestibule_web::{State, crypto::signing};

use crate::send::Unsent;

/// How long a token counts, in seconds (§2.4: "at most two minutes in the future").
const LIFETIME: i64 = 120;

/// How far in the past `iat` lies, in seconds. Apps refuse a token from the future by their own clock (§2.6 validates `iat` as in an ID
/// token), many without any tolerance, and each retry is a new token: with the moment of the try, an app whose clock is slow would
/// refuse them all. It stays below two minutes, because apps that limit the age of a token take the lifetime of §2.4 for the limit.
const BACKDATED: i64 = 100;

/// Makes the request.
pub(crate) async fn request(state: &State, claimed: &Claimed) -> Result<Request<Vec<u8>>, Unsent> {
    let client_id = claimed.target_id.clone();
    let client = state.read(move |conn| clients::find(conn, &client_id)).await?;
    let client = client.filter(|client| !client.backchannel_logout_uri.is_empty());
    let client = client.ok_or(Unsent::Never("the app is gone, or has no backchannel_logout_uri any more"))?;
    let claims = claims(&state.config().region.api_url, &client, claimed, state.now());
    // As its ID tokens are (§2.6).
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
        // Without it, every session of the person.
        ("sid", json!(Some(&claimed.sid).filter(|sid| !sid.is_empty()))),
    ] {
        if !value.is_null() {
            claims.insert(name.to_owned(), value);
        }
    }
    claims
}
