//! `/roles/{id}`: one role: the rules that assign it, the people who have it with the sources, changing it and deleting it.

mod ceiling;
mod change;
mod delete;
mod edit;
mod page;

pub use ceiling::{ask_ceiling, set_ceiling};
pub use delete::{ask_delete, delete};
pub use edit::post;
pub use page::get;
