//! `/activity`: the governance trail, newest lines first, with a filter; its export and its verification. No page writes the trail.

mod export;
mod filter;
mod find;
mod latest;
mod lines;
mod page;
mod values;
mod verdict;
mod verify;

pub use export::export;
pub(crate) use latest::{Latest, latest};
pub use page::get;
pub use verify::verify;
