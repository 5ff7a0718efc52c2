//! The command line, which scripts rely on: every command prints JSON on standard output with `--json`, logs to standard error,
//! and exits 0, 2 on bad arguments, or 1 with one sentence.

pub(crate) mod commands;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use serde_json::Value;
use vestibule_web::config::{self, Config};

/// Identity service of a SaaS product: people sign in through Okta, which provisions them and ends their access.
#[derive(Debug, Parser)]
#[command(name = "vestibule", version, propagate_version = true)]
struct Cli {
    /// A configuration file that overrides the defaults (config/us.toml); environment variables override both
    #[arg(long, global = true, value_name = "FILE", env = "VESTIBULE_CONFIG")]
    config: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service until SIGTERM
    Serve,
    /// Run the service, a pretend Okta org and a seeded workspace on loopback
    #[cfg(feature = "demo")]
    Demo(crate::demo::Demo),
    /// Migrate the database
    Migrate,
    /// Write the whole database into one encrypted file, and verify the file
    Backup(commands::backup::Backup),
    /// Restore a backup into an empty database, and end everything that was issued before
    Restore(commands::backup::Restore),
    /// Make the whole deployment read-only in an emergency, while it serves
    #[command(subcommand)]
    ReadOnly(commands::read_only::ReadOnly),
    /// Check the configuration, and print the effective settings
    CheckConfig,
    /// Check whether a running service is ready (for container health checks)
    CheckHealth,
    /// Generate a sealing key for security.sealing_key
    GenerateKey,
    /// Workspaces: one customer organization each
    #[command(subcommand)]
    Workspace(commands::workspace::Workspace),
    /// A workspace's connections to its identity providers
    #[command(subcommand)]
    Connection(commands::provider::connection::Connection),
    /// Find problems of a workspace's Okta set-up, and the fields to change
    Doctor(commands::provider::doctor::Doctor),
    /// Find where a workspace and its identity provider differ, and what to do about it
    Drift(commands::provider::drift::Drift),
    /// What Okta's catalog wants: the values of its wizard, the configuration guide, and its test suites
    OinKit(commands::provider::oin_kit::OinKit),
    /// Email domains of a workspace, under which people are recognized by name
    #[command(subcommand)]
    Domain(commands::provider::domain::Domain),
    /// Identities of the provider, and the users they are linked to
    #[command(subcommand)]
    Identity(commands::provider::identity::Identity),
    /// Provisioning tokens, for SCIM clients that do not use OAuth
    #[command(subcommand)]
    Token(commands::access::token::Token),
    /// OAuth clients
    #[command(subcommand)]
    Client(commands::access::client::Client),
    /// Resources of the product that tokens may be for: MCP servers, APIs
    #[command(subcommand)]
    Resource(commands::access::resource::Resource),
    /// Grants: what administrators have approved for OAuth clients
    #[command(subcommand)]
    Grant(commands::access::grant::Grant),
    /// Users
    #[command(subcommand)]
    User(commands::user::User),
    /// Browsers that users are signed in with
    #[command(subcommand)]
    Session(commands::access::session::Session),
    /// API tokens that act for a user
    #[command(subcommand)]
    ApiToken(commands::access::api_token::ApiToken),
    /// Attributes that a workspace declares for its users in addition to the SCIM standard
    #[command(subcommand)]
    Attribute(commands::workspace::attribute::Attribute),
    /// Roles of a workspace
    #[command(subcommand)]
    Role(commands::rights::role::Role),
    /// Entitlements of a workspace: fine-grained permissions in addition to roles
    #[command(subcommand)]
    Entitlement(commands::rights::entitlement::Entitlement),
    /// Rules: assign roles and entitlements to the members of a group
    #[command(subcommand)]
    Mapping(commands::rights::mapping::Mapping),
    /// Keys of your machines for the management API
    #[command(subcommand)]
    OperatorKey(commands::access::operator_key::OperatorKeys),
    /// The keys that seal stored secrets
    #[command(subcommand)]
    Key(commands::access::key::Keys),
    /// The keys the deployment signs with
    #[command(subcommand)]
    SigningKey(commands::access::signing_key::SigningKeys),
    /// The keys that sign SAML requests and decrypt SAML assertions
    #[command(subcommand)]
    SamlKey(commands::access::saml_key::SamlKeys),
    /// The safety brake: blocks pushes that would remove the access of too many people at once
    #[command(subcommand)]
    Brake(commands::workspace::brake::Brake),
    /// What SCIM would change in an observed workspace (`vestibule workspace observe`)
    #[command(subcommand)]
    Plan(commands::workspace::plan::Plan),
    /// The governance trail
    #[command(subcommand)]
    Event(commands::trail::event::Event),
    /// Signed receipts of ended access
    #[command(subcommand)]
    Receipt(commands::trail::receipt::Receipt),
    /// The request inspector: the last requests of a workspace, and why they were refused
    #[command(subcommand)]
    Request(commands::trail::request::Request),
    /// Webhooks: URLs that receive events
    #[command(subcommand)]
    Webhook(commands::outbox::webhook::Webhook),
    /// Deliveries: messages to apps and webhooks, delivered, waiting or dead
    #[command(subcommand)]
    Delivery(commands::outbox::delivery::Delivery),
    /// Import people, groups and settings into a workspace, from a file or an export of another identity service
    Import(commands::moving::import::Import),
    /// Write everything of a workspace to a file, or the settings of all workspaces to a folder, without secrets
    Export(commands::moving::export::Export),
    /// Make the settings of workspaces and of the deployment those of a folder of TOML files
    Apply(commands::configuration::apply::Apply),
}

