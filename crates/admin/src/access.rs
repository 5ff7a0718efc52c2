//! Credentials: tokens, sessions, OAuth clients and their grants, operator keys. A secret is returned once, by the function that makes
//! it.

pub mod agents;
pub mod api_tokens;
pub mod clients;
pub mod expiry;
pub mod grants;
pub mod operator_keys;
pub mod provisioning_tokens;
pub mod resources;
pub mod sessions;
