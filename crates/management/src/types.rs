//! Types of request bodies and answers. The OpenAPI document has a schema of each, derived from it. Nothing here reads the database.

pub(crate) mod brake;
pub(crate) mod clients;
pub(crate) mod conflicts;
pub(crate) mod connection;
pub(crate) mod connections;
pub(crate) mod document;
pub(crate) mod domains;
pub(crate) mod page;
mod parts;
pub(crate) mod problem;
pub(crate) mod resources;
pub(crate) mod rights;
pub(crate) mod saml_connections;
pub(crate) mod tokens;
pub(crate) mod trail;
pub(crate) mod users;
pub(crate) mod webhooks;
pub(crate) mod workspaces;
