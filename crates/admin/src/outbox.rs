//! Webhooks and the messages that wait for delivery. Nothing here sends one.

pub mod deliveries;
pub mod webhooks;
