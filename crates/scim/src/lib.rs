//! SCIM 2.0 (RFC 7643, RFC 7644) over HTTP, as Okta uses it.
//!
//! [`vestibule_scim_engine`] has the pure part: schemas, filters, paths, PATCH, documents. Here `http::auth` authenticates the
//! caller, the endpoints read and answer, and `provision` applies a change of a document in one transaction. An operation that isn't applied is an error; a filter that isn't understood is never everyone.

pub mod bulk;
pub mod catalog;
pub mod discovery;
pub mod groups;
pub mod http;
mod provision;
pub mod query;
pub mod upgrade;
pub mod users;
