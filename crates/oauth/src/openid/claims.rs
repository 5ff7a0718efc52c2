//! Claims about a person by scope (OpenID Connect Core §5.4), the same in the ID token and in userinfo; and the other claims of the ID
//! token (§2).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use vestibule_core::{
    ids::{ClientId, EntitlementId, RoleId, SessionId},
    time::{Micros, SECOND},
};
use vestibule_store::{
    Conn, Error,
    oauth::{clients::Client, grants::Grant},
    people::users::{self, User},
    providers::domains,
    rights::roles,
};
use vestibule_web::crypto::signing::Algorithm;

use crate::{client::scope, error::OAuthError};

/// Lifetime of an ID token, in seconds.
const ID_TOKEN_SECONDS: i64 = 600;

/// What an app may know about a person.
pub(crate) struct Identity {
    user: User,
    /// Value of the user's `name`, if the scope has `profile`.
    name: Value,
    roles: Vec<RoleId>,
    entitlements: Vec<EntitlementId>,
    email_verified: bool,
    scope: String,
    client_id: ClientId,
    algorithm: Algorithm,
    session_id: Option<SessionId>,
    auth_time: Option<Micros>,
    nonce: Option<String>,
}

/// Reads the user of a grant, if the scope contains `openid`.
pub(crate) fn identity(
    conn: &mut Conn,
    client: &Client,
    grant: &Grant,
    scope: &str,
    session_id: Option<SessionId>,
    nonce: Option<String>,
) -> Result<Option<Identity>, Error> {
    let Some(user_id) = grant.user_id.as_ref().filter(|_| scope::contains(scope, "openid")) else {
        return Ok(None);
    };
    let user = users::get(conn, &grant.workspace_id, user_id)?;
    let mut identity = of_user(conn, user, scope)?;
    identity.client_id = grant.client_id.clone();
    identity.algorithm = client.id_token_alg;
    identity.auth_time = grant.auth_time;
    (identity.session_id, identity.nonce) = (session_id, nonce);
    Ok(Some(identity))
}

/// Refuses an ID token without `auth_time` for a client that requires it (OpenID Connect Registration §2): the switch is newer than the code or
/// grant.
pub(crate) fn check_auth_time(
    client: &Client,
    scope: &str,
    auth_time: Option<Micros>,
) -> Result<(), OAuthError> {
    match client.requires_auth_time && auth_time.is_none() && scope::contains(scope, "openid") {
        true => Err(OAuthError::Grant(
            "this client requires auth_time, and the time of this authentication is unknown; authorize again",
        )),
        false => Ok(()),
    }
}

/// Reads the data about a user that a scope allows.
pub(crate) fn of_user(conn: &mut Conn, user: User, scope: &str) -> Result<Identity, Error> {
    let effective = roles::effective(conn, &user.workspace_id, &user.user_id)?;
    let email_verified = domains::is_email_verified(conn, &user.workspace_id, user.email.as_deref())?;
    let name = match scope::contains(scope, "profile") {
        true => user.attributes()?.remove("name").unwrap_or_default(),
        false => Value::Null,
    };
    Ok(Identity {
        name,
        roles: effective.role_ids(),
        entitlements: effective.entitlement_ids(),
        email_verified,
        scope: scope.to_owned(),
        client_id: ClientId::sent(""),
        algorithm: Algorithm::default(),
        session_id: None,
        auth_time: None,
        nonce: None,
        user,
    })
}

