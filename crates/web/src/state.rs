//! The state that every handler gets: database, configuration, clock, keys, outbound HTTP, limits, metrics.

mod reloaded;
mod verification;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::web;
use tokio::time::timeout;
use vestibule_core::{ids::WorkspaceId, time::Micros};
use vestibule_store::{Conn, Database, Error, Tx, safeguards::switches, within};

use self::reloaded::Reloaded;
use crate::{
    brand::Brand,
    clock::Clock,
    concurrency::{Concurrency, Permit},
    config::Config,
    crypto::{seal::Sealer, verification::Verifications},
    http::limits::RateLimits,
    observe::{counts::Counts, inspect::Inspector, metrics::Metrics, sightings::Sightings, token_uses::Uses},
    outbound::client::Outbound,
};

/// How long a request waits for a write that its answer does not depend on.
const BESIDE: Duration = Duration::from_secs(1);

/// The sentence for a refused caller in read-only mode.
pub const READ_ONLY: &str = "the service is read-only at the moment: nothing was changed; sign-in and ends of access work; try again later";

/// Shared by all workers. Cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Inner>);

struct Inner {
    database: Database,
    concurrency: Concurrency,
    config: Config,
    reloaded: Reloaded,
    clock: Clock,
    sealer: Sealer,
    outbound: Outbound,
    metrics: Metrics,
    uses: Uses,
    sightings: Sightings,
    counts: Counts,
    inspector: Inspector,
    verifications: Verifications,
    read_only: AtomicBool,
}

impl State {
    /// Builds the state. The error is a sentence that names the configuration key.
    pub fn new(config: Config, sealer: Sealer, database: Database, clock: Clock) -> Result<Self, String> {
        let outbound =
            Outbound::new(config.okta.allow_insecure_issuers).map_err(|error| error.to_string())?;
        let reloaded = Reloaded::new(&config)?;
        let inspector = Inspector::new(&config.inspector);
        let concurrency = Concurrency::new(&config.database, database.backend());
        let metrics = Metrics::new();
        database.after_commit().on_times(metrics.of_commits());
        Ok(Self(Arc::new(Inner {
            database,
            concurrency,
            config,
            reloaded,
            clock,
            sealer,
            outbound,
            metrics,
            uses: Uses::default(),
            sightings: Sightings::default(),
            counts: Counts::default(),
            inspector,
            verifications: Verifications::default(),
            read_only: AtomicBool::new(false),
        })))
    }

