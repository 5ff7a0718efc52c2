//! The state every handler is given: database, configuration, clock, keys, outbound HTTP, limits, metrics.

use std::sync::Arc;

use actix_web::web;
use vestibule_store::{Conn, Database, Error, Micros};

use crate::{
    clock::Clock, config::Config, inspect::Inspector, metrics::Metrics, outbound::Outbound,
    rate_limit::RateLimits, seal::Sealer, sightings::Sightings, uses::Uses, verification::Verifications,
};

/// Shared by all workers. Cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Inner>);

struct Inner {
    database: Database,
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
        Ok(Self(Arc::new(Inner {
            database,
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
    /// The job's own, or the database's.
    pub async fn write<T, E>(
        &self,
        job: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (database, span) = (self.0.database.clone(), tracing::Span::current());
        blocking(move || span.in_scope(|| database.write(job))).await
    }

    /// One blocking look.
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
        let (database, span) = (self.0.database.clone(), tracing::Span::current());
        blocking(move || span.in_scope(|| database.read(job))).await
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
    /// The job's own, or the database's.
    pub async fn job<T, E>(
        &self,
        job: impl FnOnce(&Database) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (database, span) = (self.0.database.clone(), tracing::Span::current());
        blocking(move || span.in_scope(|| job(&database))).await
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

async fn blocking<T, E>(job: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    match web::block(job).await {
        Ok(answer) => answer,
        // The job panicked or the runtime is stopping; its transaction is rolled back with its connection.
        Err(cancelled) => Err(Error::Database(cancelled.to_string()).into()),
    }
}
