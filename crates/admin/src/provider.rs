//! The workspace's identity providers: its connections, email domains, identities of users and their conflicts, set-up links, sync.
//! Nothing here decides who somebody is at sign-in.

pub mod conflicts;
pub mod connection;
pub mod connection_domains;
pub mod domains;
pub mod identities;
pub mod saml_connection;
pub mod setup;
pub mod sync;
