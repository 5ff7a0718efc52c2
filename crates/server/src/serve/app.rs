//! The running service: opens and migrates the database, binds the listeners, and runs until it is stopped.
//! The command `serve` builds it; tests and the demo build the same service in their own process, on their own listener.

use std::{
    net::{SocketAddr, TcpListener},
    rc::Rc,
    time::Duration,
};

use actix_web::{
    App, HttpServer,
    dev::{Server, ServerHandle},
    web,
};
use anyhow::{Context, bail};
use secrecy::ExposeSecret;
use tokio::signal::unix::{SignalKind, signal};
use vestibule_admin::trail::replay::Replayer;
use vestibule_delivery::Worker;
use vestibule_login::Providers;
use vestibule_oauth::{ClientKeys, Documents, feed::Streams};
use vestibule_store::{Database, db::snapshot};
use vestibule_web::{
    State,
    clock::Clock,
    config::Config,
    crypto::seal::{self, Sealer},
    observe::writers,
    outbound::issuer_keys::IssuerKeys,
};

use crate::{
    health,
    serve::{
        bodies,
        connections::{self, Connections},
        middleware, routes,
        service_manager::{self, ServiceManager},
    },
    workers::{self, receipts},
};

/// The service, bound and ready to run.
pub struct Application {
    state: State,
    address: SocketAddr,
    server: Server,
    metrics: Option<Server>,
    streams: Streams,
}

impl Application {
    /// Opens the database, binds the listeners. Listens on the socket that systemd passed, if there is one.
    ///
    /// # Errors
    /// One sentence for the operator.
    pub fn build(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let listen = config.server.listen;
        let listener = match service_manager::passed_listener()? {
            Some(listener) => listener,
            None => TcpListener::bind(listen)
                .with_context(|| format!("server.listen: cannot listen on {listen}"))?,
        };
        Self::on(listener, config, clock)
    }

    /// Like [`Application::build`], on a listener that is bound already.
    ///
    /// # Errors
    /// As [`Application::build`].
    pub fn on(listener: TcpListener, config: Config, clock: Clock) -> anyhow::Result<Self> {
        // Before the database is opened: without a key nothing starts, and nothing is migrated.
        let sealer = Sealer::configured(&config.security).map_err(anyhow::Error::msg)?;
        let database = open(&config)?;
        let state = State::new(config, sealer, database, clock).map_err(anyhow::Error::msg)?;
        report_missing_keys(&state)?;
        let (address, metrics) = (listener.local_addr()?, metrics_server(&state)?);
        let streams = Streams::default();
        let server = server(listener, &state, &streams)?;
        Ok(Self { state, address, server, metrics, streams })
    }

    /// Address at which requests are served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The state, for other code in the same process.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Handle that can stop the server.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until SIGTERM, then finishes the requests in flight; SIGINT (Ctrl-C) ends it at once.
    ///
    /// # Errors
    /// When a listener fails.
    pub async fn run(self) -> anyhow::Result<()> {
        let config = self.state.config();
        self.state.refresh_read_only().await?;
        tracing::info!(address = %self.address, region = config.region.name, database = self.state.database().backend(), "server.started");
        let sweeper = actix_web::rt::spawn(workers::run(self.state.clone()));
        let observer = actix_web::rt::spawn(workers::observe(self.state.clone()));
        let domains = actix_web::rt::spawn(workers::renew_domains(self.state.clone()));
        let saml_providers = actix_web::rt::spawn(workers::follow_saml_providers(self.state.clone()));
        let rights = actix_web::rt::spawn(workers::follow_rights(self.state.clone()));
        let drift = actix_web::rt::spawn(workers::report_drift(self.state.clone()));
        let deletions = actix_web::rt::spawn(workers::delete_workspaces(self.state.clone()));
        let backups = actix_web::rt::spawn(workers::backups::run(self.state.clone()));
        let inspector = actix_web::rt::spawn(writers::requests::run(self.state.clone()));
        let receipts = receipts::listen(&self.state);
        let receipts = actix_web::rt::spawn(receipts::run(self.state.clone(), receipts));
        let deliveries = Worker::new(self.state.clone());
        let (stop, deliveries) = (deliveries.stopper(), actix_web::rt::spawn(deliveries.run()));
        let metrics = self.metrics.map(|metrics| (metrics.handle(), actix_web::rt::spawn(metrics)));
        let manager = Rc::new(ServiceManager::of_environment());
        let reporter = actix_web::rt::spawn(report(Rc::clone(&manager), self.address));
        // A server that stops waits for running requests, and a stream never ends by itself.
        let closer = actix_web::rt::spawn(close_at_the_end(self.streams, manager));
        let served = self.server.await;
        closer.abort();
        reporter.abort();
        sweeper.abort();
        observer.abort();
        domains.abort();
        saml_providers.abort();
        rights.abort();
        drift.abort();
        deletions.abort();
        receipts.abort();
        inspector.abort();
        backups.abort();
        if let Err(error) = writers::requests::write_down(&self.state).await {
            tracing::warn!(%error, "requests.not_written");
        }
        stop.notify_one();
        let _ = deliveries.await;
        if let Some((handle, running)) = metrics {
            handle.stop(false).await;
            running.abort();
        }
        if let Err(error) = writers::sightings::write_down(&self.state).await {
            tracing::warn!(%error, "sightings.not_written");
        }
        if let Err(error) = writers::counts::write_down(&self.state).await {
            tracing::warn!(%error, "counts.not_written");
        }
        tracing::info!("server.stopped");
        Ok(served?)
    }
}

