//! Receives logout tokens (OpenID Connect Back-Channel Logout §2.5 to §2.8) and marks the sessions that they end.

use actix_web::{
    HttpResponse,
    web::{Data, Form},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Product,
    provider::{Refusal, text},
};
use crate::support::{clock, jwt::member};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How old a logout token may be, in seconds.
const OLDEST: i64 = 600;

#[derive(Deserialize)]
pub(super) struct Notice {
    logout_token: String,
}

pub(super) async fn receive(product: Data<Product>, notice: Form<Notice>) -> HttpResponse {
    match product.end(&notice.logout_token).await {
        Ok(()) => HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).finish(),
        Err(refusal) => HttpResponse::BadRequest()
            .insert_header(("Cache-Control", "no-store"))
            .json(json!({ "error": "invalid_request", "error_description": refusal.to_string() })),
    }
}

impl Product {
    async fn end(&self, token: &str) -> Result<(), Refusal> {
        let metadata = self.metadata().await?;
        let claims = self.verified("logout token", token, &metadata).await?;
        check(&claims, clock::seconds()).map_err(|reason| Refusal::Token("logout token", reason))?;
        let (sub, sid) = (text(&claims, "sub"), text(&claims, "sid"));
        let mut memory = self.memory();
        if !memory.logout_tokens.insert(text(&claims, "jti")) {
            return Ok(());
        }
        for session in memory.sessions.values_mut() {
            // A token with a `sid` ends that session, one without ends all of the person.
            let is_meant = if sid.is_empty() { session.sub == sub } else { session.sid == sid };
            if is_meant {
                session.ended.push("A logout token arrived at /backchannel-logout.".to_owned());
            }
        }
        Ok(())
    }
}

/// The rules of §2.6 for the claims; signature, issuer and audience are verified before.
fn check(claims: &Value, now: i64) -> Result<(), &'static str> {
    if !member(claims, "nonce").is_null() {
        return Err("it has a nonce, so it may be an ID token");
    }
    if !member(member(claims, "events"), EVENT).is_object() {
        return Err("it is about another event");
    }
    if text(claims, "sub").is_empty() && text(claims, "sid").is_empty() {
        return Err("it names neither a person nor a session");
    }
    if text(claims, "jti").is_empty() {
        return Err("it has no id");
    }
    if member(claims, "iat").as_i64().is_none_or(|issued| now - issued > OLDEST) {
        return Err("it is too old");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{EVENT, check};

    #[test]
    fn a_logout_token_keeps_the_rules() {
        let good = json!({ "sub": "1", "jti": "2", "iat": 100, "events": { EVENT: {} } });
        assert_eq!(check(&good, 100), Ok(()));
        for (name, value) in [
            ("nonce", json!("n")),
            ("events", json!({ "another": {} })),
            ("sub", Value::Null),
            ("jti", Value::Null),
            ("iat", json!(-501)),
            ("iat", Value::Null),
        ] {
            let mut bad = good.clone();
            bad[name] = value;
            assert!(check(&bad, 100).is_err(), "{bad}");
        }
    }
}
