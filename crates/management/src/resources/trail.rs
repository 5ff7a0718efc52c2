//! Events, receipts and recent requests. These endpoints change nothing.

pub mod events;
pub mod receipts;
pub mod requests;
