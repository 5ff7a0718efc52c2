//! OAuth clients: how a request proves which client sends it, how clients register or describe themselves, and which redirect URIs
//! and scopes they may have.

pub(crate) mod assertion;
pub(crate) mod auth;
pub(crate) mod documents;
pub(crate) mod keys;
mod metadata;
pub(crate) mod offer;
mod readable_name;
pub(crate) mod redirect_uri;
pub mod register;
pub(crate) mod scope;
