//! The outbox: webhooks, and deliveries to apps and webhooks.

pub mod attempts;
pub mod deliveries;
mod logout_receivers;
pub mod webhooks;
