//! One fetched and cached value: an issuer's metadata, a key set. One request fetches it at a time; concurrent requests share its
//! result or its failure. No caller can cause frequent fetches.

use std::{
    fmt::Display,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::Mutex;
use vestibule_core::time::{Micros, SECOND};

/// The least time between two fetches for an unknown key. Keys rotate about four times a year (okta-facts §5.5).
const ASKED_AGAIN: Micros = 30 * SECOND;

/// A request may use the result of a fetch that began up to this long after the request arrived, because it waited for that fetch. A
/// greater difference means that the clock was set back, and the result counts as too old.
const WAITED: Micros = 60 * SECOND;

/// A cached value.
pub struct SharedFetch<T, E> {
    slot: Mutex<Slot<T, E>>,
    failures: AtomicU64,
    keep: Micros,
    spare: Micros,
}

struct Slot<T, E> {
    value: Option<(Arc<T>, Micros)>,
    asked_at: Micros,
    failure: Option<(E, Micros)>,
}

impl<T, E: Clone + Display> SharedFetch<T, E> {
    /// Empty. A fetched value is fresh for `keep` microseconds; after a failure nothing is fetched for `spare` microseconds.
    pub fn new(keep: Micros, spare: Micros) -> Self {
        let slot = Slot { value: None, asked_at: Micros::MIN, failure: None };
        Self { slot: Mutex::new(slot), failures: AtomicU64::new(0), keep, spare }
    }

    /// The value, fetched if it is absent or too old. The error is that of this fetch, or of a recent one.
    pub async fn get(&self, now: Micros, fetch: impl Future<Output = Result<T, E>>) -> Result<Arc<T>, E> {
        self.get_with_leave(now, || Ok(()), fetch).await
    }

    /// As [`SharedFetch::get`], where a fetch needs permission: `may_fetch` is called only before a fetch, and its refusal is not cached.
    pub async fn get_with_leave(
        &self,
        now: Micros,
        may_fetch: impl FnOnce() -> Result<(), E>,
        fetch: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        let before = self.failures.load(Ordering::Acquire);
        let mut slot = self.slot.lock().await;
        if let Some((value, fetched_at)) = &slot.value
            && (-WAITED..self.keep).contains(&now.saturating_sub(*fetched_at))
        {
            return Ok(value.clone());
        }
        // If the fetch that this request waited for failed, this request fails, too: a hundred waiting requests must not cause a
        // hundred fetches.
        let waited = self.failures.load(Ordering::Acquire) != before;
        if let Some((failure, failed_at)) = &slot.failure
            && (waited || (-WAITED..self.spare).contains(&now.saturating_sub(*failed_at)))
        {
            return Err(failure.clone());
        }
        may_fetch()?;
        match fetch.await {
            Ok(value) => {
                let value = Arc::new(value);
                slot.value = Some((value.clone(), now));
                Ok(value)
            }
            Err(error) => {
                slot.failure = Some((error.clone(), now));
                self.failures.fetch_add(1, Ordering::Release);
                Err(error)
            }
        }
    }

    /// Fetches the value again, because the cached one is not sufficient. Returns the cached one when it is too early for that, or when
    /// the fetch fails.
    pub async fn renew(
        &self,
        now: Micros,
        old: &Arc<T>,
        fetch: impl Future<Output = Result<T, E>>,
    ) -> Arc<T> {
        let mut slot = self.slot.lock().await;
        if let Some((value, _)) = slot.value.as_ref().filter(|(value, _)| !Arc::ptr_eq(value, old)) {
            return value.clone();
        }
        // Counted from the last renewal, because keys may rotate right after the first fetch.
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
                tracing::warn!(%error, "cache.not_renewed");
                old.clone()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn nobody_is_asked_more_often_than_needed() {
        let kept: SharedFetch<i64, String> = SharedFetch::new(600 * SECOND, 30 * SECOND);
        let got = async |at: Micros, answer: Result<i64, &str>| {
            let answer = answer.map_err(str::to_owned);
            kept.get(at * SECOND, async { answer }).await.map(|value| *value)
        };
        assert_eq!(got(0, Err("down")).await, Err("down".to_owned()));
        assert_eq!(got(29, Ok(1)).await, Err("down".to_owned()), "spared");
        assert_eq!(got(30, Ok(1)).await, Ok(1));
        assert_eq!(got(629, Ok(2)).await, Ok(1), "kept");
        assert_eq!(got(630, Ok(2)).await, Ok(2));
        let old = kept.get(630 * SECOND, async { Ok(3) }).await.unwrap();
        let renewed =
            async |at: Micros, value: i64| *kept.renew(at * SECOND, &old, async { Ok(value) }).await;
        assert_eq!(renewed(640, 4).await, 4);
        assert_eq!(renewed(641, 5).await, 4, "somebody else was quicker");
        let newer = kept.get(641 * SECOND, async { Ok(6) }).await.unwrap();
        assert_eq!(*kept.renew(669 * SECOND, &newer, async { Ok(7) }).await, 4, "too early");
        assert_eq!(*kept.renew(670 * SECOND, &newer, async { Err("down".to_owned()) }).await, 4);
        assert_eq!(*kept.renew(700 * SECOND, &newer, async { Ok(8) }).await, 8);
    }

    #[actix_web::test]
    async fn who_arrived_before_the_fetch_uses_it_and_a_clock_that_was_set_back_does_not() {
        let kept: SharedFetch<i64, String> = SharedFetch::new(600 * SECOND, 30 * SECOND);
        let got = async |at: Micros, value: i64| *kept.get(at * SECOND, async { Ok(value) }).await.unwrap();
        assert_eq!(got(1000, 1).await, 1);
        assert_eq!(got(999, 2).await, 1, "it waited for the fetch");
        assert_eq!(got(900, 3).await, 3, "the clock was set back");
    }
}
