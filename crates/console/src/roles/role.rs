//! `/roles/{id}`: one role: what gives it, who has it from where, changing it and deleting it.

mod ceiling;
mod change;
mod delete;
mod edit;
mod page;

pub use ceiling::{ask_ceiling, set_ceiling};
pub use delete::{ask_delete, delete};
pub use edit::post;
pub use page::get;
