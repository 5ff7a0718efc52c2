//! The public keys of a connection's issuer: found by discovery of the *stored* issuer, never of the token's word, and kept for
//! a while. An unknown key is asked for again at once, but seldom; an issuer that does not answer is left alone for a while,
//! whatever strangers send.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use url::Url;
use vestibule_core::time::{Micros, SECOND};
use vestibule_jose::{Jws, KeySet};
use vestibule_store::{
    Conn, Error,
    providers::connections::Connection,
    trail::events::{self, Cause, Target, kinds::SignalRefused},
};
use vestibule_web::{Busy, State, Unverified, outbound::remote_cache::RemoteCache};

use crate::signed::Flaw;

/// How long a key set counts: a key that the issuer takes away opens nothing after that.
const KEPT: Micros = 600 * SECOND;
/// For how long an issuer that gave no keys is not asked again.
const SPARED: Micros = SECOND;
const LONGEST_WAIT: Duration = Duration::from_secs(4);
/// How many bytes of key sets are kept.
const CAPACITY: u64 = 32 * 1024 * 1024;

/// The keys met so far, by issuer and client: an app may have keys of its own (okta-facts §1.3).
#[derive(Clone)]
pub struct Keys(RemoteCache<KeySet, String>);

impl Default for Keys {
    fn default() -> Self {
        Self(RemoteCache::new(CAPACITY, KEPT, SPARED, Duration::from_secs(3600)))
    }
}

/// Why a token is not the word of a connection's issuer.
pub(crate) enum Unproven {
    /// The issuer gave no keys: one sentence.
    Keys(String),
    /// No key fits, or none made the signature.
    Signature,
    /// The signature was not checked.
    Busy(Busy),
}

impl Unproven {
    /// The sentence for [`Unproven::Signature`].
    pub(crate) const SIGNATURE: &str = "no published key of the issuer fits the signature";
}

impl From<Unverified> for Unproven {
    fn from(unverified: Unverified) -> Self {
        match unverified {
            Unverified::Signature(_) => Unproven::Signature,
            Unverified::Busy(busy) => Unproven::Busy(busy),
        }
    }
}

impl Keys {
    /// Checks a signature with the keys of the connection's issuer. When none fits, the keys may have rotated: they are fetched
    /// anew once, if that was not done just now.
    ///
    /// # Errors
    /// [`Unproven`].
    pub(crate) async fn prove(
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

/// Tells the trail why a signal of this connection was refused, each reason once a minute.
pub(crate) async fn tell_refused(
    state: &State,
    connection: &Connection,
    cause: &Cause,
    flaw: &Flaw,
) -> Result<(), Error> {
    if !state.limits().may_record_refusal(&connection.workspace_id, flaw.check) {
        return Ok(());
    }
    let (workspace_id, cause, now) = (connection.workspace_id.clone(), cause.clone(), state.now());
    let (reason, detail) = (flaw.check, flaw.sentence.clone());
    let tell = move |conn: &mut Conn| {
        let data = SignalRefused { reason, detail: Some(&detail), jti: None };
        events::record(conn, &workspace_id, &cause, Target::Workspace, &data, now).map(drop)
    };
    state.write(tell).await
}

async fn fetch(state: &State, connection: &Connection) -> Result<KeySet, String> {
    let issuer = connection.issuer.trim_end_matches('/');
    let get = |url: String| async move {
        state.outbound().get_json_within(&url, LONGEST_WAIT).await.map_err(|error| error.to_string())
    };
    let metadata = get(format!("{issuer}/.well-known/openid-configuration")).await?;
    // OpenID Connect Discovery §4.3: the document must be this issuer's.
    if metadata.get("issuer").and_then(Value::as_str) != Some(connection.issuer.as_str()) {
        return Err(format!("the discovery document of {issuer} names another issuer"));
    }
    let uri =
        metadata.get("jwks_uri").and_then(Value::as_str).ok_or("the discovery document has no jwks_uri")?;
    let mut uri = Url::parse(uri).map_err(|_| "jwks_uri is no URL")?;
    let keys = KeySet::read(&get(uri.to_string()).await?).map_err(|_| "the key set has no keys")?;
    // Okta adds the keys pinned to an app when asked for its client id; who has none need not know the parameter. They come first,
    // so that they are kept however many others there are.
    uri.query_pairs_mut().append_pair("client_id", &connection.client_id);
    let pinned = get(uri.into()).await.ok().and_then(|set| KeySet::read(&set).ok()).unwrap_or_default();
    Ok(pinned.and(keys))
}
