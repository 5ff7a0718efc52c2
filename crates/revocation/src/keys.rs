//! The public keys of a connection's issuer: found by discovery of the *stored* issuer, never of the token's word, and
//! cached. An unknown key is asked for again at once, but not more often than every thirty seconds.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use serde_json::{Map, Value, json};
use url::Url;
use vestibule_store::{
    Conn, Error, Micros, SECOND,
    connections::Connection,
    events::{self, Cause},
};
use vestibule_web::State;

use crate::signed::{Flaw, Signed};

const REFETCH_AFTER: Micros = 30 * SECOND;

/// One issuer's keys as fetched.
pub struct KeySet {
    /// JSON Web Keys.
    pub keys: Vec<Map<String, Value>>,
    fetched_at: Micros,
}

/// The keys met so far, by issuer and client: an app may have keys of its own (okta-facts §1.3).
#[derive(Clone)]
pub struct Keys {
    sets: Cache<(String, String), Arc<KeySet>>,
    /// Which refusals were told of late, by workspace and check: strangers must not fill a trail.
    told: Cache<(String, &'static str), ()>,
}

impl Default for Keys {
    fn default() -> Self {
        let for_so_long = |seconds| Duration::from_secs(seconds);
        Self {
            sets: Cache::builder().max_capacity(10_000).time_to_live(for_so_long(3600)).build(),
            told: Cache::builder().max_capacity(10_000).time_to_live(for_so_long(60)).build(),
        }
    }
}

impl Keys {
    /// The connection's keys, from the cache if they are there.
    ///
    /// # Errors
    /// One sentence: the issuer did not answer, or not with keys.
    pub async fn get(&self, state: &State, connection: &Connection) -> Result<Arc<KeySet>, String> {
        match self.sets.get(&place(connection)) {
            Some(known) => Ok(known),
            None => self.fetch(state, connection).await,
        }
    }

    /// The connection's keys anew, unless they were fetched just now.
    ///
    /// # Errors
    /// As [`Keys::get`].
    pub async fn get_anew(
        &self,
        state: &State,
        connection: &Connection,
        old: Arc<KeySet>,
    ) -> Result<Arc<KeySet>, String> {
        if state.now() - old.fetched_at < REFETCH_AFTER {
            return Ok(old);
        }
        self.fetch(state, connection).await
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
        let unreachable = |error: String| Flaw::new("keys", error);
        let known = self.get(state, connection).await.map_err(unreachable)?;
        if signed.is_by(&known.keys) {
            return Ok(());
        }
        let fresh = self.get_anew(state, connection, known).await.map_err(unreachable)?;
        let unfit = || Flaw::new("signature", "no published key of the issuer fits the signature");
        if signed.is_by(&fresh.keys) { Ok(()) } else { Err(unfit()) }
    }

    /// Tells the trail why a token of this connection was refused, each reason once a minute.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn tell_refused(
        &self,
        state: &State,
        connection: &Connection,
        cause: &Cause,
        flaw: &Flaw,
    ) -> Result<(), Error> {
        let place = (connection.workspace_id.clone(), flaw.check);
        if self.told.contains_key(&place) {
            return Ok(());
        }
        self.told.insert(place, ());
        let (workspace_id, cause, now) = (connection.workspace_id.clone(), cause.clone(), state.now());
        let data = json!({ "reason": flaw.check, "detail": flaw.sentence });
        let tell = move |conn: &mut Conn| {
            events::record(conn, &workspace_id, "signal_refused", &cause, "workspace", &data, now).map(drop)
        };
        state.write(tell).await
    }

    async fn fetch(&self, state: &State, connection: &Connection) -> Result<Arc<KeySet>, String> {
        let issuer = connection.issuer.trim_end_matches('/');
        let get = |url: String| async move {
            state.outbound().get_json(&url).await.map_err(|error| error.to_string())
        };
        let metadata = get(format!("{issuer}/.well-known/openid-configuration")).await?;
        // OpenID Connect Discovery §4.3: the document must be this issuer's.
        if metadata.get("issuer").and_then(Value::as_str) != Some(connection.issuer.as_str()) {
            return Err(format!("the discovery document of {issuer} names another issuer"));
        }
        let uri = metadata
            .get("jwks_uri")
            .and_then(Value::as_str)
            .ok_or("the discovery document has no jwks_uri")?;
        let mut uri = Url::parse(uri).map_err(|_| "jwks_uri is no URL")?;
        let mut keys = keys_of(&get(uri.to_string()).await?).ok_or("the key set has no keys")?;
        // Okta adds the keys pinned to an app when asked for its client id; who has none need not know the parameter.
        uri.query_pairs_mut().append_pair("client_id", &connection.client_id);
        keys.extend(get(uri.into()).await.ok().as_ref().and_then(keys_of).unwrap_or_default());
        let fetched = Arc::new(KeySet { keys, fetched_at: state.now() });
        self.sets.insert(place(connection), fetched.clone());
        Ok(fetched)
    }
}

fn keys_of(set: &Value) -> Option<Vec<Map<String, Value>>> {
    let keys = set.get("keys").and_then(Value::as_array)?;
    Some(keys.iter().filter_map(|key| key.as_object().cloned()).collect())
}

fn place(connection: &Connection) -> (String, String) {
    (connection.issuer.clone(), connection.client_id.clone())
}
