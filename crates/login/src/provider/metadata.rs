//! What a provider says of itself (OpenID Connect Discovery §3) and the keys it publishes, fetched and read: only what
//! sign-in uses, and that strictly.

use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;
use vestibule_jose::KeySet;
use vestibule_web::State;

use super::types::ProviderError;

/// No honest address is longer, in bytes. What is kept of a provider is bounded by it.
const LONGEST_URL: usize = 2048;
/// No list of scopes or methods that matters here is longer.
const LONGEST_LIST: usize = 200;
/// Nor is a scope or a method, in bytes.
const LONGEST_NAME: usize = 100;

/// What sign-in uses of a provider's metadata.
#[derive(Debug)]
pub(super) struct Metadata {
    pub authorization_endpoint: Url,
    pub token_endpoint: Url,
    pub jwks_uri: Url,
    pub userinfo_endpoint: Option<Url>,
    pub end_session_endpoint: Option<Url>,
    /// `None`: it says nothing, which means Basic (OpenID Connect Discovery §3).
    pub auth_methods: Option<Vec<String>>,
    pub scopes: Vec<String>,
    /// Every authorization response has an `iss` (RFC 9207 §3).
    pub answers_name_issuer: bool,
}

impl Metadata {
    /// How much memory it takes, in bytes.
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

/// Asks the issuer who it is. The answer must be its own, to the letter (§4.3).
pub(super) async fn discover(state: &State, issuer: &str) -> Result<Metadata, ProviderError> {
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let document = state.outbound().get_json(&url).await?;
    read(&document, issuer, state.config().okta.allow_insecure_issuers).map_err(ProviderError::Unreachable)
}

/// The sound keys that the provider publishes.
pub(super) async fn fetch_keys(
    state: &State,
    metadata: &Metadata,
    wait: Option<Duration>,
) -> Result<KeySet, ProviderError> {
    let url = metadata.jwks_uri.as_str();
    let set = match wait {
        Some(wait) => state.outbound().get_json_within(url, wait).await?,
        None => state.outbound().get_json(url).await?,
    };
    KeySet::read(&set).map_err(|_| ProviderError::Unreachable(format!("{url} answered without keys")))
}

fn read(document: &Value, issuer: &str, allow_insecure: bool) -> Result<Metadata, String> {
    let document = document.as_object().ok_or_else(|| format!("{issuer} answered with no JSON object"))?;
    match document.get("issuer") {
        Some(Value::String(named)) if named == issuer => {}
        Some(Value::String(named)) => {
            let named: String = named.chars().take(255).collect();
            return Err(format!("the discovery document of {issuer} names another issuer, {named}"));
        }
        _ => return Err(format!("the discovery document of {issuer} does not name its issuer")),
    }
    let optional = |name: &str| endpoint(document, name, allow_insecure);
    let needed = |name: &str| {
        optional(name)?.ok_or_else(|| format!("the discovery document of {issuer} has no {name}"))
    };
    Ok(Metadata {
        authorization_endpoint: needed("authorization_endpoint")?,
        token_endpoint: needed("token_endpoint")?,
        jwks_uri: needed("jwks_uri")?,
        userinfo_endpoint: optional("userinfo_endpoint")?,
        end_session_endpoint: optional("end_session_endpoint")?,
        auth_methods: texts(document, "token_endpoint_auth_methods_supported"),
        scopes: texts(document, "scopes_supported").unwrap_or_default(),
        answers_name_issuer: document.get("authorization_response_iss_parameter_supported")
            == Some(&Value::Bool(true)),
    })
}

/// An endpoint is https (RFC 8414 §2) and has no fragment, or the whole document is not believed.
fn endpoint(document: &Map<String, Value>, name: &str, allow_insecure: bool) -> Result<Option<Url>, String> {
    let text = match document.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text,
        Some(_) => return Err(format!("{name} is no text")),
    };
    if text.len() > LONGEST_URL {
        return Err(format!("{name} is longer than {LONGEST_URL} bytes"));
    }
    let url = Url::parse(text).map_err(|_| format!("{name} is no URL"))?;
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
    fn only_what_sign_in_uses_must_be_there() {
        let read = read(&document(), "https://a.example", false).unwrap();
        assert_eq!(read.authorization_endpoint.as_str(), "https://a.example/authorize?x=1");
        assert_eq!((read.auth_methods, read.answers_name_issuer), (None, false));
    }

    #[test]
    fn what_is_wrong_is_said() {
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
            ("token_endpoint", json!("/token"), "is no URL"),
            ("token_endpoint", json!(7), "is no text"),
            ("token_endpoint", json!("https://a.example/#x"), "has a fragment"),
            ("token_endpoint", json!("https://u:p@a.example/"), "has a fragment or a user name"),
        ] {
            let mut spoilt = document();
            spoilt[name] = value.clone();
            let error = read(&spoilt, "https://a.example", false).unwrap_err();
            assert!(error.contains(words), "{name} {value}: {error}");
        }
        let mut long = document();
        long["scopes_supported"] = json!(vec!["s".repeat(100); 10_000]);
        long["token_endpoint_auth_methods_supported"] = json!(["m".repeat(400_000)]);
        let kept = read(&long, "https://a.example", false).unwrap();
        assert_eq!((kept.scopes.len(), kept.auth_methods.as_deref()), (200, Some(&[][..])));
        assert!(kept.bytes() < 30_000, "{}", kept.bytes());
        assert!(read(&json!([]), "https://a.example", false).is_err());
        let mut local = document();
        local["token_endpoint"] = json!("http://127.0.0.1:1/token");
        assert!(read(&local, "https://a.example", true).is_ok());
    }
}
