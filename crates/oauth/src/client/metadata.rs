//! Members of client metadata that registrations (RFC 7591 §2) and metadata documents share: what the client demands of authentications
//! (OpenID Connect Registration §2). Pure.

use serde_json::{Map, Value};
use vestibule_admin::access::clients::MOST_MAX_AGE;

const MAX_AGE: &str = "default_max_age must be a whole number of seconds, 0 to 31536000";
const AUTH_TIME: &str = "require_auth_time must be true or false";

/// What a client demands of authentications. A null is as an absent member.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Authentication {
    /// How long ago people may have authenticated, in seconds, if a request has no `max_age`.
    pub default_max_age: Option<i64>,
    /// Whether each ID token must have `auth_time`.
    pub requires_auth_time: bool,
}

impl Authentication {
    /// Reads and checks the members.
    ///
    /// # Errors
    /// A clause that says what is wrong.
    pub(crate) fn read(metadata: &Map<String, Value>) -> Result<Self, &'static str> {
        let member = |name: &str| metadata.get(name).filter(|value| !value.is_null());
        let default_max_age = match member("default_max_age") {
            None => None,
            Some(value) => {
                let seconds = value.as_i64().filter(|seconds| (0..=MOST_MAX_AGE).contains(seconds));
                Some(seconds.ok_or(MAX_AGE)?)
            }
        };
        let requires_auth_time = match member("require_auth_time") {
            None => false,
            Some(value) => value.as_bool().ok_or(AUTH_TIME)?,
        };
        Ok(Self { default_max_age, requires_auth_time })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn demands_have_their_types() {
        for (metadata, expected) in [
            (json!({}), Ok((None, false))),
            (json!({ "default_max_age": null, "require_auth_time": null }), Ok((None, false))),
            (json!({ "default_max_age": 0, "require_auth_time": true }), Ok((Some(0), true))),
            (json!({ "default_max_age": 31_536_000 }), Ok((Some(31_536_000), false))),
            (json!({ "require_auth_time": false }), Ok((None, false))),
            (json!({ "default_max_age": 31_536_001 }), Err(MAX_AGE)),
            (json!({ "default_max_age": -1 }), Err(MAX_AGE)),
            (json!({ "default_max_age": 1.5 }), Err(MAX_AGE)),
            (json!({ "default_max_age": "60" }), Err(MAX_AGE)),
            (json!({ "default_max_age": u64::MAX }), Err(MAX_AGE)),
            (json!({ "require_auth_time": "true" }), Err(AUTH_TIME)),
            (json!({ "require_auth_time": 1 }), Err(AUTH_TIME)),
        ] {
            let read = Authentication::read(metadata.as_object().unwrap());
            let read = read.map(|read| (read.default_max_age, read.requires_auth_time));
            assert_eq!(read, expected, "{metadata}");
        }
        assert!(MAX_AGE.ends_with(&MOST_MAX_AGE.to_string()));
    }
}
