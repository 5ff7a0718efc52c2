//! Shared by all HTTP crates: state, configuration, clock, keys, request input, pages, outbound HTTP.
//!
//! The protocols live in `login`, `oauth`, `scim` and `revocation`, which never import each other.

pub mod brand;
pub mod clock;
mod concurrency;
pub mod config;
pub mod crypto;
pub mod http;
pub mod observe;
pub mod outbound;
pub mod pages;
pub mod receipts;
mod state;

pub use crypto::verification::{Busy, Unverified};
pub use state::{READ_ONLY, State};
pub use vestibule_jose::json;
