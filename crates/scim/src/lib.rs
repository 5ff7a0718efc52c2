//! The SCIM 2.0 engine (RFC 7643, RFC 7644) as Okta speaks it.
//!
//! The core is pure and knows neither HTTP nor SQL: [`schema`], [`filter`], [`path`], [`patch`], [`document`]. The shell is
//! thin: `provisioner` says who calls, the endpoints read and answer, `provision` carries a change of a document out in
//! one transaction. An operation that isn't applied is an error; a filter that isn't understood is never everyone.

pub mod bulk;
pub mod catalog;
pub mod discovery;
pub mod groups;
pub mod http;
mod provision;
pub mod query;
pub mod upgrade;
pub mod users;
