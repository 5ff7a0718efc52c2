//! The governance trail: events, receipts of ended access, inspected requests.

pub mod access_ends;
pub mod events;
pub mod receipts;
pub mod requests;