    /// Runs a job in one transaction, on a blocking thread.
    ///
    /// # Errors
    /// The job's own, or the database's: [`Error::Busy`] when nothing was begun; after `database.answer_seconds`
    /// [`Error::Database`], and then the transaction may still be committed.
    pub async fn write<T, E>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.job(move |database| database.write(job)).await
    }

    /// As [`State::write`], for a job that signs somebody in or ends access. On PostgreSQL it may use reserved permits.
    pub async fn write_access<T, E>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let permit = self.0.concurrency.write_access().await?;
        let database = self.0.database.clone();
        self.blocking(permit, move || database.write(job)).await
    }

    /// A write that the answer does not depend on, such as the time of a session's last request. It is skipped when no permit is free,
    /// and the request waits for it a second at most, so that a check never waits for stalled writes.
    pub async fn write_beside(
        &self,
        what: &'static str,
        job: impl FnOnce(&mut Tx<'_>) -> Result<(), Error> + Send + 'static,
    ) {
        let Some(permit) = self.0.concurrency.try_write() else {
            tracing::warn!(what, "write.skipped");
            return;
        };
        let database = self.0.database.clone();
        let running = self.blocking(permit, move || database.write(job));
        match timeout(BESIDE, running).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(what, %error, "write.failed"),
            Err(_) => tracing::warn!(what, "write.slow"),
        }
    }

    /// Runs a read on a blocking thread.
    ///
    /// # Errors
    /// The job's own, or the database's.
    pub async fn read<T, E>(
        &self,
        job: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let permit = self.0.concurrency.read().await?;
        let database = self.0.database.clone();
        self.blocking(permit, move || database.read(job)).await
    }

    /// Runs a read without an index: few at once per workspace, each for `database.scan_milliseconds` at most.
    ///
    /// # Errors
    /// The job's own, or the database's: [`Error::Busy`], [`Error::TooLong`].
    pub async fn search<T, E>(
        &self,
        workspace_id: &WorkspaceId,
        job: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let permit = self.0.concurrency.search(workspace_id).await?;
        let (database, limit) = (self.0.database.clone(), self.search_limit());
        self.blocking(permit, move || database.read(|conn| within(conn, limit, job))).await
    }

    /// Runs a search on the connection of a running read, for callers that are authenticated in the same job. Does not wait for other
    /// searches. Must not be called on an async thread.
    ///
    /// # Errors
    /// The job's own, or the database's: [`Error::Busy`], [`Error::TooLong`].
    pub fn search_on<T, E: From<Error>>(
        &self,
        conn: &mut Conn,
        workspace_id: &WorkspaceId,
        job: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let _permit = self.0.concurrency.search_now(workspace_id)?;
        within(conn, self.search_limit(), job)
    }

    fn search_limit(&self) -> Duration {
        Duration::from_millis(self.0.config.database.scan_milliseconds)
    }

    /// Runs a read that an index answers. On SQLite it runs on this thread, because that is faster than a change of threads. On
    /// PostgreSQL, or while no connection is free, it runs on a blocking thread.
    ///
    /// # Errors
    /// The job's own, or the database's.
    pub async fn indexed_read<T, E>(
        &self,
        job: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match self.0.database.at_hand() {
            Some(at_hand) => at_hand.read(job),
            None => self.read(job).await,
        }
    }

    /// Runs a job that reads first and writes afterwards, in two transactions, on one blocking thread. Errors as of [`State::write`].
    pub async fn job<T, E>(
        &self,
        job: impl FnOnce(&Database) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let permit = self.0.concurrency.write().await?;
        let database = self.0.database.clone();
        self.blocking(permit, move || job(&database)).await
    }

    /// As [`State::job`], for one workspace, which on PostgreSQL gets half of the permits at most. The workspace may be unproven: a job
    /// with an unknown credential ends after the lookup.
    pub async fn job_of<T, E>(
        &self,
        workspace_id: &WorkspaceId,
        job: impl FnOnce(&Database) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let permit = self.0.concurrency.write_of(workspace_id).await?;
        let database = self.0.database.clone();
        self.blocking(permit, move || job(&database)).await
    }

    /// Runs a job on a blocking thread, and stops waiting for it after `database.answer_seconds`. The job then continues, and its permit
    /// stays in use until it ends.
    async fn blocking<T, E>(
        &self,
        permit: Permit,
        job: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (span, seconds) = (tracing::Span::current(), self.0.config.database.answer_seconds);
        let running = web::block(move || {
            let _permit = permit;
            span.in_scope(job)
        });
        match timeout(Duration::from_secs(seconds), running).await {
            Ok(Ok(outcome)) => outcome,
            // The job panicked or the runtime is stopping; its transaction is rolled back with its connection.
            Ok(Err(cancelled)) => Err(Error::Database(Box::new(cancelled)).into()),
            Err(_) => {
                let words = format!("no answer within {seconds} s; a change may still be carried out");
                Err(Error::Database(words.into()).into())
            }
        }
    }

    /// The current time. A handler reads it once and passes it on.
    pub fn now(&self) -> Micros {
        self.0.clock.now()
    }

    /// The clock, for workers.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Whether changes are refused, by the configuration or by `vestibule read-only on`.
    pub fn is_read_only(&self) -> bool {
        self.0.config.server.read_only || self.0.read_only.load(Ordering::Relaxed)
    }

    /// Reads whether the deployment is read-only. Called at start and every second.
    ///
    /// # Errors
    /// The database's; the mode then stays as it is.
    pub async fn refresh_read_only(&self) -> Result<(), Error> {
        let on = self.indexed_read(switches::read_only_since).await?.is_some();
        if self.0.read_only.swap(on, Ordering::Relaxed) != on {
            tracing::warn!(on, "read_only.changed");
        }
        Ok(())
    }

    /// Takes up the brand and the rate limits of a configuration that was read later. The error is a sentence that names the key; then
    /// nothing changes.
    pub fn reload(&self, config: &Config) -> Result<(), String> {
        self.0.reloaded.replace(config)
    }

    /// The configuration that the service was started with. Brand and rate limits may have been reloaded since: see [`State::brand`] and
    /// [`State::limits`].
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The brand of the pages.
    pub fn brand(&self) -> Arc<Brand> {
        self.0.reloaded.brand()
    }

    /// The sealer of stored secrets.
    pub fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// The HTTP client.
    pub fn outbound(&self) -> &Outbound {
        &self.0.outbound
    }

    /// The rate limits.
    pub fn limits(&self) -> Arc<RateLimits> {
        self.0.reloaded.limits()
    }

    /// The metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Uses of tokens that are not written yet.
    pub fn uses(&self) -> &Uses {
        &self.0.uses
    }

    /// Sightings that are not written yet.
    pub fn sightings(&self) -> &Sightings {
        &self.0.sightings
    }

    /// Counts that are not written yet.
    pub fn counts(&self) -> &Counts {
        &self.0.counts
    }

    /// Inspected requests that are not written yet.
    pub fn inspector(&self) -> &Inspector {
        &self.0.inspector
    }

    /// The queue of signature verifications.
    fn verifications(&self) -> &Verifications {
        &self.0.verifications
    }

    /// The database, for workers.
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// A URL on the API host.
    pub fn api_url(&self, path: &str) -> String {
        format!("{}{path}", self.0.config.region.api_url)
    }

    /// A URL on the app host.
    pub fn app_url(&self, path: &str) -> String {
        format!("{}{path}", self.0.config.region.app_url)
    }
}
