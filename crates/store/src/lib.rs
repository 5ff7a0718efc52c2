//! The database: tables, and the rules that hold inside one transaction. Synchronous, no HTTP, no clock.
//!
//! One module per table. Functions take `conn` first and `now` last (microseconds since 1970, UTC), and the workspace if they
//! read or write its data. The caller begins the transaction: [`Database::write`] is one transaction; in [`Database::read`],
//! each statement sees what is committed when it runs. Functions that record events, deliveries or receipts take [`Tx`], which
//! collects what has to happen after the commit.

pub mod access;
pub mod db;
pub mod drift;
mod effects;
mod error;
pub mod ipsie;
pub mod oauth;
pub mod observation;
pub mod outbox;
pub mod people;
pub mod providers;
pub mod restored;
pub mod rights;
pub mod safeguards;
pub mod search;
pub mod trail;
pub mod workspaces;

pub use db::{
    budget::within,
    conn::Conn,
    database::{AtHand, Database},
    pool::{DatabaseUrl, Limits, OpenError},
    tx::Tx,
};
pub use effects::{AfterCommit, WriteTimes};
pub use error::{BoxError, Error, Result};
