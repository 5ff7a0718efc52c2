//! Commands about the service itself.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, bail};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use vestibule_store::{Database, Limits, db::snapshot};
use vestibule_web::{
    brand::Brand,
    clock::Clock,
    config::Config,
    crypto::seal::{self, Sealer},
};

use crate::serve::{app::Application, connections, reload, service_manager};

/// Serves until SIGTERM. `file`: the configuration file, which SIGHUP reads again.
pub(crate) fn serve(config: Config, file: Option<PathBuf>) -> anyhow::Result<Value> {
    connections::raise_descriptor_limit();
    let system = actix_web::rt::System::new();
    let outcome = system.block_on(async {
        let application = Application::build(config, Clock::default())?;
        let reloader = actix_web::rt::spawn(reload::run(application.state().clone(), file));
        application.run().await?;
        reloader.abort();
        Ok(Value::Null)
    });
    // Does not drop the runtime, because that would wait for every database job, even if the database server does not answer.
    std::mem::forget(system);
    outcome
}

pub(crate) fn migrate(config: &Config) -> anyhow::Result<Value> {
    // A migration has no time limit.
    let limits =
        Limits { pool_size: 1, lock: Duration::ZERO, statement: Duration::ZERO, ..config.database.limits() };
    let database = Database::open(config.database.url.expose_secret(), limits)?;
    if database.read(snapshot::is_unfinished)? {
        bail!("a restore into this database has not finished");
    }
    let migrated = database.migrate()?;
    vestibule_scim::upgrade::run(&database)?;
    // Runs again even if an earlier upgrade has done it, because a process of an older version may have written rows since then.
    vestibule_scim::upgrade::renew_keys(&database)?;
    Ok(json!({ "database": database.backend(), "migrated": migrated }))
}

pub(crate) fn check_config(config: &Config) -> anyhow::Result<Value> {
    Sealer::configured(&config.security).map_err(anyhow::Error::msg)?;
    Brand::new(&config.brand).map_err(anyhow::Error::msg)?;
    // Okta refuses a Single sign-on URL with an underscore in its host (saml-facts §1.3).
    if config.region.api_url.contains('_') {
        bail!(
            "region.api_url contains an underscore: Okta refuses it in the address of SAML sign-in; use another host name"
        );
    }
    let postgres = !config.database.url.expose_secret().starts_with("sqlite:");
    Ok(json!({
        "ok": true,
        "region": config.region.name,
        "brand": config.brand.name,
        "api_url": config.region.api_url,
        "app_url": config.region.app_url,
        "listen": config.server.listen.to_string(),
        "metrics_listen": config.server.metrics_listen.map(|address| address.to_string()),
        "database": if postgres { "postgres" } else { "sqlite" },
        "rate_limits": config.rate_limits.enabled,
        "insecure_issuers": config.okta.allow_insecure_issuers,
    }))
}

/// Requests `/readyz` at the configured address; on loopback for a wildcard address.
pub(crate) fn check_health(config: &Config) -> anyhow::Result<Value> {
    let address = service_manager::reachable(config.server.listen);
    actix_web::rt::System::new().block_on(async {
        #[expect(
            clippy::disallowed_methods,
            reason = "asks this very service on loopback, which outbound refuses to"
        )]
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(3)).build()?;
        let answer = client.get(format!("http://{address}/readyz")).send().await;
        let answer = answer.with_context(|| format!("the service does not answer on {address}"))?;
        if !answer.status().is_success() {
            bail!("the service on {address} is not ready ({})", answer.status());
        }
        Ok(json!({ "ready": true }))
    })
}

pub(crate) fn generate_key() -> anyhow::Result<Value> {
    Ok(json!({ "sealing_key": seal::generate_key()? }))
}
