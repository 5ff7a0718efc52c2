//! SIGHUP: reads the configuration again and takes up the log level, the rate limits and the brand. Everything else is read at the start.
//! A configuration that can't be used changes nothing.

use std::path::PathBuf;

use anyhow::anyhow;
use tokio::signal::unix::{SignalKind, signal};
use vestibule_web::{State, config};

use crate::telemetry;

/// Waits for SIGHUP and reloads, again and again. Never returns.
pub(crate) async fn run(state: State, file: Option<PathBuf>) {
    let Ok(mut hung_up) = signal(SignalKind::hangup()) else {
        tracing::warn!("SIGHUP can't be received");
        return std::future::pending().await;
    };
    while hung_up.recv().await.is_some() {
        let (of_job, file) = (state.clone(), file.clone());
        // Reads files, and a logo may be among them.
        let reloaded = actix_web::web::block(move || reload(&of_job, file)).await;
        match reloaded.map_err(anyhow::Error::from).and_then(|reloaded| reloaded) {
            Ok(()) => tracing::warn!("config.reloaded"),
            Err(error) => tracing::error!(error = format!("{error:#}"), "config.not_reloaded"),
        }
    }
}

fn reload(state: &State, file: Option<PathBuf>) -> anyhow::Result<()> {
    let config = config::load(file.as_deref(), std::env::vars())?;
    let filter = telemetry::filter(&config.log)?;
    state.reload(&config).map_err(|error| anyhow!(error))?;
    telemetry::set_filter(filter)
}
