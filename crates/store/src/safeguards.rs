//! The safety brake, replay protection, idempotent requests, switches of the deployment, and the deletion of expired rows.

pub mod assertions;
pub mod brakes;
pub mod idempotent_requests;
pub mod sweep;
pub mod switches;
