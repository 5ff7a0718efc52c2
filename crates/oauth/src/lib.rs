//! The authorization server: SCIM tokens for Okta by the authorization code (RFC 6749), and token introspection (RFC 7662).
//! The grant is the centre: a permission given once, parent of every token; ending it ends them.

pub mod authorize;
mod client_auth;
mod error;
mod exchange;
pub mod introspect;
pub mod keys;
pub mod metadata;
mod scope;
pub mod token;
