//! The public keys of a connection's issuer: found by discovery of the *stored* issuer, never of the token's word, and kept for
//! a while. An unknown key is asked for again at once, but seldom; an issuer that does not answer is left alone for a while,
//! whatever strangers send.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use serde_json::{Map, Value, json};
use url::Url;
use vestibule_store::{
    Conn, Error, Micros, SECOND,
    connections::Connection,
    events::{self, Cause},
};
use vestibule_web::{State, kept::Kept};

use crate::signed::{Flaw, Signed};

/// A key that the issuer takes away opens nothing after that.
const KEPT: Micros = 600 * SECOND;
/// For how long an issuer that gave no keys is spared.
const SPARED: Micros = SECOND;
const LONGEST_WAIT: Duration = Duration::from_secs(4);

/// JSON Web Keys.
pub type KeySet = Vec<Map<String, Value>>;

/// One issuer's keys, for one client.
type OfCaller = Kept<KeySet, String>;

/// The keys met so far, by issuer and client: an app may have keys of its own (okta-facts §1.3).
#[derive(Clone)]
pub struct Keys(Cache<(String, String), Arc<OfCaller>>);

impl Default for Keys {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_idle(Duration::from_secs(3600)).build())
    }
}

impl Keys {
    /// The connection's keys, fetched if they are not here.
    ///
    /// # Errors
    /// One sentence: the issuer did not answer, or not with keys.
    pub async fn get(&self, state: &State, connection: &Connection) -> Result<Arc<KeySet>, String> {
        self.of(connection).get(state.now(), fetch(state, connection)).await
    }

    /// The connection's keys anew, unless they were asked for just now or nobody answers: then the same.
    pub async fn get_anew(&self, state: &State, connection: &Connection, old: &Arc<KeySet>) -> Arc<KeySet> {
        self.of(connection).renew(state.now(), old, fetch(state, connection)).await
    }

    /// Checks a signature with the connection's keys; what fits none may be by a key that is new.
    ///
    /// # Errors
    /// The check `signature`, or `keys`.
    pub(crate) async fn prove(
        &self,
        state: &State,
        connection: &Connection,
        signed: &Signed,
    ) -> Result<(), Flaw> {
        let known = self.get(state, connection).await.map_err(|error| Flaw::new("keys", error))?;
        if signed.is_by(&known) || signed.is_by(&self.get_anew(state, connection, &known).await) {
            return Ok(());
        }
        Err(Flaw::new("signature", "no published key of the issuer fits the signature"))
    }

    fn of(&self, connection: &Connection) -> Arc<OfCaller> {
        let place = (connection.issuer.clone(), connection.client_id.clone());
        self.0.get_with(place, || Arc::new(Kept::new(KEPT, SPARED)))
    }
}

/// Tells the trail why a signal of this connection was refused, each reason once a minute.
///
/// # Errors
/// The database's.
pub(crate) async fn tell_refused(
    state: &State,
    connection: &Connection,
    cause: &Cause,
    flaw: &Flaw,
) -> Result<(), Error> {
    if !state.limits().may_tell(&connection.workspace_id, flaw.check) {
        return Ok(());
    }
    let (workspace_id, cause, now) = (connection.workspace_id.clone(), cause.clone(), state.now());
    let data = json!({ "reason": flaw.check, "detail": flaw.sentence });
    let tell = move |conn: &mut Conn| {
        events::record(conn, &workspace_id, "signal_refused", &cause, "workspace", &data, now).map(drop)
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
    let mut keys = keys_of(&get(uri.to_string()).await?).ok_or("the key set has no keys")?;
    // Okta adds the keys pinned to an app when asked for its client id; who has none need not know the parameter.
    uri.query_pairs_mut().append_pair("client_id", &connection.client_id);
    keys.extend(get(uri.into()).await.ok().as_ref().and_then(keys_of).unwrap_or_default());
    Ok(keys)
}

fn keys_of(set: &Value) -> Option<KeySet> {
    let keys = set.get("keys").and_then(Value::as_array)?;
    Some(keys.iter().filter_map(|key| key.as_object().cloned()).collect())
}
