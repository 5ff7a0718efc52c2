//! Types about identity providers and their people.

pub(crate) mod conflicts;
pub(crate) mod connection;
pub(crate) mod connections;
pub(crate) mod domains;
pub(crate) mod saml_connections;
