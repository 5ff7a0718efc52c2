//! `vestibule demo`: the service, a pretend Okta org, a pretend product and a seeded workspace on loopback, SQLite in a scratch directory.
//! `--play` plays the whole story over real HTTP, checks each step, and exits 0 or 1.

mod agents;
mod product;
mod report;
mod saml;
mod seed;
mod story;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::Context;
use clap::Args;
use serde_json::Value;
use vestibule_simulator::{Okta, Options, Product};
use vestibule_web::{brand::Brand, clock::Clock, config, crypto::seal};

pub use saml::Saml;
pub use seed::{People, Stage};

use crate::serve::app::Application;

/// Options of `vestibule demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Play the whole story without hands, check each step, and end
    #[arg(long)]
    play: bool,
    /// Use this database instead of SQLite in a scratch directory (postgres://…)
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Where the service listens on loopback; another free port when it is taken
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Where the pretend Okta listens on loopback; another free port when it is taken
    #[arg(long, default_value_t = 8081)]
    okta_port: u16,
    /// Where the pretend product listens on loopback; another free port when it is taken
    #[arg(long, default_value_t = 8082)]
    product_port: u16,
}

/// Runs the demo.
///
/// # Errors
/// When it can't start, or a step of the story fails.
pub fn run(demo: &Demo, json: bool) -> anyhow::Result<Value> {
    actix_web::rt::System::new().block_on(async {
        let scratch = tempfile::Builder::new().prefix("vestibule-demo-").tempdir()?;
        let fresh = format!("sqlite://{}", scratch.path().join("vestibule.db").display());
        let database_url = demo.database_url.clone().unwrap_or(fresh);
        let listener = listen(demo.port)?;
        let options = Options { port: free(demo.okta_port), name: "Acme".to_owned(), ..Options::default() };
        let okta = Okta::start(options).context("the pretend Okta cannot listen")?;
        let product = Product::start(free(demo.product_port)).context("the pretend product cannot listen")?;
        let application = application(listener, &database_url)?;
        let shared = demo.database_url.is_some();
        let stage = seed::seed(application.state().clone(), okta, product, shared).await?;
        let handle = application.handle();
        let server = actix_web::rt::spawn(application.run());
        let outcome = if demo.play {
            let played = story::play(&stage, json).await;
            handle.stop(true).await;
            played
        } else {
            seed::introduce(&stage);
            Ok(Value::Null)
        };
        server.await??;
        stage.product.stop().await;
        stage.okta.stop().await;
        outcome
    })
}

/// The service on a listener, configured for loopback. Takes the brand from the environment, and nothing else.
fn application(listener: TcpListener, database_url: &str) -> anyhow::Result<Application> {
    let origin = format!("http://{}", listener.local_addr()?);
    let settings = [
        ("REGION__NAME", "demo".to_owned()),
        ("REGION__API_URL", origin.clone()),
        ("REGION__APP_URL", origin),
        ("DATABASE__URL", database_url.to_owned()),
        ("SECURITY__SEALING_KEY", seal::generate_key()?),
        ("OKTA__ALLOW_INSECURE_ISSUERS", "true".to_owned()),
        ("SERVER__WORKERS", "2".to_owned()),
        ("SERVER__SHUTDOWN_SECONDS", "1".to_owned()),
        ("LOG__LEVEL", "error".to_owned()),
    ];
    let settings = settings.into_iter().map(|(name, value)| (format!("VESTIBULE__{name}"), value));
    let brand = std::env::vars().filter(|(name, _)| name.starts_with("VESTIBULE__BRAND__"));
    let config = config::load(None, settings.chain(brand))?;
    Brand::new(&config.brand).map_err(anyhow::Error::msg)?;
    crate::telemetry::init(&config.log)?;
    Application::on(listener, config, Clock::default())
}

fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let at = |port| TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    at(port).or_else(|_| at(0)).context("cannot listen on loopback")
}

/// The port if it is free, else 0, which means any port.
fn free(port: u16) -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_or(0, |_| port)
}