impl Identity {
    /// Claims of userinfo (§5.3.2): always `sub` and `team_id`, the others by scope.
    pub(crate) fn claims(&self) -> Map<String, Value> {
        let user = &self.user;
        let mut claims = Map::new();
        let mut add = |name: &str, value: Value| {
            if !value.is_null() {
                claims.insert(name.to_owned(), value);
            }
        };
        add("sub", json!(user.user_id));
        add("team_id", json!(user.workspace_id));
        if scope::contains(&self.scope, "profile") {
            let of_name = |part: &str| self.name.get(part).cloned();
            add("name", json!(user.display_name));
            add("preferred_username", json!(user.user_name));
            add("given_name", of_name("givenName").unwrap_or_default());
            add("family_name", of_name("familyName").unwrap_or_default());
            add("updated_at", json!(user.updated_at / SECOND));
        }
        if scope::contains(&self.scope, "email") && user.email.is_some() {
            add("email", json!(user.email));
            // Whether the workspace has verified the domain; nobody has verified the address itself.
            add("email_verified", json!(self.email_verified));
        }
        if scope::contains(&self.scope, "roles") {
            add("roles", json!(self.roles));
            add("entitlements", json!(self.entitlements));
        }
        claims
    }

    /// Signature algorithm of the ID token, as registered by the client (OpenID Connect Registration §2).
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Claims of the ID token that is issued with this access token.
    pub(crate) fn id_token(&self, issuer: &str, access_token: &str, now: Micros) -> Map<String, Value> {
        let mut claims = Map::new();
        claims.insert("iss".to_owned(), json!(issuer));
        claims.extend(self.claims());
        for (name, value) in [
            ("aud", json!(self.client_id)),
            ("iat", json!(now / SECOND)),
            ("exp", json!(now / SECOND + ID_TOKEN_SECONDS)),
            ("auth_time", json!(self.auth_time.map(|at| at / SECOND))),
            ("nonce", json!(self.nonce)),
            ("at_hash", json!(at_hash(access_token))),
            ("sid", json!(self.session_id)),
            ("epoch", json!(self.user.epoch)),
        ] {
            if !value.is_null() {
                claims.insert(name.to_owned(), value);
            }
        }
        claims
    }
}

/// Left half of the digest of the access token (§3.1.3.6).
fn at_hash(access_token: &str) -> String {
    let digest = Sha256::digest(access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(digest.iter().copied().take(16).collect::<Vec<u8>>())
}

#[cfg(test)]
mod tests {
    use vestibule_core::{ids::WorkspaceId, sets::UserSource};

    use super::*;

    fn identity(scope: &str) -> Identity {
        let mut user = User::new(&WorkspaceId::from_stored("w"), "ada@acme.example", UserSource::Scim, 1);
        user.email = Some("ada@acme.example".to_owned());
        user.display_name = Some("Ada".to_owned());
        Identity {
            user,
            name: json!({ "givenName": "Ada", "familyName": "L" }),
            roles: vec![RoleId::from_stored("admin")],
            entitlements: Vec::new(),
            email_verified: true,
            scope: scope.to_owned(),
            client_id: ClientId::sent("c"),
            algorithm: Algorithm::default(),
            session_id: Some(SessionId::from_stored("s")),
            auth_time: None,
            nonce: Some("n".to_owned()),
        }
    }

    #[test]
    fn the_scope_decides_the_claims() {
        for (scope, expected) in [
            ("openid", &["sub", "team_id"][..]),
            ("openid email", &["sub", "team_id", "email", "email_verified"]),
            ("openid roles", &["sub", "team_id", "roles", "entitlements"]),
            (
                "openid profile",
                &["sub", "team_id", "name", "preferred_username", "given_name", "family_name", "updated_at"],
            ),
        ] {
            let claims = identity(scope).claims();
            assert_eq!(claims.keys().map(String::as_str).collect::<Vec<_>>(), expected, "{scope}");
        }
    }

    #[test]
    fn an_id_token_is_for_one_client_and_valid_for_ten_minutes() {
        let claims = identity("openid").id_token("https://as.example", "token", 5 * SECOND);
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!("https://as.example"), &json!("c")));
        assert_eq!((&claims["iat"], &claims["exp"]), (&json!(5), &json!(605)));
        assert_eq!(
            (&claims["nonce"], &claims["sid"], &claims["epoch"]),
            (&json!("n"), &json!("s"), &json!(1))
        );
        assert!(!claims.contains_key("auth_time"), "an unknown auth_time is omitted");
        // The access token and its hash in OpenID Connect Core, A.3.
        assert_eq!(at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
