//! The SCIM 2.0 engine (RFC 7643, RFC 7644) as Okta speaks it.
//!
//! The core is pure and knows neither HTTP nor SQL: [`schema`], [`filter`], [`path`], [`patch`], [`document`]. The shell is
//! thin: `provisioner` says who calls, the endpoints read and answer, `provision` carries a change of a document out in
//! one transaction. An operation that isn't applied is an error; a filter that isn't understood is never everyone.

pub mod answer;
pub mod budget;
pub mod bulk;
mod catalog;
mod condition;
mod cursor;
pub mod custom;
pub mod discovery;
pub mod document;
mod endpoint;
pub mod entitlements;
pub mod error;
pub mod filter;
pub mod groups;
mod membership;
mod names;
mod noted;
mod oddities;
pub mod patch;
pub mod path;
mod provision;
mod provisioner;
mod query;
mod receive;
mod resource;
pub mod roles;
pub mod schema;
pub mod search;
pub mod upgrade;
pub mod users;
