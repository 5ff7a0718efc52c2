//! The governance trail: events, receipts of ended access, inspected requests, counts for charts.

pub mod access_ends;
pub mod counts;
pub mod events;
pub mod receipts;
pub mod requests;
