//! What every HTTP crate shares: state, configuration, clock, keys, extractors, pages, outbound HTTP.
//!
//! The protocols live in `login`, `oauth`, `scim` and `revocation`, which never import each other.

pub mod access_token;
pub mod bearer;
pub mod clock;
mod concurrency;
pub mod config;
pub mod connect;
pub mod discovery;
mod dns;
pub mod domain;
pub mod domain_renewal;
pub mod end_access;
pub mod input;
pub mod inspect;
pub mod kept;
pub mod metrics;
pub mod operator;
pub mod outbound;
pub mod page;
mod parts;
pub mod rate_limit;
pub mod receipts;
pub mod region;
pub mod remote_cache;
pub mod request;
pub mod return_to;
pub mod seal;
pub mod session;
pub mod settle;
pub mod setup;
pub mod sightings;
pub mod signing;
mod state;
pub mod time;
pub mod user_agent;
pub mod uses;
mod verification;
pub mod webhooks;

pub use state::State;
pub use verification::{Busy, Unverified};
pub use vestibule_jose::json;
