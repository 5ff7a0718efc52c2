//! Access tokens of grants: opaque, or a JWT (RFC 9068) for apps that are registered for it, which is signed after the transaction. Both
//! have the same row, which decides whether the token is valid.

use serde_json::{Map, Value, json};
use vestibule_core::{ids::SessionId, time::SECOND};
use vestibule_store::{
    Conn, Error,
    access::tokens::{self, NewToken, Usage},
    oauth::grants::Grant,
    rights::roles,
};

use super::exchange::{Access, Request};

/// Lifetime in seconds.
pub(super) fn seconds(request: &Request<'_>) -> i64 {
    request.client.jwt_seconds().unwrap_or(request.lifetimes.access_seconds)
}

/// Issues an access token.
pub(super) fn issue(
    conn: &mut Conn,
    request: &Request<'_>,
    grant: &Grant,
    new: &NewToken<'_>,
    usage: &Usage<'_>,
    session_id: Option<&SessionId>,
) -> Result<Access, Error> {
    let now = request.now;
    // A JWT has a user as its subject, so a token of a workspace is always opaque.
    let (Some((user_id, epoch)), Some(_)) = (new.user, request.client.jwt_seconds()) else {
        return Ok(Access::Opaque(tokens::issue_for(conn, new, usage, now)?.1));
    };
    let effective = roles::effective(conn, &grant.workspace_id, user_id)?;
    let token = tokens::issue_named(conn, new, usage, now)?;
    // RFC 9068 §3: without a resource a default audience, the issuer.
    let audience = Some(usage.resource).filter(|resource| !resource.is_empty());
    let mut claims = Map::new();
    for (name, value) in [
        // RFC 9068 §2.2, then §2.2.1 to §2.2.3.
        ("iss", json!(request.issuer)),
        ("exp", json!(token.expires_at.map(|at| at / SECOND))),
        ("aud", json!(audience.unwrap_or(request.issuer))),
        ("sub", json!(user_id)),
        ("client_id", json!(request.client.client_id)),
        ("iat", json!(now / SECOND)),
        ("jti", json!(token.token_id)),
        ("auth_time", json!(grant.auth_time.map(|at| at / SECOND))),
        ("scope", json!(token.scope)),
        ("act", act(usage.actors)),
        ("cnf", confirmation(usage.jkt)),
        ("roles", json!(effective.role_ids())),
        ("entitlements", json!(effective.entitlement_ids())),
        // Vestibule's: workspace, session, and the epoch, which a revocation raises.
        ("team_id", json!(grant.workspace_id)),
        ("sid", json!(session_id)),
        ("epoch", json!(epoch)),
    ] {
        if !value.is_null() {
            claims.insert(name.to_owned(), value);
        }
    }
    Ok(Access::Jwt(claims))
}

/// The `cnf` claim (RFC 9449 §6.1): the key that the token is bound to. Null: none.
pub(super) fn confirmation(jkt: Option<&str>) -> Value {
    jkt.map_or(Value::Null, |jkt| json!({ "jkt": jkt }))
}

/// The `act` claim (RFC 8693 §4.1): who acts for the user, with the earlier actors nested inside. Null: nobody does.
pub(super) fn act(actors: &[String]) -> Value {
    let nest = |inner: Value, actor: &String| match inner {
        Value::Null => json!({ "sub": actor }),
        inner => json!({ "sub": actor, "act": inner }),
    };
    actors.iter().rev().fold(Value::Null, nest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_actor_is_the_outermost() {
        assert_eq!(act(&[]), Value::Null);
        let actors = ["service77", "service16"].map(str::to_owned);
        assert_eq!(act(&actors), json!({ "sub": "service77", "act": { "sub": "service16" } }));
    }
}
