//! The keys of clients that publish them at an address (`jwks_uri`): fetched by the house's way out when an assertion needs
//! them, never inside a transaction, kept briefly. A key that is not known is asked for at once, but seldom.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use url::Url;
use vestibule_store::{Micros, SECOND};
use vestibule_web::{State, config::is_loopback, kept::Kept, outbound::is_public_at_sight};

use super::assertion::{self, Unproven};

/// A key that its owner takes away opens nothing after that.
const KEPT: Micros = 600 * SECOND;
/// For how long an address that gave no keys is left alone: strangers must not make us call it at their will.
const SPARED: Micros = 30 * SECOND;
const LONGEST_WAIT: Duration = Duration::from_secs(3);
const LARGEST: usize = 16 * 1024;

/// The key sets met so far, by address.
#[derive(Clone)]
pub struct ClientKeys(Cache<String, Arc<Kept<String, String>>>);

impl Default for ClientKeys {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_idle(Duration::from_secs(3600)).build())
    }
}

impl ClientKeys {
    /// The key set at this address by which the assertion is proven, or else the newest.
    ///
    /// # Errors
    /// A sentence for the log: the address gave no keys.
    pub(super) async fn get(
        &self,
        state: &State,
        uri: &str,
        unproven: &Unproven,
    ) -> Result<Arc<String>, String> {
        let kept = self.0.get_with_by_ref(uri, || Arc::new(Kept::new(KEPT, SPARED)));
        let known = kept.get(state.now(), fetch(state, uri)).await?;
        if unproven.prove(&known).is_ok() {
            return Ok(known);
        }
        Ok(kept.renew(state.now(), &known, fetch(state, uri)).await)
    }
}

async fn fetch(state: &State, uri: &str) -> Result<String, String> {
    let set = state.outbound().get_json_within(uri, LONGEST_WAIT).await;
    let set = set.map_err(|error| error.to_string())?.to_string();
    if set.len() > LARGEST {
        return Err(format!("{uri} answered with more than {LARGEST} bytes"));
    }
    assertion::check_keys(&set).map_err(|why| format!("{uri} is no key set: {why}"))?;
    Ok(set)
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
