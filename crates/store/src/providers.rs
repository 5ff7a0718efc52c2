//! A workspace's identity providers: its connections, linked identities, domains, set-up.

pub mod conflicts;
pub mod connection_choices;
pub mod connection_domains;
pub mod connections;
pub mod domain_claims;
pub mod domains;
pub mod identities;
pub mod kinds;
pub mod saml_certificates;
pub mod saml_connections;
pub mod saml_keys;
pub mod setup_links;
pub mod setup_progress;
pub mod sightings;
pub mod sign_in_domains;
pub mod trusted;
