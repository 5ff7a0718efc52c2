//! Administration: checks, writes and events of administrative changes. The console, the management API, the command line and
//! sign-in call these functions.

pub mod access_rules;
pub mod brake;
pub mod clients;
pub mod connection;
pub mod domain_renewal;
pub mod domains;
pub mod end_access;
pub mod entitlements;
pub mod identities;
pub mod people;
pub mod roles;
pub mod sessions;
pub mod tokens;
pub mod trail;
pub mod webhooks;
pub mod workspaces;
