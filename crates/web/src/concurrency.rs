//! How much database work runs at once, so that no kind of work takes every connection. A request waits for its turn here, on the
//! async side, where waiting costs no thread; so at most as many blocking threads wait for a database as there are permits.
//! A permit is given back when the work has ended, not when its caller stopped waiting.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use vestibule_store::Error;

use crate::config;

/// How many writes wait for SQLite's one writer on threads of their own: as many as one of its transactions takes.
const SQLITE_WRITES: usize = 64;

/// How many workspaces may be remembered before those that use no permit now are forgotten.
const REMEMBERED: usize = 1000;

const BUSY: &str = "the database has no connection free";
const BUSY_HERE: &str = "as many searches of this workspace run as may at once";

/// The permits of this process.
pub(crate) struct Concurrency {
    /// One for each connection of the pool.
    connections: Arc<Semaphore>,
    /// Those for writes; on PostgreSQL for searches as well, because both use the one pool.
    writes: Arc<Semaphore>,
    /// Writes for sign-ins and ends of access beyond `writes`: PostgreSQL, of what is reserved.
    access: Arc<Semaphore>,
    searches: Arc<Semaphore>,
    searches_of: PerWorkspace,
    /// PostgreSQL: one workspace's writes wait for each other, so more of them would only keep others' from their turn.
    writes_of: PerWorkspace,
    one_pool: bool,
    wait: Duration,
}

/// Permission to use the database; for as long as it is kept.
#[derive(Debug)]
pub(crate) struct Permit {
    _parts: Vec<OwnedSemaphorePermit>,
}

impl Concurrency {
    pub(crate) fn new(config: &config::Database, backend: &str) -> Self {
        let one_pool = backend == "postgres";
        let size = usize::try_from(config.pool_size).unwrap_or(1).max(1);
        let reserved = size.saturating_sub(1).min(usize::try_from(config.reserved).unwrap_or(size));
        let unreserved = size - reserved;
        Self {
            connections: Arc::new(Semaphore::new(size)),
            writes: Arc::new(Semaphore::new(if one_pool { unreserved } else { SQLITE_WRITES })),
            access: Arc::new(Semaphore::new(if one_pool { reserved / 2 } else { 0 })),
            searches: Arc::new(Semaphore::new((unreserved / 2).max(1))),
            searches_of: PerWorkspace::new(config.scans_per_workspace),
            writes_of: PerWorkspace::new(if one_pool { (unreserved / 2).max(1) } else { SQLITE_WRITES }),
            one_pool,
            wait: Duration::from_secs(config.wait_seconds),
        }
    }

    /// Waits until there is a connection to read with.
    ///
    /// # Errors
    /// [`Error::Busy`] after `database.wait_seconds`.
    pub(crate) async fn read(&self) -> Result<Permit, Error> {
        self.in_time(async { Ok(vec![take(&self.connections).await?]) }, BUSY).await
    }

    /// Waits until there may be one more write.
    ///
    /// # Errors
    /// [`Error::Busy`] after `database.wait_seconds`.
    pub(crate) async fn write(&self) -> Result<Permit, Error> {
        self.in_time(self.with_connection(take(&self.writes)), BUSY).await
    }

    /// The same for a write of one workspace, which has half of the permits at most.
    ///
    /// # Errors
    /// [`Error::Busy`] after `database.wait_seconds`.
    pub(crate) async fn write_of(&self, workspace_id: &str) -> Result<Permit, Error> {
        let own = self.writes_of.semaphore(workspace_id);
        let parts = async {
            let own = take(&own).await?;
            let mut parts = self.with_connection(take(&self.writes)).await?;
            parts.push(own);
            Ok(parts)
        };
        self.in_time(parts, BUSY).await
    }

    /// The same for a sign-in or an end of access, which have a few permits of their own beside those of all writes.
    ///
    /// # Errors
    /// [`Error::Busy`] after `database.wait_seconds`.
    pub(crate) async fn write_access(&self) -> Result<Permit, Error> {
        let either = async {
            tokio::select! {
                biased;
                write = take(&self.writes) => write,
                access = take(&self.access) => access,
            }
        };
        self.in_time(self.with_connection(either), BUSY).await
    }

    async fn with_connection(
        &self,
        write: impl Future<Output = Result<OwnedSemaphorePermit, Error>>,
    ) -> Result<Vec<OwnedSemaphorePermit>, Error> {
        let write = write.await?;
        // SQLite's writer has a connection of its own.
        if !self.one_pool {
            return Ok(vec![write]);
        }
        Ok(vec![write, take(&self.connections).await?])
    }

    /// Permission for one more write if there is one at this moment.
    pub(crate) fn try_write(&self) -> Option<Permit> {
        let mut parts = vec![self.writes.clone().try_acquire_owned().ok()?];
        if self.one_pool {
            parts.push(self.connections.clone().try_acquire_owned().ok()?);
        }
        Some(Permit { _parts: parts })
    }

    /// Waits until there may be one more search in this workspace, and in all.
    ///
    /// # Errors
    /// [`Error::Busy`] after `database.wait_seconds`.
    pub(crate) async fn search(&self, workspace_id: &str) -> Result<Permit, Error> {
        let own = self.searches_of.semaphore(workspace_id);
        let parts = async {
            let mut parts = vec![take(&own).await?, take(&self.searches).await?];
            if self.one_pool {
                parts.push(take(&self.writes).await?);
            }
            parts.push(take(&self.connections).await?);
            Ok(parts)
        };
        self.in_time(parts, BUSY_HERE).await
    }

