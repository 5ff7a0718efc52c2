//! The safety brake, replay protection, idempotent requests, and the deletion of expired rows.

pub mod assertions;
pub mod brakes;
pub mod idempotent_requests;
pub mod sweep;
