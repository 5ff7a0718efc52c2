//! Credentials: tokens, sessions, OAuth clients and their grants. A secret is returned once, by the request that makes it.

pub mod api_tokens;
pub mod clients;
pub mod grants;
pub mod resources;
pub mod sessions;
pub mod tokens;
