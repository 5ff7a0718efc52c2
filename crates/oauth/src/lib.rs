//! OAuth 2.0 authorization server and OpenID provider: tokens for Okta's SCIM client (RFC 6749), sign-in of people to the operator's
//! apps (OpenID Connect Core), tokens for MCP clients and services.
//!
//! One folder per subject: [`authorize`] (a person approves), `client` (who calls, and what it may ask for), [`token`] (issue,
//! introspect, revoke), `openid` (claims, userinfo, logout), `discovery` (what this server offers), [`feed`] (events for apps).
//! A grant is the parent of all its tokens: ending the grant ends them.

pub mod authorize;
mod client;
mod discovery;
mod error;
pub mod feed;
mod inspector;
mod openid;
pub mod token;

pub use client::{
    assertion::check_keys,
    documents::Documents,
    keys::{ClientKeys, check_keys_uri},
    redirect_uri::may_be_registered,
    register,
};
pub use discovery::{jwks, metadata};
pub use openid::{logout, userinfo};
pub use token::{introspect, revoke};
