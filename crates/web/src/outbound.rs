//! Requests to identity providers and DNS, and caches of their answers.

pub mod client;
pub mod discovery;
pub mod dns;
pub mod issuer_keys;
pub(crate) mod public_addresses;
pub mod remote_cache;
pub mod saml_metadata;
pub mod single_flight;
