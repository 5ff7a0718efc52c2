//! Finds clients by their id, also those whose id is the URL of a metadata document (draft-ietf-oauth-client-id-metadata-document).
//!
//! A document is cached for an hour, a failure for a minute. The client is stored when a person approves it
//! ([`clients::save_described`]), and the token endpoint uses the stored client. Only a request with a session fetches a document, at a
//! limited rate per person.

use std::{fmt, time::Duration};

use actix_web::HttpRequest;
use serde_json::{Map, Value};
use url::Url;
use vestibule_core::{
    ids::ClientId,
    sets::{ClientAuth, ClientKind},
    time::{Micros, SECOND},
};
use vestibule_store::{
    Error,
    oauth::clients::{self, Client, NewClient},
};
use vestibule_web::{
    State,
    config::is_loopback,
    http::{limits::RetryAfter, session},
    outbound::remote_cache::{RemoteCache, Weigh},
};

use super::{assertion, keys::check_keys_uri, metadata::Authentication, readable_name, redirect_uri, scope};

/// How long a document is valid.
const LIFETIME: Micros = 3600 * SECOND;
/// How long a URL that failed is not fetched again.
const RETRY_AFTER: Micros = 60 * SECOND;
/// Time limit of a request.
const TIME_LIMIT: Duration = Duration::from_secs(3);
/// Largest document, in bytes. §6.6 recommends 5 KB; keys need more.
const LARGEST: usize = 16 * 1024;
/// Capacity of the cache, in bytes.
const CAPACITY: u64 = 16 * 1024 * 1024;

/// Cached documents, by URL.
#[derive(Clone)]
pub struct Documents(RemoteCache<Document, LookupError>);

impl Default for Documents {
    fn default() -> Self {
        Self(RemoteCache::new(CAPACITY, LIFETIME, RETRY_AFTER, Duration::from_secs(3600)))
    }
}

/// A client as its document describes it.
struct Document(Client);

impl Weigh for Document {
    fn bytes(&self) -> usize {
        let Client { client_id, name, redirect_uris, jwks, scope, metadata, .. } = &self.0;
        size_of::<Self>()
            + [client_id.as_str(), name, redirect_uris.as_str(), jwks.as_str(), scope, metadata]
                .into_iter()
                .map(str::len)
                .sum::<usize>()
    }
}

/// Why a client could not be looked up.
#[derive(Debug, Clone)]
pub(crate) enum LookupError {
    /// The document is fetched only with a session.
    SignIn,
    /// The URL or its document is invalid.
    Invalid(String),
    /// Too many documents were fetched for this person.
    TooMany(RetryAfter),
    Store(String),
}

impl From<Error> for LookupError {
    fn from(error: Error) -> Self {
        LookupError::Store(error.to_string())
    }
}

impl fmt::Display for LookupError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LookupError::SignIn => formatter.write_str("nobody is signed in"),
            LookupError::Invalid(why) | LookupError::Store(why) => formatter.write_str(why),
            LookupError::TooMany(_) => formatter.write_str("too many documents were fetched for this person"),
        }
    }
}

/// Finds a client by its id. For an id that is a URL, returns the stored client if its document was fetched within the last hour, otherwise
/// the client as its document describes it, which may not be stored yet.
pub(crate) async fn client(
    req: &HttpRequest,
    state: &State,
    documents: &Documents,
    client_id: &str,
) -> Result<Option<Client>, LookupError> {
    let wanted = ClientId::sent(client_id);
    if !clients::is_address(client_id) {
        return Ok(state.read(move |conn| clients::find(conn, &wanted)).await?);
    }
    if !state.config().oauth.client_metadata_documents {
        return Err(LookupError::Invalid("client id metadata documents are switched off here".to_owned()));
    }
    check_url(client_id, state.config().okta.allow_insecure_issuers)
        .map_err(|why| LookupError::Invalid(why.to_owned()))?;
    let stored = state.read(move |conn| clients::find(conn, &wanted)).await?;
    let now = state.now();
    if let Some(stored) = stored.filter(|stored| stored.fetched_at.is_some_and(|at| now - at < LIFETIME)) {
        return Ok(Some(stored));
    }
    let signed_in = session::find(state, req).await?;
    let may_fetch = || {
        let user = signed_in.as_ref().map(|signed_in| &signed_in.user).ok_or(LookupError::SignIn)?;
        state.limits().documents(&user.workspace_id, &user.user_id).map_err(LookupError::TooMany)
    };
    let fetch = describe(state, client_id, now);
    let document = documents.0.get_with_leave(client_id, now, may_fetch, fetch).await?;
    Ok(Some(document.0.clone()))
}

