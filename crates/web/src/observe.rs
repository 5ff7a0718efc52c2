//! Metrics, the request inspector, and what else is recorded beside requests.

pub mod inspect;
pub mod metrics;
pub mod sightings;
pub mod token_uses;
