//! Keys of clients: registered ones, and those published at a `jwks_uri`, which are fetched when an assertion needs them, outside
//! transactions, and cached. If none of them verifies an assertion, they are fetched again, at a limited rate.

use std::{sync::Arc, time::Duration};

use url::Url;
use vestibule_core::time::{Micros, SECOND};
use vestibule_jose::{Jws, KeySet};
use vestibule_store::oauth::clients::Client;
use vestibule_web::{
    State, Unverified,
    config::is_loopback,
    outbound::{client::is_public_at_sight, remote_cache::RemoteCache},
};

use super::assertion::{self, LARGEST_KEY_SET};
use crate::error::OAuthError;

/// How long a key set is valid. A key that the client removes is accepted no longer than that.
const LIFETIME: Micros = 600 * SECOND;
/// How long a URL that gave no keys is not fetched again, so that callers can't make Vestibule fetch it often.
const RETRY_AFTER: Micros = 30 * SECOND;
/// Time limit of a request.
const TIME_LIMIT: Duration = Duration::from_secs(3);
/// Capacity of the cache, in bytes.
const CAPACITY: u64 = 32 * 1024 * 1024;

/// Cached key sets, by URL.
#[derive(Clone)]
pub struct ClientKeys(RemoteCache<KeySet, String>);

impl Default for ClientKeys {
    fn default() -> Self {
        Self(RemoteCache::new(CAPACITY, LIFETIME, RETRY_AFTER, Duration::from_secs(3600)))
    }
}

impl ClientKeys {
    /// Verifies the signature of an assertion with the registered or published keys of its client.
    pub(super) async fn verify(
        &self,
        state: &State,
        client: &Client,
        assertion: &Arc<Jws>,
    ) -> Result<(), OAuthError> {
        const WRONG: OAuthError = OAuthError::Assertion("no registered key of the client made its signature");
        let verify = async |keys: &Arc<KeySet>| match state.verify(&client.client_id, assertion, keys).await {
            Ok(()) => Ok(true),
            Err(Unverified::Signature(_)) => Ok(false),
            Err(Unverified::Busy(_)) => Err(OAuthError::Busy),
        };
        let Some(uri) = client.jwks_uri() else {
            // Corrupt keys are the deployment's fault, not the client's.
            client.jwks()?;
            let keys = KeySet::read_text(client.jwks.as_str())
                .map_err(|_| OAuthError::Assertion("the client has no keys here"))?;
            return if verify(&Arc::new(keys)).await? { Ok(()) } else { Err(WRONG) };
        };
        let keys = self.0.get(uri, state.now(), fetch(state, uri)).await.map_err(|error| {
            tracing::warn!(client = client.client_id.as_str(), error, "oauth.client_keys_not_fetched");
            OAuthError::Assertion("the client's jwks_uri gives no keys")
        })?;
        if verify(&keys).await? {
            return Ok(());
        }
        // The client may have published a new key.
        let renewed = self.0.renew(uri, state.now(), &keys, fetch(state, uri)).await;
        if renewed != keys && verify(&renewed).await? { Ok(()) } else { Err(WRONG) }
    }
}

async fn fetch(state: &State, uri: &str) -> Result<KeySet, String> {
    let set = state.outbound().get_json_within(uri, TIME_LIMIT).await;
    let set = set.map_err(|error| error.to_string())?.to_string();
    if set.len() > LARGEST_KEY_SET {
        return Err(format!("{uri} answered with more than {LARGEST_KEY_SET} bytes"));
    }
    assertion::keys(&set).map_err(|why| format!("{uri} is no key set: {why}"))
}

/// Checks a `jwks_uri` before it is registered (RFC 7591 §2): https, no credentials, no private address.
///
/// # Errors
/// The rest of a sentence that begins with the name of the field.
pub fn check_keys_uri(uri: &str, allow_insecure: bool) -> Result<(), &'static str> {
    let url = Url::parse(uri).map_err(|_| "must be a URL")?;
    let development = allow_insecure && url.scheme() == "http" && is_loopback(&url);
    if url.scheme() != "https" && !development {
        return Err("must begin with https://");
    }
    if uri.len() > 500 || !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("must have no user name and no fragment, and at most 500 characters");
    }
    if !allow_insecure && !is_public_at_sight(&url) {
        return Err("must be a public address");
    }
    // In normal form, because this text is fetched, and because the column may contain keys instead of a URL.
    if url.as_str() != uri {
        return Err("must be in normal form");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_keys_uri;

    #[test]
    fn only_https_urls_of_public_hosts_are_registered() {
        for (uri, fits) in [
            ("https://app.example/jwks.json", true),
            ("https://app.example:8443/keys?v=1", true),
            ("http://app.example/jwks.json", false),
            ("https://u:p@app.example/jwks.json", false),
            ("https://app.example/jwks.json#a", false),
            ("https://127.0.0.1/jwks.json", false),
            ("https://localhost/jwks.json", false),
            ("https://[::1]/jwks.json", false),
            ("HTTPS://app.example/jwks.json", false),
            ("https://app.example/a/../jwks.json", false),
            ("file:///etc/passwd", false),
            ("jwks.json", false),
        ] {
            assert_eq!(check_keys_uri(uri, false).is_ok(), fits, "{uri}");
        }
        assert!(check_keys_uri("http://127.0.0.1:9/jwks.json", true).is_ok());
    }
}
