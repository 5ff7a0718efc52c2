//! Black-box tests over HTTP: every test runs a real service on SQLite and on PostgreSQL, with the pretend Okta. Tests move the
//! clock and do not wait for time to pass. `tests/run` starts the PostgreSQL that `VESTIBULE_TEST_POSTGRES_URL` names.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test that fails should say where, and plays clients of its own"
)]

mod support;

mod address_limits;
mod apply;
mod backups;
mod bodies;
mod client_commands;
mod command_line;
mod connections;
mod corrupt;
mod deletion;
mod delivery;
mod domains;
mod drift;
mod durability;
mod emergency;
mod forward_auth;
mod hostile_keys;
mod hosts;
mod house;
mod inspector;
mod install;
mod ipsie;
mod isolation;
mod management;
mod migrations;
mod monitoring;
mod moving;
mod nodes;
mod oauth;
mod observe;
mod oin_kit;
mod open_routes;
mod pages;
mod peers;
mod prefetch;
mod regions;
mod reload;
mod revocation;
mod saml;
mod scim;
mod sealing;
#[cfg(target_os = "linux")]
mod service_manager;
mod session_commands;
mod sign_in;
mod signals;
mod signing_keys;
mod stalled;
mod statements;
mod story;
mod telemetry;
mod trail;
