//! The workspace's identity provider: connections, domains, identities and their conflicts, set-up links. No answer contains a client
//! secret.

pub mod conflicts;
pub mod connection;
pub mod connections;
pub mod domains;
pub mod identities;
pub mod saml_connections;
pub mod setup_links;
