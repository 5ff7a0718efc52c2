//! What is taken of the claims, as it may be stored: texts of a sensible length without control characters (no database of
//! ours takes a NUL), the ID token's word before userinfo's. `email_verified` is not looked at (okta-facts §5.1).

use secrecy::SecretString;
use serde_json::{Map, Value};
use vestibule_core::time::{Micros, SECOND};
use vestibule_store::providers::connections::Connection;

use super::types::Claims;

type Object = Map<String, Value>;

const LONGEST_TEXT: usize = 256;
/// Okta tells a hundred at most (okta-facts §5.1).
const MOST_GROUPS: usize = 1000;

/// Whether the ID token lacks something that userinfo may have. First and last name matter only to whoever is created.
pub(super) fn needs_userinfo(said: &Object, connection: &Connection) -> bool {
    let lacks = |name: &str| text(said, name).is_none();
    let groups = &connection.groups_claim;
    ["email", "preferred_username", "name"].into_iter().any(lacks)
        || (connection.jit && ["given_name", "family_name"].into_iter().any(lacks))
        || (!groups.is_empty() && !said.contains_key(groups))
}

/// Claims that passed every check, and what userinfo adds.
pub(super) fn claims(
    said: &Object,
    info: Option<&Object>,
    connection: &Connection,
    id_token: &str,
) -> Claims {
    let told = |name: &str| text(said, name).or_else(|| info.and_then(|info| text(info, name)));
    let groups = Some(connection.groups_claim.as_str()).filter(|name| !name.is_empty());
    Claims {
        subject: said.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned(),
        preferred_username: told("preferred_username"),
        email: told("email"),
        name: told("name"),
        given_name: told("given_name"),
        family_name: told("family_name"),
        auth_time: moment(said, "auth_time"),
        session_expiry: moment(said, "session_expiry"),
        groups: groups
            .and_then(|name| list(said.get(name)).or_else(|| list(info.and_then(|info| info.get(name))))),
        session_id: text(said, "sid"),
        id_token: SecretString::from(id_token.to_owned()),
    }
}

fn text(object: &Object, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).filter(|text| is_sane(text)).map(str::to_owned)
}

fn is_sane(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= LONGEST_TEXT && !text.chars().any(char::is_control)
}

/// The checks have seen that it is a sane number of seconds.
fn moment(object: &Object, name: &str) -> Option<Micros> {
    object.get(name).and_then(Value::as_i64).map(|seconds| seconds.saturating_mul(SECOND))
}

/// Names of groups; one name alone stands without brackets at some providers.
fn list(claim: Option<&Value>) -> Option<Vec<String>> {
    let sane = |one: &Value| one.as_str().filter(|name| is_sane(name)).map(str::to_owned);
    match claim? {
        Value::Array(names) => Some(names.iter().filter_map(sane).take(MOST_GROUPS).collect()),
        name @ Value::String(_) => Some(sane(name).into_iter().collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().unwrap().clone()
    }

    fn connection(groups_claim: &str, jit: bool) -> Connection {
        Connection {
            workspace_id: String::new(),
            issuer: String::new(),
            client_id: String::new(),
            client_secret: String::new(),
            enabled: true,
            jit,
            auth_method: "auto".to_owned(),
            dpop: false,
            groups_claim: groups_claim.to_owned(),
            discovered: String::new(),
            issuer_changed_at: None,
            proven_at: None,
            created_at: 0,
            updated_at: 0,
        }
    }

    #[test]
    fn the_id_token_s_word_comes_before_userinfo_s() {
        let said = object(json!({ "sub": "1", "email": "a@x", "name": "A\u{0}", "auth_time": 5 }));
        let info =
            object(json!({ "email": "b@x", "name": "B", "given_name": 7, "auth_time": 9, "groups": ["g"] }));
        let claims = claims(&said, Some(&info), &connection("groups", false), "t");
        assert_eq!((claims.email.as_deref(), claims.name.as_deref()), (Some("a@x"), Some("B")));
        assert_eq!((claims.given_name, claims.auth_time), (None, Some(5 * SECOND)));
        assert_eq!(claims.groups, Some(vec!["g".to_owned()]));
        assert_eq!(claims.id_token.expose_secret(), "t");
    }

    #[test]
    fn groups_are_names_or_none_came() {
        let many: Vec<String> = (0..1500).map(|number| format!("g{number}")).collect();
        for (claim, name, taken) in [
            (json!(["a", 7, "", null, "b\n", "c"]), "groups", Some(2)),
            (json!("one"), "groups", Some(1)),
            (json!([]), "groups", Some(0)),
            (json!({ "a": 1 }), "groups", None),
            (json!(["a"]), "", None),
            (json!(many), "groups", Some(1000)),
        ] {
            let said = object(json!({ "sub": "1", "groups": claim }));
            let claims = claims(&said, None, &connection(name, false), "t");
            assert_eq!(claims.groups.map(|groups| groups.len()), taken, "{:.60}", said["groups"].to_string());
        }
    }

    #[test]
    fn userinfo_is_asked_only_for_what_is_missing() {
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
