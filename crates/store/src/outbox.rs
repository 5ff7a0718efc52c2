//! What apps and webhooks have still to be sent.

pub mod deliveries;
mod logout_receivers;
pub mod webhooks;
