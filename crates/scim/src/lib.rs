//! SCIM 2.0 (RFC 7643, RFC 7644) over HTTP, as Okta uses it.
//!
//! [`vestibule_scim_engine`] has the pure part: schemas, filters, paths, PATCH, documents. Here `http` authenticates
//! callers and builds responses, `users`, `groups`, `catalog`, `bulk` and `query` are the endpoints, and `provision`
//! writes a change of a user in one transaction. An operation that is not applied is an error. A filter that is not
//! understood is an error, and never matches everyone.

pub mod apply;
mod blocked_push;
pub mod bulk;
pub mod catalog;
pub mod discovery;
pub mod groups;
pub mod http;
pub mod import;
mod inspector;
mod provision;
pub mod query;
pub mod replay;
pub mod upgrade;
pub mod users;
