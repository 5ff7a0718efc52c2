//! Tells the app and the operator's systems what happened: takes what waits in the outbox (`store::deliveries`) and sends it,
//! until the receiver takes it or it is given up. At least once, in order of one subject to one receiver. Never decides
//! what happened, and never writes anything but the fate of a delivery.

mod backoff;
mod logout;
mod send;
mod targets;
mod webhook;
mod worker;

pub use worker::Worker;
