//! Fetches and parses the metadata (OpenID Connect Discovery §3) and keys of a provider. Reads only what sign-in uses, and checks it
//! strictly.

use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;
use vestibule_jose::KeySet;
use vestibule_web::State;

use super::types::ProviderError;

/// Longest URL, in bytes.
const LONGEST_URL: usize = 2048;
/// Most scopes or methods that are read.
const LONGEST_LIST: usize = 200;
/// Longest scope or method, in bytes.
const LONGEST_NAME: usize = 100;

/// Metadata that sign-in uses.
#[derive(Debug)]
pub(super) struct Metadata {
    pub authorization_endpoint: Url,
    pub token_endpoint: Url,
    pub jwks_uri: Url,
    pub userinfo_endpoint: Option<Url>,
    pub end_session_endpoint: Option<Url>,
    /// `None` if missing, which means Basic (OpenID Connect Discovery §3).
    pub auth_methods: Option<Vec<String>>,
    pub scopes: Vec<String>,
    /// Whether every authorization response has an `iss` (RFC 9207 §3).
    pub sends_iss: bool,
}

impl Metadata {
    /// Size in memory, in bytes.
    pub fn bytes(&self) -> usize {
        let urls = [Some(&self.authorization_endpoint), Some(&self.token_endpoint), Some(&self.jwks_uri)];
        let urls =
            urls.into_iter().chain([self.userinfo_endpoint.as_ref(), self.end_session_endpoint.as_ref()]);
        let texts = self.auth_methods.iter().flatten().chain(&self.scopes);
        size_of::<Self>()
            + urls.flatten().map(|url| url.as_str().len()).sum::<usize>()
            + texts.map(|text| size_of::<String>() + text.len()).sum::<usize>()
    }
}

/// Fetches the metadata of an issuer. Its `issuer` must be the same, character by character (§4.3).
pub(super) async fn discover(state: &State, issuer: &str) -> Result<Metadata, ProviderError> {
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let document = state.outbound().get_json(&url).await?;
    read(&document, issuer, state.config().okta.allow_insecure_issuers).map_err(ProviderError::Unreachable)
}

/// Fetches the published keys of the provider.
pub(super) async fn fetch_keys(
    state: &State,
    metadata: &Metadata,
    time_limit: Option<Duration>,
) -> Result<KeySet, ProviderError> {
    let url = metadata.jwks_uri.as_str();
    let set = match time_limit {
        Some(limit) => state.outbound().get_json_within(url, limit).await?,
        None => state.outbound().get_json(url).await?,
    };
    KeySet::read(&set).map_err(|_| ProviderError::Unreachable(format!("{url} answered without keys")))
}

fn read(document: &Value, issuer: &str, allow_insecure: bool) -> Result<Metadata, String> {
    let document = document.as_object().ok_or_else(|| format!("{issuer} answered with no JSON object"))?;
    match document.get("issuer") {
        Some(Value::String(other)) if other == issuer => {}
        Some(Value::String(other)) => {
            let other: String = other.chars().take(255).collect();
            return Err(format!("the discovery document of {issuer} names another issuer, {other}"));
        }
        _ => return Err(format!("the discovery document of {issuer} does not name its issuer")),
    }
    let optional = |name: &str| endpoint(document, name, allow_insecure);
    let required = |name: &str| {
        optional(name)?.ok_or_else(|| format!("the discovery document of {issuer} has no {name}"))
    };
    Ok(Metadata {
        authorization_endpoint: required("authorization_endpoint")?,
        token_endpoint: required("token_endpoint")?,
        jwks_uri: required("jwks_uri")?,
        userinfo_endpoint: optional("userinfo_endpoint")?,
        end_session_endpoint: optional("end_session_endpoint")?,
        auth_methods: texts(document, "token_endpoint_auth_methods_supported"),
        scopes: texts(document, "scopes_supported").unwrap_or_default(),
        sends_iss: document.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
    })
}

