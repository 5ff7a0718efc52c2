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
use vestibule_core::time::{Micros, SECOND};
use vestibule_jose::KeySet;
use vestibule_web::{
    State,
    outbound::remote_cache::{RemoteCache, Weigh},
};

use super::{
    metadata::{self, Metadata},
    types::ProviderError,
};

const KEPT: Micros = 3600 * SECOND;
const IDLE: Duration = Duration::from_secs(24 * 3600);
/// How many bytes are kept: of metadata, and of key sets.
const CAPACITY: u64 = 32 * 1024 * 1024;
/// Somebody waits for it, and the answer is most likely the same as before.
const SHORT_WAIT: Duration = Duration::from_secs(3);

/// The providers met so far, by issuer.
#[derive(Clone)]
pub struct Providers {
    metadata: RemoteCache<Metadata, ProviderError>,
    keys: RemoteCache<KeySet, ProviderError>,
    /// Those that want to read their token endpoint in our assertions, and those that do not.
    names_endpoint: Cache<String, Arc<AtomicBool>>,
}

impl Weigh for Metadata {
    fn bytes(&self) -> usize {
        self.bytes()
    }
}

impl Default for Providers {
    fn default() -> Self {
        // Somebody who signs in waits: whoever failed to answer is asked again by the next one.
        Self {
            metadata: RemoteCache::new(CAPACITY, KEPT, 0, IDLE),
            keys: RemoteCache::new(CAPACITY, KEPT, 0, IDLE),
            names_endpoint: Cache::builder().max_capacity(10_000).time_to_idle(IDLE).build(),
        }
    }
}

impl Providers {
    pub(super) async fn metadata(&self, state: &State, issuer: &str) -> Result<Arc<Metadata>, ProviderError> {
        let fetch = metadata::discover(state, issuer);
        self.metadata.get(issuer, state.now(), fetch).await
    }

    pub(super) async fn keys(
        &self,
        state: &State,
        issuer: &str,
        metadata: &Metadata,
    ) -> Result<Arc<KeySet>, ProviderError> {
        let fetch = metadata::fetch_keys(state, metadata, None);
        self.keys.get(issuer, state.now(), fetch).await
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
        self.keys.renew(issuer, state.now(), old, fetch).await
    }

    /// Whether this provider wants to read its token endpoint in our assertions, as far as we have met it.
    pub(super) fn wants_endpoint(&self, issuer: &str) -> bool {
        self.endpoint(issuer).load(Ordering::Relaxed)
    }

    pub(super) fn remember_endpoint(&self, issuer: &str, wanted: bool) {
        self.endpoint(issuer).store(wanted, Ordering::Relaxed);
    }

    fn endpoint(&self, issuer: &str) -> Arc<AtomicBool> {
        self.names_endpoint.get_with_by_ref(issuer, Arc::default)
    }
}
