//! The providers met so far: metadata and keys, each kept for an hour and apart, because a key that is not known is a
//! reason to ask for keys again and not for everything. Who asks for the same thing at the same time shares one request,
//! and its failure.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use vestibule_store::{Micros, SECOND};
use vestibule_web::State;

use super::{
    ProviderError,
    metadata::{self, Metadata},
};

const KEPT: Micros = 3600 * SECOND;
/// Keys rotate about four times a year (okta-facts §5.5); one that is not known is asked for at once, this often at most.
const ASKED_AGAIN: Micros = 30 * SECOND;
/// Somebody waits for it, and the answer is most likely the same as before.
const SHORT_WAIT: Duration = Duration::from_secs(3);

/// Public keys, as published.
pub(super) type KeySet = Vec<Map<String, Value>>;

/// The providers met so far.
#[derive(Clone)]
pub struct Providers(Cache<String, Arc<Known>>);

#[derive(Default)]
struct Known {
    metadata: Kept<Metadata>,
    keys: Kept<KeySet>,
    names_endpoint: AtomicBool,
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

/// One thing, fetched by one at a time.
struct Kept<T> {
    slot: Mutex<Slot<T>>,
    failures: AtomicU64,
}

struct Slot<T> {
    value: Option<(Arc<T>, Micros)>,
    asked_at: Micros,
    failure: Option<ProviderError>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        let slot = Slot { value: None, asked_at: Micros::MIN, failure: None };
        Self { slot: Mutex::new(slot), failures: AtomicU64::new(0) }
    }
}

impl<T> Kept<T> {
    async fn get(
        &self,
        now: Micros,
        fetch: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<Arc<T>, ProviderError> {
        let before = self.failures.load(Ordering::Acquire);
        let mut slot = self.slot.lock().await;
        if let Some((value, fetched_at)) = &slot.value
            && (0..KEPT).contains(&now.saturating_sub(*fetched_at))
        {
            return Ok(value.clone());
        }
        // Whoever we waited for has failed: the provider is not asked a hundred times for a hundred people.
        if self.failures.load(Ordering::Acquire) != before
            && let Some(failure) = &slot.failure
        {
            return Err(failure.clone());
        }
        match fetch.await {
            Ok(value) => {
                let value = Arc::new(value);
                slot.value = Some((value.clone(), now));
                Ok(value)
            }
            Err(error) => {
                slot.failure = Some(error.clone());
                self.failures.fetch_add(1, Ordering::Release);
                Err(error)
            }
        }
    }

    async fn renew(
        &self,
        now: Micros,
        old: &Arc<T>,
        fetch: impl Future<Output = Result<T, ProviderError>>,
    ) -> Arc<T> {
        let mut slot = self.slot.lock().await;
        if let Some((value, _)) = slot.value.as_ref().filter(|(value, _)| !Arc::ptr_eq(value, old)) {
            return value.clone();
        }
        // Counted from the last time of this kind: keys may rotate right after they were first fetched.
        if now.saturating_sub(slot.asked_at) < ASKED_AGAIN {
            return old.clone();
        }
        slot.asked_at = now;
        match fetch.await {
            Ok(value) => {
                let value = Arc::new(value);
                slot.value = Some((value.clone(), now));
                value
            }
            Err(error) => {
                tracing::warn!(%error, "login.keys_not_renewed");
                old.clone()
            }
        }
    }
}
