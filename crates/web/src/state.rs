//! The state every handler is given: database, configuration, clock, keys, outbound HTTP, limits, metrics.

use std::{sync::Arc, time::Duration};

use actix_web::web;
use tokio::time::timeout;
use vestibule_core::time::Micros;
use vestibule_store::{Conn, Database, Error, within};

use crate::{
    clock::Clock,
    concurrency::{Concurrency, Permit},
    config::Config,
    crypto::{seal::Sealer, verification::Verifications},
    http::limits::RateLimits,
    observe::{inspect::Inspector, metrics::Metrics, sightings::Sightings, token_uses::Uses},
    outbound::client::Outbound,
};

/// How long a request waits for a write that it does not depend on.
const BESIDE: Duration = Duration::from_secs(1);

/// Shared by all workers. Cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Inner>);

struct Inner {
    database: Database,
    concurrency: Concurrency,
    config: Config,
    clock: Clock,
    sealer: Sealer,
    outbound: Outbound,
    limits: RateLimits,
    metrics: Metrics,
    uses: Uses,
    sightings: Sightings,
    inspector: Inspector,
    verifications: Verifications,
}

impl State {
    /// Puts the parts together.
    ///
    /// # Errors
    /// One sentence that names the configuration key at fault.
    pub fn new(config: Config, database: Database, clock: Clock) -> Result<Self, String> {
        let sealer = Sealer::new(&config.security.sealing_key, &config.security.retired_sealing_keys)?;
        let outbound =
            Outbound::new(config.okta.allow_insecure_issuers).map_err(|error| error.to_string())?;
        let limits = RateLimits::new(&config.rate_limits);
        let inspector = Inspector::new(&config.inspector);
        let concurrency = Concurrency::new(&config.database, database.backend());
        Ok(Self(Arc::new(Inner {
            database,
            concurrency,
            config,
            clock,
            sealer,
            outbound,
            limits,
            metrics: Metrics::new(),
            uses: Uses::default(),
            sightings: Sightings::default(),
            inspector,
            verifications: Verifications::default(),
        })))
    }

    /// One blocking job, one transaction.
    ///
    /// # Errors
    /// The job's own, or the database's: [`Error::Busy`] when nothing was begun; after `database.answer_seconds`
    /// [`Error::Database`], and then the transaction may still be committed.
    pub async fn write<T, E>(
        &self,
        job: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.job(move |database| database.write(job)).await
    }

    /// A write that signs somebody in or ends access. On PostgreSQL it has permits of its own beside those of all other writes.
    ///
    /// # Errors
    /// As [`State::write`].
    pub async fn write_access<T, E>(
        &self,
        job: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let permit = self.0.concurrency.write_access().await?;
        let database = self.0.database.clone();
        self.blocking(permit, move || database.write(job)).await
    }

    /// A write that its request does not depend on, such as the time when a session was last seen. It is left out when no permit is free,
    /// and the request waits a second for it at most, so that a check never waits for writes that stall.
    pub async fn write_beside(
        &self,
        what: &'static str,
        job: impl FnOnce(&mut Conn) -> Result<(), Error> + Send + 'static,
    ) {
        let Some(permit) = self.0.concurrency.try_write() else {
            tracing::warn!(what, "write.left_out");
            return;
        };
        let database = self.0.database.clone();
        let running = self.blocking(permit, move || database.write(job));
        match timeout(BESIDE, running).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(what, %error, "write.failed"),
            Err(_) => tracing::warn!(what, "write.not_waited_for"),
        }
    }

    /// One blocking read.
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

    /// One blocking read that no index answers: few at once in a workspace, each for `database.scan_milliseconds` at most.
    ///
    /// # Errors
    /// The job's own, or the database's: [`Error::Busy`], [`Error::TooLong`].
    pub async fn search<T, E>(
        &self,
        workspace_id: &str,
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

    /// Runs a search on the connection of a read that has begun, for callers that are admitted in the same job. Does not wait for other
    /// searches. Must not be called on an async thread.
    ///
    /// # Errors
    /// The job's own, or the database's: [`Error::Busy`], [`Error::TooLong`].
    pub fn search_on<T, E: From<Error>>(
        &self,
        conn: &mut Conn,
        workspace_id: &str,
        job: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let _permit = self.0.concurrency.search_now(workspace_id)?;
        within(conn, self.search_limit(), job)
    }

    fn search_limit(&self) -> Duration {
        Duration::from_millis(self.0.config.database.scan_milliseconds)
    }

    /// A look that an index answers. Where the database is in the process it is done at once: it takes less than the way to
    /// another thread and back. Elsewhere, or while no connection is free, one blocking look.
    ///
    /// # Errors
    /// The job's own, or the database's.
    pub async fn glance<T, E>(
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

    /// One blocking job with the whole database, for one that looks first and writes then: two transactions, one hop.
    ///
    /// # Errors
    /// As [`State::write`].
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

    /// As [`State::job`], for one workspace, which on PostgreSQL takes half of the permits at most. The workspace need not be proven yet: a
    /// job with an unknown credential ends after the lookup.
    ///
    /// # Errors
    /// As [`State::write`].
    pub async fn job_of<T, E>(
        &self,
        workspace_id: &str,
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

    /// Runs a job on a blocking thread, and stops waiting for it after `database.answer_seconds`. A job whose caller stopped waiting
    /// runs on, and its permit stays taken until it ends.
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
            Ok(Err(cancelled)) => Err(Error::Database(cancelled.to_string()).into()),
            Err(_) => {
                let words = format!("no answer within {seconds} s; a change may still be carried out");
                Err(Error::Database(words).into())
            }
        }
    }

    /// The moment this request acts at. Read once, pass down.
    pub fn now(&self) -> Micros {
        self.0.clock.now()
    }

    /// Where moments come from, for what runs beside requests.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Seals and opens secrets that must be used again.
    pub fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// The one way out.
    pub fn outbound(&self) -> &Outbound {
        &self.0.outbound
    }

    /// The rate limits.
    pub fn limits(&self) -> &RateLimits {
        &self.0.limits
    }

    /// The metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Which tokens were used and are still to be written down as such.
    pub fn uses(&self) -> &Uses {
        &self.0.uses
    }

    /// What the doors saw and is still to be written down.
    pub fn sightings(&self) -> &Sightings {
        &self.0.sightings
    }

    /// What is noted of requests and still to be written down.
    pub fn inspector(&self) -> &Inspector {
        &self.0.inspector
    }

    /// Checks signatures, off the async threads.
    pub(crate) fn verifications(&self) -> &Verifications {
        &self.0.verifications
    }

    /// The database, for what runs beside requests.
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
