//! Limits how much database work runs at once, so that no kind of work takes every connection. Requests wait here for a permit, on
//! the async side, where waiting costs no thread. So at most as many blocking threads wait for the database as there are permits.
//! A permit is released when the work ends, not when its caller stops waiting.

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
use vestibule_core::ids::WorkspaceId;
use vestibule_store::Error;

use crate::config;

/// How many writes may wait for SQLite's writer on blocking threads: as many as one of its transactions groups.
const SQLITE_WRITES: usize = 64;

/// How many workspaces the map may have before those without a permit in use are removed.
const MOST_WORKSPACES: usize = 1000;

const BUSY: &str = "the database has no connection free";
const BUSY_HERE: &str = "too many searches of this workspace are running";

/// The permits of this process.
pub(crate) struct Concurrency {
    /// One permit per connection of the pool.
    connections: Arc<Semaphore>,
    /// Permits for writes; on PostgreSQL for searches as well, because both use the one pool.
    writes: Arc<Semaphore>,
    /// PostgreSQL: further permits for writes that sign in or end access, taken from the reserved connections.
    access: Arc<Semaphore>,
    searches: Arc<Semaphore>,
    searches_of: PerWorkspace,
    /// PostgreSQL: the writes of one workspace wait for each other, so more of them at once would only delay other workspaces.
    writes_of: PerWorkspace,
    one_pool: bool,
    wait: Duration,
}

/// Permission to use the database, until it is dropped.
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

    /// Waits for permission to read.
    ///
    /// # Errors
    /// [`Error::Busy`] after `database.wait_seconds`.
    pub(crate) async fn read(&self) -> Result<Permit, Error> {
        self.in_time(async { Ok(vec![take(&self.connections).await?]) }, BUSY).await
    }

    /// Waits for permission to write.
    ///
    /// # Errors
    /// [`Error::Busy`] after `database.wait_seconds`.
    pub(crate) async fn write(&self) -> Result<Permit, Error> {
        self.in_time(self.with_connection(take(&self.writes)), BUSY).await
    }

    /// Waits for permission to write for one workspace. A workspace gets at most half of the permits.
    ///
    /// # Errors
    /// [`Error::Busy`] after `database.wait_seconds`.
    pub(crate) async fn write_of(&self, workspace_id: &WorkspaceId) -> Result<Permit, Error> {
        let of_workspace = self.writes_of.semaphore(workspace_id);
        let parts = async {
            let of_workspace = take(&of_workspace).await?;
            let mut parts = self.with_connection(take(&self.writes)).await?;
            parts.push(of_workspace);
            Ok(parts)
        };
        self.in_time(parts, BUSY).await
    }

    /// Waits for permission to write a sign-in or an end of access. Both may also use the reserved permits.
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
        // SQLite's writer has its own connection.
        if !self.one_pool {
            return Ok(vec![write]);
        }
        Ok(vec![write, take(&self.connections).await?])
    }

    /// Permission to write, if one is free now.
    pub(crate) fn try_write(&self) -> Option<Permit> {
        let mut parts = vec![self.writes.clone().try_acquire_owned().ok()?];
        if self.one_pool {
            parts.push(self.connections.clone().try_acquire_owned().ok()?);
        }
        Some(Permit { _parts: parts })
    }

    /// Waits for permission to search: one permit of the workspace, and one of all searches.
    ///
    /// # Errors
    /// [`Error::Busy`] after `database.wait_seconds`.
    pub(crate) async fn search(&self, workspace_id: &WorkspaceId) -> Result<Permit, Error> {
        let of_workspace = self.searches_of.semaphore(workspace_id);
        let parts = async {
            let mut parts = vec![take(&of_workspace).await?, take(&self.searches).await?];
            if self.one_pool {
                parts.push(take(&self.writes).await?);
            }
            parts.push(take(&self.connections).await?);
            Ok(parts)
        };
        self.in_time(parts, BUSY_HERE).await
    }

    /// Permission for a search by a job that has a connection already. It does not wait for other searches, because the waiting jobs would
    /// occupy every connection. It waits for a write to end, because few searches run. Called on a blocking thread.
    ///
    /// # Errors
    /// [`Error::Busy`].
    pub(crate) fn search_now(&self, workspace_id: &WorkspaceId) -> Result<Permit, Error> {
        let of_workspace = self.searches_of.semaphore(workspace_id);
        let of_workspace = of_workspace.try_acquire_owned().map_err(|_| Error::Busy(BUSY_HERE))?;
        let all = self.searches.clone().try_acquire_owned().map_err(|_| Error::Busy(BUSY))?;
        let mut parts = vec![of_workspace, all];
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

/// A number of permits per workspace. Anybody can name a workspace in a request, so entries without a permit in use are removed.
struct PerWorkspace {
    permits: usize,
    all: Mutex<HashMap<WorkspaceId, Arc<Semaphore>>>,
}

impl PerWorkspace {
    fn new(permits: usize) -> Self {
        Self { permits, all: Mutex::default() }
    }

    fn semaphore(&self, workspace_id: &WorkspaceId) -> Arc<Semaphore> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_WORKSPACES {
            all.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        }
        all.entry(workspace_id.clone()).or_insert_with(|| Arc::new(Semaphore::new(self.permits))).clone()
    }
}

