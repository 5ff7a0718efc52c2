//! Cache of providers' metadata and keys, each for an hour. They are cached separately, because a signature that no key verifies is a
//! reason to fetch the keys again, but not the metadata. Concurrent callers share one request, and its failure.

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

/// How long an entry is valid.
const LIFETIME: Micros = 3600 * SECOND;
/// How long an entry without use stays in memory.
const UNUSED: Duration = Duration::from_secs(24 * 3600);
/// Capacity in bytes, once for metadata and once for key sets.
const CAPACITY: u64 = 32 * 1024 * 1024;
/// Time limit for fetching keys again, because a person waits and the keys have probably not changed.
const SHORT_WAIT: Duration = Duration::from_secs(3);

/// Cached providers, by issuer.
#[derive(Clone)]
pub struct Providers {
    metadata: RemoteCache<Metadata, ProviderError>,
    keys: RemoteCache<KeySet, ProviderError>,
    /// Whether the provider wants its token endpoint as the audience of assertions, instead of its issuer.
    endpoint_audience: Cache<String, Arc<AtomicBool>>,
}

impl Weigh for Metadata {
    fn bytes(&self) -> usize {
        self.bytes()
    }
}

impl Default for Providers {
    fn default() -> Self {
        // A failure is not cached: the next sign-in tries again.
        Self {
            metadata: RemoteCache::new(CAPACITY, LIFETIME, 0, UNUSED),
            keys: RemoteCache::new(CAPACITY, LIFETIME, 0, UNUSED),
            endpoint_audience: Cache::builder().max_capacity(10_000).time_to_idle(UNUSED).build(),
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

    /// Fetches the keys again, unless that was done just now. Returns the old keys if the provider does not answer.
    pub(super) async fn renewed_keys(
        &self,
        state: &State,
        issuer: &str,
        metadata: &Metadata,
        old: &Arc<KeySet>,
    ) -> Arc<KeySet> {
        let fetch = metadata::fetch_keys(state, metadata, Some(SHORT_WAIT));
        self.keys.renew(issuer, state.now(), old, fetch).await
    }

    /// Whether this provider wants its token endpoint as the audience of assertions, as far as known.
    pub(super) fn wants_endpoint_audience(&self, issuer: &str) -> bool {
        self.endpoint_audience(issuer).load(Ordering::Relaxed)
    }

    pub(super) fn set_endpoint_audience(&self, issuer: &str, wanted: bool) {
        self.endpoint_audience(issuer).store(wanted, Ordering::Relaxed);
    }

    fn endpoint_audience(&self, issuer: &str) -> Arc<AtomicBool> {
        self.endpoint_audience.get_with_by_ref(issuer, Arc::default)
    }
}
