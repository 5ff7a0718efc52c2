//! The binary as a library: the command line, [`serve::app::Application`], the whole URL map on one screen
//! ([`serve::routes`]), telemetry, and what runs beside requests. Jobs live in their own crates; here they are put together.

pub mod cli;
#[cfg(feature = "demo")]
pub mod demo;
mod health;
pub mod serve;
pub mod telemetry;
mod workers;
