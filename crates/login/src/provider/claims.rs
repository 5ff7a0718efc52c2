//! Reads the claims that sign-in uses: texts of limited length without control characters (PostgreSQL stores no NUL). The ID token
//! takes precedence over userinfo. `email_verified` is ignored (okta-facts §5.1).

use secrecy::SecretString;
use serde_json::{Map, Value};
use vestibule_core::{
    assertion::AssertionSaid,
    sets::UidField,
    time::{Micros, SECOND},
};
use vestibule_store::providers::connections::Connection;

use crate::person::Claims;

type Object = Map<String, Value>;

/// Longest text, in characters.
const LONGEST_TEXT: usize = 256;
/// Most groups that are used. Okta sends at most a hundred.
const MOST_GROUPS: usize = 1000;

/// Whether the ID token lacks a claim that userinfo may have. Given and family name are needed only to create users.
pub(super) fn needs_userinfo(id_token: &Object, connection: &Connection) -> bool {
    let lacks = |name: &str| text(id_token, name).is_none();
    let groups = &connection.groups_claim;
    ["email", "preferred_username", "name"].into_iter().any(lacks)
        || (connection.jit && ["given_name", "family_name"].into_iter().any(lacks))
        || (!groups.is_empty() && !id_token.contains_key(groups))
}

/// Reads the claims of a verified ID token and of userinfo.
pub(super) fn read(
    id_token: &Object,
    userinfo: Option<&Object>,
    connection: &Connection,
    compact: &str,
) -> Claims {
    let from_either =
        |name: &str| text(id_token, name).or_else(|| userinfo.and_then(|userinfo| text(userinfo, name)));
    let subject = id_token.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
    let groups = Some(connection.groups_claim.as_str()).filter(|name| !name.is_empty());
    Claims {
        scim_key: external_id(id_token, connection).map(|id| (UidField::ExternalId, id)),
        subject,
        preferred_username: from_either("preferred_username"),
        email: from_either("email"),
        name: from_either("name"),
        given_name: from_either("given_name"),
        family_name: from_either("family_name"),
        auth_time: time(id_token, "auth_time"),
        session_expiry: time(id_token, "session_expiry"),
        groups: groups.and_then(|name| {
            list(id_token.get(name)).or_else(|| list(userinfo.and_then(|object| object.get(name))))
        }),
        session_id: text(id_token, "sid"),
        said: AssertionSaid::of_id_token(id_token),
        id_token: SecretString::from(compact.to_owned()),
    }
}

/// The value that the provider's SCIM client sends as `externalId`: `sub`, or `oid` for Entra, whose `sub` differs from app to app
/// (Microsoft identity platform, *ID token claims reference*, `oid` and `sub`).
fn external_id(id_token: &Object, connection: &Connection) -> Option<String> {
    match connection.rules().facts().external_id {
        "sub" => id_token.get("sub").and_then(Value::as_str).map(str::to_owned),
        claim => text(id_token, claim),
    }
}

fn text(object: &Object, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).filter(|text| is_usable(text)).map(str::to_owned)
}

fn is_usable(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= LONGEST_TEXT && !text.chars().any(char::is_control)
}

/// Time in seconds, whose range the checks of the ID token have verified.
fn time(object: &Object, name: &str) -> Option<Micros> {
    object.get(name).and_then(Value::as_i64).map(|seconds| seconds.saturating_mul(SECOND))
}

