//! Webhooks and the messages that wait for delivery.

pub mod deliveries;
pub mod webhooks;