/// Arguments that contradict each other, or a missing one: exit status 2, as for arguments that the parser refuses.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadArguments(pub(crate) String);

/// A refusal with its details: they are printed as the output of the command, and the sentence goes to standard error. Exit status 1.
#[derive(Debug, thiserror::Error)]
#[error("{sentence}")]
pub(crate) struct Refused {
    /// One sentence.
    pub(crate) sentence: String,
    /// The details.
    pub(crate) output: Value,
}

/// Runs the command line.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match execute(&cli) {
        Ok(output) => {
            print(&output, cli.json);
            ExitCode::SUCCESS
        }
        Err(error) => {
            if let Some(refused) = error.downcast_ref::<Refused>() {
                print(&refused.output, cli.json);
            }
            complain(&error);
            if error.is::<BadArguments>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn execute(cli: &Cli) -> anyhow::Result<Value> {
    let configuration = || load(cli);
    match &cli.command {
        Command::Serve => {
            let config = configuration()?;
            crate::telemetry::init(&config.log)?;
            commands::serve::serve(config, cli.config.clone())
        }
        #[cfg(feature = "demo")]
        Command::Demo(demo) => crate::demo::run(demo, cli.json),
        Command::Migrate => commands::serve::migrate(&configuration()?),
        Command::Backup(command) => command.run(&configuration()?),
        Command::Restore(command) => command.run(&configuration()?),
        Command::ReadOnly(command) => command.run(&configuration()?),
        Command::CheckConfig => commands::serve::check_config(&configuration()?),
        Command::CheckHealth => commands::serve::check_health(&configuration()?),
        Command::GenerateKey => commands::serve::generate_key(),
        Command::Workspace(command) => command.run(&configuration()?),
        Command::Connection(command) => command.run(&configuration()?),
        Command::Doctor(command) => command.run(configuration()?),
        Command::Drift(command) => command.run(&configuration()?),
        Command::OinKit(command) => command.run(&configuration()?, cli.json),
        Command::Domain(command) => command.run(&configuration()?),
        Command::Identity(command) => command.run(&configuration()?),
        Command::Token(command) => command.run(&configuration()?),
        Command::Client(command) => command.run(&configuration()?),
        Command::Resource(command) => command.run(&configuration()?),
        Command::Grant(command) => command.run(&configuration()?),
        Command::User(command) => command.run(&configuration()?),
        Command::Session(command) => command.run(&configuration()?),
        Command::ApiToken(command) => command.run(&configuration()?),
        Command::Attribute(command) => command.run(&configuration()?),
        Command::Role(command) => command.run(&configuration()?),
        Command::Entitlement(command) => command.run(&configuration()?),
        Command::Mapping(command) => command.run(&configuration()?),
        Command::OperatorKey(command) => command.run(&configuration()?),
        Command::Key(command) => command.run(&configuration()?),
        Command::SigningKey(command) => command.run(&configuration()?),
        Command::SamlKey(command) => command.run(&configuration()?),
        Command::Brake(command) => command.run(&configuration()?),
        Command::Plan(command) => command.run(&configuration()?),
        Command::Event(command) => command.run(&configuration()?),
        Command::Receipt(command) => command.run(&configuration()?),
        Command::Request(command) => command.run(&configuration()?),
        Command::Webhook(command) => command.run(&configuration()?),
        Command::Delivery(command) => command.run(&configuration()?),
        Command::Import(command) => command.run(&configuration()?),
        Command::Export(command) => command.run(&configuration()?),
        Command::Apply(command) => command.run(&configuration()?),
    }
}

fn load(cli: &Cli) -> anyhow::Result<Config> {
    Ok(config::load(cli.config.as_deref(), std::env::vars())?)
}

#[expect(clippy::print_stdout, reason = "this is where commands answer")]
fn print(output: &Value, json: bool) {
    if output.is_null() {
        return;
    }
    if json {
        println!("{output}");
    } else {
        print!("{}", commands::text::of(output));
    }
}

#[expect(clippy::print_stderr, reason = "one clear sentence, also when logging has not started")]
fn complain(error: &anyhow::Error) {
    eprintln!("vestibule: {error:#}");
}
