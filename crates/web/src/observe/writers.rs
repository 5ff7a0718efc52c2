//! Writers of what is collected in memory: they run between requests, so that no request waits for them.

pub mod counts;
pub mod requests;
pub mod sightings;
pub mod token_uses;
