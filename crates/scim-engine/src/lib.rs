//! The pure part of SCIM 2.0 (RFC 7643, RFC 7644): filters, paths, PATCH, schemas, documents. It must never use a
//! database or HTTP.

pub mod budget;
pub mod document;
pub mod error;
pub mod filter;
pub mod json;
pub mod names;
pub mod patch;
pub mod path;
pub mod schema;
