//! Cache of fetched documents (key sets, metadata) by name. It has a limit in bytes and evicts the least used documents. Each document
//! is fetched by one request at a time ([`SharedFetch`]).

use std::{
    fmt::Display,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;
use vestibule_core::time::Micros;
use vestibule_jose::KeySet;

use crate::outbound::single_flight::SharedFetch;

/// The least weight of an entry in bytes, so that the number of entries is limited too.
const SMALLEST: u32 = 1024;

/// A document whose size in memory is known.
pub trait Weigh {
    /// Memory of the document, in bytes.
    fn bytes(&self) -> usize;
}

impl Weigh for KeySet {
    fn bytes(&self) -> usize {
        self.bytes()
    }
}

/// The cache. Cheap to clone.
pub struct RemoteCache<T, E> {
    entries: Cache<String, Arc<Remote<T, E>>>,
    keep: Micros,
    spare: Micros,
}

struct Remote<T, E> {
    kept: SharedFetch<T, E>,
    bytes: AtomicU32,
}

impl<T, E> Clone for RemoteCache<T, E> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), keep: self.keep, spare: self.spare }
    }
}

impl<T, E> RemoteCache<T, E>
where
    T: Weigh + Send + Sync + 'static,
    E: Clone + Display + Send + Sync + 'static,
{
    /// An empty cache of at most `capacity` bytes. A document is fresh for `keep` microseconds; after a failure it is not fetched again
    /// for `spare` microseconds. An unused document is removed after `idle`.
    pub fn new(capacity: u64, keep: Micros, spare: Micros, idle: Duration) -> Self {
        let weigh = |name: &String, remote: &Arc<Remote<T, E>>| {
            let name = u32::try_from(name.len()).unwrap_or(u32::MAX);
            SMALLEST.saturating_add(name).saturating_add(remote.bytes.load(Ordering::Relaxed))
        };
        let entries = Cache::builder().weigher(weigh).max_capacity(capacity).time_to_idle(idle).build();
        Self { entries, keep, spare }
    }

    /// The document of this name, fetched if it is absent or too old. The error is that of this fetch, or of a recent one.
    pub async fn get(
        &self,
        name: &str,
        now: Micros,
        fetch: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        let remote = self.remote(name);
        let document = remote.kept.get(now, fetch).await?;
        self.weigh(name, &remote, &document);
        Ok(document)
    }

    /// As [`RemoteCache::get`], where a fetch needs permission: `may_fetch` is called only before a fetch, and its refusal is not
    /// cached.
    pub async fn get_with_leave(
        &self,
        name: &str,
        now: Micros,
        may_fetch: impl FnOnce() -> Result<(), E>,
        fetch: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        let remote = self.remote(name);
        let document = remote.kept.get_with_leave(now, may_fetch, fetch).await?;
        self.weigh(name, &remote, &document);
        Ok(document)
    }

    /// Fetches the document again, because the cached one is not sufficient. Returns the cached one when it is too early for that, or
    /// when the fetch fails.
    pub async fn renew(
        &self,
        name: &str,
        now: Micros,
        old: &Arc<T>,
        fetch: impl Future<Output = Result<T, E>>,
    ) -> Arc<T> {
        let remote = self.remote(name);
        let document = remote.kept.renew(now, old, fetch).await;
        self.weigh(name, &remote, &document);
        document
    }

    /// Memory of all documents, in bytes.
    pub fn bytes(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.entries.weighted_size()
    }

    fn remote(&self, name: &str) -> Arc<Remote<T, E>> {
        let make =
            || Arc::new(Remote { kept: SharedFetch::new(self.keep, self.spare), bytes: AtomicU32::new(0) });
        self.entries.get_with_by_ref(name, make)
    }

    /// Inserts the entry again when its weight has changed, because the cache weighs at insertion only.
    fn weigh(&self, name: &str, remote: &Arc<Remote<T, E>>, document: &T) {
        let bytes = u32::try_from(document.bytes()).unwrap_or(u32::MAX);
        if remote.bytes.swap(bytes, Ordering::Relaxed) != bytes {
            self.entries.insert(name.to_owned(), remote.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Document(usize);

    impl Weigh for Document {
        fn bytes(&self) -> usize {
            self.0
        }
    }

    fn cache(capacity: u64) -> RemoteCache<Document, String> {
        RemoteCache::new(capacity, 60, 10, Duration::from_secs(3600))
    }

    #[actix_web::test]
    async fn it_is_bounded_in_bytes() {
        let cache = cache(100_000);
        for number in 0..100 {
            let fetch = async { Ok(Document(10_000)) };
            cache.get(&number.to_string(), 0, fetch).await.unwrap();
        }
        assert!((10_000..=100_000).contains(&cache.bytes()), "{}", cache.bytes());
        for number in 0..1000 {
            cache.get(&format!("small {number}"), 0, async { Ok(Document(0)) }).await.unwrap();
        }
        assert!(cache.bytes() <= 100_000 && cache.entries.entry_count() < 100);
    }

    #[actix_web::test]
    async fn a_document_that_grows_is_weighed_anew() {
        let cache = cache(100_000);
        let old = cache.get("a", 0, async { Ok(Document(10)) }).await.unwrap();
        let small = cache.bytes();
        let old = cache.renew("a", 0, &old, async { Ok(Document(50_000)) }).await;
        assert_eq!((old.0, cache.bytes() - small), (50_000, 49_990));
    }

    #[actix_web::test]
    async fn leave_is_asked_for_a_fetch_alone_and_a_refusal_is_not_kept() {
        let cache = cache(100_000);
        let refuse = || Err("refused".to_owned());
        let get = async |now, leave: Result<(), String>, answer: Result<usize, &str>| {
            let fetch = async { answer.map(Document).map_err(str::to_owned) };
            cache.get_with_leave("a", now, || leave, fetch).await.map(|document| document.0)
        };
        assert_eq!(get(0, refuse(), Ok(1)).await, Err("refused".to_owned()));
        assert_eq!(get(0, Ok(()), Err("down")).await, Err("down".to_owned()));
        assert_eq!(get(9, refuse(), Ok(1)).await, Err("down".to_owned()), "spared, so no leave is asked for");
        assert_eq!(get(10, Ok(()), Ok(2)).await, Ok(2));
        assert_eq!(get(69, refuse(), Ok(3)).await, Ok(2));
        assert_eq!(get(70, refuse(), Ok(3)).await, Err("refused".to_owned()));
    }
}
