//! What apps and webhooks have still to be sent.

pub mod deliveries;
pub mod webhooks;
