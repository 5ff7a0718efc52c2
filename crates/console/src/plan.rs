//! `/plan`: what SCIM would change in an observed workspace: numbers, people, groups, refused pushes; and applying or discarding it.

mod change;
mod export;
mod page;

pub use change::{apply, ask_apply, ask_discard, discard};
pub use export::export;
pub use page::get;