    /// Permission for a search by a job that has a connection already. It does not wait for other searches, or those that wait would hold
    /// every connection; for a write to end it does, because so few searches run. Called on a blocking thread.
    ///
    /// # Errors
    /// [`Error::Busy`].
    pub(crate) fn search_now(&self, workspace_id: &str) -> Result<Permit, Error> {
        let own = self.searches_of.semaphore(workspace_id);
        let own = own.try_acquire_owned().map_err(|_| Error::Busy(BUSY_HERE))?;
        let all = self.searches.clone().try_acquire_owned().map_err(|_| Error::Busy(BUSY))?;
        let mut parts = vec![own, all];
        if self.one_pool {
            parts.push(match self.writes.clone().try_acquire_owned() {
                Ok(write) => write,
                Err(_) => Handle::try_current()
                    .map_err(|_| Error::Busy(BUSY))?
                    .block_on(timeout(self.wait, take(&self.writes)))
                    .unwrap_or(Err(Error::Busy(BUSY)))?,
            });
        }
        Ok(Permit { _parts: parts })
    }

    async fn in_time(
        &self,
        parts: impl Future<Output = Result<Vec<OwnedSemaphorePermit>, Error>>,
        busy: &'static str,
    ) -> Result<Permit, Error> {
        match timeout(self.wait, parts).await {
            Ok(parts) => Ok(Permit { _parts: parts? }),
            Err(_) => Err(Error::Busy(busy)),
        }
    }
}

/// So many permits for each workspace. Workspaces are named by requests, also by those of strangers: which has none in use is forgotten.
struct PerWorkspace {
    most: usize,
    all: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl PerWorkspace {
    fn new(most: usize) -> Self {
        Self { most, all: Mutex::default() }
    }

    fn semaphore(&self, workspace_id: &str) -> Arc<Semaphore> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            all.retain(|_, own| Arc::strong_count(own) > 1);
        }
        all.entry(workspace_id.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.most))).clone()
    }
}

async fn take(semaphore: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Error> {
    // Nobody closes these semaphores.
    semaphore.clone().acquire_owned().await.map_err(|_| Error::Busy(BUSY))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concurrency(backend: &str, pool_size: u32) -> Concurrency {
        let variables = [
            ("VESTIBULE__DATABASE__POOL_SIZE".to_owned(), pool_size.to_string()),
            ("VESTIBULE__DATABASE__WAIT_SECONDS".to_owned(), "1".to_owned()),
        ];
        let config = config::load(None, variables.into_iter()).unwrap();
        Concurrency::new(&config.database, backend)
    }

    #[test]
    fn writes_and_searches_leave_what_is_reserved() {
        for (backend, pool_size, writes, searches) in [
            ("postgres", 8, 6, 3),
            ("postgres", 4, 2, 1),
            ("postgres", 1, 1, 1),
            ("sqlite", 8, SQLITE_WRITES, 3),
        ] {
            let all = concurrency(backend, pool_size);
            assert_eq!(all.writes.available_permits(), writes, "{backend} {pool_size}");
            assert_eq!(all.searches.available_permits(), searches, "{backend} {pool_size}");
        }
    }

    #[test]
    fn one_workspace_gets_its_share_of_searches_and_others_theirs() {
        let all = concurrency("sqlite", 8);
        let held = [all.search_now("a").unwrap(), all.search_now("a").unwrap()];
        assert!(matches!(all.search_now("a"), Err(Error::Busy(BUSY_HERE))));
        let other = all.search_now("b").unwrap();
        assert!(matches!(all.search_now("c"), Err(Error::Busy(BUSY))), "half of what is not reserved");
        drop((held, other));
        assert!(all.search_now("a").is_ok());
    }

    #[actix_web::test]
    async fn a_sign_in_writes_though_all_other_writes_wait() {
        let all = concurrency("postgres", 4);
        let _held = [all.write().await.unwrap(), all.write().await.unwrap()];
        let access = all.write_access().await.unwrap();
        assert!(matches!(all.write_access().await, Err(Error::Busy(_))), "one of the two reserved");
        assert!(all.read().await.is_ok(), "the other is for checks");
        drop(access);
        assert!(all.write_access().await.is_ok());
    }

    #[actix_web::test]
    async fn one_workspace_leaves_others_their_turn_to_write() {
        let all = concurrency("postgres", 6);
        let held = [all.write_of("a").await.unwrap(), all.write_of("a").await.unwrap()];
        assert!(matches!(all.write_of("a").await, Err(Error::Busy(_))), "half of four");
        assert!(all.write_of("b").await.is_ok());
        drop(held);
        assert!(all.write_of("a").await.is_ok());
    }

    #[actix_web::test]
    async fn who_waits_too_long_is_told_that_nothing_was_begun() {
        let all = concurrency("postgres", 3);
        let held = all.write().await.unwrap();
        assert!(matches!(all.write().await, Err(Error::Busy(_))));
        assert!(all.read().await.is_ok(), "a connection is left for reads");
        drop(held);
        assert!(all.write().await.is_ok());
    }

    #[test]
    fn workspaces_without_a_search_are_forgotten() {
        let all = concurrency("sqlite", 8);
        let _held = all.search_now("kept").unwrap();
        for number in 0..2 * REMEMBERED {
            drop(all.searches_of.semaphore(&number.to_string()));
        }
        let own = all.searches_of.all.lock().unwrap();
        assert!(own.len() <= REMEMBERED && own.contains_key("kept"));
    }
}
