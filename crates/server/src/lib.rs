//! The binary as a library: the command line, [`serve::app::Application`], the route table ([`serve::routes`]), telemetry and
//! background workers. This crate connects the other crates, which do the work.

mod backup;
pub mod cli;
#[cfg(feature = "demo")]
pub mod demo;
mod forward_auth;
mod health;
pub mod serve;
pub mod telemetry;
mod workers;
