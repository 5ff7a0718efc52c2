//! OAuth clients, their secrets, codes and grants, and the deployment's signing keys.

pub(crate) mod app_users;
pub mod client_secrets;
pub mod clients;
pub mod codes;
pub mod grants;
pub mod keys;
pub mod resources;
pub mod unused;
