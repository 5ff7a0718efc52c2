//! `/tokens/clients`: the OAuth clients of the workspace with their switches, and those of every workspace, which only the operator changes.
//! Auditors see them without a button.

mod change;
mod list;
mod page;
mod switches;

pub use change::post;
pub use list::get as list;
pub use page::get;
