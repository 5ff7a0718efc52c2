//! Sends logout tokens to apps and events to webhooks: claims deliveries of the outbox (`store::outbox::deliveries`) and sends each
//! until its receiver accepts it or its time is over. At least once, in order per subject and receiver. Writes the outcome of
//! deliveries and the pauses of receivers, nothing else.

mod backoff;
mod logout;
mod send;
mod targets;
mod unsent;
mod webhook;
mod worker;

pub use worker::Worker;
