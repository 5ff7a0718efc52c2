//! The authorization server: SCIM tokens for Okta (RFC 6749), who somebody is for the app behind (OpenID Connect Core), tokens
//! for MCP clients and services, their introspection, revocation and metadata.
//! The grant is the centre: a permission given once, parent of every token; ending it ends them.

pub mod authorize;
mod claims;
mod client_auth;
mod client_documents;
mod client_name;
mod error;
mod exchange;
pub mod feed;
mod inspector;
pub mod introspect;
pub mod keys;
pub mod logout;
pub mod metadata;
mod redirect_uri;
pub mod register;
pub mod revoke;
mod scope;
pub mod token;
pub mod userinfo;

pub use client_auth::{
    assertion::check_keys,
    keys::{ClientKeys, check_keys_uri},
};
pub use client_documents::Documents;
pub use redirect_uri::may_be_registered;
