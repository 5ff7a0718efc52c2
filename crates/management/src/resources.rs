//! The endpoints, one file a resource. They translate requests into calls of `vestibule_admin` and its results into answers.

pub mod api_tokens;
pub mod brake;
pub mod clients;
pub mod conflicts;
pub mod connection;
pub mod deliveries;
pub mod domains;
pub mod entitlements;
pub mod events;
pub mod grants;
pub mod identities;
pub mod mappings;
pub mod receipts;
pub mod requests;
pub mod roles;
pub mod sessions;
pub mod setup_links;
pub mod tokens;
pub mod users;
pub mod webhooks;
pub mod workspaces;
