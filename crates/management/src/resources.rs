//! The endpoints, one file a resource. They translate requests into calls of `vestibule_admin` and its results into answers.

pub mod access;
pub mod outbox;
pub mod provider;
pub mod rights;
pub mod trail;
pub mod users;
pub mod workspaces;
