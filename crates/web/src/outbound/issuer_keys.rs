//! Public keys of a connection's issuer, cached. They are discovered from the stored issuer, never from a claim of the token.
//!
//! For an unknown key the keys are fetched again, at a limited rate. An issuer that does not answer is not asked again for a while, so
//! that others cannot make Vestibule call it often.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use url::Url;
use vestibule_core::time::{Micros, SECOND};
use vestibule_jose::{Jws, KeySet};
use vestibule_store::providers::connections::Connection;

use super::remote_cache::RemoteCache;
use crate::{Busy, State, Unverified};

/// How long a key set is valid. A key that the issuer removes is accepted no longer than that.
const LIFETIME: Micros = 600 * SECOND;
/// How long an issuer that failed is not asked again.
const RETRY_AFTER: Micros = SECOND;
/// Time limit of a request.
const TIME_LIMIT: Duration = Duration::from_secs(4);
/// Capacity of the cache, in bytes.
const CAPACITY: u64 = 32 * 1024 * 1024;

/// Cached keys, by issuer and client, because an app may have keys of its own (okta-facts §1.3).
#[derive(Clone)]
pub struct IssuerKeys(RemoteCache<KeySet, String>);

impl Default for IssuerKeys {
    fn default() -> Self {
        Self(RemoteCache::new(CAPACITY, LIFETIME, RETRY_AFTER, Duration::from_secs(3600)))
    }
}

/// Why a signature is not verified.
pub enum Unproven {
    /// The keys could not be fetched, and why.
    Keys(String),
    /// No published key verifies the signature.
    Signature,
    /// The signature was not checked.
    Busy(Busy),
}

impl Unproven {
    /// Description of [`Unproven::Signature`].
    pub const SIGNATURE: &str = "the signature matches no published key of the issuer";
}

impl From<Unverified> for Unproven {
    fn from(unverified: Unverified) -> Self {
        match unverified {
            Unverified::Signature(_) => Unproven::Signature,
            Unverified::Busy(busy) => Unproven::Busy(busy),
        }
    }
}

impl IssuerKeys {
    /// Verifies a signature with the keys of the connection's issuer. If none verifies it, the keys may have rotated: they are fetched
    /// again once, unless that was done just now.
    pub async fn verify(
        &self,
        state: &State,
        connection: &Connection,
        jws: &Arc<Jws>,
    ) -> Result<(), Unproven> {
        let signer = format!("{}\n{}", connection.issuer, connection.client_id);
        let keys = self.0.get(&signer, state.now(), fetch(state, connection)).await;
        let keys = keys.map_err(Unproven::Keys)?;
        match state.verify(&signer, jws, &keys).await {
            Err(Unverified::Signature(_)) => {
                let renewed = self.0.renew(&signer, state.now(), &keys, fetch(state, connection)).await;
                if renewed == keys {
                    return Err(Unproven::Signature);
                }
                Ok(state.verify(&signer, jws, &renewed).await?)
            }
            verified => Ok(verified?),
        }
    }
}

async fn fetch(state: &State, connection: &Connection) -> Result<KeySet, String> {
    let issuer = connection.issuer.trim_end_matches('/');
    let get = |url: String| async move {
        state.outbound().get_json_within(&url, TIME_LIMIT).await.map_err(|error| error.to_string())
    };
    let metadata = get(format!("{issuer}/.well-known/openid-configuration")).await?;
    // OpenID Connect Discovery §4.3: the document must name this issuer.
    if metadata.get("issuer").and_then(Value::as_str) != Some(connection.issuer.as_str()) {
        return Err(format!("the discovery document of {issuer} names another issuer"));
    }
    let uri =
        metadata.get("jwks_uri").and_then(Value::as_str).ok_or("the discovery document has no jwks_uri")?;
    let mut uri = Url::parse(uri).map_err(|_| "jwks_uri is not a URL")?;
    let keys = KeySet::read(&get(uri.to_string()).await?).map_err(|_| "the key set has no keys")?;
    // Okta adds the keys pinned to an app for a request with its client id; other providers ignore the parameter. These keys come
    // first, because the number of keys is limited.
    uri.query_pairs_mut().append_pair("client_id", &connection.client_id);
    let pinned = get(uri.into()).await.ok().and_then(|set| KeySet::read(&set).ok()).unwrap_or_default();
    Ok(pinned.and(keys))
}
