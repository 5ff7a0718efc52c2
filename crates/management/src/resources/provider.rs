//! The workspace's identity provider: connection, domains, identities and their conflicts, set-up links. No answer has its client secret.

pub mod conflicts;
pub mod connection;
pub mod domains;
pub mod identities;
pub mod setup_links;
