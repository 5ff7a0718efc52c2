//! `/search`: an exact hit (an id, a reference, a name, an address) opens its page; otherwise people and groups whose names contain the text.

mod find;
mod page;

pub use page::get;
