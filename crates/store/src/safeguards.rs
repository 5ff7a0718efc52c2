//! The safety brake, replay protection, idempotent requests, and removal of what has expired.

pub mod assertions;
pub mod brakes;
pub mod idempotent_requests;
pub mod sweep;
