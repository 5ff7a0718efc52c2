//! Global Token Revocation ("Universal Logout"): who calls, whom they mean, end their access.
//!
//! [`universal_logout`] is the shell; [`assertion`] and [`sub_id`] are pure and table-tested.

pub mod assertion;
mod keys;
mod refusal;
pub mod sub_id;
pub mod universal_logout;

pub use keys::Keys;