async fn take(semaphore: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Error> {
    // Nobody closes these semaphores.
    semaphore.clone().acquire_owned().await.map_err(|_| Error::Busy(BUSY))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> WorkspaceId {
        WorkspaceId::from_stored(text)
    }

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
        let running = [all.search_now(&id("a")).unwrap(), all.search_now(&id("a")).unwrap()];
        assert!(matches!(all.search_now(&id("a")), Err(Error::Busy(BUSY_HERE))));
        let other = all.search_now(&id("b")).unwrap();
        assert!(matches!(all.search_now(&id("c")), Err(Error::Busy(BUSY))), "half of what is not reserved");
        drop((running, other));
        assert!(all.search_now(&id("a")).is_ok());
    }

    #[actix_web::test]
    async fn a_sign_in_can_write_while_other_writes_wait() {
        let all = concurrency("postgres", 4);
        let _running = [all.write().await.unwrap(), all.write().await.unwrap()];
        let access = all.write_access().await.unwrap();
        assert!(matches!(all.write_access().await, Err(Error::Busy(_))), "one of the two reserved");
        assert!(all.read().await.is_ok(), "the other is for checks");
        drop(access);
        assert!(all.write_access().await.is_ok());
    }

    #[actix_web::test]
    async fn one_workspace_leaves_others_their_turn_to_write() {
        let all = concurrency("postgres", 6);
        let running = [all.write_of(&id("a")).await.unwrap(), all.write_of(&id("a")).await.unwrap()];
        assert!(matches!(all.write_of(&id("a")).await, Err(Error::Busy(_))), "half of four");
        assert!(all.write_of(&id("b")).await.is_ok());
        drop(running);
        assert!(all.write_of(&id("a")).await.is_ok());
    }

    #[actix_web::test]
    async fn waiting_too_long_is_busy() {
        let all = concurrency("postgres", 3);
        let running = all.write().await.unwrap();
        assert!(matches!(all.write().await, Err(Error::Busy(_))));
        assert!(all.read().await.is_ok(), "a connection is left for reads");
        drop(running);
        assert!(all.write().await.is_ok());
    }

    #[test]
    fn workspaces_without_a_search_are_removed() {
        let all = concurrency("sqlite", 8);
        let _running = all.search_now(&id("kept")).unwrap();
        for number in 0..2 * MOST_WORKSPACES {
            drop(all.searches_of.semaphore(&id(&number.to_string())));
        }
        let of_workspace = all.searches_of.all.lock().unwrap();
        assert!(of_workspace.len() <= MOST_WORKSPACES && of_workspace.contains_key("kept"));
    }
}
