//! Metrics, the request inspector, and other data that is stored after requests.

pub mod counts;
pub mod inspect;
pub mod metrics;
pub mod sightings;
pub mod token_uses;
pub mod writers;
