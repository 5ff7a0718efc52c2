//! The management API under `/api/v1`: what the operator does at the command line, for the operator's machines. One file a
//! resource. It opens with operator keys only, and answers secrets once, when they are made.

mod answer;
pub mod api_tokens;
pub mod brake;
pub mod clients;
pub mod conflicts;
pub mod connection;
pub mod deliveries;
pub mod domains;
mod endpoint;
pub mod entitlements;
pub mod events;
pub mod fallback;
pub mod grants;
mod idempotency;
pub mod identities;
mod input;
pub mod mappings;
pub mod openapi;
mod operator;
mod paging;
mod problem;
pub mod receipts;
pub mod requests;
pub mod roles;
pub mod sessions;
pub mod setup_links;
pub mod tokens;
pub mod users;
pub mod webhooks;
pub mod workspaces;
