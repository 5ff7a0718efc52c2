//! The binary as a library: the command line, [`application::Application`], the whole URL map on one screen
//! ([`routes`]), telemetry, and what runs beside requests. Jobs live in their own crates; here they are put together.

pub mod application;
mod bodies;
pub mod cli;
mod commands;
mod connections;
mod cross_origin;
#[cfg(feature = "demo")]
pub mod demo;
mod doors;
mod health;
mod prefetch;
mod receipts;
pub mod routes;
pub mod telemetry;
mod worker;
