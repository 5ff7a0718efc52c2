//! `/overview`: the first page of administrators and auditors: numbers, what needs them, charts of thirty days, the latest events.

mod charts;
mod issues;
mod page;
mod read;
mod tiles;

pub use page::get;
