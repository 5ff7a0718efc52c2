//! Commands about webhooks and the messages that wait for delivery.

pub(crate) mod delivery;
pub(crate) mod webhook;