/// URL of an endpoint: https (RFC 8414 §2), without a fragment or credentials. A bad URL fails the whole document.
fn endpoint(document: &Map<String, Value>, name: &str, allow_insecure: bool) -> Result<Option<Url>, String> {
    let text = match document.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text,
        Some(_) => return Err(format!("{name} is not a string")),
    };
    if text.len() > LONGEST_URL {
        return Err(format!("{name} is longer than {LONGEST_URL} bytes"));
    }
    let url = Url::parse(text).map_err(|_| format!("{name} is not a URL"))?;
    let secure = url.scheme() == "https" || (allow_insecure && url.scheme() == "http");
    if !secure {
        return Err(format!("{name} does not begin with https://"));
    }
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(format!("{name} has a fragment or a user name"));
    }
    Ok(Some(url))
}

fn texts(document: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
    let list = document.get(name)?.as_array()?;
    let short = list.iter().filter_map(Value::as_str).filter(|one| one.len() <= LONGEST_NAME);
    Some(short.take(LONGEST_LIST).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "issuer": "https://a.example", "authorization_endpoint": "https://a.example/authorize?x=1",
            "token_endpoint": "https://a.example/token", "jwks_uri": "https://keys.example/",
        })
    }

    #[test]
    fn only_what_sign_in_uses_is_required() {
        let read = read(&document(), "https://a.example", false).unwrap();
        assert_eq!(read.authorization_endpoint.as_str(), "https://a.example/authorize?x=1");
        assert_eq!((read.auth_methods, read.sends_iss), (None, false));
    }

    #[test]
    fn each_defect_has_its_message() {
        for (name, value, words) in [
            ("issuer", json!("https://a.example/"), "names another issuer"),
            ("issuer", json!("https://A.example"), "names another issuer"),
            ("issuer", Value::Null, "does not name its issuer"),
            ("issuer", json!(["https://a.example"]), "does not name its issuer"),
            ("token_endpoint", Value::Null, "has no token_endpoint"),
            ("authorization_endpoint", Value::Null, "has no authorization_endpoint"),
            ("jwks_uri", Value::Null, "has no jwks_uri"),
            ("jwks_uri", json!("http://a.example/keys"), "jwks_uri does not begin with https://"),
            ("token_endpoint", json!("http://a.example/token"), "does not begin with https://"),
            ("authorization_endpoint", json!("javascript:alert(1)"), "does not begin with https://"),
            ("userinfo_endpoint", json!("http://a.example/me"), "does not begin with https://"),
            ("end_session_endpoint", json!("ftp://a.example/"), "does not begin with https://"),
            (
                "token_endpoint",
                json!(format!("https://a.example/{}", "x".repeat(2048))),
                "is longer than 2048 bytes",
            ),
            ("token_endpoint", json!("/token"), "is not a URL"),
            ("token_endpoint", json!(7), "is not a string"),
            ("token_endpoint", json!("https://a.example/#x"), "has a fragment"),
            ("token_endpoint", json!("https://u:p@a.example/"), "has a fragment or a user name"),
        ] {
            let mut changed = document();
            changed[name] = value.clone();
            let error = read(&changed, "https://a.example", false).unwrap_err();
            assert!(error.contains(words), "{name} {value}: {error}");
        }
        let mut long = document();
        long["scopes_supported"] = json!(vec!["s".repeat(100); 10_000]);
        long["token_endpoint_auth_methods_supported"] = json!(["m".repeat(400_000)]);
        let limited = read(&long, "https://a.example", false).unwrap();
        assert_eq!((limited.scopes.len(), limited.auth_methods.as_deref()), (200, Some(&[][..])));
        assert!(limited.bytes() < 30_000, "{}", limited.bytes());
        assert!(read(&json!([]), "https://a.example", false).is_err());
        let mut local = document();
        local["token_endpoint"] = json!("http://127.0.0.1:1/token");
        assert!(read(&local, "https://a.example", true).is_ok());
    }
}
