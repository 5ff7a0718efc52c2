//! The database: tables, and the rules that hold inside one transaction. Synchronous, no HTTP, no clock.
//!
//! One module per table; functions take `conn` first and `now` last (microseconds since 1970, UTC), and every one
//! that touches a workspace's data takes the workspace. Callers own the transaction: [`Database::write`] is one
//! transaction, [`Database::read`] a look in which each statement sees what is committed when it runs.

pub mod access_ends;
mod app_users;
pub mod arrivals;
pub mod assertions;
pub mod brakes;
mod census;
pub mod claimed_groups;
pub mod client_secrets;
pub mod clients;
pub mod codes;
pub mod conflicts;
pub mod connections;
mod database;
pub mod deliveries;
pub mod domain_claims;
pub mod domains;
pub mod endings;
pub mod entitlements;
mod error;
pub mod events;
pub mod fold;
pub mod former_users;
pub mod grants;
pub mod groups;
pub mod id;
pub mod idempotent_requests;
pub mod identities;
pub mod idle;
pub mod keys;
pub mod last_used;
pub mod logins;
pub mod mappings;
pub mod members;
pub mod names;
pub mod operator_keys;
pub mod owners;
pub mod parked;
pub mod receipts;
pub mod requests;
pub mod roles;
pub mod schema;
pub mod search;
pub mod secret;
pub mod sessions;
pub mod set_ups;
pub mod setup_links;
pub mod sightings;
pub mod sign_in_domains;
pub mod signing_keys;
mod statement;
pub mod sweep;
pub mod tokens;
pub mod users;
pub mod webhooks;
pub mod workspaces;

pub use database::{AtHand, Conn, Database, DatabaseUrl, Limits, OpenError, within};
pub use error::{Error, Result};

/// A moment: microseconds since 1970-01-01T00:00:00Z.
pub type Micros = i64;

/// One second, in [`Micros`].
pub const SECOND: Micros = 1_000_000;
