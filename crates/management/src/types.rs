//! Types of request bodies and answers. The OpenAPI document has a schema of each, derived from it. Nothing here reads the database.

pub(crate) mod access;
pub(crate) mod document;
pub(crate) mod page;
mod parts;
pub(crate) mod problem;
pub(crate) mod provider;
pub(crate) mod rights;
pub(crate) mod trail;
pub(crate) mod users;
pub(crate) mod webhooks;
pub(crate) mod workspaces;