/// Logs an error for each key that sealed stored values and is not configured. The service starts, because the values can be entered
/// anew, and everything else works.
fn report_missing_keys(state: &State) -> anyhow::Result<()> {
    for (key_id, counts) in seal::missing(state.database(), state.sealer())? {
        for count in counts {
            tracing::error!(
                key_id,
                column = count.column,
                values = count.values,
                "sealing_key.missing: these values cannot be read until the key is configured or they are entered anew"
            );
        }
    }
    Ok(())
}

/// Reports to the service manager, if there is one.
async fn report(manager: Rc<Option<ServiceManager>>, address: SocketAddr) {
    if let Some(manager) = manager.as_ref() {
        manager.follow(address).await;
    }
}

/// Closes the streams when the process receives SIGTERM: a server that stops waits for its requests, and a stream is a request.
async fn close_at_the_end(streams: Streams, manager: Rc<Option<ServiceManager>>) {
    if let Ok(mut terminated) = signal(SignalKind::terminate()) {
        terminated.recv().await;
        if let Some(manager) = manager.as_ref() {
            manager.report("STOPPING=1");
        }
        streams.close();
    }
}

/// Initialises OpenSSL before libpq does. After an initialisation by libpq, OpenSSL cleans up when the process ends, while connections on
/// other threads still use it, and the process crashes. After this one it does not. Only the first initialisation counts.
pub fn init_openssl() {
    openssl::init();
}

/// Opens the configured database, and migrates it if `database.migrate_on_start` is set.
pub(crate) fn open(config: &Config) -> anyhow::Result<Database> {
    init_openssl();
    let database = Database::open(config.database.url.expose_secret(), config.database.limits())?;
    if database.read(snapshot::is_unfinished)? {
        bail!(
            "a restore into this database has not finished: wait for it, or drop and create the database and restore again"
        );
    }
    if config.database.migrate_on_start {
        for version in database.migrate()? {
            tracing::info!(version, "database.migrated");
        }
        let filled = vestibule_scim::upgrade::run(&database).context("cannot upgrade the users")?;
        if filled > 0 {
            tracing::info!(users = filled, "database.upgraded");
        }
    } else if database.needs_migration()? {
        bail!(
            "the database is not up to date and database.migrate_on_start is false; run: vestibule migrate"
        );
    }
    Ok(database)
}

fn server(listener: TcpListener, state: &State, streams: &Streams) -> anyhow::Result<Server> {
    let (providers, keys, client_keys) = (Providers::default(), IssuerKeys::default(), ClientKeys::default());
    let documents = Documents::default();
    let config = state.config().server.clone();
    let (shared, streams, open) = (state.clone(), streams.clone(), Connections::new(state));
    let workers = match config.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        workers => workers,
    };
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(shared.clone()))
            .app_data(web::Data::new(providers.clone()))
            .app_data(web::Data::new(keys.clone()))
            .app_data(web::Data::new(client_keys.clone()))
            .app_data(web::Data::new(documents.clone()))
            .app_data(web::Data::new(streams.clone()))
            .app_data(web::Data::new(Replayer(vestibule_scim::replay::run)))
            .wrap(actix_web::middleware::from_fn(middleware::guard))
            .wrap(tracing_actix_web::TracingLogger::<crate::telemetry::Span>::new())
            .wrap(actix_web::middleware::NormalizePath::trim())
            .wrap(actix_web::middleware::from_fn(bodies::time))
            .configure(routes::configure)
    });
    // Closes the connection of a client that sends its head or body too slowly: the head here and in `connections`, the body in `bodies`.
    Ok(server
        .workers(workers)
        .max_connections(connections::most_of_a_worker(workers))
        .on_connect(move |io, data| open.accept(io, data))
        .client_request_timeout(Duration::from_secs(config.head_seconds))
        .keep_alive(Duration::from_secs(config.keep_alive_seconds))
        .shutdown_timeout(config.shutdown_seconds)
        .listen(listener)?
        .run())
}

fn metrics_server(state: &State) -> anyhow::Result<Option<Server>> {
    let Some(listen) = state.config().server.metrics_listen else { return Ok(None) };
    let listener = TcpListener::bind(listen)
        .with_context(|| format!("server.metrics_listen: cannot listen on {listen}"))?;
    let shared = state.clone();
    let server = HttpServer::new(move || {
        App::new().app_data(web::Data::new(shared.clone())).route("/metrics", web::get().to(health::metrics))
    });
    Ok(Some(server.workers(1).disable_signals().listen(listener)?.run()))
}