/// Fetches a document and builds the client from it.
async fn describe(state: &State, client_id: &str, now: Micros) -> Result<Document, LookupError> {
    let document = fetch(state, client_id).await.map_err(LookupError::Invalid)?;
    let described = Described::read(&document, client_id, state.config().okta.allow_insecure_issuers)
        .map_err(|why| LookupError::Invalid(why.to_owned()))?;
    let new = NewClient {
        name: &described.name,
        redirect_uris: &described.redirect_uris,
        auth_method: described.auth_method,
        jwks: &described.jwks,
        scope: &scope::intersection(&described.scope, &state.config().oauth.mcp_scopes),
        metadata: &described.document,
        default_max_age: described.authentication.default_max_age,
        requires_auth_time: described.authentication.requires_auth_time,
        ..NewClient::new(ClientKind::Mcp)
    };
    Ok(Document(clients::described(client_id, &new, now)))
}

async fn fetch(state: &State, url: &str) -> Result<Value, String> {
    let document = state.outbound().get_json_within(url, TIME_LIMIT).await.map_err(|error| {
        tracing::warn!(%error, "oauth.client_not_described");
        "its document can't be fetched".to_owned()
    })?;
    if document.to_string().len() > LARGEST {
        return Err(format!("its document is larger than {LARGEST} bytes"));
    }
    Ok(document)
}

/// Checks a client id that is a URL (§3): https, with a path, without dot segments, fragment and credentials, in normal form.
fn check_url(text: &str, allow_insecure: bool) -> Result<(), &'static str> {
    let url = Url::parse(text).map_err(|_| "it is not a URL")?;
    let development = allow_insecure && url.scheme() == "http" && is_loopback(&url);
    if url.scheme() != "https" && !development {
        return Err("it must begin with https://");
    }
    if text.len() > 500 || url.as_str() != text || text.contains(['\\', '#']) {
        return Err("it is not in normal form");
    }
    if url.path() == "/" || !url.username().is_empty() || url.password().is_some() {
        return Err("it must have a path and no user name");
    }
    Ok(())
}

/// Client metadata of a document.
#[derive(Debug)]
struct Described {
    name: String,
    redirect_uris: Vec<String>,
    auth_method: ClientAuth,
    jwks: String,
    scope: String,
    authentication: Authentication,
    /// The document as JSON.
    document: String,
}

impl Described {
    /// Checks and reads a document (§4.1): `client_id` is exactly its URL; no secret, because the document is public; redirect URIs that
    /// may be registered.
    fn read(document: &Value, url: &str, allow_insecure: bool) -> Result<Self, &'static str> {
        let document = document.as_object().ok_or("its document is not a JSON object")?;
        if text(document, "client_id") != Some(url) {
            return Err("its document is of another client");
        }
        if document.contains_key("client_secret") || document.contains_key("client_secret_expires_at") {
            return Err("its document contains a secret");
        }
        let auth_method = match document.get("token_endpoint_auth_method").map(Value::as_str) {
            None | Some(Some("none")) => ClientAuth::None,
            Some(Some("private_key_jwt")) => ClientAuth::PrivateKeyJwt,
            Some(_) => return Err("its token_endpoint_auth_method must be none or private_key_jwt"),
        };
        let jwks = match auth_method {
            ClientAuth::PrivateKeyJwt => keys(document, allow_insecure)?,
            _ => String::new(),
        };
        Ok(Self {
            name: name(document).ok_or("its document has no client_name")?,
            redirect_uris: redirect_uris(document).ok_or("its redirect_uris are invalid")?,
            auth_method,
            jwks,
            scope: text(document, "scope").unwrap_or_default().to_owned(),
            authentication: Authentication::read(document)?,
            document: Value::Object(document.clone()).to_string(),
        })
    }
}

