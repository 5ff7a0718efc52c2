//! The keys of clients that publish them at an address (`jwks_uri`): fetched by the house's way out when an assertion needs
//! them, never inside a transaction, kept briefly. A key that is not known is asked for at once, but seldom.

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

/// How long a key set counts: a key that its owner takes away opens nothing after that.
const KEPT: Micros = 600 * SECOND;
/// For how long an address that gave no keys is not asked again: strangers must not make us call it at their will.
const SPARED: Micros = 30 * SECOND;
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// How many bytes of key sets are kept.
const CAPACITY: u64 = 32 * 1024 * 1024;

/// The key sets met so far, by address.
#[derive(Clone)]
pub struct ClientKeys(RemoteCache<KeySet, String>);

impl Default for ClientKeys {
    fn default() -> Self {
        Self(RemoteCache::new(CAPACITY, KEPT, SPARED, Duration::from_secs(3600)))
    }
}

impl ClientKeys {
    /// Checks the signature of an assertion with the keys of its client: those that are registered, or those that it publishes.
    ///
    /// # Errors
    /// [`OAuthError::Assertion`], [`OAuthError::Busy`].
    pub(super) async fn prove(
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
            let keys = KeySet::read_text(&client.jwks)
                .map_err(|_| OAuthError::Assertion("the client has no keys here"))?;
            return if verify(&Arc::new(keys)).await? { Ok(()) } else { Err(WRONG) };
        };
        let keys = self.0.get(uri, state.now(), fetch(state, uri)).await.map_err(|error| {
            tracing::warn!(client = client.client_id, error, "oauth.client_keys_not_fetched");
            OAuthError::Assertion("the client's jwks_uri gives no keys")
        })?;
        if verify(&keys).await? {
            return Ok(());
        }
        // A key that is not known may be new.
        let renewed = self.0.renew(uri, state.now(), &keys, fetch(state, uri)).await;
        if renewed != keys && verify(&renewed).await? { Ok(()) } else { Err(WRONG) }
    }
}

async fn fetch(state: &State, uri: &str) -> Result<KeySet, String> {
    let set = state.outbound().get_json_within(uri, LONGEST_WAIT).await;
    let set = set.map_err(|error| error.to_string())?.to_string();
    if set.len() > LARGEST_KEY_SET {
        return Err(format!("{uri} answered with more than {LARGEST_KEY_SET} bytes"));
    }
    assertion::keys(&set).map_err(|why| format!("{uri} is no key set: {why}"))
}

/// Whether an address may be registered as a client's `jwks_uri` (RFC 7591 §2): https, nothing secret in it, nothing that leads
/// into this network at sight.
///
/// # Errors
/// What is wrong with it, to be said after its name.
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
    // As a parser writes it: this is what is fetched, and by what a column that may hold the keys themselves is read.
    if url.as_str() != uri {
        return Err("must be written plainly");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_keys_uri;

    #[test]
    fn only_addresses_that_we_may_call_are_registered() {
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
