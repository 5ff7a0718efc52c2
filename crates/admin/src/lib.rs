//! Administrative changes: one function per change, with its checks, its rows and its one event. The console, the management API
//! and the command line translate requests into these calls; sign-in uses a few of them. Nothing here reads a request or renders
//! an answer.

pub mod actor;
pub mod api_tokens;
pub mod assignments;
pub mod authority;
pub mod brake;
mod checks;
pub mod clients;
pub mod conflicts;
pub mod connection;
pub mod deliveries;
pub mod domains;
pub mod end_access;
pub mod entitlements;
pub mod grants;
pub mod identities;
pub mod mappings;
pub mod operator_keys;
pub mod people;
pub mod provisioning_tokens;
pub mod refusal;
pub mod roles;
pub mod sessions;
pub mod setup;
pub mod sync;
pub mod trail;
pub mod webhooks;
pub mod workspaces;

pub use actor::Actor;
pub use refusal::Refusal;