/// Keys of a client with `private_key_jwt`: either `jwks` or `jwks_uri` (RFC 7591 §2).
pub(crate) fn keys(document: &Map<String, Value>, allow_insecure: bool) -> Result<String, &'static str> {
    match (document.get("jwks"), document.get("jwks_uri")) {
        (Some(jwks), None) => {
            let jwks = jwks.to_string();
            assertion::check_keys(&jwks).map_err(|_| "its jwks is no set of public keys")?;
            Ok(jwks)
        }
        (None, Some(uri)) => {
            let uri = uri.as_str().ok_or("its jwks_uri is no text")?;
            check_keys_uri(uri, allow_insecure)
                .map_err(|_| "its jwks_uri is no https address we may call")?;
            Ok(uri.to_owned())
        }
        (Some(_), Some(_)) => Err("it has both jwks and jwks_uri"),
        (None, None) => Err("private_key_jwt needs jwks or jwks_uri"),
    }
}

/// Name of the client, if a person can read it.
pub(crate) fn name(document: &Map<String, Value>) -> Option<String> {
    let name = text(document, "client_name")?.trim();
    readable_name::is_name(name).then(|| name.to_owned())
}

/// Redirect URIs: one to twenty, all of which may be registered.
pub(crate) fn redirect_uris(document: &Map<String, Value>) -> Option<Vec<String>> {
    let uris = document.get("redirect_uris")?.as_array()?;
    let uris: Option<Vec<String>> = uris.iter().map(|uri| uri.as_str().map(str::to_owned)).collect();
    uris.filter(|uris| {
        (1..=20).contains(&uris.len()) && uris.iter().all(|uri| redirect_uri::may_be_registered(uri))
    })
}

fn text<'a>(document: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    document.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_client_id_is_an_https_url_in_normal_form() {
        for (text, fits) in [
            ("https://app.example/client.json", true),
            ("https://app.example:8443/a/b?c=d", true),
            ("https://app.example/", false),
            ("https://app.example", false),
            ("https://app.example/a/../b", false),
            ("https://app.example/%2e%2e/b", false),
            ("https://app.example/a#b", false),
            ("https://u:p@app.example/a", false),
            ("https://APP.example/a", false),
            ("http://app.example/a", false),
            ("http://127.0.0.1/a", false),
        ] {
            assert_eq!(check_url(text, false).is_ok(), fits, "{text}");
        }
        assert!(check_url("http://127.0.0.1:1/a", true).is_ok());
    }

    #[test]
    fn an_invalid_document_is_refused() {
        let url = "https://app.example/client.json";
        let fine =
            json!({ "client_id": url, "client_name": "Tool", "redirect_uris": ["http://127.0.0.1/cb"] });
        let read = |name: &str, value: Value| {
            let mut document = fine.clone();
            document[name] = value;
            Described::read(&document, url, false)
        };
        assert!(Described::read(&fine, url, false).is_ok());
        assert!(Described::read(&fine, "https://app.example/other.json", false).is_err());
        let mut signs = fine.clone();
        signs["token_endpoint_auth_method"] = json!("private_key_jwt");
        for (jwks, uri, fits) in [
            (None, Some("https://app.example/jwks.json"), true),
            (None, Some("http://app.example/jwks.json"), false),
            (None, Some("https://127.0.0.1/jwks.json"), false),
            (Some(json!({ "keys": [] })), None, false),
            (Some(json!({ "keys": [] })), Some("https://app.example/jwks.json"), false),
        ] {
            let mut document = signs.clone();
            for (name, value) in [("jwks", jwks.clone()), ("jwks_uri", uri.map(Value::from))] {
                if let Some(value) = value {
                    document[name] = value;
                }
            }
            assert_eq!(Described::read(&document, url, false).is_ok(), fits, "{jwks:?} {uri:?}");
        }
        for (name, value) in [
            ("client_id", json!("https://app.example/client.json/")),
            ("client_name", json!("")),
            ("client_name", json!("Tool\u{202e}")),
            ("client_name", json!(1)),
            ("redirect_uris", json!([])),
            ("redirect_uris", json!(["http://app.example/cb"])),
            ("redirect_uris", json!(["javascript:alert(1)"])),
            ("redirect_uris", json!("https://app.example/cb")),
            ("client_secret", json!("x")),
            ("client_secret_expires_at", json!(0)),
            ("token_endpoint_auth_method", json!("client_secret_post")),
            ("token_endpoint_auth_method", json!("client_secret_basic")),
            ("token_endpoint_auth_method", json!("private_key_jwt")),
            ("token_endpoint_auth_method", json!(1)),
            ("default_max_age", json!("60")),
            ("require_auth_time", json!("yes")),
        ] {
            assert!(read(name, value.clone()).is_err(), "{name} {value}");
        }
    }
}
