//! The providers met so far: metadata and keys, each kept for an hour and apart, because a key that is not known is a
//! reason to ask for keys again and not for everything. Who asks for the same thing at the same time shares one request,
//! and its failure.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;
use serde_json::{Map, Value};
use vestibule_store::{Micros, SECOND};
use vestibule_web::{State, kept::Kept};

use super::{
    ProviderError,
    metadata::{self, Metadata},
};

const KEPT: Micros = 3600 * SECOND;
/// Somebody waits for it, and the answer is most likely the same as before.
const SHORT_WAIT: Duration = Duration::from_secs(3);

/// Public keys, as published.
pub(super) type KeySet = Vec<Map<String, Value>>;

/// The providers met so far.
#[derive(Clone)]
pub struct Providers(Cache<String, Arc<Known>>);

struct Known {
    metadata: Kept<Metadata, ProviderError>,
    keys: Kept<KeySet, ProviderError>,
    names_endpoint: AtomicBool,
}

impl Default for Known {
    fn default() -> Self {
        // Somebody who signs in waits: whoever failed to answer is asked again by the next one.
        Self {
            metadata: Kept::new(KEPT, 0),
            keys: Kept::new(KEPT, 0),
            names_endpoint: AtomicBool::new(false),
        }
    }
}

impl Default for Providers {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(10_000).time_to_idle(Duration::from_secs(24 * 3600)).build())
    }
}

impl Providers {
    pub(super) async fn metadata(&self, state: &State, issuer: &str) -> Result<Arc<Metadata>, ProviderError> {
        let fetch = metadata::discover(state, issuer);
        self.known(issuer).metadata.get(state.now(), fetch).await
    }

    pub(super) async fn keys(
        &self,
        state: &State,
        issuer: &str,
        metadata: &Metadata,
    ) -> Result<Arc<KeySet>, ProviderError> {
        let fetch = metadata::fetch_keys(state, metadata, None);
        self.known(issuer).keys.get(state.now(), fetch).await
    }

    /// The keys anew, if it is time for that and the provider answers; else the same.
    pub(super) async fn keys_anew(
        &self,
        state: &State,
        issuer: &str,
        metadata: &Metadata,
        old: &Arc<KeySet>,
    ) -> Arc<KeySet> {
        let fetch = metadata::fetch_keys(state, metadata, Some(SHORT_WAIT));
        self.known(issuer).keys.renew(state.now(), old, fetch).await
    }

    /// Whether this provider wants to read its token endpoint in our assertions, as far as we have met it.
    pub(super) fn wants_endpoint(&self, issuer: &str) -> bool {
        self.known(issuer).names_endpoint.load(Ordering::Relaxed)
    }

    pub(super) fn remember_endpoint(&self, issuer: &str, wanted: bool) {
        self.known(issuer).names_endpoint.store(wanted, Ordering::Relaxed);
    }

    fn known(&self, issuer: &str) -> Arc<Known> {
        self.0.get_with_by_ref(issuer, Arc::default)
    }
}