/// Names of groups. Some providers send a single name without an array.
fn list(claim: Option<&Value>) -> Option<Vec<String>> {
    let usable = |one: &Value| one.as_str().filter(|name| is_usable(name)).map(str::to_owned);
    match claim? {
        Value::Array(names) => Some(names.iter().filter_map(usable).take(MOST_GROUPS).collect()),
        name @ Value::String(_) => Some(usable(name).into_iter().collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::json;
    use vestibule_core::{
        ids::{ConnectionId, WorkspaceId},
        sets::{ProviderAuth, ProviderKind},
    };
    use vestibule_store::db::json::Json;

    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().unwrap().clone()
    }

    fn connection(groups_claim: &str, jit: bool) -> Connection {
        Connection {
            workspace_id: WorkspaceId::new(0),
            issuer: String::new(),
            client_id: String::new(),
            client_secret: String::new(),
            enabled: true,
            jit,
            auth_method: ProviderAuth::Auto,
            dpop: false,
            groups_claim: groups_claim.to_owned(),
            discovered: Json::missing(),
            issuer_changed_at: None,
            proven_at: None,
            cross_app: false,
            created_at: 0,
            updated_at: 0,
            connection_id: ConnectionId::new(0),
            name: String::new(),
            is_default: true,
            provider: ProviderKind::Any,
        }
    }

    #[test]
    fn the_id_token_takes_precedence_over_userinfo() {
        let id_token = object(json!({ "sub": "1", "email": "a@x", "name": "A\u{0}", "auth_time": 5 }));
        let userinfo =
            object(json!({ "email": "b@x", "name": "B", "given_name": 7, "auth_time": 9, "groups": ["g"] }));
        let claims = read(&id_token, Some(&userinfo), &connection("groups", false), "t");
        assert_eq!((claims.email.as_deref(), claims.name.as_deref()), (Some("a@x"), Some("B")));
        assert_eq!((claims.given_name, claims.auth_time), (None, Some(5 * SECOND)));
        assert_eq!(claims.groups, Some(vec!["g".to_owned()]));
        assert_eq!(claims.id_token.expose_secret(), "t");
    }

    #[test]
    fn scim_knows_people_of_entra_by_oid() {
        let id_token = object(json!({ "sub": "pairwise", "oid": "0b0c" }));
        let entra = Connection { provider: ProviderKind::Entra, ..connection("", false) };
        let claims = read(&id_token, None, &entra, "t");
        assert_eq!((claims.subject.as_str(), claims.external_id()), ("pairwise", Some("0b0c")));
        let claims = read(&object(json!({ "sub": "pairwise" })), None, &entra, "t");
        assert_eq!(claims.external_id(), None, "sub differs in each app");
        let claims = read(&id_token, None, &connection("", false), "t");
        assert_eq!(claims.external_id(), Some("pairwise"));
        // The issuer decides the kind of provider, not the stored kind.
        let issuer = "https://login.microsoftonline.com/8f6a1f62-0f4b-4c0e-9d6a-3f1f0f6f0a11/v2.0".to_owned();
        let okta = Connection { issuer, provider: ProviderKind::Okta, ..connection("", false) };
        assert_eq!(read(&id_token, None, &okta, "t").external_id(), Some("0b0c"));
    }

    #[test]
    fn groups_are_names_or_missing() {
        let many: Vec<String> = (0..1500).map(|number| format!("g{number}")).collect();
        for (claim, name, expected) in [
            (json!(["a", 7, "", null, "b\n", "c"]), "groups", Some(2)),
            (json!("one"), "groups", Some(1)),
            (json!([]), "groups", Some(0)),
            (json!({ "a": 1 }), "groups", None),
            (json!(["a"]), "", None),
            (json!(many), "groups", Some(1000)),
        ] {
            let id_token = object(json!({ "sub": "1", "groups": claim }));
            let claims = read(&id_token, None, &connection(name, false), "t");
            assert_eq!(
                claims.groups.map(|groups| groups.len()),
                expected,
                "{:.60}",
                id_token["groups"].to_string()
            );
        }
    }

    #[test]
    fn userinfo_is_requested_only_for_missing_claims() {
        let all = json!({ "email": "a@x", "preferred_username": "a", "name": "A" });
        assert!(!needs_userinfo(&object(all.clone()), &connection("", false)));
        assert!(needs_userinfo(&object(all.clone()), &connection("", true)));
        assert!(needs_userinfo(&object(all.clone()), &connection("groups", false)));
        for name in ["email", "preferred_username", "name"] {
            let mut less = object(all.clone());
            less.shift_remove(name);
            assert!(needs_userinfo(&less, &connection("", false)), "{name}");
        }
    }
}
